/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Announcements into the tables, see store.h; the tables themselves are in store_layout.c, their reading by outlets in outbox.c. Every
 * write of control is one transaction here. There are always tables in memory too: without a file they are all there is, with one they
 * keep what waits for outlets while the file takes nothing.
 */
#include "control/store/store.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "control/store/store_file.h"

/* Of tables in memory: nobody can query them, outlets look back at most this far. */
#define MEMORY_ANNOUNCEMENTS "1000"

/* Ids begin with the date. */
#define DROPPED "(SELECT id FROM incident WHERE NOT is_open ORDER BY id DESC LIMIT -1 OFFSET ?1)"

enum {
	ADD_ANNOUNCEMENT,
	ADD_INCIDENT,
	ADD_WAITING,
	COUNT_WAITING,
	SHED_OUTDATED,
	SHED_OLDEST,
	TRIM,
	DROP_LINES,
	DROP_INCIDENTS,
	DROP_REMARKS,
	FORGET,
	REMEMBER,
	GIVE_UP,
	ADD_REMARK,
	STATEMENT_COUNT
};

static const char *const sentences[STATEMENT_COUNT] = {
	[ADD_ANNOUNCEMENT] = "INSERT INTO announcement VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[ADD_INCIDENT] = "INSERT INTO incident (id, alarm_id, is_open, json, memory) VALUES (?1, ?2, ?3, ?4, ?5)"
			 " ON CONFLICT (id) DO UPDATE SET alarm_id = ?2, is_open = ?3, json = ?4,"
			 " memory = CASE WHEN ?3 THEN coalesce(?5, memory) END",
	[ADD_REMARK] = "INSERT INTO remark (alarm_id, time_ns, user, kind, words) VALUES (?1, ?2, ?3, ?4, ?5)",
	[ADD_WAITING] = "INSERT INTO outbox (outlet, incident, time_ns, json) VALUES (?1, ?2, ?3, ?4)",
	[COUNT_WAITING] = "SELECT count(*) FROM outbox WHERE outlet = ?1",
	/* A line that a newer one of its incident follows says nothing that the newer one does not. */
	[SHED_OUTDATED] = "DELETE FROM outbox WHERE number = (SELECT old.number FROM outbox old WHERE old.outlet = ?1 AND EXISTS"
			  " (SELECT 1 FROM outbox new WHERE new.outlet = ?1 AND new.incident = old.incident AND new.number > old.number)"
			  " ORDER BY old.number LIMIT 1)",
	[SHED_OLDEST] = "DELETE FROM outbox WHERE number = (SELECT min(number) FROM outbox WHERE outlet = ?1)",
	[TRIM] = ("DELETE FROM announcement WHERE rowid <= (SELECT max(rowid) FROM announcement) - " MEMORY_ANNOUNCEMENTS),
	[DROP_LINES] = "DELETE FROM announcement WHERE incident IN " DROPPED,
	[DROP_INCIDENTS] = "DELETE FROM incident WHERE id IN " DROPPED,
	[DROP_REMARKS] = "DELETE FROM remark WHERE alarm_id NOT IN (SELECT alarm_id FROM incident)",
	[FORGET] = "DELETE FROM incident WHERE id = ?1",
	[REMEMBER] = "UPDATE incident SET memory = ?2 WHERE id = ?1 AND is_open",
	[GIVE_UP] = "UPDATE incident SET is_open = 0, memory = NULL WHERE id = ?1",
};

struct shelf {
	struct store_file place;
	sqlite3_stmt *statements[STATEMENT_COUNT];
};

/* What control knows of an outbox. */
struct outbox_state {
	uint64_t waiting; /* behind the newest announcement */
	uint64_t left_out;
};

struct store {
	const struct alarm_writer *writer;
	char *path; /* NULL: memory only */
	pthread_mutex_t lock;
	struct shelf file; /* with a path */
	struct shelf memory;
	struct store_outlet outlets[STORE_OUTLETS_MAX];
	struct outbox_state states[STORE_OUTLETS_MAX];
	size_t outlet_count;
	uint32_t entries;
	uint32_t ended_most;  /* 0: all */
	bool is_ill;          /* the last announcement was not taken, which was said */
	bool has_used_memory; /* beside a file */
	store_memory_of memory_of;
	const void *memory_self;
};

struct store_places store_places(const struct store *s)
{
	return (struct store_places){ .path = s->path, .memory = &s->memory.place };
}

