/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The party address of SCCP in the form of the ITU: address indicator (Q.713 3.4.1), point code (3.4.2.1: 14 bits, low octet first),
 * subsystem number (3.4.2.2), and the four forms of global title (3.4.2.3.1 to .4). Called by the SCCP decoder only.
 *
 * A global title of more than 15 digits, of none, or of a form that Q.713 leaves to national use gives the number 0 and is no error: the
 * message still has its subsystem and its point codes. Refused is only an address that ends before its indicator says. Not read: the
 * address form of ANSI T1.112, where the order of point code and subsystem is the other way round.
 */
#include "dataplane/ss7/sccp_address.h"

#include "dataplane/base/bits.h"

#define POINT_CODE_ITU_MASK 0x3fff
#define DIGIT_END           15 /* Q.713 3.4.2.3.1: the ST signal, and what fills up where nothing says odd or even */

/*
 * Two digits an octet, the first one low; `is_odd` drops the last. Everything else about the number is forgiven: 0 when it is not usable. A
 * number that does not end within the eight octets looked at has more than fifteen digits.
 */
static inline digits global_title_digits(const struct cursor *value, bool is_odd)
{
	uint64_t nibbles = nibbles_of_wire(value);
	size_t octets = cursor_left(value);
	unsigned int count;

	if (is_odd && octets - 1 < 8)
		nibbles |= (uint64_t)DIGIT_END << (64 - 8 * octets);
	count = nibbles_count(nibbles);
	return count <= DIGITS_MAX ? nibbles_number(nibbles, count) : 0;
}

/* Numbering plan in the high half, encoding scheme in the low half (3.4.2.3.3). */
static bool plan_read(struct cursor *c, struct sccp_address *a, bool *ret_is_odd)
{
	uint8_t octet = 0;

	if (!cursor_u8(c, &octet))
		return false;
	a->numbering_plan = (uint8_t)bits(octet, 4, 4);
	*ret_is_odd = bits(octet, 0, 4) == SCCP_ENCODING_ODD;
	return true;
}

/* Nature of address, seven bits; the eighth says odd in form 1 and is spare in form 4. */
static bool nature_read(struct cursor *c, struct sccp_address *a, bool *ret_is_odd)
{
	uint8_t octet = 0;

	if (!cursor_u8(c, &octet))
		return false;
	a->nature = (uint8_t)bits(octet, 0, 7);
	*ret_is_odd = bits(octet, 7, 1) != 0;
	return true;
}

static bool global_title_read(struct cursor *c, struct sccp_address *a)
{
	bool is_odd = false;
	bool is_spare = false;
	bool fits = true;

	switch (a->gt_indicator) {
	case 1: /* nature of address only */
		fits = nature_read(c, a, &is_odd);
		break;
	case 2: /* translation type only */
		fits = cursor_u8(c, &a->translation_type);
		break;
	case 3: /* translation type, numbering plan, encoding */
		fits = cursor_u8(c, &a->translation_type) && plan_read(c, a, &is_odd);
		break;
	case 4: /* all of them */
		fits = cursor_u8(c, &a->translation_type) && plan_read(c, a, &is_odd) && nature_read(c, a, &is_spare);
		break;
	default: /* none, or reserved */
		return true;
	}
	if (!fits)
		return false;
	a->global_title = global_title_digits(c, is_odd);
	return true;
}

bool sccp_address_read(struct cursor value, struct sccp_address *ret)
{
	struct sccp_address a = { 0 };
	uint8_t indicator = 0;
	uint16_t point_code = 0;

	if (cursor_left(&value) == 0) {
		*ret = a;
		return true;
	}
	if (!cursor_u8(&value, &indicator))
		return false;
	a.has_point_code = bits(indicator, 0, 1) != 0;
	a.has_subsystem = bits(indicator, 1, 1) != 0;
	a.gt_indicator = (uint8_t)bits(indicator, 2, 4);
	a.routes_on_subsystem = bits(indicator, 6, 1) != 0;
	if (a.has_point_code && !cursor_le16(&value, &point_code))
		return false;
	a.point_code = point_code & POINT_CODE_ITU_MASK;
	if (a.has_subsystem && !cursor_u8(&value, &a.subsystem))
		return false;
	if (!global_title_read(&value, &a))
		return false;
	*ret = a;
	return true;
}
