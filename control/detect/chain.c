/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Chains of procedures (23.012, 29.272 5.2, 29.229 6.1), see chain.h. Owned by control, called by beyond.c once per bin.
 *
 * How many requests follow a good end differs from network to network (vectors are fetched in stock, updates come without them), so the
 * ratio is a level that is learned as that of a volume, and a fall is judged by the same law. What is due is the lesser of that and of the
 * next step's own volume: a storm of the first step alone does not make the second one missing. Segments and everything are looked at.
 */
#include "control/detect/chain.h"

#include <math.h>
#include <string.h>

#include "control/detect/volume.h"

/* The next step comes within some seconds. */
#define FOLLOWS_S        4.0
#define DUE_LEAST        2.0 /* a second */
#define AGE_LEAST_S      120.0
#define ADVISORY_LASTS_S 600.0
#define LOW              0.6
#define LOW_LEAST        0.25
#define PAGE_SHARE       0.7
#define NO_PAGE          2.0
#define STANDSTILL_BINS  15
#define HOLD_S           10.0

static const struct {
	const char *first, *next[CHAIN_NEXT];
} steps[] = {
	{ "map.sendAuthenticationInfo", { "map.updateLocation", "map.updateGprsLocation" } },
	{ "s6a.air", { "s6a.ulr", NULL } },
	{ "cx.uar", { "cx.mar", NULL } },
	{ "cx.mar", { "cx.sar", NULL } },
};
#define STEPS (sizeof(steps) / sizeof(steps[0]))

bool chain_next(procedure first, procedure ret_next[CHAIN_NEXT])
{
	for (size_t i = 0; i < STEPS; i++) {
		if (procedure_of_name(steps[i].first) != first)
			continue;
		for (int n = 0; n < CHAIN_NEXT; n++)
			ret_next[n] = steps[i].next[n] == NULL ? PROCEDURE_NONE : procedure_of_name(steps[i].next[n]);
		return true;
	}
	return false;
}

void chain_start(struct chain *c, const struct stream_key *key, uint32_t first)
{
	memset(c, 0, sizeof(*c));
	c->key = *key;
	c->first = first;
	for (int n = 0; n < CHAIN_NEXT; n++)
		c->next[n] = EXTRA_NONE;
	flow_start(&c->flow, 0);
}

static void chain_learn(struct chain *c, const struct extra_turn *turn, const struct flow_bin *bin)
{
	if (c->lookout.watch.is_page) {
		flow_learn(&c->flow, bin, FLOW_PACE_PAGED, false);
	} else if (!c->lookout.watch.is_open) {
		flow_learn(&c->flow, bin, FLOW_PACE, true);
	} else if (lookout_open_s(&c->lookout, &turn->bins) > ADVISORY_LASTS_S) {
		flow_accept(&c->flow);
		lookout_reset(&c->lookout);
	}
}

static void chain_measure(struct chain *c, const struct extra_turn *turn, double expected, double seen)
{
	const struct flow_bounds tight = { .low = LOW, .high = 2 };
	struct flow_bounds bounds = flow_bounds(&c->flow, &tight);
	struct watch_rules rules = extra_rules(turn, CHAIN_WEIGHT);
	struct lookout_bin bin = { 0 };

	if (bounds.low < LOW_LEAST || (expected < DUE_LEAST * turn->bins.seconds && !c->lookout.watch.is_page)) {
		lookout_reset(&c->lookout);
		return;
	}
	volume_drop_gains(&c->flow, expected, seen, bounds.low, &bin);
	bin.back = flow_gain(&c->flow, fmin(1 - 0.6 * c->lookout.watch.peak, 0.85 * bounds.low) * expected, bounds.low * expected, seen);
	rules.min_share = c->lookout.watch.is_page ? 1 - bounds.low : PAGE_SHARE;
	if (c->key.dimension != DIMENSION_ALL || turn->is_half_blind || turn->is_dwindling || seen > 0.5 * expected ||
	    turn->standstill >= turn->bins.now - STANDSTILL_BINS)
		rules.min_share = fmax(rules.min_share, c->lookout.watch.is_page ? 0 : NO_PAGE);
	rules.hold_s = HOLD_S;
	lookout_judge(&c->lookout, &turn->bins, &rules, &bin);
}

void chain_judge(struct chain *c, const struct extra *extras, const struct extra_turn *turn)
{
	double kept = exp(-turn->bins.seconds / FOLLOWS_S), seen = 0, usual = 0, expected;
	struct flow_bin bin = { .seconds = turn->bins.seconds };
	bool is_known = true;

	c->good = c->good * kept + extras[c->first].bin.successes;
	for (int n = 0; n < CHAIN_NEXT; n++) {
		const struct extra *next = c->next[n] == EXTRA_NONE ? NULL : &extras[c->next[n]];

		if (next == NULL)
			continue;
		seen += next->bin.requests;
		usual += next->volume.level * turn->bins.seconds;
		is_known = is_known && next->volume.age_s >= AGE_LEAST_S;
	}
	bin.seen = seen;
	bin.due = c->good * (1 - kept);
	expected = fmin(flow_see(&c->flow, &bin), usual);
	if (is_known && expected > 0 && c->flow.age_s >= AGE_LEAST_S)
		chain_measure(c, turn, expected, seen);
	chain_learn(c, turn, &bin);
}

bool chain_report(const struct chain *c, struct suspicion *ret)
{
	if (!lookout_report(&c->lookout, ret))
		return false;
	ret->stream = c->key;
	ret->evidence = EVIDENCE_CHAIN;
	ret->failed = fmax(ret->failed, 0);
	ret->baseline_ratio = 0;
	ret->expected = 0;
	return true;
}
