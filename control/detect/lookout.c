/* SPDX-License-Identifier: BSD-3-Clause */
/* Watches in bins, see lookout.h. Owned by control. */
#include "control/detect/lookout.h"

#include <math.h>
#include <string.h>

/* The most that one bin may say, in nats: one odd second decides nothing. */
#define BIN_MOST 6.0

void lookout_reset(struct lookout *l)
{
	memset(l, 0, sizeof(*l));
}

static nanos bin_start(const struct bins *bins, int64_t bin)
{
	int64_t oldest = bins->now - LOOKOUT_BINS + 1;

	return bins->start[(bin < oldest ? oldest : bin > bins->now ? bins->now : bin) % LOOKOUT_BINS];
}

void lookout_judge(struct lookout *l, const struct bins *bins, struct watch_rules *rules, const struct lookout_bin *bin)
{
	struct watch *w = &l->watch;
	double odds_r[SEQUENTIAL_GRID], odds_b[SEQUENTIAL_GRID];

	for (int k = 0; k < SEQUENTIAL_GRID; k++) {
		odds_r[k] = exp(fmin(bin->gain_r[k], BIN_MOST));
		odds_b[k] = exp(fmin(bin->gain_b[k], BIN_MOST));
	}
	rules->tick_s = bins->seconds;
	rules->hold_hard_s = rules->hold_s;
	sequential_add(w->sequential.r, odds_r, bins->seconds);
	sequential_add(w->sequential.b, odds_b, bins->seconds);
	sequential_follow(&w->sequential, odds_r, &bin->measure, bins->now);
	watch_measure(w, &bin->measure, bins->now, bins->seconds);
	if (w->is_open)
		watch_return(w, bin->back, bins->seconds);
	watch_judge(w, rules, bins->now);
	if (w->is_open && (l->dated != w->onset || l->onset == 0)) {
		l->dated = w->onset;
		l->onset = bin_start(bins, w->onset);
	}
	if (!w->is_open)
		l->onset = 0;
}

bool lookout_report(const struct lookout *l, struct suspicion *ret)
{
	const struct watch *w = &l->watch;

	if (!w->is_open)
		return false;
	ret->is_page = w->is_page;
	ret->log_r = log(sequential_mean(w->sequential.r));
	ret->log_b = log(sequential_mean(w->sequential.b));
	ret->onset = l->onset;
	ret->baseline_ratio = w->since.requests > 0 ? w->since.expected / w->since.requests : 0;
	ret->observed_ratio = w->since.requests > 0 ? w->since.failed / w->since.requests : 0;
	ret->fault_share = measure_share(&w->smooth);
	ret->peak_share = w->peak;
	ret->requests = w->since.requests;
	ret->failed = w->since.failed;
	ret->expected = w->since.expected;
	return true;
}

double lookout_open_s(const struct lookout *l, const struct bins *bins)
{
	return l->watch.is_open ? (double)(bins->now - l->watch.opened) * bins->seconds : 0;
}
