/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the network says of itself (notice.h), kept as states: which route, subsystem, server process, peer is down since when, who says
 * so, and whether it is over; which register has restarted; which direction the probe does not see.
 *
 * One state per (kind, about): however many nodes say the same and however often, it is one condition. States begin and end by notices, and
 * for peers also by watchdogs that nobody answers any more, and by answers that come again. What is usual in a network (a route that comes
 * and goes every minute) is marked as such and remembered. Pure function of the sequence of outcomes and tallies; bounded; owned by
 * control.
 */
#ifndef SIGCANARY_DETECT_CONDITIONS_H
#define SIGCANARY_DETECT_CONDITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/node.h"
#include "dataplane/outcome.h"
#include "dataplane/tally.h"

enum condition_kind {
	CONDITION_ROUTE_DOWN,      /* about: point code that cannot be reached; said by who routes */
	CONDITION_ROUTE_CONGESTED, /* about: point code; level: as congested as was said last. Also routes that are only restricted: level 0
				    */
	CONDITION_USER_DOWN,       /* about: point code whose user part (SCCP, ...) does not answer */
	CONDITION_SUBSYSTEM_DOWN,  /* about: point code; subsystem: its number */
	CONDITION_SUBSYSTEM_CONGESTED, /* the same, and level */
	CONDITION_AS_DOWN,             /* about: an application server's address; no process of it serves, or it said it stops */
	CONDITION_PEER_DOWN,           /* about: host or address whose connections have ended, or whose watchdogs go unanswered */
	CONDITION_RESTART,             /* about: register or peer that lost its data. Ends by itself after CONDITION_RESTART_LASTS */
	CONDITION_BLIND, /* about: address that is heard of but never seen sending, see `unseen`; or the tap, where nobody is */
	CONDITION_KIND_COUNT
};

#define CONDITIONS_MAX           4096
#define CONDITION_RESTART_LASTS  (60 * NANOS_PER_S)
#define CONDITION_ENDED_KEPT     (60 * NANOS_PER_S)  /* an ended one stays in the list for this long */
#define CONDITION_FLAPPING_COUNT 3                   /* begun this often ... */
#define CONDITION_FLAPPING_TIME  (600 * NANOS_PER_S) /* ... within this time: it flaps, and has ended only when it stays ended */

struct condition {
	uint8_t kind;      /* enum condition_kind */
	uint8_t level;     /* of congestion */
	uint8_t subsystem; /* 0: none */
	bool is_new;       /* it began, or began again after it had ended, in this tick */
	bool is_over;      /* it has ended; else it lasts */
	bool is_usual;     /* this network says so all the time, or said so already when the probe began: no news */
	bool is_flapping;
	bool is_announced; /* PEER_DOWN: it said good-bye (DPR, SHUTDOWN, ASPDN) and did not just vanish */
	node about;
	node address;        /* of `about` where both are known, else 0 */
	node said_by;        /* the first who said so; other end of the connection; 0 for what the probe found out itself */
	uint32_t sayers;     /* distinct ones since it began, up to 8 */
	uint32_t notices;    /* since it began */
	uint32_t beginnings; /* within CONDITION_FLAPPING_TIME, this one included */
	uint32_t answers;    /* PEER_DOWN: answered requests that went to `about` since it began: it serves in spite of it */
	nanos since;         /* the clock of frames */
	nanos last;          /* of the last notice of it */
	nanos ended;         /* 0 while it lasts */
	uint64_t unseen;     /* BLIND: chunks and segments of `about` that were acknowledged and never seen, since it began */
};

/* "route-down", "peer-down", ... */
const char *condition_kind_name(enum condition_kind kind);

/* Order of a list of conditions, for qsort. */
int condition_compare(const void *a, const void *b);
/* A report of what is so, and not of what has just become so. */
bool condition_is_of_state(enum condition_kind kind);
/* One report that something was not seen may be of a packet that went another way. */
bool condition_is_blindness(const struct condition *s);

struct conditions;

/* NULL when there is no memory. */
struct conditions *conditions_new(void);
void conditions_free(struct conditions *c);

/* What was so before a restart: it lasts until it is said to be over, or until nobody has said it again for some minutes. Before all else.
 */
void conditions_recall(struct conditions *c, const struct condition *known);

/* Every outcome, of any event, in order of its clock, before the tick it belongs to. */
void conditions_outcome(struct conditions *c, const struct outcome *outcome);

/* The probe sees no packet at all since then, although many should have come. It lasts until a tick has packets. Before that tick. */
void conditions_dark(struct conditions *c, nanos since, nanos now);

/*
 * The conditions at the end of a tick: those that last, and those that ended within CONDITION_ENDED_KEPT; ascending by kind, about and
 * subsystem. Valid until the next call. A step of time of more than a minute backwards or an hour ahead forgets all.
 */
const struct condition *conditions_tick(struct conditions *c, const struct tally *tally, size_t *ret_count);

/* Whether a direction that the probe does not see could explain that `n` does not answer: `n` is blind, or its address is. */
bool conditions_is_blind(const struct conditions *c, node n);

/* Conditions that found no room. */
uint64_t conditions_refused(const struct conditions *c);

#endif
