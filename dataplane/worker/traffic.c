/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The table of directions, see traffic.h. Called by the walk for a part of the packets.
 *
 * A place is found by the keyed hash of its direction among TRAFFIC_PROBES behind each other. What has been silent for TRAFFIC_IDLE may
 * go; where all live the packet is not followed.
 */
#include "dataplane/worker/traffic.h"

#include "dataplane/base/memory.h"

#define TRAFFIC_PROBES 16
#define TRAFFIC_IDLE   (60 * NANOS_PER_S)

static size_t octets_of(const struct traffic *t)
{
	return (t->mask + 1) * sizeof(*t->places);
}

bool traffic_open(struct traffic *t, size_t directions)
{
	size_t size = 64;

	while (size < 4 * directions)
		size *= 2;
	t->mask = size - 1;
	t->refused = 0;
	t->places = memory_take(octets_of(t));
	return t->places != NULL;
}

void traffic_close(struct traffic *t)
{
	memory_give(t->places, octets_of(t));
	t->places = NULL;
}

/* Also when time made a step back. */
static bool is_idle(const struct traffic_place *p, nanos clock)
{
	return clock - p->next > TRAFFIC_IDLE || p->next - clock > TRAFFIC_IDLE;
}

static struct traffic_place *place_of(struct traffic *t, uint64_t key, nanos clock)
{
	struct traffic_place *spare = NULL;

	for (size_t i = 0; i < TRAFFIC_PROBES; i++) {
		struct traffic_place *p = &t->places[(key + i) & t->mask];

		if (p->key == key)
			return p;
		if (spare == NULL && (p->key == 0 || is_idle(p, clock)))
			spare = p;
		if (p->key == 0)
			break;
	}
	if (spare == NULL) {
		t->refused++;
		return NULL;
	}
	*spare = (struct traffic_place){ .key = key, .next = clock };
	return spare;
}

struct traffic_place *traffic_take(struct traffic *t, const struct traffic_note *n)
{
	struct traffic_place *p = place_of(t, n->key != 0 ? n->key : 1, n->clock);
	uint32_t step;

	if (p == NULL)
		return NULL;
	step = n->cumulative - p->cumulative;
	if (p->has_cumulative && step != 0 && step <= n->step_most)
		p->acknowledged += n->counts_steps ? 1 : step;
	/* An old one that was overtaken says nothing new. */
	if (!p->has_cumulative || step <= UINT32_MAX / 2 || -step > n->step_most)
		p->cumulative = n->cumulative;
	p->has_cumulative = true;
	if (p->acknowledged == 0)
		p->since = n->clock;
	if (n->clock < p->next && !is_idle(p, n->clock))
		return NULL;
	return p->acknowledged > 0 ? p : NULL;
}

void traffic_told(struct traffic_place *p, nanos clock)
{
	p->next = clock + TRAFFIC_EVERY;
	p->since = clock;
	p->acknowledged = 0;
}
