/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The layers that keep a lane: ASP management of M3UA (RFC 4666 3.5, 3.7) and the peer machine of Diameter (RFC 6733 5), with their
 * keepalives. A link that is down sends nothing; its keepalives are planned on, so that it has them when it is back.
 */
#include "lab/link.h"

#include "lab/encode_diameter.h"
#include "lab/encode_sccp.h"

#define OPENING_STEP (400 * NANOS_PER_US)
#define COMMAND_CER  257
#define COMMAND_DWR  280
#define COMMAND_DPR  282
#define DIAMETER     46

void link_manage(struct lab *l, uint32_t number, unsigned int side, uint8_t message_class, uint8_t message_type)
{
	struct lane *lane = &l->lane[number];
	uint8_t bytes[64];
	struct pen p = { .bytes = bytes, .capacity = sizeof(bytes) };

	l->wire.now += OPENING_STEP;
	encode_m3ua_management(&p, message_class, message_type, 100u + l->lane_node[number][0]);
	lane_send(lane, side, 0, &p);
	lane_flush(lane, side);
}

void link_notify(struct lab *l, uint32_t number, uint16_t state)
{
	struct lane *lane = &l->lane[number];
	uint8_t bytes[64];
	struct pen p = { .bytes = bytes, .capacity = sizeof(bytes) };

	l->wire.now += OPENING_STEP;
	encode_m3ua_notify(&p, state, 100u + l->lane_node[number][0]);
	lane_send(lane, 1, 0, &p);
	lane_flush(lane, 1);
}

static void peer_send(struct lab *l, uint32_t number, unsigned int side, uint32_t command, bool is_request, uint32_t id)
{
	uint8_t bytes[512];
	struct pen p = { .bytes = bytes, .capacity = sizeof(bytes) };
	enum node_role role = l->node[l->lane_node[number][0]].role;
	struct diameter_peer peer = { .origin = &l->node[l->lane_node[number][side]], .command = command, .is_request = is_request };

	peer.id = id;
	peer.is_ims = role == NODE_ICSCF || role == NODE_SCSCF;
	encode_diameter_peer(&p, &peer);
	lane_send(&l->lane[number], side, 0, &p);
	lane_flush(&l->lane[number], side);
}

void link_open(struct lab *l, uint32_t number)
{
	struct lane *lane = &l->lane[number];
	uint32_t id = l->hop[number][0]++;

	if (lane->kind == LANE_SCTP)
		lane_sctp_open(lane);
	else
		lane_tcp_open(lane);
	if (lane->protocol == DIAMETER) {
		l->wire.now += OPENING_STEP;
		peer_send(l, number, 0, COMMAND_CER, true, id);
		l->wire.now += OPENING_STEP;
		peer_send(l, number, 1, COMMAND_CER, false, id);
		return;
	}
	link_manage(l, number, 0, 3, 1);
	link_manage(l, number, 1, 3, 4);
	link_manage(l, number, 0, 4, 1);
	link_manage(l, number, 1, 4, 3);
	link_manage(l, number, 1, 0, 1);
}

void link_reopen(struct lab *l, uint32_t number)
{
	lane_renew(&l->lane[number], chance_word(&l->luck));
	link_open(l, number);
}

/* Watchdog of Diameter (RFC 6733 5.5.1), with the jitter of RFC 3539 3.4.1; when the other end has stopped, the agent asks, and waits. */
void link_keepalive(struct lab *l, uint32_t number, unsigned int side)
{
	struct lane *lane = &l->lane[number];
	double jitter_s = 4 * chance_unit(&l->chance) - 2;
	struct event answer = { .kind = EVENT_ANSWER, .a = number, .b = 1 - side };
	bool speaks = lane_speaks(lane, side);

	if (lane->kind == LANE_SCTP && speaks) {
		answer.c = lane->side[side].next ^ lane->side[side].tag;
		lane_sctp_heartbeat(lane, side);
		lab_plan(l, NANOS_PER_MS, answer);
	}
	if (lane->protocol == DIAMETER && side == 0 && (speaks || lane->state == LANE_SILENT)) {
		unsigned int asks = speaks ? 0 : 1;

		answer.c = l->hop[number][asks]++;
		answer.b = (1 - asks) | 2;
		peer_send(l, number, asks, COMMAND_DWR, true, answer.c);
		lab_plan(l, 3 * NANOS_PER_MS, answer);
	}
	lab_plan(l, (nanos)((LINK_KEEPALIVE_S + jitter_s) * 1e9), (struct event){ .kind = EVENT_KEEPALIVE, .a = number, .b = side });
}

void link_answer(struct lab *l, const struct event *e)
{
	struct lane *lane = &l->lane[e->a];

	if (!lane_speaks(lane, e->b & 1))
		return;
	if ((e->b & 2) != 0)
		peer_send(l, e->a, e->b & 1, COMMAND_DWR, false, e->c);
	else
		lane_sctp_heartbeat_answer(lane, e->b & 1, e->c);
}

void link_abort(struct lab *l, uint32_t number, unsigned int side)
{
	struct lane *lane = &l->lane[number];

	if (lane->state == LANE_DOWN)
		return;
	if (lane->kind == LANE_SCTP)
		lane_sctp_abort(lane, side);
	else
		lane_tcp_reset(lane, side);
	lane->state = LANE_DOWN;
}

void link_close(struct lab *l, uint32_t number, unsigned int side)
{
	struct lane *lane = &l->lane[number];
	uint32_t id = l->hop[number][side]++;

	if (lane->state != LANE_UP)
		return;
	if (lane->protocol == DIAMETER) {
		peer_send(l, number, side, COMMAND_DPR, true, id);
		l->wire.now += OPENING_STEP;
		peer_send(l, number, 1 - side, COMMAND_DPR, false, id);
	} else {
		link_manage(l, number, 0, 3, 2);
		link_manage(l, number, 1, 3, 5);
	}
	l->wire.now += OPENING_STEP;
	if (lane->kind == LANE_SCTP)
		lane_sctp_close(lane, side);
	else
		lane_tcp_close(lane, side);
	lane->state = LANE_DOWN;
}
