/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests of one tick are one cohort. It loses those that are answered from checkpoint to checkpoint; answers between two checkpoints fall
 * evenly on the ticks between. A share of the failures of each tick is common to all its answers (beta-binomial), as the detector assumes;
 * what it does not assume is in detection_null.c.
 */
#include "tests/bench/detection_traffic.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"

#define MEDIAN_S 0.06
#define SIGMA    0.8

/* Chance that an answer takes longer; of those that come at all. */
static double slower_than(double age_s)
{
	return 0.5 * erfc(log(age_s / MEDIAN_S) / SIGMA / sqrt(2));
}

void traffic_start(struct traffic_state *s, uint64_t seed, uint64_t what)
{
	memset(s, 0, sizeof(*s));
	dice_seed(&s->draw, seed, what);
}

static struct tally_cell *cell_in(struct traffic_state *s, uint64_t ticks)
{
	return &s->wheel[(s->now + ticks) % TRAFFIC_WHEEL];
}

/* `count` answers somewhere in the ticks [from, to); their success may still become a failure when their tick comes. */
static void answers_spread(struct traffic_state *s, uint32_t count, uint64_t from, uint64_t to)
{
	for (; from < to && count > 0; from++) {
		uint32_t here = to - from == 1 ? count : dice_binomial(&s->draw, count, 1.0 / (double)(to - from));

		cell_in(s, from)->outcomes[OUTCOME_SUCCESS] += here;
		count -= here;
	}
}

/* What becomes of the requests of this tick. */
static void cohort_send(struct traffic_state *s, const struct traffic *t, uint32_t sent)
{
	uint32_t swallowed = dice_binomial(&s->draw, sent, t->swallowed), open = sent - swallowed;
	double before = 1;
	uint64_t from = 0;

	for (unsigned int j = 0; j < TALLY_CHECKPOINTS; j++) {
		uint64_t to = (uint64_t)llround((double)tally_checkpoint_age[j] / (double)(TRAFFIC_TICK_S * NANOS_PER_S));
		double still = t->never + (1 - t->never) * slower_than((double)to * TRAFFIC_TICK_S);
		uint32_t stay = dice_binomial(&s->draw, open, still / before);

		answers_spread(s, open - stay, from, to);
		open = stay;
		before = still;
		from = to;
		cell_in(s, to)->pending[j] += open + swallowed;
	}
}

/* Turns answers of this tick into failures. */
static void answers_fail(struct traffic_state *s, const struct traffic *t, struct tally_cell *cell)
{
	uint32_t answers = cell->outcomes[OUTCOME_SUCCESS];
	uint32_t network = dice_beta_binomial(&s->draw, answers, t->network, t->precision);
	uint32_t user = dice_beta_binomial(&s->draw, answers - network, t->user, t->precision);

	cell->outcomes[OUTCOME_NETWORK] += network;
	cell->outcomes[OUTCOME_USER] += user;
	cell->outcomes[OUTCOME_SUCCESS] -= network + user;
}

bool traffic_tick(struct traffic_state *s, const struct traffic *t, struct tally_cell *ret_cell)
{
	double rate = t->rate * (t->burst > 0 ? dice_gamma(&s->draw, t->burst) / t->burst : 1);
	uint32_t sent = dice_poisson(&s->draw, rate * TRAFFIC_TICK_S);
	uint32_t rejected = dice_binomial(&s->draw, sent, t->rejected);
	struct tally_cell *cell = cell_in(s, 0);
	uint32_t some = sent;

	cohort_send(s, t, sent - rejected);
	answers_fail(s, t, cell);
	cell->outcomes[OUTCOME_NETWORK] += rejected;
	cell->requests = sent;
	cell->key = t->key;
	*ret_cell = *cell;
	memset(cell, 0, sizeof(*cell));
	s->now++;
	for (int o = 0; o < OUTCOME_CLASS_COUNT; o++)
		some |= ret_cell->outcomes[o];
	for (int j = 0; j < TALLY_CHECKPOINTS; j++)
		some |= ret_cell->pending[j];
	return some != 0;
}

struct plan *traffic_plan(size_t cells)
{
	struct plan *plan = plan_default();

	if (plan == NULL) {
		fprintf(stderr, "detection_bench: no memory\n");
		exit(2);
	}
	plan->limits.cells = cells;
	return plan;
}

const struct suspicion *traffic_judge(struct detector *d, int64_t tick, struct tally_cell *cells, size_t count, size_t *ret_count)
{
	struct tally tally = { .start = tick * TALLY_TICK_DEFAULT, .length = TALLY_TICK_DEFAULT, .cells = cells, .count = count };

	qsort(cells, count, sizeof(*cells), stream_key_compare);
	return detector_tick(d, &tally, ret_count);
}
