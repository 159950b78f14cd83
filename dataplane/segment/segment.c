/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The patterns of all segments, compiled: tries for digits, a table for point codes, Hyperscan databases for expressions.
 *
 * Compiled by control at start and for a reload; afterwards immutable and read by every worker, each with a scratch of its own. Per field
 * there are two databases: over the text, and over the reversed text (reverse.c). All expressions of a segment carry its number as their
 * identity, so a match sets a bit and nothing else is kept. Refused: what Hyperscan does not compile, with segment, place in the file and
 * the compiler's words. Names beyond NAME_OCTETS_MAX are the caller's affair.
 */
#include "dataplane/segment/segment.h"

#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/expression.h"
#include "dataplane/segment/match.h"
#include "dataplane/segment/trie.h"
#include "dataplane/segment/watchlist.h"

enum direction { FORWARD, REVERSED, DIRECTIONS };

struct point_code_row {
	uint32_t number;
	uint64_t segments;
};

struct segments {
	struct trie *imsi;
	struct trie *msisdn;
	struct trie *title;
	struct point_code_row *point_codes; /* ascending, each number once */
	size_t point_code_count;
	struct watchlist *watchlist; /* NULL: none */
	/* Numbers of rows + 1 by open addressing, 0: free; four times as many as rows, chosen by the operator and not by the wire. */
	uint32_t *point_code_slots;
	size_t point_code_mask;
	hs_database_t *databases[PLAN_FIELD_COUNT][DIRECTIONS]; /* NULL: no expressions */
};

/* The expressions of one database while it is compiled. */
struct batch {
	const char **expressions;
	unsigned int *flags;
	unsigned int *ids; /* number of the segment */
	const struct plan_pattern **patterns;
	char (*reversed)[REVERSED_MAX];
	size_t count;
};

static bool error_memory(char error[SEGMENT_ERROR_MAX])
{
	snprintf(error, SEGMENT_ERROR_MAX, "no memory for the segments; make them fewer or simpler");
	return false;
}

static bool pattern_add(struct segments *s, const struct plan_pattern *pattern, uint64_t bit)
{
	if (pattern->expression)
		return true;
	if (pattern->field == PLAN_FIELD_POINT_CODE) {
		s->point_codes[s->point_code_count++] = (struct point_code_row){ pattern->number, bit };
		return true;
	}
	if (pattern->field == PLAN_FIELD_IMSI)
		return trie_add(s->imsi, pattern->prefix, bit);
	if (pattern->field == PLAN_FIELD_MSISDN)
		return trie_add(s->msisdn, pattern->prefix, bit);
	return pattern->field != PLAN_FIELD_GLOBAL_TITLE || trie_add(s->title, pattern->prefix, bit);
}

static size_t pattern_count(const struct plan *plan)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->segment_count; i++)
		count += plan->segments[i].pattern_count;
	return count;
}

