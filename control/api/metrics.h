/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a running probe tells of itself: Prometheus text for /metrics, and the same numbers as DPDK telemetry commands. The server's thread
 * only ever hands out the newest text that control has made; it never touches a worker.
 */
#ifndef SIGCANARY_API_METRICS_H
#define SIGCANARY_API_METRICS_H

#include "control/api/server.h"
#include "control/detect/detect.h"
#include "control/incident/incident.h"
#include "control/incident/text.h"
#include "dataplane/worker/worker.h"

struct metrics;

/* NULL when there is no memory. */
struct metrics *metrics_open(const struct alarm_writer *writer);
void metrics_close(struct metrics *m);

/* A route's function: the newest text. */
void metrics_serve(void *metrics, struct exchange *x);
/* Whether a tick has been judged. Any thread. */
bool metrics_are_ready(struct metrics *m);

/* An audience's functions. */
void metrics_tick(void *metrics, const struct tally *tally, const struct detector *detector);
void metrics_alarm(void *metrics, const struct alarm *alarm);

/* Segments of another plan: each keeps its counters, by name. */
void metrics_plan(struct metrics *m, const struct plan *before, const struct plan *plan);

/* Lets others add families of their own behind these; called by control whenever the text is made anew. */
void metrics_extend(struct metrics *m, void (*write)(void *self, FILE *out), void *self);

/* The account of all workers as of now; makes the text anew at most once a second. */
void metrics_report(struct metrics *m, const struct worker_report *report);

#endif
