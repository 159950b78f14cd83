/* SPDX-License-Identifier: BSD-3-Clause */
/* Laws that the simulator of ticks draws from, on top of chance.h: fast, exact enough that their means and variances can be tested. */
#ifndef SIGCANARY_LAB_DRAW_H
#define SIGCANARY_LAB_DRAW_H

#include <stddef.h>
#include <stdint.h>

#include "lab/chance.h"

/* The standard normal value below which a share `p` lies; 0 < p < 1. Absolute error below 2e-8 (P. J. Acklam, 2003, with one step of
 * Halley). */
double draw_quantile(double p);

double draw_normal(struct chance *c);

/* A count of mean `mean`, which is finite and not negative. */
uint64_t draw_poisson(struct chance *c, double mean);

/* Gamma of that shape, scaled to mean 1: variance 1 / shape. Shape above 0. */
double draw_gamma(struct chance *c, double shape);

/* Values 0..count-1 by weight, in constant time (A. J. Walker, 1977; M. D. Vose, 1991). */
#define DRAW_VALUES_MAX 1024
struct draw_table {
	uint32_t count;
	uint32_t cut[DRAW_VALUES_MAX]; /* below: the value itself, else its other */
	uint16_t other[DRAW_VALUES_MAX];
};

/* Weights are not negative and not all zero; at most DRAW_VALUES_MAX. */
void draw_table_make(struct draw_table *ret, const double *weights, size_t count);

static inline uint32_t draw_value(const struct draw_table *t, uint64_t word)
{
	uint64_t place = (word >> 32) * t->count;
	uint32_t value = (uint32_t)(place >> 32);

	return (uint32_t)word < t->cut[value] ? value : t->other[value];
}

#endif
