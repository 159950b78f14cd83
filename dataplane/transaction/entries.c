/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The entries of the transaction table, see entries.h. Called by transaction.c on the worker's thread; nothing allocates after the opening.
 *
 * Keys are keyed hashes already: the upper bits of their product with a constant name the line, those below the print. Not the lower
 * bits of hash_mix(), by which keys were dealt out to workers.
 *
 * A record in the wheel is an entry's own when slots[] names its slot. An entry that becomes due at another time gets another record, and
 * the old one means nothing any more, nor does that of an entry that is given back. When the wheel is full of them all the same, an entry
 * is looked at at the old time.
 */
#include "dataplane/transaction/entries.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "dataplane/base/memory.h"

#define LINE_FILL     8 /* keys per line when table and ring of remnants are full: of 12 places one line in 15 then needs a further one */
#define LINE_BITS_MIN 2
#define PRINT_BITS    8
/* Records per entry, on average over the table. */
#define RECORDS 2
/* Records ahead of the one that comes up, when its slot is fetched, and later its entry. */
#define FETCH_SLOT  32
#define FETCH_ENTRY 12

static size_t bytes_of_list(const struct entries *e)
{
	return (e->capacity + 1) * sizeof(*e->list);
}

bool entries_open(struct entries *e, size_t capacity, nanos tick)
{
	unsigned int bits = LINE_BITS_MIN;
	bool has_remnants;

	memset(e, 0, sizeof(*e));
	has_remnants = remnants_open(&e->remnants, capacity);
	while ((LINE_FILL << bits) < (int64_t)(capacity + e->remnants.mask + 1))
		bits++;
	e->capacity = capacity;
	e->shift = 64 - bits;
	e->line_first = (uint32_t)1 << bits;
	e->line_count = e->line_first + (e->line_first >> 2) + 1;
	e->list = memory_take(bytes_of_list(e));
	e->lines = memory_take(e->line_count * sizeof(*e->lines));
	e->free = memory_take(capacity * sizeof(*e->free));
	e->slots = memory_take((capacity + 1) * sizeof(*e->slots));
	return wheel_open(&e->wheel, RECORDS * capacity, tick) && has_remnants && e->list != NULL && e->lines != NULL && e->free != NULL &&
	       e->slots != NULL;
}

void entries_close(struct entries *e)
{
	memory_give(e->list, bytes_of_list(e));
	memory_give(e->lines, e->line_count * sizeof(*e->lines));
	memory_give(e->free, e->capacity * sizeof(*e->free));
	memory_give(e->slots, (e->capacity + 1) * sizeof(*e->slots));
	remnants_close(&e->remnants);
	wheel_close(&e->wheel);
}

void entries_reset(struct entries *e)
{
	wheel_reset(&e->wheel);
	remnants_reset(&e->remnants);
	memset(e->slots, 0, (e->used + 1) * sizeof(*e->slots));
	e->free_count = 0;
	e->used = 0;
}

static uint64_t product_of(uint64_t key)
{
	return key * UINT64_C(0x9e3779b97f4a7c15);
}

static struct entries_line *line_of(const struct entries *e, uint64_t key)
{
	return &e->lines[product_of(key) >> e->shift];
}

static uint8_t print_of(const struct entries *e, uint64_t key)
{
	uint8_t print = (uint8_t)(product_of(key) >> (e->shift - PRINT_BITS));

	return (uint8_t)(print + (print == 0));
}

/*
 * The places of a line that have this print, a bit each. All at once with SSE2: place_find() took 40 instructions with eight prints in a
 * word, and takes 23.
 */
static inline unsigned int line_places(const struct entries_line *l, uint8_t print)
{
#ifdef __SSE2__
	__m128i same = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)l), _mm_set1_epi8((char)print));

	return (unsigned int)_mm_movemask_epi8(same) & ((1U << ENTRIES_PLACES) - 1);
#else
	unsigned int places = 0;

	for (unsigned int i = 0; i < ENTRIES_PLACES; i++)
		places |= (unsigned int)(l->prints[i] == print) << i;
	return places;
#endif
}

/* Where the newest entry of a key stands. */
struct place {
	struct entries_line *line; /* NULL: the key has no entry */
	struct entries_line *before;
	unsigned int at;
};

static inline bool number_is_of(const struct entries *e, uint32_t number, uint64_t key)
{
	if (is_remnant(number))
		return remnant_is_kept(&e->remnants, number) && remnant_at(&e->remnants, number)->key == key;
	return e->list[number].key == key;
}

