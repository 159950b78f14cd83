/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Draws. Small means by inversion, large ones by Hoermann's transformed rejection (PTRS, Insurance: Mathematics and Economics 12, 1993;
 * BTRS, J. Stat. Comput. Simul. 46, 1993); gammas by Marsaglia and Tsang (ACM TOMS 26, 2000). Exact laws, no normal approximation: the
 * tails are what a detector is tested on.
 */
#include "tests/bench/detection_dice.h"

#include <math.h>

#include "dataplane/base/hash.h"

#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)
/* Below this mean inversion is the quicker way. */
#define REJECTION_FROM 10.0

void dice_seed(struct dice *d, uint64_t seed, uint64_t what)
{
	*d = (struct dice){ .state = hash_mix(seed * GOLDEN + 1) ^ hash_mix(what + GOLDEN) };
}

double dice_unit(struct dice *d)
{
	d->state += GOLDEN;
	return ((double)(hash_mix(d->state) >> 11) + 0.5) * 0x1p-53;
}

double dice_normal(struct dice *d)
{
	double radius, angle;

	if (d->has_spare) {
		d->has_spare = false;
		return d->spare;
	}
	radius = sqrt(-2 * log(dice_unit(d)));
	angle = 2 * M_PI * dice_unit(d);
	d->spare = radius * sin(angle);
	d->has_spare = true;
	return radius * cos(angle);
}

double dice_gamma(struct dice *d, double shape)
{
	double e = (shape < 1 ? shape + 1 : shape) - 1.0 / 3, c = 1 / sqrt(9 * e);

	for (;;) {
		double x = dice_normal(d), v = 1 + c * x;

		v = v * v * v;
		if (v > 0 && log(dice_unit(d)) < 0.5 * x * x + e - e * v + e * log(v))
			return e * v * (shape < 1 ? pow(dice_unit(d), 1 / shape) : 1);
	}
}

double dice_beta(struct dice *d, double a, double b)
{
	double x = dice_gamma(d, a), y = dice_gamma(d, b);

	return x + y > 0 ? x / (x + y) : a / (a + b);
}

static double log_factorial(double n)
{
	int sign;

	return lgamma_r(n + 1, &sign);
}

static uint32_t poisson_inverted(struct dice *d, double mean)
{
	double limit = exp(-mean), product = dice_unit(d);
	uint32_t n = 0;

	for (; product > limit; n++)
		product *= dice_unit(d);
	return n;
}

uint32_t dice_poisson(struct dice *d, double mean)
{
	double b = 0.931 + 2.53 * sqrt(mean), a = -0.059 + 0.02483 * b;

	if (mean <= 0)
		return 0;
	if (mean < REJECTION_FROM)
		return poisson_inverted(d, mean);
	for (;;) {
		double u = dice_unit(d) - 0.5, v = dice_unit(d), us = 0.5 - fabs(u);
		double k = floor((2 * a / us + b) * u + mean + 0.43);

		if (us >= 0.07 && v <= 0.9277 - 3.6224 / (b - 2))
			return (uint32_t)k;
		if (k < 0 || (us < 0.013 && v > us))
			continue;
		if (log(v * (1.1239 + 1.1328 / (b - 3.4)) / (a / (us * us) + b)) <= k * log(mean) - mean - log_factorial(k))
			return (uint32_t)k;
	}
}

static uint32_t binomial_inverted(struct dice *d, uint32_t n, double p)
{
	double ratio = p / (1 - p), chance = pow(1 - p, n), u = dice_unit(d);
	uint32_t x = 0;

	while (u > chance && x < n) {
		u -= chance;
		x++;
		chance *= ratio * (n - x + 1) / x;
	}
	return x;
}

static uint32_t binomial_rejected(struct dice *d, uint32_t n, double p)
{
	double spread = sqrt(n * p * (1 - p)), b = 1.15 + 2.53 * spread, a = -0.0873 + 0.0248 * b + 0.01 * p;
	double alpha = (2.83 + 5.1 / b) * spread, mode = floor((n + 1) * p), odds = log(p / (1 - p));
	double top = log_factorial(mode) + log_factorial(n - mode);

	for (;;) {
		double u = dice_unit(d) - 0.5, v = dice_unit(d), us = 0.5 - fabs(u);
		double k = floor((2 * a / us + b) * u + n * p + 0.5);

		if (k < 0 || k > n)
			continue;
		if (us >= 0.07 && v <= 0.92 - 4.2 / b)
			return (uint32_t)k;
		if (log(v * alpha / (a / (us * us) + b)) <= top - log_factorial(k) - log_factorial(n - k) + (k - mode) * odds)
			return (uint32_t)k;
	}
}

uint32_t dice_binomial(struct dice *d, uint32_t n, double p)
{
	if (n == 0 || p <= 0)
		return 0;
	if (p >= 1)
		return n;
	if (p > 0.5)
		return n - dice_binomial(d, n, 1 - p);
	return n * p < REJECTION_FROM ? binomial_inverted(d, n, p) : binomial_rejected(d, n, p);
}

uint32_t dice_beta_binomial(struct dice *d, uint32_t n, double mean, double precision)
{
	if (n == 0 || precision <= 0)
		return dice_binomial(d, n, mean);
	return dice_binomial(d, n, dice_beta(d, mean * precision, (1 - mean) * precision));
}