static bool shelf_open(struct shelf *shelf, const char *path, pthread_mutex_t *lock, char error[STORE_ERROR_MAX])
{
	if (!store_file_open(path, &shelf->place.file, error))
		return false;
	shelf->place.lock = lock;
	for (int i = 0; i < STATEMENT_COUNT; i++) {
		if (sqlite3_prepare_v2(shelf->place.file, sentences[i], -1, &shelf->statements[i], NULL) != SQLITE_OK) {
			snprintf(error, STORE_ERROR_MAX, "the alarm store %s is not usable: %s; move it away or choose another store.file",
				 path != NULL ? path : "in memory", sqlite3_errmsg(shelf->place.file));
			return false;
		}
	}
	return true;
}

static void shelf_close(struct shelf *shelf)
{
	for (int i = 0; i < STATEMENT_COUNT; i++)
		sqlite3_finalize(shelf->statements[i]);
	sqlite3_close(shelf->place.file);
}

struct store *store_open(const char *path, const struct alarm_writer *writer, char error[STORE_ERROR_MAX])
{
	struct store *s = calloc(1, sizeof(*s));

	snprintf(error, STORE_ERROR_MAX, "no memory for the alarm store");
	if (s == NULL)
		return NULL;
	s->writer = writer;
	pthread_mutex_init(&s->lock, NULL);
	if ((path == NULL || (s->path = strdup(path)) != NULL) && shelf_open(&s->memory, NULL, &s->lock, error) &&
	    (path == NULL || shelf_open(&s->file, path, NULL, error)))
		return s;
	store_close(s);
	return NULL;
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	shelf_close(&s->file);
	shelf_close(&s->memory);
	pthread_mutex_destroy(&s->lock);
	free(s->path);
	free(s);
}

/* The tables that are filled when all is well. */
static struct shelf *shelf_of(struct store *s)
{
	return s->path != NULL ? &s->file : &s->memory;
}

/* Runs a statement whose values are bound; false when the tables refuse. */
static bool run(sqlite3_stmt *statement, sqlite3_int64 *ret)
{
	int code = sqlite3_step(statement);

	if (code == SQLITE_ROW && ret != NULL)
		*ret = sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return code == SQLITE_ROW || code == SQLITE_DONE;
}

