/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The thread of one outlet: the oldest announcement, sent until it has arrived, then the next. A receiver that is not there is tried again
 * after 1, 2, 4 seconds up to outbox.retry_most; all announcements wait meanwhile, so their order stays. Alertmanager forgets alerts that
 * nobody repeats: open incidents are told again when nothing waits.
 */
#include "control/outlet/outlet_thread.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/outlet/facts.h"

#define RETRY_FIRST NANOS_PER_S

static nanos clock_now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NANOS_PER_S + t.tv_nsec;
}

static bool outlet_ends(const void *self)
{
	const struct outlet *o = self;
	bool ends;

	pthread_mutex_lock(&o->board->lock);
	ends = o->ends;
	pthread_mutex_unlock(&o->board->lock);
	return ends;
}

/* Sleeps until `until` (monotonic; 0: for ever), the end, or, unless it is to be patient, until something new is announced. */
static void outlet_wait(struct outlet *o, nanos until, uint64_t seen, bool is_patient)
{
	struct timespec at = { .tv_sec = until / NANOS_PER_S, .tv_nsec = until % NANOS_PER_S };
	int code = 0;

	pthread_mutex_lock(&o->board->lock);
	o->is_idle = true;
	while (!o->ends && code != ETIMEDOUT && (is_patient || o->board->wakes == seen)) {
		if (until == 0)
			pthread_cond_wait(&o->board->changed, &o->board->lock);
		else
			code = pthread_cond_timedwait(&o->board->changed, &o->board->lock, &at);
	}
	o->is_idle = o->ends;
	pthread_mutex_unlock(&o->board->lock);
}

static void earlier_take(void *self, const char *json)
{
	json_array_append_new(self, json_loads(json, 0, NULL));
}

/* Tells the receiver one line. */
static enum delivery line_send(struct outlet *o, const struct outbox_row *row, bool is_again, char error[OUTLET_ERROR_MAX])
{
	json_t *alarm = json_loads(row->json, 0, NULL);
	json_t *earlier = json_array();
	enum delivery outcome;
	struct letter letter = {
		.context = &o->context,
		.json = row->json,
		.length = strlen(row->json),
		.alarm = alarm,
		.is_again = is_again,
		.earlier = earlier,
		.number = row->number,
		.now_s = clock_now(CLOCK_REALTIME) / NANOS_PER_S,
		.ends = outlet_ends,
		.ends_self = o,
	};

	snprintf(error, OUTLET_ERROR_MAX, "the line is not JSON");
	if (alarm == NULL) {
		json_decref(earlier);
		return DELIVERY_REFUSED;
	}
	if (o->driver->wants_earlier)
		outbox_earlier(o->box, row->incident, fact_time(alarm, "time"), earlier_take, earlier);
	outcome = o->driver->send(o->receiver, &letter, error);
	json_decref(earlier);
	json_decref(alarm);
	return outcome;
}

/* Says once that an outlet fails, and once that it is well again. Without the lock: standard error may be slow. */
static void change_say(const struct outlet *o, bool is_failing, const char *error, uint64_t waiting)
{
	if (is_failing)
		fprintf(stderr, "sigcanary: outlet %s fails: %s; announcements wait and are sent again\n", o->state.name, error);
	else
		fprintf(stderr, "sigcanary: outlet %s takes announcements again, %" PRIu64 " still wait\n", o->state.name, waiting);
}

/* Counts what came of one attempt; what is told again was sent before, and says no more than how the receiver is. */
static void outcome_count(struct outlet *o, enum delivery outcome, bool is_again, const char *error)
{
	uint64_t waiting = outbox_waiting(o->box);
	bool is_failing = outcome == DELIVERY_LATER;
	bool is_news;

	pthread_mutex_lock(&o->board->lock);
	is_news = o->state.is_failing != is_failing && !o->ends;
	o->state.waiting = waiting;
	o->state.sent += !is_again && (outcome == DELIVERY_DONE || outcome == DELIVERY_PARTLY);
	o->state.failed += outcome == DELIVERY_LATER || outcome == DELIVERY_REFUSED;
	o->state.refused += outcome == DELIVERY_REFUSED || outcome == DELIVERY_PARTLY;
	o->state.is_failing = is_failing;
	if (outcome != DELIVERY_DONE)
		snprintf(o->state.last_error, sizeof(o->state.last_error), "%s", error);
	pthread_mutex_unlock(&o->board->lock);
	if (is_news)
		change_say(o, is_failing, error, waiting);
}

