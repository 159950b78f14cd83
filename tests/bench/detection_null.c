/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Health. First the martingales by themselves: ticks that obey the null, ten million per rate; sum R(t) - t has no drift, so that R beyond
 * T e^3 in a time T has a chance of at most e^-3. B is tried with a null whose precision is five times too high, too: it does not use it.
 * R is only as good as its dispersion, so with the wrong one it is information.
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
};

/* One class: the logarithms of the highest values of R, of B, and of an R that believes in a precision five times too high. */
static struct highest class_run(struct dice *d, const struct null_class *c, long ticks)
{
	struct sequential_law law, wrong;
	struct sequential s, other;
	struct highest most = { 0 };

	sequential_reset(&s);
	sequential_reset(&other);
	sequential_law_make(&law, &(struct sequential_null){ c->mean, c->precision });
	sequential_law_make(&wrong, &(struct sequential_null){ c->mean, WRONG * c->precision });
	for (long t = 0; t < ticks; t++) {
		uint32_t n = dice_poisson(d, c->rate * TICK_S), x;
		double odds[SEQUENTIAL_GRID];

		if (n == 0)
			continue;
		x = dice_beta_binomial(d, n, c->mean, c->precision);
		sequential_odds(&law, n, x, odds);
		sequential_add(s.r, odds, TICK_S);
		sequential_bet(s.b, x / (n * c->mean) - 1, TICK_S);
		sequential_odds(&wrong, n, x, odds);
		sequential_add(other.r, odds, TICK_S);
		most.r = fmax(most.r, sequential_mean(s.r));
		most.b = fmax(most.b, sequential_mean(s.b));
		most.r_wrong = fmax(most.r_wrong, sequential_mean(other.r));
	}
	return (struct highest){ log(most.r), log(most.b), log(most.r_wrong) };
}

void bench_null(const struct bench *b)
{
	long ticks = b->is_quick ? TICKS / 50 : TICKS;
	double log_t = log((double)ticks * TICK_S);
	struct highest worst = { -INFINITY, -INFINITY, -INFINITY };

	for (size_t i = 0; i < CLASSES; i++) {
		struct highest h;
		struct dice d;

		dice_seed(&d, b->seed, i);
		h = class_run(&d, &classes[i], ticks);
		figure_note("null", "%g/s, mean %g, precision %g: ln T %.1f, max ln R %.1f, ln B %.1f, ln R with precision x 5 %.1f",
			    classes[i].rate, classes[i].mean, classes[i].precision, log_t, h.r, h.b, h.r_wrong);
		worst.r = fmax(worst.r, h.r);
		worst.b = fmax(worst.b, h.b);
		worst.r_wrong = fmax(worst.r_wrong, h.r_wrong);
	}
	figure_report(&(struct figure){
		.goal = "null", .what = "healthy ticks: max ln R less ln T, worst of ten laws", .value = worst.r - log_t, .limit = 3 });
	figure_report(&(struct figure){
		.goal = "null", .what = "healthy ticks: max ln B less ln T, worst of ten laws", .value = worst.b - log_t, .limit = 3 });
	figure_report(&(struct figure){ .goal = "null",
					.what = "the same for R with a dispersion five times too small (which is why a page needs B)",
					.value = worst.r_wrong - log_t,
					.is_information = true });
}
