/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Request meets answer: the table of open transactions of one worker.
 *
 * Indications come in the order of their frames. A request opens a transaction, an answer closes it; either may come first (merged taps
 * go back in time). The same request seen again (another hop, a retransmission) is counted in `tries` and opens nothing. A request
 * that is not answered within its procedure's time has timed out, and is remembered a while longer to tell a late answer from none.
 *
 * Age is judged by the clock of frames, exactly: what was due before an indication has happened before it, whatever the order in
 * which workers run. Owned by one worker; nothing is allocated after transactions_new().
 */
#ifndef SIGCANARY_TRANSACTION_H
#define SIGCANARY_TRANSACTION_H

#include <stdbool.h>
#include <stddef.h>

#include "config/plan.h"
#include "dataplane/indication.h"
#include "dataplane/outcome.h"
#include "dataplane/transaction/book.h"

struct transactions;

struct transaction_counters {
	uint64_t opened; /* = answered + timeout + evicted + open */
	uint64_t answered;
	uint64_t timeout;
	uint64_t evicted; /* opened when there was no room: not followed */
	uint64_t open;
	uint64_t unmatched; /* answers whose request was never seen */
	uint64_t late;      /* of those timed out: answered after all */
	uint64_t repeated;  /* requests seen again */
};

/* Where outcomes go, with room for some thousand: filled by the transactions, emptied by the worker's driver. */
struct outbox {
	struct outcome *outcomes;
	size_t count;
	size_t capacity;
	uint64_t refused; /* outcomes that found it full (live only: a replay empties it in time) */
};

/* NULL when there is no memory. `book` counts what happens, `outbox` receives it; both outlive the table. */
struct transactions *transactions_new(const struct plan *plan, struct book *book, struct outbox *outbox);
void transactions_free(struct transactions *t);
void transactions_plan(struct transactions *t, const struct plan *plan);

/* Takes one indication of a transaction that this worker owns. */
void transactions_take(struct transactions *t, const struct indication *indication);

/*
 * The same for many, in their order: what they will touch is fetched ahead, so that a large table does not cost its latency. A group is up
 * to TRANSACTIONS_GROUP indications from anywhere, a burst any number that lie behind each other.
 */
#define TRANSACTIONS_GROUP 64
void transactions_take_group(struct transactions *t, const struct indication *const *group, size_t count);
void transactions_take_burst(struct transactions *t, const struct indication *indications, size_t count);

/*
 * Lets some of what was due before `clock`, the present time, happen: for live workers between bursts, so that the end of a tick leaves
 * little to do and no ring overflows meanwhile.
 */
void transactions_pass(struct transactions *t, nanos clock);

/*
 * Lets everything due before `clock` happen: checkpoints, timeouts, the end of waiting. False when the outbox became too full to go on:
 * empty it and call again. Called at the end of each tick with the tick's end.
 */
bool transactions_advance(struct transactions *t, nanos clock);

/* The end of a capture: what is open is reported OUTCOME_OPEN, never as a failure. False as above. */
bool transactions_finish(struct transactions *t);

/* Chunks and segments that were acknowledged and never seen, so far. */
uint64_t transactions_unseen(const struct transactions *t);

const struct transaction_counters *transactions_counters(const struct transactions *t);

/* Connections of SCCP that found no room: what their asking side sends is not followed. */
uint64_t transactions_refused_connections(const struct transactions *t);

#endif
