/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SCCP, Q.713: the six connectionless messages (4.10, 4.11, 4.18 to 4.21) with their pointers (2.3), optional part (2.4, 2.5) and
 * segmentation parameter (3.17); and the messages of SCCP management (5.3). The worker's walk calls this for MTP3 service 3.
 *
 * Messages of connections are read by sccp_connection.c. Unknown types give VERDICT_SCCP_OTHER with the type filled in. Refused: a message
 * shorter than its fixed part, pointers that leave it, an address shorter than its indicator says. Parameters may stand in any
 * order and may even overlap: Q.713 says only where each begins. Bytes behind the end-of-optional-parameters octet are not looked at.
 */
#include "dataplane/ss7/sccp.h"

#include <stddef.h>

#include "dataplane/base/bits.h"
#include "dataplane/ss7/sccp_address.h"
#include "dataplane/ss7/sccp_part.h"

#define FORMAT_SSC 6 /* 5.3.6: has a congestion level, which 5.2.4 puts behind the multiplicity */

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

/* The variable part of a short pointer that stands `at` octets ahead, which the caller has found to be there. 0 names nothing (2.3). */
static inline bool short_variable_read(const struct cursor *c, size_t at, struct cursor *ret_value)
{
	size_t offset = cursor_fixed_u8(c, at);
	size_t begin = at + offset;

	return offset != 0 && begin < cursor_left(c) && cursor_part(c, begin + 1, cursor_fixed_u8(c, begin), ret_value);
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
	return !layout->has_hop_counter || cursor_u8(c, &s->hop_counter);
}

/* The three mandatory parts; steps over their pointers. When one is missing those before it are there. */
static bool mandatory_read(struct cursor *c, bool is_long, struct mandatory *ret)
{
	if (is_long)
		return sccp_variable_read(c, true, false, &ret->called) && sccp_variable_read(c, true, false, &ret->calling) &&
		       sccp_variable_read(c, true, true, &ret->user);
	return short_variable_read(c, 0, &ret->called) && short_variable_read(c, 1, &ret->calling) &&
	       short_variable_read(c, 2, &ret->user) && cursor_skip(c, 3);
}

/* Both addresses are read before the optional part, so that a message that breaks there still says whose it is. */
static enum verdict connectionless_read(struct cursor *c, const struct layout *layout, uint8_t variant, struct sccp *s)
{
	struct mandatory part = { 0 };
	struct cursor optional = { 0 };
	size_t pointers = (layout->has_optional ? 4U : 3U) * (layout->is_long ? 2U : 1U);
	bool has_parts;
	bool fits;

	s->is_connectionless = true;
	if (!fixed_read(c, layout, s) || cursor_left(c) < pointers)
		return VERDICT_SCCP_TRUNCATED;
	has_parts = mandatory_read(c, layout->is_long, &part);
	fits = sccp_address_read_under(variant, part.called, &s->called);
	fits = sccp_address_read_under(variant, part.calling, &s->calling) && fits;
	if (!has_parts)
		return VERDICT_SCCP_POINTER;
	if (layout->has_optional &&
	    (!sccp_pointer_read(c, layout->is_long, &optional) || sccp_optional_read(optional, variant, s) != VERDICT_DECODED))
		return VERDICT_SCCP_POINTER;
	s->user = part.user;
	return fits ? VERDICT_DECODED : VERDICT_SCCP_ADDRESS;
}

enum verdict sccp_read_under(uint8_t variant, struct cursor *c, struct sccp *ret)
{
	struct cursor left = *c;
	enum verdict verdict = VERDICT_SCCP_OTHER;

	*ret = (struct sccp){ 0 };
	if (!cursor_u8(&left, &ret->type))
		return VERDICT_SCCP_TRUNCATED;
	if (sccp_is_of_connection(ret->type))
		verdict = sccp_connection_read(&left, variant, ret);
	else if (ret->type < sizeof(layouts) / sizeof(layouts[0]) && layouts[ret->type].is_known)
		verdict = connectionless_read(&left, &layouts[ret->type], variant, ret);
	if (verdict == VERDICT_DECODED || verdict == VERDICT_SCCP_OTHER)
		cursor_skip(c, cursor_left(c));
	return verdict;
}

enum verdict sccp_read_any(struct cursor *c, struct sccp *ret)
{
	return sccp_read_under(MTP3_ITU, c, ret);
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
	ret->hop_counter = pointers == 3 ? cursor_fixed_u8(c, 2) : 0;
	ret->has_importance = false;
	ret->segment_count = 0;
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

enum verdict sccp_management_read(uint8_t variant, struct cursor *c, struct sccp_management *ret)
{
	struct cursor left = *c;
	uint8_t octet = 0;

	*ret = (struct sccp_management){ 0 };
	if (!cursor_u8(&left, &ret->format) || !cursor_u8(&left, &ret->affected_subsystem) ||
	    !sccp_point_code_read(&left, variant, &ret->affected_point_code) || !cursor_u8(&left, &octet))
		return VERDICT_SCCP_TRUNCATED;
	ret->multiplicity = (uint8_t)bits(octet, 0, 2);
	if (ret->format == FORMAT_SSC && cursor_u8(&left, &octet)) {
		ret->congestion_level = (uint8_t)bits(octet, 0, 4);
		ret->has_congestion_level = true;
	}
	cursor_skip(c, cursor_left(c));
	return VERDICT_DECODED;
}
