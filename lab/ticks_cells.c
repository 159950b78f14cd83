/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The streams of the simulator of ticks, as cells in the order of a tally, and the counts of a tick.
 *
 * A request is counted in eight cells: range, both nodes, bucket, ending, route, visited network, direction. Shorter prefixes, segments,
 * the whole and the radio access are sums of those, worked out when the tick is over: a prefix sorts before those inside it, so one sweep
 * from the end adds each to what contains it. Most requests are answered well within their tick; for these one number by latency stands for
 * request, success and latency together.
 */
#include <stdlib.h>
#include <string.h>

#include "lab/ticks_model.h"

#define NO_CELL UINT32_MAX
#define WORDS   (sizeof(struct tally_cell) / sizeof(uint32_t))
#define COUNTS  (offsetof(struct tally_cell, requests) / sizeof(uint32_t))

_Static_assert(sizeof(struct tally_cell) % sizeof(uint32_t) == 0, "a cell is words");

struct keys {
	struct stream_key *list;
	size_t count, room;
	bool is_short;
};

static void key_add(struct keys *k, procedure p, enum dimension dimension, uint64_t value)
{
	if (k->count == k->room) {
		size_t room = k->room == 0 ? 4096 : 2 * k->room;
		struct stream_key *list = realloc(k->list, room * sizeof(*list));

		if (list == NULL) {
			k->is_short = true;
			return;
		}
		k->list = list;
		k->room = room;
	}
	k->list[k->count++] = (struct stream_key){ .value = value, .procedure = p, .dimension = (uint8_t)dimension };
}

static bool row_sees_leaf(const struct ticks_row *row, const struct ticks_leaf *leaf)
{
	return row->roams || !leaf->is_inbound;
}

static uint8_t family_visible(const struct ticks_row *row, const struct ticks_family_nodes *n)
{
	return row->roams ? (uint8_t)(n->own + n->foreign) : n->own;
}

static bool row_is_diameter(const struct ticks_row *row)
{
	return row->registers == FAMILY_HSS;
}

static void node_keys(const struct lab_ticks *l, const struct ticks_row *row, procedure p, struct keys *k)
{
	const struct ticks_family_nodes *servers = &l->family[row->is_downward ? row->serving : row->registers];
	const struct ticks_family_nodes *clients = &l->family[row->is_downward ? row->registers : row->serving];

	for (unsigned int i = 0; i < family_visible(row, servers); i++)
		key_add(k, p, DIMENSION_SERVER, servers->name[i]);
	for (unsigned int i = 0; i < family_visible(row, clients); i++)
		key_add(k, p, DIMENSION_CLIENT, clients->name[i]);
	for (unsigned int i = 0; i < TICKS_ROUTES; i++) {
		key_add(k, p, DIMENSION_ROUTE, l->route[row_is_diameter(row)][i]);
		if (row_is_diameter(row))
			key_add(k, p, DIMENSION_SERVER, l->agent[i]);
	}
}

static void row_keys(const struct lab_ticks *l, const struct ticks_row *row, procedure p, struct keys *k)
{
	key_add(k, p, DIMENSION_ALL, 0);
	for (unsigned int i = 0; i < l->segment_count; i++)
		key_add(k, p, DIMENSION_SEGMENT, i);
	for (size_t i = 0; i < l->leaf_count; i++)
		for (unsigned int length = TALLY_PREFIX_SHORTEST; length <= TALLY_PREFIX_LONGEST && row_sees_leaf(row, &l->leaf[i]);
		     length++)
			key_add(k, p, DIMENSION_IMSI_PREFIX, digits_prefix(l->leaf[i].prefix, length));
	for (unsigned int i = 0; i < TALLY_BUCKETS; i++)
		key_add(k, p, DIMENSION_IMSI_BUCKET, i);
	for (unsigned int i = 0; i < TICKS_ENDINGS; i++)
		key_add(k, p, DIMENSION_IMSI_ENDING, i);
	key_add(k, p, DIMENSION_PLMN, TICKS_HOME_PLMN);
	for (size_t i = 0; i < l->partner_count && row->roams; i++)
		key_add(k, p, DIMENSION_PLMN, l->plmn[i]);
	if (procedure_row(p)->rat != RAT_NONE)
		key_add(k, p, DIMENSION_RAT, procedure_row(p)->rat);
	for (enum direction d = DIRECTION_HOME; d <= (row->roams ? DIRECTION_OUTBOUND : DIRECTION_HOME); d++)
		key_add(k, p, DIMENSION_DIRECTION, d);
	node_keys(l, row, p, k);
}

static uint32_t cell_find(const struct lab_ticks *l, procedure p, enum dimension dimension, uint64_t value)
{
	struct stream_key key = { .value = value, .procedure = p, .dimension = (uint8_t)dimension };
	const struct tally_cell *found = bsearch(&key, l->cell, l->cell_count, sizeof(*l->cell), stream_key_compare);

	return found == NULL ? NO_CELL : (uint32_t)(found - l->cell);
}

