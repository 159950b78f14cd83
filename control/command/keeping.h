/* SPDX-License-Identifier: BSD-3-Clause */
/* What a live probe keeps of packets and passes on: captures of incidents, and the export to HOMER. Control's thread. */
#ifndef SIGCANARY_COMMAND_KEEPING_H
#define SIGCANARY_COMMAND_KEEPING_H

#include "control/api/metrics.h"
#include "control/board/board.h"
#include "control/evidence/evidence.h"
#include "control/hep/hep_export.h"
#include "control/tick/engine.h"
#include "dataplane/worker/live.h"

#define KEEPING_ERROR_MAX 512

struct keeping {
	struct evidence_keeper *evidence; /* NULL: evidence.directory is not set */
	struct hep_export *hep;           /* NULL: hep.target is not set */
};

/* What it stands on; all of it outlives the keeping. */
struct keeping_base {
	const struct plan *plan;
	struct live *live; /* before any worker runs */
	unsigned int worker_count;
	const struct pseudonym *pseudonym;
	struct engine *engine;
};

/* Opens what the plan names, and nothing where it names nothing. False and a sentence when that cannot be used. */
bool keeping_open(struct keeping *k, const struct keeping_base *base, char error[KEEPING_ERROR_MAX]);
/* Adds what they count to /metrics and to the probe's health, before the server is opened; both end before the keeping does. */
void keeping_show(struct keeping *k, struct metrics *metrics, struct board *board);
void keeping_plan(struct keeping *k, const struct plan *plan);
void keeping_close(struct keeping *k);

#endif
