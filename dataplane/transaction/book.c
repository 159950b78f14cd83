/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Counting into tally cells, see book.h. The worker's functions are called per transaction event by the worker's thread, the last two by
 * control. A cell is found through a hash of its key; only cells that were touched in a tick exist in it, so that a quiet tick is cheap.
 * What it refuses: streams beyond limits.cells (counted in refused_cells). Sums over ALL come first in each event, so that the whole
 * network is never what is refused.
 */
#include "dataplane/transaction/book.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/base/hash.h"

#define BOOK_SLOTS 4
/* Keys of one event: all, every segment, prefixes, bucket, server, client. */
#define BOOK_KEYS_MAX (1 + PLAN_SEGMENTS_MAX + (TALLY_PREFIX_LONGEST - TALLY_PREFIX_SHORTEST + 1) + 3)
#define BOOK_PROBES   16

struct book_slot {
	struct tally_cell *cells;
	uint32_t *places; /* of each cell in the index, to clear it without a sweep */
	uint32_t *index;  /* cell + 1, 0 empty */
	size_t count;
	struct book_page page;
};

struct book {
	struct book_slot slots[BOOK_SLOTS];
	struct hash_key key;
	size_t capacity;
	size_t mask;
	uint64_t refused;              /* in this page */
	uint64_t refused_all;          /* so far */
	unsigned int filling;          /* the worker's */
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
	bool is_whole = b != NULL;

	if (b == NULL)
		return NULL;
	b->key = plan->hash_key;
	b->capacity = plan->limits.cells;
	b->mask = power_of_two(2 * b->capacity) - 1;
	for (int i = 0; i < BOOK_SLOTS; i++) {
		struct book_slot *s = &b->slots[i];

		s->cells = calloc(b->capacity, sizeof(*s->cells));
		s->places = calloc(b->capacity, sizeof(*s->places));
		s->index = calloc(b->mask + 1, sizeof(*s->index));
		is_whole = is_whole && s->cells != NULL && s->places != NULL && s->index != NULL;
	}
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
	for (int i = 0; i < BOOK_SLOTS; i++) {
		free(b->slots[i].cells);
		free(b->slots[i].places);
		free(b->slots[i].index);
	}
	free(b);
}

static struct tally_cell *cell_of(struct book *b, const struct stream_key *key)
{
	struct book_slot *s = &b->slots[b->filling];
	uint64_t tag = (uint64_t)key->procedure << 8 | key->dimension;
	size_t at = (size_t)hash_mix(key->value ^ hash_mix(tag + b->key.k[0])) & b->mask;

	for (unsigned int i = 0; i < BOOK_PROBES; i++, at = (at + 1) & b->mask) {
		struct tally_cell *cell;

		if (s->index[at] == 0) {
			if (s->count == b->capacity)
				break;
			cell = &s->cells[s->count];
			cell->key = *key;
			s->places[s->count++] = (uint32_t)at;
			s->index[at] = (uint32_t)s->count;
			return cell;
		}
		cell = &s->cells[s->index[at] - 1];
		if (cell->key.value == key->value && cell->key.procedure == key->procedure && cell->key.dimension == key->dimension)
			return cell;
	}
	b->refused++;
	b->refused_all++;
	return NULL;
}

