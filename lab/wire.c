/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IPv4 (RFC 791), IPv6 (RFC 8200), Ethernet with 802.1Q and 802.1ad tags, and what taps do to frames: SPAN copies, losses, swaps.
 *
 * A packet leaves whole, or as fragments when the option asks for it (8-octet units, RFC 791 section 3.2; RFC 8200 section 4.5).
 * Time stamps never go back and differ by at least one microsecond. A lost frame was lost by the tap, not by the network: nobody
 * sends it again.
 */
#include "lab/wire.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lab/pen.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_QINQ 0x88a8
#define VLAN_INNER     100
#define VLAN_OUTER     200
#define FRAME_SPACING  (NANOS_PER_US * 1)
#define IPV6_FRAGMENT  44

bool wire_new(struct wire *w, const struct lab_framing *framing, uint64_t seed)
{
	*w = (struct wire){ .framing = *framing };
	chance_seed(&w->damage, seed ^ UINT64_C(0x74617020));
	w->slots = calloc(WIRE_SLOTS, sizeof(*w->slots));
	return w->slots != NULL;
}

void wire_free(struct wire *w)
{
	free(w->slots);
	w->slots = NULL;
}

/* Stamps and queues one frame. */
static void slot_push(struct wire *w, const uint8_t *bytes, size_t length)
{
	struct wire_slot *slot = &w->slots[(w->first + w->count) % WIRE_SLOTS];

	assert(w->count < WIRE_SLOTS && length <= WIRE_FRAME_MAX);
	w->last = w->now > w->last + FRAME_SPACING ? w->now : w->last + FRAME_SPACING;
	slot->time = w->last;
	slot->length = (uint32_t)length;
	memcpy(slot->bytes, bytes, length);
	w->count++;
	w->frames++;
}

void wire_release(struct wire *w)
{
	if (!w->holds)
		return;
	w->holds = false;
	slot_push(w, w->held.bytes, w->held.length);
}

/* What the tap makes of a frame. */
static void frame_tap(struct wire *w, const uint8_t *bytes, size_t length)
{
	const struct lab_framing *f = &w->framing;

	if (f->lose > 0 && chance_hit(&w->damage, f->lose)) {
		w->lost++;
		return;
	}
	if (f->reorder > 0 && !w->holds && chance_hit(&w->damage, f->reorder)) {
		memcpy(w->held.bytes, bytes, length);
		w->held.length = (uint32_t)length;
		w->holds = true;
		w->reordered++;
		return;
	}
	slot_push(w, bytes, length);
	if (f->duplicate > 0 && chance_hit(&w->damage, f->duplicate)) {
		slot_push(w, bytes, length);
		w->duplicates++;
	}
	wire_release(w);
}

static uint32_t sum_16(uint32_t sum, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i + 1 < length; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	if (length % 2 != 0)
		sum += (uint32_t)bytes[length - 1] << 8;
	return sum;
}

