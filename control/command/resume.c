/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See resume.h. The memory of an incident is written with each of its announcements, in the same transaction, and every ten seconds of
 * traffic in between: what a kill may cost is the streams and counts of so long.
 */
#include "control/command/resume.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/incident/text.h"
#include "control/incident/words.h"
#include "control/outlet/facts.h"
#include "control/store/history.h"

#define EVERY (10 * NANOS_PER_S)

static char *memory_of(const void *engine, const char *incident)
{
	return engine_remember_incident(engine, incident);
}

static void incident_take(void *self, const char *id, bool is_open, const char *memory)
{
	struct resume *r = self;

	engine_know_incident(r->engine, id);
	if (!is_open)
		return;
	if (memory != NULL && engine_recall_incident(r->engine, memory)) {
		outlets_told(r->outlets, id, true);
		r->continued++;
		return;
	}
	store_give_up(r->store, id);
	outlets_told(r->outlets, id, false);
	if (r->given_up < RESUME_LEFT_MAX)
		r->left[r->given_up].id = strdup(id);
	r->given_up++;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

/* The newest line of an incident that is left, and how bad it was at worst. */
static void left_note(struct resume_left *left, const char *line)
{
	json_t *read = json_loads(line, 0, NULL);

	for (int s = SEVERITY_WARNING; s <= SEVERITY_CRITICAL; s++) {
		if (strcmp(text_of(read, "severity"), incident_severity_name((enum incident_severity)s)) == 0 && s > (int)left->worst)
			left->worst = (enum incident_severity)s;
	}
	json_decref(read);
	free(left->line);
	left->line = strdup(line);
}

/* A last line, so that no receiver has it open for ever: the newest one, cleared. */
static char *left_line(const struct resume_left *left, nanos now)
{
	json_t *line = left->line != NULL ? json_loads(left->line, 0, NULL) : NULL;
	json_t *alarm = json_object_get(line, "alarm");
	char time[32], clock[16], *text;

	if (line == NULL)
		return NULL;
	words_time(now, clock);
	snprintf(time, sizeof(time), "%" PRId64 ".%09" PRId64, now / NANOS_PER_S, now % NANOS_PER_S);
	json_object_set_new(line, "summary",
			    json_sprintf("Not followed any more: another version of sigcanary began at %s, which raises anew what still "
					 "fails. It was: %s",
					 clock, text_of(line, "summary")));
	json_object_set_new(line, "time", json_string(time));
	json_object_set_new(line, "state", json_string(incident_state_name(INCIDENT_CLEARED)));
	json_object_set_new(line, "severity", json_string(incident_severity_name(SEVERITY_CLEARED)));
	json_object_set_new(alarm, "perceivedSeverity", json_string("CLEARED"));
	json_object_set_new(alarm, "proposedRepairActions", json_string("See whether it is raised anew within the next minutes."));
	text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(6));
	json_decref(line);
	return text;
}

static void left_close(struct resume *r, const struct resume_left *left)
{
	struct timespec clock;
	nanos now;
	char *text;
	json_t *line;

	clock_gettime(CLOCK_REALTIME, &clock);
	now = clock.tv_sec * NANOS_PER_S + clock.tv_nsec;
	text = left_line(left, now);
	line = text != NULL ? json_loads(text, 0, NULL) : NULL;
	if (line == NULL) {
		free(text);
		return;
	}
	store_announce(r->store, &(struct announcement){
					 .id = left->id,
					 .alarm_id = text_of(json_object_get(line, "alarm"), "alarmId"),
					 .time = now,
					 .onset = fact_time(line, "onset"),
					 .affected = (uint64_t)fact_number(line, "affected_subscribers.estimate"),
					 .state = text_of(line, "state"),
					 .severity = text_of(line, "severity"),
					 .kind = text_of(line, "kind"),
					 .summary = text_of(line, "summary"),
					 .worst = left->worst,
					 .json = text,
					 .length = strlen(text),
				 });
	outlets_told(r->outlets, left->id, false);
	board_recall(r->board, left->id, text, false);
	alarm_list_recall(r->alarms, left->id, text, false);
	json_decref(line);
	free(text);
}

/* Whether it goes on is known by now; the row tells what was before. */
static void announcement_take(void *self, const char *id, bool is_open, const char *json)
{
	struct resume *r = self;
	char *memory = is_open ? engine_remember_incident(r->engine, id) : NULL;

	board_recall(r->board, id, json, memory != NULL);
	alarm_list_recall(r->alarms, id, json, memory != NULL);
	free(memory);
	for (size_t i = 0; i < r->given_up && i < RESUME_LEFT_MAX; i++) {
		if (r->left[i].id != NULL && strcmp(r->left[i].id, id) == 0)
			left_note(&r->left[i], json);
	}
}

static void remark_take(void *self, const struct store_remark *remark)
{
	struct resume *r = self;
	struct remark said = { .time = remark->time, .kind = REMARK_COMMENT, .user = remark->user, .words = remark->words };

	for (int kind = REMARK_ACK; kind <= REMARK_COMMENT; kind++) {
		if (strcmp(remark->kind, remark_kind_name((enum remark_kind)kind)) == 0)
			said.kind = (enum remark_kind)kind;
	}
	alarm_list_recall_remark(r->alarms, remark->alarm_id, &said);
}

void resume_start(struct resume *r)
{
	const struct history_reader reader = {
		.self = r, .incident = incident_take, .announcement = announcement_take, .remark = remark_take
	};

	if (!history_read(r->store, &reader))
		fprintf(stderr, "sigcanary run: what the alarm store knows of before cannot be read; open incidents begin anew\n");
	for (size_t i = 0; i < r->given_up && i < RESUME_LEFT_MAX; i++) {
		if (r->left[i].id != NULL)
			left_close(r, &r->left[i]);
		free(r->left[i].id);
		free(r->left[i].line);
	}
	if (r->continued > 0)
		fprintf(stderr, "sigcanary run: %zu open incident%s of before this start go%s on\n", r->continued,
			r->continued == 1 ? "" : "s", r->continued == 1 ? "es" : "");
	if (r->given_up > 0)
		fprintf(stderr,
			"sigcanary run: %zu incident%s of before this start cannot be continued, because another version of sigcanary "
			"kept %s; what still fails is raised anew\n",
			r->given_up, r->given_up == 1 ? "" : "s", r->given_up == 1 ? "it" : "them");
	store_remember_by(r->store, memory_of, r->engine);
}

void resume_keep(const struct resume *r)
{
	const struct alarm *open;
	size_t count = engine_open_alarms(r->engine, &open);

	for (size_t i = 0; i < count; i++) {
		char *memory = engine_remember_incident(r->engine, open[i].id);

		if (memory != NULL)
			store_remember(r->store, open[i].id, memory);
		free(memory);
	}
}

void resume_tick(void *resume, const struct tally *tally, const struct detector *detector)
{
	struct resume *r = resume;

	(void)detector;
	if (tally->start - r->written < EVERY && tally->start >= r->written)
		return;
	r->written = tally->start;
	resume_keep(r);
}
