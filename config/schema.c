/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of keys, and what was probably meant by a key that is not in it. The keys of the file stand in schema.def, those of the items
 * of lists below. Called by control; pure functions.
 *
 * "Did you mean" is the optimal string alignment distance (insertions, deletions, substitutions, swaps of neighbours) of at most a third of
 * the word's length, at least two: typing mistakes, not synonyms.
 */
#include "config/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD_LENGTH_MAX 64

/* In the order of enum plan_mtp3_variant. */
static const char *const mtp3_variants[] = { "itu", "ansi", "china", "japan", NULL };
/* In the order of enum plan_hops. */
static const char *const hop_words[] = { "once", "each", NULL };

/* In the order of RFC 5424 table 1. */
static const char *const syslog_facilities[] = { "kern",   "user",     "mail",   "daemon", "auth",   "syslog", "lpr",   "news",   "uucp",
						 "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock", "local0", "local1",
						 "local2", "local3",   "local4", "local5", "local6", "local7", NULL };
/* In the order of enum plan_snmp_version. */
static const char *const snmp_versions[] = { "v2c", "v3", NULL };
/* In the order of enum plan_severity. */
static const char *const severity_words[] = { "cleared", "warning", "minor", "major", "critical", NULL };

/* How addresses of receivers begin. */
static const char *const web_starts[] = { "https://", "http://", NULL };
static const char *const mail_starts[] = { "smtp://", "smtps://", NULL };
static const char *const syslog_starts[] = { "udp:", "tcp:", "unix:/", NULL };
static const char *const hep_starts[] = { "udp:", "tcp:", NULL };

