/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One file of counts, row by row: a tick file (docs/formats.md) or CSV from anywhere. Owned by one thread.
 *
 * The reader is lenient where nothing can be misread (columns in any order, unknown ones, empty fields, quotes, other separators, rows that
 * are not in the order of time) and says with file and line what it could not use; the rest of the file is read.
 */
#ifndef SIGCANARY_TICK_FILE_H
#define SIGCANARY_TICK_FILE_H

#include <stdio.h>

#include "control/tick/stream_names.h"
#include "control/tick/tick_columns.h"
#include "control/tick/tick_time.h"
#include "dataplane/outcome.h"
#include "dataplane/tally.h"

/* Mistakes of one file that are said in words; the others are counted. */
#define TICK_FILE_MISTAKES 10

struct tick_file;

enum tick_record {
	TICK_RECORD_NONE,    /* the end, or where the file is broken */
	TICK_RECORD_ROW,     /* one cell */
	TICK_RECORD_ACCOUNT, /* packets of a tick */
	TICK_RECORD_NOTICE,  /* an outcome of OUTCOME_EVENT_NOTICE */
};

struct tick_item {
	enum tick_record kind;
	nanos time;       /* as it stands there */
	bool is_new_part; /* a header came before it: time may go back here */
	struct tally_cell cell;
	struct tally account;
	struct outcome notice;
};

/* Mistakes are written to `errors`. `ages` as in tick_columns_read(). NULL after a sentence there. */
struct tick_file *tick_file_open(const char *path, struct stream_names *names, const nanos *ages, FILE *errors);
void tick_file_close(struct tick_file *f);

/* What is known of its ticks after opening: the grid of its times and the ages of its columns. */
const struct tick_grid *tick_file_grid(const struct tick_file *f);
const nanos *tick_file_ages(const struct tick_file *f);

/* Whether it has accounts of packets: then a tick without one saw no packet. */
bool tick_file_is_ours(const struct tick_file *f);

/* The next item; false at the end. */
bool tick_file_next(struct tick_file *f, struct tick_item *item);

/* A row that its reader could not use after all. */
void tick_file_refuse(struct tick_file *f, const char *words);

/* Says how many mistakes were not said in words; true when there was none and the file was read to its end. */
bool tick_file_finish(struct tick_file *f);
double tick_file_progress(const struct tick_file *f);

#endif
