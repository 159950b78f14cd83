/* SPDX-License-Identifier: BSD-3-Clause */
/* --stats: what became of every packet and request, once, as JSON (CONTRACT.md) or in words. */
#ifndef SIGCANARY_SINK_STATS_H
#define SIGCANARY_SINK_STATS_H

#include <stdio.h>

#include "dataplane/worker/worker.h"

/* One JSON object on one line. `seconds`: length of the input by its own clock. */
void stats_write_json(const struct worker_report *r, double seconds, FILE *out);

/* A few lines for a terminal. */
void stats_write_text(const struct worker_report *r, double seconds, FILE *out);

/* Packets whose verdict is of a kind. */
uint64_t stats_packets(const struct account *a, enum verdict_kind kind);

#endif
