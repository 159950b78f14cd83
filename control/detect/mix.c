/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The mix, see mix.h. Owned by control, called by detect.c and judge.c.
 *
 * Streams of one dimension divide the requests of a procedure among them. Only dimensions that the request itself decides count here:
 * whose subscriber (prefixes of each length by themselves), who asks, on which link, from which network, by which access. The one who
 * answers does not: an agent that answers for a dead server fails always, and its share would explain the outage away.
 *
 * For a stream above, each dimension says how many failures its streams expect beyond what the stream above expects of the same answers.
 * The dimension that says most is believed, when it says more than chance moves the mix in one tick. So expectations only ever rise: a
 * wrong one costs sensitivity and never a false alarm. Streams that are new have no experience; for the whole, and for prefixes and
 * segments made of the longest prefixes, their answers are left out.
 *
 * Other streams (servers, buckets, clients) do not know which of their requests came from whom. While the surplus is more than a tenth of
 * what the whole usually expects, and some minutes longer, each of them is allowed all of it up to a quarter of its answers, and what it
 * learned before is forgotten within minutes. Afterwards they know the new mix themselves.
 */
#include "control/detect/mix.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PROCEDURES (PROCEDURE_REGISTRATION + 1)
#define LENGTHS    (TALLY_PREFIX_LONGEST - TALLY_PREFIX_SHORTEST + 1)
#define NAMED      (LENGTHS + 5)
#define CLASSES    (NAMED + 1)
#define SMOOTH_S   10.0
/* The surplus, of what is usual, from which the mix is moving, and how long it is taken to move afterwards. */
#define MOVES_FROM  0.1
#define MOVES_LEAST 2.0 /* failures, smoothed */
#define MOVES_S     180.0
/* Standard deviations of chance beyond which the mix has moved, and beyond which a tick's mix counts. */
#define CHANCE_MOVES 3.0
#define CHANCE_TICK  1.0
#define OTHER_MOST   0.25
/* A new stream. */
#define FRESH_S       600.0
#define FRESH_LEAST_S 150.0
#define FRESH_KNOWN   100.0 /* own answers that were learned */
#define FRESH_SEEN    8.0   /* answers by which it would have been seen before */

/* One dimension's word on the whole, in the tick at work. */
struct class_sum {
	uint32_t fresh_answers, fresh_failed[MIX_KINDS];
	double fresh_surplus[MIX_KINDS];
	double surplus[MIX_KINDS]; /* of the others */
	double spread[MIX_KINDS];  /* variance of both, were requests to come by chance */
};

struct whole {
	int64_t tick; /* to which all below belongs */
	struct class_sum sums[CLASSES];
	double surplus[CLASSES][MIX_KINDS], spread[CLASSES][MIX_KINDS]; /* smoothed */
	double usual[MIX_KINDS];
	int64_t moves_until; /* tick */
};

struct mix {
	const struct plan *plan;
	uint32_t generation; /* of the plan: streams find their segments anew */
	struct whole whole[PROCEDURES];
};

struct mix *mix_new(const struct plan *plan)
{
	struct mix *m = calloc(1, sizeof(*m));

	if (m != NULL)
		mix_plan(m, plan);
	return m;
}

void mix_free(struct mix *m)
{
	free(m);
}

void mix_plan(struct mix *m, const struct plan *plan)
{
	m->plan = plan;
	m->generation++;
}

/* The class of a stream's dimension; CLASSES when the request does not decide it. */
static unsigned int class_of(const struct stream_key *key)
{
	static const uint8_t classes[DIMENSION_COUNT] = {
		[DIMENSION_CLIENT] = LENGTHS + 1, [DIMENSION_ROUTE] = LENGTHS + 2, [DIMENSION_PLMN] = LENGTHS + 3,
		[DIMENSION_NAMED] = NAMED + 1,    [DIMENSION_RAT] = LENGTHS + 4,   [DIMENSION_DIRECTION] = LENGTHS + 5,
	};
	unsigned int digits_known = digits_count(key->value);

	if (key->dimension == DIMENSION_IMSI_PREFIX)
		return digits_known >= TALLY_PREFIX_SHORTEST && digits_known <= TALLY_PREFIX_LONGEST ? digits_known - TALLY_PREFIX_SHORTEST
												     : CLASSES;
	return classes[key->dimension] > 0 ? classes[key->dimension] - 1U : CLASSES;
}

