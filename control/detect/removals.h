/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Procedures that take registrations away, and since when one that is seen for the first time could have been seen: networks cancel as they
 * register, so an absence says something only where many registrations of the same protocol came without it. Owned by beyond.c.
 */
#ifndef SIGCANARY_DETECT_REMOVALS_H
#define SIGCANARY_DETECT_REMOVALS_H

#include <stdbool.h>

#include "dataplane/codes/codes.h"

#define REMOVAL_PROTOCOLS 2

/* What was seen of the registrations of each protocol. */
struct removals {
	struct {
		double since_s; /* seconds of traffic at the first one */
		double requests;
	} registrations[REMOVAL_PROTOCOLS];
};

bool removals_has(procedure p);

/* So many requests of the whole of a procedure, when there were `seen_s` of traffic before. */
void removals_see(struct removals *r, procedure p, double requests, double seen_s);

/* For how long a removal would have been seen, had there been any before; 0 when too few registrations came to tell. */
double removals_absent_s(const struct removals *r, procedure p, double seen_s);

#endif
