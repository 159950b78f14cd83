/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The HTML report of a replay: one self-contained file (inline SVG and CSS, no script, no external resource), the same bytes for the same
 * input. Bounded memory: time is kept in at most REPORT_BINS bins that double in width as a capture grows. Control's thread.
 */
#ifndef SIGCANARY_SINK_REPORT_H
#define SIGCANARY_SINK_REPORT_H

#include <stdio.h>

#include "control/incident/incident.h"
#include "control/incident/text.h"
#include "dataplane/worker/worker.h"

#define REPORT_BINS 1024

struct report;

/* NULL when there is no memory. The writer's plan and names outlive it. */
struct report *report_new(const struct alarm_writer *writer);
void report_free(struct report *r);

/* An audience's functions. */
void report_tick(void *report, const struct tally *tally, const struct detector *detector);
void report_alarm(void *report, const struct alarm *alarm);

/* Writes the whole page. `inputs`: names of the captures, for the heading. */
void report_write(const struct report *r, const struct worker_report *account, double seconds, const char *const *inputs,
		  size_t input_count, FILE *out);

#endif
