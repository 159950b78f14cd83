/* SPDX-License-Identifier: BSD-3-Clause */
/* The fields of one announcement in the journal: those of systemd.journal-fields(7) first, ours behind. */
#include "control/outlet/journal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/outlet/facts.h"
#include "control/outlet/syslog.h"

static void field_add(struct journal_fields *f, const char *form, ...) __attribute__((format(printf, 2, 3)));

static void field_add(struct journal_fields *f, const char *form, ...)
{
	va_list values;

	if (f->count == JOURNAL_FIELDS_MAX)
		return;
	va_start(values, form);
	if (vasprintf(&f->texts[f->count], form, values) >= 0)
		f->count++;
	va_end(values);
}

void journal_fields_make(const struct letter *l, struct journal_fields *ret)
{
	static const struct {
		const char *name, *path;
		bool is_list;
	} rows[] = {
		{ "MESSAGE", "summary", false },
		{ "SIGCANARY_INCIDENT", "id", false },
		{ "SIGCANARY_ALARM_ID", "alarm.alarmId", false },
		{ "SIGCANARY_STATE", "state", false },
		{ "SIGCANARY_SEVERITY", "severity", false },
		{ "SIGCANARY_KIND", "kind", false },
		{ "SIGCANARY_SEGMENTS", "segments", true },
		{ "SIGCANARY_NODES", "nodes", true },
		{ "SIGCANARY_PROCEDURES", "procedures", true },
		{ "SIGCANARY_SERVICES", "services", true },
		{ "SIGCANARY_REPAIR", "alarm.proposedRepairActions", false },
	};
	char text[FACT_TEXT_MAX];
	char onset[FACT_TIME_MAX];

	ret->count = 0;
	field_add(ret, "PRIORITY=%d", syslog_level(l->alarm));
	field_add(ret, "MESSAGE_ID=%s", JOURNAL_MESSAGE_ID);
	field_add(ret, "SYSLOG_IDENTIFIER=sigcanary");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].is_list)
			fact_list(l->alarm, rows[i].path, ",", text);
		else
			fact_text(l->alarm, rows[i].path, text);
		if (text[0] != '\0')
			field_add(ret, "%s=%s", rows[i].name, text);
	}
	time_text(fact_time(l->alarm, "onset"), onset);
	field_add(ret, "SIGCANARY_ONSET=%s", onset);
	field_add(ret, "SIGCANARY_AFFECTED=%.0f", fact_number(l->alarm, "affected_subscribers.estimate"));
	if (l->context->network[0] != '\0')
		field_add(ret, "SIGCANARY_NETWORK=%s", l->context->network);
	fact_link(l, text);
	if (text[0] != '\0')
		field_add(ret, "SIGCANARY_URL=%s", text);
}

void journal_fields_free(struct journal_fields *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->texts[i]);
	f->count = 0;
}
