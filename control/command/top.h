/* SPDX-License-Identifier: BSD-3-Clause */
/* What the pieces of `sigcanary top` share: what is shown, fetched from the probe (top_ask.c), and how it is drawn (top_draw.c). */
#ifndef SIGCANARY_COMMAND_TOP_H
#define SIGCANARY_COMMAND_TOP_H

#include <stdbool.h>
#include <stddef.h>

#include "control/command/asking.h"

#define TOP_HISTORY    64  /* values of a sparkline, the newest last */
#define TOP_TRACKS_MAX 512 /* rows whose course is remembered; more have none */
#define TOP_NAME_MAX   128
#define TOP_MESSAGE    200

enum top_view { TOP_SEGMENTS, TOP_NODES, TOP_PROCEDURES, TOP_INCIDENTS, TOP_FAILURES, TOP_LADDER, TOP_HELP };

enum top_sort { TOP_BY_EVIDENCE, TOP_BY_REJECT, TOP_BY_NO_ANSWER, TOP_BY_REQUESTS, TOP_BY_NAME };

/* The share that failed of one row, second by second. */
struct top_track {
	char name[TOP_NAME_MAX];
	double shares[TOP_HISTORY]; /* below 0: unknown */
};

struct top {
	struct asking asking;
	enum top_view view;
	enum top_view under; /* the table that failures and ladder were opened from */
	enum top_sort sort;
	json_t *status;
	json_t *rows;                /* of the view: a list, sorted */
	json_t *ladder;              /* of TOP_LADDER */
	char of[TOP_NAME_MAX];       /* the row whose failures are shown */
	char incident[TOP_NAME_MAX]; /* of that row, "" when it has none */
	char selected_name[TOP_NAME_MAX];
	size_t selected;
	size_t first; /* row at the top of the screen */
	struct top_track *tracks;
	size_t track_count;
	bool has_utf8;
	bool has_color;
	bool is_paused;
	bool is_over;
	char message[TOP_MESSAGE]; /* until the next key */
	char trouble[TOP_MESSAGE]; /* why nothing new comes; "" while it does */
};

/* Asks for what the view shows. The probe's sentence goes to `trouble`; what was there stays then. */
void top_refresh(struct top *t);
/* The failures of the selected row, the ladder of the selected transaction. */
void top_enter(struct top *t);
/* The packets of the incident of what is selected, into a file here; says what came of it in `message`. */
void top_save(struct top *t);
/* What names a row of this view. */
const char *top_row_name(const struct top *t, const json_t *row);
const struct top_track *top_track_find(const struct top *t, const char *name);

void top_draw(struct top *t);
/* How many rows of a table fit on the screen. */
size_t top_room(void);

#endif
