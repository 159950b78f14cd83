/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long answers take: the learned histogram of one stream (bin b: below 2^b ms), where "slow" begins, and the time within which 95 %
 * of answers come, learned and now.
 */
#ifndef SIGCANARY_DETECT_LATENCY_H
#define SIGCANARY_DETECT_LATENCY_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/tally.h"

struct latency {
	float usual[TALLY_LATENCY_BINS];  /* learned, as answers */
	float wait[TALLY_LATENCY_BINS];   /* heard, and not yet learned */
	float recent[TALLY_LATENCY_BINS]; /* smoothed over a minute */
	double wait_s, age_s;             /* waiting; learned */
	unsigned int slow_from;           /* answers of this bin and above are slow; TALLY_LATENCY_BINS while it is not known */
};

void latency_start(struct latency *l);

/* One bin of time. Learns unless `is_suspicious`. */
void latency_hear(struct latency *l, const uint32_t bins[TALLY_LATENCY_BINS], double seconds, bool is_suspicious);

/* Answers that are slow, and all. */
void latency_count(const struct latency *l, const uint32_t bins[TALLY_LATENCY_BINS], double *ret_slow, double *ret_all);

/* Seconds within which 95 % of answers come, from the logarithm's middle of a bin; 0 when there are too few answers. */
double latency_usual_s(const struct latency *l);
double latency_recent_s(const struct latency *l);

/* Whether there were enough answers of late to act on the latter. */
bool latency_is_sure(const struct latency *l);

#endif
