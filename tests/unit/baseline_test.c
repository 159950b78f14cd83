/* SPDX-License-Identifier: BSD-3-Clause */
/* What is usual: the first minutes, the shape of the day, how alike streams are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "control/detect/kinship.h"
#include "control/detect/season.h"
#include "tests/unit/tick_bench.h"

static const uint64_t seeds[] = { 1, 2, 3 };
#define EACH_SEED(s) (size_t s = 0; s < sizeof(seeds) / sizeof(seeds[0]); s++)

static void expect_quiet(const struct bench_view *v, const char *what, double parameter)
{
	if (v->first_advisory >= 0)
		fail_msg("%s %g: suspicious at %g s, dimension %d, value %llx, evidence %d", what, parameter, v->first_advisory,
			 v->advisory.stream.dimension, (unsigned long long)v->advisory.stream.value, (int)v->advisory.evidence);
}

static void a_cold_start_into_healthy_traffic_is_silent(void **state)
{
	static const double users[] = { 0, 0.04, 0.12, 0.3 };

	(void)state;
	for
		EACH_SEED(s)
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		struct bench b;
		struct bench_view v;

		bench_open(&b, seeds[s]);
		bench_home(&b, 100, users[i], 0.003);
		bench_add(&b, (struct bench_range){ .prefix = "20801555",
						    .server = 1,
						    .first_client = 6,
						    .clients = 1,
						    .segment = 0,
						    .rate = 3,
						    .user = 0.9,
						    .network = 0.003 });
		v = bench_run(&b, 400);
		expect_quiet(&v, "user share", users[i]);
		bench_close(&b);
	}
}

static void a_network_of_some_percent_of_its_own_failures_is_silent(void **state)
{
	static const double networks[] = { 0.0, 0.01, 0.03, 0.05 };

	(void)state;
	for
		EACH_SEED(s)
	for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++) {
		struct bench b;
		struct bench_view v;

		bench_open(&b, seeds[s]);
		bench_home(&b, 100, 0.05, networks[i]);
		v = bench_run(&b, 300);
		expect_quiet(&v, "network share", networks[i]);
		bench_close(&b);
	}
}

static void a_hard_fault_forty_seconds_after_the_first_packet_pages(void **state)
{
	(void)state;
	for
		EACH_SEED(s)
		{
			struct bench b;
			struct bench_view v;

			bench_open(&b, seeds[s]);
			bench_home(&b, 100, 0.04, 0.003);
			v = bench_run(&b, 40);
			expect_quiet(&v, "before", 0);
			for (size_t i = 0; i < 20; i++)
				b.ranges[i].network = b.ranges[i].server == 1 ? 1 : 0.003;
			v = bench_run(&b, 60);
			if (v.first_page < 0 || v.first_page > 46)
				fail_msg("seed %zu: page at %g s", s, v.first_page);
			bench_close(&b);
		}
}

/* Once told it may be silent again in time, but not before; and the repair is no reason for anything. */
static void an_outage_that_was_there_first_is_told(void **state)
{
	(void)state;
	for
		EACH_SEED(s)
		{
			struct bench b;
			struct bench_view v;

			bench_open(&b, seeds[s]);
			bench_home(&b, 100, 0.04, 0.6);
			v = bench_run(&b, 120);
			if (v.first_page < 0 || v.first_page > 60 || v.page.stream.dimension != DIMENSION_ALL)
				fail_msg("seed %zu: page at %g s", s, v.first_page);
			bench_run(&b, 1500);
			assert_true(b.suspicion_count > 0); /* still there, still said */
			for (size_t i = 0; i < 20; i++)
				b.ranges[i].network = 0.003;
			bench_run(&b, 1800);
			v = bench_run(&b, 2100);
			expect_quiet(&v, "repaired", 0);
			bench_close(&b);
		}
}

