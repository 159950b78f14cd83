/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bytes of one stream that have to wait: an unfinished message, and what arrived behind a gap. Private to the streams.
 *
 * A hold is a buffer of fixed size whose offset 0 is the first byte that nobody has used yet. Its ranges are sorted, lie apart
 * from each other, and hold every byte at most once: the first copy of a byte wins. Holds come from a pool that is allocated once.
 * Owned by one worker.
 */
#ifndef SIGCANARY_TRANSPORT_HOLD_H
#define SIGCANARY_TRANSPORT_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/base/nanos.h"

#define HOLD_RANGES_MAX       32
#define HOLD_NOT_ACKNOWLEDGED INT64_MAX

struct stream;

struct hold_range {
	size_t from;
	size_t to;
	nanos since;        /* when the first of these bytes came: the gap before them is as old as that */
	nanos acknowledged; /* when the receiver was first seen to have all of that gap */
};

struct hold {
	uint8_t *bytes;
	struct stream *owner; /* NULL: free */
	size_t capacity;
	size_t start; /* of offset 0 in `bytes` */
	size_t range_count;
	struct hold_range ranges[HOLD_RANGES_MAX];
};

struct holds {
	struct hold *all;
	struct hold **free; /* a stack */
	uint8_t *bytes;
	size_t count;
	size_t free_count;
	size_t hand; /* where the last search for a silent owner ended */
};

/* Allocates `count` holds of `capacity` bytes; false when there is no memory. */
bool holds_open(struct holds *pool, size_t count, size_t capacity);
void holds_close(struct holds *pool);

/* An empty hold for `owner`, NULL when all are taken. */
struct hold *holds_take(struct holds *pool, struct stream *owner);
void holds_give_back(struct holds *pool, struct hold *hold);

/*
 * Copies `bytes` to `offset`, but only those that are not there yet; `ret_new` is how many that were. False when they do not fit
 * in the buffer, or would be one range too many: then nothing has changed.
 */
bool hold_put(struct hold *hold, size_t offset, struct cursor bytes, nanos clock, size_t *ret_new);

/* The bytes from offset 0 up to the first gap; empty when the gap is right there. */
struct cursor hold_contiguous(const struct hold *hold);

/* The first `count` contiguous bytes were used: offsets move down by as many. */
void hold_use(struct hold *hold, size_t count);

/* The range behind the first gap, NULL when there is no gap. */
struct hold_range *hold_behind_gap(struct hold *hold);

/* Throws away the contiguous bytes, so that offset 0 is the first byte behind the gap; returns by how much offsets moved down. */
size_t hold_skip_gap(struct hold *hold);

/* The receiver has everything below `offset`: notes that for every gap which ends at or before it. */
void hold_acknowledge(struct hold *hold, size_t offset, nanos clock);

/* One past the highest byte, and how many bytes there are. */
size_t hold_span(const struct hold *hold);
size_t hold_size(const struct hold *hold);

#endif
