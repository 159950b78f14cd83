/* SPDX-License-Identifier: BSD-3-Clause */
/* Times as text in files of others, and the tick that a row of times has. Pure functions. */
#ifndef SIGCANARY_TICK_TIME_H
#define SIGCANARY_TICK_TIME_H

#include <stdbool.h>
#include <stddef.h>

#include "dataplane/base/nanos.h"

/*
 * Epoch seconds with or without a fraction (numbers too large for seconds are milli-, micro- or nanoseconds), or ISO 8601:
 * 2012-07-11T13:30:00.2Z, 2012-07-11 13:30, +01:00 at the end; UTC where no zone is said. False: no time.
 */
bool tick_time_read(const char *text, size_t length, nanos *ret);

/* Ticks that are judged as they are: shorter ones are added up. */
#define TICK_SHORTEST (50 * NANOS_PER_MS)
#define TICK_LONGEST  (3600 * NANOS_PER_S)

struct tick_grid {
	nanos length;
	nanos first;    /* the start of one tick */
	bool is_uneven; /* times do not lie on the grid: each belongs to the nearest tick */
};

/*
 * The grid of distinct ascending times: their greatest common step; where that is shorter than a tick may be, the usual step, or 200 ms.
 * A single time has a minute. False when the step is longer than TICK_LONGEST.
 */
bool tick_grid_make(const nanos *times, size_t count, struct tick_grid *ret_grid);

/* The start of the tick that a time belongs to. */
nanos tick_grid_start(const struct tick_grid *grid, nanos time);

#endif
