/* SPDX-License-Identifier: BSD-3-Clause */
/* control/tick/known: whose refusals count against the network again and again, and whose do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/tick/known.h"

#define START (1342008000 * NANOS_PER_S)
#define HOUR  (3600 * NANOS_PER_S)

static const struct plan plan = { .hash_key = { { 3, 4 } }, .limits = { .known = 65536 } };

static digits imsi(unsigned int range, unsigned int number)
{
	char text[16];
	digits d = 0;

	snprintf(text, sizeof(text), "23410%02u%08u", range, number);
	for (const char *at = text; *at != '\0'; at++)
		digits_append(&d, (unsigned int)(*at - '0'));
	return d;
}

static struct outcome outcome_of(const char *name, digits subscriber, nanos clock, enum outcome_class class)
{
	struct outcome o = { .procedure = procedure_of_name(name),
			     .imsi = subscriber,
			     .time = clock - 50 * NANOS_PER_MS,
			     .clock = clock,
			     .event = OUTCOME_EVENT_CLOSED,
			     .class = (uint8_t) class };

	assert_int_not_equal(o.procedure, PROCEDURE_NONE);
	return o;
}

static void succeed(struct known *k, const char *name, digits subscriber, nanos clock)
{
	struct outcome o = outcome_of(name, subscriber, clock, OUTCOME_SUCCESS);

	assert_int_equal(known_take(k, &o), OUTCOME_SUCCESS);
}

/* How a refusal as unknown counts. */
static enum outcome_class deny(struct known *k, const char *name, digits subscriber, nanos clock)
{
	struct outcome o = outcome_of(name, subscriber, clock, OUTCOME_USER);
	bool is_map = name[0] == 'm';

	o.cause_layer = is_map ? CAUSE_MAP_ERROR : CAUSE_DIAMETER_EXP;
	o.cause = is_map ? 1 : 5001;
	return known_take(k, &o);
}

static int set_up(void **state)
{
	struct known *k = calloc(1, sizeof(*k));

	assert_non_null(k);
	assert_true(known_open(k, &plan));
	*state = k;
	return 0;
}

static int tear_down(void **state)
{
	known_close(*state);
	free(*state);
	return 0;
}

static void a_registration_tells_that_vectors_were_given(void **state)
{
	succeed(*state, "map.updateLocation", imsi(1, 1), START);
	assert_int_equal(deny(*state, "map.sendAuthenticationInfo", imsi(1, 1), START + HOUR), OUTCOME_NETWORK);
}

/* No subscription for data or 4G: good in one register, refused by the other, again and again. */
static void who_is_in_one_register_only_is_never_the_networks_fault(void **state)
{
	for (unsigned int hour = 0; hour < 48; hour++) {
		nanos now = START + hour * HOUR;

		succeed(*state, "map.updateLocation", imsi(1, 1), now);
		succeed(*state, "map.sendAuthenticationInfo", imsi(1, 1), now);
		assert_int_equal(deny(*state, "map.updateGprsLocation", imsi(1, 1), now + 1), OUTCOME_USER);
		assert_int_equal(deny(*state, "s6a.air", imsi(1, 1), now + 1), OUTCOME_USER);
		assert_int_equal(deny(*state, "s6a.ulr", imsi(1, 1), now + 1), OUTCOME_USER);
		assert_int_equal(deny(*state, "cx.uar", imsi(1, 1), now + 1), OUTCOME_USER);
	}
}

/* The subscribers of a range, refused together at `from`; how many refusals of theirs in the next minutes are the network's. */
static unsigned int refused_again(struct known *k, unsigned int subscribers, nanos from, nanos again)
{
	unsigned int of_network = 0;

	for (unsigned int i = 0; i < subscribers; i++)
		succeed(k, "s6a.air", imsi(1, i), from - 20 * HOUR);
	for (unsigned int i = 0; i < subscribers; i++)
		assert_int_equal(deny(k, "s6a.air", imsi(1, i), from + i * NANOS_PER_S), OUTCOME_NETWORK);
	for (unsigned int i = 0; i < subscribers; i++)
		of_network += deny(k, "s6a.air", imsi(1, i), again + i * NANOS_PER_S) == OUTCOME_NETWORK;
	return of_network;
}

static void few_that_are_refused_together_count_once(void **state)
{
	assert_int_equal(refused_again(*state, KNOWN_MANY - 1, START, START + 60 * NANOS_PER_S), 0);
}

