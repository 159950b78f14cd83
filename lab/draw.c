/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Poisson by multiplication while it is cheap and by transformed rejection beyond (PTRS, W. Hoermann, 1993); gamma after G. Marsaglia and
 * W. W. Tsang (2000); the inverse of the normal law by rational approximation. All through libm: the same for one build on one machine.
 */
#include "lab/draw.h"

#include <assert.h>
#include <math.h>

#define POISSON_SMALL 12.0

/* Horner's rule, highest power first. */
static double polynomial(const double *coefficients, size_t count, double x)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum = sum * x + coefficients[i];
	return sum;
}

static double quantile_roughly(double p)
{
	static const double a[] = { -3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
				    1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00 };
	static const double b[] = { -5.447609879822406e+01, 1.615858368580409e+02,  -1.556989798598866e+02,
				    6.680131188771972e+01,  -1.328068155288572e+01, 1 };
	static const double c[] = { -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
				    -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00 };
	static const double d[] = { 7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00, 1 };
	double tail = 0.02425, q = p - 0.5;

	if (p < tail) {
		q = sqrt(-2 * log(p));
		return polynomial(c, 6, q) / polynomial(d, 5, q);
	}
	if (p > 1 - tail) {
		q = sqrt(-2 * log(1 - p));
		return -polynomial(c, 6, q) / polynomial(d, 5, q);
	}
	return polynomial(a, 6, q * q) * q / polynomial(b, 6, q * q);
}

double draw_quantile(double p)
{
	double x = quantile_roughly(p);
	double error = 0.5 * erfc(-x / sqrt(2)) - p;
	double step = error * sqrt(2 * M_PI) * exp(x * x / 2);

	return x - step / (1 + x * step / 2);
}

double draw_normal(struct chance *c)
{
	double radius = sqrt(-2.0 * log(1.0 - chance_unit(c)));

	return radius * cos(2 * M_PI * chance_unit(c));
}

static uint64_t poisson_large(struct chance *c, double mean)
{
	double root = sqrt(mean), b = 0.931 + 2.53 * root, a = -0.059 + 0.02483 * b;
	double inverse = 1.1239 + 1.1328 / (b - 3.4), fair = 0.9277 - 3.6224 / (b - 2);

	for (;;) {
		double u = chance_unit(c) - 0.5, v = 1 - chance_unit(c), distance = 0.5 - fabs(u);
		double k = floor((2 * a / distance + b) * u + mean + 0.43);

		if (distance >= 0.07 && v <= fair)
			return (uint64_t)k;
		if (k < 0 || (distance < 0.013 && v > distance))
			continue;
		if (log(v * inverse / (a / (distance * distance) + b)) <= k * log(mean) - mean - lgamma(k + 1))
			return (uint64_t)k;
	}
}

uint64_t draw_poisson(struct chance *c, double mean)
{
	double limit, product;
	uint64_t count = 0;

	if (mean >= POISSON_SMALL)
		return poisson_large(c, mean);
	if (mean <= 0)
		return 0;
	limit = exp(-mean);
	for (product = chance_unit(c); product > limit; product *= chance_unit(c))
		count++;
	return count;
}

double draw_gamma(struct chance *c, double shape)
{
	double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3, factor = 1 / sqrt(9 * d);
	double boost = shape < 1 ? pow(1 - chance_unit(c), 1 / shape) : 1;

	for (;;) {
		double x = draw_normal(c), v = 1 + factor * x;

		if (v <= 0)
			continue;
		v = v * v * v;
		if (log(1 - chance_unit(c)) < 0.5 * x * x + d - d * v + d * log(v))
			return boost * d * v / shape;
	}
}

void draw_table_make(struct draw_table *ret, const double *weights, size_t count)
{
	double chance[DRAW_VALUES_MAX], sum = 0;
	uint16_t small[DRAW_VALUES_MAX], large[DRAW_VALUES_MAX];
	size_t small_count = 0, large_count = 0;

	assert(count > 0 && count <= DRAW_VALUES_MAX);
	for (size_t i = 0; i < count; i++)
		sum += weights[i];
	assert(sum > 0);
	ret->count = (uint32_t)count;
	for (size_t i = 0; i < count; i++) {
		chance[i] = weights[i] * (double)count / sum;
		ret->cut[i] = UINT32_MAX;
		ret->other[i] = (uint16_t)i;
		if (chance[i] < 1)
			small[small_count++] = (uint16_t)i;
		else
			large[large_count++] = (uint16_t)i;
	}
	while (small_count > 0 && large_count > 0) {
		uint16_t less = small[--small_count], more = large[large_count - 1];

		ret->cut[less] = (uint32_t)(chance[less] * UINT32_MAX);
		ret->other[less] = more;
		chance[more] -= 1 - chance[less];
		if (chance[more] >= 1)
			continue;
		large_count--;
		small[small_count++] = more;
	}
}
