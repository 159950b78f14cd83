/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Levels of events. Owned by control, called by volume.c and chain.c once per bin.
 *
 * The level follows the smoothed flow slowly and never fast: a tracker that is as fast as the fault swallows the very drop it should
 * report (DETECTION, trap 6c). It is found in the first seconds of a stream and may move freely in its first minutes. Beside it two habits
 * are learned: how uneven one bin is beyond chance (bursts), which gives the law of counts, and how far the flow of a quarter of a minute
 * wanders from its level, which widens what counts as healthy. A flow that comes in bursts is therefore never said to have dropped.
 */
#include "control/detect/flow.h"

#include <math.h>
#include <string.h>

#define FLOW_RECENT_S 15.0
#define LEVEL_S       60.0
/* The level is the mean until this age, and may move freely until the second. */
#define FOUND_S  20.0
#define BIRTH_S  300.0
#define MEMORY_S 3600.0
/* What is assumed of a flow before it is known, and how many bins that is worth. */
#define UNEVEN_PRIOR    0.02
#define UNEVEN_LEAST    0.002
#define UNEVEN_BINS     60.0
#define UNEVEN_FACTOR   1.5
#define UNEVEN_ONE_MOST 9.0
#define WANDER_PRIOR    0.01
#define WANDER_BINS     120.0
#define WANDER_SIGMAS   3.0
#define WANDER_ONE_MOST 4.0

void flow_start(struct flow *f, double level)
{
	memset(f, 0, sizeof(*f));
	f->level = level;
	f->age_s = level > 0 ? FOUND_S : 0;
	f->uneven = UNEVEN_PRIOR;
	f->uneven_weight = UNEVEN_BINS;
	f->wander = WANDER_PRIOR;
	f->wander_weight = WANDER_BINS;
}

double flow_see(struct flow *f, const struct flow_bin *bin)
{
	double kept = exp(-bin->seconds / FLOW_RECENT_S);
	double expected = f->age_s >= FOUND_S ? f->level * bin->due : 0;

	f->seen = f->seen * kept + bin->seen;
	f->due = f->due * kept + bin->due;
	f->lacking = f->lacking * kept + (expected > 0 ? expected - bin->seen : 0);
	f->wanted = f->wanted * kept + expected;
	return expected;
}

static void mean_add(double *mean, double *weight, double value)
{
	*weight = fmin(*weight + 1, MEMORY_S);
	*mean += (value - *mean) / *weight;
}

static void habits_learn(struct flow *f, const struct flow_bin *bin)
{
	double expected = f->level * bin->due, smooth = f->level * f->due, off;

	if (expected >= 1) {
		off = bin->seen - expected;
		mean_add(&f->uneven, &f->uneven_weight, fmin((off * off - expected) / (expected * expected), UNEVEN_ONE_MOST));
	}
	if (smooth >= 10) {
		off = f->seen / smooth - 1;
		/* An exponentially smoothed sum has half the relative variance of one bin of that mean. */
		mean_add(&f->wander, &f->wander_weight, fmin(fmax(off * off - 0.5 / smooth, 0), WANDER_ONE_MOST));
	}
}

void flow_learn(struct flow *f, const struct flow_bin *bin, double pace, bool is_calm)
{
	double now = f->due > 0 ? f->seen / f->due : 0;
	double most, step;

	f->age_s += bin->seconds;
	if (f->age_s <= FOUND_S || f->age_s <= bin->seconds) { /* the first bin may be longer than that */
		f->level = now;
		return;
	}
	if (f->age_s <= BIRTH_S)
		pace = fmax(pace, pace < FLOW_PACE ? pace : FLOW_PACE_AT_BIRTH);
	most = f->level * pace * bin->seconds / 60;
	step = (now - f->level) * fmin(bin->seconds / LEVEL_S, 1);
	f->level += fmin(fmax(step, -most), most);
	if (is_calm)
		habits_learn(f, bin);
}

double flow_noise(const struct flow *f)
{
	return sqrt(f->wanted * f->wanted * f->wander + f->wanted);
}

void flow_accept(struct flow *f)
{
	f->level = f->due > 0 ? f->seen / f->due : 0;
	f->lacking = 0;
}

struct flow_bounds flow_bounds(const struct flow *f, const struct flow_bounds *tight)
{
	double wander = WANDER_SIGMAS * sqrt(f->wander);

	return (struct flow_bounds){ .low = fmin(tight->low, 1 - wander), .high = fmax(tight->high, 1 + wander) };
}

static double shape_of(const struct flow *f)
{
	return 1 / fmax(UNEVEN_FACTOR * f->uneven, UNEVEN_LEAST);
}

double flow_gain(const struct flow *f, double null_mean, double mean, double seen)
{
	double shape = shape_of(f);

	return seen * log(mean / null_mean) - (seen + shape) * log((mean + shape) / (null_mean + shape));
}

void flow_gains(const struct flow *f, double null_mean, double seen, const double ratio[SEQUENTIAL_GRID], double ret_gain[SEQUENTIAL_GRID])
{
	for (int k = 0; k < SEQUENTIAL_GRID; k++)
		ret_gain[k] = flow_gain(f, null_mean, ratio[k] * null_mean, seen);
}
