/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a running probe tells of itself: Prometheus text on /metrics, /healthz and /readyz (libmicrohttpd), and the same numbers as DPDK
 * telemetry commands. The server's thread only ever hands out the newest text that control has made; it never touches a worker.
 */
#ifndef SIGCANARY_API_METRICS_H
#define SIGCANARY_API_METRICS_H

#include "control/detect/detect.h"
#include "control/incident/incident.h"
#include "control/incident/text.h"
#include "dataplane/worker/worker.h"

/* Words of an error: what, where, what to do. */
#define METRICS_ERROR_MAX 512

struct metrics;

/* Listens on the plan's address and port (port 0: serves nothing, still counts). NULL and a sentence when that is not possible. */
struct metrics *metrics_open(const struct alarm_writer *writer, char error[METRICS_ERROR_MAX]);
void metrics_close(struct metrics *m);

/* An audience's functions. */
void metrics_tick(void *metrics, const struct tally *tally, const struct detector *detector);
void metrics_alarm(void *metrics, const struct alarm *alarm);

/* The account of all workers as of now; makes the text anew at most once a second. */
void metrics_report(struct metrics *m, const struct worker_report *report);

#endif
