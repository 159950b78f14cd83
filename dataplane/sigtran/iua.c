/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IUA, RFC 4233: class and type (3.1.2), and what management says in parameters that all adaptation layers read alike (xua.h). The worker's
 * walk calls this for each SCTP user message of payload protocol 1, or for any other payload that iua_is_plausible() takes for IUA.
 *
 * Refused: another version, a length that does not fit, parameters that do not fit. Not read: the data link (3.1 of the same) and the
 * messages of Q.931 inside, which are no signalling of a mobile network.
 */
#include "dataplane/sigtran/iua.h"

#define CLASS_QPTM 5

/* RFC 4233 3.1.2: per message class the types that exist, one bit each. */
static const uint16_t types[] = {
	[XUA_CLASS_MGMT] = 0x003f,  /* ERR, NTFY, TEI status and query */
	[XUA_CLASS_ASPSM] = 0x007e, /* UP, DOWN, BEAT and their ACKs */
	[XUA_CLASS_ASPTM] = 0x001e, /* ACTIVE, INACTIVE and their ACKs */
	[CLASS_QPTM] = 0x07fe,      /* Data Request to Release Indication */
};
static const struct xua_layer layer = { types, sizeof(types) / sizeof(types[0]), 0x0001, 0x0011 };

bool iua_is_plausible(const struct cursor *c)
{
	return xua_is_plausible(c, &layer);
}

enum verdict iua_read(struct cursor *c, struct xua *ret)
{
	struct xua x = { 0 };
	struct cursor window = *c;
	struct xua_header h;

	if (!xua_header_read(&window, &h))
		return VERDICT_IUA_HEADER;
	x.message_class = h.message_class;
	x.message_type = h.message_type;
	if (!xua_parameters_apply(h.parameters, &x))
		return VERDICT_IUA_PARAMETER;
	cursor_skip(c, cursor_left(c));
	*ret = x;
	return VERDICT_DECODED;
}
