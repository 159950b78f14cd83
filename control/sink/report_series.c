/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The report's bins, see report_series.h. All memory is taken by history_new(); bins of series that never come are never touched.
 *
 * Answers count in the bin of the answer. A request that reaches the age of SERIES_PATIENCE counts as missing in the bin in which it was
 * sent, so that the share of missing ones is exact at the moment a fault begins. A procedure that times out earlier than that counts
 * its timeouts instead; one that has no answer by its definition (29.002 17.5) is never missing.
 */
#include "control/sink/report_series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SPAN_MAX (INT64_MAX / 4)

static const size_t kind_room[SERIES_KIND_COUNT] = {
	[SERIES_REGISTRATION] = 1, [SERIES_CALLS] = 1,      [SERIES_TEXTS] = 1,   [SERIES_DATA] = 1, [SERIES_SEGMENT] = PLAN_SEGMENTS_MAX,
	[SERIES_NETWORK] = 16,     [SERIES_PROCEDURE] = 64, [SERIES_SERVER] = 64,
};

struct shelf {
	struct series *series;
	size_t count;
	uint64_t refused;
};

struct history {
	const struct plan *plan;
	nanos origin, end, width;
	bool has_tick;
	struct history_totals totals;
	struct shelf shelves[SERIES_KIND_COUNT];
	struct series *series;
	struct series_bin *bins;
	unsigned int checkpoint; /* the one whose age is SERIES_PATIENCE */
};

static struct series *shelf_take(struct history *h, enum series_kind kind, uint64_t value)
{
	struct shelf *s = &h->shelves[kind];

	if (kind == SERIES_SEGMENT)
		return value < s->count ? &s->series[value] : NULL;
	for (size_t i = 0; i < s->count; i++) {
		if (s->series[i].value == value)
			return &s->series[i];
	}
	if (s->count == kind_room[kind]) {
		s->refused++;
		return NULL;
	}
	s->series[s->count].value = value;
	return &s->series[s->count++];
}

struct history *history_new(const struct plan *plan)
{
	struct history *h = calloc(1, sizeof(*h));
	size_t room = 0;

	if (h == NULL)
		return NULL;
	for (int k = 0; k < SERIES_KIND_COUNT; k++)
		room += kind_room[k];
	h->plan = plan;
	h->series = calloc(room, sizeof(*h->series));
	h->bins = calloc(room * REPORT_BINS, sizeof(*h->bins));
	if (h->series == NULL || h->bins == NULL) {
		history_free(h);
		return NULL;
	}
	for (size_t i = 0; i < room; i++)
		h->series[i].bins = h->bins + i * REPORT_BINS;
	room = 0;
	for (int k = 0; k < SERIES_KIND_COUNT; k++) {
		h->shelves[k].series = h->series + room;
		room += kind_room[k];
	}
	for (size_t i = 0; i < plan->segment_count && i < PLAN_SEGMENTS_MAX; i++) {
		h->shelves[SERIES_SEGMENT].series[i].value = i;
		h->shelves[SERIES_SEGMENT].count++;
	}
	while (h->checkpoint < TALLY_CHECKPOINTS - 1 && tally_checkpoint_age[h->checkpoint] != SERIES_PATIENCE)
		h->checkpoint++;
	return h;
}

void history_free(struct history *h)
{
	if (h == NULL)
		return;
	free(h->series);
	free(h->bins);
	free(h);
}

static void bin_add(struct series_bin *sum, const struct series_bin *b)
{
	sum->requests += b->requests;
	sum->missing += b->missing;
	for (int i = 0; i < SERIES_ANSWERS; i++)
		sum->answers[i] += b->answers[i];
	for (int i = 0; i < TALLY_LATENCY_BINS; i++)
		sum->latency[i] += b->latency[i];
}

/* Pairs of bins become one; then, all bins move `ahead` places to make room before the first. */
static void series_reshape(struct series *s, bool doubles, size_t ahead)
{
	if (doubles) {
		for (size_t i = 0; i < REPORT_BINS / 2; i++) {
			struct series_bin pair = s->bins[2 * i];

			bin_add(&pair, &s->bins[2 * i + 1]);
			s->bins[i] = pair;
		}
		memset(s->bins + REPORT_BINS / 2, 0, REPORT_BINS / 2 * sizeof(*s->bins));
	}
	if (ahead > 0) {
		memmove(s->bins + ahead, s->bins, (REPORT_BINS - ahead) * sizeof(*s->bins));
		memset(s->bins, 0, ahead * sizeof(*s->bins));
	}
}

