/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The shape of the day: how shares of failures and volumes of requests move through the half hours of working days and days of rest.
 *
 * Slots are of local time (calendar.time_zone); holidays go as days of rest. Between the middles of two slots values are interpolated, also
 * over midnight into another kind of day. Pure functions of what they are given; owned by control.
 */
#ifndef SIGCANARY_DETECT_SEASON_H
#define SIGCANARY_DETECT_SEASON_H

#include <stdbool.h>
#include <stdint.h>

#include "config/plan.h"

#define SEASON_SLOTS 48
#define SEASON_DAYS  2 /* working days, days of rest */
#define SEASON_KINDS 3 /* as BASELINE_ANSWER_KINDS */

/* Where a moment lies: made once per tick. */
struct season_clock {
	int32_t slot_number; /* half hours since 1970-01-01, local */
	uint8_t day, slot;   /* the slot it lies in */
	struct {
		uint8_t day, slot;
	} near[2];   /* the two slots between whose middles it lies */
	double part; /* of the second */
};

void season_clock_make(const struct plan_calendar *calendar, nanos time, struct season_clock *ret);

/* The shares of one procedure. Zero-initialised is "nothing known". */
struct season_share {
	float failed[SEASON_KINDS][SEASON_DAYS][SEASON_SLOTS];
	float expected[SEASON_KINDS][SEASON_DAYS][SEASON_SLOTS];
	double now_failed[SEASON_KINDS], now_expected[SEASON_KINDS]; /* of the slot at work: no day explains itself */
	int32_t slot_number;                                         /* of that slot */
	uint8_t day, slot;
	bool has_slot;
};

/* What the hour makes of the mean share: 1 while nothing is known. */
double season_share_of(const struct season_share *s, int kind, double mean, const struct season_clock *clock);

/* Failures, and those that the mean share without season and level expected of the same answers. */
void season_share_learn(struct season_share *s, int kind, double failed, double expected, const struct season_clock *clock);

/* The volume of one stream. Zero-initialised is "nothing known". */
struct season_flow {
	float rate[SEASON_DAYS][SEASON_SLOTS];   /* requests a second */
	uint8_t days[SEASON_DAYS][SEASON_SLOTS]; /* how many were learned, at most 255 */
	float spread;                            /* mean square of a day's relative deviation from the days before */
	double requests, seconds;                /* of the slot at work, as far as it was quiet */
	int32_t slot_number;                     /* of that slot */
	uint8_t day, slot;
	bool has_slot;
};

/* Requests of some quiet seconds. */
void season_flow_learn(struct season_flow *f, double requests, double seconds, const struct season_clock *clock);

/*
 * Requests a second to expect at this time of this kind of day by the days before, and how far one day lies from another (one standard
 * deviation, relative). 0 when these slots have not been seen; days of another kind stand in with more uncertainty. The level of today is
 * for the caller to follow: what is expected now is the rate of some minutes ago times the ratio of the two answers.
 */
double season_flow_rate(const struct season_flow *f, const struct season_clock *clock, double *ret_error);

/* How many days had this hour, one of this kind at least; 0 when none of this kind had. */
unsigned int season_flow_days(const struct season_flow *f, const struct season_clock *clock);

#endif
