/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bounds-checked window through which every byte of the wire is read.
 *
 * Invariants: at <= end; a window only shrinks; a child window lies inside its parent. A read that does not fit returns
 * false, leaves the cursor where it was and the output untouched. Nobody else does arithmetic on pointers into a packet.
 * A cursor is a value: copy it to look ahead. It owns nothing; the bytes belong to whoever made it.
 */
#ifndef SIGCANARY_BASE_CURSOR_H
#define SIGCANARY_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct cursor {
	const uint8_t *at;
	const uint8_t *end;
};

/* A window over `length` bytes. */
static inline struct cursor cursor_of(const uint8_t *bytes, size_t length)
{
	return (struct cursor){ .at = bytes, .end = bytes + length };
}

/* Bytes not yet read. */
static inline size_t cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

static inline bool cursor_skip(struct cursor *c, size_t length)
{
	if (cursor_left(c) < length)
		return false;
	c->at += length;
	return true;
}

/* Carves the next `length` bytes as a window of their own and steps over them. */
static inline bool cursor_take(struct cursor *c, size_t length, struct cursor *ret_child)
{
	if (cursor_left(c) < length)
		return false;
	*ret_child = cursor_of(c->at, length);
	c->at += length;
	return true;
}

/* The window of `length` bytes that begins `offset` bytes ahead, without stepping. */
static inline bool cursor_part(const struct cursor *c, size_t offset, size_t length, struct cursor *ret_child)
{
	size_t left = cursor_left(c);

	if (left < offset || left - offset < length)
		return false;
	*ret_child = cursor_of(c->at + offset, length);
	return true;
}

/* Cuts the window to at most `length` bytes from here (a length field that says less than was captured). */
static inline void cursor_trim(struct cursor *c, size_t length)
{
	if (cursor_left(c) > length)
		c->end = c->at + length;
}

static inline bool cursor_u8(struct cursor *c, uint8_t *ret)
{
	if (c->at == c->end)
		return false;
	*ret = *c->at++;
	return true;
}

/* The byte `offset` bytes ahead, without stepping. */
static inline bool cursor_peek_u8(const struct cursor *c, size_t offset, uint8_t *ret)
{
	if (cursor_left(c) <= offset)
		return false;
	*ret = c->at[offset];
	return true;
}

static inline bool cursor_be16(struct cursor *c, uint16_t *ret)
{
	if (cursor_left(c) < 2)
		return false;
	*ret = (uint16_t)((unsigned int)c->at[0] << 8 | c->at[1]);
	c->at += 2;
	return true;
}

static inline bool cursor_be24(struct cursor *c, uint32_t *ret)
{
	if (cursor_left(c) < 3)
		return false;
	*ret = (uint32_t)c->at[0] << 16 | (uint32_t)c->at[1] << 8 | c->at[2];
	c->at += 3;
	return true;
}

static inline bool cursor_be32(struct cursor *c, uint32_t *ret)
{
	if (cursor_left(c) < 4)
		return false;
	*ret = (uint32_t)c->at[0] << 24 | (uint32_t)c->at[1] << 16 | (uint32_t)c->at[2] << 8 | c->at[3];
	c->at += 4;
	return true;
}

static inline bool cursor_be64(struct cursor *c, uint64_t *ret)
{
	uint32_t high = 0;
	uint32_t low = 0;

	if (cursor_left(c) < 8)
		return false;
	cursor_be32(c, &high);
	cursor_be32(c, &low);
	*ret = (uint64_t)high << 32 | low;
	return true;
}

static inline bool cursor_le16(struct cursor *c, uint16_t *ret)
{
	if (cursor_left(c) < 2)
		return false;
	*ret = (uint16_t)((unsigned int)c->at[1] << 8 | c->at[0]);
	c->at += 2;
	return true;
}

static inline bool cursor_le24(struct cursor *c, uint32_t *ret)
{
	if (cursor_left(c) < 3)
		return false;
	*ret = (uint32_t)c->at[2] << 16 | (uint32_t)c->at[1] << 8 | c->at[0];
	c->at += 3;
	return true;
}

