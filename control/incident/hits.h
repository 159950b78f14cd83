/* SPDX-License-Identifier: BSD-3-Clause */
/* What else is hit by a fault, or stands for it: segments of the operator, agents that answer for others, servers that are gone. */
#ifndef SIGCANARY_INCIDENT_HITS_H
#define SIGCANARY_INCIDENT_HITS_H

#include "control/incident/place.h"
#include "control/incident/samples.h"

/* The segments that are hit, without those that only contain another one that is. Samples must be weighed. */
uint64_t segments_find(const struct samples *s, double baseline);

/* The segments that are hit when everybody may be: all that do not fail clearly less than the others. */
uint64_t segments_everywhere(const struct samples *s);

/*
 * Fills stand_in and vanished of `ret`, and takes a stand-in's name off the samples, since it was not the one that was asked; also names
 * that only ever stand in requests without an answer (a realm).
 */
void stand_in_find(struct samples *s, struct place *ret);

#endif
