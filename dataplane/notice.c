/* SPDX-License-Identifier: BSD-3-Clause */
/* The words of notices, see notice.h. Called by sinks. */
#include "dataplane/notice.h"

#include <stddef.h>

static const char *const names[NOTICE_KIND_COUNT] = {
	[NOTICE_NONE] = "none",
	[NOTICE_ROUTE_UNAVAILABLE] = "route-unavailable",
	[NOTICE_ROUTE_AVAILABLE] = "route-available",
	[NOTICE_ROUTE_RESTRICTED] = "route-restricted",
	[NOTICE_ROUTE_CONGESTED] = "route-congested",
	[NOTICE_USER_UNAVAILABLE] = "user-part-unavailable",
	[NOTICE_SUBSYSTEM_PROHIBITED] = "subsystem-prohibited",
	[NOTICE_SUBSYSTEM_ALLOWED] = "subsystem-allowed",
	[NOTICE_SUBSYSTEM_CONGESTED] = "subsystem-congested",
	[NOTICE_ASP_DOWN] = "asp-down",
	[NOTICE_ASP_UP] = "asp-up",
	[NOTICE_AS_PENDING] = "as-pending",
	[NOTICE_AS_INACTIVE] = "as-inactive",
	[NOTICE_AS_ACTIVE] = "as-active",
	[NOTICE_ASSOCIATION_ABORTED] = "association-aborted",
	[NOTICE_ASSOCIATION_CLOSED] = "association-closed",
	[NOTICE_ASSOCIATION_OPENED] = "association-opened",
	[NOTICE_PEER_CLOSING] = "peer-closing",
	[NOTICE_PEER_CONNECTED] = "peer-connected",
	[NOTICE_PEER_RESTARTED] = "peer-restarted",
	[NOTICE_NODE_RESET] = "node-reset",
	[NOTICE_UNSEEN] = "unseen",
};

const char *notice_kind_name(enum notice_kind kind)
{
	return (unsigned int)kind < NOTICE_KIND_COUNT ? names[kind] : names[NOTICE_NONE];
}
