/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Missing answers, judged by the age of open requests instead of by their timeout. Owned by control, called by detect.c.
 *
 * Each checkpoint j is one binomial trial per request that was open at checkpoint j - 1: it is still open with probability stay[j]. With a
 * fault that swallows a share q of the requests the chance of being open at j is q + (1 - q) S_j (a cure model), S_j the product of
 * stay[0..j], so a request that stays open speaks again at every later checkpoint and nothing is counted twice. A live
 * probe counts in whole ticks: the requests that reach checkpoint j in tick t are those sent in tick t - age[j], so those at risk are the
 * pending of checkpoint j - 1 exactly delay[j] ticks ago; each line of slots is a delay line of that length. With ages that are no whole
 * ticks (counts of others, ticks of a second or a minute) those at risk are taken from two ticks, in the proportion of time.
 *
 * The null has higher odds of staying open than the baseline, because answers slow down together: a margin of 1.5 for few and 3 for many
 * requests, and late checkpoints, where a few lost requests dominate, are moved towards one. The page key is the same statistic with 6.
 * Not here: learning stay[] (baseline.c).
 */
#include "control/detect/survival.h"

#include <math.h>

/* Requests at risk per second from which common slow-downs matter more than chance. */
#define BUSY_PER_S 50.0
/* A checkpoint at which nearly all that were open before stay open, and how far its null moves towards one. */
#define LATE_STAY 0.9
#define LATE_MOVE 0.3
/* Ticks to a checkpoint that fit into 64 bits, with the one that a part of a tick reaches into. */
#define DUE_MOST 62
/* Chances are kept off zero and one. */
#define STAY_LEAST 1e-4
#define STAY_MOST  0.9999
/* The share of healthy requests that may still be open where missing ones are counted. */
#define JUDGE_OPEN 0.1

/* How far the null's odds of staying open lie above the baseline's, with few and with many requests at risk in a tick. */
static const struct {
	double light, busy;
} margins[SURVIVAL_KEYS] = { [SURVIVAL_ALARM] = { 1.5, 3 }, [SURVIVAL_PAGE] = { 6, 6 } };

_Static_assert(PLAN_AGES_MAX == TALLY_CHECKPOINTS, "a plan has an age for every checkpoint");

void counts_take(const struct tally_cell *cell, const struct plan_detection *plan, struct counts *counts)
{
	const uint32_t *o = cell->outcomes;

	counts->failed[0] = o[OUTCOME_NETWORK] + o[OUTCOME_CONGESTION] + o[OUTCOME_ABORT];
	counts->failed[1] = o[OUTCOME_USER];
	if (plan->judges_timeouts)
		counts->failed[2] = o[OUTCOME_TIMEOUT];
	counts->answers = o[OUTCOME_SUCCESS] + counts->failed[0] + counts->failed[1];
}

bool counts_are_empty(const struct counts *counts)
{
	uint32_t some = counts_requests(counts, 2);

	for (int j = 0; j < TALLY_CHECKPOINTS; j++)
		some |= counts->at_risk[j];
	return some == 0;
}

const nanos *survival_ages(const struct plan_detection *plan)
{
	return plan->ages[0] > 0 ? plan->ages : tally_checkpoint_age;
}

static struct survival_span span_of(nanos time, nanos tick)
{
	struct survival_span span = { .whole = (uint32_t)(time / tick), .part = (uint32_t)((time % tick * 256 + tick / 2) / tick) };

	/* A part that is no more than noise is none. */
	if (span.part == 256)
		span = (struct survival_span){ .whole = span.whole + 1 };
	return span;
}

/* Slots that reach back as far as that. */
static uint32_t depth_of(struct survival_span span)
{
	uint32_t depth = span.whole + (span.part > 0 ? 1 : 0);

	return depth > 0 ? depth : 1;
}

unsigned int survival_checkpoints(const struct plan *plan, procedure p)
{
	nanos timeout = p < sizeof(plan->timeouts) / sizeof(plan->timeouts[0]) ? plan->timeouts[p] : 0;
	const struct procedure_row *row = procedure_row(p);
	const nanos *ages = survival_ages(&plan->detection);
	unsigned int count = 0;

	if (timeout == 0 && row != NULL)
		timeout = row->timeout;
	while (count < TALLY_CHECKPOINTS && ages[count] > 0 && (timeout == 0 || ages[count] < timeout))
		count++;
	return count;
}

