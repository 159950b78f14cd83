/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The side of the store that one outlet sees, see outbox.h: rows of the table outbox of its name, from the store's file and from the
 * tables in memory, the oldest first. Called by the outlet's thread only.
 *
 * What has arrived is passed also when its row cannot be deleted (a full disk): numbers only grow, so the last one is enough to know.
 */
#include "control/store/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "control/store/store_file.h"

enum { TAKE, DONE, FAILED, WAITING, NEWEST, EARLIER, STATEMENT_COUNT };

static const char *const sentences[STATEMENT_COUNT] = {
	[TAKE] = "SELECT number, incident, time_ns, json FROM outbox WHERE outlet = ?1 AND number > ?2 ORDER BY number LIMIT 1",
	[DONE] = "DELETE FROM outbox WHERE outlet = ?1 AND number <= ?2",
	[FAILED] = "UPDATE outbox SET tries = tries + 1, next_ns = ?2 WHERE number = ?1",
	[WAITING] = "SELECT count(*) FROM outbox WHERE outlet = ?1 AND number > ?2",
	[NEWEST] = "SELECT json FROM incident WHERE id = ?1",
	[EARLIER] = "SELECT json FROM announcement WHERE incident = ?1 AND time_ns < ?2 ORDER BY time_ns, rowid",
};

struct shelf {
	struct store_file place;
	sqlite3_stmt *statements[STATEMENT_COUNT];
	int64_t passed; /* number of the last row that is done */
	bool is_owing;  /* and the tables still have it */
};

struct outbox {
	char outlet[STORE_OUTLET_NAME];
	struct shelf file; /* nothing when the store has no file */
	struct shelf memory;
};

static bool shelf_prepare(struct shelf *shelf, char error[STORE_ERROR_MAX])
{
	bool is_made = true;

	store_file_enter(&shelf->place);
	for (int i = 0; is_made && i < STATEMENT_COUNT; i++)
		is_made = sqlite3_prepare_v2(shelf->place.file, sentences[i], -1, &shelf->statements[i], NULL) == SQLITE_OK;
	if (!is_made)
		snprintf(error, STORE_ERROR_MAX, "the alarm store is not usable for outlets: %s", sqlite3_errmsg(shelf->place.file));
	store_file_leave(&shelf->place);
	return is_made;
}

static void shelf_finalize(struct shelf *shelf)
{
	store_file_enter(&shelf->place);
	for (int i = 0; i < STATEMENT_COUNT; i++)
		sqlite3_finalize(shelf->statements[i]);
	store_file_leave(&shelf->place);
}

static void reset(sqlite3_stmt *statement)
{
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
}

/* Deletes what is done. False when the tables do not take that now. */
static bool shelf_let_go(struct shelf *shelf, const char *outlet)
{
	sqlite3_stmt *d = shelf->statements[DONE];

	if (!shelf->is_owing)
		return true;
	store_file_enter(&shelf->place);
	sqlite3_bind_text(d, 1, outlet, -1, SQLITE_STATIC);
	sqlite3_bind_int64(d, 2, shelf->passed);
	shelf->is_owing = sqlite3_step(d) != SQLITE_DONE;
	reset(d);
	store_file_leave(&shelf->place);
	return !shelf->is_owing;
}

struct outbox *outbox_open(const struct store *s, const char *outlet, char error[STORE_ERROR_MAX])
{
	struct store_places places = store_places(s);
	struct outbox *b = calloc(1, sizeof(*b));

	snprintf(error, STORE_ERROR_MAX, "no memory for an outbox");
	if (b == NULL)
		return NULL;
	snprintf(b->outlet, sizeof(b->outlet), "%s", outlet);
	b->memory.place = *places.memory;
	if (shelf_prepare(&b->memory, error) &&
	    (places.path == NULL || (store_file_open(places.path, &b->file.place.file, error) && shelf_prepare(&b->file, error))))
		return b;
	outbox_close(b);
	return NULL;
}

void outbox_close(struct outbox *b)
{
	if (b == NULL)
		return;
	shelf_let_go(&b->file, b->outlet);
	shelf_finalize(&b->memory);
	shelf_finalize(&b->file);
	sqlite3_close(b->file.place.file);
	free(b);
}

/* A copy of a text column; NULL without memory. */
static char *column_copy(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return text != NULL ? strdup(text) : NULL;
}

