/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Volume, see volume.h. Owned by control, called by beyond.c once per bin for every extra, also those whose requests have vanished.
 *
 * R is the mixture of gamma-Poisson likelihood ratios against the least volume that is still healthy, B the same against an even lesser
 * one. The level is not learned while the stream or the whole of its procedure is suspicious. An advisory that does not become a page
 * within ten minutes is a change of habit. A page that is right may last for hours; its level follows slowly, so that what never comes
 * back is accepted at last. Lost packets are requests that came.
 */
#include "control/detect/volume.h"

#include <math.h>

#include "control/detect/removals.h"

#define DAY_S 86400.0
/* A young stream or a young probe says nothing of volume. */
#define AGE_LEAST_S      45.0
#define AGE_SOON_S       300.0
#define ADVISORY_LASTS_S 600.0
/* What must be missing, or too much, for a page. */
#define PAGE_SHARE       0.5
#define PAGE_SHARE_YOUNG 0.7
#define PAGE_SHARE_SOON  0.85
#define NO_PAGE          2.0
#define REMOVAL_SHARE    (1 - 1 / 12.0)
#define REMOVAL_LEAST    5.0  /* a second */
#define REMOVAL_OF_RATE  0.25 /* of the registrations of the same time */
#define REMOVAL_LEVEL    0.5  /* a second, at least: a procedure that is hardly used */
/* What a part must have less of than the whole has, when that is low as well. */
#define PART_OF_WHOLE 0.3
/* After a standstill streams come back one by one. */
#define STANDSTILL_AFTER_S 15.0
#define HOLD_S             6.0
#define HOLD_SOON_S        10.0
/* B's null lies so much farther. */
#define WIDE_LOW  0.85
#define WIDE_HIGH 1.2
/* A null that low, or that high, tells nothing. */
#define LOW_LEAST 0.25
#define HIGH_MOST 8.0
/* The least that a return is held against: so much of the deficit is left. */
#define RESIDUE_OF_PEAK 0.6
#define MEAN_LEAST      1e-3
/* With the days before to go by, the level of today follows at this pace. */
#define PACE_OF_TODAY 0.01

static const double drop_ratio[] = { 0.75, 0.5, 0.25, 0.1, 0.02 };
static const double surge_ratio[] = { 1.25, 2, 4, 8, 20 };
_Static_assert(sizeof(drop_ratio) / sizeof(drop_ratio[0]) == SEQUENTIAL_GRID, "one alternative for each sum");
_Static_assert(sizeof(surge_ratio) / sizeof(surge_ratio[0]) == SEQUENTIAL_GRID, "one alternative for each sum");

/* How a dimension is judged. */
static const struct {
	struct flow_bounds young, old;
	bool may_page;
	bool is_part; /* its traffic may move to siblings */
} dimension_rules[DIMENSION_COUNT] = {
	[DIMENSION_ALL] = { { 0.6, 1.6 }, { 0.88, 1.15 }, true, false },
	[DIMENSION_SEGMENT] = { { 0.6, 1.6 }, { 0.8, 1.25 }, true, true },
	[DIMENSION_SERVER] = { { 0.5, 2 }, { 0.8, 1.25 }, true, true },
	[DIMENSION_CLIENT] = { { 0.4, 4 }, { 0.75, 4 }, false, true },
	[DIMENSION_ROUTE] = { { 0.4, 4 }, { 0.75, 4 }, false, true },
	[DIMENSION_PLMN] = { { 0.4, 4 }, { 0.75, 4 }, false, true },
	[DIMENSION_IMSI_PREFIX] = { { 0.4, 4 }, { 0.75, 4 }, false, true },
	[DIMENSION_RAT] = { { 0.6, 1.6 }, { 0.8, 1.25 }, false, true },
	[DIMENSION_DIRECTION] = { { 0.6, 1.6 }, { 0.8, 1.25 }, false, true },
	[DIMENSION_NAMED] = { { 0.5, 2 }, { 0.75, 1.35 }, true, true },
};

