/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The first seam: what a source hands to decoding. One captured frame, its time and where it was seen.
 *
 * `clock` never goes back while a capture is merged or a tap reorders: it is the highest capture time seen so far, and everything
 * that ages (timers, ticks) ages by it, so that a replay behaves alike whatever the number of workers. It does jump, in either
 * direction, when the capture itself jumps by more than FRAME_CLOCK_JUMP.
 */
#ifndef SIGCANARY_FRAME_H
#define SIGCANARY_FRAME_H

#include <stdint.h>

#include "dataplane/base/nanos.h"

/* A step of the capture time beyond this is a new capture, not a slow network. */
#define FRAME_CLOCK_JUMP (3600 * NANOS_PER_S)

/* Link layers by the meaning they have here; the numbers of LINKTYPE_ and DLT_ stay in dataplane/source. */
enum link_type {
	LINK_TYPE_UNSUPPORTED,
	LINK_TYPE_ETHERNET,
	LINK_TYPE_LINUX_SLL,
	LINK_TYPE_LINUX_SLL2,
	LINK_TYPE_RAW_IP,
	LINK_TYPE_NULL,
	LINK_TYPE_PPP,
	LINK_TYPE_CISCO_HDLC,
	LINK_TYPE_PPPOE,
	/* From here on without a network layer of its own (dataplane/link/bare.h). */
	LINK_TYPE_MTP2,
	LINK_TYPE_MTP2_PSEUDO, /* behind a pseudo header of the capture */
	LINK_TYPE_MTP3,
	LINK_TYPE_SCCP,
	LINK_TYPE_SCTP,
	LINK_TYPE_EXPORTED, /* what a dissector exported, behind tags that say what it is */
};

struct frame {
	const uint8_t *bytes; /* valid until the source is asked for its next burst */
	uint32_t captured;    /* bytes present */
	uint32_t wire_length; /* bytes on the wire; more than `captured` when a snap length cut the frame */
	nanos time;           /* capture time */
	nanos clock;          /* highest capture time so far, see above */
	uint64_t sequence;    /* order in the merged input, from 1 */
	uint32_t number;      /* from 1 in its own file, as Wireshark counts */
	uint16_t tap;         /* which file, interface or port */
	uint8_t link_type;    /* enum link_type */
	uint8_t is_cut;       /* captured < wire_length */
};

#endif
