/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The counts of the last minutes per stream: what an incident is located by when nobody tells single outcomes (recorded ticks, streams
 * without identities), and what its request rates are read from.
 *
 * Two rings a stream: the last minute in units (a second, or a tick when that is longer), before it a quarter of an hour in sixteens of
 * units. Bounded: streams that find no room are counted and cannot be places. Owned by control; memory grows with the streams seen.
 */
#ifndef SIGCANARY_INCIDENT_LEDGER_H
#define SIGCANARY_INCIDENT_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/hash.h"
#include "dataplane/tally.h"

#define LEDGER_STREAMS    12288
#define LEDGER_BINS       64 /* of each ring */
#define LEDGER_COARSE     16 /* units of a bin of the older ring */
#define LEDGER_CHECKPOINT 3  /* requests that reach this age count as unanswered: 1.2 s */

/* Sums over some time. Pending requests belong to the time at which they were sent. */
struct ledger_sum {
	double requests;
	double answers; /* success, user, refused */
	double refused; /* network, congestion, abort */
	double congested;
	double user;
	double silent; /* reached the age of the checkpoint; timeouts where no ages are counted */
	double late;
	double repeats;
};

struct ledger;

/* NULL when there is no memory. */
struct ledger *ledger_new(const struct hash_key *key);
void ledger_free(struct ledger *l);

/* Takes the next tick. A change of the tick's length, or of time by more than the rings hold, begins anew. */
void ledger_take(struct ledger *l, const struct tally *tally);

size_t ledger_count(const struct ledger *l);
const struct stream_key *ledger_key(const struct ledger *l, size_t row);

/* Segments have other numbers from now on. */
struct segment_places;
void ledger_move(struct ledger *l, const struct segment_places *places);

/* LEDGER_STREAMS when the stream is not known. */
size_t ledger_find(const struct ledger *l, const struct stream_key *key);

/* The sums of a row over [from, until); both are rounded to what the rings can tell apart, never beyond them. */
struct ledger_sum ledger_sum(const struct ledger *l, size_t row, nanos from, nanos until);

/* The time of a unit, the earliest time that is held, and the end of the last tick. */
nanos ledger_unit(const struct ledger *l);
nanos ledger_begin(const struct ledger *l);
nanos ledger_end(const struct ledger *l);

uint64_t ledger_refused(const struct ledger *l);

#endif
