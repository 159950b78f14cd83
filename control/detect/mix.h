/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The mix of the traffic: what a stream must expect because of who is in it, worked out in each tick from the streams below it.
 *
 * A partner whose subscribers are mostly refused and who suddenly sends a tenth of all requests is no fault of the whole, nor of the
 * servers that answer. Owned by the detector, no allocation after mix_new().
 */
#ifndef SIGCANARY_DETECT_MIX_H
#define SIGCANARY_DETECT_MIX_H

#include "control/detect/streams.h"
#include "control/detect/survival.h"

struct mix;

/* NULL when there is no memory. The plan says which prefixes make a segment; see mix_plan(). */
struct mix *mix_new(const struct plan *plan);
void mix_free(struct mix *m);
void mix_plan(struct mix *m, const struct plan *plan);

/* What is asked for all streams of one tick. */
struct mix_turn {
	struct streams *streams;
	int64_t now;
	double tick_s;
	bool is_young; /* as in baseline_ratio() */
};

/*
 * A stream's answers of this tick; for all streams before any of them is judged. Here is found whether it is new (`is_fresh`): younger than
 * ten minutes and not yet known, and so busy that it would have been seen before had it been there. Its own failures are told, but page
 * nobody.
 */
void mix_take(struct mix *m, const struct mix_turn *turn, uint32_t index, const struct counts *counts);

/* What the mix changes for one stream and kind of evidence. */
struct mix_view {
	uint32_t fresh_answers; /* of streams below that are new: nobody knows yet what is usual for them, so they are left out */
	uint32_t fresh_failed;
	double surplus; /* failures to expect beyond the stream's own experience */
};
struct mix_view mix_view(const struct mix *m, const struct stream *s, enum evidence evidence, const struct counts *counts, double tick_s);

/* Whether the mix of the stream's procedure is moving, so that its past tells little: then learning forgets in minutes. */
bool mix_is_moving(const struct mix *m, const struct stream *s);

#endif
