/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of one request: drawn, judged, counted in the ticks in which something happens to it, and followed by what comes of it: the next
 * step of its chain, or another try.
 *
 * What happens later waits in a ring of ticks. Requests that are answered at once never get there. Offsets are microseconds within a tick,
 * so that an age of whole ticks is reached exactly that many ticks later.
 */
#include <math.h>
#include <stdlib.h>

#include "lab/ticks_model.h"

#define US_PER_S   1000000
#define NEVER      INT64_MAX
#define SIGMA      0.8
#define LONGEST_S  170 /* an answer is late for up to a minute beyond the longest timeout, and a phone waits before it tries again */
#define LATE_S     60
#define TRIES_MOST 4

/* Shares of those abroad, of visitors, and of requests that repeat what the same subscriber has just asked. */
#define SHARE_OUTBOUND 0.03
#define SHARE_INBOUND  0.04
#define SHARE_REPEATS  0.02

/* How a request ends, as seen by the tap. */
struct fate {
	enum outcome_class class;
	int64_t latency_us; /* NEVER: no answer */
	int64_t second_us;  /* another answer behind the first, NEVER: none */
	bool by_agent, asks_alternate, stays_away;
};

#define NO_ROW UINT8_MAX

static void request_begin(struct lab_ticks *l, struct ticks_request *r, int64_t offset_us);
static void request_offer(struct lab_ticks *l, struct ticks_request *r, int64_t at_us, uint8_t before);

static int64_t tick_us(const struct lab_ticks *l)
{
	return l->tick / 1000;
}

static void later(struct lab_ticks *l, const struct ticks_request *r, int64_t at_us, struct ticks_later what)
{
	size_t ahead = (size_t)(at_us / tick_us(l));
	struct ticks_slot *slot;

	if (ahead >= l->slot_count)
		return;
	slot = &l->slots[(l->slot + ahead) % l->slot_count];
	if (slot->count == slot->room) {
		size_t room = slot->room == 0 ? 64 : 2 * slot->room;
		struct ticks_later *list = realloc(slot->list, room * sizeof(*list));

		if (list == NULL) {
			l->is_out_of_memory = true;
			return;
		}
		slot->list = list;
		slot->room = room;
	}
	what.request = *r;
	what.offset_us = (uint32_t)(at_us % tick_us(l));
	slot->list[slot->count++] = what;
}

/* A request that is sent then; in this tick it is done at once. */
static void request_later(struct lab_ticks *l, struct ticks_request *r, int64_t at_us)
{
	if (at_us < tick_us(l))
		request_begin(l, r, at_us);
	else
		later(l, r, at_us, (struct ticks_later){ .what = WHAT_BEGIN });
}

static int64_t between_us(struct lab_ticks *l, double from_s, double to_s)
{
	return (int64_t)((from_s + chance_unit(&l->chance) * (to_s - from_s)) * US_PER_S);
}

static unsigned int bin_of(int64_t latency_us)
{
	uint64_t ms = (uint64_t)latency_us / 1000;
	unsigned int bin = ms == 0 ? 0 : 64 - (unsigned int)__builtin_clzll(ms);

	return bin < TALLY_LATENCY_BINS ? bin : TALLY_LATENCY_BINS - 1;
}

static bool row_is_diameter(const struct ticks_request *r)
{
	return ticks_rows[r->row].registers == FAMILY_HSS;
}

/* The node of ours that it goes to; those that are drained take none. */
static uint8_t node_draw(struct lab_ticks *l, const struct ticks_request *r, enum ticks_family family, bool is_server)
{
	uint8_t drawn = (uint8_t)draw_value(&l->node_table[family], chance_word(&l->chance));

	for (size_t i = 0; i < l->active_count; i++) {
		const struct ticks_fault *f = l->active[i];

		if (!f->from->fault.is_drained || (f->rows >> r->row & 1) == 0 || (is_server ? !f->has_servers : !f->has_clients))
			continue;
		for (int tries = 0; tries < 50 && (is_server ? f->server : f->client)[drawn]; tries++)
			drawn = (uint8_t)draw_value(&l->node_table[family], chance_word(&l->chance));
	}
	return drawn;
}

static uint8_t server_draw(struct lab_ticks *l, const struct ticks_request *r)
{
	const struct ticks_family_nodes *n = &l->family[ticks_rows[r->row].registers];

	return r->people == PEOPLE_INBOUND ? (uint8_t)(n->own + r->partner % n->foreign)
					   : node_draw(l, r, ticks_rows[r->row].registers, true);
}

