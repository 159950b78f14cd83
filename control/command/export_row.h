/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows of a table in the forms of `export`. */
#ifndef SIGCANARY_COMMAND_EXPORT_ROW_H
#define SIGCANARY_COMMAND_EXPORT_ROW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum export_form { EXPORT_CSV, EXPORT_TSV, EXPORT_NDJSON };

struct export_table {
	enum export_form form;
	const char *const *columns; /* keys, up to NULL */
	FILE *out;
	int64_t period_s; /* of key figures */
};

/* "csv", "tsv" or "ndjson", NULL is csv; false for others. */
bool export_format(struct export_table *t, const char *words);

/* The line that names the columns; NDJSON has none. */
void export_head(const struct export_table *t);
/* One object: its columns, empty where it has none; the whole object as NDJSON. Lists become words between spaces. */
void export_row(const struct export_table *t, const json_t *row);

#endif