bool survival_layout_make(struct survival_layout *ret_layout, const nanos ages[TALLY_CHECKPOINTS], nanos tick)
{
	struct survival_layout layout = { 0 };

	if (tick <= 0)
		return false;
	while (layout.count < TALLY_CHECKPOINTS && ages[layout.count] > (layout.count == 0 ? 0 : ages[layout.count - 1]))
		layout.count++;
	for (unsigned int j = 0; j < layout.count; j++) {
		layout.age[j] = span_of(ages[j], tick);
		layout.delay[j] = span_of(ages[j] - (j == 0 ? 0 : ages[j - 1]), tick);
	}
	for (unsigned int j = 0; j < layout.count; j++) {
		layout.depth[j] = depth_of(j == 0 ? layout.age[layout.count - 1] : layout.delay[j]);
		layout.first[j] = layout.slots;
		layout.slots += layout.depth[j];
	}
	*ret_layout = layout;
	return layout.count > 0;
}

/* The slot of `ticks` ago. The oldest one, depth ticks ago, is the slot that this tick will overwrite. */
static uint32_t slot_of(const struct survival_layout *layout, unsigned int line, int64_t now, uint32_t ticks)
{
	return layout->first[line] + (uint32_t)((now + (int64_t)layout->depth[line] - (int64_t)ticks) % (int64_t)layout->depth[line]);
}

static struct survival_place place_of(const struct survival_layout *layout, unsigned int line, int64_t now, struct survival_span span)
{
	return (struct survival_place){
		.slot = slot_of(layout, line, now, span.whole),
		.older = slot_of(layout, line, now, span.whole + (span.part > 0 ? 1 : 0)),
		.part = span.part,
		.is_now = span.whole == 0,
	};
}

void survival_turn_make(const struct survival_layout *layout, int64_t now, struct survival_turn *ret_turn)
{
	ret_turn->count = layout->count;
	for (unsigned int j = 0; j < layout->count; j++) {
		ret_turn->take[j] = slot_of(layout, j, now, 0);
		ret_turn->risk[j] = place_of(layout, j, now, layout->delay[j]);
		ret_turn->sent[j] = place_of(layout, 0, now, layout->age[j]);
	}
}

static uint64_t due_after(struct survival_span span)
{
	uint64_t due = span.part > 0 ? UINT64_C(2) << span.whole : 0;

	return span.whole > 0 ? due | UINT64_C(1) << span.whole : due;
}

uint64_t survival_due(const struct survival_layout *layout, const struct tally_cell *cell, unsigned int checkpoint)
{
	uint64_t due = 0;

	if (layout->count > 0 && layout->age[layout->count - 1].whole > DUE_MOST)
		return UINT64_MAX;
	if (cell == NULL)
		return 0;
	for (unsigned int j = 0; j < layout->count; j++)
		if ((j == 0 ? cell->requests : cell->pending[j - 1]) > 0)
			due |= due_after(layout->delay[j]);
	if (cell->requests > 0 && checkpoint < layout->count)
		due |= due_after(layout->age[checkpoint]);
	return due;
}

void survival_skip(const struct survival_layout *layout, uint32_t *slots, uint64_t *in_flight, int64_t first, int64_t last)
{
	for (unsigned int j = 0; j < layout->count; j++) {
		int64_t from = last - first >= (int64_t)layout->depth[j] ? last - (int64_t)layout->depth[j] + 1 : first;
		uint32_t slot = slot_of(layout, j, from, 0);

		for (; from <= last; from++) {
			*in_flight -= slots[slot];
			slots[slot] = 0;
			slot = slot + 1 == layout->first[j] + layout->depth[j] ? layout->first[j] : slot + 1;
		}
	}
}

void survival_advance(const struct survival_turn *turn, uint32_t *slots, uint64_t *in_flight, const struct tally_cell *cell,
		      struct counts *ret_counts)
{
	for (unsigned int j = 0; j < turn->count; j++) {
		uint32_t *slot = &slots[turn->take[j]];
		uint32_t pending = cell == NULL ? 0 : cell->pending[j];
		uint32_t entering = cell == NULL ? 0 : j == 0 ? cell->requests : cell->pending[j - 1];
		uint32_t at_risk = survival_at(&turn->risk[j], slots, entering);

		/* More pending than at risk happens when the stream's beginning was not seen, or more came late in a tick than early. */
		ret_counts->pending[j] = pending;
		ret_counts->at_risk[j] = at_risk > pending ? at_risk : pending;
		*in_flight = *in_flight - *slot + entering;
		*slot = entering;
	}
}

double survival_open(const struct survival *s, unsigned int checkpoint)
{
	double open = 1;

	for (unsigned int j = 0; j <= checkpoint; j++)
		open *= s->stay[j];
	return open;
}

