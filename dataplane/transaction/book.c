/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Counting into leaves, and the cells of a page worked out of them, see book.h. The worker's functions are called per transaction event by
 * the worker's thread, the last two by control's, which does the work that can wait. When the worker counted each event in thirteen cells
 * that cost 463 instructions a message; four leaves cost 212 at 300 events a tick, and less when more of them share a leaf. The two leaves
 * that came later, for what was eighteen cells, are found by number or by few names.
 *
 * What it refuses: streams beyond limits.cells (counted in refused_cells), be it as leaves or as cells. Cells over ALL are worked out
 * first, then those of segments, so that the whole network is never what is refused.
 */
#include "dataplane/transaction/book.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/base/hash.h"
#include "dataplane/base/memory.h"
#include "dataplane/plmn.h"
#include "dataplane/transaction/leaves.h"

#define BOOK_SLOTS  4
#define BOOK_PROBES 16

struct book_slot {
	struct leaves leaves;
	struct book_page page;
};

/* The cells of the page that control reads. Owned by control. */
struct sums {
	struct tally_cell *cells;
	uint32_t *places; /* of each cell in the index, to clear it without a sweep */
	uint32_t *index;  /* cell + 1, 0 empty */
	size_t count;
	uint64_t refused; /* in this page */
	bool is_made;
};

struct book {
	struct leaves *leaves; /* of the slot that is filling: the worker's, as the next two */
	unsigned int filling;
	uint64_t refused; /* leaves of the pages sealed so far */
	struct book_slot slots[BOOK_SLOTS];
	struct sums sums;
	struct wheres wheres; /* the worker's; what is in it does not change */
	struct hash_key key;
	size_t capacity;
	size_t mask;
	_Atomic uint64_t refused_sums; /* cells, so far: control writes, worker reads */
	_Atomic unsigned int sealed;   /* pages sealed so far: worker writes, control reads */
	_Atomic unsigned int returned; /* pages given back so far: control writes, worker reads */
};

static size_t power_of_two(size_t at_least)
{
	size_t n = 1;

	while (n < at_least)
		n <<= 1;
	return n;
}

struct book *book_new(const struct plan *plan)
{
	struct book *b = calloc(1, sizeof(*b));
	struct sums *sums;
	bool is_whole;

	if (b == NULL)
		return NULL;
	sums = &b->sums;
	b->leaves = &b->slots[0].leaves;
	b->key = plan->hash_key;
	b->capacity = plan->limits.cells;
	b->mask = power_of_two(2 * b->capacity) - 1;
	sums->cells = memory_take(b->capacity * sizeof(*sums->cells));
	sums->places = memory_take(b->capacity * sizeof(*sums->places));
	sums->index = memory_take((b->mask + 1) * sizeof(*sums->index));
	is_whole = sums->cells != NULL && sums->places != NULL && sums->index != NULL && wheres_open(&b->wheres, &b->key);
	/* One block of numbers may have subscribers of several combinations of segments: fewer cells than leaves, then. */
	for (int i = 0; i < BOOK_SLOTS; i++)
		is_whole = leaves_open(&b->slots[i].leaves, 2 * b->capacity, &b->key) && is_whole;
	if (!is_whole) {
		book_free(b);
		return NULL;
	}
	return b;
}

void book_free(struct book *b)
{
	if (b == NULL)
		return;
	for (int i = 0; i < BOOK_SLOTS; i++)
		leaves_close(&b->slots[i].leaves);
	wheres_close(&b->wheres);
	memory_give(b->sums.cells, b->capacity * sizeof(*b->sums.cells));
	memory_give(b->sums.places, b->capacity * sizeof(*b->sums.places));
	memory_give(b->sums.index, (b->mask + 1) * sizeof(*b->sums.index));
	free(b);
}

unsigned int book_bucket(const struct hash_key *key, digits imsi)
{
	return imsi == 0 ? 0 : (unsigned int)(hash_words(key, imsi, 1) % TALLY_BUCKETS);
}

struct wheres *book_wheres(struct book *b)
{
	return &b->wheres;
}

