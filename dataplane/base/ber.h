/* SPDX-License-Identifier: BSD-3-Clause */
/* BER elements (X.690 8.1): tag, length and value, definite and indefinite, without recursion. */
#ifndef SIGCANARY_BASE_BER_H
#define SIGCANARY_BASE_BER_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"

/* Nesting of indefinite lengths that is followed. */
#define BER_DEPTH_MAX 16

/*
 * A tag as its identifier octets, big endian: 0x02 INTEGER, 0x30 SEQUENCE, 0xa1 [1] constructed, 0x5f48 ... So tables can be written as
 * they stand in hex dumps. At most three octets.
 */
struct ber {
	struct cursor value; /* without the end-of-contents octets */
	uint32_t tag;
	bool is_constructed;
};

enum ber_error { BER_OK, BER_TRUNCATED, BER_TOO_DEEP, BER_BAD_TAG };

/* ber_read() for every form of tag and length, out of line. */
enum ber_error ber_read_any(struct cursor *c, struct ber *ret);

/*
 * ber_read() for nearly all there is: one octet of tag, and a definite length below 128, or below 256 in two octets. In line it takes 12
 * instructions where the general form takes 60 and more. False: the element has to be read, or refused, by ber_read_any().
 */
static inline bool ber_read_usual(struct cursor *c, struct ber *ret)
{
	size_t left = cursor_left(c);
	size_t header = 2;
	size_t length;
	uint8_t tag;

	if (left < 2)
		return false;
	tag = cursor_fixed_u8(c, 0);
	length = cursor_fixed_u8(c, 1);
	if (length >= 0x80) {
		if (length != 0x81 || left < 3)
			return false;
		length = cursor_fixed_u8(c, 2);
		header = 3;
	}
	if ((tag & 0x1f) == 0x1f || tag == 0 || length > left - header)
		return false;
	ret->value = cursor_of(c->at + header, length);
	ret->tag = tag;
	ret->is_constructed = (tag & 0x20) != 0;
	c->at += header + length;
	return true;
}

/* Reads one element and steps over it (and over its end-of-contents). Lengths of at most four octets. */
static inline enum ber_error ber_read(struct cursor *c, struct ber *ret)
{
	struct cursor any = *c; /* copies, so that the caller's own may live in registers on the short way */
	struct ber element;
	enum ber_error error;

	if (ber_read_usual(c, ret))
		return BER_OK;
	error = ber_read_any(&any, &element);
	if (error == BER_OK) {
		*c = any;
		*ret = element;
	}
	return error;
}

/* Like ber_read(), but a definite length beyond the end of the window is cut to it: for telling what a broken message still holds. */
bool ber_read_cut(struct cursor *c, struct ber *ret);

/* ber_peek() for tags of more than one octet, out of line. */
uint32_t ber_peek_any(struct cursor c);

/* The tag of the next element, 0 at the end of the window. Does not step. */
static inline uint32_t ber_peek(const struct cursor *c)
{
	if (cursor_left(c) > 0 && (cursor_fixed_u8(c, 0) & 0x1f) != 0x1f)
		return cursor_fixed_u8(c, 0);
	return ber_peek_any(*c);
}

/* Reads an element that must have `tag`. */
static inline bool ber_expect(struct cursor *c, uint32_t tag, struct ber *ret)
{
	return ber_peek(c) == tag && ber_read(c, ret) == BER_OK;
}

/* The first element of `tag` in the window, without stepping; false when there is none or the window is not readable that far. */
bool ber_find(const struct cursor *c, uint32_t tag, struct ber *ret);

/* ber_integer() of two to four octets, out of line; false for other lengths. */
bool ber_integer_long(struct cursor value, int32_t *ret);

/* A two's-complement INTEGER or ENUMERATED of one to four octets. */
static inline bool ber_integer(const struct ber *element, int32_t *ret)
{
	if (cursor_left(&element->value) != 1)
		return ber_integer_long(element->value, ret);
	*ret = (int8_t)cursor_fixed_u8(&element->value, 0);
	return true;
}

#endif
