/* SPDX-License-Identifier: BSD-3-Clause */
/* /api/v1/status and /api/v1/incidents, see api_routes.h. */
#include <string.h>

#include "control/api/api_routes.h"

void api_status(void *board, struct exchange *x)
{
	board_write_status(board, x->out);
}

void api_incidents(void *board, struct exchange *x)
{
	const char *which = exchange_query(x, "state");

	board_write_incidents(board, which != NULL && strcmp(which, "open") == 0, x->out);
}

void api_incident(void *board, struct exchange *x)
{
	if (!board_write_incident(board, x->rest, x->out))
		exchange_refuse(x, 404, "there is no incident of that id; /api/v1/incidents lists them");
}
