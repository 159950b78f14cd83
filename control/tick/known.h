/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Subscribers known to be good: who registered within a day and is now refused as unknown is not at fault, the register is (a lost
 * partition, a stale copy, a split brain; DESIGN 3.7).
 *
 * The first such refusal of a subscriber is the network's. A single one may have been deleted and be told so again and again: further
 * refusals are the network's only where so many good ones are refused that it is none of theirs, in the whole or in the subscriber's
 * range of numbers, and for a day. In such a range strangers are believed, too: else a fault seems to heal. Kept in memory only: a probe
 * that has just started knows nobody, and takes refusals for the subscriber's own until it has seen each succeed. Refusals that there are
 * always, of good ones or others, remain the subscriber's: else they would seem to grow while the memory fills. Owned by control; a pure
 * function of the outcomes in their order.
 */
#ifndef SIGCANARY_TICK_KNOWN_H
#define SIGCANARY_TICK_KNOWN_H

#include "config/plan.h"
#include "control/tick/imprints.h"
#include "control/tick/usual.h"
#include "dataplane/outcome.h"

#define KNOWN_HOURS        24
#define KNOWN_MANY         8                   /* first refusals of good ones, at least, */
#define KNOWN_TOGETHER     (600 * NANOS_PER_S) /* within about this, and for as long while so many are refused again, */
#define KNOWN_SHARE_ALL    1000                /* and one of so many successes of all, */
#define KNOWN_SHARE_RANGE  50                  /* or of a range, are many */
#define KNOWN_RANGE_DIGITS 7
#define KNOWN_KINDS        6
#define KNOWN_RANGES       1024 /* ranges that meet in one place are taken for one */

/* Refusals of good subscribers, the first and further ones, and successes, of all or of a range; in halves of KNOWN_TOGETHER. */
struct crowd {
	nanos half_from;
	uint32_t refused, again, good;
	uint32_t refused_before, again_before, good_before;
	uint64_t who, who_before; /* of both: a bit of each, so that eight bits are eight subscribers or more */
	nanos met;                /* when they were last many; 0: never */
};

struct known {
	struct imprints imprints;
	struct hash_key key;
	struct crowd all;
	struct crowd ranges[KNOWN_RANGES];
	struct usual usual[KNOWN_KINDS];
	struct usual usual_of_range[KNOWN_RANGES];
};

/* Room for plan->limits.known subscribers; false without memory. Close also after a failure. */
bool known_open(struct known *k, const struct plan *plan);
void known_close(struct known *k);

/* Takes an outcome, in order, and says how it is to be counted: its own class, or OUTCOME_NETWORK. */
enum outcome_class known_take(struct known *k, const struct outcome *o);

/* Whether the cause says that there is no such subscriber. */
bool known_is_denial(enum cause_layer layer, uint32_t cause);

#endif