static inline bool cursor_le32(struct cursor *c, uint32_t *ret)
{
	if (cursor_left(c) < 4)
		return false;
	*ret = (uint32_t)c->at[3] << 24 | (uint32_t)c->at[2] << 16 | (uint32_t)c->at[1] << 8 | c->at[0];
	c->at += 4;
	return true;
}

/*
 * Fixed parts: the caller has compared cursor_left() with the whole part once, and reads what lies inside it without a check or a step per
 * field. Nothing else may be read with these.
 */
static inline uint8_t cursor_fixed_u8(const struct cursor *c, size_t offset)
{
	return c->at[offset];
}

static inline uint16_t cursor_fixed_be16(const struct cursor *c, size_t offset)
{
	return (uint16_t)((unsigned int)c->at[offset] << 8 | c->at[offset + 1]);
}

static inline uint32_t cursor_fixed_be32(const struct cursor *c, size_t offset)
{
	const uint8_t *at = c->at + offset;

	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline uint64_t cursor_fixed_be64(const struct cursor *c, size_t offset)
{
	return (uint64_t)cursor_fixed_be32(c, offset) << 32 | cursor_fixed_be32(c, offset + 4);
}

static inline struct cursor cursor_fixed_part(const struct cursor *c, size_t offset, size_t length)
{
	return cursor_of(c->at + offset, length);
}

/* All bytes in one expression: what gcc 12 makes one load of. */
static inline uint64_t cursor_fixed_le64(const struct cursor *c, size_t offset)
{
	const uint8_t *at = c->at + offset;

	return (uint64_t)at[7] << 56 | (uint64_t)at[6] << 48 | (uint64_t)at[5] << 40 | (uint64_t)at[4] << 32 | (uint64_t)at[3] << 24 |
	       (uint64_t)at[2] << 16 | (uint64_t)at[1] << 8 | (uint64_t)at[0];
}

/* Whether the `length` bytes at `offset` are those of `bytes`: for a constant length in line, and without branches from eight on. */
static inline bool cursor_fixed_is(const struct cursor *c, size_t offset, const uint8_t *bytes, size_t length)
{
	const uint8_t *at = c->at + offset;
	uint64_t difference = 0;
	uint64_t ours;
	uint64_t theirs;

	if (length < 8)
		return memcmp(at, bytes, length) == 0;
	for (size_t i = 0; i < length; i += 8) {
		size_t from = i + 8 < length ? i : length - 8;

		memcpy(&ours, at + from, 8);
		memcpy(&theirs, bytes + from, 8);
		difference |= ours ^ theirs;
	}
	return difference == 0;
}

/* Copies `length` bytes from `offset` out. */
static inline void cursor_fixed_copy(const struct cursor *c, size_t offset, void *to, size_t length)
{
	memcpy(to, c->at + offset, length);
}

/*
 * The next eight bytes as a word, the first one highest, without stepping; bytes behind the window read as 0xff. Two overlapping halves
 * where the window ends earlier, so that never a byte outside it is touched.
 */
static inline uint64_t cursor_filled_be64(const struct cursor *c)
{
	size_t left = cursor_left(c);
	uint64_t word = UINT64_MAX;

	if (left >= 8)
		return cursor_fixed_be64(c, 0);
	if (left >= 4)
		return (uint64_t)cursor_fixed_be32(c, 0) << 32 | (uint64_t)cursor_fixed_be32(c, left - 4) << (64 - 8 * left) |
		       UINT64_MAX >> 8 * left;
	for (size_t i = left; i > 0; i--)
		word = word >> 8 | (uint64_t)c->at[i - 1] << 56;
	return word;
}

/* Copies the next `length` bytes out and steps over them. */
static inline bool cursor_copy(struct cursor *c, void *to, size_t length)
{
	if (cursor_left(c) < length)
		return false;
	if (length > 0) /* an empty window may be nowhere */
		memcpy(to, c->at, length);
	c->at += length;
	return true;
}

#endif