static void history_reshape(struct history *h, bool doubles, size_t ahead)
{
	for (int k = 0; k < SERIES_KIND_COUNT; k++) {
		for (size_t i = 0; i < h->shelves[k].count; i++)
			series_reshape(&h->shelves[k].series[i], doubles, ahead);
	}
	if (doubles)
		h->width *= 2;
	h->origin -= (nanos)ahead * h->width;
}

/* Makes [from, to) fit. False when the time is impossible. */
static bool history_reach(struct history *h, nanos from, nanos to)
{
	nanos first = from < h->origin ? from : h->origin;
	nanos last = to > h->end ? to : h->end;

	if (from < -SPAN_MAX || to > SPAN_MAX * 2 || last - first > SPAN_MAX)
		return false;
	while (from < h->origin || h->origin + REPORT_BINS * h->width < last) {
		nanos ahead = from < h->origin ? (h->origin - from + h->width - 1) / h->width : 0;
		bool fits = ahead < REPORT_BINS && (last - h->origin + h->width - 1) / h->width + ahead <= REPORT_BINS;

		history_reshape(h, !fits, fits ? (size_t)ahead : 0);
	}
	h->end = last;
	return true;
}

static struct series_bin *bin_at(const struct history *h, const struct series *s, nanos time)
{
	nanos index = (time - h->origin) / h->width;

	if (time < h->origin)
		index = 0;
	return &s->bins[index < REPORT_BINS ? index : REPORT_BINS - 1];
}

static void series_count(const struct history *h, struct series *s, const struct tally_cell *cell, nanos start)
{
	const struct procedure_row *row = procedure_row(cell->key.procedure);
	nanos timeout = cell->key.procedure < 512 ? h->plan->timeouts[cell->key.procedure] : 0;
	struct series_bin *bin;

	if (s == NULL || row == NULL)
		return;
	bin = bin_at(h, s, start);
	bin->requests += cell->requests;
	for (int i = 0; i < SERIES_ANSWERS; i++)
		bin->answers[i] += cell->outcomes[i];
	for (int i = 0; i < TALLY_LATENCY_BINS; i++)
		bin->latency[i] += cell->latency[i];
	if (timeout == 0)
		timeout = row->timeout;
	if (!row->is_answered)
		return;
	if (timeout > SERIES_PATIENCE)
		bin_at(h, s, start - SERIES_PATIENCE)->missing += cell->pending[h->checkpoint];
	else
		bin_at(h, s, start - timeout)->missing += cell->outcomes[OUTCOME_TIMEOUT];
}

static bool is_registration(const struct procedure_row *row)
{
	return row->weight == 3 && row->services != 0 && row->is_answered;
}

static void cell_take(struct history *h, const struct tally_cell *cell, nanos start)
{
	const struct procedure_row *row = procedure_row(cell->key.procedure);
	uint64_t value = cell->key.value;

	if (row == NULL)
		return;
	if (cell->key.dimension == DIMENSION_ALL) {
		h->totals.requests += cell->requests;
		series_count(h, shelf_take(h, SERIES_PROCEDURE, cell->key.procedure), cell, start);
		if (is_registration(row))
			series_count(h, shelf_take(h, SERIES_REGISTRATION, 0), cell, start);
		else if (row->services == SERVICE_CALLS)
			series_count(h, shelf_take(h, SERIES_CALLS, 0), cell, start);
		else if (row->services == SERVICE_TEXTS)
			series_count(h, shelf_take(h, SERIES_TEXTS, 0), cell, start);
		else if (row->services == SERVICE_DATA)
			series_count(h, shelf_take(h, SERIES_DATA, 0), cell, start);
	} else if (cell->key.dimension == DIMENSION_SEGMENT && is_registration(row)) {
		series_count(h, shelf_take(h, SERIES_SEGMENT, value), cell, start);
	} else if (cell->key.dimension == DIMENSION_IMSI_PREFIX && is_registration(row) && h->plan->segment_count == 0) {
		if (digits_count(value) == plmn_length(value))
			series_count(h, shelf_take(h, SERIES_NETWORK, value), cell, start);
	} else if (cell->key.dimension == DIMENSION_SERVER && row->is_answered) {
		series_count(h, shelf_take(h, SERIES_SERVER, value), cell, start);
	}
}

