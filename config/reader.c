/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mappings and scalars: the walk along the YAML tree with the schema beside it. Lists are read by list.c, patterns by pattern.c.
 *
 * Every mistake is noted and the walk goes on, so that the operator sees all of them at once. Refused: unknown keys (with what was
 * probably meant), keys given twice, values of another kind or outside their range, keys without a value. The recursion follows the
 * sections of the schema, of which there is one level.
 */
#include "config/reader.h"

#include <string.h>

static const char *kind_words(const struct yaml *y)
{
	return y->kind == YAML_SEQUENCE ? "a list" : y->kind == YAML_MAPPING ? "a mapping" : "a single value";
}

bool reader_scalar(struct reader *r, const struct schema_key *k, const struct yaml *value, void *member)
{
	const char *wanted = value_wanted(k, r->scratch);
	enum value_verdict verdict = VALUE_WRONG_TYPE;

	if (value->kind != YAML_SCALAR) {
		mistake_note(r->mistakes, value->place, "'%s' is %s; it must be %s", k->path, kind_words(value), wanted);
		return false;
	}
	if (yaml_is_null(value)) {
		mistake_note(r->mistakes, value->key ? value->key->place : value->place, "'%s' has no value; give %s or remove the key",
			     k->path, wanted);
		return false;
	}
	verdict = value_read(k, r->arena, value->text, member);
	if (verdict == VALUE_WRONG_TYPE)
		mistake_note(r->mistakes, value->place, "'%s' is '%s'; it must be %s", k->path, value->text, wanted);
	if (verdict == VALUE_OUT_OF_RANGE)
		mistake_note(r->mistakes, value->place, "'%s' is '%s', which is out of range; it must be %s", k->path, value->text, wanted);
	return verdict == VALUE_GOOD;
}

void reader_value(struct reader *r, const struct schema_key *k, const struct yaml *value, void *base)
{
	/* Offsets of patterns are fields, and causes fill two members: both take the whole struct. */
	if (k->type < VALUE_SCALARS)
		reader_scalar(r, k, value, (char *)base + k->offset);
	else if (!yaml_is_null(value))
		reader_list(r, k, value, base);
}

/* The earlier entry with the same key, NULL when there is none. */
static const struct yaml *entry_earlier(const struct yaml *mapping, const struct yaml *entry)
{
	for (const struct yaml *other = mapping->first; other != entry; other = other->next) {
		if (strcmp(other->key->text, entry->key->text) == 0)
			return other;
	}
	return NULL;
}

static void reader_section(struct reader *r, const struct schema_table *t, const struct yaml *entry, const char *path, void *base)
{
	if (yaml_is_null(entry))
		return;
	if (entry->kind == YAML_MAPPING)
		reader_mapping(r, t, entry, path, base);
	else
		mistake_note(r->mistakes, entry->place, "'%s' is %s; write its keys below it, indented", path, kind_words(entry));
}

void reader_mapping(struct reader *r, const struct schema_table *t, const struct yaml *mapping, const char *section, void *base)
{
	for (const struct yaml *entry = mapping->first; entry; entry = entry->next) {
		const char *word = entry->key->text;
		const char *path = arena_format(r->scratch, "%s%s%s", section, section[0] ? "." : "", word);
		const struct schema_key *key = strchr(word, '.') ? NULL : schema_find(t, path);
		const struct yaml *earlier = entry_earlier(mapping, entry);

		if (earlier)
			mistake_note(r->mistakes, entry->key->place, "the key '%s' was already given in line %d; keep one of them", path,
				     earlier->key->place.line);
		else if (key)
			reader_value(r, key, entry, base);
		else if (!strchr(word, '.') && schema_has_section(t, path))
			reader_section(r, t, entry, path, base);
		else
			mistake_note(r->mistakes, entry->key->place, "unknown key '%s'; %s", path,
				     schema_suggest(t, section, word, r->scratch));
	}
}
