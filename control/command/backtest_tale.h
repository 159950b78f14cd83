/* SPDX-License-Identifier: BSD-3-Clause */
/* What one pass of `backtest` found: its incidents, and tables of them. */
#ifndef SIGCANARY_COMMAND_BACKTEST_TALE_H
#define SIGCANARY_COMMAND_BACKTEST_TALE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "control/command/backtest_truth.h"
#include "control/incident/incident.h"

/* One incident, from its lines. */
struct tale_incident {
	struct alarm last;
	nanos raised;  /* its first line */
	nanos paged;   /* its first line of severity minor or more; 0: none */
	nanos cleared; /* 0: not yet */
	enum incident_severity worst;
};

struct tale {
	struct tale_incident *incidents; /* in the order of their first lines */
	size_t count, room;
	size_t lost; /* for lack of memory */
};

/* An audience's alarm function. */
void tale_alarm(void *tale, const struct alarm *alarm);
void tale_free(struct tale *t);

/* How many paged, and how many were never more than a warning. */
size_t tale_pages(const struct tale *t);
size_t tale_tickets(const struct tale *t);

/* The time of the first page that belongs to a fault; false when it has none. */
bool tale_finds(const struct tale *t, const struct truth_fault *fault, nanos tick, nanos *ret_paged);
/* Pages that belong to no fault. */
size_t tale_false_pages(const struct tale *t, const struct truth *truth, nanos tick);

/* A table for people. */
void tale_write(const struct tale *t, bool has_color, FILE *out);

/* "2012-07-11 13:30:00" of UTC. */
#define TALE_TIME_MAX 24
void tale_time(nanos time, char text[TALE_TIME_MAX]);

#endif
