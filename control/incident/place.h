/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a fault is: the union of a few parts, each the requests that share a set of prefixes, servers, clients or a segment.
 * A plain value, owned by whoever holds it.
 */
#ifndef SIGCANARY_INCIDENT_PLACE_H
#define SIGCANARY_INCIDENT_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/incident/incident.h"

#define PLACE_PARTS_MAX 3

/* Sets that bind say which requests belong; the others only describe the same requests another way. All empty: everybody. */
struct place_part {
	digits prefixes[INCIDENT_PREFIXES_MAX]; /* ascending, none the beginning of another */
	size_t prefix_count;
	node servers[INCIDENT_NODES_MAX];
	size_t server_count;
	node clients[INCIDENT_NODES_MAX];
	size_t client_count;
	uint64_t segments;
	bool prefixes_bind, servers_bind, clients_bind, segments_bind;
	double share; /* of its subscribers that fail */
};

struct place {
	struct place_part parts[PLACE_PARTS_MAX];
	size_t part_count;
	uint64_t segments;                 /* configured segments that are hit */
	uint64_t only_segments;            /* of these, the ones that together describe the place as well as anything does */
	node stand_in;                     /* answers most failures and is not the one that is asked (an agent, an STP); 0: none */
	node vanished[INCIDENT_NODES_MAX]; /* servers that answered before and are not seen any more */
	size_t vanished_count;
};

/* Whether anybody may be hit: a part without any binding set, or no part at all. */
bool place_is_everywhere(const struct place *p);

/* Whether a request belongs to a part, to the place. */
bool place_part_has(const struct place_part *part, digits imsi, node server, node client, uint64_t segments);
bool place_has(const struct place *p, digits imsi, node server, node client, uint64_t segments);

/* Share of everybody that the part without binding sets takes; 0 when there is none. */
double place_everywhere_share(const struct place *p);

/* Prefixes and nodes of all parts, each once, ascending. */
size_t place_prefixes(const struct place *p, digits ret[INCIDENT_PREFIXES_MAX]);
size_t place_nodes(const struct place *p, struct incident_node ret[INCIDENT_NODES_MAX]);

/* Whether `inner` is a part of `outer`: the same, or ranges that all begin with ranges of the other. */
bool place_lies_in(const struct place *inner, const struct place *outer);

/* Whether both name the same prefixes, nodes and segments. */
bool place_is_same(const struct place *a, const struct place *b);

#endif
