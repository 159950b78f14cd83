/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The place among streams that only their names tell: two nodes of four ranges each and the whole of them, by counts that are exactly what
 * the shares say, or wander around them. What is asked is the place; nothing of the detector.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "control/incident/sums.h"

#define NODES   2
#define RANGES  4
#define NAMES   (NODES + NODES * RANGES)
#define CALM_S  300
#define FAULT_S 120
#define START   INT64_C(1342008000)

static const char *const names[NAMES] = { "a", "b", "a/0", "a/1", "a/2", "a/3", "b/0", "b/1", "b/2", "b/3" };

struct fault {
	const char *where; /* NULL: everybody */
	double share;
};

struct story {
	const char *what;
	double usual[NODES]; /* share that is refused by each node in calm times */
	struct fault faults[2];
	double wander; /* of each range's usual share, up or down, second by second */
	bool has_parts, has_nodes;
	const char *suspect, *other, *announced;
	const char *expected[2]; /* none: everybody */
	bool is_unproven;
};

static const struct story stories[] = {
	{ .what = "one range",
	  .usual = { 0.01, 0.01 },
	  .faults = { { "a/1", 1 } },
	  .has_parts = true,
	  .has_nodes = true,
	  .expected = { "a/1" } },
	{ .what = "all ranges of a node alike: the node",
	  .usual = { 0.01, 0.01 },
	  .faults = { { "a", 0.2 } },
	  .has_parts = true,
	  .has_nodes = true,
	  .expected = { "a" } },
	{ .what = "everybody alike: no part of it",
	  .usual = { 0.005, 0.02 },
	  .faults = { { NULL, 0.03 } },
	  .wander = 0.5,
	  .has_parts = true,
	  .has_nodes = true },
	{ .what = "two that share no parent",
	  .usual = { 0.01, 0.01 },
	  .faults = { { "a/1", 1 }, { "b", 0.3 } },
	  .has_parts = true,
	  .has_nodes = true,
	  .expected = { "b", "a/1" } },
	{ .what = "a range inside a node that fails less is named with it",
	  .usual = { 0.01, 0.01 },
	  .faults = { { "a", 0.2 }, { "a/1", 0.9 } },
	  .has_parts = true,
	  .has_nodes = true,
	  .expected = { "a", "a/1" } },
	{ .what = "what another incident has is not this one's",
	  .usual = { 0.01, 0.01 },
	  .faults = { { "a/1", 1 }, { "b", 0.3 } },
	  .has_parts = true,
	  .has_nodes = true,
	  .other = "a/1",
	  .expected = { "b" } },
	{ .what = "nodes without ranges: everybody", .usual = { 0.01, 0.01 }, .faults = { { NULL, 0.05 } }, .has_nodes = true },
	{ .what = "a node whose other parts the file does not have: everybody, since the rest fails as well",
	  .usual = { 0.01, 0.01 },
	  .faults = { { NULL, 0.1 } } },
	{ .what = "high rates of ordinary refusals are no place",
	  .usual = { 0.02, 0.25 },
	  .faults = { { "a/2", 0.6 } },
	  .wander = 0.3,
	  .has_parts = true,
	  .has_nodes = true,
	  .expected = { "a/2" } },
	{ .what = "where it has been said to be stays when nothing more is known",
	  .usual = { 0.05, 0.05 },
	  .wander = 0.3,
	  .has_parts = true,
	  .has_nodes = true,
	  .announced = "b/2",
	  .expected = { "b/2" },
	  .is_unproven = true },
	{ .what = "where it has been said to be gives way to what explains far more",
	  .usual = { 0.01, 0.01 },
	  .faults = { { "a/1", 0.8 } },
	  .has_parts = true,
	  .has_nodes = true,
	  .announced = "b/2",
	  .expected = { "a/1" } },
	{ .what = "nothing fails: the detector's suspect, unproven",
	  .usual = { 0.05, 0.05 },
	  .has_parts = true,
	  .has_nodes = true,
	  .suspect = "b/1",
	  .expected = { "b/1" },
	  .is_unproven = true },
};

static node node_at(size_t i)
{
	return (node)(1000 + i);
}

static const char *name_of(void *unused, node host)
{
	(void)unused;
	return host >= 1000 && host < 1000 + NAMES ? names[host - 1000] : NULL;
}

static size_t index_of(const char *name)
{
	size_t i = 0;

	while (strcmp(names[i], name) != 0)
		i++;
	return i;
}

