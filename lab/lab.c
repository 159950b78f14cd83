/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The run: builds a world, takes events in time order and gives out the frames they cause. A feed for the pipeline and for the writer
 * of captures alike; it holds no more than the frames of one event.
 *
 * Memory is taken in lab_open(): subscribers, dialogues, events, the ring of frames. When dialogues or events run out the newest is
 * refused and the truth says how many ("refused_by_lab").
 */
#include "lab/lab.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lab/dialogue.h"
#include "lab/encode_diameter.h"
#include "lab/encode_sccp.h"
#include "lab/fault.h"
#include "lab/phone.h"
#include "lab/scenario.h"
#include "lab/world.h"

#define KEEPALIVE_S     30
#define OPENING_STEP    (400 * NANOS_PER_US)
#define OPENING_SPACING (8 * NANOS_PER_MS)
#define COMMAND_CER     257
#define COMMAND_DWR     280

void lab_options_default(struct lab_options *ret)
{
	*ret = (struct lab_options){
		.seconds = 300,
		.rate = 60,
		.onset_s = -1,
		.user_rejects = 0.04,
		.map_share = -1,
		.seed = 1,
		.subscribers = 20000,
		.quiet_until_s = -1,
		.framing = { .mss = 1400 },
	};
}

static bool memory_take(struct lab *l)
{
	uint32_t dialogues = (uint32_t)(l->options.rate * 256) + 4096;

	if (!world_people(l) || !dialogue_pool(l, dialogues))
		return false;
	return agenda_new(&l->agenda, (size_t)l->subscriber_count * 4 + (size_t)dialogues * 3 + WORLD_LANES_MAX * 64);
}

static void first_events(struct lab *l)
{
	nanos opened = 0;

	for (uint32_t i = 0; i < l->lane_count; i++) {
		nanos keepalive = (nanos)(KEEPALIVE_S * 1e9 * chance_unit(&l->chance));

		if (!l->options.framing.mid_start) {
			lab_plan(l, opened, (struct event){ .kind = EVENT_LINK_OPEN, .a = i });
			opened += OPENING_SPACING;
		}
		lab_plan(l, NANOS_PER_S + keepalive, (struct event){ .kind = EVENT_KEEPALIVE, .a = i, .b = 0 });
		if (l->lane[i].kind == LANE_SCTP)
			lab_plan(l, NANOS_PER_S + keepalive + NANOS_PER_S / 3, (struct event){ .kind = EVENT_KEEPALIVE, .a = i, .b = 1 });
	}
	lab_plan(l, opened + NANOS_PER_S / 4, (struct event){ .kind = EVENT_ARRIVAL });
}

static struct lab *open_failed(struct lab *l, int number)
{
	lab_close(l);
	errno = number;
	return NULL;
}

struct lab *lab_open(const struct lab_options *options, char error[LAB_ERROR_MAX])
{
	struct lab *l = calloc(1, sizeof(*l));

	snprintf(error, LAB_ERROR_MAX, "not enough memory for %u subscribers at %g attempts per second", options->subscribers,
		 options->rate);
	if (l == NULL)
		return open_failed(l, ENOMEM);
	l->options = *options;
	if (!scenario_apply(&l->options, error))
		return open_failed(l, EINVAL);
	chance_seed(&l->chance, options->seed);
	l->key = (struct hash_key){ { chance_word(&l->chance), chance_word(&l->chance) } };
	l->end = LAB_EPOCH + (nanos)(l->options.seconds * 1e9);
	if (!wire_new(&l->wire, &l->options.framing, options->seed))
		return open_failed(l, ENOMEM);
	l->wire.now = LAB_EPOCH;
	world_build(l);
	if (!memory_take(l))
		return open_failed(l, ENOMEM);
	fault_prepare(l);
	first_events(l);
	*error = '\0';
	return l;
}

/* A management message of M3UA, sent at once, and time for its way. */
static void management_send(struct lab *l, struct lane *lane, unsigned int side, uint8_t message_class, uint8_t message_type)
{
	uint8_t bytes[64];
	struct pen p = { .bytes = bytes, .capacity = sizeof(bytes) };

	l->wire.now += OPENING_STEP;
	encode_m3ua_management(&p, message_class, message_type, 100u + l->lane_node[lane->number][0]);
	lane_send(lane, side, 0, &p);
	lane_flush(lane, side);
}

