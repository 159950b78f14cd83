/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is kept of answered requests, to know their copies from other hops: a ring in the order of answers, which is the order in which they
 * are forgotten. So an entry of two lines is free again when its answer has come, and to forget costs nothing: with 1 M open at 10 Gbit/s
 * the two seconds of answered requests were four entries of five. Owned by one worker.
 *
 * A remnant's number is its place in the order of all, of which 31 bits count, with the uppermost bit set: a number that was left somewhere
 * is seen to be dead without touching memory.
 */
#ifndef SIGCANARY_TRANSACTION_REMNANTS_H
#define SIGCANARY_TRANSACTION_REMNANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/digits.h"
#include "dataplane/base/nanos.h"
#include "dataplane/codes/codes.h"

#define REMNANT_FLAG UINT32_C(0x80000000)

struct remnant {
	uint64_t key;
	nanos due; /* forgotten from then on */
	digits imsi;
	uint32_t party_title;
	uint32_t party_code;
	procedure procedure;
	int16_t invoke;
};

struct remnants {
	struct remnant *ring;
	uint32_t mask;
	uint32_t head; /* of the next one; modulo 2^31 */
	uint32_t tail; /* of the oldest */
};

/* Takes memory for at least `capacity` of them, of which none is touched yet; false when there is none. */
bool remnants_open(struct remnants *r, size_t capacity);
void remnants_close(struct remnants *r);

static inline bool is_remnant(uint32_t number)
{
	return (number & REMNANT_FLAG) != 0;
}

static inline bool remnant_is_kept(const struct remnants *r, uint32_t number)
{
	return ((number - r->tail) & ~REMNANT_FLAG) < ((r->head - r->tail) & ~REMNANT_FLAG);
}

static inline struct remnant *remnant_at(const struct remnants *r, uint32_t number)
{
	return &r->ring[number & r->mask];
}

/* Room for one more; the oldest goes when there is none. `ret` is to be filled in. */
static inline uint32_t remnant_new(struct remnants *r, struct remnant **ret)
{
	uint32_t number = r->head | REMNANT_FLAG;

	if (((r->head - r->tail) & ~REMNANT_FLAG) > r->mask)
		r->tail = (r->tail + 1) & ~REMNANT_FLAG;
	r->head = (r->head + 1) & ~REMNANT_FLAG;
	*ret = remnant_at(r, number);
	return number;
}

/* Forgets all that are due by `clock`. */
void remnants_forget(struct remnants *r, nanos clock);

/* Forgets all. */
static inline void remnants_reset(struct remnants *r)
{
	r->tail = r->head;
}

#endif
