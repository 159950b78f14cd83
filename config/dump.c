/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The configuration as YAML, each key with its documentation as a comment, and what a single key means. What is written reads back as the
 * same plan. Called by control; pure functions of the plan and the schema.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "config/calendar.h"
#include "config/config.h"
#include "config/schema.h"
#include "dataplane/codes/codes.h"

#define COMMENT_WIDTH 110

static void comment_write(const char *document, int indent, FILE *out)
{
	size_t left = strlen(document);

	while (left > 0) {
		size_t take = left;

		if (left > COMMENT_WIDTH) {
			take = COMMENT_WIDTH;
			while (take > 1 && document[take] != ' ')
				take--;
		}
		fprintf(out, "%*s# %.*s\n", indent, "", (int)take, document);
		document += take + (take < left);
		left = strlen(document);
	}
}

/* Expressions: single quotes leave backslashes alone. */
static void expression_write(const char *expression, FILE *out)
{
	fputc('\'', out);
	for (; *expression; expression++)
		fprintf(out, *expression == '\'' ? "''" : "%c", *expression);
	fputc('\'', out);
}

static void pattern_write(const struct plan_pattern *pattern, FILE *out)
{
	char text[DIGITS_TEXT_MAX];

	if (pattern->expression) {
		expression_write(pattern->expression, out);
	} else if (pattern->field == PLAN_FIELD_POINT_CODE) {
		fprintf(out, "%" PRIu32, pattern->number);
	} else {
		digits_write(pattern->prefix, text);
		fprintf(out, "\"%s\"", text);
	}
}

static void patterns_write(const struct plan_segment *segment, const struct schema_key *k, FILE *out)
{
	bool is_first = true;

	for (size_t i = 0; i < segment->pattern_count; i++) {
		if (segment->patterns[i].field != (enum plan_field)k->offset)
			continue;
		if (is_first)
			fprintf(out, "    %s:\n", k->path);
		fputs("      - ", out);
		pattern_write(&segment->patterns[i], out);
		fputc('\n', out);
		is_first = false;
	}
}

/* One item of a list, its first key behind the dash. */
static void item_write(const struct schema_table *t, const void *base, FILE *out)
{
	const char *lead = "  - ";

	for (size_t i = 0; i < t->count; i++) {
		const struct schema_key *k = &t->keys[i];

		if (k->type == VALUE_PATTERNS) {
			patterns_write(base, k, out);
			continue;
		}
		if (value_is_absent(k, (const char *)base + k->offset))
			continue;
		fprintf(out, "%s%s: ", lead, k->path);
		value_write(k, (const char *)base + k->offset, out);
		fputc('\n', out);
		lead = "    ";
	}
}

static void items_document(const struct schema_table *t, FILE *out)
{
	for (size_t i = 0; i < t->count; i++)
		fprintf(out, "#   %s: %s\n", t->keys[i].path, t->keys[i].document);
}

static void items_write(const struct plan *p, const struct schema_key *k, FILE *out)
{
	const struct schema_table *t = k->type == VALUE_SEGMENTS ? &schema_segment
				       : k->type == VALUE_NODES  ? &schema_node
								 : &schema_outcome;
	const char *items = k->type == VALUE_SEGMENTS ? (const char *)p->segments
			    : k->type == VALUE_NODES  ? (const char *)p->nodes
						      : (const char *)p->outcomes;
	size_t size = k->type == VALUE_SEGMENTS ? sizeof(struct plan_segment)
		      : k->type == VALUE_NODES  ? sizeof(struct plan_node)
						: sizeof(struct plan_outcome);
	size_t count = k->type == VALUE_SEGMENTS ? p->segment_count : k->type == VALUE_NODES ? p->node_count : p->outcome_count;

	items_document(t, out);
	fprintf(out, "%s:%s\n", k->path, count ? "" : " []");
	for (size_t i = 0; i < count; i++)
		item_write(t, items + i * size, out);
}

static void ports_write(const struct plan *p, const struct schema_key *k, FILE *out)
{
	bool is_diameter = k->offset == offsetof(struct plan, diameter_ports);
	const uint16_t *ports = is_diameter ? p->diameter_ports : p->m3ua_ports;
	size_t count = is_diameter ? p->diameter_port_count : p->m3ua_port_count;

	fputc('[', out);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s%u", i ? ", " : "", (unsigned int)ports[i]);
	fputs("]\n", out);
}

static void timeouts_write(const struct plan *p, FILE *out)
{
	bool is_first = true;

	for (procedure q = 0; q < procedure_count(); q++) {
		if (p->timeouts[q] == 0)
			continue;
		fprintf(out, "%s    %s: ", is_first ? "\n" : "", procedure_row(q)->name);
		duration_write(nanos_to_s(p->timeouts[q]), out);
		fputc('\n', out);
		is_first = false;
	}
	if (is_first)
		fputs(" {}\n", out);
}

static void dates_write(const struct plan *p, FILE *out)
{
	fputc('[', out);
	for (size_t i = 0; i < p->calendar.holiday_count; i++) {
		fputs(i ? ", " : "", out);
		calendar_date_write(p->calendar.holidays[i], out);
	}
	fputs("]\n", out);
}

