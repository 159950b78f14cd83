/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A follower, see follower.h. Two lists of outcomes change hands: control fills one and gives it away at the end of a tick, the thread
 * empties the other. The lock is held for the exchange, and for a copy where the thread is late.
 */
#include "control/evidence/follower.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Outcomes on the way at most: more than a second of the fastest probe. */
#define LIST_MOST  (1U << 20)
#define LIST_FIRST 4096U

struct list {
	struct outcome *outcomes;
	size_t count;
	size_t room;
};

struct follower {
	struct follower_settings settings;
	struct logbook *logbook;
	struct list gathered; /* control's */
	struct list taken;    /* the thread's */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct list given; /* guarded, as what follows */
	nanos clock;
	bool is_ending;
	uint64_t refused;
	bool has_thread;
};

/* Room for `more`; false when there is none. */
static bool list_grow(struct list *l, size_t more)
{
	size_t room = l->room > 0 ? l->room : LIST_FIRST;
	struct outcome *longer;

	while (room < l->count + more)
		room *= 2;
	if (room == l->room)
		return true;
	longer = room <= LIST_MOST ? realloc(l->outcomes, room * sizeof(*longer)) : NULL;
	if (longer == NULL)
		return false;
	l->outcomes = longer;
	l->room = room;
	return true;
}

static void lists_swap(struct list *a, struct list *b)
{
	struct list kept = *a;

	*a = *b;
	*b = kept;
}

static void log_all(struct follower *f, struct list *l)
{
	for (size_t i = 0; i < l->count; i++)
		logbook_add(f->logbook, &l->outcomes[i]);
	l->count = 0;
}

static void *follower_run(void *argument)
{
	struct follower *f = argument;
	nanos done = 0;
	bool is_ending = false;

	while (!is_ending) {
		nanos clock;

		pthread_mutex_lock(&f->lock);
		while (f->clock == done && !f->is_ending)
			pthread_cond_wait(&f->changed, &f->lock);
		lists_swap(&f->given, &f->taken);
		clock = f->clock;
		is_ending = f->is_ending;
		pthread_mutex_unlock(&f->lock);
		log_all(f, &f->taken);
		f->settings.step(f->settings.self, f->logbook, is_ending ? FOLLOWER_END : clock);
		done = clock;
	}
	return NULL;
}

/* Signals are for the main thread. */
static bool thread_start(struct follower *f)
{
	sigset_t all;
	sigset_t before;
	bool is_started;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	is_started = pthread_create(&f->thread, NULL, follower_run, f) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (is_started)
		pthread_setname_np(f->thread, f->settings.name);
	return is_started;
}

static void follower_free(struct follower *f)
{
	logbook_free(f->logbook);
	free(f->gathered.outcomes);
	free(f->given.outcomes);
	free(f->taken.outcomes);
	pthread_mutex_destroy(&f->lock);
	pthread_cond_destroy(&f->changed);
	free(f);
}

struct follower *follower_open(const struct follower_settings *settings)
{
	struct follower *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->settings = *settings;
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->changed, NULL);
	f->logbook = logbook_new(settings->entries);
	f->has_thread = f->logbook != NULL && settings->has_thread && thread_start(f);
	if (f->logbook != NULL && f->has_thread == settings->has_thread)
		return f;
	follower_free(f);
	return NULL;
}

void follower_close(struct follower *f)
{
	if (f == NULL)
		return;
	/* What came after the last tick goes the same way. */
	follower_tick(f, FOLLOWER_END - 1);
	pthread_mutex_lock(&f->lock);
	f->is_ending = true;
	pthread_cond_signal(&f->changed);
	pthread_mutex_unlock(&f->lock);
	if (f->has_thread)
		pthread_join(f->thread, NULL);
	else
		f->settings.step(f->settings.self, f->logbook, FOLLOWER_END);
	follower_free(f);
}

void follower_outcome(struct follower *f, const struct outcome *outcome)
{
	if (f->gathered.count == f->gathered.room && !list_grow(&f->gathered, 1)) {
		pthread_mutex_lock(&f->lock);
		f->refused++;
		pthread_mutex_unlock(&f->lock);
		return;
	}
	f->gathered.outcomes[f->gathered.count++] = *outcome;
}

/* Adds what was gathered to what the thread has not taken yet. */
static void list_give(struct follower *f)
{
	if (f->given.count == 0) {
		lists_swap(&f->given, &f->gathered);
	} else if (list_grow(&f->given, f->gathered.count)) {
		memcpy(f->given.outcomes + f->given.count, f->gathered.outcomes, f->gathered.count * sizeof(*f->gathered.outcomes));
		f->given.count += f->gathered.count;
	} else {
		f->refused += f->gathered.count;
	}
	f->gathered.count = 0;
}

void follower_tick(struct follower *f, nanos end)
{
	if (!f->has_thread) {
		log_all(f, &f->gathered);
		f->settings.step(f->settings.self, f->logbook, end);
		return;
	}
	pthread_mutex_lock(&f->lock);
	list_give(f);
	f->clock = end;
	pthread_cond_signal(&f->changed);
	pthread_mutex_unlock(&f->lock);
}

uint64_t follower_refused(struct follower *f)
{
	uint64_t refused;

	pthread_mutex_lock(&f->lock);
	refused = f->refused;
	pthread_mutex_unlock(&f->lock);
	return refused;
}
