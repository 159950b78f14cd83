/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The statistics R and B. Owned by control, called by detect.c once per stream, kind of evidence and tick with evidence.
 *
 * R is a Shiryaev-Roberts sum over beta-binomial likelihood ratios, averaged over some sizes of fault: fast, but trusts the learned
 * dispersion. B is the same recursion over betting e-values 1 + stake (x / (n p) - 1), which need only that the mean share of failures
 * given the past is at most p: slower by some ticks, but it holds whatever happens inside a tick. Both factors have conditional mean at
 * most one under the null, so sum_i w_i R_i(t) - t is a supermartingale: who alarms at R_i >= T / w_i with weights that sum to at most one
 * waits at least T on average for a false alarm, whatever the dependence between streams (Shin, Ramdas, Rinaldo: e-detectors).
 * A beta-binomial null that is too wide is not on the safe side: it expects many empty ticks and a few terrible ones, so that a busy stream
 * whose failures come evenly looks like a fault to it, by a factor of up to 2.5 a tick. So each factor is the lesser of the ratios under
 * the learned precision and under five times that. Its mean is then at most one for every precision from the learned one up (worked out for
 * means from 0.1 to 10 %, up to 600 requests a tick, precisions from 5 on). For one request they are the same.
 * The tick's length enters through the added time only, so thresholds are the same for every tick.
 *
 * Sums and ratios are kept as such, not as logarithms: sums are bounded above and the recursion adds a tick from below, so a double holds
 * them. Counts up to RISING_FACTORS are multiplied out and need no logarithm; larger ones take Stirling's series, whose constants are kept
 * with the law.
 */
#include "control/detect/sequential.h"

#include <math.h>
#include <string.h>

const double sequential_share[SEQUENTIAL_GRID] = { 0.02, 0.05, 0.11, 0.35, 0.98 };
const double sequential_stake[SEQUENTIAL_GRID] = { 0.02, 0.1, 0.3, 0.6, 0.9 };

/* Up to so many factors a rising factorial is multiplied out: cheaper than a logarithm for each side, and exact. */
#define RISING_FACTORS 12
/* How much narrower than the learned law the second one is. */
#define NARROWER     5
#define NARROW_LEAST 100.0
/* A run's odds stay below this; who is there has paged long before. */
#define RUN_CEILING 1e280

void sequential_reset(struct sequential *s)
{
	memset(s, 0, sizeof(*s));
}

static double log_gamma(double x)
{
	int sign;

	return lgamma_r(x, &sign);
}

/* ln Gamma for arguments above RISING_FACTORS, without its constant: the error is below 1e-9. */
static double log_gamma_large(double z)
{
	return (z - 0.5) * log(z) - z + (1 - 1 / (30 * z * z)) / (12 * z);
}

static double alpha_of(const struct sequential_null *null, double share)
{
	return (null->mean + share * (1 - null->mean)) * null->precision;
}

void sequential_law_make(struct sequential_law *law, const struct sequential_null *null)
{
	law->null = *null;
	law->has_constants = false;
}

/* ln Gamma(null's) - ln Gamma(alternative's), for failures and for good answers. */
static void constants_make(const struct sequential_null *null, struct sequential_constants *c)
{
	double alpha = alpha_of(null, 0), failed = log_gamma(alpha), good = log_gamma(null->precision - alpha);

	for (int k = 0; k < SEQUENTIAL_GRID; k++) {
		double other = alpha_of(null, sequential_share[k]);

		c->failed[k] = failed - log_gamma(other);
		c->good[k] = good - log_gamma(null->precision - other);
	}
}

/* The second null, for failures that come more evenly than was learned. */
static struct sequential_null narrow_of(const struct sequential_null *null)
{
	return (struct sequential_null){ .mean = null->mean, .precision = fmax(NARROWER * null->precision, NARROW_LEAST) };
}

/* Multiplies in the rising factorials of `count` factors from `first[k]` on, divided by that from `null` on. */
static void rise(double odds[SEQUENTIAL_GRID], const double first[SEQUENTIAL_GRID], double null, uint32_t count)
{
	double below = 1;

	for (uint32_t i = 0; i < count; i++) {
		below *= null + i;
		for (int k = 0; k < SEQUENTIAL_GRID; k++)
			odds[k] *= first[k] + i;
	}
	below = 1 / below;
	for (int k = 0; k < SEQUENTIAL_GRID; k++)
		odds[k] *= below;
}

/* The same as logarithms, for many factors. */
static void rise_far(double gain[SEQUENTIAL_GRID], const double first[SEQUENTIAL_GRID], double null, uint32_t count,
		     const double constant[SEQUENTIAL_GRID])
{
	double below = log_gamma_large(null + count);

	for (int k = 0; k < SEQUENTIAL_GRID; k++)
		gain[k] += log_gamma_large(first[k] + count) - below + constant[k];
}

