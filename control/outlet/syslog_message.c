/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 5424: the sentence as message, the facts as structured data. The private enterprise number is 32473, the one for examples (RFC 5612):
 * sigcanary has none of its own.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "control/outlet/facts.h"
#include "control/outlet/syslog.h"

#define STRUCTURE_ID "sigcanary@32473"

int syslog_level(const json_t *alarm)
{
	static const int levels[] = {
		[SEVERITY_CLEARED] = 5, [SEVERITY_WARNING] = 4, [SEVERITY_MINOR] = 4, [SEVERITY_MAJOR] = 3, [SEVERITY_CRITICAL] = 2,
	};

	return levels[fact_severity(alarm)];
}

/* 6.3.3: the three characters that end a value are escaped. Nothing is said without a value. */
static void parameter_write(FILE *out, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	fprintf(out, " %s=\"", name);
	for (const char *c = value; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\' || *c == ']')
			fputc('\\', out);
		fputc(*c, out);
	}
	fputc('"', out);
}

static void structure_write(const struct letter *l, FILE *out)
{
	static const struct {
		const char *name, *path;
		bool is_list;
	} rows[] = {
		{ "incident", "id", false },
		{ "alarmId", "alarm.alarmId", false },
		{ "state", "state", false },
		{ "severity", "severity", false },
		{ "kind", "kind", false },
		{ "segments", "segments", true },
		{ "nodes", "nodes", true },
		{ "procedures", "procedures", true },
		{ "services", "services", true },
		{ "rats", "rats", true },
		{ "probableCause", "alarm.probableCause", false },
	};
	char text[FACT_TEXT_MAX];
	char time[FACT_TIME_MAX];

	fputs("[" STRUCTURE_ID, out);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].is_list)
			fact_list(l->alarm, rows[i].path, ",", text);
		else
			fact_text(l->alarm, rows[i].path, text);
		parameter_write(out, rows[i].name, text);
	}
	time_text(fact_time(l->alarm, "onset"), time);
	parameter_write(out, "onset", time);
	snprintf(text, sizeof(text), "%.0f", fact_number(l->alarm, "affected_subscribers.estimate"));
	parameter_write(out, "affected", text);
	parameter_write(out, "network", l->context->network);
	fact_link(l, text);
	parameter_write(out, "url", text);
	fputc(']', out);
}

/* 6.2.4 to 6.2.7: printable ASCII without spaces, or "-". */
static void word_write(FILE *out, const char *word)
{
	int written = 0;

	fputc(' ', out);
	for (; *word != '\0'; word++) {
		if (*word > 0x20 && *word < 0x7f)
			written += fputc(*word, out) != EOF;
	}
	if (written == 0)
		fputc('-', out);
}

char *syslog_message(const struct letter *l, enum plan_facility facility, size_t *ret_length)
{
	char *message = NULL;
	FILE *out = open_memstream(&message, ret_length);
	char text[FACT_TEXT_MAX];
	char time[FACT_TIME_MAX];

	if (out == NULL)
		return NULL;
	time_text(fact_time(l->alarm, "time"), time);
	fprintf(out, "<%d>1 %s", (int)facility * 8 + syslog_level(l->alarm), time);
	word_write(out, l->context->probe);
	fprintf(out, " sigcanary %d", (int)getpid());
	fact_text(l->alarm, "state", text);
	word_write(out, text);
	fputc(' ', out);
	structure_write(l, out);
	fact_text(l->alarm, "summary", text);
	fprintf(out, " \xef\xbb\xbf%s", text);
	if (fclose(out) == 0)
		return message;
	free(message);
	return NULL;
}