static size_t subject_keys(const struct book *b, const struct book_subject *s, struct stream_key keys[BOOK_KEYS_MAX])
{
	size_t n = 0;

	keys[n++] = (struct stream_key){ .procedure = s->procedure, .dimension = DIMENSION_ALL };
	for (uint64_t left = s->segments; left != 0; left &= left - 1)
		keys[n++] = (struct stream_key){ .procedure = s->procedure,
						 .dimension = DIMENSION_SEGMENT,
						 .value = (uint64_t)__builtin_ctzll(left) };
	if (s->server != 0)
		keys[n++] = (struct stream_key){ .procedure = s->procedure, .dimension = DIMENSION_SERVER, .value = s->server };
	if (s->client != 0)
		keys[n++] = (struct stream_key){ .procedure = s->procedure, .dimension = DIMENSION_CLIENT, .value = s->client };
	if (s->imsi == 0)
		return n;
	keys[n++] = (struct stream_key){ .procedure = s->procedure,
					 .dimension = DIMENSION_IMSI_BUCKET,
					 .value = hash_words(&b->key, s->imsi, 1) % TALLY_BUCKETS };
	for (unsigned int i = TALLY_PREFIX_SHORTEST; i <= TALLY_PREFIX_LONGEST && i <= digits_count(s->imsi); i++)
		keys[n++] = (struct stream_key){ .procedure = s->procedure,
						 .dimension = DIMENSION_IMSI_PREFIX,
						 .value = digits_prefix(s->imsi, i) };
	return n;
}

void book_request(struct book *b, const struct book_subject *s)
{
	struct stream_key keys[BOOK_KEYS_MAX];
	size_t n = subject_keys(b, s, keys);

	for (size_t i = 0; i < n; i++) {
		struct tally_cell *cell = cell_of(b, &keys[i]);

		if (cell != NULL)
			cell->requests++;
	}
}

void book_pending(struct book *b, const struct book_subject *s, unsigned int checkpoint)
{
	struct stream_key keys[BOOK_KEYS_MAX];
	size_t n = subject_keys(b, s, keys);

	for (size_t i = 0; i < n; i++) {
		struct tally_cell *cell = cell_of(b, &keys[i]);

		if (cell != NULL)
			cell->pending[checkpoint]++;
	}
}

/* Bin b holds latencies below 2^b milliseconds, the last everything above. */
static unsigned int latency_bin(nanos latency)
{
	uint64_t ms = (uint64_t)(latency / NANOS_PER_MS);
	unsigned int bin = ms == 0 ? 0 : 64 - (unsigned int)__builtin_clzll(ms);

	return bin < TALLY_LATENCY_BINS ? bin : TALLY_LATENCY_BINS - 1;
}

void book_outcome(struct book *b, const struct book_subject *s, enum outcome_class class, nanos latency)
{
	struct stream_key keys[BOOK_KEYS_MAX];
	size_t n = subject_keys(b, s, keys);

	for (size_t i = 0; i < n; i++) {
		struct tally_cell *cell = cell_of(b, &keys[i]);

		if (cell == NULL)
			continue;
		cell->outcomes[class]++;
		if (latency >= 0) {
			uint16_t *bin = &cell->latency[latency_bin(latency)];

			if (*bin != UINT16_MAX)
				(*bin)++;
		}
	}
}

unsigned int book_pages(const struct book *b)
{
	return atomic_load_explicit(&b->sealed, memory_order_relaxed);
}

uint64_t book_refused(const struct book *b)
{
	return b->refused_all;
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
	s->page.cells = s->cells;
	s->page.count = s->count;
	s->page.refused_cells = b->refused;
	b->refused = 0;
	b->filling = (b->filling + 1) % BOOK_SLOTS;
	atomic_store_explicit(&b->sealed, sealed + 1, memory_order_release);
	return true;
}

bool book_sealed(struct book *b, struct book_page *ret)
{
	unsigned int sealed = atomic_load_explicit(&b->sealed, memory_order_acquire);
	unsigned int returned = atomic_load_explicit(&b->returned, memory_order_relaxed);

	if (sealed == returned)
		return false;
	*ret = b->slots[returned % BOOK_SLOTS].page;
	return true;
}

void book_return(struct book *b)
{
	unsigned int returned = atomic_load_explicit(&b->returned, memory_order_relaxed);
	struct book_slot *s = &b->slots[returned % BOOK_SLOTS];

	for (size_t i = 0; i < s->count; i++)
		s->index[s->places[i]] = 0;
	memset(s->cells, 0, s->count * sizeof(*s->cells));
	s->count = 0;
	atomic_store_explicit(&b->returned, returned + 1, memory_order_release);
}
