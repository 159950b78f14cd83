/* SPDX-License-Identifier: BSD-3-Clause */
/* What the stages of a worker cost: rounds of a bench taken apart at the seams of the walk. */
#ifndef SIGCANARY_BENCH_STAGES_H
#define SIGCANARY_BENCH_STAGES_H

#include "control/command/bench_set.h"
#include "dataplane/worker/worker.h"

/* Cycles (nanoseconds where stages_are_cycles() says no) per message, of the fastest quarter of slices; `transaction` holds the counting
 * into cells, `tally` the ends of ticks. */
struct bench_stages {
	double rx;
	double link_ip;
	double sctp_tcp;
	double decode;
	double segment;
	double transaction;
	double tally;
	double packets_per_message;
};

/* Runs rounds for about `seconds`, two at least, on one fresh worker; the set has been dealt to one. False: no memory. */
bool bench_stages_measure(struct bench_set *set, struct worker *worker, double seconds, nanos tick, struct bench_stages *ret);

#endif
