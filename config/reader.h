/* SPDX-License-Identifier: BSD-3-Clause */
/* From the YAML tree to the members of the plan, along the schema. Private to this room. */
#ifndef SIGCANARY_CONFIG_READER_H
#define SIGCANARY_CONFIG_READER_H

#include "config/mistake.h"
#include "config/schema.h"
#include "config/yaml.h"

struct reader {
	struct mistakes *mistakes;
	struct arena *arena;   /* of the plan */
	struct arena *scratch; /* of this reading */
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

#endif
