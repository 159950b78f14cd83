/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files behind transactions.h share. */
#ifndef SIGCANARY_BOARD_TRANSACTIONS_KEPT_H
#define SIGCANARY_BOARD_TRANSACTIONS_KEPT_H

#include <pthread.h>

#include "control/board/transactions.h"

enum kept_kind { KEPT_FAILURE, KEPT_REFUSAL, KEPT_SUCCESS, KEPT_KIND_COUNT };

/* "f64d2f8a1b3c07": the ring's letter and the order of insertion. */
#define KEPT_KEY_MAX 24

/*
 * Record `number` stands at number % room; those from count - room on are there. Their `sequence` is the order in which they were inserted
 * into all rings; it begins with the microseconds of the start, so that a key of before a restart finds nothing, and is older than all.
 */
struct kept_ring {
	struct outcome *outcomes;
	uint64_t room;
	uint64_t count; /* ever inserted */
};

struct kept_transactions {
	pthread_mutex_t lock;
	struct transaction_writer writer; /* `out` is set by who writes */
	struct pseudonym pseudonym;
	uint64_t inserted;
	struct kept_ring rings[KEPT_KIND_COUNT];
	struct kept_ring shown; /* copies of what searches found, in that order */
	/* Of the failures, by the transaction's key: number of the newest in each bucket, and of the one before it. One more than the
	 * number; 0: none. Chains end where numbers have left the ring. */
	uint64_t *newest;
	uint64_t *before;
};

/* The lowest number that is still there. */
static inline uint64_t kept_oldest(const struct kept_ring *r)
{
	return r->count > r->room ? r->count - r->room : 0;
}

static inline struct outcome *kept_at(const struct kept_ring *r, uint64_t number)
{
	return &r->outcomes[number % r->room];
}

void kept_key_write(enum kept_kind kind, const struct outcome *o, char text[KEPT_KEY_MAX]);
bool kept_key_read(const char *text, enum kept_kind *ret_kind, uint64_t *ret_sequence);

/* The lowest number of those inserted after `sequence`. Under the lock. */
uint64_t kept_first_after(const struct kept_ring *r, uint64_t sequence);

/* The record of that key; NULL when it is none, or not there any more. Under the lock. */
const struct outcome *kept_find(const struct kept_transactions *k, const char *key);

/* Remembers that a reader has seen it. Under the lock. */
void kept_show(struct kept_transactions *k, const struct outcome *o);

/* `,"ladder":[...]`. Under the lock. */
void kept_ladder_write(const struct transaction_writer *w, const struct outcome *o);

#endif
