/* SPDX-License-Identifier: BSD-3-Clause */
/* Gathering the lines of incidents into one row each, and writing them as a table. Called by `backtest` only. */
#include "control/command/backtest_tale.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/incident/text.h"

#define RESET "\033[0m"
/* Lines of a sentence break before this column. */
#define COLUMNS 110

static const char *const colors[] = {
	[SEVERITY_CLEARED] = "",       [SEVERITY_WARNING] = "\033[36m",    [SEVERITY_MINOR] = "\033[33m",
	[SEVERITY_MAJOR] = "\033[35m", [SEVERITY_CRITICAL] = "\033[1;31m",
};

static struct tale_incident *incident_of(struct tale *t, const struct alarm *alarm)
{
	struct tale_incident *bigger;

	for (size_t i = t->count; i > 0; i--) {
		if (strcmp(t->incidents[i - 1].last.id, alarm->id) == 0)
			return &t->incidents[i - 1];
	}
	if (t->count == t->room) {
		size_t room = t->room == 0 ? 16 : 2 * t->room;

		bigger = realloc(t->incidents, room * sizeof(*bigger));
		if (bigger == NULL) {
			t->lost++;
			return NULL;
		}
		t->incidents = bigger;
		t->room = room;
	}
	t->incidents[t->count] = (struct tale_incident){ .raised = alarm->time };
	return &t->incidents[t->count++];
}

void tale_alarm(void *tale, const struct alarm *alarm)
{
	struct tale_incident *i = incident_of(tale, alarm);

	if (i == NULL)
		return;
	if (alarm->severity > i->worst)
		i->worst = alarm->severity;
	if (alarm->severity >= SEVERITY_MINOR && i->paged == 0)
		i->paged = alarm->time;
	i->cleared = alarm->state == INCIDENT_CLEARED ? alarm->time : 0;
	/* The sentence of the whole incident is that of its last line before it began to recover. */
	if (alarm->state == INCIDENT_RAISED || alarm->state == INCIDENT_CHANGED || i->last.id[0] == '\0')
		i->last = *alarm;
}

void tale_free(struct tale *t)
{
	free(t->incidents);
	memset(t, 0, sizeof(*t));
}

size_t tale_pages(const struct tale *t)
{
	size_t pages = 0;

	for (size_t i = 0; i < t->count; i++)
		pages += t->incidents[i].paged != 0;
	return pages;
}

size_t tale_tickets(const struct tale *t)
{
	return t->count - tale_pages(t);
}

bool tale_finds(const struct tale *t, const struct truth_fault *fault, nanos tick, nanos *ret_paged)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct tale_incident *incident = &t->incidents[i];

		if (incident->paged == 0 || incident->paged < fault->onset - tick || incident->paged > fault->until + TRUTH_AFTER)
			continue;
		*ret_paged = incident->paged;
		return true;
	}
	return false;
}

size_t tale_false_pages(const struct tale *t, const struct truth *truth, nanos tick)
{
	size_t count = 0;

	for (size_t i = 0; i < t->count; i++) {
		nanos paged = t->incidents[i].paged;

		count += paged != 0 && !truth_covers(truth, paged - tick, paged + tick);
	}
	return count;
}

void tale_time(nanos time, char text[TALE_TIME_MAX])
{
	time_t seconds = (time_t)(time / NANOS_PER_S);
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == NULL || strftime(text, TALE_TIME_MAX, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		snprintf(text, TALE_TIME_MAX, "?");
}

/* "12 s", "4 min", "3 h", "2 d". */
static void duration_text(nanos duration, char text[TALE_TIME_MAX])
{
	double s = nanos_to_s(duration);

	if (s < 120)
		snprintf(text, TALE_TIME_MAX, "%.1f s", s);
	else if (s < 7200)
		snprintf(text, TALE_TIME_MAX, "%.0f min", s / 60);
	else if (s < 172800)
		snprintf(text, TALE_TIME_MAX, "%.1f h", s / 3600);
	else
		snprintf(text, TALE_TIME_MAX, "%.1f d", s / 86400);
}

static void sentence_write(const char *words, FILE *out)
{
	size_t column = 0;

	fputs("  ", out);
	while (*words != '\0') {
		size_t length = strcspn(words, " ");

		if (column > 0 && column + length > COLUMNS) {
			fputs("\n  ", out);
			column = 0;
		}
		fprintf(out, "%s%.*s", column > 0 ? " " : "", (int)length, words);
		column += length + 1;
		words += length + strspn(words + length, " ");
	}
	fputc('\n', out);
}

void tale_write(const struct tale *t, bool has_color, FILE *out)
{
	if (t->count > 0)
		fprintf(out, "%-16s %-9s %-18s %-20s %-10s %s\n", "INCIDENT", "SEVERITY", "KIND", "SINCE (UTC)", "TOLD AFTER", "LASTED");
	for (size_t i = 0; i < t->count; i++) {
		const struct tale_incident *incident = &t->incidents[i];
		char since[TALE_TIME_MAX], after[TALE_TIME_MAX], lasted[TALE_TIME_MAX] = "still open";

		tale_time(incident->last.onset, since);
		duration_text(incident->raised - incident->last.onset, after);
		if (incident->cleared != 0)
			duration_text(incident->cleared - incident->last.onset, lasted);
		fprintf(out, "%-16s %s%-9s%s %-18s %-20s %-10s %s\n", incident->last.id, has_color ? colors[incident->worst] : "",
			incident_severity_name(incident->worst), has_color ? RESET : "", incident_kind_name(incident->last.kind), since,
			after, lasted);
		sentence_write(incident->last.summary, out);
	}
	if (t->lost > 0)
		fprintf(out, "%zu lines of further incidents found no memory\n", t->lost);
}
