/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/transaction/book: the tally of a worker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

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
	assert_int_equal(page.count, 1 + 2 + 1 + 1 + 1 + 4);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_is_counted_in_every_dimension_of_its_subject),
		cmocka_unit_test(a_page_given_back_is_empty_again),
		cmocka_unit_test(without_a_free_slot_the_tick_goes_on_and_nothing_is_lost),
		cmocka_unit_test(streams_beyond_the_limit_are_refused_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
