/* SPDX-License-Identifier: BSD-3-Clause */
/* Who is in the traffic: new ranges, partners and nodes with habits of their own are no fault of those above them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/tick_bench.h"

static const uint64_t seeds[] = { 1, 2, 3 };
#define EACH_SEED(s) (size_t s = 0; s < sizeof(seeds) / sizeof(seeds[0]); s++)

static void expect_no_page(const struct bench_view *v, const char *what)
{
	char prefix[DIGITS_TEXT_MAX] = "";

	if (v->first_page < 0)
		return;
	if (v->page.stream.dimension == DIMENSION_IMSI_PREFIX)
		digits_write(v->page.stream.value, prefix);
	fail_msg("%s: page at %g s of dimension %d, value %llx %s, evidence %d", what, v->first_page, v->page.stream.dimension,
		 (unsigned long long)v->page.stream.value, prefix, (int)v->page.evidence);
}

static void a_new_range_of_many_rejects_pages_nobody(void **state)
{
	static const double parts[] = { 0.02, 0.1, 0.3 };

	(void)state;
	for
		EACH_SEED(s)
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		struct bench b;
		struct bench_view v;

		bench_open(&b, seeds[s]);
		bench_home(&b, 200, 0.05, 0.003);
		v = bench_run(&b, 240);
		expect_no_page(&v, "before");
		bench_add(&b, (struct bench_range){ .prefix = "23410995",
						    .server = 1,
						    .clients = 5,
						    .segment = 1,
						    .rate = 200 * parts[i],
						    .user = 0.3,
						    .network = 0.003 });
		v = bench_run(&b, 1200);
		expect_no_page(&v, "new range");
		if (v.advisories[DIMENSION_ALL] + v.advisories[DIMENSION_SERVER] > 0)
			fail_msg("part %g: the whole or a server is suspicious: %zu, %zu ticks", parts[i], v.advisories[DIMENSION_ALL],
				 v.advisories[DIMENSION_SERVER]);
		bench_close(&b);
	}
}

static void a_new_partner_at_one_new_client_pages_nobody(void **state)
{
	(void)state;
	for
		EACH_SEED(s)
		{
			struct bench b;
			struct bench_view v;

			bench_open(&b, seeds[s]);
			bench_home(&b, 200, 0.05, 0.003);
			v = bench_run(&b, 60);
			bench_add(&b, (struct bench_range){ .prefix = "20801555",
							    .server = 2,
							    .first_client = 7,
							    .clients = 1,
							    .segment = 0,
							    .rate = 20,
							    .user = 0.9,
							    .network = 0.003 });
			v = bench_run(&b, 900);
			expect_no_page(&v, "new partner");
			bench_close(&b);
		}
}

static void a_known_range_that_begins_to_refuse_pages(void **state)
{
	(void)state;
	for
		EACH_SEED(s)
		{
			struct bench b;
			struct bench_view v;

			bench_open(&b, seeds[s]);
			bench_home(&b, 200, 0.05, 0.003);
			bench_run(&b, 300);
			b.ranges[3].user = 0.8;
			v = bench_run(&b, 330);
			if (v.first_page < 0)
				fail_msg("seed %zu: no page", s);
			bench_close(&b);
		}
}

/* A fault of everybody is seen although a new range came a minute before it. */
static void a_fault_behind_a_new_range_pages(void **state)
{
	(void)state;
	for
		EACH_SEED(s)
		{
			struct bench b;
			struct bench_view v;

			bench_open(&b, seeds[s]);
			bench_home(&b, 200, 0.05, 0.003);
			bench_run(&b, 240);
			bench_add(&b, (struct bench_range){
					      .prefix = "23410995", .server = 1, .clients = 5, .segment = 1, .rate = 20, .user = 0.3 });
			bench_run(&b, 300);
			for (size_t i = 0; i < 20; i++)
				b.ranges[i].network = b.ranges[i].server == 2 ? 0.5 : 0.003;
			v = bench_run(&b, 310);
			if (v.first_page < 0 || v.first_page > 306)
				fail_msg("seed %zu: page at %g s", s, v.first_page);
			bench_close(&b);
		}
}

