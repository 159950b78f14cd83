/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A source of files read by a thread of its own, so that reading, decompressing and merging go on while the bursts before are decoded.
 *
 * A ring of few bursts between two threads: a mutex guards how many were read and how many given back, a burst belongs to the reader until
 * it is read and to the caller until it asks for the next. Used by the replay; a lock per thousand frames is no cost there. The order
 * and the contents of bursts are those of the source inside, whatever the threads do.
 *
 * A reader that waits on standard input is woken at closing by a signal; all other signals are for the other threads.
 */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dataplane/source/source.h"

/* The caller looks up from waiting this often, to see whether it was interrupted. */
#define LOOK_UP_MS 100
#define WAKE_MS    10
#define WAKE       SIGUSR1

struct burst {
	enum source_state state;
	size_t count;
	struct source_statistics statistics;
	struct frame frames[SOURCE_AHEAD_BURST];
};

struct ahead {
	struct source source;
	struct source *inner;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned long read;  /* guarded: bursts read so far */
	unsigned long given; /* guarded: bursts the caller has done with */
	bool is_closing;     /* guarded */
	size_t taken;        /* the caller's: frames it has had of its burst */
	bool has_burst;      /* the caller's */
	struct source_statistics statistics;
	struct burst bursts[SOURCE_AHEAD];
};

static void *ahead_read(void *argument)
{
	struct ahead *a = argument;
	enum source_state state = SOURCE_MORE;

	while (state == SOURCE_MORE) {
		struct burst *b;
		bool is_closing;

		pthread_mutex_lock(&a->lock);
		while (a->read - a->given == SOURCE_AHEAD && !a->is_closing)
			pthread_cond_wait(&a->changed, &a->lock);
		b = &a->bursts[a->read % SOURCE_AHEAD];
		is_closing = a->is_closing;
		pthread_mutex_unlock(&a->lock);
		if (is_closing)
			break;
		state = source_burst(a->inner, b->frames, SOURCE_AHEAD_BURST, &b->count);
		source_statistics(a->inner, &b->statistics);
		b->state = state;
		pthread_mutex_lock(&a->lock);
		a->read++;
		pthread_cond_broadcast(&a->changed);
		pthread_mutex_unlock(&a->lock);
	}
	return NULL;
}

/* Waits for a burst; false when none came in a while. */
static bool burst_await(struct ahead *a)
{
	struct timespec until;
	bool has_come;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += LOOK_UP_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_mutex_lock(&a->lock);
	while (a->read == a->given) {
		if (pthread_cond_timedwait(&a->changed, &a->lock, &until) != 0)
			break;
	}
	has_come = a->read != a->given;
	pthread_mutex_unlock(&a->lock);
	return has_come;
}

static void burst_give_back(struct ahead *a)
{
	pthread_mutex_lock(&a->lock);
	a->given++;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
	a->has_burst = false;
}

static enum source_state ahead_burst(struct source *s, struct frame *frames, size_t max, size_t *ret_count)
{
	struct ahead *a = (struct ahead *)s;
	struct burst *b = &a->bursts[a->given % SOURCE_AHEAD];
	size_t count;

	*ret_count = 0;
	if (a->has_burst && a->taken == b->count) {
		/* The last burst stays: it says for ever how the input ended. */
		if (b->state != SOURCE_MORE)
			return b->state;
		burst_give_back(a);
		b = &a->bursts[a->given % SOURCE_AHEAD];
	}
	if (!a->has_burst) {
		if (!burst_await(a))
			return SOURCE_MORE;
		a->has_burst = true;
		a->taken = 0;
		a->statistics = b->statistics;
	}
	count = b->count - a->taken < max ? b->count - a->taken : max;
	for (size_t i = 0; i < count; i++)
		frames[i] = b->frames[a->taken + i];
	a->taken += count;
	*ret_count = count;
	return a->taken == b->count ? b->state : SOURCE_MORE;
}

static void ahead_statistics(struct source *s, struct source_statistics *ret)
{
	*ret = ((struct ahead *)s)->statistics;
}

/* Asked when the input is over: the reader has returned then, or writes no more. */
static const char *ahead_error(struct source *s)
{
	return source_error(((struct ahead *)s)->inner);
}

static void on_wake(int number)
{
	(void)number;
}

/* A reader that waits for standard input gets a signal until it has noticed. */
static void reader_end(struct ahead *a)
{
	struct sigaction wake = { .sa_handler = on_wake };
	struct sigaction before;
	const struct timespec pause = { .tv_nsec = WAKE_MS * 1000000L };

	sigaction(WAKE, &wake, &before);
	pthread_mutex_lock(&a->lock);
	a->is_closing = true;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
	while (pthread_tryjoin_np(a->thread, NULL) != 0) {
		pthread_kill(a->thread, WAKE);
		nanosleep(&pause, NULL);
	}
	sigaction(WAKE, &before, NULL);
}

static void ahead_close(struct source *s)
{
	struct ahead *a = (struct ahead *)s;

	reader_end(a);
	source_close(a->inner);
	pthread_mutex_destroy(&a->lock);
	pthread_cond_destroy(&a->changed);
	free(a);
}

static const struct source_operations ahead_operations = {
	.burst = ahead_burst,
	.statistics = ahead_statistics,
	.error = ahead_error,
	.close = ahead_close,
};

static bool reader_start(struct ahead *a)
{
	sigset_t others;
	sigset_t before;
	bool is_started;

	sigfillset(&others);
	sigdelset(&others, WAKE);
	pthread_sigmask(SIG_SETMASK, &others, &before);
	is_started = pthread_create(&a->thread, NULL, ahead_read, a) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return is_started;
}

struct source *source_open_ahead(struct source *inner, char error[SOURCE_ERROR_MAX])
{
	struct ahead *a = inner != NULL ? calloc(1, sizeof(*a)) : NULL;

	if (a == NULL) {
		if (inner != NULL)
			snprintf(error, SOURCE_ERROR_MAX, "no memory to read ahead");
		source_close(inner);
		return NULL;
	}
	a->source.operations = &ahead_operations;
	a->inner = inner;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	if (reader_start(a))
		return &a->source;
	snprintf(error, SOURCE_ERROR_MAX, "no thread to read ahead; see the limits of this user (ulimit -u)");
	source_close(inner);
	free(a);
	return NULL;
}
