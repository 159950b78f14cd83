/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Workers: each polls, walks and keeps books for itself and shares nothing but rings, sealed pages and the published plan.
 *
 * Ownership is decided twice (docs/architecture.md): a packet belongs to the worker of its association or stream, an indication to the
 * worker of its transaction. Two drivers run the same steps:
 *  - lockstep.h for captures: all workers go through the same burst, then hand indications over and take them in the order of frames, so
 * the result does not depend on their number;
 *  - live.h for ports and interfaces: each worker polls its own source and hands over what belongs to others, without waiting.
 */
#ifndef SIGCANARY_WORKER_H
#define SIGCANARY_WORKER_H

#include <stdatomic.h>

#include "dataplane/base/ring.h"
#include "dataplane/transaction/book.h"
#include "dataplane/transaction/transaction.h"
#include "dataplane/worker/walk.h"

#define WORKERS_MAX       64
#define WORKER_OUTBOX     65536
#define WORKER_RING_BYTES ((size_t)4 << 20)

struct worker {
	unsigned int index;
	unsigned int count;    /* workers in all */
	bool sees_every_frame; /* as all others do, in a replay: what link and IP count is then the first one's to report */
	struct walk walk;
	struct book *book;
	struct outbox outbox;
	struct transactions *transactions;
	struct ring *indications_in;  /* [count]: from each worker; none when there is only one */
	uint64_t refused_indications; /* a ring was full */
	uint64_t packets_sealed;      /* account already given to a page */
	uint64_t dropped_sealed;
	uint64_t missing_sealed;
	uint64_t unseen_sealed;
	struct stage_cycles stages; /* live only */
};

/* Memory of `count` workers; false and nothing held when there is not enough. */
bool workers_open(struct worker *workers, unsigned int count, const struct plan *plan, const struct segments *segments);
void workers_close(struct worker *workers, unsigned int count);

/*
 * Hands the walk's indications to the owners of their transactions. Own ones are taken at once, but for a replay with several workers,
 * where worker_take_over() puts all of them in the order of frames.
 */
void worker_hand_over(struct worker *workers, struct worker *self);

/* Takes what other workers and this one handed over, in the order of frames; returns how many indications. */
size_t worker_take_over(struct worker *self);

/* Ends a tick: lets what is due happen and seals the page. False: the outbox has to be emptied first, call again. */
bool worker_end_tick(struct worker *self, nanos start, nanos length, uint64_t dropped);

/* One worker's accounts as control reads them between ticks or at the end. */
struct worker_report {
	struct account account;
	struct transaction_counters transactions;
	struct association_counters associations;
	struct stream_counters streams;
	uint64_t expired_datagrams;
	uint64_t given_up_segments;
	uint64_t refused_indications;
	uint64_t refused_outcomes;
	uint64_t refused_names;
	uint64_t refused_cells;     /* counts without a tally stream */
	uint64_t refused_streams;   /* of the detector; control adds it */
	uint64_t refused_incidents; /* likewise */
	uint64_t refused_connections;
	struct stage_cycles stages; /* zero in a replay, whose output depends on the capture alone */
};

void worker_report_add(struct worker_report *sum, const struct worker *w);
void worker_report_sum(struct worker_report *sum, const struct worker_report *one);

/* The text of a host seen by any of the workers, NULL when none has. Control's thread. */
struct worker_names {
	const struct worker *workers;
	unsigned int count;
};
const char *worker_name_of(void *names, node host);

#endif
