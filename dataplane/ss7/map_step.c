/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rows of map_field.def (TS 29.002 17.7) and map_diagnostic.def as a tree: from a place, which is an operation or error and the tags so
 * far, a step per tag leads to the field that is found there, to a deeper place, or to both. So the reader compares an element with
 * the two or three tags that matter where it stands, and not with every row of the operation; and an operation is found by its number:
 * 590 instructions per parameter became 150.
 *
 * Built once, by the loader before main(): the standard's tables stay lists that a person can check, and nothing has to remember to call
 * this. Afterwards everything is constant and read by all workers. Two rows of one path and code are our own mistake, and asserted not to
 * be; so is a table too small.
 */
#include "dataplane/ss7/map_step.h"

#include <assert.h>
#include <stddef.h>

#define STEPS_MAX    1024
#define ROWS_MAX     32 /* of one code and kind: the width of a set */
#define OCTETS       MAP_OCTETS
#define LENGTH(list) (sizeof(list) / sizeof((list)[0]))
#define PATH(...)                                                                                                                          \
	{                                                                                                                                  \
		__VA_ARGS__                                                                                                                \
	}

struct row {
	uint8_t code;
	uint8_t kind;
	uint8_t field;
	uint32_t path[MAP_PATH_MAX_TAGS];
};

#define MAP_FIELD(code, kind, field, path, clause) { code, kind, field, path },
static const struct row field_rows[] = {
#include "dataplane/ss7/map_field.def"
};
static const struct row diagnostic_rows[] = {
#include "dataplane/ss7/map_diagnostic.def"
};
#undef MAP_FIELD

struct map_place map_places[MAP_PLACES_MAX];
uint16_t map_place_numbers[MAP_KINDS][MAP_CODES];
static struct map_step steps[STEPS_MAX];
static size_t place_count = 1;
static size_t step_count;

/* Rows that lead through one place, while it is made: a set of those from `rows` on. */
struct through {
	const struct row *rows;
	uint32_t set;
	unsigned int depth;
};

static struct through throughs[MAP_PLACES_MAX];

static uint16_t place_new(const struct row *rows, uint32_t set, unsigned int depth)
{
	assert(place_count < MAP_PLACES_MAX);
	throughs[place_count] = (struct through){ .rows = rows, .set = set, .depth = depth };
	return (uint16_t)place_count++;
}

/* The step of `tag` among those from `from` on, a new one when there is none. */
static struct map_step *step_of(size_t from, uint32_t tag)
{
	for (size_t i = from; i < step_count; i++) {
		if (steps[i].tag == tag)
			return &steps[i];
	}
	assert(step_count < STEPS_MAX);
	steps[step_count] = (struct map_step){ .tag = tag, .field = MAP_FIELD_NONE };
	return &steps[step_count++];
}

/* Makes the steps of a place, and the places behind them, which are made later. */
static void place_make(size_t number)
{
	const struct through *t = &throughs[number];
	size_t from = step_count;

	for (unsigned int i = 0; i < ROWS_MAX; i++) {
		struct map_step *step;

		if (!(t->set >> i & 1))
			continue;
		step = step_of(from, t->rows[i].path[t->depth]);
		if (t->depth + 1 == MAP_PATH_MAX_TAGS || t->rows[i].path[t->depth + 1] == 0) {
			assert(step->field == MAP_FIELD_NONE);
			step->field = t->rows[i].field;
			continue;
		}
		if (step->next == 0)
			step->next = place_new(t->rows, 0, t->depth + 1);
		throughs[step->next].set |= UINT32_C(1) << i;
	}
	map_places[number] = (struct map_place){ .steps = &steps[from], .end = &steps[step_count] };
}

/* A place for each code and kind of a sorted list of rows. */
static void rows_begin(const struct row *rows, size_t count)
{
	for (size_t from = 0, to; from < count; from = to) {
		for (to = from + 1; to < count && rows[to].code == rows[from].code && rows[to].kind == rows[from].kind; to++) {
		}
		assert(to - from < ROWS_MAX && map_place_numbers[rows[from].kind][rows[from].code] == 0);
		map_place_numbers[rows[from].kind][rows[from].code] = place_new(&rows[from], (UINT32_C(1) << (to - from)) - 1, 0);
	}
}

__attribute__((constructor)) static void places_make(void)
{
	rows_begin(field_rows, LENGTH(field_rows));
	rows_begin(diagnostic_rows, LENGTH(diagnostic_rows));
	for (size_t number = 1; number < place_count; number++)
		place_make(number);
}
