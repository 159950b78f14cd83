/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A ring of recent outcomes, see evidence.h, and an index from a request to its record.
 *
 * Only requests that may change later are indexed: those presumed missing and those timed out (a late answer may come). The index is
 * two-way: a request has two possible places and the older entry gives way. A lost entry makes one request count twice, once missing and
 * once answered; with two places per record of the ring that is rarer than the losses of any tap.
 * Called by incident.c on the control thread for every outcome, so nothing here allocates, and memory is touched as it fills.
 */
#include "control/incident/evidence.h"

#include <stdlib.h>

#include "config/compare.h"
#include "dataplane/base/memory.h"

struct evidence_ring {
	struct hash_key key;
	struct outcome *records;
	uint32_t *index; /* position + 1 of the record in the ring; 0 empty */
	size_t size;     /* of the ring; the index has twice that */
	uint64_t taken;  /* records ever written */
};

struct evidence_ring *evidence_new(const struct hash_key *key, size_t records)
{
	struct evidence_ring *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->key = *key;
	e->size = records;
	e->records = memory_take(records * sizeof(*e->records));
	e->index = memory_take(2 * records * sizeof(*e->index));
	if (e->records && e->index)
		return e;
	evidence_free(e);
	return NULL;
}

void evidence_free(struct evidence_ring *e)
{
	if (!e)
		return;
	memory_give(e->records, e->size * sizeof(*e->records));
	memory_give(e->index, 2 * e->size * sizeof(*e->index));
	free(e);
}

void evidence_move(struct evidence_ring *e, const struct segment_places *places)
{
	size_t count = evidence_count(e);

	for (size_t i = 0; i < count; i++)
		e->records[i].segments = segment_places_bits(places, e->records[i].segments);
}

static bool is_same_request(const struct outcome *a, const struct outcome *b)
{
	return a->key == b->key && a->time == b->time && a->procedure == b->procedure && a->imsi == b->imsi;
}

/* The two places of a request in the index are neighbours. */
static size_t index_place(const struct evidence_ring *e, const struct outcome *o)
{
	return (size_t)hash_words(&e->key, o->key ^ o->procedure, (uint64_t)o->time) & (2 * e->size - 1) & ~(size_t)1;
}

static struct outcome *record_find(struct evidence_ring *e, const struct outcome *o)
{
	size_t place = index_place(e, o);

	for (size_t i = place; i < place + 2; i++) {
		if (e->index[i] && is_same_request(&e->records[e->index[i] - 1], o))
			return &e->records[e->index[i] - 1];
	}
	return NULL;
}

static void record_index(struct evidence_ring *e, const struct outcome *o, size_t position)
{
	size_t place = index_place(e, o);

	e->index[place + 1] = e->index[place];
	e->index[place] = (uint32_t)position + 1;
}

/* The form in which outcomes are kept: whatever has no answer in time is missing. */
static struct outcome outcome_normal(const struct outcome *outcome)
{
	struct outcome o = *outcome;

	if (o.event == OUTCOME_EVENT_OVERDUE || o.class == OUTCOME_TIMEOUT || o.class == OUTCOME_LATE) {
		o.class = OUTCOME_TIMEOUT;
		o.cause_layer = CAUSE_TIMEOUT;
		o.cause = 0;
	}
	return o;
}

static bool outcome_counts(const struct outcome *o)
{
	if (o->event == OUTCOME_EVENT_WRITTEN || o->event == OUTCOME_EVENT_SIGHTED || o->event == OUTCOME_EVENT_NOTICE)
		return false;
	return o->event == OUTCOME_EVENT_OVERDUE || (o->class != OUTCOME_OPEN && o->class != OUTCOME_UNMATCHED);
}

bool evidence_take(struct evidence_ring *e, const struct outcome *outcome, struct evidence_step *ret)
{
	struct outcome now = outcome_normal(outcome);
	struct outcome *record = NULL;
	size_t position;

	if (!outcome_counts(outcome))
		return false;
	/* Most requests are answered before they are overdue and were never indexed: those need no search. */
	if (now.class == OUTCOME_TIMEOUT || now.latency < 0 || now.latency >= OUTCOME_OVERDUE_AGE - NANOS_PER_MS ||
	    now.clock - now.time >= OUTCOME_OVERDUE_AGE)
		record = record_find(e, &now);
	if (record) {
		if (record->event == now.event || record->event == OUTCOME_EVENT_LATE)
			return false;
		ret->before = *record;
		ret->had_before = true;
		if (now.event == OUTCOME_EVENT_LATE) {
			/* Its requester has given up: still a failure. But now it is known whose. */
			record->event = OUTCOME_EVENT_LATE;
			record->latency = now.latency;
			record->server = now.server ? now.server : record->server;
		} else {
			now.clock = record->clock;
			*record = now;
		}
		ret->now = *record;
		return true;
	}
	if (now.event == OUTCOME_EVENT_LATE)
		return false;
	position = (size_t)(e->taken++ & (e->size - 1));
	e->records[position] = now;
	if (now.class == OUTCOME_TIMEOUT)
		record_index(e, &now, position);
	ret->now = now;
	ret->had_before = false;
	return true;
}

size_t evidence_count(const struct evidence_ring *e)
{
	return e->taken < e->size ? (size_t)e->taken : e->size;
}

const struct outcome *evidence_record(const struct evidence_ring *e, size_t back)
{
	return &e->records[(size_t)((e->taken - 1 - back) & (e->size - 1))];
}

void evidence_visit(const struct evidence_ring *e, nanos from, evidence_visitor visit, void *context)
{
	size_t count = evidence_count(e);

	for (size_t back = 0; back < count; back++) {
		const struct outcome *o = evidence_record(e, back);

		if (o->clock < from)
			return;
		visit(context, o);
	}
}
