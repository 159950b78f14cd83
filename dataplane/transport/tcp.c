/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The TCP header, RFC 9293 3.1, with its options stepped over: nothing in them changes where the payload is.
 *
 * Called by the walk of a worker for every TCP packet; pure. The checksum is not looked at: a capture made on the sending host has
 * wrong ones throughout (checksum offload), and a frame that was damaged on the wire is caught by the link below. Refuses a header
 * that does not fit its packet and a data offset below five words. Flags that contradict each other (SYN with RST) are left to the
 * stream. A payload that the snap length cut is what is left of it; the stream then sees a gap.
 */
#include "dataplane/transport/tcp.h"

#include "dataplane/base/bits.h"

#define TCP_HEADER_LENGTH 20U

enum verdict tcp_read(struct cursor *c, struct tcp *ret)
{
	size_t header_length;

	if (cursor_left(c) < TCP_HEADER_LENGTH)
		return VERDICT_TCP_TRUNCATED;
	header_length = 4 * (size_t)bits(cursor_fixed_u8(c, 12), 4, 4);
	if (header_length < TCP_HEADER_LENGTH || header_length > cursor_left(c))
		return VERDICT_TCP_OFFSET;
	ret->source_port = cursor_fixed_be16(c, 0);
	ret->destination_port = cursor_fixed_be16(c, 2);
	ret->sequence = cursor_fixed_be32(c, 4);
	ret->acknowledgement = cursor_fixed_be32(c, 8);
	ret->flags = cursor_fixed_u8(c, 13);
	cursor_skip(c, header_length);
	ret->payload = *c;
	return VERDICT_DECODED;
}
