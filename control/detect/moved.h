/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether the requests that a part lacks are on its siblings: a node was drained, or another one took over.
 *
 * "They come as before" is held against "they come as before, and what is missing here besides", over the time since the part fell. Neither
 * is concluded before the odds are a hundred to one, and what was concluded is revisited in every bin.
 */
#ifndef SIGCANARY_DETECT_MOVED_H
#define SIGCANARY_DETECT_MOVED_H

#include "control/detect/flow.h"

/* Siblings take over within this time, or not at all. */
#define MOVED_WITHIN_S 15.0

/* Of the siblings and of the part since it is low; the past fades. */
struct moved_sum {
	double expected, square; /* requests of the siblings by bins, and their squares */
	double surplus;          /* beyond them */
	double lacking;          /* requests of the part */
};

struct moved {
	struct flow siblings; /* all of the whole but this part */
	struct moved_sum sum;
	double fallen_s; /* for how long the part has been low */
	double nats;     /* for "moved"; below zero for "lost" */
};

void moved_start(struct moved *m);

/* One bin: requests of the siblings, and those that this part lacks. While it is low (`is_low`) nothing is learned. */
struct moved_bin {
	double seen, due, seconds; /* as of a struct flow_bin */
	double lacking;
	bool is_low;
};
void moved_see(struct moved *m, const struct moved_bin *bin);

/* A hundred to one. Neither: it is not known, or the part is not low. */
bool moved_is_sure(const struct moved *m);
bool moved_is_refuted(const struct moved *m);

#endif
