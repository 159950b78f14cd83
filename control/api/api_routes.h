/* SPDX-License-Identifier: BSD-3-Clause */
/* The functions behind the routes of api.c that show the board. `board` is a struct board. */
#ifndef SIGCANARY_API_ROUTES_H
#define SIGCANARY_API_ROUTES_H

#include "control/api/server.h"
#include "control/board/board.h"

/* The files of the page; `self` is nothing. */
void api_page(void *self, struct exchange *x);

void api_status(void *board, struct exchange *x);
void api_incidents(void *board, struct exchange *x);
void api_incident(void *board, struct exchange *x);
/* Of one incident, as a page by itself. */
void api_incident_report(void *board, const char *id, struct exchange *x);
void api_segments(void *board, struct exchange *x);
void api_nodes(void *board, struct exchange *x);
void api_procedures(void *board, struct exchange *x);
void api_series(void *board, struct exchange *x);
void api_health(void *board, struct exchange *x);

/* `kept` is a struct kept_transactions. */
void api_transactions(void *kept, struct exchange *x);
void api_transaction(void *kept, struct exchange *x);

#endif
