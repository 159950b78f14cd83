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

#define AVP_FLAG_VENDOR    0x80
#define AVP_HEADER_LENGTH  8U
#define AVP_FLAGS_RESERVED 0x1f
#define AVP_VENDOR_LENGTH  4U

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

/* Steps over the AVP at `c` of a message that may be cut: what of its `left` octets lies behind; more than that when it cannot be one. */
static size_t avp_step(struct cursor *c, size_t left)
{
	uint8_t flags = cursor_fixed_u8(c, 4);
	uint32_t length = cursor_fixed_be32(c, 4) & 0xffffff;
	size_t header = (flags & AVP_FLAG_VENDOR) != 0 ? AVP_HEADER_LENGTH + AVP_VENDOR_LENGTH : AVP_HEADER_LENGTH;
	size_t padded = ((size_t)length + 3) & ~(size_t)3;

	/* 4.1: the reserved bits; 4.5: no AVP has the code 0. */
	if ((flags & AVP_FLAGS_RESERVED) != 0 || cursor_fixed_be32(c, 0) == 0 || length < header || padded > left)
		return left + 1;
	cursor_skip(c, padded < cursor_left(c) ? padded : cursor_left(c));
	return left - padded;
}

bool diameter_is_coherent(const struct cursor *c)
{
	struct cursor rest = *c;
	uint32_t length;
	uint8_t flags;
	size_t left;

	if (cursor_left(c) < DIAMETER_HEADER_LENGTH + AVP_HEADER_LENGTH ||
	    (cursor_fixed_be64(c, 0) & DIAMETER_FIRST_FIXED) != (uint64_t)DIAMETER_VERSION << 56)
		return false;
	length = cursor_fixed_be32(c, 0) & 0xffffff;
	flags = cursor_fixed_u8(c, 4);
	if (length < DIAMETER_HEADER_LENGTH + AVP_HEADER_LENGTH ||
	    ((flags & DIAMETER_FLAG_REQUEST) != 0 && (flags & DIAMETER_FLAG_ERROR) != 0))
		return false;
	cursor_trim(&rest, length);
	cursor_skip(&rest, DIAMETER_HEADER_LENGTH);
	left = length - DIAMETER_HEADER_LENGTH;
	while (cursor_left(&rest) >= AVP_HEADER_LENGTH) {
		size_t behind = avp_step(&rest, left);

		if (behind > left)
			return false;
		left = behind;
	}
	/* Octets that are left in the window are too few for an AVP: the message has to go on behind it. */
	return left == 0 || (left > cursor_left(&rest) && left >= AVP_HEADER_LENGTH);
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

/* A window that begins with a whole header; its rest is the AVPs. */
static void header_fill(struct cursor message, struct diameter *ret)
{
	ret->length = cursor_fixed_be32(&message, 0) & 0xffffff;
	ret->flags = cursor_fixed_u8(&message, 4);
	ret->command = cursor_fixed_be32(&message, 4) & 0xffffff;
	ret->application = cursor_fixed_be32(&message, 8);
	ret->hop_by_hop = cursor_fixed_be32(&message, 12);
	ret->end_to_end = cursor_fixed_be32(&message, 16);
	cursor_skip(&message, DIAMETER_HEADER_LENGTH);
	ret->avps = message;
}

enum verdict diameter_read_cut(const struct cursor *c, struct diameter *ret)
{
	uint32_t length;

	if (cursor_left(c) < DIAMETER_HEADER_LENGTH || (cursor_fixed_be64(c, 0) & DIAMETER_FIRST_FIXED) != (uint64_t)DIAMETER_VERSION << 56)
		return VERDICT_DIAMETER_HEADER;
	length = cursor_fixed_be32(c, 0) & 0xffffff;
	if (!length_is_possible(length) || length <= cursor_left(c))
		return VERDICT_DIAMETER_LENGTH;
	header_fill(*c, ret);
	return VERDICT_DECODED;
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
	header_fill(message, ret);
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
