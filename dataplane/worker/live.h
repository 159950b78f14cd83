/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Workers over ports and interfaces: each polls its own source and never waits for another.
 *
 * What belongs to another worker is copied into the ring of that pair: whole transport packets first, indications later. Ticks follow the
 * clock of the sources, which goes on when no frame comes. Control reads pages, reports and outcomes from its own thread; a new plan is
 * published, taken up by each worker between two bursts, and the old one is free once all have.
 *
 * An association has one owner, however much it carries. A worker whose polls are all full while another one has time gives some of its
 * messages away undecoded (walk_delegate), more and more of them until both have the same load. Messages whose packets hold several,
 * segments of SCCP and TCP stay.
 */
#ifndef SIGCANARY_WORKER_LIVE_H
#define SIGCANARY_WORKER_LIVE_H

#include "dataplane/source/source.h"
#include "dataplane/worker/tape.h"
#include "dataplane/worker/worker.h"

struct live;

/* `sources`: one for each worker. NULL when there is no memory. Everything given outlives the result. */
struct live *live_new(struct worker *workers, unsigned int count, struct source *const *sources, const struct plan *plan);
void live_free(struct live *l);

/*
 * Takes the memory for the frames that each worker saw last, `bytes` per worker, before any of them runs; without this call none is kept
 * and none costs anything. Kept is what may be signalling: whole packets and fragments of SCTP, TCP connections that are read, frames that
 * begin with a layer of SS7, and what is malformed. False when there is no memory.
 */
bool live_keep_tapes(struct live *l, size_t bytes);
/* The recent frames of a worker, NULL when none are kept. Any thread may read. */
const struct tape *live_tape(const struct live *l, unsigned int worker);

/* The body of worker `index`, on a thread or lcore of its own: returns when stopped, or when its source has ended. */
void live_work(struct live *l, unsigned int index);

/* Any thread, also a signal handler: all workers return soon. */
void live_stop(struct live *l);

/* Whether another worker has sent something that `index` has not taken up. That worker's thread. */
bool live_has_parcels(struct live *l, unsigned int index);

/* Whether all workers have returned. */
bool live_is_over(const struct live *l);

/* Control's side. Frames taken so far by all workers. */
uint64_t live_frames(const struct live *l);
/* How often a worker has asked its source, whether anything came or not: it grows as long as the worker is alive. */
uint64_t live_polls(const struct live *l, unsigned int worker);
/* The oldest outcome of a worker, false when there is none now. */
bool live_outcome(struct live *l, unsigned int worker, struct outcome *ret);
/* All workers have returned: what they had handed to each other is walked and taken, so that every packet is accounted for. */
void live_settle(struct live *l);
/* Moves what a worker that has returned left in its outbox to where live_outcome() finds it, as far as there is room. */
void live_drain(struct live *l, unsigned int worker);
/* The oldest sealed page of a worker with its report at that time; give it back with live_return_page(). */
bool live_page(struct live *l, unsigned int worker, struct book_page *ret, struct worker_report *ret_report);
void live_return_page(struct live *l, unsigned int worker);
/* Publishes a plan with its compiled segments; live_has_taken() tells when every worker uses it. */
void live_publish(struct live *l, const struct plan *plan, const struct segments *segments);
bool live_has_taken(const struct live *l);

#endif
