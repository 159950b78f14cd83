/* SPDX-License-Identifier: BSD-3-Clause */
/* The JSON pen, see json.h. Control's thread. */
#include "control/sink/json.h"

#include <string.h>

static void escaped_write(struct json *j, const uint8_t *bytes, size_t length)
{
	fputc('"', j->out);
	for (size_t i = 0; i < length; i++) {
		uint8_t c = bytes[i];

		if (c == '"' || c == '\\')
			fprintf(j->out, "\\%c", c);
		else if (c < 0x20 || c > 0x7e)
			fprintf(j->out, "\\u%04x", c);
		else
			fputc(c, j->out);
	}
	fputc('"', j->out);
}

static void key_write(struct json *j, const char *key)
{
	if (j->needs_comma)
		fputc(',', j->out);
	if (key != NULL)
		fprintf(j->out, "\"%s\":", key);
	j->needs_comma = true;
}

void json_open(struct json *j, const char *key, char bracket)
{
	key_write(j, key);
	fputc(bracket, j->out);
	j->needs_comma = false;
}

void json_close(struct json *j, char bracket)
{
	fputc(bracket, j->out);
	j->needs_comma = true;
}

void json_text(struct json *j, const char *key, const char *text)
{
	key_write(j, key);
	escaped_write(j, (const uint8_t *)text, strlen(text));
}

void json_bytes(struct json *j, const char *key, const struct cursor *text)
{
	key_write(j, key);
	escaped_write(j, text->at, cursor_left(text));
}

void json_number(struct json *j, const char *key, int64_t number)
{
	key_write(j, key);
	fprintf(j->out, "%" PRId64, number);
}

void json_bool(struct json *j, const char *key, bool value)
{
	key_write(j, key);
	fputs(value ? "true" : "false", j->out);
}
