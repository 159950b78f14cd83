/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Life of a transaction: taken from a pool, judged at its start, stepped by events, ended towards the phone or the dialogue that waits
 * for it. The client gives up after the procedure's time (TS 29.002 17.1.2; TS 24.008 11.2 for phones); an answer may still come.
 *
 * What the messages look like is in dialogue_map.c and dialogue_diameter.c.
 */
#include "lab/dialogue.h"

#include <stdio.h>
#include <stdlib.h>

#include "lab/fault.h"
#include "lab/load.h"
#include "lab/phone.h"
#include "lab/truth.h"

#define ANSWER_MEDIAN_S  0.060
#define ANSWER_SIGMA     0.7
#define ANSWER_LONGEST_S 4.0
#define LATE_S           20.0
#define RELAY_TIMER_S    2.0

void subscriber_text(uint64_t number, char text[24])
{
	snprintf(text, 24, "%llu", (unsigned long long)number);
}

bool dialogue_pool(struct lab *l, uint32_t capacity)
{
	l->dialogue = calloc(capacity, sizeof(*l->dialogue));
	l->dialogue_capacity = capacity;
	if (l->dialogue == NULL)
		return false;
	for (uint32_t i = 0; i < capacity; i++)
		l->dialogue[i].parent = i + 1 < capacity ? i + 1 : DIALOGUE_NONE;
	return true;
}

static nanos answer_delay(struct lab *l, const struct dialogue *d)
{
	double s = chance_lognormal(&l->chance, ANSWER_MEDIAN_S, ANSWER_SIGMA);

	s = s > ANSWER_LONGEST_S ? ANSWER_LONGEST_S : s < 0.002 ? 0.002 : s;
	s = load_delay(l, d, s);
	if (d->answer.is_late)
		s += LATE_S;
	if (d->answer.effect == LAB_EFFECT_RELAY_LATE)
		s = RELAY_TIMER_S;
	/* Returned messages and refusals by an agent do not wait for a register. */
	if (d->answer.kind == ANSWER_RETURNED || d->answer.is_by_agent)
		s = 0.004;
	return (nanos)(s * 1e9);
}

static void dialogue_free(struct lab *l, uint32_t index)
{
	struct dialogue *d = &l->dialogue[index];

	d->is_used = false;
	d->parent = l->dialogue_free;
	l->dialogue_free = index;
}

/* Chooses the relay; false when there is none to be had. The lowest bit of the SLS is that of the client, see struct dialogue. */
static bool relay_choose(struct lab *l, struct dialogue *d, const struct dialogue_wish *wish)
{
	uint16_t relay;

	d->sls = (uint8_t)chance_below(&l->chance, 16);
	if (wish->relay != 0)
		d->sls = (uint8_t)((d->sls & 14) | (wish->relay - 1));
	if (lab_procedure_rows[d->procedure].context != 0)
		return true;
	relay = world_relay(l, l->node[dialogue_edge(l, d)].via, d->sls & 1);
	d->sls = (uint8_t)((d->sls & 14) | (relay & 1));
	return relay != NODE_NONE;
}

/* When it will be answered, and when its client no longer waits. */
static void dialogue_plan(struct lab *l, uint32_t index)
{
	struct dialogue *d = &l->dialogue[index];
	nanos give_up = lab_procedure_rows[d->procedure].give_up_s * NANOS_PER_S;

	if (d->answer.kind != ANSWER_SILENCE) {
		nanos delay = answer_delay(l, d);

		d->answer.is_late |= delay > give_up;
		lab_plan(l, delay, (struct event){ .kind = EVENT_STEP, .a = index, .b = d->generation });
	}
	if (d->answer.kind == ANSWER_SILENCE || d->answer.is_late)
		lab_plan(l, give_up, (struct event){ .kind = EVENT_GIVE_UP, .a = index, .b = d->generation });
}

