/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Diameter header (RFC 6733 3) and the walk over AVPs (4.1).
 *
 * Called by the walk of a worker for every message; pure. A message on a connection that is in step is framed by its length alone
 * (diameter_frame), so that commands and applications which no table knows pass; where a header has to be told from noise
 * (diameter_is_plausible: first bytes of a stream, behind a gap, on an unknown port) command and application must both be known.
 *
 * Refuses a version other than 1, a length below the header's or not a multiple of 4, a message longer than its window, an AVP
 * shorter than its header or longer than its message. Reserved bits are ignored in a message that is in step, as RFC 6733 3 asks.
 * Does not look into grouped AVPs, see body.c, and does not find a header in the middle of bytes, see find.c.
 */
#include "dataplane/diameter/diameter.h"

#include "dataplane/codes/codes.h"

#define DIAMETER_VERSION        1
#define DIAMETER_FLAGS_RESERVED 0x0f

#define AVP_FLAG_VENDOR   0x80
#define AVP_HEADER_LENGTH 8U
#define AVP_VENDOR_LENGTH 4U

static bool length_is_possible(uint32_t length)
{
	return length >= DIAMETER_HEADER_LENGTH && length % 4 == 0;
}

bool diameter_is_plausible(const struct cursor *c)
{
	struct cursor header = *c;
	uint8_t version = 0;
	uint8_t flags = 0;
	uint32_t length = 0;
	uint32_t command = 0;
	uint32_t application = 0;

	if (cursor_left(c) < DIAMETER_HEADER_LENGTH)
		return false;
	cursor_u8(&header, &version);
	cursor_be24(&header, &length);
	cursor_u8(&header, &flags);
	if (version != DIAMETER_VERSION || !length_is_possible(length) || (flags & DIAMETER_FLAGS_RESERVED) != 0)
		return false;
	/* 3: the E bit "MUST NOT be set in request messages". */
	if ((flags & DIAMETER_FLAG_REQUEST) != 0 && (flags & DIAMETER_FLAG_ERROR) != 0)
		return false;
	cursor_be24(&header, &command);
	cursor_be32(&header, &application);
	return diameter_command_is_known(command) && diameter_application_is_known(application);
}

int64_t diameter_frame(const struct cursor *c, uint32_t longest)
{
	struct cursor header = *c;
	uint8_t version = 0;
	uint32_t length = 0;

	if (cursor_left(c) < 4)
		return 0;
	cursor_u8(&header, &version);
	cursor_be24(&header, &length);
	if (version != DIAMETER_VERSION || !length_is_possible(length) || length > longest)
		return -1;
	return length;
}

enum verdict diameter_read(struct cursor *c, struct diameter *ret)
{
	struct cursor rest = *c;
	struct cursor message;
	struct diameter diameter = { 0 };
	uint8_t version = 0;

	if (!cursor_peek_u8(&rest, 0, &version))
		return VERDICT_DIAMETER_LENGTH;
	if (version != DIAMETER_VERSION)
		return VERDICT_DIAMETER_HEADER;
	message = rest;
	cursor_skip(&message, 1);
	if (!cursor_be24(&message, &diameter.length) || !length_is_possible(diameter.length) ||
	    !cursor_take(&rest, diameter.length, &message))
		return VERDICT_DIAMETER_LENGTH;
	cursor_skip(&message, 4);
	cursor_u8(&message, &diameter.flags);
	cursor_be24(&message, &diameter.command);
	cursor_be32(&message, &diameter.application);
	cursor_be32(&message, &diameter.hop_by_hop);
	cursor_be32(&message, &diameter.end_to_end);
	diameter.avps = message;
	*c = rest;
	*ret = diameter;
	return VERDICT_DECODED;
}

enum verdict diameter_avp_read(struct cursor *c, struct diameter_avp *ret)
{
	struct cursor rest = *c;
	struct diameter_avp avp = { 0 };
	uint32_t length = 0;
	size_t header_length = AVP_HEADER_LENGTH;
	size_t padding = 0;

	if (cursor_left(&rest) < AVP_HEADER_LENGTH)
		return VERDICT_DIAMETER_AVP_LENGTH;
	cursor_be32(&rest, &avp.code);
	cursor_u8(&rest, &avp.flags);
	cursor_be24(&rest, &length);
	if (avp.flags & AVP_FLAG_VENDOR) {
		if (!cursor_be32(&rest, &avp.vendor))
			return VERDICT_DIAMETER_AVP_LENGTH;
		header_length += AVP_VENDOR_LENGTH;
	}
	if (length < header_length || !cursor_take(&rest, length - header_length, &avp.value))
		return VERDICT_DIAMETER_AVP_LENGTH;
	padding = (4 - length % 4) % 4;
	cursor_skip(&rest, padding < cursor_left(&rest) ? padding : cursor_left(&rest));
	*c = rest;
	*ret = avp;
	return VERDICT_DECODED;
}
