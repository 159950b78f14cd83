/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is it sure already that a fault takes subscribers by chance, and not whole number ranges or nodes? Until somebody else of the same range
 * has been seen well, a fault of some ranges looks like one of everybody. Pure but for the cells of the samples.
 */
#ifndef SIGCANARY_INCIDENT_CHANCE_H
#define SIGCANARY_INCIDENT_CHANCE_H

#include <stdbool.h>

#include "control/incident/samples.h"

/* Of samples that place_find() found to be everywhere; `baseline` is the share that fails without any fault. */
bool chance_is_sure(struct samples *s, double baseline);

#endif
