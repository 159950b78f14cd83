/* SPDX-License-Identifier: BSD-3-Clause */
/* /api/v1/segments, nodes, procedures, series and health, see api_routes.h. Called on the listener's thread. */
#include "control/api/api_routes.h"

#define SPAN_DEFAULT_S 900
#define SPAN_MOST_S    86400

void api_segments(void *board, struct exchange *x)
{
	board_write_rows(board, BOARD_SEGMENTS, x->out);
}

void api_nodes(void *board, struct exchange *x)
{
	board_write_rows(board, BOARD_NODES, x->out);
}

void api_procedures(void *board, struct exchange *x)
{
	board_write_rows(board, BOARD_PROCEDURES, x->out);
}

void api_series(void *board, struct exchange *x)
{
	const char *of = exchange_query(x, "of");
	double span = exchange_number(x, "span", SPAN_DEFAULT_S, 1, SPAN_MOST_S);

	if (!board_write_series(board, of != NULL ? of : "all", exchange_query(x, "role"), span, x->out))
		exchange_refuse(x, 404,
				"nothing of that name has been seen; ask with of=all, segment:NAME, node:ID or procedure:NAME, as "
				"/api/v1/segments, nodes and procedures list them");
}

void api_health(void *board, struct exchange *x)
{
	board_write_health(board, x->out);
}
