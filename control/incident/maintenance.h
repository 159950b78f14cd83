/* SPDX-License-Identifier: BSD-3-Clause */
/* Announced work: whether it covers what fails. Pure functions of the plan. */
#ifndef SIGCANARY_INCIDENT_MAINTENANCE_H
#define SIGCANARY_INCIDENT_MAINTENANCE_H

#include "control/incident/place.h"

/* Work that should have ended this long ago and has not is a fault like any other. */
#define MAINTENANCE_GRACE (600 * NANOS_PER_S)

/*
 * Whether work was announced for the time of the onset (or a minute later: clocks and hands are slow) and for all of the place. Sets
 * *ret_is_overdue when it ended more than MAINTENANCE_GRACE before `now`.
 */
bool maintenance_covers(const struct plan *plan, const struct place *place, incident_name_of name_of, void *names, nanos onset, nanos now,
			bool *ret_is_overdue);

#endif
