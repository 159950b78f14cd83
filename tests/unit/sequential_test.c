/* SPDX-License-Identifier: BSD-3-Clause */
/* Formulas of R and B against arithmetic done another way, their guarantee on null traffic, and their delays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "control/detect/baseline.h"
#include "control/detect/sequential.h"
#include "dataplane/base/hash.h"

#define TICK_S 0.2
#define LOG_A  22.37

static uint64_t seed;

static double uniform(void)
{
	seed += UINT64_C(0x9e3779b97f4a7c15);
	return ((double)(hash_mix(seed) >> 11) + 0.5) * 0x1p-53;
}

static double normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

/* Marsaglia and Tsang, 2000; shapes below one by the usual power of a uniform. */
static double gamma_draw(double shape)
{
	double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3, c = 1 / sqrt(9 * d);

	for (;;) {
		double x = normal(), v = pow(1 + c * x, 3);

		if (v > 0 && log(uniform()) < 0.5 * x * x + d - d * v + d * log(v))
			return d * v * (shape < 1 ? pow(uniform(), 1 / shape) : 1);
	}
}

static uint32_t poisson(double mean)
{
	double limit = exp(-mean), product = uniform();
	uint32_t n = 0;

	for (; product > limit; n++)
		product *= uniform();
	return n;
}

static uint32_t beta_binomial(uint32_t n, double mean, double precision)
{
	double a = gamma_draw(mean * precision), b = gamma_draw((1 - mean) * precision), p = a / (a + b);
	uint32_t x = 0;

	for (uint32_t i = 0; i < n; i++)
		x += uniform() < p;
	return x;
}

/* The law itself, by Polya's urn: the product of the chances of one draw after the other. */
static double log_urn(double mean, double precision, uint32_t n, uint32_t x)
{
	double sum = 0;

	for (uint32_t i = 0; i < n; i++) {
		double bad = mean * precision + (i < x ? i : x), all = precision + i;

		sum += i < x ? log(bad / all) : log(((1 - mean) * precision + (i - x)) / all);
	}
	return sum;
}

static void a_gain_is_the_likelihood_ratio_of_two_urns(void **state)
{
	static const uint32_t cases[][2] = { { 1, 0 }, { 1, 1 }, { 5, 2 }, { 12, 12 }, { 13, 0 }, { 40, 3 }, { 500, 60 }, { 3000, 2900 } };
	struct sequential_null null = { .mean = 0.006, .precision = 133 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int k = 0; k < SEQUENTIAL_GRID; k++) {
			double share = sequential_share[k], mean = 0.006 + share * 0.994;
			double expected = log_urn(mean, 133, cases[i][0], cases[i][1]) - log_urn(0.006, 133, cases[i][0], cases[i][1]);

			assert_true(fabs(sequential_gain(&null, share, cases[i][0], cases[i][1]) - expected) < 1e-6 * (1 + fabs(expected)));
		}
}

/* The odds are worked out by products, by logarithms, or by both: always the lesser of the two laws. */
static void odds_are_the_lesser_gains_of_two_laws(void **state)
{
	static const uint32_t cases[][2] = { { 1, 0 },  { 1, 1 },   { 5, 2 },    { 12, 12 },   { 13, 0 },    { 13, 13 },
					     { 40, 3 }, { 40, 20 }, { 500, 60 }, { 3000, 12 }, { 3000, 13 }, { 3000, 2900 } };
	static const struct sequential_null nulls[] = { { 0.006, 133 }, { 0.006, 5 }, { 0.7, 5000 }, { 2e-4, 5000 }, { 0.06, 400 } };

	(void)state;
	for (size_t n = 0; n < sizeof(nulls) / sizeof(nulls[0]); n++) {
		struct sequential_null narrow = { nulls[n].mean, fmax(5 * nulls[n].precision, 100) };
		struct sequential_law law;

		sequential_law_make(&law, &nulls[n]);
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			double odds[SEQUENTIAL_GRID];

			sequential_odds(&law, cases[i][0], cases[i][1], odds);
			for (int k = 0; k < SEQUENTIAL_GRID; k++) {
				double gain = sequential_gain(&nulls[n], sequential_share[k], cases[i][0], cases[i][1]);

				gain = fmin(gain, sequential_gain(&narrow, sequential_share[k], cases[i][0], cases[i][1]));
				if (gain > -700 && gain < 700)
					assert_true(fabs(log(odds[k]) - gain) < 1e-6 * (1 + fabs(gain)));
				else
					assert_true(gain > 0 ? odds[k] > 1e300 : odds[k] < 1e-300);
			}
		}
	}
}