void volume_start(struct extra *e, double absent_s)
{
	const struct procedure_row *row = procedure_row(e->key.procedure);
	bool is_known;

	e->is_removal = removals_has(e->key.procedure);
	/* Counts of others say no procedure; who watches them by name expects them to go on. */
	e->is_steady = e->key.procedure == PROCEDURE_REGISTRATION || e->key.procedure == PROCEDURE_NONE ||
		       (row != NULL && row->weight >= 2 && row->services != 0 && !e->is_removal);
	is_known = e->key.dimension == DIMENSION_ALL && absent_s >= AGE_LEAST_S && e->is_removal;
	flow_start(&e->volume, is_known ? REMOVAL_LEVEL : 0);
	moved_start(&e->moved);
	if (is_known)
		e->volume.age_s = absent_s;
}

/* Whether the whole has gone down as much: then it is not this part that is missing. */
static bool whole_is_as_low(const struct extra *e, const struct extra *whole)
{
	return whole != NULL && fall_is_low(&whole->fall) && fall_rest(&e->fall) > PART_OF_WHOLE * fall_rest(&whole->fall);
}

/* Whether it went down, however slowly, to what no day before was like. */
static bool is_beyond_all_days(const struct extra *e, const struct extra_turn *turn)
{
	return turn->has_collapsed && e->volume.due > 0 && e->volume.seen < tide_least(&e->tide) * e->volume.due;
}

static bool drop_may_page(const struct extra *e, const struct extra *whole, const struct extra_turn *turn)
{
	if (!dimension_rules[e->key.dimension].may_page || !e->is_steady || turn->is_half_blind)
		return false;
	if (dimension_rules[e->key.dimension].is_part && !moved_is_refuted(&e->moved))
		return false;
	if ((double)(turn->bins.now - turn->standstill) * turn->bins.seconds < STANDSTILL_AFTER_S)
		return false;
	if (e->bin.unmatched > PAGE_SHARE * e->volume.level * turn->bins.seconds)
		return false; /* answers to requests that the tap does not show */
	if (turn->is_dwindling || !fall_was_abrupt(&e->fall, &turn->bins))
		return whole == NULL && is_beyond_all_days(e, turn);
	return !whole_is_as_low(e, whole);
}

/* Whether it is low against what is usual as well: after a rush, which may have become the level, all is as before. */
static bool is_low_for_the_hour(const struct extra *e, double share)
{
	double rest = fmax(fall_rest(&e->fall), 1 - measure_share(&e->drop.watch.since));

	return rest * e->volume.level <= (1 - share) * tide_usual(&e->tide);
}

static double drop_page_share(const struct extra *e, const struct extra *whole, const struct extra_turn *turn)
{
	double share = e->volume.age_s < AGE_SOON_S ? PAGE_SHARE_SOON : turn->seen_s < DAY_S ? PAGE_SHARE_YOUNG : PAGE_SHARE;
	bool is_over = fall_rest(&e->fall) > 1 - share / 2;

	return !is_over && is_low_for_the_hour(e, share) && drop_may_page(e, whole, turn) ? share : NO_PAGE;
}

static double surge_page_share(const struct extra *e, const struct extra_turn *turn)
{
	double rate = e->bin.requests / turn->bins.seconds;

	if (e->key.dimension != DIMENSION_ALL || !e->is_removal)
		return NO_PAGE;
	if (!e->surge.watch.is_page && (rate < REMOVAL_LEAST || rate < REMOVAL_OF_RATE * turn->registrations))
		return NO_PAGE;
	return REMOVAL_SHARE;
}

void volume_drop_gains(const struct flow *f, double expected, double seen, double low, struct lookout_bin *ret)
{
	flow_gains(f, low * expected, seen, drop_ratio, ret->gain_r);
	flow_gains(f, WIDE_LOW * low * expected, seen, drop_ratio, ret->gain_b);
	ret->measure = (struct measure){ .requests = expected, .failed = expected - seen };
}

