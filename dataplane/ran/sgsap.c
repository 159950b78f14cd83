/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SGsAP, TS 29.118 clauses 8 and 9: a message type and information elements, each with a length of one octet. Called by the walk of every
 * worker for user messages on the port of SGsAP.
 *
 * Refused: an element that does not fit. Not read: locations, names of VLR and MME, temporary identities.
 */
#include "dataplane/ran/sgsap.h"

#include <stddef.h>

#include "dataplane/base/bits.h"

/* 9.3 */
enum element {
	ELEMENT_IMSI = 0x01,
	ELEMENT_SGS_CAUSE = 0x08,
	ELEMENT_REJECT_CAUSE = 0x0f,
	ELEMENT_NAS = 0x16,
};

/* 9.4.6: the first digit above the type of identity, the others low half first, up to a filler. */
static void imsi_read(struct cursor value, struct sgsap *s)
{
	digits imsi = 0;
	uint8_t octet = 0;

	if (!cursor_u8(&value, &octet) || !digits_append(&imsi, bits(octet, 4, 4)))
		return;
	while (cursor_u8(&value, &octet)) {
		if (bits(octet, 0, 4) == 15)
			break;
		if (!digits_append(&imsi, bits(octet, 0, 4)))
			return;
		if (bits(octet, 4, 4) != 15 && !digits_append(&imsi, bits(octet, 4, 4)))
			return;
	}
	s->imsi = imsi;
}

enum verdict sgsap_read(struct cursor c, struct sgsap *ret)
{
	struct sgsap s = { .type = 0 };
	struct cursor value;
	uint8_t element = 0;
	uint8_t length = 0;
	bool is_right = true;

	if (!cursor_u8(&c, &s.type))
		return VERDICT_SGSAP_HEADER;
	while (is_right && cursor_u8(&c, &element)) {
		is_right = cursor_u8(&c, &length) && cursor_take(&c, length, &value);
		if (!is_right)
			break;
		if (element == ELEMENT_IMSI)
			imsi_read(value, &s);
		else if (element == ELEMENT_SGS_CAUSE)
			s.has_sgs_cause = cursor_u8(&value, &s.sgs_cause);
		else if (element == ELEMENT_REJECT_CAUSE)
			s.has_reject_cause = cursor_u8(&value, &s.reject_cause);
		else if (element == ELEMENT_NAS)
			s.nas = value;
	}
	*ret = s;
	return is_right ? VERDICT_DECODED : VERDICT_SGSAP_ELEMENT;
}
