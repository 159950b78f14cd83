/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Subscribers known to be good: who registered within a day and is now refused as unknown is not at fault, the register is (a lost
 * partition, a stale copy, a split brain; DESIGN 3.7).
 *
 * Kept in memory only: a probe that has just started knows nobody, and takes such refusals for the subscriber's own until it has seen each
 * succeed. A single subscriber may be deleted and told so again and again: the second refusal counts as the subscriber's own again, unless
 * KNOWN_MANY others were refused within KNOWN_TOGETHER. Owned by control; a pure function of the outcomes in their order.
 */
#ifndef SIGCANARY_TICK_KNOWN_H
#define SIGCANARY_TICK_KNOWN_H

#include "config/plan.h"
#include "control/tick/imprints.h"
#include "dataplane/outcome.h"

#define KNOWN_HOURS    24
#define KNOWN_MANY     8
#define KNOWN_TOGETHER (60 * NANOS_PER_S)

struct known {
	struct imprints imprints;
	struct hash_key key;
	nanos refused[KNOWN_MANY]; /* when the last good ones were refused for the first time: a ring */
	size_t refused_count;
};

/* Room for plan->limits.known subscribers; false without memory. Close also after a failure. */
bool known_open(struct known *k, const struct plan *plan);
void known_close(struct known *k);

/* Takes an outcome, in order, and says how it is to be counted: its own class, or OUTCOME_NETWORK. */
enum outcome_class known_take(struct known *k, const struct outcome *o);

/* Whether the cause says that there is no such subscriber. */
bool known_is_denial(enum cause_layer layer, uint32_t cause);

#endif
