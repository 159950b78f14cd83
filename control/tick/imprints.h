/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A table that remembers of many subscribers one small number each, in eight octets: 40 bits of a keyed hash and a stamp of 24. In sets of
 * a cache line, of which the oldest goes when there is no room. One in 2^37 questions meets the imprint of another. Owned by control.
 */
#ifndef SIGCANARY_TICK_IMPRINTS_H
#define SIGCANARY_TICK_IMPRINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMPRINTS_WAYS      8
#define IMPRINT_STAMP_BITS 24
#define IMPRINT_STAMP_MASK ((UINT64_C(1) << IMPRINT_STAMP_BITS) - 1)

struct imprints {
	uint64_t (*sets)[IMPRINTS_WAYS]; /* 0: free */
	size_t set_count;                /* a power of two */
};

/* Room for at least `capacity`, of which none is touched yet; false without memory. Close also after a failure. */
bool imprints_open(struct imprints *t, size_t capacity);
void imprints_close(struct imprints *t);

/* What is remembered under a hash; NULL when nothing is. The stamp is in the lowest bits and may be changed in place. */
uint64_t *imprints_find(const struct imprints *t, uint64_t hash);

/*
 * A place for a hash that has none, with stamp 0: a free one, or that with the oldest stamp, going by `age_bits` of it from `age_from` on
 * that count time up to `now`, modulo.
 */
uint64_t *imprints_make(struct imprints *t, uint64_t hash, unsigned int age_from, uint32_t now);

#endif
