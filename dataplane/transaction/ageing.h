/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What transaction.c (a request meets its answer), linked.c (in connections) and ageing.c (what happens because time goes on) share:
 * private to this room. Owned by one worker.
 */
#ifndef SIGCANARY_TRANSACTION_AGEING_H
#define SIGCANARY_TRANSACTION_AGEING_H

#include "dataplane/transaction/connections.h"
#include "dataplane/transaction/entries.h"
#include "dataplane/transaction/peer.h"
#include "dataplane/transaction/sights.h"
#include "dataplane/transaction/transaction.h"

/* How long an answered request is remembered. */
#define DONE_AGE (2 * NANOS_PER_S)
/*
 * A request that SCCP brought back may still be answered: the network also delivered a copy, or the client sent it again on another way.
 * The answer then counts. Answers seen after a return came within 0.4 s.
 */
#define RETURN_AGE (1 * NANOS_PER_S)

struct transactions {
	const struct plan *plan;
	struct book *book;
	struct wheres *wheres; /* of the book */
	struct outbox *outbox;
	struct entries entries;
	struct connections connections;
	struct peers peers;
	struct sights sights;
	uint64_t unseen; /* chunks acknowledged that nobody has seen */
	struct transaction_counters counters;
};

/* What happened to an entry, as evidence for control. */
void transaction_report(struct transactions *t, const struct entry *e, enum outcome_event event, nanos clock, nanos latency);

/* The subscriber of an entry has become known. */
void transaction_know(struct transactions *t, struct entry *e, digits imsi);

/* Whose transaction an entry is, as the book counts it; `server` is who answered, or who was asked. */
static inline struct book_subject transaction_subject(const struct entry *e, node server)
{
	return (struct book_subject){
		.imsi = e->imsi,
		.client = e->client,
		.server = server,
		.segments = e->segments,
		.procedure = e->procedure,
		.where = e->where,
		.bucket = e->bucket,
	};
}

/*
 * For linked.c, which is not called for most traffic: the first entry, or a remnant, that an indication means, the next one behind it in
 * its chain, a request, an answer to the entry `at`.
 */
#define INVOKE_ANY INT16_MIN
uint32_t transaction_find(struct transactions *t, const struct indication *i);
uint32_t transaction_find_next(struct transactions *t, uint32_t at, const struct indication *i);
void transaction_request(struct transactions *t, const struct indication *i);
void transaction_answer(struct transactions *t, uint32_t at, const struct indication *i);

/* When the next thing happens to an open entry that nothing else happens to. */
nanos ageing_due(const struct transactions *t, const struct entry *e);
/* Ends an open entry as timed out; it is due again when its answer can no longer come. */
void ageing_time_out(struct transactions *t, struct entry *e, nanos clock);
/* Everything that was due for this entry by `clock`; false when it is gone. */
bool ageing_catch_up(struct transactions *t, uint32_t at, nanos clock);

#endif
