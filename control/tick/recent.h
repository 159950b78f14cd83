/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who asked the same a moment ago: attempts that are not the first. Phones that fail ask again and again, so that a storm is told from a
 * crowd by the share of these (DETECTION 3.3). Owned by control; a pure function of the outcomes in their order.
 */
#ifndef SIGCANARY_TICK_RECENT_H
#define SIGCANARY_TICK_RECENT_H

#include "config/plan.h"
#include "control/tick/imprints.h"
#include "dataplane/outcome.h"

#define RECENT_AGE (60 * NANOS_PER_S)
/* Requests of one dialogue follow each other within this, and none is an attempt of its own. */
#define RECENT_LEAST (500 * NANOS_PER_MS)

struct recent {
	struct imprints imprints;
	struct hash_key key;
};

/* Room for a quarter of plan->limits.known; false without memory. Close also after a failure. */
bool recent_open(struct recent *r, const struct plan *plan);
void recent_close(struct recent *r);

/* Takes an outcome, in order: whether it ends a request whose subscriber had made the same within RECENT_AGE before it. */
bool recent_take(struct recent *r, const struct outcome *o);

#endif
