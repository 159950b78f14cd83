/* SPDX-License-Identifier: BSD-3-Clause */
/* One stream's tick against its baseline. */
#ifndef SIGCANARY_DETECT_JUDGE_H
#define SIGCANARY_DETECT_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/plan.h"
#include "control/detect/mix.h"
#include "control/detect/silence.h"
#include "control/detect/streams.h"

/* What holds for all streams of a tick. */
struct judge {
	const struct plan_detection *plan;
	int64_t now;
	double tick_s;
	double seen_s;   /* of traffic, also before this start */
	double awake_s;  /* since this start */
	double silent_s; /* without a request, until now */
	double lost;     /* share of packets */
	struct silence silence;
	const struct mix *mix;
	struct dispersion dispersion[DIMENSION_COUNT][BASELINE_ANSWER_KINDS];
};

/*
 * One more tick. The time of traffic begins with the first request, and pauses that are longer than short-term memory are none of it: a
 * probe that is started before its tap, or whose tap is taken away, is no older for the time in which there was nothing to learn from.
 */
void judge_see(struct judge *judge, const struct tally *tally);

/* Short-term memory begins anew. */
void judge_calm(struct judge *judge);

/* Takes off what says nothing: requests without an answer, when the probe saw nothing at all at some time since they were sent. */
void judge_void(const struct judge *judge, const struct stream *s, struct counts *counts, uint32_t *sent);

/* Whether so little has been seen that baselines are allowed twice as much. */
bool judge_is_young(const struct judge *judge);

struct watch_rules judge_rules(const struct judge *judge, const struct stream *s, enum evidence evidence);

/*
 * Judges all kinds of evidence. `sent` requests have the age of s->judge in this tick. Returns one bit (1 << evidence) for each watch that
 * has just opened.
 */
unsigned int judge_stream(struct judge *judge, struct stream *s, const struct stream *parent, const struct counts *counts, uint32_t sent);

/* Whether the stream is so suspicious that its ticks are not learned. */
bool judge_taints(const struct judge *judge, const struct stream *s);

/* Time passes for what is known of how unevenly failures come. */
void judge_fade(struct judge *judge, double seconds);

/* See detector_usual(). What was worked out of the baseline is kept with the stream. */
void judge_usual(const struct judge *judge, struct stream *s, const struct stream *parent, struct stream_usual *ret);

#endif
