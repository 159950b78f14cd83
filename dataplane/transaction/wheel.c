/* SPDX-License-Identifier: BSD-3-Clause */
/* The wheel, see wheel.h. Called by entries.c on the worker's thread; nothing allocates after the opening. */
#include "dataplane/transaction/wheel.h"

#include <string.h>

#include "dataplane/base/memory.h"

/* Each slot may hold one chunk that is not full. */
static size_t chunks_of(size_t room)
{
	return room / WHEEL_RECORDS + WHEEL_SLOTS + 2;
}

/*
 * A division by the tick costs some 30 cycles, the product with its reciprocal five. It is exact for all that is asked: with
 * 2^(shift + 1) <= tick < 2^(shift + 2) the rounding adds less than tick / 2^(64 + shift) ticks per nanosecond ahead, and less than
 * 4096 ticks are asked for.
 */
static void reciprocal_set(struct wheel *w)
{
	w->shift = 62 - (unsigned int)__builtin_clzll((uint64_t)w->tick | 2);
	w->reciprocal = (uint64_t)((((unsigned __int128)1 << (64 + w->shift)) + (uint64_t)w->tick - 1) / (uint64_t)w->tick);
}

bool wheel_open(struct wheel *w, size_t room, nanos tick)
{
	memset(w, 0, sizeof(*w));
	w->room = room;
	w->tick = tick;
	reciprocal_set(w);
	w->chunks = memory_take(chunks_of(room) * sizeof(*w->chunks));
	return w->chunks != NULL;
}

void wheel_close(struct wheel *w)
{
	memory_give(w->chunks, chunks_of(w->room) * sizeof(*w->chunks));
}

void wheel_reset(struct wheel *w)
{
	memset(w->slots, 0, sizeof(w->slots));
	w->free = 0;
	w->used = 0;
	w->count = 0;
	w->is_turning = false;
}

void wheel_start(struct wheel *w, nanos time)
{
	w->turned = time / w->tick;
	w->begins = w->turned * w->tick;
	w->is_turning = true;
}

void wheel_add(struct wheel *w, unsigned int slot, uint32_t number)
{
	struct wheel_slot *s = &w->slots[slot];

	if (s->chunk == 0 || s->count == WHEEL_RECORDS) {
		uint32_t chunk = w->free;

		if (chunk != 0)
			w->free = w->chunks[chunk].next;
		else
			chunk = ++w->used;
		w->chunks[chunk].next = s->chunk;
		s->chunk = chunk;
		s->count = 0;
	}
	w->chunks[s->chunk].records[s->count++] = number;
	w->count++;
}

void wheel_chunk_free(struct wheel *w, struct wheel_slot *s)
{
	uint32_t emptied = s->chunk;

	s->chunk = w->chunks[emptied].next;
	s->count = s->chunk == 0 ? 0 : WHEEL_RECORDS;
	w->chunks[emptied].next = w->free;
	w->free = emptied;
}

void wheel_turn(struct wheel *w)
{
	w->turned++;
	w->begins += w->tick;
}
