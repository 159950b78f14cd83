/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Evidence beyond shares, see beyond.h. Owned by control, called by detect.c for each stream of a tick and once at its end.
 *
 * A tenth of the budget for false alarms is divided here: extra k has k0 / ((k0 + k) (k0 + k + 1)) of it, as in streams.c. An extra belongs
 * to a place of the pool, so one that is given back and taken again costs nothing. All work but adding up is done once per bin, over extras
 * in the order in which they were taken, the whole of a procedure before its parts.
 */
#include "control/detect/beyond.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "control/detect/chain.h"
#include "control/detect/extra.h"
#include "control/detect/removals.h"
#include "control/detect/scatter.h"
#include "control/detect/volume.h"
#include "dataplane/base/memory.h"

#define EXTRAS           4096
#define CHAINS           128
#define BIN_S            1.0
#define FIRST_BIN        (2 * LOOKOUT_BINS)
#define SILENCE_S        3.0 /* of everything: the probe does not see */
#define RATE_LEAST       1.0 /* requests a second or answers from which a stream gets an extra */
#define RATE_GONE        0.1
#define ANSWERS_S        60.0
#define BUDGET           0.1
#define BUDGET_EVEN      200.0
#define STANDSTILL_S     2.0
#define STANDSTILL_SHARE 0.08
#define COLLAPSE_REST    0.35
#define COLLAPSE_AFTER_S 1800.0
#define COLLAPSE_LASTS_S 7200.0 /* then it is the habit */
#define BLIND_S          5.0
#define BLIND_SHARE      0.05

struct beyond {
	const struct plan *plan;
	struct extra *extra;
	size_t count;    /* places that were ever taken */
	uint32_t *of;    /* extra of a stream, by the stream's index */
	uint32_t *order; /* extras in use: wholes first */
	bool *is_open;   /* by extra: a watch of it was open when the bin ended */
	size_t order_count;
	bool is_order_old;
	struct chain *chain;
	size_t chain_count;
	struct scatter *scatter;
	struct extra_turn turn;
	struct memory *memory; /* of seasons; NULL: none */
	struct memory_scene scene;
	double bin_s, silent_s; /* of the bin at work; since anything was seen */
	int64_t collapsed;      /* bin in which everything was found to have collapsed; 0: it has not */
	double awake_s;         /* of traffic, of this run */
	nanos bin_start, last_end;
	double unseen, packets; /* smoothed */
	double asked, due;      /* requests of everything, smoothed over STANDSTILL_S */
	struct fall fall;       /* of everything */
	struct removals removals;
	struct suspicion *reports;
	size_t report_count;
};

/* Which kinds are asked of a dimension; none: no extra. Volume has a table of its own. */
enum { LATE = 1, REPEATS = 2, SLOW = 4, VOLUME = 8, CHAIN = 16 };
static const uint8_t kinds_of[DIMENSION_COUNT] = {
	[DIMENSION_ALL] = LATE | REPEATS | SLOW | VOLUME | CHAIN,
	[DIMENSION_SEGMENT] = REPEATS | VOLUME | CHAIN,
	[DIMENSION_SERVER] = LATE | SLOW | VOLUME,
	[DIMENSION_CLIENT] = LATE | VOLUME,
	[DIMENSION_ROUTE] = LATE | VOLUME,
	[DIMENSION_PLMN] = REPEATS | VOLUME,
	[DIMENSION_IMSI_PREFIX] = REPEATS | VOLUME,
	[DIMENSION_RAT] = VOLUME,
	[DIMENSION_DIRECTION] = VOLUME,
	[DIMENSION_NAMED] = LATE | REPEATS | SLOW | VOLUME,
};

struct beyond *beyond_new(const struct plan *plan, const struct season_clock *clock)
{
	struct beyond *b = calloc(1, sizeof(*b));
	size_t limit = plan->limits.cells;

