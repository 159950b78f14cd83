/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests and answers of S6a, S13 and Cx between clients and Diameter agents, where the tap is, and, where it shows them, between agents
 * and HSS hosts. Agents pass on hosts and end-to-end identifiers unchanged; each hop has hop-by-hop identifiers of its own. What an agent
 * refuses itself (3002, 3004) carries the agent's own Origin-Host and the E bit, and never reaches the HSS.
 */
#include <stdio.h>

#include "lab/dialogue.h"
#include "lab/encode_diameter.h"

#define MESSAGE_MAX 2048
#define HOP_DELAY   (350 * NANOS_PER_US)

uint16_t dialogue_edge(const struct lab *l, const struct dialogue *d)
{
	enum node_role role = l->node[d->client].role;

	return role == NODE_HSS ? d->server : d->client;
}

static uint16_t dialogue_lane(const struct lab *l, const struct dialogue *d)
{
	return l->node[l->node[dialogue_edge(l, d)].via].lane[d->sls & 1];
}

/* The lane behind the agent, when the tap shows it and the message goes there; NODE_NONE otherwise. */
static uint16_t dialogue_core(const struct lab *l, const struct dialogue *d)
{
	uint16_t home = dialogue_edge(l, d) == d->client ? d->server : d->client;
	const struct node *n = &l->node[home];

	return n->role == NODE_HSS && !n->is_foreign ? n->lane[d->sls & 1] : NODE_NONE;
}

static void subject_fill(const struct lab *l, const struct dialogue *d, struct s6a_subject *s)
{
	const struct subscriber *subscriber = &l->subscriber[d->subscriber];
	char imsi[24];

	subscriber_text(subscriber->imsi, imsi);
	snprintf(s->imsi, sizeof(s->imsi), "%.15s", imsi);
	s->msisdn = subscriber->msisdn;
	s->visited_plmn = l->node[dialogue_edge(l, d)].plmn;
	s->nonce = hash_words(&l->key, d->client_id, d->session);
	s->hop = d->server_id;
	s->end = d->client_id;
	if (d->procedure == PROCEDURE_LIR)
		s->assigned = &l->node[world_assigned(l, subscriber)];
	snprintf(s->session, sizeof(s->session), "%s;1341900000;%u", l->node[d->client].host, d->session);
}

/* A request in one lane, from one of its sides. */
static void request_send(struct lab *l, const struct dialogue *d, const struct s6a_subject *s, uint16_t lane, unsigned int side)
{
	uint8_t bytes[MESSAGE_MAX];
	struct pen p = { .bytes = bytes, .capacity = sizeof(bytes) };

	encode_s6a_request(&p, d->procedure, s);
	lane_send(&l->lane[lane], side, (uint16_t)(1 + d->sls), &p);
}

static void answer_send(struct lab *l, const struct dialogue *d, const struct s6a_subject *s, uint16_t lane, unsigned int side)
{
	uint8_t bytes[MESSAGE_MAX];
	struct pen p = { .bytes = bytes, .capacity = sizeof(bytes) };

	encode_s6a_answer(&p, d->procedure, s, &d->answer);
	lane_send(&l->lane[lane], side, (uint16_t)(1 + d->sls), &p);
}

void dialogue_diameter_begin(struct lab *l, struct dialogue *d)
{
	uint16_t lane = dialogue_lane(l, d), core = dialogue_core(l, d);
	bool is_from_edge = dialogue_edge(l, d) == d->client;
	unsigned int side = is_from_edge ? 0 : 1;
	struct s6a_subject subject = { .origin = &l->node[d->client], .destination = &l->node[d->server] }, inner;
	nanos now = l->wire.now;

	d->client_id = l->node[d->client].transaction++;
	d->server_id = l->hop[lane][side]++;
	d->session = l->node[d->client].session++;
	subject_fill(l, d, &subject);
	/* First contact goes to the realm; a register knows its MME, an MME the register of a location it has updated (29.272 5.2). */
	if (d->procedure != PROCEDURE_AIR && d->procedure != PROCEDURE_ULR && d->procedure != PROCEDURE_UAR)
		subject.destination_host = l->node[d->server].host;
	if (core == NODE_NONE || d->answer.is_by_agent) {
		request_send(l, d, &subject, lane, side);
		return;
	}
	d->core_id = l->hop[core][1 - side]++;
	inner = subject;
	inner.hop = d->core_id;
	if (!is_from_edge)
		request_send(l, d, &inner, core, 0);
	else
		request_send(l, d, &subject, lane, 0);
	l->wire.now += HOP_DELAY;
	if (!is_from_edge)
		request_send(l, d, &subject, lane, 1);
	else
		request_send(l, d, &inner, core, 1);
	l->wire.now = now;
}

/* The agent's timer has run out: 3002 in its own name; returns the time until the real answer. */
static nanos relay_late_send(struct lab *l, struct dialogue *d, struct s6a_subject *s, uint16_t lane)
{
	struct answer real = d->answer;

	d->answer = (struct answer){ .kind = ANSWER_BASE, .code = 3002 };
	s->origin = &l->node[l->lane_node[lane][1]];
	answer_send(l, d, s, lane, 1);
	d->answer = real;
	d->step = 1;
	return 100 * NANOS_PER_MS + (nanos)(0.9e9 * chance_unit(&l->luck));
}

nanos dialogue_diameter_step(struct lab *l, struct dialogue *d)
{
	uint16_t lane = dialogue_lane(l, d), core = dialogue_core(l, d);
	bool is_to_edge = dialogue_edge(l, d) == d->client;
	struct s6a_subject subject = { .destination = &l->node[d->client] }, inner;
	nanos now = l->wire.now;

	subject.origin = &l->node[d->answer.is_by_agent ? l->lane_node[lane][1] : d->server];
	subject_fill(l, d, &subject);
	if (d->answer.effect == LAB_EFFECT_RELAY_LATE && d->step == 0)
		return relay_late_send(l, d, &subject, lane);
	if (core == NODE_NONE || d->answer.is_by_agent) {
		answer_send(l, d, &subject, lane, is_to_edge ? 1 : 0);
		return 0;
	}
	inner = subject;
	inner.hop = d->core_id;
	if (is_to_edge)
		answer_send(l, d, &inner, core, 0);
	else
		answer_send(l, d, &subject, lane, 0);
	l->wire.now += HOP_DELAY;
	if (is_to_edge)
		answer_send(l, d, &subject, lane, 1);
	else
		answer_send(l, d, &inner, core, 1);
	l->wire.now = now;
	return 0;
}
