/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where requests go and whose they are, in a few words each: the same procedure, route, visited network, subscriber's network and radio
 * access come again all the time, so that a transaction bears a number of 16 bits and an event is counted in one leaf for all of them,
 * which is found by that number.
 *
 * Records are only ever added, by the worker; control reads those that sealed pages name. When there is no room the newest are counted as
 * 0, which says nothing of any.
 */
#ifndef SIGCANARY_TRANSACTION_WHERES_H
#define SIGCANARY_TRANSACTION_WHERES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/hash.h"
#include "dataplane/codes/codes.h"
#include "dataplane/node.h"

#define WHERES_MAX 65536

struct where {
	node route;
	uint64_t networks; /* where_networks() */
	uint64_t what;     /* procedure << 8 | enum rat, RAT_NONE for the procedure's own */
};

/* The visited network, see plmn.h, and the subscriber's, packed as plmn_packed() does. */
static inline uint64_t where_networks(uint32_t visited, uint32_t subscribed)
{
	return (uint64_t)visited << 32 | subscribed;
}

static inline uint32_t where_visited(const struct where *w)
{
	return (uint32_t)(w->networks >> 32);
}

static inline uint32_t where_subscribed(const struct where *w)
{
	return (uint32_t)w->networks;
}

struct wheres {
	struct where *list; /* the first says nothing */
	uint16_t *index;    /* number, 0 empty; at most half full */
	size_t count;
	uint64_t refused;
	struct hash_key key;
};

#define WHERES_INDEX (2 * (size_t)WHERES_MAX)

/* False without memory; close also after a failure. */
bool wheres_open(struct wheres *w, const struct hash_key *key);
void wheres_close(struct wheres *w);

/* Looks at the places of the index from `at` on; makes the record when it is new. */
uint16_t wheres_search(struct wheres *w, const struct where *where, size_t at);

/* The number of a record, made when it is new. */
static inline uint16_t wheres_number(struct wheres *w, const struct where *where)
{
	size_t at = (size_t)hash_fold(where->route ^ w->key.k[0], where->networks ^ where->what << 40 ^ w->key.k[1]) % WHERES_INDEX;
	const struct where *found = &w->list[w->index[at]];

	if (found->route == where->route && found->networks == where->networks && found->what == where->what)
		return w->index[at];
	return wheres_search(w, where, at);
}

#endif
