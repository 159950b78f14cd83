/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/transaction/book: the tally of a worker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "dataplane/transaction/book.h"

#define IMSI UINT64_C(0x234106012345671f) /* 234106012345671, 15 digits */

static const struct plan plan = { .limits = { .cells = 64 }, .detection = { .tick = 200 * NANOS_PER_MS } };
static const struct book_subject subject = { .imsi = IMSI, .client = 5, .server = 6, .segments = 1ULL << 3 | 1ULL << 63, .procedure = 2 };

static const struct tally_cell *cell_find(const struct book_page *page, uint8_t dimension, uint64_t value)
{
	for (size_t i = 0; i < page->count; i++) {
		if (page->cells[i].key.dimension == dimension && page->cells[i].key.value == value)
			return &page->cells[i];
	}
	return NULL;
}

static void seal(struct book *b, nanos start)
{
	const struct book_page sums = { .packets = 9 };

	assert_true(book_seal(b, start, 200 * NANOS_PER_MS, &sums));
}

static void an_event_is_counted_in_every_dimension_of_its_subject(void **state)
{
	struct book *b = book_new(&plan);
	struct book_page page;

	(void)state;
	book_request(b, &subject);
	book_outcome(b, &subject, OUTCOME_NETWORK, 3 * NANOS_PER_MS);
	book_pending(b, &subject, 4);
	seal(b, 0);
	assert_true(book_sealed(b, &page));
	assert_int_equal(page.packets, 9);
	assert_int_equal(page.count, 1 + 2 + 1 + 1 + 1 + 1 + 4);
	for (size_t i = 0; i < page.count; i++) {
		assert_int_equal(page.cells[i].requests, 1);
		assert_int_equal(page.cells[i].outcomes[OUTCOME_NETWORK], 1);
		assert_int_equal(page.cells[i].pending[4], 1);
		assert_int_equal(page.cells[i].latency[2], 1);
	}
	assert_non_null(cell_find(&page, DIMENSION_ALL, 0));
	assert_non_null(cell_find(&page, DIMENSION_SEGMENT, 3));
	assert_non_null(cell_find(&page, DIMENSION_SEGMENT, 63));
	assert_non_null(cell_find(&page, DIMENSION_IMSI_PREFIX, UINT64_C(0x2341060000000007)));
	assert_non_null(cell_find(&page, DIMENSION_IMSI_ENDING, 71));
	assert_non_null(cell_find(&page, DIMENSION_CLIENT, 5));
	assert_non_null(cell_find(&page, DIMENSION_SERVER, 6));
	book_return(b);
	book_free(b);
}

static void a_page_given_back_is_empty_again(void **state)
{
	struct book *b = book_new(&plan);
	struct book_page page;

	(void)state;
	for (nanos tick = 0; tick < 10; tick++) {
		book_request(b, &subject);
		seal(b, tick);
		assert_true(book_sealed(b, &page));
		assert_int_equal(page.start, tick);
		assert_int_equal(cell_find(&page, DIMENSION_ALL, 0)->requests, 1);
		book_return(b);
		assert_false(book_sealed(b, &page));
	}
	book_free(b);
}

static void without_a_free_slot_the_tick_goes_on_and_nothing_is_lost(void **state)
{
	const struct book_page sums = { 0 };
	struct book *b = book_new(&plan);
	struct book_page page;
	uint32_t requests = 0;

	(void)state;
	for (int tick = 0; tick < 3; tick++) {
		book_request(b, &subject);
		seal(b, tick);
	}
	book_request(b, &subject);
	assert_false(book_seal(b, 3, 1, &sums));
	book_request(b, &subject);
	while (book_sealed(b, &page)) {
		requests += cell_find(&page, DIMENSION_ALL, 0)->requests;
		book_return(b);
	}
	seal(b, 4);
	assert_true(book_sealed(b, &page));
	requests += cell_find(&page, DIMENSION_ALL, 0)->requests;
	assert_int_equal(requests, 5);
	book_free(b);
}

static void streams_beyond_the_limit_are_refused_and_counted(void **state)
{
	struct book *b = book_new(&plan);
	struct book_page page;

	(void)state;
	for (uint64_t i = 1; i <= 100; i++)
		book_request(b, &(struct book_subject){ .procedure = 2, .server = i });
	seal(b, 0);
	assert_true(book_sealed(b, &page));
	assert_int_equal(page.count, 64);
	assert_int_equal(page.refused_cells, 100 - 63);
	assert_int_equal(cell_find(&page, DIMENSION_ALL, 0)->requests, 100);
	book_free(b);
}

/* What is counted, counted one by one: the general way that leaves have to agree with. */
struct ledger {
	struct tally_cell cells[2048];
	size_t count;
};

