/* SPDX-License-Identifier: BSD-3-Clause */
/* See history.h. With a connection of its own, so that what is told may be written to while it is read: first all is read, then told. */
#include "control/store/history.h"

#include <stdlib.h>
#include <string.h>

#include "control/store/store_file.h"

#define TEXT(x)  #x
#define LIMIT(x) TEXT(x)

struct row {
	char *id, *text;
	bool is_open;
};

struct rows {
	struct row *list;
	size_t count, room;
};

static void rows_free(struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		free(rows->list[i].id);
		free(rows->list[i].text);
	}
	free(rows->list);
}

static char *column_copy(sqlite3_stmt *statement, int column)
{
	const unsigned char *text = sqlite3_column_text(statement, column);

	return text != NULL ? strdup((const char *)text) : NULL;
}

static bool row_add(struct rows *rows, sqlite3_stmt *statement)
{
	struct row row = { column_copy(statement, 0), column_copy(statement, 2), sqlite3_column_int(statement, 1) != 0 };

	if (rows->count == rows->room) {
		size_t room = rows->room > 0 ? 2 * rows->room : 64;
		struct row *bigger = reallocarray(rows->list, room, sizeof(*bigger));

		if (bigger != NULL) {
			rows->list = bigger;
			rows->room = room;
		}
	}
	if (row.id == NULL || rows->count == rows->room) {
		free(row.id);
		free(row.text);
		return false;
	}
	rows->list[rows->count++] = row;
	return true;
}

static bool rows_read(sqlite3 *file, const char *sentence, struct rows *ret)
{
	sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(file, sentence, -1, &statement, NULL);

	if (code == SQLITE_OK) {
		while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
			if (!row_add(ret, statement))
				break;
		}
	}
	sqlite3_finalize(statement);
	return code == SQLITE_DONE;
}

static void remarks_tell(sqlite3 *file, const struct history_reader *reader)
{
	sqlite3_stmt *s = NULL;

	if (sqlite3_prepare_v2(file, "SELECT alarm_id, user, kind, words, time_ns FROM remark ORDER BY rowid", -1, &s, NULL) == SQLITE_OK) {
		while (sqlite3_step(s) == SQLITE_ROW)
			reader->remark(reader->self, &(struct store_remark){ .alarm_id = (const char *)sqlite3_column_text(s, 0),
									     .user = (const char *)sqlite3_column_text(s, 1),
									     .kind = (const char *)sqlite3_column_text(s, 2),
									     .words = (const char *)sqlite3_column_text(s, 3),
									     .time = sqlite3_column_int64(s, 4) });
	}
	sqlite3_finalize(s);
}

bool history_read(const struct store *s, const struct history_reader *reader)
{
	struct store_places places = store_places(s);
	struct rows incidents = { 0 }, announcements = { 0 };
	char error[STORE_ERROR_MAX];
	sqlite3 *file = NULL;
	bool is_read;

	if (places.path == NULL)
		return true;
	if (!store_file_open(places.path, &file, error))
		return false;
	is_read = rows_read(file, "SELECT id, is_open, memory FROM incident ORDER BY id", &incidents) &&
		  rows_read(file,
			    "SELECT incident, is_open, announcement.json FROM announcement JOIN (SELECT id, is_open FROM incident"
			    " ORDER BY is_open DESC, id DESC LIMIT " LIMIT(HISTORY_INCIDENTS) ") ON id = incident"
											      " ORDER BY announcement.rowid",
			    &announcements);
	for (size_t i = 0; is_read && i < incidents.count; i++)
		reader->incident(reader->self, incidents.list[i].id, incidents.list[i].is_open, incidents.list[i].text);
	for (size_t i = 0; is_read && i < announcements.count; i++)
		reader->announcement(reader->self, announcements.list[i].id, announcements.list[i].is_open, announcements.list[i].text);
	if (is_read)
		remarks_tell(file, reader);
	sqlite3_close(file);
	rows_free(&incidents);
	rows_free(&announcements);
	return is_read;
}
