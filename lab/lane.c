/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What SCTP and TCP lanes share: messages wait for company when asked to, acknowledgements are delayed as RFC 9260 6.2 and RFC 9293 3.8.6.3
 * advise: at once after the second packet, otherwise after 200 ms (SCTP) or 40 ms (TCP), or with the next packet the other way.
 *
 * The tap is close to both ends: what is sent has arrived.
 */
#include "lab/lane.h"

#include <assert.h>
#include <string.h>

#include "dataplane/base/hash.h"

#define GATHER_TIME      (4 * NANOS_PER_MS)
#define ACKNOWLEDGE_SOON (120 * NANOS_PER_US)

static void lane_plan(struct lane *l, enum event_kind kind, unsigned int side, nanos delay)
{
	agenda_plan(l->agenda, (struct event){ .time = l->wire->now + delay, .kind = kind, .a = l->number, .b = side });
}

void lane_arrived(struct lane *l, unsigned int side)
{
	struct lane_side *s = &l->side[side];

	s->unacknowledged++;
	if (s->unacknowledged == 2)
		lane_plan(l, EVENT_ACK, side, ACKNOWLEDGE_SOON);
	if (s->unacknowledged > 1 || s->acknowledgement_is_planned)
		return;
	s->acknowledgement_is_planned = true;
	lane_plan(l, EVENT_ACK, side, (l->kind == LANE_SCTP ? 200 : 40) * NANOS_PER_MS);
}

bool lane_speaks(const struct lane *l, unsigned int side)
{
	return l->state == LANE_UP || (l->state == LANE_SILENT && side == 1);
}

void lane_renew(struct lane *l, uint64_t word)
{
	l->state = LANE_UP;
	for (unsigned int side = 0; side < 2; side++) {
		struct lane_side *s = &l->side[side];

		*s = (struct lane_side){ .port = s->port, .port_number = s->port_number };
		s->tag = (uint32_t)hash_mix(word + side) | 1;
		s->next = (uint32_t)hash_mix(word + 2 + side);
	}
	for (unsigned int side = 0; side < 2; side++)
		l->side[side].received = l->side[1 - side].next - (l->kind == LANE_TCP ? 0 : 1);
	/* Whoever opens a TCP connection takes another port. */
	if (l->kind == LANE_TCP)
		l->side[0].port_number = (uint16_t)(32768 + hash_mix(word + 4) % 28000);
}

void lane_put(struct lane *l, unsigned int side, uint8_t protocol, uint8_t *packet, size_t length)
{
	if (l->is_blind[side])
		l->wire->lost++;
	else
		wire_send(l->wire, l->side[side].port, l->side[1 - side].port, protocol, packet, length);
}

void lane_acknowledge(struct lane *l, unsigned int side)
{
	l->side[side].acknowledgement_is_planned = false;
	if (l->side[side].unacknowledged == 0 || !lane_speaks(l, side))
		return;
	if (l->kind == LANE_SCTP)
		lane_sctp_acknowledge(l, side);
	else
		lane_tcp_acknowledge(l, side);
}

void lane_flush(struct lane *l, unsigned int side)
{
	struct lane_side *s = &l->side[side];

	if (s->message_count == 0 || !lane_speaks(l, side))
		return;
	if (l->kind == LANE_SCTP)
		lane_sctp_flush(l, side);
	else
		lane_tcp_send(l, side, s->gathered, s->gathered_length);
	s->message_count = 0;
	s->gathered_length = 0;
}

/* Adds a message to those that wait; the room was checked. */
static void message_gather(struct lane *l, unsigned int side, uint16_t stream, const struct pen *message)
{
	struct lane_side *s = &l->side[side];

	if (s->message_count == 0)
		lane_plan(l, EVENT_FLUSH, side, GATHER_TIME);
	memcpy(s->gathered + s->gathered_length, message->bytes, message->length);
	s->message_length[s->message_count] = (uint16_t)message->length;
	s->message_stream[s->message_count++] = stream;
	s->gathered_length += message->length;
}

void lane_send(struct lane *l, unsigned int side, uint16_t stream, const struct pen *message)
{
	struct lane_side *s = &l->side[side];

	assert(message->length <= LANE_GATHER_MAX);
	if (!lane_speaks(l, side))
		return;
	if (!l->wire->framing.bundle) {
		if (l->kind == LANE_SCTP)
			lane_sctp_send(l, side, stream, message->bytes, message->length);
		else
			lane_tcp_send(l, side, message->bytes, message->length);
		return;
	}
	/* 20 octets are the header and the padding of each DATA chunk. */
	if (s->message_count == LANE_GATHER_COUNT || s->gathered_length + 20 * s->message_count + message->length > LANE_GATHER_MAX - 20)
		lane_flush(l, side);
	message_gather(l, side, stream, message);
}
