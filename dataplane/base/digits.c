/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Numbers packed into one word, see digits.h. Pure functions, called from every thread.
 * Standards: E.164, E.212 (at most 15 digits), TBCD-STRING of 29.002 17.7.8. Longer numbers are refused, not cut: a cut number
 * would count for another subscriber.
 */
#include "dataplane/base/digits.h"

static const char digit_letters[] = "0123456789*#abc?";

bool digits_append(digits *d, unsigned int digit)
{
	unsigned int count = digits_count(*d);

	if (count >= DIGITS_MAX || digit > 14)
		return false;
	*d |= (digits)digit << (60 - 4 * count);
	*d += 1;
	return true;
}

bool digits_read_text(const char *text, size_t length, digits *ret)
{
	digits number = 0;

	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9' || !digits_append(&number, (unsigned int)(text[i] - '0')))
			return false;
	}
	if (number == 0)
		return false;
	*ret = number;
	return true;
}

size_t digits_write(digits d, char text[DIGITS_TEXT_MAX])
{
	unsigned int count = digits_count(d);

	for (unsigned int i = 0; i < count; i++)
		text[i] = digit_letters[digits_at(d, i)];
	text[count] = '\0';
	return count;
}
