/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The report's memory of time: counts per series in at most REPORT_BINS bins of equal width.
 *
 * A series is one line of interest: all registrations, a segment, a network code, a procedure, a server. When the capture outgrows the
 * bins, each pair becomes one bin and the width doubles, so memory is bounded whatever the length; a clock that goes back moves the origin.
 * Each kind of series has room for a fixed number; further ones are counted and not followed. Owned by control.
 */
#ifndef SIGCANARY_SINK_REPORT_SERIES_H
#define SIGCANARY_SINK_REPORT_SERIES_H

#include <stdbool.h>
#include <stddef.h>

#include "config/plan.h"
#include "control/sink/report.h"
#include "dataplane/tally.h"

#define SERIES_ANSWERS  (OUTCOME_ABORT + 1) /* classes of answers: success, user, network, congestion, abort */
#define SERIES_PATIENCE (2 * NANOS_PER_S)   /* a request without an answer for this long counts as unanswered */

enum series_kind {
	SERIES_REGISTRATION, /* all registration procedures of the whole */
	SERIES_CALLS,        /* procedures that serve calls only, and so on */
	SERIES_TEXTS,
	SERIES_DATA,
	SERIES_SEGMENT,   /* registrations of a configured segment; value is its index */
	SERIES_NETWORK,   /* registrations of a network code, without configured segments; value is its digits */
	SERIES_PROCEDURE, /* value is the procedure */
	SERIES_SERVER,    /* every procedure that is answered; value is the node */
	SERIES_KIND_COUNT
};

struct series_bin {
	uint32_t requests;
	uint32_t answers[SERIES_ANSWERS];
	uint32_t missing; /* of the requests: without an answer after SERIES_PATIENCE */
	uint32_t latency[TALLY_LATENCY_BINS];
};

struct series {
	uint64_t value;
	struct series_bin *bins; /* [REPORT_BINS] */
};

struct history;

/* NULL when there is no memory. */
struct history *history_new(const struct plan *plan);
void history_free(struct history *h);

/* Takes one tick. */
void history_tick(struct history *h, const struct tally *tally);

/* Time covered; `from` equals `to` while nothing was seen. `width` is that of a bin. */
struct history_span {
	nanos from;
	nanos to;
	nanos width;
};
struct history_span history_span(const struct history *h);

/* Series of a kind in order of first sight, segments in order of configuration; how many found no room. */
size_t history_count(const struct history *h, enum series_kind kind);
const struct series *history_series(const struct history *h, enum series_kind kind, size_t index);
uint64_t history_refused(const struct history *h, enum series_kind kind);

/* Requests of all procedures, and what tallies said of the probe's own sight. */
struct history_totals {
	uint64_t requests;
	uint64_t dropped;
	uint64_t sctp_missing;
	uint64_t refused_cells;
	uint64_t refused_ticks; /* of an impossible time */
};
struct history_totals history_totals(const struct history *h);

/* The sum of the bins whose middle lies in [from, to). */
struct series_sum {
	uint64_t requests;
	uint64_t judged; /* requests that are old enough to be unanswered */
	uint64_t answered;
	uint64_t answers[SERIES_ANSWERS];
	uint64_t missing;
	uint64_t latency[TALLY_LATENCY_BINS];
	double seconds;
};
struct series_sum series_sum(const struct history *h, const struct series *s, nanos from, nanos to);

/* Shares of the sum; negative when there is nothing to divide by. Refused: network, congestion and abort among the answers. */
double series_refused(const struct series_sum *s);
double series_answers(const struct series_sum *s, enum outcome_class class);
double series_missing(const struct series_sum *s);

/* Median of the answers' latency in milliseconds, interpolated inside its bin; negative without answers. */
double series_median_ms(const struct series_sum *s);

#endif
