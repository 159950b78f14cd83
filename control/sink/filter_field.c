/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The fields of a filter, see filter_field.h: short names from filter_field.def, else dotted paths whose every word is one that the writers
 * of lines use (filter_keys.h). A name that is neither gets the nearest one as a suggestion.
 *
 * Called by the parser for names and by the filter for values. Recursion follows the path of the expression and the nesting of lines that
 * our own writers made, never the wire.
 */
#include "control/sink/filter_field.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "control/sink/filter_keys.h"

/* The first Result-Code that is a failure (RFC 6733 7.1.3). */
#define DIAMETER_FAILURES 3000

struct field_row {
	const char *name;
	enum filter_lines lines;
	struct filter_place place;
};

static const struct field_row rows[] = {
#define FIELD(name, lines, view, layer, path) { name, FILTER_LINES_##lines, { FILTER_VIEW_##view, CAUSE_##layer, path } },
#include "control/sink/filter_field.def"
#undef FIELD
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* The same as bare places, so that those of one name lie together. */
static const struct filter_place places[] = {
#define FIELD(name, lines, view, layer, path) { FILTER_VIEW_##view, CAUSE_##layer, path },
#include "control/sink/filter_field.def"
#undef FIELD
};

/* Interfaces whose messages are not Diameter's; all other procedures are. */
static const struct {
	const char *interface;
	const char *protocol;
} protocols[] = { { "map", "map" },    { "cap", "cap" },   { "a", "bssap" }, { "iucs", "ranap" },
		  { "iups", "ranap" }, { "sgs", "sgsap" }, { "s1", "s1ap" }, { "n1", "ngap" } };

/* Changes of a letter that make one word of the other (Levenshtein); more letters than there is room for: as many as there are. */
static size_t words_distance(const char *a, size_t a_length, const char *b)
{
	size_t row[FILTER_NAME_MAX + 1];
	size_t b_length = strlen(b);

	if (b_length >= FILTER_NAME_MAX)
		return b_length;
	for (size_t j = 0; j <= b_length; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t best = corner + (a[i - 1] != b[j - 1] ? 1 : 0);

			corner = row[j];
			best = row[j] + 1 < best ? row[j] + 1 : best;
			row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
		}
	}
	return row[b_length];
}

struct nearest {
	const char *word; /* NULL: none is near */
	size_t distance;
};

static void nearest_try(struct nearest *n, const char *name, size_t length, const char *word)
{
	size_t distance = words_distance(name, length, word);

	if (distance < n->distance) {
		n->word = word;
		n->distance = distance;
	}
}

static const char *const *keys_of(enum filter_lines lines, size_t *ret_count)
{
	*ret_count = lines == FILTER_LINES_MESSAGES ? filter_keys_of_messages_count : filter_keys_of_transactions_count;
	return lines == FILTER_LINES_MESSAGES ? filter_keys_of_messages : filter_keys_of_transactions;
}

static bool is_key(enum filter_lines lines, const char *word, size_t length)
{
	size_t count;
	const char *const *keys = keys_of(lines, &count);

	for (size_t i = 0; i < count; i++) {
		if (strlen(keys[i]) == length && memcmp(keys[i], word, length) == 0)
			return true;
	}
	return false;
}

/* What is wrong with a word that no line has, and what may be meant. */
static void complain(const char *word, size_t length, bool is_whole_name, enum filter_lines lines, char words[FILTER_ERROR_MAX])
{
	struct nearest n = { .distance = length / 3 + 2 };
	size_t count;
	const char *const *keys = keys_of(lines, &count);

	for (size_t i = 0; is_whole_name && i < ROWS; i++) {
		if (rows[i].lines == lines)
			nearest_try(&n, word, length, rows[i].name);
		else if (strlen(rows[i].name) == length && memcmp(rows[i].name, word, length) == 0) {
			snprintf(words, FILTER_ERROR_MAX, "'%.*s' is known of %s, not of %s", (int)length, word,
				 lines == FILTER_LINES_MESSAGES ? "transactions" : "messages",
				 lines == FILTER_LINES_MESSAGES ? "messages" : "transactions");
			return;
		}
	}
	for (size_t i = 0; i < count; i++)
		nearest_try(&n, word, length, keys[i]);
	snprintf(words, FILTER_ERROR_MAX, "there is no field '%.*s'%s%s%s", (int)length, word, n.word != NULL ? "; did you mean '" : "",
		 n.word != NULL ? n.word : "", n.word != NULL ? "'?" : "");
}