static uint8_t client_draw(struct lab_ticks *l, const struct ticks_request *r)
{
	const struct ticks_family_nodes *n = &l->family[ticks_rows[r->row].serving];

	return r->people == PEOPLE_OUTBOUND ? (uint8_t)(n->own + r->partner % n->foreign)
					    : node_draw(l, r, ticks_rows[r->row].serving, false);
}

static void subscriber_draw(struct lab_ticks *l, struct ticks_request *r)
{
	uint64_t word = chance_word(&l->chance);

	r->leaf = (uint16_t)(r->people == PEOPLE_INBOUND ? l->home_leaves + draw_value(&l->inbound_table, word)
							 : draw_value(&l->home_table, word));
	word = chance_word(&l->chance);
	r->bucket = (uint8_t)(word % TALLY_BUCKETS);
	r->route = (uint8_t)(word >> 6 & 1);
	r->ending = (uint8_t)(((word >> 32) * TICKS_ENDINGS) >> 32);
	r->is_repeat = (word >> 8 & 0xffff) < (uint64_t)(SHARE_REPEATS * 65536);
	r->partner = 0;
	if (r->people == PEOPLE_INBOUND)
		r->partner = l->leaf[r->leaf].partner;
	if (r->people == PEOPLE_OUTBOUND)
		r->partner = (uint16_t)draw_value(&l->outbound_table, chance_word(&l->chance));
}

static void request_draw(struct lab_ticks *l, struct ticks_request *r, uint8_t row)
{
	double u = ticks_rows[row].roams ? chance_unit(&l->chance) : 1;

	*r = (struct ticks_request){ .row = row };
	r->people = u < SHARE_OUTBOUND ? PEOPLE_OUTBOUND : u < SHARE_OUTBOUND + SHARE_INBOUND ? PEOPLE_INBOUND : PEOPLE_HOME;
	subscriber_draw(l, r);
	r->server = server_draw(l, r);
	r->client = client_draw(l, r);
}

static bool fault_spares(enum lab_effect effect, const struct ticks_row *row)
{
	/* roamingNotAllowed is no error of authentication or routing enquiries (29.002 17.6.1). */
	return effect == LAB_EFFECT_USER_REJECTS && !row->is_update;
}

/* What a fault that has drawn a request makes of it. */
static void fault_judge(struct lab_ticks *l, struct ticks_fault *t, const struct ticks_request *r, struct fate *fate)
{
	const struct lab_fault *f = &t->from->fault;
	enum lab_effect effect = f->effect;
	double u = chance_unit(&l->chance);

	if (u < f->silent_share)
		effect = LAB_EFFECT_SILENT;
	else if (u < f->silent_share + f->congestion_share)
		effect = LAB_EFFECT_CONGESTION;
	l->sums[r->row].by_fault++;
	fate->class = l->classes[row_is_diameter(r)][effect];
	fate->asks_alternate = f->retries == LAB_RETRIES_ALTERNATE;
	if (effect == LAB_EFFECT_SILENT || t->is_blind)
		fate->latency_us = NEVER;
	if (t->is_blind) {
		l->weather.unseen++;
		fate->stays_away = true;
	}
	if (effect == LAB_EFFECT_LATE)
		fate->latency_us = 20 * US_PER_S;
	if (effect == LAB_EFFECT_AGENT_BUSY)
		fate->by_agent = row_is_diameter(r);
	if (effect == LAB_EFFECT_RELAY_LATE) {
		fate->by_agent = row_is_diameter(r);
		fate->latency_us = 2 * US_PER_S;
		fate->second_us = fate->latency_us + between_us(l, 0.1, 1);
	}
	if (effect == LAB_EFFECT_UNKNOWN) {
		fate->stays_away = true;
		t->stopped = fmin(t->subscribers, t->stopped + 1);
	}
}

static void usual_judge(struct lab_ticks *l, const struct ticks_request *r, struct fate *fate)
{
	const struct ticks_row *row = &ticks_rows[r->row];
	double u = chance_unit(&l->chance), failing = row->network * (r->people == PEOPLE_INBOUND ? 1 : l->weather.failing[r->server]);
	double user = row->user;

	if (row->is_update && r->people == PEOPLE_HOME)
		user = l->options.user_rejects * l->leaf[r->leaf].rejects;
	else if (row->is_update)
		user = l->partner_rejects[r->partner] * (l->partner_count > 3 ? 1 : l->options.user_rejects / 0.05);
	if (u < row->missing) {
		fate->latency_us = NEVER;
		return;
	}
	u -= row->missing;
	if (u < failing) {
		fate->class = u < 0.1 * failing ? OUTCOME_CONGESTION : u < 0.15 * failing ? OUTCOME_ABORT : OUTCOME_NETWORK;
		return;
	}
	if (u - failing < fmin(user * l->weather.rejects_now, 0.97))
		fate->class = OUTCOME_USER;
}