/* What is refused of a range in a second: what is usual there, wandering, and what the fault takes of the rest. */
static double share_of(const struct story *s, size_t range, int second)
{
	const char *name = names[range];
	double wander = 1 + s->wander * sin(0.7 * second * (double)(range % 5 + 1) + (double)range);
	double usual = wander * s->usual[name[0] - 'a'];
	double fault = 0;

	for (size_t i = 0; second >= CALM_S && i < 2; i++) {
		const char *where = s->faults[i].where;

		if (s->faults[i].share > 0 && (!where || strncmp(where, name, strlen(where)) == 0))
			fault = fmax(fault, s->faults[i].share);
	}
	return usual + fault * (1 - usual);
}

static void cell_add(struct tally_cell *cells, size_t at, struct stream_key key, uint32_t n, uint32_t x)
{
	cells[at].key = key;
	cells[at].requests += n;
	cells[at].outcomes[OUTCOME_SUCCESS] += n - x;
	cells[at].outcomes[OUTCOME_NETWORK] += x;
}

/* One second: 12 to 30 requests a range; what is refused is carried over until it makes a whole one. */
static void second_play(const struct story *s, struct ledger *ledger, int second, double carried[NAMES])
{
	struct tally_cell cells[NAMES + 1] = { 0 };
	struct tally tally = { .start = (START + second) * NANOS_PER_S, .length = NANOS_PER_S, .cells = cells, .count = NAMES + 1 };
	struct stream_key all = { .dimension = DIMENSION_ALL, .procedure = PROCEDURE_NONE };

	for (size_t i = 0; i < NAMES; i++)
		cells[i].key = (struct stream_key){ .dimension = DIMENSION_NAMED, .procedure = PROCEDURE_NONE, .value = node_at(i) };
	cells[NAMES].key = all;
	for (size_t range = NODES; range < NAMES; range++) {
		size_t node_index = (size_t)(names[range][0] - 'a');
		uint32_t n = (uint32_t)(12 + 6 * (range % RANGES));
		uint32_t x;

		carried[range] += n * share_of(s, range, second);
		x = (uint32_t)fmin(n, floor(carried[range] + 1e-9));
		carried[range] -= x;
		if (s->has_parts)
			cell_add(cells, range, cells[range].key, n, x);
		if (s->has_nodes || node_index == 0)
			cell_add(cells, node_index, cells[node_index].key, n, x);
		cell_add(cells, NAMES, all, n, x);
	}
	ledger_take(ledger, &tally);
}

static struct place place_named(const char *name)
{
	struct place place = { .part_count = 1 };

	place.parts[0].set_dimension = DIMENSION_NAMED;
	place.parts[0].set[0] = node_at(index_of(name));
	place.parts[0].set_count = 1;
	place.parts[0].set_binds = true;
	return place;
}

static void story_play(const struct story *s, struct place *ret)
{
	const struct hash_key key = { { 1, 2 } };
	struct ledger *ledger = ledger_new(&key);
	static bool procedures[SUMS_PROCEDURES];
	double carried[NAMES] = { 0 };
	struct place other, announced;
	struct stream_key suspect = { .dimension = DIMENSION_NAMED, .procedure = PROCEDURE_NONE };
	struct sums sums;
	struct sums_question q = { .ledger = ledger,
				   .procedures = procedures,
				   .refused = true,
				   .onset = (START + CALM_S) * NANOS_PER_S,
				   .until = (START + CALM_S + FAULT_S) * NANOS_PER_S,
				   .name_of = name_of };

	assert_non_null(ledger);
	assert_true(sums_make(&sums));
	procedures[sums_procedure(PROCEDURE_NONE)] = true;
	for (int second = 0; second < CALM_S + FAULT_S; second++)
		second_play(s, ledger, second, carried);
	if (s->suspect) {
		suspect.value = node_at(index_of(s->suspect));
		q.suspects = &suspect;
		q.suspect_count = 1;
	}
	if (s->other) {
		other = place_named(s->other);
		q.others[q.other_count++] = &other;
	}
	if (s->announced) {
		announced = place_named(s->announced);
		q.announced = &announced;
	}
	sums_fill(&sums, &q);
	sums_place(&sums, &q, ret);
	sums_free(&sums);
	ledger_free(ledger);
}

static void the_place_is_what_fails_and_no_more(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		const struct story *s = &stories[i];
		const struct place_part *part;
		struct place place;
		size_t count = 0;

		story_play(s, &place);
		part = &place.parts[0];
		while (count < 2 && s->expected[count])
			count++;
		print_message("%s: %zu names, share %.3f\n", s->what, part->set_count, part->share);
		assert_int_equal(place.part_count, 1);
		assert_int_equal(part->set_count, count);
		for (size_t j = 0; j < count; j++)
			assert_int_equal(part->set[j], node_at(index_of(s->expected[j])));
		assert_int_equal(place.is_unproven, s->is_unproven);
		if (!s->is_unproven)
			assert_true(part->share > 0.02 && part->share <= 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_place_is_what_fails_and_no_more) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
