/* SPDX-License-Identifier: BSD-3-Clause */
/* How long a recovery still takes: an interval, since its shape is not known. A pure function. */
#ifndef SIGCANARY_INCIDENT_FORECAST_H
#define SIGCANARY_INCIDENT_FORECAST_H

#include <stdbool.h>
#include <stddef.h>

#define FORECAST_MOST 60

/*
 * Seconds until `left`, sampled every `step_s`, newest last, falls to `goal`: between a straight line and a decay through them. False when
 * there are fewer than six, when it does not fall, or when the two differ by more than a factor of three (DETECTION 2.5).
 */
bool forecast_make(const double *left, size_t count, double step_s, double goal, double *ret_low_s, double *ret_high_s);

#endif