void history_tick(struct history *h, const struct tally *tally)
{
	if (tally->length <= 0 || tally->length > SPAN_MAX || tally->start < -SPAN_MAX || tally->start > SPAN_MAX) {
		h->totals.refused_ticks++;
		return;
	}
	if (!h->has_tick) {
		h->origin = h->end = tally->start;
		h->width = tally->length;
		h->has_tick = true;
	}
	if (!history_reach(h, tally->start, tally->start + tally->length)) {
		h->totals.refused_ticks++;
		return;
	}
	h->totals.dropped += tally->dropped;
	h->totals.sctp_missing += tally->sctp_missing;
	h->totals.refused_cells += tally->refused_cells;
	for (size_t i = 0; i < tally->count; i++)
		cell_take(h, &tally->cells[i], tally->start);
}

struct history_span history_span(const struct history *h)
{
	return (struct history_span){ .from = h->origin, .to = h->end, .width = h->width > 0 ? h->width : 1 };
}

size_t history_count(const struct history *h, enum series_kind kind)
{
	return h->shelves[kind].count;
}

const struct series *history_series(const struct history *h, enum series_kind kind, size_t index)
{
	return &h->shelves[kind].series[index];
}

uint64_t history_refused(const struct history *h, enum series_kind kind)
{
	return h->shelves[kind].refused;
}

struct history_totals history_totals(const struct history *h)
{
	return h->totals;
}

struct series_sum series_sum(const struct history *h, const struct series *s, nanos from, nanos to)
{
	struct series_sum sum = { 0 };

	for (size_t i = 0; i < REPORT_BINS; i++) {
		const struct series_bin *bin = &s->bins[i];
		nanos start = h->origin + (nanos)i * h->width;
		nanos stop = start + h->width < h->end ? start + h->width : h->end;
		nanos middle = start + h->width / 2;

		if (start >= h->end)
			break;
		if (middle < from || middle >= to)
			continue;
		sum.seconds += nanos_to_s(stop - start);
		sum.requests += bin->requests;
		sum.judged += stop <= h->end - SERIES_PATIENCE || h->width > 10 * SERIES_PATIENCE ? bin->requests : bin->missing;
		sum.missing += bin->missing;
		for (int c = 0; c < SERIES_ANSWERS; c++) {
			sum.answers[c] += bin->answers[c];
			sum.answered += bin->answers[c];
		}
		for (int b = 0; b < TALLY_LATENCY_BINS; b++)
			sum.latency[b] += bin->latency[b];
	}
	return sum;
}

double series_refused(const struct series_sum *s)
{
	if (s->answered == 0)
		return -1;
	return (double)(s->answers[OUTCOME_NETWORK] + s->answers[OUTCOME_CONGESTION] + s->answers[OUTCOME_ABORT]) / (double)s->answered;
}

double series_answers(const struct series_sum *s, enum outcome_class class)
{
	return s->answered == 0 ? -1 : (double)s->answers[class] / (double)s->answered;
}

double series_missing(const struct series_sum *s)
{
	if (s->judged == 0)
		return -1;
	return s->missing < s->judged ? (double)s->missing / (double)s->judged : 1;
}

double series_median_ms(const struct series_sum *s)
{
	uint64_t all = 0, below = 0;

	for (int b = 0; b < TALLY_LATENCY_BINS; b++)
		all += s->latency[b];
	if (all == 0)
		return -1;
	for (int b = 0; b < TALLY_LATENCY_BINS; b++) {
		if (2 * (below + s->latency[b]) >= all) {
			double part = ((double)all / 2 - (double)below) / (double)s->latency[b];

			return b == 0 ? part : ldexp(1, b - 1) * pow(2, part);
		}
		below += s->latency[b];
	}
	return -1;
}
