/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From YAML 1.2 to a plain tree. The only file that knows libfyaml.
 *
 * The tree is built from the parser's events and not from its document, because a document drops duplicate keys and stops at the first
 * mistake. Refused with the place: syntax errors (the parser's words), aliases (a configuration says everything where it applies), keys
 * that are not plain words, a second document, nesting beyond YAML_DEPTH_MAX. Scalars keep their text as written, so that 23410 or 0123
 * stay digits. Called by control; no recursion.
 */
#include "config/yaml.h"

#include <libfyaml.h>
#include <string.h>

#define YAML_DEPTH_MAX 16

struct builder {
	struct mistakes *mistakes;
	struct arena *arena;
	struct yaml *open[YAML_DEPTH_MAX];      /* sequences and mappings around the present place, outermost first */
	const struct yaml *key[YAML_DEPTH_MAX]; /* of each open mapping: a key that waits for its value */
	size_t depth;
	struct yaml *root;
	bool has_document;
};

bool yaml_is_null(const struct yaml *y)
{
	return y->kind == YAML_SCALAR && y->is_plain && (y->text[0] == '\0' || strcmp(y->text, "~") == 0 || strcmp(y->text, "null") == 0);
}

static struct place place_of(const struct fy_mark *mark)
{
	return mark ? (struct place){ mark->line + 1, mark->column + 1 } : (struct place){ 1, 1 };
}

static bool is_quoted(struct fy_token *token)
{
	enum fy_scalar_style style = fy_scalar_token_get_style(token);

	return style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
}

static struct yaml *element_new(struct builder *b, struct fy_event *event, enum yaml_kind kind)
{
	struct yaml *y = arena_take(b->arena, sizeof(*y));

	y->kind = kind;
	y->place = place_of(fy_event_start_mark(event));
	if (kind == YAML_SCALAR) {
		struct fy_token *token = event->scalar.value;
		size_t length = 0;
		const char *text = token ? fy_token_get_text(token, &length) : NULL;

		y->text = arena_text(b->arena, text ? text : "", text ? length : 0);
		y->is_plain = !token || fy_scalar_token_get_style(token) == FYSS_PLAIN;
		/* The parser's mark of a quoted scalar is behind the quote. */
		if (token && is_quoted(token) && y->place.column > 1)
			y->place.column--;
	}
	return y;
}

/* Puts an element where it belongs: as root, as key, or as value. */
static bool element_add(struct builder *b, struct yaml *y)
{
	struct yaml *parent = b->depth ? b->open[b->depth - 1] : NULL;
	const struct yaml **key = b->depth ? &b->key[b->depth - 1] : NULL;

	if (!parent) {
		b->root = y;
		return true;
	}
	if (parent->kind == YAML_MAPPING && !*key) {
		if (y->kind != YAML_SCALAR) {
			mistake_note(b->mistakes, y->place, "a list or mapping as a key; give a word before the colon");
			return false;
		}
		*key = y;
		return true;
	}
	if (parent->kind == YAML_MAPPING) {
		y->key = *key;
		*key = NULL;
	}
	if (parent->last)
		parent->last->next = y;
	else
		parent->first = y;
	parent->last = y;
	parent->count++;
	return true;
}

static bool container_open(struct builder *b, struct yaml *y)
{
	if (!element_add(b, y))
		return false;
	if (b->depth == YAML_DEPTH_MAX) {
		mistake_note(b->mistakes, y->place, "nested more than %d deep; no key of the configuration is", YAML_DEPTH_MAX);
		return false;
	}
	b->key[b->depth] = NULL;
	b->open[b->depth++] = y;
	return true;
}

/* False when there is no point in going on. */
static bool event_add(struct builder *b, struct fy_event *event)
{
	if (event->type == FYET_SCALAR)
		return element_add(b, element_new(b, event, YAML_SCALAR));
	if (event->type == FYET_SEQUENCE_START)
		return container_open(b, element_new(b, event, YAML_SEQUENCE));
	if (event->type == FYET_MAPPING_START)
		return container_open(b, element_new(b, event, YAML_MAPPING));
	if (event->type == FYET_SEQUENCE_END || event->type == FYET_MAPPING_END) {
		b->depth--;
		return true;
	}
	if (event->type == FYET_ALIAS) {
		mistake_note(b->mistakes, place_of(fy_event_start_mark(event)), "an alias; write the value out here");
		return false;
	}
	if (event->type == FYET_DOCUMENT_START && b->has_document) {
		mistake_note(b->mistakes, place_of(fy_event_start_mark(event)), "a second document; keep one per file");
		return false;
	}
	if (event->type == FYET_DOCUMENT_START)
		b->has_document = true;
	return true;
}

/* The parser's first complaint; what it says after that follows from the first. */
static void syntax_note(struct mistakes *m, struct fy_diag *diag)
{
	void *iterator = NULL;
	struct fy_diag_error *error = fy_diag_errors_iterate(diag, &iterator);
	struct place place = { 1, 1 };

	if (error && error->line > 0)
		place = (struct place){ error->line, error->column > 0 ? error->column : 1 };
	mistake_note(m, place, "not YAML: %s; check indentation, colons and quotes here", error ? error->msg : "the parser gave up");
}

static void parser_run(struct builder *b, struct fy_parser *parser, struct fy_diag *diag)
{
	bool is_good = true;

	while (is_good) {
		struct fy_event *event = fy_parser_parse(parser);

		if (!event)
			break;
		is_good = event_add(b, event);
		fy_parser_event_free(parser, event);
	}
	if (!is_good)
		b->root = NULL;
	if (is_good && fy_parser_get_stream_error(parser)) {
		syntax_note(b->mistakes, diag);
		b->root = NULL;
	}
}

const struct yaml *yaml_read(struct mistakes *m, struct arena *arena)
{
	struct fy_diag_cfg diag_settings;
	struct fy_diag *diag = NULL;
	struct fy_parser *parser = NULL;
	struct builder b = { .mistakes = m, .arena = arena };

	fy_diag_cfg_default(&diag_settings);
	diag_settings.fp = NULL;
	diag_settings.colorize = false;
	diag = fy_diag_create(&diag_settings);
	if (diag) {
		struct fy_parse_cfg settings = { .flags = FYPCF_QUIET | FYPCF_DISABLE_RECYCLING, .diag = diag };

		fy_diag_set_collect_errors(diag, true);
		parser = fy_parser_create(&settings);
	}
	if (parser && fy_parser_set_string(parser, m->bytes, m->length) == 0)
		parser_run(&b, parser, diag);
	else
		mistake_note(m, (struct place){ 1, 1 }, "the YAML parser did not start; check the memory of this machine");
	if (parser)
		fy_parser_destroy(parser);
	if (diag)
		fy_diag_destroy(diag);
	if (b.root && yaml_is_null(b.root))
		return NULL;
	return b.root;
}
