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
	struct cursor segment = *c;
	struct cursor header;
	struct tcp tcp = { 0 };
	size_t header_length = 0;
	uint8_t offset_octet = 0;

	if (!cursor_take(&segment, TCP_HEADER_LENGTH, &header))
		return VERDICT_TCP_TRUNCATED;
	cursor_be16(&header, &tcp.source_port);
	cursor_be16(&header, &tcp.destination_port);
	cursor_be32(&header, &tcp.sequence);
	cursor_be32(&header, &tcp.acknowledgement);
	cursor_u8(&header, &offset_octet);
	cursor_u8(&header, &tcp.flags);
	header_length = 4 * bits(offset_octet, 4, 4);
	if (header_length < TCP_HEADER_LENGTH || !cursor_skip(&segment, header_length - TCP_HEADER_LENGTH))
		return VERDICT_TCP_OFFSET;
	tcp.payload = segment;
	*c = segment;
	*ret = tcp;
	return VERDICT_DECODED;
}
