/* SPDX-License-Identifier: BSD-3-Clause */
/* The history of alarms in one SQLite file, so that it survives the probe and operators can query it. Control's thread. */
#ifndef SIGCANARY_STORE_H
#define SIGCANARY_STORE_H

#include "control/incident/incident.h"
#include "control/incident/text.h"

/* Words of an error: what, where, what to do. */
#define STORE_ERROR_MAX 512

struct store;

/* Opens or makes the file (WAL); NULL and a sentence when it cannot be used, or was made by a newer program. */
struct store *store_open(const char *path, const struct alarm_writer *writer, char error[STORE_ERROR_MAX]);
void store_close(struct store *s);

/* An audience's function: one row per announcement. A failure is said once on standard error, and the probe goes on. */
void store_alarm(void *store, const struct alarm *alarm);

#endif