unsigned int survival_judge(const struct survival *s)
{
	double open = 1;

	for (unsigned int j = 0; j + 1 < s->checkpoints; j++) {
		open *= s->stay[j];
		if (open <= JUDGE_OPEN)
			return j;
	}
	return s->checkpoints == 0 ? 0 : s->checkpoints - 1;
}

void survival_lose(struct survival *s, double share)
{
	double open = 1, before = 1;

	if (share <= 0)
		return;
	for (unsigned int j = 0; j < s->checkpoints; j++) {
		double with_loss;

		open *= s->stay[j];
		with_loss = share + (1 - share) * open;
		s->stay[j] = with_loss / before;
		before = with_loss;
	}
}

static double stay_of_null(double stay, double margin)
{
	double odds = margin * stay / (1 - stay);
	double null = odds / (1 + odds);

	return stay > LATE_STAY ? fmax(null, stay + LATE_MOVE * (1 - stay)) : null;
}

/* What one request that stayed open, or was answered, says for each share: from checkpoint to checkpoint, with this margin. */
static void ratio_make(struct survival_ratio *r, double before, double stay, double margin)
{
	double open = before * stay, null = stay_of_null(stay, margin);

	for (int k = 0; k < SEQUENTIAL_GRID; k++) {
		double q = sequential_share[k];
		double with_fault = (q + (1 - q) * open) / (q + (1 - q) * before);
		/* Below the null an answered request would speak for the fault. */
		bool says_something = with_fault > null;

		r->pending[k] = says_something ? (float)(with_fault / null) : 1;
		r->answered[k] = says_something ? (float)((1 - with_fault) / (1 - null)) : 1;
	}
}

static double power(double base, uint32_t exponent)
{
	double result = 1;

	for (; exponent != 0; exponent >>= 1) {
		if (exponent & 1)
			result *= base;
		base *= base;
	}
	return result;
}

/* Most ticks bring answers alone; the few that stayed open are added as logarithms, because the product of many leaves a double's range. */
static void ratio_apply(const struct survival_ratio *r, uint32_t pending, uint32_t answered, double odds[SEQUENTIAL_GRID],
			double gain[SEQUENTIAL_GRID])
{
	for (int k = 0; k < SEQUENTIAL_GRID; k++) {
		if (pending == 0)
			odds[k] *= power((double)r->answered[k], answered);
		else
			gain[k] += pending * log((double)r->pending[k]) + answered * log((double)r->answered[k]);
	}
}

/* The ratios of one checkpoint for both margins; those of the first are kept, nearly all that is asked is that. */
static const struct survival_ratio *ratios_of(struct survival_first *first, struct survival_ratio own[SURVIVAL_KEYS],
					      unsigned int checkpoint, double before, double stay, bool is_busy)
{
	struct survival_ratio *ratio = checkpoint == 0 ? first->ratio : own;

	if (checkpoint == 0 && first->is_made && first->is_busy == is_busy && !(first->stay < stay) && !(first->stay > stay))
		return ratio;
	for (int key = 0; key < SURVIVAL_KEYS; key++)
		ratio_make(&ratio[key], before, stay, is_busy ? margins[key].busy : margins[key].light);
	if (checkpoint == 0) {
		first->is_made = true;
		first->is_busy = is_busy;
		first->stay = stay;
	}
	return ratio;
}

void survival_odds(const struct survival *s, struct survival_first *first, const struct counts *counts, double tick_s,
		   double ret_odds[SURVIVAL_KEYS][SEQUENTIAL_GRID])
{
	double before = 1, gain[SURVIVAL_KEYS][SEQUENTIAL_GRID] = { 0 };
	bool has_gain = false;

	for (int key = 0; key < SURVIVAL_KEYS; key++)
		for (int k = 0; k < SEQUENTIAL_GRID; k++)
			ret_odds[key][k] = 1;
	for (unsigned int j = 0; j < s->checkpoints; j++) {
		double stay = fmin(fmax(s->stay[j], STAY_LEAST), STAY_MOST);
		uint32_t at_risk = counts->at_risk[j], pending = counts->pending[j];

		if (at_risk > 0) {
			struct survival_ratio own[SURVIVAL_KEYS];
			const struct survival_ratio *ratio = ratios_of(first, own, j, before, stay, at_risk >= BUSY_PER_S * tick_s);

			for (int key = 0; key < SURVIVAL_KEYS; key++)
				ratio_apply(&ratio[key], pending, at_risk - pending, ret_odds[key], gain[key]);
			has_gain = has_gain || pending > 0;
		}
		before *= stay;
	}
	for (int key = 0; has_gain && key < SURVIVAL_KEYS; key++)
		for (int k = 0; k < SEQUENTIAL_GRID; k++)
			ret_odds[key][k] *= exp(gain[key][k]);
}