/* A day of a fault, in which every phone asks once in five minutes, and nobody is refused for the first time any more. */
static void a_fault_that_lasts_is_not_forgotten_within_a_day(void **state)
{
	nanos now = START;

	assert_int_equal(refused_again(*state, 20, START, START + 60 * NANOS_PER_S), 20);
	for (now += 300 * NANOS_PER_S; now < START + 23 * HOUR; now += 300 * NANOS_PER_S)
		for (unsigned int i = 0; i < 20; i++)
			assert_int_equal(deny(*state, "s6a.air", imsi(1, i), now + i), OUTCOME_NETWORK);
}

/* After a fault one phone goes on asking: it does not keep the fault alive. */
static void one_that_asks_for_ever_does_not_make_a_fault_last(void **state)
{
	nanos last = 0;

	assert_int_equal(refused_again(*state, 20, START, START + 60 * NANOS_PER_S), 20);
	for (unsigned int i = 1; i < 20; i++)
		succeed(*state, "s6a.air", imsi(1, i), START + 120 * NANOS_PER_S);
	for (nanos now = START + 120 * NANOS_PER_S; now < START + 2 * HOUR; now += 5 * NANOS_PER_S) {
		if (deny(*state, "s6a.air", imsi(1, 0), now) == OUTCOME_NETWORK)
			last = now;
	}
	assert_in_range(last, START, START + 1800 * NANOS_PER_S);
}

/* A range of which some have no subscription for data: after a fault of it they do not keep the fault alive. */
static void who_never_was_good_does_not_make_a_fault_last(void **state)
{
	nanos last = 0;

	assert_int_equal(refused_again(*state, 20, START, START + 60 * NANOS_PER_S), 20);
	for (nanos now = START + 120 * NANOS_PER_S; now < START + 2 * HOUR; now += 5 * NANOS_PER_S) {
		unsigned int which = (unsigned int)(now / (5 * NANOS_PER_S)) % 20;

		succeed(*state, "s6a.air", imsi(1, which), now);
		if (deny(*state, "map.updateGprsLocation", imsi(1, which), now) == OUTCOME_NETWORK)
			last = now;
	}
	assert_in_range(last, START, START + 1800 * NANOS_PER_S);
}

/* Now and then a contract ends, ten in ten minutes, of 12,000 successes: each counts once, whatever the phone then does. */
static void the_churn_of_a_large_network_is_no_crowd(void **state)
{
	unsigned int last = 0;
	unsigned int ended = 0;
	unsigned int of_network = 0;

	for (unsigned int i = 0; i < 40000; i++) {
		nanos now = START + i * 50 * NANOS_PER_MS;

		succeed(*state, "s6a.ulr", imsi(i % 49, i), now);
		if (i > 0 && i % 1200 == 0) {
			last = i - 1200;
			ended++;
			assert_int_equal(deny(*state, "s6a.ulr", imsi(last % 49, last), now), OUTCOME_NETWORK);
		}
		if (i > 1200 && i % 40 == 1)
			of_network += deny(*state, "s6a.ulr", imsi(last % 49, last), now) == OUTCOME_NETWORK;
	}
	assert_true(ended > 30);
	assert_int_equal(of_network, 0);
}

/* One request in fifty, whoever makes it, is refused: that is so from the first hour on, and does not grow while the memory fills. Then one
 * in five is. */
static void refusals_that_there_always_are_are_no_news(void **state)
{
	unsigned int of_network = 0;
	nanos now = START;

	for (unsigned int i = 0; i < 100000; i++, now += 20 * NANOS_PER_MS) {
		unsigned int who = i * 2654435761U >> 8;
		bool is_refused = i * 2246822519U >> 16 < 65536 / 50;

		if (is_refused)
			of_network += deny(*state, "s6a.ulr", imsi(who % 7, who % 9973), now) == OUTCOME_NETWORK && i > 3000;
		else
			succeed(*state, "s6a.ulr", imsi(who % 7, who % 9973), now);
	}
	assert_in_range(of_network, 0, 100);
	of_network = 0;
	for (unsigned int i = 0; i < 3000; i++, now += 20 * NANOS_PER_MS) {
		if (i % 5 == 0)
			of_network += deny(*state, "s6a.ulr", imsi(i % 7, i % 9973), now) == OUTCOME_NETWORK;
		else
			succeed(*state, "s6a.ulr", imsi(i % 7, i % 9973), now);
	}
	assert_in_range(of_network, 400, 600);
}

