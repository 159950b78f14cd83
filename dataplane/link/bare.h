/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames without a network layer of their own: link types that begin with MTP2, MTP3, SCCP or SCTP, and what a dissector exported, behind
 * tags that say what it is and whence it came (LINKTYPE_WIRESHARK_UPPER_PDU).
 */
#ifndef SIGCANARY_LINK_BARE_H
#define SIGCANARY_LINK_BARE_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/frame.h"
#include "dataplane/ip/address.h"
#include "dataplane/verdict.h"

enum bare_kind {
	BARE_MTP2,
	BARE_MTP3,
	BARE_SCCP,
	BARE_SCTP,     /* from the common header on */
	BARE_USER,     /* a user message of SCTP, or what could be one: `payload_protocol` tells whose */
	BARE_IP,       /* IPv4 or IPv6 */
	BARE_ETHERNET, /* a frame of Ethernet */
};

/* What is not known is zero. */
struct bare {
	struct ip_address source;
	struct ip_address destination;
	uint32_t payload_protocol;
	uint16_t source_port;
	uint16_t destination_port;
	uint8_t kind;     /* enum bare_kind */
	bool is_extended; /* MTP2: sequence numbers of twelve bits (Q.703 annex A) */
};

/* Whether frames of this link type are read here, and not by link_read(). */
static inline bool link_type_is_bare(uint8_t type)
{
	return type >= LINK_TYPE_MTP2 && type <= LINK_TYPE_EXPORTED;
}

/*
 * Reads what stands before the signalling; the cursor then stands there. VERDICT_LINK_TRUNCATED when that does not fit, VERDICT_OTHER_LINK
 * when it is another link type or an export of something that is not decoded. On failure cursor and `ret` are untouched.
 */
enum verdict bare_read(struct cursor *c, enum link_type type, struct bare *ret);

#endif
