/* SPDX-License-Identifier: BSD-3-Clause */
/* Membership and comparison of places, see place.h. Pure functions, called by incident.c for every outcome of an open incident. */
#include "control/incident/place.h"

#include <string.h>

#define ENDINGS_WHOLE 8 /* of the ten with one last digit */

static bool part_is_everybody(const struct place_part *p)
{
	return !p->prefixes_bind && !p->servers_bind && !p->clients_bind && !p->segments_bind && !p->set_binds;
}

bool place_is_everywhere(const struct place *p)
{
	for (size_t i = 0; i < p->part_count; i++) {
		if (part_is_everybody(&p->parts[i]))
			return true;
	}
	return p->part_count == 0;
}

double place_everywhere_share(const struct place *p)
{
	for (size_t i = 0; i < p->part_count; i++) {
		if (part_is_everybody(&p->parts[i]))
			return p->parts[i].share;
	}
	return 0;
}

/* Words of numbers sort by their digits, so the only candidate is the greatest prefix not above the number. */
static bool prefixes_have(const struct place_part *p, digits imsi)
{
	size_t from = 0;
	size_t to = p->prefix_count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (p->prefixes[middle] <= imsi)
			from = middle + 1;
		else
			to = middle;
	}
	return from > 0 && digits_begin_with(imsi, p->prefixes[from - 1]);
}

static bool nodes_have(const node *nodes, size_t count, node n)
{
	for (size_t i = 0; i < count; i++) {
		if (nodes[i] == n)
			return true;
	}
	return false;
}

/* The value of a request in a dimension of sets. Buckets and names are known of streams only. */
static uint64_t request_value(const struct place_request *r, enum dimension dimension)
{
	if (dimension == DIMENSION_IMSI_ENDING)
		return r->imsi ? digits_ending(r->imsi) : UINT64_MAX;
	if (dimension == DIMENSION_ROUTE)
		return r->route;
	if (dimension == DIMENSION_PLMN)
		return r->plmn;
	if (dimension == DIMENSION_RAT)
		return r->rat;
	if (dimension == DIMENSION_DIRECTION)
		return r->direction;
	return UINT64_MAX;
}

static bool values_have(const uint64_t *list, size_t count, uint64_t value)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i] == value)
			return true;
	}
	return false;
}

static bool procedures_have(const struct place_part *p, procedure wanted)
{
	for (size_t i = 0; i < p->procedure_count; i++) {
		if (p->procedures[i] == wanted)
			return true;
	}
	return false;
}

bool place_part_has(const struct place_part *part, const struct place_request *r)
{
	if (part->prefixes_bind && !prefixes_have(part, r->imsi))
		return false;
	if (part->servers_bind && !nodes_have(part->servers, part->server_count, r->server))
		return false;
	if (part->clients_bind && !nodes_have(part->clients, part->client_count, r->client))
		return false;
	if (part->set_binds && !values_have(part->set, part->set_count, request_value(r, (enum dimension)part->set_dimension)))
		return false;
	if (part->procedures_bind && !procedures_have(part, r->procedure))
		return false;
	return !part->segments_bind || (part->segments & r->segments) != 0;
}

bool place_has_stream(const struct place *place, const struct stream_key *key)
{
	for (size_t i = 0; i < place->part_count; i++) {
		const struct place_part *p = &place->parts[i];

		if (key->dimension == DIMENSION_SERVER && nodes_have(p->servers, p->server_count, key->value))
			return true;
		if (key->dimension == DIMENSION_CLIENT && nodes_have(p->clients, p->client_count, key->value))
			return true;
		if (key->dimension == DIMENSION_SEGMENT && key->value < 64 && (p->segments >> key->value & 1))
			return true;
		if (key->dimension == p->set_dimension && values_have(p->set, p->set_count, key->value))
			return true;
		for (size_t j = 0; key->dimension == DIMENSION_IMSI_PREFIX && j < p->prefix_count; j++) {
			if (digits_begin_with(key->value, p->prefixes[j]) || digits_begin_with(p->prefixes[j], key->value))
				return true;
		}
	}
	return false;
}

