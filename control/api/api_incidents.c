/* SPDX-License-Identifier: BSD-3-Clause */
/* /api/v1/status and /api/v1/incidents, see api_routes.h. */
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

void api_incident(void *shown, struct exchange *x)
{
	const struct api_shown *s = shown;

	if (!board_write_incident(s->board, x->rest, &(struct board_more){ remarks_write, s->alarms }, x->out))
		exchange_refuse(x, 404, "there is no incident of that id; /api/v1/incidents lists them");
}
