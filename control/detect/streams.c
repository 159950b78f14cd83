/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Streams by key: open addressing over a power of two at most half full, keyed hash because prefixes and nodes come from the wire. When
 * the limit is reached the newest is refused. A stream that is forgotten leaves its index and its weight to the next one.
 *
 * Here the budget for false alarms is divided. Two families share it: the whole, segments and servers have 30 %, prefixes, buckets and
 * clients 60 %, 10 % is that of beyond.c. The k-th stream of a family (from 0) has family * k0 / ((k0 + k) (k0 + k + 1)): these sum to the
 * family's part whatever number appears, and the first k0 streams have about 1 / k0 of it each, so nobody needs to know the number
 * beforehand and ten times k0 streams cost the last ones 4.8 nats. A parent that is not in the table yet is made before its child.
 */
#include "control/detect/streams.h"

#include <stdlib.h>
#include <string.h>

#include "dataplane/base/memory.h"

#define CACHE_LINE 64

static const struct {
	double budget;
	double even; /* k0 */
} family[] = { { 0.3, 100 }, { 0.6, 1000 } };
#define FAMILIES (sizeof(family) / sizeof(family[0]))

static const uint8_t family_of[DIMENSION_COUNT] = {
	[DIMENSION_ALL] = 0,         [DIMENSION_SEGMENT] = 0,     [DIMENSION_SERVER] = 0,      [DIMENSION_ROUTE] = 0,
	[DIMENSION_PLMN] = 0,        [DIMENSION_RAT] = 0,         [DIMENSION_DIRECTION] = 0,   [DIMENSION_NAMED] = 0,
	[DIMENSION_IMSI_PREFIX] = 1, [DIMENSION_IMSI_BUCKET] = 1, [DIMENSION_IMSI_ENDING] = 1, [DIMENSION_CLIENT] = 1,
};

struct streams {
	struct hash_key hash_key;
	size_t limit;
	size_t count;      /* indices given so far */
	size_t free_count; /* of them, those whose streams were forgotten */
	uint32_t *free;
	double *spare[FAMILIES]; /* weights of the forgotten */
	size_t spare_count[FAMILIES];
	size_t mask;
	size_t slots;
	size_t members[FAMILIES];
	uint32_t *index; /* STREAM_NONE where empty */
	struct stream *stream;
	uint32_t *slot;
	detector_parent_of parent_of; /* NULL: no stream has another parent than the whole */
	void *parent_self;
};

struct streams *watched_new(size_t limit, size_t slots, const struct hash_key *key)
{
	struct streams *t = calloc(1, sizeof(*t));
	size_t places = 16;

	if (t == NULL || limit == 0 || limit >= STREAM_NONE / 4) {
		free(t);
		return NULL;
	}
	while (places < 2 * limit)
		places *= 2;
	t->hash_key = *key;
	t->limit = limit;
	t->mask = places - 1;
	t->slots = slots;
	t->free = calloc(limit, sizeof(*t->free));
	for (size_t f = 0; f < FAMILIES; f++)
		t->spare[f] = calloc(limit, sizeof(*t->spare[f]));
	t->index = malloc(places * sizeof(*t->index));
	t->stream = memory_take(limit * sizeof(*t->stream));
	t->slot = memory_take(limit * slots * sizeof(*t->slot));
	if (t->free == NULL || t->spare[0] == NULL || t->spare[FAMILIES - 1] == NULL || t->index == NULL || t->stream == NULL ||
	    t->slot == NULL) {
		watched_free(t);
		return NULL;
	}
	memset(t->index, 0xff, places * sizeof(*t->index));
	return t;
}

void watched_free(struct streams *t)
{
	if (t == NULL)
		return;
	free(t->free);
	for (size_t f = 0; f < FAMILIES; f++)
		free(t->spare[f]);
	free(t->index);
	memory_give(t->stream, t->limit * sizeof(*t->stream));
	memory_give(t->slot, t->limit * t->slots * sizeof(*t->slot));
	free(t);
}

