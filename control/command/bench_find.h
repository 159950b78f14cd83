/* SPDX-License-Identifier: BSD-3-Clause */
/* Where the frames of a bench have to change from round to round: all patches, owners, handshakes and advances of a set. */
#ifndef SIGCANARY_BENCH_FIND_H
#define SIGCANARY_BENCH_FIND_H

#include "config/plan.h"
#include "control/command/bench_set.h"
#include "dataplane/segment/segment.h"

/* False when there is no memory. */
bool bench_find(struct bench_set *set, const struct plan *plan, const struct segments *segments);

#endif
