/* SPDX-License-Identifier: BSD-3-Clause */
/* What `bench` tells, for people and as JSON (docs/formats.md). */
#ifndef SIGCANARY_BENCH_PRINT_H
#define SIGCANARY_BENCH_PRINT_H

#include <stdio.h>

#include "control/command/bench_live.h"
#include "control/command/bench_memory.h"

/* With --live. */
struct bench_print_live {
	size_t wanted;      /* open transactions; 0: not asked for */
	uint64_t per_round; /* requests that stay open for the lag */
	uint64_t lag;       /* rounds */
	nanos age;          /* from a request to its answer, by the packets' clock */
	double line_rate;   /* of that clock, Gbit/s */
	size_t room;        /* entries of each worker's table */
};

struct bench_print {
	const struct bench_set *set;
	struct bench_costs costs;
	struct bench_print_live live;
	struct bench_memory memory;
	struct bench_touch touch;
	unsigned int worker_count;
	bool has_memory;
	double rss_mib;
	double huge_mib;
};

void bench_print_json(const struct bench_print *b, FILE *out);
void bench_print_text(const struct bench_print *b, FILE *out);

#endif
