/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Recent frames, see recent.h. A sequence lock over blocks: the producer says which block it is about to write before it writes, and a
 * reader that has copied something asks afterwards whether that block had been claimed again. tape_put() and tape_publish() are the
 * worker's, per frame and per burst; the rest is a reader's.
 */
#include "dataplane/worker/tape.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define TAPE_ALIGN 16
/* What is about to be overwritten is given up this much early: nobody begins to read what will not last. */
#define BLOCKS_SPARED 1

static size_t record_size(uint32_t captured)
{
	return sizeof(struct tape_record) + (((size_t)captured + TAPE_ALIGN - 1) & ~(size_t)(TAPE_ALIGN - 1));
}

bool tape_open(struct tape *r, size_t capacity)
{
	size_t length = TAPE_LEAST;
	void *bytes;

	memset(r, 0, sizeof(*r));
	while (length < capacity)
		length <<= 1;
	/* Touched now, and in large pages where the system gives them: no page is missing when the first packets come. */
	bytes = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (bytes == MAP_FAILED)
		return false;
	(void)madvise(bytes, length, MADV_HUGEPAGE);
	memset(bytes, 0, length);
	r->bytes = bytes;
	r->length = length;
	r->block_mask = length / TAPE_BLOCK - 1;
	r->lengths = calloc(length / TAPE_BLOCK, sizeof(*r->lengths));
	if (r->lengths != NULL)
		return true;
	tape_close(r);
	return false;
}

void tape_close(struct tape *r)
{
	if (r->bytes != NULL)
		munmap(r->bytes, r->length);
	free((void *)r->lengths);
	r->bytes = NULL;
	r->lengths = NULL;
}

static void block_next(struct tape *r)
{
	atomic_store_explicit(&r->lengths[r->block & r->block_mask], r->used, memory_order_relaxed);
	r->block++;
	r->used = 0;
	atomic_store_explicit(&r->claimed, r->block, memory_order_relaxed);
	/* Nothing of the block is written before readers can know of it. */
	atomic_thread_fence(memory_order_seq_cst);
}

void tape_put(struct tape *r, const struct frame *frame)
{
	uint32_t captured = frame->captured < TAPE_FRAME_MAX ? frame->captured : (uint32_t)TAPE_FRAME_MAX;
	struct tape_record record = { .time = frame->time,
				      .clock = frame->clock,
				      .number = frame->number,
				      .wire_length = frame->wire_length,
				      .captured = captured,
				      .tap = frame->tap,
				      .link_type = frame->link_type };
	uint8_t *to;

	/* A block is never filled to its last byte, so that a position tells which block it is in. */
	if (record_size(captured) >= TAPE_BLOCK - r->used)
		block_next(r);
	to = r->bytes + (r->block & r->block_mask) * TAPE_BLOCK + r->used;
	memcpy(to, &record, sizeof(record));
	memcpy(to + sizeof(record), frame->bytes, captured);
	r->used += (uint32_t)record_size(captured);
}

static uint64_t position(const struct tape *r)
{
	return r->block * TAPE_BLOCK + r->used;
}

void tape_publish(struct tape *r)
{
	atomic_store_explicit(&r->published, position(r), memory_order_release);
}

void tape_mark(struct tape *r, uint64_t tick)
{
	atomic_store_explicit(&r->marks[tick % TAPE_MARKS], position(r), memory_order_relaxed);
	tape_publish(r);
}

/* The oldest block that may be read. */
static uint64_t oldest(const struct tape *r)
{
	uint64_t claimed = atomic_load_explicit(&r->claimed, memory_order_relaxed);
	uint64_t kept = r->block_mask - BLOCKS_SPARED;

	return claimed > kept ? claimed - kept : 0;
}

void tape_begin(const struct tape *r, struct tape_reader *ret)
{
	*ret = (struct tape_reader){ .block = oldest(r) };
}

void tape_begin_at(const struct tape *r, uint64_t tick, struct tape_reader *ret)
{
	uint64_t block = atomic_load_explicit(&r->marks[tick % TAPE_MARKS], memory_order_relaxed) / TAPE_BLOCK;
	uint64_t back = (r->block_mask + 1) / 2;

	*ret = (struct tape_reader){ .block = block > back ? block - back : 0 };
}

/* Whether what was just read from the reader's block was that block's. */
static bool is_still_there(const struct tape *r, const struct tape_reader *reader)
{
	atomic_thread_fence(memory_order_seq_cst);
	return reader->block + r->block_mask + 1 > atomic_load_explicit(&r->claimed, memory_order_relaxed);
}

/* A reader that was overtaken goes on where something is. */
static void catch_up(const struct tape *r, struct tape_reader *reader)
{
	uint64_t block = oldest(r);

	if (reader->block >= block)
		return;
	reader->lost += block - reader->block;
	reader->block = block;
	reader->at = 0;
}

static const uint8_t *place(const struct tape *r, const struct tape_reader *reader)
{
	return r->bytes + (reader->block & r->block_mask) * TAPE_BLOCK + reader->at;
}

bool tape_peek(const struct tape *r, struct tape_reader *reader, struct tape_record *ret)
{
	for (;;) {
		uint64_t published = atomic_load_explicit(&r->published, memory_order_acquire);
		bool is_full;
		uint32_t end;

		catch_up(r, reader);
		if (reader->block * TAPE_BLOCK + reader->at >= published)
			return false;
		is_full = reader->block < published / TAPE_BLOCK;
		end = is_full ? atomic_load_explicit(&r->lengths[reader->block & r->block_mask], memory_order_relaxed)
			      : (uint32_t)(published % TAPE_BLOCK);
		if (is_full && reader->at >= end) {
			if (is_still_there(r, reader)) {
				reader->block++;
				reader->at = 0;
			}
			continue;
		}
		/* Less than a record can only be the length of a block that was overwritten meanwhile. */
		if (end - reader->at < sizeof(*ret))
			continue;
		memcpy(ret, place(r, reader), sizeof(*ret));
		if (is_still_there(r, reader))
			return true;
	}
}

bool tape_copy(const struct tape *r, const struct tape_reader *reader, const struct tape_record *record, uint8_t *ret)
{
	memcpy(ret, place(r, reader) + sizeof(*record), record->captured);
	return is_still_there(r, reader);
}

void tape_skip(struct tape_reader *reader, const struct tape_record *record)
{
	reader->at += (uint32_t)record_size(record->captured);
}
