/* SPDX-License-Identifier: BSD-3-Clause */
/* control/detect/conditions: what the network says of itself, as states. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "control/detect/conditions.h"
#include "dataplane/notice.h"

#define START (1000000 * NANOS_PER_S)
#define HLR   node_of_ipv4(0x0a000001)
#define STP   node_of_ipv4(0x0a000002)
#define MSC   node_of_ipv4(0x0a000003)
#define ROUTE node_of_point_code(2001)
#define HOST  node_of_host(77)

struct bench {
	struct conditions *c;
	nanos now;
	const struct condition *list;
	size_t count;
};

static int set_up(void **state)
{
	static struct bench bench;

	bench = (struct bench){ .c = conditions_new(), .now = START };
	assert_non_null(bench.c);
	*state = &bench;
	return 0;
}

static int tear_down(void **state)
{
	conditions_free(((struct bench *)*state)->c);
	return 0;
}

static void notice(struct bench *b, enum notice_kind kind, node client, node server, unsigned int tries)
{
	const struct outcome o = { .event = OUTCOME_EVENT_NOTICE,
				   .time = b->now,
				   .clock = b->now,
				   .cause = kind,
				   .client = client,
				   .server = server,
				   .tries = (uint16_t)tries,
				   .procedure = PROCEDURE_NONE };

	conditions_outcome(b->c, &o);
}

static void watchdog(struct bench *b, node route, enum outcome_class class, node server)
{
	const struct outcome o = { .event = OUTCOME_EVENT_CLOSED,
				   .time = b->now,
				   .clock = b->now,
				   .class = (uint8_t) class,
				   .client = node_of_host(5),
				   .server = server,
				   .route = route,
				   .procedure = procedure_of_name("base.dwr") };

	conditions_outcome(b->c, &o);
}

/* Ticks of a second up to `seconds` from now. */
static void pass(struct bench *b, unsigned int seconds)
{
	for (unsigned int i = 0; i < seconds; i++) {
		const struct tally tally = { .start = b->now, .length = NANOS_PER_S };

		b->list = conditions_tick(b->c, &tally, &b->count);
		b->now += NANOS_PER_S;
	}
}

static void a_route_is_down_from_the_first_word_to_the_last(void **state)
{
	struct bench *b = *state;
	nanos since;

	pass(b, 40);
	assert_int_equal(b->count, 0);
	since = b->now;
	notice(b, NOTICE_ROUTE_UNAVAILABLE, STP, ROUTE, 0);
	notice(b, NOTICE_ROUTE_UNAVAILABLE, MSC, ROUTE, 0);
	notice(b, NOTICE_ROUTE_UNAVAILABLE, MSC, ROUTE, 0);
	pass(b, 1);
	assert_int_equal(b->count, 1);
	assert_int_equal(b->list[0].kind, CONDITION_ROUTE_DOWN);
	assert_int_equal(b->list[0].about, ROUTE);
	assert_int_equal(b->list[0].said_by, STP);
	assert_int_equal(b->list[0].sayers, 2);
	assert_int_equal(b->list[0].since, since);
	assert_true(b->list[0].is_new);
	assert_false(b->list[0].is_usual);
	pass(b, 1);
	assert_false(b->list[0].is_new);
	notice(b, NOTICE_ROUTE_AVAILABLE, STP, ROUTE, 0);
	pass(b, 1);
	assert_true(b->list[0].is_over);
	pass(b, 70);
	assert_int_equal(b->count, 0);
}

static void what_was_so_when_the_probe_began_is_no_news(void **state)
{
	struct bench *b = *state;

	pass(b, 5);
	notice(b, NOTICE_ROUTE_UNAVAILABLE, STP, ROUTE, 0);
	pass(b, 1);
	assert_true(b->list[0].is_usual);
}

static void a_network_that_says_it_every_minute_is_used_to_it(void **state)
{
	struct bench *b = *state;

	pass(b, 60);
	for (int i = 0; i < 40; i++) {
		notice(b, NOTICE_ROUTE_UNAVAILABLE, STP, node_of_point_code(100 + (uint32_t)i % 7), 0);
		pass(b, 20);
		notice(b, NOTICE_ROUTE_AVAILABLE, STP, node_of_point_code(100 + (uint32_t)i % 7), 0);
		pass(b, 40);
	}
	notice(b, NOTICE_ROUTE_UNAVAILABLE, STP, ROUTE, 0);
	pass(b, 1);
	assert_true(b->list[b->count - 1].is_usual);
	/* Twenty at once are not what it is used to. */
	for (uint32_t i = 0; i < 20; i++)
		notice(b, NOTICE_ROUTE_UNAVAILABLE, STP, node_of_point_code(3000 + i), 0);
	pass(b, 1);
	assert_false(b->list[b->count - 1].is_usual);
}

