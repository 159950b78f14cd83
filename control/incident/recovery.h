/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is it getting better? The share that fails among the requests of the incident's place, by the second in which they were sent.
 *
 * Requests are judged by when they were sent, not by when they ended: timeouts that trickle in after the repair belong to the time before
 * it. A second is judged when its requests have had time to be answered or to become overdue. Owned by control.
 */
#ifndef SIGCANARY_INCIDENT_RECOVERY_H
#define SIGCANARY_INCIDENT_RECOVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/plan.h"
#include "dataplane/base/nanos.h"
#include "dataplane/codes/codes.h"
#include "dataplane/outcome.h"

#define RECOVERY_SECONDS 128
#define RECOVERY_HISTORY 60 /* steps of ten seconds, for the forecast */
#define RECOVERY_STEPS   4  /* alternatives: what is left of the fault */

/* A second's age before it is judged: overdue, and a little for the tick. */
#define RECOVERY_LAG (OUTCOME_OVERDUE_AGE / NANOS_PER_S + 1)

struct recovery_sum {
	double requests, failed;
	double expected; /* failures that the baseline explains */
};

/* The same, of one segment. */
struct recovery_part {
	float requests, failed, expected;
};

struct recovery_bin {
	int64_t second;
	struct recovery_sum rat[RAT_COUNT];
	struct recovery_part segment[PLAN_SEGMENTS_MAX];
	double volume;                 /* requests of the procedures that fail: others follow only when these go well */
	struct recovery_sum everybody; /* inside the place and outside */
};

struct recovery {
	struct recovery_bin bins[RECOVERY_SECONDS];
	int64_t from;                  /* the second of the onset */
	int64_t judged;                /* last second judged */
	struct recovery_sum reference; /* what the fault looks like, fading over two minutes */
	struct recovery_sum reference_rat[RAT_COUNT];
	struct recovery_sum reference_segment[PLAN_SEGMENTS_MAX];
	struct recovery_sum reference_everybody; /* the same, wherever they are */
	double peak;                             /* excess share of the reference */
	int64_t settled;              /* from this second on the reference is trusted: it was not the place that was chosen by it */
	bool is_chosen;               /* the reference is of the requests that the place was found by */
	int64_t moving_since;         /* first second of the present run that looks like a recovery; 0: none */
	double steps[RECOVERY_STEPS]; /* Shiryaev-Roberts statistics of "a part of it is gone" */
	bool is_sure;                 /* they say so; stays until it comes back */
	int64_t sure_since;
	double percent; /* restored; 0 unless sure */
	double best_percent;
	int64_t good_since;       /* first second of the present run within the baseline; 0: none */
	struct recovery_sum good; /* what was seen in it */
	bool has_returned;        /* a new wave after the last call of recovery_judge() */
	double history[RECOVERY_HISTORY];
	size_t history_count;
	int64_t history_second;
};

/* Starts at the onset. What was counted stays. */
void recovery_start(struct recovery *r, nanos onset, nanos now);

/* Of one that has just started: what the fault looked like, and how far it had come, before the program was started again. */
void recovery_recall(struct recovery *r, const struct recovery *was);

/* Forgets the requests counted so far, because the place has changed; they are counted anew by the caller. */
void recovery_recount(struct recovery *r);

/* A request as recovery counts it. */
struct recovery_request {
	nanos time; /* when it was sent */
	enum rat rat;
	uint64_t segments; /* a bit for each that it belongs to */
	bool is_here;      /* in the place */
	bool is_failed;
	bool is_volume;  /* of a procedure that fails */
	double expected; /* the baseline's share of it */
};

/* Counts a request (by = 1), or takes it back (by = -1). */
void recovery_count(struct recovery *r, const struct recovery_request *request, int by);

/* Tells what the fault looks like in a place that was just found, and everywhere. The former is not trusted at once. */
void recovery_reference(struct recovery *r, const struct recovery_sum *here, const struct recovery_sum *everybody);

/* Judges the seconds that have become old enough. True when there was any. */
bool recovery_judge(struct recovery *r, nanos now);

/* Whether it begins to look like a recovery, before that is sure. */
bool recovery_is_moving(const struct recovery *r);

/* Excess share of the last seconds. */
double recovery_share(const struct recovery *r);

/* Per radio access and per segment: percent restored, negative when not known. */
double recovery_percent_of(const struct recovery *r, enum rat rat);
double recovery_percent_of_segment(const struct recovery *r, unsigned int segment);

/* Requests a second, of the procedures that fail, over the last `seconds` judged. */
double recovery_rate(const struct recovery *r, int64_t seconds);

/* Failures a second beyond the baseline, over the last `seconds` judged. */
double recovery_failing_rate(const struct recovery *r, int64_t seconds);

/* Whether what was seen since good_since rules out that a quarter of the fault is still there. */
bool recovery_is_clear(const struct recovery *r);

/* First second of the present good run, as known by now: answers that come late tell of failures in seconds that looked well. */
int64_t recovery_calm_since(const struct recovery *r);

/* Seconds until a twentieth of the peak is left, as the interval between a straight line and a decay; false when they do not agree. */
bool recovery_forecast(const struct recovery *r, double *ret_low_s, double *ret_high_s);

#endif
