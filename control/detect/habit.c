/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Habits, see habit.h. Owned by control, called by beyond.c once per bin with answers.
 *
 * In its first ten minutes a habit is found; later what is new weighs no more than its part of a day, so that a creep of hours is not
 * learned away. What is heard waits for half a minute and is dropped when the habit became suspicious meanwhile. An advisory that lasts for
 * an hour is a change of habit: what follows is learned again.
 */
#include "control/detect/habit.h"

#include <math.h>

#define MEMORY_S      (3 * 86400.0)
#define WAIT_S        30.0
#define FOUND_S       600.0
#define PACE_S        86400.0
#define KNOWN_LEAST   50.0
#define NEW_HABIT_S   3600.0
#define RESIDUE_LEAST 0.02
#define WORST_MOST    0.8

const struct habit_rules habit_late = { 0.002, 200, 1.0, 0.005, 30, 0.05, 5 };
const struct habit_rules habit_repeats = { 0.05, 50, 0, 0.02, 30, 2, 5 };
const struct habit_rules habit_slow = { 0.01, 100, 1.0, 0.02, 15, 2, 10 };

double habit_share(const struct habit *h, const struct habit_rules *rules)
{
	return (h->odd + rules->strength * rules->prior) / (h->of + rules->strength);
}

static void gains_make(const struct sequential_null *null, uint32_t of, uint32_t odd, double ret_gain[SEQUENTIAL_GRID])
{
	for (int k = 0; k < SEQUENTIAL_GRID; k++)
		ret_gain[k] = sequential_gain(null, sequential_share[k], of, odd);
}

static void habit_learn(struct habit *h, const struct bins *bins, const struct habit_bin *bin)
{
	bool is_open = h->lookout.watch.is_open;
	double weight = 1, kept;

	if (is_open && lookout_open_s(&h->lookout, bins) < NEW_HABIT_S) {
		h->wait_of = h->wait_odd = h->wait_s = 0;
		return;
	}
	h->wait_of += bin->of;
	h->wait_odd += bin->odd;
	h->wait_s += bins->seconds;
	if (h->wait_s < WAIT_S)
		return;
	if (h->age_s >= FOUND_S && !is_open && h->wait_of > 0)
		weight = fmin(h->of * h->wait_s / (PACE_S * h->wait_of), 1);
	kept = exp(-h->wait_s / MEMORY_S);
	h->of = h->of * kept + weight * h->wait_of;
	h->odd = h->odd * kept + weight * h->wait_odd;
	h->age_s += h->wait_s;
	h->wait_of = h->wait_odd = h->wait_s = 0;
}

void habit_judge(struct habit *h, const struct habit_rules *rules, const struct bins *bins, struct watch_rules *watch,
		 const struct habit_bin *bin)
{
	double share = habit_share(h, rules);
	double error = sqrt(share * (1 - share) / (h->of + rules->strength));
	struct sequential_null null = { .precision = rules->precision }, wide;
	struct lookout_bin news = { .measure = { .requests = bin->of, .failed = bin->odd, .expected = share * bin->of } };
	uint32_t of = (uint32_t)bin->of, odd = (uint32_t)bin->odd;

	null.mean = fmax(bin->worst, share * (1 + rules->relative)) + 3 * error + rules->absolute;
	wide = (struct sequential_null){ .mean = fmin(1.5 * null.mean, WORST_MOST), .precision = rules->precision };
	if (of > 0 && h->of >= KNOWN_LEAST && null.mean < WORST_MOST) {
		gains_make(&null, of, odd, news.gain_r);
		gains_make(&wide, of, odd, news.gain_b);
		news.back = -sequential_gain(&null, fmax(0.35 * h->lookout.watch.peak, RESIDUE_LEAST), of, odd);
		watch->min_share = h->lookout.watch.is_page ? RESIDUE_LEAST : rules->page_share;
		watch->hold_s = rules->hold_s;
		lookout_judge(&h->lookout, bins, watch, &news);
	}
	habit_learn(h, bins, bin);
}
