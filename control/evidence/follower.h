/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Follows the engine at some distance on a thread of its own: gathers outcomes into a logbook, and once a tick lets its owner do what may
 * take time (files, sockets). Control only copies; what it hands over is bounded, and what does not fit is counted. In a replay there is no
 * thread: the step is taken in the engine's, so that the result does not depend on who is faster.
 */
#ifndef SIGCANARY_EVIDENCE_FOLLOWER_H
#define SIGCANARY_EVIDENCE_FOLLOWER_H

#include "control/evidence/logbook.h"

/* The clock of the last step: nothing follows. */
#define FOLLOWER_END INT64_MAX

struct follower;

struct follower_settings {
	const char *name; /* of the thread, at most 15 characters */
	size_t entries;   /* of the logbook */
	bool has_thread;
	/* Everything seen before `clock` is in the logbook. The follower's thread, or the engine's where there is none. */
	void (*step)(void *self, const struct logbook *logbook, nanos clock);
	void *self;
};

/* NULL when there is no memory or no thread. */
struct follower *follower_open(const struct follower_settings *settings);
/* Takes the last step and ends. */
void follower_close(struct follower *f);

/* As an audience hears it. Control's thread. */
void follower_outcome(struct follower *f, const struct outcome *outcome);
void follower_tick(struct follower *f, nanos end);

/* Outcomes that found no room. Any thread. */
uint64_t follower_refused(struct follower *f);

#endif