static bool path_is_known(const char *name, enum filter_lines lines, char words[FILTER_ERROR_MAX], size_t *ret_at, size_t *ret_length)
{
	size_t at = 0;

	for (;;) {
		size_t length = strcspn(name + at, ".");

		if (!is_key(lines, name + at, length)) {
			*ret_at = at;
			*ret_length = length > 0 ? length : 1;
			if (length == 0)
				snprintf(words, FILTER_ERROR_MAX, "a name is missing beside this dot");
			else
				complain(name + at, length, at == 0, lines, words);
			return false;
		}
		at += length;
		if (name[at] == '\0')
			return true;
		at++;
	}
}

bool filter_field_find(const char *name, enum filter_lines lines, struct filter_field *ret, char words[FILTER_ERROR_MAX], size_t *ret_at,
		       size_t *ret_length)
{
	for (size_t i = 0; i < ROWS; i++) {
		size_t count = 0;

		while (i + count < ROWS && rows[i + count].lines == lines && strcmp(rows[i + count].name, name) == 0)
			count++;
		if (count > 0) {
			ret->places = &places[i];
			ret->count = count;
			return true;
		}
	}
	if (strlen(name) >= sizeof(ret->path)) {
		snprintf(words, FILTER_ERROR_MAX, "no field has so long a name");
		*ret_at = 0;
		*ret_length = strlen(name);
		return false;
	}
	if (!path_is_known(name, lines, words, ret_at, ret_length))
		return false;
	strcpy(ret->path, name);
	ret->own = (struct filter_place){ .view = FILTER_VIEW_PLAIN, .layer = CAUSE_NONE, .path = ret->path };
	ret->places = &ret->own;
	ret->count = 1;
	return true;
}

/* Who asks, on the way down through a line. */
struct visit {
	const struct filter_place *place;
	filter_taker take;
	void *who;
};

static bool text_offer(const struct visit *v, const char *text)
{
	struct filter_value value = { .text = text };
	char *end = NULL;

	value.number = strtod(text, &end);
	value.has_number = end != text && *end == '\0';
	return v->take(v->who, &value);
}

static bool number_offer(const struct visit *v, double number)
{
	char text[32];

	snprintf(text, sizeof(text), "%.15g", number);
	return v->take(v->who, &(struct filter_value){ .text = text, .number = number, .has_number = true, .is_number = true });
}

static bool name_offer(const struct visit *v, const char *name)
{
	return name != NULL && name[0] != '\0' && text_offer(v, name);
}

static bool layers_offer(const struct visit *v, const char *stack)
{
	char layer[FILTER_NAME_MAX];

	while (*stack != '\0') {
		size_t length = strcspn(stack, "/");

		snprintf(layer, sizeof(layer), "%.*s", (int)length, stack);
		if (text_offer(v, layer))
			return true;
		stack += length + (stack[length] == '/' ? 1 : 0);
	}
	return false;
}

static bool protocol_offer(const struct visit *v, const char *procedure_text)
{
	char interface[FILTER_NAME_MAX];
	const char *protocol = "diameter";

	snprintf(interface, sizeof(interface), "%.*s", (int)strcspn(procedure_text, "."), procedure_text);
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (strcmp(protocols[i].interface, interface) == 0)
			protocol = protocols[i].protocol;
	}
	return text_offer(v, interface) || (strcmp(interface, protocol) != 0 && text_offer(v, protocol));
}

static bool operation_offer(const struct visit *v, const char *procedure_text)
{
	procedure p = procedure_of_name(procedure_text);
	size_t interface = strcspn(procedure_text, ".");

	if (text_offer(v, procedure_text) || (procedure_text[interface] == '.' && text_offer(v, procedure_text + interface + 1)))
		return true;
	return p < PROCEDURE_DIAMETER_FIRST && number_offer(v, p);
}

