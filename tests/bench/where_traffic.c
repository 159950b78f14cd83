/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The requests of a network, tick by tick, see where_world.h: who asks whom, what becomes of it, and who tries again. A registration is the
 * vectors first and then the update; who is refused or not heard tries again some seconds later, a few times.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/plmn.h"
#include "tests/bench/where_world.h"

#define SIGMA      0.8
#define NEVER      0.001 /* answers that never come */
#define NETWORK    0.003 /* refusals that nobody makes anything of */
#define TRIES_MOST 5
#define AGAIN      0.8
#define CHAINED    0.3 /* of the requests that begin something, so much goes on with them */
#define UL         2
#define UL_GPRS    23
#define SRI        22
#define SRI_SM     45
#define SAI        56
#define PURGE      67

enum what { STEP_REQUEST, STEP_CHECKPOINT, STEP_END };

static void step_put(struct world *w, double at_s, const struct world_step *step)
{
	uint64_t tick = (uint64_t)(at_s / nanos_to_s(WORLD_TICK));
	struct world_slot *slot;

	if (tick < w->tick || tick - w->tick >= WORLD_SLOTS)
		return;
	slot = &w->slots[tick % WORLD_SLOTS];
	if (slot->count == slot->room) {
		slot->room = slot->room > 0 ? 2 * slot->room : 64;
		slot->steps = reallocarray(slot->steps, slot->room, sizeof(*slot->steps));
		if (slot->steps == NULL) {
			fprintf(stderr, "detection_bench: no memory\n");
			exit(2);
		}
	}
	slot->steps[slot->count] = *step;
	slot->steps[slot->count++].at_s = at_s;
}

static unsigned int client_draw(struct world *w, unsigned int first, unsigned int count)
{
	double sum = 0, drawn;

	for (unsigned int i = 0; i < count; i++)
		sum += w->clients[first + i].weight;
	drawn = dice_unit(&w->dice) * sum;
	for (unsigned int i = 0; i < count; i++) {
		drawn -= w->clients[first + i].weight;
		if (drawn <= 0)
			return first + i;
	}
	return first;
}

static void subscriber_draw(struct world *w, struct world_request *r)
{
	double drawn = dice_unit(&w->dice);
	uint64_t index;

	while (r->range + 1U < w->range_count && w->ranges[r->range].until < drawn)
		r->range++;
	index = (uint64_t)(dice_unit(&w->dice) * w->ranges[r->range].subscribers);
	r->imsi = w->ranges[r->range].prefix;
	for (uint64_t scrambled = hash_mix(index * 977 + r->range); digits_count(r->imsi) < DIGITS_MAX; scrambled /= 10)
		(void)digits_append(&r->imsi, (unsigned int)(scrambled % 10));
}

static unsigned int hss_of(struct world *w, const struct world_request *r)
{
	unsigned int which = w->ranges[r->range].hss;

	if (w->hss_by_turn)
		which = (unsigned int)(dice_unit(&w->dice) * w->hss_count) % w->hss_count;
	else if (w->hss_by_hash)
		which = (unsigned int)(hash_mix(r->imsi + 5) % w->hss_count);
	return w->hlr_count + which;
}

static void server_choose(struct world *w, struct world_request *r)
{
	r->server = r->procedure >= PROCEDURE_DIAMETER_FIRST ? (uint16_t)hss_of(w, r) : (uint16_t)w->ranges[r->range].hlr;
	r->link = dice_unit(&w->dice) < 0.5;
}

void world_draw(struct world *w, struct world_request *ret)
{
	unsigned int mmes = w->vlr_count + w->sgsn_count, others = mmes + w->mme_count;
	double kind = dice_unit(&w->dice), chained = dice_unit(&w->dice);
	bool goes_on = chained < CHAINED;

	*ret = (struct world_request){ 0 };
	subscriber_draw(w, ret);
	if (kind < 0.3) {
		ret->procedure = goes_on ? UL : SAI;
		ret->client = (uint16_t)client_draw(w, 0, w->vlr_count);
	} else if (kind < 0.5) {
		ret->procedure = goes_on ? UL_GPRS : SAI;
		ret->client = (uint16_t)client_draw(w, w->vlr_count, w->sgsn_count);
	} else if (kind < 0.8) {
		ret->procedure = procedure_of_name(goes_on ? "s6a.ulr" : "s6a.air");
		ret->client = (uint16_t)client_draw(w, mmes, w->mme_count);
	} else if (kind < 0.85) {
		ret->procedure = PURGE;
		ret->client = (uint16_t)client_draw(w, 0, w->vlr_count);
	} else {
		ret->procedure = kind < 0.92 ? SRI : SRI_SM;
		ret->client = (uint16_t)(others + (kind < 0.92 ? 0 : 1));
	}
	server_choose(w, ret);
}

