/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Optional information elements (TS 24.007 11.2.1.1), mobile identities (TS 24.008 10.5.1.4, TS 24.301 9.9.3.12, TS 24.501 9.11.3.4) and
 * the list of messages inside a NAS message. Pure functions, called by nas_eps.c and nas_5gs.c for the walk of every worker.
 *
 * Refused: an element that does not fit, that is not listed for its message or not in its order; then what follows it is not read. Not
 * read: concealed identities, which only the home network can open; NAI and other identities that are no digits.
 */
#include "dataplane/ran/nas_ie.h"

#include "dataplane/base/bits.h"

#define TV1_FROM 0x80 /* identifiers from here on share their octet with a value (24.007 11.2.4) */

enum identity_type { IDENTITY_IMSI = 1, IDENTITY_TMSI = 4, IDENTITY_GUTI = 6 };
enum identity_5gs_type { IDENTITY_SUCI = 1, IDENTITY_5G_GUTI = 2, IDENTITY_5G_S_TMSI = 4 };

static bool value_read(struct cursor *c, const struct nas_option *option, struct cursor *ret)
{
	switch ((enum nas_format)option->format) {
	case NAS_TV:
		return cursor_take(c, option->octets, ret);
	case NAS_TLV:
		return nas_lv(c, ret);
	case NAS_TLVE:
		return nas_lve(c, ret);
	case NAS_TV1:
	default:
		return cursor_take(c, 0, ret);
	}
}

bool nas_option_read(struct cursor *c, const struct nas_option *options, size_t count, size_t *at, struct nas_found *ret)
{
	struct cursor left = *c;
	uint8_t octet = 0;
	uint8_t identifier;

	if (!cursor_u8(&left, &octet))
		return false;
	identifier = octet >= TV1_FROM ? octet & 0xf0 : octet;
	for (size_t i = *at; i < count; i++) {
		if (options[i].identifier != identifier)
			continue;
		if (!value_read(&left, &options[i], &ret->value))
			return false;
		ret->half = octet & 0x0f;
		ret->meaning = options[i].meaning;
		*at = i + 1;
		*c = left;
		return true;
	}
	return false;
}

bool nas_lv(struct cursor *c, struct cursor *ret)
{
	struct cursor left = *c;
	uint8_t length = 0;

	if (!cursor_u8(&left, &length) || !cursor_take(&left, length, ret))
		return false;
	*c = left;
	return true;
}

bool nas_lve(struct cursor *c, struct cursor *ret)
{
	struct cursor left = *c;
	uint16_t length = 0;

	if (!cursor_be16(&left, &length) || !cursor_take(&left, length, ret))
		return false;
	*c = left;
	return true;
}

void nas_content_add(struct nas_content *content, enum nas_form form, struct cursor bytes)
{
	if (content->inner_count == NAS_INNER_MAX)
		return;
	content->inner[content->inner_count].bytes = bytes;
	content->inner[content->inner_count].form = (uint8_t)form;
	content->inner_count++;
}

static void tmsi_read(struct cursor value, size_t skipped, struct nas *nas)
{
	if (!nas->has_tmsi && cursor_skip(&value, skipped))
		nas->has_tmsi = cursor_be32(&value, &nas->tmsi);
}

/* The rest of a number whose digits stand low half first, up to a filler. False: more than fifteen. */
static bool digits_read_rest(struct cursor *c, digits *d)
{
	uint8_t octet = 0;

	while (cursor_u8(c, &octet)) {
		if (bits(octet, 0, 4) == 15)
			return true;
		if (!digits_append(d, bits(octet, 0, 4)))
			return false;
		if (bits(octet, 4, 4) == 15)
			return true;
		if (!digits_append(d, bits(octet, 4, 4)))
			return false;
	}
	return true;
}

void nas_identity_read(struct cursor value, struct nas *nas)
{
	digits imsi = 0;
	uint8_t first = 0;

	if (!cursor_u8(&value, &first))
		return;
	switch (bits(first, 0, 3)) {
	case IDENTITY_IMSI:
		if (bits(first, 4, 4) < 10 && digits_append(&imsi, bits(first, 4, 4)) && digits_read_rest(&value, &imsi))
			nas->imsi = imsi;
		break;
	case IDENTITY_TMSI:
		tmsi_read(value, 0, nas);
		break;
	case IDENTITY_GUTI:
		tmsi_read(value, 6, nas); /* PLMN, MME group and code */
		break;
	default:
		break;
	}
}

/* 9.11.3.4: mobile country and network code, routing indicator, protection scheme, key, and the scheme's output. */
static void suci_read(struct cursor value, unsigned int format, struct nas *nas)
{
	digits imsi = 0;
	uint8_t plmn[3];
	uint8_t scheme = 0;
	uint8_t third;

	if (format != 0 || !cursor_copy(&value, plmn, sizeof(plmn)) || !cursor_skip(&value, 2) || !cursor_u8(&value, &scheme) ||
	    !cursor_skip(&value, 1) || bits(scheme, 0, 4) != 0)
		return;
	third = (uint8_t)bits(plmn[1], 4, 4);
	digits_append(&imsi, bits(plmn[0], 0, 4));
	digits_append(&imsi, bits(plmn[0], 4, 4));
	digits_append(&imsi, bits(plmn[1], 0, 4));
	digits_append(&imsi, bits(plmn[2], 0, 4));
	digits_append(&imsi, bits(plmn[2], 4, 4));
	if (third != 15)
		digits_append(&imsi, third);
	if (digits_read_rest(&value, &imsi))
		nas->imsi = imsi;
}

void nas_5gs_identity_read(struct cursor value, struct nas *nas)
{
	uint8_t first = 0;

	if (!cursor_u8(&value, &first))
		return;
	switch (bits(first, 0, 3)) {
	case IDENTITY_SUCI:
		suci_read(value, bits(first, 4, 3), nas);
		break;
	case IDENTITY_5G_GUTI:
		tmsi_read(value, 6, nas); /* PLMN, AMF region, set and pointer */
		break;
	case IDENTITY_5G_S_TMSI:
		tmsi_read(value, 2, nas);
		break;
	default:
		break;
	}
}
