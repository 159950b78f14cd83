/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of connections, see connections.h. Called by transaction.c on the worker's thread; nothing allocates after the opening. Keys
 * are keyed hashes already. Refused, and counted: a connection for which all places in reach are taken by living ones.
 */
#include "dataplane/transaction/connections.h"

#include <string.h>

#include "dataplane/base/hash.h"
#include "dataplane/base/memory.h"

bool connections_open(struct connections *c, size_t capacity)
{
	memset(c, 0, sizeof(*c));
	c->capacity = CONNECTIONS_REACH;
	while (c->capacity < capacity)
		c->capacity *= 2;
	c->life = 1;
	c->list = memory_take(c->capacity * sizeof(*c->list));
	return c->list != NULL;
}

void connections_close(struct connections *c)
{
	memory_give(c->list, c->capacity * sizeof(*c->list));
}

void connections_reset(struct connections *c)
{
	c->life++;
}

static struct connection *place_at(const struct connections *c, uint64_t key, unsigned int step)
{
	return &c->list[(hash_mix(key) + step) & (c->capacity - 1)];
}

static bool is_taken(const struct connections *c, const struct connection *place)
{
	return place->life == c->life;
}

struct connection *connections_find(struct connections *c, uint64_t key, nanos clock)
{
	for (unsigned int step = 0; step < CONNECTIONS_REACH; step++) {
		struct connection *place = place_at(c, key, step);

		if (!is_taken(c, place) || place->key != key)
			continue;
		if (clock > place->heard)
			place->heard = clock;
		return place;
	}
	return NULL;
}

/* A place for a name that has none: a free one, or one that has been silent for too long; NULL when there is none. */
static struct connection *place_make(struct connections *c, uint64_t key, nanos clock)
{
	struct connection *oldest = place_at(c, key, 0);

	for (unsigned int step = 0; step < CONNECTIONS_REACH; step++) {
		struct connection *place = place_at(c, key, step);

		if (!is_taken(c, place))
			return place;
		if (place->heard < oldest->heard)
			oldest = place;
	}
	return clock - oldest->heard > CONNECTION_AGE ? oldest : NULL;
}

/* The record under `key`, made if need be, with that other name; what it was of another connection is forgotten. */
static struct connection *record_set(struct connections *c, uint64_t key, uint64_t other, bool is_alias, nanos clock)
{
	struct connection *record = connections_find(c, key, clock);

	if (record != NULL && record->other == other && record->is_alias == is_alias)
		return record;
	if (record == NULL)
		record = place_make(c, key, clock);
	if (record != NULL)
		*record = (struct connection){ .key = key, .other = other, .heard = clock, .life = c->life, .is_alias = is_alias };
	return record;
}

static void record_clear(struct connections *c, uint64_t key, uint64_t other)
{
	struct connection *record = connections_find(c, key, 0);

	if (record != NULL && record->other == other)
		record->life = 0;
}

struct connection *connections_join(struct connections *c, uint64_t key, uint64_t alias, nanos clock)
{
	if (key == alias)
		return NULL;
	if (record_set(c, alias, key, true, clock) == NULL) {
		c->refused++;
		return NULL;
	}
	if (record_set(c, key, alias, false, clock) == NULL) {
		record_clear(c, alias, key);
		c->refused++;
		return NULL;
	}
	return connections_find(c, key, clock);
}

void connections_part(struct connections *c, uint64_t key)
{
	const struct connection *record = connections_find(c, key, 0);
	uint64_t other;

	if (record == NULL)
		return;
	other = record->other;
	record_clear(c, other, key);
	record_clear(c, key, other);
}
