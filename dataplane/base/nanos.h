/* SPDX-License-Identifier: BSD-3-Clause */
/* Time: signed nanoseconds since the Unix epoch, or a difference of two such times. It always comes from frames. */
#ifndef SIGCANARY_BASE_NANOS_H
#define SIGCANARY_BASE_NANOS_H

#include <stdint.h>

typedef int64_t nanos;

#define NANOS_PER_US INT64_C(1000)
#define NANOS_PER_MS INT64_C(1000000)
#define NANOS_PER_S  INT64_C(1000000000)

static inline double nanos_to_s(nanos t)
{
	return (double)t / (double)NANOS_PER_S;
}

#endif
