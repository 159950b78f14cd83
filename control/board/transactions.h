/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The recent finished transactions of a running probe, for the page and the commands that ask it: which ones, and one of them as a ladder.
 *
 * Three rings, so that successes do not push out what is looked for: failures, refusals of the subscriber's own, successes. The oldest of
 * its ring gives way. Records have a fixed size, 16 MiB in all, which the system gives as they fill. Control inserts as an audience of the
 * engine, HTTP threads search; one lock, held for one record by control and for a few hundred records, or the writing of one, by a reader.
 * No worker knows of it. A failure without answer is here when it times out, not when its late answer can no longer come, and becomes
 * `late` in its place. What a search has shown can be opened for a while after its ring has gone on: at 100,000 requests per second
 * successes are kept for a third of a second, and nobody clicks as fast.
 */
#ifndef SIGCANARY_BOARD_TRANSACTIONS_H
#define SIGCANARY_BOARD_TRANSACTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "control/sink/transactions.h"

#define KEPT_FAILURES  65536
#define KEPT_REFUSALS  32768
#define KEPT_SUCCESSES 32768
#define KEPT_SHOWN     4096 /* lines of searches, but for those that follow a key */

#define KEPT_FOUND_MAX 1000

struct kept_transactions;

/* NULL when there is no memory. The writer is copied; what it points to but the plan outlives this. */
struct kept_transactions *kept_transactions_new(const struct transaction_writer *writer);
void kept_transactions_free(struct kept_transactions *k);

/* After a reload, while the old plan still stands: segments keep their names. Control's thread. */
void kept_transactions_plan(struct kept_transactions *k, const struct plan *plan);

/* An audience's function. */
void kept_transactions_outcome(void *kept, const struct outcome *outcome);

/* What a reader looks for; zero and NULL stand for anything, but for `limit`. */
struct transactions_wanted {
	nanos since, until;     /* of the request; `until` 0: now */
	procedure procedure;    /* PROCEDURE_NONE: any */
	unsigned int outcomes;  /* a bit per enum outcome_class; 0: any */
	const char *segment;    /* its name in the configuration, "plmn-23410" where there are no segments, or "all" */
	const char *node;       /* as lines write it: who asked, who answered, or the next hop */
	const char *subscriber; /* a pseudonym, or digits where `is_clear` */
	bool is_clear;          /* who asks may know subscribers by their numbers */
	const char *after;      /* a key: those that ended after that one, oldest first; NULL: all, newest first */
	size_t limit;           /* 1 to KEPT_FOUND_MAX */
};

/* Whether that is a key as searches write them. */
bool kept_key_is_good(const char *key);

/* Whether a subscriber may be asked for by these words: a pseudonym, or digits as said above. */
bool kept_transactions_know(struct kept_transactions *k, const struct transactions_wanted *wanted);

/*
 * A search, in slices of a few milliseconds: {"transactions": [lines of --transactions with "key"], "more": bool}, of which `new` writes
 * the beginning, and each `go` what it finds; it returns false when all is written. NULL when there is no memory. Any thread, one at a
 * time; texts of `wanted` are copied.
 */
struct kept_search;
struct kept_search *kept_search_new(struct kept_transactions *k, const struct transactions_wanted *wanted, FILE *out);
bool kept_search_go(struct kept_search *s, FILE *out);
void kept_search_free(struct kept_search *s);

/*
 * One of them: its line, and "ladder": [{"time", "from", "to", "words"}] of its messages. A step with "assumed" was not seen itself, but
 * follows from what was; one that is "lost" never came. False when it is not kept (any more). Any thread.
 */
bool kept_transactions_write_one(struct kept_transactions *k, const char *key, FILE *out);

#endif