size_t watched_count(const struct streams *t)
{
	return t->count;
}

size_t watched_known(const struct streams *t)
{
	return t->count - t->free_count;
}

struct stream *watched_at(const struct streams *t, uint32_t index)
{
	return &t->stream[index];
}

void watched_fetch(const struct streams *t, uint32_t index, size_t slots)
{
	const struct stream *s = watched_at(t, index);
	const uint32_t *own = watched_slots(t, index);

	for (size_t at = 0; at < offsetof(struct stream, baseline.lessons); at += CACHE_LINE)
		__builtin_prefetch((const char *)s + at, 1);
	for (size_t at = offsetof(struct stream, baseline.answer); at < sizeof(*s); at += CACHE_LINE)
		__builtin_prefetch((const char *)s + at, 1);
	for (size_t i = 0; i < slots; i += CACHE_LINE / sizeof(*own))
		__builtin_prefetch(&own[i], 1);
}

uint32_t *watched_slots(const struct streams *t, uint32_t index)
{
	return &t->slot[(size_t)index * t->slots];
}

/* Where the search for a key begins. */
static size_t home_of(const struct streams *t, const struct stream_key *key)
{
	return hash_words(&t->hash_key, key->value, (uint64_t)key->procedure << 8 | key->dimension) & t->mask;
}

/* The place of the key, or the empty one where it belongs. */
static uint32_t *place_of(const struct streams *t, const struct stream_key *key)
{
	size_t at = home_of(t, key);

	while (t->index[at] != STREAM_NONE && stream_key_order(&t->stream[t->index[at]].key, key) != 0)
		at = (at + 1) & t->mask;
	return &t->index[at];
}

uint32_t watched_find(const struct streams *t, const struct stream_key *key)
{
	return *place_of(t, key);
}

uint32_t watched_behind(const struct streams *t, uint32_t before, const struct stream_key *key)
{
	uint32_t next = before == STREAM_NONE ? STREAM_NONE : t->stream[before].behind;

	/* A stream that was forgotten has an empty key, which is that of no cell but of one without a procedure. */
	if (next != STREAM_NONE && stream_is_used(&t->stream[next]) && stream_key_order(&t->stream[next].key, key) == 0)
		return next;
	return STREAM_NONE;
}

void watched_follow(struct streams *t, uint32_t before, uint32_t index)
{
	if (before != STREAM_NONE)
		t->stream[before].behind = index;
}

static double weight_of_next(struct streams *t, const struct stream_key *key)
{
	size_t f = family_of[key->dimension];
	double k;

	if (t->spare_count[f] > 0)
		return t->spare[f][--t->spare_count[f]];
	k = family[f].even + (double)t->members[f]++;

	return family[f].budget * family[f].even / (k * (k + 1));
}

static uint32_t stream_make(struct streams *t, const struct stream_key *key, uint32_t parent, int64_t now)
{
	uint32_t *place = place_of(t, key);
	struct stream *s;

	if (*place != STREAM_NONE)
		return *place;
	if (t->count == t->limit && t->free_count == 0)
		return STREAM_NONE;
	*place = t->free_count > 0 ? t->free[--t->free_count] : (uint32_t)t->count++;
	s = &t->stream[*place];
	s->key = *key;
	s->parent = parent;
	if (parent != STREAM_NONE)
		t->stream[parent].children++;
	s->weight = weight_of_next(t, key);
	s->touched = now - 1;
	s->seen = now;
	s->requests_at = now;
	s->behind = STREAM_NONE;
	for (unsigned int i = 0; i < STREAM_ANCESTORS; i++)
		s->ancestors[i] = STREAM_NONE;
	baseline_start(&s->baseline, now);
	return *place;
}

void watched_parents(struct streams *t, detector_parent_of parent_of, void *self)
{
	t->parent_of = parent_of;
	t->parent_self = self;
}

static uint32_t watched_make(struct streams *t, const struct stream_key *key, int64_t now, unsigned int depth);

