/* SPDX-License-Identifier: BSD-3-Clause */
/* All findings that are open or forming, and their life. Private to control/incident; owned by control. */
#ifndef SIGCANARY_INCIDENT_FINDINGS_H
#define SIGCANARY_INCIDENT_FINDINGS_H

#include "control/incident/annals.h"
#include "control/incident/finding.h"

#define FINDINGS_MAX 16

struct findings {
	struct finding *list; /* FINDINGS_MAX of them */
	struct annals *annals;
	size_t order[FINDINGS_MAX]; /* oldest first */
	size_t count;
	nanos calm_since; /* of what was cleared last: an onset before it is an echo */
	nanos shadow;     /* last tick in which anything worse than a ticket was open: who comes back afterwards comes at once */
	uint64_t refused;
	struct alarm announced[FINDINGS_MAX];
	size_t announced_count;
};

bool findings_make(struct findings *all, struct annals *annals);
void findings_free(struct findings *all);

/* A new one that forms; NULL without room. */
struct finding *findings_new(struct findings *all, nanos onset, nanos now);

/* Begins a tick: nothing is announced yet. */
void findings_begin(struct findings *all);

/* A suspicion that no case has; a condition that no case has. */
void findings_take(struct findings *all, const struct suspicion *s, const struct finding_tools *t);
void findings_take_condition(struct findings *all, const struct condition *c, const struct finding_tools *t);

/* Judges the tick; what is to be announced stands in `announced`. */
/* Whether one that forms would be announced now, were it not for what an open case explains. */
bool findings_are_due(const struct finding *f, const struct finding_tools *t);

void findings_judge(struct findings *all, const struct finding_tools *t);

/* The findings in order. */
struct finding *findings_at(const struct findings *all, size_t i);

/* Ends one without a word: a case goes on with it. */
void findings_end(struct findings *all, struct finding *f);

#endif
