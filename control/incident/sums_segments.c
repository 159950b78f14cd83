/* SPDX-License-Identifier: BSD-3-Clause */
/* Which segments are hit, by counts: whom an incident concerns, whatever its place is. Called by sums.c on the control thread. */
#include "control/incident/sums_named.h"

#include <math.h>

/* Segments that fail clearly more than usual, and not much less than the hardest hit of them. */
uint64_t sums_segments(const struct sums *s)
{
	uint64_t found = 0;
	double hardest = 0;

	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < s->count; i++) {
			const struct sums_entry *e = &s->entries[i];
			double usual, share;

			if (e->dimension != DIMENSION_SEGMENT || e->n <= 0 || e->value >= 64)
				continue;
			usual = sums_usual(s, e);
			share = e->x / e->n;
			if (share <= 2 * usual || binomial_log(e->n, e->x, share) - binomial_log(e->n, e->x, usual) < 5)
				continue;
			if (round == 0)
				hardest = fmax(hardest, share);
			else if (share >= 0.6 * hardest)
				found |= UINT64_C(1) << e->value;
		}
	}
	return found;
}
