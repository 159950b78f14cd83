/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SCCP, Q.713: the six connectionless messages (4.10, 4.11, 4.18 to 4.21) with their pointers (2.3), optional part (2.4, 2.5) and
 * segmentation parameter (3.17); and the messages of SCCP management (5.3). The worker's walk calls this for MTP3 service 3.
 *
 * Connection-oriented messages and unknown types give VERDICT_SCCP_OTHER with the type filled in. Refused: a message shorter than its
 * fixed part, pointers that leave it, an address shorter than its indicator says. Parameters may stand in any order and may even
 * overlap: Q.713 says only where each begins. Bytes behind the end-of-optional-parameters octet are not looked at.
 * Not read: importance, the ANSI forms of T1.112.
 */
#include "dataplane/ss7/sccp.h"

#include <stddef.h>

#include "dataplane/base/bits.h"
#include "dataplane/ss7/sccp_address.h"

#define OPTIONAL_END          0x00
#define OPTIONAL_SEGMENTATION 0x10
#define POINT_CODE_ITU_MASK   0x3fff

/* What a message consists of, as the figures of Q.713 4 draw it. */
struct layout {
	bool is_known;
	bool is_return; /* return cause instead of protocol class */
	bool has_hop_counter;
	bool has_optional;
	bool is_long; /* two-octet pointers and a two-octet length of the data */
};

static const struct layout layouts[] = {
	[SCCP_UDT] = { .is_known = true },                                                                                      /* 4.10 */
	[SCCP_UDTS] = { .is_known = true, .is_return = true },                                                                  /* 4.11 */
	[SCCP_XUDT] = { .is_known = true, .has_hop_counter = true, .has_optional = true },                                      /* 4.18 */
	[SCCP_XUDTS] = { .is_known = true, .is_return = true, .has_hop_counter = true, .has_optional = true },                  /* 4.19 */
	[SCCP_LUDT] = { .is_known = true, .has_hop_counter = true, .has_optional = true, .is_long = true },                     /* 4.20 */
	[SCCP_LUDTS] = { .is_known = true, .is_return = true, .has_hop_counter = true, .has_optional = true, .is_long = true }, /* 4.21 */
};

/* The windows of the mandatory variable parts. */
struct mandatory {
	struct cursor called;
	struct cursor calling;
	struct cursor user;
};

/* A pointer at `c`: counted from its own, or from its more significant, octet (2.3). `ret_begin` is empty for pointer 0. */
static bool pointer_read(struct cursor *c, bool is_long, struct cursor *ret_begin)
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

/* The variable part that a mandatory pointer of LUDT and LUDTS names: a length, then so many octets. */
static bool variable_read(struct cursor *c, bool has_long_length, struct cursor *ret_value)
{
	struct cursor begin;
	uint16_t length = 0;
	uint8_t octet = 0;

	if (!pointer_read(c, true, &begin))
		return false;
	if (has_long_length && !cursor_le16(&begin, &length))
		return false;
	if (!has_long_length && !cursor_u8(&begin, &octet))
		return false;
	return cursor_take(&begin, has_long_length ? length : octet, ret_value);
}

