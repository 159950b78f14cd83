/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The outcomes of the last minutes, one record a request, newest at hand.
 *
 * Bounded: when full, the oldest record goes. A record changes when its request does: presumed missing at OUTCOME_OVERDUE_AGE, then
 * answered or timed out. A late answer leaves it a failure, with the server and the latency of the answer. Records of requests without an
 * answer have the class OUTCOME_TIMEOUT and the cause layer CAUSE_TIMEOUT, also while they may yet be answered; `event` tells. Owned by
 * control.
 */
#ifndef SIGCANARY_INCIDENT_EVIDENCE_H
#define SIGCANARY_INCIDENT_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/hash.h"
#include "dataplane/outcome.h"

#define EVIDENCE_RECORDS (1U << 18)
#define EVIDENCE_AGE     (300 * NANOS_PER_S)

struct evidence_ring;

/* What an outcome changed: the record as it is now, and as it was when there was one. */
struct evidence_step {
	struct outcome now;
	struct outcome before;
	bool had_before;
};

/* NULL when there is no memory. `records` is a power of two. */
struct evidence_ring *evidence_new(const struct hash_key *key, size_t records);
void evidence_free(struct evidence_ring *e);

/* Takes one outcome. False when it tells nothing that counts (OUTCOME_EVENT_WRITTEN, open, unmatched, a second report of the same). */
bool evidence_take(struct evidence_ring *e, const struct outcome *outcome, struct evidence_step *ret);

/* Records held, and the one that came `back` records before the newest; back below evidence_count(). `clock` is when it first came. */
size_t evidence_count(const struct evidence_ring *e);
const struct outcome *evidence_record(const struct evidence_ring *e, size_t back);

/* Segments have other numbers from now on. */
struct segment_places;
void evidence_move(struct evidence_ring *e, const struct segment_places *places);

/* Calls `visit` for each record that came at `from` or later, newest first. */
typedef void (*evidence_visitor)(void *context, const struct outcome *o);
void evidence_visit(const struct evidence_ring *e, nanos from, evidence_visitor visit, void *context);

#endif
