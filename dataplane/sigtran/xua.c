/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The common parts of M3UA, M2UA, SUA and IUA: RFC 4666 3.1, 3.2 and 3.4 to 3.8, RFC 3331 3.1 to 3.3, RFC 3868 3.1 and 3.10, RFC 4233 3.1.
 * The tags of one layer never mean something else in another, so one table holds them all; M2PA shares nothing but the header. Called by
 * the decoders of this folder.
 *
 * Refused: another version, reserved bits that are set, a length that does not fit the user message, a parameter that leaves its message
 * or is shorter than its fixed part. Not read: text (INFO strings, diagnostics), heartbeat data, the ranges of routing keys.
 */
#include "dataplane/sigtran/xua.h"

#include <string.h>

#include "dataplane/base/bits.h"

/* The common tags (RFC 4666 3.2). */
#define TAG_COMMON_FIRST 0x0001
#define TAG_COMMON_LAST  0x0018

bool xua_header_read(struct cursor *c, struct xua_header *ret)
{
	struct xua_header header;
	struct cursor left = *c;
	uint32_t length;

	if (cursor_left(c) < XUA_HEADER_LENGTH)
		return false;
	length = cursor_fixed_be32(c, 4);
	header.message_class = cursor_fixed_u8(c, 2);
	header.message_type = cursor_fixed_u8(c, 3);
	if (cursor_fixed_u8(c, 0) != XUA_VERSION || cursor_fixed_u8(c, 1) != 0 || length < XUA_HEADER_LENGTH)
		return false;
	cursor_skip(&left, XUA_HEADER_LENGTH);
	length -= XUA_HEADER_LENGTH;
	if (length > cursor_left(&left) + XUA_PADDING_MAX || cursor_left(&left) > (size_t)length + XUA_PADDING_MAX)
		return false;
	header.parameters = left;
	cursor_trim(&header.parameters, length);
	cursor_skip(c, cursor_left(c));
	*ret = header;
	return true;
}

bool xua_kind_read(const struct cursor *c, uint8_t *ret_class, uint8_t *ret_type)
{
	if (cursor_left(c) < 4)
		return false;
	*ret_class = cursor_fixed_u8(c, 2);
	*ret_type = cursor_fixed_u8(c, 3);
	return true;
}

bool xua_parameter_read(struct cursor *c, uint16_t *ret_tag, struct cursor *ret_value)
{
	struct cursor left = *c;
	uint16_t tag = 0;
	uint16_t length = 0;
	size_t padding;

	if (!cursor_be16(&left, &tag) || !cursor_be16(&left, &length) || length < 4 || !cursor_take(&left, length - 4U, ret_value))
		return false;
	padding = (4U - (length & 3U)) & 3U;
	cursor_skip(&left, padding < cursor_left(&left) ? padding : cursor_left(&left));
	*c = left;
	*ret_tag = tag;
	return true;
}

/* Parameters that are a number behind so many reserved octets. */
static const struct {
	uint16_t tag;
	uint8_t skipped;
	uint8_t octets;
	uint16_t fact;
	size_t number;
} numbers[] = {
	{ 0x000b, 0, 4, XUA_TRAFFIC_MODE, offsetof(struct xua, traffic_mode) },             /* RFC 4666 3.7.1 */
	{ 0x000c, 0, 4, XUA_ERROR_CODE, offsetof(struct xua, error_code) },                 /* 3.8.1 */
	{ 0x000d, 0, 4, XUA_STATUS, offsetof(struct xua, status) },                         /* 3.8.2 */
	{ 0x0011, 0, 4, XUA_ASP_IDENTIFIER, offsetof(struct xua, asp_identifier) },         /* 3.5.1 */
	{ 0x0016, 0, 4, XUA_REGISTRATION, offsetof(struct xua, registration) },             /* RFC 3868 3.10.14 */
	{ 0x0017, 0, 4, XUA_DEREGISTRATION, offsetof(struct xua, deregistration) },         /* RFC 3868 3.10.14 */
	{ 0x0018, 0, 4, XUA_LOCAL_KEY, offsetof(struct xua, local_key) },                   /* RFC 3868 3.10.14 */
	{ 0x010c, 0, 4, XUA_USER_CAUSE, offsetof(struct xua, user_cause) },                 /* RFC 3868 3.10.12 */
	{ 0x010d, 0, 4, XUA_NETWORK_APPEARANCE, offsetof(struct xua, network_appearance) }, /* RFC 3868 3.10.13 */
	{ 0x0118, 0, 4, XUA_CONGESTION, offsetof(struct xua, congestion_level) },           /* RFC 3868 3.10.24 */
	{ 0x0200, 0, 4, XUA_NETWORK_APPEARANCE, offsetof(struct xua, network_appearance) }, /* RFC 4666 3.3.1 */
	{ 0x0204, 0, 4, XUA_USER_CAUSE, offsetof(struct xua, user_cause) },                 /* 3.4.5 */
	{ 0x0205, 3, 1, XUA_CONGESTION, offsetof(struct xua, congestion_level) },           /* 3.4.4 */
	{ 0x0206, 0, 4, XUA_CONCERNED, offsetof(struct xua, concerned) },                   /* 3.4.4 */
	{ 0x020a, 0, 4, XUA_LOCAL_KEY, offsetof(struct xua, local_key) },                   /* 3.6.1 */
	{ 0x020b, 0, 4, XUA_DESTINATION, offsetof(struct xua, destination) },               /* 3.6.1 */
	{ 0x0212, 0, 4, XUA_REGISTRATION, offsetof(struct xua, registration) },             /* 3.6.2 */
	{ 0x0213, 0, 4, XUA_DEREGISTRATION, offsetof(struct xua, deregistration) },         /* 3.6.4 */
	{ 0x030a, 0, 4, XUA_LOCAL_KEY, offsetof(struct xua, local_key) },                   /* RFC 3331 3.3.4.1 */
	{ 0x030e, 0, 4, XUA_REGISTRATION, offsetof(struct xua, registration) },             /* RFC 3331 3.3.4.2 */
	{ 0x0310, 0, 4, XUA_DEREGISTRATION, offsetof(struct xua, deregistration) },         /* RFC 3331 3.3.4.4 */
	{ 0x8003, 3, 1, XUA_SUBSYSTEM, offsetof(struct xua, subsystem) },                   /* RFC 3868 3.10.2 */
};

