/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See tail_line.h. The keys are those of --transactions (CONTRACT.md). As text, with all fields, a line is made for reading; with chosen
 * fields it is these in columns. Control characters from the network never reach the terminal.
 */
#include "control/command/tail_line.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/schema.h"

struct field {
	const char *key;
	int width; /* of its column as text */
};

static const struct field fields[] = {
	{ "time", 12 },       { "procedure", 28 }, { "outcome", 16 }, { "cause", 16 },  { "cause_name", 22 },
	{ "latency_ms", 10 }, { "imsi", 21 },      { "msisdn", 21 },  { "client", 16 }, { "server", 16 },
	{ "segments", 20 },   { "rat", 8 },        { "frames", 13 },  { "key", 12 },
};

#define FIELDS     (sizeof(fields) / sizeof(fields[0]))
#define TSV_FIELDS (FIELDS - 1) /* all but the key, which only a running probe knows */

static const struct field *field_find(const char *key)
{
	for (size_t i = 0; i < FIELDS; i++) {
		if (strcmp(fields[i].key, key) == 0)
			return &fields[i];
	}
	return NULL;
}

static bool field_take(struct tail_line *t, const char *word)
{
	struct closest closest = { .word = word };

	if (field_find(word) != NULL && t->field_count < TAIL_FIELDS_MAX) {
		t->fields[t->field_count++] = word;
		return true;
	}
	for (size_t i = 0; i < FIELDS; i++)
		closest_offer(&closest, fields[i].key);
	fprintf(stderr, "sigcanary tail: there is no field '%s'; ", word);
	if (closest.best != NULL)
		fprintf(stderr, "did you mean '%s'? ", closest.best);
	fputs("There are", stderr);
	for (size_t i = 0; i < FIELDS; i++)
		fprintf(stderr, "%s %s", i > 0 ? "," : "", fields[i].key);
	fputc('\n', stderr);
	return false;
}

bool tail_line_open(struct tail_line *t, const char *format, const char *list)
{
	char *rest = NULL;

	memset(t, 0, sizeof(*t));
	if (format != NULL)
		t->format = strcmp(format, "json") == 0 ? TAIL_JSON : strcmp(format, "tsv") == 0 ? TAIL_TSV : TAIL_TEXT;
	t->words = strdup(list != NULL ? list : "");
	if (t->words == NULL)
		return false;
	for (char *word = strtok_r(t->words, ", ", &rest); word != NULL; word = strtok_r(NULL, ", ", &rest)) {
		if (!field_take(t, word))
			return false;
	}
	for (size_t i = 0; t->field_count == 0 && t->format == TAIL_TSV && i < TSV_FIELDS; i++)
		t->fields[i] = fields[i].key;
	if (t->field_count == 0 && t->format == TAIL_TSV)
		t->field_count = TSV_FIELDS;
	return true;
}

void tail_line_free(struct tail_line *t)
{
	free(t->words);
	t->words = NULL;
}

void tail_line_head(const struct tail_line *t, FILE *out)
{
	if (t->format != TAIL_TSV)
		return;
	fputs("#fields", out);
	for (size_t i = 0; i < t->field_count; i++)
		fprintf(out, "\t%s", t->fields[i]);
	fputc('\n', out);
}

/* Text without what would move a cursor or end a column. */
static void tidy_write(const char *text, FILE *out)
{
	for (; *text != '\0'; text++)
		fputc((unsigned char)*text < ' ' || *text == 127 ? '?' : *text, out);
}

static void member_write(const json_t *value, FILE *out)
{
	const json_t *item;
	size_t i;

	if (json_is_string(value))
		tidy_write(json_string_value(value), out);
	else if (json_is_integer(value))
		fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		fprintf(out, "%.3f", json_real_value(value));
	json_array_foreach(value, i, item)
	{
		if (i > 0)
			fputc(',', out);
		member_write(item, out);
	}
}

