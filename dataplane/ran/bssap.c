/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * BSSAP: the distribution header (TS 48.006 9.3), and of BSSMAP (TS 48.008 3.2) the message type, cause (3.2.2.5), IMSI (3.2.2.6) and the
 * messages of the phone inside (3.2.2.24, 3.2.2.35). Called by the walk for connectionless and connection-oriented SCCP messages of the A
 * interface, on the thread of each worker.
 *
 * All elements of BSSMAP have a tag. Most have a length behind it; those that have none are in the table below, and as a new one of them
 * cannot be stepped over, all others are taken to have a length, as 48.008 3.2.2.1 demands of new ones. Refused: another discriminator, and
 * a length that is not exactly what is there.
 */
#include "dataplane/ran/bssap.h"

#include <stddef.h>

#include "dataplane/base/bits.h"

enum element {
	ELEMENT_CAUSE = 0x04,
	ELEMENT_IMSI = 0x08,
	ELEMENT_LAYER3 = 0x17,
	ELEMENT_CONTENTS = 0x20,
	ELEMENT_APDU = 0x49, /* 3.2.2.68: its length has two octets */
};

/* TS 48.008 3.2.2: one more than the octets behind the tag, of elements without a length; 0: there is a length. */
static const uint8_t unlengthed[256] = {
	[0x01] = 3,  /* circuit identity code */
	[0x03] = 21, /* resource available */
	[0x0c] = 2,  /* periodicity */
	[0x0d] = 2,  /* extended resource indicator */
	[0x0e] = 2,  /* number of MSs */
	[0x14] = 2,  /* interference band to be used */
	[0x15] = 2,  /* RR cause */
	[0x18] = 2,  /* DLCI */
	[0x19] = 2,  /* downlink DTX flag */
	[0x1b] = 1,  /* response request */
	[0x1c] = 2,  /* resource indication method */
	[0x1d] = 2,  /* classmark information type 1 */
	[0x21] = 2,  /* chosen channel */
	[0x22] = 5,  /* total resource accessible */
	[0x23] = 2,  /* cipher response mode */
	[0x24] = 2,  /* channel needed */
	[0x25] = 2,  /* trace type */
	[0x27] = 3,  /* trace reference */
	[0x2b] = 2,  /* forward indicator */
	[0x2c] = 2,  /* chosen encryption algorithm */
	[0x2d] = 2,  /* circuit pool */
	[0x2f] = 2,  /* time indication */
	[0x31] = 2,  /* current channel type 1 */
	[0x32] = 2,  /* queueing indicator */
	[0x33] = 2,  /* assignment requirement */
	[0x35] = 1,  /* talker flag */
	[0x36] = 1,  /* connection release requested */
	[0x38] = 2,  /* eMLPP priority */
	[0x39] = 2,  /* configuration evolution indication */
	[0x3f] = 2,  /* LSA access control suppression */
	[0x40] = 2,  /* speech version */
	[0x6a] = 2,  /* talker priority */
	[0x6b] = 1,  /* emergency set indication */
	[0x80] = 5,  /* call identifier */
	[0x82] = 2,  /* A-interface selector for RESET */
	[0x84] = 17, /* Kc128 */
	[0x86] = 1,  /* redirect attempt flag */
	[0x87] = 2,  /* reroute reject cause */
	[0x88] = 2,  /* send sequence number */
	[0x89] = 2,  /* reroute complete outcome */
	[0x8b] = 2,  /* LCLS configuration */
	[0x8c] = 2,  /* LCLS connection status control */
	[0x8d] = 1,  /* LCLS correlation not needed */
	[0x8e] = 2,  /* LCLS BSS status */
	[0x8f] = 1,  /* LCLS break request */
	[0x90] = 1,  /* CSFB indication */
	[0x91] = 1,  /* CS to PS SRVCC */
	[0x93] = 1,  /* CS to PS SRVCC indication */
	[0x95] = 4,  /* selected PLMN */
	[0x96] = 4,  /* last used E-UTRAN PLMN */
};

/* Carves the next element; false when it does not fit. Steps at least one byte. */
static bool element_read(struct cursor *c, uint8_t *ret_tag, struct cursor *ret_value)
{
	uint8_t length = 0;
	uint16_t long_length = 0;

	if (!cursor_u8(c, ret_tag))
		return false;
	if (unlengthed[*ret_tag] != 0)
		return cursor_take(c, unlengthed[*ret_tag] - 1U, ret_value);
	if (*ret_tag == ELEMENT_APDU)
		return cursor_be16(c, &long_length) && cursor_take(c, long_length, ret_value);
	return cursor_u8(c, &length) && cursor_take(c, length, ret_value);
}

/* 3.2.2.6, coded as in 24.008 10.5.1.4: the first digit shares its octet with the type of identity. */
static digits imsi_read(struct cursor value)
{
	uint8_t first = 0;
	digits rest = 0;
	digits imsi = 0;

	if (!cursor_u8(&value, &first) || bits(first, 4, 4) > 9 || !digits_read_tbcd(&value, &rest) || digits_count(rest) >= DIGITS_MAX)
		return 0;
	digits_append(&imsi, bits(first, 4, 4));
	for (unsigned int i = 0; i < digits_count(rest); i++)
		digits_append(&imsi, digits_at(rest, i));
	return imsi;
}

static void bssmap_read(struct cursor c, struct bssap *b)
{
	struct cursor value;
	uint8_t tag = 0;

	while (element_read(&c, &tag, &value)) {
		switch (tag) {
		case ELEMENT_CAUSE:
			/* A cause of two octets has the bit of extension set and its class in the first (3.2.2.5). */
			if (!b->has_cause && cursor_u8(&value, &b->cause)) {
				b->cause = (uint8_t)bits(b->cause, 0, 7);
				b->has_cause = true;
			}
			break;
		case ELEMENT_IMSI:
			b->imsi = imsi_read(value);
			break;
		case ELEMENT_LAYER3:
			b->layer3 = value;
			break;
		case ELEMENT_CONTENTS:
			b->contents = value;
			break;
		default:
			break;
		}
	}
}

enum verdict bssap_read(struct cursor c, struct bssap *ret)
{
	struct bssap b = { .layer3 = { c.end, c.end }, .contents = { c.end, c.end } };
	struct cursor body;
	uint8_t length = 0;

	if (!cursor_u8(&c, &b.type) || b.type > BSSAP_DTAP)
		return VERDICT_BSSAP_LENGTH;
	if (b.type == BSSAP_DTAP && !cursor_u8(&c, &b.dlci))
		return VERDICT_BSSAP_LENGTH;
	if (!cursor_u8(&c, &length) || !cursor_take(&c, length, &body) || cursor_left(&c) > 0)
		return VERDICT_BSSAP_LENGTH;
	if (b.type == BSSAP_DTAP) {
		b.layer3 = body;
	} else {
		if (!cursor_u8(&body, &b.bssmap))
			return VERDICT_BSSAP_LENGTH;
		bssmap_read(body, &b);
	}
	*ret = b;
	return VERDICT_DECODED;
}
