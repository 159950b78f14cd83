/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What has been: the ids given, and the incidents of the last weeks, so that a new one can name an earlier one of the same place. Bounded;
 * the oldest goes. Owned by control; a plain value.
 */
#ifndef SIGCANARY_INCIDENT_ANNALS_H
#define SIGCANARY_INCIDENT_ANNALS_H

#include "control/incident/incident.h"

#define ANNALS_MAX     256
#define ANNALS_DAYS    8
#define ANNALS_KEPT    (INT64_C(28) * 24 * 3600 * NANOS_PER_S)
#define ANNALS_EARLIER (1800 * NANOS_PER_S) /* ended no longer ago than this: the same trouble again */

/* What is remembered of an incident. */
struct annal {
	char id[24];
	nanos onset, ended;
	enum incident_kind kind;
	enum incident_severity worst;
	uint64_t affected;
	uint64_t segments;
	uint8_t services;
	uint8_t set_dimension;
	uint64_t set[4];
	size_t set_count;
	digits prefixes[8];
	size_t prefix_count;
	node nodes[INCIDENT_NODES_MAX];
	size_t node_count;
	procedure procedures[4];
	size_t procedure_count;
};

struct annals {
	struct annal list[ANNALS_MAX]; /* a ring */
	size_t taken;
	struct {
		char name[16];
		unsigned int count; /* ids given */
	} days[ANNALS_DAYS];        /* a ring: an onset may lie before midnight when another one behind it has its id already */
	size_t day_count;
};

/* "2012-0711-0001": the day of the onset and a running number of that day. */
void annals_id(struct annals *a, nanos onset, char ret[24]);

/* That id was given, before this program started. */
void annals_know(struct annals *a, const char *id);

/* An incident has ended. */
void annals_take(struct annals *a, const struct alarm *alarm);

/* Fills what was before: `earlier`, `precursor` and its words. */
void annals_ask(const struct annals *a, struct alarm *alarm);

#endif
