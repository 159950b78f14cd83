/* SPDX-License-Identifier: BSD-3-Clause */
/* What a running probe answers over HTTP: the table of all routes, and the server behind it. */
#ifndef SIGCANARY_API_H
#define SIGCANARY_API_H

#include "control/api/metrics.h"
#include "control/api/server.h"
#include "control/board/alarm_list.h"
#include "control/board/board.h"
#include "control/evidence/evidence.h"
#include "control/board/transactions.h"

struct api;

/* What the routes show. */
struct api_shown {
	struct metrics *metrics;
	struct board *board;
	struct alarm_list *alarms;
	struct kept_transactions *transactions;
	struct evidence_keeper *evidence; /* NULL: none is kept */
	bool shows_identities;            /* in clear, to whoever may read */
	struct reload_desk *reload;       /* NULL: nothing is reloaded */
};

/* NULL and a sentence when it cannot be served. What is given outlives it. */
struct api *api_open(const struct plan *plan, const struct api_shown *shown, char error[SERVER_ERROR_MAX]);
void api_close(struct api *a);

/* Lets readers of events know that the connection lives; every second or so. Control's thread. */
void api_beat(struct api *a);

/* Something that a route waits for is done: see struct exchange. Control's thread. */
void api_wake(struct api *a);

/* One event to all who listen; data of one line. Control's thread. */
void api_publish(struct api *a, const char *name, const char *json);

/* After a reload; false and a sentence when the users cannot be read, and the old ones stay. */
bool api_plan(struct api *a, const struct plan *plan, char error[SERVER_ERROR_MAX]);

#endif
