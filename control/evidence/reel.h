/* SPDX-License-Identifier: BSD-3-Clause */
/* The tapes of all workers (dataplane/worker/tape.h) as one, in the order of capture times. Owned by the thread that keeps evidence. */
#ifndef SIGCANARY_EVIDENCE_REEL_H
#define SIGCANARY_EVIDENCE_REEL_H

#include "dataplane/worker/tape.h"
#include "dataplane/worker/worker.h"

/* What is read; outlives every reel. */
struct reel_tapes {
	const struct tape *tapes[WORKERS_MAX];
	unsigned int count;
};

struct reel {
	const struct reel_tapes *from;
	struct tape_reader readers[WORKERS_MAX];
};

/* At the oldest there is. */
void reel_begin(struct reel *r, const struct reel_tapes *from);
/* As tape_begin_at(), for a replay. */
void reel_begin_at(struct reel *r, const struct reel_tapes *from, uint64_t tick);

/*
 * The next frame that was seen before `until`, by the clock of frames; false when there is none now. `bytes` has room for TAPE_FRAME_MAX
 * and keeps them until the next call; the frame has neither sequence nor clock.
 */
bool reel_next(struct reel *r, nanos until, uint8_t *bytes, struct frame *ret);

/* Blocks that were overwritten before they were read. */
uint64_t reel_lost(const struct reel *r);

#endif
