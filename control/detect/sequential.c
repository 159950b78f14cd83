/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The statistics R and B. Owned by control, called by detect.c once per stream, kind of evidence and tick with evidence.
 *
 * R is a Shiryaev-Roberts sum over beta-binomial likelihood ratios, averaged over four sizes of fault: fast, but trusts the learned
 * dispersion. B is the same recursion over betting e-values 1 + stake (x / (n p) - 1), which need only that the mean share of failures
 * given the past is at most p: slower by some ticks, but it holds whatever happens inside a tick. Both factors have conditional mean at
 * most one under the null, so sum_i w_i R_i(t) - t is a supermartingale: who alarms at R_i >= T / w_i with weights that sum to at most one
 * waits at least T on average for a false alarm, whatever the dependence between streams (Shin, Ramdas, Rinaldo: e-detectors).
 * The tick's length enters through the added time and the cap only, so thresholds are the same for every tick.
 *
 * Sums are kept as such, not as logarithms: they are bounded above and the recursion adds a tick from below, so a double holds them, and
 * an empty past costs no logarithm. A likelihood ratio is formed in logarithms.
 */
#include "control/detect/sequential.h"

#include <math.h>
#include <string.h>

const double sequential_share[SEQUENTIAL_GRID] = { 0.02, 0.08, 0.3, 0.9 };
const double sequential_stake[SEQUENTIAL_GRID] = { 0.02, 0.1, 0.4, 0.9 };
const struct sequential_cap sequential_cap_answers = { .burst = 9, .per_s = 9 };

/* Up to so many factors a rising factorial is multiplied out: cheaper than two lgamma, and exact. */
#define RISING_FACTORS 12

void sequential_reset(struct sequential *s)
{
	memset(s, 0, sizeof(*s));
}

static double log_gamma(double x)
{
	int sign;

	return lgamma_r(x, &sign);
}

/* ln of a (a + 1) ... (a + count - 1) over b (b + 1) ... (b + count - 1). */
static double log_rising_ratio(double a, double b, uint32_t count)
{
	double above = 1, below = 1;

	if (count == 0)
		return 0;
	if (count > RISING_FACTORS)
		return log_gamma(a + count) - log_gamma(a) - log_gamma(b + count) + log_gamma(b);
	for (uint32_t i = 0; i < count; i++) {
		above *= a + i;
		below *= b + i;
	}
	return log(above / below);
}

double sequential_gain(const struct sequential_null *null, double share, uint32_t requests, uint32_t failed)
{
	double mean = null->mean + share * (1 - null->mean);
	double m = null->precision;

	return log_rising_ratio(mean * m, null->mean * m, failed) +
	       log_rising_ratio((1 - mean) * m, (1 - null->mean) * m, requests - failed);
}

void sequential_gains(const struct sequential_null *null, uint32_t requests, uint32_t failed, double ret_gain[SEQUENTIAL_GRID])
{
	for (int k = 0; k < SEQUENTIAL_GRID; k++)
		ret_gain[k] = sequential_gain(null, sequential_share[k], requests, failed);
}

/* One term: the cap depends on the past only, so a factor with mean at most one keeps it. */
static double sum_raise(struct sequential_sums *s, int k, double gain, double burst, double tick_s)
{
	double limited = fmin(gain, fmax(burst - s->spent[k], 0));

	s->spent[k] += fmax(limited, 0);
	s->sum[k] = fmin((s->sum[k] + tick_s) * exp(limited), SEQUENTIAL_CEILING);
	return limited;
}

/* What was spent is given back with time. */
static void sums_rest(struct sequential_sums *s, const struct sequential_cap *cap, const struct sequential_clock *clock)
{
	double back = cap->per_s * (double)(clock->now - s->last) * clock->tick_s;

	for (int k = 0; k < SEQUENTIAL_GRID; k++)
		s->spent[k] = fmax(s->spent[k] - back, 0);
	s->last = clock->now;
}

void sequential_add(struct sequential_sums *s, double gain[SEQUENTIAL_GRID], const struct sequential_cap *cap,
		    const struct sequential_clock *clock)
{
	sums_rest(s, cap, clock);
	for (int k = 0; k < SEQUENTIAL_GRID; k++)
		gain[k] = sum_raise(s, k, gain[k], cap->burst, clock->tick_s);
}

void sequential_bet(struct sequential_sums *s, double excess, const struct sequential_clock *clock)
{
	sums_rest(s, &sequential_cap_answers, clock);
	for (int k = 0; k < SEQUENTIAL_GRID; k++)
		sum_raise(s, k, log1p(sequential_stake[k] * excess), sequential_cap_answers.burst, clock->tick_s);
}

void sequential_follow(struct sequential *s, const double gain[SEQUENTIAL_GRID], const struct measure *measure, int64_t now)
{
	for (int k = 0; k < SEQUENTIAL_GRID; k++) {
		struct sequential_run *run = &s->run[k];

		if (run->gain <= 0)
			run->since = now;
		run->gain += gain[k];
		if (run->gain <= 0) {
			*run = (struct sequential_run){ .since = now + 1 };
			continue;
		}
		run->measure.requests += measure->requests;
		run->measure.failed += measure->failed;
		run->measure.expected += measure->expected;
	}
}

double sequential_mean(const struct sequential_sums *s)
{
	return (s->sum[0] + s->sum[1] + s->sum[2] + s->sum[3]) / SEQUENTIAL_GRID;
}

const struct sequential_run *sequential_plausible(const struct sequential *s)
{
	const struct sequential_run *best = &s->run[0];

	for (int k = 1; k < SEQUENTIAL_GRID; k++)
		if (s->run[k].gain > best->gain)
			best = &s->run[k];
	return best;
}