static int point_code_compare(const void *a, const void *b)
{
	const struct point_code_row *x = a;
	const struct point_code_row *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static size_t point_code_place(const struct segments *s, uint32_t point_code)
{
	return (size_t)(point_code * UINT64_C(0x9e3779b97f4a7c15) >> 32) & s->point_code_mask;
}

/* Sorts the rows, joins those of one number and gives each a slot; false without memory. */
static bool point_codes_seal(struct segments *s)
{
	size_t slots = 4;
	size_t kept = 0;

	qsort(s->point_codes, s->point_code_count, sizeof(s->point_codes[0]), point_code_compare);
	for (size_t i = 0; i < s->point_code_count; i++) {
		if (kept && s->point_codes[kept - 1].number == s->point_codes[i].number)
			s->point_codes[kept - 1].segments |= s->point_codes[i].segments;
		else
			s->point_codes[kept++] = s->point_codes[i];
	}
	s->point_code_count = kept;
	while (slots < 4 * kept)
		slots *= 2;
	s->point_code_mask = slots - 1;
	s->point_code_slots = calloc(slots, sizeof(s->point_code_slots[0]));
	if (!s->point_code_slots)
		return false;
	for (size_t i = 0; i < kept; i++) {
		size_t slot = point_code_place(s, s->point_codes[i].number);

		while (s->point_code_slots[slot] != 0)
			slot = (slot + 1) & s->point_code_mask;
		s->point_code_slots[slot] = (uint32_t)i + 1;
	}
	return true;
}

static bool digits_compile(struct segments *s, const struct plan *plan, char error[SEGMENT_ERROR_MAX])
{
	s->imsi = trie_new();
	s->msisdn = trie_new();
	s->title = trie_new();
	s->point_codes = calloc(pattern_count(plan) + 1, sizeof(s->point_codes[0]));
	if (!s->imsi || !s->msisdn || !s->title || !s->point_codes)
		return error_memory(error);
	for (size_t i = 0; i < plan->segment_count; i++) {
		for (size_t j = 0; j < plan->segments[i].pattern_count; j++) {
			if (!pattern_add(s, &plan->segments[i].patterns[j], UINT64_C(1) << i))
				return error_memory(error);
		}
	}
	trie_seal(s->imsi);
	trie_seal(s->msisdn);
	trie_seal(s->title);
	return point_codes_seal(s) || error_memory(error);
}

/* Only names are reversed: titles are short, and their expressions are anchored at the left by nature. */
static bool pattern_reverse(const struct plan_pattern *pattern, char reversed[REVERSED_MAX])
{
	return pattern->field != PLAN_FIELD_GLOBAL_TITLE && expression_reverse(pattern->expression, reversed);
}

static void batch_add(struct batch *b, const struct plan_pattern *pattern, unsigned int segment, enum direction direction)
{
	char reversed[REVERSED_MAX];
	bool is_reversed = pattern_reverse(pattern, reversed);

	if (is_reversed != (direction == REVERSED))
		return;
	if (is_reversed)
		memcpy(b->reversed[b->count], reversed, REVERSED_MAX);
	b->expressions[b->count] = is_reversed ? b->reversed[b->count] : pattern->expression;
	b->flags[b->count] = expression_flags(pattern->field);
	b->ids[b->count] = segment;
	b->patterns[b->count] = pattern;
	b->count++;
}

static void batch_fill(struct batch *b, const struct plan *plan, enum plan_field field, enum direction direction)
{
	b->count = 0;
	for (size_t i = 0; i < plan->segment_count; i++) {
		for (size_t j = 0; j < plan->segments[i].pattern_count; j++) {
			const struct plan_pattern *pattern = &plan->segments[i].patterns[j];

			if (pattern->expression && pattern->field == field)
				batch_add(b, pattern, (unsigned int)i, direction);
		}
	}
}

static void compile_error_write(const struct batch *b, const struct plan *plan, const hs_compile_error_t *failure,
				char error[SEGMENT_ERROR_MAX])
{
	size_t at = failure && failure->expression >= 0 ? (size_t)failure->expression : b->count;
	const char *words = failure ? failure->message : "no reason given";

	if (at < b->count)
		snprintf(error, SEGMENT_ERROR_MAX, "segment '%s', line %d, column %d: the expression '%.80s' does not compile: %s",
			 plan->segments[b->ids[at]].name, b->patterns[at]->line, b->patterns[at]->column, b->patterns[at]->expression,
			 words);
	else
		snprintf(error, SEGMENT_ERROR_MAX, "the expressions of the segments do not compile: %s", words);
}

static bool batch_compile(const struct batch *b, const struct plan *plan, hs_database_t **database, char error[SEGMENT_ERROR_MAX])
{
	hs_compile_error_t *failure = NULL;

	if (b->count == 0)
		return true;
	if (hs_compile_multi(b->expressions, b->flags, b->ids, (unsigned int)b->count, HS_MODE_BLOCK, NULL, database, &failure) ==
	    HS_SUCCESS)
		return true;
	compile_error_write(b, plan, failure, error);
	hs_free_compile_error(failure);
	return false;
}

static bool expressions_compile(struct segments *s, const struct plan *plan, char error[SEGMENT_ERROR_MAX])
{
	size_t most = 0;
	struct batch b = { .count = 0 };
	bool is_good = true;

	for (size_t i = 0; i < plan->segment_count; i++) {
		for (size_t j = 0; j < plan->segments[i].pattern_count; j++)
			most += plan->segments[i].patterns[j].expression != NULL;
	}
	if (most == 0)
		return true;
	b.expressions = calloc(most, sizeof(*b.expressions));
	b.flags = calloc(most, sizeof(*b.flags));
	b.ids = calloc(most, sizeof(*b.ids));
	b.patterns = calloc(most, sizeof(*b.patterns));
	b.reversed = calloc(most, sizeof(*b.reversed));
	if (!b.expressions || !b.flags || !b.ids || !b.patterns || !b.reversed)
		is_good = error_memory(error);
	for (unsigned int field = 0; is_good && field < PLAN_FIELD_COUNT; field++) {
		for (unsigned int direction = 0; is_good && direction < DIRECTIONS; direction++) {
			batch_fill(&b, plan, (enum plan_field)field, (enum direction)direction);
			is_good = batch_compile(&b, plan, &s->databases[field][direction], error);
		}
	}
	free(b.expressions);
	free(b.flags);
	free(b.ids);
	free(b.patterns);
	free(b.reversed);
	return is_good;
}

static bool watchlist_compile(struct segments *s, const struct plan *plan, char error[SEGMENT_ERROR_MAX])
{
	if (plan->watch_file == NULL)
		return true;
	s->watchlist = watchlist_open(plan->watch_file, error);
	return s->watchlist != NULL;
}

struct segments *segments_new(const struct plan *plan, char error[SEGMENT_ERROR_MAX])
{
	struct segments *s = calloc(1, sizeof(*s));

	if (!s) {
		error_memory(error);
		return NULL;
	}
	if (digits_compile(s, plan, error) && expressions_compile(s, plan, error) && watchlist_compile(s, plan, error))
		return s;
	segments_free(s);
	return NULL;
}

void segments_free(struct segments *s)
{
	if (!s)
		return;
	trie_free(s->imsi);
	trie_free(s->msisdn);
	trie_free(s->title);
	free(s->point_codes);
	watchlist_close(s->watchlist);
	free(s->point_code_slots);
	for (unsigned int field = 0; field < PLAN_FIELD_COUNT; field++) {
		hs_free_database(s->databases[field][FORWARD]);
		hs_free_database(s->databases[field][REVERSED]);
	}
	free(s);
}

const struct watchlist *segments_watchlist(const struct segments *s)
{
	return s->watchlist;
}

uint64_t segments_of_imsi(const struct segments *s, digits imsi)
{
	return trie_find(s->imsi, imsi);
}

uint64_t segments_of_msisdn(const struct segments *s, digits msisdn)
{
	return trie_find(s->msisdn, msisdn);
}

uint64_t segments_of_title(const struct segments *s, digits title)
{
	return trie_find(s->title, title);
}

uint64_t segments_of_point_code(const struct segments *s, uint32_t point_code)
{
	size_t slot = point_code_place(s, point_code);

	for (uint32_t number; (number = s->point_code_slots[slot]) != 0; slot = (slot + 1) & s->point_code_mask) {
		if (s->point_codes[number - 1].number == point_code)
			return s->point_codes[number - 1].segments;
	}
	return 0;
}

bool segments_have_expressions(const struct segments *s, enum plan_field field)
{
	return s->databases[field][FORWARD] || s->databases[field][REVERSED];
}

bool segments_scratch(const struct segments *s, struct hs_scratch **scratch)
{
	for (unsigned int field = 0; field < PLAN_FIELD_COUNT; field++) {
		for (unsigned int direction = 0; direction < DIRECTIONS; direction++) {
			if (s->databases[field][direction] && hs_alloc_scratch(s->databases[field][direction], scratch) != HS_SUCCESS)
				return false;
		}
	}
	return true;
}

static int match_take(unsigned int id, unsigned long long from, unsigned long long to, unsigned int flags, void *context)
{
	uint64_t *segments = context;

	(void)from;
	(void)to;
	(void)flags;
	*segments |= UINT64_C(1) << id;
	return 0;
}

static uint64_t database_scan(const hs_database_t *database, const char *text, size_t length, struct hs_scratch *scratch)
{
	uint64_t segments = 0;

	if (!database || !scratch || hs_scan(database, text, (unsigned int)length, 0, scratch, match_take, &segments) != HS_SUCCESS)
		return 0;
	return segments;
}

uint64_t segments_of_text(const struct segments *s, enum plan_field field, const struct cursor *text, struct hs_scratch *scratch)
{
	char bytes[NAME_OCTETS_MAX];
	char reversed[NAME_OCTETS_MAX];
	struct cursor at = *text;
	size_t length = cursor_left(text);

	if (length == 0 || length > NAME_OCTETS_MAX || !cursor_copy(&at, bytes, length))
		return 0;
	for (size_t i = 0; i < length; i++)
		reversed[i] = bytes[length - 1 - i];
	return database_scan(s->databases[field][FORWARD], bytes, length, scratch) |
	       database_scan(s->databases[field][REVERSED], reversed, length, scratch);
}
