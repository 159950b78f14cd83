/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Answers of a probe as text for people, see asking.h. Names come from the network: control characters in them are shown as '?', so that
 * nobody paints another operator's terminal. Columns are counted as the terminal counts them.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#include "control/command/asking.h"

const json_t *member_of(const json_t *object, const char *path)
{
	const char *dot = strchr(path, '.');
	char first[64];

	if (dot == NULL)
		return json_object_get(object, path);
	snprintf(first, sizeof(first), "%.*s", (int)(dot - path), path);
	return member_of(json_object_get(object, first), dot + 1);
}

const char *member_text(const json_t *object, const char *key)
{
	return json_string_value(member_of(object, key));
}

double member_number(const json_t *object, const char *key, double preset)
{
	const json_t *value = member_of(object, key);

	return json_is_number(value) ? json_number_value(value) : preset;
}

const char *time_words(const char *time, bool with_date, char *text)
{
	time_t seconds = time != NULL ? (time_t)strtoll(time, NULL, 10) : 0;
	struct tm parts;

	text[0] = '\0';
	if (time != NULL && time[0] != '\0' && strchr(time, '-') != NULL)
		/* TS 28.532 writes dates. */
		snprintf(text, 32, "%.10s %.8s", time, strlen(time) > 11 ? time + 11 : "");
	else if (time != NULL && gmtime_r(&seconds, &parts) != NULL)
		strftime(text, 32, with_date ? "%Y-%m-%d %H:%M:%S" : "%H:%M:%S", &parts);
	return text;
}

const char *share_words(double share, char *text)
{
	text[0] = '\0';
	if (share >= 0)
		snprintf(text, 32, share < 0.0995 ? "%.1f %%" : "%.0f %%", share * 100);
	return text;
}

const char *bytes_words(double bytes, char *text)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t unit = 0;

	while (bytes >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		bytes /= 1024;
		unit++;
	}
	snprintf(text, 32, bytes < 10 && unit > 0 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
	return text;
}

/* Columns of the terminal; each octet of what is no text of this locale is one. */
static int columns_of(const char *text)
{
	mbstate_t state = { 0 };
	int columns = 0;

	while (*text != '\0') {
		wchar_t c;
		size_t length = mbrtowc(&c, text, MB_LEN_MAX, &state);
		int width;

		if (length == (size_t)-1 || length == (size_t)-2 || length == 0) {
			memset(&state, 0, sizeof(state));
			columns++;
			text++;
			continue;
		}
		width = wcwidth(c);
		columns += width < 0 ? 1 : width;
		text += length;
	}
	return columns;
}

static void tidy_print(const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char next = (unsigned char)text[1];

		/* Also those of ISO 6429 beyond ASCII, which are C2 80 to C2 9F in UTF-8. */
		if ((unsigned char)*text == 0xc2 && next >= 0x80 && next < 0xa0)
			text++;
		else if ((unsigned char)*text >= ' ' && *text != 127) {
			putchar(*text);
			continue;
		}
		putchar('?');
	}
}

void text_print(const char *text, int width)
{
	int left = width - columns_of(text);

	tidy_print(text);
	if (left > 0)
		printf("%*s", left, "");
}

void severity_print(const struct asking *a, const char *severity, int width)
{
	static const struct {
		const char *word;
		const char *color;
	} colors[] = { { "critical", "1;31" }, { "major", "31" },   { "minor", "33" },
		       { "warning", "36" },    { "cleared", "32" }, { "ok", "32" } };
	const char *color = NULL;

	for (size_t i = 0; a->has_color && i < sizeof(colors) / sizeof(colors[0]); i++) {
		if (strcasecmp(severity, colors[i].word) == 0)
			color = colors[i].color;
	}
	if (color != NULL)
		printf("\033[%sm", color);
	tidy_print(severity);
	if (color != NULL)
		fputs("\033[0m", stdout);
	if (width > (int)strlen(severity))
		printf("%*s", width - (int)strlen(severity), "");
}

void table_add(struct table *t, const char *const *cells)
{
	char **all = realloc(t->cells, (t->row_count + 1) * t->column_count * sizeof(*all));

	if (all == NULL)
		return;
	t->cells = all;
	for (size_t c = 0; c < t->column_count; c++)
		all[t->row_count * t->column_count + c] = strdup(cells[c] != NULL ? cells[c] : "");
	t->row_count++;
}

static const char *cell_of(const struct table *t, size_t row, size_t column)
{
	const char *cell = t->cells[row * t->column_count + column];

	return cell != NULL ? cell : "";
}

static void cell_print(const struct table *t, const struct asking *a, size_t column, int width, const char *cell)
{
	bool is_last = column + 1 == t->column_count;

	if (t->is_number[column])
		printf("%*s", width - columns_of(cell), "");
	if (column == t->severity_column)
		severity_print(a, cell, width);
	else
		text_print(cell, t->is_number[column] || is_last ? 0 : width);
	fputs(is_last ? "\n" : "  ", stdout);
}

void table_print(struct table *t, const struct asking *a)
{
	int widths[TABLE_COLUMNS];

	for (size_t c = 0; c < t->column_count; c++) {
		widths[c] = columns_of(t->heads[c]);
		for (size_t r = 0; r < t->row_count; r++) {
			int columns = columns_of(cell_of(t, r, c));

			widths[c] = columns > widths[c] ? columns : widths[c];
		}
	}
	for (size_t c = 0; c < t->column_count; c++)
		cell_print(t, &(struct asking){ .has_color = false }, c, widths[c], t->heads[c]);
	for (size_t r = 0; r < t->row_count; r++) {
		for (size_t c = 0; c < t->column_count; c++)
			cell_print(t, a, c, widths[c], cell_of(t, r, c));
	}
}

void table_free(struct table *t)
{
	for (size_t i = 0; i < t->row_count * t->column_count; i++)
		free(t->cells[i]);
	free(t->cells);
	t->cells = NULL;
	t->row_count = 0;
}
