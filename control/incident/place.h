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
#include "dataplane/tally.h"

#define PLACE_PARTS_MAX 5
#define PLACE_SET_MAX   100

/* What of a request says where it belongs; what is not known is 0. */
struct place_request {
	digits imsi;
	node server, client, route;
	uint64_t segments;
	uint32_t plmn;
	procedure procedure;
	uint8_t rat, direction;
};

/* Sets that bind say which requests belong; the others only describe the same requests another way. All empty: everybody. */
struct place_part {
	digits prefixes[INCIDENT_PREFIXES_MAX]; /* ascending, none the beginning of another */
	size_t prefix_count;
	node servers[INCIDENT_NODES_MAX];
	size_t server_count;
	node clients[INCIDENT_NODES_MAX];
	size_t client_count;
	uint64_t segments;
	/* Values of one more dimension: endings, buckets, routes, networks, radio accesses, directions, names; DIMENSION_ALL: none. */
	uint8_t set_dimension;
	uint64_t set[PLACE_SET_MAX]; /* ascending */
	size_t set_count;
	procedure procedures[INCIDENT_PROCEDURES_MAX]; /* pairs: only these, ascending */
	size_t procedure_count;
	bool prefixes_bind, servers_bind, clients_bind, segments_bind, set_binds, procedures_bind;
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
	bool is_unproven; /* counts are not uneven enough to say it: the detector's first suspect, or where it has been */
};

/* Whether anybody may be hit: a part without any binding set, or no part at all. */
bool place_is_everywhere(const struct place *p);

/* Whether a request belongs to a part, to the place. */
bool place_part_has(const struct place_part *part, const struct place_request *r);
bool place_has(const struct place *p, const struct place_request *r);

/* Whether a stream is of the place, or is a prefix that holds some of it. */
bool place_has_stream(const struct place *place, const struct stream_key *key);

/* Share of everybody that the part without binding sets takes; 0 when there is none. */
double place_everywhere_share(const struct place *p);

/* Prefixes and nodes of all parts, each once, ascending. */
size_t place_prefixes(const struct place *p, digits ret[INCIDENT_PREFIXES_MAX]);
size_t place_nodes(const struct place *p, struct incident_node ret[INCIDENT_NODES_MAX]);

/* The values of `dimension` in the sets of all parts, each once, ascending. */
size_t place_set(const struct place *p, enum dimension dimension, uint64_t ret[PLACE_SET_MAX]);

/*
 * Of IMSI endings, ascending: where nearly all of one last digit are in the set, the others of it are too. Partitions are cut at it, and
 * the rest has not been tried often enough. Returns how many there are then.
 */
size_t place_endings_complete(uint64_t set[PLACE_SET_MAX], size_t count);

/* The first part's set that binds, DIMENSION_ALL when there is none. */
enum dimension place_set_dimension(const struct place *p);

/* Writes the place into an alarm: segments, prefixes, nodes, further values. */
void place_describe(const struct place *p, struct alarm *a);

/* Whether `inner` is a part of `outer`: the same, or ranges that all begin with ranges of the other. */
bool place_lies_in(const struct place *inner, const struct place *outer);

/* Whether both name the same prefixes, nodes and segments. */
bool place_is_same(const struct place *a, const struct place *b);

/* Whether the same requests belong to both, as far as their sets that bind tell. */
bool place_holds_same(const struct place *a, const struct place *b);

#endif
