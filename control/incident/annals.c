/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See annals.h. Great outages had small ones of the same place before them, days or weeks earlier, which nobody connected: whose texts
 * failed in the week before could not be registered at all afterwards. The same place is: a node in common, number ranges inside each
 * other, the same further values, or, where neither knows more, the same brands. Called by incident.c and findings.c.
 */
#include "control/incident/annals.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "control/incident/text.h"

#define SMALLER 1.5 /* a precursor affected less than this times as many */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many ids of a day were given; that of a day that was not seen yet is 0. */
static unsigned int *day_of(struct annals *a, const char *day)
{
	size_t known = least(a->day_count, ANNALS_DAYS);
	size_t at = a->day_count % ANNALS_DAYS;

	for (size_t i = 0; i < known; i++) {
		if (strcmp(a->days[i].name, day) == 0)
			return &a->days[i].count;
	}
	a->day_count++;
	snprintf(a->days[at].name, sizeof(a->days[at].name), "%s", day);
	a->days[at].count = 0;
	return &a->days[at].count;
}

void annals_id(struct annals *a, nanos onset, char ret[24])
{
	time_t seconds = (time_t)(onset / NANOS_PER_S);
	char day[16];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%Y-%m%d", &tm);
	snprintf(ret, 24, "%.10s-%04u", day, ++*day_of(a, day) % 10000);
}

void annals_know(struct annals *a, const char *id)
{
	char day[16] = "";
	unsigned int number = 0;

	if (sscanf(id, "%9[0-9-]-%4u", day, &number) != 2 || strlen(day) != strlen("2012-0711"))
		return;
	if (number > *day_of(a, day))
		*day_of(a, day) = number;
}

void annals_take(struct annals *a, const struct alarm *alarm)
{
	struct annal *e = &a->list[a->taken++ % ANNALS_MAX];

	memset(e, 0, sizeof(*e));
	memcpy(e->id, alarm->id, sizeof(e->id));
	e->onset = alarm->onset;
	e->ended = alarm->time;
	e->kind = alarm->kind;
	e->worst = alarm->worst;
	e->affected = alarm->affected;
	e->segments = alarm->segments;
	e->services = alarm->services;
	e->set_dimension = alarm->set_dimension;
	e->set_count = least(alarm->set_count, 4);
	memcpy(e->set, alarm->set, e->set_count * sizeof(e->set[0]));
	e->prefix_count = least(alarm->prefix_count, 8);
	memcpy(e->prefixes, alarm->prefixes, e->prefix_count * sizeof(e->prefixes[0]));
	e->node_count = alarm->node_count;
	for (size_t i = 0; i < alarm->node_count; i++)
		e->nodes[i] = alarm->nodes[i].node;
	e->procedure_count = least(alarm->procedure_count, 4);
	memcpy(e->procedures, alarm->procedures, e->procedure_count * sizeof(e->procedures[0]));
}

static bool nodes_meet(const struct annal *e, const struct alarm *a)
{
	for (size_t i = 0; i < e->node_count; i++) {
		for (size_t j = 0; j < a->node_count; j++) {
			if (e->nodes[i] == a->nodes[j].node)
				return true;
		}
	}
	return false;
}

static bool prefixes_meet(const struct annal *e, const struct alarm *a)
{
	for (size_t i = 0; i < e->prefix_count; i++) {
		for (size_t j = 0; j < a->prefix_count; j++) {
			if (digits_begin_with(e->prefixes[i], a->prefixes[j]) || digits_begin_with(a->prefixes[j], e->prefixes[i]))
				return true;
		}
	}
	return false;
}

static bool sets_meet(const struct annal *e, const struct alarm *a)
{
	for (size_t i = 0; i < e->set_count && e->set_dimension == a->set_dimension; i++) {
		for (size_t j = 0; j < a->set_count; j++) {
			if (e->set[i] == a->set[j])
				return true;
		}
	}
	return false;
}

static bool places_meet(const struct annal *e, const struct alarm *a)
{
	bool is_vague = e->node_count + e->prefix_count + e->set_count == 0 || a->node_count + a->prefix_count + a->set_count == 0;

	if (nodes_meet(e, a) || prefixes_meet(e, a) || sets_meet(e, a))
		return true;
	return is_vague && (e->segments == a->segments || (e->segments & a->segments));
}

static void precursor_words(const struct annal *e, struct alarm *alarm)
{
	const struct procedure_row *row = e->procedure_count ? procedure_row(e->procedures[0]) : NULL;
	int64_t minutes = (alarm->onset - e->onset) / NANOS_PER_S / 60;
	char ago[48];

	if (minutes >= 2 * 24 * 60)
		snprintf(ago, sizeof(ago), "%" PRId64 " days", minutes / (24 * 60));
	else if (minutes >= 120)
		snprintf(ago, sizeof(ago), "%" PRId64 " hours", minutes / 60);
	else
		snprintf(ago, sizeof(ago), "%" PRId64 " minutes", minutes);
	snprintf(alarm->precursor_words, sizeof(alarm->precursor_words), "%s of the same place had trouble %s before (%s, %s)",
		 row ? row->words : "requests", ago, e->id, incident_kind_name(e->kind));
}

void annals_ask(const struct annals *a, struct alarm *alarm)
{
	size_t known = a->taken < ANNALS_MAX ? a->taken : ANNALS_MAX;

	alarm->earlier[0] = alarm->precursor[0] = alarm->precursor_words[0] = '\0';
	for (size_t back = 1; back <= known; back++) {
		const struct annal *e = &a->list[(a->taken - back) % ANNALS_MAX];

		if (alarm->onset - e->ended > ANNALS_KEPT || e->kind == INCIDENT_PROBE_BLIND || !places_meet(e, alarm))
			continue;
		if (!alarm->earlier[0] && e->kind == alarm->kind && alarm->onset - e->ended <= ANNALS_EARLIER)
			memcpy(alarm->earlier, e->id, sizeof(e->id));
		else if (!alarm->precursor[0] && (double)e->affected <= SMALLER * (double)alarm->affected) {
			memcpy(alarm->precursor, e->id, sizeof(e->id));
			precursor_words(e, alarm);
		}
	}
}
