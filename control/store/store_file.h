/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One connection to the tables, and what the store and its outboxes share. A file has a connection per thread and needs no lock; tables
 * in memory have one connection for all, behind a lock.
 */
#ifndef SIGCANARY_STORE_FILE_H
#define SIGCANARY_STORE_FILE_H

#include <pthread.h>
#include <sqlite3.h>

#include "control/store/store.h"

/* So long a connection waits for another one that writes. */
#define STORE_BUSY_MS     1000
#define STORE_BUSY_ILL_MS 20

struct store_file {
	sqlite3 *file;
	pthread_mutex_t *lock; /* NULL: this thread's own connection */
};

/* What an outbox needs of its store: where the tables are, and those in memory, which outlive it. */
struct store_places {
	const char *path; /* NULL: there is no file */
	const struct store_file *memory;
};
struct store_places store_places(const struct store *s);

/* Opens the connection and makes or mends the tables; false and a sentence. NULL path: in memory. */
bool store_file_open(const char *path, sqlite3 **ret, char error[STORE_ERROR_MAX]);

static inline void store_file_enter(const struct store_file *f)
{
	if (f->lock != NULL)
		pthread_mutex_lock(f->lock);
}

static inline void store_file_leave(const struct store_file *f)
{
	if (f->lock != NULL)
		pthread_mutex_unlock(f->lock);
}

#endif
