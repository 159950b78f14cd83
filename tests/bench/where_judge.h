/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether the places that alarms name are where the faults are: by the requests that both hold, not by their names. */
#ifndef SIGCANARY_BENCH_WHERE_JUDGE_H
#define SIGCANARY_BENCH_WHERE_JUDGE_H

#include "control/incident/incident.h"
#include "tests/bench/where_world.h"

/*
 * Of all alarms together. Of every fault's requests since its onset, of the procedures that an alarm tells, nearly all are held; of those
 * held nearly all are of a fault.
 */
bool judge_places(const struct world *w, const struct alarm *alarms, size_t count);

#endif