/* What is counted once in every leaf of a subject. */
enum event_kind { EVENT_REQUEST, EVENT_PENDING, EVENT_OUTCOME, EVENT_ANSWER };

struct event {
	enum event_kind kind;
	unsigned int index; /* checkpoint, outcome class */
	unsigned int bin;   /* EVENT_ANSWER: of its latency, */
	nanos latency;      /* and that itself */
};

/* Inlined six times in each of the worker's functions, where `kind` is known. */
static inline void leaf_count(struct leaf *l, struct event event)
{
	if (l == NULL)
		return;
	if (event.kind == EVENT_REQUEST)
		l->requests++;
	else if (event.kind == EVENT_PENDING)
		l->pending[event.index]++;
	else
		l->outcomes[event.index]++;
	if (event.kind == EVENT_ANSWER && l->latency[event.bin] != UINT16_MAX) {
		l->latency[event.bin]++;
		l->latency_ns += (uint64_t)event.latency;
	}
}

static inline struct leaf_name subscriber_name(const struct book_subject *s)
{
	return (struct leaf_name){ .value = digits_prefix(s->imsi, TALLY_PREFIX_LONGEST),
				   .segments = s->segments,
				   .tag = leaf_tag(s->procedure, LEAF_SUBSCRIBER) };
}

static inline struct leaf_name client_name(const struct book_subject *s)
{
	return (struct leaf_name){ .value = s->client, .tag = leaf_tag(s->procedure, LEAF_CLIENT) };
}

void book_fetch(const struct book *b, const struct book_subject *s, uint32_t ret_places[BOOK_FETCHED])
{
	const struct leaf_name names[BOOK_FETCHED] = { subscriber_name(s), client_name(s) };

	for (int i = 0; i < BOOK_FETCHED; i++) {
		ret_places[i] = (uint32_t)leaf_place(b->leaves, &names[i]);
		__builtin_prefetch(&b->leaves->index[ret_places[i]]);
	}
}

void book_fetch_leaves(const struct book *b, const uint32_t places[BOOK_FETCHED])
{
	for (int i = 0; i < BOOK_FETCHED; i++) {
		uint32_t number = b->leaves->index[places[i]];
		/* Numbers count from 1; of an empty place the first leaf is fetched. */
		const struct leaf *leaf = &b->leaves->list[number - (number != 0)];

		__builtin_prefetch(leaf, 1);
		__builtin_prefetch(&leaf->latency, 1);
	}
}

static inline __attribute__((always_inline)) void subject_count(struct book *b, const struct book_subject *s, struct event event)
{
	struct leaves *l = b->leaves;

	leaf_count(leaves_of(l, subscriber_name(s)), event);
	if (s->imsi != 0) {
		unsigned int ending = digits_ending(s->imsi);

		leaf_count(leaves_numbered(l, LEAF_BUCKET, s->procedure, s->bucket), event);
		if (ending < LEAVES_ENDINGS)
			leaf_count(leaves_numbered(l, LEAF_ENDING, s->procedure, ending), event);
	}
	if (s->server != 0)
		leaf_count(leaves_of(l, (struct leaf_name){ .value = s->server, .tag = leaf_tag(s->procedure, LEAF_SERVER) }), event);
	/* Base stations are thousands, and none asks for so much that it could be judged by itself. */
	if (s->client != 0 && !node_is_address(s->client))
		leaf_count(leaves_of(l, client_name(s)), event);
	if (s->where != 0)
		leaf_count(leaves_where(l, s->procedure, s->where), event);
}

void book_request(struct book *b, const struct book_subject *s)
{
	subject_count(b, s, (struct event){ .kind = EVENT_REQUEST });
}

void book_pending(struct book *b, const struct book_subject *s, unsigned int checkpoint)
{
	subject_count(b, s, (struct event){ .kind = EVENT_PENDING, .index = checkpoint });
}

/* Bin b holds latencies below 2^b milliseconds, the last everything above. */
static unsigned int latency_bin(nanos latency)
{
	uint64_t ms = (uint64_t)latency / NANOS_PER_MS;
	unsigned int bin = ms == 0 ? 0 : 64 - (unsigned int)__builtin_clzll(ms);

	return bin < TALLY_LATENCY_BINS ? bin : TALLY_LATENCY_BINS - 1;
}

