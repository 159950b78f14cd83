/* SPDX-License-Identifier: BSD-3-Clause */
/* control/tick: subscribers known to be good, attempts that repeat others, own networks, and how cells are corrected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <stdio.h>

#include "control/tick/corrections.h"
#include "control/tick/homes.h"
#include "control/tick/known.h"
#include "control/tick/recent.h"

#define START (1000000 * NANOS_PER_S)
#define HOUR  (3600 * NANOS_PER_S)

static const struct plan plan = { .limits = { .known = 4096 }, .hash_key = { .k = { 3, 4 } } };

static digits imsi_of(unsigned int number)
{
	digits imsi = 0;
	char text[DIGITS_TEXT_MAX];

	snprintf(text, sizeof(text), "23410%010u", number);
	assert_true(digits_read_text(text, 15, &imsi));
	return imsi;
}

static struct outcome outcome_of(unsigned int number, const char *asked_for, enum outcome_class class, nanos clock)
{
	return (struct outcome){ .event = OUTCOME_EVENT_CLOSED,
				 .imsi = imsi_of(number),
				 .procedure = procedure_of_name(asked_for),
				 .class = (uint8_t) class,
				 .time = clock,
				 .clock = clock };
}

static enum outcome_class success(struct known *k, unsigned int number, const char *asked_for, nanos clock)
{
	struct outcome o = outcome_of(number, asked_for, OUTCOME_SUCCESS, clock);

	return known_take(k, &o);
}

static enum outcome_class denial(struct known *k, unsigned int number, const char *asked_for, nanos clock)
{
	struct outcome o = outcome_of(number, asked_for, OUTCOME_USER, clock);

	o.cause_layer = CAUSE_DIAMETER_EXP;
	o.cause = 5001;
	return known_take(k, &o);
}

static void who_was_served_within_a_day_is_not_unknown(void **state)
{
	struct known k;

	(void)state;
	assert_true(known_open(&k, &plan));
	assert_int_equal(denial(&k, 1, "s6a.ulr", START), OUTCOME_USER);
	assert_int_equal(success(&k, 1, "s6a.ulr", START), OUTCOME_SUCCESS);
	assert_int_equal(denial(&k, 1, "s6a.ulr", START + 23 * HOUR), OUTCOME_NETWORK);
	success(&k, 2, "s6a.ulr", START);
	assert_int_equal(denial(&k, 2, "s6a.ulr", START + 26 * HOUR), OUTCOME_USER);
	known_close(&k);
}

static void a_single_subscriber_who_was_deleted_counts_once(void **state)
{
	struct known k;

	(void)state;
	assert_true(known_open(&k, &plan));
	success(&k, 1, "s6a.ulr", START);
	assert_int_equal(denial(&k, 1, "s6a.ulr", START + HOUR), OUTCOME_NETWORK);
	/* The authentication centre still has the subscriber, which makes the register's word no other. */
	success(&k, 1, "s6a.air", START + HOUR);
	assert_int_equal(denial(&k, 1, "s6a.ulr", START + HOUR), OUTCOME_USER);
	known_close(&k);
}

static void among_many_the_second_refusal_counts_too(void **state)
{
	struct known k;

	(void)state;
	assert_true(known_open(&k, &plan));
	for (unsigned int i = 0; i < KNOWN_MANY; i++)
		success(&k, i, "map.updateLocation", START);
	for (unsigned int i = 0; i < KNOWN_MANY; i++)
		assert_int_equal(denial(&k, i, "map.updateLocation", START + HOUR + i * NANOS_PER_S), OUTCOME_NETWORK);
	assert_int_equal(denial(&k, 0, "map.updateLocation", START + HOUR + 20 * NANOS_PER_S), OUTCOME_NETWORK);
	assert_int_equal(denial(&k, 1, "map.updateLocation", START + 2 * HOUR), OUTCOME_USER);
	known_close(&k);
}

