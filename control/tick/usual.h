/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How many refusals are usual: an allowance that fills with every answer by the share of refusals learned before, and is spent by every
 * refusal. A refusal that finds it empty is one more than there always were. Of everybody or of a range of numbers. The share is learned a
 * slice of time late, and only from slices with hardly anything beyond it, so that a fault does not become usual while it lasts. Owned by
 * who keeps it, zero at first; a pure function of what it is given.
 */
#ifndef SIGCANARY_TICK_USUAL_H
#define SIGCANARY_TICK_USUAL_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/nanos.h"

#define USUAL_SLICE    (20 * NANOS_PER_S)
#define USUAL_FIRST    (60 * NANOS_PER_S)        /* for as long everything is believed: a network begins with refusals */
#define USUAL_PATIENCE (24 * 3600 * NANOS_PER_S) /* what lasts so long has become usual */

/* Answers of a slice, those of them that are refusals, and those beyond the allowance. */
struct usual_slice {
	uint32_t answers, refusals, beyond;
};

struct usual {
	nanos first, slice_from;
	nanos odd_since; /* since when slices are too odd to be learned; 0: the last one was not */
	float answers, refusals, allowance;
	struct usual_slice now, held; /* the slice that runs, and the one before, which is not learned yet */
};

/* Takes an answer of whatever kind. `leaning` is the share of refusals to lean on while little has been learned. */
void usual_answer(struct usual *u, nanos clock, float leaning);

/* After usual_answer(): the answer was a refusal. Returns whether it is within what is usual. */
bool usual_refuse(struct usual *u);

/* The share of refusals among answers. */
float usual_share(const struct usual *u, float leaning);

#endif
