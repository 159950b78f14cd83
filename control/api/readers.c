/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Readers of a feed, see readers.h. MHD asks for more when it has sent what it got; a reader without news is suspended then, and resumed by
 * whoever publishes. Both happen under one lock with a flag, so that no reader sleeps over an event that came in between.
 */
#include "control/api/readers.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 16384

struct reader {
	struct readers *readers;
	struct feed *feed;
	struct feed_reader position;
	struct MHD_Connection *connection;
	struct reader *next, *before;
	bool is_suspended;
};

struct readers {
	pthread_mutex_t lock;
	struct reader *first;
	bool is_over;
};

struct readers *readers_new(void)
{
	struct readers *s = calloc(1, sizeof(*s));

	if (s != NULL)
		pthread_mutex_init(&s->lock, NULL);
	return s;
}

void readers_free(struct readers *s)
{
	if (s == NULL)
		return;
	pthread_mutex_destroy(&s->lock);
	free(s);
}

static void wake_all(struct readers *s)
{
	for (struct reader *r = s->first; r != NULL; r = r->next) {
		if (r->is_suspended)
			MHD_resume_connection(r->connection);
		r->is_suspended = false;
	}
}

static void wake(void *self)
{
	struct readers *s = self;

	pthread_mutex_lock(&s->lock);
	wake_all(s);
	pthread_mutex_unlock(&s->lock);
}

void readers_follow(struct readers *s, struct feed *feed)
{
	feed_wake_by(feed, wake, s);
}

void readers_end(struct readers *s)
{
	if (s == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	s->is_over = true;
	wake_all(s);
	pthread_mutex_unlock(&s->lock);
}

static ssize_t reader_fill(void *self, uint64_t position, char *ret, size_t size)
{
	struct reader *r = self;
	size_t length;

	(void)position;
	pthread_mutex_lock(&r->readers->lock);
	length = feed_read(r->feed, &r->position, ret, size);
	if (length == 0 && !r->readers->is_over) {
		MHD_suspend_connection(r->connection);
		r->is_suspended = true;
	}
	pthread_mutex_unlock(&r->readers->lock);
	if (length > 0)
		return (ssize_t)length;
	return r->readers->is_over ? MHD_CONTENT_READER_END_OF_STREAM : 0;
}

static void reader_free(void *self)
{
	struct reader *r = self;

	pthread_mutex_lock(&r->readers->lock);
	if (r->before != NULL)
		r->before->next = r->next;
	else
		r->readers->first = r->next;
	if (r->next != NULL)
		r->next->before = r->before;
	pthread_mutex_unlock(&r->readers->lock);
	free(r);
}

enum MHD_Result readers_serve(struct readers *s, struct feed *feed, struct MHD_Connection *connection, readers_queue queue)
{
	const char *last = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Last-Event-ID");
	struct reader *r = calloc(1, sizeof(*r));
	struct MHD_Response *response;

	if (r == NULL)
		return MHD_NO;
	/* A page that opens the stream anew after a reload names its last event in the query. */
	if (last == NULL)
		last = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "last");
	r->readers = s;
	r->feed = feed;
	r->connection = connection;
	r->position.last = last != NULL ? strtoull(last, NULL, 10) : 0;
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, reader_fill, r, reader_free);
	if (response == NULL) {
		free(r);
		return MHD_NO;
	}
	pthread_mutex_lock(&s->lock);
	r->next = s->first;
	if (s->first != NULL)
		s->first->before = r;
	s->first = r;
	pthread_mutex_unlock(&s->lock);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/event-stream");
	/* No limit of idle time: silence of the network is no reason to hang up. */
	MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, 0U);
	return queue(connection, MHD_HTTP_OK, response);
}
