/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Links that abort, close, fall silent and come back; signalling network management of M3UA (RFC 4666 3.4); management of subsystems by
 * SCCP (Q.714 5.3); registers that say they have restarted (29.002 8.10.3, 29.272 5.2.4.1); messages nobody expects; a tap that goes blind.
 *
 * One function per happening, chosen by a table; each is given the event of the scenario and what is left of it.
 */
#include "lab/happen.h"

#include "lab/dialogue.h"
#include "lab/encode_sccp.h"
#include "lab/link.h"
#include "lab/phone.h"
#include "lab/scenario.h"

#define STEP             (500 * NANOS_PER_US)
#define POISON_SPACING_S 2

/* Whether one end of a lane is what the event is about; its side, or -1. */
static int lane_side_meant(const struct lab *l, uint32_t lane, const struct lab_event *e)
{
	for (unsigned int side = 0; side < 2; side++)
		if (world_is_meant(&l->node[l->lane_node[lane][side]], e->scope, e->number, 0))
			return (int)side;
	return -1;
}

static bool relay_is_meant(const struct lab *l, uint32_t lane, const struct lab_event *e)
{
	return e->relay == 0 || l->node[l->lane_node[lane][1]].number == e->relay;
}

typedef void lane_does(struct lab *l, uint32_t lane, unsigned int side);

static void lanes_meant(struct lab *l, const struct lab_event *e, lane_does *does)
{
	for (uint32_t i = 0; i < l->lane_count; i++) {
		int side = lane_side_meant(l, i, e);

		if (side >= 0 && relay_is_meant(l, i, e))
			does(l, i, (unsigned int)side);
	}
}

static void lane_falls_silent(struct lab *l, uint32_t lane, unsigned int side)
{
	(void)side;
	l->lane[lane].state = LANE_SILENT;
}

static void lane_opens(struct lab *l, uint32_t lane, unsigned int side)
{
	(void)side;
	/* What the other end thinks is still there goes first. */
	if (l->lane[lane].state == LANE_SILENT)
		link_abort(l, lane, 1);
	if (l->lane[lane].state == LANE_DOWN)
		link_reopen(l, lane);
}

static void lane_inactive(struct lab *l, uint32_t lane, unsigned int side)
{
	(void)side;
	link_manage(l, lane, 0, 4, 2);
	link_manage(l, lane, 1, 4, 4);
	link_notify(l, lane, M3UA_AS_PENDING);
	link_notify(l, lane, M3UA_AS_INACTIVE);
}

static void lane_goes_blind(struct lab *l, uint32_t lane, unsigned int side)
{
	l->lane[lane].is_blind[side] = true;
}

static void lane_is_seen(struct lab *l, uint32_t lane, unsigned int side)
{
	l->lane[lane].is_blind[side] = false;
}

/* Nodes that restart have a new state (RFC 6733 8.16). */
static void states_grow(struct lab *l, const struct lab_event *e)
{
	for (uint16_t i = 0; i < l->node_count; i++)
		if (world_is_meant(&l->node[i], e->scope, e->number, 0))
			l->node[i].state_id += 1000;
}

static void link_events(struct lab *l, const struct lab_event *e, uint32_t index, uint32_t left)
{
	static lane_does *const does[] = {
		[LAB_LINK_ABORTS] = link_abort,    [LAB_LINK_CLOSES] = link_close,  [LAB_LINK_SILENT] = lane_falls_silent,
		[LAB_LINK_OPENS] = lane_opens,     [LAB_PEER_REBOOTS] = link_close, [LAB_ASP_INACTIVE] = lane_inactive,
		[LAB_TAP_BLIND] = lane_goes_blind, [LAB_TAP_SEES] = lane_is_seen,
	};
	bool comes_back = e->happening == LAB_PEER_REBOOTS && left == 1;

	if (comes_back || e->happening == LAB_LINK_OPENS)
		states_grow(l, e);
	lanes_meant(l, e, comes_back ? lane_opens : does[e->happening]);
	if (e->happening == LAB_PEER_REBOOTS && !comes_back)
		lab_plan(l, e->level * NANOS_PER_S, (struct event){ .kind = EVENT_HAPPENING, .a = index, .b = 1 });
}

static void unit_put(struct lab *l, uint32_t lane, unsigned int side, const struct pen *p)
{
	l->wire.now += STEP;
	lane_send(&l->lane[lane], side, 0, p);
	lane_flush(&l->lane[lane], side);
}

/* A transfer point tells everybody else about a node. */
static void route_events(struct lab *l, const struct lab_event *e, uint32_t index, uint32_t left)
{
	static const uint8_t types[] = { [LAB_ROUTE_LOST] = 1, [LAB_ROUTE_BACK] = 2, [LAB_ROUTE_CONGESTED] = 4 };

	(void)index;
	(void)left;
	for (uint16_t about = 0; about < l->node_count; about++) {
		if (!world_is_meant(&l->node[about], e->scope, e->number, 0))
			continue;
		for (uint32_t i = 0; i < l->map_lane_count; i++) {
			uint8_t bytes[64];
			struct pen p = { .bytes = bytes, .capacity = sizeof(bytes) };
			struct m3ua_route route = { .point_code = l->node[about].point_code, .type = types[e->happening] };

			if (l->lane_node[i][0] == about || !relay_is_meant(l, i, e))
				continue;
			route.routing_context = 100u + l->lane_node[i][0];
			route.level = e->level;
			encode_m3ua_route(&p, &route);
			unit_put(l, i, 1, &p);
		}
	}
}

