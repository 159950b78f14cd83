/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the network says of itself, as notices: the events of the stories in the form in which the probe would tell them. Associations are
 * named by the addresses of their ends, peers by their hosts, destinations by their point codes, registers by title or host, as
 * dataplane/notice.h has it. Events that change the traffic itself (a blind tap, a mass deregistration) become faults.
 */
#include <stdio.h>
#include <stdlib.h>

#include "lab/ticks_model.h"

#define SECOND NANOS_PER_S

static enum ticks_family family_of(enum lab_scope scope)
{
	static const uint8_t families[] = { [LAB_SCOPE_HLR] = FAMILY_HLR,   [LAB_SCOPE_HSS] = FAMILY_HSS,   [LAB_SCOPE_MME] = FAMILY_MME,
					    [LAB_SCOPE_VLR] = FAMILY_VLR,   [LAB_SCOPE_SGSN] = FAMILY_SGSN, [LAB_SCOPE_STP] = FAMILY_COUNT,
					    [LAB_SCOPE_DRA] = FAMILY_COUNT, [LAB_SCOPE_CSCF] = FAMILY_CSCF };

	return scope < sizeof(families) ? (enum ticks_family)families[scope] : FAMILY_COUNT;
}

/* As world.c numbers them: 10.20.NETWORK.(10 + number), and point codes by kind. */
static node address_of(enum ticks_family f, unsigned int number)
{
	static const uint8_t networks[FAMILY_COUNT + 1] = { 1, 10, 11, 12, 2, 23, 20, 25, 26, 22 };

	return node_of_ipv4(UINT32_C(0x0a140000) | (uint32_t)networks[f] << 8 | (10 + number));
}

static node point_code_of(enum ticks_family f, unsigned int number)
{
	static const uint16_t first[FAMILY_COUNT] = { 2001, 1001, 1101, 1201, 2101, 0, 0, 0, 0 };

	return node_of_point_code(first[f] + number - 1);
}

static node peer_of(const struct lab_ticks *l, enum ticks_family f, unsigned int number)
{
	return f == FAMILY_COUNT ? l->agent[(number - 1) % TICKS_ROUTES] : l->family[f].name[number - 1];
}

static bool family_is_diameter(enum ticks_family f)
{
	return f >= FAMILY_HSS;
}

static void notice_add(struct lab_ticks *l, nanos time, enum notice_kind kind, node client, node server, unsigned int degree)
{
	if (l->notice_count < TICKS_NOTICES_MAX && time >= l->start)
		l->notices[l->notice_count++] = (struct lab_ticks_notice){
			.time = time, .kind = kind, .client = client, .server = server, .degree = (uint16_t)degree
		};
}

enum end { END_ADDRESS, END_RELAY, END_PEER };

/* What is told of a link, step by step: when after the event (in tenths of a second, and as many seconds as its level), on SCTP and
 * Diameter. */
static const struct link_row {
	enum lab_happening happening;
	unsigned int tenths;
	bool waits_level;
	enum notice_kind sigtran, diameter;
	enum end client, server;
	unsigned int degree;
} link_rows[] = {
	{ LAB_LINK_ABORTS, 0, false, NOTICE_ASSOCIATION_ABORTED, NOTICE_ASSOCIATION_ABORTED, END_ADDRESS, END_RELAY, 0 },
	{ LAB_LINK_CLOSES, 0, false, NOTICE_ASP_DOWN, NOTICE_PEER_CLOSING, END_PEER, END_PEER, 1 },
	{ LAB_LINK_CLOSES, 1, false, NOTICE_ASSOCIATION_CLOSED, NOTICE_ASSOCIATION_CLOSED, END_ADDRESS, END_RELAY, 0 },
	{ LAB_LINK_OPENS, 0, false, NOTICE_ASSOCIATION_OPENED, NOTICE_ASSOCIATION_OPENED, END_ADDRESS, END_RELAY, 0 },
	{ LAB_LINK_OPENS, 1, false, NOTICE_ASP_UP, NOTICE_PEER_CONNECTED, END_PEER, END_PEER, 0 },
	{ LAB_PEER_REBOOTS, 0, false, NOTICE_ASP_DOWN, NOTICE_PEER_CLOSING, END_PEER, END_PEER, 1 },
	{ LAB_PEER_REBOOTS, 1, false, NOTICE_ASSOCIATION_CLOSED, NOTICE_ASSOCIATION_CLOSED, END_ADDRESS, END_RELAY, 0 },
	{ LAB_PEER_REBOOTS, 0, true, NOTICE_ASSOCIATION_OPENED, NOTICE_ASSOCIATION_OPENED, END_ADDRESS, END_RELAY, 0 },
	{ LAB_PEER_REBOOTS, 1, true, NOTICE_ASP_UP, NOTICE_PEER_CONNECTED, END_PEER, END_PEER, 0 },
	{ LAB_PEER_REBOOTS, 2, true, NOTICE_NODE_RESET, NOTICE_PEER_RESTARTED, END_PEER, END_PEER, 0 },
	{ LAB_ASP_INACTIVE, 0, false, NOTICE_ASP_DOWN, NOTICE_ASP_DOWN, END_ADDRESS, END_ADDRESS, 0 },
	{ LAB_ASP_INACTIVE, 1, false, NOTICE_AS_PENDING, NOTICE_AS_PENDING, END_RELAY, END_ADDRESS, 0 },
	{ LAB_ASP_INACTIVE, 20, false, NOTICE_AS_INACTIVE, NOTICE_AS_INACTIVE, END_RELAY, END_ADDRESS, 0 },
};

