/* SPDX-License-Identifier: BSD-3-Clause */
/* The header of a tick file: which column is what. */
#ifndef SIGCANARY_TICK_COLUMNS_H
#define SIGCANARY_TICK_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/tally.h"

#define TICK_COLUMNS_MAX 128

enum tick_column { COLUMN_IGNORED, COLUMN_TIME, COLUMN_STREAM, COLUMN_COUNT };

struct tick_columns {
	uint8_t kind[TICK_COLUMNS_MAX];    /* enum tick_column */
	uint16_t offset[TICK_COLUMNS_MAX]; /* of a COLUMN_COUNT: where it is added in struct tally_cell */
	unsigned int count;
	unsigned int time; /* position of the column of time */
	char separator;
	bool has_stream;
	nanos ages[TALLY_CHECKPOINTS]; /* of its columns pending_As, ascending, 0 for the rest */
};

/*
 * Reads a header line without its end. Column names are compared without case; unknown ones are ignored. `ages` are the checkpoints that
 * were chosen already (pending columns go to the nearest one), NULL to choose them here: all ages of the file, seven evenly spread ones
 * when there are more. False, and what is wrong in *ret_wrong, when it is no header.
 */
bool tick_columns_read(const char *line, size_t length, const nanos *ages, struct tick_columns *ret, const char **ret_wrong);

/* Whether a line looks like a header: its first field is a name of a column. */
bool tick_columns_is_header(const char *line, size_t length);

#endif