	if (b == NULL)
		return NULL;
	b->plan = plan;
	b->extra = memory_take(EXTRAS * sizeof(*b->extra));
	b->of = malloc(limit * sizeof(*b->of));
	b->order = calloc(EXTRAS, sizeof(*b->order));
	b->is_open = calloc(EXTRAS, sizeof(*b->is_open));
	b->chain = calloc(CHAINS, sizeof(*b->chain));
	b->scatter = scatter_new(limit);
	b->reports = calloc(EXTRAS + 2 * CHAINS, sizeof(*b->reports));
	if (b->extra == NULL || b->of == NULL || b->order == NULL || b->is_open == NULL || b->chain == NULL || b->scatter == NULL ||
	    b->reports == NULL) {
		beyond_free(b);
		return NULL;
	}
	memset(b->of, 0xff, limit * sizeof(*b->of));
	b->turn.plan = &plan->detection;
	b->turn.clock = clock;
	b->turn.bins.now = FIRST_BIN;
	b->turn.bins.seconds = BIN_S;
	return b;
}

void beyond_free(struct beyond *b)
{
	if (b == NULL)
		return;
	memory_give(b->extra, EXTRAS * sizeof(*b->extra));
	free(b->of);
	free(b->order);
	free(b->is_open);
	free(b->chain);
	scatter_free(b->scatter);
	free(b->reports);
	free(b);
}

void beyond_plan(struct beyond *b, const struct plan *plan)
{
	b->plan = b->scene.plan = plan;
	b->turn.plan = &plan->detection;
}

void beyond_memory(struct beyond *b, struct memory *memory, const struct memory_scene *scene)
{
	b->memory = memory;
	b->scene = (struct memory_scene){ .plan = b->plan, .name_of = scene->name_of, .names = scene->names };
}

bool beyond_seasons(const struct beyond *b, size_t *at, const struct stream_key **ret_key, const struct season_flow **ret_season)
{
	while (*at < b->count && !b->extra[*at].is_in_use)
		++*at;
	if (*at == b->count)
		return false;
	*ret_key = &b->extra[*at].key;
	*ret_season = &b->extra[(*at)++].tide.season;
	return true;
}

struct watch_rules extra_rules(const struct extra_turn *turn, double weight)
{
	return (struct watch_rules){
		.tick_s = turn->bins.seconds,
		.advisory = turn->plan->advisory_interval_s / weight,
		.page = turn->plan->page_interval_s / weight,
		.min_share = 2,
		.min_failed = 3.0 * turn->plan->min_failed,
		.hold_s = 3,
	};
}

static bool is_wanted(const struct beyond *b, const struct stream *s, double rate)
{
	if (kinds_of[s->key.dimension] == 0)
		return false;
	return rate >= RATE_LEAST || (s->key.dimension == DIMENSION_ALL && b->turn.seen_s > 0 && removals_has(s->key.procedure));
}