static void ledger_add(struct ledger *l, struct stream_key key, const struct tally_cell *event)
{
	struct tally_cell *cell = l->cells;

	while (cell < l->cells + l->count && memcmp(&cell->key, &key, sizeof(key)) != 0)
		cell++;
	if (cell == l->cells + l->count) {
		assert_true(l->count < sizeof(l->cells) / sizeof(l->cells[0]));
		l->count++;
		cell->key = key;
	}
	cell->requests += event->requests;
	for (int i = 0; i < OUTCOME_CLASS_COUNT; i++)
		cell->outcomes[i] += event->outcomes[i];
	for (int i = 0; i < TALLY_CHECKPOINTS; i++)
		cell->pending[i] += event->pending[i];
	for (int i = 0; i < TALLY_LATENCY_BINS; i++)
		cell->latency[i] = (uint16_t)(cell->latency[i] + event->latency[i]);
	cell->latency_ns += event->latency_ns;
}

/* Where a request goes, and its ending. */
static void ledger_place(struct ledger *l, const struct book_subject *s, const struct where *w, const struct tally_cell *event)
{
	const uint64_t values[DIMENSION_COUNT] = { [DIMENSION_ROUTE] = w->route,
						   [DIMENSION_PLMN] = where_visited(w),
						   [DIMENSION_RAT] = (uint8_t)w->what,
						   [DIMENSION_DIRECTION] = where_subscribed(w) == 0
										   ? 0
										   : UINT64_C(23410) << 32 | where_visited(w) };
	struct stream_key key = { .procedure = s->procedure, .dimension = DIMENSION_ROUTE };

	for (; key.dimension <= DIMENSION_DIRECTION; key.dimension++) {
		key.value = values[key.dimension];
		if (key.value != 0)
			ledger_add(l, key, event);
	}
	key.dimension = DIMENSION_IMSI_ENDING;
	key.value = digits_ending(s->imsi);
	if (key.value != DIGITS_NO_ENDING)
		ledger_add(l, key, event);
}

static void ledger_count(struct ledger *l, const struct book_subject *s, const struct tally_cell *event)
{
	struct stream_key key = { .procedure = s->procedure, .dimension = DIMENSION_ALL };

	ledger_add(l, key, event);
	key.dimension = DIMENSION_SEGMENT;
	for (key.value = 0; key.value < PLAN_SEGMENTS_MAX; key.value++) {
		if ((s->segments >> key.value & 1) != 0)
			ledger_add(l, key, event);
	}
	key.dimension = DIMENSION_SERVER;
	key.value = s->server;
	if (s->server != 0)
		ledger_add(l, key, event);
	key.dimension = DIMENSION_CLIENT;
	key.value = s->client;
	if (s->client != 0)
		ledger_add(l, key, event);
	if (s->imsi == 0)
		return;
	key.dimension = DIMENSION_IMSI_BUCKET;
	key.value = s->bucket;
	ledger_add(l, key, event);
	key.dimension = DIMENSION_IMSI_PREFIX;
	for (unsigned int i = TALLY_PREFIX_SHORTEST; i <= TALLY_PREFIX_LONGEST && i <= digits_count(s->imsi); i++) {
		key.value = digits_prefix(s->imsi, i);
		ledger_add(l, key, event);
	}
}

static unsigned int pick(uint64_t *state, unsigned int below)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned int)(*state >> 33) % below;
}

static struct book_subject any_subject(struct book *b, uint64_t *state)
{
	static const uint64_t segments[] = { 0, 1, 5, UINT64_C(1) << 63 | 2 };
	struct book_subject s = { .procedure = (procedure)(1 + pick(state, 3)),
				  .client = pick(state, 6),
				  .server = pick(state, 4),
				  .segments = segments[pick(state, 4)] };
	unsigned int length = pick(state, 16);

	for (unsigned int i = 0; i < length; i++)
		digits_append(&s.imsi, pick(state, 2) + (i == 0));
	s.bucket = (uint8_t)book_bucket(&plan.hash_key, s.imsi);
	s.where = wheres_number(book_wheres(b),
				&(struct where){ .route = pick(state, 3),
						 .networks = where_networks(pick(state, 2) * 26201, pick(state, 2) * 0x234100),
						 .what = (uint64_t)s.procedure << 8 | (RAT_2G + pick(state, 2)) });
	return s;
}

