/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a frame to the network layer: Ethernet (802.3, 802.1Q, 802.1ad, 802.1ah, LLC/SNAP), Linux cooked, raw IP, null, PPP, PPPoE, Cisco
 * HDLC, MPLS stacks and the pseudowires behind them.
 */
#ifndef SIGCANARY_LINK_H
#define SIGCANARY_LINK_H

#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/frame.h"
#include "dataplane/verdict.h"

/* Tags and labels passed at most; more is VERDICT_LINK_DEPTH. */
#define LINK_VLANS_MAX  4
#define LINK_LABELS_MAX 8
/* Headers of any kind passed at most. */
#define LINK_STEPS_MAX 24

/* EtherTypes of nearly every frame (IEEE registration authority). */
#define LINK_ETHER_IPV4 0x0800
#define LINK_ETHER_TAG  0x8100 /* IEEE 802.1Q 9.5 */
#define LINK_ETHER_IPV6 0x86dd
/* What else a tunnel may say it carries: a whole Ethernet frame (RFC 7637 3.2), PPP (RFC 2637 4.1), and a label stack. */
#define LINK_ETHER_BRIDGED 0x6558
#define LINK_ETHER_PPP     0x880b
#define LINK_ETHER_MPLS    0x8847
#define LINK_ETHER_SERVICE 0x894f /* Network Service Header, RFC 8300 */
/* IEEE 802.3 3.2.6: two addresses before the EtherType. 802.1Q 9.3: a tag goes between. */
#define LINK_ETHER_TYPE_AT 12
#define LINK_ETHER_HEADER  14
#define LINK_ETHER_TAGGED  18

struct link {
	uint16_t vlans[LINK_VLANS_MAX]; /* VLAN ids, outermost first */
	uint8_t vlan_count;
	uint8_t label_count;
	uint8_t ip_version; /* 4 or 6 */
};

/* Reads the link layer of a frame; on VERDICT_DECODED the cursor stands at the IP header. Otherwise it is where it was. */
enum verdict link_read(struct cursor *c, enum link_type type, struct link *ret);

/* The same for what an EtherType announces, as tunnels do. */
enum verdict link_ether_read(struct cursor *c, uint16_t ether_type, struct link *ret);

/*
 * Steps a frame of Ethernet II with at most one tag to its IP header, whose version is looked at by who reads that. False leaves the cursor
 * where it was, for link_read() to say what the frame is.
 */
static inline bool link_usual_read(struct cursor *c)
{
	size_t header = LINK_ETHER_HEADER;
	uint16_t ether_type;

	if (cursor_left(c) <= LINK_ETHER_TAGGED)
		return false;
	ether_type = cursor_fixed_be16(c, LINK_ETHER_TYPE_AT);
	if (ether_type == LINK_ETHER_TAG) {
		header = LINK_ETHER_TAGGED;
		ether_type = cursor_fixed_be16(c, LINK_ETHER_TAGGED - 2);
	}
	if (cursor_fixed_u8(c, header) >> 4 != (ether_type == LINK_ETHER_IPV4 ? 4 : 6) ||
	    (ether_type != LINK_ETHER_IPV4 && ether_type != LINK_ETHER_IPV6))
		return false;
	cursor_skip(c, header);
	return true;
}

#endif
