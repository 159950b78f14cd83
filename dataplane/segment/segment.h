/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whose subscriber, whose node: the set of configured segments a request belongs to, as a bit mask.
 *
 * Digits go through a trie. Names (host, realm, APN, global title expressions) go through Hyperscan once per newly seen name; the result is
 * remembered in the table of names of each worker. The compiled form is immutable and shared; the name tables are owned by one worker each
 * and read by control (append only, published with release).
 */
#ifndef SIGCANARY_SEGMENT_H
#define SIGCANARY_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

#include "config/plan.h"
#include "dataplane/base/cursor.h"
#include "dataplane/ip/address.h"
#include "dataplane/node.h"

struct segments; /* compiled patterns; immutable */
struct names;    /* names seen by one worker */

#define SEGMENT_ERROR_MAX 512

struct watchlist;

/*
 * Compiles the plan's patterns and its watch list. NULL when an expression is not accepted: `error` says which, where in the file and at
 * which character. Left-unanchored host expressions are compiled reversed (FEASIBILITY: 8 to 15 times faster) where that is exact.
 */
struct segments *segments_new(const struct plan *plan, char error[SEGMENT_ERROR_MAX]);
void segments_free(struct segments *s);

/* The compiled list of plan->watch_file; NULL when there is none. */
const struct watchlist *segments_watchlist(const struct segments *s);

/* Segments by number. Pure, any thread. */
uint64_t segments_of_imsi(const struct segments *s, digits imsi);
uint64_t segments_of_msisdn(const struct segments *s, digits msisdn);
uint64_t segments_of_point_code(const struct segments *s, uint32_t point_code);

/* A worker's table of at most `capacity` names; NULL when there is no memory. */
struct names *names_new(const struct segments *s, const struct hash_key *key, size_t capacity);
void names_free(struct names *n);

struct name {
	node node;         /* NODE_HOST of the name's hash, or the global title */
	uint64_t segments; /* those it belongs to */
};

/* Looks a name up, and evaluates and remembers it when it is new. Host names compare without case. A full table still evaluates, and
 * counts. */
struct name names_of_text(struct names *n, enum plan_field field, const struct cursor *text);
struct name names_of_global_title(struct names *n, digits title);
/* The node with that address. */
node names_of_address(struct names *n, const struct ip_address *address);

/* The text of a node_is_named(), from any thread; NULL when this table has not seen it. */
const char *names_text(const struct names *n, node host);

size_t names_count(const struct names *n);
uint64_t names_refused(const struct names *n);

/* After a reload: memberships of remembered names are evaluated anew, at the next look-up of each. */
void names_renew(struct names *n, const struct segments *s);

#endif
