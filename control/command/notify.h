/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a service manager hears of a running probe (sd_notify(3)): that it is ready, what it sees in one line, and that it is alive.
 *
 * Alive means that every worker has polled since the last time that was said: a worker that hangs starves the watchdog, and the manager
 * ends the probe and starts it anew, although control and its web page would still answer. Control's thread.
 */
#ifndef SIGCANARY_NOTIFY_H
#define SIGCANARY_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>

#include "dataplane/worker/live.h"

struct notify {
	struct sockaddr_un address;
	unsigned int address_length;
	int socket;        /* below 0: nobody listens, and everything here does nothing */
	double watchdog_s; /* 0: no watchdog */
	double fed_s;      /* when it was last said that the probe is alive */
	double told_s;     /* when the line was last said */
	uint64_t frames;   /* by then */
	uint64_t polls[WORKERS_MAX];
	bool is_hanging; /* and that has been said */
};

/* What the line says besides the packets' rate, which is counted here. */
struct notify_sight {
	unsigned int worker_count;
	uint64_t dropped;
	bool has_judged;         /* a tick; before it nobody knows what is open */
	size_t incidents;        /* open now */
	const char *worst;       /* severity of the gravest of them */
	const char *worst_words; /* and its sentence */
};

/* From the environment (NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID), which is cleared so that no child speaks for the probe. */
void notify_open(struct notify *n);
void notify_close(struct notify *n);

/* Workers run, outlets and the page stand; after a reload, which systemctl waits for, it is said again. */
void notify_ready(struct notify *n);
void notify_reloading(struct notify *n);
void notify_stopping(struct notify *n);

/* Whether the line is due: it is said every few seconds. `now_s`, here and below: of a clock that never steps. */
bool notify_is_due(const struct notify *n, double now_s);
void notify_tell(struct notify *n, double now_s, const struct notify_sight *sight, uint64_t frames);

/* Feeds the watchdog when it is time and every worker has moved; says once which one has not. */
void notify_live(struct notify *n, double now_s, const struct live *live, unsigned int worker_count);

#endif
