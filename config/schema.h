/* SPDX-License-Identifier: BSD-3-Clause */
/* Every key of the configuration: its path, kind, range, default and words. Reading, dumping and explaining all follow this table. */
#ifndef SIGCANARY_CONFIG_SCHEMA_H
#define SIGCANARY_CONFIG_SCHEMA_H

#include "config/value.h"

struct schema_table {
	const struct schema_key *keys;
	size_t count;
};

/* Of the file; of the items of `segments`, `nodes` and `outcomes`. */
extern const struct schema_table schema_plan;
extern const struct schema_table schema_segment;
extern const struct schema_table schema_node;
extern const struct schema_table schema_outcome;

/* Of the items of `calendar.maintenance`, into this draft: what they mean depends on keys that may stand behind them. */
struct maintenance_draft {
	const char *from, *until, *words;
	const char *const *nodes;
	const char *const *segments;
};
extern const struct schema_table schema_maintenance;

/* Writes one key of a plan with its value, as a dump has it. */
void plan_key_write(const struct plan *p, const struct schema_key *k, FILE *out);

/* The key of that path, NULL when there is none. */
const struct schema_key *schema_find(const struct schema_table *t, const char *path);

/* Whether keys of the table begin with "section.". */
bool schema_has_section(const struct schema_table *t, const char *section);

/*
 * What was probably meant by an unknown key `word` under `section` ("" at the top), as the end of a sentence: "did you mean 'workers'?",
 * "it belongs under 'live'", or the keys that are known there.
 */
const char *schema_suggest(const struct schema_table *t, const char *section, const char *word, struct arena *arena);

/* The candidate that is closest to `word`, NULL when none is close. */
struct closest {
	const char *word;
	const char *best;
	unsigned int distance;
};
void closest_offer(struct closest *c, const char *candidate);

#endif
