/* SPDX-License-Identifier: BSD-3-Clause */
/* control/tick: subscribers known to be good (known), attempts that are not the first (recent), and what they change in cells
 * (corrections). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/tick/corrections.h"
#include "control/tick/known.h"
#include "control/tick/recent.h"
#include "dataplane/transaction/book.h"

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

static void who_was_never_seen_is_refused_for_own_reasons(void **state)
{
	assert_int_equal(deny(*state, "map.updateLocation", imsi(1, 1), START), OUTCOME_USER);
	assert_int_equal(deny(*state, "s6a.air", imsi(1, 1), START), OUTCOME_USER);
}

static void who_was_good_within_a_day_is_refused_by_the_networks_fault(void **state)
{
	succeed(*state, "map.updateLocation", imsi(1, 1), START);
	succeed(*state, "s6a.ulr", imsi(1, 2), START);
	succeed(*state, "map.updateLocation", imsi(1, 3), START);
	assert_int_equal(deny(*state, "map.updateLocation", imsi(1, 1), START + 23 * HOUR), OUTCOME_NETWORK);
	assert_int_equal(deny(*state, "s6a.ulr", imsi(1, 2), START + 23 * HOUR), OUTCOME_NETWORK);
	assert_int_equal(deny(*state, "map.updateLocation", imsi(1, 3), START + 26 * HOUR), OUTCOME_USER);
}

static void a_registration_tells_that_vectors_were_given(void **state)
{
	succeed(*state, "map.updateLocation", imsi(1, 1), START);
	assert_int_equal(deny(*state, "map.sendAuthenticationInfo", imsi(1, 1), START + HOUR), OUTCOME_NETWORK);
}

static void other_causes_and_other_events_are_left_alone(void **state)
{
	struct outcome o = outcome_of("map.updateLocation", imsi(1, 1), START, OUTCOME_USER);

	succeed(*state, "map.updateLocation", imsi(1, 1), START);
	o.cause_layer = CAUSE_MAP_ERROR;
	o.cause = 8; /* roamingNotAllowed */
	assert_int_equal(known_take(*state, &o), OUTCOME_USER);
	o.cause_layer = CAUSE_DIAMETER; /* 5001 of the base protocol is an AVP that is not supported */
	o.cause = 5001;
	assert_int_equal(known_take(*state, &o), OUTCOME_USER);
	o.cause_layer = CAUSE_MAP_ERROR;
	o.cause = 1;
	o.event = OUTCOME_EVENT_OVERDUE;
	assert_int_equal(known_take(*state, &o), OUTCOME_USER);
	o.event = OUTCOME_EVENT_CLOSED;
	assert_int_equal(known_take(*state, &o), OUTCOME_NETWORK);
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

static void one_that_was_deleted_counts_once_however_often_it_asks(void **state)
{
	succeed(*state, "map.updateLocation", imsi(1, 1), START);
	assert_int_equal(deny(*state, "map.updateLocation", imsi(1, 1), START + HOUR), OUTCOME_NETWORK);
	for (unsigned int i = 1; i < 1000; i++)
		assert_int_equal(deny(*state, "map.updateLocation", imsi(1, 1), START + HOUR + i * NANOS_PER_S), OUTCOME_USER);
}

/* The subscribers of a range, refused together at `from`; how many refusals of theirs in the next minutes are the network's. */
static unsigned int refused_again(struct known *k, unsigned int subscribers, nanos from, nanos again)
{
	unsigned int of_network = 0;

	for (unsigned int i = 0; i < subscribers; i++)
		succeed(k, "s6a.air", imsi(1, i), from - HOUR);
	for (unsigned int i = 0; i < subscribers; i++)
		assert_int_equal(deny(k, "s6a.air", imsi(1, i), from + i * NANOS_PER_S), OUTCOME_NETWORK);
	for (unsigned int i = 0; i < subscribers; i++)
		of_network += deny(k, "s6a.air", imsi(1, i), again + i * NANOS_PER_S) == OUTCOME_NETWORK;
	return of_network;
}