/* Q.714 5.3: the transfer points tell whoever may ask. */
static void subsystem_events(struct lab *l, const struct lab_event *e, uint32_t index, uint32_t left)
{
	(void)index;
	(void)left;
	for (uint16_t about = 0; about < l->node_count; about++) {
		if (!world_is_meant(&l->node[about], e->scope, e->number, 0))
			continue;
		for (uint32_t i = 0; i < l->map_lane_count; i++) {
			const struct node *to = &l->node[l->lane_node[i][0]], *from = &l->node[l->lane_node[i][1]];
			uint8_t bytes[128];
			struct pen p = { .bytes = bytes, .capacity = sizeof(bytes) };
			struct m3ua_label label = { .opc = from->point_code, .dpc = to->point_code };
			struct sccp_subsystem subsystem = { .is_prohibited = e->happening == LAB_SUBSYSTEM_OUT, .ssn = l->node[about].ssn };

			if (l->lane_node[i][0] == about || !relay_is_meant(l, i, e))
				continue;
			label.routing_context = 100u + l->lane_node[i][0];
			subsystem.point_code = l->node[about].point_code;
			encode_m3ua_subsystem(&p, &label, &subsystem);
			unit_put(l, i, 1, &p);
		}
	}
}

/* To each VLR and SGSN, or to each MME; some milliseconds apart. */
static void reset_events(struct lab *l, const struct lab_event *e, uint32_t index, uint32_t left)
{
	(void)index;
	(void)left;
	for (uint16_t i = 0; i < l->node_count; i++) {
		struct dialogue_wish wish = { .client = i, .subscriber = l->subscriber_count - 1, .parent = DIALOGUE_NONE };
		bool is_hss = l->node[i].role == NODE_HSS;

		if (!world_is_meant(&l->node[i], e->scope, e->number, 0))
			continue;
		wish.procedure = is_hss ? PROCEDURE_RSR : PROCEDURE_RESET;
		for (uint16_t to = 0; to < l->node_count; to++) {
			enum node_role role = l->node[to].role;

			if (l->node[to].is_foreign || !(is_hss ? role == NODE_MME : role == NODE_VLR || role == NODE_SGSN))
				continue;
			wish.server = to;
			dialogue_start(l, &wish);
			l->wire.now += STEP;
		}
	}
}

static void poison_event(struct lab *l, const struct lab_event *e, uint32_t index, uint32_t left)
{
	struct dialogue_wish wish = { .procedure = PROCEDURE_ATI, .client = l->stranger, .parent = DIALOGUE_NONE };

	wish.server = (uint16_t)(l->first[NODE_HLR] + e->number - 1);
	wish.subscriber = l->subscriber_count - 1 - left;
	dialogue_start(l, &wish);
	if (left + 1 < e->level)
		lab_plan(l, POISON_SPACING_S * NANOS_PER_S, (struct event){ .kind = EVENT_HAPPENING, .a = index, .b = left + 1 });
}

/* Subscriber `left` is cancelled by the HSS or purged by the MME, then the next one that is registered. */
static void deregistration_event(struct lab *l, const struct lab_event *e, uint32_t index, uint32_t left)
{
	double spacing = e->level * 1e9 / l->subscriber_count;
	struct subscriber *s = &l->subscriber[left];
	uint16_t at = s->serving[DOMAIN_EPS];

	if (s->state[DOMAIN_EPS] == PHONE_REGISTERED && at != NODE_NONE) {
		struct dialogue_wish wish = { .subscriber = left, .parent = DIALOGUE_NONE };
		bool is_cancelled = chance_hit(&l->luck, 0.5);
		uint16_t home = world_home(l, s, DOMAIN_EPS);

		wish.procedure = is_cancelled ? PROCEDURE_CLR : PROCEDURE_PUR;
		wish.client = is_cancelled ? home : at;
		wish.server = is_cancelled ? at : home;
		phone_detached(l, left, DOMAIN_EPS);
		dialogue_start(l, &wish);
	}
	if (left + 1 < l->subscriber_count)
		lab_plan(l, (nanos)spacing, (struct event){ .kind = EVENT_HAPPENING, .a = index, .b = left + 1 });
}

void happen_plan(struct lab *l)
{
	for (size_t i = 0; i < l->scenario->event_count; i++) {
		double at = scenario_time(l->scenario, &l->options, l->scenario->events[i].at_s);

		at = at < 1 ? 1 : at;
		lab_plan(l, (nanos)(at * 1e9), (struct event){ .kind = EVENT_HAPPENING, .a = (uint32_t)i });
	}
}

void happen(struct lab *l, const struct event *e)
{
	static void (*const events[])(struct lab *, const struct lab_event *, uint32_t, uint32_t) = {
		[LAB_LINK_ABORTS] = link_events,
		[LAB_LINK_CLOSES] = link_events,
		[LAB_LINK_SILENT] = link_events,
		[LAB_LINK_OPENS] = link_events,
		[LAB_PEER_REBOOTS] = link_events,
		[LAB_ASP_INACTIVE] = link_events,
		[LAB_ROUTE_LOST] = route_events,
		[LAB_ROUTE_CONGESTED] = route_events,
		[LAB_ROUTE_BACK] = route_events,
		[LAB_SUBSYSTEM_OUT] = subsystem_events,
		[LAB_SUBSYSTEM_BACK] = subsystem_events,
		[LAB_REGISTER_RESET] = reset_events,
		[LAB_POISON] = poison_event,
		[LAB_DEREGISTRATION] = deregistration_event,
		[LAB_TAP_BLIND] = link_events,
		[LAB_TAP_SEES] = link_events,
	};
	const struct lab_event *event = &l->scenario->events[e->a];

	events[event->happening](l, event, e->a, e->b);
}