/* Even failures must not look like a fault to a law that expects them in bursts: the mean of a factor, summed over the true law. */
static void no_precision_from_the_learned_one_up_makes_a_mean_above_one(void **state)
{
	static const double means[] = { 0.001, 0.003, 0.03, 0.1 }, learned[] = { 5, 20, 100, 400 }, more[] = { 1, 3, 20, 1e5 };
	static const uint32_t requests[] = { 5, 12, 13, 60, 300 };

	(void)state;
	for (int c = 0; c < 4 * 4 * 4 * 5; c++) {
		double mean = means[c % 4], precision = learned[c / 4 % 4], truth = precision * more[c / 16 % 4];
		uint32_t n = requests[c / 64];
		double sum[SEQUENTIAL_GRID] = { 0 };
		struct sequential_law law;

		sequential_law_make(&law, &(struct sequential_null){ mean, precision });
		for (uint32_t x = 0; x <= n; x++) {
			double odds[SEQUENTIAL_GRID], chance = lgamma(n + 1.0) - lgamma(x + 1.0) - lgamma(n - x + 1.0);

			chance += log_urn(mean, truth, n, x);
			sequential_odds(&law, n, x, odds);
			for (int k = 0; k < SEQUENTIAL_GRID; k++)
				sum[k] += exp(chance) * fmin(odds[k], SEQUENTIAL_TICK_MOST);
		}
		for (int k = 0; k < SEQUENTIAL_GRID; k++)
			assert_true(sum[k] <= 1 + 1e-9);
	}
}

static void sums_follow_the_recursion(void **state)
{
	double sums[SEQUENTIAL_GRID] = { 0, 1, 2, 3, SEQUENTIAL_CEILING }, bets[SEQUENTIAL_GRID] = { 1, 1, 1, 1, 1 };
	double odds[SEQUENTIAL_GRID] = { 3, 0.5, 100, 1, 100 }, stakes = 0;

	(void)state;
	sequential_add(sums, odds, 0.2);
	assert_true(fabs(sums[0] - 0.2 * 3) < 1e-12);
	assert_true(fabs(sums[1] - 1.2 / 2) < 1e-12);
	assert_true(fabs(sums[2] - 2.2 * 100) < 1e-9);
	assert_true(sums[4] <= SEQUENTIAL_CEILING);
	sequential_bet(bets, -1, 0.2);
	for (int k = 0; k < SEQUENTIAL_GRID; k++) {
		assert_true(fabs(bets[k] - 1.2 * (1 - sequential_stake[k])) < 1e-12);
		stakes += sequential_stake[k];
	}
	assert_true(fabs(sequential_mean(bets) - 1.2 * (1 - stakes / SEQUENTIAL_GRID)) < 1e-12);
}

static void a_tick_says_no_more_than_its_cap(void **state)
{
	double sums[SEQUENTIAL_GRID] = { 1, 1, 1, 1, 1 }, bets[SEQUENTIAL_GRID] = { 1, 1, 1, 1, 1 };
	double odds[SEQUENTIAL_GRID] = { 1e30, 1, 1, 1, 1 };

	(void)state;
	sequential_add(sums, odds, 0.2);
	assert_true(odds[0] <= SEQUENTIAL_TICK_MOST && sums[0] <= 1.2 * SEQUENTIAL_TICK_MOST);
	sequential_bet(bets, 1e9, 0.2);
	for (int k = 0; k < SEQUENTIAL_GRID; k++)
		assert_true(bets[k] <= 1.2 * SEQUENTIAL_TICK_MOST);
}

