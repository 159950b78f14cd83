/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What travels between workers before it is decoded: a transport packet on its way to the worker that owns its association or stream (what
 * is left of a frame once link and IP are read), and a whole SCTP user message that its owner has no time for.
 */
#ifndef SIGCANARY_WORKER_PACKET_H
#define SIGCANARY_WORKER_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/base/nanos.h"
#include "dataplane/ip/address.h"

/* In the place of an IP protocol: captures of link types that begin with a layer of SS7. Numbers that IANA keeps for experiments, reserved.
 */
#define PACKET_USER 252 /* not assigned: a user message as SCTP carries them, without SCTP */
#define PACKET_MTP2 253
#define PACKET_MTP3 254
#define PACKET_SCCP 255

struct packet {
	struct cursor bytes; /* from the transport header on */
	struct ip_address source;
	struct ip_address destination;
	uint64_t sequence;
	nanos time;
	nanos clock;
	uint32_t number;
	uint16_t tap;
	uint8_t protocol;    /* IP_PROTOCOL_*, or PACKET_* */
	bool is_cut;         /* the frame was cut inside this packet */
	bool is_reassembled; /* from fragments: `bytes` are valid until the next frame is read */
	/* Of PACKET_* alone, 0 where the capture does not say. */
	uint8_t payload_protocol; /* PACKET_USER */
	bool is_extended;         /* PACKET_MTP2: sequence numbers of twelve bits (Q.703 annex A) */
	uint16_t source_port;
	uint16_t destination_port;
};

/* A user message that was alone in its packet: who reads it accounts the packet. */
struct errand {
	struct packet packet; /* `bytes` are those of the message */
	uint32_t ppid;
	uint32_t verification_tag;
	uint16_t source_port;
	uint16_t destination_port;
	uint32_t wire_bytes;
};

#endif
