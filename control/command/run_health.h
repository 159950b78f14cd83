/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a running probe does, for /api/v1/health: workers, ports, account, memory, configuration, store, outlets. `run` tells what it knows
 * once a second; whoever asks gets the copy of that.
 */
#ifndef SIGCANARY_COMMAND_RUN_HEALTH_H
#define SIGCANARY_COMMAND_RUN_HEALTH_H

#include "control/board/board.h"
#include "control/command/lag.h"
#include "control/command/ports.h"
#include "control/outlet/outlets.h"

struct run_health;

/* NULL when there is no memory. `file` may be NULL: no configuration file. */
struct run_health *run_health_new(const char *file, const struct plan *plan);
void run_health_free(struct run_health *h);

/* Makes the sections of the board; both live as long as the board. `outlets` may be NULL. */
void run_health_join(struct run_health *h, struct board *board, struct outlets *outlets);

/* A reload: the plan that is in force now, or what kept the old one. Control's thread, as below. */
void run_health_plan(struct run_health *h, const struct plan *plan);
void run_health_kept(struct run_health *h, const char *why);

/* Takes what is known, at most once a second. `interface` NULL: the ports. */
struct run_sight {
	const struct worker_report *reports; /* [worker_count] */
	unsigned int worker_count;
	const struct worker_report *sum;
	const char *interface;
	const struct ports *ports;
	double seconds; /* since the start */
	nanos judged;   /* as of struct lag_sight, and so are the next; 0: nobody can be late */
	nanos tick;
	const unsigned int *pages; /* [worker_count], or NULL */
};
void run_health_see(struct run_health *h, const struct run_sight *sight);

#endif
