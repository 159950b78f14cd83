/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Another plan for incidents that are open: segments are numbers and bits everywhere in the room, and another order gives them others. What
 * was of a segment that is gone is of none from then on. Called between two ticks; walks through everything that is held.
 */
#include "config/compare.h"
#include "control/incident/room.h"

#include <stdlib.h>

static int value_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Where the stream of a segment that is gone stands: no cell ever has such a value. */
static void stream_move(struct stream_key *key, const struct segment_places *p)
{
	if (key->dimension == DIMENSION_SEGMENT)
		key->value = (uint64_t)segment_places_index(p, key->value);
}

static void place_move(struct place *place, const struct segment_places *p)
{
	place->segments = segment_places_bits(p, place->segments);
	place->only_segments = segment_places_bits(p, place->only_segments);
	for (size_t i = 0; i < place->part_count; i++) {
		struct place_part *part = &place->parts[i];

		part->segments = segment_places_bits(p, part->segments);
		for (size_t j = 0; part->set_dimension == DIMENSION_SEGMENT && j < part->set_count; j++)
			part->set[j] = (uint64_t)segment_places_index(p, part->set[j]);
		if (part->set_dimension == DIMENSION_SEGMENT && part->set_count > 1)
			qsort(part->set, part->set_count, sizeof(part->set[0]), value_compare);
	}
}

static void alarm_move(struct alarm *a, const struct segment_places *p)
{
	a->segments = segment_places_bits(p, a->segments);
	for (size_t i = 0; i < a->stream_count; i++)
		stream_move(&a->streams[i], p);
	for (size_t i = 0; i < a->example_count; i++)
		a->examples[i].segments = segment_places_bits(p, a->examples[i].segments);
}

static void case_move(struct incident *c, const struct segment_places *p)
{
	for (size_t i = 0; i < c->stream_count; i++)
		stream_move(&c->streams[i].key, p);
	stream_move(&c->lead, p);
	place_move(&c->place, p);
	place_move(&c->announced, p);
	alarm_move(&c->last, p);
	for (size_t i = 0; i < SUBSCRIBERS_SLOTS && c->subscribers.count; i++)
		c->subscribers.slots[i].segments = segment_places_bits(p, c->subscribers.slots[i].segments);
}

static void finding_move(struct finding *f, const struct segment_places *p)
{
	for (size_t i = 0; i < f->stream_count; i++)
		stream_move(&f->streams[i].last.stream, p);
	place_move(&f->place, p);
	place_move(&f->announced, p);
	alarm_move(&f->last, p);
}

void incidents_plan(struct incidents *all, const struct plan *plan)
{
	struct segment_places places;
	bool is_moved = segment_places_make(all->workshop.plan, plan, &places);

	all->workshop.plan = plan;
	if (!is_moved)
		return;
	evidence_move(all->workshop.evidence, &places);
	ledger_move(all->ledger, &places);
	members_rename(all->members, stream_move, &places);
	for (size_t i = 0; i < all->open_count; i++)
		case_move(&all->cases[all->order[i]], &places);
	for (size_t i = 0; i < all->findings.count; i++)
		finding_move(findings_at(&all->findings, i), &places);
	for (size_t i = 0; i < ANNALS_MAX; i++)
		all->annals.list[i].segments = segment_places_bits(&places, all->annals.list[i].segments);
	for (size_t i = 0; i < all->open_alarms; i++)
		alarm_move(&all->open[i], &places);
}
