/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The alarm history in SQLite, see store.h. One table, one row per announcement, the JSON line of CONTRACT.md beside the columns that
 * queries want. WAL, so that an operator can read while the probe writes. PRAGMA user_version numbers the layout.
 */
#include "control/store/store.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define LAYOUT 1

struct store {
	const struct alarm_writer *writer;
	sqlite3 *file;
	sqlite3_stmt *insert;
	bool has_complained;
};

static const char layout[] =
	"CREATE TABLE IF NOT EXISTS announcement ("
	" incident TEXT NOT NULL, time_ns INTEGER NOT NULL, onset_ns INTEGER NOT NULL, state TEXT NOT NULL,"
	" severity TEXT NOT NULL, kind TEXT NOT NULL, summary TEXT NOT NULL, affected INTEGER NOT NULL, json TEXT NOT NULL);"
	"CREATE INDEX IF NOT EXISTS announcement_by_incident ON announcement (incident, time_ns);"
	"PRAGMA user_version = 1;";

static int layout_read(sqlite3 *file)
{
	sqlite3_stmt *statement = NULL;
	int version = -1;

	if (sqlite3_prepare_v2(file, "PRAGMA user_version", -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
		version = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return version;
}

static bool prepare(struct store *s, const char *path, char error[STORE_ERROR_MAX])
{
	int version;

	if (sqlite3_open(path, &s->file) != SQLITE_OK) {
		snprintf(error, STORE_ERROR_MAX, "cannot open the alarm store %s: %s; mend its permissions or choose another store.file",
			 path, s->file != NULL ? sqlite3_errmsg(s->file) : "no memory");
		return false;
	}
	sqlite3_busy_timeout(s->file, 1000);
	version = layout_read(s->file);
	if (version > LAYOUT) {
		snprintf(error, STORE_ERROR_MAX,
			 "the alarm store %s was made by a newer sigcanary (layout %d, this one knows %d); use that or another file", path,
			 version, LAYOUT);
		return false;
	}
	if (version < 0 ||
	    sqlite3_exec(s->file, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;", NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_exec(s->file, layout, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(s->file, "INSERT INTO announcement VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", -1, &s->insert, NULL) != SQLITE_OK) {
		snprintf(error, STORE_ERROR_MAX, "the alarm store %s is not usable: %s; move it away or choose another store.file", path,
			 sqlite3_errmsg(s->file));
		return false;
	}
	return true;
}

struct store *store_open(const char *path, const struct alarm_writer *writer, char error[STORE_ERROR_MAX])
{
	struct store *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		snprintf(error, STORE_ERROR_MAX, "no memory for the alarm store");
		return NULL;
	}
	s->writer = writer;
	if (!prepare(s, path, error)) {
		store_close(s);
		return NULL;
	}
	return s;
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	sqlite3_finalize(s->insert);
	sqlite3_close(s->file);
	free(s);
}

static bool announcement_insert(struct store *s, const struct alarm *alarm, const char *json, size_t length)
{
	sqlite3_stmt *i = s->insert;
	bool is_bound = sqlite3_bind_text(i, 1, alarm->id, -1, SQLITE_STATIC) == SQLITE_OK &&
			sqlite3_bind_int64(i, 2, alarm->time) == SQLITE_OK && sqlite3_bind_int64(i, 3, alarm->onset) == SQLITE_OK &&
			sqlite3_bind_text(i, 4, incident_state_name(alarm->state), -1, SQLITE_STATIC) == SQLITE_OK &&
			sqlite3_bind_text(i, 5, incident_severity_name(alarm->severity), -1, SQLITE_STATIC) == SQLITE_OK &&
			sqlite3_bind_text(i, 6, incident_kind_name(alarm->kind), -1, SQLITE_STATIC) == SQLITE_OK &&
			sqlite3_bind_text(i, 7, alarm->summary, -1, SQLITE_STATIC) == SQLITE_OK &&
			sqlite3_bind_int64(i, 8, (sqlite3_int64)alarm->affected) == SQLITE_OK &&
			sqlite3_bind_text(i, 9, json, (int)length, SQLITE_STATIC) == SQLITE_OK;
	bool is_stored = is_bound && sqlite3_step(i) == SQLITE_DONE;

	sqlite3_reset(i);
	sqlite3_clear_bindings(i);
	return is_stored;
}

void store_alarm(void *store, const struct alarm *alarm)
{
	struct store *s = store;
	char *json = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&json, &length);
	bool is_stored = false;

	if (out != NULL) {
		alarm_write_json(s->writer, alarm, out);
		if (fclose(out) == 0)
			is_stored = announcement_insert(s, alarm, json, length > 0 && json[length - 1] == '\n' ? length - 1 : length);
	}
	free(json);
	if (!is_stored && !s->has_complained) {
		fprintf(stderr, "sigcanary run: the alarm store does not take alarms: %s; alarms still go to the other outlets\n",
			sqlite3_errmsg(s->file));
		s->has_complained = true;
	}
}