void book_outcome(struct book *b, const struct book_subject *s, enum outcome_class class, nanos latency)
{
	if (latency < 0)
		subject_count(b, s, (struct event){ .kind = EVENT_OUTCOME, .index = (unsigned int)class });
	else
		subject_count(
			b, s,
			(struct event){
				.kind = EVENT_ANSWER, .index = (unsigned int)class, .bin = latency_bin(latency), .latency = latency });
}

unsigned int book_pages(const struct book *b)
{
	return atomic_load_explicit(&b->sealed, memory_order_relaxed);
}

uint64_t book_refused(const struct book *b)
{
	return b->refused + b->leaves->refused + atomic_load_explicit(&b->refused_sums, memory_order_relaxed);
}

bool book_seal(struct book *b, nanos start, nanos length, const struct book_page *sums)
{
	unsigned int sealed = atomic_load_explicit(&b->sealed, memory_order_relaxed);
	unsigned int returned = atomic_load_explicit(&b->returned, memory_order_acquire);
	struct book_slot *s = &b->slots[b->filling];

	if (sealed - returned >= BOOK_SLOTS - 1)
		return false;
	s->page = *sums;
	s->page.start = start;
	s->page.length = length;
	b->refused += s->leaves.refused;
	b->filling = (b->filling + 1) % BOOK_SLOTS;
	b->leaves = &b->slots[b->filling].leaves;
	atomic_store_explicit(&b->sealed, sealed + 1, memory_order_release);
	return true;
}

static struct tally_cell *cell_of(struct book *b, const struct stream_key *key)
{
	struct sums *s = &b->sums;
	uint64_t tag = (uint64_t)key->procedure << 8 | key->dimension;
	size_t at = (size_t)hash_mix(key->value ^ hash_mix(tag + b->key.k[0])) & b->mask;

	for (unsigned int i = 0; i < BOOK_PROBES; i++, at = (at + 1) & b->mask) {
		struct tally_cell *cell;

		if (s->index[at] == 0) {
			if (s->count == b->capacity)
				break;
			cell = &s->cells[s->count];
			*cell = (struct tally_cell){ .key = *key };
			s->places[s->count++] = (uint32_t)at;
			s->index[at] = (uint32_t)s->count;
			return cell;
		}
		cell = &s->cells[s->index[at] - 1];
		if (cell->key.value == key->value && cell->key.procedure == key->procedure && cell->key.dimension == key->dimension)
			return cell;
	}
	return NULL;
}

/* Counts of a leaf, each of which was an event. */
static uint64_t leaf_events(const struct leaf *l)
{
	uint64_t events = l->requests;

	for (int i = 0; i < LEAF_OUTCOMES; i++)
		events += l->outcomes[i];
	for (int i = 0; i < TALLY_CHECKPOINTS; i++)
		events += l->pending[i];
	return events;
}

static inline void leaf_add(struct tally_cell *restrict cell, const struct leaf *restrict l)
{
	cell->requests += l->requests;
	for (int i = 0; i < LEAF_OUTCOMES; i++)
		cell->outcomes[i] += l->outcomes[i];
	for (int i = 0; i < TALLY_CHECKPOINTS; i++)
		cell->pending[i] += l->pending[i];
	for (int i = 0; i < TALLY_LATENCY_BINS; i++)
		cell->latency[i] += l->latency[i];
	cell->latency_ns += l->latency_ns;
}

static void cell_add(struct book *b, enum dimension dimension, uint64_t value, const struct leaf *l)
{
	struct stream_key key = { .value = value, .procedure = leaf_procedure(l->name.tag), .dimension = (uint8_t)dimension };
	struct tally_cell *cell = cell_of(b, &key);

	if (cell == NULL) {
		b->sums.refused += leaf_events(l);
		return;
	}
	leaf_add(cell, l);
}

static void segments_add(struct book *b, const struct leaf *l)
{
	for (uint64_t left = l->name.segments; left != 0; left &= left - 1)
		cell_add(b, DIMENSION_SEGMENT, (uint64_t)__builtin_ctzll(left), l);
}

