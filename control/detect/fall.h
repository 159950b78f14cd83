/* SPDX-License-Identifier: BSD-3-Clause */
/* How quickly a volume went down: faults take seconds, nights and simulated days do not. */
#ifndef SIGCANARY_DETECT_FALL_H
#define SIGCANARY_DETECT_FALL_H

#include <stdbool.h>
#include <stdint.h>

#include "control/detect/lookout.h"

struct fall {
	double seen, expected; /* smoothed over some seconds */
	int64_t high;          /* last bin in which most of the expected was there */
	int64_t low;           /* first bin after it in which most was not; not after `high`: it is not low */
};

/* One bin. */
void fall_see(struct fall *f, const struct bins *bins, double seen, double expected);

/* What is there of the expected, over the last seconds; 1 when nothing is expected. */
double fall_rest(const struct fall *f);

static inline bool fall_is_low(const struct fall *f)
{
	return f->low > f->high;
}

/* Whether it is low and went down within seconds. */
bool fall_was_abrupt(const struct fall *f, const struct bins *bins);

#endif