static void subject_of(const struct world *w, const struct world_request *r, struct book_subject *ret)
{
	const struct where where = { .route = world_route(w, r),
				     .networks = where_networks(w->clients[r->client].plmn, plmn_packed(r->imsi)),
				     .what = (uint64_t)r->procedure << 8 | RAT_NONE };

	*ret = (struct book_subject){ .imsi = r->imsi,
				      .client = world_client(w, r),
				      .server = world_server(w, r),
				      .segments = world_segments(w, r),
				      .procedure = r->procedure,
				      .where = wheres_number(book_wheres(w->book), &where),
				      .bucket = (uint8_t)book_bucket(&w->plan->hash_key, r->imsi) };
}

static nanos time_of(const struct world *w, double s)
{
	return (nanos)(w->start_s * 1e9) + (nanos)(s * 1e9);
}

/* What the faults do to it; OUTCOME_SUCCESS: nothing. */
static enum outcome_class fault_class(struct world *w, const struct world_request *r)
{
	for (unsigned int i = 0; i < w->fault_count; i++) {
		const struct world_fault *f = &w->faults[i];
		double drawn = f->is_sticky ? (double)(hash_mix(r->imsi * 31 + i) >> 11) * 0x1p-53 : dice_unit(&w->dice);

		if (r->time_s < f->from_s || !world_fault_has(w, f, r) || drawn >= f->share)
			continue;
		if (f->symptom == WORLD_UNKNOWN)
			return OUTCOME_USER;
		if (f->symptom == WORLD_SILENT || (f->symptom == WORLD_BOTH && dice_unit(&w->dice) < 0.5))
			return OUTCOME_TIMEOUT;
		return OUTCOME_NETWORK;
	}
	return OUTCOME_SUCCESS;
}

/* Who is refused for reasons of his own is so every time. */
static bool is_barred(const struct world *w, const struct world_request *r)
{
	return (double)(hash_mix(r->imsi * 7) >> 11) * 0x1p-53 < w->ranges[r->range].user;
}

static enum outcome_class class_draw(struct world *w, const struct world_request *r)
{
	enum outcome_class class = fault_class(w, r);
	double drawn = dice_unit(&w->dice);

	if (class != OUTCOME_SUCCESS)
		return class;
	if (drawn < NEVER)
		return OUTCOME_TIMEOUT;
	if (drawn < NEVER + w->usual_network[r->server])
		return OUTCOME_NETWORK;
	return is_barred(w, r) ? OUTCOME_USER : OUTCOME_SUCCESS;
}

static void request_remember(struct world *w, const struct world_request *r)
{
	if (w->fault_count == 0 || r->time_s < w->faults[0].from_s)
		return;
	if (w->since_count == w->since_room) {
		w->since_room = w->since_room > 0 ? 2 * w->since_room : 4096;
		w->since = reallocarray(w->since, w->since_room, sizeof(*w->since));
		if (w->since == NULL) {
			fprintf(stderr, "detection_bench: no memory\n");
			exit(2);
		}
	}
	w->since[w->since_count++] = *r;
}

static void request_make(struct world *w, const struct world_request *r)
{
	double timeout = nanos_to_s(procedure_row(r->procedure)->timeout);
	enum outcome_class class = class_draw(w, r);
	double latency = class == OUTCOME_TIMEOUT ? timeout : fmin(0.9 * timeout, w->median_s * exp(SIGMA * dice_normal(&w->dice)));
	struct world_step end = { .request = *r, .what = STEP_END, .which = (uint8_t) class };
	struct book_subject subject;

	subject_of(w, r, &subject);
	book_request(w->book, &subject);
	request_remember(w, r);
	for (unsigned int i = 0; i < TALLY_CHECKPOINTS && nanos_to_s(tally_checkpoint_age[i]) < latency; i++) {
		struct world_step checkpoint = { .request = *r, .what = STEP_CHECKPOINT, .which = (uint8_t)i };

		step_put(w, r->time_s + nanos_to_s(tally_checkpoint_age[i]), &checkpoint);
	}
	step_put(w, r->time_s + latency, &end);
}

static struct outcome outcome_of(const struct world *w, const struct world_request *r, double at_s)
{
	struct outcome o = {
		.key = hash_mix(r->imsi ^ (uint64_t)(r->time_s * 1e6)), .imsi = r->imsi, .procedure = r->procedure, .tries = 1
	};

	o.time = time_of(w, r->time_s);
	o.clock = time_of(w, at_s);
	o.latency = -1;
	o.client = world_client(w, r);
	o.server = o.asked = world_server(w, r);
	o.route = world_route(w, r);
	o.segments = world_segments(w, r);
	o.plmn = w->clients[r->client].plmn;
	o.rat = RAT_NONE;
	o.diagnostic = 255;
	return o;
}

