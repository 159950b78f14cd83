/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A share that is usually small, learned and judged per bin: late answers, repeated requests, slow answers. The same law as for failures
 * (beta-binomial, betting), with a fixed wide precision, because nobody has seen enough of these shares to know better.
 */
#ifndef SIGCANARY_DETECT_HABIT_H
#define SIGCANARY_DETECT_HABIT_H

#include "control/detect/lookout.h"

struct habit {
	double of, odd;                   /* learned */
	double wait_of, wait_odd, wait_s; /* heard, and not yet learned */
	double age_s;                     /* of what was learned */
	struct lookout lookout;
};

struct habit_rules {
	double prior, strength;    /* before anything is known */
	double relative, absolute; /* allowance of what still counts as healthy */
	double precision;          /* alpha + beta */
	double page_share;         /* of a fault that pages; above 1: none does */
	double hold_s;
};
extern const struct habit_rules habit_late, habit_repeats, habit_slow;

/* The learned share. */
double habit_share(const struct habit *h, const struct habit_rules *rules);

/* One bin: `odd` of `of`. `worst` is the share that still counts as healthy, 0: by the rules. */
struct habit_bin {
	double odd, of, worst;
};
void habit_judge(struct habit *h, const struct habit_rules *rules, const struct bins *bins, struct watch_rules *watch,
		 const struct habit_bin *bin);

#endif
