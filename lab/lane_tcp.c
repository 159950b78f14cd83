/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TCP as the lab speaks it (RFC 9293): SYN, SYN ACK, ACK, then segments of at most --mss bytes, pushed at the end of each message, and
 * delayed acknowledgements; FIN from both sides or RST. No options beyond the maximum segment size, nothing sent twice.
 */
#include "lab/lane.h"

#define FLAG_FIN      0x01
#define FLAG_SYN      0x02
#define FLAG_RST      0x04
#define FLAG_PSH      0x08
#define FLAG_ACK      0x10
#define WINDOW        65160
#define HEADER_LENGTH 20

struct segment {
	const uint8_t *bytes;
	size_t length;
	uint8_t flags;
};

static void segment_send(struct lane *l, unsigned int side, const struct segment *segment)
{
	struct lane_side *s = &l->side[side];
	uint8_t packet[WIRE_PAYLOAD_MAX];
	struct pen p = { .bytes = packet, .capacity = sizeof(packet) };
	unsigned int words = (segment->flags & FLAG_SYN) != 0 ? 6 : 5;

	pen_16(&p, s->port_number);
	pen_16(&p, l->side[1 - side].port_number);
	pen_32(&p, s->next);
	pen_32(&p, (segment->flags & FLAG_ACK) != 0 ? s->received : 0);
	pen_8(&p, (uint8_t)(words << 4));
	pen_8(&p, segment->flags);
	pen_16(&p, WINDOW);
	pen_32(&p, 0);
	if (words == 6) {
		pen_16(&p, 0x0204);
		pen_16(&p, (uint16_t)l->wire->framing.mss);
	}
	pen_octets(&p, segment->bytes, segment->length);
	s->next += (uint32_t)segment->length + ((segment->flags & (FLAG_SYN | FLAG_FIN)) != 0 ? 1 : 0);
	s->unacknowledged = 0;
	l->side[1 - side].received = s->next;
	lane_put(l, side, WIRE_TCP, packet, p.length);
}

void lane_tcp_send(struct lane *l, unsigned int side, const uint8_t *bytes, size_t length)
{
	size_t most = l->wire->framing.mss;

	for (size_t offset = 0; offset < length; offset += most) {
		size_t left = length - offset;
		struct segment segment = { .bytes = bytes + offset, .length = left < most ? left : most, .flags = FLAG_ACK };

		if (left <= most)
			segment.flags |= FLAG_PSH;
		segment_send(l, side, &segment);
		lane_arrived(l, 1 - side);
	}
}

void lane_tcp_acknowledge(struct lane *l, unsigned int side)
{
	struct segment segment = { .bytes = (const uint8_t *)"", .flags = FLAG_ACK };

	segment_send(l, side, &segment);
}

void lane_tcp_open(struct lane *l)
{
	struct segment segment = { .bytes = (const uint8_t *)"", .flags = FLAG_SYN };

	segment_send(l, 0, &segment);
	segment.flags = FLAG_SYN | FLAG_ACK;
	segment_send(l, 1, &segment);
	lane_tcp_acknowledge(l, 0);
}

void lane_tcp_reset(struct lane *l, unsigned int side)
{
	struct segment segment = { .bytes = (const uint8_t *)"", .flags = FLAG_RST | FLAG_ACK };

	segment_send(l, side, &segment);
}

/* 3.6: each side's FIN, the last acknowledged. */
void lane_tcp_close(struct lane *l, unsigned int side)
{
	struct segment segment = { .bytes = (const uint8_t *)"", .flags = FLAG_FIN | FLAG_ACK };

	segment_send(l, side, &segment);
	segment_send(l, 1 - side, &segment);
	segment.flags = FLAG_ACK;
	segment_send(l, side, &segment);
}
