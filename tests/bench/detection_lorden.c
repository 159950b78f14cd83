/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How near R comes to the best that any detector can do.
 *
 * Lorden's bound: who waits at least ARL on average for a false alarm needs at least ln(ARL) / KL on average for a true one, in the worst
 * case and to first order. KL is the divergence of the law of a tick with a fault from that of a healthy tick, averaged over the ticks with
 * data, an exact sum; ARL is counted in ticks with data, too. The law with a fault is the true one: each request fails for the fault with
 * chance q, and otherwise as ever, so it is a binomial and a beta-binomial count together. Where the bound is below three ticks, three
 * ticks stand in its place: nobody sees half a tick.
 *
 * One stream of a system of 2,000 with equal weights and one false advisory a month in all: its own mean time is 2,000 months. The null is
 * given (learned long before, without allowance). The fault begins with a tick after 60 s of health; the delay ends with the tick of the
 * alarm, and an alarm before the fault begins the run anew.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/detect/sequential.h"
#include "tests/bench/detection.h"
#include "tests/bench/detection_dice.h"

#define TICK_S         0.2
#define STREAMS        2000
#define MONTH_S        (30 * 86400.0)
#define HEALTHY_TICKS  300
#define TICKS_MOST     (4 * 3600 * 5)
#define RUNS           300
#define COUNT_MOST     1000
#define LOG_NOTHING    -40.0 /* chances below e^-40 add nothing */
#define TICKS_OF_BOUND 3

static const double rates[] = { 3, 10, 30, 100, 300, 1000, 3000 };
static const double shares[] = { 0.02, 0.05, 0.1, 0.2, 0.5, 1 };
static const struct law {
	const char *name;
	double mean, precision;
} laws[] = { { "network", 0.005, 200 }, { "user", 0.05, 400 } };
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define CELLS    (COUNT(rates) * COUNT(shares) * COUNT(laws))

struct cell {
	struct law law;
	double rate, share;
	double bound_s;
	double mean_s, p95_s;
};

/* ln of the rising factorials that the laws are made of, for counts from 0 on. */
struct tables {
	double factorial[COUNT_MOST + 1];
	double failed[COUNT_MOST + 1]; /* Gamma(i + alpha) */
	double good[COUNT_MOST + 1];   /* Gamma(i + beta) */
	double all[COUNT_MOST + 1];    /* Gamma(i + alpha + beta) */
};

static double log_gamma(double x)
{
	int sign;

	return lgamma_r(x, &sign);
}

static void tables_make(struct tables *t, const struct law *law)
{
	double alpha = law->mean * law->precision, beta = law->precision - alpha;

	for (uint32_t i = 0; i <= COUNT_MOST; i++) {
		t->factorial[i] = log_gamma(i + 1.0);
		t->failed[i] = log_gamma(i + alpha) - log_gamma(alpha);
		t->good[i] = log_gamma(i + beta) - log_gamma(beta);
		t->all[i] = log_gamma(i + alpha + beta) - log_gamma(alpha + beta);
	}
}

static double log_choose(const struct tables *t, uint32_t n, uint32_t k)
{
	return t->factorial[n] - t->factorial[k] - t->factorial[n - k];
}

static double log_healthy(const struct tables *t, uint32_t n, uint32_t x)
{
	return log_choose(t, n, x) + t->failed[x] + t->good[n - x] - t->all[n];
}

/* The sum over how many of the failures are the fault's. */
static double log_faulty(const struct tables *t, double share, uint32_t n, uint32_t x)
{
	double sum = 0, most = -INFINITY;

	if (share >= 1)
		return x == n ? 0 : -INFINITY;
	for (uint32_t f = 0; f <= x; f++) {
		double term = log_choose(t, n, f) + f * log(share) + (n - f) * log1p(-share) + log_healthy(t, n - f, x - f);

		if (term > most) {
			sum = sum * exp(most - term) + 1;
			most = term;
		} else {
			sum += exp(term - most);
		}
	}
	return most + log(sum);
}

/* Divergence of a tick with n requests. */
static double divergence_at(const struct tables *t, double share, uint32_t n)
{
	double sum = 0;

	for (uint32_t x = 0; x <= n; x++) {
		double faulty = log_faulty(t, share, n, x);

		if (faulty > LOG_NOTHING)
			sum += exp(faulty) * (faulty - log_healthy(t, n, x));
	}
	return sum;
}

