/* SPDX-License-Identifier: BSD-3-Clause */
/* The place among streams that only their names tell. Private to sums.c. */
#ifndef SIGCANARY_INCIDENT_SUMS_NAMED_H
#define SIGCANARY_INCIDENT_SUMS_NAMED_H

#include "control/incident/sums.h"

/* What usually fails in an entry, leaning on everything. */
double sums_usual(const struct sums *s, const struct sums_entry *e);

/* Whether the name of `inner` says that it is a part of `outer`: "a/b" of "a". */
bool sums_name_contains(const struct sums_question *q, uint64_t outer, uint64_t inner);

/* Fills one part with the likeliest streams, at most PLACE_PARTS_MAX; none when everything fails alike. */
void sums_named(struct sums *s, const struct sums_question *q, struct place *ret);

#endif