/* "As much as is healthy at least" against "a good part of the deficit is left". */
static double drop_back(const struct extra *e, double expected, double low)
{
	double rest = fmin(1 - RESIDUE_OF_PEAK * e->drop.watch.peak, 0.85 * low);

	return flow_gain(&e->volume, rest * expected, low * expected, e->bin.requests);
}

static void drop_judge(struct extra *e, const struct extra *whole, const struct extra_turn *turn, double expected,
		       const struct flow_bounds *bounds)
{
	bool is_part = dimension_rules[e->key.dimension].is_part;
	struct watch_rules rules = extra_rules(turn, 0.3 * e->weight);
	struct lookout_bin bin = { 0 };

	if (!e->drop.watch.is_page && turn->is_dwindling && !(turn->has_collapsed && whole == NULL) &&
	    fall_rest(&e->fall) > PART_OF_WHOLE * turn->rest) {
		lookout_reset(&e->drop); /* it goes with all others */
		return;
	}
	if (!e->drop.watch.is_open && fall_rest(&e->fall) * e->volume.level > bounds->low * tide_usual(&e->tide)) {
		lookout_reset(&e->drop); /* after a rush all is as before */
		return;
	}
	if (bounds->low < LOW_LEAST || (expected < VOLUME_RATE_LEAST * turn->bins.seconds && !e->drop.watch.is_page)) {
		lookout_reset(&e->drop);
		return;
	}
	volume_drop_gains(&e->volume, expected, e->bin.requests, bounds->low, &bin);
	bin.back = drop_back(e, expected, bounds->low);
	rules.min_share = e->drop.watch.is_page ? 1 - bounds->low : drop_page_share(e, whole, turn);
	rules.hold_s = is_part ? MOVED_WITHIN_S : e->volume.age_s < AGE_SOON_S ? HOLD_SOON_S : HOLD_S;
	lookout_judge(&e->drop, &turn->bins, &rules, &bin);
}

static void surge_judge(struct extra *e, const struct extra_turn *turn, double expected, const struct flow_bounds *bounds)
{
	struct watch_rules rules = extra_rules(turn, 0.2 * e->weight);
	struct lookout_bin bin = { 0 };
	double seen = e->bin.requests, high = bounds->high, excess;

	if (!e->surge.watch.is_open && fall_rest(&e->fall) * e->volume.level < high * e->tide.slow) {
		lookout_reset(&e->surge); /* after a fall all is as before */
		return;
	}
	if (high > HIGH_MOST || (fmax(expected, seen) < VOLUME_RATE_LEAST * turn->bins.seconds && !e->surge.watch.is_open)) {
		lookout_reset(&e->surge);
		return;
	}
	expected = fmax(expected, MEAN_LEAST);
	flow_gains(&e->volume, high * expected, seen, surge_ratio, bin.gain_r);
	flow_gains(&e->volume, WIDE_HIGH * high * expected, seen, surge_ratio, bin.gain_b);
	bin.measure = (struct measure){ .requests = seen, .failed = seen - expected };
	excess = fmax(1 / fmax(1 - RESIDUE_OF_PEAK * e->surge.watch.peak, 0.01), 1.2 * high);
	bin.back = -flow_gain(&e->volume, high * expected, excess * expected, seen);
	rules.min_share = e->surge.watch.is_page ? 1 - 1 / high : surge_page_share(e, turn);
	lookout_judge(&e->surge, &turn->bins, &rules, &bin);
}

struct volume_bin {
	struct flow_bin flow;
	double trust; /* in the days before */
};