static void row_nodes_place(struct lab_ticks *l, const struct ticks_row *row, procedure p, struct ticks_places *ret)
{
	const struct ticks_family_nodes *registers = &l->family[row->registers], *serving = &l->family[row->serving];

	for (unsigned int i = 0; i < family_visible(row, registers); i++)
		ret->server[i] = cell_find(l, p, row->is_downward ? DIMENSION_CLIENT : DIMENSION_SERVER, registers->name[i]);
	for (unsigned int i = 0; i < family_visible(row, serving); i++)
		ret->client[i] = cell_find(l, p, row->is_downward ? DIMENSION_SERVER : DIMENSION_CLIENT, serving->name[i]);
	for (unsigned int i = 0; i < TICKS_ROUTES; i++) {
		ret->route[i] = cell_find(l, p, DIMENSION_ROUTE, l->route[row_is_diameter(row)][i]);
		ret->agent[i] = cell_find(l, p, DIMENSION_SERVER, l->agent[i]);
	}
}

static void row_place(struct lab_ticks *l, const struct ticks_row *row, procedure p, struct ticks_places *ret)
{
	static const uint8_t directions[PEOPLE_COUNT] = { DIRECTION_HOME, DIRECTION_OUTBOUND, DIRECTION_INBOUND };

	for (size_t i = 0; i < l->leaf_count; i++)
		ret->leaf[i] = row_sees_leaf(row, &l->leaf[i]) ? cell_find(l, p, DIMENSION_IMSI_PREFIX, l->leaf[i].prefix) : NO_CELL;
	for (unsigned int i = 0; i < TALLY_BUCKETS; i++)
		ret->bucket[i] = cell_find(l, p, DIMENSION_IMSI_BUCKET, i);
	for (unsigned int i = 0; i < TICKS_ENDINGS; i++)
		ret->ending[i] = cell_find(l, p, DIMENSION_IMSI_ENDING, i);
	for (size_t i = 0; i < l->partner_count; i++)
		ret->plmn[i] = cell_find(l, p, DIMENSION_PLMN, l->plmn[i]);
	ret->plmn[TICKS_PARTNERS_MAX] = cell_find(l, p, DIMENSION_PLMN, TICKS_HOME_PLMN);
	for (unsigned int i = 0; i < PEOPLE_COUNT; i++)
		ret->direction[i] = cell_find(l, p, DIMENSION_DIRECTION, directions[i]);
	row_nodes_place(l, row, p, ret);
}

/* What contains a cell, besides itself. */
static void parents_find(struct lab_ticks *l)
{
	for (uint32_t i = 0; i < l->cell_count; i++) {
		const struct stream_key *key = &l->cell[i].key;
		unsigned int length = digits_count(key->value);

		l->parent[i] = NO_CELL;
		l->segment_of[i] = NO_CELL;
		if (key->dimension != DIMENSION_IMSI_PREFIX)
			continue;
		if (length == TALLY_PREFIX_SHORTEST)
			l->parent[i] = cell_find(l, key->procedure, DIMENSION_ALL, 0);
		else
			l->parent[i] = cell_find(l, key->procedure, DIMENSION_IMSI_PREFIX, digits_prefix(key->value, length - 1));
		for (size_t j = 0; j < l->leaf_count && length == TALLY_PREFIX_LONGEST - 1; j++)
			if (digits_begin_with(l->leaf[j].prefix, key->value))
				l->segment_of[i] = cell_find(l, key->procedure, DIMENSION_SEGMENT, l->leaf[j].segment);
	}
}

static size_t keys_unique(struct keys *k)
{
	size_t kept = 0;

	qsort(k->list, k->count, sizeof(*k->list), stream_key_compare);
	for (size_t i = 0; i < k->count; i++)
		if (kept == 0 || stream_key_compare(&k->list[kept - 1], &k->list[i]) != 0)
			k->list[kept++] = k->list[i];
	return kept;
}

bool ticks_cells_build(struct lab_ticks *l)
{
	struct keys k = { 0 };

	l->cell_size = sizeof(*l->cell);
	for (size_t r = 0; r < ticks_row_count; r++)
		if ((l->rows >> r & 1) != 0)
			row_keys(l, &ticks_rows[r], l->procedure[r], &k);
	l->cell_count = k.list == NULL ? 0 : keys_unique(&k);
	/* The marks are swept eight at a time. */
	l->cell = calloc(l->cell_count + 1, sizeof(*l->cell));
	l->out = calloc(l->cell_count + 1, sizeof(*l->out));
	l->quick = calloc(l->cell_count + 1, sizeof(*l->quick));
	l->mark = calloc(l->cell_count + 8, 1);
	l->parent = calloc(l->cell_count + 1, sizeof(*l->parent));
	l->segment_of = calloc(l->cell_count + 1, sizeof(*l->segment_of));
	if (k.is_short || l->cell == NULL || l->out == NULL || l->quick == NULL || l->mark == NULL || l->parent == NULL ||
	    l->segment_of == NULL) {
		free(k.list);
		return false;
	}
	for (size_t i = 0; i < l->cell_count; i++)
		l->cell[i].key = k.list[i];
	free(k.list);
	for (size_t r = 0; r < ticks_row_count; r++)
		if ((l->rows >> r & 1) != 0)
			row_place(l, &ticks_rows[r], l->procedure[r], &l->places[r]);
	parents_find(l);
	return true;
}

