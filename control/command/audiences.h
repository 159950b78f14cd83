/* SPDX-License-Identifier: BSD-3-Clause */
/* The files and terminals that replay and run write to, opened from the options and joined to the engine. */
#ifndef SIGCANARY_COMMAND_AUDIENCES_H
#define SIGCANARY_COMMAND_AUDIENCES_H

#include "control/command/command.h"
#include "control/incident/text.h"
#include "control/sink/report.h"
#include "control/sink/sightings.h"
#include "control/sink/ticks.h"
#include "control/sink/transactions.h"
#include "control/tick/engine.h"
#include "dataplane/worker/worker.h"

struct keeping;

struct audiences {
	const struct options *options;
	struct pseudonym pseudonym;
	struct alarm_writer alarms;
	struct transaction_writer transactions;
	struct tick_writer ticks;
	struct sighting_writer sightings;
	const char *sightings_path;
	struct report *report;
	FILE *report_out;
	FILE *stats;
	FILE *alarm_out;  /* standard output, or standard error when that is taken by another output */
	FILE *alarm_file; /* plan->alarms_file */
	const char *alarm_path;
	bool is_alarm_file_ill;  /* it did not take the last line, which was said */
	struct keeping *keeping; /* the caller's: what is kept of packets, and shown; NULL: nothing */
	bool has_color;
};

/* Opens every output that the options and the plan name, before anything is decoded. EXIT_DONE, or the exit code after one sentence. */
int audiences_open(struct audiences *a, const struct options *o, const struct plan *plan, incident_name_of name_of, void *names);
void audiences_join(struct audiences *a, struct engine *e);
/* `watchlist` as the plan's segments have it, NULL when there is none. */
void audiences_plan(struct audiences *a, const struct plan *plan, const struct watchlist *watchlist);

/* Writes the account and the report and closes everything; false when something did not reach its file. */
bool audiences_close(struct audiences *a, const struct worker_report *r, double seconds);

#endif
