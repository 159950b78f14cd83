/* SPDX-License-Identifier: BSD-3-Clause */
/* What `sigcanary top` shows, asked of the probe once a second, see top.h. Nothing here ends the program: a probe may come back. */
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/command/top.h"

#define FAILURES_MOST 200
#define SERIES_OF     "/api/v1/series?span=900&of="

static const char *const paths[] = { [TOP_SEGMENTS] = "/api/v1/segments",
				     [TOP_NODES] = "/api/v1/nodes",
				     [TOP_PROCEDURES] = "/api/v1/procedures",
				     [TOP_INCIDENTS] = "/api/v1/incidents" };
static const char *const kinds[] = { [TOP_SEGMENTS] = "segment", [TOP_NODES] = "node", [TOP_PROCEDURES] = "procedure" };

/* A document, or NULL with the sentence in `trouble`. */
static json_t *document_ask(struct top *t, const char *path)
{
	char error[ASK_ERROR_MAX];
	struct ask_answer answer = { .body = NULL };
	json_t *json = NULL;

	if (ask(t->asking.ask, "GET", path, NULL, &answer, error) != ASK_ANSWERED) {
		snprintf(t->trouble, sizeof(t->trouble), "%.199s", error);
		return NULL;
	}
	json = json_loadb(answer.body, answer.length, JSON_ALLOW_NUL, NULL);
	if (json == NULL)
		snprintf(t->trouble, sizeof(t->trouble), "the answer for %s is no JSON", path);
	free(answer.body);
	return json;
}

const char *top_row_name(const struct top *t, const json_t *row)
{
	const char *name = member_text(row, t->view == TOP_NODES || t->view == TOP_INCIDENTS ? "id"
					    : t->view == TOP_FAILURES                        ? "key"
											     : "name");

	return name != NULL ? name : "";
}

const struct top_track *top_track_find(const struct top *t, const char *name)
{
	for (size_t i = 0; i < t->track_count; i++) {
		if (strcmp(t->tracks[i].name, name) == 0)
			return &t->tracks[i];
	}
	return NULL;
}

static double share_at(const json_t *series, const char *name, size_t i)
{
	const json_t *value = json_array_get(json_object_get(series, name), i);

	return json_is_number(value) ? json_number_value(value) : -1;
}

static double share_sum(double reject, double no_answer)
{
	return reject < 0 && no_answer < 0 ? -1 : fmax(reject, 0) + fmax(no_answer, 0);
}

/* The last minutes of a new row, where the probe keeps them: otherwise its course begins now. */
static void track_recall(struct top *t, struct top_track *track)
{
	char before[TOP_MESSAGE];
	char kind[64];
	char *path;
	json_t *series;
	size_t count;

	snprintf(before, sizeof(before), "%s", t->trouble);
	snprintf(kind, sizeof(kind), SERIES_OF "%s:", kinds[t->view]);
	path = path_join(kind, track->name, "");
	series = document_ask(t, path);
	count = json_array_size(json_object_get(series, "times"));
	for (size_t i = 0; i < TOP_HISTORY && i < count; i++)
		track->shares[TOP_HISTORY - 1 - i] = share_sum(share_at(series, "reject", count - 1 - i),
							       share_at(series, "no_answer", count - 1 - i));
	json_decref(series);
	free(path);
	snprintf(t->trouble, sizeof(t->trouble), "%s", before);
}

static void track_add(struct top *t, const json_t *row)
{
	const char *name = top_row_name(t, row);
	struct top_track *track = (struct top_track *)(uintptr_t)top_track_find(t, name);

	if (track == NULL) {
		if (t->track_count == TOP_TRACKS_MAX)
			return;
		track = &t->tracks[t->track_count++];
		snprintf(track->name, sizeof(track->name), "%s", name);
		for (size_t i = 0; i < TOP_HISTORY; i++)
			track->shares[i] = -1;
		track_recall(t, track);
	}
	memmove(track->shares, track->shares + 1, (TOP_HISTORY - 1) * sizeof(track->shares[0]));
	track->shares[TOP_HISTORY - 1] = share_sum(member_number(row, "reject", -1), member_number(row, "no_answer", -1));
}

static enum top_sort sort_by;

static double sort_key(const json_t *row)
{
	switch (sort_by) {
	case TOP_BY_EVIDENCE:
		return member_number(row, "evidence", 0);
	case TOP_BY_REJECT:
		return member_number(row, "reject", -1);
	case TOP_BY_NO_ANSWER:
		return member_number(row, "no_answer", -1);
	case TOP_BY_REQUESTS:
		return member_number(row, "requests_per_s", 0);
	case TOP_BY_NAME:
		break;
	}
	return 0;
}

static const char *name_of(const json_t *row)
{
	const char *name = member_text(row, "name") != NULL ? member_text(row, "name") : member_text(row, "id");

	return name != NULL ? name : "";
}

static int by_key(const void *x, const void *y)
{
	const json_t *a = *(json_t *const *)x;
	const json_t *b = *(json_t *const *)y;
	double difference = sort_key(b) - sort_key(a);

	return difference > 0 ? 1 : difference < 0 ? -1 : strcmp(name_of(a), name_of(b));
}

