/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When to look at whom: numbers in slots of one tick each, 4096 of them. Records are appended and taken, nothing links them to what they
 * number, so that to put off something costs nothing: its record comes up at the old time, and is appended again. Knows nothing of
 * what a number means. Owned by one worker.
 */
#ifndef SIGCANARY_TRANSACTION_WHEEL_H
#define SIGCANARY_TRANSACTION_WHEEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/nanos.h"

#define WHEEL_SLOTS   4096
#define WHEEL_RECORDS 63 /* of a chunk: with the link, 256 bytes */

struct wheel_chunk {
	uint32_t next; /* 0: none */
	uint32_t records[WHEEL_RECORDS];
};

/* Full chunks behind a head that holds `count` records. */
struct wheel_slot {
	uint32_t chunk;
	uint32_t count;
};

struct wheel {
	struct wheel_slot slots[WHEEL_SLOTS];
	struct wheel_chunk *chunks; /* chunk 0 is unused: 0 ends every list */
	uint32_t free;              /* chunks that were used and are empty */
	uint32_t used;              /* chunks ever used: those above have never been touched */
	size_t room;                /* records */
	size_t count;
	nanos tick;
	uint64_t reciprocal; /* of the tick: 2^(64 + shift) / tick, rounded up */
	unsigned int shift;
	int64_t turned;  /* the tick whose slot is next */
	nanos begins;    /* that tick */
	bool is_turning; /* `turned` is known */
};

/*
 * Takes memory for `room` records, of which none is touched yet, and slots of `tick` (2 ns or more); false when there is none.
 * wheel_close() also after a failure.
 */
bool wheel_open(struct wheel *w, size_t room, nanos tick);
void wheel_close(struct wheel *w);
/* Forgets all records and the time. */
void wheel_reset(struct wheel *w);

/* Time begins: the slot of `time` is the next one. */
void wheel_start(struct wheel *w, nanos time);

/* The slot in which something due then has to be looked at: the next one when that is past, the last one when it is beyond all. */
static inline unsigned int wheel_slot_of(const struct wheel *w, nanos due)
{
	nanos ahead = due - w->begins;
	uint64_t ticks = (uint64_t)((unsigned __int128)(uint64_t)ahead * w->reciprocal >> 64) >> w->shift;

	if (ahead < 0)
		ticks = 0;
	else if (ahead >= w->tick * WHEEL_SLOTS)
		ticks = WHEEL_SLOTS - 1;
	return (unsigned int)((uint64_t)w->turned + ticks) % WHEEL_SLOTS;
}

static inline bool wheel_is_full(const struct wheel *w)
{
	return w->count >= w->room;
}

/* Gives the head of a slot back, which has become empty. */
void wheel_chunk_free(struct wheel *w, struct wheel_slot *s);

/* Appends a record; the wheel is not full. */
void wheel_add(struct wheel *w, unsigned int slot, uint32_t number);

/* Takes a record from the next slot, 0 when it is empty. */
static inline uint32_t wheel_take(struct wheel *w)
{
	struct wheel_slot *s = &w->slots[(uint64_t)w->turned % WHEEL_SLOTS];
	struct wheel_chunk *chunk = &w->chunks[s->chunk];
	uint32_t number;

	if (s->chunk == 0)
		return 0;
	number = chunk->records[--s->count];
	w->count--;
	if (s->count == 0)
		wheel_chunk_free(w, s);
	return number;
}

/* The record that is taken `ahead` (at most WHEEL_RECORDS) after the next one, 0 when there are not so many. */
static inline uint32_t wheel_coming(const struct wheel *w, uint32_t ahead)
{
	const struct wheel_slot *s = &w->slots[(uint64_t)w->turned % WHEEL_SLOTS];
	const struct wheel_chunk *chunk = &w->chunks[s->chunk];

	if (s->count > ahead)
		return chunk->records[s->count - 1 - ahead];
	return s->chunk != 0 && chunk->next != 0 ? w->chunks[chunk->next].records[WHEEL_RECORDS + s->count - 1 - ahead] : 0;
}

/* The next slot is the next tick's. */
void wheel_turn(struct wheel *w);

#endif