static void one_server_that_fails_from_the_first_packet_is_told_and_not_learned(void **state)
{
	(void)state;
	for
		EACH_SEED(s)
		{
			struct bench b;
			struct bench_view v;
			bool is_server = false;

			bench_open(&b, seeds[s]);
			bench_home(&b, 100, 0.04, 0.003);
			for (size_t i = 0; i < 20; i++)
				b.ranges[i].network = b.ranges[i].server == 1 ? 1 : 0.003;
			v = bench_run(&b, 200);
			for (size_t i = 0; i < b.suspicion_count; i++)
				is_server = is_server || (b.suspicions[i].stream.dimension == DIMENSION_SERVER &&
							  b.suspicions[i].stream.value == BENCH_NODE(101));
			if (!is_server || v.pages[DIMENSION_SERVER] > 0)
				fail_msg("seed %zu: advisory %g, pages %zu", s, v.first_advisory, v.pages[DIMENSION_SERVER]);
			bench_close(&b);
		}
}

static nanos utc(int day, int hour, int minute)
{
	return ((INT64_C(20786) + day) * 86400 + hour * 3600 + minute * 60) * NANOS_PER_S; /* 2026-11-29 is a Sunday */
}

static struct season_clock clock_at(nanos time)
{
	static const struct plan_calendar calendar = { .time_zone = "" };
	struct season_clock clock;

	season_clock_make(&calendar, time, &clock);
	return clock;
}

static void a_moment_lies_between_the_middles_of_two_slots(void **state)
{
	struct season_clock c = clock_at(utc(0, 23, 45));

	(void)state;
	assert_int_equal(c.slot, 47);
	assert_int_equal(c.day, 1);
	assert_true(c.part == 0);
	assert_int_equal(c.near[1].day, 0); /* Monday begins */
	assert_int_equal(c.near[1].slot, 0);
	c = clock_at(utc(1, 0, 0));
	assert_int_equal(c.near[0].slot, 0);
	assert_int_equal(c.near[1].slot, 47);
	assert_int_equal(c.near[1].day, 1);
	assert_true(fabs(c.part - 0.5) < 1e-9);
}

static double day_rate(double hour)
{
	return 100 - 60 * cos(2 * M_PI * (hour - 4) / 24);
}

static void a_volume_learned_for_days_is_expected_at_its_hour(void **state)
{
	struct season_flow f = { 0 };
	struct season_clock c;
	double error = 0;

	(void)state;
	c = clock_at(utc(1, 12, 0));
	assert_true(season_flow_rate(&f, &c, &error) == 0);
	for (int minute = 0; minute < 14 * 1440; minute++) {
		bool is_rest = (minute / 1440) % 7 == 0 || (minute / 1440) % 7 == 6;

		c = clock_at(utc(0, 0, minute));
		season_flow_learn(&f, 60 * (is_rest ? 0.6 : 1) * day_rate(fmod(minute / 60.0, 24)), 60, &c);
	}
	for (int minute = 0; minute < 1440; minute += 7) {
		c = clock_at(utc(16, 0, minute));
		assert_true(fabs(season_flow_rate(&f, &c, &error) / day_rate(minute / 60.0) - 1) < 0.06);
		assert_true(error < 0.12);
		c = clock_at(utc(14, 0, minute));
		assert_true(fabs(season_flow_rate(&f, &c, &error) / (0.6 * day_rate(minute / 60.0)) - 1) <
			    (minute > 1400 || minute < 30 ? 0.5 : 0.06));
	}
}

static void a_day_of_another_kind_stands_in_with_doubt(void **state)
{
	struct season_flow f = { 0 };
	struct season_clock c;
	double error = 0, other = 0;

	(void)state;
	for (int minute = 0; minute < 2 * 1440; minute++) {
		c = clock_at(utc(1, 0, minute));
		season_flow_learn(&f, 60 * 10, 60, &c);
	}
	c = clock_at(utc(3, 12, 0));
	assert_true(fabs(season_flow_rate(&f, &c, &error) - 10) < 1e-6);
	c = clock_at(utc(6, 12, 0));
	assert_true(fabs(season_flow_rate(&f, &c, &other) - 10) < 1e-6);
	assert_true(other > 2 * error);
}