/* The average over the requests of a tick, of those with any; it is smooth in n, so that of many only some are worked out. */
static double divergence_of(const struct tables *t, double share, double requests)
{
	double spread = sqrt(requests), sum = 0, weight = 0;
	uint32_t step = (uint32_t)fmax(1, floor(spread / 3));
	uint32_t from = (uint32_t)fmax(1, floor(requests - 5 * spread)), to = (uint32_t)fmin(COUNT_MOST, ceil(requests + 5 * spread + 8));

	for (uint32_t n = from; n <= to; n += step) {
		double w = exp(n * log(requests) - requests - t->factorial[n]);

		sum += w * divergence_at(t, share, n);
		weight += w;
	}
	return sum / weight;
}

static double bound_of(const struct tables *t, const struct cell *c)
{
	double requests = c->rate * TICK_S, with_data = 1 - exp(-requests);

	return log(STREAMS * MONTH_S / TICK_S * with_data) / divergence_of(t, c->share, requests) / with_data * TICK_S;
}

static uint32_t draw_failed(struct dice *d, const struct cell *c, uint32_t n, bool is_faulty)
{
	uint32_t faulty = is_faulty ? dice_binomial(d, n, c->share) : 0;

	return faulty + dice_beta_binomial(d, n - faulty, c->law.mean, c->law.precision);
}

static void r_tick(struct sequential *s, struct sequential_law *law, struct dice *d, const struct cell *c, bool is_faulty)
{
	uint32_t n = dice_poisson(d, c->rate * TICK_S);
	double odds[SEQUENTIAL_GRID];

	if (n == 0)
		return;
	sequential_odds(law, n, draw_failed(d, c, n, is_faulty), odds);
	sequential_add(s->r, odds, TICK_S);
}

/* Seconds from the beginning of the fault to the end of the tick of the alarm; infinite when it is not found within hours. */
static double delay_of(struct dice *d, const struct cell *c)
{
	struct sequential_law law;
	struct sequential s;
	int64_t t = 0;

	sequential_law_make(&law, &(struct sequential_null){ .mean = c->law.mean, .precision = c->law.precision });
	sequential_reset(&s);
	while (t < HEALTHY_TICKS) {
		r_tick(&s, &law, d, c, false);
		t++;
		if (sequential_mean(s.r) >= STREAMS * MONTH_S) {
			sequential_reset(&s);
			t = 0;
		}
	}
	for (int64_t after = 1; after <= TICKS_MOST; after++) {
		r_tick(&s, &law, d, c, true);
		if (sequential_mean(s.r) >= STREAMS * MONTH_S)
			return (double)after * TICK_S;
	}
	return INFINITY;
}

static void cell_measure(const struct bench *b, const struct tables *t, struct cell *c, uint64_t what)
{
	unsigned int runs = b->is_quick ? RUNS / 10 : RUNS;
	double delay[RUNS];
	struct dice d;

	dice_seed(&d, b->seed, what);
	c->bound_s = bound_of(t, c);
	for (unsigned int i = 0; i < runs; i++)
		delay[i] = delay_of(&d, c);
	c->mean_s = bench_mean(delay, runs);
	c->p95_s = bench_quantile(delay, runs, 0.95);
}

/* The ratio of one cell, told. */
static double cell_tell(const struct cell *c)
{
	double ratio = c->mean_s / fmax(c->bound_s, TICKS_OF_BOUND * TICK_S);

	figure_note("lorden", "%s %g/s, %g %% fail: bound %.2f s, mean %.2f s, p95 %.2f s, ratio %.2f", c->law.name, c->rate,
		    100 * c->share, c->bound_s, c->mean_s, c->p95_s, ratio);
	return ratio;
}

void bench_lorden(const struct bench *b)
{
	static struct tables tables;
	double ratio[CELLS];
	size_t count = 0;

	for (size_t l = 0; l < COUNT(laws); l++) {
		tables_make(&tables, &laws[l]);
		for (size_t r = 0; r < COUNT(rates); r++)
			for (size_t s = 0; s < COUNT(shares); s++) {
				struct cell c = { .law = laws[l], .rate = rates[r], .share = shares[s] };

				cell_measure(b, &tables, &c, count);
				ratio[count++] = cell_tell(&c);
			}
	}
	figure_report(&(struct figure){ .goal = "lorden",
					.what = "mean advisory delay / Lorden's bound, worst of all rates and shares",
					.value = bench_quantile(ratio, count, 1),
					.limit = 1.35 });
	figure_report(&(struct figure){
		.goal = "lorden", .what = "the same, median", .value = bench_quantile(ratio, count, 0.5), .limit = 1.10 });
}