/* One link of a node to the relay `which`, from 1. */
static void link_tell(struct lab_ticks *l, const struct lab_event *e, nanos time, unsigned int number, unsigned int which)
{
	enum ticks_family f = family_of(e->scope);
	bool is_diameter = family_is_diameter(f);
	/* The other end of an agent's links are the nodes that ask. */
	node relay = f == FAMILY_COUNT ? address_of(FAMILY_MME, which) : l->route[1][which - 1];
	node ends[] = { [END_ADDRESS] = address_of(f, number),
			[END_RELAY] = is_diameter ? relay : node_of_ipv4(UINT32_C(0x0a14000a) + which),
			[END_PEER] = is_diameter ? peer_of(l, f, number) : address_of(f, number) };

	for (size_t i = 0; i < sizeof(link_rows) / sizeof(link_rows[0]); i++) {
		const struct link_row *row = &link_rows[i];
		nanos at = time + row->tenths * SECOND / 10 + (row->waits_level ? e->level * SECOND : 0);

		if (row->happening == e->happening)
			notice_add(l, at, is_diameter ? row->diameter : row->sigtran, ends[row->client], ends[row->server], row->degree);
	}
}

/* What relays say about a destination, or a register of itself. */
static void about_tell(struct lab_ticks *l, const struct lab_event *e, nanos time, unsigned int number)
{
	enum ticks_family f = family_of(e->scope);
	node about = f == FAMILY_COUNT || family_is_diameter(f) ? peer_of(l, f, number) : point_code_of(f, number);
	enum ticks_family audience = family_is_diameter(f) ? FAMILY_MME : FAMILY_VLR;
	unsigned int first = e->relay == 0 ? 1 : e->relay, last = e->relay == 0 ? TICKS_ROUTES : e->relay;

	for (unsigned int which = first; which <= last; which++) {
		node relay = l->route[0][which - 1];

		if (e->happening == LAB_ROUTE_LOST)
			notice_add(l, time, NOTICE_ROUTE_UNAVAILABLE, relay, about, 0);
		if (e->happening == LAB_ROUTE_BACK)
			notice_add(l, time, NOTICE_ROUTE_AVAILABLE, relay, about, 0);
		if (e->happening == LAB_ROUTE_CONGESTED)
			notice_add(l, time, NOTICE_ROUTE_CONGESTED, relay, about, e->level);
		if (e->happening == LAB_SUBSYSTEM_OUT)
			notice_add(l, time, NOTICE_SUBSYSTEM_PROHIBITED, relay, about, 6);
		if (e->happening == LAB_SUBSYSTEM_BACK)
			notice_add(l, time, NOTICE_SUBSYSTEM_ALLOWED, relay, about, 6);
	}
	for (unsigned int i = 0; i < l->family[audience].own && e->happening == LAB_REGISTER_RESET; i++)
		notice_add(l, time + i * SECOND / 10, NOTICE_NODE_RESET, peer_of(l, f, number), peer_of(l, f, number), 0);
}

static bool happening_is_of_links(enum lab_happening h)
{
	return h <= LAB_ASP_INACTIVE;
}

