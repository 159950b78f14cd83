/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Telephone and subscriber numbers in one machine word.
 *
 * A `digits` value holds up to 15 digits (E.164 and E.212 allow no more): the first digit in bits 63..60, the next below it,
 * and the number of digits in bits 3..0. Zero is "no number". Equal numbers are equal words, and the words of numbers that
 * share a prefix share their leading bits. Digits 10 to 14 are the telephony signals *, #, a, b, c (Q.763, 29.002).
 */
#ifndef SIGCANARY_BASE_DIGITS_H
#define SIGCANARY_BASE_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"

typedef uint64_t digits;

#define DIGITS_MAX 15
/* Room for any number as text, and its closing zero. */
#define DIGITS_TEXT_MAX 16

static inline unsigned int digits_count(digits d)
{
	return (unsigned int)(d & 15);
}

/* The digit at `position` from 0; position below digits_count(). */
static inline unsigned int digits_at(digits d, unsigned int position)
{
	return (unsigned int)(d >> (60 - 4 * position)) & 15;
}

/* One digit more; a sixteenth is refused. */
bool digits_append(digits *d, unsigned int digit);

/* The first `count` digits, or the whole number when it has fewer. */
static inline digits digits_prefix(digits d, unsigned int count)
{
	unsigned int kept = count < digits_count(d) ? count : digits_count(d);

	return (d & ~(UINT64_MAX >> 4 * kept)) | kept;
}

#define DIGITS_NO_ENDING 100
/* The last two digits as a number, 0 to 99; DIGITS_NO_ENDING when there are less. */
static inline unsigned int digits_ending(digits d)
{
	unsigned int count = digits_count(d);

	if (count < 2)
		return DIGITS_NO_ENDING;
	return (unsigned int)(d >> (64 - 4 * (count - 1)) & 15) * 10 + (unsigned int)(d >> (64 - 4 * count) & 15);
}

/* Whether `d` begins with all digits of `prefix`; the empty prefix begins everything. */
static inline bool digits_begin_with(digits d, digits prefix)
{
	return digits_prefix(d, digits_count(prefix)) == prefix;
}

/*
 * Sixteen nibbles in one word, the first one highest, are digits up to the first filler (15). All at once: a loop of digits_append() took
 * 600 of 7,900 instructions per message.
 */

/* Nibbles before the first filler, 0 to 16. */
static inline unsigned int nibbles_count(uint64_t nibbles)
{
	uint64_t filler = nibbles & nibbles >> 1;

	filler &= filler >> 2;
	filler &= UINT64_C(0x1111111111111111);
	return filler != 0 ? (unsigned int)__builtin_clzll(filler) / 4 : 16;
}

/* The first `count` nibbles as a number; count at most DIGITS_MAX. */
static inline digits nibbles_number(uint64_t nibbles, unsigned int count)
{
	return (nibbles & ~(UINT64_MAX >> 4 * count)) | count;
}

/* Octets of the wire have their first digit in the low nibble. */
static inline uint64_t nibbles_swapped(uint64_t octets)
{
	return (octets & UINT64_C(0x0f0f0f0f0f0f0f0f)) << 4 | (octets >> 4 & UINT64_C(0x0f0f0f0f0f0f0f0f));
}

/* The next octets of the wire as such a word; fillers behind the end of the window. */
static inline uint64_t nibbles_of_wire(const struct cursor *c)
{
	return nibbles_swapped(cursor_filled_be64(c));
}

/* Reads TBCD (29.002 17.7.8: low nibble first, 15 is filler) to its filler or the end of the window. False: more than 15 digits or none. */
static inline bool digits_read_tbcd(struct cursor *c, digits *ret)
{
	uint64_t nibbles = nibbles_of_wire(c);
	unsigned int count = nibbles_count(nibbles);
	size_t octets = count / 2 + 1;

	if (count == 0 || count > DIGITS_MAX)
		return false;
	*ret = nibbles_number(nibbles, count);
	return cursor_skip(c, octets < cursor_left(c) ? octets : cursor_left(c));
}

/* Reads decimal text of `length` bytes; false: not all digits, none, or more than 15. */
bool digits_read_text(const char *text, size_t length, digits *ret);

/* Writes the number as text, 0-terminated, and returns its length. */
size_t digits_write(digits d, char text[DIGITS_TEXT_MAX]);

#endif
