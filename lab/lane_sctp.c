/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SCTP as the lab speaks it: the four-way handshake (RFC 9260 5.1), DATA with SACK in front when one is due, fragments (6.9), bundles
 * (6.10), HEARTBEAT (8.3), and CRC32c (appendix A).
 *
 * Nothing is retransmitted and no gap is reported: losses of the lab are losses of the tap. One address per end.
 */
#include <stdbool.h>
#include <string.h>

#include "lab/lane.h"

#define CHUNK_DATA          0
#define CHUNK_INIT          1
#define CHUNK_INIT_ACK      2
#define CHUNK_SACK          3
#define CHUNK_HEARTBEAT     4
#define CHUNK_HEARTBEAT_ACK 5
#define CHUNK_ABORT         6
#define CHUNK_SHUTDOWN      7
#define CHUNK_SHUTDOWN_ACK  8
#define CHUNK_COOKIE_ECHO   10
#define CHUNK_COOKIE_ACK    11
#define CHUNK_SHUTDOWN_DONE 14
#define FLAG_END            1
#define FLAG_BEGIN          2
#define RECEIVER_WINDOW     131072
#define STATE_COOKIE        7
#define COOKIE_LENGTH       64
#define HEADER_LENGTH       12
#define PACKET_USER_MAX     (WIRE_PAYLOAD_MAX - HEADER_LENGTH - 16 - 16)

/* Castagnoli's polynomial, reflected (0x82f63b78), four bits at a time. */
static uint32_t crc32c(const uint8_t *bytes, size_t length)
{
	static const uint32_t nibbles[16] = {
		0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
		0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
	};
	uint32_t crc = UINT32_C(0xffffffff);

	for (size_t i = 0; i < length; i++) {
		crc ^= bytes[i];
		crc = crc >> 4 ^ nibbles[crc & 15];
		crc = crc >> 4 ^ nibbles[crc & 15];
	}
	return ~crc;
}

static void packet_begin(const struct lane *l, unsigned int side, struct pen *p)
{
	pen_16(p, l->side[side].port_number);
	pen_16(p, l->side[1 - side].port_number);
	pen_32(p, l->side[1 - side].tag);
	pen_32(p, 0);
}

static void packet_send(struct lane *l, unsigned int side, struct pen *p)
{
	uint32_t crc = crc32c(p->bytes, p->length);

	/* Appendix A: the sum travels least significant octet first. */
	for (unsigned int i = 0; i < 4; i++)
		p->bytes[8 + i] = (uint8_t)(crc >> 8 * i);
	lane_put(l, side, WIRE_SCTP, p->bytes, p->length);
}

static void sack_write(struct lane *l, unsigned int side, struct pen *p)
{
	pen_16(p, CHUNK_SACK << 8);
	pen_16(p, 16);
	pen_32(p, l->side[side].received);
	pen_32(p, RECEIVER_WINDOW);
	pen_32(p, 0);
	l->side[side].unacknowledged = 0;
}

struct part {
	const uint8_t *bytes;
	size_t length;
	uint16_t stream;
	uint8_t flags;
};

static void data_write(struct lane *l, unsigned int side, const struct part *part, struct pen *p)
{
	struct lane_side *s = &l->side[side];

	pen_8(p, CHUNK_DATA);
	pen_8(p, part->flags);
	pen_16(p, (uint16_t)(16 + part->length));
	pen_32(p, s->next++);
	pen_16(p, part->stream);
	pen_16(p, s->stream_next[part->stream]);
	pen_32(p, l->protocol);
	pen_octets(p, part->bytes, part->length);
	pen_pad_4(p);
	if ((part->flags & FLAG_END) != 0)
		s->stream_next[part->stream]++;
	l->side[1 - side].received = s->next - 1;
}

/* A SACK that is due travels in front (6.2). */
static void data_packet_begin(struct lane *l, unsigned int side, struct pen *p)
{
	packet_begin(l, side, p);
	if (l->side[side].unacknowledged > 0)
		sack_write(l, side, p);
}

void lane_sctp_send(struct lane *l, unsigned int side, uint16_t stream, const uint8_t *bytes, size_t length)
{
	size_t most = l->wire->framing.fragment != 0 ? l->wire->framing.fragment : PACKET_USER_MAX;

	for (size_t offset = 0; offset < length; offset += most) {
		uint8_t packet[WIRE_PAYLOAD_MAX];
		struct pen p = { .bytes = packet, .capacity = sizeof(packet) };
		struct part part = { .bytes = bytes + offset, .stream = stream };

		part.length = length - offset < most ? length - offset : most;
		part.flags = (uint8_t)((offset == 0 ? FLAG_BEGIN : 0) | (offset + most >= length ? FLAG_END : 0));
		data_packet_begin(l, side, &p);
		data_write(l, side, &part, &p);
		packet_send(l, side, &p);
		lane_arrived(l, 1 - side);
	}
}

void lane_sctp_flush(struct lane *l, unsigned int side)
{
	struct lane_side *s = &l->side[side];
	uint8_t packet[WIRE_PAYLOAD_MAX];
	struct pen p = { .bytes = packet, .capacity = sizeof(packet) };
	size_t offset = 0;

	if (l->wire->framing.fragment != 0) {
		for (size_t i = 0; i < s->message_count; i++) {
			lane_sctp_send(l, side, s->message_stream[i], s->gathered + offset, s->message_length[i]);
			offset += s->message_length[i];
		}
		return;
	}
	data_packet_begin(l, side, &p);
	for (size_t i = 0; i < s->message_count; i++) {
		struct part part = { .bytes = s->gathered + offset, .length = s->message_length[i] };

		part.stream = s->message_stream[i];
		part.flags = FLAG_BEGIN | FLAG_END;
		data_write(l, side, &part, &p);
		offset += s->message_length[i];
	}
	packet_send(l, side, &p);
	lane_arrived(l, 1 - side);
}

