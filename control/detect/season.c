/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Seasons, see season.h.
 *
 * Shares: sums of failures and of what the mean expected, per half hour; a day weighs 0.3 against those before it. They are shrunk to 1 by
 * what 200,000 answers expect, so that a quiet night does not become a season, and a half hour counts when it is over: a fault that creeps
 * must not become the season of its own hour. Volume: the mean of each half hour, a day again with 0.3
 * (the first ones evenly), and one that is odd with no more than half or twice the days before, of the first two the greater with no more
 * than twice the other; a half hour of which less than a third was
 * quiet is not learned.
 */
#include "control/detect/season.h"

#include <limits.h>
#include <math.h>

#include "config/calendar.h"

#define SLOT_S         1800
#define DAY_S          86400
#define DAY_WEIGHT     0.3f
#define SHRUNK_ANSWERS 2e5
#define SHARE_LEAST    0.3
#define SHARE_MOST     3.0
#define QUIET_LEAST_S  600.0
#define SPREAD_PRIOR   0.15 /* one day against another, before some have been seen */
#define SPREAD_OTHER   0.35 /* a day of another kind */
#define SPREAD_DAYS    3.0
#define RATE_LEAST     1e-3
#define DEVIATION_MOST 2.0f
/* So many days know a day that is not like them; it counts as this many times, or parts, of them at most. */
#define CLIPPED_DAYS 2
#define ODD_MOST     2.0f

void season_clock_make(const struct plan_calendar *calendar, nanos time, struct season_clock *ret)
{
	struct calendar_moment m = calendar_moment(calendar, time);
	int32_t slot = m.clock / SLOT_S;
	double inside = (double)(m.clock % SLOT_S) / SLOT_S - 0.5; /* from its middle */
	int32_t other_day = m.day, other = inside < 0 ? slot - 1 : slot + 1;

	if (other < 0 || other >= SEASON_SLOTS) {
		other_day += other < 0 ? -1 : 1;
		other = other < 0 ? SEASON_SLOTS - 1 : 0;
	}
	*ret = (struct season_clock){
		.slot_number = m.day * SEASON_SLOTS + slot, .day = m.is_rest, .slot = (uint8_t)slot, .part = fabs(inside)
	};
	ret->near[0].day = ret->day;
	ret->near[0].slot = ret->slot;
	ret->near[1].day = calendar_is_rest(calendar, other_day);
	ret->near[1].slot = (uint8_t)other;
}

static double slot_share(const struct season_share *s, int kind, double mean, unsigned int day, unsigned int slot)
{
	double calm = SHRUNK_ANSWERS * mean;

	return ((double)s->failed[kind][day][slot] + calm) / ((double)s->expected[kind][day][slot] + calm);
}

double season_share_of(const struct season_share *s, int kind, double mean, const struct season_clock *clock)
{
	double share;

	if (mean <= 0)
		return 1;
	share = (1 - clock->part) * slot_share(s, kind, mean, clock->near[0].day, clock->near[0].slot) +
		clock->part * slot_share(s, kind, mean, clock->near[1].day, clock->near[1].slot);
	return fmin(fmax(share, SHARE_LEAST), SHARE_MOST);
}

/* The half hour that has ended is of the past now. */
static void share_close(struct season_share *s)
{
	for (int kind = 0; kind < SEASON_KINDS; kind++) {
		float *failed = &s->failed[kind][s->day][s->slot], *expected = &s->expected[kind][s->day][s->slot];

		*failed = *failed * (1 - DAY_WEIGHT) + (float)s->now_failed[kind];
		*expected = *expected * (1 - DAY_WEIGHT) + (float)s->now_expected[kind];
		s->now_failed[kind] = s->now_expected[kind] = 0;
	}
}

void season_share_learn(struct season_share *s, int kind, double failed, double expected, const struct season_clock *clock)
{
	if (!s->has_slot || s->slot_number != clock->slot_number) {
		if (s->has_slot)
			share_close(s);
		s->slot_number = clock->slot_number;
		s->day = clock->day;
		s->slot = clock->slot;
		s->has_slot = true;
	}
	s->now_failed[kind] += failed;
	s->now_expected[kind] += expected;
}

/* The half hour that has ended, where it was quiet for long enough. */
static void slot_close(struct season_flow *f)
{
	float *rate = &f->rate[f->day][f->slot];
	uint8_t *days = &f->days[f->day][f->slot];
	float today = (float)(f->requests / f->seconds);

	if (*days == 0) {
		*rate = today;
	} else {
		float off = fminf(fabsf(today - *rate) / fmaxf(*rate, (float)RATE_LEAST), DEVIATION_MOST);

		f->spread += (off * off - f->spread) * 0.01f;
		if (*days >= CLIPPED_DAYS)
			today = fminf(fmaxf(today, *rate / ODD_MOST), *rate * ODD_MOST);
		today = fminf(today, *rate * ODD_MOST);
		*rate = *days < CLIPPED_DAYS ? fminf(*rate, today * ODD_MOST) : *rate; /* nobody knows which of two is odd */
		*rate += (today - *rate) * fmaxf(DAY_WEIGHT, 1.0f / (float)(*days + 1));
	}
	*days = (uint8_t)(*days + (*days < UINT8_MAX));
}

void season_flow_learn(struct season_flow *f, double requests, double seconds, const struct season_clock *clock)
{
	if (!f->has_slot || f->slot_number != clock->slot_number) {
		if (f->has_slot && f->seconds >= QUIET_LEAST_S)
			slot_close(f);
		f->slot_number = clock->slot_number;
		f->day = clock->day;
		f->slot = clock->slot;
		f->requests = f->seconds = 0;
		f->has_slot = true;
	}
	f->requests += requests;
	f->seconds += seconds;
}

/* 0 when it was never seen. */
static double slot_rate(const struct season_flow *f, unsigned int day, unsigned int slot, double *error)
{
	double own = SPREAD_PRIOR * SPREAD_PRIOR / fmax(fmin(f->days[day][slot], SPREAD_DAYS), 1);

	if (f->days[day][slot] > 0) {
		*error = sqrt(own + (double)f->spread);
		return fmax((double)f->rate[day][slot], RATE_LEAST);
	}
	if (f->days[1 - day][slot] == 0)
		return 0;
	*error = sqrt(SPREAD_OTHER * SPREAD_OTHER + (double)f->spread);
	return fmax((double)f->rate[1 - day][slot], RATE_LEAST);
}

double season_flow_rate(const struct season_flow *f, const struct season_clock *clock, double *ret_error)
{
	double error[2] = { 0 };
	double here = slot_rate(f, clock->near[0].day, clock->near[0].slot, &error[0]);
	double there = slot_rate(f, clock->near[1].day, clock->near[1].slot, &error[1]);

	if (here <= 0)
		return 0;
	if (there <= 0) {
		*ret_error = fmax(error[0], SPREAD_OTHER);
		return here;
	}
	*ret_error = fmax(error[0], error[1]);
	return (1 - clock->part) * here + clock->part * there;
}

unsigned int season_flow_days(const struct season_flow *f, const struct season_clock *clock)
{
	unsigned int least = UINT_MAX;

	for (int i = 0; i < 2; i++) {
		uint8_t own = f->days[clock->near[i].day][clock->near[i].slot],
			other = f->days[1 - clock->near[i].day][clock->near[i].slot];
		unsigned int days = own == 0 ? 0 : (unsigned int)own + other;

		least = days < least ? days : least;
	}
	return least;
}
