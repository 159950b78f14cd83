/* SPDX-License-Identifier: BSD-3-Clause */
/* A live probe over a restart: what the store knows of before is taken up, and what is open now is kept there. Control's thread. */
#ifndef SIGCANARY_COMMAND_RESUME_H
#define SIGCANARY_COMMAND_RESUME_H

#include "control/board/alarm_list.h"
#include "control/board/board.h"
#include "control/outlet/outlets.h"
#include "control/store/store.h"
#include "control/tick/engine.h"

/* An incident that cannot be gone on with. */
struct resume_left {
	char *id, *line; /* its newest announcement; NULL: none is known */
	enum incident_severity worst;
};

#define RESUME_LEFT_MAX 64

struct resume {
	struct engine *engine;
	struct store *store;
	struct board *board;
	struct alarm_list *alarms;
	struct outlets *outlets;
	nanos written; /* of the traffic's time */
	/* what was found */
	size_t continued, given_up;
	struct resume_left left[RESUME_LEFT_MAX]; /* the first of those given up, while the store is read */
};

/*
 * Takes up the open incidents of the store and shows all that it remembers on the board, before the first tick; says on standard error what
 * it goes on with. From then on the store is kept up to date.
 */
void resume_start(struct resume *r);

/* Keeps what is known of open incidents here and now: at the end. */
void resume_keep(const struct resume *r);

/* An audience's function, after the board's. */
void resume_tick(void *resume, const struct tally *tally, const struct detector *detector);

#endif
