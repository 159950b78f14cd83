/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a probe offers beside its lines: history, outlets, metrics, and the pages and answers of its HTTP server, opened from the plan and
 * joined to the engine. A live probe has them always, a replay when it is to be watched like one (--serve).
 */
#ifndef SIGCANARY_COMMAND_SERVICES_H
#define SIGCANARY_COMMAND_SERVICES_H

#include "control/api/api.h"
#include "control/api/reload_desk.h"
#include "control/command/audiences.h"
#include "control/command/remarks.h"
#include "control/command/resume.h"
#include "control/command/run_health.h"
#include "control/outlet/outlets.h"
#include "control/store/store.h"

#define SERVICES_ERROR_MAX (OUTLETS_ERROR_MAX > STORE_ERROR_MAX ? OUTLETS_ERROR_MAX : STORE_ERROR_MAX)

struct services {
	struct store *store;
	struct outlets *outlets;
	struct resume resume;
	struct metrics *metrics;
	struct board *board;
	struct alarm_list *alarms;
	struct remarks remarks;
	struct run_health *health;
	struct kept_transactions *transactions;
	struct reload_desk *reload;
	struct api *api;
};

/*
 * Opens all and joins them to the engine, whose thread calls them; what was open before a restart goes on. `*s` stays where it is.
 * `store_file` NULL: history and outboxes in memory. EXIT_DONE, or the exit code and a sentence; services_close() in both cases.
 */
int services_open(struct services *s, const char *config, const struct plan *plan, const char *store_file, const struct audiences *a,
		  struct engine *e, char error[SERVICES_ERROR_MAX]);

/*
 * Whether the plan's users and outlets can be used, in place of those of the plan before; false and a sentence, and the old ones stay. Of a
 * reload, before services_plan().
 */
bool services_renew(struct services *s, const struct plan *before, const struct plan *plan, char error[SERVICES_ERROR_MAX]);
void services_plan(struct services *s, const struct plan *plan);

/* Where it can be seen and asked, and who is told: a line each. */
void services_say(const struct services *s, const struct plan *plan, FILE *out);

/* How the probe does now; at least a few times a second. While the engine rests, or on its thread. */
void services_see(struct services *s, const struct run_sight *sight);

/* There will be no more ticks: a page that looks on knows that by this, said every second, and not by silence. While the engine rests. */
void services_over(struct services *s);

/* Lets outlets send what waits for at most so long, then closes all. Returns how many announcements still wait. */
uint64_t services_close(struct services *s, double outlets_s);

#endif
