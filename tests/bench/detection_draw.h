/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Chance for the detection bench: the same seed gives the same draws everywhere. Not the lab's, so that a detector tuned on the lab meets
 * something else here. One owner.
 */
#ifndef SIGCANARY_BENCH_DETECTION_DRAW_H
#define SIGCANARY_BENCH_DETECTION_DRAW_H

#include <stdbool.h>
#include <stdint.h>

struct draw {
	uint64_t state;
	double spare; /* a second normal deviate */
	bool has_spare;
};

/* `what` tells the uses of one seed apart. */
void draw_seed(struct draw *d, uint64_t seed, uint64_t what);

/* In (0, 1). */
double draw_unit(struct draw *d);
double draw_normal(struct draw *d);
/* Mean `shape`, variance `shape`; shape above 0. */
double draw_gamma(struct draw *d, double shape);
double draw_beta(struct draw *d, double a, double b);
uint32_t draw_poisson(struct draw *d, double mean);
uint32_t draw_binomial(struct draw *d, uint32_t n, double p);
/* alpha + beta = precision; a precision of 0 is a binomial law. */
uint32_t draw_beta_binomial(struct draw *d, uint32_t n, double mean, double precision);

#endif
