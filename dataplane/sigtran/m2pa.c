/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * M2PA, RFC 4165: the common header (2.1), the sequence numbers of the M2PA header (2.2), User Data (2.3.1) and Link Status (2.3.2). The
 * worker's walk calls this for each SCTP user message of payload protocol 5, or for any other payload that m2pa_is_plausible() takes for
 * M2PA.
 *
 * User Data without data acknowledges. Drafts 3 to 12 look the same: where they had a length indicator, RFC 4165 has the priority and
 * spare bits. The first drafts (message class 6, sequence numbers of 16 bits) are refused. So are another version, a length that does not
 * fit, and a message that ends before its sequence numbers or its state.
 */
#include "dataplane/sigtran/m2pa.h"

#include "dataplane/base/bits.h"
#include "dataplane/sigtran/xua.h"

#define CLASS_M2PA      11
#define SEQUENCE_LENGTH 8
#define STATE_LENGTH    4
#define STATE_LAST      9
#define USER_LENGTH_MIN 6 /* priority, service information octet, the shortest label */

bool m2pa_is_plausible(const struct cursor *c)
{
	struct cursor window = *c;
	struct m2pa m;

	if (m2pa_read(&window, &m) != VERDICT_DECODED)
		return false;
	if (m.message_type == M2PA_LINK_STATUS)
		return m.state >= 1 && m.state <= STATE_LAST;
	return m.message_type == M2PA_USER_DATA && (!m.has_data || cursor_left(&m.user) + 1 >= USER_LENGTH_MIN);
}

enum verdict m2pa_read(struct cursor *c, struct m2pa *ret)
{
	struct m2pa m = { 0 };
	struct cursor window = *c;
	struct xua_header h;
	struct cursor left;

	if (!xua_header_read(&window, &h) || h.message_class != CLASS_M2PA || cursor_left(&h.parameters) < SEQUENCE_LENGTH)
		return VERDICT_M2PA_HEADER;
	left = h.parameters;
	m.message_class = h.message_class;
	m.message_type = h.message_type;
	m.bsn = bits(cursor_fixed_be32(&left, 0), 0, 24);
	m.fsn = bits(cursor_fixed_be32(&left, 4), 0, 24);
	cursor_skip(&left, SEQUENCE_LENGTH);
	m.user = left;
	if (m.message_type == M2PA_USER_DATA && cursor_left(&left) > 0) {
		m.has_data = true;
		m.priority = (uint8_t)bits(cursor_fixed_u8(&left, 0), 6, 2);
		cursor_skip(&m.user, 1);
	}
	if (m.message_type == M2PA_LINK_STATUS) {
		if (cursor_left(&left) < STATE_LENGTH)
			return VERDICT_M2PA_HEADER;
		m.has_state = true;
		m.state = cursor_fixed_be32(&left, 0);
	}
	cursor_skip(c, cursor_left(c));
	*ret = m;
	return VERDICT_DECODED;
}