static struct place place_find(const struct entries *e, uint64_t key)
{
	struct place p = { .line = line_of(e, key) };
	uint8_t print = print_of(e, key);

	for (;;) {
		for (unsigned int left = line_places(p.line, print); left != 0; left &= left - 1) {
			p.at = (unsigned int)__builtin_ctz(left);
			if (number_is_of(e, p.line->numbers[p.at], key))
				return p;
		}
		if (p.line->next == 0)
			return (struct place){ .line = NULL };
		p.before = p.line;
		p.line = &e->lines[p.line->next];
	}
}

uint32_t entries_first(const struct entries *e, uint64_t key)
{
	struct place p = place_find(e, key);

	return p.line == NULL ? 0 : p.line->numbers[p.at];
}

/* A further line behind `l`; false when there is none. */
static bool line_append(struct entries *e, struct entries_line *l)
{
	uint32_t number = e->line_free;

	if (number != 0)
		e->line_free = e->lines[number].next;
	else if (e->line_first + e->line_used < e->line_count)
		number = e->line_first + e->line_used++;
	else
		return false;
	e->lines[number].next = 0;
	l->next = number;
	return true;
}

static bool line_is_empty(const struct entries_line *l)
{
	static const uint8_t empty[ENTRIES_PLACES];

	return memcmp(l->prints, empty, sizeof(empty)) == 0;
}

/* Gives a further line back, which has become empty. */
static void line_remove(struct entries *e, struct entries_line *before)
{
	uint32_t number = before->next;

	before->next = e->lines[number].next;
	e->lines[number].next = e->line_free;
	e->line_free = number;
}

/* Clears the places of remnants that are forgotten, of a line and those behind it. */
static void lines_sweep(struct entries *e, struct entries_line *first)
{
	struct entries_line *before = NULL;

	for (struct entries_line *l = first;;) {
		for (unsigned int i = 0; i < ENTRIES_PLACES; i++) {
			if (is_remnant(l->numbers[i]) && !remnant_is_kept(&e->remnants, l->numbers[i]))
				l->prints[i] = 0;
		}
		if (before != NULL && line_is_empty(l))
			line_remove(e, before);
		else
			before = l;
		if (before->next == 0)
			return;
		l = &e->lines[before->next];
	}
}

/* An empty place for a key that has none; line NULL when there is no room. */
static struct place place_make(struct entries *e, uint64_t key)
{
	struct place p = { .line = line_of(e, key) };
	unsigned int empty;

	if (line_places(p.line, 0) == 0)
		lines_sweep(e, p.line);
	while ((empty = line_places(p.line, 0)) == 0) {
		if (p.line->next == 0 && !line_append(e, p.line))
			return (struct place){ .line = NULL };
		p.line = &e->lines[p.line->next];
	}
	p.at = (unsigned int)__builtin_ctz(empty);
	p.line->prints[p.at] = print_of(e, key);
	return p;
}

/* A further line that has become empty is given back. */
static void place_clear(struct entries *e, const struct place *p)
{
	p->line->prints[p->at] = 0;
	if (p->before != NULL && line_is_empty(p->line))
		line_remove(e, p->before);
}

/* Counts by key and not by line, so that it is the same for any number of workers. */
static bool chain_is_full(const struct entries *e, uint32_t at)
{
	unsigned int count = 0;

	for (; at != 0 && !is_remnant(at) && count < ENTRIES_PER_KEY_MAX; at = e->list[at].chain)
		count++;
	return count == ENTRIES_PER_KEY_MAX;
}

/* The entry that would be taken next, 0 for none. */
static uint32_t entry_next(const struct entries *e)
{
	if (e->free_count > 0)
		return e->free[e->free_count - 1];
	return e->used < e->capacity ? (uint32_t)e->used + 1 : 0;
}

uint32_t entries_take(struct entries *e, uint64_t key)
{
	uint32_t at = entry_next(e);
	struct entry *entry = &e->list[at];
	uint32_t older = 0;
	struct place p;

	if (at == 0 || wheel_is_full(&e->wheel))
		return 0;
	p = place_find(e, key);
	if (p.line != NULL) {
		older = p.line->numbers[p.at];
		if (chain_is_full(e, older))
			return 0;
	} else {
		p = place_make(e, key);
		if (p.line == NULL)
			return 0;
	}
	p.line->numbers[p.at] = at;
	if (e->free_count > 0)
		e->free_count--;
	else
		e->used++;
	memset(entry, 0, sizeof(*entry));
	entry->key = key;
	entry->chain = older;
	return at;
}

