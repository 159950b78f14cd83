/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The keys as a JSON Schema (draft 2020-12), so that editors complete and check a configuration while it is written. It says the shapes;
 * what it cannot say (ranges of values with units, expressions that compile) `sigcanary check` says. Pure functions of the schema.
 */
#include <string.h>

#include "config/config.h"
#include "config/schema.h"

/* Numbers, booleans and lists have types of their own; values with units are text. */
static const char *type_words(enum value_type type)
{
	static const char *const words[] = {
		[VALUE_BOOL] = "\"boolean\"",
		[VALUE_COUNT] = "\"integer\"",
		[VALUE_COUNT32] = "\"integer\"",
		[VALUE_COUNT64] = "\"integer\"",
		[VALUE_WORKERS] = "\"integer\"",
		[VALUE_PORT] = "\"integer\"",
		[VALUE_NUMBER] = "\"integer\"",
		[VALUE_PORTS] = "\"array\"",
		[VALUE_TEXTS] = "\"array\"",
		[VALUE_ADDRESSES] = "\"array\"",
		[VALUE_TIMEOUTS] = "\"object\"",
		[VALUE_SEGMENTS] = "\"array\"",
		[VALUE_NODES] = "\"array\"",
		[VALUE_OUTCOMES] = "\"array\"",
		[VALUE_DATES] = "\"array\"",
		[VALUE_MAINTENANCE] = "\"array\"",
		[VALUE_DIGITS] = "[\"string\",\"integer\"]",
		[VALUE_SHARE] = "[\"string\",\"number\"]",
		[VALUE_PATTERNS] = "[\"array\",\"string\",\"integer\"]",
	};

	return (size_t)type < sizeof(words) / sizeof(words[0]) && words[type] ? words[type] : "\"string\"";
}

static bool is_number(enum value_type type)
{
	return strcmp(type_words(type), "\"integer\"") == 0;
}

/* Its words are how it may begin. */
static bool is_address(enum value_type type)
{
	return type == VALUE_ADDRESS || type == VALUE_ADDRESSES;
}

static void items_json(const struct schema_table *t, FILE *out);

static void key_json(const struct schema_key *k, const char *word, FILE *out)
{
	fprintf(out, "\"%s\":{\"type\":%s,\"description\":", word, type_words(k->type));
	text_write_quoted(k->document, out);
	if (k->preset && (is_number(k->type) || k->type == VALUE_BOOL || k->type == VALUE_PORTS))
		fprintf(out, ",\"default\":%s", k->preset);
	else if (k->preset) {
		fputs(",\"default\":", out);
		text_write_quoted(k->preset, out);
	}
	if (is_number(k->type))
		fprintf(out, ",\"minimum\":%.0f,\"maximum\":%.0f", k->minimum, k->maximum);
	for (const char *const *one = is_address(k->type) ? NULL : k->words; one && *one; one++)
		fprintf(out, "%s\"%s\"%s", one == k->words ? ",\"enum\":[" : ",", *one, one[1] ? "" : "]");
	if (k->type == VALUE_SEGMENTS)
		items_json(&schema_segment, out);
	else if (k->type == VALUE_NODES)
		items_json(&schema_node, out);
	else if (k->type == VALUE_OUTCOMES)
		items_json(&schema_outcome, out);
	else if (k->type == VALUE_MAINTENANCE)
		items_json(&schema_maintenance, out);
	fputc('}', out);
}

static void items_json(const struct schema_table *t, FILE *out)
{
	bool is_first = true;

	fputs(",\"items\":{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{", out);
	for (size_t i = 0; i < t->count; i++) {
		fputs(i ? "," : "", out);
		key_json(&t->keys[i], t->keys[i].path, out);
	}
	fputs("},\"required\":[", out);
	for (size_t i = 0; i < t->count; i++) {
		if (!t->keys[i].is_required)
			continue;
		fprintf(out, "%s\"%s\"", is_first ? "" : ",", t->keys[i].path);
		is_first = false;
	}
	fputs("]}", out);
}

void plan_schema(FILE *out)
{
	const char *section = "";
	size_t section_length = 0;

	fputs("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"sigcanary configuration\",\"type\":\"object\","
	      "\"additionalProperties\":false,\"properties\":{",
	      out);
	for (size_t i = 0; i < schema_plan.count; i++) {
		const struct schema_key *k = &schema_plan.keys[i];
		const char *dot = strchr(k->path, '.');
		size_t length = dot ? (size_t)(dot - k->path) : 0;
		bool is_new = length != section_length || strncmp(section, k->path, length) != 0;

		if (is_new && section_length)
			fputs("}}", out);
		fputs(i ? "," : "", out);
		if (is_new && length)
			fprintf(out, "\"%.*s\":{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{", (int)length, k->path);
		section = k->path;
		section_length = length;
		key_json(k, dot ? dot + 1 : k->path, out);
	}
	fputs(section_length ? "}}}}\n" : "}}\n", out);
}