/* RFC 1071. */
static uint16_t sum_fold(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* RFC 9293 3.1: over a pseudo header of addresses, protocol and length. */
static void tcp_sum(const struct wire *w, const struct wire_port *from, const struct wire_port *to, struct pen *segment)
{
	uint32_t sum = WIRE_TCP + (uint32_t)segment->length;

	pen_16_at(segment, 16, 0);
	if (w->framing.ipv6) {
		sum = sum_16(sum, from->ipv6, 16);
		sum = sum_16(sum, to->ipv6, 16);
	} else {
		sum = sum_16(sum, from->ipv4, 4);
		sum = sum_16(sum, to->ipv4, 4);
	}
	pen_16_at(segment, 16, sum_fold(sum_16(sum, segment->bytes, segment->length)));
}

static void ethernet_write(const struct wire *w, const struct wire_port *from, const struct wire_port *to, struct pen *p)
{
	pen_octets(p, to->mac, 6);
	pen_octets(p, from->mac, 6);
	if (w->framing.qinq) {
		pen_16(p, ETHERTYPE_QINQ);
		pen_16(p, VLAN_OUTER);
	}
	if (w->framing.qinq || w->framing.vlan) {
		pen_16(p, ETHERTYPE_VLAN);
		pen_16(p, VLAN_INNER);
	}
	pen_16(p, w->framing.ipv6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
}

/* One datagram or one fragment of it. */
struct piece {
	uint8_t protocol;
	const uint8_t *bytes;
	size_t length;
	size_t offset;
	bool is_fragment, has_more;
};

static void ipv4_write(const struct wire *w, const struct wire_port *from, const struct wire_port *to, const struct piece *piece,
		       struct pen *p)
{
	size_t start = p->length;
	uint16_t flags = piece->has_more ? 0x2000 : w->framing.ip_fragment == 0 ? 0x4000 : 0;

	pen_16(p, 0x4500);
	pen_16(p, (uint16_t)(20 + piece->length));
	pen_16(p, (uint16_t)from->identification);
	pen_16(p, (uint16_t)(flags | piece->offset / 8));
	pen_8(p, 64);
	pen_8(p, piece->protocol);
	pen_16(p, 0);
	pen_octets(p, from->ipv4, 4);
	pen_octets(p, to->ipv4, 4);
	pen_16_at(p, start + 10, sum_fold(sum_16(0, p->bytes + start, 20)));
}

static void ipv6_write(const struct wire_port *from, const struct wire_port *to, const struct piece *piece, struct pen *p)
{
	pen_32(p, UINT32_C(0x60000000));
	pen_16(p, (uint16_t)(piece->length + (piece->is_fragment ? 8 : 0)));
	pen_8(p, piece->is_fragment ? IPV6_FRAGMENT : piece->protocol);
	pen_8(p, 64);
	pen_octets(p, from->ipv6, 16);
	pen_octets(p, to->ipv6, 16);
	if (!piece->is_fragment)
		return;
	pen_8(p, piece->protocol);
	pen_8(p, 0);
	pen_16(p, (uint16_t)(piece->offset | (piece->has_more ? 1 : 0)));
	pen_32(p, from->identification);
}

static void piece_send(struct wire *w, const struct wire_port *from, const struct wire_port *to, const struct piece *piece)
{
	uint8_t bytes[WIRE_FRAME_MAX];
	struct pen p = { .bytes = bytes, .capacity = sizeof(bytes) };

	ethernet_write(w, from, to, &p);
	if (w->framing.ipv6)
		ipv6_write(from, to, piece, &p);
	else
		ipv4_write(w, from, to, piece, &p);
	pen_octets(&p, piece->bytes, piece->length);
	/* IEEE 802.3: 60 octets without the check sequence; a tagged frame may be as short after its tag is taken off. */
	if (p.length < 60)
		pen_zeros(&p, 60 - p.length);
	frame_tap(w, bytes, p.length);
}

void wire_send(struct wire *w, struct wire_port *from, const struct wire_port *to, uint8_t protocol, uint8_t *payload, size_t length)
{
	size_t header = w->framing.ipv6 ? 48 : 20;
	size_t room = length;

	assert(length <= WIRE_PAYLOAD_MAX);
	if (protocol == WIRE_TCP) {
		struct pen segment = { .bytes = payload, .length = length, .capacity = length };

		tcp_sum(w, from, to, &segment);
	}
	from->identification++;
	if (w->framing.ip_fragment != 0 && length + header > w->framing.ip_fragment)
		room = (w->framing.ip_fragment - header) / 8 * 8;
	for (size_t offset = 0; offset < length; offset += room) {
		size_t left = length - offset;
		struct piece piece = {
			.protocol = protocol,
			.bytes = payload + offset,
			.length = left < room ? left : room,
			.offset = offset,
			.is_fragment = room<length, .has_more = left> room,
		};

		piece_send(w, from, to, &piece);
	}
}

bool wire_take(struct wire *w, struct lab_frame *ret)
{
	const struct wire_slot *slot = &w->slots[w->first];

	if (w->count == 0)
		return false;
	*ret = (struct lab_frame){ .bytes = slot->bytes, .length = slot->length, .time = slot->time };
	w->first = (w->first + 1) % WIRE_SLOTS;
	w->count--;
	return true;
}
