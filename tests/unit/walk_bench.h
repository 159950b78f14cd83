/* SPDX-License-Identifier: BSD-3-Clause */
/* The small walk that the tests of dataplane/worker/walk*.c stand on. Include behind cmocka.h. */
#ifndef SIGCANARY_UNIT_WALK_BENCH_H
#define SIGCANARY_UNIT_WALK_BENCH_H

#include "dataplane/worker/walk.h"

/* Gives the plan its limits, whatever else stands in it, and opens segments and walk by it. */
static inline void walk_bench_open(struct plan *plan, struct segments **ret_segments, struct walk *w)
{
	char error[SEGMENT_ERROR_MAX];

	plan->limits = (struct plan_limits){ .transactions = 64,
					     .associations = 16,
					     .streams = 8,
					     .reassembly = 16,
					     .held_bytes = 262144,
					     .names = 64,
					     .cells = 1024,
					     .message_bytes = 65535 };
	*ret_segments = segments_new(plan, error);
	assert_non_null(*ret_segments);
	assert_true(walk_open(w, plan, *ret_segments));
}

/* A packet, and of what it means not that its direction shows data: that is said once a second of every one. */
static inline void walk_bench_packet(struct walk *w, const struct packet *packet, uint32_t wire_bytes)
{
	size_t kept = w->indication_count;
	size_t count;

	walk_packet(w, packet, wire_bytes);
	count = w->indication_count;
	for (size_t i = kept; i < count; i++) {
		if (w->indications[i].kind != INDICATION_TRAFFIC)
			w->indications[kept++] = w->indications[i];
	}
	w->indication_count = kept;
}

static inline void walk_bench_close(struct segments *segments, struct walk *w)
{
	walk_close(w);
	segments_free(segments);
}

#endif
