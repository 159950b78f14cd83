/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of `sigcanary run` share: the probe as a whole, all of it control's thread's. */
#ifndef SIGCANARY_COMMAND_RUN_INSIDE_H
#define SIGCANARY_COMMAND_RUN_INSIDE_H

#include <pthread.h>
#include <time.h>

#include "control/command/audiences.h"
#include "control/command/keeping.h"
#include "control/command/notify.h"
#include "control/command/command.h"
#include "control/command/ports.h"
#include "control/command/services.h"
#include "control/store/baselines.h"
#include "dataplane/worker/live.h"

struct run {
	struct options options;
	struct plan *plan;
	struct segments *segments;
	struct plan *first_plan; /* of the start: what no reload changes is its, and it lives as long as the probe */
	struct plan *old_plan;   /* until every worker has left it */
	struct segments *old_segments;
	struct ports *ports; /* DPDK; NULL with an interface */
	struct source *sources[WORKERS_MAX];
	struct worker *workers;
	unsigned int worker_count;
	struct worker_names names;
	struct live *live;
	struct engine *engine;
	struct audiences audiences;
	struct services services;
	struct keeping keeping;
	struct baselines *baselines;
	struct notify notify;
	pthread_t threads[WORKERS_MAX];
	unsigned int thread_count;
	struct worker_report reports[WORKERS_MAX];
	nanos first_tick;
	nanos last_tick;
	struct timespec began;
	double last_frame_s;
	double waiting_s; /* since when some worker has no page; below 0: none */
	uint64_t frames;
	int exit_code; /* of a failed start */
};

/* Reads the configuration again and swaps the plan, or keeps the old one; says on standard error, and to whoever asked, what came of it. */
void run_reload(struct run *r);

/* Frees the plan of before a reload once every worker has left it. */
void run_old_plan_free(struct run *r);

#endif
