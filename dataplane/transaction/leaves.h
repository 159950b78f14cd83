/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a worker counts while a tick runs: leaves, from which control works out the cells of a page.
 *
 * Whatever happens to a transaction is counted in up to six leaves: its subscriber's (procedure, segments, first digits of the IMSI), its
 * bucket's, its ending's, its client's, its server's, and that of where it goes (wheres.h). The first holds all that is needed for the sums
 * over ALL, for segments and for prefixes of every length, the last for routes, networks and radio access, so that an event touches six
 * leaves and not eighteen cells. No leaf combines both nodes: of pairs there are many more than of nodes. Buckets and endings are few, and
 * found by their number.
 *
 * A set of leaves is owned by the worker while it fills, then by control until it is cleared.
 */
#ifndef SIGCANARY_TRANSACTION_LEAVES_H
#define SIGCANARY_TRANSACTION_LEAVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/hash.h"
#include "dataplane/tally.h"

enum leaf_kind { LEAF_SUBSCRIBER, LEAF_BUCKET, LEAF_ENDING, LEAF_SERVER, LEAF_CLIENT, LEAF_WHERE };

/* Of each procedure, the places of leaves that are found by number: buckets, then endings. */
#define LEAVES_ENDINGS    100
#define LEAVES_NUMBERED   (TALLY_BUCKETS + LEAVES_ENDINGS)
#define LEAVES_PROCEDURES 512

static inline uint32_t leaf_tag(procedure of, enum leaf_kind kind)
{
	return (uint32_t)of << 8 | (uint32_t)kind;
}

static inline procedure leaf_procedure(uint32_t tag)
{
	return (procedure)(tag >> 8);
}

static inline enum leaf_kind leaf_kind(uint32_t tag)
{
	return (enum leaf_kind)(tag & 0xff);
}

/* Which stream or streams a leaf counts for. */
struct leaf_name {
	uint64_t value;    /* first digits of the IMSI (0: unknown), bucket, ending, node, number of a where */
	uint64_t segments; /* of LEAF_SUBSCRIBER, else 0 */
	uint32_t tag;      /* leaf_tag() */
};

/* Endings of requests: what is open, or has no request, ends none. */
#define LEAF_OUTCOMES (OUTCOME_LATE + 1)

/* Two cache lines: a request touches the first, an answer both. */
struct leaf {
	struct leaf_name name;
	uint32_t requests;
	uint32_t outcomes[LEAF_OUTCOMES];
	uint64_t latency_ns;                  /* of those in `latency` */
	uint16_t latency[TALLY_LATENCY_BINS]; /* saturating: more answers than that in a tick of one leaf tell nothing more */
	uint32_t pending[TALLY_CHECKPOINTS];
	uint32_t place; /* in the index, to clear it without a sweep */
};

_Static_assert(sizeof(struct leaf) == 128, "a leaf is two cache lines");
_Static_assert(offsetof(struct leaf, latency) == 64, "latencies begin the second line");

struct leaves {
	struct leaf *list;
	uint32_t *index;    /* leaf + 1, 0 empty; at most half full */
	uint32_t *numbered; /* behind it, the same of buckets and endings, LEAVES_NUMBERED for each procedure, then of wheres */
	size_t mask;        /* of the index */
	size_t count;
	size_t room;      /* leaves of all kinds */
	uint64_t refused; /* counts that found no room for their stream */
	struct hash_key key;
};

/* Takes memory for `room` leaves and for a reserve; false when there is none. leaves_close() also after a failure. */
bool leaves_open(struct leaves *l, size_t room, const struct hash_key *key);
void leaves_close(struct leaves *l);
void leaves_clear(struct leaves *l);

/* Looks at the places of the index from `at` on; makes the leaf when it is new. */
struct leaf *leaves_search(struct leaves *l, struct leaf_name name, size_t at);

static inline size_t leaf_place(const struct leaves *l, const struct leaf_name *name)
{
	return (size_t)hash_fold(name->value ^ l->key.k[0], name->segments ^ (uint64_t)name->tag << 40 ^ l->key.k[1]) & l->mask;
}

/* The leaf of a where, of a bucket or an ending. NULL without room for a new one, counted as refused. */
struct leaf *leaves_number(struct leaves *l, size_t place, struct leaf_name name);
static inline struct leaf *leaves_where(struct leaves *l, procedure of, uint16_t where)
{
	size_t place = (size_t)LEAVES_PROCEDURES * LEAVES_NUMBERED + where;

	if (l->numbered[place] != 0)
		return &l->list[l->numbered[place] - 1];
	return leaves_number(l, place, (struct leaf_name){ .value = where, .tag = leaf_tag(of, LEAF_WHERE) });
}
static inline struct leaf *leaves_numbered(struct leaves *l, enum leaf_kind kind, procedure of, unsigned int number)
{
	size_t place = (size_t)of * LEAVES_NUMBERED + (kind == LEAF_ENDING ? TALLY_BUCKETS : 0) + number;

	if (of >= LEAVES_PROCEDURES)
		return NULL;
	if (l->numbered[place] != 0)
		return &l->list[l->numbered[place] - 1];
	return leaves_number(l, place, (struct leaf_name){ .value = number, .tag = leaf_tag(of, kind) });
}

/*
 * The leaf of a name, made when it is new. Without room for a new one: NULL, counted as refused; but for a subscriber the leaf of the
 * segments alone, and when even the reserve for these is taken, that of the procedure alone, which always has a place.
 */
static inline struct leaf *leaves_of(struct leaves *l, struct leaf_name name)
{
	size_t at = leaf_place(l, &name);
	uint32_t number = l->index[at];

	if (number != 0) {
		struct leaf *leaf = &l->list[number - 1];

		if (leaf->name.value == name.value && leaf->name.segments == name.segments && leaf->name.tag == name.tag)
			return leaf;
	}
	return leaves_search(l, name, at);
}

#endif
