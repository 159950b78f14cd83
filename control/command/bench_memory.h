/* SPDX-License-Identifier: BSD-3-Clause */
/* What memory costs `bench`: bytes that tables take, and cycles that a touch of memory takes on this machine at this moment. */
#ifndef SIGCANARY_BENCH_MEMORY_H
#define SIGCANARY_BENCH_MEMORY_H

#include "config/plan.h"
#include "dataplane/segment/segment.h"

/* Bytes per thing that a worker's tables have room for, by the difference between larger and smaller tables. */
struct bench_memory {
	double transaction;
	double association; /* an SCTP direction */
	double stream;      /* a TCP direction */
	double name;        /* a host, realm or access point name */
	double cell;        /* a stream of the tally */
};

/* False when there is no memory for the larger tables. */
bool bench_memory_measure(const struct plan *plan, const struct segments *segments, struct bench_memory *ret);

/* Cycles of the best of some tries: loads that wait for each other in buffers of three sizes; adding up a larger one, per line of 64 bytes.
 */
struct bench_touch {
	double near;     /* 256 KiB */
	double middle;   /* 8 MiB */
	double far;      /* 256 MiB */
	double streamed; /* 256 MiB */
};

/* False when there is no memory. Takes some tens of milliseconds. */
bool bench_touch_measure(struct bench_touch *ret);

/* MiB resident now, and of anonymous memory in huge pages. */
double bench_rss_mib(void);
double bench_huge_mib(void);

#endif
