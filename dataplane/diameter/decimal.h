/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Decimal text as a number, eight digits at a time: digits_read_text() of base/digits.h with the same results (a test holds the two
 * together). Private to this room.
 */
#ifndef SIGCANARY_DIAMETER_DECIMAL_H
#define SIGCANARY_DIAMETER_DECIMAL_H

#include "dataplane/base/digits.h"

/*
 * Whether all eight octets are '0' to '9': the high nibble is 3, and still is with 6 more. A carry out of an octet comes from one above
 * 0xf9, which fails by itself.
 */
static inline bool decimal_is_all(uint64_t octets)
{
	uint64_t more = octets + UINT64_C(0x0606060606060606);

	return ((octets & UINT64_C(0xf0f0f0f0f0f0f0f0)) | (more & UINT64_C(0xf0f0f0f0f0f0f0f0)) >> 4) == UINT64_C(0x3333333333333333);
}

/* The low nibbles of eight octets, pushed together. */
static inline uint64_t decimal_pack(uint64_t octets)
{
	octets &= UINT64_C(0x0f0f0f0f0f0f0f0f);
	octets = (octets | octets >> 4) & UINT64_C(0x00ff00ff00ff00ff);
	octets = (octets | octets >> 8) & UINT64_C(0x0000ffff0000ffff);
	return (octets | octets >> 16) & UINT64_C(0xffffffff);
}

/* Reads the whole window; false: not all digits, none, or more than 15. The IMSI of a User-Name: 86 instructions, 457 digit by digit. */
static inline bool decimal_read(const struct cursor *text, digits *ret)
{
	size_t length = cursor_left(text);
	uint64_t first;
	uint64_t last;

	if (length == 0 || length > DIGITS_MAX)
		return false;
	if (length >= 8) {
		first = cursor_fixed_be64(text, 0);
		last = cursor_fixed_be64(text, length - 8);
	} else {
		uint64_t behind = UINT64_MAX >> 8 * length;

		first = (cursor_filled_be64(text) & ~behind) | (UINT64_C(0x3030303030303030) & behind);
		last = UINT64_C(0x3030303030303030);
	}
	if (!decimal_is_all(first) || !decimal_is_all(last))
		return false;
	*ret = decimal_pack(first) << 32 | decimal_pack(last) << (64 - 4 * length) | length;
	return true;
}

#endif
