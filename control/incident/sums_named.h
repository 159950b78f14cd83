/* SPDX-License-Identifier: BSD-3-Clause */
/* The place among streams that only their names tell. Private to sums.c. */
#ifndef SIGCANARY_INCIDENT_SUMS_NAMED_H
#define SIGCANARY_INCIDENT_SUMS_NAMED_H

#include "control/incident/sums.h"

/* What usually fails in an entry, leaning on everything. */
double sums_usual(const struct sums *s, const struct sums_entry *e);

/* Fills one part with the likeliest streams, at most PLACE_PARTS_MAX; none when everything fails alike. */
void sums_named(struct sums *s, const struct sums_question *q, struct place *ret);

#endif
