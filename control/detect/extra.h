/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is kept of a stream that is busy enough for evidence beyond shares: volume, repeats, late and slow answers. One in a bounded pool
 * (beyond.h), taken when the stream first has a request or an answer a second and given back when it has gone quiet for good.
 */
#ifndef SIGCANARY_DETECT_EXTRA_H
#define SIGCANARY_DETECT_EXTRA_H

#include <stdbool.h>
#include <stdint.h>

#include "control/detect/fall.h"
#include "control/detect/flow.h"
#include "control/detect/habit.h"
#include "control/detect/latency.h"
#include "control/detect/lookout.h"
#include "control/detect/moved.h"
#include "control/detect/tide.h"
#include "dataplane/tally.h"

/* The sums of one bin. */
struct extra_bin {
	uint32_t requests, answers, successes, timeouts, late, repeats, unmatched;
	uint32_t latency[TALLY_LATENCY_BINS];
};

struct extra {
	struct stream_key key;
	uint32_t stream; /* STREAM_NONE: free */
	uint32_t whole;  /* the extra of everything of its procedure, EXTRA_NONE when that has none */
	double weight;   /* its part of the budget for false alarms */
	bool is_in_use;
	bool is_unsettled; /* it, or what it is a part of, is suspicious by its volume */
	bool is_removal;   /* its procedure takes registrations away */
	bool is_steady;    /* subscribers need its procedure at any hour: what is done in batches ends by itself */
	struct extra_bin bin;
	struct flow volume;
	struct moved moved; /* of a part */
	struct tide tide;
	struct fall fall;
	struct lookout drop, surge;
	struct habit repeats, late, slow;
	struct latency latency;
	double answers; /* a second, smoothed */
};

#define EXTRA_NONE         UINT32_MAX
#define EXTRA_KIND_PART    0.1  /* of an extra's weight, for repeats, late and slow each */
#define EXTRA_REPEATS_MOST 0.95 /* share of attempts that are repeats, so that their ratio stays a number */

/* What holds for all of them in one bin. */
struct extra_turn {
	const struct plan_detection *plan;
	const struct season_clock *clock;
	struct bins bins;
	double seen_s;        /* of traffic */
	double lost;          /* share of packets */
	double named;         /* requests in this bin of all named streams that are a part of nothing */
	double registrations; /* requests of registration a second, of everybody; 0 when not known */
	bool is_half_blind;   /* a direction is not seen: what stays away may be there */
	int64_t standstill;   /* last bin in which nobody asked anything: it may be the probe */
	bool is_dwindling;    /* all traffic has gone down, but not within seconds: a night */
	bool has_collapsed;   /* all traffic went down faster than in any night, and not long ago */
	double rest;          /* what there is of all traffic that is expected, over the last seconds */
};

/* The rules of a watch with a part of that weight. */
struct watch_rules extra_rules(const struct extra_turn *turn, double weight);

/* Judge the bin that ends: attempts per first attempt; answers after the time-out; answers slower than usual. */
void extra_judge_repeats(struct extra *e, const struct extra_turn *turn);
void extra_judge_late(struct extra *e, const struct extra_turn *turn);
void extra_judge_slow(struct extra *e, const struct extra_turn *turn);

#endif