static void many_that_are_refused_together_count_every_time(void **state)
{
	assert_int_equal(refused_again(*state, KNOWN_MANY, START, START + 60 * NANOS_PER_S), KNOWN_MANY);
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

/* In a large network some contract ends every few seconds; each counts once, whatever the phone then does. */
static void the_churn_of_a_large_network_is_no_crowd(void **state)
{
	unsigned int of_network = 0;

	for (unsigned int i = 0; i < 20000; i++) {
		nanos now = START + i * 50 * NANOS_PER_MS;

		succeed(*state, "s6a.ulr", imsi(i % 50, i), now);
		if (i >= 4000 && i % 4000 == 0)
			assert_int_equal(deny(*state, "s6a.ulr", imsi((i - 4000) % 50, i - 4000), now), OUTCOME_NETWORK);
		if (i > 4000 && i % 40 == 1)
			of_network += deny(*state, "s6a.ulr", imsi(0, i / 4000 * 4000 - 4000), now) == OUTCOME_NETWORK;
	}
	assert_int_equal(of_network, 0);
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

static bool asks(struct recent *r, const char *name, digits subscriber, nanos time)
{
	struct outcome o = outcome_of(name, subscriber, time + 20 * NANOS_PER_MS, OUTCOME_TIMEOUT);

	o.time = time;
	return recent_take(r, &o);
}

static void the_same_request_within_a_minute_is_a_repeat(void **state)
{
	struct recent r;

	(void)state;
	assert_true(recent_open(&r, &plan));
	assert_false(asks(&r, "s6a.air", imsi(1, 1), START));
	assert_true(asks(&r, "s6a.air", imsi(1, 1), START + 15 * NANOS_PER_S));
	assert_true(asks(&r, "s6a.air", imsi(1, 1), START + 75 * NANOS_PER_S));
	assert_false(asks(&r, "s6a.air", imsi(1, 1), START + 136 * NANOS_PER_S));
	assert_false(asks(&r, "s6a.air", imsi(1, 2), START + 136 * NANOS_PER_S));
	assert_false(asks(&r, "s6a.ulr", imsi(1, 1), START + 137 * NANOS_PER_S));
	/* Two of one dialogue, and one that was made before another that has ended. */
	assert_false(asks(&r, "s6a.air", imsi(1, 1), START + 136 * NANOS_PER_S + 200 * NANOS_PER_MS));
	assert_false(asks(&r, "s6a.air", imsi(1, 1), START + 130 * NANOS_PER_S));
	assert_false(asks(&r, "s6a.air", 0, START + 137 * NANOS_PER_S));
	assert_false(asks(&r, "s6a.air", 0, START + 138 * NANOS_PER_S));
	recent_close(&r);
}

static struct tally_cell cell_of(enum dimension dimension, uint64_t value, procedure p)
{
	return (struct tally_cell){ .key = { .value = value, .procedure = p, .dimension = (uint8_t)dimension },
				    .outcomes = { [OUTCOME_SUCCESS] = 5, [OUTCOME_USER] = 2 } };
}

static void what_is_known_moves_refusals_in_every_stream_of_the_outcome(void **state)
{
	struct outcome o = outcome_of("s6a.air", imsi(1, 42), START, OUTCOME_USER);
	struct tally_cell cells[] = {
		cell_of(DIMENSION_ALL, 0, o.procedure),
		cell_of(DIMENSION_SEGMENT, 3, o.procedure),
		cell_of(DIMENSION_SEGMENT, 4, o.procedure),
		cell_of(DIMENSION_IMSI_PREFIX, digits_prefix(o.imsi, TALLY_PREFIX_LONGEST), o.procedure),
		cell_of(DIMENSION_SERVER, 77, o.procedure),
		cell_of(DIMENSION_ROUTE, 78, o.procedure),
		cell_of(DIMENSION_PLMN, 26201, o.procedure),
		cell_of(DIMENSION_IMSI_ENDING, 42, o.procedure),
		cell_of(DIMENSION_ALL, 0, PROCEDURE_REGISTRATION),
		cell_of(DIMENSION_IMSI_BUCKET, book_bucket(&plan.hash_key, o.imsi), o.procedure),
		cell_of(DIMENSION_RAT, RAT_4G, o.procedure),
		cell_of(DIMENSION_DIRECTION, DIRECTION_OUTBOUND, o.procedure),
	};
	const size_t count = sizeof(cells) / sizeof(cells[0]);
	struct corrections c;

	(void)state;
	o.segments = 1 << 3;
	o.server = 77;
	o.route = 78;
	o.plmn = 26201;
	o.direction = DIRECTION_OUTBOUND;
	qsort(cells, count, sizeof(cells[0]), stream_key_compare);
	corrections_open(&c, &plan);
	corrections_add(&c, &o, true, false);
	corrections_add(&c, &o, false, true);
	corrections_add(&c, &o, false, false);
	corrections_apply(&c, cells, count);
	for (size_t i = 0; i < count; i++) {
		bool is_other = cells[i].key.dimension == DIMENSION_SEGMENT && cells[i].key.value == 4;
		bool is_sum = cells[i].key.procedure == PROCEDURE_REGISTRATION;

		assert_int_equal(cells[i].outcomes[OUTCOME_NETWORK], is_other ? 0 : 1);
		assert_int_equal(cells[i].outcomes[OUTCOME_SUCCESS], is_sum ? 4 : 5);
		assert_int_equal(cells[i].outcomes[OUTCOME_USER], is_other || is_sum ? 2 : 1);
		assert_int_equal(cells[i].repeats, is_other ? 0 : 1);
	}
	/* They are forgotten with the tick. */
	corrections_apply(&c, cells, count);
	assert_int_equal(cells[0].repeats, 1);
	corrections_close(&c);
}

static void a_cell_gives_no_more_than_it_has(void **state)
{
	struct outcome o = outcome_of("s6a.air", imsi(1, 42), START, OUTCOME_USER);
	struct tally_cell cell = cell_of(DIMENSION_ALL, 0, o.procedure);
	struct corrections c;

	(void)state;
	corrections_open(&c, &plan);
	for (int i = 0; i < 9; i++)
		corrections_add(&c, &o, true, true);
	corrections_apply(&c, &cell, 1);
	assert_int_equal(cell.outcomes[OUTCOME_USER], 0);
	assert_int_equal(cell.outcomes[OUTCOME_NETWORK], 2);
	assert_int_equal(cell.repeats, 7);
	corrections_close(&c);
}

static void a_full_table_forgets_the_oldest(void **state)
{
	const struct plan small = { .hash_key = { { 3, 4 } }, .limits = { .known = IMPRINTS_WAYS } };
	struct known *k = calloc(1, sizeof(*k));

	(void)state;
	assert_non_null(k);
	assert_true(known_open(k, &small));
	for (unsigned int i = 0; i <= IMPRINTS_WAYS; i++)
		succeed(k, "s6a.ulr", imsi(1, i), START + i * HOUR);
	assert_int_equal(deny(k, "s6a.ulr", imsi(1, 0), START + 9 * HOUR), OUTCOME_USER);
	for (unsigned int i = 1; i <= IMPRINTS_WAYS; i++)
		assert_int_equal(deny(k, "s6a.ulr", imsi(1, i), START + 9 * HOUR), OUTCOME_NETWORK);
	known_close(k);
	free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(who_was_never_seen_is_refused_for_own_reasons, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_was_good_within_a_day_is_refused_by_the_networks_fault, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_registration_tells_that_vectors_were_given, set_up, tear_down),
		cmocka_unit_test_setup_teardown(other_causes_and_other_events_are_left_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_is_in_one_register_only_is_never_the_networks_fault, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_that_was_deleted_counts_once_however_often_it_asks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(many_that_are_refused_together_count_every_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(few_that_are_refused_together_count_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_fault_that_lasts_is_not_forgotten_within_a_day, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_that_asks_for_ever_does_not_make_a_fault_last, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_never_was_good_does_not_make_a_fault_last, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_churn_of_a_large_network_is_no_crowd, set_up, tear_down),
		cmocka_unit_test_setup_teardown(one_registers_yes_counts_in_a_crowd, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_number_is_known_by_the_registration_that_told_it, set_up, tear_down),
		cmocka_unit_test(a_full_table_forgets_the_oldest),
		cmocka_unit_test(the_same_request_within_a_minute_is_a_repeat),
		cmocka_unit_test(what_is_known_moves_refusals_in_every_stream_of_the_outcome),
		cmocka_unit_test(a_cell_gives_no_more_than_it_has),
	};

	return cmocka_run_group_tests_name("known", tests, NULL, NULL);
}
