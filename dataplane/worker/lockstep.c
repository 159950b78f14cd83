/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Workers over a capture, see lockstep.h. The caller's thread gives an order (struct order), two barriers frame it; between them each
 * worker's thread touches only its own state and its rings, a third barrier lies between handing indications over and taking them.
 */
#include "dataplane/worker/lockstep.h"

#include <pthread.h>
#include <stdlib.h>

#include "dataplane/source/source.h"

#define CHUNK SOURCE_BURST

enum order_kind { ORDER_BURST, ORDER_TICK, ORDER_FINISH, ORDER_END };

/* Written by the caller's thread while the workers wait. */
struct order {
	enum order_kind kind;
	const struct frame *frames;
	size_t count;
	nanos start;
	nanos length;
	uint64_t dropped;
};

struct member {
	struct lockstep *lockstep;
	struct worker *worker;
	pthread_t thread;
	bool is_done;   /* the order is carried out; else the outbox is full */
	bool has_ended; /* the tick: others may have to be asked again */
	bool has_flushed;
};

struct lockstep {
	struct worker *workers;
	unsigned int count;
	struct member members[WORKERS_MAX];
	struct order order;
	pthread_barrier_t given;
	pthread_barrier_t handed;
	pthread_barrier_t done;
};

/* Walks the frames that this worker owns; returns how many were read, see walk_frames(). */
static size_t chunk_walk(struct worker *self, struct worker *workers, const struct frame *frames, size_t count)
{
	struct walk *w = &self->walk;
	struct packet packets[CHUNK];
	enum verdict verdicts[CHUNK];
	size_t read = walk_frames(w, frames, count, packets, verdicts);

	for (size_t i = 0; i < read; i++) {
		if (verdicts[i] != VERDICT_DECODED) {
			if (frames[i].sequence % self->count == self->index)
				account_packet(&w->account, verdicts[i], frames[i].wire_length);
			continue;
		}
		if (self->count > 1 && walk_packet_owner(w->plan, &packets[i]) % self->count != self->index)
			continue;
		if (w->indication_count > WALK_INDICATIONS - WALK_INDICATIONS_PER_PACKET)
			worker_hand_over(workers, self);
		walk_packet(w, &packets[i], frames[i].wire_length);
	}
	return read;
}

/* With several workers the indications of the whole burst are handed over together: each takes them in the order of frames. */
static void burst_walk(struct worker *self, struct worker *workers, const struct order *order)
{
	for (size_t at = 0; at < order->count;) {
		size_t left = order->count - at;

		at += chunk_walk(self, workers, order->frames + at, left < CHUNK ? left : CHUNK);
		if (self->count == 1)
			worker_hand_over(workers, self);
	}
	worker_hand_over(workers, self);
}

static void barrier(struct lockstep *l, pthread_barrier_t *b)
{
	if (l->count > 1)
		pthread_barrier_wait(b);
}

/* Between the barriers: then nobody can hand anything over any more. */
static bool have_all_flushed(const struct lockstep *l)
{
	for (unsigned int i = 0; i < l->count; i++) {
		if (!l->members[i].has_flushed)
			return false;
	}
	return true;
}

static void carry_out(struct member *m)
{
	struct lockstep *l = m->lockstep;
	struct worker *self = m->worker;

	m->is_done = true;
	switch (l->order.kind) {
	case ORDER_BURST:
		burst_walk(self, l->workers, &l->order);
		barrier(l, &l->handed);
		worker_take_over(self);
		return;
	case ORDER_TICK:
		if (!m->has_ended)
			m->has_ended = worker_end_tick(self, l->order.start, l->order.length, self->index == 0 ? l->order.dropped : 0);
		m->is_done = m->has_ended;
		return;
	case ORDER_FINISH:
		if (!m->has_flushed) {
			m->has_flushed = walk_finish(&self->walk, l->order.frames);
			worker_hand_over(l->workers, self);
		}
		barrier(l, &l->handed);
		worker_take_over(self);
		m->is_done = have_all_flushed(l) && transactions_finish(self->transactions);
		return;
	case ORDER_END:
		return;
	}
}

static void *member_run(void *argument)
{
	struct member *m = argument;
	struct lockstep *l = m->lockstep;

	for (;;) {
		bool is_end;

		pthread_barrier_wait(&l->given);
		is_end = l->order.kind == ORDER_END;
		if (!is_end)
			carry_out(m);
		pthread_barrier_wait(&l->done);
		if (is_end)
			return NULL;
	}
}

/* True when every worker has carried the order out. */
static bool give_order(struct lockstep *l, const struct order *order)
{
	bool is_done = true;

	l->order = *order;
	if (l->count == 1) {
		carry_out(&l->members[0]);
	} else {
		pthread_barrier_wait(&l->given);
		pthread_barrier_wait(&l->done);
	}
	for (unsigned int i = 0; i < l->count; i++)
		is_done = is_done && l->members[i].is_done;
	return is_done;
}

struct lockstep *lockstep_new(struct worker *workers, unsigned int count)
{
	struct lockstep *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->workers = workers;
	l->count = count;
	pthread_barrier_init(&l->given, NULL, count + 1);
	pthread_barrier_init(&l->handed, NULL, count);
	pthread_barrier_init(&l->done, NULL, count + 1);
	for (unsigned int i = 0; i < count; i++) {
		l->members[i].lockstep = l;
		l->members[i].worker = &workers[i];
		workers[i].sees_every_frame = true;
		if (count > 1 && pthread_create(&l->members[i].thread, NULL, member_run, &l->members[i]) != 0)
			abort();
	}
	return l;
}

void lockstep_free(struct lockstep *l)
{
	if (l == NULL)
		return;
	if (l->count > 1) {
		give_order(l, &(struct order){ .kind = ORDER_END });
		for (unsigned int i = 0; i < l->count; i++)
			pthread_join(l->members[i].thread, NULL);
	}
	pthread_barrier_destroy(&l->given);
	pthread_barrier_destroy(&l->handed);
	pthread_barrier_destroy(&l->done);
	free(l);
}

void lockstep_burst(struct lockstep *l, const struct frame *frames, size_t count)
{
	give_order(l, &(struct order){ .kind = ORDER_BURST, .frames = frames, .count = count });
}

bool lockstep_tick(struct lockstep *l, nanos start, nanos length, uint64_t dropped)
{
	bool is_done = give_order(l, &(struct order){ .kind = ORDER_TICK, .start = start, .length = length, .dropped = dropped });

	for (unsigned int i = 0; is_done && i < l->count; i++)
		l->members[i].has_ended = false;
	return is_done;
}

bool lockstep_finish(struct lockstep *l, const struct frame *last)
{
	bool is_done = give_order(l, &(struct order){ .kind = ORDER_FINISH, .frames = last });

	for (unsigned int i = 0; is_done && i < l->count; i++)
		l->members[i].has_flushed = false;
	return is_done;
}
