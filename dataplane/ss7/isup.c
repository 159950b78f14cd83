/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ISUP and BICC as far as their messages can be counted: circuit identification code (Q.763 1.2: twelve bits; T1.113.3 1.2: fourteen; low
 * octet first) or call instance code (Q.1902.3: 32 bits), and message type (Q.763 1.3). Called by the worker's walk for the services 5 and
 * 13 of MTP3. Refused: a message without its type. Not read: parameters.
 */
#include "dataplane/ss7/isup.h"

#include <stddef.h>

#include "dataplane/base/bits.h"

enum verdict isup_read(struct cursor *c, enum mtp3_variant variant, struct isup *ret)
{
	struct cursor left = *c;
	uint16_t circuit = 0;
	uint8_t type = 0;

	if (!cursor_le16(&left, &circuit) || !cursor_u8(&left, &type))
		return VERDICT_ISUP_TRUNCATED;
	cursor_skip(c, cursor_left(c));
	ret->circuit = bits(circuit, 0, variant == MTP3_ANSI ? 14 : 12);
	ret->type = type;
	return VERDICT_DECODED;
}

enum verdict bicc_read(struct cursor *c, struct isup *ret)
{
	struct cursor left = *c;
	uint32_t call = 0;
	uint8_t type = 0;

	if (!cursor_le32(&left, &call) || !cursor_u8(&left, &type))
		return VERDICT_BICC_TRUNCATED;
	cursor_skip(c, cursor_left(c));
	ret->circuit = call;
	ret->type = type;
	return VERDICT_DECODED;
}