bool place_has(const struct place *p, const struct place_request *r)
{
	for (size_t i = 0; i < p->part_count; i++) {
		if (place_part_has(&p->parts[i], r))
			return true;
	}
	return p->part_count == 0;
}

static size_t value_insert(uint64_t *list, size_t count, size_t room, uint64_t value)
{
	size_t at = count;

	while (at > 0 && list[at - 1] > value)
		at--;
	if ((at > 0 && list[at - 1] == value) || count == room)
		return count;
	memmove(&list[at + 1], &list[at], (count - at) * sizeof(*list));
	list[at] = value;
	return count + 1;
}

size_t place_set(const struct place *p, enum dimension dimension, uint64_t ret[PLACE_SET_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < p->part_count; i++) {
		for (size_t j = 0; p->parts[i].set_dimension == dimension && j < p->parts[i].set_count; j++)
			count = value_insert(ret, count, PLACE_SET_MAX, p->parts[i].set[j]);
	}
	return count;
}

size_t place_endings_complete(uint64_t set[PLACE_SET_MAX], size_t count)
{
	unsigned int of_digit[10] = { 0 };

	for (size_t i = 0; i < count; i++)
		of_digit[set[i] % 10]++;
	for (unsigned int ending = 0; ending < 100; ending++) {
		if (of_digit[ending % 10] >= ENDINGS_WHOLE)
			count = value_insert(set, count, PLACE_SET_MAX, ending);
	}
	return count;
}

enum dimension place_set_dimension(const struct place *p)
{
	for (size_t i = 0; i < p->part_count; i++) {
		if (p->parts[i].set_binds)
			return (enum dimension)p->parts[i].set_dimension;
	}
	return DIMENSION_ALL;
}

size_t place_prefixes(const struct place *p, digits ret[INCIDENT_PREFIXES_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < p->part_count; i++) {
		for (size_t j = 0; j < p->parts[i].prefix_count; j++)
			count = value_insert(ret, count, INCIDENT_PREFIXES_MAX, p->parts[i].prefixes[j]);
	}
	return count;
}

static size_t node_add(struct incident_node ret[INCIDENT_NODES_MAX], size_t count, node n, bool is_server)
{
	if (count == INCIDENT_NODES_MAX || n == 0)
		return count;
	for (size_t i = 0; i < count; i++) {
		if (ret[i].node == n && ret[i].is_server == is_server)
			return count;
	}
	ret[count] = (struct incident_node){ .node = n, .is_server = is_server };
	return count + 1;
}

size_t place_nodes(const struct place *p, struct incident_node ret[INCIDENT_NODES_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < p->vanished_count; i++)
		count = node_add(ret, count, p->vanished[i], true);
	for (size_t i = 0; i < p->part_count; i++) {
		for (size_t j = 0; j < p->parts[i].server_count; j++)
			count = node_add(ret, count, p->parts[i].servers[j], true);
	}
	count = node_add(ret, count, p->stand_in, true);
	for (size_t i = 0; i < p->part_count; i++) {
		for (size_t j = 0; j < p->parts[i].client_count; j++)
			count = node_add(ret, count, p->parts[i].clients[j], false);
		for (size_t j = 0; p->parts[i].set_dimension == DIMENSION_ROUTE && j < p->parts[i].set_count; j++)
			count = node_add(ret, count, p->parts[i].set[j], true);
	}
	return count;
}

static bool nodes_are_same(const struct place *a, const struct place *b)
{
	struct incident_node x[INCIDENT_NODES_MAX];
	struct incident_node y[INCIDENT_NODES_MAX];
	size_t count = place_nodes(a, x);

	if (count != place_nodes(b, y))
		return false;
	for (size_t i = 0; i < count; i++) {
		bool is_found = false;

		for (size_t j = 0; j < count && !is_found; j++)
			is_found = x[i].node == y[j].node && x[i].is_server == y[j].is_server;
		if (!is_found)
			return false;
	}
	return true;
}

