/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Events for pages that listen (Server-Sent Events): one ring of formatted text that all readers share.
 *
 * Control publishes, each reader has a position in the ring. A reader who falls behind loses the oldest events and is told so by an event
 * "lost", so the memory is that of the ring, however many stall. A reader who comes back says which event was its last (Last-Event-ID)
 * and gets what came since, or "lost" when the ring does not reach so far back or the probe has been started since.
 */
#ifndef SIGCANARY_API_FEED_H
#define SIGCANARY_API_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct feed;

/* `bytes`: room for events. NULL when there is no memory. */
struct feed *feed_new(size_t bytes);
void feed_free(struct feed *f);

/* Appends an event: its name, and its data of one line. Wakes the readers. Any one thread. */
void feed_publish(struct feed *f, const char *name, const char *data, size_t length);

/* A line that readers ignore, so that connections that are gone are noticed. */
void feed_beat(struct feed *f);

/* A reader's side, on the listener's thread. */
struct feed_reader {
	uint64_t next; /* position of the next octet in all that was ever published */
	uint64_t last; /* number of the last event that was seen; 0: only what comes from now on */
	bool is_begun;
	bool is_lost; /* what came since `last` is not known any more, and that has not been said */
};

/* Copies what is there for a reader, whole octets from its position on; 0 when it has everything. */
size_t feed_read(struct feed *f, struct feed_reader *r, char *ret, size_t size);

/* Called after each publication, from the publishing thread; for waking suspended connections. */
void feed_wake_by(struct feed *f, void (*wake)(void *self), void *self);

#endif
