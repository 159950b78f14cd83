/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One stream's healthy or faulty traffic in ticks, as tally cells: Poisson requests, answer times by a lognormal law, failures by a
 * beta-binomial one. Owned by the part of the bench that made it.
 */
#ifndef SIGCANARY_BENCH_DETECTION_TRAFFIC_H
#define SIGCANARY_BENCH_DETECTION_TRAFFIC_H

#include "config/plan.h"
#include "control/detect/detect.h"
#include "dataplane/tally.h"
#include "tests/bench/detection_dice.h"

#define TRAFFIC_TICK_S 0.2
#define TRAFFIC_WHEEL  64 /* ticks, more than the last checkpoint */

/* What is usual, and what is not. Shares are of requests. */
struct traffic {
	struct stream_key key;
	double rate; /* per second */
	double network, user;
	double precision;           /* of both; 0: binomial */
	double never;               /* answers that never come */
	double burst;               /* gamma shape of the tick's rate; 0: Poisson */
	double rejected, swallowed; /* by the fault */
};

struct traffic_state {
	struct dice draw;
	uint64_t now;
	struct tally_cell wheel[TRAFFIC_WHEEL]; /* what is to come, by tick */
};

void traffic_start(struct traffic_state *s, uint64_t seed, uint64_t what);

/* The cell of the next tick; false when there is nothing in it. */
bool traffic_tick(struct traffic_state *s, const struct traffic *t, struct tally_cell *ret_cell);

/* The plan with the defaults, and room for so many streams. To be freed with plan_free(). */
struct plan *traffic_plan(size_t cells);

/* A tick of cells, which are sorted in place. */
const struct suspicion *traffic_judge(struct detector *d, int64_t tick, struct tally_cell *cells, size_t count, size_t *ret_count);

#endif
