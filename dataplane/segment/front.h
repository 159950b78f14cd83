/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What stands before the table of names: names as the wire spelt them, and titles, with their answers. Private to names.c.
 *
 * A name that was seen in this spelling is found without lower case and SipHash; another spelling is another entry with the same node. A
 * place has two entries, the newer first; a third name of the same place drives the older out. An entry is only believed when all octets,
 * the field and the generation are the same, so what the wire chooses can make names miss and nothing else. Owned by one worker.
 */
#ifndef SIGCANARY_SEGMENT_FRONT_H
#define SIGCANARY_SEGMENT_FRONT_H

#include <stdlib.h>

#include "dataplane/base/cursor.h"
#include "dataplane/base/hash.h"
#include "dataplane/segment/segment.h"

/* With node and segments two cache lines. Names are 40 to 60 octets in the captures at hand; longer ones are read the long way. */
#define FRONT_OCTETS_MAX  104
#define FRONT_ENTRIES_MAX 4096 /* half a mebibyte */
#define FRONT_ENTRIES_MIN 16
#define FRONT_TITLES      4096

struct front_name {
	struct name name;
	uint64_t what; /* generation << 32 | field << 8 | octets; 0: free, as no name has no octets */
	uint8_t octets[FRONT_OCTETS_MAX];
};

_Static_assert(sizeof(struct front_name) == 128, "two cache lines");

struct front_title {
	digits title; /* 0: free */
	struct name name;
	uint64_t generation;
};

struct front {
	struct front_name *names;
	struct front_title *titles;
	size_t mask;
};

/* Whether a name has one of the lengths that names of operators have. */
static inline bool front_is_usual(const struct cursor *text)
{
	return cursor_left(text) >= 32 && cursor_left(text) <= 64;
}

/* False without memory; front_close() also then. */
static inline bool front_open(struct front *f, size_t capacity)
{
	size_t count = FRONT_ENTRIES_MIN;

	while (count < capacity && count < FRONT_ENTRIES_MAX)
		count *= 2;
	f->mask = count - 1;
	f->names = aligned_alloc(sizeof(*f->names), count * sizeof(*f->names));
	f->titles = calloc(FRONT_TITLES, sizeof(*f->titles));
	if (!f->names || !f->titles)
		return false;
	memset(f->names, 0, count * sizeof(*f->names));
	return true;
}

static inline void front_close(struct front *f)
{
	free(f->names);
	free(f->titles);
}

/*
 * The place of a name. Operators' names share their last 34 octets (".epc.mnc010.mcc234.3gppnetwork.org", TS 23.003 19.2): where a name is
 * usual in length its first 32 tell it apart, and one product of them does.
 */
static inline size_t front_place(const struct front *f, const struct hash_key *key, const struct cursor *text, uint64_t what)
{
	uint64_t hash;

	if (front_is_usual(text))
		hash = hash_fold(cursor_fixed_be64(text, 0) ^ key->k[0] ^ cursor_fixed_be64(text, 16) >> 3,
				 cursor_fixed_be64(text, 8) ^ key->k[1] ^ cursor_fixed_be64(text, 24) >> 5);
	else
		hash = hash_text(key, text->at, cursor_left(text));
	return (size_t)(hash + what) & f->mask;
}

typedef uint64_t front_lanes __attribute__((vector_size(16)));

/* The bits in which 16 octets differ. */
static inline front_lanes front_differ(const uint8_t *ours, const uint8_t *theirs)
{
	front_lanes a;
	front_lanes b;

	memcpy(&a, ours, sizeof(a));
	memcpy(&b, theirs, sizeof(b));
	return a ^ b;
}

/* Whether the octets are those of the text, which has as many. Usual lengths in four overlapping steps, without a branch. */
static inline bool front_is(const uint8_t *octets, const struct cursor *text)
{
	size_t length = cursor_left(text);
	front_lanes difference;

	if (!front_is_usual(text))
		return memcmp(octets, text->at, length) == 0;
	difference = front_differ(octets, text->at) | front_differ(octets + 16, text->at + 16) |
		     front_differ(octets + length - 32, text->at + length - 32) |
		     front_differ(octets + length - 16, text->at + length - 16);
	return (difference[0] | difference[1]) == 0;
}

/* Generation, field and octets of a name as one word. */
static inline uint64_t front_what(uint32_t generation, enum plan_field field, const struct cursor *text)
{
	return (uint64_t)generation << 32 | (uint64_t)field << 8 | cursor_left(text);
}

/* The answer for a name in this spelling, when it stands first at its place; otherwise NULL. */
static inline const struct name *front_first(const struct front *f, size_t place, const struct cursor *text, uint64_t what)
{
	const struct front_name *first = &f->names[place];

	return first->what == what && front_is(first->octets, text) ? &first->name : NULL;
}

/* The same for the second, which changes places with the first. */
static inline const struct name *front_second(struct front *f, size_t place, const struct cursor *text, uint64_t what)
{
	struct front_name second = f->names[place ^ 1];

	if (second.what != what || !front_is(second.octets, text))
		return NULL;
	f->names[place ^ 1] = f->names[place];
	f->names[place] = second;
	return &f->names[place].name;
}

/* Remembers the answer for a name of at most FRONT_OCTETS_MAX octets. */
static inline void front_keep(struct front *f, size_t place, const struct cursor *text, const struct front_name *answer)
{
	struct front_name *first = &f->names[place];

	f->names[place ^ 1] = *first;
	first->name = answer->name;
	first->what = answer->what;
	memcpy(first->octets, text->at, cursor_left(text));
}

static inline struct front_title *front_title(const struct front *f, const struct hash_key *key, digits title)
{
	return &f->titles[hash_fold(title ^ key->k[0], key->k[1]) % FRONT_TITLES];
}

#endif
