/* SPDX-License-Identifier: BSD-3-Clause */
/* What happens next: a heap of events ordered by time and, at the same time, by the order in which they were planned. */
#ifndef SIGCANARY_LAB_AGENDA_H
#define SIGCANARY_LAB_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/nanos.h"

enum event_kind {
	EVENT_ARRIVAL,   /* somebody attempts something */
	EVENT_PHONE,     /* subscriber a, domain b & 255, life b >> 8: a retry timer or a power cycle */
	EVENT_STEP,      /* dialogue a of generation b goes on */
	EVENT_GIVE_UP,   /* the phone behind dialogue a of generation b stops waiting */
	EVENT_LINK_OPEN, /* link a */
	EVENT_ACK,       /* link a, side b acknowledges */
	EVENT_KEEPALIVE, /* link a, side b: HEARTBEAT or DWR */
	EVENT_ANSWER,    /* link a, side b answers a keepalive; c is what it echoes */
	EVENT_FLUSH,     /* link a, side b sends what it gathered */
	EVENT_EXTRA,     /* somebody attempts what fault a adds to the usual */
	EVENT_HAPPENING, /* event a of the scenario; b and c are its own */
};

struct event {
	nanos time;
	uint64_t order;
	enum event_kind kind;
	uint32_t a, b, c;
};

struct agenda {
	struct event *events;
	size_t count, capacity;
	uint64_t planned;
	uint64_t refused; /* when full, the newest is refused */
};

bool agenda_new(struct agenda *a, size_t capacity);
void agenda_free(struct agenda *a);

/* Plans an event; its order is filled in. */
void agenda_plan(struct agenda *a, struct event e);

/* The earliest event and its removal; false when there is none. */
bool agenda_take(struct agenda *a, struct event *ret);

#endif
