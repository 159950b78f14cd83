/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * S6a requests and answers between MMEs and Diameter agents, where the tap is. Agents pass on identifiers and hosts unchanged as far as
 * the MME side shows; what an agent refuses itself (3002) carries the agent's own Origin-Host and the E bit.
 */
#include <stdio.h>

#include "lab/dialogue.h"
#include "lab/encode_diameter.h"

#define MESSAGE_MAX 2048

/* The end of the dialogue that is an MME, whose lane it is. */
static uint16_t dialogue_mme(const struct lab *l, const struct dialogue *d)
{
	return l->node[d->client].role == NODE_MME ? d->client : d->server;
}

static uint16_t dialogue_lane(const struct lab *l, const struct dialogue *d)
{
	return l->node[l->node[dialogue_mme(l, d)].via].lane[d->sls & 1];
}

static void subject_fill(const struct lab *l, const struct dialogue *d, struct s6a_subject *s)
{
	const struct subscriber *subscriber = &l->subscriber[d->subscriber];
	char imsi[24];

	subscriber_text(subscriber->imsi, imsi);
	snprintf(s->imsi, sizeof(s->imsi), "%.15s", imsi);
	s->msisdn = subscriber->msisdn;
	s->visited_plmn = l->node[dialogue_mme(l, d)].plmn;
	s->nonce = hash_words(&l->key, d->client_id, d->session);
	s->hop = d->server_id;
	s->end = d->client_id;
	snprintf(s->session, sizeof(s->session), "%s;1341900000;%u", l->node[d->client].host, d->session);
}

void dialogue_diameter_begin(struct lab *l, struct dialogue *d)
{
	uint8_t bytes[MESSAGE_MAX];
	struct pen p = { .bytes = bytes, .capacity = sizeof(bytes) };
	uint16_t lane = dialogue_lane(l, d);
	unsigned int side = l->node[d->client].role == NODE_MME ? 0 : 1;
	struct s6a_subject subject = { .origin = &l->node[d->client], .destination = &l->node[d->server] };

	d->client_id = l->node[d->client].transaction++;
	d->server_id = l->hop[lane][side]++;
	d->session = l->node[d->client].session++;
	subject_fill(l, d, &subject);
	/* First contact goes to the realm; a register knows its MME, an MME the register of a location it has updated (29.272 5.2). */
	if (d->procedure != PROCEDURE_AIR && d->procedure != PROCEDURE_ULR)
		subject.destination_host = l->node[d->server].host;
	encode_s6a_request(&p, d->procedure, &subject);
	lane_send(&l->lane[lane], side, (uint16_t)(1 + d->sls), &p);
}

nanos dialogue_diameter_step(struct lab *l, struct dialogue *d)
{
	uint8_t bytes[MESSAGE_MAX];
	struct pen p = { .bytes = bytes, .capacity = sizeof(bytes) };
	uint16_t lane = dialogue_lane(l, d);
	unsigned int side = l->node[d->client].role == NODE_MME ? 1 : 0;
	bool is_by_agent = d->answer.kind == ANSWER_BASE && d->answer.code == 3002;
	struct s6a_subject subject = { .destination = &l->node[d->client] };

	subject.origin = &l->node[is_by_agent ? l->lane_node[lane][1] : d->server];
	subject_fill(l, d, &subject);
	encode_s6a_answer(&p, d->procedure, &subject, &d->answer);
	lane_send(&l->lane[lane], side, (uint16_t)(1 + d->sls), &p);
	return 0;
}
