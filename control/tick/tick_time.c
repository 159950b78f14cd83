/* SPDX-License-Identifier: BSD-3-Clause */
/* See tick_time.h. No library function reads the texts: they come from files of anybody, and must not depend on a locale or a zone. */
#include "control/tick/tick_time.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Decimal places of a nanosecond, and the seconds from which a number must be meant in a finer unit (the year 5138). */
#define NANO_PLACES  9
#define SECONDS_MOST INT64_C(100000000000)
/* Any two times have a difference (the year 2112). */
#define TIME_MOST (INT64_MAX / 2 - NANOS_PER_S)

struct scan {
	const char *at, *end;
};

/* Up to `most` digits, at least one; how many. */
static int digits_scan(struct scan *s, int most, int64_t *ret)
{
	int64_t number = 0;
	int count = 0;

	while (count < most && s->at < s->end && *s->at >= '0' && *s->at <= '9' && number <= (INT64_MAX - 9) / 10) {
		number = 10 * number + (*s->at++ - '0');
		count++;
	}
	*ret = number;
	return count;
}

static bool mark_scan(struct scan *s, char mark)
{
	if (s->at == s->end || *s->at != mark)
		return false;
	s->at++;
	return true;
}

/* ".25" as nanoseconds; places beyond the ninth are passed over. */
static bool fraction_scan(struct scan *s, int64_t *ret)
{
	int64_t fraction = 0, rest;
	int places;

	*ret = 0;
	if (!mark_scan(s, '.') && !mark_scan(s, ','))
		return true;
	places = digits_scan(s, NANO_PLACES, &fraction);
	for (int i = places; i < NANO_PLACES; i++)
		fraction *= 10;
	while (digits_scan(s, NANO_PLACES, &rest) > 0)
		;
	*ret = fraction;
	return true;
}

static bool epoch_read(struct scan s, nanos *ret)
{
	bool is_negative = mark_scan(&s, '-');
	int64_t whole, fraction, unit = NANOS_PER_S;

	if (digits_scan(&s, 19, &whole) == 0 || !fraction_scan(&s, &fraction) || s.at != s.end)
		return false;
	while (whole >= SECONDS_MOST && unit > 1 && whole / SECONDS_MOST >= NANOS_PER_S / unit)
		unit /= 1000;
	if (whole > TIME_MOST / unit)
		return false;
	*ret = whole * unit + fraction / (NANOS_PER_S / unit);
	if (is_negative)
		*ret = -*ret;
	return true;
}

/* Days since 1970-01-01 in the Gregorian calendar (H. Hinnant, days_from_civil). */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t era, of_era, of_year;

	year -= month <= 2;
	era = year / 400;
	of_era = year - era * 400;
	of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* "Z", "+01:00", "-0530", "+01" or nothing: seconds ahead of UTC. */
static bool zone_scan(struct scan *s, int64_t *ret)
{
	bool is_east = false;
	int64_t hours, minutes = 0;

	*ret = 0;
	if (s->at == s->end || mark_scan(s, 'Z') || mark_scan(s, 'z'))
		return true;
	is_east = *s->at == '+';
	if (!is_east && *s->at != '-')
		return false;
	s->at++;
	if (digits_scan(s, 2, &hours) != 2)
		return false;
	mark_scan(s, ':');
	if (s->at != s->end && digits_scan(s, 2, &minutes) != 2)
		return false;
	*ret = (hours * 3600 + minutes * 60) * (is_east ? 1 : -1);
	return true;
}

