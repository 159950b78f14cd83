/* SPDX-License-Identifier: BSD-3-Clause */
/* All that the room of incidents owns. Private to incident.c, which leads their lives, and recall.c, which takes them over a restart. */
#ifndef SIGCANARY_INCIDENT_ROOM_H
#define SIGCANARY_INCIDENT_ROOM_H

#include "control/incident/annals.h"
#include "control/incident/case.h"
#include "control/incident/findings.h"
#include "control/incident/incident.h"
#include "control/incident/ledger.h"
#include "control/incident/members.h"
#include "control/incident/memo.h"

#define RECALLED_CONDITIONS_MAX (INCIDENTS_MAX * CASE_CONDITIONS_MAX + FINDINGS_MAX * FINDING_CONDITIONS_MAX)

struct incidents {
	struct workshop workshop;
	struct detector *detector;
	struct incident cases[INCIDENTS_MAX];
	size_t order[INCIDENTS_MAX]; /* open ones, oldest first */
	size_t open_count;
	struct alarm open[INCIDENTS_MAX + FINDINGS_MAX]; /* copies of what was announced of them */
	size_t open_alarms;
	struct alarm announced[2 * INCIDENTS_MAX + FINDINGS_MAX];
	size_t announced_count;
	struct members *members;
	unsigned int explained; /* walks through the records in this tick */
	struct ledger *ledger;
	struct sums sums;
	struct findings findings;
	struct annals annals;
	const struct condition *conditions;
	size_t condition_count;
	bool has_outcomes; /* failing requests are told one by one: they are cases, and not findings */
	nanos calm_since;  /* of the incident that was cleared last: what failed before explains nothing now */
	uint64_t refused;
	struct memo_names recalled_names;
	struct condition recalled_conditions[RECALLED_CONDITIONS_MAX];
	size_t recalled_condition_count;
	bool is_recalling; /* incidents of before the restart wait for the first tick */
};

/* The first tick after incidents_recall() ends at `now`: what was recalled is watched from here on. */
void incidents_resume(struct incidents *all, nanos now);

#endif
