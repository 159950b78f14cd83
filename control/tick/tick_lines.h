/* SPDX-License-Identifier: BSD-3-Clause */
/* The lines of a text file, plain, gzip or Zstandard, one after the other or in another order. Owned by one thread. */
#ifndef SIGCANARY_TICK_LINES_H
#define SIGCANARY_TICK_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/source/inflate.h"
#include "dataplane/source/source.h"

/* How far a file is looked at ahead, and the longest line. */
#define TICK_LINES_AHEAD ((size_t)64 << 20)
#define TICK_LINE_MAX    ((size_t)1 << 20)
#define TICK_LINES_WHOLE ((size_t)2 << 30) /* of plain bytes that are put in order */

struct tick_line {
	const char *bytes; /* valid until the next line is asked for */
	size_t length;     /* without its end */
	uint64_t number;   /* from 1 */
	bool is_cut;       /* the file ends without an end of this line */
};

struct tick_lines;

/* NULL and a sentence in `error` (SOURCE_ERROR_MAX bytes). */
struct tick_lines *tick_lines_open(const char *path, char *error);
void tick_lines_close(struct tick_lines *l);

/* The next line; false at the end, or where the file is broken: then tick_lines_error() says why. */
bool tick_lines_next(struct tick_lines *l, struct tick_line *ret);

/*
 * Looks ahead without taking: calls `see` for lines from the next one on until it returns false, the file ends, or TICK_LINES_AHEAD bytes
 * have been looked at.
 */
void tick_lines_look(struct tick_lines *l, bool (*see)(void *self, const struct tick_line *line), void *self);

/*
 * From here on lines come in the order of `rank`, those of one rank in that of the file; lines for which `rank` returns false are left out.
 * Reads the whole file into memory. False and a sentence in `error` when it is larger than TICK_LINES_WHOLE.
 */
bool tick_lines_sort(struct tick_lines *l, bool (*rank)(void *self, const struct tick_line *line, int64_t *ret_rank), void *self,
		     char *error);

/* What is broken, NULL while nothing is; the name of the file; how much of it was read, 0 to 1, negative when that is not known. */
const char *tick_lines_error(const struct tick_lines *l);
const char *tick_lines_name(const struct tick_lines *l);
double tick_lines_progress(const struct tick_lines *l);

#endif
