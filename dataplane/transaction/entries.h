/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The entries of the transaction table: one array, a hash chain that finds them by key, a wheel with one slot per tick that finds them by
 * what is due. Knows nothing of what an entry means. Owned by one worker.
 */
#ifndef SIGCANARY_TRANSACTION_ENTRIES_H
#define SIGCANARY_TRANSACTION_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/digits.h"
#include "dataplane/base/nanos.h"
#include "dataplane/codes/codes.h"
#include "dataplane/node.h"

#define ENTRIES_SLOTS 1024
/*
 * Entries under one key at most. Nodes that count their transaction ids from the same number share keys, a few at a time; nobody
 * may build a chain that costs seconds to walk.
 */
#define ENTRIES_PER_KEY_MAX 1024

enum entry_state { ENTRY_FREE, ENTRY_OPEN, ENTRY_TIMED_OUT, ENTRY_DONE, ENTRY_EARLY };

struct entry {
	uint64_t key;
	uint64_t sequence;
	nanos time;
	nanos opened; /* clock */
	nanos due;
	digits imsi;
	digits msisdn;
	node client;
	node asked;
	node server; /* who answered; 0 before */
	uint64_t segments;
	uint32_t party_title;
	uint32_t party_code;
	uint32_t frame;
	uint32_t answer_frame;
	uint32_t cause;
	uint32_t chain;
	uint32_t wheel_next;
	uint32_t wheel_previous;
	uint32_t slot;
	procedure procedure;
	int16_t invoke;
	uint16_t tries;
	uint8_t state;
	uint8_t step; /* next checkpoint */
	uint8_t rat;
	uint8_t class;
	uint8_t cause_layer;
	uint8_t diagnostic;
	bool is_returned; /* OPEN: SCCP brought it back, the cause is filled in */
};

struct entries {
	struct entry *list; /* entry 0 is unused: 0 ends every chain */
	uint32_t *heads;
	uint32_t wheel[ENTRIES_SLOTS];
	uint32_t free;
	uint32_t mask;
	size_t capacity;
	nanos tick;
	int64_t turned;  /* the tick whose slot is next */
	bool is_turning; /* `turned` is known */
};

/* Takes memory for `capacity` entries; false when there is none. entries_close() also after a failure. */
bool entries_open(struct entries *e, size_t capacity, nanos tick);
void entries_close(struct entries *e);

/* An empty entry under `key`, not yet due; 0 when all are taken or ENTRIES_PER_KEY_MAX of this key. */
uint32_t entries_take(struct entries *e, uint64_t key);
/* Gives a due entry back. */
void entries_release(struct entries *e, uint32_t at);
/* The first entry in the chain of `key` (not all there have that key), 0 for none; the next ones follow entry.chain. */
uint32_t entries_first(const struct entries *e, uint64_t key);

/* Makes an entry due for the first time, and anew. */
void entries_schedule(struct entries *e, uint32_t at, nanos due);
void entries_reschedule(struct entries *e, uint32_t at, nanos due);

/*
 * The slot of the tick that is next, to be emptied from its head. What is not due yet is put aside into `ret_later` (a chain) and put back
 * by entries_turn(), which moves on to the next tick when `is_done`.
 */
uint32_t *entries_slot(struct entries *e);
void entries_put_aside(struct entries *e, uint32_t at, uint32_t *ret_later);
void entries_turn(struct entries *e, uint32_t later, bool is_done);

#endif
