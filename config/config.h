/* SPDX-License-Identifier: BSD-3-Clause */
/* From YAML to a plan, or every mistake at once. */
#ifndef SIGCANARY_CONFIG_H
#define SIGCANARY_CONFIG_H

#include <stdbool.h>
#include <stdio.h>

#include "config/plan.h"

/* The embedded defaults; never fails but for memory (then it ends the program with a sentence, before anything runs). */
struct plan *plan_default(void);

/*
 * Reads `path` over the defaults. NULL when anything is wrong: then every mistake stands on `errors` as
 * "FILE:LINE:COLUMN: what; what to do" with the line and a caret below.
 */
struct plan *plan_read(const char *path, FILE *errors);

void plan_free(struct plan *p);

/*
 * Sets one reloadable scalar of a plan that nobody uses yet, from "detection.page_interval=7 d". False, with the plan untouched by the
 * value and one sentence on `errors`, when there is no such key, or it does not take that value.
 */
bool plan_set(struct plan *plan, const char *assignment, FILE *errors);

/* Writes the value that the key of such an assignment has in this plan; false when there is no such key. */
bool plan_value_write(const struct plan *plan, const char *assignment, FILE *out);

/* What would be monitored, for `sigcanary check`: text for people, or one JSON object. */
void plan_explain(const struct plan *p, FILE *out);
void plan_explain_json(const struct plan *p, FILE *out);

/* The whole configuration as YAML, with the documentation of each key as comment, for `config dump`. */
void plan_dump(const struct plan *p, FILE *out);

/* What one key ("limits.names", "segments.imsi"), the keys of a section ("limits") or all keys ("") mean; false when there is no such key.
 */
bool plan_explain_key(const char *path, FILE *out);

/* The keys as a JSON Schema (2020-12), for editors and for `config schema`. */
void plan_schema(FILE *out);

#endif
