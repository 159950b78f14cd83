/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What makes a subscriber or node a member of a segment: leading digits, ranges of them, point codes, expressions.
 *
 * A range such as 2341060-2341064 becomes the smallest set of prefixes that covers it. An expression is compiled once to see that Hyperscan
 * takes it, and the mistake points into it. Refused: digits that are none, ranges whose ends differ in length or order, point codes beyond
 * 24 bits, more than PATTERNS_MAX patterns of one segment.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "config/expression.h"
#include "config/reader.h"

#define PATTERNS_MAX 100000

static const struct {
	const char *words;
	const char *example;
} fields[PLAN_FIELD_COUNT] = {
	[PLAN_FIELD_IMSI] = { "the leading digits of IMSIs", "23410 or 2341060-2341064" },
	[PLAN_FIELD_MSISDN] = { "the leading digits of telephone numbers", "447802" },
	[PLAN_FIELD_GLOBAL_TITLE] = { "the leading digits of global titles or an expression", "447802 or ^4478[0-9]5" },
	[PLAN_FIELD_POINT_CODE] = { "a point code from 0 to 16777215", "2057" },
	[PLAN_FIELD_HOST] = { "an expression over host names", "^hss[0-9]+\\.epc\\." },
	[PLAN_FIELD_REALM] = { "an expression over realms", "\\.mcc234\\." },
	[PLAN_FIELD_APN] = { "an expression over access point names", "^mobile\\.o2" },
};

static void pattern_add(struct reader *r, struct segment_draft *draft, struct plan_pattern pattern)
{
	size_t count = draft->segment.pattern_count;

	if (count == draft->capacity) {
		size_t capacity = count ? 2 * count : 8;
		struct plan_pattern *larger = arena_take(r->arena, capacity * sizeof(*larger));

		if (count)
			memcpy(larger, draft->patterns, count * sizeof(*larger));
		draft->patterns = larger;
		draft->capacity = capacity;
	}
	draft->patterns[count] = pattern;
	draft->segment.patterns = draft->patterns;
	draft->segment.pattern_count++;
}

static void not_digits_note(struct reader *r, enum plan_field field, const struct yaml *value)
{
	mistake_note(r->mistakes, value->place, "'%s' is not digits (1 to 15 of them); give %s, such as %s", value->text,
		     fields[field].words, fields[field].example);
}

/* Prefixes that cover from..to of `length` digits each, the longest blocks first taken. */
static void range_cover(struct reader *r, struct segment_draft *draft, struct plan_pattern pattern, uint64_t ends[2], unsigned int length)
{
	uint64_t from = ends[0];

	while (from <= ends[1]) {
		unsigned int cut = 0;
		uint64_t block = 1;
		char text[24];

		while (cut + 1 < length && from % (10 * block) == 0 && from + 10 * block - 1 <= ends[1]) {
			block *= 10;
			cut++;
		}
		snprintf(text, sizeof(text), "%0*" PRIu64, (int)(length - cut), from / block);
		if (digits_read_text(text, strlen(text), &pattern.prefix))
			pattern_add(r, draft, pattern);
		from += block;
	}
}

/* "2341060-2341064"; the text is digits and one hyphen between them. */
static void range_read(struct reader *r, struct segment_draft *draft, struct plan_pattern pattern, const struct yaml *value)
{
	const char *hyphen = strchr(value->text, '-');
	size_t length = (size_t)(hyphen - value->text);
	uint64_t ends[2] = { 0, 0 };

	if (length != strlen(hyphen + 1) || length == 0 || length > DIGITS_MAX) {
		mistake_note(r->mistakes, value->place,
			     "the ends of the range '%s' differ in length; write both with the same number of digits (at most 15)",
			     value->text);
		return;
	}
	ends[0] = strtoull(value->text, NULL, 10);
	ends[1] = strtoull(hyphen + 1, NULL, 10);
	if (ends[0] > ends[1])
		mistake_note(r->mistakes, value->place, "the range '%s' runs backwards; write the lower end first", value->text);
	else
		range_cover(r, draft, pattern, ends, (unsigned int)length);
}

static void digits_pattern_read(struct reader *r, struct segment_draft *draft, struct plan_pattern pattern, const struct yaml *value)
{
	const char *text = value->text + (value->text[0] == '+');
	size_t length = strspn(text, "0123456789");

	if (text[length] == '-' && text[length + 1 + strspn(text + length + 1, "0123456789")] == '\0' && text == value->text)
		range_read(r, draft, pattern, value);
	else if (text[length] == '\0' && digits_read_text(text, length, &pattern.prefix))
		pattern_add(r, draft, pattern);
	else
		not_digits_note(r, pattern.field, value);
}

static void point_code_read(struct reader *r, struct segment_draft *draft, struct plan_pattern pattern, const struct yaml *value)
{
	size_t length = strspn(value->text, "0123456789");
	unsigned long number = strtoul(value->text, NULL, 10);

	if (length == 0 || length > 8 || value->text[length] != '\0' || number > 0xffffff) {
		mistake_note(r->mistakes, value->place, "'%s' is not a point code; give a decimal number from 0 to 16777215", value->text);
		return;
	}
	pattern.number = (uint32_t)number;
	pattern_add(r, draft, pattern);
}

static void expression_read(struct reader *r, struct segment_draft *draft, struct plan_pattern pattern, const struct yaml *value)
{
	char error[EXPRESSION_ERROR_MAX];
	size_t index = 0;

	if (!expression_check(value->text, pattern.field, error, &index)) {
		mistake_note(r->mistakes, mistakes_place_inside(r->mistakes, value->place, value->text, index),
			     "the expression '%.100s' does not compile: %s; correct it here", value->text, error);
		return;
	}
	pattern.expression = arena_text(r->arena, value->text, strlen(value->text));
	pattern_add(r, draft, pattern);
}

/* Digits and an optional + or a range are a prefix, everything else an expression. */
static bool is_prefix(const char *text)
{
	text += text[0] == '+';
	return text[0] != '\0' && text[strspn(text, "0123456789-")] == '\0';
}

static void pattern_read(struct reader *r, enum plan_field field, const struct yaml *value, struct segment_draft *draft)
{
	struct plan_pattern pattern = { .field = field, .line = value->place.line, .column = value->place.column };

	if (value->kind != YAML_SCALAR || yaml_is_null(value))
		mistake_note(r->mistakes, value->place, "not a single value; give %s, such as %s", fields[field].words,
			     fields[field].example);
	else if (draft->segment.pattern_count >= PATTERNS_MAX)
		mistake_note(r->mistakes, value->place, "more than %d patterns in one segment; use ranges or shorter prefixes",
			     PATTERNS_MAX);
	else if (field == PLAN_FIELD_POINT_CODE)
		point_code_read(r, draft, pattern, value);
	else if (field == PLAN_FIELD_IMSI || field == PLAN_FIELD_MSISDN || (field == PLAN_FIELD_GLOBAL_TITLE && is_prefix(value->text)))
		digits_pattern_read(r, draft, pattern, value);
	else
		expression_read(r, draft, pattern, value);
}

void reader_patterns(struct reader *r, enum plan_field field, const struct yaml *value, struct segment_draft *draft)
{
	if (value->kind != YAML_SEQUENCE) {
		pattern_read(r, field, value, draft);
		return;
	}
	for (const struct yaml *one = value->first; one; one = one->next)
		pattern_read(r, field, one, draft);
}
