/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Leaves of a running tick, see leaves.h. Called by the worker while it fills them, leaves_clear() by control once it has read them.
 *
 * Only what was touched in a tick exists, so that a quiet tick is cheap. Refused are streams beyond the room, counted per event; the
 * reserve keeps the sums over ALL, and over the usual combinations of segments, from being what is refused.
 */
#include "dataplane/transaction/leaves.h"

#include <string.h>

#include "dataplane/base/digits.h"
#include "dataplane/base/memory.h"
#include "dataplane/transaction/wheres.h"

/* Leaves kept for subscribers' sums: half for segments without a prefix, half for procedures, of which there are fewer. */
#define LEAVES_RESERVE 1024
#define LEAVES_PROBES  16
#define INDEX_SIZE(l)  (((l)->mask + 1 + (size_t)LEAVES_PROCEDURES * LEAVES_NUMBERED + WHERES_MAX) * sizeof(uint32_t))

static size_t power_of_two(size_t at_least)
{
	size_t n = 1;

	while (n < at_least)
		n <<= 1;
	return n;
}

bool leaves_open(struct leaves *l, size_t room, const struct hash_key *key)
{
	memset(l, 0, sizeof(*l));
	/* A key of zero, as tests have it, must scatter too. */
	l->key = (struct hash_key){ .k = { key->k[0] ^ UINT64_C(0xbf58476d1ce4e5b9), key->k[1] ^ UINT64_C(0x9e3779b97f4a7c15) } };
	l->room = room;
	l->mask = power_of_two(2 * (room + LEAVES_RESERVE)) - 1;
	l->list = memory_take((room + LEAVES_RESERVE) * sizeof(*l->list));
	l->index = memory_take(INDEX_SIZE(l));
	if (l->index != NULL)
		l->numbered = l->index + l->mask + 1;
	return l->list != NULL && l->index != NULL;
}

void leaves_close(struct leaves *l)
{
	memory_give(l->list, (l->room + LEAVES_RESERVE) * sizeof(*l->list));
	memory_give(l->index, INDEX_SIZE(l));
}

void leaves_clear(struct leaves *l)
{
	for (size_t i = 0; i < l->count; i++)
		l->index[l->list[i].place] = 0;
	l->count = 0;
	l->refused = 0;
}

/* How many leaves there may be before one of that name is refused: the coarser, the later. */
static size_t room_for(const struct leaves *l, const struct leaf_name *name)
{
	if (leaf_kind(name->tag) != LEAF_SUBSCRIBER || name->value != 0)
		return l->room;
	return name->segments != 0 ? l->room + LEAVES_RESERVE / 2 : l->room + LEAVES_RESERVE;
}

/* Refuses what only the exact leaf can count; the next coarser leaf. */
static struct leaf *leaf_coarser(struct leaves *l, struct leaf_name name)
{
	if (leaf_kind(name.tag) != LEAF_SUBSCRIBER || (name.value == 0 && name.segments == 0)) {
		l->refused++;
		return NULL;
	}
	if (name.value != 0) {
		unsigned int count = digits_count(name.value);

		l->refused += count >= TALLY_PREFIX_SHORTEST ? count - TALLY_PREFIX_SHORTEST + 1 : 0;
		name.value = 0;
	} else {
		l->refused += (unsigned int)__builtin_popcountll(name.segments);
		name.segments = 0;
	}
	return leaves_of(l, name);
}

struct leaf *leaves_number(struct leaves *l, size_t place, struct leaf_name name)
{
	struct leaf *leaf = &l->list[l->count];

	if (l->count >= l->room) {
		l->refused++;
		return NULL;
	}
	memset(leaf, 0, sizeof(*leaf));
	leaf->name = name;
	leaf->place = (uint32_t)(l->mask + 1 + place);
	l->numbered[place] = (uint32_t)++l->count;
	return leaf;
}

struct leaf *leaves_search(struct leaves *l, struct leaf_name name, size_t at)
{
	bool is_always_kept = leaf_kind(name.tag) == LEAF_SUBSCRIBER && name.value == 0 && name.segments == 0;

	for (unsigned int probes = 0; probes < LEAVES_PROBES || is_always_kept; probes++, at = (at + 1) & l->mask) {
		struct leaf *leaf = &l->list[l->count];

		if (l->index[at] != 0) {
			leaf = &l->list[l->index[at] - 1];
			if (leaf->name.value == name.value && leaf->name.segments == name.segments && leaf->name.tag == name.tag)
				return leaf;
			continue;
		}
		if (l->count >= room_for(l, &name))
			break;
		memset(leaf, 0, sizeof(*leaf));
		leaf->name = name;
		leaf->place = (uint32_t)at;
		l->index[at] = (uint32_t)++l->count;
		return leaf;
	}
	return leaf_coarser(l, name);
}
