/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a live probe remembers of alarms, in one SQLite file, so that it survives the probe and operators can query it: the history of
 * announcements, the newest line of each incident, and what still waits for an outlet (outbox.h). Without a file the same tables live in
 * memory as long as the probe does. Control's thread writes; each outlet's thread reads and deletes through an outbox of its own.
 */
#ifndef SIGCANARY_STORE_H
#define SIGCANARY_STORE_H

#include "control/incident/incident.h"
#include "control/incident/text.h"

/* Words of an error: what, where, what to do. */
#define STORE_ERROR_MAX    512
#define STORE_OUTLETS_MAX  32
#define STORE_OUTLET_NAME  96
#define STORE_INCIDENT_MAX 24

struct store;

/* One announcement, as the tables have it. Texts are the caller's. */
struct announcement {
	const char *id;       /* of the incident */
	const char *alarm_id; /* TS 28.532 */
	nanos time, onset;
	const char *state, *severity, *kind, *summary; /* in the words of CONTRACT.md */
	uint64_t affected;
	enum incident_severity worst; /* so far: an outlet that hears of grave incidents only also hears of their end */
	bool is_open;
	const char *json; /* the line, without its end */
	size_t length;
	bool is_repeat;     /* the newest line once more, with what a user said: told to outlets, and no other line of history */
	const char *memory; /* what a restarted probe goes on with; NULL: nothing */
};

/* Whom announcements wait for. */
struct store_outlet {
	char name[STORE_OUTLET_NAME];
	enum incident_severity least; /* of the worst severity of an incident that it hears of */
};

/*
 * Opens or makes the file (WAL), and brings one of an older program up to date; NULL path: in memory. NULL and a sentence when it cannot be
 * used, or was made by a newer program.
 */
struct store *store_open(const char *path, const struct alarm_writer *writer, char error[STORE_ERROR_MAX]);
void store_close(struct store *s);

/* At most so many ended incidents are kept, the newest; looked at whenever one ends. 0, as at the start: all. Control's thread. */
void store_bound(struct store *s, uint32_t ended_most);

/*
 * From now on every announcement waits for these, at most `entries` for each; what waits for others is given up. Returns how many
 * announcements that were. Control's thread.
 */
uint64_t store_outlets(struct store *s, const struct store_outlet *outlets, size_t count, uint32_t entries);

/*
 * Of outlet `i` of store_outlets(): how many waited behind the newest announcement, and how many gave way since the start because too many
 * did. Control's thread.
 */
void store_state(const struct store *s, size_t i, uint64_t *ret_waiting, uint64_t *ret_left_out);

/*
 * History, newest line and one row per outlet in one transaction: nobody hears of what is not remembered, and the other way round. When
 * the file takes nothing (a full disk), the rows for outlets wait in memory. False when even that failed. Control's thread.
 */
bool store_announce(struct store *s, const struct announcement *a);

/*
 * What a restarted probe goes on with, kept beside the newest line of each incident: asked for with every announcement of store_alarm(), as
 * text that is freed; and newer text in between, of an open incident. Control's thread.
 */
typedef char *(*store_memory_of)(const void *self, const char *incident);
void store_remember_by(struct store *s, store_memory_of memory_of, const void *self);
void store_remember(struct store *s, const char *incident, const char *memory);
/* What a user said about an alarm: an acknowledgement, its end, a comment. False when the tables do not take it. Control's thread. */
struct store_remark {
	const char *alarm_id, *user, *kind, *words;
	nanos time;
};
bool store_remark(struct store *s, const struct store_remark *remark);

/* An incident that nobody can go on with any more is open no longer. */
void store_give_up(struct store *s, const char *incident);

/* An audience's function: store_announce() of the alarm's line. The first failure of a row is said on standard error, and the probe goes
 * on. */
void store_alarm(void *store, const struct alarm *alarm);

#endif