#define CELLS_OF_REQUEST 8

static inline void cells_of(const struct lab_ticks *l, const struct ticks_request *r, uint32_t ret[CELLS_OF_REQUEST])
{
	const struct ticks_places *p = &l->places[r->row];

	ret[0] = p->leaf[r->leaf];
	ret[1] = r->by_agent ? p->agent[r->route] : p->server[r->server];
	ret[2] = p->client[r->client];
	ret[3] = p->bucket[r->bucket];
	ret[4] = p->ending[r->ending];
	ret[5] = p->route[r->route];
	ret[6] = p->plmn[r->people == PEOPLE_OUTBOUND ? r->partner : TICKS_PARTNERS_MAX];
	ret[7] = p->direction[r->people];
}

void ticks_count(struct lab_ticks *l, const struct ticks_request *r, size_t field)
{
	uint32_t at[CELLS_OF_REQUEST];

	cells_of(l, r, at);
	for (unsigned int i = 0; i < CELLS_OF_REQUEST; i++) {
		((uint32_t *)&l->cell[at[i]])[field]++;
		l->mark[at[i]] |= TICKS_MARK_FULL;
	}
}

void ticks_count_quick(struct lab_ticks *l, const struct ticks_request *r, unsigned int bin)
{
	uint32_t at[CELLS_OF_REQUEST];

	cells_of(l, r, at);
	for (unsigned int i = 0; i < CELLS_OF_REQUEST; i++) {
		l->quick[at[i]][bin - TICKS_QUICK_FIRST]++;
		l->mark[at[i]] |= TICKS_MARK_QUICK;
	}
}

/* What stands for whole requests, written out into the cell of the tally. */
static void quick_fold(struct lab_ticks *l, size_t i, struct tally_cell *ret)
{
	uint32_t sum = 0;

	for (unsigned int b = 0; b < TICKS_QUICK_BINS; b++) {
		sum += l->quick[i][b];
		ret->latency[TICKS_QUICK_FIRST + b] += l->quick[i][b];
		l->quick[i][b] = 0;
	}
	ret->requests += sum;
	ret->outcomes[OUTCOME_SUCCESS] += sum;
}

static void cell_add(struct lab_ticks *l, uint32_t to, size_t from)
{
	uint32_t *sum = (uint32_t *)&l->cell[to];
	const uint32_t *part = (const uint32_t *)&l->cell[from];

	for (size_t w = COUNTS; w < WORDS && (l->mark[from] & TICKS_MARK_FULL) != 0; w++)
		sum[w] += part[w];
	for (unsigned int b = 0; b < TICKS_QUICK_BINS; b++)
		l->quick[to][b] += l->quick[from][b];
	l->mark[to] |= l->mark[from];
}

static bool marks_are_none(const uint8_t *mark)
{
	uint64_t eight;

	memcpy(&eight, mark, sizeof(eight));
	return eight == 0;
}

/* The radio access of a procedure is one, so its cell is that of the whole. */
static void accesses_fill(struct lab_ticks *l)
{
	for (size_t i = 0; i < l->cell_count && l->cell[i].key.dimension == DIMENSION_ALL; i++) {
		procedure p = l->cell[i].key.procedure;
		uint32_t access = cell_find(l, p, DIMENSION_RAT, procedure_row(p)->rat);

		if (l->mark[i] != 0 && access != NO_CELL)
			cell_add(l, access, i);
	}
}

/*
 * Moves a cell's counts into the tally. The size is kept from the compiler, which would make string instructions of it: the library's
 * copy made a tick a sixth cheaper (37 against 44 us, 460 cells, one core of a small virtual machine).
 */
static void cell_emit(struct lab_ticks *l, size_t i, struct tally_cell *ret)
{
	memcpy(ret, &l->cell[i], l->cell_size);
	if ((l->mark[i] & TICKS_MARK_FULL) != 0)
		memset((uint32_t *)&l->cell[i] + COUNTS, 0, l->cell_size - COUNTS * sizeof(uint32_t));
	if ((l->mark[i] & TICKS_MARK_QUICK) != 0)
		quick_fold(l, i, ret);
	l->mark[i] = 0;
}

size_t ticks_cells_emit(struct lab_ticks *l)
{
	size_t count = 0;

	for (size_t i = l->cell_count; i-- > 0;) {
		if (l->mark[i] == 0)
			continue;
		if (l->parent[i] != NO_CELL)
			cell_add(l, l->parent[i], i);
		if (l->segment_of[i] != NO_CELL)
			cell_add(l, l->segment_of[i], i);
	}
	accesses_fill(l);
	for (size_t i = 0; i < l->cell_count; i++) {
		if (i % 8 == 0 && marks_are_none(&l->mark[i]))
			i += 7;
		else if (l->mark[i] != 0)
			cell_emit(l, i, &l->out[count++]);
	}
	return count;
}