static void text_bind(sqlite3_stmt *statement, int index, const char *text)
{
	sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

static bool announcement_add(struct shelf *shelf, const struct announcement *a)
{
	sqlite3_stmt *i = shelf->statements[ADD_ANNOUNCEMENT];

	text_bind(i, 1, a->id);
	sqlite3_bind_int64(i, 2, a->time);
	sqlite3_bind_int64(i, 3, a->onset);
	text_bind(i, 4, a->state);
	text_bind(i, 5, a->severity);
	text_bind(i, 6, a->kind);
	text_bind(i, 7, a->summary);
	sqlite3_bind_int64(i, 8, (sqlite3_int64)a->affected);
	sqlite3_bind_text(i, 9, a->json, (int)a->length, SQLITE_STATIC);
	return run(i, NULL);
}

static bool incident_add(struct shelf *shelf, const struct announcement *a)
{
	sqlite3_stmt *i = shelf->statements[ADD_INCIDENT];

	text_bind(i, 1, a->id);
	text_bind(i, 2, a->alarm_id);
	sqlite3_bind_int(i, 3, a->is_open);
	sqlite3_bind_text(i, 4, a->json, (int)a->length, SQLITE_STATIC);
	if (a->memory != NULL)
		text_bind(i, 5, a->memory);
	return run(i, NULL);
}

static bool waiting_shed(struct shelf *shelf, const char *outlet, uint64_t most, struct outbox_state *state)
{
	sqlite3_int64 waiting = 0;

	text_bind(shelf->statements[COUNT_WAITING], 1, outlet);
	if (!run(shelf->statements[COUNT_WAITING], &waiting))
		return false;
	for (; waiting > (sqlite3_int64)most; waiting--) {
		text_bind(shelf->statements[SHED_OUTDATED], 1, outlet);
		if (!run(shelf->statements[SHED_OUTDATED], NULL))
			return false;
		if (sqlite3_changes(shelf->place.file) == 0) {
			text_bind(shelf->statements[SHED_OLDEST], 1, outlet);
			if (!run(shelf->statements[SHED_OLDEST], NULL))
				return false;
		}
		state->left_out++;
	}
	state->waiting = (uint64_t)waiting;
	return true;
}

static bool waiting_add(struct store *s, struct shelf *shelf, const struct announcement *a, struct outbox_state states[STORE_OUTLETS_MAX])
{
	sqlite3_stmt *i = shelf->statements[ADD_WAITING];

	for (size_t o = 0; o < s->outlet_count; o++) {
		if (a->worst < s->outlets[o].least)
			continue;
		text_bind(i, 1, s->outlets[o].name);
		text_bind(i, 2, a->id);
		sqlite3_bind_int64(i, 3, a->time);
		sqlite3_bind_text(i, 4, a->json, (int)a->length, SQLITE_STATIC);
		if (!run(i, NULL) || !waiting_shed(shelf, s->outlets[o].name, s->entries, &states[o]))
			return false;
	}
	return true;
}

/* An incident has ended: the oldest give way. */
static bool ended_drop(struct store *s, struct shelf *shelf)
{
	sqlite3_bind_int64(shelf->statements[DROP_LINES], 1, s->ended_most);
	sqlite3_bind_int64(shelf->statements[DROP_INCIDENTS], 1, s->ended_most);
	return run(shelf->statements[DROP_LINES], NULL) && run(shelf->statements[DROP_INCIDENTS], NULL) &&
	       (sqlite3_changes(shelf->place.file) == 0 || run(shelf->statements[DROP_REMARKS], NULL));
}

/* All of one announcement, or nothing. */
static bool shelf_announce(struct store *s, struct shelf *shelf, const struct announcement *a)
{
	struct outbox_state states[STORE_OUTLETS_MAX];
	bool is_whole = false;

	memcpy(states, s->states, sizeof(states));
	store_file_enter(&shelf->place);
	if (sqlite3_exec(shelf->place.file, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK) {
		is_whole = (a->is_repeat || announcement_add(shelf, a)) && incident_add(shelf, a) && waiting_add(s, shelf, a, states) &&
			   (a->is_open || s->ended_most == 0 || ended_drop(s, shelf));
		if (shelf == &s->memory)
			run(shelf->statements[TRIM], NULL);
		is_whole = is_whole && sqlite3_exec(shelf->place.file, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
		if (!is_whole)
			sqlite3_exec(shelf->place.file, "ROLLBACK", NULL, NULL, NULL);
	}
	store_file_leave(&shelf->place);
	if (is_whole)
		memcpy(s->states, states, sizeof(states));
	return is_whole;
}

/* What the file could not take for a while is not the newest any more. */
static void memory_forget(struct store *s, const char *incident)
{
	store_file_enter(&s->memory.place);
	text_bind(s->memory.statements[FORGET], 1, incident);
	run(s->memory.statements[FORGET], NULL);
	store_file_leave(&s->memory.place);
}

/* Control waits long for somebody who holds the file once, and not for each row: meanwhile no tick is judged. */
static bool patience_keep(struct store *s, bool is_taken)
{
	if (s->path != NULL)
		sqlite3_busy_timeout(s->file.place.file, is_taken ? STORE_BUSY_MS : STORE_BUSY_ILL_MS);
	return is_taken;
}

bool store_announce(struct store *s, const struct announcement *a)
{
	if (patience_keep(s, shelf_announce(s, shelf_of(s), a))) {
		if (s->has_used_memory)
			memory_forget(s, a->id);
		s->is_ill = false;
		return true;
	}
	if (!s->is_ill)
		fprintf(stderr,
			"sigcanary run: the alarm store does not take alarms: %s; make room or mend %s, until then they are kept in memory "
			"for the outlets\n",
			sqlite3_errmsg(shelf_of(s)->place.file), s->path != NULL ? s->path : "the memory of this machine");
	s->is_ill = true;
	s->has_used_memory = s->path != NULL;
	return s->path != NULL && shelf_announce(s, &s->memory, a);
}

void store_bound(struct store *s, uint32_t ended_most)
{
	s->ended_most = ended_most;
}

void store_remember_by(struct store *s, store_memory_of memory_of, const void *self)
{
	s->memory_of = memory_of;
	s->memory_self = self;
}

/* One statement of an incident by itself; what the file does not take now it gets with the next one. */
static void incident_set(struct store *s, sqlite3_stmt *statement, const char *incident, const char *memory)
{
	store_file_enter(&shelf_of(s)->place);
	text_bind(statement, 1, incident);
	if (memory != NULL)
		text_bind(statement, 2, memory);
	patience_keep(s, run(statement, NULL));
	store_file_leave(&shelf_of(s)->place);
}

void store_remember(struct store *s, const char *incident, const char *memory)
{
	incident_set(s, shelf_of(s)->statements[REMEMBER], incident, memory);
}

bool store_remark(struct store *s, const struct store_remark *remark)
{
	sqlite3_stmt *i = shelf_of(s)->statements[ADD_REMARK];
	bool is_taken;

	store_file_enter(&shelf_of(s)->place);
	text_bind(i, 1, remark->alarm_id);
	sqlite3_bind_int64(i, 2, remark->time);
	text_bind(i, 3, remark->user);
	text_bind(i, 4, remark->kind);
	text_bind(i, 5, remark->words);
	is_taken = patience_keep(s, run(i, NULL));
	store_file_leave(&shelf_of(s)->place);
	return is_taken;
}

void store_give_up(struct store *s, const char *incident)
{
	incident_set(s, shelf_of(s)->statements[GIVE_UP], incident, NULL);
}

void store_alarm(void *store, const struct alarm *alarm)
{
	struct store *s = store;
	char *memory = s->memory_of != NULL && alarm->state != INCIDENT_CLEARED ? s->memory_of(s->memory_self, alarm->id) : NULL;
	char *line = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&line, &length);
	json_t *read = NULL;

	if (out != NULL) {
		alarm_write_json(s->writer, alarm, out);
		if (fclose(out) == 0)
			read = json_loads(line, 0, NULL);
	}
	if (read != NULL) {
		const char *alarm_id = json_string_value(json_object_get(json_object_get(read, "alarm"), "alarmId"));

		store_announce(s, &(struct announcement){
					  .id = alarm->id,
					  .alarm_id = alarm_id != NULL ? alarm_id : "",
					  .time = alarm->time,
					  .onset = alarm->onset,
					  .state = incident_state_name(alarm->state),
					  .severity = incident_severity_name(alarm->severity),
					  .kind = incident_kind_name(alarm->kind),
					  .summary = alarm->summary,
					  .affected = alarm->affected,
					  .worst = alarm->worst,
					  .is_open = alarm->state != INCIDENT_CLEARED,
					  .json = line,
					  .length = line[length - 1] == '\n' ? length - 1 : length,
					  .memory = memory,
				  });
	}
	json_decref(read);
	free(memory);
	free(line);
}

static bool is_known(const struct store *s, const char *name)
{
	for (size_t i = 0; i < s->outlet_count; i++) {
		if (strcmp(s->outlets[i].name, name) == 0)
			return true;
	}
	return false;
}

/* Deletes what waits for others; how many that were. */
static uint64_t strangers_drop(struct store *s, struct shelf *shelf)
{
	char names[STORE_OUTLETS_MAX][STORE_OUTLET_NAME];
	size_t count = 0;
	uint64_t dropped = 0;
	sqlite3_stmt *statement = NULL;

	store_file_enter(&shelf->place);
	if (sqlite3_prepare_v2(shelf->place.file, "SELECT DISTINCT outlet FROM outbox", -1, &statement, NULL) == SQLITE_OK) {
		while (count < STORE_OUTLETS_MAX && sqlite3_step(statement) == SQLITE_ROW) {
			const char *name = (const char *)sqlite3_column_text(statement, 0);

			if (name != NULL && !is_known(s, name))
				snprintf(names[count++], STORE_OUTLET_NAME, "%s", name);
		}
	}
	sqlite3_finalize(statement);
	if (count > 0 && sqlite3_prepare_v2(shelf->place.file, "DELETE FROM outbox WHERE outlet = ?1", -1, &statement, NULL) == SQLITE_OK) {
		for (size_t i = 0; i < count; i++) {
			text_bind(statement, 1, names[i]);
			if (run(statement, NULL))
				dropped += (uint64_t)sqlite3_changes(shelf->place.file);
		}
		sqlite3_finalize(statement);
	}
	store_file_leave(&shelf->place);
	return dropped;
}

uint64_t store_outlets(struct store *s, const struct store_outlet *outlets, size_t count, uint32_t entries)
{
	struct outbox_state states[STORE_OUTLETS_MAX] = { 0 };

	for (size_t i = 0; i < count; i++) {
		for (size_t o = 0; o < s->outlet_count; o++) {
			if (strcmp(outlets[i].name, s->outlets[o].name) == 0)
				states[i] = s->states[o];
		}
	}
	memcpy(s->states, states, sizeof(states));
	if (count > 0)
		memcpy(s->outlets, outlets, count * sizeof(outlets[0]));
	s->outlet_count = count;
	s->entries = entries;
	return strangers_drop(s, shelf_of(s)) + (s->path != NULL ? strangers_drop(s, &s->memory) : 0);
}

void store_state(const struct store *s, size_t i, uint64_t *ret_waiting, uint64_t *ret_left_out)
{
	*ret_waiting = s->states[i].waiting;
	*ret_left_out = s->states[i].left_out;
}