static void only_words_that_deny_the_subscriber_count(void **state)
{
	struct known k;
	struct outcome o = outcome_of(1, "s6a.ulr", OUTCOME_USER, START);

	(void)state;
	assert_true(known_open(&k, &plan));
	success(&k, 1, "s6a.ulr", START);
	o.cause_layer = CAUSE_DIAMETER_EXP;
	o.cause = 5004; /* roaming not allowed */
	assert_int_equal(known_take(&k, &o), OUTCOME_USER);
	o.cause_layer = CAUSE_DIAMETER;
	o.cause = 5001; /* AVP unsupported: the same number of another family */
	assert_int_equal(known_take(&k, &o), OUTCOME_USER);
	known_close(&k);
}

static void a_table_that_is_full_forgets_the_oldest(void **state)
{
	static const struct plan small = { .limits = { .known = 8 } };
	struct known k;

	(void)state;
	assert_true(known_open(&k, &small));
	for (unsigned int i = 0; i < 9; i++)
		success(&k, i, "s6a.ulr", START + i * HOUR);
	assert_int_equal(denial(&k, 0, "s6a.ulr", START + 9 * HOUR), OUTCOME_USER);
	for (unsigned int i = 1; i < 9; i++)
		assert_int_equal(denial(&k, i, "s6a.ulr", START + 9 * HOUR), OUTCOME_NETWORK);
	known_close(&k);
}

static bool asked(struct recent *r, unsigned int number, const char *asked_for, nanos time)
{
	struct outcome o = outcome_of(number, asked_for, OUTCOME_TIMEOUT, time + 10 * NANOS_PER_S);

	o.time = time;
	return recent_take(r, &o);
}

static void the_same_within_a_minute_is_a_repeat(void **state)
{
	struct recent r;

	(void)state;
	assert_true(recent_open(&r, &plan));
	assert_false(asked(&r, 1, "s6a.air", START));
	assert_true(asked(&r, 1, "s6a.air", START + 15 * NANOS_PER_S));
	assert_true(asked(&r, 1, "s6a.air", START + 70 * NANOS_PER_S));
	assert_false(asked(&r, 1, "s6a.air", START + 140 * NANOS_PER_S));
	assert_false(asked(&r, 1, "s6a.ulr", START + 141 * NANOS_PER_S));
	assert_false(asked(&r, 2, "s6a.air", START + 141 * NANOS_PER_S));
	/* Ended later, made earlier. */
	assert_false(asked(&r, 1, "s6a.air", START + 130 * NANOS_PER_S));
	/* Of one dialogue. */
	assert_false(asked(&r, 2, "s6a.air", START + 141 * NANOS_PER_S + 100 * NANOS_PER_MS));
	recent_close(&r);
}

static struct tally_cell direction_cell(uint32_t subscribed, uint32_t visited, uint32_t requests)
{
	return (struct tally_cell){ .key = { .dimension = DIMENSION_DIRECTION, .value = (uint64_t)subscribed << 32 | visited },
				    .requests = requests };
}

static void own_networks_are_those_that_most_are_of(void **state)
{
	static struct homes h;
	struct tally_cell cells[] = { direction_cell(23410, 23410, 90), direction_cell(23402, 0, 20),    direction_cell(23410, 49, 5),
				      direction_cell(26201, 23410, 60), direction_cell(26201, 26202, 1), direction_cell(23415, 23410, 2) };
	static const enum direction expected[] = { DIRECTION_HOME,    DIRECTION_HOME,    DIRECTION_OUTBOUND,
						   DIRECTION_INBOUND, DIRECTION_UNKNOWN, DIRECTION_INBOUND };

	(void)state;
	homes_plan(&h, &plan);
	homes_tell(&h, cells, sizeof(cells) / sizeof(cells[0]));
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
		assert_int_equal(cells[i].key.value, expected[i]);
	/* Those are told, and stay what they are. */
	homes_tell(&h, cells, sizeof(cells) / sizeof(cells[0]));
	assert_int_equal(cells[0].key.value, DIRECTION_HOME);
	assert_int_equal(homes_direction(&h, 0, 23410), DIRECTION_UNKNOWN);
}