static void request_judge(struct lab_ticks *l, const struct ticks_request *r, struct fate *fate)
{
	const struct ticks_row *row = &ticks_rows[r->row];
	unsigned int domain = lab_procedure_rows[row->procedure].domain;
	double latency = row->median_s * l->weather.slow, added = 0;
	struct ticks_fault *hit = NULL;

	for (size_t i = 0; i < l->active_count && (l->active_rows >> r->row & 1) != 0; i++) {
		struct ticks_fault *f = l->active[i];
		bool is_idle = f->latency == 1 && f->share[domain] <= 0 && f->from->fault.latency_added_s <= 0;

		if (is_idle || !ticks_fault_covers(l, f, r))
			continue;
		latency *= f->latency;
		added += f->from->fault.latency_added_s;
		if (hit == NULL && f->share[domain] > 0 && !fault_spares(f->from->fault.effect, row) &&
		    chance_hit(&l->chance, f->share[domain]))
			hit = f;
	}
	latency *= (double)l->latency[chance_word(&l->chance) >> 52];
	*fate = (struct fate){ .class = OUTCOME_SUCCESS, .latency_us = (int64_t)((latency + added) * US_PER_S), .second_us = NEVER };
	if (hit != NULL)
		fault_judge(l, hit, r, fate);
	else
		usual_judge(l, r, fate);
	if (l->weather.loss > 0 && fate->latency_us != NEVER && chance_hit(&l->chance, l->weather.loss)) {
		fate->latency_us = NEVER;
		fate->stays_away = true;
		l->weather.missing++;
	}
}

/* The next step of the chain, if there is one for this subscriber. */
static void chain_go_on(struct lab_ticks *l, const struct ticks_request *r, int64_t at_us)
{
	const struct ticks_row *row = &ticks_rows[r->row], *then;
	double u = row->next[0].row < 0 ? 1 : chance_unit(&l->chance);
	struct ticks_request next = *r;
	unsigned int i = 0;

	while (i < TICKS_NEXT_MAX && row->next[i].row >= 0 && u >= l->next_share[r->row][i])
		u -= l->next_share[r->row][i++];
	if (i == TICKS_NEXT_MAX || row->next[i].row < 0)
		return;
	next.row = (uint8_t)row->next[i].row;
	next.by_agent = false;
	next.tries = 0;
	then = &ticks_rows[next.row];
	if (then->registers != row->registers)
		next.server = server_draw(l, &next);
	if (then->serving != row->serving || then->is_downward)
		next.client = client_draw(l, &next);
	request_offer(l, &next, at_us + between_us(l, 0.03, 0.33), r->row);
}

/* What comes of an answer, or of none. */
static void request_ended(struct lab_ticks *l, const struct ticks_request *r, enum outcome_class class, int64_t at_us)
{
	struct ticks_request next = *r;

	if (class == OUTCOME_SUCCESS)
		chain_go_on(l, r, at_us);
	if (class == OUTCOME_SUCCESS || class == OUTCOME_USER || !ticks_rows[r->row].is_tried_again || r->tries >= TRIES_MOST ||
	    chance_hit(&l->chance, 0.1))
		return;
	next.tries++;
	next.is_repeat = true;
	next.by_agent = false;
	request_later(l, &next, at_us + between_us(l, 5, 20));
}

static void count_end(struct lab_ticks *l, const struct ticks_request *r, enum outcome_class class, unsigned int bin)
{
	ticks_count(l, r, TICKS_FIELD(outcomes) + class);
	l->sums[r->row].outcomes[class]++;
	if (bin < TALLY_LATENCY_BINS)
		ticks_count(l, r, TICKS_FIELD(latency) + bin);
	if (r->is_repeat && class != OUTCOME_LATE)
		ticks_count(l, r, TICKS_FIELD(repeats));
}

static void end_at(struct lab_ticks *l, const struct ticks_request *r, int64_t at_us, enum outcome_class class, unsigned int bin)
{
	if (at_us < tick_us(l))
		count_end(l, r, class, bin);
	else
		later(l, r, at_us, (struct ticks_later){ .what = WHAT_END, .number = (uint8_t) class, .bin = (uint8_t)bin });
}

static void pending_at(struct lab_ticks *l, const struct ticks_request *r, int64_t at_us, unsigned int checkpoint)
{
	if (at_us < tick_us(l))
		ticks_count(l, r, TICKS_FIELD(pending) + checkpoint);
	else
		later(l, r, at_us, (struct ticks_later){ .what = WHAT_PENDING, .number = (uint8_t)checkpoint });
}

