/* SPDX-License-Identifier: BSD-3-Clause */
/* A place as JSON and back, see memo.h. Hashed nodes are in another order in another run, so sets are sorted when they are read. */
#include <stdlib.h>
#include <string.h>

#include "control/incident/memo.h"

static int value_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static json_t *set_json(const struct memo_scene *s, enum dimension dimension, const uint64_t *values, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		json_t *value = memo_value(s, dimension, values[i]);

		if (value)
			json_array_append_new(list, value);
	}
	return list;
}

static size_t set_read(const struct memo_scene *s, enum dimension dimension, const json_t *list, uint64_t *ret, size_t room)
{
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(list) && count < room; i++)
		count += memo_value_read(s, dimension, json_array_get(list, i), &ret[count]);
	if (count > 1)
		qsort(ret, count, sizeof(*ret), value_compare);
	return count;
}

static json_t *procedures_json(const struct place_part *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->procedure_count; i++) {
		json_t *name = memo_procedure(p->procedures[i]);

		if (name)
			json_array_append_new(list, name);
	}
	return list;
}

static int procedure_compare(const void *a, const void *b)
{
	return (int)*(const procedure *)a - (int)*(const procedure *)b;
}

static void procedures_read(struct place_part *p, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list) && p->procedure_count < INCIDENT_PROCEDURES_MAX; i++)
		p->procedure_count += memo_procedure_read(json_array_get(list, i), &p->procedures[p->procedure_count]);
	if (p->procedure_count > 1)
		qsort(p->procedures, p->procedure_count, sizeof(p->procedures[0]), procedure_compare);
}

static json_t *part_json(const struct memo_scene *s, const struct place_part *p)
{
	json_t *part = json_object();

	json_object_set_new(part, "share", json_real(p->share));
	json_object_set_new(part, "prefixes", set_json(s, DIMENSION_IMSI_PREFIX, p->prefixes, p->prefix_count));
	json_object_set_new(part, "prefixes_bind", json_boolean(p->prefixes_bind));
	json_object_set_new(part, "servers", set_json(s, DIMENSION_SERVER, p->servers, p->server_count));
	json_object_set_new(part, "servers_bind", json_boolean(p->servers_bind));
	json_object_set_new(part, "clients", set_json(s, DIMENSION_CLIENT, p->clients, p->client_count));
	json_object_set_new(part, "clients_bind", json_boolean(p->clients_bind));
	json_object_set_new(part, "segments", memo_segments(s, p->segments));
	json_object_set_new(part, "segments_bind", json_boolean(p->segments_bind));
	json_object_set_new(part, "dimension", json_string(memo_dimension((enum dimension)p->set_dimension)));
	json_object_set_new(part, "set", set_json(s, (enum dimension)p->set_dimension, p->set, p->set_count));
	json_object_set_new(part, "set_binds", json_boolean(p->set_binds));
	json_object_set_new(part, "procedures", procedures_json(p));
	json_object_set_new(part, "procedures_bind", json_boolean(p->procedures_bind));
	return part;
}

static bool is_true(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

/* False when of what binds nothing is left: the part would be everybody. */
static bool part_read(const struct memo_scene *s, const json_t *json, struct place_part *p)
{
	enum dimension dimension = memo_dimension_read(json_object_get(json, "dimension"));

	memset(p, 0, sizeof(*p));
	p->share = memo_number(json, "share");
	p->prefix_count = set_read(s, DIMENSION_IMSI_PREFIX, json_object_get(json, "prefixes"), p->prefixes, INCIDENT_PREFIXES_MAX);
	p->server_count = set_read(s, DIMENSION_SERVER, json_object_get(json, "servers"), p->servers, INCIDENT_NODES_MAX);
	p->client_count = set_read(s, DIMENSION_CLIENT, json_object_get(json, "clients"), p->clients, INCIDENT_NODES_MAX);
	p->segments = memo_segments_read(s, json_object_get(json, "segments"));
	p->set_dimension = (uint8_t)(dimension < DIMENSION_COUNT ? dimension : DIMENSION_ALL);
	p->set_count = set_read(s, (enum dimension)p->set_dimension, json_object_get(json, "set"), p->set, PLACE_SET_MAX);
	procedures_read(p, json_object_get(json, "procedures"));
	p->prefixes_bind = is_true(json, "prefixes_bind");
	p->servers_bind = is_true(json, "servers_bind");
	p->clients_bind = is_true(json, "clients_bind");
	p->segments_bind = is_true(json, "segments_bind");
	p->set_binds = is_true(json, "set_binds");
	p->procedures_bind = is_true(json, "procedures_bind");
	return !((p->prefixes_bind && p->prefix_count == 0) || (p->servers_bind && p->server_count == 0) ||
		 (p->clients_bind && p->client_count == 0) || (p->segments_bind && p->segments == 0) ||
		 (p->set_binds && p->set_count == 0) || (p->procedures_bind && p->procedure_count == 0));
}

json_t *memo_place(const struct memo_scene *s, const struct place *place)
{
	json_t *object = json_object();
	json_t *parts = json_array();
	json_t *stand_in = memo_value(s, DIMENSION_SERVER, place->stand_in);

	for (size_t i = 0; i < place->part_count; i++)
		json_array_append_new(parts, part_json(s, &place->parts[i]));
	json_object_set_new(object, "parts", parts);
	json_object_set_new(object, "segments", memo_segments(s, place->segments));
	json_object_set_new(object, "only_segments", memo_segments(s, place->only_segments));
	if (stand_in)
		json_object_set_new(object, "stand_in", stand_in);
	json_object_set_new(object, "vanished", set_json(s, DIMENSION_SERVER, place->vanished, place->vanished_count));
	json_object_set_new(object, "is_unproven", json_boolean(place->is_unproven));
	return object;
}

bool memo_place_read(const struct memo_scene *s, const json_t *json, struct place *ret)
{
	const json_t *parts = json_object_get(json, "parts");
	bool is_whole = true;

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < json_array_size(parts) && ret->part_count < PLACE_PARTS_MAX; i++) {
		struct place_part *part = &ret->parts[ret->part_count];

		if (part_read(s, json_array_get(parts, i), part)) {
			ret->part_count++;
			continue;
		}
		memset(part, 0, sizeof(*part));
		is_whole = false;
	}
	ret->segments = memo_segments_read(s, json_object_get(json, "segments"));
	ret->only_segments = memo_segments_read(s, json_object_get(json, "only_segments"));
	if (!memo_value_read(s, DIMENSION_SERVER, json_object_get(json, "stand_in"), &ret->stand_in))
		ret->stand_in = 0;
	ret->vanished_count = set_read(s, DIMENSION_SERVER, json_object_get(json, "vanished"), ret->vanished, INCIDENT_NODES_MAX);
	ret->is_unproven = is_true(json, "is_unproven");
	return is_whole;
}
