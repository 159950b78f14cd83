/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The outlets of alarms: each receiver that the plan names has a thread and an outbox of its own, so that each fails alone.
 *
 * The store puts every announcement into the outboxes (store_alarm()); outlets_alarm() wakes the threads. A thread sends the oldest first,
 * waits 1, 2, 4 seconds and so on when the receiver is not there, and goes on where it stopped, also after a restart when the store has a
 * file. Each announcement arrives at least once, in order. What a receiver refuses for good is counted and given up.
 */
#ifndef SIGCANARY_OUTLETS_H
#define SIGCANARY_OUTLETS_H

#include "control/outlet/outlet.h"
#include "control/store/store.h"

#define OUTLETS_ERROR_MAX 512

struct outlets;

/*
 * Opens what the plan names and starts the threads; the store outlives it. NULL and a sentence when a receiver cannot be used: a file of
 * secrets that is not there, an address that is none, a library that this program was built without.
 */
struct outlets *outlets_open(const struct plan *plan, struct store *store, char error[OUTLETS_ERROR_MAX]);

/* Whether the receivers that a plan names could be used here; each that could not is a line on `out`. Touches nothing. */
bool outlets_check(const struct plan *plan, FILE *out);

/* The receivers of another plan instead; false and a sentence, and everything stays as it was. Control's thread. */
bool outlets_plan(struct outlets *o, const struct plan *plan, char error[OUTLETS_ERROR_MAX]);

/* Returns when nothing waits any more, or after so long. */
void outlets_wait(struct outlets *o, double seconds_most);

/* Lets threads send what waits, for at most so long, and ends them. Returns how many announcements still wait. */
uint64_t outlets_close(struct outlets *o, double seconds_most);

/* An audience's function, after store_alarm(). Control's thread. */
void outlets_alarm(void *outlets, const struct alarm *alarm);
/*
 * The same for what came into the outboxes by store_announce(), and for an incident that is open since before a restart: whether it is open
 * decides whether it is told again where open alarms are. Control's thread.
 */
void outlets_told(struct outlets *o, const char *incident, bool is_open);

/* How one outlet does. */
struct outlet_state {
	char name[OUTLET_NAME_MAX + 24]; /* "alertmanager/am1:9093" */
	uint64_t waiting, sent, failed;  /* failed: attempts that did not succeed */
	uint64_t refused, left_out;      /* given up: refused by the receiver, of mails by anybody; too many waited */
	bool is_failing;
	char last_error[OUTLET_ERROR_MAX]; /* "" when there was none */
};

/* At most `most` of them; how many there are. Any thread. */
size_t outlets_state(struct outlets *o, struct outlet_state *ret, size_t most);

/* The families of /metrics, see metrics_extend(). Any thread. */
void outlets_write_metrics(void *outlets, FILE *out);

#endif
