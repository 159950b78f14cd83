/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The goals of detection, each measured: what the bench's parts know of each other. One thread.
 *
 * A part measures, notes what it saw as details, and reports one or more figures, each with its limit.
 */
#ifndef SIGCANARY_BENCH_DETECTION_H
#define SIGCANARY_BENCH_DETECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bench {
	uint64_t seed;
	double days;            /* of each simulated month; 0: none is simulated */
	int seeds;              /* of simulated months */
	bool is_quick;          /* a tenth of the runs: shows that all works */
	unsigned int only_case; /* of `where`: its number as the notes tell it and one; 0: all */
};

/* One number of the table. It is reached when it is at most the limit, or at least for those that count successes. */
struct figure {
	const char *goal; /* as it is chosen with --only */
	const char *what;
	double value;
	double limit;
	const char *unit; /* NULL: none */
	bool is_at_least;
	bool is_information; /* has no limit: printed beside the goals */
};
void figure_report(const struct figure *figure);

/* A line below the table's title, and in the JSON: how a figure came about. */
void figure_note(const char *goal, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sorts in place. `part` from 0 to 1; infinity for what was never found sorts last. */
double bench_quantile(double *values, size_t count, double part);
double bench_mean(const double *values, size_t count);

void bench_lorden(const struct bench *b);
void bench_faults(const struct bench *b);
void bench_null(const struct bench *b);
void bench_habits(const struct bench *b);
void bench_months(const struct bench *b);
void bench_where(const struct bench *b);
void bench_cost(const struct bench *b);

#endif