/* The `index`-th open incident; false when there are fewer. */
static bool open_incident(struct outlet *o, size_t index, char incident[STORE_INCIDENT_MAX])
{
	bool is_there;

	pthread_mutex_lock(&o->board->lock);
	is_there = index < o->board->open_count;
	if (is_there)
		memcpy(incident, o->board->open[index], STORE_INCIDENT_MAX);
	pthread_mutex_unlock(&o->board->lock);
	return is_there;
}

/* All open incidents once more; what fails here is tried again next time. */
static void open_send(struct outlet *o)
{
	struct outbox_row row = { 0 };
	char error[OUTLET_ERROR_MAX] = "";
	enum delivery outcome = DELIVERY_DONE;

	for (size_t i = 0; outcome != DELIVERY_LATER && open_incident(o, i, row.incident); i++) {
		row.json = outbox_newest(o->box, row.incident);
		if (row.json == NULL)
			continue;
		outcome = line_send(o, &row, true, error);
		outcome_count(o, outcome, true, error);
		outbox_row_free(&row);
	}
}

/* One attempt at the oldest; how long to wait before the next one, 0: not at all. */
static nanos row_send(struct outlet *o, const struct outbox_row *row, nanos pause)
{
	char error[OUTLET_ERROR_MAX] = "";
	enum delivery outcome = line_send(o, row, false, error);

	if (outcome == DELIVERY_LATER) {
		pause = pause == 0 ? RETRY_FIRST : 2 * pause;
		pause = pause < o->retry_most ? pause : o->retry_most;
		outbox_failed(o->box, row, clock_now(CLOCK_REALTIME) + pause);
	} else {
		outbox_done(o->box, row);
		pause = 0;
	}
	outcome_count(o, outcome, false, error);
	return pause;
}

static uint64_t wakes_seen(struct outlet *o)
{
	uint64_t seen;

	pthread_mutex_lock(&o->board->lock);
	seen = o->board->wakes;
	pthread_mutex_unlock(&o->board->lock);
	return seen;
}

static void *outlet_work(void *argument)
{
	struct outlet *o = argument;
	nanos pause = 0;
	nanos told = clock_now(CLOCK_MONOTONIC);

	outlet_free(o->before);
	o->before = NULL;
	while (!outlet_ends(o)) {
		uint64_t seen = wakes_seen(o);
		struct outbox_row row;

		if (outbox_take(o->box, &row)) {
			pause = row_send(o, &row, pause);
			outbox_row_free(&row);
			if (pause > 0)
				outlet_wait(o, clock_now(CLOCK_MONOTONIC) + pause, seen, true);
			continue;
		}
		if (o->resend > 0 && clock_now(CLOCK_MONOTONIC) - told >= o->resend) {
			open_send(o);
			told = clock_now(CLOCK_MONOTONIC);
		}
		outlet_wait(o, o->resend > 0 ? told + o->resend : 0, seen, false);
	}
	return NULL;
}

bool outlet_start(struct outlet *o)
{
	uint64_t waiting = outbox_waiting(o->box);
	sigset_t all;
	sigset_t old;

	pthread_mutex_lock(&o->board->lock);
	o->state.waiting = waiting;
	pthread_mutex_unlock(&o->board->lock);
	/* Signals are control's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	o->has_thread = pthread_create(&o->thread, NULL, outlet_work, o) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return o->has_thread;
}

void outlet_end(struct outlet *o)
{
	pthread_mutex_lock(&o->board->lock);
	o->ends = true;
	pthread_cond_broadcast(&o->board->changed);
	pthread_mutex_unlock(&o->board->lock);
}

void outlet_free(struct outlet *o)
{
	if (o == NULL)
		return;
	if (o->has_thread) {
		outlet_end(o);
		pthread_join(o->thread, NULL);
	}
	outlet_free(o->before);
	outbox_close(o->box);
	if (o->receiver != NULL)
		o->driver->close(o->receiver);
	free(o);
}