static uint64_t answers_before(const struct stream *s, int64_t now)
{
	return s->answered == now ? s->answers_before : s->answers_seen;
}

/* What its parent had seen when it came. Of one that is remembered from before a restart, by the time that each was there. */
static double parent_before(const struct stream *s, const struct stream *parent, int64_t now)
{
	double seen = (double)answers_before(parent, now);
	double age = (double)(now - s->baseline.born), before = (double)(s->baseline.born - parent->baseline.born);

	return s->answers_seen == 0 ? seen : before <= 0 ? 0 : seen * before / (before + age);
}

/*
 * Whether it would have been seen before, had it been there with the part of its parent's answers that it has now. Answers and not time: at
 * the beginning of all traffic there may be a few of some, a pause, and then the others.
 */
static bool is_fresh_now(const struct stream *s, const struct stream *parent, int64_t now, double tick_s)
{
	double age = baseline_age_s(&s->baseline, now, tick_s);

	if (parent == NULL || age >= FRESH_S || (double)s->answers_seen < FRESH_SEEN)
		return false;
	if (age >= FRESH_LEAST_S && s->baseline.answers[EVIDENCE_NETWORK] >= FRESH_KNOWN)
		return false;
	return (double)s->answers_seen * s->parent_before >= FRESH_SEEN * fmax((double)answers_before(parent, now) - s->parent_before, 1);
}

static double class_surplus(const struct class_sum *c, int kind)
{
	return c->surplus[kind] + c->fresh_surplus[kind];
}

/* What the dimension that says most says of this tick; at least nothing. */
static double most_surplus(const struct whole *w, int kind)
{
	double most = 0;

	for (int c = 0; c < CLASSES; c++)
		most = fmax(most, class_surplus(&w->sums[c], kind));
	return most;
}

/* Brings what is smoothed to this tick and empties the sums of the last one. */
static void whole_turn(struct whole *w, int64_t now, double tick_s)
{
	double kept = exp(-(double)(now - w->tick) * tick_s / SMOOTH_S);

	for (int kind = 0; kind < MIX_KINDS; kind++) {
		double least = fmax(MOVES_FROM * w->usual[kind], MOVES_LEAST);

		for (int c = 0; c < CLASSES; c++) {
			double *surplus = &w->surplus[c][kind], *spread = &w->spread[c][kind];

			*surplus = (*surplus + class_surplus(&w->sums[c], kind)) * kept;
			*spread = (*spread + w->sums[c].spread[kind]) * kept;
			if (*surplus >= least + CHANCE_MOVES * sqrt(*spread))
				w->moves_until = now + (int64_t)(MOVES_S / tick_s);
		}
		w->usual[kind] *= kept;
	}
	memset(w->sums, 0, sizeof(w->sums));
	w->tick = now;
}

/* The streams of shorter prefixes, found once they exist. */
static void ancestors_find(struct streams *streams, struct stream *s)
{
	for (unsigned int i = 0; i < STREAM_ANCESTORS; i++) {
		struct stream_key key = s->key;

		if (s->ancestors[i] != STREAM_NONE && digits_begin_with(s->key.value, watched_at(streams, s->ancestors[i])->key.value) &&
		    stream_is_used(watched_at(streams, s->ancestors[i])))
			continue;
		key.value = digits_prefix(s->key.value, TALLY_PREFIX_SHORTEST + i);
		s->ancestors[i] = watched_find(streams, &key);
	}
}

static uint64_t segments_of(const struct plan *plan, digits prefix)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < plan->segment_count; i++) {
		const struct plan_segment *segment = &plan->segments[i];

		for (size_t k = 0; k < segment->pattern_count; k++)
			if (segment->patterns[k].field == PLAN_FIELD_IMSI && digits_begin_with(prefix, segment->patterns[k].prefix))
				bits |= UINT64_C(1) << i;
	}
	return bits;
}

static double share_of(const struct mix_turn *turn, struct stream *s, int kind)
{
	const struct baseline *parent = s->parent == STREAM_NONE ? NULL : &watched_at(turn->streams, s->parent)->baseline;

	return baseline_share(&s->baseline, parent, (enum dimension)s->key.dimension, (enum evidence)kind, turn->is_young);
}

