/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The entries of the transaction table: one array, an index that finds them by key, a wheel (wheel.h) that finds them by what is due. Knows
 * nothing of what an entry means. Owned by one worker.
 *
 * The table is larger than any cache, so what counts are lines of memory: one of the index and two of the entry for an indication. Both can
 * be fetched ahead. A million entries that were in use at once hold 149 MiB (128 bytes each, some 16 of the index, 8 of the wheel and of
 * the list of free ones); what was never used holds none.
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
#include "dataplane/transaction/remnants.h"
#include "dataplane/transaction/wheel.h"

/*
 * Entries under one key at most. Nodes that count their transaction ids from the same number share keys, a few at a time; nobody
 * may build a chain that costs seconds to walk.
 */
#define ENTRIES_PER_KEY_MAX 1024

enum entry_state { ENTRY_FREE, ENTRY_OPEN, ENTRY_TIMED_OUT, ENTRY_DONE, ENTRY_EARLY };

struct entry {
	/* The first line: who it is and what is next. */
	uint64_t key;
	nanos due;
	nanos opened; /* clock */
	digits imsi;
	uint32_t party_title;
	uint32_t party_code;
	uint32_t chain; /* the next older entry of the same key, or a remnant, which is the last */
	uint32_t cause;
	procedure procedure;
	int16_t invoke;
	uint16_t tries;
	uint8_t state;
	uint8_t step; /* next checkpoint */
	uint8_t class;
	uint8_t bucket; /* of the IMSI */
	uint8_t cause_layer;
	uint8_t diagnostic;
	uint8_t rat;
	bool is_returned; /* OPEN: SCCP brought it back, the cause is filled in */
	uint16_t where;   /* see wheres.h */
	/* The second: what is told about it. */
	uint64_t sequence;
	nanos time;
	digits msisdn;
	node client;
	node asked;
	node server; /* who answered; 0 before */
	uint64_t segments;
	uint32_t frame;
	uint32_t answer_frame;
};

_Static_assert(sizeof(struct entry) == 128 && offsetof(struct entry, sequence) == 64, "an entry is two cache lines");

#define ENTRIES_PLACES 12

/*
 * One cache line of the index: newest entries or remnants of up to twelve keys, and eight bits of each key to tell most others from them
 * (0: the place is empty). What finds no place goes to a further line behind it. Places of remnants that are forgotten are cleared when
 * the line is full.
 */
struct entries_line {
	uint8_t prints[ENTRIES_PLACES];
	uint32_t next;
	uint32_t numbers[ENTRIES_PLACES];
};

_Static_assert(sizeof(struct entries_line) == 64, "a line of the index is a cache line");

struct entries {
	struct entry *list; /* entry 0 is unused: 0 ends every chain */
	struct entries_line *lines;
	uint32_t *free; /* entries given back, the last one is taken first */
	size_t free_count;
	size_t used; /* entries ever taken: those above have never been touched */
	size_t capacity;
	unsigned int shift;  /* of a key's product, leaves the number of its line */
	uint32_t line_free;  /* further lines that were used and are empty */
	uint32_t line_used;  /* further lines ever used */
	uint32_t line_first; /* number of the first further line; 0 is no further line's */
	uint32_t line_count; /* of all */
	uint16_t *slots;     /* of each entry: slot + 1 of its record in the wheel, 0: none; apart, as most records come up for nothing */
	struct wheel wheel;
	struct remnants remnants;
};

/* Takes memory for `capacity` entries, of which none is touched yet; false when there is none. entries_close() also after a failure. */
bool entries_open(struct entries *e, size_t capacity, nanos tick);
void entries_close(struct entries *e);
/* Begins anew, with another time. All entries are free. */
void entries_reset(struct entries *e);

/* An empty entry under `key`, not yet due; 0 when there is no room or ENTRIES_PER_KEY_MAX of this key. */
uint32_t entries_take(struct entries *e, uint64_t key);
void entries_release(struct entries *e, uint32_t at);
/* The newest entry of `key`, 0 for none; the older ones follow entry.chain. The last one may be a remnant, see is_remnant(). */
uint32_t entries_first(const struct entries *e, uint64_t key);

/*
 * Keeps a remnant of an entry until `due` in its place and gives the entry back. False, and nothing done, when the key has others. To be
 * called with ascending `due`.
 */
bool entries_settle(struct entries *e, uint32_t at, nanos due);
/* The remnant of that number; NULL when it is due at `clock` or was forgotten. */
static inline const struct remnant *entries_remnant(const struct entries *e, uint32_t number, nanos clock)
{
	const struct remnant *r = remnant_at(&e->remnants, number);

	return remnant_is_kept(&e->remnants, number) && r->due > clock ? r : NULL;
}
/* Forgets a remnant before its time. */
void entries_forget(struct entries *e, uint32_t number);

/* Makes sure that the wheel brings the entry up in the tick in which it is due, or earlier. */
void entries_record(struct entries *e, uint32_t at);
/* Makes an entry due anew. A record that was early enough for an earlier time still is. */
static inline void entries_put_off(struct entries *e, uint32_t at, nanos due)
{
	struct entry *entry = &e->list[at];
	bool is_later = due >= entry->due;

	entry->due = due;
	if (!is_later || e->slots[at] == 0)
		entries_record(e, at);
}

/* The next of those that the slot of the wheel's next tick brings up, 0 when that is empty. To be recorded anew or released. */
uint32_t entries_come_up(struct entries *e);

/* Fetch ahead: the line of the index, the newest entry that may be of `key` (false: there is none), entries that will be taken. */
void entries_fetch_line(const struct entries *e, uint64_t key);
bool entries_fetch(const struct entries *e, uint64_t key);
void entries_fetch_free(const struct entries *e, size_t position);
void entries_fetch_remnant(const struct entries *e, size_t position);

#endif