/* Whose direction it is, control can tell once it knows which networks are its own; here stand both networks. */
static void where_add(struct book *b, const struct leaf *l)
{
	const struct where *w = &b->wheres.list[l->name.value];
	const struct procedure_row *row = procedure_row(leaf_procedure(l->name.tag));
	uint8_t own = (uint8_t)w->what;
	uint8_t rat = own == RAT_NONE && row != NULL ? row->rat : own;

	if (w->route != 0)
		cell_add(b, DIMENSION_ROUTE, w->route, l);
	if (where_visited(w) != 0)
		cell_add(b, DIMENSION_PLMN, where_visited(w), l);
	if (rat != RAT_NONE)
		cell_add(b, DIMENSION_RAT, rat, l);
	if (where_subscribed(w) != 0)
		cell_add(b, DIMENSION_DIRECTION, (uint64_t)plmn_of_packed(where_subscribed(w)) << 32 | where_visited(w), l);
}

/* What a leaf counts besides ALL and segments. */
static void rest_add(struct book *b, const struct leaf *l)
{
	switch (leaf_kind(l->name.tag)) {
	case LEAF_SUBSCRIBER:
		for (unsigned int i = TALLY_PREFIX_SHORTEST; i <= digits_count(l->name.value); i++)
			cell_add(b, DIMENSION_IMSI_PREFIX, digits_prefix(l->name.value, i), l);
		return;
	case LEAF_BUCKET:
		cell_add(b, DIMENSION_IMSI_BUCKET, l->name.value, l);
		return;
	case LEAF_ENDING:
		cell_add(b, DIMENSION_IMSI_ENDING, l->name.value, l);
		return;
	case LEAF_WHERE:
		where_add(b, l);
		return;
	case LEAF_SERVER:
		cell_add(b, DIMENSION_SERVER, l->name.value, l);
		return;
	case LEAF_CLIENT:
		cell_add(b, DIMENSION_CLIENT, l->name.value, l);
		return;
	}
}

/* Works the cells of a page out of its leaves. */
static void sums_make(struct book *b, struct book_slot *slot)
{
	const struct leaves *l = &slot->leaves;
	struct sums *sums = &b->sums;

	for (size_t i = 0; i < l->count; i++) {
		if (leaf_kind(l->list[i].name.tag) == LEAF_SUBSCRIBER)
			cell_add(b, DIMENSION_ALL, 0, &l->list[i]);
	}
	for (size_t i = 0; i < l->count; i++)
		segments_add(b, &l->list[i]);
	for (size_t i = 0; i < l->count; i++)
		rest_add(b, &l->list[i]);
	slot->page.cells = sums->cells;
	slot->page.count = sums->count;
	slot->page.refused_cells = l->refused + sums->refused;
	atomic_store_explicit(&b->refused_sums, atomic_load_explicit(&b->refused_sums, memory_order_relaxed) + sums->refused,
			      memory_order_relaxed);
	sums->is_made = true;
}

static void sums_clear(struct sums *s)
{
	for (size_t i = 0; i < s->count; i++)
		s->index[s->places[i]] = 0;
	s->count = 0;
	s->refused = 0;
	s->is_made = false;
}

bool book_sealed(struct book *b, struct book_page *ret)
{
	unsigned int sealed = atomic_load_explicit(&b->sealed, memory_order_acquire);
	unsigned int returned = atomic_load_explicit(&b->returned, memory_order_relaxed);

	if (sealed == returned)
		return false;
	if (!b->sums.is_made)
		sums_make(b, &b->slots[returned % BOOK_SLOTS]);
	*ret = b->slots[returned % BOOK_SLOTS].page;
	return true;
}

void book_return(struct book *b)
{
	unsigned int returned = atomic_load_explicit(&b->returned, memory_order_relaxed);

	sums_clear(&b->sums);
	leaves_clear(&b->slots[returned % BOOK_SLOTS].leaves);
	atomic_store_explicit(&b->returned, returned + 1, memory_order_release);
}
