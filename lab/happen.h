/* SPDX-License-Identifier: BSD-3-Clause */
/* What the network does and says besides requests and answers, at the times of its scenario. */
#ifndef SIGCANARY_LAB_HAPPEN_H
#define SIGCANARY_LAB_HAPPEN_H

#include "lab/world.h"

/* Plans the events of the scenario, pressed into the run. */
void happen_plan(struct lab *l);

/* EVENT_HAPPENING: event `a` of the scenario; `b`: what is left of one that takes its time. */
void happen(struct lab *l, const struct event *e);

#endif
