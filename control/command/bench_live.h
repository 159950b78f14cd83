/* SPDX-License-Identifier: BSD-3-Clause */
/* Rounds of a bench through the live workers (dataplane/worker/live.h), and what they cost. */
#ifndef SIGCANARY_BENCH_LIVE_H
#define SIGCANARY_BENCH_LIVE_H

#include "control/command/bench_set.h"
#include "dataplane/worker/worker.h"

/* What came out of one round. */
struct bench_round {
	uint64_t messages; /* M3UA and Diameter */
	uint64_t opened;
	uint64_t answered;
};

/* The first round warms up and is not in the sums of cost. Cycles are nanoseconds where stages_are_cycles() says no. */
struct bench_costs {
	uint64_t packets;
	uint64_t messages;
	uint64_t wire_bytes;
	uint64_t cycles; /* of all workers in their loops: without patching, emptying of what control reads, and waiting for others */
	double seconds;  /* of the slowest worker, with its waiting */
	double cycles_per_s;
	double cpu_share; /* processor time of the workers' threads by the clock on the wall: well below 1 on a busy machine */
	double best;      /* cycles per message over slices of a worker's loop */
	double p10;
	double median;
	uint64_t rounds; /* with the first */
	struct bench_round first;
	struct bench_round later; /* sum of the others */
	uint64_t least_messages;  /* of the others */
	uint64_t most_messages;
	struct worker_report report;
};

/* M3UA and Diameter messages so far. */
uint64_t bench_messages(const struct walk *walk);

/* Runs rounds for about `seconds`, three at least. The set has been dealt to `count` workers. False: no memory or no thread. */
bool bench_live(struct bench_set *set, struct worker *workers, unsigned int count, const struct plan *plan, double seconds,
		struct bench_costs *ret);

#endif