static void event_tell(struct lab_ticks *l, const struct lab_event *e, double at_s)
{
	enum ticks_family f = family_of(e->scope);
	unsigned int own = f == FAMILY_COUNT ? TICKS_ROUTES : l->family[f].own;
	unsigned int first = e->number == 0 ? 1 : e->number, last = e->number == 0 ? own : e->number;
	nanos time = l->start + (nanos)(at_s * 1e9);

	for (unsigned int number = first; number <= last && number <= own; number++) {
		for (unsigned int which = 1; which <= TICKS_ROUTES && happening_is_of_links(e->happening); which++)
			if (e->relay == 0 || e->relay == which)
				link_tell(l, e, time, number, which);
		if (!happening_is_of_links(e->happening))
			about_tell(l, e, time, number);
	}
}

static int by_time(const void *a, const void *b)
{
	const struct lab_ticks_notice *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->kind < y->kind ? -1 : x->kind > y->kind;
}

bool ticks_notices_build(struct lab_ticks *l)
{
	l->notices = calloc(TICKS_NOTICES_MAX, sizeof(*l->notices));
	if (l->notices == NULL)
		return false;
	for (size_t i = 0; l->story != NULL && i < l->story->event_count; i++)
		event_tell(l, &l->story->events[i], scenario_time(l->story, &l->pressed, l->story->events[i].at_s));
	qsort(l->notices, l->notice_count, sizeof(*l->notices), by_time);
	return true;
}

/* Events that requests feel. */
void ticks_events_fill(struct lab_ticks *l)
{
	for (size_t i = 0; l->story != NULL && i < l->story->event_count && l->options.fault_count < LAB_TICKS_FAULTS_MAX; i++) {
		const struct lab_event *e = &l->story->events[i];
		struct lab_ticks_fault *f = &l->options.faults[l->options.fault_count];
		double at_s = scenario_time(l->story, &l->pressed, e->at_s);

		if (e->happening != LAB_TAP_BLIND && e->happening != LAB_DEREGISTRATION)
			continue;
		l->options.fault_count++;
		*f = (struct lab_ticks_fault){ .demand = LAB_PAGE };
		f->fault.from_s = at_s;
		if (e->happening == LAB_DEREGISTRATION) {
			f->fault.scope = LAB_SCOPE_ALL;
			f->fault.procedures = LAB_SET(CLR) | LAB_SET(PUR);
			f->fault.until_s = at_s + e->level;
			f->burst_per_s = 0.6 * l->options.subscribers / e->level;
			snprintf(f->fault.text, sizeof(f->fault.text), "all are cancelled and purged");
			continue;
		}
		f->demand = LAB_OPERATIONS;
		f->is_change = f->is_unseen = true;
		f->only_route = e->relay;
		f->fault.scope = e->scope;
		f->fault.number = e->number;
		f->fault.share = 1;
		f->fault.until_s = l->options.seconds;
		snprintf(f->fault.text, sizeof(f->fault.text), "the tap does not show what node %u sends to relay %u", e->number, e->relay);
		for (size_t j = i; j < l->story->event_count; j++)
			if (l->story->events[j].happening == LAB_TAP_SEES)
				f->fault.until_s = scenario_time(l->story, &l->pressed, l->story->events[j].at_s);
	}
}

/* Once a second the probe says how many answers were acknowledged that it never saw. */
static void unseen_tell(struct lab_ticks *l)
{
	for (size_t i = 0; i < l->active_count; i++) {
		const struct ticks_fault *f = l->active[i];
		unsigned int number = f->from->fault.number == 0 ? 1 : f->from->fault.number;
		enum ticks_family family = family_of(f->from->fault.scope);

		if (!f->is_blind || l->now / SECOND == (l->now - l->tick) / SECOND || family == FAMILY_COUNT)
			continue;
		l->said[l->said_count++] = (struct lab_ticks_notice){
			.time = l->now,
			.kind = NOTICE_UNSEEN,
			.client = node_of_ipv4(UINT32_C(0x0a14000b)),
			.server = address_of(family, number),
			.degree = (uint16_t)(l->unseen_since > UINT16_MAX ? UINT16_MAX : l->unseen_since)
		};
		l->unseen_since = 0;
	}
}

void ticks_notices_turn(struct lab_ticks *l)
{
	l->said_count = 0;
	unseen_tell(l);
	while (l->notice_next < l->notice_count && l->notices[l->notice_next].time < l->now + l->tick)
		l->said[l->said_count++] = l->notices[l->notice_next++];
}
