/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Key figures of finished requests, per period, segment and procedure, for `export kpis`: sums of the lines of --transactions. Each has its
 * formula in the words of outcome classes, and the counter of 3GPP that is nearest, where one is known to us (kpi.tsv, kpi_counters.tsv:
 * generated into kpi_rows and kpi_counters). Those counters are a node's; ours are what passed the taps. Owned by one thread.
 */
#ifndef SIGCANARY_SINK_KPI_H
#define SIGCANARY_SINK_KPI_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* In the order of kpi.tsv. */
enum kpi {
	KPI_REQUESTS,
	KPI_SUCCESS,
	KPI_SUCCESS_RATIO,
	KPI_REFUSED_RATIO,
	KPI_NETWORK_FAILURE_RATIO,
	KPI_NO_ANSWER_RATIO,
	KPI_LATENCY_MEAN,
	KPI_LATENCY_MAX,
	KPI_COUNT
};

struct kpi_row {
	const char *name, *unit, *formula;
};
struct kpi_counter {
	const char *procedure;
	enum kpi kpi;
	const char *counter, *specification;
};
extern const struct kpi_row kpi_rows[KPI_COUNT];
extern const struct kpi_counter kpi_counters[];
extern const size_t kpi_counter_count;

/* The nearest counter of 3GPP; NULL when none is known to us. */
const struct kpi_counter *kpi_counter_of(const char *procedure, enum kpi kpi);

/* What was counted of one procedure for one segment in one period. */
struct kpi_sums {
	int64_t period; /* its begin, seconds since the epoch */
	const char *segment, *procedure;
	uint64_t requests, success, refused, network, no_answer;
	uint64_t latencies;
	double latency_sum_ms, latency_max_ms;
};

/* A figure of it; false when it has none: no request, or no latency. */
bool kpi_value(const struct kpi_sums *s, enum kpi kpi, double *ret);

struct kpi_book;

/* Periods of so many seconds begin at multiples of that. NULL without memory. */
struct kpi_book *kpi_book_new(int64_t period_s);
void kpi_book_free(struct kpi_book *b);

/* Counts one line of --transactions; answers without request and requests too young to judge are none. False without memory. */
bool kpi_book_add(struct kpi_book *b, const json_t *transaction);

/* All sums, by period, segment and procedure. */
void kpi_book_walk(struct kpi_book *b, void (*take)(void *self, const struct kpi_sums *sums), void *self);

#endif
