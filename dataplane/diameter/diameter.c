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

#define AVP_FLAG_VENDOR   0x80
#define AVP_HEADER_LENGTH 8U
#define AVP_VENDOR_LENGTH 4U

static bool length_is_possible(uint32_t length)
{
	return length >= DIAMETER_HEADER_LENGTH && length % 4 == 0;
}

bool diameter_header_is_known(const struct cursor *c)
{
	uint32_t length = cursor_fixed_be32(c, 0) & 0xffffff;
	uint32_t command = cursor_fixed_be32(c, 4) & 0xffffff;
	uint8_t flags = cursor_fixed_u8(c, 4);

	/* 3: the E bit "MUST NOT be set in request messages". */
	if (!length_is_possible(length) || ((flags & DIAMETER_FLAG_REQUEST) != 0 && (flags & DIAMETER_FLAG_ERROR) != 0))
		return false;
	return diameter_command_is_known(command) && diameter_application_is_known(cursor_fixed_be32(c, 8));
}

int64_t diameter_frame(const struct cursor *c, uint32_t longest)
{
	uint32_t first;
	uint32_t length;

	if (cursor_left(c) < 4)
		return 0;
	first = cursor_fixed_be32(c, 0);
	length = first & 0xffffff;
	if (first >> 24 != DIAMETER_VERSION || !length_is_possible(length) || length > longest)
		return -1;
	return length;
}

enum verdict diameter_read(struct cursor *c, struct diameter *ret)
{
	struct cursor message;
	uint8_t version = 0;
	uint32_t length;

	if (!cursor_peek_u8(c, 0, &version))
		return VERDICT_DIAMETER_LENGTH;
	if (version != DIAMETER_VERSION)
		return VERDICT_DIAMETER_HEADER;
	if (cursor_left(c) < DIAMETER_HEADER_LENGTH)
		return VERDICT_DIAMETER_LENGTH;
	length = cursor_fixed_be32(c, 0) & 0xffffff;
	if (!length_is_possible(length) || !cursor_take(c, length, &message))
		return VERDICT_DIAMETER_LENGTH;
	ret->length = length;
	ret->flags = cursor_fixed_u8(&message, 4);
	ret->command = cursor_fixed_be32(&message, 4) & 0xffffff;
	ret->application = cursor_fixed_be32(&message, 8);
	ret->hop_by_hop = cursor_fixed_be32(&message, 12);
	ret->end_to_end = cursor_fixed_be32(&message, 16);
	cursor_skip(&message, DIAMETER_HEADER_LENGTH);
	ret->avps = message;
	return VERDICT_DECODED;
}

enum verdict diameter_avp_read(struct cursor *c, struct diameter_avp *ret)
{
	size_t header_length = AVP_HEADER_LENGTH;
	uint32_t vendor = 0;
	uint32_t code;
	uint32_t length;
	uint8_t flags;
	struct cursor avp;
	size_t padding;

	if (cursor_left(c) < AVP_HEADER_LENGTH)
		return VERDICT_DIAMETER_AVP_LENGTH;
	code = cursor_fixed_be32(c, 0);
	flags = cursor_fixed_u8(c, 4);
	length = cursor_fixed_be32(c, 4) & 0xffffff;
	if ((flags & AVP_FLAG_VENDOR) != 0) {
		if (cursor_left(c) < AVP_HEADER_LENGTH + AVP_VENDOR_LENGTH)
			return VERDICT_DIAMETER_AVP_LENGTH;
		vendor = cursor_fixed_be32(c, AVP_HEADER_LENGTH);
		header_length = AVP_HEADER_LENGTH + AVP_VENDOR_LENGTH;
	}
	if (length < header_length || !cursor_take(c, length, &avp))
		return VERDICT_DIAMETER_AVP_LENGTH;
	cursor_skip(&avp, header_length);
	padding = (4 - length % 4) % 4;
	cursor_skip(c, padding < cursor_left(c) ? padding : cursor_left(c));
	*ret = (struct diameter_avp){ .value = avp, .code = code, .vendor = vendor, .flags = flags };
	return VERDICT_DECODED;
}
