/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How late a running probe tells what happens. It is late when the detector has not come to ticks that wait, when frames wait long before
 * their worker takes them, and when a worker seals nothing while the others go on. Owned by control.
 */
#ifndef SIGCANARY_COMMAND_LAG_H
#define SIGCANARY_COMMAND_LAG_H

#include <stdbool.h>

#include "dataplane/base/nanos.h"
#include "dataplane/worker/worker.h"

struct lag_worker {
	unsigned int pages;
	double sealed_s; /* when a page more was seen last */
};

struct lag {
	struct lag_worker workers[WORKERS_MAX];
	double least; /* seconds since the start less the time of frames that is judged: as small as it was, but see lag.c */
	double seen_s;
	nanos judged;
};

struct lag_sight {
	double seconds;            /* since the start, however the clock of the machine is set */
	nanos judged;              /* until when ticks are judged, by the clock of frames; 0: none is */
	nanos tick;                /* length of one */
	const unsigned int *pages; /* [worker_count] that each has sealed so far; 0: it has never had a frame, and no time */
	unsigned int worker_count;
};

/* Seconds behind. `l` is all zeros at the start. */
double lag_see(struct lag *l, const struct lag_sight *sight);

#endif
