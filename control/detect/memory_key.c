/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names of streams over a restart. Owned by control, called by memory.c. Buckets are hashed with the run's key: they are the same only for
 * the same key, which a replay has. A segment with other patterns is another segment.
 */
#include "control/detect/memory_key.h"

#include <stdio.h>
#include <string.h>

#include "dataplane/node.h"

const char *memory_procedure_text(procedure p)
{
	const struct procedure_row *row = procedure_row(p);

	return row != NULL ? row->name : p == PROCEDURE_REGISTRATION ? "registration" : NULL;
}

procedure memory_procedure_of_text(const char *text)
{
	return strcmp(text, "registration") == 0 ? PROCEDURE_REGISTRATION : procedure_of_name(text);
}

static bool node_text(const struct memory_scene *scene, node n, char *text, size_t room)
{
	char own[NODE_TEXT_MAX];
	const char *name = NULL;

	if (node_is_named(n)) {
		name = scene->name_of != NULL ? scene->name_of(scene->names, n) : NULL;
	} else {
		node_write(n, own);
		name = own;
	}
	return name != NULL && (size_t)snprintf(text, room, "%s", name) < room;
}

static bool value_text(const struct memory_scene *scene, const struct stream_key *key, char *text, size_t room)
{
	char number[DIGITS_TEXT_MAX];

	if (key->dimension == DIMENSION_SERVER || key->dimension == DIMENSION_CLIENT || key->dimension == DIMENSION_ROUTE ||
	    key->dimension == DIMENSION_NAMED)
		return node_text(scene, key->value, text, room);
	if (key->dimension == DIMENSION_SEGMENT)
		return key->value < scene->plan->segment_count &&
		       (size_t)snprintf(text, room, "%s", scene->plan->segments[key->value].name) < room;
	if (key->dimension == DIMENSION_IMSI_PREFIX) {
		digits_write(key->value, number);
		return (size_t)snprintf(text, room, "%s", number) < room;
	}
	return (size_t)snprintf(text, room, "%llu", (unsigned long long)key->value) < room;
}

bool memory_key_text(const struct memory_scene *scene, const struct stream_key *key, char text[MEMORY_KEY_MAX])
{
	const char *name = memory_procedure_text(key->procedure);
	int length;

	if (name == NULL)
		return false;
	length = snprintf(text, MEMORY_KEY_MAX, "%s %s ", dimension_names[key->dimension], name);
	return length > 0 && length < MEMORY_KEY_MAX && value_text(scene, key, text + length, MEMORY_KEY_MAX - (size_t)length);
}

static uint64_t fingerprint_add(uint64_t sum, uint64_t word)
{
	return hash_mix(sum ^ hash_mix(word));
}

static uint64_t fingerprint_text(uint64_t sum, const char *text)
{
	for (; *text != '\0'; text++)
		sum = fingerprint_add(sum, (uint64_t)(unsigned char)*text);
	return sum;
}

static uint64_t segment_fingerprint(const struct plan_segment *segment)
{
	uint64_t sum = segment->pattern_count;

	for (size_t i = 0; i < segment->pattern_count; i++) {
		const struct plan_pattern *p = &segment->patterns[i];

		sum = fingerprint_add(fingerprint_add(fingerprint_add(sum, p->field), p->prefix), p->number);
		if (p->expression != NULL)
			sum = fingerprint_text(sum, p->expression);
	}
	return sum;
}

uint64_t memory_fingerprint(const struct memory_scene *scene, const struct stream_key *key)
{
	if (key->dimension == DIMENSION_SEGMENT && key->value < scene->plan->segment_count)
		return segment_fingerprint(&scene->plan->segments[key->value]);
	if (key->dimension == DIMENSION_IMSI_BUCKET)
		return fingerprint_add(scene->plan->hash_key.k[0], scene->plan->hash_key.k[1]);
	return 0;
}

bool memory_segments_are_same(const struct plan *a, const struct plan *b)
{
	if (a->segment_count != b->segment_count)
		return false;
	for (size_t i = 0; i < a->segment_count; i++)
		if (strcmp(a->segments[i].name, b->segments[i].name) != 0 ||
		    segment_fingerprint(&a->segments[i]) != segment_fingerprint(&b->segments[i]))
			return false;
	return true;
}
