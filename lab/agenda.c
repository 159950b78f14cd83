/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A binary heap of events in memory taken once. Events of equal time come in the order they were planned, so that a run repeats
 * byte for byte. When the heap is full the newest is refused and counted; the size is chosen so that this does not happen.
 */
#include "lab/agenda.h"

#include <stdlib.h>

bool agenda_new(struct agenda *a, size_t capacity)
{
	*a = (struct agenda){ .events = calloc(capacity, sizeof(*a->events)), .capacity = capacity };
	return a->events != NULL;
}

void agenda_free(struct agenda *a)
{
	free(a->events);
	a->events = NULL;
}

static bool event_is_before(const struct event *x, const struct event *y)
{
	return x->time != y->time ? x->time < y->time : x->order < y->order;
}

void agenda_plan(struct agenda *a, struct event e)
{
	size_t at = a->count;

	if (a->count == a->capacity) {
		a->refused++;
		return;
	}
	e.order = a->planned++;
	a->count++;
	while (at > 0 && event_is_before(&e, &a->events[(at - 1) / 2])) {
		a->events[at] = a->events[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	a->events[at] = e;
}

bool agenda_take(struct agenda *a, struct event *ret)
{
	struct event last;
	size_t at = 0;

	if (a->count == 0)
		return false;
	*ret = a->events[0];
	last = a->events[--a->count];
	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= a->count)
			break;
		if (child + 1 < a->count && event_is_before(&a->events[child + 1], &a->events[child]))
			child++;
		if (!event_is_before(&a->events[child], &last))
			break;
		a->events[at] = a->events[child];
		at = child;
	}
	a->events[at] = last;
	return true;
}