static void a_run_begins_at_the_first_gain_after_its_minimum(void **state)
{
	static const double gains[] = { 1, -2, -1, 0.5, 2, -0.5 };
	struct measure one = { .requests = 2, .failed = 1, .expected = 0.25 };
	struct sequential s;

	(void)state;
	sequential_reset(&s);
	for (int64_t t = 0; t < 6; t++) {
		double odds[SEQUENTIAL_GRID] = { exp(gains[t]), 0.4, 0.4, 0.4, 0.4 };

		sequential_follow(&s, odds, &one, t);
	}
	assert_int_equal(sequential_plausible(&s)->since, 3);
	assert_true(fabs(log(sequential_plausible(&s)->odds) - 2) < 1e-12);
	assert_true(fabs(sequential_plausible(&s)->measure.requests - 6) < 1e-12);
	assert_true(fabs(sequential_plausible(&s)->measure.expected - 0.75) < 1e-12);
}

struct null_run {
	double rate, mean, precision, assumed_precision;
	long ticks;
};

/* The highest ln R and ln B on traffic that obeys the null. */
static void null_maxima(const struct null_run *run, double *ret_r, double *ret_b)
{
	struct sequential_law law;
	struct sequential s;
	double r = 0, b = 0;

	sequential_law_make(&law, &(struct sequential_null){ .mean = run->mean, .precision = run->assumed_precision });
	sequential_reset(&s);
	for (long t = 0; t < run->ticks; t++) {
		uint32_t n = poisson(run->rate * TICK_S), x;
		double odds[SEQUENTIAL_GRID];

		if (n == 0)
			continue;
		x = beta_binomial(n, run->mean, run->precision);
		sequential_odds(&law, n, x, odds);
		sequential_add(s.r, odds, TICK_S);
		sequential_bet(s.b, x / (n * run->mean) - 1, TICK_S);
		r = fmax(r, sequential_mean(s.r));
		b = fmax(b, sequential_mean(s.b));
	}
	*ret_r = log(r);
	*ret_b = log(b);
}

/* E[R(t)] <= t, so a maximum beyond T e^3 has a chance below e^-3 of being met at any one end; the seeds are fixed. */
static void healthy_traffic_stays_below_the_guarantee(void **state)
{
	bool is_long = getenv("SIGCANARY_LONG") != NULL;
	const struct null_run runs[] = { { 3, 0.005, 200, 200, is_long ? 2000000 : 1000000 },
					 { 30, 0.05, 400, 400, is_long ? 2000000 : 200000 },
					 { 300, 0.005, 200, 200, is_long ? 200000 : 20000 } };

	(void)state;
	seed = 7;
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		double r, b, limit = log((double)runs[i].ticks * TICK_S) + 3;

		null_maxima(&runs[i], &r, &b);
		assert_true(r > 0 && r <= limit);
		assert_true(b > 0 && b <= limit);
	}
}

static void bets_hold_when_the_dispersion_is_five_times_wrong(void **state)
{
	bool is_long = getenv("SIGCANARY_LONG") != NULL;
	const struct null_run run = { 100, 0.005, 200, 1000, is_long ? 1000000 : 100000 };
	double r, b;

	(void)state;
	seed = 11;
	null_maxima(&run, &r, &b);
	assert_true(b <= log((double)run.ticks * TICK_S) + 3);
}

