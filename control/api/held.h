/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests whose answer control has yet to make: their connections rest, so that the listener serves others meanwhile, and all of them are
 * asked again whenever control has dealt with something. Taken by the listeners' threads, woken by control's.
 */
#ifndef SIGCANARY_API_HELD_H
#define SIGCANARY_API_HELD_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

struct held;

/* Of one request; a part of it. */
struct held_one {
	struct MHD_Connection *connection;
	struct held_one *next;
	uint64_t seen;
};

struct held *held_new(void);
void held_free(struct held *h);

/* Before it is asked whether there is an answer: what is dealt with from now on is not slept over. */
void held_look(struct held *h, struct held_one *one);
/* There is none yet. MHD calls with the request again afterwards; false when nobody waits any longer. */
bool held_rest(struct held *h, struct held_one *one, struct MHD_Connection *connection);

void held_wake(struct held *h);
/* Nobody rests any longer; before the listeners are stopped. */
void held_end(struct held *h);

#endif
