/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two sequential statistics of one stream and kind of evidence, and the runs that tell since when and by how much.
 *
 * All three advance once per tick that carries evidence and never otherwise. Gains are natural logarithms of likelihood ratios.
 */
#ifndef SIGCANARY_DETECT_SEQUENTIAL_H
#define SIGCANARY_DETECT_SEQUENTIAL_H

#include <stdint.h>

#define SEQUENTIAL_GRID 4

/* Shares of the requests that a fault may take, and stakes of the bets. */
extern const double sequential_share[SEQUENTIAL_GRID];
extern const double sequential_stake[SEQUENTIAL_GRID];

/* Statistics stay below this, so that they come down soon after a long fault. Far above every threshold. */
#define SEQUENTIAL_CEILING 1e26

/* The worst law that still counts as healthy: beta-binomial with this mean and alpha + beta = precision. */
struct sequential_null {
	double mean;
	double precision;
};

/* Sums over some ticks: requests judged, those that failed, those that the baseline expected to fail. */
struct measure {
	double requests;
	double failed;
	double expected;
};

/* Since the gain of one alternative was last at its minimum. */
struct sequential_run {
	double gain;
	int64_t since; /* tick of the first gain above zero */
	struct measure measure;
};

/*
 * Most that a statistic may rise: `burst` nats at once, then `per_s` nats per second. One odd tick decides nothing, whatever its length,
 * and a slow stream whose every request fails is not held back.
 */
struct sequential_cap {
	double burst;
	double per_s;
};
extern const struct sequential_cap sequential_cap_answers;

struct sequential_clock {
	int64_t now; /* in ticks */
	double tick_s;
};

struct sequential_sums {
	double sum[SEQUENTIAL_GRID];
	double spent[SEQUENTIAL_GRID]; /* of the burst, at tick `last` */
	int64_t last;
};

struct sequential {
	struct sequential_sums r; /* Shiryaev-Roberts sums, one per share */
	struct sequential_sums b; /* one per stake; for missing answers a second R against a wider null */
	struct sequential_run run[SEQUENTIAL_GRID];
};

void sequential_reset(struct sequential *s);

/* ln of the likelihood of `failed` out of `requests` with a fault of that share against the null. */
double sequential_gain(const struct sequential_null *null, double share, uint32_t requests, uint32_t failed);

/* The same for every share of the grid. */
void sequential_gains(const struct sequential_null *null, uint32_t requests, uint32_t failed, double ret_gain[SEQUENTIAL_GRID]);

/* One tick of Shiryaev-Roberts sums: sum <- (sum + tick) exp(gain), the gains limited by the cap in place. */
void sequential_add(struct sequential_sums *s, double gain[SEQUENTIAL_GRID], const struct sequential_cap *cap,
		    const struct sequential_clock *clock);

/* One tick of bets that the share of failures is above the null's mean: `excess` is share / mean - 1. */
void sequential_bet(struct sequential_sums *s, double excess, const struct sequential_clock *clock);

/* Follows the runs with the gains of this tick. */
void sequential_follow(struct sequential *s, const double gain[SEQUENTIAL_GRID], const struct measure *measure, int64_t now);

/* The mixture over the grid. */
double sequential_mean(const struct sequential_sums *s);

/* The run of the most plausible alternative. */
const struct sequential_run *sequential_plausible(const struct sequential *s);

#endif
