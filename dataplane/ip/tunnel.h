/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Tunnels over IP, as taps, mirrors and clouds use them: GRE with ERSPAN, VXLAN, GENEVE, IP in IP, MPLS and Ethernet in IP, AH, SCTP in
 * UDP. GTP-U is recognised and not entered: what subscribers say is none of our business.
 */
#ifndef SIGCANARY_IP_TUNNEL_H
#define SIGCANARY_IP_TUNNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/verdict.h"

struct tunnel {
	struct cursor payload;
	uint16_t
		ether_type; /* of the payload, as for link_ether_read(); TUNNEL_NO_ETHER: the payload is `protocol` under the same header */
	uint8_t protocol;
};

#define TUNNEL_NO_ETHER 0xffff

/* Whether an IP protocol may be a tunnel at all, so that fragments of it are worth keeping; UDP is, but see tunnel_begins_in_udp(). */
bool tunnel_is_protocol(uint8_t protocol);

/* Whether a datagram, or its first fragment, is of a UDP port that a tunnel uses which is entered. */
bool tunnel_begins_in_udp(struct cursor datagram);

/*
 * Reads a tunnel's header. VERDICT_OTHER_TRANSPORT when it is none, VERDICT_USER_PLANE for GTP-U, VERDICT_TUNNEL_HEADER when its header
 * does not fit; then `ret` is untouched.
 */
enum verdict tunnel_read(uint8_t protocol, struct cursor payload, struct tunnel *ret);

#endif
