/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Chance for the detection bench: the same seed gives the same draws everywhere. Not the lab's, so that a detector tuned on the lab meets
 * something else here. One owner.
 */
#ifndef SIGCANARY_BENCH_DETECTION_DICE_H
#define SIGCANARY_BENCH_DETECTION_DICE_H

#include <stdbool.h>
#include <stdint.h>

struct dice {
	uint64_t state;
	double spare; /* a second normal deviate */
	bool has_spare;
};

/* `what` tells the uses of one seed apart. */
void dice_seed(struct dice *d, uint64_t seed, uint64_t what);

/* In (0, 1). */
double dice_unit(struct dice *d);
double dice_normal(struct dice *d);
/* Mean `shape`, variance `shape`; shape above 0. */
double dice_gamma(struct dice *d, double shape);
double dice_beta(struct dice *d, double a, double b);
uint32_t dice_poisson(struct dice *d, double mean);
uint32_t dice_binomial(struct dice *d, uint32_t n, double p);
/* alpha + beta = precision; a precision of 0 is a binomial law. */
uint32_t dice_beta_binomial(struct dice *d, uint32_t n, double mean, double precision);

#endif
