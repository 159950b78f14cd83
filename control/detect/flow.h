/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How many events come where so many are due: requests a second of one stream, or requests of the next step for each good end of the step
 * before (DETECTION 3.3, volume).
 *
 * Time is in bins of about a second. `due` is what the level counts in: seconds, or good ends of the step before.
 */
#ifndef SIGCANARY_DETECT_FLOW_H
#define SIGCANARY_DETECT_FLOW_H

#include <stdbool.h>

#include "control/detect/sequential.h"

/* Most that the level follows the traffic in a minute: nights and mornings are slower, a fault is not. */
#define FLOW_PACE          0.05
#define FLOW_PACE_AT_BIRTH 1.0
/* While a page is open it still follows a little: what never comes back is a habit at last. */
#define FLOW_PACE_PAGED 0.003

struct flow {
	double level;         /* events for each one due; 0 before anything is known */
	double age_s;         /* judged so far */
	double seen, due;     /* smoothed over FLOW_RECENT_S */
	double uneven;        /* relative variance of one bin beyond a Poisson law */
	double uneven_weight; /* in bins */
	double wander;        /* mean square of (smoothed / level - 1) beyond chance */
	double wander_weight;
	double lacking, wanted; /* events that stayed away and that were due, smoothed as well; also while nothing is learned */
};

/* One bin: `seen` events where `due` were. */
struct flow_bin {
	double seen, due;
	double seconds;
};

/* What events may come to at least and at most when all is well: parts of the expected. */
struct flow_bounds {
	double low, high;
};

/* Starts at a level that is known, or at 0 to find it in the first seconds. */
void flow_start(struct flow *f, double level);

/* Before the bin is learned: smooths it, and returns the expected events, 0 while nothing is known. */
double flow_see(struct flow *f, const struct flow_bin *bin);

/* Moves the level by at most `pace` a minute, and learns how uneven the flow is if `is_calm`. */
void flow_learn(struct flow *f, const struct flow_bin *bin, double pace, bool is_calm);

/* One standard deviation of `lacking` when all is well. */
double flow_noise(const struct flow *f);

/* The level is what was last seen: a change of habit. */
void flow_accept(struct flow *f);

/* `tight` widened by what the flow is known to wander. */
struct flow_bounds flow_bounds(const struct flow *f, const struct flow_bounds *tight);

/*
 * ln of the likelihood ratios of `ratio` times the null's mean against it, under a gamma mixture of Poisson laws with the flow's own
 * unevenness. A true likelihood ratio: dividing a Poisson one by the dispersion would break the bound on false alarms (DETECTION, trap 6b).
 */
void flow_gains(const struct flow *f, double null_mean, double seen, const double ratio[SEQUENTIAL_GRID], double ret_gain[SEQUENTIAL_GRID]);

/* The same for one alternative given by its mean. */
double flow_gain(const struct flow *f, double null_mean, double mean, double seen);

#endif
