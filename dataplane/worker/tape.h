/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The frames a worker saw last, kept as they came, so that the packets around an incident can still be had when it is noticed.
 *
 * One producer (the worker, or a replay's own thread) and any number of readers that never hold it up: the oldest is overwritten, and a
 * reader that was too slow is told that it lost something. The memory is divided into blocks; no record lies across two, so that a reader
 * can begin at any block, and the producer never has to look at what it overwrites. Memory is taken at start and touched once; putting a
 * frame in neither allocates nor locks nor waits.
 */
#ifndef SIGCANARY_WORKER_TAPE_H
#define SIGCANARY_WORKER_TAPE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/ring.h"
#include "dataplane/frame.h"

#define TAPE_BLOCK ((size_t)128 << 10)
/* Longer frames are kept cut: jumbo frames and what receive offload puts together fit. */
#define TAPE_FRAME_MAX (TAPE_BLOCK - sizeof(struct tape_record) - 16)
#define TAPE_LEAST     ((size_t)8 * TAPE_BLOCK)
/* Ends of ticks that a replay remembers; few are on the way at once (control/tick/relay.c). */
#define TAPE_MARKS 16

/* What is kept of a frame before its bytes. */
struct tape_record {
	nanos time;
	nanos clock;
	uint32_t number; /* as struct frame */
	uint32_t wire_length;
	uint32_t captured;
	uint16_t tap;
	uint8_t link_type;
	uint8_t pad;
};

_Static_assert(sizeof(struct tape_record) == 32, "records are copied in pieces of 16 bytes");

struct tape {
	uint8_t *bytes;
	size_t length;
	uint64_t block_mask;                            /* number of blocks, less one */
	uint64_t block;                                 /* the producer's: number of the block that is written, from 0 */
	uint32_t used;                                  /* bytes of it */
	_Atomic uint32_t *lengths;                      /* [blocks]: bytes used of each that is full */
	_Alignas(RING_LINE) _Atomic uint64_t claimed;   /* the block that may be being written */
	_Alignas(RING_LINE) _Atomic uint64_t published; /* block * TAPE_BLOCK + bytes used of it that readers may see */
	_Atomic uint64_t marks[TAPE_MARKS];
};

/* `capacity` in bytes, rounded up to a power of two of blocks. False when there is no memory. */
bool tape_open(struct tape *r, size_t capacity);
void tape_close(struct tape *r);

/* Producer: keeps a copy. */
void tape_put(struct tape *r, const struct frame *frame);
/* Producer: lets readers see all that was put. Once per burst. */
void tape_publish(struct tape *r);
/* Producer: the tick of this number ends here, see tape_begin_at(). Publishes. */
void tape_mark(struct tape *r, uint64_t tick);

/* Where one reader stands. Owned by it. */
struct tape_reader {
	uint64_t block;
	uint32_t at;
	uint64_t lost; /* blocks that were overwritten before they were read */
};

/* Begins at the oldest that is there. */
void tape_begin(const struct tape *r, struct tape_reader *ret);
/*
 * Begins half of the memory before the end of a tick, or at the very first frame: the same place in every replay, however far its
 * producer is ahead of this reader. The tick is one of the last TAPE_MARKS.
 */
void tape_begin_at(const struct tape *r, uint64_t tick, struct tape_reader *ret);

/* What stands next, without its bytes; false when there is nothing now. Counts in `lost` what it had to leave out. */
bool tape_peek(const struct tape *r, struct tape_reader *reader, struct tape_record *ret);
/* Its bytes; false when they were overwritten meanwhile, then peek again. Stays where it is. */
bool tape_copy(const struct tape *r, const struct tape_reader *reader, const struct tape_record *record, uint8_t *ret);
/* Behind it. */
void tape_skip(struct tape_reader *reader, const struct tape_record *record);

#endif
