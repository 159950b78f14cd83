/* SPDX-License-Identifier: BSD-3-Clause */
/* The entries of the transaction table, see entries.h. Called by transaction.c on the worker's thread; nothing allocates after the opening.
 */
#include "dataplane/transaction/entries.h"

#include <stdlib.h>
#include <string.h>

#include "dataplane/base/hash.h"

bool entries_open(struct entries *e, size_t capacity, nanos tick)
{
	uint32_t heads = 1;

	memset(e, 0, sizeof(*e));
	while (heads < capacity)
		heads <<= 1;
	e->capacity = capacity;
	e->tick = tick;
	e->mask = heads - 1;
	e->list = calloc(capacity + 1, sizeof(*e->list));
	e->heads = calloc(heads, sizeof(*e->heads));
	if (e->list == NULL || e->heads == NULL)
		return false;
	for (size_t i = capacity; i > 0; i--) {
		e->list[i].chain = e->free;
		e->free = (uint32_t)i;
	}
	return true;
}

void entries_close(struct entries *e)
{
	free(e->list);
	free(e->heads);
}

static uint32_t head_of(const struct entries *e, uint64_t key)
{
	return (uint32_t)hash_mix(key) & e->mask;
}

uint32_t entries_first(const struct entries *e, uint64_t key)
{
	return e->heads[head_of(e, key)];
}

static void wheel_remove(struct entries *e, uint32_t at)
{
	struct entry *entry = &e->list[at];

	if (entry->wheel_previous != 0)
		e->list[entry->wheel_previous].wheel_next = entry->wheel_next;
	else
		e->wheel[entry->slot] = entry->wheel_next;
	if (entry->wheel_next != 0)
		e->list[entry->wheel_next].wheel_previous = entry->wheel_previous;
}

/* What is due later than one turn of the wheel is looked at again once per turn. */
static void wheel_insert(struct entries *e, uint32_t at)
{
	struct entry *entry = &e->list[at];
	int64_t tick = entry->due / e->tick;

	if (!e->is_turning) {
		e->turned = entry->opened / e->tick;
		e->is_turning = true;
	}
	if (tick < e->turned)
		tick = e->turned;
	if (tick >= e->turned + ENTRIES_SLOTS)
		tick = e->turned + ENTRIES_SLOTS - 1;
	entry->slot = (uint32_t)(tick % ENTRIES_SLOTS);
	entry->wheel_previous = 0;
	entry->wheel_next = e->wheel[entry->slot];
	if (entry->wheel_next != 0)
		e->list[entry->wheel_next].wheel_previous = at;
	e->wheel[entry->slot] = at;
}

void entries_schedule(struct entries *e, uint32_t at, nanos due)
{
	e->list[at].due = due;
	wheel_insert(e, at);
}

void entries_reschedule(struct entries *e, uint32_t at, nanos due)
{
	wheel_remove(e, at);
	entries_schedule(e, at, due);
}

/* Counts by key and not by chain, so that it is the same for any number of workers. */
static bool key_is_full(const struct entries *e, uint64_t key)
{
	unsigned int count = 0;

	for (uint32_t at = entries_first(e, key); at != 0 && count < ENTRIES_PER_KEY_MAX; at = e->list[at].chain)
		count += e->list[at].key == key;
	return count == ENTRIES_PER_KEY_MAX;
}

uint32_t entries_take(struct entries *e, uint64_t key)
{
	uint32_t at = e->free;
	uint32_t head = head_of(e, key);

	if (at == 0 || key_is_full(e, key))
		return 0;
	e->free = e->list[at].chain;
	memset(&e->list[at], 0, sizeof(e->list[at]));
	e->list[at].key = key;
	e->list[at].chain = e->heads[head];
	e->heads[head] = at;
	return at;
}

void entries_release(struct entries *e, uint32_t at)
{
	uint32_t *link = &e->heads[head_of(e, e->list[at].key)];

	while (*link != at)
		link = &e->list[*link].chain;
	*link = e->list[at].chain;
	wheel_remove(e, at);
	e->list[at].state = ENTRY_FREE;
	e->list[at].chain = e->free;
	e->free = at;
}

uint32_t *entries_slot(struct entries *e)
{
	return &e->wheel[e->turned % ENTRIES_SLOTS];
}

void entries_put_aside(struct entries *e, uint32_t at, uint32_t *ret_later)
{
	wheel_remove(e, at);
	e->list[at].wheel_next = *ret_later;
	*ret_later = at;
}

void entries_turn(struct entries *e, uint32_t later, bool is_done)
{
	if (is_done)
		e->turned++;
	while (later != 0) {
		uint32_t at = later;

		later = e->list[at].wheel_next;
		wheel_insert(e, at);
	}
}
