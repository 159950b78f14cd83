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
digits digits_prefix(digits d, unsigned int count);

/* Whether `d` begins with all digits of `prefix`; the empty prefix begins everything. */
bool digits_begin_with(digits d, digits prefix);

/* Reads TBCD (29.002 17.7.8: low nibble first, 15 is filler) to the end of the window. False: more than 15 digits or none. */
bool digits_read_tbcd(struct cursor *c, digits *ret);

/* Reads decimal text of `length` bytes; false: not all digits, none, or more than 15. */
bool digits_read_text(const char *text, size_t length, digits *ret);

/* Writes the number as text, 0-terminated, and returns its length. */
size_t digits_write(digits d, char text[DIGITS_TEXT_MAX]);

#endif
