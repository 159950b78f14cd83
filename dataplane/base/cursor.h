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

static inline bool cursor_le32(struct cursor *c, uint32_t *ret)
{
	if (cursor_left(c) < 4)
		return false;
	*ret = (uint32_t)c->at[3] << 24 | (uint32_t)c->at[2] << 16 | (uint32_t)c->at[1] << 8 | c->at[0];
	c->at += 4;
	return true;
}

/* Copies the next `length` bytes out and steps over them. */
static inline bool cursor_copy(struct cursor *c, void *to, size_t length)
{
	if (cursor_left(c) < length)
		return false;
	memcpy(to, c->at, length);
	c->at += length;
	return true;
}

#endif
