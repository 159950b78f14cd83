/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * M2UA, RFC 3331: the protocol data of Data and of retrieved messages (3.3.1.1, 3.3.1.12), in the form of the ITU and ANSI and in that of
 * Japan, which has the length indicator of MTP2 before it; the rest in parameters that all adaptation layers read alike (xua.h). The
 * worker's walk calls this for each SCTP user message of payload protocol 2, or for any other payload that m2ua_is_plausible() takes for
 * M2UA.
 *
 * Refused: another version, a length that does not fit, parameters that do not fit, Data without protocol data. Of several protocol data
 * in one message, which the standard does not know, the first is read.
 */
#include "dataplane/sigtran/m2ua.h"

#define CLASS_MAUP             6
#define TYPE_DATA              1
#define PARAMETER_PROTOCOL     0x0300 /* 3.3.1.1 */
#define PARAMETER_PROTOCOL_TTC 0x0301

/* RFC 3331 3.1.4: per message class the types that exist, one bit each. */
static const uint16_t types[] = {
	[XUA_CLASS_MGMT] = 0x0003,  /* ERR, NTFY */
	[XUA_CLASS_ASPSM] = 0x007e, /* UP, DOWN, BEAT and their ACKs */
	[XUA_CLASS_ASPTM] = 0x001e, /* ACTIVE, INACTIVE and their ACKs */
	[CLASS_MAUP] = 0xfffe,      /* Data to Data Acknowledge */
	[10] = 0x001e,              /* IIM: REG, DEREG, REQ and RSP */
};
static const struct xua_layer layer = { types, sizeof(types) / sizeof(types[0]), 0x0300, 0x0314 };

bool m2ua_is_plausible(const struct cursor *c)
{
	return xua_is_plausible(c, &layer);
}

/* What a parameter means; false when it is shorter than its fixed part. */
static bool parameter_apply(uint16_t tag, struct cursor value, struct m2ua *m)
{
	if (tag != PARAMETER_PROTOCOL && tag != PARAMETER_PROTOCOL_TTC)
		return xua_parameter_apply(tag, value, &m->xua);
	if (m->has_data)
		return true;
	if (tag == PARAMETER_PROTOCOL_TTC && !cursor_skip(&value, 1))
		return false;
	m->has_data = true;
	m->user = value;
	return true;
}

enum verdict m2ua_read(struct cursor *c, struct m2ua *ret)
{
	struct m2ua m = { 0 };
	struct cursor window = *c;
	struct cursor value;
	struct xua_header h;
	uint16_t tag = 0;

	if (!xua_header_read(&window, &h))
		return VERDICT_M2UA_HEADER;
	m.xua.message_class = h.message_class;
	m.xua.message_type = h.message_type;
	while (xua_has_parameter(&h.parameters)) {
		if (!xua_parameter_read(&h.parameters, &tag, &value) || !parameter_apply(tag, value, &m))
			return VERDICT_M2UA_PARAMETER;
	}
	if (h.message_class == CLASS_MAUP && h.message_type == TYPE_DATA && !m.has_data)
		return VERDICT_M2UA_PARAMETER;
	cursor_skip(c, cursor_left(c));
	*ret = m;
	return VERDICT_DECODED;
}
