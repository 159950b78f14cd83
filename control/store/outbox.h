/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What waits for one outlet, in the order in which it was announced. Owned by the outlet's thread, with a connection of its own, so that
 * an outlet that hangs holds up nobody. What is taken stays until it is done: a probe that is killed meanwhile sends it again.
 */
#ifndef SIGCANARY_STORE_OUTBOX_H
#define SIGCANARY_STORE_OUTBOX_H

#include "control/store/store.h"

struct outbox;

struct outbox_row {
	int64_t number;
	bool is_in_memory; /* else in the store's file */
	char incident[STORE_INCIDENT_MAX];
	nanos time;
	char *json; /* the line; of the row's owner, see outbox_row_free() */
};

/* NULL and a sentence. The store outlives it. */
struct outbox *outbox_open(const struct store *s, const char *outlet, char error[STORE_ERROR_MAX]);
void outbox_close(struct outbox *b);

/* The oldest row; false when nothing waits, or the tables cannot be read now. */
bool outbox_take(struct outbox *b, struct outbox_row *ret);
void outbox_row_free(struct outbox_row *row);

/*
 * It has arrived, or is given up, and is not taken again. False when the tables do not let go of it now: they are asked again with the next
 * one and at the end, and after a restart it would be sent again.
 */
bool outbox_done(struct outbox *b, const struct outbox_row *row);
/* It has not arrived; is tried again at `next` (epoch). For people who look: the outlet itself keeps the time. */
void outbox_failed(struct outbox *b, const struct outbox_row *row, nanos next);

uint64_t outbox_waiting(struct outbox *b);

/* The newest line of an incident, that the caller frees; NULL when there is none. */
char *outbox_newest(struct outbox *b, const char *incident);
/* The lines of an incident before `time`, oldest first; valid only during the call. */
void outbox_earlier(struct outbox *b, const char *incident, nanos time, void (*take)(void *self, const char *json), void *self);

#endif