static void a_half_hour_that_was_hardly_quiet_is_not_learned(void **state)
{
	struct season_flow f = { 0 };
	struct season_clock c;
	double error;

	(void)state;
	for (int minute = 0; minute < 9; minute++) {
		c = clock_at(utc(1, 12, minute));
		season_flow_learn(&f, 600, 60, &c);
	}
	c = clock_at(utc(1, 12, 31));
	season_flow_learn(&f, 600, 60, &c);
	c = clock_at(utc(2, 12, 15));
	assert_true(season_flow_rate(&f, &c, &error) == 0);
}

static void shares_of_the_hour_are_learned_and_shrunk(void **state)
{
	struct season_share *s = calloc(1, sizeof(*s));
	struct season_clock c;

	(void)state;
	for (int day = 1; day <= 5; day++)
		for (int minute = 0; minute < 1440; minute++) {
			double of = 60000, share = minute / 60 == 3 ? 0.1 : 0.05; /* at night twice as many are refused */

			c = clock_at(utc(day, 0, minute));
			season_share_learn(s, 1, of * share, of * 0.05, &c);
			season_share_learn(s, 0, 60 * share, 60 * 0.05, &c); /* a thousand times less traffic */
		}
	c = clock_at(utc(9, 3, 30));
	assert_true(fabs(season_share_of(s, 1, 0.05, &c) - 1.95) < 0.1);
	assert_true(fabs(season_share_of(s, 0, 0.05, &c) - 1) < 0.05);
	c = clock_at(utc(9, 12, 0));
	assert_true(fabs(season_share_of(s, 1, 0.05, &c) - 1) < 0.02);
	free(s);
}

/* Streams of one dimension with these shares, some thousand answers each. */
static double kinship_of(double spread, uint64_t seed)
{
	struct hash_key key = { { 1, 2 } };
	struct streams *streams = watched_new(64, 1, &key);
	struct kinship *k = kinship_new();
	struct bench random = { .random = seed };
	double kinship;

	for (unsigned int i = 0; i < 40; i++) {
		struct stream_key stream = { .value = i, .procedure = BENCH_PROCEDURE, .dimension = DIMENSION_SERVER };
		struct stream *s = watched_at(streams, watched_take(streams, &stream, 1));
		double share = 0.05 + spread * (bench_uniform(&random) - 0.5);

		s->baseline.answers[EVIDENCE_USER] = 2000;
		for (unsigned int n = 0; n < 2000; n++)
			s->baseline.failed[EVIDENCE_USER] += bench_uniform(&random) < share;
	}
	kinship_measure(k, streams);
	kinship = (double)watched_at(streams, 5)->baseline.kinship[EVIDENCE_USER];
	kinship_free(k);
	watched_free(streams);
	return kinship;
}

static void streams_that_differ_lean_less_on_their_parent(void **state)
{
	double alike = kinship_of(0, 3), apart = kinship_of(0.09, 3);

	(void)state;
	assert_true(alike > 100);
	/* A uniform law of width 0.09 has the variance 6.75e-4: 0.05 * 0.95 / 6.75e-4 - 1 = 69, and the usual 30 weighs in. */
	assert_true(apart > 40 && apart < 90);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cold_start_into_healthy_traffic_is_silent),
		cmocka_unit_test(a_network_of_some_percent_of_its_own_failures_is_silent),
		cmocka_unit_test(a_hard_fault_forty_seconds_after_the_first_packet_pages),
		cmocka_unit_test(an_outage_that_was_there_first_is_told),
		cmocka_unit_test(one_server_that_fails_from_the_first_packet_is_told_and_not_learned),
		cmocka_unit_test(a_moment_lies_between_the_middles_of_two_slots),
		cmocka_unit_test(a_volume_learned_for_days_is_expected_at_its_hour),
		cmocka_unit_test(a_day_of_another_kind_stands_in_with_doubt),
		cmocka_unit_test(a_half_hour_that_was_hardly_quiet_is_not_learned),
		cmocka_unit_test(shares_of_the_hour_are_learned_and_shrunk),
		cmocka_unit_test(streams_that_differ_lean_less_on_their_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