/* The odds under one law; `constants` are needed when there are many requests. */
static void odds_under(const struct sequential_null *null, const struct sequential_constants *constants, uint32_t succeeded,
		       uint32_t failed, double ret_odds[SEQUENTIAL_GRID])
{
	double bad[SEQUENTIAL_GRID], good[SEQUENTIAL_GRID], gain[SEQUENTIAL_GRID] = { 0 };
	double alpha = alpha_of(null, 0);

	for (int k = 0; k < SEQUENTIAL_GRID; k++) {
		bad[k] = alpha_of(null, sequential_share[k]);
		good[k] = null->precision - bad[k];
		ret_odds[k] = 1;
	}
	if (failed > RISING_FACTORS)
		rise_far(gain, bad, alpha, failed, constants->failed);
	else
		rise(ret_odds, bad, alpha, failed);
	if (succeeded > RISING_FACTORS)
		rise_far(gain, good, null->precision - alpha, succeeded, constants->good);
	else
		rise(ret_odds, good, null->precision - alpha, succeeded);
	for (int k = 0; k < SEQUENTIAL_GRID; k++)
		ret_odds[k] *= exp(gain[k]);
}

void sequential_odds(struct sequential_law *law, uint32_t requests, uint32_t failed, double ret_odds[SEQUENTIAL_GRID])
{
	uint32_t succeeded = requests - failed;
	struct sequential_null narrow;
	double other[SEQUENTIAL_GRID];

	narrow = narrow_of(&law->null);
	if (requests > RISING_FACTORS && !law->has_constants) {
		constants_make(&law->null, &law->wide);
		constants_make(&narrow, &law->narrow);
		law->has_constants = true;
	}
	odds_under(&law->null, &law->wide, succeeded, failed, ret_odds);
	if (requests < 2)
		return;
	odds_under(&narrow, &law->narrow, succeeded, failed, other);
	for (int k = 0; k < SEQUENTIAL_GRID; k++)
		ret_odds[k] = fmin(ret_odds[k], other[k]);
}

/* ln of a (a + 1) ... (a + count - 1) over b (b + 1) ... (b + count - 1). */
static double log_rising_ratio(double a, double b, uint32_t count)
{
	double above = 1, below = 1;

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
	double a = alpha_of(null, share), b = alpha_of(null, 0);

	return log_rising_ratio(a, b, failed) + log_rising_ratio(null->precision - a, null->precision - b, requests - failed);
}

void sequential_add(double sums[SEQUENTIAL_GRID], double odds[SEQUENTIAL_GRID], double tick_s)
{
	for (int k = 0; k < SEQUENTIAL_GRID; k++) {
		odds[k] = fmin(odds[k], SEQUENTIAL_TICK_MOST);
		sums[k] = fmin((sums[k] + tick_s) * odds[k], SEQUENTIAL_CEILING);
	}
}

void sequential_bet(double sums[SEQUENTIAL_GRID], double excess, double tick_s)
{
	for (int k = 0; k < SEQUENTIAL_GRID; k++) {
		double factor = fmin(1 + sequential_stake[k] * excess, SEQUENTIAL_TICK_MOST);

		sums[k] = fmin((sums[k] + tick_s) * factor, SEQUENTIAL_CEILING);
	}
}

void sequential_follow(struct sequential *s, const double odds[SEQUENTIAL_GRID], const struct measure *measure, int64_t now)
{
	for (int k = 0; k < SEQUENTIAL_GRID; k++) {
		struct sequential_run *run = &s->run[k];
		double before = run->odds;

		if (before <= 1) {
			if (odds[k] <= 1) {
				run->odds = 0;
				continue;
			}
			*run = (struct sequential_run){ .odds = 1, .since = now };
			before = 1;
		}
		run->odds = fmin(before * odds[k], RUN_CEILING);
		run->measure.requests += measure->requests;
		run->measure.failed += measure->failed;
		run->measure.expected += measure->expected;
	}
}

double sequential_mean(const double sums[SEQUENTIAL_GRID])
{
	double sum = 0;

	for (int k = 0; k < SEQUENTIAL_GRID; k++)
		sum += sums[k];
	return sum / SEQUENTIAL_GRID;
}

const struct sequential_run *sequential_plausible(const struct sequential *s)
{
	const struct sequential_run *best = &s->run[0];

	for (int k = 1; k < SEQUENTIAL_GRID; k++)
		if (s->run[k].odds >= best->odds)
			best = &s->run[k];
	return best;
}
