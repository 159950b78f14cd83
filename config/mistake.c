/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mistakes of a configuration file: collected while it is read, written all at once in the order of the file.
 *
 * The shape is that of compilers, so that editors can jump: "FILE:LINE:COLUMN: what; what to do", then the line and a caret. Columns are
 * characters, not bytes (the file must be UTF-8, RFC 3629: overlong forms, surrogates and values above U+10FFFF are refused here).
 * Used by control alone. A file beyond SOURCE_BYTES_MAX is refused; of more than MISTAKES_MAX mistakes the rest is counted.
 */
#include "config/mistake.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_COLUMNS_MAX 200

/* Length of the UTF-8 sequence at `at`, 0 when it is none (RFC 3629 section 4). */
static size_t utf8_length(const uint8_t *at, size_t left)
{
	static const uint8_t shortest_second[5] = { 0, 0, 0x80, 0x80, 0x80 };
	size_t length = at[0] < 0x80                    ? 1
			: at[0] >= 0xc2 && at[0] < 0xe0 ? 2
			: (at[0] & 0xf0) == 0xe0        ? 3
			: at[0] >= 0xf0 && at[0] < 0xf5 ? 4
							: 0;
	uint8_t lowest = shortest_second[length];
	uint8_t highest = 0xbf;

	if (length < 2 || length > left)
		return length > left ? 0 : length;
	if (at[0] == 0xe0)
		lowest = 0xa0;
	if (at[0] == 0xf0)
		lowest = 0x90;
	if (at[0] == 0xed)
		highest = 0x9f;
	if (at[0] == 0xf4)
		highest = 0x8f;
	if (at[1] < lowest || at[1] > highest)
		return 0;
	for (size_t i = 2; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	}
	return length;
}

/* Whether all is UTF-8; if not, the place of the first byte that is not. */
static bool utf8_check(const struct mistakes *m, struct place *ret_place)
{
	struct place place = { 1, 1 };
	size_t at = 0;

	while (at < m->length) {
		size_t length = utf8_length((const uint8_t *)m->bytes + at, m->length - at);

		if (length == 0) {
			*ret_place = place;
			return false;
		}
		place.column++;
		if (m->bytes[at] == '\n')
			place = (struct place){ place.line + 1, 1 };
		at += length;
	}
	return true;
}

/* The whole file into the arena; negative errno, or -EFBIG when it is too long. */
static int file_read(struct mistakes *m, FILE *file)
{
	size_t room = 1U << 16;
	char *bytes = malloc(room);
	size_t length = 0;
	int error = 0;

	while (bytes) {
		length += fread(bytes + length, 1, room - length, file);
		if (length < room)
			break;
		if (room > SOURCE_BYTES_MAX) {
			free(bytes);
			return -EFBIG;
		}
		room *= 2;
		char *larger = realloc(bytes, room);

		if (!larger)
			free(bytes);
		bytes = larger;
	}
	if (!bytes)
		return -ENOMEM;
	if (ferror(file))
		error = errno ? -errno : -EIO;
	else
		m->bytes = arena_text(&m->arena, bytes, length);
	m->length = length;
	free(bytes);
	return error;
}

bool mistakes_open(struct mistakes *m, const char *path)
{
	struct place place = { 1, 1 };
	FILE *file = NULL;
	int error = 0;

	*m = (struct mistakes){ .path = path };
	file = fopen(path, "re");
	error = file ? file_read(m, file) : -errno;
	if (file)
		fclose(file);
	if (error) {
		m->bytes = NULL;
		mistake_note(m, place, "the file cannot be read: %s; check its name and its permissions", strerror(-error));
		return false;
	}
	if (utf8_check(m, &place))
		return true;
	mistake_note(m, place, "a byte that is not UTF-8; save the file as UTF-8");
	return false;
}

void mistakes_close(struct mistakes *m)
{
	arena_free(&m->arena);
	m->bytes = NULL;
}

void mistake_note(struct mistakes *m, struct place place, const char *format, ...)
{
	char sentence[1024];
	va_list arguments;

	if (m->count++ >= MISTAKES_MAX)
		return;
	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	m->list[m->count - 1] = (struct mistake){ place, arena_text(&m->arena, sentence, strlen(sentence)) };
}

/* Line `number` without its end; NULL when the file has no such line. */
static const char *line_find(const struct mistakes *m, int number, size_t *ret_length)
{
	const char *at = m->bytes;
	const char *end = at ? at + m->length : NULL;

	for (int line = 1; at && at < end; line++) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));

		if (line == number) {
			*ret_length = (size_t)((stop ? stop : end) - at);
			return at;
		}
		at = stop ? stop + 1 : end;
	}
	return NULL;
}

static bool is_continuation(char c)
{
	return ((uint8_t)c & 0xc0) == 0x80;
}

/* Bytes before character `column` (from 1) of a line; the line's length when it is shorter. */
static size_t column_offset(const char *line, size_t length, int column)
{
	size_t at = 0;

	while (at < length && column > 1) {
		at++;
		while (at < length && is_continuation(line[at]))
			at++;
		column--;
	}
	return at;
}

/* The line, and below it a caret under the column; tabs stay tabs so that both lines align in every terminal. */
static void line_write(const char *line, size_t length, int column, FILE *out)
{
	size_t shown = column_offset(line, length, SHOWN_COLUMNS_MAX);
	size_t before = column_offset(line, length, column);

	fputs("  ", out);
	for (size_t i = 0; i < shown; i++)
		fputc((uint8_t)line[i] < ' ' && line[i] != '\t' ? ' ' : line[i], out);
	fputs("\n  ", out);
	for (size_t i = 0; i < before; i++) {
		if (!is_continuation(line[i]))
			fputc(line[i] == '\t' ? '\t' : ' ', out);
	}
	fputs("^\n", out);
}

static int mistake_compare(const void *a, const void *b)
{
	const struct mistake *x = a;
	const struct mistake *y = b;

	if (x->place.line != y->place.line)
		return x->place.line < y->place.line ? -1 : 1;
	return (x->place.column > y->place.column) - (x->place.column < y->place.column);
}

void mistakes_write(struct mistakes *m, FILE *out)
{
	size_t shown = m->count < MISTAKES_MAX ? m->count : MISTAKES_MAX;

	qsort(m->list, shown, sizeof(m->list[0]), mistake_compare);
	for (size_t i = 0; i < shown; i++) {
		const struct mistake *one = &m->list[i];
		size_t length = 0;
		const char *line = line_find(m, one->place.line, &length);

		fprintf(out, "%s:%d:%d: %s\n", m->path, one->place.line, one->place.column, one->sentence);
		if (line && one->place.column < SHOWN_COLUMNS_MAX)
			line_write(line, length, one->place.column, out);
	}
	if (m->count > shown)
		fprintf(out, "%s: %zu more mistakes are not shown; correct these first\n", m->path, m->count - shown);
}

struct place mistakes_place_inside(const struct mistakes *m, struct place start, const char *text, size_t index)
{
	size_t length = 0;
	const char *line = line_find(m, start.line, &length);
	size_t at = line ? column_offset(line, length, start.column) : 0;
	size_t all = strlen(text);
	struct place place = start;

	if (!line || index > all)
		return start;
	if (at < length && (line[at] == '\'' || line[at] == '"')) {
		at++;
		place.column++;
	}
	if (length - at < all || memcmp(line + at, text, all) != 0)
		return start;
	for (size_t i = 0; i < index; i++)
		place.column += !is_continuation(text[i]);
	return place;
}