static void traffic_that_moves_to_a_partner_of_many_rejects_pages_nobody(void **state)
{
	(void)state;
	for
		EACH_SEED(s)
		{
			struct bench b;
			struct bench_view v;
			struct bench_range *partner;

			bench_open(&b, seeds[s]);
			bench_home(&b, 200, 0.05, 0.003);
			partner = bench_add(&b, (struct bench_range){ .prefix = "20801555",
								      .server = 2,
								      .clients = 5,
								      .segment = 0,
								      .rate = 4,
								      .user = 0.6,
								      .network = 0.003 });
			v = bench_run(&b, 600);
			expect_no_page(&v, "before");
			partner->rate = 40;
			v = bench_run(&b, 1500);
			expect_no_page(&v, "moved");
			bench_close(&b);
		}
}

/* A few requests, a pause, and then everybody: nobody is new there, and whose fault begins is told. */
static void after_a_false_start_a_fault_of_one_range_pages(void **state)
{
	(void)state;
	for
		EACH_SEED(s)
		{
			struct bench b;
			struct bench_view v;

			bench_open(&b, seeds[s]);
			bench_home(&b, 200, 0.05, 0.003);
			for (size_t i = 0; i < 20; i++)
				b.ranges[i].rate /= i < 2 ? 20 : 1e9;
			bench_run(&b, 2);
			for (size_t i = 0; i < 20; i++)
				b.ranges[i].rate = 0;
			bench_run(&b, 40);
			for (size_t i = 0; i < 20; i++)
				b.ranges[i].rate = 10;
			v = bench_run(&b, 100);
			expect_no_page(&v, "healthy");
			b.ranges[7].network = 0.8;
			v = bench_run(&b, 120);
			if (v.first_page < 0 || v.first_page > 112 || v.page.stream.dimension == DIMENSION_ALL)
				fail_msg("seed %zu: page at %g s of dimension %d", s, v.first_page, v.page.stream.dimension);
			bench_close(&b);
		}
}

/* It has no past: what it does not answer is told, what it refuses is no page. */
static void a_new_range_that_is_never_answered_pages(void **state)
{
	struct bench b;
	struct bench_view v;

	(void)state;
	bench_open(&b, 1);
	bench_home(&b, 200, 0.05, 0.003);
	bench_run(&b, 240);
	bench_add(&b, (struct bench_range){ .prefix = "23410995", .server = 1, .clients = 5, .segment = 1, .rate = 10, .silent = 1 });
	v = bench_run(&b, 300);
	assert_true(v.first_page > 0);
	bench_close(&b);
}

static void a_new_server_that_fails_from_birth_is_told_and_pages_nobody(void **state)
{
	(void)state;
	for
		EACH_SEED(s)
		{
			struct bench b;
			struct bench_view v;

			bench_open(&b, seeds[s]);
			bench_home(&b, 200, 0.05, 0.003);
			bench_run(&b, 240);
			bench_add(&b, (struct bench_range){
					      .prefix = "23415000", .server = 9, .clients = 5, .segment = 5, .rate = 5, .network = 1 });
			v = bench_run(&b, 400);
			expect_no_page(&v, "new server");
			if (v.advisories[DIMENSION_SERVER] == 0)
				fail_msg("seed %zu: nothing is said of it", s);
			bench_close(&b);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_range_of_many_rejects_pages_nobody),
		cmocka_unit_test(a_new_partner_at_one_new_client_pages_nobody),
		cmocka_unit_test(a_known_range_that_begins_to_refuse_pages),
		cmocka_unit_test(a_fault_behind_a_new_range_pages),
		cmocka_unit_test(traffic_that_moves_to_a_partner_of_many_rejects_pages_nobody),
		cmocka_unit_test(after_a_false_start_a_fault_of_one_range_pages),
		cmocka_unit_test(a_new_range_that_is_never_answered_pages),
		cmocka_unit_test(a_new_server_that_fails_from_birth_is_told_and_pages_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
