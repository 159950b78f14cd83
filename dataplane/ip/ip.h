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

/*
 * Turns the header of the fragment that completed a datagram into the header of the whole datagram: `payload` is what
 * defragmenter_take() gave. Steps over IPv6 extension headers that were fragmented with the rest (RFC 8200 4.5), so that ip->protocol is
 * that of ip->payload. VERDICT_IPV6_EXTENSION when they do not fit or hold fragments again; then `ip` is as it was.
 */
enum verdict ip_whole(const struct cursor *payload, struct ip *ip);

#endif
