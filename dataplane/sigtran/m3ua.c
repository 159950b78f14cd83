/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * M3UA, RFC 4666: the protocol data of DATA (3.3.1); what the other messages say stands in parameters that all adaptation layers read alike
 * (xua.h). The worker's walk calls this for each SCTP user message of payload protocol 3, or for any other payload that
 * m3ua_is_plausible() takes for M3UA.
 *
 * The message length should count the final padding, yet some stacks leave it out of the length and others out of the message: all
 * three are read. Refused: another version, a length that does not fit the user message, parameters that do not fit, DATA without
 * protocol data. So are the drafts before RFC 3332, which carried protocol data as parameters 2 and 3: they end as a DATA message whose
 * mandatory parameter is missing. Point codes above 14 bits are read as 24 bits (T1.111.4; China's look the same), above 24 refused.
 */
#include "dataplane/sigtran/m3ua.h"

#include <stddef.h>

#include "dataplane/base/bits.h"

#define TYPE_DATA         1
#define DATA_BEGIN        0x01000101 /* version 1, reserved 0, class Transfer, type DATA */
#define PROTOCOL_DATA_MIN 12
/* Tag and length of parameters of one word. */
#define NETWORK_APPEARANCE_BEGIN 0x02000008
#define ROUTING_CONTEXT_BEGIN    0x00060008
#define PARAMETER_PROTOCOL_DATA  0x0210
#define POINT_CODE_ITU_MAX       0x3fff
#define POINT_CODE_MAX           0xffffff

/* RFC 4666 3.1.2: per message class the types that exist, one bit each. */
static const uint16_t types_of_class[] = {
	[0] = 1 << 0 | 1 << 1,                                     /* MGMT: ERR, NTFY */
	[1] = 1 << 1,                                              /* Transfer: DATA */
	[2] = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6, /* SSNM: DUNA, DAVA, DAUD, SCON, DUPU, DRST */
	[3] = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6, /* ASPSM: UP, DOWN, BEAT and their ACKs */
	[4] = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4,                   /* ASPTM: ACTIVE, INACTIVE and their ACKs */
	[9] = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4,                   /* RKM: REG, DEREG, REQ and RSP */
};

/* The ranges of parameter tags (3.2): common to all adaptation layers, and M3UA's own. */
static bool tag_is_known(uint16_t tag)
{
	return (tag >= 0x0004 && tag <= 0x0017) || (tag >= 0x0200 && tag <= 0x0213);
}

/* 3.3.1: the routing label, then the user part's message. */
static inline bool protocol_data_read(struct cursor value, struct mtp3 *ret_mtp3, struct cursor *ret_user)
{
	struct mtp3 mtp3;

	if (cursor_left(&value) < PROTOCOL_DATA_MIN)
		return false;
	mtp3.opc = cursor_fixed_be32(&value, 0);
	mtp3.dpc = cursor_fixed_be32(&value, 4);
	mtp3.service_indicator = cursor_fixed_u8(&value, 8);
	mtp3.network_indicator = cursor_fixed_u8(&value, 9);
	mtp3.message_priority = cursor_fixed_u8(&value, 10);
	mtp3.sls = cursor_fixed_u8(&value, 11);
	if (mtp3.opc > POINT_CODE_MAX || mtp3.dpc > POINT_CODE_MAX)
		return false;
	mtp3.variant = mtp3.opc > POINT_CODE_ITU_MAX || mtp3.dpc > POINT_CODE_ITU_MAX ? MTP3_ANSI : MTP3_ITU;
	*ret_mtp3 = mtp3;
	return cursor_part(&value, PROTOCOL_DATA_MIN, cursor_left(&value) - PROTOCOL_DATA_MIN, ret_user);
}

/* What a parameter means; false when it is shorter than its fixed part. */
static bool parameter_apply(uint16_t tag, struct cursor value, struct m3ua *m)
{
	if (tag != PARAMETER_PROTOCOL_DATA || m->message_class != XUA_CLASS_TRANSFER)
		return xua_parameter_apply(tag, value, &m->xua);
	if (!m->is_data)
		m->is_data = protocol_data_read(value, &m->mtp3, &m->user);
	return m->is_data;
}

bool m3ua_is_plausible(const struct cursor *c)
{
	struct cursor window = *c;
	struct cursor value;
	struct xua_header h;
	uint16_t tag = 0;
	bool has_protocol_data = false;

	if (!xua_header_read(&window, &h) || h.message_class >= sizeof(types_of_class) / sizeof(types_of_class[0]) || h.message_type > 15)
		return false;
	if (!bits(types_of_class[h.message_class], h.message_type, 1))
		return false;
	while (xua_has_parameter(&h.parameters)) {
		if (!xua_parameter_read(&h.parameters, &tag, &value) || !tag_is_known(tag))
			return false;
		if (tag == PARAMETER_PROTOCOL_DATA)
			has_protocol_data = cursor_left(&value) >= PROTOCOL_DATA_MIN;
	}
	return h.message_class != XUA_CLASS_TRANSFER || has_protocol_data;
}

/* What is the same for all DATA; that nothing else is said stands in is_data. */
static inline void transfer_fill(struct m3ua *ret)
{
	ret->is_data = true;
	ret->message_class = XUA_CLASS_TRANSFER;
	ret->message_type = TYPE_DATA;
}

/* A parameter of one word that may stand here; steps over it. */
static inline bool word_take(struct cursor *c, uint32_t begin, uint32_t *ret)
{
	if (cursor_left(c) < 8 || cursor_fixed_be32(c, 0) != begin)
		return false;
	*ret = cursor_fixed_be32(c, 4);
	return cursor_skip(c, 8);
}

/*
 * DATA of exactly the window's length that consists of network appearance and routing context, if any, and protocol data, as nearly every
 * stack sends it. False: the general way has to look, whether to read or to refuse. 92 instructions where that one took 247.
 */
static inline bool transfer_read(const struct cursor *c, struct m3ua *ret)
{
	struct cursor left = *c;
	uint32_t appearance = 0;
	uint32_t context = 0;
	bool has_appearance;
	bool has_context;
	struct cursor value;
	size_t length;

	if (cursor_left(c) < XUA_HEADER_LENGTH + 4 || cursor_fixed_be32(c, 0) != DATA_BEGIN || cursor_fixed_be32(c, 4) != cursor_left(c))
		return false;
	cursor_skip(&left, XUA_HEADER_LENGTH);
	has_appearance = word_take(&left, NETWORK_APPEARANCE_BEGIN, &appearance);
	has_context = word_take(&left, ROUTING_CONTEXT_BEGIN, &context);
	if (cursor_left(&left) < 4 || cursor_fixed_be16(&left, 0) != PARAMETER_PROTOCOL_DATA)
		return false;
	length = cursor_fixed_be16(&left, 2);
	if (length < 4 || length > cursor_left(&left) || cursor_left(&left) - length > XUA_PADDING_MAX ||
	    !cursor_part(&left, 4, length - 4, &value))
		return false;
	if (!protocol_data_read(value, &ret->mtp3, &ret->user))
		return false;
	ret->routing_context = context;
	ret->network_appearance = appearance;
	ret->has_routing_context = has_context;
	ret->has_network_appearance = has_appearance;
	transfer_fill(ret);
	return true;
}

enum verdict m3ua_read_any(struct cursor *c, struct m3ua *ret)
{
	struct m3ua m = { 0 };
	struct cursor window = *c;
	struct cursor contexts;
	struct cursor value;
	struct xua_header h;
	uint16_t tag = 0;

	if (!xua_header_read(&window, &h))
		return VERDICT_M3UA_HEADER;
	m.message_class = m.xua.message_class = h.message_class;
	m.message_type = m.xua.message_type = h.message_type;
	while (xua_has_parameter(&h.parameters)) {
		if (!xua_parameter_read(&h.parameters, &tag, &value) || !parameter_apply(tag, value, &m))
			return VERDICT_M3UA_PARAMETER;
	}
	if (m.message_class == XUA_CLASS_TRANSFER && m.message_type == TYPE_DATA && !m.is_data)
		return VERDICT_M3UA_PARAMETER;
	m.has_routing_context = (m.xua.facts & XUA_ROUTING_CONTEXTS) != 0;
	contexts = m.xua.routing_contexts;
	cursor_be32(&contexts, &m.routing_context);
	m.has_network_appearance = (m.xua.facts & XUA_NETWORK_APPEARANCE) != 0;
	m.network_appearance = m.xua.network_appearance;
	cursor_skip(c, cursor_left(c));
	*ret = m;
	return VERDICT_DECODED;
}

enum verdict m3ua_read(struct cursor *c, struct m3ua *ret)
{
	if (!transfer_read(c, ret))
		return m3ua_read_any(c, ret);
	cursor_skip(c, cursor_left(c));
	return VERDICT_DECODED;
}
