/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a running probe tells of itself: Prometheus text for /metrics, and the same numbers as DPDK telemetry commands.
 *
 * Control adds to numbers under a lock; whoever asks copies them under the same lock, and makes the text on the server's thread. So neither
 * control nor a worker ever waits for a text. metrics.def has the families.
 */
#ifndef SIGCANARY_API_METRICS_H
#define SIGCANARY_API_METRICS_H

#include "control/api/server.h"
#include "control/detect/detect.h"
#include "control/incident/incident.h"
#include "control/incident/text.h"
#include "dataplane/worker/worker.h"

struct metrics;

/* NULL when there is no memory. What the writer points to, but for the plan, outlives the metrics. */
struct metrics *metrics_open(const struct alarm_writer *writer);
void metrics_close(struct metrics *m);

/* A route's function: the text as of now. */
void metrics_serve(void *metrics, struct exchange *x);
/* Whether a tick has been judged. Any thread. */
bool metrics_are_ready(struct metrics *m);

/* An audience's functions. */
void metrics_tick(void *metrics, const struct tally *tally, const struct detector *detector);
void metrics_alarm(void *metrics, const struct alarm *alarm);
/* An incident that is open since before the start: nothing is announced. */
void metrics_recall(struct metrics *m, const struct alarm *alarm);

/* Lets others add families of their own behind these; called by the server's thread whenever the text is made. Before the server starts. */
void metrics_extend(struct metrics *m, void (*write)(void *self, FILE *out), void *self);

/* The accounts of the workers as of now, and their sum. */
void metrics_report(struct metrics *m, const struct worker_report *sum, const struct worker_report *workers, size_t count);

/* A reload: the new plan, while the old one still stands; NULL when the old one was kept. */
void metrics_reload(struct metrics *m, const struct plan *plan);

#endif
