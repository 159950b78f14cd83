/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A ring of records of any size between one producer thread and one consumer thread. Records are copied in, so nothing that crosses
 * needs an owner. Each side keeps a private copy of the other's position and looks at the shared one only when that runs out.
 */
#ifndef SIGCANARY_BASE_RING_H
#define SIGCANARY_BASE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_LINE 64

struct ring {
	uint8_t *bytes;
	size_t mask;
	_Alignas(RING_LINE) _Atomic uint64_t head;  /* written by the producer */
	_Alignas(RING_LINE) _Atomic uint64_t tail;  /* written by the consumer */
	_Alignas(RING_LINE) uint64_t producer_head; /* with records not yet published */
	uint64_t producer_tail;
	_Alignas(RING_LINE) uint64_t consumer_head;
	uint64_t consumer_tail;
};

/* `capacity` in bytes, rounded up to a power of two. False when there is no memory. */
bool ring_open(struct ring *r, size_t capacity);
void ring_close(struct ring *r);

/* Producer: room for a record of `size` bytes, 16-byte aligned, or NULL when the ring is full. Fill it before ring_publish(). */
void *ring_reserve(struct ring *r, size_t size);
/* Producer: lets the consumer see all records reserved so far. Once per burst. */
void ring_publish(struct ring *r);

/* Consumer: the oldest record and its size, or NULL. Stays valid until ring_pop() or ring_release(). */
void *ring_peek(struct ring *r, size_t *ret_size);
/* Consumer: behind the oldest record, which stays valid; what was skipped so far goes back to the producer. A pop is both. */
void ring_skip(struct ring *r);
void ring_release(struct ring *r);
void ring_pop(struct ring *r);

#endif