static void cells_worked_out_of_leaves_are_those_counted_one_by_one(void **state)
{
	static const struct plan large = { .limits = { .cells = 4096 }, .detection = { .tick = 200 * NANOS_PER_MS } };
	struct book *b = book_new(&large);
	struct ledger *l = calloc(1, sizeof(*l));
	struct book_page page;
	uint64_t random = 7;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct book_subject s = any_subject(b, &random);
		struct tally_cell event = { .requests = 0 };
		unsigned int index = pick(&random, TALLY_CHECKPOINTS);
		unsigned int bin = pick(&random, TALLY_LATENCY_BINS);
		nanos latency = bin == 0 ? 0 : NANOS_PER_MS << (bin - 1);

		switch (pick(&random, 4)) {
		case 0:
			book_request(b, &s);
			event.requests = 1;
			break;
		case 1:
			book_pending(b, &s, index);
			event.pending[index] = 1;
			break;
		case 2:
			book_outcome(b, &s, (enum outcome_class)index, -1);
			event.outcomes[index] = 1;
			break;
		default:
			book_outcome(b, &s, (enum outcome_class)index, latency);
			event.outcomes[index] = 1;
			event.latency[bin] = 1;
			event.latency_ns = (uint64_t)latency;
		}
		ledger_count(l, &s, &event);
		ledger_place(l, &s, &book_wheres(b)->list[s.where], &event);
	}
	seal(b, 0);
	assert_true(book_sealed(b, &page));
	assert_int_equal(page.refused_cells, 0);
	assert_int_equal(page.count, l->count);
	for (size_t i = 0; i < page.count; i++) {
		size_t at = 0;

		while (at < l->count && memcmp(&l->cells[at].key, &page.cells[i].key, sizeof(page.cells[i].key)) != 0)
			at++;
		assert_true(at < l->count);
		assert_memory_equal(&page.cells[i], &l->cells[at], offsetof(struct tally_cell, latency) + sizeof(page.cells[i].latency));
	}
	free(l);
	book_free(b);
}

static void latencies_of_two_blocks_add_up(void **state)
{
	struct book *b = book_new(&plan);
	struct book_subject s = subject;
	struct book_page page;

	(void)state;
	for (unsigned int i = 0; i < 70000; i++) {
		s.imsi = IMSI + (UINT64_C(1) << 32) * (i % 2); /* two blocks of eight digits in one of seven */
		book_outcome(b, &s, OUTCOME_SUCCESS, 500000);
	}
	seal(b, 0);
	assert_true(book_sealed(b, &page));
	assert_int_equal(cell_find(&page, DIMENSION_ALL, 0)->outcomes[OUTCOME_SUCCESS], 70000);
	assert_int_equal(cell_find(&page, DIMENSION_ALL, 0)->latency[0], 70000);
	assert_int_equal(cell_find(&page, DIMENSION_ALL, 0)->latency_ns, 35 * NANOS_PER_S);
	/* One leaf counts no further, and what it does not count is in no sum. */
	assert_int_equal(cell_find(&page, DIMENSION_SERVER, s.server)->latency[0], UINT16_MAX);
	assert_int_equal(cell_find(&page, DIMENSION_SERVER, s.server)->latency_ns, UINT64_C(500000) * UINT16_MAX);
	assert_int_equal(cell_find(&page, DIMENSION_IMSI_PREFIX, digits_prefix(s.imsi, 8))->latency[0], 35000);
	assert_int_equal(page.refused_cells, 0);
	book_free(b);
}

/* More subscribers' blocks than leaves: what is refused are prefixes, each count of each. */
static void sums_over_all_and_segments_are_never_what_is_refused(void **state)
{
	struct book *b = book_new(&plan);
	struct book_subject s = { .procedure = 2, .segments = 6 };
	uint64_t kept = 0;
	struct book_page page;

	(void)state;
	for (uint64_t i = 0; i < 5000; i++) {
		s.imsi = IMSI ^ (i % 10) << 32 ^ (i / 10 % 10) << 36 ^ (i / 100 % 10) << 40;
		book_request(b, &s);
	}
	seal(b, 0);
	assert_true(book_sealed(b, &page));
	for (size_t i = 0; i < page.count; i++)
		kept += page.cells[i].key.dimension >= DIMENSION_IMSI_PREFIX ? page.cells[i].requests : 0;
	assert_int_equal(cell_find(&page, DIMENSION_ALL, 0)->requests, 5000);
	assert_int_equal(cell_find(&page, DIMENSION_SEGMENT, 1)->requests, 5000);
	assert_int_equal(cell_find(&page, DIMENSION_SEGMENT, 2)->requests, 5000);
	assert_int_equal(kept + page.refused_cells, 5000 * (4 + 2));
	assert_int_equal(book_refused(b), page.refused_cells);
	book_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_is_counted_in_every_dimension_of_its_subject),
		cmocka_unit_test(a_page_given_back_is_empty_again),
		cmocka_unit_test(without_a_free_slot_the_tick_goes_on_and_nothing_is_lost),
		cmocka_unit_test(streams_beyond_the_limit_are_refused_and_counted),
		cmocka_unit_test(cells_worked_out_of_leaves_are_those_counted_one_by_one),
		cmocka_unit_test(latencies_of_two_blocks_add_up),
		cmocka_unit_test(sums_over_all_and_segments_are_never_what_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
