/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Counts per stream and second, see ledger.h. Bins carry the number of their unit, so that nothing has to be emptied when time goes on.
 * Rows come in the order of first sight, so nothing depends on the order of hashes. Called by incident.c for every tick.
 * Rows are kilobytes, so their keys stand by themselves; nearly every cell of a tick is found beside that of the tick before, without a
 * hash, and its bins are fetched ahead.
 */
#include "control/incident/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "config/compare.h"

#define CHUNK 512
#define SLOTS (4 * LEDGER_STREAMS)
/* How far ahead bins are fetched, in cells. */
#define ROWS_AHEAD 4

struct ledger_bin {
	int64_t at; /* unit, or sixteen of them */
	float requests, answers, refused, congested, user, pending, timeout, late, repeats;
};

struct ledger_row {
	struct ledger_bin fine[LEDGER_BINS];
	struct ledger_bin coarse[LEDGER_BINS];
};

struct ledger {
	struct hash_key key;
	struct ledger_row *chunks[LEDGER_STREAMS / CHUNK];
	struct stream_key *keys; /* by row */
	uint32_t *slots;         /* row + 1, open addressing */
	uint32_t *next;          /* by row: the row that came behind it last time, LEDGER_STREAMS for none */
	size_t count;
	nanos tick, unit;
	nanos end;
	int64_t first; /* the first unit that was counted */
	bool has_pending;
	uint64_t refused;
};

struct ledger *ledger_new(const struct hash_key *key)
{
	struct ledger *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->key = *key;
	l->slots = calloc(SLOTS, sizeof(*l->slots));
	l->keys = calloc(LEDGER_STREAMS, sizeof(*l->keys));
	l->next = calloc(LEDGER_STREAMS, sizeof(*l->next));
	if (l->slots && l->keys && l->next)
		return l;
	ledger_free(l);
	return NULL;
}

void ledger_free(struct ledger *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < LEDGER_STREAMS / CHUNK; i++)
		free(l->chunks[i]);
	free(l->slots);
	free(l->keys);
	free(l->next);
	free(l);
}

static struct ledger_row *row_at(const struct ledger *l, size_t row)
{
	return &l->chunks[row / CHUNK][row % CHUNK];
}

static size_t slot_of(const struct ledger *l, const struct stream_key *key)
{
	size_t slot = (size_t)hash_words(&l->key, key->value, (uint64_t)key->procedure << 8 | key->dimension) & (SLOTS - 1);

	while (l->slots[slot] && stream_key_order(&l->keys[l->slots[slot] - 1], key) != 0)
		slot = (slot + 1) & (SLOTS - 1);
	return slot;
}

size_t ledger_find(const struct ledger *l, const struct stream_key *key)
{
	size_t slot = slot_of(l, key);

	return l->slots[slot] ? l->slots[slot] - 1 : LEDGER_STREAMS;
}

void ledger_move(struct ledger *l, const struct segment_places *places)
{
	memset(l->slots, 0, SLOTS * sizeof(*l->slots));
	for (size_t row = 0; row < l->count; row++) {
		if (l->keys[row].dimension == DIMENSION_SEGMENT) /* one that is gone gets a value that no cell has */
			l->keys[row].value = (uint64_t)segment_places_index(places, l->keys[row].value);
		l->slots[slot_of(l, &l->keys[row])] = (uint32_t)row + 1;
	}
}

/* The row of a stream, made when it is new; LEDGER_STREAMS without room. */
static size_t row_take(struct ledger *l, const struct stream_key *key)
{
	size_t slot = slot_of(l, key);

	if (l->slots[slot])
		return l->slots[slot] - 1;
	if (l->count < LEDGER_STREAMS && !l->chunks[l->count / CHUNK])
		l->chunks[l->count / CHUNK] = calloc(CHUNK, sizeof(struct ledger_row));
	if (l->count == LEDGER_STREAMS || !l->chunks[l->count / CHUNK]) {
		l->refused++;
		return LEDGER_STREAMS;
	}
	l->keys[l->count] = *key;
	l->next[l->count] = LEDGER_STREAMS;
	l->slots[slot] = (uint32_t)++l->count;
	return l->count - 1;
}

static struct ledger_bin *bin_of(struct ledger_bin *ring, int64_t at)
{
	struct ledger_bin *bin = &ring[(uint64_t)at % LEDGER_BINS];

	if (bin->at != at)
		*bin = (struct ledger_bin){ .at = at };
	return bin;
}

static void bin_add(struct ledger_bin *bin, const struct tally_cell *cell)
{
	const uint32_t *o = cell->outcomes;

	bin->requests += (float)cell->requests;
	bin->refused += (float)(o[OUTCOME_NETWORK] + o[OUTCOME_CONGESTION] + o[OUTCOME_ABORT]);
	bin->congested += (float)o[OUTCOME_CONGESTION];
	bin->user += (float)o[OUTCOME_USER];
	bin->answers += (float)(o[OUTCOME_SUCCESS] + o[OUTCOME_USER] + o[OUTCOME_NETWORK] + o[OUTCOME_CONGESTION] + o[OUTCOME_ABORT]);
	bin->timeout += (float)o[OUTCOME_TIMEOUT];
	bin->late += (float)o[OUTCOME_LATE];
	bin->repeats += (float)cell->repeats;
}

/* Everything is forgotten but the streams' names. */
static void ledger_begin_anew(struct ledger *l, const struct tally *tally)
{
	for (size_t i = 0; i < l->count; i++) {
		struct ledger_row *row = row_at(l, i);

		memset(row->fine, 0, sizeof(row->fine));
		memset(row->coarse, 0, sizeof(row->coarse));
	}
	l->tick = tally->length;
	l->unit = tally->length > NANOS_PER_S ? tally->length : NANOS_PER_S;
	l->first = tally->start / l->unit;
}

