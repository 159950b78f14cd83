/* SPDX-License-Identifier: BSD-3-Clause */
/* /api/v1/status and /api/v1/incidents, see api_routes.h. */
#include <stdlib.h>
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

/* ID when `rest` is ID/WHAT; NULL when it is something else. The caller frees it. */
static char *id_before(const char *rest, const char *what)
{
	const char *slash = strrchr(rest, '/');

	return slash != NULL && strcmp(slash + 1, what) == 0 ? strndup(rest, (size_t)(slash - rest)) : NULL;
}

void api_incident(void *board, struct exchange *x)
{
	char *id = id_before(x->rest, "report");

	if (id != NULL) {
		api_incident_report(board, id, x);
		free(id);
		return;
	}
	if (!board_write_incident(board, x->rest, x->out))
		exchange_refuse(x, 404, "there is no incident of that id; /api/v1/incidents lists them");
}
