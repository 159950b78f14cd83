/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the board share: its struct and its lock. Nobody else includes it. */
#ifndef SIGCANARY_BOARD_PARTS_H
#define SIGCANARY_BOARD_PARTS_H

#include <jansson.h>
#include <pthread.h>

#include "control/board/board.h"
#include "control/board/chronicle.h"
#include "control/sink/json.h"

#define ID_MAX       24
#define SECTIONS_MAX 16

/* An incident and what was said of it. */
struct shown {
	char id[ID_MAX];
	bool is_open;
	enum incident_severity severity; /* now */
	char summary[INCIDENT_SUMMARY_MAX];
	json_t *newest; /* the newest line, read; NULL: not open, or no memory. Never changed, only replaced */
	char *lines[BOARD_ANNOUNCEMENTS_MAX];
	size_t line_count;
	uint64_t left_out; /* announcements between the first and the newest that gave way */
};

struct section {
	const char *name;
	board_write_section write;
	void *self;
};

struct board {
	pthread_mutex_t lock;
	struct alarm_writer alarms;
	struct transaction_writer transactions;
	board_publish publish;
	void *publish_self;
	struct shown *shown[BOARD_INCIDENTS_MAX]; /* oldest first */
	size_t shown_count;
	nanos time;  /* end of the last tick */
	nanos since; /* since when no incident is open */
	struct chronicle *chronicle;
	char probe[256];     /* this machine's name */
	int64_t health_told; /* second of the last event of health */
	struct section sections[SECTIONS_MAX];
	size_t section_count;
};

/* The gravest of the open incidents, the newest of these; NULL: none. Under the lock. */
const struct shown *board_gravest(const struct board *b);
/* "ok", "warning", ...; and the sentence. Under the lock. */
const char *board_state(const struct board *b);
const char *board_words(const struct board *b);

/* Events of once a second, after the tick; not under the lock. */
void board_tell_second(struct board *b);
void board_tell_health(struct board *b);

/* Text that may be UTF-8, as labels are, or any octets, as names from the wire may be. */
void board_text(struct json *j, const char *key, const char *text);
/* A number with the digits it deserves, and a share or a time that may be unknown (below 0): left out then. */
void board_number(struct json *j, const char *key, double number);
void board_known(struct json *j, const char *key, double number);
/* The same in a list: null when it is not known. */
void board_listed(struct json *j, double number);
void board_time(struct json *j, const char *key, nanos t);

#endif
