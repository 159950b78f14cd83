/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Health. The martingales by themselves: ticks that obey the null, ten million per rate. Sum R(t) - t has no drift, so that R beyond T e^3
 * in a time T has a chance of at most e^-3, and so has B: of twenty highest values one may lie beyond by chance alone. Where a bet is fair
 * to the last, as on a null without allowance, that is not far from what happens. As the detector uses them, the null has its allowance of
 * half (network) or a quarter (user) above the truth; then nothing comes near.
 *
 * B does not use the precision. R is only as good as it is, so with one that is five times too high it is information.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/detect/sequential.h"
#include "tests/bench/detection.h"
#include "tests/bench/detection_dice.h"

#define TICK_S 0.2
#define TICKS  10000000
#define WRONG  5

static const struct null_class {
	double rate, mean, precision;
} classes[] = { { 0.3, 0.005, 200 }, { 3, 0.005, 200 }, { 30, 0.005, 200 }, { 300, 0.005, 200 }, { 3000, 0.005, 200 },
		{ 3, 0.05, 400 },    { 30, 0.05, 400 }, { 300, 0.05, 400 }, { 3000, 0.05, 400 }, { 30, 0.005, 20 } };
#define CLASSES (sizeof(classes) / sizeof(classes[0]))

struct highest {
	double r, b, r_wrong;
	double r_usual, b_usual; /* with the allowance */
};

/* One null and its statistics. */
struct pair {
	struct sequential_law law;
	struct sequential s;
};

static void pair_start(struct pair *p, double mean, double precision)
{
	sequential_reset(&p->s);
	sequential_law_make(&p->law, &(struct sequential_null){ mean, precision });
}

static void pair_tick(struct pair *p, uint32_t n, uint32_t x, double *r, double *b)
{
	double odds[SEQUENTIAL_GRID];

	sequential_odds(&p->law, n, x, odds);
	sequential_add(p->s.r, odds, TICK_S);
	sequential_bet(p->s.b, x / (n * p->law.null.mean) - 1, TICK_S);
	*r = fmax(*r, sequential_mean(p->s.r));
	*b = fmax(*b, sequential_mean(p->s.b));
}

/* One class: the logarithms of the highest values. */
static struct highest class_run(struct dice *d, const struct null_class *c, long ticks)
{
	struct highest most = { 0 };
	struct pair exact, wrong, usual;
	double unused = 0;

	pair_start(&exact, c->mean, c->precision);
	pair_start(&wrong, c->mean, WRONG * c->precision);
	pair_start(&usual, c->mean * (c->mean < 0.02 ? 1.5 : 1.25), c->precision);
	for (long t = 0; t < ticks; t++) {
		uint32_t n = dice_poisson(d, c->rate * TICK_S), x;

		if (n == 0)
			continue;
		x = dice_beta_binomial(d, n, c->mean, c->precision);
		pair_tick(&exact, n, x, &most.r, &most.b);
		pair_tick(&wrong, n, x, &most.r_wrong, &unused);
		pair_tick(&usual, n, x, &most.r_usual, &most.b_usual);
	}
	return (struct highest){ log(most.r), log(most.b), log(most.r_wrong), log(most.r_usual), log(most.b_usual) };
}

static void null_report(const char *what, double value, double limit)
{
	figure_report(&(struct figure){ .goal = "null", .what = what, .value = value, .limit = limit, .is_information = limit <= 0 });
}

void bench_null(const struct bench *b)
{
	long ticks = b->is_quick ? TICKS / 50 : TICKS;
	double log_t = log((double)ticks * TICK_S);
	struct highest worst = { -INFINITY, -INFINITY, -INFINITY, -INFINITY, -INFINITY };
	int beyond = 0;

	for (size_t i = 0; i < CLASSES; i++) {
		struct highest h;
		struct dice d;

		dice_seed(&d, b->seed, i);
		h = class_run(&d, &classes[i], ticks);
		figure_note(
			"null",
			"%g/s, mean %g, precision %g: ln T %.1f, max ln R %.1f, ln B %.1f; with allowance %.1f, %.1f; precision x 5 %.1f",
			classes[i].rate, classes[i].mean, classes[i].precision, log_t, h.r, h.b, h.r_usual, h.b_usual, h.r_wrong);
		worst.r = fmax(worst.r, h.r);
		worst.b = fmax(worst.b, h.b);
		worst.r_usual = fmax(worst.r_usual, h.r_usual);
		worst.b_usual = fmax(worst.b_usual, h.b_usual);
		worst.r_wrong = fmax(worst.r_wrong, h.r_wrong);
		beyond += (h.r > log_t + 3) + (h.b > log_t + 3);
	}
	null_report("10⁷ healthy ticks for each of ten laws, exact null: max ln R less ln T", worst.r - log_t, 3);
	null_report("the same for B", worst.b - log_t, 3);
	null_report("of these 20 highest values, so many lie beyond 3 (chance alone allows one)", beyond, 3);
	null_report("the same with the allowance of operation: max ln R less ln T", worst.r_usual - log_t, 3);
	null_report("the same for B", worst.b_usual - log_t, 3);
	null_report("R with a dispersion five times too small (why a page needs B): max ln R less ln T", worst.r_wrong - log_t, 0);
}
