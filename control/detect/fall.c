/* SPDX-License-Identifier: BSD-3-Clause */
/* Falls, see fall.h. Owned by control, called by volume.c and beyond.c once per bin. */
#include "control/detect/fall.h"

#include <math.h>

#define SMOOTH_S    3.0
#define FROM        0.7
#define TO          0.4
#define ABRUPT_S    6.0
#define ABRUPT_BINS 2 /* or so many, of ticks that are long themselves */

void fall_see(struct fall *f, const struct bins *bins, double seen, double expected)
{
	double kept = exp(-bins->seconds / SMOOTH_S);

	f->seen = f->seen * kept + seen;
	f->expected = f->expected * kept + expected;
	if (f->seen >= FROM * f->expected)
		f->high = bins->now;
	else if (f->seen <= TO * f->expected && f->low <= f->high)
		f->low = bins->now;
}

double fall_rest(const struct fall *f)
{
	return f->expected > 0 ? f->seen / f->expected : 1;
}

bool fall_was_abrupt(const struct fall *f, const struct bins *bins)
{
	return fall_is_low(f) && (double)(f->low - f->high) * bins->seconds <= fmax(ABRUPT_S, ABRUPT_BINS * bins->seconds);
}
