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

#define PLACES_MAX   512
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

struct map_step map_steps[MAP_STEPS_MAX];
uint16_t map_first_steps[MAP_KINDS][MAP_CODES];
static size_t step_count = 1; /* step 0 is the end of the place without steps */

/* A place while it is made: the rows that lead through it, a set of those from `rows` on, and its first step once it has one. */
struct place {
	const struct row *rows;
	uint32_t set;
	unsigned int depth;
	uint16_t first;
};

static struct place places[PLACES_MAX];
static size_t place_count = 1;

static uint16_t place_new(const struct row *rows, uint32_t set, unsigned int depth)
{
	assert(place_count < PLACES_MAX);
	places[place_count] = (struct place){ .rows = rows, .set = set, .depth = depth };
	return (uint16_t)place_count++;
}

/* The step of `tag` among those from `from` on, a new one when there is none. */
static struct map_step *step_of(size_t from, uint32_t tag)
{
	for (size_t i = from; i < step_count; i++) {
		if (map_steps[i].tag == tag)
			return &map_steps[i];
	}
	assert(step_count < MAP_STEPS_MAX - 1);
	map_steps[step_count] = (struct map_step){ .tag = tag, .field = MAP_FIELD_NONE };
	return &map_steps[step_count++];
}

/* Makes the steps of a place, and the places behind them, which are made later: until then steps lead to places by number. */
static void place_make(struct place *p)
{
	size_t from = step_count;

	for (unsigned int i = 0; i < ROWS_MAX; i++) {
		struct map_step *step;

		if (!(p->set >> i & 1))
			continue;
		step = step_of(from, p->rows[i].path[p->depth]);
		if (p->depth + 1 == MAP_PATH_MAX_TAGS || p->rows[i].path[p->depth + 1] == 0) {
			assert(step->field == MAP_FIELD_NONE);
			step->field = p->rows[i].field;
			continue;
		}
		if (step->inside == 0)
			step->inside = place_new(p->rows, 0, p->depth + 1);
		places[step->inside].set |= UINT32_C(1) << i;
	}
	map_steps[step_count++] = (struct map_step){ .field = MAP_FIELD_NONE };
	p->first = (uint16_t)from;
}

/* A place for each code and kind of a sorted list of rows. */
static void rows_begin(const struct row *rows, size_t count)
{
	for (size_t from = 0, to; from < count; from = to) {
		uint16_t *first = &map_first_steps[rows[from].kind][rows[from].code];

		for (to = from + 1; to < count && rows[to].code == rows[from].code && rows[to].kind == rows[from].kind; to++) {
		}
		assert(to - from < ROWS_MAX && *first == 0);
		*first = place_new(&rows[from], (UINT32_C(1) << (to - from)) - 1, 0);
	}
}

/* From the number of a place to its first step. */
static void places_resolve(void)
{
	for (size_t i = 0; i < step_count; i++)
		map_steps[i].inside = places[map_steps[i].inside].first;
	for (size_t kind = 0; kind < MAP_KINDS; kind++) {
		for (size_t code = 0; code < MAP_CODES; code++)
			map_first_steps[kind][code] = places[map_first_steps[kind][code]].first;
	}
}

__attribute__((constructor)) static void steps_make(void)
{
	map_steps[0].field = MAP_FIELD_NONE;
	rows_begin(field_rows, LENGTH(field_rows));
	rows_begin(diagnostic_rows, LENGTH(diagnostic_rows));
	for (size_t number = 1; number < place_count; number++)
		place_make(&places[number]);
	places_resolve();
}