static bool iso_read(struct scan s, nanos *ret)
{
	int64_t year, month, day, hour = 0, minute = 0, second = 0, fraction = 0, ahead = 0;

	if (digits_scan(&s, 4, &year) != 4 || !mark_scan(&s, '-') || digits_scan(&s, 2, &month) != 2 || !mark_scan(&s, '-') ||
	    digits_scan(&s, 2, &day) != 2)
		return false;
	if (s.at != s.end) {
		if ((!mark_scan(&s, 'T') && !mark_scan(&s, ' ')) || digits_scan(&s, 2, &hour) != 2 || !mark_scan(&s, ':') ||
		    digits_scan(&s, 2, &minute) != 2)
			return false;
		if (mark_scan(&s, ':') && (digits_scan(&s, 2, &second) != 2 || !fraction_scan(&s, &fraction)))
			return false;
		mark_scan(&s, ' ');
		if (!zone_scan(&s, &ahead) || s.at != s.end)
			return false;
	}
	if (year < 1900 || year > 2100 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60)
		return false;
	*ret = (days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - ahead) * NANOS_PER_S + fraction;
	return true;
}

bool tick_time_read(const char *text, size_t length, nanos *ret)
{
	struct scan s = { .at = text, .end = text + length };

	if (length == 0)
		return false;
	return length >= 8 && text[4] == '-' ? iso_read(s, ret) : epoch_read(s, ret);
}

static int nanos_compare(const void *a, const void *b)
{
	const nanos *x = a;
	const nanos *y = b;

	return *x < *y ? -1 : *x > *y;
}

static nanos common_step(const nanos *times, size_t count)
{
	nanos step = 0;

	for (size_t i = 1; i < count; i++) {
		nanos rest = times[i] - times[i - 1];

		while (rest != 0) {
			nanos next = step % rest;

			step = rest;
			rest = next;
		}
	}
	return step;
}

/* Lengths that ticks usually have. */
static const nanos usual_steps[] = {
	50 * NANOS_PER_MS, 100 * NANOS_PER_MS, 200 * NANOS_PER_MS, 250 * NANOS_PER_MS, 500 * NANOS_PER_MS,
	1 * NANOS_PER_S,   2 * NANOS_PER_S,    5 * NANOS_PER_S,    10 * NANOS_PER_S,   15 * NANOS_PER_S,
	20 * NANOS_PER_S,  30 * NANOS_PER_S,   60 * NANOS_PER_S,   120 * NANOS_PER_S,  300 * NANOS_PER_S,
	600 * NANOS_PER_S, 900 * NANOS_PER_S,  1800 * NANOS_PER_S, 3600 * NANOS_PER_S,
};

/* The usual length that is nearest to the middle one of all steps; 200 ms when rows are no ticks at all. */
static nanos usual_step(const nanos *times, size_t count)
{
	nanos *steps = malloc(count * sizeof(*steps));
	nanos middle, best = usual_steps[0];

	if (steps == NULL)
		return 0;
	for (size_t i = 1; i < count; i++)
		steps[i - 1] = times[i] - times[i - 1];
	qsort(steps, count - 1, sizeof(*steps), nanos_compare);
	middle = steps[(count - 1) / 2];
	free(steps);
	if (middle < TICK_SHORTEST)
		return 200 * NANOS_PER_MS;
	for (size_t i = 0; i < sizeof(usual_steps) / sizeof(usual_steps[0]); i++) {
		if (llabs(usual_steps[i] - middle) < llabs(best - middle))
			best = usual_steps[i];
	}
	return best;
}

bool tick_grid_make(const nanos *times, size_t count, struct tick_grid *ret_grid)
{
	struct tick_grid grid = { .length = 60 * NANOS_PER_S };

	if (count > 0)
		grid.first = times[0];
	if (count > 1) {
		grid.length = common_step(times, count);
		grid.is_uneven = grid.length < TICK_SHORTEST;
		if (grid.is_uneven)
			grid.length = usual_step(times, count);
	}
	if (grid.length <= 0 || grid.length > TICK_LONGEST)
		return false;
	*ret_grid = grid;
	return true;
}

nanos tick_grid_start(const struct tick_grid *grid, nanos time)
{
	nanos off = time - grid->first + (grid->is_uneven ? grid->length / 2 : 0);
	nanos rest = off % grid->length;

	return grid->first + off - (rest < 0 ? rest + grid->length : rest);
}
