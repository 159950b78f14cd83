/* SPDX-License-Identifier: BSD-3-Clause */
/* The numbers of /metrics as one copy of them is written, and the text itself. */
#ifndef SIGCANARY_API_METRICS_TEXT_H
#define SIGCANARY_API_METRICS_TEXT_H

#include "control/api/metrics.h"
#include "control/api/metrics_streams.h"

#define METRICS_OPEN_MAX 64

struct metrics_incident {
	char id[sizeof(((struct alarm *)NULL)->id)];
	enum incident_severity severity;
	enum incident_kind kind;
	uint64_t segments;
	uint64_t affected, recovered;
};

struct metrics_worker {
	uint64_t packets, dropped, open, evicted;
};

/* All but the streams. */
struct metrics_numbers {
	struct worker_report sum;
	struct metrics_worker workers[WORKERS_MAX];
	size_t worker_count;
	struct metrics_incident open[METRICS_OPEN_MAX];
	size_t open_count;
	uint64_t announcements;
	uint64_t ticks;
	uint64_t unseen;
	nanos last_tick; /* 0: none yet */
	bool was_reloaded;
	double reload_time_s, start_time_s; /* since 1970 */
	size_t series;
	uint64_t folded;
};

/* A copy of all, of the reader's own. */
struct metrics_copy {
	struct metrics_numbers numbers;
	struct metrics_row *rows;
	size_t row_count;
	/* Names of configured segments, for those of incidents; they live as the labels of rows do. */
	const char *segments[PLAN_SEGMENTS_MAX];
	size_t segment_count;
};

void metrics_text_write(const struct metrics_copy *c, FILE *out);

/* Open incidents of a severity. */
size_t metrics_open_of(const struct metrics_numbers *n, enum incident_severity severity);

/* The same numbers as DPDK telemetry commands. Control's thread. */
void metrics_telemetry(const struct metrics_numbers *n);

#endif
