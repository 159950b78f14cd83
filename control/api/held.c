/* SPDX-License-Identifier: BSD-3-Clause */
/* See held.h. */
#include "control/api/held.h"

#include <pthread.h>
#include <stdlib.h>

struct held {
	pthread_mutex_t lock;
	struct held_one *first;
	uint64_t wakes;
	bool is_over;
};

struct held *held_new(void)
{
	struct held *h = calloc(1, sizeof(*h));

	if (h != NULL)
		pthread_mutex_init(&h->lock, NULL);
	return h;
}

void held_free(struct held *h)
{
	if (h == NULL)
		return;
	pthread_mutex_destroy(&h->lock);
	free(h);
}

void held_look(struct held *h, struct held_one *one)
{
	pthread_mutex_lock(&h->lock);
	one->seen = h->wakes;
	pthread_mutex_unlock(&h->lock);
}

bool held_rest(struct held *h, struct held_one *one, struct MHD_Connection *connection)
{
	bool rests;

	pthread_mutex_lock(&h->lock);
	rests = !h->is_over;
	if (rests) {
		MHD_suspend_connection(connection);
		if (one->seen != h->wakes) {
			MHD_resume_connection(connection);
		} else {
			one->connection = connection;
			one->next = h->first;
			h->first = one;
		}
	}
	pthread_mutex_unlock(&h->lock);
	return rests;
}

/* Under the lock. A request is not over while it rests, so all in the list are there. */
static void wake_all(struct held *h)
{
	struct held_one *next;

	for (struct held_one *one = h->first; one != NULL; one = next) {
		/* It may be gone as soon as it does not rest. */
		next = one->next;
		MHD_resume_connection(one->connection);
	}
	h->first = NULL;
	h->wakes++;
}

void held_wake(struct held *h)
{
	pthread_mutex_lock(&h->lock);
	wake_all(h);
	pthread_mutex_unlock(&h->lock);
}

void held_end(struct held *h)
{
	if (h == NULL)
		return;
	pthread_mutex_lock(&h->lock);
	h->is_over = true;
	wake_all(h);
	pthread_mutex_unlock(&h->lock);
}
