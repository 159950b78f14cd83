/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A table with open addressing, see members.h. It is never more than half full, so a search is short. Nothing is taken out of
 * it: when an incident ends, the table is made anew without its streams.
 */
#include "control/incident/members.h"

#include <stdlib.h>
#include <string.h>

#define PLACES (1U << 15)

struct member {
	struct stream_key stream;
	uint8_t evidence;
	uint8_t owner; /* slot + 1; 0: an empty place */
};

struct members {
	struct hash_key key;
	size_t count;
	struct member *now;
	struct member *next; /* what a move makes */
};

struct members *members_new(const struct hash_key *key)
{
	struct members *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->key = *key;
	m->now = calloc(PLACES, sizeof(*m->now));
	m->next = calloc(PLACES, sizeof(*m->next));
	if (m->now && m->next)
		return m;
	members_free(m);
	return NULL;
}

void members_free(struct members *m)
{
	if (!m)
		return;
	free(m->now);
	free(m->next);
	free(m);
}

/* The place of the stream, or the empty one where it would stand. */
static struct member *place_of(const struct members *m, struct member *places, const struct stream_key *stream, enum evidence evidence)
{
	uint64_t what = (uint64_t)stream->procedure << 16 | (uint64_t)stream->dimension << 8 | (uint64_t)evidence;
	size_t at = (size_t)hash_pair(&m->key, stream->value, what);

	for (;; at++) {
		struct member *p = &places[at & (PLACES - 1)];

		if (!p->owner || (p->evidence == evidence && memcmp(&p->stream, stream, sizeof(*stream)) == 0))
			return p;
	}
}

size_t members_find(const struct members *m, const struct stream_key *stream, enum evidence evidence)
{
	const struct member *p = place_of(m, m->now, stream, evidence);

	return p->owner ? (size_t)p->owner - 1 : MEMBERS_NONE;
}

void members_put(struct members *m, const struct stream_key *stream, enum evidence evidence, size_t slot)
{
	struct member *p = place_of(m, m->now, stream, evidence);

	if (!p->owner && m->count >= PLACES / 2)
		return;
	m->count += !p->owner;
	*p = (struct member){ .stream = *stream, .evidence = (uint8_t)evidence, .owner = (uint8_t)(slot + 1) };
}

void members_rename(struct members *m, void (*rename)(struct stream_key *key, const struct segment_places *places),
		    const struct segment_places *places)
{
	for (size_t i = 0; i < PLACES; i++) {
		if (m->now[i].owner)
			rename(&m->now[i].stream, places);
	}
	members_move(m, MEMBERS_NONE, MEMBERS_NONE); /* each to its new place */
}

void members_move(struct members *m, size_t from, size_t to)
{
	struct member *old = m->now;

	memset(m->next, 0, PLACES * sizeof(*m->next));
	m->now = m->next;
	m->next = old;
	m->count = 0;
	for (size_t i = 0; i < PLACES; i++) {
		size_t slot = (size_t)old[i].owner - 1;

		if (!old[i].owner)
			continue;
		if (slot == from)
			slot = to;
		if (slot != MEMBERS_NONE)
			members_put(m, &old[i].stream, (enum evidence)old[i].evidence, slot);
	}
}
