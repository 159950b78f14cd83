/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Counts by stream for /metrics: rows of one procedure and one value of a dimension, as many as the configuration allows. What comes beyond
 * is counted in one row "other" per dimension, so that sums stay right whatever the wire invents. Owned by who has the lock of struct
 * metrics; rows are plain memory and may be copied, the labels they point to live until the end.
 */
#ifndef SIGCANARY_API_METRICS_STREAMS_H
#define SIGCANARY_API_METRICS_STREAMS_H

#include "control/detect/detect.h"
#include "control/incident/text.h"

struct metrics_row {
	struct stream_key key;
	const char *labels; /* `segment="giffgaff",procedure="s6a.ulr"`, escaped */
	uint64_t requests;
	uint64_t outcomes[OUTCOME_CLASS_COUNT];
	uint64_t latency[TALLY_LATENCY_BINS];
	uint64_t latency_ns; /* the sum of them */
	bool has_ratios;     /* what follows is known, see detector_stream() */
	struct stream_state refused, missing;
};

/* The value of a label as it may stand in the text: ASCII, escaped; cut to `room` octets. Returns the length. */
size_t metrics_label_write(char *to, size_t room, const char *value);

struct metrics_streams;

/* At most `series` time series. NULL when there is no memory. */
struct metrics_streams *metrics_streams_new(const struct alarm_writer *writer, size_t series);
void metrics_streams_free(struct metrics_streams *s);

/* After a reload, the old plan still standing: rows of segments go with their names, or end. */
void metrics_streams_plan(struct metrics_streams *s, const struct plan *plan, size_t series);

/* What a tick brought. */
void metrics_streams_add(struct metrics_streams *s, const struct tally_cell *cell);
/* What is usual, for segments and for all; some times a minute. */
void metrics_streams_judge(struct metrics_streams *s, const struct detector *detector);

const struct metrics_row *metrics_streams_rows(const struct metrics_streams *s, size_t *ret_count);
size_t metrics_streams_series(const struct metrics_streams *s);
uint64_t metrics_streams_folded(const struct metrics_streams *s);

#endif
