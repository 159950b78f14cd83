/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The state of a running probe as its readers see it: pages, programs, commands.
 *
 * Control writes (an audience of the engine), HTTP threads read; one lock for all, held for a copy by control and for the making of one
 * answer by a reader. Everything is bounded: incidents, their announcements, series, transactions. Texts of identities are pseudonyms,
 * made when they are written. Each topic has a file of its own: incidents here, series, transactions, health beside it.
 */
#ifndef SIGCANARY_BOARD_H
#define SIGCANARY_BOARD_H

#include <stdbool.h>
#include <stdio.h>

#include "control/detect/detect.h"
#include "control/incident/text.h"
#include "control/sink/transactions.h"
#include "dataplane/worker/worker.h"

#define BOARD_INCIDENTS_MAX     256 /* the oldest that is cleared goes first */
#define BOARD_ANNOUNCEMENTS_MAX 200 /* of one incident; the first ones and the newest are kept */

struct board;

/* What is published as an event: its name and one line of JSON. Called by control, outside of the lock. */
typedef void (*board_publish)(void *self, const char *name, const char *json, size_t length);

/* NULL when there is no memory. The writers are copied; what they point to outlives the board. */
struct board *board_new(const struct alarm_writer *alarms, const struct transaction_writer *transactions);
void board_free(struct board *b);
void board_publish_by(struct board *b, board_publish publish, void *self);
void board_plan(struct board *b, const struct plan *plan);

/* An audience's functions. Control's thread. */
void board_outcome(void *board, const struct outcome *outcome);
void board_tick(void *board, const struct tally *tally, const struct detector *detector);
void board_alarm(void *board, const struct alarm *alarm);
/* An announcement from before a restart, as it was stored; oldest first, before the first tick. */
void board_recall(struct board *b, const char *id, const char *json, bool is_open);

/*
 * A part of /api/v1/health: its name ("outlets") and who writes its JSON value. Called by any thread that asks, one at a time, not under
 * the board's lock; what `self` points to outlives the board. At most 16; before the server is opened.
 */
typedef void (*board_write_section)(void *self, FILE *out);
void board_section(struct board *b, const char *name, board_write_section write, void *self);

/*
 * Readers: each writes one JSON document. Any thread.
 */

/* {"time", "state": "ok|warning|minor|major|critical", "words", "open": [ids], "blind": [...], ...}: all in one sentence first. */
void board_write_status(struct board *b, FILE *out);

/* All that are known of a topic, in no order: how each does now, what is usual, who says that something is wrong. */
enum board_topic { BOARD_SEGMENTS, BOARD_NODES, BOARD_PROCEDURES };
void board_write_rows(struct board *b, enum board_topic topic, FILE *out);

/*
 * Columns over time of `of`: "all", "segment:NAME", "node:ID", "procedure:NAME", a node as "server" or "client" where it is both and `role`
 * is not NULL. By the second up to 15 minutes, else by the minute. False when `of` is none of these, or unknown.
 */
bool board_write_series(struct board *b, const char *of, const char *role, double span_s, FILE *out);

/* All sections. */
void board_write_health(struct board *b, FILE *out);

/* The newest line of each incident, newest incident first; only open ones, or all. */
void board_write_incidents(struct board *b, bool only_open, FILE *out);
/*
 * All announcements of one, oldest first, and what somebody else has to add to its object (from a comma on; NULL: nothing); false when
 * there is none of that id.
 */
struct board_more {
	void (*write)(void *self, const char *id, FILE *out);
	void *self;
};
bool board_write_incident(struct board *b, const char *id, const struct board_more *more, FILE *out);

#endif