static void thrice_in_ten_minutes_is_flapping(void **state)
{
	struct bench *b = *state;

	pass(b, 60);
	for (int i = 0; i < 3; i++) {
		assert_true(b->count == 0 || !b->list[0].is_flapping);
		notice(b, NOTICE_SUBSYSTEM_PROHIBITED, ROUTE, ROUTE, 6);
		pass(b, 10);
		notice(b, NOTICE_SUBSYSTEM_ALLOWED, ROUTE, ROUTE, 6);
		pass(b, 1);
	}
	assert_int_equal(b->list[0].subsystem, 6);
	assert_true(b->list[0].is_flapping);
	assert_int_equal(b->list[0].beginnings, 3);
}

static void congestion_ends_by_word_or_by_silence(void **state)
{
	struct bench *b = *state;

	pass(b, 60);
	notice(b, NOTICE_ROUTE_CONGESTED, STP, ROUTE, 2);
	pass(b, 1);
	assert_int_equal(b->list[0].level, 2);
	assert_false(b->list[0].is_over);
	notice(b, NOTICE_ROUTE_CONGESTED, STP, ROUTE, 0);
	pass(b, 1);
	assert_true(b->list[0].is_over);
	notice(b, NOTICE_ROUTE_CONGESTED, STP, ROUTE, 1);
	pass(b, 32);
	assert_true(b->list[0].is_over);
}

static void the_end_that_lost_most_connections_is_down(void **state)
{
	struct bench *b = *state;

	pass(b, 5);
	for (uint32_t i = 0; i < 4; i++)
		notice(b, NOTICE_ASSOCIATION_ABORTED, node_of_ipv4(0x0b000000 + i), HLR, 0);
	pass(b, 3);
	assert_int_equal(b->count, 1);
	assert_int_equal(b->list[0].kind, CONDITION_PEER_DOWN);
	assert_int_equal(b->list[0].about, HLR);
	assert_int_equal(b->list[0].sayers, 4);
	assert_false(b->list[0].is_announced);
	for (uint32_t i = 0; i < 4; i++)
		notice(b, NOTICE_ASSOCIATION_OPENED, node_of_ipv4(0x0b000000 + i), HLR, 0);
	pass(b, 3);
	assert_true(b->list[0].is_over);
	/* A client that leaves its two servers. */
	notice(b, NOTICE_ASSOCIATION_CLOSED, MSC, HLR, 0);
	notice(b, NOTICE_ASSOCIATION_CLOSED, MSC, STP, 0);
	pass(b, 3);
	assert_int_equal(b->count, 2);
	for (size_t i = 0; i < b->count; i++)
		assert_true(b->list[i].about == MSC ? !b->list[i].is_over && b->list[i].is_announced : b->list[i].is_over);
}

static void a_peer_that_answered_watchdogs_and_no_longer_does_is_down(void **state)
{
	struct bench *b = *state;

	watchdog(b, STP, OUTCOME_TIMEOUT, 0);
	watchdog(b, STP, OUTCOME_TIMEOUT, 0);
	watchdog(b, HLR, OUTCOME_SUCCESS, HOST);
	pass(b, 40);
	assert_int_equal(b->count, 0);
	watchdog(b, HLR, OUTCOME_TIMEOUT, 0);
	pass(b, 1);
	assert_int_equal(b->count, 0);
	watchdog(b, HLR, OUTCOME_TIMEOUT, 0);
	pass(b, 1);
	assert_int_equal(b->count, 1);
	assert_int_equal(b->list[0].about, HOST);
	assert_int_equal(b->list[0].address, HLR);
	watchdog(b, HLR, OUTCOME_SUCCESS, HOST);
	pass(b, 1);
	assert_true(b->list[0].is_over);
}

static void a_peer_that_answers_is_not_down(void **state)
{
	struct bench *b = *state;
	struct outcome o = {
		.event = OUTCOME_EVENT_CLOSED, .class = OUTCOME_SUCCESS, .route = HLR, .procedure = procedure_of_name("s6a.ulr")
	};

	pass(b, 5);
	notice(b, NOTICE_PEER_CLOSING, HLR, HOST, 1);
	pass(b, 1);
	assert_true(b->list[0].is_announced);
	assert_false(b->list[0].is_over);
	pass(b, 3);
	o.time = b->now;
	o.clock = b->now;
	conditions_outcome(b->c, &o);
	pass(b, 1);
	assert_true(b->list[0].is_over);
	assert_int_equal(b->list[0].answers, 1);
}

