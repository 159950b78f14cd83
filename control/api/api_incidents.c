/* SPDX-License-Identifier: BSD-3-Clause */
/* /api/v1/status and /api/v1/incidents, see api_routes.h. */
#include <stdlib.h>
#include <string.h>

#include "control/api/api.h"
#include "control/api/api_routes.h"
#include "control/board/alarm_list.h"

void api_status(void *board, struct exchange *x)
{
	board_write_status(board, x->out);
}

void api_incidents(void *board, struct exchange *x)
{
	const char *which = exchange_query(x, "state");

	board_write_incidents(board, which != NULL && strcmp(which, "open") == 0, x->out);
}

static void remarks_write(void *alarms, const char *id, FILE *out)
{
	alarm_list_write_remarks(alarms, id, out);
}

bool api_incident_write(const struct api_shown *shown, const char *id, FILE *out)
{
	return board_write_incident(shown->board, id, &(struct board_more){ remarks_write, shown->alarms }, out);
}

/* ID when `rest` is ID/WHAT; NULL when it is something else. The caller frees it. */
static char *id_before(const char *rest, const char *what)
{
	const char *slash = strrchr(rest, '/');

	return slash != NULL && strcmp(slash + 1, what) == 0 ? strndup(rest, (size_t)(slash - rest)) : NULL;
}

void api_incident(void *shown, struct exchange *x)
{
	char *id = id_before(x->rest, "report");

	if (id != NULL) {
		api_incident_report(shown, id, x);
		free(id);
		return;
	}
	if (!api_incident_write(shown, x->rest, x->out))
		exchange_refuse(x, 404, "there is no incident of that id; /api/v1/incidents lists them");
}
