/* SPDX-License-Identifier: BSD-3-Clause */
/* A line per transaction as `tail` shows it: for people, as JSON, or as columns between tabs. */
#ifndef SIGCANARY_COMMAND_TAIL_LINE_H
#define SIGCANARY_COMMAND_TAIL_LINE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#define TAIL_FIELDS_MAX 32

enum tail_format { TAIL_TEXT, TAIL_JSON, TAIL_TSV };

struct tail_line {
	enum tail_format format;
	const char *fields[TAIL_FIELDS_MAX]; /* keys of a line; none: all */
	size_t field_count;
	bool has_color;
	char *words; /* what the fields point into */
};

/* Reads --format and --fields ("time,procedure"); false after one sentence on standard error. Free it in each case. */
bool tail_line_open(struct tail_line *t, const char *format, const char *fields);
void tail_line_free(struct tail_line *t);

/* The line that names the columns, of TSV. */
void tail_line_head(const struct tail_line *t, FILE *out);
/* One transaction, of a line of --transactions. */
void tail_line_write(const struct tail_line *t, const json_t *transaction, FILE *out);

#endif