static bool shelf_take(struct shelf *shelf, const char *outlet, struct outbox_row *ret)
{
	sqlite3_stmt *t = shelf->statements[TAKE];
	struct outbox_row row = { 0 };

	if (shelf->place.file == NULL)
		return false;
	store_file_enter(&shelf->place);
	sqlite3_bind_text(t, 1, outlet, -1, SQLITE_STATIC);
	sqlite3_bind_int64(t, 2, shelf->passed);
	if (sqlite3_step(t) == SQLITE_ROW) {
		row.number = sqlite3_column_int64(t, 0);
		snprintf(row.incident, sizeof(row.incident), "%s", (const char *)sqlite3_column_text(t, 1));
		row.time = sqlite3_column_int64(t, 2);
		row.json = column_copy(t, 3);
	}
	reset(t);
	store_file_leave(&shelf->place);
	if (row.json == NULL)
		return false;
	*ret = row;
	return true;
}

void outbox_row_free(struct outbox_row *row)
{
	free(row->json);
	row->json = NULL;
}

bool outbox_take(struct outbox *b, struct outbox_row *ret)
{
	struct outbox_row filed;
	struct outbox_row kept;
	bool is_filed = shelf_take(&b->file, b->outlet, &filed);
	bool is_kept = shelf_take(&b->memory, b->outlet, &kept);

	if (!is_filed && !is_kept)
		return false;
	kept.is_in_memory = true;
	if (!is_kept || (is_filed && filed.time <= kept.time)) {
		if (is_kept)
			outbox_row_free(&kept);
		*ret = filed;
		return true;
	}
	if (is_filed)
		outbox_row_free(&filed);
	*ret = kept;
	return true;
}

static struct shelf *shelf_of(struct outbox *b, const struct outbox_row *row)
{
	return row->is_in_memory ? &b->memory : &b->file;
}

bool outbox_done(struct outbox *b, const struct outbox_row *row)
{
	struct shelf *shelf = shelf_of(b, row);

	shelf->passed = row->number;
	shelf->is_owing = true;
	return shelf_let_go(shelf, b->outlet);
}

void outbox_failed(struct outbox *b, const struct outbox_row *row, nanos next)
{
	struct shelf *shelf = shelf_of(b, row);

	store_file_enter(&shelf->place);
	sqlite3_bind_int64(shelf->statements[FAILED], 1, row->number);
	sqlite3_bind_int64(shelf->statements[FAILED], 2, next);
	sqlite3_step(shelf->statements[FAILED]);
	reset(shelf->statements[FAILED]);
	store_file_leave(&shelf->place);
}

static uint64_t shelf_waiting(struct shelf *shelf, const char *outlet)
{
	sqlite3_stmt *w = shelf->statements[WAITING];
	uint64_t count = 0;

	if (shelf->place.file == NULL)
		return 0;
	store_file_enter(&shelf->place);
	sqlite3_bind_text(w, 1, outlet, -1, SQLITE_STATIC);
	sqlite3_bind_int64(w, 2, shelf->passed);
	if (sqlite3_step(w) == SQLITE_ROW)
		count = (uint64_t)sqlite3_column_int64(w, 0);
	reset(w);
	store_file_leave(&shelf->place);
	return count;
}

uint64_t outbox_waiting(struct outbox *b)
{
	return shelf_waiting(&b->file, b->outlet) + shelf_waiting(&b->memory, b->outlet);
}

static char *shelf_newest(struct shelf *shelf, const char *incident)
{
	sqlite3_stmt *n = shelf->statements[NEWEST];
	char *json = NULL;

	if (shelf->place.file == NULL)
		return NULL;
	store_file_enter(&shelf->place);
	sqlite3_bind_text(n, 1, incident, -1, SQLITE_STATIC);
	if (sqlite3_step(n) == SQLITE_ROW)
		json = column_copy(n, 0);
	reset(n);
	store_file_leave(&shelf->place);
	return json;
}

char *outbox_newest(struct outbox *b, const char *incident)
{
	char *json = shelf_newest(&b->memory, incident);

	return json != NULL ? json : shelf_newest(&b->file, incident);
}

static void shelf_earlier(struct shelf *shelf, const char *incident, nanos time, void (*take)(void *self, const char *json), void *self)
{
	sqlite3_stmt *e = shelf->statements[EARLIER];

	if (shelf->place.file == NULL)
		return;
	store_file_enter(&shelf->place);
	sqlite3_bind_text(e, 1, incident, -1, SQLITE_STATIC);
	sqlite3_bind_int64(e, 2, time);
	while (sqlite3_step(e) == SQLITE_ROW) {
		const char *json = (const char *)sqlite3_column_text(e, 0);

		if (json != NULL)
			take(self, json);
	}
	reset(e);
	store_file_leave(&shelf->place);
}

void outbox_earlier(struct outbox *b, const char *incident, nanos time, void (*take)(void *self, const char *json), void *self)
{
	shelf_earlier(&b->file, incident, time, take, self);
	shelf_earlier(&b->memory, incident, time, take, self);
}
