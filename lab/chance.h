/* SPDX-License-Identifier: BSD-3-Clause */
/* Chance that repeats: xoshiro256** and the distributions of the simulated operator. One owner per stream. */
#ifndef SIGCANARY_LAB_CHANCE_H
#define SIGCANARY_LAB_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

struct chance {
	uint64_t state[4];
};

void chance_seed(struct chance *c, uint64_t seed);

uint64_t chance_word(struct chance *c);

/* Uniform in [0, 1). */
double chance_unit(struct chance *c);

/* Uniform in 0..limit-1; limit above 0. */
uint32_t chance_below(struct chance *c, uint32_t limit);

static inline bool chance_hit(struct chance *c, double probability)
{
	return chance_unit(c) < probability;
}

double chance_exponential(struct chance *c, double mean);

/* exp(N(ln median, sigma)). */
double chance_lognormal(struct chance *c, double median, double sigma);

#endif
