/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Samples of one localisation, see samples.h. A phone that cannot register tries 4 to 30 times (DESIGN 3.10); without the weights one
 * such phone would convict its whole number block. When there are more requests than room, every second subscriber is left out, with all
 * its requests, as often as needed: shares stay right. Called by localise.c on the control thread.
 */
#include "control/incident/samples.h"

#include <stdlib.h>
#include <string.h>

#define UNIT_SLOTS (4 * SAMPLES_MAX)
#define CELL_SLOTS (2 * SAMPLES_CELLS_MAX)

struct sample_unit {
	digits imsi;
	uint32_t count; /* 0: empty */
	bool is_before;
	bool has_unit;
	bool has_failing;
};

bool samples_make(struct samples *s, const struct hash_key *key)
{
	memset(s, 0, sizeof(*s));
	s->key = *key;
	s->list = calloc(SAMPLES_MAX, sizeof(*s->list));
	s->units = calloc(UNIT_SLOTS, sizeof(*s->units));
	s->cells = calloc(SAMPLES_CELLS_MAX, sizeof(*s->cells));
	s->slots = calloc(CELL_SLOTS, sizeof(*s->slots));
	return s->list && s->units && s->cells && s->slots;
}

void samples_free(struct samples *s)
{
	free(s->list);
	free(s->units);
	free(s->cells);
	free(s->slots);
	memset(s, 0, sizeof(*s));
}

void samples_clear(struct samples *s)
{
	s->count = 0;
	s->level = 0;
}

/* Millions of look-ups a localisation: the key goes in before the mixing, which is enough for tables that live for one. */
static size_t value_slot(const struct samples *s, uint64_t value)
{
	return (size_t)hash_mix((value ^ s->key.k[0]) + s->key.k[1]);
}

static bool is_kept(const struct samples *s, digits imsi)
{
	return s->level == 0 || hash_words(&s->key, imsi, 1) >> (64 - s->level) == 0;
}

/* Leaves out subscribers until there is room again. Requests without a subscriber go with the hash of no digits: rare, and then all alike.
 */
static void samples_halve(struct samples *s)
{
	size_t kept = 0;

	s->level++;
	for (size_t i = 0; i < s->count; i++) {
		if (is_kept(s, s->list[i].imsi))
			s->list[kept++] = s->list[i];
	}
	s->count = kept;
}

void samples_add(struct samples *s, const struct sample *sample)
{
	while (s->count == SAMPLES_MAX && s->level < 40)
		samples_halve(s);
	if (s->count < SAMPLES_MAX && is_kept(s, sample->imsi))
		s->list[s->count++] = *sample;
}

static struct sample_unit *unit_find(struct samples *s, const struct sample *sample)
{
	size_t slot = value_slot(s, sample->imsi + sample->is_before) & (UNIT_SLOTS - 1);

	while (s->units[slot].count && (s->units[slot].imsi != sample->imsi || s->units[slot].is_before != sample->is_before))
		slot = (slot + 1) & (UNIT_SLOTS - 1);
	return &s->units[slot];
}

void samples_weigh(struct samples *s)
{
	memset(s->units, 0, UNIT_SLOTS * sizeof(*s->units));
	for (size_t i = 0; i < s->count; i++) {
		struct sample_unit *unit = unit_find(s, &s->list[i]);

		unit->imsi = s->list[i].imsi;
		unit->is_before = s->list[i].is_before;
		unit->count++;
		s->list[i].unit = (uint32_t)(unit - s->units);
	}
	for (size_t i = 0; i < s->count; i++) {
		struct sample *sample = &s->list[i];
		struct sample_unit *unit = &s->units[sample->unit];

		sample->is_out = false;
		sample->is_explained = false;
		sample->weight = sample->imsi ? 1.0F / (float)unit->count : 1.0F;
		sample->is_unit = !sample->imsi || !unit->has_unit;
		sample->is_first_failing = sample->is_failing && (!sample->imsi || !unit->has_failing);
		unit->has_unit = true;
		unit->has_failing = unit->has_failing || sample->is_failing;
	}
}