static bool is_same(const struct stream_key *a, const struct stream_key *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* A place in the pool, EXTRA_NONE when all are taken. */
static uint32_t place_find(struct beyond *b)
{
	if (b->count < EXTRAS)
		return (uint32_t)b->count++;
	if (b->order_count < EXTRAS)
		for (uint32_t i = 0; i < EXTRAS; i++)
			if (!b->extra[i].is_in_use)
				return i;
	return EXTRA_NONE;
}

static uint32_t extra_take(struct beyond *b, uint32_t index, const struct stream *s)
{
	uint32_t place = place_find(b);
	double k = BUDGET_EVEN + place;
	struct extra *e;

	if (place == EXTRA_NONE)
		return EXTRA_NONE;
	e = &b->extra[place];
	memset(e, 0, sizeof(*e));
	e->key = s->key;
	e->stream = index;
	e->whole = s->parent;
	e->weight = BUDGET * BUDGET_EVEN / (k * (k + 1));
	e->is_in_use = true;
	if (b->memory != NULL)
		memory_claim_flow(b->memory, &b->scene, &e->key, &e->tide.season);
	volume_start(e, e->key.dimension == DIMENSION_ALL ? removals_absent_s(&b->removals, e->key.procedure, b->turn.seen_s) : 0);
	latency_start(&e->latency);
	b->of[index] = place;
	b->is_order_old = true;
	return place;
}

void beyond_see(struct beyond *b, uint32_t index, const struct stream *s, const struct tally_cell *cell, double rate)
{
	uint32_t place = b->of[index];
	struct extra_bin *bin;
	const uint32_t *o;

	scatter_see(b->scatter, index, s);
	if (cell == NULL)
		return;
	if (s->key.dimension == DIMENSION_ALL)
		removals_see(&b->removals, s->key.procedure, cell->requests, b->turn.seen_s);
	if (place == EXTRA_NONE || !is_same(&b->extra[place].key, &s->key) || !b->extra[place].is_in_use) {
		if (!is_wanted(b, s, rate))
			return;
		place = extra_take(b, index, s);
		if (place == EXTRA_NONE)
			return;
	}
	bin = &b->extra[place].bin;
	o = cell->outcomes;
	bin->requests += cell->requests;
	bin->successes += o[OUTCOME_SUCCESS];
	bin->answers += o[OUTCOME_SUCCESS] + o[OUTCOME_USER] + o[OUTCOME_NETWORK] + o[OUTCOME_CONGESTION] + o[OUTCOME_ABORT];
	bin->timeouts += o[OUTCOME_TIMEOUT];
	bin->late += o[OUTCOME_LATE];
	bin->unmatched += o[OUTCOME_UNMATCHED];
	bin->repeats += cell->repeats;
	for (int i = 0; i < TALLY_LATENCY_BINS; i++)
		bin->latency[i] += cell->latency[i];
}

static struct extra *extra_of(const struct beyond *b, uint32_t stream)
{
	struct extra *e;

	if (stream == STREAM_NONE || b->of[stream] == EXTRA_NONE)
		return NULL;
	e = &b->extra[b->of[stream]];
	return e->is_in_use && e->stream == stream ? e : NULL;
}

bool beyond_holds(const struct beyond *b, uint32_t index)
{
	return extra_of(b, index) != NULL;
}

static uint32_t chain_part(const struct beyond *b, const struct streams *streams, const struct stream_key *key, procedure p)
{
	struct stream_key next = *key;
	const struct extra *e;

	next.procedure = p;
	e = p == PROCEDURE_NONE ? NULL : extra_of(b, watched_find(streams, &next));
	return e == NULL ? EXTRA_NONE : (uint32_t)(e - b->extra);
}

/* The chains of the extras there are, those known before as they were. */
static void chains_find(struct beyond *b, const struct streams *streams)
{
	size_t kept = 0;

	for (size_t i = 0; i < b->chain_count; i++)
		if (b->extra[b->chain[i].first].is_in_use)
			b->chain[kept++] = b->chain[i];
	b->chain_count = kept;
	for (size_t i = 0; i < b->order_count; i++) {
		const struct extra *e = &b->extra[b->order[i]];
		procedure next[CHAIN_NEXT];
		struct chain *c = NULL;

		if (!(kinds_of[e->key.dimension] & CHAIN) || !chain_next(e->key.procedure, next))
			continue;
		for (size_t k = 0; k < b->chain_count; k++)
			if (b->chain[k].first == b->order[i])
				c = &b->chain[k];
		if (c == NULL && b->chain_count < CHAINS) {
			c = &b->chain[b->chain_count++];
			chain_start(c, &e->key, b->order[i]);
			c->key.procedure = next[0];
		}
		for (int n = 0; c != NULL && n < CHAIN_NEXT; n++)
			c->next[n] = chain_part(b, streams, &e->key, next[n]);
	}
}

/* Wholes first, because what has moved is found by what the whole lacks. */
static void order_make(struct beyond *b, const struct streams *streams)
{
	b->order_count = 0;
	for (int pass = 0; pass < 2; pass++)
		for (uint32_t i = 0; i < b->count; i++)
			if (b->extra[i].is_in_use && (b->extra[i].key.dimension != DIMENSION_ALL) == pass)
				b->order[b->order_count++] = i;
	b->is_order_old = false;
	chains_find(b, streams);
}

static bool extra_is_open(const struct extra *e)
{
	return e->drop.watch.is_open || e->surge.watch.is_open || e->late.lookout.watch.is_open || e->repeats.lookout.watch.is_open ||
	       e->slow.lookout.watch.is_open;
}

static void extra_judge(struct beyond *b, struct extra *e)
{
	uint8_t kinds = kinds_of[e->key.dimension];
	const struct extra *whole = extra_of(b, e->whole);

	e->answers += (e->bin.answers / b->turn.bins.seconds - e->answers) * fmin(1, b->turn.bins.seconds / ANSWERS_S);
	volume_judge(e, whole, &b->turn);
	if (kinds & REPEATS)
		extra_judge_repeats(e, &b->turn);
	if (kinds & LATE)
		extra_judge_late(e, &b->turn);
	if (kinds & SLOW)
		extra_judge_slow(e, &b->turn);
	if (e->key.procedure == PROCEDURE_REGISTRATION && e->key.dimension == DIMENSION_ALL)
		b->turn.registrations = e->volume.due > 0 ? e->volume.seen / e->volume.due : 0;
	b->is_open[e - b->extra] = extra_is_open(e);
}

static void extra_give(struct beyond *b, struct extra *e)
{
	if (b->memory != NULL && e->tide.season.has_slot)
		memory_keep_flow(b->memory, &b->scene, &e->key, &e->tide.season);
	e->is_in_use = false;
	b->of[e->stream] = EXTRA_NONE;
	b->is_order_old = true;
}

void beyond_forget(struct beyond *b, uint32_t index)
{
	struct extra *e = extra_of(b, index);

	if (e != NULL)
		extra_give(b, e);
}

/* Gives back what has been quiet for long: its level has followed the traffic to nothing. */
static void extra_leave(struct beyond *b, struct extra *e)
{
	if (b->is_open[e - b->extra] || e->is_removal || e->volume.age_s < 300 || e->volume.level >= RATE_GONE || e->volume.seen >= 1 ||
	    e->answers >= RATE_GONE)
		return;
	extra_give(b, e);
}

static void report_add(struct beyond *b, const struct suspicion *s, double part_weight)
{
	if (b->report_count == EXTRAS + 2 * CHAINS)
		return;
	b->reports[b->report_count] = *s;
	if (part_weight > 0)
		b->reports[b->report_count].log_page = log(b->turn.plan->page_interval_s / part_weight);
	b->report_count++;
}

static bool extra_report(const struct extra *e, enum evidence evidence, struct suspicion *ret)
{
	const struct lookout *l = NULL;

	*ret = (struct suspicion){ .stream = e->key, .evidence = evidence };
	if (evidence == EVIDENCE_DROP || evidence == EVIDENCE_SURGE)
		return volume_report(e, evidence, ret);
	l = evidence == EVIDENCE_REPEATS ? &e->repeats.lookout : evidence == EVIDENCE_LATE ? &e->late.lookout : &e->slow.lookout;
	if (!lookout_report(l, ret))
		return false;
	if (evidence == EVIDENCE_REPEATS) {
		ret->baseline_ratio = 1 / (1 - fmin(ret->baseline_ratio, EXTRA_REPEATS_MOST));
		ret->observed_ratio = 1 / (1 - fmin(ret->observed_ratio, EXTRA_REPEATS_MOST));
	} else if (evidence == EVIDENCE_SLOW) {
		ret->baseline_ratio = latency_usual_s(&e->latency);
		ret->observed_ratio = latency_recent_s(&e->latency);
	}
	return true;
}

static const struct {
	uint8_t evidence;
	double part;
} reported[] = { { EVIDENCE_DROP, 0.3 },
		 { EVIDENCE_SURGE, 0.2 },
		 { EVIDENCE_REPEATS, EXTRA_KIND_PART },
		 { EVIDENCE_LATE, EXTRA_KIND_PART },
		 { EVIDENCE_SLOW, EXTRA_KIND_PART } };

static void reports_make(struct beyond *b)
{
	struct suspicion s;

	b->report_count = 0;
	for (size_t i = 0; i < b->order_count; i++) {
		const struct extra *e = &b->extra[b->order[i]];

		if (!b->is_open[b->order[i]])
			continue;
		for (size_t k = 0; k < sizeof(reported) / sizeof(reported[0]); k++)
			if (extra_report(e, (enum evidence)reported[k].evidence, &s))
				report_add(b, &s, reported[k].part * e->weight);
	}
	for (size_t i = 0; i < b->chain_count; i++) {
		s = (struct suspicion){ 0 };
		if (chain_report(&b->chain[i], &s))
			report_add(b, &s, CHAIN_WEIGHT);
	}
	b->report_count += scatter_report(b->scatter, b->reports + b->report_count, EXTRAS + 2 * CHAINS - b->report_count);
}

/* A night of a young capture may be one of minutes. What nobody mends is a habit at last. */
static void collapse_see(struct beyond *b)
{
	if (!b->turn.is_dwindling)
		b->collapsed = 0;
	else if (b->collapsed == 0 && b->turn.rest <= COLLAPSE_REST && b->awake_s >= COLLAPSE_AFTER_S)
		b->collapsed = b->turn.bins.now;
	b->turn.has_collapsed = b->collapsed != 0 && (double)(b->turn.bins.now - b->collapsed) * b->turn.bins.seconds < COLLAPSE_LASTS_S;
}

/* Whether requests of every kind have stopped, or dwindle, together. */
static void everything_see(struct beyond *b)
{
	const struct bins *bins = &b->turn.bins;
	double kept = exp(-bins->seconds / STANDSTILL_S), asked = 0, due = 0, named = 0;

	for (size_t i = 0; i < b->order_count; i++) {
		const struct extra *e = &b->extra[b->order[i]];

		if (e->key.procedure == PROCEDURE_REGISTRATION ||
		    (e->key.dimension != DIMENSION_ALL && e->key.dimension != DIMENSION_NAMED))
			continue;
		if (e->key.dimension == DIMENSION_NAMED && extra_of(b, e->whole) == NULL)
			named += e->bin.requests;
		asked += e->bin.requests;
		due += e->volume.level * bins->seconds;
	}
	b->turn.named = named;
	b->asked = b->asked * kept + asked;
	b->due = b->due * kept + due;
	if (b->due > 0 && b->asked < STANDSTILL_SHARE * b->due)
		b->turn.standstill = bins->now;
	fall_see(&b->fall, bins, asked, due);
	b->turn.rest = fall_rest(&b->fall);
	b->turn.is_dwindling = fall_is_low(&b->fall) && !fall_was_abrupt(&b->fall, bins);
	collapse_see(b);
}

static void bin_end(struct beyond *b, const struct streams *streams)
{
	struct bins *bins = &b->turn.bins;

	bins->now++;
	bins->start[bins->now % LOOKOUT_BINS] = b->bin_start;
	bins->seconds = b->bin_s;
	if (b->is_order_old)
		order_make(b, streams);
	everything_see(b);
	for (size_t i = 0; i < b->order_count; i++)
		extra_judge(b, &b->extra[b->order[i]]);
	for (size_t i = 0; i < b->chain_count; i++)
		chain_judge(&b->chain[i], b->extra, &b->turn);
	scatter_judge(b->scatter, streams, bins);
	reports_make(b);
	for (size_t i = 0; i < b->order_count; i++) {
		struct extra *e = &b->extra[b->order[i]];

		memset(&e->bin, 0, sizeof(e->bin));
		extra_leave(b, e);
	}
	b->bin_s = 0;
}

void beyond_tick(struct beyond *b, const struct streams *streams, const struct tally *tally, const struct judge *judge)
{
	double kept = exp(-judge->tick_s / BLIND_S);

	b->unseen = b->unseen * kept + (double)tally->unseen;
	b->packets = b->packets * kept + (double)tally->packets;
	b->turn.is_half_blind = b->unseen > BLIND_SHARE * (b->packets + b->unseen);
	b->turn.lost = judge->lost;
	b->turn.seen_s = judge->seen_s;
	b->awake_s = judge->awake_s;
	if (b->last_end > 0 && tally->start > b->last_end)
		b->silent_s += nanos_to_s(tally->start - b->last_end);
	b->last_end = tally->start + tally->length;
	if (tally->packets == 0 && !silence_is_broken(tally)) { /* what times out now was asked before */
		b->silent_s += judge->tick_s;
		return;
	}
	if (b->bin_s <= 0)
		b->bin_start = tally->start;
	b->bin_s += judge->tick_s + (b->silent_s <= SILENCE_S ? b->silent_s : 0);
	b->silent_s = 0;
	if (b->bin_s >= BIN_S - 1e-6)
		bin_end(b, streams);
}

static void extra_calm(struct extra *e)
{
	struct lookout *const lookouts[] = { &e->drop, &e->surge, &e->late.lookout, &e->repeats.lookout, &e->slow.lookout };
	double uneven = e->volume.uneven, wander = e->volume.wander;

	for (size_t i = 0; i < sizeof(lookouts) / sizeof(lookouts[0]); i++)
		lookout_reset(lookouts[i]);
	memset(&e->bin, 0, sizeof(e->bin));
	memset(e->latency.recent, 0, sizeof(e->latency.recent));
	e->fall = (struct fall){ 0 };
	volume_start(e, 0);
	tide_calm(&e->tide);
	e->volume.uneven = uneven;
	e->volume.wander = wander;
}

void beyond_calm(struct beyond *b)
{
	for (size_t i = 0; i < b->count; i++)
		extra_calm(&b->extra[i]);
	b->chain_count = 0;
	b->is_order_old = true;
	scatter_calm(b->scatter);
	b->bin_s = b->silent_s = 0;
	b->last_end = 0;
	b->unseen = b->packets = b->asked = b->due = 0;
	b->fall = (struct fall){ 0 };
	b->removals = (struct removals){ 0 };
	b->collapsed = 0;
	b->report_count = 0;
}

size_t beyond_report(const struct beyond *b, const struct suspicion **ret)
{
	*ret = b->reports;
	return b->report_count;
}

bool beyond_stream(const struct beyond *b, uint32_t stream, const struct stream_key *key, enum evidence evidence, struct stream_state *ret)
{
	const struct extra *e = extra_of(b, stream);

	*ret = (struct stream_state){ .has_returned = true };
	if (e == NULL && evidence != EVIDENCE_SCATTER)
		return false;
	if (e != NULL)
		ret->requests_per_s = e->volume.due > 0 ? e->volume.seen / e->volume.due : 0;
	for (size_t i = 0; i < b->report_count; i++) {
		const struct suspicion *s = &b->reports[i];

		if (s->evidence != evidence || !is_same(&s->stream, key))
			continue;
		ret->baseline_ratio = s->baseline_ratio;
		ret->recent_ratio = s->observed_ratio;
		ret->fault_share = s->fault_share;
		ret->has_returned = false;
	}
	return true;
}

size_t beyond_scattered(const struct beyond *b, enum dimension dimension, const struct stream_key **ret)
{
	return scatter_named(b->scatter, dimension, ret);
}
