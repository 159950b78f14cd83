/* SPDX-License-Identifier: BSD-3-Clause */
/* See mail.h. Lines end with CR LF and stay below the 998 octets of RFC 5322 2.1.1; a subject that is not plain is encoded by RFC 2047.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/outlet/facts.h"
#include "control/outlet/mail.h"

#define LINE_MAX_OCTETS 76
/* Octets of text whose base64 leaves an encoded word below 75 characters (RFC 2047 2). */
#define WORD_OCTETS 42

static void base64_write(FILE *out, const unsigned char *bytes, size_t length)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < length; i += 3) {
		uint32_t group = (uint32_t)bytes[i] << 16;

		group |= i + 1 < length ? (uint32_t)bytes[i + 1] << 8 : 0;
		group |= i + 2 < length ? bytes[i + 2] : 0;
		fputc(digit[group >> 18 & 63], out);
		fputc(digit[group >> 12 & 63], out);
		fputc(i + 1 < length ? digit[group >> 6 & 63] : '=', out);
		fputc(i + 2 < length ? digit[group & 63] : '=', out);
	}
}

/*
 * Whether a subject can stand there as it is: ASCII, nothing that a mail program would take for an encoded word and show as what it hides
 * (names come from the wire), no word that is longer than a line, no line of spaces alone.
 */
static bool is_plain(const char *text)
{
	size_t word = 0;

	for (const char *c = text; *c != '\0'; c++) {
		word = *c == ' ' ? 0 : word + 1;
		if ((unsigned char)*c >= 0x80 || word >= LINE_MAX_OCTETS)
			return false;
	}
	return strstr(text, "=?") == NULL && strstr(text, "  ") == NULL;
}

/* Words of ASCII, a line folded before the word that would make it too long (RFC 5322 2.2.3). */
static void words_write(FILE *out, const char *text, size_t column)
{
	while (*text != '\0') {
		size_t length = strcspn(text, " ");

		if (column > 0 && column + length + 1 > LINE_MAX_OCTETS) {
			fputs("\r\n", out);
			column = 0;
		}
		fprintf(out, " %.*s", (int)length, text);
		column += length + 1;
		text += length;
		text += *text == ' ';
	}
}

static void subject_write(FILE *out, char *text)
{
	bool is_first = true;

	fputs("Subject:", out);
	if (is_plain(text)) {
		words_write(out, text, strlen("Subject:"));
		fputs("\r\n", out);
		return;
	}
	while (*text != '\0') {
		char word[FACT_TEXT_MAX];

		snprintf(word, sizeof(word), "%s", text);
		text_cut(word, WORD_OCTETS);
		fputs(is_first ? " =?UTF-8?B?" : "\r\n =?UTF-8?B?", out);
		base64_write(out, (const unsigned char *)word, strlen(word));
		fputs("?=", out);
		text += strlen(word);
		is_first = false;
	}
	fputs("\r\n", out);
}

/* RFC 5322 3.3; in English whatever the locale says. */
static void date_write(FILE *out, int64_t now_s)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t now = (time_t)now_s;
	struct tm t;

	gmtime_r(&now, &t);
	fprintf(out, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d +0000\r\n", days + t.tm_wday % 7 * 3, t.tm_mday, months + t.tm_mon % 12 * 3,
		t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

static void headers_write(const struct letter *l, const char *from, char *const *to, FILE *out)
{
	char summary[FACT_TEXT_MAX];
	char id[FACT_TEXT_MAX];
	char alarm[FACT_TEXT_MAX];
	char severity[FACT_TEXT_MAX];

	fact_text(l->alarm, "summary", summary);
	fact_text(l->alarm, "id", id);
	fact_text(l->alarm, "alarm.alarmId", alarm);
	fact_text(l->alarm, "severity", severity);
	fprintf(out, "From: %s\r\nTo:", from);
	for (size_t i = 0; to[i] != NULL; i++)
		fprintf(out, "%s %s", i > 0 ? ",\r\n" : "", to[i]);
	fputs("\r\n", out);
	subject_write(out, summary);
	date_write(out, l->now_s);
	fprintf(out, "Message-ID: <%.40s.%" PRId64 ".%.40s@%.200s>\r\n", id, l->number, alarm, l->context->probe);
	/* Mail programs show what refers to the same message as one thread. */
	fprintf(out, "References: <%.40s.%.40s@%.200s>\r\n", id, alarm, l->context->probe);
	fprintf(out, "X-Sigcanary-Incident: %.40s\r\nX-Sigcanary-Severity: %.40s\r\n", id, severity);
	fputs("Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
	      "Content-Transfer-Encoding: 8bit\r\n\r\n",
	      out);
}

/* Nothing without a value. */
static void line_write(FILE *out, const char *name, const char *value)
{
	if (value[0] != '\0')
		fprintf(out, "%-14s %.900s\r\n", name, value);
}

static void causes_write(const struct letter *l, FILE *out)
{
	size_t index;
	json_t *cause;

	json_array_foreach(json_object_get(l->alarm, "causes"), index, cause)
	{
		char words[FACT_TEXT_MAX];
		char text[FACT_TEXT_MAX + 32];

		fact_text(cause, json_object_get(cause, "name") != NULL ? "name" : "cause", words);
		snprintf(text, sizeof(text), "%.0f %% %s", round(fact_number(cause, "share") * 100), words);
		line_write(out, index == 0 ? "Causes" : "", text);
	}
}

static void body_write(const struct letter *l, FILE *out)
{
	static const struct {
		const char *name, *path;
		bool is_list;
	} rows[] = {
		{ "State", "state", false },          { "Severity", "severity", false },     { "Segments", "segments", true },
		{ "Nodes", "nodes", true },           { "Services", "services", true },      { "Radio access", "rats", true },
		{ "Procedures", "procedures", true }, { "Prefixes", "imsi_prefixes", true },
	};
	char text[FACT_TEXT_MAX];
	char time[FACT_TIME_MAX];

	fact_text(l->alarm, "summary", text);
	fprintf(out, "%.900s\r\n\r\n", text);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].is_list)
			fact_list(l->alarm, rows[i].path, ", ", text);
		else
			fact_text(l->alarm, rows[i].path, text);
		line_write(out, rows[i].name, text);
	}
	time_text(fact_time(l->alarm, "onset"), time);
	line_write(out, "Since", time);
	time_text(fact_time(l->alarm, "time"), time);
	line_write(out, "Told", time);
	snprintf(text, sizeof(text), "%.0f", fact_number(l->alarm, "affected_subscribers.estimate"));
	line_write(out, "Subscribers", text);
	causes_write(l, out);
	fact_text(l->alarm, "alarm.proposedRepairActions", text);
	line_write(out, "Next", text);
	line_write(out, "Network", l->context->network);
	line_write(out, "Probe", l->context->probe);
	fact_link(l, text);
	line_write(out, "Page", text);
}

char *mail_text(const struct letter *l, const char *from, char *const *to, size_t *ret_length)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_length);

	if (out == NULL)
		return NULL;
	headers_write(l, from, to, out);
	body_write(l, out);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}
