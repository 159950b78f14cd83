/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The party address of SCCP in the form of the ITU: address indicator (Q.713 3.4.1), point code (3.4.2.1: 14 bits, low octet first),
 * subsystem number (3.4.2.2), and the four forms of global title (3.4.2.3.1 to .4); and in that of ANSI (T1.112.3 2.3.4), where the
 * subsystem and its bit go before the point code, which has 24 bits, and the two forms of global title are others. Called by the SCCP
 * decoder only.
 *
 * A global title of more than 15 digits, of none, or of a form that is reserved gives the number 0 and is no error: the message still has
 * its subsystem and its point codes. Refused is only an address that ends before its indicator says; what stood before is told.
 */
#include "dataplane/ss7/sccp_address.h"

#include "dataplane/base/bits.h"
#include "dataplane/ss7/mtp3.h"
#include "dataplane/ss7/sccp_part.h"

#define DIGIT_END 15 /* Q.713 3.4.2.3.1: the ST signal, and what fills up where nothing says odd or even */

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

/* The forms of Q.713 3.4.2.3 by their number, and the two of T1.112.3 2.3.4.2 behind them, which have forms like theirs. */
static bool global_title_read(struct cursor *c, struct sccp_address *a, unsigned int form)
{
	bool is_odd = false;
	bool is_spare = false;
	bool fits = true;

	switch (form) {
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
	if (fits)
		a->global_title = global_title_digits(c, is_odd);
	return fits;
}

static bool point_code_read(struct cursor *c, uint8_t variant, struct sccp_address *a)
{
	if (!sccp_point_code_read(c, variant, &a->point_code))
		return false;
	a->has_point_code = true;
	return true;
}

static bool subsystem_read(struct cursor *c, struct sccp_address *a)
{
	if (!cursor_u8(c, &a->subsystem))
		return false;
	a->has_subsystem = true;
	return true;
}

/* T1.112.3 2.3.4.1: the subsystem's bit is the first, the point code's the second; form 1 is the ITU's third, form 2 its second. */
static bool ansi_read(struct cursor *c, uint8_t indicator, struct sccp_address *a)
{
	static const uint8_t forms[] = { 0, 3, 2 };

	return (bits(indicator, 0, 1) == 0 || subsystem_read(c, a)) && (bits(indicator, 1, 1) == 0 || point_code_read(c, MTP3_ANSI, a)) &&
	       global_title_read(c, a, a->gt_indicator < sizeof(forms) ? forms[a->gt_indicator] : 0);
}

bool sccp_address_read_under(uint8_t variant, struct cursor value, struct sccp_address *ret)
{
	struct sccp_address a = { 0 };
	uint8_t indicator = 0;
	bool fits;

	if (cursor_left(&value) == 0) {
		*ret = a;
		return true;
	}
	cursor_u8(&value, &indicator);
	a.gt_indicator = (uint8_t)bits(indicator, 2, 4);
	a.routes_on_subsystem = bits(indicator, 6, 1) != 0;
	a.has_ansi_form = variant == MTP3_ANSI && bits(indicator, 7, 1) != 0;
	if (a.has_ansi_form)
		fits = ansi_read(&value, indicator, &a);
	else
		fits = (bits(indicator, 0, 1) == 0 || point_code_read(&value, variant == MTP3_ANSI ? MTP3_ITU : variant, &a)) &&
		       (bits(indicator, 1, 1) == 0 || subsystem_read(&value, &a)) && global_title_read(&value, &a, a.gt_indicator);
	*ret = a;
	return fits;
}

bool sccp_address_read(struct cursor value, struct sccp_address *ret)
{
	return sccp_address_read_under(MTP3_ITU, value, ret);
}