/* The row of a cell; it is mostly the one that came behind `before` in the last tick, too. */
static size_t row_after(struct ledger *l, size_t before, const struct stream_key *key)
{
	size_t row = before == LEDGER_STREAMS ? LEDGER_STREAMS : l->next[before];

	if (row != LEDGER_STREAMS && stream_key_order(&l->keys[row], key) == 0)
		return row;
	row = row_take(l, key);
	if (before != LEDGER_STREAMS)
		l->next[before] = (uint32_t)row;
	return row;
}

/* Fetches the bins of the row that will come some cells later, if they come as in the last tick. */
static void row_fetch(const struct ledger *l, size_t row, int64_t at)
{
	for (unsigned int i = 0; i < ROWS_AHEAD && row != LEDGER_STREAMS; i++)
		row = l->next[row];
	if (row == LEDGER_STREAMS)
		return;
	__builtin_prefetch(&row_at(l, row)->fine[(uint64_t)at % LEDGER_BINS], 1);
	__builtin_prefetch(&row_at(l, row)->coarse[(uint64_t)(at / LEDGER_COARSE) % LEDGER_BINS], 1);
}

void ledger_take(struct ledger *l, const struct tally *tally)
{
	size_t before = LEDGER_STREAMS;
	nanos age = tally_checkpoint_age[LEDGER_CHECKPOINT];
	int64_t at, sent;

	if (l->tick != tally->length || tally->start < l->end - tally->length ||
	    tally->start - l->end > LEDGER_BINS * LEDGER_COARSE * l->unit)
		ledger_begin_anew(l, tally);
	l->end = tally->start + tally->length;
	at = tally->start / l->unit;
	/* What reaches the age in this tick was sent that long before; in ticks longer than the age mostly in the same one. */
	sent = tally->length > age ? at : (tally->start - age) / l->unit;
	for (size_t i = 0; i < tally->count; i++) {
		const struct tally_cell *cell = &tally->cells[i];
		size_t row = row_after(l, before, &cell->key);
		struct ledger_row *r;
		float pending = (float)cell->pending[LEDGER_CHECKPOINT];

		before = row;
		if (row == LEDGER_STREAMS)
			continue;
		row_fetch(l, row, at);
		r = row_at(l, row);
		bin_add(bin_of(r->fine, at), cell);
		bin_add(bin_of(r->coarse, at / LEDGER_COARSE), cell);
		if (pending <= 0)
			continue;
		l->has_pending = true;
		bin_of(r->fine, sent)->pending += pending;
		bin_of(r->coarse, sent / LEDGER_COARSE)->pending += pending;
	}
}

size_t ledger_count(const struct ledger *l)
{
	return l->count;
}

const struct stream_key *ledger_key(const struct ledger *l, size_t row)
{
	return &l->keys[row];
}

static void sum_add(const struct ledger *l, struct ledger_sum *sum, const struct ledger_bin *bin)
{
	sum->requests += (double)bin->requests;
	sum->answers += (double)bin->answers;
	sum->refused += (double)bin->refused;
	sum->congested += (double)bin->congested;
	sum->user += (double)bin->user;
	sum->silent += l->has_pending ? (double)bin->pending : (double)bin->timeout;
	sum->late += (double)bin->late;
	sum->repeats += (double)bin->repeats;
}

/* The first unit of the younger ring that begins a bin of the older one: before it the older ring counts, from it on the younger. */
static int64_t seam_of(const struct ledger *l)
{
	int64_t oldest = (l->end - 1) / l->unit - LEDGER_BINS + 1;

	return (oldest + LEDGER_COARSE - 1) / LEDGER_COARSE * LEDGER_COARSE;
}

struct ledger_sum ledger_sum(const struct ledger *l, size_t row, nanos from, nanos until)
{
	const struct ledger_row *r = row_at(l, row);
	struct ledger_sum sum = { 0 };
	int64_t seam = seam_of(l);
	int64_t last = (l->end - 1) / l->unit;
	int64_t first = from / l->unit;
	int64_t end = (until + l->unit - 1) / l->unit;
	int64_t coarse = (first + LEDGER_COARSE - 1) / LEDGER_COARSE;

	if (end > last + 1)
		end = last + 1;
	for (int64_t at = first > seam ? first : seam; at < end; at++) {
		const struct ledger_bin *bin = &r->fine[(uint64_t)at % LEDGER_BINS];

		if (bin->at == at)
			sum_add(l, &sum, bin);
	}
	if (coarse <= last / LEDGER_COARSE - LEDGER_BINS)
		coarse = last / LEDGER_COARSE - LEDGER_BINS + 1;
	for (; coarse < seam / LEDGER_COARSE && (coarse + 1) * LEDGER_COARSE <= end; coarse++) {
		const struct ledger_bin *bin = &r->coarse[(uint64_t)coarse % LEDGER_BINS];

		if (bin->at == coarse)
			sum_add(l, &sum, bin);
	}
	return sum;
}

nanos ledger_unit(const struct ledger *l)
{
	return l->unit;
}

nanos ledger_begin(const struct ledger *l)
{
	int64_t oldest = ((l->end - 1) / l->unit / LEDGER_COARSE - LEDGER_BINS + 1) * LEDGER_COARSE;

	return (oldest > l->first ? oldest : l->first) * l->unit;
}

nanos ledger_end(const struct ledger *l)
{
	return l->end;
}

uint64_t ledger_refused(const struct ledger *l)
{
	return l->refused;
}