void samples_pair(struct samples *s, double *ret_tried, double *ret_again)
{
	double tried = 0;
	double again = 0;

	memset(s->units, 0, UNIT_SLOTS * sizeof(*s->units));
	for (size_t i = 0; i < s->count; i++) {
		const struct sample *sample = &s->list[i];
		struct sample_unit *unit = unit_find(s, sample);

		/* has_failing: how the subscriber's next request ended; has_unit: its pair was counted. */
		if (unit->count && sample->is_failing && !unit->has_unit) {
			tried++;
			again += unit->has_failing;
			unit->has_unit = true;
		}
		unit->imsi = sample->imsi;
		unit->count = 1;
		unit->has_failing = sample->is_failing;
	}
	*ret_tried = tried;
	*ret_again = again;
}

uint64_t sample_value(const struct samples *s, const struct sample *sample, enum sample_dimension dimension)
{
	if (dimension == SAMPLE_SERVER)
		return sample->server;
	if (dimension == SAMPLE_CLIENT)
		return sample->client;
	if (dimension == SAMPLE_SEGMENTS)
		return sample->segments & s->segments ? 2 : 1;
	if (dimension == SAMPLE_ENDING)
		return sample->imsi ? digits_ending(sample->imsi) + 1 : 0;
	if (dimension == SAMPLE_ROUTE)
		return sample->route;
	if (dimension == SAMPLE_PLMN)
		return sample->plmn;
	if (dimension == SAMPLE_RAT)
		return sample->rat;
	if (dimension == SAMPLE_DIRECTION)
		return sample->direction;
	return digits_prefix(sample->imsi, SAMPLES_PREFIX_SHORTEST + (unsigned int)(dimension - SAMPLE_PREFIX));
}

/* The cell of a value; NULL when there is no room for another (then it is as if it had not been seen). */
static struct mixture_cell *cell_of(struct samples *s, uint64_t value)
{
	size_t slot = value_slot(s, value) & (CELL_SLOTS - 1);

	while (s->slots[slot] && s->cells[s->slots[slot] - 1].value != value)
		slot = (slot + 1) & (CELL_SLOTS - 1);
	if (s->slots[slot])
		return &s->cells[s->slots[slot] - 1];
	if (s->cell_count == SAMPLES_CELLS_MAX)
		return NULL;
	memset(&s->cells[s->cell_count], 0, sizeof(s->cells[0]));
	s->cells[s->cell_count].value = value;
	s->cells[s->cell_count].is_unknown = value == 0;
	s->slots[slot] = (uint32_t)++s->cell_count;
	return &s->cells[s->cell_count - 1];
}

static void cell_add(struct mixture_cell *c, const struct sample *sample)
{
	double weight = (double)sample->weight;

	c->units += sample->is_unit;
	if (sample->is_before) {
		c->calm_n += weight;
		c->calm_x += sample->is_failing ? weight : 0;
		return;
	}
	c->n += weight;
	c->x += sample->is_failing ? weight : 0;
	c->failing += sample->is_first_failing;
}

static int cell_compare(const void *a, const void *b)
{
	const struct mixture_cell *x = a;
	const struct mixture_cell *y = b;

	return x->value < y->value ? -1 : x->value > y->value;
}

size_t samples_sum(struct samples *s, enum sample_dimension dimension)
{
	memset(s->slots, 0, CELL_SLOTS * sizeof(*s->slots));
	s->cell_count = 0;
	for (size_t i = 0; i < s->count; i++) {
		const struct sample *sample = &s->list[i];
		struct mixture_cell *cell;

		if (sample->is_out || sample->is_explained)
			continue;
		cell = cell_of(s, sample_value(s, sample, dimension));
		if (cell)
			cell_add(cell, sample);
	}
	qsort(s->cells, s->cell_count, sizeof(*s->cells), cell_compare);
	return s->cell_count;
}