/* Local to the day: what is looked at is recent, or one capture. */
static void clock_write(const json_t *transaction, FILE *out)
{
	const char *text = json_string_value(json_object_get(transaction, "time"));
	const char *dot = text != NULL ? strchr(text, '.') : NULL;
	time_t seconds = text != NULL ? (time_t)strtoll(text, NULL, 10) : 0;
	struct tm parts;

	if (gmtime_r(&seconds, &parts) != NULL)
		fprintf(out, "%02d:%02d:%02d.%.3s", parts.tm_hour, parts.tm_min, parts.tm_sec, dot != NULL ? dot + 1 : "000");
}

static void column_write(const struct tail_line *t, const json_t *transaction, size_t i, FILE *out)
{
	const struct field *field = field_find(t->fields[i]);
	char *text = NULL;
	size_t length = 0;
	FILE *cell = open_memstream(&text, &length);

	if (cell == NULL)
		return;
	if (strcmp(field->key, "time") == 0)
		clock_write(transaction, cell);
	else
		member_write(json_object_get(transaction, field->key), cell);
	if (fclose(cell) == 0)
		fprintf(out, "%-*s%s", i + 1 < t->field_count ? field->width : 0, text, i + 1 < t->field_count ? " " : "\n");
	free(text);
}

static const char *text_of(const json_t *transaction, const char *key)
{
	const char *text = json_string_value(json_object_get(transaction, key));

	return text != NULL ? text : "";
}

static bool is_good(const char *outcome)
{
	return strcmp(outcome, "success") == 0 || strcmp(outcome, "open") == 0;
}

/* 12:05:10.323 map.updateLocation     timeout     412 ms  imsi~…  447802000107 > 447802000001  tesco-mobile,all */
static void sentence_write(const struct tail_line *t, const json_t *transaction, FILE *out)
{
	const char *outcome = text_of(transaction, "outcome");
	const char *cause = text_of(transaction, "cause_name");
	const json_t *latency = json_object_get(transaction, "latency_ms");
	bool is_marked = t->has_color && !is_good(outcome);

	clock_write(transaction, out);
	fprintf(out, "  %-28s %s%-10s%s ", text_of(transaction, "procedure"), is_marked ? "\033[31m" : "", outcome,
		is_marked ? "\033[0m" : "");
	if (latency != NULL)
		fprintf(out, "%9.1f ms ", json_number_value(latency));
	else
		fprintf(out, "%12s ", "");
	tidy_write(text_of(transaction, "client"), out);
	fputs(" > ", out);
	tidy_write(text_of(transaction, "server"), out);
	fputs("  ", out);
	tidy_write(text_of(transaction, "imsi"), out);
	fputs("  ", out);
	member_write(json_object_get(transaction, "segments"), out);
	if (!is_good(outcome)) {
		fputs("  ", out);
		tidy_write(cause[0] != '\0' ? cause : text_of(transaction, "cause"), out);
	}
	fputc('\n', out);
}

/* A line of JSON with the chosen keys, in the order that was asked for. */
static void object_write(const struct tail_line *t, const json_t *transaction, FILE *out)
{
	json_t *chosen = json_object();

	for (size_t i = 0; i < t->field_count; i++) {
		json_t *value = json_object_get(transaction, t->fields[i]);

		if (value != NULL)
			json_object_set(chosen, t->fields[i], value);
	}
	json_dumpf(t->field_count > 0 ? chosen : transaction, out, JSON_COMPACT | JSON_REAL_PRECISION(15));
	fputc('\n', out);
	json_decref(chosen);
}

void tail_line_write(const struct tail_line *t, const json_t *transaction, FILE *out)
{
	switch (t->format) {
	case TAIL_JSON:
		object_write(t, transaction, out);
		return;
	case TAIL_TEXT:
		if (t->field_count == 0)
			sentence_write(t, transaction, out);
		for (size_t i = 0; i < t->field_count; i++)
			column_write(t, transaction, i, out);
		return;
	case TAIL_TSV:
		for (size_t i = 0; i < t->field_count; i++) {
			member_write(json_object_get(transaction, t->fields[i]), out);
			fputc(i + 1 < t->field_count ? '\t' : '\n', out);
		}
		return;
	}
}
