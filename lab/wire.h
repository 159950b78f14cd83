/* SPDX-License-Identifier: BSD-3-Clause */
/* The wire and the tap on it: packets become Ethernet frames, dressed as the options say, and wait in a ring until they are taken. */
#ifndef SIGCANARY_LAB_WIRE_H
#define SIGCANARY_LAB_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lab/chance.h"
#include "lab/lab.h"

#define WIRE_SLOTS     2048
#define WIRE_FRAME_MAX 1664
/* The largest payload of IP: below every usual MTU with its headers and tags. */
#define WIRE_PAYLOAD_MAX 1440

#define WIRE_TCP  6
#define WIRE_SCTP 132

struct wire_port {
	uint8_t ipv4[4];
	uint8_t ipv6[16];
	uint8_t mac[6];
	uint32_t identification; /* of the next datagram */
};

struct wire_slot {
	nanos time;
	uint32_t length;
	uint8_t bytes[WIRE_FRAME_MAX];
};

struct wire {
	struct lab_framing framing;
	struct chance damage;
	struct wire_slot *slots;
	size_t first, count;
	nanos now;  /* of the event that sends */
	nanos last; /* time stamp of the last frame */
	uint64_t frames, duplicates, lost, reordered;
	struct wire_slot held;
	bool holds;
};

bool wire_new(struct wire *w, const struct lab_framing *framing, uint64_t seed);
void wire_free(struct wire *w);

/* One transport packet of at most WIRE_PAYLOAD_MAX bytes. The TCP checksum is put in here, as it covers the addresses. */
void wire_send(struct wire *w, struct wire_port *from, const struct wire_port *to, uint8_t protocol, uint8_t *payload, size_t length);

/* The oldest waiting frame; its bytes hold until WIRE_SLOTS more frames have been sent. False: none waits. */
bool wire_take(struct wire *w, struct lab_frame *ret);

/* Lets go of a frame that waits to be overtaken, at the end. */
void wire_release(struct wire *w);

#endif