/* The share of failures keeps for four seconds: a tick then tells less than it seems, and the law is wider than that of single ticks. */
static void ticks_that_stray_together_make_a_wider_law(void **state)
{
	struct dispersion d = { 0 };
	struct stretch stretch = { 0 };
	double mean = 0;

	(void)state;
	seed = 6;
	for (int t = 0; t < 40000; t++) {
		if (t % 20 == 0)
			mean = 0.05 * gamma_draw(4) / 4;
		dispersion_see(&d, &stretch, &(struct measure){ 40, beta_binomial(40, mean, 1e6), 2 }, 1000 + t, TICK_S);
	}
	/* Ticks alone show a relative variance of a quarter, a precision of 50 by the same factor. */
	assert_true(dispersion_precision(&d, 0.05) < 12);
}

/* Slow changes are the level's: a share that doubles within a quarter of an hour leaves the law as it is. */
static void a_creep_is_no_unevenness(void **state)
{
	struct dispersion d = { 0 };
	struct stretch stretch = { 0 };

	(void)state;
	seed = 6;
	for (int t = 0; t < 40000; t++) {
		double mean = t < 35500 ? 0.05 : 0.05 + 0.05 * (t - 35500) / 4500;

		dispersion_see(&d, &stretch, &(struct measure){ 40, beta_binomial(40, mean, 100), 2 }, 1000 + t, TICK_S);
	}
	assert_true(dispersion_precision(&d, 0.05) > 45);
}

/* Mean seconds until R reaches the threshold of one alarm a month over 2,000 streams. */
static double mean_delay(double rate, double share)
{
	struct sequential_law law;
	double sum = 0;

	sequential_law_make(&law, &(struct sequential_null){ .mean = 0.005, .precision = 200 });
	for (int run = 0; run < 200; run++) {
		struct sequential s;
		int64_t t = 0;

		sequential_reset(&s);
		while (log(sequential_mean(s.r)) < LOG_A) {
			uint32_t n = poisson(rate * TICK_S);
			double odds[SEQUENTIAL_GRID];

			t++;
			if (n == 0)
				continue;
			sequential_odds(&law, n, beta_binomial(n, 0.005 + share * 0.995, 200), odds);
			sequential_add(s.r, odds, TICK_S);
		}
		sum += (double)t * TICK_S;
	}
	return sum / 200;
}

static void a_fault_is_found_in_seconds(void **state)
{
	(void)state;
	seed = 3;
	assert_true(mean_delay(3, 0.98) < 4);
	assert_true(mean_delay(30, 0.1) < 8);
}

static void the_dispersion_is_learned_and_little_data_means_a_wide_law(void **state)
{
	struct dispersion d = { 0 };
	struct stretch stretch = { 0 };
	double early;

	(void)state;
	seed = 5;
	assert_true(fabs(dispersion_precision(&d, 0.05) - 20) < 1e-9);
	for (int t = 0; t < 20000; t++) {
		dispersion_see(&d, &stretch, &(struct measure){ 40, beta_binomial(40, 0.05, 100), 2 }, 1000 + t, TICK_S);
		if (t == 10)
			early = dispersion_precision(&d, 0.05);
	}
	assert_true(early < 60);
	/* The relative variance is taken half again as large: two thirds of 100. */
	assert_true(dispersion_precision(&d, 0.05) > 50 && dispersion_precision(&d, 0.05) < 75);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_gain_is_the_likelihood_ratio_of_two_urns),
		cmocka_unit_test(odds_are_the_lesser_gains_of_two_laws),
		cmocka_unit_test(no_precision_from_the_learned_one_up_makes_a_mean_above_one),
		cmocka_unit_test(sums_follow_the_recursion),
		cmocka_unit_test(a_tick_says_no_more_than_its_cap),
		cmocka_unit_test(a_run_begins_at_the_first_gain_after_its_minimum),
		cmocka_unit_test(healthy_traffic_stays_below_the_guarantee),
		cmocka_unit_test(bets_hold_when_the_dispersion_is_five_times_wrong),
		cmocka_unit_test(a_fault_is_found_in_seconds),
		cmocka_unit_test(the_dispersion_is_learned_and_little_data_means_a_wide_law),
		cmocka_unit_test(ticks_that_stray_together_make_a_wider_law),
		cmocka_unit_test(a_creep_is_no_unevenness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
