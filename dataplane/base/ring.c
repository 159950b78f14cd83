/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The record ring, see ring.h. A record is a 16-byte header (its size, or the mark that the rest of the buffer is skipped) and its bytes,
 * rounded up to 16, never wrapped. One producer thread, one consumer thread.
 */
#include "dataplane/base/ring.h"

#include <stdlib.h>
#include <string.h>

#define RING_HEADER 16
#define RING_SKIP   UINT64_MAX

static size_t record_size(size_t size)
{
	return RING_HEADER + ((size + 15) & ~(size_t)15);
}

bool ring_open(struct ring *r, size_t capacity)
{
	size_t bytes = 4096;

	memset(r, 0, sizeof(*r));
	while (bytes < capacity)
		bytes <<= 1;
	r->bytes = aligned_alloc(RING_LINE, bytes);
	r->mask = bytes - 1;
	return r->bytes != NULL;
}

void ring_close(struct ring *r)
{
	free(r->bytes);
	r->bytes = NULL;
}

static bool has_room(struct ring *r, size_t bytes)
{
	if (r->producer_head + bytes - r->producer_tail <= r->mask + 1)
		return true;
	r->producer_tail = atomic_load_explicit(&r->tail, memory_order_acquire);
	return r->producer_head + bytes - r->producer_tail <= r->mask + 1;
}

static void write_size(struct ring *r, uint64_t size)
{
	memcpy(r->bytes + (r->producer_head & r->mask), &size, sizeof(size));
}

void *ring_reserve(struct ring *r, size_t size)
{
	size_t bytes = record_size(size);
	size_t to_end = r->mask + 1 - (size_t)(r->producer_head & r->mask);
	void *record;

	if (bytes > to_end) {
		if (!has_room(r, to_end + bytes))
			return NULL;
		write_size(r, RING_SKIP);
		r->producer_head += to_end;
	} else if (!has_room(r, bytes)) {
		return NULL;
	}
	write_size(r, size);
	record = r->bytes + (r->producer_head & r->mask) + RING_HEADER;
	r->producer_head += bytes;
	return record;
}

void ring_publish(struct ring *r)
{
	atomic_store_explicit(&r->head, r->producer_head, memory_order_release);
}

void *ring_peek(struct ring *r, size_t *ret_size)
{
	for (;;) {
		uint64_t size;

		if (r->consumer_tail == r->consumer_head) {
			r->consumer_head = atomic_load_explicit(&r->head, memory_order_acquire);
			if (r->consumer_tail == r->consumer_head)
				return NULL;
		}
		memcpy(&size, r->bytes + (r->consumer_tail & r->mask), sizeof(size));
		if (size != RING_SKIP) {
			*ret_size = (size_t)size;
			return r->bytes + (r->consumer_tail & r->mask) + RING_HEADER;
		}
		r->consumer_tail += r->mask + 1 - (r->consumer_tail & r->mask);
	}
}

void ring_skip(struct ring *r)
{
	uint64_t size;

	memcpy(&size, r->bytes + (r->consumer_tail & r->mask), sizeof(size));
	r->consumer_tail += record_size((size_t)size);
}

void ring_release(struct ring *r)
{
	/* The producer's copy of the line is left alone when there is nothing to tell. */
	if (atomic_load_explicit(&r->tail, memory_order_relaxed) == r->consumer_tail)
		return;
	atomic_store_explicit(&r->tail, r->consumer_tail, memory_order_release);
}

void ring_pop(struct ring *r)
{
	ring_skip(r);
	ring_release(r);
}
