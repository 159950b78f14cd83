/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CSV as in RFC 4180 with LF, and TSV, see export_row.h. Host names and the like come from the wire: what a spreadsheet would take for a
 * formula, or in TSV for the beginning of a quotation, gets an apostrophe in front, and what would break a line or a column becomes a
 * space.
 */
#include "control/command/export_row.h"

#include <stdlib.h>
#include <string.h>

bool export_format(struct export_table *t, const char *words)
{
	static const char *const forms[] = { [EXPORT_CSV] = "csv", [EXPORT_TSV] = "tsv", [EXPORT_NDJSON] = "ndjson" };

	t->form = EXPORT_CSV;
	for (int i = 0; words != NULL && i < 3; i++) {
		if (strcmp(words, forms[i]) != 0)
			continue;
		t->form = (enum export_form)i;
		return true;
	}
	return words == NULL;
}

void export_head(const struct export_table *t)
{
	for (size_t i = 0; t->form != EXPORT_NDJSON && t->columns[i] != NULL; i++)
		fprintf(t->out, "%s%s", i == 0 ? "" : t->form == EXPORT_CSV ? "," : "\t", t->columns[i]);
	if (t->form != EXPORT_NDJSON)
		fputc('\n', t->out);
}

/* Breaks a line or a column, or is no text at all. */
static bool is_break(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

/* What a spreadsheet takes for more than text at the beginning of a cell, blanks before it or not: a formula; in TSV also a quotation mark,
 * which would go on over columns and lines up to the next one. */
static bool is_taken_for_more(const struct export_table *t, const char *text)
{
	while (*text == ' ' || (*text != '\0' && is_break(*text)))
		text++;
	return *text != '\0' && strchr(t->form == EXPORT_TSV ? "=+-@\"" : "=+-@", *text) != NULL;
}

static void text_write(const struct export_table *t, const char *text)
{
	bool is_quoted = t->form == EXPORT_CSV && strpbrk(text, ",\"") != NULL;

	if (is_quoted)
		fputc('"', t->out);
	if (is_taken_for_more(t, text))
		fputc('\'', t->out);
	for (; *text != '\0'; text++) {
		if (*text == '"' && is_quoted)
			fputc('"', t->out);
		fputc(is_break(*text) ? ' ' : *text, t->out);
	}
	if (is_quoted)
		fputc('"', t->out);
}

static void number_write(const json_t *value, FILE *out)
{
	if (json_is_integer(value))
		fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		fprintf(out, "%.9g", json_real_value(value));
}

/* Lists are flat, and one cell each. */
static void list_write(const struct export_table *t, const json_t *list)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	const json_t *one;
	size_t i;

	if (out == NULL)
		return;
	json_array_foreach(list, i, one)
	{
		fputs(i > 0 ? " " : "", out);
		fputs(json_is_string(one) ? json_string_value(one) : "", out);
		number_write(one, out);
	}
	if (fclose(out) == 0)
		text_write(t, text);
	free(text);
}

static void value_write(const struct export_table *t, const json_t *value)
{
	if (json_is_string(value))
		text_write(t, json_string_value(value));
	else if (json_is_array(value))
		list_write(t, value);
	else
		number_write(value, t->out);
}

void export_row(const struct export_table *t, const json_t *row)
{
	if (t->form == EXPORT_NDJSON) {
		json_dumpf(row, t->out, JSON_COMPACT | JSON_REAL_PRECISION(9));
		fputc('\n', t->out);
		return;
	}
	for (size_t i = 0; t->columns[i] != NULL; i++) {
		if (i > 0)
			fputc(t->form == EXPORT_CSV ? ',' : '\t', t->out);
		value_write(t, json_object_get(row, t->columns[i]));
	}
	fputc('\n', t->out);
}
