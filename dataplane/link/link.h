/* SPDX-License-Identifier: BSD-3-Clause */
/* From a frame to the network layer: Ethernet (802.3, 802.1Q, 802.1ad), Linux cooked, raw IP, null, PPP, MPLS stacks. */
#ifndef SIGCANARY_LINK_H
#define SIGCANARY_LINK_H

#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/frame.h"
#include "dataplane/verdict.h"

/* Tags and labels passed at most; more is VERDICT_LINK_DEPTH. */
#define LINK_VLANS_MAX  4
#define LINK_LABELS_MAX 8

struct link {
	uint16_t vlans[LINK_VLANS_MAX]; /* VLAN ids, outermost first */
	uint8_t vlan_count;
	uint8_t label_count;
	uint8_t ip_version; /* 4 or 6 */
};

/* Reads the link layer of a frame; on VERDICT_DECODED the cursor stands at the IP header. Otherwise it is where it was. */
enum verdict link_read(struct cursor *c, enum link_type type, struct link *ret);

#endif