void lane_sctp_acknowledge(struct lane *l, unsigned int side)
{
	uint8_t packet[WIRE_PAYLOAD_MAX];
	struct pen p = { .bytes = packet, .capacity = sizeof(packet) };

	packet_begin(l, side, &p);
	sack_write(l, side, &p);
	packet_send(l, side, &p);
}

/* INIT and INIT ACK (3.3.2, 3.3.3); the latter with its cookie. */
static void init_send(struct lane *l, unsigned int side)
{
	uint8_t packet[WIRE_PAYLOAD_MAX];
	struct pen p = { .bytes = packet, .capacity = sizeof(packet) };
	size_t cookie = side == 1 ? 4 + COOKIE_LENGTH : 0;

	packet_begin(l, side, &p);
	if (side == 0)
		memset(packet + 4, 0, 4);
	pen_16(&p, (uint16_t)((side == 0 ? CHUNK_INIT : CHUNK_INIT_ACK) << 8));
	pen_16(&p, (uint16_t)(20 + cookie));
	pen_32(&p, l->side[side].tag);
	pen_32(&p, RECEIVER_WINDOW);
	pen_16(&p, LANE_STREAMS);
	pen_16(&p, LANE_STREAMS);
	pen_32(&p, l->side[side].next);
	if (side == 1) {
		pen_16(&p, STATE_COOKIE);
		pen_16(&p, (uint16_t)cookie);
		for (unsigned int i = 0; i < COOKIE_LENGTH; i++)
			pen_8(&p, (uint8_t)(l->side[0].tag >> i % 24 ^ i));
	}
	packet_send(l, side, &p);
}

/* COOKIE ECHO gives back what INIT ACK brought; COOKIE ACK is empty. */
static void cookie_send(struct lane *l, unsigned int side)
{
	uint8_t packet[WIRE_PAYLOAD_MAX];
	struct pen p = { .bytes = packet, .capacity = sizeof(packet) };

	packet_begin(l, side, &p);
	pen_16(&p, (uint16_t)((side == 0 ? CHUNK_COOKIE_ECHO : CHUNK_COOKIE_ACK) << 8));
	pen_16(&p, (uint16_t)(side == 0 ? 4 + COOKIE_LENGTH : 4));
	for (unsigned int i = 0; side == 0 && i < COOKIE_LENGTH; i++)
		pen_8(&p, (uint8_t)(l->side[0].tag >> i % 24 ^ i));
	packet_send(l, side, &p);
}

void lane_sctp_open(struct lane *l)
{
	for (unsigned int side = 0; side < 2; side++)
		init_send(l, side);
	for (unsigned int side = 0; side < 2; side++)
		cookie_send(l, side);
}

/* A chunk that is a header and at most one word. */
static void short_send(struct lane *l, unsigned int side, uint8_t chunk, const uint32_t *word)
{
	uint8_t packet[WIRE_PAYLOAD_MAX];
	struct pen p = { .bytes = packet, .capacity = sizeof(packet) };

	packet_begin(l, side, &p);
	pen_16(&p, (uint16_t)(chunk << 8));
	pen_16(&p, word == NULL ? 4 : 8);
	if (word != NULL)
		pen_32(&p, *word);
	packet_send(l, side, &p);
}

/* 3.3.7, cause 12: the user asked for it (3.3.10.12). */
void lane_sctp_abort(struct lane *l, unsigned int side)
{
	const uint32_t cause = 12 << 16 | 4;

	short_send(l, side, CHUNK_ABORT, &cause);
}

/* 9.2: SHUTDOWN with what has arrived, its acknowledgement, the end. */
void lane_sctp_close(struct lane *l, unsigned int side)
{
	short_send(l, side, CHUNK_SHUTDOWN, &l->side[side].received);
	short_send(l, 1 - side, CHUNK_SHUTDOWN_ACK, NULL);
	short_send(l, side, CHUNK_SHUTDOWN_DONE, NULL);
}

/* HEARTBEAT and its answer carry the same information (3.3.5, 3.3.6): here a time as a cookie. */
static void heartbeat_write(struct lane *l, unsigned int side, uint8_t chunk, uint32_t cookie)
{
	uint8_t packet[WIRE_PAYLOAD_MAX];
	struct pen p = { .bytes = packet, .capacity = sizeof(packet) };

	packet_begin(l, side, &p);
	pen_8(&p, chunk);
	pen_8(&p, 0);
	pen_16(&p, 4 + 4 + 16);
	pen_16(&p, 1);
	pen_16(&p, 4 + 16);
	pen_32(&p, cookie);
	pen_32(&p, l->number);
	pen_32(&p, ~cookie);
	pen_32(&p, l->protocol);
	packet_send(l, side, &p);
}

void lane_sctp_heartbeat(struct lane *l, unsigned int side)
{
	heartbeat_write(l, side, CHUNK_HEARTBEAT, l->side[side].next ^ l->side[side].tag);
}

void lane_sctp_heartbeat_answer(struct lane *l, unsigned int side, uint32_t cookie)
{
	heartbeat_write(l, side, CHUNK_HEARTBEAT_ACK, cookie);
}
