/* SPDX-License-Identifier: BSD-3-Clause */
/* Appointments of streams, as bits by tick modulo 64; see appointment.h. Called by detect.c only. */
#include "control/detect/appointment.h"

#include <stdlib.h>
#include <string.h>

#define TURNS 64

struct entry {
	uint64_t due;    /* bit k: in the tick that is k modulo TURNS */
	int64_t touched; /* tick in which the stream was looked at last */
};

struct appointments {
	struct entry *entry;
	uint32_t *open, *next; /* of this tick and of the coming one */
	size_t limit, open_count, next_count;
};

struct appointments *appointments_new(size_t limit)
{
	struct appointments *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->limit = limit;
	a->entry = calloc(limit, sizeof(*a->entry));
	a->open = calloc(limit, sizeof(*a->open));
	a->next = calloc(limit, sizeof(*a->next));
	if (a->entry == NULL || a->open == NULL || a->next == NULL) {
		appointments_free(a);
		return NULL;
	}
	return a;
}

void appointments_free(struct appointments *a)
{
	if (a == NULL)
		return;
	free(a->entry);
	free(a->open);
	free(a->next);
	free(a);
}

void appointments_clear(struct appointments *a)
{
	memset(a->entry, 0, a->limit * sizeof(*a->entry));
	a->open_count = a->next_count = 0;
}

void appointments_cancel(struct appointments *a, uint32_t stream)
{
	a->entry[stream].due = 0;
}

static unsigned int turn_of(int64_t now)
{
	return (unsigned int)now % TURNS;
}

void appointments_make(struct appointments *a, uint32_t stream, int64_t now, uint64_t due, bool is_empty)
{
	struct entry *e = &a->entry[stream];
	unsigned int turn = turn_of(now);
	uint64_t before = is_empty ? 0 : e->due & ~(UINT64_C(1) << turn);

	e->due = before | due << turn | (turn > 0 ? due >> (TURNS - turn) : 0);
	e->touched = now;
	a->next[a->next_count++] = stream;
}

const uint32_t *appointments_open(const struct appointments *a, size_t *ret_count)
{
	*ret_count = a->open_count;
	return a->open;
}

bool appointments_are_open(const struct appointments *a)
{
	return a->open_count > 0;
}

bool appointments_is_due(const struct appointments *a, uint32_t stream, int64_t now)
{
	return a->entry[stream].due >> turn_of(now) & 1;
}

enum appointment appointments_ask(struct appointments *a, uint32_t stream, int64_t now)
{
	if (a->entry[stream].touched == now)
		return APPOINTMENT_KEPT;
	if (appointments_is_due(a, stream, now))
		return APPOINTMENT_NOW;
	if (a->entry[stream].due == 0)
		return APPOINTMENT_NONE;
	a->next[a->next_count++] = stream;
	return APPOINTMENT_LATER;
}

void appointments_turn(struct appointments *a)
{
	uint32_t *swap = a->open;

	a->open = a->next;
	a->open_count = a->next_count;
	a->next = swap;
	a->next_count = 0;
}