static void one_restart_told_to_many_is_one(void **state)
{
	struct bench *b = *state;

	pass(b, 5);
	for (uint32_t i = 0; i < 6; i++)
		notice(b, NOTICE_NODE_RESET, node_of_ipv4(0x0b000000 + i), HOST, 0);
	pass(b, 1);
	assert_int_equal(b->count, 1);
	assert_int_equal(b->list[0].kind, CONDITION_RESTART);
	assert_int_equal(b->list[0].sayers, 6);
	pass(b, 70);
	assert_true(b->list[0].is_over);
}

static void a_direction_that_is_acknowledged_and_unseen_is_blind(void **state)
{
	struct bench *b = *state;

	notice(b, NOTICE_UNSEEN, MSC, HLR, 4);
	pass(b, 1);
	assert_int_equal(b->count, 0);
	notice(b, NOTICE_UNSEEN, MSC, HLR, 41);
	pass(b, 1);
	assert_int_equal(b->list[0].kind, CONDITION_BLIND);
	assert_int_equal(b->list[0].unseen, 45);
	assert_true(conditions_is_blind(b->c, HLR));
	assert_false(conditions_is_blind(b->c, MSC));
	/* What is not seen cannot be missed. */
	watchdog(b, HLR, OUTCOME_SUCCESS, HOST);
	watchdog(b, HLR, OUTCOME_TIMEOUT, 0);
	watchdog(b, HLR, OUTCOME_TIMEOUT, 0);
	pass(b, 1);
	assert_int_equal(b->count, 1);
	pass(b, 8);
	assert_true(b->list[0].is_over);
}

static void a_report_of_many_unseen_is_enough_to_say_so(void **state)
{
	struct bench *b = *state;

	notice(b, NOTICE_UNSEEN, MSC, HLR, 40);
	pass(b, 1);
	assert_int_equal(b->count, 1);
	assert_int_equal(b->list[0].notices, 1);
	assert_true(conditions_is_blind(b->c, HLR));
}

static void a_dark_tap_is_blind_until_there_is_light_also_after_a_restart(void **state)
{
	struct bench *b = *state;
	const nanos since = START - 12 * NANOS_PER_S;
	struct tally lit = { .start = START + 600 * NANOS_PER_S, .length = NANOS_PER_S, .packets = 1 };
	struct condition known;

	conditions_dark(b->c, since, b->now);
	pass(b, 1);
	assert_int_equal(b->count, 0); /* a tick is no darkness */
	conditions_dark(b->c, since, b->now);
	pass(b, 1);
	assert_int_equal(b->count, 1);
	assert_int_equal(b->list[0].kind, CONDITION_BLIND);
	assert_true(b->list[0].about == node_of_tap());
	assert_true(b->list[0].since == since);
	known = b->list[0];
	conditions_free(b->c);
	b->c = conditions_new();
	conditions_recall(b->c, &known);
	pass(b, 500);
	assert_int_equal(b->count, 1);
	assert_false(b->list[0].is_over);
	b->list = conditions_tick(b->c, &lit, &b->count);
	assert_true(b->list[0].is_over);
}

static void there_is_room_for_so_many_and_no_more(void **state)
{
	struct bench *b = *state;

	for (uint32_t i = 0; i < CONDITIONS_MAX + 10; i++)
		notice(b, NOTICE_ROUTE_UNAVAILABLE, STP, node_of_point_code(1 + i), 0);
	pass(b, 1);
	assert_int_equal(b->count, CONDITIONS_MAX);
	assert_int_equal(conditions_refused(b->c), 10);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_route_is_down_from_the_first_word_to_the_last),
		TEST(what_was_so_when_the_probe_began_is_no_news),
		TEST(a_network_that_says_it_every_minute_is_used_to_it),
		TEST(thrice_in_ten_minutes_is_flapping),
		TEST(congestion_ends_by_word_or_by_silence),
		TEST(the_end_that_lost_most_connections_is_down),
		TEST(a_peer_that_answered_watchdogs_and_no_longer_does_is_down),
		TEST(a_peer_that_answers_is_not_down),
		TEST(one_restart_told_to_many_is_one),
		TEST(a_direction_that_is_acknowledged_and_unseen_is_blind),
		TEST(a_report_of_many_unseen_is_enough_to_say_so),
		TEST(a_dark_tap_is_blind_until_there_is_light_also_after_a_restart),
		TEST(there_is_room_for_so_many_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