static struct mix_part *part_of(const struct mix_turn *turn, struct stream *above)
{
	if (above->mix.tick != turn->now)
		above->mix = (struct mix_part){ .tick = turn->now };
	return &above->mix;
}

/* What one of the longest prefixes adds to a stream that is made of such. */
static void part_add(const struct mix_turn *turn, struct stream *above, const struct class_sum *own, const double expected[],
		     uint32_t answers)
{
	struct mix_part *part = part_of(turn, above);

	part->fresh_answers += own->fresh_answers;
	for (int kind = 0; kind < MIX_KINDS; kind++) {
		part->fresh_failed[kind] += own->fresh_failed[kind];
		if (own->fresh_answers == 0) {
			double surplus = expected[kind] - answers * share_of(turn, above, kind);

			part->surplus[kind] += surplus;
			part->spread[kind] += surplus * surplus / fmax(answers, 1);
		}
	}
}

/* One of the longest prefixes, for the shorter ones and the segments that it lies in. */
static void parts_take(struct mix *m, const struct mix_turn *turn, struct stream *s, const struct class_sum *own, const double expected[],
		       uint32_t answers)
{
	ancestors_find(turn->streams, s);
	for (unsigned int i = 0; i < STREAM_ANCESTORS; i++)
		if (s->ancestors[i] != STREAM_NONE)
			part_add(turn, watched_at(turn->streams, s->ancestors[i]), own, expected, answers);
	if (s->generation != m->generation) {
		s->generation = m->generation;
		s->segments = segments_of(m->plan, s->key.value);
	}
	for (uint64_t left = s->segments; left != 0; left &= left - 1) {
		struct stream_key key = { .value = (uint64_t)__builtin_ctzll(left),
					  .procedure = s->key.procedure,
					  .dimension = DIMENSION_SEGMENT };
		uint32_t segment = watched_find(turn->streams, &key);

		if (segment != STREAM_NONE)
			part_add(turn, watched_at(turn->streams, segment), own, expected, answers);
	}
}

static void whole_take(struct whole *w, const struct mix_turn *turn, struct stream *s, const struct counts *counts)
{
	for (int kind = 0; kind < MIX_KINDS; kind++)
		w->usual[kind] += counts->answers * share_of(turn, s, kind);
}

/*
 * Named streams may overlap, as names of ranges and of networks do, so they do not add up: of those that are new the one that fails most is
 * left out, above in the named one that it lies in and in the whole.
 */
static void named_take(struct whole *w, const struct mix_turn *turn, struct stream *parent, const struct class_sum *own)
{
	struct class_sum *sum = &w->sums[NAMED];
	struct mix_part *part = part_of(turn, parent);

	for (int kind = 0; kind < MIX_KINDS; kind++) {
		if (own->fresh_failed[kind] > sum->fresh_failed[kind]) {
			sum->fresh_answers = own->fresh_answers;
			memcpy(sum->fresh_failed, own->fresh_failed, sizeof(sum->fresh_failed));
			memcpy(sum->fresh_surplus, own->fresh_surplus, sizeof(sum->fresh_surplus));
		}
		if (own->fresh_failed[kind] > part->fresh_failed[kind]) {
			part->fresh_answers = own->fresh_answers;
			memcpy(part->fresh_failed, own->fresh_failed, sizeof(part->fresh_failed));
		}
	}
}

static void class_add(struct class_sum *sum, const struct class_sum *own)
{
	sum->fresh_answers += own->fresh_answers;
	for (int kind = 0; kind < MIX_KINDS; kind++) {
		sum->fresh_failed[kind] += own->fresh_failed[kind];
		sum->fresh_surplus[kind] += own->fresh_surplus[kind];
		sum->surplus[kind] += own->surplus[kind];
		sum->spread[kind] += own->spread[kind];
	}
}

static void answers_add(struct stream *s, uint32_t answers, int64_t now)
{
	s->answers_before = s->answers_seen;
	s->answers_seen += answers;
	s->answered = now;
}

