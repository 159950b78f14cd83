/* SPDX-License-Identifier: BSD-3-Clause */
/* IPv4 (RFC 791) and IPv6 (RFC 8200) headers with their extension headers. */
#ifndef SIGCANARY_IP_H
#define SIGCANARY_IP_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/ip/address.h"
#include "dataplane/verdict.h"

#define IP_PROTOCOL_TCP    6
#define IP_PROTOCOL_UDP    17
#define IP_PROTOCOL_ICMPV6 58
#define IP_PROTOCOL_SCTP   132

#define IP_V4_HEADER 20 /* without options (RFC 791 3.1) */
#define IP_V6_HEADER 40 /* RFC 8200 3 */

struct ip {
	struct ip_address source;
	struct ip_address destination;
	struct cursor payload; /* cut to the declared length (Ethernet padding is gone) */
	uint32_t fragment_id;
	uint32_t fragment_offset; /* bytes */
	uint8_t protocol;         /* of the payload, behind IPv6 extension headers */
	uint8_t version;
	bool is_fragment; /* offset above 0 or more fragments follow */
	bool more_fragments;
	bool is_cut; /* the frame holds less than the header declares (snap length) */
};

/*
 * Reads an IPv4 or IPv6 packet to its transport header. `is_cut` says that the capture cut the frame: then a payload shorter than
 * declared is no error and ret->is_cut is set; otherwise it is VERDICT_IP_LENGTH. The cursor becomes ret->payload; on failure it is
 * where it was. A header that is itself cut is VERDICT_IP_TRUNCATED or VERDICT_IPV6_EXTENSION.
 */
enum verdict ip_read(struct cursor *c, bool is_cut, struct ip *ret);

/* ::ffff:a.b.c.d (RFC 4291 2.5.5.2) of the four bytes at `offset`, which the caller has found to be there. */
static inline void ip_fixed_address(const struct cursor *c, size_t offset, struct ip_address *ret)
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

	memcpy(ret->bytes, mapped, sizeof(mapped));
	cursor_fixed_copy(c, offset, ret->bytes + sizeof(mapped), 4);
}

/* Where the two addresses of a packet go. */
struct ip_ends {
	struct ip_address *source;
	struct ip_address *destination;
};

/*
 * Reads the usual packet as ip_read() would: IPv4 without options, or IPv6, whole, SCTP or TCP right behind its header. False: nothing has
 * changed, and ip_read() says what the packet is.
 */
static inline bool ip_usual_read(struct cursor *c, const struct ip_ends *ret, uint8_t *ret_protocol)
{
	struct cursor at = *c;
	bool is_v4;
	size_t whole;
	uint8_t protocol;

	if (cursor_left(&at) < IP_V6_HEADER)
		return false;
	is_v4 = cursor_fixed_u8(&at, 0) == 0x45;
	protocol = cursor_fixed_u8(&at, is_v4 ? 9 : 6);
	whole = is_v4 ? cursor_fixed_be16(&at, 2) : IP_V6_HEADER + (size_t)cursor_fixed_be16(&at, 4);
	if ((protocol != IP_PROTOCOL_SCTP && protocol != IP_PROTOCOL_TCP) || whole > cursor_left(&at))
		return false;
	if (is_v4) {
		/* More fragments, or an offset (RFC 791 3.1). */
		if (whole < IP_V4_HEADER || (cursor_fixed_be16(&at, 6) & 0x3fff) != 0)
			return false;
		ip_fixed_address(&at, 12, ret->source);
		ip_fixed_address(&at, 16, ret->destination);
		*c = cursor_of(at.at + IP_V4_HEADER, whole - IP_V4_HEADER);
	} else {
		/* A payload length of zero is a jumbogram or a segment not yet split. */
		if (cursor_fixed_u8(&at, 0) >> 4 != 6 || whole == IP_V6_HEADER)
			return false;
		cursor_fixed_copy(&at, 8, ret->source->bytes, sizeof(ret->source->bytes));
		cursor_fixed_copy(&at, 24, ret->destination->bytes, sizeof(ret->destination->bytes));
		*c = cursor_of(at.at + IP_V6_HEADER, whole - IP_V6_HEADER);
	}
	*ret_protocol = protocol;
	return true;
}

/*
 * Turns the header of the fragment that completed a datagram into the header of the whole datagram: `payload` is what
 * defragmenter_take() gave. Steps over IPv6 extension headers that were fragmented with the rest (RFC 8200 4.5), so that ip->protocol is
 * that of ip->payload. VERDICT_IPV6_EXTENSION when they do not fit or hold fragments again; then `ip` is as it was.
 */
enum verdict ip_whole(const struct cursor *payload, struct ip *ip);

#endif
