/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lists of the configuration: ports, arguments, timeouts, segments, nodes, outcomes. One function per kind, chosen by the schema's type.
 *
 * Refused: items that are not of their kind, more ports or segments than the plan holds, two segments, nodes or outcomes of one name,
 * a segment without a pattern, a node without an address, an unknown procedure. All is noted and the rest read on. Called by control.
 */
#include <stdint.h>
#include <string.h>

#include "config/reader.h"
#include "dataplane/codes/codes.h"

static const struct schema_key port_key = { .path = "port", .type = VALUE_PORT, .minimum = 1, .maximum = 65535 };
static const struct schema_key text_key = { .path = "argument", .type = VALUE_TEXT, .minimum = 1 };

_Static_assert(sizeof(((struct plan *)NULL)->timeouts) == 512 * sizeof(nanos), "one timeout per procedure; scripts/generate-codes knows");

bool reader_expects_list(struct reader *r, const struct schema_key *k, const struct yaml *value)
{
	if (value->kind == YAML_SEQUENCE)
		return true;
	mistake_note(r->mistakes, value->place, "'%s' is not a list; write its items one per line, each after '- '", k->path);
	return false;
}

static void ports_read(struct reader *r, const struct schema_key *k, const struct yaml *value, void *base)
{
	struct plan *plan = base;
	bool is_diameter = k->offset == offsetof(struct plan, diameter_ports);
	uint16_t *ports = is_diameter ? plan->diameter_ports : plan->m3ua_ports;
	size_t count = 0;

	if (!reader_expects_list(r, k, value))
		return;
	for (const struct yaml *one = value->first; one; one = one->next) {
		uint16_t port = 0;

		if (count == PLAN_PORTS_MAX) {
			mistake_note(r->mistakes, one->place, "more than %d ports; remove some", PLAN_PORTS_MAX);
			break;
		}
		if (reader_scalar(r, &port_key, one, &port))
			ports[count++] = port;
	}
	if (is_diameter)
		plan->diameter_port_count = count;
	else
		plan->m3ua_port_count = count;
}

static void texts_read(struct reader *r, const struct schema_key *k, const struct yaml *value, void *base)
{
	const struct schema_key address_key = { .path = k->path, .type = VALUE_ADDRESS, .minimum = 1, .words = k->words };
	const char **texts = NULL;
	size_t count = 0;

	if (!reader_expects_list(r, k, value))
		return;
	texts = arena_take(r->arena, (value->count + 1) * sizeof(*texts));
	for (const struct yaml *one = value->first; one; one = one->next)
		count += reader_scalar(r, k->type == VALUE_ADDRESSES ? &address_key : &text_key, one, &texts[count]);
	*(const char *const **)((char *)base + k->offset) = texts;
}

static void procedure_note(struct reader *r, const struct yaml *entry)
{
	struct closest closest = { .word = entry->key->text };

	for (procedure p = 0; p < procedure_count(); p++)
		closest_offer(&closest, procedure_row(p)->name);
	if (closest.best)
		mistake_note(r->mistakes, entry->key->place, "unknown procedure '%s'; did you mean '%s'?", entry->key->text, closest.best);
	else
		mistake_note(r->mistakes, entry->key->place,
			     "unknown procedure '%s'; names are such as map.updateLocation, map.sendAuthenticationInfo, s6a.ulr or cx.sar",
			     entry->key->text);
}

static void timeouts_read(struct reader *r, const struct schema_key *k, const struct yaml *value, void *base)
{
	struct plan *plan = base;

	if (value->kind != YAML_MAPPING) {
		mistake_note(r->mistakes, value->place, "'%s' is not a mapping; write lines such as 'map.updateLocation: 30 s'", k->path);
		return;
	}
	for (const struct yaml *entry = value->first; entry; entry = entry->next) {
		const struct schema_key key = { .path = entry->key->text, .type = VALUE_DURATION, .minimum = 0.1, .maximum = 3600 };
		procedure p = procedure_of_name(entry->key->text);

		if (p == PROCEDURE_NONE)
			procedure_note(r, entry);
		else if (plan->timeouts[p])
			mistake_note(r->mistakes, entry->key->place, "the timeout of '%s' was already given; keep one of them",
				     entry->key->text);
		else
			reader_scalar(r, &key, entry, &plan->timeouts[p]);
	}
}

const struct yaml *reader_entry(const struct yaml *item, const char *key)
{
	for (const struct yaml *entry = item->first; entry; entry = entry->next) {
		if (strcmp(entry->key->text, key) == 0)
			return entry;
	}
	return NULL;
}

bool reader_item(struct reader *r, const struct schema_table *t, const struct yaml *item, void *base)
{
	if (item->kind != YAML_MAPPING) {
		mistake_note(r->mistakes, item->place, "not a mapping; write '- %s: ...' and the other keys below it", t->keys[0].path);
		return false;
	}
	reader_mapping(r, t, item, "", base);
	for (size_t i = 0; i < t->count; i++) {
		if (t->keys[i].is_required && !reader_entry(item, t->keys[i].path))
			mistake_note(r->mistakes, item->place, "'%s' is missing; add it", t->keys[i].path);
	}
	return true;
}

/* Where the value of an item's key stands; the item itself when it lacks the key. */
static struct place item_place(const struct yaml *item, const char *key)
{
	const struct yaml *entry = reader_entry(item, key);

	return entry ? entry->place : item->place;
}

