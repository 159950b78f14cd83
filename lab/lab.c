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
#include "lab/fault.h"
#include "lab/happen.h"
#include "lab/link.h"
#include "lab/load.h"
#include "lab/phone.h"
#include "lab/scenario.h"
#include "lab/world.h"

#define OPENING_SPACING (8 * NANOS_PER_MS)

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
		nanos keepalive = (nanos)(LINK_KEEPALIVE_S * 1e9 * chance_unit(&l->chance));

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
	l->scenario = scenario_find(l->options.scenario);
	l->owner_mean_s = phone_owner_mean_s(l);
	chance_seed(&l->chance, options->seed);
	chance_seed(&l->luck, options->seed ^ UINT64_C(0x6c75636b));
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
	if (!load_prepare(l))
		return open_failed(l, ENOMEM);
	happen_plan(l);
	*error = '\0';
	return l;
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
		link_open(l, e->a);
		break;
	case EVENT_ACK:
		lane_acknowledge(&l->lane[e->a], e->b);
		break;
	case EVENT_KEEPALIVE:
		link_keepalive(l, e->a, e->b);
		break;
	case EVENT_ANSWER:
		link_answer(l, e);
		break;
	case EVENT_FLUSH:
		lane_flush(&l->lane[e->a], e->b);
		break;
	case EVENT_EXTRA:
		load_arrival(l, e->a);
		break;
	case EVENT_HAPPENING:
		happen(l, e);
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
	load_free(l);
	wire_free(&l->wire);
	agenda_free(&l->agenda);
	free(l->subscriber);
	free(l->dialogue);
	free(l);
}
