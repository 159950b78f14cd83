/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The small multiples of the report as inline SVG: for one series the shares of requests refused, refused for user reasons and unanswered
 * over time, a strip of requests per second below, and the moments of all incidents as labelled marks.
 */
#ifndef SIGCANARY_SINK_REPORT_PLOT_H
#define SIGCANARY_SINK_REPORT_PLOT_H

#include <stdio.h>

#include "control/sink/report_series.h"

#define PLOT_MARKS_MAX     64
#define PLOT_MARK_TEXT_MAX 48

/* One moment. Marks of a plot are in ascending order of time. */
struct plot_mark {
	nanos time;
	char text[PLOT_MARK_TEXT_MAX]; /* ASCII without markup */
};

/* A period that is shaded: onset to cleared. */
struct plot_period {
	nanos from;
	nanos to;
};

struct plot_marks {
	struct plot_mark marks[PLOT_MARKS_MAX];
	struct plot_period periods[PLOT_MARKS_MAX];
	size_t mark_count;
	size_t period_count;
};

/* What all plots of a page have in common. */
struct plot_page {
	const struct history *history;
	const struct plot_marks *marks;
	double top;            /* highest share on the axis: 0.1, 0.25, 0.5 or 1 */
	unsigned int *next_id; /* for ids, counts up */
};

/* The highest share that a plot of this series would show. */
double plot_peak(const struct history *h, const struct series *s);

/* The axis that holds that share. */
double plot_top(double peak);

/* One <svg>. `name` is escaped here. */
void plot_write(const struct plot_page *page, const struct series *s, const char *name, FILE *out);

/* The lines and what they mean, once for all plots. */
void plot_legend(FILE *out);

#endif
