/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tree of `explain` as text: a line per value, indented by layer; what is short and flat, such as a chunk, stands on one line.
 * Recursion follows the nesting that our own writers made. Octets of the wire that a terminal could take for commands are written as \xNN.
 */
#include <string.h>

#include "control/command/explain.h"

#define INDENT     2
#define KEY_WIDTH  18
#define LINE_WIDTH 180 /* about: numbers count as if they had six digits */

static void text_write(const char *text, FILE *out)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c > 0x7e)
			fprintf(out, "\\x%02x", c);
		else
			fputc(c, out);
	}
}

static void key_write(const char *key, FILE *out)
{
	for (; *key != '\0'; key++)
		fputc(*key == '_' ? ' ' : *key, out);
}

static bool is_scalar(const json_t *tree)
{
	return !json_is_object(tree) && !json_is_array(tree);
}

static void scalar_write(const json_t *tree, FILE *out)
{
	if (json_is_string(tree))
		text_write(json_string_value(tree), out);
	else if (json_is_integer(tree))
		fprintf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(tree));
	else if (json_is_boolean(tree))
		fputs(json_is_true(tree) ? "yes" : "no", out);
}

/* Whether all values of an object or array are scalars, and how many signs they take on one line, about. */
static bool is_flat(const json_t *tree, size_t *ret_width)
{
	json_t *value;
	const char *key;
	size_t index;

	*ret_width = 0;
	if (json_is_array(tree)) {
		json_array_foreach(tree, index, value)
		{
			*ret_width += 2 + (json_is_string(value) ? json_string_length(value) : 6);
			if (!is_scalar(value))
				return false;
		}
		return true;
	}
	json_object_foreach((json_t *)(uintptr_t)tree, key, value)
	{
		*ret_width += strlen(key) + 3 + (json_is_string(value) ? json_string_length(value) : 6);
		if (!is_scalar(value))
			return false;
	}
	return true;
}

static void line_write(const json_t *tree, FILE *out)
{
	json_t *value;
	const char *key;
	size_t index;
	const char *comma = "";

	if (json_is_array(tree)) {
		json_array_foreach(tree, index, value)
		{
			fputs(comma, out);
			scalar_write(value, out);
			comma = ", ";
		}
	} else {
		json_object_foreach((json_t *)(uintptr_t)tree, key, value)
		{
			fputs(comma, out);
			key_write(key, out);
			fputc(' ', out);
			scalar_write(value, out);
			comma = ", ";
		}
	}
	fputc('\n', out);
}

static void object_write(const json_t *object, int indent, FILE *out);

static void array_write(const json_t *array, int indent, FILE *out)
{
	json_t *value;
	size_t index;

	json_array_foreach(array, index, value)
	{
		size_t width = 0;

		fprintf(out, "%*s%zu. ", indent, "", index + 1);
		if (is_scalar(value)) {
			scalar_write(value, out);
			fputc('\n', out);
		} else if (is_flat(value, &width) && width < LINE_WIDTH) {
			line_write(value, out);
		} else {
			fputc('\n', out);
			object_write(value, indent + INDENT, out);
		}
	}
}

/* Lines of bytes, one below the other. */
static void bytes_write(const json_t *lines, int indent, FILE *out)
{
	json_t *value;
	size_t index;

	json_array_foreach(lines, index, value) fprintf(out, "%*s%s\n", indent, "", json_string_value(value));
}

static void member_write(const char *key, const json_t *value, int indent, FILE *out)
{
	size_t width = 0;
	int used = indent + (int)strlen(key);

	fprintf(out, "%*s", indent, "");
	key_write(key, out);
	if (is_scalar(value)) {
		fprintf(out, "%*s", used < KEY_WIDTH ? KEY_WIDTH - used : 1, "");
		scalar_write(value, out);
		fputc('\n', out);
	} else if (indent > 0 && strcmp(key, "bytes") == 0) {
		fputc('\n', out);
		bytes_write(value, indent + INDENT, out);
	} else if (indent > 0 && is_flat(value, &width) && width < LINE_WIDTH) {
		fprintf(out, "%*s", used < KEY_WIDTH ? KEY_WIDTH - used : 1, "");
		line_write(value, out);
	} else {
		fputc('\n', out);
		if (json_is_array(value))
			array_write(value, indent + INDENT, out);
		else
			object_write(value, indent + INDENT, out);
	}
}

static void object_write(const json_t *object, int indent, FILE *out)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, key, value) member_write(key, value, indent, out);
}

void explain_write_text(const json_t *root, FILE *out)
{
	object_write(root, 0, out);
}