/* A request that its streams have to wait for. */
static void request_slow(struct lab_ticks *l, struct ticks_request *r, int64_t offset_us, const struct fate *fate)
{
	int64_t timeout_us = l->timeout[r->row] / 1000, answered_us = fate->latency_us;
	int64_t open_us = answered_us < timeout_us ? answered_us : timeout_us;
	bool is_late = answered_us >= timeout_us && answered_us != NEVER && answered_us < timeout_us + LATE_S * (int64_t)US_PER_S;
	struct ticks_request answered = *r;

	ticks_count(l, r, TICKS_FIELD(requests));
	for (unsigned int j = 0; j < TALLY_CHECKPOINTS && tally_checkpoint_age[j] / 1000 < open_us; j++)
		pending_at(l, r, offset_us + tally_checkpoint_age[j] / 1000, j);
	answered.by_agent = fate->by_agent;
	if (answered_us < timeout_us)
		end_at(l, &answered, offset_us + answered_us, fate->class, bin_of(answered_us));
	else
		end_at(l, r, offset_us + timeout_us, OUTCOME_TIMEOUT, TALLY_LATENCY_BINS);
	if (is_late)
		end_at(l, r, offset_us + answered_us, OUTCOME_LATE, bin_of(answered_us));
	if (fate->second_us != NEVER)
		end_at(l, r, offset_us + fate->second_us, OUTCOME_LATE, bin_of(fate->second_us));
	if (fate->stays_away)
		return;
	if (fate->asks_alternate && fate->class != OUTCOME_SUCCESS && r->tries == 0) {
		r->route ^= 1;
		r->tries++;
		r->is_repeat = true;
		request_later(l, r, offset_us + open_us + 20000);
		return;
	}
	request_ended(l, r, answered_us < timeout_us ? fate->class : OUTCOME_TIMEOUT, offset_us + open_us);
}

static void request_begin(struct lab_ticks *l, struct ticks_request *r, int64_t offset_us)
{
	struct fate fate;
	unsigned int bin;

	if (l->weather.loss > 0 && chance_hit(&l->chance, l->weather.loss)) {
		l->weather.missing++;
		return;
	}
	l->requests++;
	l->sums[r->row].requests++;
	request_judge(l, r, &fate);
	bin = fate.latency_us < TICKS_QUICK_US ? bin_of(fate.latency_us) : 0;
	if (fate.class != OUTCOME_SUCCESS || r->is_repeat || fate.latency_us >= tick_us(l) - offset_us || bin < TICKS_QUICK_FIRST ||
	    fate.latency_us >= l->timeout[r->row] / 1000 || fate.second_us != NEVER) {
		request_slow(l, r, offset_us, &fate);
		return;
	}
	l->sums[r->row].outcomes[OUTCOME_SUCCESS]++;
	ticks_count_quick(l, r, bin);
	request_ended(l, r, OUTCOME_SUCCESS, offset_us + fate.latency_us);
}

/*
 * How many times a request is made that would usually be made once, by faults that the step before it has not been through. What is
 * everywhere is part of the rate of heads.
 */
static double volume_of(struct lab_ticks *l, const struct ticks_request *r, uint8_t before, bool *ret_talks)
{
	double volume = 1;

	for (size_t i = 0; i < l->active_count && (l->active_rows >> r->row & 1) != 0; i++) {
		struct ticks_fault *f = l->active[i];
		bool changes = f->volume != 1 && (before != NO_ROW || !f->is_everywhere);

		if ((!changes && f->stopped < 1) || (before != NO_ROW && (f->rows >> before & 1) != 0) || !ticks_fault_covers(l, f, r))
			continue;
		volume *= changes ? f->volume : 1;
		if (f->stopped >= 1 && chance_hit(&l->chance, f->stopped / f->subscribers))
			volume = 0;
		*ret_talks = *ret_talks || (changes && f->from->fault.talkers > 0);
	}
	return volume;
}

/* A request as often as faults of volume want it. What is more comes from others of the same scope, or from the same again. */
static void request_offer(struct lab_ticks *l, struct ticks_request *r, int64_t at_us, uint8_t before)
{
	bool talks = false;
	double volume = l->active_count == 0 ? 1 : volume_of(l, r, before, &talks);
	uint64_t more = volume > 1 ? draw_poisson(&l->chance, volume - 1) : 0;

	for (uint64_t i = 0; i < more; i++) {
		struct ticks_request another = *r;

		another.is_repeat = talks;
		if (!talks) {
			another.bucket = (uint8_t)chance_below(&l->chance, TALLY_BUCKETS);
			another.ending = (uint8_t)chance_below(&l->chance, TICKS_ENDINGS);
		}
		request_later(l, &another, at_us + between_us(l, 0, 3));
	}
	if (volume >= 1 || chance_hit(&l->chance, volume))
		request_later(l, r, at_us);
}

