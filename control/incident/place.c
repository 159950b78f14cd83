/* SPDX-License-Identifier: BSD-3-Clause */
/* Membership and comparison of places, see place.h. Pure functions, called by incident.c for every outcome of an open incident. */
#include "control/incident/place.h"

#include <string.h>

static bool part_is_everybody(const struct place_part *p)
{
	return !p->prefixes_bind && !p->servers_bind && !p->clients_bind && !p->segments_bind;
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

bool place_part_has(const struct place_part *part, digits imsi, node server, node client, uint64_t segments)
{
	if (part->prefixes_bind && !prefixes_have(part, imsi))
		return false;
	if (part->servers_bind && !nodes_have(part->servers, part->server_count, server))
		return false;
	if (part->clients_bind && !nodes_have(part->clients, part->client_count, client))
		return false;
	return !part->segments_bind || (part->segments & segments) != 0;
}

bool place_has(const struct place *p, digits imsi, node server, node client, uint64_t segments)
{
	for (size_t i = 0; i < p->part_count; i++) {
		if (place_part_has(&p->parts[i], imsi, server, client, segments))
			return true;
	}
	return p->part_count == 0;
}

size_t place_prefixes(const struct place *p, digits ret[INCIDENT_PREFIXES_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < p->part_count; i++) {
		for (size_t j = 0; j < p->parts[i].prefix_count && count < INCIDENT_PREFIXES_MAX; j++) {
			digits prefix = p->parts[i].prefixes[j];
			size_t at = count;

			while (at > 0 && ret[at - 1] > prefix)
				at--;
			if (at > 0 && ret[at - 1] == prefix)
				continue;
			memmove(&ret[at + 1], &ret[at], (count - at) * sizeof(*ret));
			ret[at] = prefix;
			count++;
		}
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

bool place_is_same(const struct place *a, const struct place *b)
{
	digits x[INCIDENT_PREFIXES_MAX];
	digits y[INCIDENT_PREFIXES_MAX];
	size_t count = place_prefixes(a, x);

	if (count != place_prefixes(b, y) || memcmp(x, y, count * sizeof(*x)) != 0)
		return false;
	return a->segments == b->segments && nodes_are_same(a, b);
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
