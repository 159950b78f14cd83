/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Blocks out of a stream of bytes (draft-ietf-opsawg-pcapng-03, 3.1), for pcapng.c, on the thread that owns the source.
 *
 * The file is hostile input: a block that is read lies whole in one window of fixed size, a block that is stepped over is never held.
 * Refused: lengths below 12, no multiple of 4 or over the limits of block.h, two lengths that differ, a file that ends inside a block, a
 * section without its byte-order magic. Blocks are not checked against the length that a section announces: they say where they end.
 */
#include "dataplane/source/block.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BYTE_ORDER_MAGIC    0x1A2B3C4D
#define BLOCK_HEADER_BYTES  8
#define BLOCK_TRAILER_BYTES 4
#define BLOCK_BYTES_MIN     (BLOCK_HEADER_BYTES + BLOCK_TRAILER_BYTES)

bool blocks_broken(struct blocks *p, const char *format, ...)
{
	const char *compressed = inflate_is_compressed(p->input) ? " of the decompressed content" : "";
	char why[160];
	va_list arguments;

	if (inflate_error(p->input) != NULL) {
		snprintf(p->error, sizeof(p->error), "%s (packets before it: %llu)", inflate_error(p->input),
			 (unsigned long long)p->packets);
		return false;
	}
	va_start(arguments, format);
	vsnprintf(why, sizeof(why), format, arguments);
	va_end(arguments);
	snprintf(p->error, sizeof(p->error), "%.200s: damaged in the block at byte %llu%s, after packet %llu: %s", inflate_name(p->input),
		 (unsigned long long)p->offset, compressed, (unsigned long long)p->packets, why);
	return false;
}

static void window_release(struct blocks *p, size_t length)
{
	p->start += length;
	p->offset += length;
}

/* Makes `length` bytes stand in the window; false when the file ends before. Reads as much as there is room for at a time. */
static bool window_fill(struct blocks *p, size_t length)
{
	if (p->end - p->start >= length)
		return true;
	memmove(p->window, p->window + p->start, p->end - p->start);
	p->end -= p->start;
	p->start = 0;
	while (p->end < length) {
		ssize_t got = inflate_read(p->input, p->window + p->end, BLOCK_WINDOW_BYTES - p->end);

		if (got <= 0)
			return false;
		p->end += (size_t)got;
	}
	return true;
}

static bool block_is_read(uint32_t type)
{
	return type == BLOCK_SECTION_HEADER || type == BLOCK_INTERFACE || type == BLOCK_PACKET || type == BLOCK_SIMPLE_PACKET ||
	       type == BLOCK_ENHANCED_PACKET;
}

/* The byte order of a section stands in the section header itself (4.1). */
static bool byte_order_read(struct blocks *p)
{
	struct cursor c;
	uint32_t magic = 0;

	if (!window_fill(p, BLOCK_BYTES_MIN))
		return blocks_broken(p, "the file ends inside a section header");
	c = cursor_of(p->window + p->start, BLOCK_BYTES_MIN);
	cursor_skip(&c, BLOCK_HEADER_BYTES);
	cursor_be32(&c, &magic);
	if (magic != BYTE_ORDER_MAGIC && magic != __builtin_bswap32(BYTE_ORDER_MAGIC))
		return blocks_broken(p, "a section header without its byte-order magic, 1A2B3C4D");
	p->is_big_endian = magic == BYTE_ORDER_MAGIC;
	return true;
}

static bool trailer_check(struct blocks *p, const struct block *b, size_t at)
{
	struct cursor c = cursor_of(p->window + p->start + at, BLOCK_TRAILER_BYTES);
	uint32_t length = 0;

	block_u32(p, &c, &length);
	if (length != b->length)
		return blocks_broken(p, "its length is %u at its head and %u at its end", b->length, length);
	return true;
}

/* Steps over a block without holding it. */
static enum block_state block_skip(struct blocks *p, const struct block *b)
{
	uint64_t at = p->offset;
	size_t left = b->length - BLOCK_TRAILER_BYTES;
	bool is_whole;

	while (left > 0) {
		size_t step = p->end - p->start < left ? p->end - p->start : left;

		window_release(p, step);
		left -= step;
		if (left > 0 && !window_fill(p, 1))
			break;
	}
	is_whole = left == 0 && window_fill(p, BLOCK_TRAILER_BYTES);
	p->offset = at; /* sentences name the beginning of the block */
	if (is_whole && trailer_check(p, b, 0)) {
		p->start += BLOCK_TRAILER_BYTES;
		p->offset = at + b->length;
		return BLOCK_SKIPPED;
	}
	if (!is_whole)
		blocks_broken(p, "the file ends inside this block of %u bytes: cut off while it was written or copied", b->length);
	return BLOCK_BROKEN;
}

/* The next block: whole in the window when its type is one of those that are read. */
enum block_state blocks_next(struct blocks *p, struct block *ret)
{
	struct block b = { 0 };
	struct cursor c;

	window_release(p, p->taken);
	p->taken = 0;
	if (!window_fill(p, BLOCK_HEADER_BYTES)) {
		if (p->end == p->start && inflate_error(p->input) == NULL)
			return BLOCK_NONE;
		blocks_broken(p, "the file ends inside the head of a block: cut off while it was written or copied");
		return BLOCK_BROKEN;
	}
	c = cursor_of(p->window + p->start, BLOCK_HEADER_BYTES);
	block_u32(p, &c, &b.type);
	/* A palindrome, so that it reads alike before the byte order is known. */
	if (b.type == BLOCK_SECTION_HEADER && !byte_order_read(p))
		return BLOCK_BROKEN;
	c = cursor_of(p->window + p->start, BLOCK_HEADER_BYTES);
	block_u32(p, &c, &b.type);
	block_u32(p, &c, &b.length);
	if (b.length < BLOCK_BYTES_MIN || b.length % 4 != 0 || b.length > (block_is_read(b.type) ? BLOCK_WINDOW_BYTES : BLOCK_SKIP_MAX)) {
		blocks_broken(p, "block type 0x%08X with the impossible length %u", b.type, b.length);
		return BLOCK_BROKEN;
	}
	if (!block_is_read(b.type))
		return block_skip(p, &b);
	if (!window_fill(p, b.length)) {
		blocks_broken(p, "the file ends inside this block of %u bytes: cut off while it was written or copied", b.length);
		return BLOCK_BROKEN;
	}
	if (!trailer_check(p, &b, b.length - BLOCK_TRAILER_BYTES))
		return BLOCK_BROKEN;
	b.body = cursor_of(p->window + p->start + BLOCK_HEADER_BYTES, b.length - BLOCK_BYTES_MIN);
	p->taken = b.length;
	*ret = b;
	return BLOCK_READ;
}

void blocks_begin(struct blocks *p, struct inflate *input)
{
	memset(p, 0, offsetof(struct blocks, window));
	p->input = input;
}
