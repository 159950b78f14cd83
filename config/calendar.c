/* SPDX-License-Identifier: BSD-3-Clause */
/* The operator's calendar. Pure functions of the plan; called by control. */
#include "config/calendar.h"

#include <stdlib.h>

#include "config/zone.h"

#define DAY_S 86400

static int day_compare(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return x < y ? -1 : x > y;
}

bool calendar_is_rest(const struct plan_calendar *calendar, int32_t day)
{
	int weekday = ((day % 7) + 7 + 4) % 7; /* 1970-01-01 was a Thursday; Sunday is 0 */

	if (weekday == 0 || weekday == 6)
		return true;
	return calendar->holiday_count > 0 && bsearch(&day, calendar->holidays, calendar->holiday_count, sizeof(day), day_compare) != NULL;
}

struct calendar_moment calendar_moment(const struct plan_calendar *calendar, nanos time)
{
	int64_t utc = time / NANOS_PER_S - (time % NANOS_PER_S < 0);
	int64_t local = utc + zone_offset(calendar->zone, utc);
	int64_t day = local / DAY_S - (local % DAY_S < 0);

	return (struct calendar_moment){ .day = (int32_t)day,
					 .clock = (int32_t)(local - day * DAY_S),
					 .is_rest = calendar_is_rest(calendar, (int32_t)day) };
}

const struct plan_maintenance *calendar_maintenance(const struct plan *plan, nanos time, const struct plan_maintenance *after)
{
	const struct plan_calendar *c = &plan->calendar;
	size_t first = after == NULL ? 0 : (size_t)(after - c->maintenance) + 1;

	for (size_t i = first; i < c->maintenance_count; i++) {
		if (time >= c->maintenance[i].from && time < c->maintenance[i].until)
			return &c->maintenance[i];
	}
	return NULL;
}

void calendar_date_write(int32_t day, FILE *out)
{
	int year, month, day_of_month;

	zone_date(day, &year, &month, &day_of_month);
	fprintf(out, "%04d-%02d-%02d", year, month, day_of_month);
}

void calendar_time_write(nanos time, FILE *out)
{
	int64_t seconds = time / NANOS_PER_S - (time % NANOS_PER_S < 0);
	int64_t day = seconds / DAY_S - (seconds % DAY_S < 0);
	int clock = (int)(seconds - day * DAY_S);

	calendar_date_write((int32_t)day, out);
	fprintf(out, "T%02d:%02d:%02dZ", clock / 3600, clock / 60 % 60, clock % 60);
}
