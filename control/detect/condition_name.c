/* SPDX-License-Identifier: BSD-3-Clause */
/* The words and the order of conditions, and what sort of news they are, see conditions.h. Called by conditions.c, sinks and tests. */
#include "control/detect/conditions.h"

#define UNSEEN_MANY 8

const char *condition_kind_name(enum condition_kind kind)
{
	static const char *const names[CONDITION_KIND_COUNT] = {
		[CONDITION_ROUTE_DOWN] = "route-down",
		[CONDITION_ROUTE_CONGESTED] = "route-congested",
		[CONDITION_USER_DOWN] = "user-part-down",
		[CONDITION_SUBSYSTEM_DOWN] = "subsystem-down",
		[CONDITION_AS_DOWN] = "as-down",
		[CONDITION_SUBSYSTEM_CONGESTED] = "subsystem-congested",
		[CONDITION_PEER_DOWN] = "peer-down",
		[CONDITION_RESTART] = "restart",
		[CONDITION_BLIND] = "blind",
	};

	return (unsigned int)kind < CONDITION_KIND_COUNT ? names[kind] : "unknown";
}

int condition_compare(const void *a, const void *b)
{
	const struct condition *x = a;
	const struct condition *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->about != y->about)
		return x->about < y->about ? -1 : 1;
	return x->subsystem < y->subsystem ? -1 : x->subsystem > y->subsystem;
}

bool condition_is_of_state(enum condition_kind kind)
{
	return kind <= CONDITION_AS_DOWN;
}

bool condition_is_blindness(const struct condition *s)
{
	return s->notices >= 2 || s->unseen >= UNSEEN_MANY;
}
