/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names, numbers and lists as people write them, see phrases.h and words.h. What is written to a terminal or a page is cut at the end of
 * its buffer. Pure functions, called by words.c.
 */
#include "control/incident/phrases.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define WORDS_LIST_MAX 4 /* prefixes, segments or nodes spelt out before "and N more" */

__attribute__((format(printf, 2, 3))) void text_add(struct text *t, const char *format, ...)
{
	va_list arguments;
	int written;

	va_start(arguments, format);
	written = vsnprintf(t->start + t->length, t->size - t->length, format, arguments);
	va_end(arguments);
	if (written > 0)
		t->length = t->length + (size_t)written < t->size ? t->length + (size_t)written : t->size - 1;
}

struct text text_in(char *start, size_t size)
{
	start[0] = '\0';
	return (struct text){ .start = start, .size = size };
}

void words_time(nanos t, char text[16])
{
	time_t seconds = (time_t)(t / NANOS_PER_S);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, 16, "%H:%M:%S", &tm);
}

void words_node_id(const struct words_names *names, node n, char text[WORDS_NODE_MAX])
{
	const char *host = NULL;
	char id[NODE_TEXT_MAX];

	if (node_is_named(n) && names->name_of)
		host = names->name_of(names->names, n);
	node_write(n, id);
	snprintf(text, WORDS_NODE_MAX, "%s", host ? host : id);
}

const struct plan_node *words_node_known(const struct words_names *names, node n, const char *id)
{
	for (size_t i = 0; names->plan && i < names->plan->node_count; i++) {
		const struct plan_node *p = &names->plan->nodes[i];

		if (p->global_title && node_of_digits(p->global_title) == n)
			return p;
		if (p->point_code && node_of_point_code(p->point_code) == n)
			return p;
		if (p->host && (node_is_named(n) || node_is_address(n)) && strcasecmp(p->host, id) == 0)
			return p;
	}
	return NULL;
}

void words_node(const struct words_names *names, node n, char text[WORDS_NODE_MAX])
{
	char id[WORDS_NODE_MAX];
	const struct plan_node *known;

	words_node_id(names, n, id);
	known = words_node_known(names, n, id);
	if (known && known->name && *known->name)
		snprintf(text, WORDS_NODE_MAX, "%.70s (%.80s)", known->name, id);
	else if (known && known->role && *known->role)
		snprintf(text, WORDS_NODE_MAX, "%.70s %.80s", known->role, id);
	else
		snprintf(text, WORDS_NODE_MAX, "%s", id);
}

void words_cause(const struct incident_cause *cause, char text[WORDS_NODE_MAX])
{
	const char *name = cause_name((enum cause_layer)cause->cause_layer, cause->cause);

	if (cause->cause_layer == CAUSE_TIMEOUT)
		snprintf(text, WORDS_NODE_MAX, "no answer");
	else if (name)
		snprintf(text, WORDS_NODE_MAX, "%s", name);
	else
		snprintf(text, WORDS_NODE_MAX, "%s:%" PRIu32, cause_layer_name((enum cause_layer)cause->cause_layer), cause->cause);
}

void percent_add(struct text *t, double share)
{
	text_add(t, share < 0.095 && share > 0 ? "%.1f %%" : "%.0f %%", 100 * share);
}

/* 1,234,567 */
void number_add(struct text *t, uint64_t n)
{
	char digits_text[32];
	int length = snprintf(digits_text, sizeof(digits_text), "%" PRIu64, n);

	for (int i = 0; i < length; i++)
		text_add(t, "%s%c", i > 0 && (length - i) % 3 == 0 ? "," : "", digits_text[i]);
}

/* To a precision that the estimate has: two figures. */
uint64_t number_round(uint64_t n)
{
	uint64_t step = 1;

	while (n / step >= 100)
		step *= 10;
	return (n + step / 2) / step * step;
}

/* What stands before item `i` of `count` in a list. */
const char *list_glue(size_t i, size_t count)
{
	return i == 0 ? "" : i + 1 == count ? " and " : ", ";
}

void segments_add(struct text *t, const struct words_names *names, uint64_t segments)
{
	size_t count = (size_t)__builtin_popcountll(segments);
	size_t shown = 0;

	for (size_t i = 0; names->plan && i < names->plan->segment_count && shown < WORDS_LIST_MAX; i++) {
		const struct plan_segment *s = &names->plan->segments[i];

		if (!(segments & UINT64_C(1) << i))
			continue;
		text_add(t, "%s%s", list_glue(shown, count), s->label && *s->label ? s->label : s->name);
		shown++;
	}
	if (shown < count && shown > 0)
		text_add(t, " and %zu more", count - shown);
}

void prefixes_add(struct text *t, const struct alarm *a)
{
	size_t shown = a->prefix_count > WORDS_LIST_MAX + 1 ? WORDS_LIST_MAX : a->prefix_count;
	char number[DIGITS_TEXT_MAX];

	text_add(t, "IMSI %s ", a->prefix_count == 1 ? "range" : "ranges");
	for (size_t i = 0; i < shown; i++) {
		digits_write(a->prefixes[i], number);
		text_add(t, "%s%s", list_glue(i, a->prefix_count), number);
	}
	if (shown < a->prefix_count)
		text_add(t, " and %zu more", a->prefix_count - shown);
}

