/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The operator's calendar: local time, days of rest, announced work. Pure functions of an immutable plan; any thread may ask.
 */
#ifndef SIGCANARY_CONFIG_CALENDAR_H
#define SIGCANARY_CONFIG_CALENDAR_H

#include <stdbool.h>
#include <stdio.h>

#include "config/plan.h"

/* A moment as people there live it. */
struct calendar_moment {
	int32_t day;   /* since 1970-01-01, local */
	int32_t clock; /* seconds since local midnight, by the clocks: the hour that summer time repeats comes twice */
	bool is_rest;  /* Saturday, Sunday or one of the configured holidays */
};

struct calendar_moment calendar_moment(const struct plan_calendar *calendar, nanos time);

/* Whether that local day is a Saturday, Sunday or holiday. */
bool calendar_is_rest(const struct plan_calendar *calendar, int32_t day);

/*
 * The announced work that goes on at that time, the first one in the order of the file; NULL when there is none. With `after` the next one
 * behind it, so that all can be had.
 */
const struct plan_maintenance *calendar_maintenance(const struct plan *plan, nanos time, const struct plan_maintenance *after);

/* A day as 2026-12-25, a moment in UTC as 2026-12-01T23:00:00Z; fractions of a second are left out. */
void calendar_date_write(int32_t day, FILE *out);
void calendar_time_write(nanos time, FILE *out);

#endif
