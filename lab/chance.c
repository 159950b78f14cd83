/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The only source of randomness in lab/: xoshiro256** (Blackman and Vigna, 2018), seeded through splitmix64. No clock, no rand().
 *
 * Traffic and tap damage own separate streams, so that dressing the packets differently leaves the story as it was. The
 * distributions go through libm and are exact for one build on one machine.
 */
#include "lab/chance.h"

#include <math.h>

#include "dataplane/base/hash.h"

void chance_seed(struct chance *c, uint64_t seed)
{
	for (unsigned int i = 0; i < 4; i++) {
		seed += UINT64_C(0x9e3779b97f4a7c15);
		c->state[i] = hash_mix(seed);
	}
}

static inline uint64_t rotate(uint64_t x, unsigned int by)
{
	return x << by | x >> (64 - by);
}

uint64_t chance_word(struct chance *c)
{
	uint64_t *s = c->state;
	uint64_t word = rotate(s[1] * 5, 7) * 9;
	uint64_t shifted = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= shifted;
	s[3] = rotate(s[3], 45);
	return word;
}

double chance_unit(struct chance *c)
{
	return (double)(chance_word(c) >> 11) * 0x1.0p-53;
}

uint32_t chance_below(struct chance *c, uint32_t limit)
{
	return (uint32_t)(((chance_word(c) >> 32) * limit) >> 32);
}

double chance_exponential(struct chance *c, double mean)
{
	return -mean * log(1.0 - chance_unit(c));
}

double chance_lognormal(struct chance *c, double median, double sigma)
{
	double radius = sqrt(-2.0 * log(1.0 - chance_unit(c)));
	double normal = radius * cos(6.283185307179586 * chance_unit(c));

	return median * exp(sigma * normal);
}
