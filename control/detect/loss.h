/* SPDX-License-Identifier: BSD-3-Clause */
/* The share of packets that the probe did not see. */
#ifndef SIGCANARY_DETECT_LOSS_H
#define SIGCANARY_DETECT_LOSS_H

#include "dataplane/tally.h"

/* Packets lost and all packets, smoothed. */
struct loss_sum {
	double lost, packets;
};

/* Zero-initialised is "nothing lost". */
struct loss {
	struct loss_sum usual, sudden;
	double share;
};

/* Takes a tick in; what is to be reckoned with now, 0 to 1. */
double loss_see(struct loss *l, const struct tally *tally, double tick_s);

#endif
