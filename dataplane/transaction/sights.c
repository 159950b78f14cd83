/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of pairs, see sights.h. Called by transaction.c on the worker that owns the pair. The longest silent pair of a place goes. */
#include "dataplane/transaction/sights.h"

#include "dataplane/base/memory.h"

#define SIGHT_PROBES 16
#define SIGHT_IDLE   (600 * NANOS_PER_S)

static size_t octets_of(const struct sights *s)
{
	return (s->mask + 1) * sizeof(*s->places);
}

bool sights_open(struct sights *s, size_t pairs)
{
	size_t size = 64;

	while (size < 2 * pairs)
		size *= 2;
	s->mask = size - 1;
	s->places = memory_take(octets_of(s));
	return s->places != NULL;
}

void sights_close(struct sights *s)
{
	memory_give(s->places, octets_of(s));
	s->places = NULL;
}

static bool is_idle(const struct sight *p, nanos clock)
{
	return clock - p->last > SIGHT_IDLE || p->last - clock > SIGHT_IDLE;
}

static struct sight *place_of(struct sights *s, uint64_t key, nanos clock)
{
	struct sight *oldest = &s->places[key & s->mask];

	for (size_t i = 0; i < SIGHT_PROBES; i++) {
		struct sight *p = &s->places[(key + i) & s->mask];

		if (p->key == key && !is_idle(p, clock))
			return p;
		if (p->key == key || p->key == 0) {
			oldest = p;
			break;
		}
		if (p->last < oldest->last)
			oldest = p;
	}
	*oldest = (struct sight){ .key = key, .first = clock, .last = clock };
	return oldest;
}

uint32_t sights_take(struct sights *s, const struct indication *i)
{
	struct sight *p = place_of(s, i->key[0] != 0 ? i->key[0] : 1, i->clock);
	unsigned int side = i->invoke != 0;
	nanos heard = p->heard[!side];

	p->last = i->clock;
	if (i->cause != 0)
		p->heard[side] = i->clock;
	if (i->amount == 0 || i->clock - p->first < SIGHT_SILENCE || (heard != 0 && (nanos)i->key[1] - heard < SIGHT_SILENCE))
		return 0;
	return i->amount;
}
