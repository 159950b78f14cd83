/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Seasons of volumes, see memory_flow.h. Owned by control; called by memory.c and, through memory.h, by beyond.c. There are a few thousand
 * at most, and they are asked for when a stream gets busy, so they are looked through one by one.
 */
#include "control/detect/memory_flow.h"

#include <stdlib.h>
#include <string.h>

#include "control/detect/memory_key.h"

#define RECORDS_MOST 16384U

void flow_records_free(struct flow_records *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->records[i].key);
	free(f->records);
	*f = (struct flow_records){ 0 };
}

/* That of the key, else a free one, else NULL. */
static struct flow_record *record_find(const struct flow_records *f, const char *key)
{
	struct flow_record *empty = NULL;

	for (size_t i = 0; i < f->count; i++) {
		if (f->records[i].key == NULL)
			empty = &f->records[i];
		else if (strcmp(f->records[i].key, key) == 0)
			return &f->records[i];
	}
	return empty;
}

bool flow_records_claim(struct flow_records *f, const struct memory_scene *scene, const struct stream_key *key, struct season_flow *ret)
{
	char text[MEMORY_KEY_MAX];
	struct flow_record *r;

	if (f->count == 0 || !memory_key_text(scene, key, text))
		return false;
	r = record_find(f, text);
	if (r == NULL || r->key == NULL || r->fingerprint != memory_fingerprint(scene, key))
		return false;
	*ret = r->season;
	free(r->key);
	r->key = NULL;
	return true;
}

/* The place of a key, new or old; NULL without memory, or when there are too many. */
static struct flow_record *record_take(struct flow_records *f, const char *key)
{
	struct flow_record *r = record_find(f, key);

	if (r == NULL && f->count == f->room) {
		size_t room = f->room == 0 ? 64 : 2 * f->room;
		struct flow_record *more = room > RECORDS_MOST ? NULL : reallocarray(f->records, room, sizeof(*more));

		if (more == NULL)
			return NULL;
		f->records = more;
		f->room = room;
	}
	if (r == NULL) {
		r = &f->records[f->count++];
		r->key = NULL;
	}
	if (r->key == NULL)
		r->key = strdup(key);
	return r->key == NULL ? NULL : r;
}

bool flow_records_keep(struct flow_records *f, const struct memory_scene *scene, const struct stream_key *key,
		       const struct season_flow *season)
{
	char text[MEMORY_KEY_MAX];
	struct flow_record *r;

	if (!memory_key_text(scene, key, text))
		return true;
	r = record_take(f, text);
	if (r == NULL)
		return false;
	r->fingerprint = memory_fingerprint(scene, key);
	r->season = *season;
	return true;
}

void flow_pack(struct pack *p, const char *key, uint64_t fingerprint, const struct season_flow *season)
{
	pack_text(p, key);
	pack_number(p, fingerprint, 8);
	for (int day = 0; day < SEASON_DAYS; day++)
		for (int slot = 0; slot < SEASON_SLOTS; slot++) {
			pack_number(p, season->days[day][slot], 1);
			pack_double(p, (double)season->rate[day][slot]);
		}
	pack_double(p, (double)season->spread);
	pack_number(p, season->has_slot, 1);
	pack_number(p, (uint32_t)season->slot_number, 4);
	pack_number(p, season->day, 1);
	pack_number(p, season->slot, 1);
	pack_double(p, season->requests);
	pack_double(p, season->seconds);
}

static bool season_unpack(struct cursor *c, struct season_flow *ret)
{
	double number;
	uint32_t slot_number;
	uint8_t has_slot;

	for (int day = 0; day < SEASON_DAYS; day++)
		for (int slot = 0; slot < SEASON_SLOTS; slot++) {
			if (!cursor_u8(c, &ret->days[day][slot]) || !unpack_double(c, &number))
				return false;
			ret->rate[day][slot] = (float)number;
		}
	if (!unpack_double(c, &number) || !cursor_u8(c, &has_slot) || !cursor_be32(c, &slot_number) || !cursor_u8(c, &ret->day) ||
	    !cursor_u8(c, &ret->slot) || ret->day >= SEASON_DAYS || ret->slot >= SEASON_SLOTS)
		return false;
	ret->spread = (float)number;
	ret->has_slot = has_slot != 0;
	ret->slot_number = (int32_t)slot_number;
	return unpack_double(c, &ret->requests) && unpack_double(c, &ret->seconds);
}

bool flow_unpack(struct flow_records *f, struct cursor *c, bool *has_no_memory)
{
	char key[MEMORY_KEY_MAX];
	struct season_flow season = { 0 };
	struct flow_record *r;
	uint64_t fingerprint;

	if (!unpack_text(c, key, sizeof(key)) || !cursor_be64(c, &fingerprint) || !season_unpack(c, &season))
		return false;
	r = record_take(f, key);
	*has_no_memory = r == NULL;
	if (r == NULL)
		return false;
	r->fingerprint = fingerprint;
	r->season = season;
	return true;
}
