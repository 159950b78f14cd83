/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How much of a fault is left, from the shares that the detector tells of its streams: percent restored, since when all is well, and a
 * forecast. For any length of tick. A plain value.
 */
#ifndef SIGCANARY_INCIDENT_GAUGE_H
#define SIGCANARY_INCIDENT_GAUGE_H

#include <stdbool.h>
#include <stddef.h>

#include "dataplane/base/nanos.h"

#define GAUGE_HISTORY 60

struct gauge {
	double left;      /* of the fault, 0 to 1 and a little above; smoothed over some seconds */
	double reference; /* highest value of a slower smoothing, against which percent are told */
	double slow;
	nanos began;
	nanos moving_since; /* clearly less is left than there was; 0: not */
	nanos good_since;   /* nothing of it is left; 0: something is */
	unsigned int waves; /* came back after it had been good or nearly */
	nanos last_wave;
	double best; /* least that was left since the last wave */
	double history[GAUGE_HISTORY];
	size_t history_count;
	nanos history_at;
	nanos history_step;
};

void gauge_begin(struct gauge *g, nanos now);

/* What a tick shows. */
struct gauge_reading {
	double left;   /* share of the fault */
	nanos good_at; /* all has been well at least since then; 0: it is not */
};
void gauge_take(struct gauge *g, const struct gauge_reading *reading, nanos now, nanos tick);

double gauge_percent(const struct gauge *g);

/* Whether it is going down and long enough so to say it. */
bool gauge_is_moving(const struct gauge *g, nanos now, nanos tick);

/* Whether it has come back, at this tick. */
bool gauge_has_returned(struct gauge *g, nanos now);

/* Seconds until a twentieth is left, as the interval between a straight line and a decay; false when they say nothing. */
bool gauge_forecast(const struct gauge *g, double *ret_low_s, double *ret_high_s);

#endif
