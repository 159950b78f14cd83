/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tides, see tide.h. Owned by control, called by volume.c once per bin.
 *
 * The season is trusted by 1 / (1 + (e / 0.3)^2), e being how far one day lies from another: four fifths after one day, and half where
 * days differ by 30 %. The level moves by that power of the season's own movement. What is between two slots that do not follow each other
 * (the change of the clocks, a gap) is no movement. What was heard waits for a minute and a half before it is learned, so that the first
 * minute of a fault does not become the season of its hour.
 */
#include "control/detect/tide.h"

#include <math.h>

#define SLOW_PACE   0.01 /* a minute */
#define FOUND_S     300.0
#define WAIT_S      90.0
#define TRUST_ERROR 0.3
#define SHIFT_MOST  1.5 /* of one bin, which may last for minutes */
#define SIGMAS      4.0
#define LEAST_SHARE 0.3
#define DAYS_LEAST  2
#define RUSH_MOST_S 86400.0

/* The slow level: the mean of the first minutes, then never faster than a night. */
void tide_follow(struct tide *t, const struct flow_bin *bin, const struct flow *flow)
{
	double recent = flow->due > 0 ? flow->seen / flow->due : 0;
	double most = t->slow * SLOW_PACE * bin->seconds / 60;

	t->calm_s += bin->seconds;
	if (flow->level <= t->calm || t->calm_s > RUSH_MOST_S)
		t->calm = 0;
	t->slow_s += bin->seconds;
	if (t->slow_s <= FOUND_S)
		t->slow += (recent - t->slow) * bin->seconds / t->slow_s;
	else
		t->slow += fmin(fmax(recent - t->slow, -most), most);
}

double tide_turn(struct tide *t, const struct season_clock *clock, struct flow *flow)
{
	double before = t->rate, trust, shift;
	int32_t slots = clock->slot_number - t->slot_number;

	t->slot_number = clock->slot_number;
	t->rate = season_flow_rate(&t->season, clock, &t->error);
	t->days = season_flow_days(&t->season, clock);
	if (t->rate <= 0)
		return 0;
	trust = 1 / (1 + t->error * t->error / (TRUST_ERROR * TRUST_ERROR));
	if (before > 0 && (slots == 0 || slots == 1)) {
		shift = pow(fmin(fmax(t->rate / before, 1 / SHIFT_MOST), SHIFT_MOST), trust);
		flow->level *= shift;
		t->slow *= shift;
		t->calm *= shift;
	}
	return trust;
}

void tide_rush(struct tide *t, const struct flow *flow)
{
	if (t->calm > 0)
		return;
	t->calm = flow->level;
	t->calm_s = 0;
}

double tide_usual(const struct tide *t)
{
	double usual = t->slow;

	if (t->calm > 0)
		usual = fmin(usual, t->calm);
	return t->rate > 0 ? fmin(usual, t->rate) : usual;
}

void tide_learn(struct tide *t, const struct flow_bin *bin, const struct season_clock *clock, bool is_quiet)
{
	if (!is_quiet) {
		t->wait_requests = t->wait_due = 0;
		return;
	}
	t->wait_requests += bin->seen;
	t->wait_due += bin->due;
	if (t->wait_due < WAIT_S)
		return;
	season_flow_learn(&t->season, t->wait_requests, t->wait_due, clock);
	t->rate = season_flow_rate(&t->season, clock, &t->error); /* to know better is no movement */
	t->wait_requests = t->wait_due = 0;
}

void tide_calm(struct tide *t)
{
	*t = (struct tide){ .season = t->season };
}

double tide_least(const struct tide *t)
{
	if (t->rate <= 0 || t->days < DAYS_LEAST)
		return 0;
	return t->rate * fmin(LEAST_SHARE, 1 - SIGMAS * t->error);
}
