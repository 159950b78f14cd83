/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which open incident a suspected stream belongs to.
 *
 * Thousands of streams are suspected in every tick of a nation-wide fault. Whether an incident explains one of them costs a walk through
 * the records, so it is asked once, and the answer holds until the incident ends. Owned by control.
 */
#ifndef SIGCANARY_INCIDENT_MEMBERS_H
#define SIGCANARY_INCIDENT_MEMBERS_H

#include "control/detect/detect.h"
#include "dataplane/base/hash.h"

#define MEMBERS_NONE SIZE_MAX

struct members;

/* NULL when there is no memory. */
struct members *members_new(const struct hash_key *key);
void members_free(struct members *m);

/* The slot of the incident that the stream belongs to by this evidence, MEMBERS_NONE when it belongs to none. */
size_t members_find(const struct members *m, const struct stream_key *stream, enum evidence evidence);

/* From now on it belongs to `slot`. When there is no room it is not remembered. */
void members_put(struct members *m, const struct stream_key *stream, enum evidence evidence, size_t slot);

/* Streams are called otherwise from now on. */
struct segment_places;
void members_rename(struct members *m, void (*rename)(struct stream_key *key, const struct segment_places *places),
		    const struct segment_places *places);

/* Everything of `from` belongs to `to`; MEMBERS_NONE: to none. Walks through all. */
void members_move(struct members *m, size_t from, size_t to);

#endif
