/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Streams by their names, for tick files: what control/sink/ticks.h writes is read back to the same keys, and names of others become
 * streams that only their text names (DIMENSION_NAMED). Owned by one thread.
 *
 * "s6a.ulr/imsi=23410", "registration"   ours: procedure, dimension and value
 * "all", "total", "network", "*"         the first of them is everything: PROCEDURE_NONE, DIMENSION_ALL
 * "s6a.ulr/hss-1"                        a named stream of that procedure, which is a part of "s6a.ulr"
 * "london/hlr-1"                         a named stream of PROCEDURE_NONE, which is a part of "london" when there is such a stream
 *
 * The value of a named stream, and of a node that is no number, is a node of kind NODE_HOST that stands for its text. Such nodes follow
 * the order of first sight, so nothing depends on a hash. Segments that the plan does not know are added to it, by name, while there is
 * room.
 */
#ifndef SIGCANARY_TICK_STREAM_NAMES_H
#define SIGCANARY_TICK_STREAM_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/plan.h"
#include "dataplane/node.h"
#include "dataplane/tally.h"

struct stream_names;

/* At most `limit` streams and as many nodes. NULL when there is no memory. The plan gets segments and is read until the names are freed. */
struct stream_names *stream_names_new(struct plan *plan, size_t limit);
void stream_names_free(struct stream_names *n);

/* The key of that name; false when there is no room, or it is empty, longer than a name may be, or no text. */
bool stream_names_key(struct stream_names *n, const char *name, size_t length, struct stream_key *ret_key);

/* A node from its text ("447802000001", "pc:1234", "10.0.0.1", a host); 0 when there is no room. */
node stream_names_node(struct stream_names *n, const char *text, size_t length);

/* The text of a NODE_HOST, NULL when it is none of these names: an incident_name_of. */
const char *stream_names_text(void *names, node host);

/* The smallest known stream that a named stream is a part of: a detector_parent_of. False for all others. */
bool stream_names_parent(void *names, const struct stream_key *stream, struct stream_key *ret_parent);

/* Whether `inner` is a part of `outer`, or the same, as far as their names tell. */
bool stream_names_contain(struct stream_names *n, const struct stream_key *outer, const struct stream_key *inner);

#endif
