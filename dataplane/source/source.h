/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where frames come from. Three kinds behind one interface of four functions: capture files (libpcap), a kernel interface (libpcap), DPDK
 * queues. A source is used by one thread at a time; the DPDK source is opened once per queue.
 *
 * The one indirect call per burst is the exception STYLE allows.
 */
#ifndef SIGCANARY_SOURCE_H
#define SIGCANARY_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "dataplane/frame.h"

#define SOURCE_BURST 64
/* Words of an error: what, where, what to do. */
#define SOURCE_ERROR_MAX 512

struct source;

enum source_state {
	SOURCE_MORE,    /* frames, or none just now (live sources) */
	SOURCE_END,     /* the input is over */
	SOURCE_DAMAGED, /* the input is over because it is broken: source_error() says where; what came before was whole */
};

struct source_statistics {
	uint64_t frames;
	uint64_t bytes;
	uint64_t dropped;  /* lost by the card, the ring or the kernel before they could be read */
	uint64_t position; /* bytes of the inputs read, for progress; 0 live */
	uint64_t size;     /* of the inputs, 0 when unknown */
};

struct source_operations {
	/* Fills up to `max` frames, valid until the next call (those of files: of the SOURCE_AHEAD last calls); *ret_count may be 0. */
	enum source_state (*burst)(struct source *s, struct frame *frames, size_t max, size_t *ret_count);
	void (*statistics)(struct source *s, struct source_statistics *ret);
	const char *(*error)(struct source *s);
	void (*close)(struct source *s);
	/* The present time in terms of frame clocks, also when no frame comes; NULL: the time of the last frame is all there is (files). */
	nanos (*clock)(struct source *s);
};

/* First member of every source. */
struct source {
	const struct source_operations *operations;
};

/*
 * Opens capture files, merged by time; "-" is standard input. pcap and pcapng, micro- and nanoseconds, both byte orders, plain, .gz and
 * .zst (told by content, not by name). Frames keep the order of their own file where its time goes back. NULL and `error` when none can
 * be opened; one that cannot, is no capture or is damaged further on ends there (SOURCE_DAMAGED at the very end), the others go on.
 */
struct source *source_open_files(const char *const *paths, size_t count, char error[SOURCE_ERROR_MAX]);

/* Bursts of files that may be held at once, and their greatest size. */
#define SOURCE_AHEAD       3
#define SOURCE_AHEAD_BURST 1024

/*
 * Reads `inner`, a source of files, ahead on a thread of its own. Takes `inner` over, also when it fails (NULL and `error`; NULL also when
 * `inner` is, with `error` left as it is). A burst may come back empty while the input is slow.
 */
struct source *source_open_ahead(struct source *inner, char error[SOURCE_ERROR_MAX]);

/* Opens a kernel interface through libpcap, promiscuous, without waiting for frames longer than `timeout_ms`. */
struct source *source_open_interface(const char *name, unsigned int snap_length, unsigned int buffer_mib, unsigned int timeout_ms,
				     char error[SOURCE_ERROR_MAX]);

/* Opens one receive queue of a started DPDK port; see source/dpdk.h for EAL and port start-up. Absent with -Ddpdk=disabled. */
struct source *source_open_dpdk(uint16_t port, uint16_t queue, char error[SOURCE_ERROR_MAX]);

static inline enum source_state source_burst(struct source *s, struct frame *frames, size_t max, size_t *ret_count)
{
	return s->operations->burst(s, frames, max, ret_count);
}

static inline void source_statistics(struct source *s, struct source_statistics *ret)
{
	s->operations->statistics(s, ret);
}

static inline const char *source_error(struct source *s)
{
	return s->operations->error(s);
}

/* Live sources only: ticks go on while nothing arrives. */
static inline nanos source_clock(struct source *s)
{
	return s->operations->clock != NULL ? s->operations->clock(s) : 0;
}

static inline void source_close(struct source *s)
{
	if (s != NULL)
		s->operations->close(s);
}

#endif
