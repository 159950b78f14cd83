/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SUA, RFC 3868: connectionless (3.3) and connection-oriented messages (3.4) as messages of SCCP, with addresses (3.10.2: global title,
 * point code, subsystem), references (3.10.4, 3.10.5), cause (3.10.6), data (3.10.11), class (3.10.21) and segmentation (3.10.23); the
 * other messages in parameters that all adaptation layers read alike (xua.h). The worker's walk calls this for each SCTP user message of
 * payload protocol 4, or for any other payload that sua_is_plausible() takes for SUA.
 *
 * Refused: another version, a length that does not fit, parameters that do not fit or are shorter than their fixed part. Addresses of IP
 * and host names give an empty address. Not read: labels, importance, hop counter, sequence numbers and credit. A global title of more
 * than 15 digits, or of none, gives the number 0, as in SCCP.
 */
#include "dataplane/sigtran/sua.h"

#include "dataplane/base/bits.h"

#define CLASS_CL          7
#define CLASS_CO          8
#define ROUTES_ON_TITLE   1
#define POINT_CODE_BITS   24
#define TITLE_FIXED       8 /* reserved, form, number of digits, translation type, plan, nature (3.10.2) */
#define CAUSE_TYPE_RETURN 1 /* 3.10.6 */
#define DIGIT_END         15

enum parameter {
	PARAMETER_SOURCE = 0x0102,
	PARAMETER_DESTINATION = 0x0103,
	PARAMETER_SOURCE_REFERENCE = 0x0104,
	PARAMETER_DESTINATION_REFERENCE = 0x0105,
	PARAMETER_CAUSE = 0x0106,
	PARAMETER_SEQUENCE = 0x0107,
	PARAMETER_DATA = 0x010b,
	PARAMETER_CLASS = 0x0115,
	PARAMETER_SEGMENTATION = 0x0117,
	PARAMETER_TITLE = 0x8001,
	PARAMETER_POINT_CODE = 0x8002,
	PARAMETER_SUBSYSTEM = 0x8003,
};

/* RFC 3868 3.1.2: per message class the types that exist, one bit each. */
static const uint16_t types[] = {
	[XUA_CLASS_MGMT] = 0x0003,  /* ERR, NTFY */
	[XUA_CLASS_SSNM] = 0x007e,  /* DUNA, DAVA, DAUD, SCON, DUPU, DRST */
	[XUA_CLASS_ASPSM] = 0x007e, /* UP, DOWN, BEAT and their ACKs */
	[XUA_CLASS_ASPTM] = 0x001e, /* ACTIVE, INACTIVE and their ACKs */
	[CLASS_CL] = 0x0006,        /* CLDT, CLDR */
	[CLASS_CO] = 0x0ffe,        /* CORE to COIT */
	[XUA_CLASS_RKM] = 0x001e,   /* REG, DEREG, REQ and RSP */
};
static const struct xua_layer layer = { types, sizeof(types) / sizeof(types[0]), 0x0101, 0x0118 };

/* RFC 3868 3.3, 3.4: the message of SCCP that a message corresponds to. */
static const uint8_t connectionless_types[] = { [1] = SCCP_UDT, [2] = SCCP_UDTS };
static const uint8_t connection_types[] = {
	[1] = SCCP_CR,  [2] = SCCP_CC,  [3] = SCCP_CREF, [4] = SCCP_RLSD, [5] = SCCP_RLC, [6] = SCCP_RSC,
	[7] = SCCP_RSR, [8] = SCCP_DT1, [9] = SCCP_AK,   [10] = SCCP_ERR, [11] = SCCP_IT
};

bool sua_is_plausible(const struct cursor *c)
{
	return xua_is_plausible(c, &layer);
}

/* 3.10.2: two digits an octet, the first one low; the count says how many of the nibbles are digits. */
static bool title_read(struct cursor value, struct sccp_address *a)
{
	uint64_t nibbles;
	unsigned int count;

	if (cursor_left(&value) < TITLE_FIXED)
		return false;
	a->gt_indicator = (uint8_t)bits(cursor_fixed_u8(&value, 3), 0, 4);
	count = cursor_fixed_u8(&value, 4);
	a->translation_type = cursor_fixed_u8(&value, 5);
	a->numbering_plan = (uint8_t)bits(cursor_fixed_u8(&value, 6), 0, 4);
	a->nature = (uint8_t)bits(cursor_fixed_u8(&value, 7), 0, 7);
	cursor_skip(&value, TITLE_FIXED);
	if (count == 0 || count > DIGITS_MAX)
		return true;
	nibbles = nibbles_of_wire(&value);
	if (nibbles_count(nibbles) < count)
		count = nibbles_count(nibbles);
	a->global_title = count > 0 ? nibbles_number(nibbles, count) : 0;
	return true;
}