/* Requests of this row that no step before it brings about, in this tick. */
static double rate_now(const struct lab_ticks *l, size_t row)
{
	double rate = l->head_rate[row] * l->weather.load;

	for (size_t i = 0; i < l->active_count; i++) {
		const struct ticks_fault *f = l->active[i];

		if ((f->rows >> row & 1) == 0)
			continue;
		if (f->is_everywhere)
			rate *= f->volume;
	}
	for (size_t i = 0; i < l->active_count; i++)
		if ((l->active[i]->rows >> row & 1) != 0)
			rate += l->active[i]->from->burst_per_s;
	return rate;
}

static void heads_draw(struct lab_ticks *l)
{
	for (size_t row = 0; row < ticks_row_count; row++) {
		double rate = (l->rows >> row & 1) == 0 ? 0 : rate_now(l, row);
		uint64_t count = rate > 0 ? draw_poisson(&l->chance, rate * nanos_to_s(l->tick)) : 0;

		for (uint64_t i = 0; i < count; i++) {
			struct ticks_request r;
			int64_t offset_us = (int64_t)(((unsigned __int128)chance_word(&l->chance) * (uint64_t)tick_us(l)) >> 64);

			request_draw(l, &r, (uint8_t)row);
			request_offer(l, &r, offset_us, NO_ROW);
		}
	}
}

static void slot_done(struct lab_ticks *l, struct ticks_later *what)
{
	switch ((enum ticks_what)what->what) {
	case WHAT_BEGIN:
		request_begin(l, &what->request, what->offset_us);
		return;
	case WHAT_PENDING:
		ticks_count(l, &what->request, TICKS_FIELD(pending) + what->number);
		return;
	case WHAT_END:
		count_end(l, &what->request, (enum outcome_class)what->number, what->bin);
		return;
	}
}

void ticks_requests(struct lab_ticks *l)
{
	struct ticks_slot *slot = &l->slots[l->slot];

	for (size_t i = 0; i < slot->count; i++)
		slot_done(l, &slot->list[i]);
	slot->count = 0;
	heads_draw(l);
	l->slot = (l->slot + 1) % l->slot_count;
}

/* How many requests come of one head, itself included, when all goes well. */
static double chain_length(const struct lab_ticks *l, size_t row)
{
	double length = 1;

	for (unsigned int i = 0; i < TICKS_NEXT_MAX && ticks_rows[row].next[i].row >= 0; i++)
		length += l->next_share[row][i] * chain_length(l, (size_t)ticks_rows[row].next[i].row);
	return length;
}

/* Shares of the rate among the heads of chains, and whether what follows is simulated at all. */
static void rates_open(struct lab_ticks *l)
{
	uint32_t followers = 0;
	double sum = 0;

	for (size_t r = 0; r < ticks_row_count; r++) {
		for (unsigned int i = 0; i < TICKS_NEXT_MAX && ticks_rows[r].next[i].row >= 0; i++) {
			uint32_t bit = UINT32_C(1) << ticks_rows[r].next[i].row;
			bool is_there = (l->rows >> r & 1) != 0 && (l->rows & bit) != 0;

			l->next_share[r][i] = is_there ? ticks_rows[r].next[i].share : 0;
			followers |= is_there ? bit : 0;
		}
	}
	for (size_t r = 0; r < ticks_row_count; r++)
		if ((l->rows & ~followers) >> r & 1)
			sum += ticks_rows[r].weight * chain_length(l, r);
	for (size_t r = 0; r < ticks_row_count; r++)
		l->head_rate[r] = (l->rows & ~followers) >> r & 1 ? l->options.rate * ticks_rows[r].weight / sum : 0;
}

bool ticks_requests_open(struct lab_ticks *l)
{
	for (unsigned int i = 0; i < TICKS_LATENCIES; i++)
		l->latency[i] = (float)exp(SIGMA * draw_quantile((i + 0.5) / TICKS_LATENCIES));
	rates_open(l);
	l->slot_count = (size_t)(LONGEST_S * NANOS_PER_S / l->tick) + 2;
	l->slots = calloc(l->slot_count, sizeof(*l->slots));
	return l->slots != NULL;
}