void mix_take(struct mix *m, const struct mix_turn *turn, uint32_t index, const struct counts *counts)
{
	struct stream *s = watched_at(turn->streams, index);
	struct stream *parent = s->parent == STREAM_NONE ? NULL : watched_at(turn->streams, s->parent);
	struct whole *w = &m->whole[s->key.procedure % PROCEDURES];
	unsigned int class = class_of(&s->key);
	bool is_fresh;
	struct class_sum own = { 0 };
	double expected[MIX_KINDS] = { 0 };

	if (parent != NULL && s->answered == 0)
		s->parent_before = parent_before(s, parent, turn->now);
	is_fresh = is_fresh_now(s, parent, turn->now, turn->tick_s);
	own.fresh_answers = is_fresh ? counts->answers : 0;
	s->is_fresh = is_fresh;
	answers_add(s, counts->answers, turn->now);
	if (w->tick != turn->now)
		whole_turn(w, turn->now, turn->tick_s);
	if (parent == NULL)
		whole_take(w, turn, s, counts);
	if (class == CLASSES || parent == NULL || (class == NAMED && !is_fresh))
		return;
	for (int kind = 0; kind < MIX_KINDS; kind++) {
		double above = counts->answers * share_of(turn, parent, kind);

		expected[kind] = is_fresh ? counts->failed[kind] : counts->answers * share_of(turn, s, kind);
		own.fresh_failed[kind] = is_fresh ? counts->failed[kind] : 0;
		own.fresh_surplus[kind] = is_fresh ? expected[kind] - above : 0;
		own.surplus[kind] = is_fresh ? 0 : expected[kind] - above;
		own.spread[kind] = is_fresh ? expected[kind] : own.surplus[kind] * own.surplus[kind] / fmax(counts->answers, 1);
	}
	if (class == NAMED)
		named_take(w, turn, parent, &own);
	else
		class_add(&w->sums[class], &own);
	if (s->key.dimension == DIMENSION_IMSI_PREFIX && digits_count(s->key.value) == TALLY_PREFIX_LONGEST)
		parts_take(m, turn, s, &own, expected, counts->answers);
}

/* The class that explains most of the whole. */
static struct mix_view whole_view(const struct whole *w, enum evidence evidence)
{
	const struct class_sum *best = NULL;
	double most = 0;

	for (int c = 0; c < CLASSES; c++) {
		if (class_surplus(&w->sums[c], (int)evidence) <= fmax(most, CHANCE_TICK * sqrt(w->sums[c].spread[evidence])))
			continue;
		best = &w->sums[c];
		most = class_surplus(best, (int)evidence);
	}
	if (best == NULL)
		return (struct mix_view){ 0 };
	return (struct mix_view){ .fresh_answers = best->fresh_answers,
				  .fresh_failed = best->fresh_failed[evidence],
				  .surplus = fmax(best->surplus[evidence], 0) };
}

static struct mix_view part_view(const struct mix_part *part, enum evidence evidence)
{
	bool is_chance = part->surplus[evidence] <= CHANCE_TICK * sqrt(part->spread[evidence]);

	return (struct mix_view){ .fresh_answers = part->fresh_answers,
				  .fresh_failed = part->fresh_failed[evidence],
				  .surplus = is_chance ? 0 : part->surplus[evidence] };
}

/* All of the surplus may be in this stream, but not more than a quarter of its answers. */
static double other_surplus(const struct whole *w, enum evidence evidence, uint32_t answers, double tick_s)
{
	double most = most_surplus(w, (int)evidence);

	for (int c = 0; c < CLASSES; c++)
		most = fmax(most, w->surplus[c][evidence] * tick_s / SMOOTH_S);
	return fmin(most, OTHER_MOST * answers);
}

bool mix_is_moving(const struct mix *m, const struct stream *s)
{
	const struct whole *w = &m->whole[s->key.procedure % PROCEDURES];

	return w->tick > 0 && w->moves_until > w->tick;
}

struct mix_view mix_view(const struct mix *m, const struct stream *s, enum evidence evidence, const struct counts *counts, double tick_s)
{
	const struct whole *w = &m->whole[s->key.procedure % PROCEDURES];
	struct mix_view view = { 0 };

	if (evidence >= MIX_KINDS)
		return view;
	if (s->parent == STREAM_NONE)
		return whole_view(w, evidence);
	if (s->mix.tick == w->tick)
		view = part_view(&s->mix, evidence);
	if (mix_is_moving(m, s) && !s->is_fresh)
		view.surplus = fmax(view.surplus, other_surplus(w, evidence, counts->answers - view.fresh_answers, tick_s));
	return view;
}
