/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CSV as in RFC 4180 with LF, and TSV, see export_row.h. Host names and the like come from the wire: what a spreadsheet would take for a
 * formula gets an apostrophe in front, and what would break a line or a column becomes a space.
 */
#include "control/command/export_row.h"

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

static void text_write(const struct export_table *t, const char *text)
{
	bool is_quoted = t->form == EXPORT_CSV && strpbrk(text, ",\"") != NULL;

	if (is_quoted)
		fputc('"', t->out);
	if (*text != '\0' && strchr("=+-@", *text) != NULL)
		fputc('\'', t->out);
	for (; *text != '\0'; text++) {
		if (*text == '"' && is_quoted)
			fputc('"', t->out);
		fputc(*text == '\n' || *text == '\r' || *text == '\t' ? ' ' : *text, t->out);
	}
	if (is_quoted)
		fputc('"', t->out);
}

/* Lists are flat: their members come through here once more. */
static void value_write(const struct export_table *t, const json_t *value)
{
	const json_t *one;
	size_t i;

	if (json_is_string(value))
		text_write(t, json_string_value(value));
	else if (json_is_integer(value))
		fprintf(t->out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_real(value))
		fprintf(t->out, "%.9g", json_real_value(value));
	json_array_foreach(value, i, one)
	{
		if (i > 0)
			fputc(' ', t->out);
		value_write(t, one);
	}
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
