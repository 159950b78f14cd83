/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Incidents as their readers see them, see board.h. An announcement is kept as the line of JSON that every other outlet got, so that what
 * the page shows is what was said.
 */
#include "control/board/board_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_KEPT 20 /* announcements of an incident that are kept whatever comes */

struct board *board_new(const struct alarm_writer *alarms, const struct transaction_writer *transactions)
{
	struct board *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	pthread_mutex_init(&b->lock, NULL);
	b->alarms = *alarms;
	b->transactions = *transactions;
	gethostname(b->probe, sizeof(b->probe) - 1);
	b->chronicle = chronicle_new(&(struct words_names){ .plan = alarms->plan, .name_of = alarms->name_of, .names = alarms->names });
	if (b->chronicle != NULL)
		return b;
	board_free(b);
	return NULL;
}

static void shown_free(struct shown *s)
{
	for (size_t i = 0; i < s->line_count; i++)
		free(s->lines[i]);
	json_decref(s->newest);
	free(s);
}

void board_free(struct board *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->shown_count; i++)
		shown_free(b->shown[i]);
	chronicle_free(b->chronicle);
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
	chronicle_plan(b->chronicle, plan);
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
	bool has_ended;

	pthread_mutex_lock(&b->lock);
	b->time = tally->start + tally->length;
	if (b->since == 0)
		b->since = tally->start;
	has_ended = chronicle_tick(b->chronicle, tally, detector);
	pthread_mutex_unlock(&b->lock);
	if (!has_ended)
		return;
	board_tell_second(b);
	board_tell_health(b);
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

/* What the newest line says of it. */
static void shown_read(struct shown *s, json_t *newest)
{
	const char *severity = json_string_value(json_object_get(newest, "severity"));
	const char *summary = json_string_value(json_object_get(newest, "summary"));

	s->severity = SEVERITY_WARNING;
	for (int k = SEVERITY_CLEARED; severity != NULL && k <= SEVERITY_CRITICAL; k++) {
		if (strcmp(severity, incident_severity_name((enum incident_severity)k)) == 0)
			s->severity = (enum incident_severity)k;
	}
	snprintf(s->summary, sizeof(s->summary), "%s", summary != NULL ? summary : "");
	json_decref(s->newest);
	s->newest = s->is_open ? json_incref(newest) : NULL;
}

/* One more announcement; takes the line over. */
static void line_show(struct board *b, const char *id, char *line, bool is_open)
{
	json_t *newest = json_loads(line, 0, NULL);
	struct shown *s;

	pthread_mutex_lock(&b->lock);
	s = shown_take(b, id);
	if (s != NULL) {
		s->is_open = is_open;
		shown_read(s, newest);
		line_take(s, line);
		if (!is_open && board_gravest(b) == NULL)
			b->since = b->time;
	}
	pthread_mutex_unlock(&b->lock);
	json_decref(newest);
	if (s == NULL)
		free(line);
}

void board_alarm(void *board, const struct alarm *alarm)
{
	struct board *b = board;
	char *line = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&line, &length);

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
	line_show(b, alarm->id, line, alarm->state != INCIDENT_CLEARED);
}

void board_recall(struct board *b, const char *id, const char *json, bool is_open)
{
	char *line = strdup(json);

	if (line != NULL)
		line_show(b, id, line, is_open);
}

const struct shown *board_gravest(const struct board *b)
{
	const struct shown *worst = NULL;

	for (size_t i = b->shown_count; i-- > 0;) {
		const struct shown *s = b->shown[i];

		if (s->is_open && (worst == NULL || s->severity > worst->severity))
			worst = s;
	}
	return worst;
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
