/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where is it? From the requests since the onset and those of the calm before, the place that explains the failures best.
 * Pure function of its samples (memory is taken once). Owned by control.
 */
#ifndef SIGCANARY_INCIDENT_LOCALISE_H
#define SIGCANARY_INCIDENT_LOCALISE_H

#include "control/incident/place.h"
#include "control/incident/samples.h"

/*
 * Looks at all samples of `s` (samples_add() before, in any order). `baseline` is the share that fails without a fault.
 * Always fills `ret`; without any structure the place is everywhere.
 */
void place_find(struct samples *s, double baseline, struct place *ret);

#endif
