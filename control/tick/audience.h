/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who listens to the engine: files, terminals, the report, metrics, the store. Each gets what it asks for, in control's thread, in order:
 * the outcomes of a tick, its tally, then the alarms it gave rise to.
 */
#ifndef SIGCANARY_TICK_AUDIENCE_H
#define SIGCANARY_TICK_AUDIENCE_H

#include "control/detect/detect.h"
#include "control/incident/incident.h"
#include "dataplane/outcome.h"
#include "dataplane/tally.h"

struct audience {
	void *self;
	void (*outcome)(void *self, const struct outcome *outcome); /* each may be NULL */
	void (*tick)(void *self, const struct tally *tally, const struct detector *detector);
	void (*alarm)(void *self, const struct alarm *alarm);
};

#endif