static bool segment_name_is_taken(const struct plan_segment *segments, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(segments[i].name, name) == 0)
			return true;
	}
	return strcmp(name, "all") == 0;
}

static bool segment_read(struct reader *r, const struct yaml *item, struct plan_segment *ret)
{
	struct segment_draft draft = { .segment = { .kind = PLAN_SEGMENT_RANGE } };
	size_t before = r->mistakes->count;

	if (!reader_item(r, &schema_segment, item, &draft))
		return false;
	if (draft.segment.pattern_count == 0 && r->mistakes->count == before)
		mistake_note(r->mistakes, item->place,
			     "the segment '%s' is empty; give it imsi, msisdn, global_title, point_code, host, realm or apn",
			     draft.segment.name);
	if (!draft.segment.name)
		return false;
	if (!draft.segment.label)
		draft.segment.label = draft.segment.name;
	*ret = draft.segment;
	return true;
}

static void segments_read(struct reader *r, const struct schema_key *k, const struct yaml *value, void *base)
{
	struct plan *plan = base;
	struct plan_segment *segments = arena_take(r->arena, PLAN_SEGMENTS_MAX * sizeof(*segments));
	size_t count = 0;

	if (!reader_expects_list(r, k, value))
		return;
	for (const struct yaml *item = value->first; item; item = item->next) {
		struct plan_segment segment;

		if (!segment_read(r, item, &segment))
			continue;
		if (segment_name_is_taken(segments, count, segment.name))
			mistake_note(r->mistakes, item_place(item, "name"),
				     "the name '%s' is taken; give every segment a name of its own%s", segment.name,
				     strcmp(segment.name, "all") == 0 ? " ('all' is everything)" : "");
		else if (count == PLAN_SEGMENTS_MAX)
			mistake_note(r->mistakes, item->place, "more than %d segments; join or remove some", PLAN_SEGMENTS_MAX);
		else
			segments[count++] = segment;
	}
	plan->segments = segments;
	plan->segment_count = count;
}

static void nodes_read(struct reader *r, const struct schema_key *k, const struct yaml *value, void *base)
{
	struct plan *plan = base;
	struct plan_node *nodes = arena_take(r->arena, value->count * sizeof(*nodes));
	size_t count = 0;

	if (!reader_expects_list(r, k, value))
		return;
	for (const struct yaml *item = value->first; item; item = item->next) {
		struct plan_node *node = &nodes[count];
		size_t before = r->mistakes->count;

		if (!reader_item(r, &schema_node, item, node) || r->mistakes->count > before)
			continue;
		if (!node->global_title && !node->point_code && !node->host)
			mistake_note(r->mistakes, item->place, "the node '%s' has no address; give it global_title, point_code or host",
				     node->name);
		for (size_t i = 0; i < count; i++) {
			if (strcmp(nodes[i].name, node->name) == 0)
				mistake_note(r->mistakes, item_place(item, "name"), "the node name '%s' is taken; give every node its own",
					     node->name);
		}
		count++;
	}
	plan->nodes = nodes;
	plan->node_count = count;
}

static void outcomes_read(struct reader *r, const struct schema_key *k, const struct yaml *value, void *base)
{
	struct plan *plan = base;
	struct plan_outcome *outcomes = arena_take(r->arena, value->count * sizeof(*outcomes));
	size_t count = 0;

	if (!reader_expects_list(r, k, value))
		return;
	for (const struct yaml *item = value->first; item; item = item->next) {
		struct plan_outcome *outcome = &outcomes[count];
		size_t before = r->mistakes->count;

		if (!reader_item(r, &schema_outcome, item, outcome) || r->mistakes->count > before)
			continue;
		for (size_t i = 0; i < count; i++) {
			if (outcomes[i].cause_layer == outcome->cause_layer && outcomes[i].cause == outcome->cause)
				mistake_note(r->mistakes, item_place(item, "cause"), "this cause already has a class; keep one of them");
		}
		count++;
	}
	plan->outcomes = outcomes;
	plan->outcome_count = count;
}

/* Names segments that may stand behind it: kept for reader_calendar(). */
static void maintenance_note(struct reader *r, const struct schema_key *k, const struct yaml *value, void *base)
{
	(void)base;
	if (reader_expects_list(r, k, value))
		r->maintenance = value;
}

void reader_list(struct reader *r, const struct schema_key *k, const struct yaml *value, void *base)
{
	static void (*const readers[])(struct reader *, const struct schema_key *, const struct yaml *, void *) = {
		[VALUE_PORTS - VALUE_SCALARS] = ports_read,
		[VALUE_TEXTS - VALUE_SCALARS] = texts_read,
		[VALUE_ADDRESSES - VALUE_SCALARS] = texts_read,
		[VALUE_TIMEOUTS - VALUE_SCALARS] = timeouts_read,
		[VALUE_SEGMENTS - VALUE_SCALARS] = segments_read,
		[VALUE_NODES - VALUE_SCALARS] = nodes_read,
		[VALUE_OUTCOMES - VALUE_SCALARS] = outcomes_read,
		[VALUE_DATES - VALUE_SCALARS] = reader_dates,
		[VALUE_MAINTENANCE - VALUE_SCALARS] = maintenance_note,
	};

	if (k->type == VALUE_PATTERNS)
		reader_patterns(r, (enum plan_field)k->offset, value, base);
	else
		readers[k->type - VALUE_SCALARS](r, k, value, base);
}