void dialogue_start(struct lab *l, const struct dialogue_wish *wish)
{
	uint32_t index = l->dialogue_free, generation;
	struct dialogue *d;

	if (index == DIALOGUE_NONE) {
		l->truth.dialogues_refused++;
		return;
	}
	d = &l->dialogue[index];
	l->dialogue_free = d->parent;
	generation = d->generation + 1;
	*d = (struct dialogue){ .is_used = true, .is_awaited = true, .generation = generation, .procedure = (uint8_t)wish->procedure };
	d->client = wish->client;
	d->server = wish->server;
	d->subscriber = wish->subscriber;
	d->life = wish->life;
	d->parent = wish->parent;
	d->parent_generation = wish->parent == DIALOGUE_NONE ? 0 : l->dialogue[wish->parent].generation;
	d->is_second = wish->is_second;
	d->start = lab_now(l);
	if (!relay_choose(l, d, wish)) {
		/* There is no way to ask: nothing is sent, and whoever wants to know waits in vain. */
		d->answer.kind = ANSWER_SILENCE;
		dialogue_plan(l, index);
		return;
	}
	d->answer = fault_judge(l, d);
	/* Nobody answers a restart, and nobody knows what to do with a poisonous message. */
	if (d->procedure == PROCEDURE_RESET || d->procedure == PROCEDURE_ATI)
		d->answer = (struct answer){ .kind = ANSWER_SILENCE };
	truth_request(l, d);
	if (lab_procedure_rows[d->procedure].context != 0)
		dialogue_map_begin(l, d);
	else
		dialogue_diameter_begin(l, d);
	dialogue_plan(l, index);
}

/* Tells whoever waits. A child's failure is the parent's. */
static void dialogue_tell(struct lab *l, struct dialogue *d)
{
	if (!d->is_awaited)
		return;
	d->is_awaited = false;
	if (d->parent != DIALOGUE_NONE) {
		struct dialogue *parent = &l->dialogue[d->parent];

		if (!parent->is_used || parent->generation != d->parent_generation)
			return;
		if (d->answer.kind != ANSWER_SUCCESS)
			parent->answer = (struct answer){ .kind = ANSWER_ERROR, .code = 27 };
		lab_plan(l, 3 * NANOS_PER_MS, (struct event){ .kind = EVENT_STEP, .a = d->parent, .b = d->parent_generation });
		return;
	}
	phone_answered(l, d);
}

/* For the client it has ended with the word of the relay. */
static void relay_gives_up(struct lab *l, struct dialogue *d)
{
	struct answer answer = d->answer;

	d->answer.kind = ANSWER_BASE;
	d->answer.code = 3002;
	dialogue_tell(l, d);
	d->answer = answer;
	d->answer.is_late = true;
}

/* The same request by way of the other relay; whoever waits, waits for that one. */
static void dialogue_again(struct lab *l, struct dialogue *d)
{
	struct dialogue_wish wish = { .procedure = d->procedure, .client = d->client, .server = d->server, .subscriber = d->subscriber };

	wish.life = d->life;
	wish.parent = d->parent;
	wish.relay = (uint8_t)(2 - (d->sls & 1));
	wish.is_second = true;
	d->is_awaited = false;
	dialogue_start(l, &wish);
}

void dialogue_step(struct lab *l, uint32_t index, uint32_t generation)
{
	struct dialogue *d = &l->dialogue[index];
	nanos delay;

	if (!d->is_used || d->generation != generation)
		return;
	delay = lab_procedure_rows[d->procedure].context != 0 ? dialogue_map_step(l, index) : dialogue_diameter_step(l, d);
	if (delay > 0 && d->answer.effect == LAB_EFFECT_RELAY_LATE)
		relay_gives_up(l, d);
	if (delay > 0)
		lab_plan(l, delay, (struct event){ .kind = EVENT_STEP, .a = index, .b = generation });
	if (delay != 0)
		return;
	truth_outcome(l, d);
	if (d->answer.is_tried_again)
		dialogue_again(l, d);
	/* Freed last, so that what it starts cannot take its place before everybody was told. */
	dialogue_tell(l, d);
	dialogue_free(l, index);
}

void dialogue_give_up(struct lab *l, uint32_t index, uint32_t generation)
{
	struct dialogue *d = &l->dialogue[index];
	struct answer answer;

	if (!d->is_used || d->generation != generation)
		return;
	answer = d->answer;
	d->answer.kind = ANSWER_SILENCE;
	dialogue_tell(l, d);
	d->answer = answer;
	if (answer.kind == ANSWER_SILENCE)
		dialogue_free(l, index);
}
