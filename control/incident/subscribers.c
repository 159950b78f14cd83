/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who failed, see subscribers.h: a table with linear probing whose entries are thinned by half whenever it is half full.
 *
 * Removal shifts the following entries back, so that probing never meets a gap (Knuth, TAOCP 6.4, algorithm R). The hash is keyed: which
 * subscribers stay in the sample cannot be aimed at from the wire. Called on the control thread for every outcome of an open incident.
 */
#include "control/incident/subscribers.h"

#include <stdlib.h>
#include <string.h>

bool subscribers_make(struct subscribers *s, const struct hash_key *key)
{
	memset(s, 0, sizeof(*s));
	s->key = *key;
	s->slots = calloc(SUBSCRIBERS_SLOTS, sizeof(*s->slots));
	return s->slots != NULL;
}

void subscribers_free(struct subscribers *s)
{
	free(s->slots);
	s->slots = NULL;
}

void subscribers_clear(struct subscribers *s)
{
	if (s->count)
		memset(s->slots, 0, SUBSCRIBERS_SLOTS * sizeof(*s->slots));
	s->count = 0;
	s->level = 0;
}

/* Who failed: the IMSI, else the number (routing enquiries). */
static digits subscriber_of(const struct outcome *o)
{
	return o->imsi ? o->imsi : o->msisdn;
}

static uint64_t subscriber_hash(const struct subscribers *s, digits imsi)
{
	return hash_words(&s->key, imsi, 0);
}

static bool is_sampled(const struct subscribers *s, uint64_t hash)
{
	return s->level == 0 || hash >> (64 - s->level) == 0;
}

static size_t slot_next(size_t slot)
{
	return (slot + 1) & (SUBSCRIBERS_SLOTS - 1);
}

static size_t slot_home(uint64_t hash)
{
	return (size_t)hash & (SUBSCRIBERS_SLOTS - 1);
}

/* The slot of that subscriber, or the empty one where it belongs. */
static size_t slot_find(const struct subscribers *s, digits imsi, uint64_t hash)
{
	size_t slot = slot_home(hash);

	while (s->slots[slot].imsi && s->slots[slot].imsi != imsi)
		slot = slot_next(slot);
	return slot;
}

static void slot_remove(struct subscribers *s, size_t hole)
{
	size_t slot = slot_next(hole);

	for (; s->slots[slot].imsi; slot = slot_next(slot)) {
		size_t home = slot_home(subscriber_hash(s, s->slots[slot].imsi));

		/* An entry may move into the hole when the hole lies cyclically between its home and its slot. */
		if (((slot - home) & (SUBSCRIBERS_SLOTS - 1)) < ((slot - hole) & (SUBSCRIBERS_SLOTS - 1)))
			continue;
		s->slots[hole] = s->slots[slot];
		hole = slot;
	}
	memset(&s->slots[hole], 0, sizeof(s->slots[hole]));
	s->count--;
}

static void sample_halve(struct subscribers *s)
{
	s->level++;
	for (size_t slot = 0; slot < SUBSCRIBERS_SLOTS; slot++) {
		while (s->slots[slot].imsi && !is_sampled(s, subscriber_hash(s, s->slots[slot].imsi)))
			slot_remove(s, slot);
	}
}

static uint8_t rat_of(const struct outcome *o)
{
	const struct procedure_row *row = procedure_row(o->procedure);

	return o->rat != RAT_NONE || !row ? o->rat : row->rat;
}

void subscribers_failed(struct subscribers *s, const struct outcome *o)
{
	digits who = subscriber_of(o);
	uint64_t hash = subscriber_hash(s, who);
	struct subscriber *entry;

	if (!who || !is_sampled(s, hash))
		return;
	entry = &s->slots[slot_find(s, who, hash)];
	if (!entry->imsi) {
		entry->imsi = who;
		entry->is_number = !o->imsi;
		s->count++;
	}
	entry->server = o->server;
	entry->client = o->client;
	entry->route = o->route;
	entry->segments = o->segments;
	entry->plmn = o->plmn;
	entry->procedure = o->procedure;
	entry->rat = rat_of(o);
	entry->direction = o->direction;
	entry->failed++;
	if (o->time >= entry->last_failed) {
		entry->last_failed = o->time;
		entry->is_recovered = false;
	}
	if (s->count > SUBSCRIBERS_EXACT)
		sample_halve(s);
}

void subscribers_take_back(struct subscribers *s, const struct outcome *o)
{
	digits who = subscriber_of(o);
	uint64_t hash = subscriber_hash(s, who);
	struct subscriber *entry;

	if (!who || !is_sampled(s, hash))
		return;
	entry = &s->slots[slot_find(s, who, hash)];
	if (entry->imsi && entry->failed)
		entry->failed--;
}

bool subscribers_succeeded(struct subscribers *s, const struct outcome *o)
{
	digits who = subscriber_of(o);
	uint64_t hash = subscriber_hash(s, who);
	struct subscriber *entry;

	if (!who || !is_sampled(s, hash))
		return false;
	entry = &s->slots[slot_find(s, who, hash)];
	if (!entry->imsi || !entry->failed || o->time <= entry->last_failed)
		return false;
	entry->is_recovered = true;
	return true;
}

const struct subscriber *subscribers_find(const struct subscribers *s, digits imsi)
{
	uint64_t hash = subscriber_hash(s, imsi);
	const struct subscriber *entry;

	if (!imsi || !is_sampled(s, hash))
		return NULL;
	entry = &s->slots[slot_find(s, imsi, hash)];
	return entry->imsi ? entry : NULL;
}

double subscribers_weight(const struct subscribers *s)
{
	return (double)(UINT64_C(1) << s->level);
}
