/* SPDX-License-Identifier: BSD-3-Clause */
/* The clock of a source: the highest capture time so far, with the jumps that dataplane/frame.h allows. */
#ifndef SIGCANARY_SOURCE_CLOCK_H
#define SIGCANARY_SOURCE_CLOCK_H

#include "dataplane/frame.h"

/* No capture time lies outside ±CLOCK_TIME_MAX (the year 2116), so that differences of two times never overflow. */
#define CLOCK_TIME_MAX (INT64_C(1) << 62)
/* Before the first frame. */
#define CLOCK_START (-CLOCK_TIME_MAX)

static inline nanos clock_step(nanos clock, nanos time)
{
	return time > clock || clock - time > FRAME_CLOCK_JUMP ? time : clock;
}

#endif