static void a_configured_network_is_not_learned(void **state)
{
	static struct plan_pattern pattern = { .field = PLAN_FIELD_IMSI };
	static const struct plan_segment segment = { .kind = PLAN_SEGMENT_NETWORK, .patterns = &pattern, .pattern_count = 1 };
	const struct plan own = { .segments = &segment, .segment_count = 1 };
	struct tally_cell cell = direction_cell(26201, 0, 1000);
	static struct homes h;

	(void)state;
	assert_true(digits_read_text("2341001", 7, &pattern.prefix));
	homes_plan(&h, &own);
	homes_tell(&h, &cell, 1);
	assert_int_equal(cell.key.value, DIRECTION_INBOUND);
	assert_int_equal(homes_direction(&h, 23410, 310410), DIRECTION_OUTBOUND);
}

/* The cells of an outcome as a book would have them, then corrected. */
static void a_refusal_moves_in_every_stream_of_its_outcome(void **state)
{
	struct outcome o = outcome_of(71, "s6a.ulr", OUTCOME_USER, START);
	struct tally_cell cells[] = {
		{ .key = { .dimension = DIMENSION_ALL, .procedure = o.procedure }, .outcomes = { [OUTCOME_USER] = 3 } },
		{ .key = { .dimension = DIMENSION_ALL, .procedure = PROCEDURE_REGISTRATION }, .outcomes = { [OUTCOME_SUCCESS] = 3 } },
		{ .key = { .dimension = DIMENSION_SERVER, .procedure = o.procedure, .value = 5 }, .outcomes = { [OUTCOME_USER] = 1 } },
		{ .key = { .dimension = DIMENSION_SERVER, .procedure = o.procedure, .value = 6 }, .outcomes = { [OUTCOME_USER] = 1 } },
		{ .key = { .dimension = DIMENSION_IMSI_ENDING, .procedure = o.procedure, .value = 71 },
		  .outcomes = { [OUTCOME_USER] = 1 } },
		{ .key = { .dimension = DIMENSION_PLMN, .procedure = o.procedure, .value = 26201 }, .outcomes = { [OUTCOME_SUCCESS] = 1 } },
	};
	struct corrections c;

	(void)state;
	o.server = 5;
	o.plmn = 26201;
	corrections_open(&c, &plan);
	corrections_add(&c, &o, true, true);
	corrections_add(&c, &o, true, false);
	corrections_apply(&c, cells, sizeof(cells) / sizeof(cells[0]));
	assert_int_equal(cells[0].outcomes[OUTCOME_USER], 1);
	assert_int_equal(cells[0].outcomes[OUTCOME_NETWORK], 2);
	assert_int_equal(cells[0].repeats, 1);
	assert_int_equal(cells[1].outcomes[OUTCOME_SUCCESS], 1);
	assert_int_equal(cells[1].outcomes[OUTCOME_NETWORK], 2);
	assert_int_equal(cells[2].outcomes[OUTCOME_NETWORK], 1); /* no more than there was */
	assert_int_equal(cells[3].outcomes[OUTCOME_NETWORK], 0);
	assert_int_equal(cells[4].outcomes[OUTCOME_NETWORK], 1);
	assert_int_equal(cells[5].outcomes[OUTCOME_NETWORK], 0);
	corrections_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_was_served_within_a_day_is_not_unknown),
		cmocka_unit_test(a_single_subscriber_who_was_deleted_counts_once),
		cmocka_unit_test(among_many_the_second_refusal_counts_too),
		cmocka_unit_test(only_words_that_deny_the_subscriber_count),
		cmocka_unit_test(a_table_that_is_full_forgets_the_oldest),
		cmocka_unit_test(the_same_within_a_minute_is_a_repeat),
		cmocka_unit_test(own_networks_are_those_that_most_are_of),
		cmocka_unit_test(a_configured_network_is_not_learned),
		cmocka_unit_test(a_refusal_moves_in_every_stream_of_its_outcome),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
