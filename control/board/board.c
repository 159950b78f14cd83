/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Incidents as their readers see them, see board.h. An announcement is kept as the line of JSON that every other outlet got, so that what
 * the page shows is what was said.
 */
#include "control/board/board.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "control/sink/json.h"

#define ID_MAX     24
#define FIRST_KEPT 20 /* announcements of an incident that are kept whatever comes */

struct shown {
	char id[ID_MAX];
	bool is_open;
	enum incident_severity severity; /* now */
	char summary[INCIDENT_SUMMARY_MAX];
	char *lines[BOARD_ANNOUNCEMENTS_MAX];
	size_t line_count;
	uint64_t left_out; /* announcements between the first and the newest that gave way */
};

struct board {
	pthread_mutex_t lock;
	struct alarm_writer alarms;
	struct transaction_writer transactions;
	board_publish publish;
	void *publish_self;
	struct shown *shown[BOARD_INCIDENTS_MAX]; /* oldest first */
	size_t shown_count;
	nanos time; /* end of the last tick */
	struct worker_report health;
};

struct board *board_new(const struct alarm_writer *alarms, const struct transaction_writer *transactions)
{
	struct board *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	pthread_mutex_init(&b->lock, NULL);
	b->alarms = *alarms;
	b->transactions = *transactions;
	return b;
}

static void shown_free(struct shown *s)
{
	for (size_t i = 0; i < s->line_count; i++)
		free(s->lines[i]);
	free(s);
}

void board_free(struct board *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->shown_count; i++)
		shown_free(b->shown[i]);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

void board_publish_by(struct board *b, board_publish publish, void *self)
{
	b->publish = publish;
	b->publish_self = self;
}

void board_plan(struct board *b, const struct plan *plan)
{
	pthread_mutex_lock(&b->lock);
	b->alarms.plan = plan;
	b->transactions.plan = plan;
	pthread_mutex_unlock(&b->lock);
}

void board_outcome(void *board, const struct outcome *outcome)
{
	(void)board;
	(void)outcome;
}

static void publish(struct board *b, const char *name, const char *json, size_t length)
{
	if (b->publish != NULL)
		b->publish(b->publish_self, name, json, length);
}

void board_tick(void *board, const struct tally *tally, const struct detector *detector)
{
	struct board *b = board;

	(void)detector;
	pthread_mutex_lock(&b->lock);
	b->time = tally->start + tally->length;
	pthread_mutex_unlock(&b->lock);
}

static struct shown *shown_find(struct board *b, const char *id)
{
	for (size_t i = b->shown_count; i-- > 0;) {
		if (strcmp(b->shown[i]->id, id) == 0)
			return b->shown[i];
	}
	return NULL;
}

/* Room for one more: the oldest that is over goes, else the oldest. */
static void shown_make_room(struct board *b)
{
	size_t victim = 0;

	if (b->shown_count < BOARD_INCIDENTS_MAX)
		return;
	for (size_t i = 0; i < b->shown_count; i++) {
		if (!b->shown[i]->is_open) {
			victim = i;
			break;
		}
	}
	shown_free(b->shown[victim]);
	memmove(&b->shown[victim], &b->shown[victim + 1], (b->shown_count - victim - 1) * sizeof(b->shown[0]));
	b->shown_count--;
}

static struct shown *shown_take(struct board *b, const char *id)
{
	struct shown *s = shown_find(b, id);

	if (s != NULL)
		return s;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	shown_make_room(b);
	snprintf(s->id, sizeof(s->id), "%s", id);
	b->shown[b->shown_count++] = s;
	return s;
}

static void line_take(struct shown *s, char *line)
{
	if (s->line_count == BOARD_ANNOUNCEMENTS_MAX) {
		free(s->lines[FIRST_KEPT]);
		memmove(&s->lines[FIRST_KEPT], &s->lines[FIRST_KEPT + 1], (s->line_count - FIRST_KEPT - 1) * sizeof(s->lines[0]));
		s->line_count--;
		s->left_out++;
	}
	s->lines[s->line_count++] = line;
}