static bool sets_are_same(const struct place *a, const struct place *b)
{
	enum dimension dimension = place_set_dimension(a);
	uint64_t x[PLACE_SET_MAX];
	uint64_t y[PLACE_SET_MAX];
	size_t count;

	if (dimension != place_set_dimension(b))
		return false;
	count = place_set(a, dimension, x);
	return count == place_set(b, dimension, y) && memcmp(x, y, count * sizeof(*x)) == 0;
}

bool place_is_same(const struct place *a, const struct place *b)
{
	digits x[INCIDENT_PREFIXES_MAX];
	digits y[INCIDENT_PREFIXES_MAX];
	size_t count = place_prefixes(a, x);

	if (count != place_prefixes(b, y) || memcmp(x, y, count * sizeof(*x)) != 0)
		return false;
	return a->segments == b->segments && nodes_are_same(a, b) && sets_are_same(a, b);
}

static bool words_are_same(bool a_binds, const uint64_t *a, size_t a_count, bool b_binds, const uint64_t *b, size_t b_count)
{
	if (a_binds != b_binds)
		return false;
	return !a_binds || (a_count == b_count && memcmp(a, b, a_count * sizeof(*a)) == 0);
}

/* What does not bind only describes, and may differ. */
static bool parts_hold_same(const struct place_part *a, const struct place_part *b)
{
	if (a->segments_bind != b->segments_bind || (a->segments_bind && a->segments != b->segments))
		return false;
	if (a->set_binds && b->set_binds && a->set_dimension != b->set_dimension)
		return false;
	if (a->procedures_bind != b->procedures_bind || (a->procedures_bind && a->procedure_count != b->procedure_count))
		return false;
	if (a->procedures_bind && memcmp(a->procedures, b->procedures, a->procedure_count * sizeof(a->procedures[0])) != 0)
		return false;
	return words_are_same(a->prefixes_bind, a->prefixes, a->prefix_count, b->prefixes_bind, b->prefixes, b->prefix_count) &&
	       words_are_same(a->servers_bind, a->servers, a->server_count, b->servers_bind, b->servers, b->server_count) &&
	       words_are_same(a->clients_bind, a->clients, a->client_count, b->clients_bind, b->clients, b->client_count) &&
	       words_are_same(a->set_binds, a->set, a->set_count, b->set_binds, b->set, b->set_count);
}

bool place_holds_same(const struct place *a, const struct place *b)
{
	if (a->part_count != b->part_count)
		return false;
	for (size_t i = 0; i < a->part_count; i++) {
		if (!parts_hold_same(&a->parts[i], &b->parts[i]))
			return false;
	}
	return true;
}

static bool is_within(digits prefix, const digits *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (digits_begin_with(prefix, list[i]))
			return true;
	}
	return false;
}

bool place_lies_in(const struct place *inner, const struct place *outer)
{
	digits inside[INCIDENT_PREFIXES_MAX];
	digits around[INCIDENT_PREFIXES_MAX];
	size_t inside_count = place_prefixes(inner, inside);
	size_t around_count = place_prefixes(outer, around);

	if (place_is_same(inner, outer))
		return true;
	for (size_t i = 0; i < inside_count; i++) {
		if (!is_within(inside[i], around, around_count))
			return false;
	}
	return inside_count > 0 && !place_is_everywhere(inner);
}

void place_describe(const struct place *p, struct alarm *a)
{
	uint64_t set[PLACE_SET_MAX];
	size_t count;

	a->segments = p->segments;
	a->prefix_count = place_prefixes(p, a->prefixes);
	a->node_count = place_nodes(p, a->nodes);
	a->set_dimension = (uint8_t)place_set_dimension(p);
	count = a->set_dimension == DIMENSION_ALL ? 0 : place_set(p, (enum dimension)a->set_dimension, set);
	a->set_count = count < INCIDENT_SET_MAX ? count : INCIDENT_SET_MAX;
	memcpy(a->set, set, a->set_count * sizeof(a->set[0]));
}
