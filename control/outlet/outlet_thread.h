/* SPDX-License-Identifier: BSD-3-Clause */
/* One outlet with its thread, as outlets.c makes it. */
#ifndef SIGCANARY_OUTLET_THREAD_H
#define SIGCANARY_OUTLET_THREAD_H

#include <pthread.h>

#include "control/outlet/outlets.h"
#include "control/store/outbox.h"

#define OUTLETS_OPEN_MAX 64

/* What all outlets share; under its lock. */
struct outlets_board {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* monotonic */
	uint64_t wakes;
	char open[OUTLETS_OPEN_MAX][STORE_INCIDENT_MAX]; /* incidents that are open, for who is told again */
	size_t open_count;
};

struct outlet {
	const struct outlet_driver *driver;
	void *receiver;     /* of the driver; the thread's */
	struct outbox *box; /* the thread's */
	struct outlet_context context;
	nanos resend; /* how often open incidents are told again; 0: never */
	nanos retry_most;
	struct outlets_board *board;
	pthread_t thread;
	bool has_thread;
	struct outlet *before; /* of the same name under an earlier plan; its thread ends first */
	/* under the board's lock */
	struct outlet_state state;
	bool ends, is_idle;
};

/* Starts the thread; false when there is none to be had. */
bool outlet_start(struct outlet *o);
/* Asks the thread to end. */
void outlet_end(struct outlet *o);
/* Waits for the end, and frees the outlet and those before it. Control's thread, or that of the outlet behind it. */
void outlet_free(struct outlet *o);

#endif
