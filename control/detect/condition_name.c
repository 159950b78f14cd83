/* SPDX-License-Identifier: BSD-3-Clause */
/* The words of conditions, see conditions.h. Called by sinks and tests. */
#include "control/detect/conditions.h"

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