void board_alarm(void *board, const struct alarm *alarm)
{
	struct board *b = board;
	char *line = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&line, &length);
	struct shown *s;

	if (out == NULL)
		return;
	alarm_write_json(&b->alarms, alarm, out);
	if (fclose(out) != 0 || length == 0) {
		free(line);
		return;
	}
	if (line[length - 1] == '\n')
		line[--length] = '\0';
	publish(b, "alarm", line, length);
	pthread_mutex_lock(&b->lock);
	s = shown_take(b, alarm->id);
	if (s != NULL) {
		s->is_open = alarm->state != INCIDENT_CLEARED;
		s->severity = alarm->severity;
		snprintf(s->summary, sizeof(s->summary), "%s", alarm->summary);
		line_take(s, line);
	}
	pthread_mutex_unlock(&b->lock);
	if (s == NULL)
		free(line);
}

void board_recall(struct board *b, const char *id, const char *json, bool is_open)
{
	struct shown *s;
	char *line = strdup(json);

	pthread_mutex_lock(&b->lock);
	s = line != NULL ? shown_take(b, id) : NULL;
	if (s != NULL) {
		s->is_open = is_open;
		line_take(s, line);
	}
	pthread_mutex_unlock(&b->lock);
	if (s == NULL)
		free(line);
}

void board_health(struct board *b, const struct worker_report *report)
{
	pthread_mutex_lock(&b->lock);
	b->health = *report;
	pthread_mutex_unlock(&b->lock);
}

/* The gravest of the open incidents; the newest of these. */
static const struct shown *gravest(const struct board *b)
{
	const struct shown *worst = NULL;

	for (size_t i = b->shown_count; i-- > 0;) {
		const struct shown *s = b->shown[i];

		if (s->is_open && (worst == NULL || s->severity > worst->severity))
			worst = s;
	}
	return worst;
}

static void time_write(struct json *j, const char *key, nanos t)
{
	char text[48];

	snprintf(text, sizeof(text), "%" PRId64 ".%09" PRId64, t / NANOS_PER_S, t % NANOS_PER_S);
	json_text(j, key, text);
}

void board_write_status(struct board *b, FILE *out)
{
	struct json j = { .out = out };
	const struct shown *worst;

	pthread_mutex_lock(&b->lock);
	worst = gravest(b);
	json_open(&j, NULL, '{');
	time_write(&j, "time", b->time);
	json_text(&j, "network", b->alarms.plan->network_name);
	json_text(&j, "state", worst != NULL ? incident_severity_name(worst->severity) : "ok");
	json_text(&j, "words", worst != NULL ? worst->summary : b->time == 0 ? "No traffic has been judged yet." : "Nothing is wrong.");
	json_open(&j, "open", '[');
	for (size_t i = b->shown_count; i-- > 0;) {
		if (b->shown[i]->is_open)
			json_text(&j, NULL, b->shown[i]->id);
	}
	json_close(&j, ']');
	json_close(&j, '}');
	fputc('\n', out);
	pthread_mutex_unlock(&b->lock);
}

void board_write_incidents(struct board *b, bool only_open, FILE *out)
{
	bool is_first = true;

	pthread_mutex_lock(&b->lock);
	fputc('[', out);
	for (size_t i = b->shown_count; i-- > 0;) {
		const struct shown *s = b->shown[i];

		if ((only_open && !s->is_open) || s->line_count == 0)
			continue;
		fprintf(out, "%s%s", is_first ? "" : ",\n", s->lines[s->line_count - 1]);
		is_first = false;
	}
	fputs("]\n", out);
	pthread_mutex_unlock(&b->lock);
}

bool board_write_incident(struct board *b, const char *id, const struct board_more *more, FILE *out)
{
	const struct shown *s;

	pthread_mutex_lock(&b->lock);
	s = shown_find(b, id);
	if (s != NULL) {
		fprintf(out, "{\"id\":\"%s\",\"left_out\":%" PRIu64 ",\"announcements\":[", s->id, s->left_out);
		for (size_t i = 0; i < s->line_count; i++)
			fprintf(out, "%s%s", i > 0 ? ",\n" : "", s->lines[i]);
		fputc(']', out);
		if (more != NULL)
			more->write(more->self, id, out);
		fputs("}\n", out);
	}
	pthread_mutex_unlock(&b->lock);
	return s != NULL;
}
