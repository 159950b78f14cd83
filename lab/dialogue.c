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
#include "lab/phone.h"
#include "lab/truth.h"

#define ANSWER_MEDIAN_S  0.060
#define ANSWER_SIGMA     0.7
#define ANSWER_LONGEST_S 4.0
#define LATE_S           20.0

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
	if (d->answer.is_late)
		s += LATE_S;
	/* Returned messages and refusals by an agent do not wait for a register. */
	if (d->answer.kind == ANSWER_RETURNED || (d->answer.kind == ANSWER_BASE && d->answer.code == 3002))
		s = 0.004;
	return (nanos)(s * 1e9);
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
	d->sls = (uint8_t)chance_below(&l->chance, 16);
	d->start = lab_now(l);
	d->answer = fault_judge(l, d);
	truth_request(l, d);
	if (lab_procedure_rows[d->procedure].context != 0)
		dialogue_map_begin(l, d);
	else
		dialogue_diameter_begin(l, d);
	if (d->answer.kind != ANSWER_SILENCE)
		lab_plan(l, answer_delay(l, d), (struct event){ .kind = EVENT_STEP, .a = index, .b = generation });
	if (d->answer.kind == ANSWER_SILENCE || d->answer.is_late)
		lab_plan(l, lab_procedure_rows[d->procedure].give_up_s * NANOS_PER_S,
			 (struct event){ .kind = EVENT_GIVE_UP, .a = index, .b = generation });
}

static void dialogue_free(struct lab *l, uint32_t index)
{
	struct dialogue *d = &l->dialogue[index];

	d->is_used = false;
	d->parent = l->dialogue_free;
	l->dialogue_free = index;
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

void dialogue_step(struct lab *l, uint32_t index, uint32_t generation)
{
	struct dialogue *d = &l->dialogue[index];
	nanos delay;

	if (!d->is_used || d->generation != generation)
		return;
	delay = lab_procedure_rows[d->procedure].context != 0 ? dialogue_map_step(l, index) : dialogue_diameter_step(l, d);
	if (delay > 0)
		lab_plan(l, delay, (struct event){ .kind = EVENT_STEP, .a = index, .b = generation });
	if (delay != 0)
		return;
	truth_outcome(l, d);
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
