/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tables of the store and how an older file becomes one of today. PRAGMA user_version numbers the layout; each step from one to the
 * next is a row below, done in one transaction, so that a probe killed meanwhile finds either layout whole. WAL, so that operators and
 * outlets can read while control writes.
 */
#include <stdio.h>

#include "control/store/store_file.h"

/* steps[i] makes layout i + 1 of layout i. */
static const char *const steps[] = {
	"CREATE TABLE announcement ("
	" incident TEXT NOT NULL, time_ns INTEGER NOT NULL, onset_ns INTEGER NOT NULL, state TEXT NOT NULL,"
	" severity TEXT NOT NULL, kind TEXT NOT NULL, summary TEXT NOT NULL, affected INTEGER NOT NULL, json TEXT NOT NULL);"
	"CREATE INDEX announcement_by_incident ON announcement (incident, time_ns);",
	/* What waits for outlets; the newest line and the memory of each incident; what users said about alarms. */
	"CREATE TABLE outbox ("
	" number INTEGER PRIMARY KEY AUTOINCREMENT, outlet TEXT NOT NULL, incident TEXT NOT NULL, time_ns INTEGER NOT NULL,"
	" json TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0, next_ns INTEGER NOT NULL DEFAULT 0);"
	"CREATE INDEX outbox_by_outlet ON outbox (outlet, number);"
	"CREATE INDEX outbox_by_incident ON outbox (outlet, incident, number);"
	"CREATE TABLE incident ("
	" id TEXT PRIMARY KEY, alarm_id TEXT NOT NULL, is_open INTEGER NOT NULL, json TEXT NOT NULL, memory BLOB);"
	"CREATE TABLE remark ("
	" alarm_id TEXT NOT NULL, time_ns INTEGER NOT NULL, user TEXT NOT NULL, kind TEXT NOT NULL, words TEXT NOT NULL);"
	"CREATE INDEX remark_by_alarm ON remark (alarm_id, time_ns);",
};

#define LAYOUT ((int)(sizeof(steps) / sizeof(steps[0])))

/* Below 0: not a file of SQLite, or not readable. */
static int layout_read(sqlite3 *file)
{
	sqlite3_stmt *statement = NULL;
	int version = -1;

	if (sqlite3_prepare_v2(file, "PRAGMA user_version", -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
		version = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return version;
}

static bool step_make(sqlite3 *file, int from)
{
	char words[64];

	snprintf(words, sizeof(words), "PRAGMA user_version = %d; COMMIT;", from + 1);
	if (sqlite3_exec(file, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
		return false;
	if (sqlite3_exec(file, steps[from], NULL, NULL, NULL) == SQLITE_OK && sqlite3_exec(file, words, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	return false;
}

static bool layout_make(sqlite3 *file, const char *path, char error[STORE_ERROR_MAX])
{
	int version = layout_read(file);

	if (version > LAYOUT) {
		snprintf(error, STORE_ERROR_MAX,
			 "the alarm store %s was made by a newer sigcanary (layout %d, this one knows %d); use that or another file", path,
			 version, LAYOUT);
		return false;
	}
	if (version < 0 || sqlite3_exec(file, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;", NULL, NULL, NULL) != SQLITE_OK)
		version = LAYOUT + 1;
	while (version < LAYOUT && step_make(file, version))
		version++;
	if (version == LAYOUT)
		return true;
	snprintf(error, STORE_ERROR_MAX, "the alarm store %s is not usable: %s; move it away or choose another store.file", path,
		 sqlite3_errmsg(file));
	return false;
}

bool store_file_open(const char *path, sqlite3 **ret, char error[STORE_ERROR_MAX])
{
	sqlite3 *file = NULL;

	if (sqlite3_open(path != NULL ? path : ":memory:", &file) != SQLITE_OK) {
		snprintf(error, STORE_ERROR_MAX, "cannot open the alarm store %s: %s; mend its permissions or choose another store.file",
			 path != NULL ? path : "in memory", file != NULL ? sqlite3_errmsg(file) : "no memory");
		sqlite3_close(file);
		return false;
	}
	sqlite3_busy_timeout(file, STORE_BUSY_MS);
	if (!layout_make(file, path != NULL ? path : "in memory", error)) {
		sqlite3_close(file);
		return false;
	}
	*ret = file;
	return true;
}
