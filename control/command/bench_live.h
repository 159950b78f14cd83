/* SPDX-License-Identifier: BSD-3-Clause */
/* Rounds of a bench through the live workers (dataplane/worker/live.h), and what they cost. */
#ifndef SIGCANARY_BENCH_LIVE_H
#define SIGCANARY_BENCH_LIVE_H

#include "control/command/bench_set.h"
#include "dataplane/worker/worker.h"

struct bench_wish {
	double seconds; /* of measured rounds, two at least */
	nanos warm_up;  /* of packet clock before they begin, beyond the set's lag; whatever is said here, not longer than four times
			   `seconds` */
	bool only_one;  /* a single round, not measured: what it opened and left open is all that is wanted */
};

/* What came out of one round; `open` is at its end. */
struct bench_round {
	uint64_t messages; /* M3UA and Diameter */
	uint64_t opened;
	uint64_t answered;
	uint64_t timeout;
	uint64_t evicted;
	uint64_t unmatched;
	uint64_t open;
};

/* Cycles per message, of the fastest quarter of slices; `transaction` holds the counting into cells, `tally` the ends of ticks. */
struct bench_stages {
	double rx;
	double link_ip;
	double sctp_tcp;
	double decode;
	double segment;
	double transaction;
	double tally;
	double outcome;
	double rest; /* of the loop: what lies between the stages */
};

/* Of measured rounds. Cycles are nanoseconds where stages_are_cycles() says no. */
struct bench_costs {
	uint64_t packets;
	uint64_t messages;
	uint64_t wire_bytes;
	uint64_t cycles; /* of all workers in their loops: without patching, emptying of what control reads, and waiting for others */
	double seconds;  /* of the slowest worker, with its waiting */
	double cycles_per_s;
	double cpu_share; /* processor time of the workers' threads by the clock on the wall: well below 1 on a busy machine */
	double best;      /* cycles per message over slices of a worker's loop, with what ends of ticks cost, over ticks */
	double p10;
	double median;
	size_t slices;
	size_t ticks;
	uint64_t rounds; /* measured */
	uint64_t warm_rounds;
	struct bench_round first; /* of all rounds */
	struct bench_round later; /* sum of the measured ones */
	uint64_t least_messages;  /* of the measured ones */
	uint64_t most_messages;
	uint64_t least_open;
	uint64_t most_open;
	double busiest; /* share of the packets that the busiest worker polled */
	bool is_pinned; /* each worker had a processor of its own choice */
	struct bench_stages stages;
	struct worker_report report;
};

/* M3UA and Diameter messages so far. */
uint64_t bench_messages(const struct walk *walk);

/* Runs rounds as wished on fresh workers. The set has been dealt to `count` of them. False: no memory or no thread. */
bool bench_live(struct bench_set *set, struct worker *workers, unsigned int count, const struct plan *plan, const struct bench_wish *wish,
		struct bench_costs *ret);

#endif
