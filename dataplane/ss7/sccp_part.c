/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The parts that messages of SCCP are made of: pointers (Q.713 2.3), the mandatory variable part, and the optional part (2.4, 2.5) with its
 * parameters (3.4, 3.5 addresses, 3.10 credit, 3.16 data, 3.17 segmentation, 3.18 hop counter, 3.19 importance). Called by the
 * two readers of messages, sccp.c and sccp_connection.c.
 *
 * Refused: pointers and lengths beyond the end, addresses and segmentation parameters shorter than their fixed part. Parameters of other
 * names are stepped over, and so are single octets that are missing where one has to be.
 */
#include "dataplane/ss7/sccp_part.h"

#include "dataplane/base/bits.h"
#include "dataplane/ss7/sccp_address.h"

/* Q.713 Table 2: parameter names. */
#define NAME_END          0x00
#define NAME_CALLED       0x03
#define NAME_CALLING      0x04
#define NAME_CREDIT       0x09
#define NAME_DATA         0x0f
#define NAME_SEGMENTATION 0x10
#define NAME_HOP_COUNTER  0x11
#define NAME_IMPORTANCE   0x12

bool sccp_pointer_read(struct cursor *c, bool is_long, struct cursor *ret_begin)
{
	uint16_t offset = 0;
	uint8_t octet = 0;

	if (is_long && !cursor_le16(c, &offset))
		return false;
	if (!is_long && !cursor_u8(c, &octet))
		return false;
	if (!is_long)
		offset = octet;
	*ret_begin = *c;
	if (offset == 0)
		return cursor_skip(ret_begin, cursor_left(ret_begin));
	return cursor_skip(ret_begin, offset - 1U);
}

bool sccp_variable_read(struct cursor *c, bool is_long, bool has_long_length, struct cursor *ret_value)
{
	struct cursor begin;
	uint16_t length = 0;
	uint8_t octet = 0;

	if (!sccp_pointer_read(c, is_long, &begin))
		return false;
	if (has_long_length && !cursor_le16(&begin, &length))
		return false;
	if (!has_long_length && !cursor_u8(&begin, &octet))
		return false;
	return cursor_take(&begin, has_long_length ? length : octet, ret_value);
}

/* 3.17: first-segment bit, class bit, remaining segments; then the local reference. */
static bool segmentation_read(struct cursor value, struct sccp *s)
{
	uint8_t octet = 0;
	uint32_t reference = 0;

	if (!cursor_u8(&value, &octet) || !cursor_be24(&value, &reference))
		return false;
	s->is_first_segment = bits(octet, 7, 1) != 0;
	s->segments_left = (uint8_t)bits(octet, 0, 4);
	s->segment_reference = reference;
	s->is_segmented = !s->is_first_segment || s->segments_left > 0;
	return true;
}

static enum verdict address_read(struct cursor value, uint8_t variant, struct sccp_address *a)
{
	return sccp_address_read_under(variant, value, a) ? VERDICT_DECODED : VERDICT_SCCP_ADDRESS;
}

/* Parameters of one octet. */
static void octet_take(uint8_t name, struct cursor value, struct sccp *s)
{
	uint8_t octet = 0;

	if (!cursor_u8(&value, &octet))
		return;
	if (name == NAME_HOP_COUNTER) {
		s->hop_counter = octet;
	} else if (name == NAME_CREDIT) {
		s->has_credit = true;
		s->credit = octet;
	} else if (name == NAME_IMPORTANCE) {
		s->has_importance = true;
		s->importance = (uint8_t)bits(octet, 0, 3);
	}
}

static enum verdict parameter_apply(uint8_t name, struct cursor value, uint8_t variant, struct sccp *s)
{
	if (name == NAME_SEGMENTATION)
		return segmentation_read(value, s) ? VERDICT_DECODED : VERDICT_SCCP_POINTER;
	if (name == NAME_HOP_COUNTER || name == NAME_CREDIT || name == NAME_IMPORTANCE)
		octet_take(name, value, s);
	if (s->is_connectionless)
		return VERDICT_DECODED;
	if (name == NAME_CALLED)
		return address_read(value, variant, &s->called);
	if (name == NAME_CALLING)
		return address_read(value, variant, &s->calling);
	if (name == NAME_DATA)
		s->user = value;
	return VERDICT_DECODED;
}

enum verdict sccp_optional_read(struct cursor left, uint8_t variant, struct sccp *s)
{
	struct cursor value;
	uint8_t name = 0;
	uint8_t length = 0;

	while (cursor_u8(&left, &name) && name != NAME_END) {
		enum verdict verdict;

		if (!cursor_u8(&left, &length) || !cursor_take(&left, length, &value))
			return VERDICT_SCCP_POINTER;
		verdict = parameter_apply(name, value, variant, s);
		if (verdict != VERDICT_DECODED)
			return verdict;
	}
	return VERDICT_DECODED;
}
