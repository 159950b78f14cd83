/* SPDX-License-Identifier: BSD-3-Clause */
/* From the YAML tree to the members of the plan, along the schema. Private to this room. */
#ifndef SIGCANARY_CONFIG_READER_H
#define SIGCANARY_CONFIG_READER_H

#include "config/mistake.h"
#include "config/schema.h"
#include "config/yaml.h"

struct reader {
	struct mistakes *mistakes;
	struct arena *arena;            /* of the plan */
	struct arena *scratch;          /* of this reading */
	const struct yaml *maintenance; /* met on the way and read at the end: it names segments and local times; NULL when absent */
};

/*
 * Reads the keys of a mapping into the struct at `base`, noting unknown, duplicate and unreadable ones. `section` is the path of the
 * mapping inside the table, "" at its top.
 */
void reader_mapping(struct reader *r, const struct schema_table *t, const struct yaml *mapping, const char *section, void *base);

/* Reads one value of any kind, scalars and lists. */
void reader_value(struct reader *r, const struct schema_key *k, const struct yaml *value, void *base);

/* Reads one scalar into `member`; false with the mistake noted. */
bool reader_scalar(struct reader *r, const struct schema_key *k, const struct yaml *value, void *member);

/* Reads a list or mapping (VALUE_SCALARS and beyond); `value` is not null. */
void reader_list(struct reader *r, const struct schema_key *k, const struct yaml *value, void *base);

/* The patterns of a segment, collected while it is read. */
struct segment_draft {
	struct plan_segment segment; /* first: the schema's offsets count from here */
	struct plan_pattern *patterns;
	size_t capacity;
};

/* Reads one list (or one value) of patterns of `field` into the draft; config/pattern.c. */
void reader_patterns(struct reader *r, enum plan_field field, const struct yaml *value, struct segment_draft *draft);

/* Reads an item's mapping, and notes what it lacks. False when it is none. */
bool reader_item(struct reader *r, const struct schema_table *t, const struct yaml *item, void *base);

/* Whether the value is a list; a single value where one is expected is told how to write it. */
bool reader_expects_list(struct reader *r, const struct schema_key *k, const struct yaml *value);

/* The value of an item's key; NULL when it lacks the key. */
const struct yaml *reader_entry(const struct yaml *item, const char *key);

/* config/calendar_list.c: holidays when they are met; the time zone and the announced work once the whole file has been read. */
void reader_dates(struct reader *r, const struct schema_key *k, const struct yaml *value, void *base);
void reader_calendar(struct reader *r, struct place zone_place, struct plan *plan);

#endif