void nodes_add(struct text *t, const struct words_names *names, const struct alarm *a, bool is_server)
{
	size_t count = 0;
	size_t shown = 0;

	for (size_t i = 0; i < a->node_count; i++)
		count += a->nodes[i].is_server == is_server;
	for (size_t i = 0; i < a->node_count && shown < WORDS_LIST_MAX; i++) {
		char text[WORDS_NODE_MAX];

		if (a->nodes[i].is_server != is_server)
			continue;
		words_node(names, a->nodes[i].node, text);
		text_add(t, "%s%s", list_glue(shown, count), text);
		shown++;
	}
	if (shown < count)
		text_add(t, " and %zu more", count - shown);
}

void procedures_list(struct text *t, const procedure *list, size_t count)
{
	size_t shown = count > 3 ? 2 : count;

	for (size_t i = 0; i < shown; i++) {
		const struct procedure_row *row = procedure_row(list[i]);

		text_add(t, "%s%s", list_glue(i, count), row ? row->words : "requests");
	}
	if (shown == 0)
		text_add(t, "requests");
	if (shown < count)
		text_add(t, " and %zu other procedures", count - shown);
}

void procedures_add(struct text *t, const struct alarm *a)
{
	procedures_list(t, a->procedures, a->procedure_count);
}

void duration_add(struct text *t, double seconds)
{
	if (seconds < 120)
		text_add(t, "%.0f s", seconds);
	else if (seconds < 7200)
		text_add(t, "%.0f min", seconds / 60);
	else
		text_add(t, "%.1f h", seconds / 3600);
}

void nodes_any_add(struct text *t, const struct words_names *names, const struct alarm *a)
{
	size_t shown = a->node_count > WORDS_LIST_MAX ? WORDS_LIST_MAX : a->node_count;

	for (size_t i = 0; i < shown; i++) {
		char text[WORDS_NODE_MAX];

		words_node(names, a->nodes[i].node, text);
		text_add(t, "%s%s", list_glue(i, a->node_count), text);
	}
	if (shown < a->node_count)
		text_add(t, " and %zu more", a->node_count - shown);
}

/* Endings that are all of one last digit are told by it: partitions are cut at it. */
static bool endings_by_digit(struct text *t, const struct alarm *a)
{
	unsigned int count[10] = { 0 };
	size_t whole = 0, shown = 0;

	for (size_t i = 0; i < a->set_count; i++)
		count[a->set[i] % 10]++;
	for (int digit = 0; digit < 10; digit++)
		whole += count[digit] >= 8 ? count[digit] : 0;
	if (whole == 0 || whole < a->set_count)
		return false;
	for (int digit = 0; digit < 10; digit++) {
		if (count[digit])
			text_add(t, "%s%d", shown++ ? " or " : "", digit);
	}
	return true;
}

static void value_add(struct text *t, const struct words_names *names, enum dimension dimension, uint64_t value)
{
	static const char *const directions[DIRECTION_COUNT] = { "unknown", "at home", "of others here", "ours abroad" };
	char text[WORDS_NODE_MAX];

	if (dimension == DIMENSION_RAT)
		text_add(t, "%s", value < RAT_COUNT ? words_rat((enum rat)value) : "?");
	else if (dimension == DIMENSION_DIRECTION)
		text_add(t, "%s", value < DIRECTION_COUNT ? directions[value] : "?");
	else if (dimension == DIMENSION_IMSI_ENDING)
		text_add(t, "%02" PRIu64, value);
	else if (dimension == DIMENSION_ROUTE || dimension == DIMENSION_NAMED) {
		words_node(names, value, text);
		text_add(t, "%s", text);
	} else
		text_add(t, "%" PRIu64, value);
}

void set_add(struct text *t, const struct words_names *names, const struct alarm *a)
{
	static const char *const before[DIMENSION_COUNT] = {
		[DIMENSION_IMSI_ENDING] = "IMSIs that end in ", [DIMENSION_PLMN] = "Subscribers in network ",
		[DIMENSION_ROUTE] = "Requests by way of ",      [DIMENSION_RAT] = "Subscribers of ",
		[DIMENSION_DIRECTION] = "Subscribers ",
	};
	enum dimension dimension = (enum dimension)a->set_dimension;
	size_t shown = a->set_count > WORDS_LIST_MAX ? WORDS_LIST_MAX : a->set_count;

	if (dimension == DIMENSION_IMSI_BUCKET) {
		text_add(t, "%zu of %d random parts of the subscribers", a->set_count, TALLY_BUCKETS);
		return;
	}
	text_add(t, "%s", before[dimension] ? before[dimension] : "");
	if (dimension == DIMENSION_IMSI_ENDING && endings_by_digit(t, a))
		return;
	for (size_t i = 0; i < shown; i++) {
		text_add(t, "%s", list_glue(i, a->set_count));
		value_add(t, names, dimension, a->set[i]);
	}
	if (shown < a->set_count)
		text_add(t, " and %zu more", a->set_count - shown);
}