static json_t *sorted(json_t *list, enum top_sort sort)
{
	size_t count = json_array_size(list);
	json_t **items = calloc(count + 1, sizeof(*items));
	json_t *result = json_array();

	for (size_t i = 0; items != NULL && i < count; i++)
		items[i] = json_array_get(list, i);
	sort_by = sort;
	if (items != NULL)
		qsort(items, count, sizeof(*items), by_key);
	for (size_t i = 0; items != NULL && i < count; i++)
		json_array_append(result, items[i]);
	json_decref(list);
	free(items);
	return result;
}

static json_t *failures_ask(struct top *t)
{
	char before[96];
	char *path;
	json_t *found;
	json_t *list;

	if (t->under == TOP_INCIDENTS)
		path = path_join("/api/v1/transactions?outcome=failed&limit=200&segment=", "all", "");
	else {
		snprintf(before, sizeof(before), "/api/v1/transactions?outcome=failed&limit=%d&%s=", FAILURES_MOST, kinds[t->under]);
		path = path_join(before, t->of, "");
	}
	found = document_ask(t, path);
	list = json_incref(json_object_get(found, "transactions"));
	json_decref(found);
	free(path);
	return list;
}

/* The selection stays with its row when rows change their places. */
static void selection_follow(struct top *t)
{
	size_t count = json_array_size(t->rows);

	for (size_t i = 0; i < count && t->selected_name[0] != '\0'; i++) {
		if (strcmp(top_row_name(t, json_array_get(t->rows, i)), t->selected_name) == 0) {
			t->selected = i;
			return;
		}
	}
	if (t->selected >= count)
		t->selected = count > 0 ? count - 1 : 0;
}

void top_refresh(struct top *t)
{
	json_t *status;
	json_t *rows = NULL;
	json_t *row;
	size_t i;

	t->trouble[0] = '\0';
	status = document_ask(t, "/api/v1/status");
	if (status == NULL)
		return;
	json_decref(t->status);
	t->status = status;
	if (t->view == TOP_LADDER || t->view == TOP_HELP)
		return;
	rows = t->view == TOP_FAILURES ? failures_ask(t) : document_ask(t, paths[t->view]);
	if (rows == NULL)
		return;
	if (t->view <= TOP_PROCEDURES) {
		rows = sorted(rows, t->sort);
		json_array_foreach(rows, i, row) track_add(t, row);
	}
	json_decref(t->rows);
	t->rows = rows;
	selection_follow(t);
}

/* The incident of a row: its own, or the first that it is part of. */
static void incident_note(struct top *t, const json_t *row)
{
	const char *id = t->view == TOP_INCIDENTS ? member_text(row, "id")
						  : json_string_value(json_array_get(json_object_get(row, "incidents"), 0));

	snprintf(t->incident, sizeof(t->incident), "%s", id != NULL ? id : "");
}

void top_enter(struct top *t)
{
	const json_t *row = json_array_get(t->rows, t->selected);
	char *path;

	if (row == NULL || t->view == TOP_LADDER || t->view == TOP_HELP)
		return;
	if (t->view == TOP_FAILURES) {
		path = path_join("/api/v1/transactions/", top_row_name(t, row), "");
		json_decref(t->ladder);
		t->ladder = document_ask(t, path);
		free(path);
		if (t->ladder != NULL)
			t->view = TOP_LADDER;
		else
			snprintf(t->message, sizeof(t->message), "%s", t->trouble);
		return;
	}
	incident_note(t, row);
	snprintf(t->of, sizeof(t->of), "%s", top_row_name(t, row));
	t->under = t->view;
	t->view = TOP_FAILURES;
	t->selected = 0;
	t->first = 0;
	t->selected_name[0] = '\0';
	json_decref(t->rows);
	t->rows = NULL;
	top_refresh(t);
}

/* Identities are in packets: the file is its owner's. One that is there is not written over. */
static bool file_keep(const char *name, const struct ask_answer *answer)
{
	int out = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool is_whole = out >= 0 && write(out, answer->body, answer->length) == (ssize_t)answer->length;

	return out >= 0 && close(out) == 0 && is_whole;
}

void top_save(struct top *t)
{
	char error[ASK_ERROR_MAX];
	char name[TOP_NAME_MAX];
	struct ask_answer answer = { .body = NULL };
	char *path;

	if (t->view <= TOP_INCIDENTS)
		incident_note(t, json_array_get(t->rows, t->selected));
	if (t->incident[0] == '\0') {
		snprintf(t->message, sizeof(t->message), "no incident here, so no packets were kept; Tab shows the incidents");
		return;
	}
	path = path_join("/api/v1/incidents/", t->incident, "/pcap");
	snprintf(name, sizeof(name), "sigcanary-%.64s.pcapng", t->incident);
	for (char *c = name; *c != '\0'; c++)
		*c = *c == '/' ? '_' : *c;
	if (ask(t->asking.ask, "GET", path, NULL, &answer, error) != ASK_ANSWERED)
		snprintf(t->message, sizeof(t->message), "not saved: %.180s", error);
	else if (access(name, F_OK) == 0)
		snprintf(t->message, sizeof(t->message), "not saved: %s is there already", name);
	else if (file_keep(name, &answer))
		snprintf(t->message, sizeof(t->message), "saved to %s", name);
	else
		snprintf(t->message, sizeof(t->message), "not saved: %s cannot be written here", name);
	free(answer.body);
	free(path);
}