/* Parameters that are a list of words, with the fewest octets that each has. */
static const struct {
	uint16_t tag;
	uint16_t octets;
	uint16_t fact;
	size_t words;
} lists[] = {
	{ 0x0001, 4, XUA_INTERFACES, offsetof(struct xua, interfaces) },             /* RFC 3331 3.2.1 */
	{ 0x0006, 4, XUA_ROUTING_CONTEXTS, offsetof(struct xua, routing_contexts) }, /* RFC 4666 3.3.1 */
	{ 0x0012, 0, XUA_AFFECTED, offsetof(struct xua, affected) },                 /* RFC 4666 3.4.1 */
};

/* Parameters that hold others. */
static const uint16_t containers[] = {
	0x0014, 0x0015, 0x010e, /* registration and deregistration result, routing key: RFC 3868 3.10.14 */
	0x0207, 0x0208, 0x0209, /* routing key, the results: RFC 4666 3.6 */
	0x0309, 0x030d, 0x030f, /* link key, the results: RFC 3331 3.3.4 */
};

/* Notes a number or a list; false when it is too short. */
static bool plain_apply(uint16_t tag, struct cursor value, struct xua *x)
{
	uint32_t number = 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (lists[i].tag != tag)
			continue;
		if (cursor_left(&value) < lists[i].octets)
			return false;
		if ((x->facts & lists[i].fact) == 0)
			memcpy((uint8_t *)x + lists[i].words, &value, sizeof(value));
		x->facts |= lists[i].fact;
		return true;
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (numbers[i].tag != tag)
			continue;
		if (cursor_left(&value) < 4)
			return false;
		number = cursor_fixed_be32(&value, 0);
		if (numbers[i].octets == 1)
			number = bits(number, 0, 8);
		if ((x->facts & numbers[i].fact) == 0)
			memcpy((uint8_t *)x + numbers[i].number, &number, sizeof(number));
		x->facts |= numbers[i].fact;
		return true;
	}
	return true;
}

bool xua_parameter_apply(uint16_t tag, struct cursor value, struct xua *x)
{
	for (size_t i = 0; i < sizeof(containers) / sizeof(containers[0]); i++) {
		if (containers[i] != tag)
			continue;
		while (xua_has_parameter(&value)) {
			struct cursor inner;

			if (!xua_parameter_read(&value, &tag, &inner) || !plain_apply(tag, inner, x))
				return false;
		}
		return true;
	}
	return plain_apply(tag, value, x);
}

bool xua_parameters_apply(struct cursor parameters, struct xua *x)
{
	struct cursor value;
	uint16_t tag = 0;

	while (xua_has_parameter(&parameters)) {
		if (!xua_parameter_read(&parameters, &tag, &value) || !xua_parameter_apply(tag, value, x))
			return false;
	}
	return true;
}

bool xua_affected_next(struct cursor *affected, struct xua_affected *ret)
{
	uint32_t word = 0;

	if (!cursor_be32(affected, &word))
		return false;
	ret->mask = (uint8_t)bits(word, 24, 8);
	ret->point_code = bits(word, 0, 24);
	return true;
}

bool xua_is_plausible(const struct cursor *c, const struct xua_layer *layer)
{
	struct cursor window = *c;
	struct cursor value;
	struct xua_header h;
	uint16_t tag = 0;

	if (!xua_header_read(&window, &h) || h.message_class >= layer->classes || h.message_type > 15)
		return false;
	if (!bits(layer->types[h.message_class], h.message_type, 1))
		return false;
	while (xua_has_parameter(&h.parameters)) {
		if (!xua_parameter_read(&h.parameters, &tag, &value))
			return false;
		if ((tag < TAG_COMMON_FIRST || tag > TAG_COMMON_LAST) && (tag < layer->own_first || tag > layer->own_last))
			return false;
	}
	return true;
}
