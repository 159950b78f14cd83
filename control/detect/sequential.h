/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Two sequential statistics of one stream and kind of evidence, and the runs that tell since when and by how much.
 *
 * All three advance once per tick that carries evidence and never otherwise. Odds are likelihood ratios, gains their natural logarithms.
 */
#ifndef SIGCANARY_DETECT_SEQUENTIAL_H
#define SIGCANARY_DETECT_SEQUENTIAL_H

#include <stdbool.h>
#include <stdint.h>

#define SEQUENTIAL_GRID 5

/* Shares of the requests that a fault may take, and stakes of the bets. */
extern const double sequential_share[SEQUENTIAL_GRID];
extern const double sequential_stake[SEQUENTIAL_GRID];

/* Statistics stay below this, so that they come down soon after a long fault. Far above every threshold. */
#define SEQUENTIAL_CEILING 1e26

/*
 * The most that one tick may say: e^12. One odd tick decides nothing, and a slow stream whose every request fails is not held back.
 * A factor that is cut still has mean at most one.
 */
#define SEQUENTIAL_TICK_MOST 162755.0

/* The worst law that still counts as healthy: beta-binomial with this mean and alpha + beta = precision. */
struct sequential_null {
	double mean;
	double precision;
};

/* What Stirling's series needs besides the counts. */
struct sequential_constants {
	double failed[SEQUENTIAL_GRID], good[SEQUENTIAL_GRID];
};

/* A null with what follows from it, made when it is first needed. */
struct sequential_law {
	struct sequential_null null;
	struct sequential_constants wide, narrow;
	bool has_constants;
};

/* Sums over some ticks: requests judged, those that failed, those that the baseline expected to fail. */
struct measure {
	double requests;
	double failed;
	double expected;
};

/* Since the odds of one alternative were last at their minimum. */
struct sequential_run {
	double odds;   /* against the null; not above 1: there is no run */
	int64_t since; /* tick of the first odds above one */
	struct measure measure;
};

struct sequential {
	double r[SEQUENTIAL_GRID]; /* Shiryaev-Roberts sums, one per share */
	double b[SEQUENTIAL_GRID]; /* one per stake; for missing answers a second R against a wider null */
	struct sequential_run run[SEQUENTIAL_GRID];
};

void sequential_reset(struct sequential *s);

void sequential_law_make(struct sequential_law *law, const struct sequential_null *null);

/*
 * The likelihood of `failed` out of `requests` with a fault of each share of the grid, against the null: the lesser of the ratios under its
 * precision and under a greater one.
 */
void sequential_odds(struct sequential_law *law, uint32_t requests, uint32_t failed, double ret_odds[SEQUENTIAL_GRID]);

/* ln of the same for any share. */
double sequential_gain(const struct sequential_null *null, double share, uint32_t requests, uint32_t failed);

/* One tick of Shiryaev-Roberts sums: sum <- (sum + tick) odds, the odds limited by SEQUENTIAL_TICK_MOST in place. */
void sequential_add(double sums[SEQUENTIAL_GRID], double odds[SEQUENTIAL_GRID], double tick_s);

/* One tick of bets that the share of failures is above the null's mean: `excess` is share / mean - 1. */
void sequential_bet(double sums[SEQUENTIAL_GRID], double excess, double tick_s);

/* Follows the runs with the odds of this tick. */
void sequential_follow(struct sequential *s, const double odds[SEQUENTIAL_GRID], const struct measure *measure, int64_t now);

/* The mixture over the grid. */
double sequential_mean(const double sums[SEQUENTIAL_GRID]);

/* The run of the most plausible alternative; none when its odds are not above 1. */
const struct sequential_run *sequential_plausible(const struct sequential *s);

#endif