/* Who has been let in goes on with the update; who was not tries again. */
static void request_follow(struct world *w, const struct world_step *step)
{
	struct world_step next = { .request = step->request, .what = STEP_REQUEST };
	struct world_request *r = &next.request;
	double wait = 0.05 + 0.2 * dice_unit(&w->dice);

	if (step->which == OUTCOME_SUCCESS) {
		if (dice_unit(&w->dice) >= CHAINED / (1 - CHAINED) || (r->procedure != SAI && r->procedure != procedure_of_name("s6a.air")))
			return;
		if (r->procedure == SAI)
			r->procedure = r->client < w->vlr_count ? UL : UL_GPRS;
		else
			r->procedure = procedure_of_name("s6a.ulr");
	} else {
		if (step->which == OUTCOME_USER || r->tries >= TRIES_MOST || dice_unit(&w->dice) >= AGAIN || r->procedure == SRI ||
		    r->procedure == SRI_SM || r->procedure == PURGE)
			return;
		r->tries++;
		r->procedure = r->procedure >= PROCEDURE_DIAMETER_FIRST ? procedure_of_name("s6a.air") : SAI;
		wait = 4 + 12 * dice_unit(&w->dice);
	}
	server_choose(w, r);
	r->time_s = step->at_s + wait;
	step_put(w, r->time_s, &next);
}

static void request_end(struct world *w, const struct world_step *step, world_teller tell, void *context)
{
	const struct world_request *r = &step->request;
	struct outcome o = outcome_of(w, r, step->at_s);
	struct book_subject subject;

	subject_of(w, r, &subject);
	o.event = OUTCOME_EVENT_CLOSED;
	o.class = step->which;
	o.latency = step->which == OUTCOME_TIMEOUT ? -1 : o.clock - o.time;
	o.cause_layer = step->which == OUTCOME_TIMEOUT ? CAUSE_TIMEOUT : CAUSE_NONE;
	if (step->which == OUTCOME_NETWORK || step->which == OUTCOME_USER) {
		o.cause_layer = r->procedure >= PROCEDURE_DIAMETER_FIRST ? CAUSE_DIAMETER_EXP : CAUSE_MAP_ERROR;
		o.cause = step->which == OUTCOME_USER ? (o.cause_layer == CAUSE_MAP_ERROR ? 1 : 5001) : 34;
		if (step->which == OUTCOME_NETWORK && o.cause_layer == CAUSE_DIAMETER_EXP) {
			o.cause_layer = CAUSE_DIAMETER;
			o.cause = 5012;
		}
	}
	book_outcome(w->book, &subject, (enum outcome_class)step->which, o.latency);
	tell(context, &o);
	request_follow(w, step);
}

static void checkpoint_pass(struct world *w, const struct world_step *step, world_teller tell, void *context)
{
	struct outcome o = outcome_of(w, &step->request, step->at_s);
	struct book_subject subject;

	subject_of(w, &step->request, &subject);
	book_pending(w->book, &subject, step->which);
	if (tally_checkpoint_age[step->which] != OUTCOME_OVERDUE_AGE)
		return;
	o.event = OUTCOME_EVENT_OVERDUE;
	o.class = OUTCOME_OPEN;
	tell(context, &o);
}

/* What begins in this tick: some of its requests come of themselves, others go on with them. */
static void requests_begin(struct world *w)
{
	double tick_s = nanos_to_s(WORLD_TICK), at = (double)w->tick * tick_s;
	double rate = w->rate * (1 + w->drift * at) * dice_gamma(&w->dice, w->burst) / w->burst;
	uint32_t count = dice_poisson(&w->dice, (1 - CHAINED * 0.8) * rate * tick_s);

	for (uint32_t i = 0; i < count; i++) {
		struct world_step step = { .what = STEP_REQUEST };

		do
			world_draw(w, &step.request);
		while (step.request.procedure == UL || step.request.procedure == UL_GPRS ||
		       step.request.procedure == procedure_of_name("s6a.ulr"));
		step.request.time_s = at + tick_s * dice_unit(&w->dice) * 0.999;
		step_put(w, step.request.time_s, &step);
	}
	for (unsigned int i = 0; w->tick % 5 == 0 && i < w->hlr_count + w->hss_count; i++)
		w->usual_network[i] = NETWORK * dice_gamma(&w->dice, 3) / 3;
}

void world_tick(struct world *w, world_teller tell, void *context)
{
	struct world_slot *slot = &w->slots[w->tick % WORLD_SLOTS];

	requests_begin(w);
	for (size_t i = 0; i < slot->count; i++) { /* what happens adds to the slot */
		struct world_step step = slot->steps[i];

		if (step.what == STEP_REQUEST)
			request_make(w, &step.request);
		else if (step.what == STEP_CHECKPOINT)
			checkpoint_pass(w, &step, tell, context);
		else
			request_end(w, &step, tell, context);
	}
	slot->count = 0;
	w->tick++;
}