static const struct schema_key plan_keys[] = {
#define KEY(path, type, member, minimum, maximum, preset, reloadable, document)                                                            \
	{ path, VALUE_##type, offsetof(struct plan, member), minimum, maximum, preset, NULL, false, reloadable, document },
#define LIST(path, type, member, preset, reloadable, document)                                                                             \
	{ path, VALUE_##type, offsetof(struct plan, member), 0, 0, preset, NULL, false, reloadable, document },
#define WORDS(path, member, words, preset, reloadable, document)                                                                           \
	{ path, VALUE_ENUM, offsetof(struct plan, member), 0, 0, preset, words, false, reloadable, document },
#define ADDRESS(path, type, member, starts, reloadable, document)                                                                          \
	{ path, VALUE_##type, offsetof(struct plan, member), 1, 0, NULL, starts, false, reloadable, document },
#include "config/schema.def"
#undef ADDRESS
#undef WORDS
#undef KEY
#undef LIST
};

/* In the order of enum plan_segment_kind. */
static const char *const segment_kinds[] = { "network", "brand", "range", "nodes", NULL };
static const char *const node_roles[] = { "hlr",  "hss", "auc",  "eir",  "stp",  "dra", "msc", "vlr",
					  "sgsn", "mme", "smsc", "cscf", "gmsc", "ipx", NULL };
/* In the order of enum outcome_class, those that an answer can have. */
static const char *const outcome_classes[] = { "success", "user", "network", "congestion", "abort", NULL };

#define SEGMENT(path, type, member, minimum, maximum, words, required, document)                                                           \
	{ path, VALUE_##type, offsetof(struct plan_segment, member), minimum, maximum, NULL, words, required, true, document },
#define PATTERNS(path, field, document) { path, VALUE_PATTERNS, PLAN_FIELD_##field, 0, 0, NULL, NULL, false, true, document },
static const struct schema_key segment_keys[] = {
	SEGMENT("name", NAME, name, 0, 0, NULL, true, "Stands in JSON and in labels of metrics.")
		SEGMENT("label", TEXT, label, 1, 0, NULL, false, "What people call it; its name when absent.") SEGMENT(
			"kind", ENUM, kind, 0, 0, segment_kinds, false,
			"What it is: a network, a brand on it, a number range, or a group of nodes.")
			SEGMENT("subscribers", COUNT64, subscribers, 0, 1e12, NULL, false,
				"How many subscribers it has, for the size of a fault.")
				PATTERNS("imsi", IMSI, "Leading digits of IMSIs, or a range such as 2341060-2341064.")
					PATTERNS("msisdn", MSISDN, "Leading digits of telephone numbers, or a range of them.") PATTERNS(
						"global_title", GLOBAL_TITLE,
						"Leading digits of calling or called global titles, a range, or a regular expression.")
						PATTERNS("point_code", POINT_CODE, "Point codes as decimal numbers.") PATTERNS(
							"host", HOST,
							"Regular expressions over Diameter Origin-Host and Destination-Host; upper and "
							"lower case are alike.")
							PATTERNS("realm", REALM,
								 "Regular expressions over Diameter Origin-Realm and Destination-Realm.")
								PATTERNS("apn", APN, "Regular expressions over access point names.")
};

#define NODE(path, type, member, minimum, maximum, words, required, document)                                                              \
	{ path, VALUE_##type, offsetof(struct plan_node, member), minimum, maximum, NULL, words, required, true, document },
static const struct schema_key node_keys[] = {
	NODE("name", TEXT, name, 1, 0, NULL, true, "What people call the node.")
		NODE("role", WORD, role, 0, 0, node_roles, false, "What it does.") NODE("global_title", DIGITS, global_title, 0, 0, NULL,
											false, "Its SCCP global title.")
			NODE("point_code", NUMBER, point_code, 1, 16777215, NULL, false, "Its point code, decimal.")
				NODE("host", TEXT, host, 1, 0, NULL, false, "Its Diameter host name; of what has no name, its IP address.")
};

#define OUTCOME(path, type, member, words, document)                                                                                       \
	{ path, VALUE_##type, offsetof(struct plan_outcome, member), 0, 0, NULL, words, true, true, document },
static const struct schema_key outcome_keys[] = { { "cause", VALUE_CAUSE, 0, 0, 0, NULL, NULL, true, true,
						    "Layer and number, such as map-error:8." },
						  OUTCOME("class", CLASS, class, outcome_classes, "What it counts as.") };

#define WORK(path, type, member, minimum, required, document)                                                                              \
	{ path, VALUE_##type, offsetof(struct maintenance_draft, member), minimum, 0, NULL, NULL, required, true, document },
static const struct schema_key maintenance_keys[] = {
	WORK("from", TEXT, from, 1, true,
	     "Its first moment, such as 2026-12-01 23:00, in calendar.time_zone unless it ends in Z or +01:00.")
		WORK("until", TEXT, until, 1, true, "Its end, written the same way.")
			WORK("words", TEXT, words, 1, false, "What is done, for people.")
				WORK("nodes", TEXTS, nodes, 0, false,
				     "Where: names of `nodes`, or global titles, pc:N, hosts. Without nodes and segments it is everywhere.")
					WORK("segments", TEXTS, segments, 0, false, "Where: names of `segments`.")
};

#define TABLE(keys)                                                                                                                        \
	{                                                                                                                                  \
		keys, sizeof(keys) / sizeof((keys)[0])                                                                                     \
	}
const struct schema_table schema_plan = TABLE(plan_keys);
const struct schema_table schema_segment = TABLE(segment_keys);
const struct schema_table schema_node = TABLE(node_keys);
const struct schema_table schema_outcome = TABLE(outcome_keys);
const struct schema_table schema_maintenance = TABLE(maintenance_keys);

const struct schema_key *schema_find(const struct schema_table *t, const char *path)
{
	for (size_t i = 0; i < t->count; i++) {
		if (strcmp(t->keys[i].path, path) == 0)
			return &t->keys[i];
	}
	return NULL;
}

/* What follows "section." in the path; the path itself for "". NULL when the path lies elsewhere. */
static const char *path_under(const char *path, const char *section)
{
	size_t length = strlen(section);

	if (length == 0)
		return path;
	return strncmp(path, section, length) == 0 && path[length] == '.' ? path + length + 1 : NULL;
}

bool schema_has_section(const struct schema_table *t, const char *section)
{
	for (size_t i = 0; i < t->count; i++) {
		if (section[0] && path_under(t->keys[i].path, section))
			return true;
	}
	return false;
}

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance of two words of at most WORD_LENGTH_MAX letters. */
static unsigned int word_distance(const char *a, const char *b)
{
	unsigned int rows[3][WORD_LENGTH_MAX + 1] = { { 0 } };
	unsigned int *before = rows[0];
	unsigned int *last = rows[1];
	unsigned int *row = rows[2];
	size_t length = strlen(b);

	for (size_t j = 0; j <= length; j++)
		last[j] = (unsigned int)j;
	for (size_t i = 1; a[i - 1]; i++) {
		unsigned int *spare = before;

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= length; j++) {
			row[j] = least(least(last[j], row[j - 1]) + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = last;
		last = row;
		row = spare;
	}
	return last[length];
}

void closest_offer(struct closest *c, const char *candidate)
{
	size_t length = strlen(c->word);
	unsigned int allowed = length > 8 ? (unsigned int)length / 3 : 2;
	unsigned int distance = 0;

	if (length > WORD_LENGTH_MAX || strlen(candidate) > WORD_LENGTH_MAX)
		return;
	distance = word_distance(c->word, candidate);
	if (distance <= allowed && distance < length && (!c->best || distance < c->distance)) {
		c->best = candidate;
		c->distance = distance;
	}
}

/* The words that may stand under the section, each once, joined by commas. */
static const char *words_under(const struct schema_table *t, const char *section, struct closest *c, struct arena *arena)
{
	const char *list = "";
	const char *previous = "";

	for (size_t i = 0; i < t->count; i++) {
		const char *rest = path_under(t->keys[i].path, section);
		size_t length = rest ? strcspn(rest, ".") : 0;
		const char *word = rest ? arena_text(arena, rest, length) : NULL;

		if (!word || strcmp(word, previous) == 0)
			continue;
		closest_offer(c, word);
		list = arena_format(arena, "%s%s%s", list, list[0] ? ", " : "", word);
		previous = word;
	}
	return list;
}

const char *schema_suggest(const struct schema_table *t, const char *section, const char *word, struct arena *arena)
{
	struct closest closest = { .word = word };
	const char *known = words_under(t, section, &closest, arena);

	if (closest.best)
		return arena_format(arena, "did you mean '%s'?", closest.best);
	for (size_t i = 0; i < t->count; i++) {
		const char *dot = strrchr(t->keys[i].path, '.');

		if (dot && strcmp(dot + 1, word) == 0)
			return arena_format(arena, "it belongs under '%.*s'", (int)(dot - t->keys[i].path), t->keys[i].path);
	}
	return arena_format(arena, "known here are %s", known);
}
