/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Latency, see latency.h. Owned by control, called by beyond.c once per bin.
 *
 * Slow are answers of bins of which the stream usually has at most 2 %, and which begin at twice its usual 95 %. A slow-down of all
 * answers by three shows in them at once, one by a half does not. The histogram is learned with a delay, and not while it is suspicious: a
 * creep of some per cent in ten minutes must not become the habit.
 */
#include "control/detect/latency.h"

#include <math.h>
#include <string.h>

#define MEMORY_S     (3 * 86400.0)
#define FOUND_S      600.0
#define PACE_S       86400.0
#define WAIT_S       60.0
#define RECENT_S     60.0
#define KNOWN        100.0
#define RECENT_LEAST 20.0
#define RECENT_SURE  100.0
#define SLOW_MOST    0.02
#define PERCENTILE   0.95

void latency_start(struct latency *l)
{
	memset(l, 0, sizeof(*l));
	l->slow_from = TALLY_LATENCY_BINS;
}

static double sum_of(const float bins[TALLY_LATENCY_BINS])
{
	double sum = 0;

	for (int b = 0; b < TALLY_LATENCY_BINS; b++)
		sum += (double)bins[b];
	return sum;
}

/* 2^b ms is the end of bin b; inside a bin the logarithm is taken for even. */
static double percentile_s(const float bins[TALLY_LATENCY_BINS], double all)
{
	double below = 0;

	for (int b = 0; b < TALLY_LATENCY_BINS; b++) {
		double here = (double)bins[b];

		if (here > 0 && below + here >= PERCENTILE * all)
			return exp2(b - 1 + (PERCENTILE * all - below) / here) / 1000;
		below += here;
	}
	return 0;
}

static void slow_find(struct latency *l)
{
	double all = sum_of(l->usual), above = 0;
	double least = 2 * percentile_s(l->usual, all) * 1000;
	int b = TALLY_LATENCY_BINS;

	l->slow_from = TALLY_LATENCY_BINS;
	if (all < KNOWN)
		return;
	while (b > 0 && above + (double)l->usual[b - 1] <= SLOW_MOST * all && exp2(b - 2) >= least * 0.7)
		above += (double)l->usual[--b];
	l->slow_from = (unsigned int)b;
}

/* After the first ten minutes what is new weighs no more than its part of a day. */
static void latency_learn(struct latency *l)
{
	double kept = exp(-l->wait_s / MEMORY_S), all = sum_of(l->wait), weight = 1;

	if (l->age_s >= FOUND_S && all > 0)
		weight = fmin(sum_of(l->usual) * l->wait_s / (PACE_S * all), 1);
	for (int b = 0; b < TALLY_LATENCY_BINS; b++)
		l->usual[b] = (float)((double)l->usual[b] * kept + weight * (double)l->wait[b]);
	l->age_s += l->wait_s;
	slow_find(l);
}

void latency_hear(struct latency *l, const uint32_t bins[TALLY_LATENCY_BINS], double seconds, bool is_suspicious)
{
	float kept = (float)exp(-seconds / RECENT_S);

	for (int b = 0; b < TALLY_LATENCY_BINS; b++) {
		l->recent[b] = l->recent[b] * kept + (float)bins[b];
		l->wait[b] = is_suspicious ? 0 : l->wait[b] + (float)bins[b];
	}
	l->wait_s = is_suspicious ? 0 : l->wait_s + seconds;
	if (l->wait_s < WAIT_S && !(l->slow_from == TALLY_LATENCY_BINS && l->wait_s >= WAIT_S / 4))
		return;
	latency_learn(l);
	memset(l->wait, 0, sizeof(l->wait));
	l->wait_s = 0;
}

void latency_count(const struct latency *l, const uint32_t bins[TALLY_LATENCY_BINS], double *ret_slow, double *ret_all)
{
	*ret_slow = *ret_all = 0;
	for (unsigned int b = 0; b < TALLY_LATENCY_BINS; b++) {
		*ret_all += bins[b];
		*ret_slow += b >= l->slow_from ? bins[b] : 0;
	}
}

double latency_usual_s(const struct latency *l)
{
	double all = sum_of(l->usual);

	return all < KNOWN ? 0 : percentile_s(l->usual, all);
}

bool latency_is_sure(const struct latency *l)
{
	return sum_of(l->recent) >= RECENT_SURE;
}

double latency_recent_s(const struct latency *l)
{
	double all = sum_of(l->recent);

	return all < RECENT_LEAST ? 0 : percentile_s(l->recent, all);
}