/* 3.10.2: routing indicator and address indicator, then parameters in the parameter. */
static bool address_read(struct cursor value, struct sccp_address *ret)
{
	struct sccp_address a = { 0 };
	uint16_t routing = 0;
	uint16_t tag = 0;
	uint32_t word = 0;
	struct cursor inner;

	if (!cursor_be16(&value, &routing) || !cursor_skip(&value, 2))
		return false;
	a.routes_on_subsystem = routing != ROUTES_ON_TITLE;
	while (xua_has_parameter(&value)) {
		if (!xua_parameter_read(&value, &tag, &inner))
			return false;
		if (tag == PARAMETER_TITLE && !title_read(inner, &a))
			return false;
		if (tag != PARAMETER_POINT_CODE && tag != PARAMETER_SUBSYSTEM)
			continue;
		if (!cursor_be32(&inner, &word))
			return false;
		if (tag == PARAMETER_SUBSYSTEM) {
			a.has_subsystem = true;
			a.subsystem = (uint8_t)bits(word, 0, 8);
		} else {
			a.has_point_code = true;
			a.point_code = bits(word, 0, POINT_CODE_BITS);
		}
	}
	*ret = a;
	return true;
}

/* A parameter of one word, from which the form takes something. */
static bool word_apply(uint16_t tag, struct cursor value, struct sccp *s)
{
	uint32_t word = 0;

	if (!cursor_be32(&value, &word))
		return false;
	if (tag == PARAMETER_SOURCE_REFERENCE) {
		s->has_source_reference = true;
		s->source_reference = word;
	} else if (tag == PARAMETER_DESTINATION_REFERENCE) {
		s->has_destination_reference = true;
		s->destination_reference = word;
	} else if (tag == PARAMETER_CAUSE) { /* reserved, the kind of cause, the cause */
		s->return_cause = s->is_return ? (uint8_t)bits(word, 0, 8) : 0;
		s->has_cause = !s->is_return && bits(word, 8, 8) != CAUSE_TYPE_RETURN;
		s->cause = s->has_cause ? (uint8_t)bits(word, 0, 8) : 0;
	} else if (tag == PARAMETER_CLASS) {
		s->protocol_class = (uint8_t)bits(word, 0, 4);
	} else if (tag == PARAMETER_SEQUENCE) { /* 3.10.7: reserved, received with the more data bit, sent */
		s->has_more = bits(word, 8, 1) != 0;
	} else { /* 3.10.23: the first one, remaining ones, reference */
		s->is_first_segment = bits(word, 31, 1) != 0;
		s->segments_left = (uint8_t)bits(word, 24, 7);
		s->segment_reference = bits(word, 0, 24);
		s->is_segmented = !s->is_first_segment || s->segments_left > 0;
	}
	return true;
}

/* What a parameter of a message of SCCP means; false when it is shorter than its fixed part. */
static bool form_apply(uint16_t tag, struct cursor value, struct sua *sua, struct sccp *s)
{
	switch (tag) {
	case PARAMETER_SOURCE:
		return address_read(value, &s->calling);
	case PARAMETER_DESTINATION:
		return address_read(value, &s->called);
	case PARAMETER_DATA:
		sua->has_data = true;
		s->user = value;
		return true;
	case PARAMETER_SOURCE_REFERENCE:
	case PARAMETER_DESTINATION_REFERENCE:
	case PARAMETER_CAUSE:
	case PARAMETER_CLASS:
	case PARAMETER_SEQUENCE:
	case PARAMETER_SEGMENTATION:
		return word_apply(tag, value, s);
	default:
		return xua_parameter_apply(tag, value, &sua->xua);
	}
}

/* The message of SCCP; false: it is none. */
static bool form_begin(const struct xua_header *h, struct sccp *s)
{
	bool is_connectionless = h->message_class == CLASS_CL;
	const uint8_t *corresponding = is_connectionless ? connectionless_types : connection_types;
	size_t count = is_connectionless ? sizeof(connectionless_types) : sizeof(connection_types);

	if ((h->message_class != CLASS_CL && h->message_class != CLASS_CO) || h->message_type >= count ||
	    corresponding[h->message_type] == 0)
		return false;
	s->type = corresponding[h->message_type];
	s->is_connectionless = is_connectionless;
	s->is_return = s->type == SCCP_UDTS;
	return true;
}

enum verdict sua_read(struct cursor *c, struct sua *ret, struct sccp *ret_sccp)
{
	struct sua sua = { 0 };
	struct sccp sccp = { 0 };
	struct cursor window = *c;
	struct cursor value;
	struct xua_header h;
	uint16_t tag = 0;

	if (!xua_header_read(&window, &h))
		return VERDICT_SUA_HEADER;
	sua.xua.message_class = h.message_class;
	sua.xua.message_type = h.message_type;
	sua.has_form = form_begin(&h, &sccp);
	sccp.user = cursor_of(h.parameters.end, 0);
	while (xua_has_parameter(&h.parameters)) {
		if (!xua_parameter_read(&h.parameters, &tag, &value))
			return VERDICT_SUA_PARAMETER;
		if (sua.has_form ? !form_apply(tag, value, &sua, &sccp) : !xua_parameter_apply(tag, value, &sua.xua))
			return VERDICT_SUA_PARAMETER;
	}
	cursor_skip(c, cursor_left(c));
	*ret = sua;
	if (sua.has_form)
		*ret_sccp = sccp;
	return VERDICT_DECODED;
}
