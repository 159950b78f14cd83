/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See resume.h. The memory of an incident is written with each of its announcements, in the same transaction, and every ten seconds of
 * traffic in between: what a kill may cost is the streams and counts of so long.
 */
#include "control/command/resume.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	r->given_up++;
}

/* Whether it goes on is known by now; the row tells what was before. */
static void announcement_take(void *self, const char *id, bool is_open, const char *json)
{
	struct resume *r = self;
	char *memory = is_open ? engine_remember_incident(r->engine, id) : NULL;

	board_recall(r->board, id, json, memory != NULL);
	alarm_list_recall(r->alarms, id, json, memory != NULL);
	free(memory);
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
