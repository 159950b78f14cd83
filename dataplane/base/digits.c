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

digits digits_prefix(digits d, unsigned int count)
{
	if (count >= digits_count(d))
		return d;
	if (count == 0)
		return 0;
	return (d & ~(digits)0 << (64 - 4 * count)) | count;
}

bool digits_begin_with(digits d, digits prefix)
{
	return digits_count(d) >= digits_count(prefix) && digits_prefix(d, digits_count(prefix)) == prefix;
}

bool digits_read_tbcd(struct cursor *c, digits *ret)
{
	struct cursor left = *c;
	digits number = 0;
	uint8_t octet = 0;

	while (cursor_u8(&left, &octet)) {
		unsigned int low = octet & 15U;
		unsigned int high = octet >> 4;

		if (low == 15)
			break;
		if (!digits_append(&number, low))
			return false;
		if (high == 15)
			break;
		if (!digits_append(&number, high))
			return false;
	}
	if (number == 0)
		return false;
	*c = left;
	*ret = number;
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
