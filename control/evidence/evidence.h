/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Evidence of incidents: for each a capture of the packets from before its onset until after its first announcement, with comments that
 * say what became of each request. Cut out of the tapes of the workers (dataplane/worker/tape.h) as soon as the incident is announced and
 * written while it goes on, into a folder of bounded size and age.
 */
#ifndef SIGCANARY_EVIDENCE_H
#define SIGCANARY_EVIDENCE_H

#include <stdio.h>

#include "config/plan.h"
#include "control/evidence/reel.h"
#include "control/incident/incident.h"
#include "dataplane/base/pseudonym.h"

#define EVIDENCE_ERROR_MAX 512

struct evidence_keeper;

struct evidence_settings {
	const struct plan *plan;
	const char *folder;
	struct reel_tapes tapes; /* they outlive the evidence */
	const struct pseudonym *pseudonym;
	bool is_redacted; /* whatever the plan says */
	bool is_replay;   /* no thread, no age, and tape_mark() has been called for each tick */
};

/* Outcomes that are worth remembering for tapes of so many bytes in all. */
size_t evidence_entries(size_t tape_bytes);

/* NULL and a sentence when the folder cannot be used, or there is no memory. */
struct evidence_keeper *evidence_open(const struct evidence_settings *settings, char error[EVIDENCE_ERROR_MAX]);
/* After a reload. Control's thread. */
void evidence_plan(struct evidence_keeper *e, const struct plan *plan);
/* Ends all captures as they are. False when one could not be written, which was said on standard error. */
bool evidence_close(struct evidence_keeper *e);

/* An audience's functions. Control's thread. */
void evidence_outcome(void *evidence, const struct outcome *outcome);
void evidence_tick(void *evidence, const struct tally *tally, const struct detector *detector);
void evidence_alarm(void *evidence, const struct alarm *alarm);

/*
 * Opens the capture of an incident for reading, as it is: whoever may not see subscribers gets a copy of it (copy.h). Negative errno;
 * -ENOENT when there is none. Any thread.
 */
int evidence_read(struct evidence_keeper *e, const char *id);

/* One JSON object: what is kept, what is being written, what went wrong. Any thread. */
void evidence_write_state(void *evidence, FILE *out);
/* The families of /metrics. Any thread. */
void evidence_write_metrics(void *evidence, FILE *out);

#endif
