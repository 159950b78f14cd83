/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Parcels in a ring between two threads, see relay.h. A mutex guards the two numbers that say which parcels are on the way; the parcels
 * themselves belong to the sender until they are sent and to the relay's thread until it has judged them. Nothing here is on a
 * packet's way: the lock is taken twice per tick.
 */
#include "control/tick/relay.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Parcels on the way at once, that which is gathered among them: with one more tick a book would have no page left to fill. */
#define PARCELS 3
/* Outcomes that travel ahead of their tick, so that a dense tick is taken over while it is still being decoded. */
#define OUTCOMES_AHEAD 8192

enum parcel_kind { PARCEL_OUTCOMES, PARCEL_TICK, PARCEL_FINISH, PARCEL_END };

struct parcel {
	enum parcel_kind kind;
	nanos start;
	nanos length;
	struct outcome *outcomes; /* OUTCOMES_AHEAD of them */
	size_t outcome_count;
};

struct relay {
	struct engine *engine;
	struct parcel parcels[PARCELS];
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned long sent;   /* guarded */
	unsigned long judged; /* guarded */
	struct book **books;  /* of the workers: their sealed pages are taken by this thread, which works cells out of what they counted */
	size_t book_count;
	bool has_thread;
};

/* One page of each book: the workers may have sealed those of the next ticks already. */
static void pages_take(struct relay *r)
{
	struct book_page page;

	for (size_t i = 0; i < r->book_count; i++) {
		if (!book_sealed(r->books[i], &page))
			continue;
		engine_page(r->engine, &page);
		book_return(r->books[i]);
	}
}

static void parcel_judge(struct relay *r, struct parcel *p)
{
	for (size_t i = 0; i < p->outcome_count; i++)
		engine_outcome(r->engine, &p->outcomes[i]);
	if (p->kind == PARCEL_TICK) {
		pages_take(r);
		engine_tick(r->engine, p->start, p->length);
	} else if (p->kind == PARCEL_FINISH) {
		engine_finish(r->engine);
	}
}

static void *relay_run(void *argument)
{
	struct relay *r = argument;
	bool is_end = false;

	while (!is_end) {
		struct parcel *p;

		pthread_mutex_lock(&r->lock);
		while (r->judged == r->sent)
			pthread_cond_wait(&r->changed, &r->lock);
		p = &r->parcels[r->judged % PARCELS];
		pthread_mutex_unlock(&r->lock);
		is_end = p->kind == PARCEL_END;
		parcel_judge(r, p);
		pthread_mutex_lock(&r->lock);
		r->judged++;
		pthread_cond_broadcast(&r->changed);
		pthread_mutex_unlock(&r->lock);
	}
	return NULL;
}

/* The parcel that is being gathered. */
static struct parcel *gathering(struct relay *r)
{
	return &r->parcels[r->sent % PARCELS];
}

/* Waits until no more than `most` parcels are on the way. */
static void parcels_await(struct relay *r, unsigned long most)
{
	pthread_mutex_lock(&r->lock);
	while (r->sent - r->judged > most)
		pthread_cond_wait(&r->changed, &r->lock);
	pthread_mutex_unlock(&r->lock);
}

static void parcel_send(struct relay *r, enum parcel_kind kind)
{
	gathering(r)->kind = kind;
	pthread_mutex_lock(&r->lock);
	r->sent++;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
	parcels_await(r, PARCELS - 1);
	gathering(r)->outcome_count = 0;
}

/* Signals are for the replay's own thread. */
static bool thread_start(struct relay *r)
{
	sigset_t all;
	sigset_t before;
	bool is_started;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	is_started = pthread_create(&r->thread, NULL, relay_run, r) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return is_started;
}

struct relay *relay_new(struct engine *e, struct book *const *books, size_t count)
{
	struct relay *r = calloc(1, sizeof(*r));
	bool is_whole;

	if (r == NULL)
		return NULL;
	r->engine = e;
	r->books = calloc(count + 1, sizeof(*r->books));
	r->book_count = count;
	is_whole = r->books != NULL;
	for (size_t i = 0; is_whole && i < count; i++)
		r->books[i] = books[i];
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->changed, NULL);
	for (int i = 0; i < PARCELS; i++) {
		r->parcels[i].outcomes = malloc(OUTCOMES_AHEAD * sizeof(*r->parcels[i].outcomes));
		is_whole = is_whole && r->parcels[i].outcomes != NULL;
	}
	r->has_thread = is_whole && thread_start(r);
	if (!r->has_thread) {
		relay_free(r);
		return NULL;
	}
	return r;
}

void relay_free(struct relay *r)
{
	if (r == NULL)
		return;
	if (r->has_thread) {
		parcel_send(r, PARCEL_END);
		pthread_join(r->thread, NULL);
	}
	for (int i = 0; i < PARCELS; i++)
		free(r->parcels[i].outcomes);
	free(r->books);
	pthread_mutex_destroy(&r->lock);
	pthread_cond_destroy(&r->changed);
	free(r);
}

void relay_outcomes(struct relay *r, const struct outcome *outcomes, size_t count)
{
	while (count > 0) {
		struct parcel *p = gathering(r);
		size_t room = OUTCOMES_AHEAD - p->outcome_count;
		size_t taken = count < room ? count : room;

		memcpy(p->outcomes + p->outcome_count, outcomes, taken * sizeof(*outcomes));
		p->outcome_count += taken;
		outcomes += taken;
		count -= taken;
		/* Pages come after the last outcomes of their tick: what is sent ahead holds none. */
		if (p->outcome_count == OUTCOMES_AHEAD)
			parcel_send(r, PARCEL_OUTCOMES);
	}
}

void relay_tick(struct relay *r, nanos start, nanos length)
{
	gathering(r)->start = start;
	gathering(r)->length = length;
	parcel_send(r, PARCEL_TICK);
}

void relay_finish(struct relay *r)
{
	parcel_send(r, PARCEL_FINISH);
}

void relay_settle(struct relay *r)
{
	parcels_await(r, 0);
}
