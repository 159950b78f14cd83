/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which networks are the operator's own, and so whether a subscriber is at home, a guest, or away.
 *
 * The configuration says it by the IMSIs of its segments of kind `network`, or where there are none by those of all segments. Without any
 * it is learned: the network that most requests are of, and others of its country that have a tenth as many or more. Owned by control; a
 * pure function of the plan and the tallies.
 */
#ifndef SIGCANARY_TICK_HOMES_H
#define SIGCANARY_TICK_HOMES_H

#include <stddef.h>
#include <stdint.h>

#include "config/plan.h"
#include "dataplane/tally.h"

#define HOMES_MAX    64  /* configured prefixes, and own networks learned */
#define HOMES_TABLED 256 /* networks that are counted to learn which are own; further ones are none */

struct home_count {
	uint32_t network; /* see plmn.h */
	double requests;
};

struct homes {
	digits prefixes[HOMES_MAX];
	size_t prefix_count;
	struct home_count counts[HOMES_TABLED];
	size_t count;
	double total;
	uint32_t learned[HOMES_MAX];
	size_t learned_count;
};

void homes_plan(struct homes *h, const struct plan *plan);

/* Learns from the cells of a tick, those of DIRECTION as pages have them (tally.h), and puts enum direction in their place. */
void homes_tell(struct homes *h, struct tally_cell *cells, size_t count);

/* Of a subscriber's network and the one visited; each 0 where it is not known. */
enum direction homes_direction(const struct homes *h, uint32_t subscribed, uint32_t visited);

#endif