static void peer_send(struct lab *l, uint32_t number, unsigned int side, uint32_t command, bool is_request, uint32_t id)
{
	uint8_t bytes[512];
	struct pen p = { .bytes = bytes, .capacity = sizeof(bytes) };
	const struct node *n = &l->node[l->lane_node[number][side]];

	encode_diameter_peer(&p, n, n->port.ipv4, command, is_request, id);
	lane_send(&l->lane[number], side, 0, &p);
	lane_flush(&l->lane[number], side);
}

/* SCTP or TCP, then the layer that opens itself above it: ASP up and active (RFC 4666 4.3), or capabilities (RFC 6733 5.3). */
static void lane_open(struct lab *l, uint32_t number)
{
	struct lane *lane = &l->lane[number];
	uint32_t id = l->hop[number][0]++;

	if (lane->kind == LANE_SCTP)
		lane_sctp_open(lane);
	else
		lane_tcp_open(lane);
	if (lane->protocol == 46) {
		l->wire.now += OPENING_STEP;
		peer_send(l, number, 0, COMMAND_CER, true, id);
		l->wire.now += OPENING_STEP;
		peer_send(l, number, 1, COMMAND_CER, false, id);
		return;
	}
	management_send(l, lane, 0, 3, 1);
	management_send(l, lane, 1, 3, 4);
	management_send(l, lane, 0, 4, 1);
	management_send(l, lane, 1, 4, 3);
	management_send(l, lane, 1, 0, 1);
}

/* HEARTBEAT of SCTP from either side; watchdog of Diameter from the MME (RFC 6733 5.5.1), with the jitter of RFC 3539 3.4.1. */
static void lane_keepalive(struct lab *l, uint32_t number, unsigned int side)
{
	struct lane *lane = &l->lane[number];
	double jitter_s = 4 * chance_unit(&l->chance) - 2;
	struct event answer = { .kind = EVENT_ANSWER, .a = number, .b = 1 - side };

	if (lane->kind == LANE_SCTP) {
		answer.c = lane->side[side].next ^ lane->side[side].tag;
		lane_sctp_heartbeat(lane, side);
		lab_plan(l, NANOS_PER_MS, answer);
	}
	if (lane->protocol == 46 && side == 0) {
		answer.c = l->hop[number][0]++;
		answer.b |= 2;
		peer_send(l, number, 0, COMMAND_DWR, true, answer.c);
		lab_plan(l, 3 * NANOS_PER_MS, answer);
	}
	lab_plan(l, (nanos)((KEEPALIVE_S + jitter_s) * 1e9), (struct event){ .kind = EVENT_KEEPALIVE, .a = number, .b = side });
}

static void lane_answer(struct lab *l, const struct event *e)
{
	if ((e->b & 2) != 0)
		peer_send(l, e->a, e->b & 1, COMMAND_DWR, false, e->c);
	else
		lane_sctp_heartbeat_answer(&l->lane[e->a], e->b & 1, e->c);
}

static void event_run(struct lab *l, const struct event *e)
{
	switch (e->kind) {
	case EVENT_ARRIVAL:
		phone_arrival(l);
		break;
	case EVENT_PHONE:
		phone_timer(l, e->a, e->b);
		break;
	case EVENT_STEP:
		dialogue_step(l, e->a, e->b);
		break;
	case EVENT_GIVE_UP:
		dialogue_give_up(l, e->a, e->b);
		break;
	case EVENT_LINK_OPEN:
		lane_open(l, e->a);
		break;
	case EVENT_ACK:
		lane_acknowledge(&l->lane[e->a], e->b);
		break;
	case EVENT_KEEPALIVE:
		lane_keepalive(l, e->a, e->b);
		break;
	case EVENT_ANSWER:
		lane_answer(l, e);
		break;
	case EVENT_FLUSH:
		lane_flush(&l->lane[e->a], e->b);
		break;
	}
}

bool lab_next(struct lab *l, struct lab_frame *ret)
{
	struct event e;

	while (!wire_take(&l->wire, ret)) {
		if (!agenda_take(&l->agenda, &e) || e.time >= l->end) {
			l->agenda.count = 0;
			wire_release(&l->wire);
			return wire_take(&l->wire, ret);
		}
		l->wire.now = e.time;
		event_run(l, &e);
	}
	return true;
}

void lab_close(struct lab *l)
{
	if (l == NULL)
		return;
	wire_free(&l->wire);
	agenda_free(&l->agenda);
	free(l->subscriber);
	free(l->dialogue);
	free(l);
}