/* The same for the other messages: the pointer stands `at` octets ahead, which the caller has found to be there. 0 names nothing (2.3). */
static inline bool short_variable_read(const struct cursor *c, size_t at, struct cursor *ret_value)
{
	size_t offset = cursor_fixed_u8(c, at);
	size_t begin = at + offset;

	return offset != 0 && begin < cursor_left(c) && cursor_part(c, begin + 1, cursor_fixed_u8(c, begin), ret_value);
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

/* The optional part: name, length, value, until the name 0. A message that ends without it is forgiven. */
static bool optional_read(struct cursor left, struct sccp *s)
{
	struct cursor value;
	uint8_t name = 0;
	uint8_t length = 0;

	while (cursor_u8(&left, &name) && name != OPTIONAL_END) {
		if (!cursor_u8(&left, &length) || !cursor_take(&left, length, &value))
			return false;
		if (name == OPTIONAL_SEGMENTATION && !segmentation_read(value, s))
			return false;
	}
	return true;
}

/* The fixed part: class or return cause, and the hop counter. */
static bool fixed_read(struct cursor *c, const struct layout *layout, struct sccp *s)
{
	uint8_t octet = 0;

	if (!cursor_u8(c, &octet))
		return false;
	if (layout->is_return)
		s->return_cause = octet;
	else
		s->protocol_class = (uint8_t)bits(octet, 0, 4);
	s->is_return = layout->is_return;
	return !layout->has_hop_counter || cursor_skip(c, 1);
}

/* The three mandatory parts; steps over their pointers. */
static bool mandatory_read(struct cursor *c, bool is_long, struct mandatory *ret)
{
	if (is_long)
		return variable_read(c, false, &ret->called) && variable_read(c, false, &ret->calling) &&
		       variable_read(c, true, &ret->user);
	return short_variable_read(c, 0, &ret->called) && short_variable_read(c, 1, &ret->calling) &&
	       short_variable_read(c, 2, &ret->user) && cursor_skip(c, 3);
}

static enum verdict connectionless_read(struct cursor *c, const struct layout *layout, struct sccp *s)
{
	struct mandatory part;
	struct cursor optional = { 0 };
	size_t pointers = (layout->has_optional ? 4U : 3U) * (layout->is_long ? 2U : 1U);

	s->is_connectionless = true;
	if (!fixed_read(c, layout, s) || cursor_left(c) < pointers)
		return VERDICT_SCCP_TRUNCATED;
	if (!mandatory_read(c, layout->is_long, &part))
		return VERDICT_SCCP_POINTER;
	if (layout->has_optional && (!pointer_read(c, layout->is_long, &optional) || !optional_read(optional, s)))
		return VERDICT_SCCP_POINTER;
	if (!sccp_address_read(part.called, &s->called) || !sccp_address_read(part.calling, &s->calling))
		return VERDICT_SCCP_ADDRESS;
	s->user = part.user;
	return VERDICT_DECODED;
}

enum verdict sccp_read_any(struct cursor *c, struct sccp *ret)
{
	struct sccp s = { 0 };
	struct cursor left = *c;
	enum verdict verdict = VERDICT_SCCP_OTHER;

	if (!cursor_u8(&left, &s.type))
		return VERDICT_SCCP_TRUNCATED;
	if (s.type < sizeof(layouts) / sizeof(layouts[0]) && layouts[s.type].is_known)
		verdict = connectionless_read(&left, &layouts[s.type], &s);
	if (verdict != VERDICT_DECODED && verdict != VERDICT_SCCP_OTHER)
		return verdict;
	cursor_skip(c, cursor_left(c));
	*ret = s;
	return verdict;
}

/* 108 instructions; the general way took 700 with the addresses. */
bool sccp_read_usual(const struct cursor *c, struct sccp *ret, struct sccp_addresses *ret_addresses)
{
	struct cursor user;
	size_t pointers = 2;
	uint8_t type;

	if (cursor_left(c) < 7)
		return false;
	type = cursor_fixed_u8(c, 0);
	if (type == SCCP_XUDT && cursor_fixed_u8(c, 6) == 0)
		pointers = 3;
	else if (type != SCCP_UDT)
		return false;
	if (!short_variable_read(c, pointers, &ret_addresses->called) || !short_variable_read(c, pointers + 1, &ret_addresses->calling) ||
	    !short_variable_read(c, pointers + 2, &user) || !sccp_address_is_usual(&ret_addresses->called) ||
	    !sccp_address_is_usual(&ret_addresses->calling))
		return false;
	ret->user = user;
	ret->segment_reference = 0;
	ret->type = type;
	ret->return_cause = 0;
	ret->protocol_class = (uint8_t)bits(cursor_fixed_u8(c, 1), 0, 4);
	ret->segments_left = 0;
	ret->is_return = false;
	ret->is_segmented = false;
	ret->is_first_segment = false;
	ret->is_connectionless = true;
	return true;
}

enum verdict sccp_read(struct cursor *c, struct sccp *ret)
{
	struct sccp_addresses addresses;

	if (!sccp_read_usual(c, ret, &addresses))
		return sccp_read_any(c, ret);
	sccp_address_read_usual(&addresses.called, &ret->called);
	sccp_address_read_usual(&addresses.calling, &ret->calling);
	cursor_skip(c, cursor_left(c));
	return VERDICT_DECODED;
}

enum verdict sccp_management_read(struct cursor *c, struct sccp_management *ret)
{
	struct sccp_management m = { 0 };
	struct cursor left = *c;
	uint16_t point_code = 0;
	uint8_t level = 0;

	if (!cursor_u8(&left, &m.format) || !cursor_u8(&left, &m.affected_subsystem) || !cursor_le16(&left, &point_code) ||
	    !cursor_u8(&left, &m.multiplicity))
		return VERDICT_SCCP_TRUNCATED;
	m.affected_point_code = point_code & POINT_CODE_ITU_MASK;
	m.multiplicity = (uint8_t)bits(m.multiplicity, 0, 2);
	if (cursor_u8(&left, &level))
		m.congestion_level = (uint8_t)bits(level, 0, 4);
	cursor_skip(c, cursor_left(c));
	*ret = m;
	return VERDICT_DECODED;
}