static void texts_write(const char *const *texts, FILE *out)
{
	fputc('[', out);
	for (size_t i = 0; texts && texts[i]; i++) {
		fputs(i ? ", " : "", out);
		text_write_quoted(texts[i], out);
	}
	fputs("]\n", out);
}

/* Times in UTC, so that they mean the same whatever the zone. */
static void maintenance_write(const struct plan *p, FILE *out)
{
	fputs(p->calendar.maintenance_count ? "\n" : " []\n", out);
	for (size_t i = 0; i < p->calendar.maintenance_count; i++) {
		const struct plan_maintenance *w = &p->calendar.maintenance[i];
		const char *lead = "";

		fputs("    - from: ", out);
		calendar_time_write(w->from, out);
		fputs("\n      until: ", out);
		calendar_time_write(w->until, out);
		fputc('\n', out);
		if (w->words) {
			fputs("      words: ", out);
			text_write_quoted(w->words, out);
			fputc('\n', out);
		}
		if (w->nodes) {
			fputs("      nodes: ", out);
			texts_write(w->nodes, out);
		}
		if (w->segments == 0)
			continue;
		fputs("      segments: [", out);
		for (size_t k = 0; k < p->segment_count; k++) {
			if (!(w->segments >> k & 1))
				continue;
			fprintf(out, "%s%s", lead, p->segments[k].name);
			lead = ", ";
		}
		fputs("]\n", out);
	}
}

/* A key inside a section, or the comment that it is not set. */
static void key_write(const struct plan *p, const struct schema_key *k, const char *word, FILE *out)
{
	const void *member = (const char *)p + k->offset;

	if (k->type < VALUE_SCALARS && value_is_absent(k, member)) {
		fprintf(out, "  # %s: (not set)\n", word);
		return;
	}
	if (k->type == VALUE_MAINTENANCE)
		items_document(&schema_maintenance, out);
	fprintf(out, k->type == VALUE_TIMEOUTS || k->type == VALUE_MAINTENANCE ? "  %s:" : "  %s: ", word);
	if (k->type == VALUE_PORTS) {
		ports_write(p, k, out);
	} else if (k->type == VALUE_TIMEOUTS) {
		timeouts_write(p, out);
	} else if (k->type == VALUE_TEXTS || k->type == VALUE_ADDRESSES) {
		texts_write(*(const char *const *const *)member, out);
	} else if (k->type == VALUE_DATES) {
		dates_write(p, out);
	} else if (k->type == VALUE_MAINTENANCE) {
		maintenance_write(p, out);
	} else {
		value_write(k, member, out);
		fputc('\n', out);
	}
}

void plan_key_write(const struct plan *p, const struct schema_key *k, FILE *out)
{
	const char *dot = strchr(k->path, '.');

	if (dot)
		key_write(p, k, dot + 1, out);
	else
		items_write(p, k, out);
}

void plan_dump(const struct plan *p, FILE *out)
{
	const char *section = "";
	size_t section_length = 0;

	for (size_t i = 0; i < schema_plan.count; i++) {
		const struct schema_key *k = &schema_plan.keys[i];
		const char *dot = strchr(k->path, '.');
		size_t length = dot ? (size_t)(dot - k->path) : 0;

		if (!dot) {
			fputs(i ? "\n" : "", out);
			comment_write(k->document, 0, out);
			items_write(p, k, out);
			section_length = 0;
			continue;
		}
		if (length != section_length || strncmp(section, k->path, length) != 0)
			fprintf(out, "%s%.*s:\n", i ? "\n" : "", (int)length, k->path);
		section = k->path;
		section_length = length;
		comment_write(k->document, 2, out);
		key_write(p, k, dot + 1, out);
	}
}

static void key_explain(const struct schema_key *k, FILE *out)
{
	struct arena scratch = { NULL };

	fprintf(out, "%s\n  %s\n", k->path, k->document);
	if (k->type < VALUE_SCALARS)
		fprintf(out, "  It is %s.\n", value_wanted(k, &scratch));
	if (k->preset && k->preset[0])
		fprintf(out, "  Default: %s\n", k->preset);
	fprintf(out, "  %s\n", k->is_reloadable ? "A reload applies it." : "A restart applies it.");
	arena_free(&scratch);
}

bool plan_explain_key(const char *path, FILE *out)
{
	const struct schema_key *k = schema_find(&schema_plan, path);
	const struct schema_table *items = strncmp(path, "segments.", 9) == 0                ? &schema_segment
					   : strncmp(path, "nodes.", 6) == 0                 ? &schema_node
					   : strncmp(path, "outcomes.", 9) == 0              ? &schema_outcome
					   : strncmp(path, "calendar.maintenance.", 21) == 0 ? &schema_maintenance
											     : NULL;

	if (!k && items)
		k = schema_find(items, strrchr(path, '.') + 1);
	if (k) {
		key_explain(k, out);
		return true;
	}
	for (size_t i = 0; i < schema_plan.count; i++) {
		size_t length = strlen(path);

		if (length == 0 || (strncmp(schema_plan.keys[i].path, path, length) == 0 && schema_plan.keys[i].path[length] == '.'))
			key_explain(&schema_plan.keys[i], out);
	}
	return schema_has_section(&schema_plan, path);
}
