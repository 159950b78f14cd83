/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * BER elements, see ber.h. X.690 8.1.2 (identifier octets), 8.1.3 (length octets), 8.1.4 and 8.1.5 (contents, end-of-contents).
 *
 * The readers of TCAP and MAP read every element with this, each on its own worker: the usual form in line (ber.h), what is longer here.
 * Everything is a pure function of the window. An indefinite length is measured by scanning ahead for its end-of-contents octets while
 * counting open levels, up to BER_DEPTH_MAX, so nothing recurs and nothing is kept. The scan of a message costs at most BER_DEPTH_MAX times
 * its size.
 *
 * Refused: tags of more than three octets, lengths of more than four, the reserved length octet 0xff, primitive elements of indefinite
 * length (8.1.3.2), and an end-of-contents where an element has to be. Not checked: that lengths and tags take the shortest form (BER
 * does not ask for it and real stacks do not do it).
 */
#include "dataplane/base/ber.h"

#define LENGTH_OCTETS_MAX 4
#define TAG_OCTETS_MAX    3

/* The tag and length octets of one element. */
struct header {
	uint32_t tag;
	uint32_t length;
	bool is_constructed;
	bool is_indefinite;
};

/* Identifier octets: one, or 31 in the low bits and then seven bits per octet with bit 8 on all but the last (8.1.2.4). */
static enum ber_error tag_read(struct cursor *c, struct header *h)
{
	uint8_t octet = 0;

	if (!cursor_u8(c, &octet))
		return BER_TRUNCATED;
	h->tag = octet;
	h->is_constructed = (octet & 0x20) != 0;
	if ((octet & 0x1f) != 0x1f)
		return BER_OK;
	for (unsigned int octets = 1; octets < TAG_OCTETS_MAX; octets++) {
		if (!cursor_u8(c, &octet))
			return BER_TRUNCATED;
		h->tag = h->tag << 8 | octet;
		if (!(octet & 0x80))
			return BER_OK;
	}
	return BER_BAD_TAG;
}

static enum ber_error length_read(struct cursor *c, struct header *h)
{
	uint8_t octet = 0;

	h->is_indefinite = false;
	if (!cursor_u8(c, &octet))
		return BER_TRUNCATED;
	if (octet < 0x80) {
		h->length = octet;
		return BER_OK;
	}
	if (octet == 0x80) {
		h->is_indefinite = true;
		h->length = 0;
		return h->is_constructed ? BER_OK : BER_BAD_TAG;
	}
	if (octet > 0x80 + LENGTH_OCTETS_MAX)
		return BER_TRUNCATED;
	h->length = 0;
	for (unsigned int left = octet & 0x7f; left > 0; left--) {
		if (!cursor_u8(c, &octet))
			return BER_TRUNCATED;
		h->length = h->length << 8 | octet;
	}
	return BER_OK;
}

static enum ber_error header_read(struct cursor *c, struct header *h)
{
	enum ber_error error = tag_read(c, h);

	return error == BER_OK ? length_read(c, h) : error;
}

/* Carves the contents of an indefinite length and steps over its end-of-contents. Every round reads at least two octets. */
static enum ber_error indefinite_take(struct cursor *c, struct cursor *ret_value)
{
	struct cursor scan = *c;
	struct header h;
	unsigned int open = 1;

	while (open > 0) {
		enum ber_error error = header_read(&scan, &h);

		if (error != BER_OK)
			return error;
		if (h.tag == 0 && h.length == 0)
			open--;
		else if (h.tag == 0)
			return BER_BAD_TAG;
		else if (h.is_indefinite && ++open > BER_DEPTH_MAX)
			return BER_TOO_DEEP;
		else if (!cursor_skip(&scan, h.length))
			return BER_TRUNCATED;
	}
	if (!cursor_take(c, cursor_left(c) - cursor_left(&scan) - 2, ret_value) || !cursor_skip(c, 2))
		return BER_TRUNCATED;
	return BER_OK;
}

enum ber_error ber_read_any(struct cursor *c, struct ber *ret)
{
	struct cursor left = *c;
	struct cursor value = { 0 };
	struct header h;
	enum ber_error error = header_read(&left, &h);

	if (error != BER_OK)
		return error;
	if (h.tag == 0)
		return BER_BAD_TAG;
	if (h.is_indefinite)
		error = indefinite_take(&left, &value);
	else if (!cursor_take(&left, h.length, &value))
		error = BER_TRUNCATED;
	if (error != BER_OK)
		return error;
	*c = left;
	*ret = (struct ber){ .value = value, .tag = h.tag, .is_constructed = h.is_constructed };
	return BER_OK;
}

bool ber_read_cut(struct cursor *c, struct ber *ret)
{
	struct cursor left = *c;
	struct header h;

	if (ber_read(c, ret) == BER_OK)
		return true;
	if (header_read(&left, &h) != BER_OK || h.tag == 0)
		return false;
	*ret = (struct ber){ .value = left, .tag = h.tag, .is_constructed = h.is_constructed };
	return cursor_skip(c, cursor_left(c));
}

uint32_t ber_peek_any(struct cursor c)
{
	struct header h;

	return tag_read(&c, &h) == BER_OK ? h.tag : 0;
}

bool ber_find(const struct cursor *c, uint32_t tag, struct ber *ret)
{
	struct cursor left = *c;
	struct ber element;

	while (cursor_left(&left) > 0 && ber_read(&left, &element) == BER_OK) {
		if (element.tag == tag) {
			*ret = element;
			return true;
		}
	}
	return false;
}

bool ber_integer_long(struct cursor value, int32_t *ret)
{
	size_t octets = cursor_left(&value);
	uint8_t octet = 0;
	uint32_t number = 0;

	if (octets == 0 || octets > 4)
		return false;
	if (cursor_peek_u8(&value, 0, &octet) && (octet & 0x80))
		number = UINT32_MAX;
	while (cursor_u8(&value, &octet))
		number = number << 8 | octet;
	*ret = (int32_t)number;
	return true;
}
