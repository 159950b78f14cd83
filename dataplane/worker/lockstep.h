/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Workers over a capture, in step: the same result for any number of them.
 *
 * Every worker goes through every frame of a burst as far as IP (fragments are put together by all alike) and walks on with the packets
 * it owns; then all take the indications of their transactions in the order of frames. Ticks end between bursts. With one worker
 * everything happens in the caller's thread.
 */
#ifndef SIGCANARY_WORKER_LOCKSTEP_H
#define SIGCANARY_WORKER_LOCKSTEP_H

#include "dataplane/frame.h"
#include "dataplane/worker/worker.h"

struct lockstep;

struct lockstep *lockstep_new(struct worker *workers, unsigned int count);
void lockstep_free(struct lockstep *l);

/* All workers take these frames, which belong to one tick. Returns when they have. */
void lockstep_burst(struct lockstep *l, const struct frame *frames, size_t count);

/* Ends the tick in all workers. False: outboxes have to be emptied first, call again. `dropped`: frames lost before the workers so far. */
bool lockstep_tick(struct lockstep *l, nanos start, nanos length, uint64_t dropped);

/* The end of the capture, or a step in its time: what waits is read as of its `last` frame, what is open is reported as open. False: as
 * above. */
bool lockstep_finish(struct lockstep *l, const struct frame *last);

#endif
