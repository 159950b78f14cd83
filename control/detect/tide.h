/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The level of a volume carried through the day by what the days before were like (DETECTION 3.3): expected is the season of the half hour
 * times the level of today.
 */
#ifndef SIGCANARY_DETECT_TIDE_H
#define SIGCANARY_DETECT_TIDE_H

#include "control/detect/flow.h"
#include "control/detect/season.h"

struct tide {
	struct season_flow season;
	double rate;       /* what the days before had a second ago, requests a second; 0: not known */
	double error;      /* of one day, relative */
	unsigned int days; /* that had this hour */
	int32_t slot_number;
	double slow, slow_s;            /* requests a second, that moves by 1 % a minute at most; how long it was followed */
	double calm, calm_s;            /* requests a second before a rush that has become the level, 0: none; since when */
	double wait_requests, wait_due; /* heard, and not yet learned */
};

/*
 * One bin: moves the level as the days before moved, as far as they are to be trusted. Returns how far, 0 to 1; 0 when nothing is known of
 * the hour.
 */
double tide_turn(struct tide *t, const struct season_clock *clock, struct flow *flow);

/* One bin for the slow level, after flow_see(). */
void tide_follow(struct tide *t, const struct flow_bin *bin, const struct flow *flow);

/* A rush is about to become the level, which it will not be for long: a day at most, or until the level is what it was. */
void tide_rush(struct tide *t, const struct flow *flow);

/* Requests a second that are no fall, whatever the level: as of the slow level, before the rush, or on the days before. */
double tide_usual(const struct tide *t);

/* One bin for the season; `is_quiet`: nothing was suspicious, else what was heard of late is dropped with it. */
void tide_learn(struct tide *t, const struct flow_bin *bin, const struct season_clock *clock, bool is_quiet);

/* Short-term memory begins anew; the season stays. */
void tide_calm(struct tide *t);

/* Requests a second below which it is no day like any before, whatever today is like; 0 when that cannot be said. */
double tide_least(const struct tide *t);

#endif