/* 4G says yes, the home location register no: that is nobody's fault, but in a crowd of those to whom it had said yes. */
static void one_registers_yes_counts_in_a_crowd(void **state)
{
	succeed(*state, "s6a.ulr", imsi(1, 100), START);
	succeed(*state, "s6a.ulr", imsi(1, 101), START);
	succeed(*state, "s6a.ulr", imsi(2, 102), START);
	succeed(*state, "s6a.ulr", imsi(2, 103), START);
	assert_int_equal(deny(*state, "map.updateLocation", imsi(1, 100), START), OUTCOME_USER);
	assert_int_equal(deny(*state, "map.updateLocation", imsi(2, 102), START), OUTCOME_USER);
	for (unsigned int i = 0; i < KNOWN_MANY; i++) {
		succeed(*state, "map.updateLocation", imsi(1, i), START);
		assert_int_equal(deny(*state, "map.updateLocation", imsi(1, i), START + NANOS_PER_S), OUTCOME_NETWORK);
	}
	assert_int_equal(deny(*state, "map.updateLocation", imsi(1, 101), START + 2 * NANOS_PER_S), OUTCOME_NETWORK);
	assert_int_equal(deny(*state, "map.updateLocation", imsi(2, 103), START + 2 * NANOS_PER_S), OUTCOME_NETWORK);
	/* A stranger, too, where the range fails. */
	assert_int_equal(deny(*state, "map.updateLocation", imsi(1, 999), START + 2 * NANOS_PER_S), OUTCOME_NETWORK);
	assert_int_equal(deny(*state, "map.updateLocation", imsi(2, 999), START + 2 * NANOS_PER_S), OUTCOME_USER);
	/* Who was refused before is believed in the range that fails: else the fault seems to heal. Elsewhere there was never a yes. */
	assert_int_equal(deny(*state, "map.updateLocation", imsi(1, 100), START + 2 * NANOS_PER_S), OUTCOME_NETWORK);
	assert_int_equal(deny(*state, "map.updateLocation", imsi(2, 102), START + 2 * NANOS_PER_S), OUTCOME_USER);
}

static void a_number_is_known_by_the_registration_that_told_it(void **state)
{
	struct outcome o = outcome_of("map.updateLocation", imsi(1, 1), START, OUTCOME_SUCCESS);

	o.msisdn = imsi(2, 2);
	assert_int_equal(known_take(*state, &o), OUTCOME_SUCCESS);
	o = outcome_of("map.sendRoutingInfo", 0, START + HOUR, OUTCOME_USER);
	o.cause_layer = CAUSE_MAP_ERROR;
	o.cause = 1;
	o.msisdn = imsi(2, 3);
	assert_int_equal(known_take(*state, &o), OUTCOME_USER);
	o.msisdn = imsi(2, 2);
	assert_int_equal(known_take(*state, &o), OUTCOME_NETWORK);
	/* The same digits as an IMSI are somebody else. */
	assert_int_equal(deny(*state, "map.updateLocation", imsi(2, 2), START + HOUR), OUTCOME_USER);
}

static void one_that_was_deleted_counts_once_however_often_it_asks(void **state)
{
	succeed(*state, "map.updateLocation", imsi(1, 1), START);
	assert_int_equal(deny(*state, "map.updateLocation", imsi(1, 1), START + HOUR), OUTCOME_NETWORK);
	for (unsigned int i = 1; i < 1000; i++)
		assert_int_equal(deny(*state, "map.updateLocation", imsi(1, 1), START + HOUR + i * NANOS_PER_S), OUTCOME_USER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_registration_tells_that_vectors_were_given, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_is_in_one_register_only_is_never_the_networks_fault, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_that_was_deleted_counts_once_however_often_it_asks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(few_that_are_refused_together_count_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_fault_that_lasts_is_not_forgotten_within_a_day, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_that_asks_for_ever_does_not_make_a_fault_last, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_never_was_good_does_not_make_a_fault_last, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_churn_of_a_large_network_is_no_crowd, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refusals_that_there_always_are_are_no_news, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_registers_yes_counts_in_a_crowd, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_number_is_known_by_the_registration_that_told_it, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("known_crowd", tests, NULL, NULL);
}
