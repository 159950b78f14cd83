/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One stream watched for one kind of evidence: when it became suspicious, whether it pages, how large the fault is, when it has gone.
 */
#ifndef SIGCANARY_DETECT_WATCH_H
#define SIGCANARY_DETECT_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "control/detect/sequential.h"

/* The time constant of everything smoothed. */
#define WATCH_SMOOTH_S 10.0

/* What one stream is held against; made from the plan. */
struct watch_rules {
	double tick_s;
	double advisory;    /* thresholds of R */
	double page;        /* of R and B */
	double min_share;   /* of a fault that pages */
	double min_failed;  /* beyond expectation */
	double hold_s;      /* a page needs a fault that has lasted as long */
	double hold_hard_s; /* the same when half of the requests or more fail */
	double doubt_s;     /* what it may have lasted less than its ticks show */
};

struct watch {
	struct sequential sequential;
	struct measure smooth; /* decayed to `smoothed` */
	int64_t smoothed;
	struct measure since; /* the onset */
	int64_t onset;
	int64_t opened;
	int64_t lasting; /* last tick that spoke for health; at first the one before the onset */
	int64_t heard;   /* last tick with evidence */
	double peak;     /* highest share since the onset */
	double calm;     /* nats for "as before" since failures last spoke against it */
	double back;     /* Shiryaev-Roberts sum of "as before" against "a part of the fault is still there" */
	bool is_failing; /* the last tick with evidence had more failures than expected */
	bool is_open, is_page;
};

/* Forgets all but nothing is learned here. */
void watch_reset(struct watch *w);

/* The share of requests beyond what is expected, 0 to 1. */
double measure_share(const struct measure *m);

/* Takes the numbers of one tick in; sequential_add() and the like have been called for it. */
void watch_measure(struct watch *w, const struct measure *measure, int64_t now, double tick_s);

/* The share of the smallest fault that the return of an open watch is tested against. */
double watch_residue(const struct watch *w, double min_share);

/* One tick's gain of "as before" against that residue. */
void watch_return(struct watch *w, double gain, double tick_s);

/* Opens, pages, closes. When it closes the statistics begin anew. */
void watch_judge(struct watch *w, const struct watch_rules *rules, int64_t now);

#endif