/* What its siblings have meanwhile. A named stream that is a part of nothing has the others of its kind for siblings. */
static void moved_judge(struct extra *e, const struct extra *whole, const struct extra_turn *turn, const struct flow_bin *bin)
{
	struct moved_bin news = { .due = bin->due, .seconds = bin->seconds, .is_low = e->drop.watch.is_open || fall_is_low(&e->fall) };

	if (!dimension_rules[e->key.dimension].is_part)
		return;
	news.seen = fmax((whole != NULL ? whole->bin.requests : turn->named) - bin->seen, 0);
	news.lacking = e->volume.level * bin->due - bin->seen;
	moved_see(&e->moved, &news);
}

static void volume_learn(struct extra *e, const struct extra *whole, const struct extra_turn *turn, const struct volume_bin *bin)
{
	bool is_open = e->drop.watch.is_open || e->surge.watch.is_open;
	bool is_page = e->drop.watch.is_page || e->surge.watch.is_page;
	bool is_whole_open = (whole != NULL && whole->is_unsettled) || turn->has_collapsed;
	double open_s = fmax(lookout_open_s(&e->drop, &turn->bins), lookout_open_s(&e->surge, &turn->bins));

	e->is_unsettled = is_open || is_whole_open;
	tide_learn(&e->tide, &bin->flow, turn->clock, !e->is_unsettled && !turn->is_half_blind && !turn->is_dwindling);
	if (is_page) {
		flow_learn(&e->volume, &bin->flow, FLOW_PACE_PAGED, false);
	} else if (is_open && open_s > ADVISORY_LASTS_S && !turn->has_collapsed) {
		if (e->surge.watch.is_open)
			tide_rush(&e->tide, &e->volume);
		flow_accept(&e->volume);
		lookout_reset(&e->drop);
		lookout_reset(&e->surge);
	} else if (!e->is_unsettled) {
		flow_learn(&e->volume, &bin->flow, FLOW_PACE + (PACE_OF_TODAY - FLOW_PACE) * bin->trust, !turn->is_dwindling);
	}
}

void volume_judge(struct extra *e, const struct extra *whole, const struct extra_turn *turn)
{
	const struct volume_bin bin = {
		.flow = { .seen = e->bin.requests, .due = turn->bins.seconds * (1 - fmin(turn->lost, 0.9)), .seconds = turn->bins.seconds },
		.trust = tide_turn(&e->tide, turn->clock, &e->volume)
	};
	const struct flow_bounds *tight = turn->seen_s < DAY_S ? &dimension_rules[e->key.dimension].young
							       : &dimension_rules[e->key.dimension].old;
	double expected = flow_see(&e->volume, &bin.flow);
	struct flow_bounds bounds = flow_bounds(&e->volume, tight);

	tide_follow(&e->tide, &bin.flow, &e->volume);
	moved_judge(e, whole, turn, &bin.flow);
	if (tight->low > 0 && expected > 0 && e->volume.age_s >= AGE_LEAST_S) {
		fall_see(&e->fall, &turn->bins, e->bin.requests, expected);
		drop_judge(e, whole, turn, expected, &bounds);
		surge_judge(e, turn, expected, &bounds);
	}
	volume_learn(e, whole, turn, &bin);
}

bool volume_report(const struct extra *e, enum evidence evidence, struct suspicion *ret)
{
	const struct lookout *l = evidence == EVIDENCE_DROP ? &e->drop : &e->surge;
	double asked, off;

	if (!lookout_report(l, ret))
		return false;
	asked = ret->requests;
	off = ret->failed;
	ret->requests = fmax(evidence == EVIDENCE_DROP ? asked - off : asked, 0);
	ret->expected = fmax(evidence == EVIDENCE_DROP ? asked : asked - off, 0);
	ret->failed = fmax(ret->expected - ret->requests, 0);
	ret->baseline_ratio = 1;
	ret->observed_ratio = ret->expected > 0 ? ret->requests / ret->expected : 0;
	ret->is_moved = evidence == EVIDENCE_DROP && moved_is_sure(&e->moved);
	return true;
}
