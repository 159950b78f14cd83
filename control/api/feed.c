/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ring of events, see feed.h. Octets are numbered from the beginning of the process; the ring holds the last of them, and an index of
 * where recent events begin. A reader who comes anew or has fallen behind is put at the beginning of an event, never into one.
 *
 * Events are numbered from the time of the start on, so that a number of an earlier process is known as such.
 */
#include "control/api/feed.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EVENTS     4096
#define PER_SECOND 1000 /* more than ever come in a second */
#define HEAD_MAX   128
#define LOST_WORDS "event: lost\ndata: {}\n\n"

struct feed {
	pthread_mutex_t lock;
	char *ring;
	size_t size;
	uint64_t end;            /* octets ever published */
	uint64_t first, events;  /* number before the first event; of the last one */
	uint64_t begins[EVENTS]; /* of event n, at n % EVENTS */
	void (*wake)(void *self);
	void *self;
};

struct feed *feed_new(size_t bytes)
{
	struct feed *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	pthread_mutex_init(&f->lock, NULL);
	f->size = bytes;
	f->first = f->events = (uint64_t)time(NULL) * PER_SECOND;
	f->ring = malloc(bytes);
	if (f->ring != NULL)
		return f;
	feed_free(f);
	return NULL;
}

void feed_free(struct feed *f)
{
	if (f == NULL)
		return;
	pthread_mutex_destroy(&f->lock);
	free(f->ring);
	free(f);
}

static void append(struct feed *f, const char *text, size_t length)
{
	size_t at = (size_t)(f->end % f->size);
	size_t first = length < f->size - at ? length : f->size - at;

	memcpy(f->ring + at, text, first);
	memcpy(f->ring, text + first, length - first);
	f->end += length;
}

void feed_publish(struct feed *f, const char *name, const char *data, size_t length)
{
	char head[HEAD_MAX];
	int head_length;

	pthread_mutex_lock(&f->lock);
	head_length = snprintf(head, sizeof(head), "id: %" PRIu64 "\nevent: %s\ndata: ", f->events + 1, name);
	/* An event that is larger than half of the ring would push out all others. */
	if (head_length > 0 && (size_t)head_length < sizeof(head) && length < f->size / 2) {
		f->begins[++f->events % EVENTS] = f->end;
		append(f, head, (size_t)head_length);
		append(f, data, length);
		append(f, "\n\n", 2);
	}
	pthread_mutex_unlock(&f->lock);
	if (f->wake != NULL)
		f->wake(f->self);
}

void feed_beat(struct feed *f)
{
	pthread_mutex_lock(&f->lock);
	append(f, ":\n\n", 3);
	pthread_mutex_unlock(&f->lock);
	if (f->wake != NULL)
		f->wake(f->self);
}

/* Whether the ring still has the octet. */
static bool is_there(const struct feed *f, uint64_t octet)
{
	return f->end - octet <= f->size;
}

/* The first event that is still there and comes after `last`; the end when there is none. */
static uint64_t event_after(const struct feed *f, uint64_t last)
{
	uint64_t oldest = f->events - f->first >= EVENTS ? f->events - EVENTS + 1 : f->first + 1;

	for (uint64_t n = last + 1 > oldest ? last + 1 : oldest; n <= f->events; n++) {
		if (is_there(f, f->begins[n % EVENTS]))
			return f->begins[n % EVENTS];
	}
	return f->end;
}

static void reader_begin(struct feed *f, struct feed_reader *r)
{
	r->is_begun = true;
	r->next = f->end;
	if (r->last == 0 || r->last == f->events)
		return;
	/* Of an earlier process, or of so long ago that what came next is gone. */
	r->is_lost = r->last < f->first || r->last > f->events || f->events - r->last > EVENTS ||
		     !is_there(f, f->begins[(r->last + 1) % EVENTS]);
	if (!r->is_lost)
		r->next = f->begins[(r->last + 1) % EVENTS];
}

size_t feed_read(struct feed *f, struct feed_reader *r, char *ret, size_t size)
{
	size_t length;
	size_t at;
	size_t first;

	pthread_mutex_lock(&f->lock);
	if (!r->is_begun)
		reader_begin(f, r);
	if ((r->is_lost || !is_there(f, r->next)) && size >= sizeof(LOST_WORDS) - 1) {
		/* What was sent last may have ended within an event; an empty line ends it for the browser. */
		static const char words[] = "\n\n" LOST_WORDS;

		length = sizeof(words) - 1 <= size ? sizeof(words) - 1 : 0;
		memcpy(ret, words, length);
		r->is_lost = r->is_lost && length == 0;
		r->next = event_after(f, f->events > f->first ? f->events - 1 : f->first);
		pthread_mutex_unlock(&f->lock);
		return length;
	}
	length = (size_t)(f->end - r->next) < size ? (size_t)(f->end - r->next) : size;
	at = (size_t)(r->next % f->size);
	first = length < f->size - at ? length : f->size - at;
	memcpy(ret, f->ring + at, first);
	memcpy(ret + first, f->ring, length - first);
	r->next += length;
	pthread_mutex_unlock(&f->lock);
	return length;
}

void feed_wake_by(struct feed *f, void (*wake)(void *self), void *self)
{
	f->self = self;
	f->wake = wake;
}
