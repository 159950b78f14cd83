/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How much each direction of an association or connection acknowledges of the other. Once a second and direction this is told to the owner
 * of the pair, as it is that a direction brings data, and the owner sees whether what is acknowledged was ever shown (sights.h).
 * The two directions of an association may live on different workers, so that neither of them can tell. Owned by one worker.
 */
#ifndef SIGCANARY_WORKER_TRAFFIC_H
#define SIGCANARY_WORKER_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/nanos.h"

#define TRAFFIC_EVERY NANOS_PER_S

struct traffic_place {
	uint64_t key; /* of the direction; 0: free */
	nanos next;   /* when it is told again */
	nanos since;  /* everything up to `cumulative` less `acknowledged` was acknowledged by then */
	uint32_t cumulative;
	uint32_t acknowledged; /* since it was told last: chunks of SCTP, steps of TCP */
	bool has_cumulative;
};

struct traffic {
	struct traffic_place *places;
	size_t mask;
	uint64_t refused; /* packets of directions for which there was no place */
};

/* What one packet says. */
struct traffic_note {
	uint64_t key;
	nanos clock;
	uint32_t cumulative; /* what it acknowledges */
	uint32_t step_most;  /* a larger step is a new beginning and no acknowledgement */
	bool counts_steps;   /* and not how far they go: bytes are no chunks */
};

/* Room for `directions`; false without memory. Close also after a failure. */
bool traffic_open(struct traffic *t, size_t directions);
void traffic_close(struct traffic *t);

/* Takes a note; the place when something of it has to be told now. The caller then forgets what is told with traffic_told(). */
struct traffic_place *traffic_take(struct traffic *t, const struct traffic_note *n);
void traffic_told(struct traffic_place *p, nanos clock);

#endif