static bool cause_offer(const struct visit *v, const char *cause)
{
	char layer_name[FILTER_NAME_MAX];
	size_t colon = strcspn(cause, ":");
	enum cause_layer layer;
	unsigned long number;

	snprintf(layer_name, sizeof(layer_name), "%.*s", (int)colon, cause);
	layer = cause_layer_of_name(layer_name);
	if (cause[colon] != ':' || layer == CAUSE_LAYER_COUNT)
		return text_offer(v, cause);
	number = strtoul(cause + colon + 1, NULL, 10);
	if (v->place->view == FILTER_VIEW_CAUSE_OF_FAILURE && layer == CAUSE_DIAMETER && number < DIAMETER_FAILURES)
		return false;
	return text_offer(v, cause) || number_offer(v, (double)number) || name_offer(v, cause_name(layer, (uint32_t)number));
}

static bool string_offer(const struct visit *v, const char *text)
{
	switch (v->place->view) {
	case FILTER_VIEW_LAYERS:
		return layers_offer(v, text);
	case FILTER_VIEW_PROTOCOL:
		return protocol_offer(v, text);
	case FILTER_VIEW_OPERATION:
		return operation_offer(v, text);
	case FILTER_VIEW_CAUSE:
	case FILTER_VIEW_CAUSE_OF_FAILURE:
		return cause_offer(v, text);
	case FILTER_VIEW_PLAIN:
	case FILTER_VIEW_NUMBERED:
	case FILTER_VIEW_FAILURE:
	case FILTER_VIEW_RAT_TYPE:
		break;
	}
	return text_offer(v, text);
}

static bool numeral_offer(const struct visit *v, double number)
{
	bool is_numbered = v->place->view == FILTER_VIEW_NUMBERED || v->place->view == FILTER_VIEW_FAILURE;

	if (v->place->view == FILTER_VIEW_FAILURE && number < DIAMETER_FAILURES)
		return false;
	if (number_offer(v, number))
		return true;
	if (v->place->view == FILTER_VIEW_RAT_TYPE)
		return name_offer(v, rat_name(rat_of_diameter((uint32_t)number)));
	return is_numbered && name_offer(v, cause_name(v->place->layer, (uint32_t)number));
}

static bool node_visit(const struct visit *v, const json_t *node, const char *path);

/* Every member or element. */
static bool children_visit(const struct visit *v, const json_t *node, const char *path)
{
	if (json_is_array(node)) {
		for (size_t i = 0; i < json_array_size(node); i++) {
			if (node_visit(v, json_array_get(node, i), path))
				return true;
		}
		return false;
	}
	for (void *at = json_object_iter((json_t *)(uintptr_t)node); at != NULL;
	     at = json_object_iter_next((json_t *)(uintptr_t)node, at)) {
		if (node_visit(v, json_object_iter_value(at), path))
			return true;
	}
	return false;
}

/* The end of a path: a value, or all that is in an object. */
static bool leaf_visit(const struct visit *v, const json_t *node)
{
	if (json_is_string(node))
		return string_offer(v, json_string_value(node));
	if (json_is_number(node))
		return numeral_offer(v, json_number_value(node));
	if (json_is_boolean(node))
		return text_offer(v, json_is_true(node) ? "true" : "false");
	return json_is_object(node) && children_visit(v, node, "");
}

static bool node_visit(const struct visit *v, const json_t *node, const char *path)
{
	char word[FILTER_NAME_MAX];
	size_t length = strcspn(path, ".");
	const char *rest = path + length + (path[length] == '.' ? 1 : 0);

	if (node == NULL)
		return false;
	if (json_is_array(node))
		return children_visit(v, node, path);
	if (length == 0)
		return leaf_visit(v, node);
	if (!json_is_object(node))
		return false;
	snprintf(word, sizeof(word), "%.*s", (int)length, path);
	if (strcmp(word, "**") == 0)
		return node_visit(v, node, rest) || children_visit(v, node, path);
	if (strcmp(word, "*") == 0)
		return children_visit(v, node, rest);
	return node_visit(v, json_object_get(node, word), rest);
}

bool filter_field_any(const struct filter_field *field, const json_t *line, filter_taker take, void *who)
{
	for (size_t i = 0; i < field->count; i++) {
		struct visit v = { .place = &field->places[i], .take = take, .who = who };

		if (node_visit(&v, line, field->places[i].path))
			return true;
	}
	return false;
}