/* Takes a number out of its key's chain. */
static void number_remove(struct entries *e, uint64_t key, uint32_t number, uint32_t older)
{
	struct place p = place_find(e, key);
	uint32_t *link = &p.line->numbers[p.at];

	if (*link == number && older == 0) {
		place_clear(e, &p);
		return;
	}
	while (*link != number)
		link = &e->list[*link].chain;
	*link = older;
}

/* Its record in the wheel means nothing from now on. */
static void entry_free(struct entries *e, uint32_t at)
{
	e->list[at].state = ENTRY_FREE;
	e->slots[at] = 0;
	e->free[e->free_count++] = at;
}

void entries_release(struct entries *e, uint32_t at)
{
	number_remove(e, e->list[at].key, at, e->list[at].chain);
	entry_free(e, at);
}

bool entries_settle(struct entries *e, uint32_t at, nanos due)
{
	const struct entry *entry = &e->list[at];
	struct place p = place_find(e, entry->key);
	bool is_last = entry->chain == 0 || (is_remnant(entry->chain) && !remnant_is_kept(&e->remnants, entry->chain));
	struct remnant *r;

	if (p.line->numbers[p.at] != at || !is_last)
		return false;
	p.line->numbers[p.at] = remnant_new(&e->remnants, &r);
	*r = (struct remnant){ .key = entry->key,
			       .due = due,
			       .imsi = entry->imsi,
			       .party_title = entry->party_title,
			       .party_code = entry->party_code,
			       .procedure = entry->procedure,
			       .invoke = entry->invoke };
	entry_free(e, at);
	return true;
}

void entries_forget(struct entries *e, uint32_t number)
{
	number_remove(e, remnant_at(&e->remnants, number)->key, number, 0);
}

void entries_record(struct entries *e, uint32_t at)
{
	struct entry *entry = &e->list[at];
	struct wheel *w = &e->wheel;
	unsigned int slot;

	if (!w->is_turning)
		wheel_start(w, entry->opened);
	slot = wheel_slot_of(w, entry->due);
	if (e->slots[at] == slot + 1 || (e->slots[at] != 0 && wheel_is_full(w)))
		return;
	e->slots[at] = (uint16_t)(slot + 1);
	wheel_add(w, slot, at);
}

/* Of records that will be taken soon: first whether they still mean something, then the entry. */
static inline void coming_fetch(const struct entries *e, unsigned int slot)
{
	const struct wheel *w = &e->wheel;
	uint32_t near = wheel_coming(w, FETCH_ENTRY);

	__builtin_prefetch(&e->slots[wheel_coming(w, FETCH_SLOT)], 1);
	if (e->slots[near] == slot + 1)
		__builtin_prefetch(&e->list[near], 1);
}

uint32_t entries_come_up(struct entries *e)
{
	struct wheel *w = &e->wheel;
	unsigned int slot = (unsigned int)((uint64_t)w->turned % WHEEL_SLOTS);
	uint32_t at;

	while ((at = wheel_take(w)) != 0) {
		coming_fetch(e, slot);
		if (e->slots[at] != slot + 1)
			continue;
		e->slots[at] = 0;
		return at;
	}
	return 0;
}

void entries_fetch_line(const struct entries *e, uint64_t key)
{
	__builtin_prefetch(line_of(e, key), 1);
}

static void entry_fetch(const struct entry *entry)
{
	__builtin_prefetch(entry, 1);
	__builtin_prefetch(&entry->sequence, 1);
}

static void number_fetch(const struct entries *e, uint32_t number)
{
	if (!is_remnant(number)) {
		entry_fetch(&e->list[number]);
		__builtin_prefetch(&e->slots[number], 1);
	} else if (remnant_is_kept(&e->remnants, number)) {
		__builtin_prefetch(remnant_at(&e->remnants, number));
	}
}

bool entries_fetch(const struct entries *e, uint64_t key)
{
	const struct entries_line *l = line_of(e, key);
	unsigned int places = line_places(l, print_of(e, key));

	if (places == 0)
		return false;
	number_fetch(e, l->numbers[__builtin_ctz(places)]);
	return true;
}

void entries_fetch_remnant(const struct entries *e, size_t position)
{
	__builtin_prefetch(remnant_at(&e->remnants, e->remnants.head + (uint32_t)position), 1);
}

void entries_fetch_free(const struct entries *e, size_t position)
{
	if (position < e->free_count)
		entry_fetch(&e->list[e->free[e->free_count - 1 - position]]);
	else if (e->used + position - e->free_count < e->capacity)
		entry_fetch(&e->list[e->used + position - e->free_count + 1]);
}