/* Names may lie in one another as deep as they like; what lies deeper than this leans on the whole. */
#define PARENTS_MOST 8

/* The named stream that a named one is a part of, STREAM_NONE when it is none's. */
static uint32_t parent_find(struct streams *t, const struct stream_key *key, int64_t now, unsigned int depth)
{
	struct stream_key outer;
	uint32_t known;

	if (key->dimension != DIMENSION_NAMED || t->parent_of == NULL || depth == 0 || !t->parent_of(t->parent_self, key, &outer) ||
	    outer.dimension >= DIMENSION_COUNT || outer.dimension == DIMENSION_ALL)
		return STREAM_NONE;
	known = watched_find(t, &outer);
	return known != STREAM_NONE ? known : watched_make(t, &outer, now, depth - 1);
}

/* Makes a stream that is not there yet, and its parent before it. */
static uint32_t watched_make(struct streams *t, const struct stream_key *key, int64_t now, unsigned int depth)
{
	struct stream_key whole = { .procedure = key->procedure, .dimension = DIMENSION_ALL };
	uint32_t parent;

	if (key->dimension == DIMENSION_ALL)
		return stream_make(t, key, STREAM_NONE, now);
	parent = parent_find(t, key, now, depth);
	if (parent == STREAM_NONE)
		parent = stream_make(t, &whole, STREAM_NONE, now);
	return parent == STREAM_NONE ? STREAM_NONE : stream_make(t, key, parent, now);
}

uint32_t watched_take(struct streams *t, const struct stream_key *key, int64_t now)
{
	uint32_t known;

	if (key->dimension >= DIMENSION_COUNT)
		return STREAM_NONE;
	known = watched_find(t, key);
	return known != STREAM_NONE ? known : watched_make(t, key, now, PARENTS_MOST);
}

bool stream_is_idle(const struct stream *s, int64_t since)
{
	bool is_idle = stream_is_used(s) && s->parent != STREAM_NONE && s->children == 0 && s->in_flight == 0 && s->seen < since;

	for (int e = 0; e < EVIDENCE_JUDGED; e++)
		is_idle = is_idle && !s->watch[e].is_open;
	return is_idle;
}

void watched_forget(struct streams *t, uint32_t index)
{
	struct stream *s = &t->stream[index];
	size_t f = family_of[s->key.dimension];
	size_t hole = (size_t)(place_of(t, &s->key) - t->index);

	/* What was probed past the place moves back into it (Knuth 6.4, R). */
	for (size_t at = (hole + 1) & t->mask; t->index[at] != STREAM_NONE; at = (at + 1) & t->mask) {
		size_t home = home_of(t, &t->stream[t->index[at]].key);

		if (((at - home) & t->mask) < ((at - hole) & t->mask))
			continue;
		t->index[hole] = t->index[at];
		hole = at;
	}
	t->index[hole] = STREAM_NONE;
	if (s->parent != STREAM_NONE)
		t->stream[s->parent].children--;
	t->spare[f][t->spare_count[f]++] = s->weight;
	t->free[t->free_count++] = index;
	memset(s, 0, sizeof(*s));
	s->parent = STREAM_NONE;
	memset(watched_slots(t, index), 0, t->slots * sizeof(*t->slot));
}

void watched_rest(struct streams *t, uint32_t index)
{
	t->stream[index].in_flight = 0;
	memset(watched_slots(t, index), 0, t->slots * sizeof(*t->slot));
}

void watched_calm(struct streams *t, int64_t now)
{
	memset(t->slot, 0, t->count * t->slots * sizeof(*t->slot));
	for (size_t i = 0; i < t->count; i++) {
		struct stream *s = &t->stream[i];

		s->in_flight = 0;
		s->requests = s->answers = 0;
		s->requests_at = now;
		s->baseline.lesson_count = 0;
		for (int e = 0; e < EVIDENCE_JUDGED; e++)
			watch_reset(&s->watch[e]);
	}
}
