/* SPDX-License-Identifier: BSD-3-Clause */
/* control/board/transactions.h: what is kept, for how long, and how it is found again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/plan.h"
#include "control/board/transactions.h"

#define UPDATE_LOCATION 2

static const struct plan_segment both[] = { { .name = "giffgaff" }, { .name = "tesco" } };
static const struct plan_segment turned[] = { { .name = "tesco" }, { .name = "lebara" } };
static struct plan plan = { .segments = both, .segment_count = 2 };
static const struct plan_node named[] = { { .name = "STP 2", .point_code = 2002 } };
static struct plan later = { .segments = turned, .segment_count = 2 };
static const struct pseudonym pseudonym = { .key = { 7 } };
static char *text;

static const char *nobody(void *names, node host)
{
	(void)names;
	(void)host;
	return NULL;
}

static struct kept_transactions *open_new(void)
{
	const struct transaction_writer writer = { .plan = &plan, .pseudonym = &pseudonym, .name_of = nobody };

	return kept_transactions_new(&writer);
}

static digits number_of(const char *written)
{
	digits d = 0;

	assert_true(digits_read_text(written, strlen(written), &d));
	return d;
}

static struct outcome ending(int second, enum outcome_class class)
{
	return (struct outcome){ .event = OUTCOME_EVENT_CLOSED,
				 .key = 1000U + (unsigned int)second,
				 .time = second * NANOS_PER_S,
				 .clock = second * NANOS_PER_S + NANOS_PER_MS,
				 .latency = class == OUTCOME_TIMEOUT ? -1 : NANOS_PER_MS,
				 .procedure = UPDATE_LOCATION,
				 .class = (uint8_t) class,
				 .cause_layer = class == OUTCOME_TIMEOUT ? CAUSE_TIMEOUT : CAUSE_NONE,
				 .segments = 2,
				 .client = node_of_digits(number_of("447802000107")),
				 .server = node_of_digits(number_of("447802000001")),
				 .route = node_of_point_code(2002),
				 .imsi = number_of(second % 2 == 0 ? "234100000000002" : "234100000000001") };
}

static void put(struct kept_transactions *k, int second, enum outcome_class class)
{
	struct outcome o = ending(second, class);

	kept_transactions_outcome(k, &o);
}

/* Of the last search. */
static unsigned int slices;
static double longest_slice_ms;

static double milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* What a search writes; valid until the next one. */
static const char *found(struct kept_transactions *k, struct transactions_wanted wanted)
{
	size_t length = 0;
	struct kept_search *search;
	FILE *out;

	free(text);
	text = NULL;
	out = open_memstream(&text, &length);
	wanted.limit = wanted.limit == 0 ? 10 : wanted.limit;
	wanted.procedure = wanted.procedure == 0 ? PROCEDURE_NONE : wanted.procedure;
	search = kept_search_new(k, &wanted, out);
	assert_non_null(search);
	slices = 0;
	longest_slice_ms = 0;
	for (bool goes_on = true; goes_on; slices++) {
		double began = milliseconds();

		goes_on = kept_search_go(search, out);
		longest_slice_ms = milliseconds() - began > longest_slice_ms ? milliseconds() - began : longest_slice_ms;
	}
	kept_search_free(search);
	fclose(out);
	return text;
}

static int count_of(const char *in, const char *what)
{
	int count = 0;

	for (const char *at = strstr(in, what); at != NULL; at = strstr(at + 1, what))
		count++;
	return count;
}

static void key_of(const char *in, char key[32])
{
	const char *at = strstr(in, "\"key\":\"");

	assert_non_null(at);
	assert_int_equal(1, sscanf(at, "\"key\":\"%31[^\"]", key));
}

static const char *one(struct kept_transactions *k, const char *key)
{
	size_t length = 0;
	FILE *out;
	bool is_there;

	free(text);
	text = NULL;
	out = open_memstream(&text, &length);
	is_there = kept_transactions_write_one(k, key, out);
	fclose(out);
	return is_there ? text : NULL;
}

static void successes_do_not_push_out_a_failure(void **state)
{
	struct kept_transactions *k = open_new();

	(void)state;
	put(k, 1, OUTCOME_NETWORK);
	for (int i = 2; i < 3 * KEPT_SUCCESSES; i++)
		put(k, i, OUTCOME_SUCCESS);
	assert_int_equal(1, count_of(found(k, (struct transactions_wanted){ .outcomes = 1U << OUTCOME_NETWORK }), "\"key\""));
	assert_int_equal(0, count_of(found(k, (struct transactions_wanted){ .until = KEPT_SUCCESSES * NANOS_PER_S,
									    .outcomes = 1U << OUTCOME_SUCCESS }),
				     "\"key\""));
	assert_non_null(strstr(text, "\"more\":false"));
	kept_transactions_free(k);
}

static void the_newest_come_first_and_what_follows_a_key_the_other_way_round(void **state)
{
	struct kept_transactions *k = open_new();
	char key[32];
	const char *seen;

	(void)state;
	put(k, 1, OUTCOME_SUCCESS);
	put(k, 2, OUTCOME_NETWORK);
	put(k, 3, OUTCOME_USER);
	put(k, 4, OUTCOME_SUCCESS);
	seen = found(k, (struct transactions_wanted){ .limit = 2 });
	assert_true(strstr(seen, "\"4.0") < strstr(seen, "\"3.0"));
	assert_null(strstr(seen, "\"2.0"));
	assert_non_null(strstr(seen, "\"more\":true"));
	key_of(found(k, (struct transactions_wanted){ .until = 2 * NANOS_PER_S }), key);
	seen = found(k, (struct transactions_wanted){ .after = key });
	assert_true(strstr(seen, "\"3.0") < strstr(seen, "\"4.0"));
	assert_int_equal(2, count_of(seen, "\"key\""));
	key_of(found(k, (struct transactions_wanted){ .limit = 1 }), key);
	assert_int_equal(0, count_of(found(k, (struct transactions_wanted){ .after = key }), "\"key\""));
	put(k, 5, OUTCOME_SUCCESS);
	assert_int_equal(1, count_of(found(k, (struct transactions_wanted){ .after = key }), "\"key\""));
	kept_transactions_free(k);
}

static void a_subscriber_is_found_by_the_pseudonym_and_by_the_number_only_of_who_may(void **state)
{
	struct kept_transactions *k = open_new();
	struct transactions_wanted wanted = { .subscriber = "234100000000001", .limit = 10 };
	char name[PSEUDONYM_TEXT_MAX];

	(void)state;
	for (int i = 0; i < 9; i++)
		put(k, i, OUTCOME_SUCCESS);
	assert_false(kept_transactions_know(k, &wanted));
	assert_int_equal(0, count_of(found(k, wanted), "\"key\""));
	wanted.is_clear = true;
	assert_true(kept_transactions_know(k, &wanted));
	assert_int_equal(4, count_of(found(k, wanted), "\"key\""));
	assert_null(strstr(text, "234100000000001"));
	pseudonym_write(&pseudonym, PSEUDONYM_IMSI, number_of("234100000000001"), name);
	assert_int_equal(4, count_of(found(k, (struct transactions_wanted){ .subscriber = name }), name));
	name[strlen(name) - 1] ^= 1;
	assert_int_equal(0, count_of(found(k, (struct transactions_wanted){ .subscriber = name }), "\"key\""));
	kept_transactions_free(k);
}

static void places_are_found_by_their_names_and_segments_keep_theirs_over_a_reload(void **state)
{
	struct kept_transactions *k = open_new();

	(void)state;
	put(k, 1, OUTCOME_SUCCESS);
	assert_int_equal(1, count_of(found(k, (struct transactions_wanted){ .node = "447802000001" }), "\"key\""));
	assert_int_equal(1, count_of(found(k, (struct transactions_wanted){ .node = "pc:2002" }), "\"key\""));
	assert_int_equal(0, count_of(found(k, (struct transactions_wanted){ .node = "447802000002" }), "\"key\""));
	assert_int_equal(1, count_of(found(k, (struct transactions_wanted){ .segment = "tesco" }), "\"key\""));
	assert_int_equal(0, count_of(found(k, (struct transactions_wanted){ .segment = "giffgaff" }), "\"key\""));
	kept_transactions_plan(k, &later);
	assert_int_equal(1, count_of(found(k, (struct transactions_wanted){ .segment = "tesco" }), "\"segments\":[\"tesco\",\"all\"]"));
	assert_int_equal(0, count_of(found(k, (struct transactions_wanted){ .segment = "lebara" }), "\"key\""));
	kept_transactions_free(k);
}

static void a_late_answer_takes_the_place_of_the_silence(void **state)
{
	struct kept_transactions *k = open_new();
	struct outcome late = ending(7, OUTCOME_LATE);
	char key[32];

	(void)state;
	put(k, 7, OUTCOME_TIMEOUT);
	put(k, 8, OUTCOME_TIMEOUT);
	key_of(found(k, (struct transactions_wanted){ .until = 7 * NANOS_PER_S }), key);
	assert_non_null(strstr(one(k, key), "\"lost\":true"));
	late.event = OUTCOME_EVENT_LATE;
	late.clock += 40 * NANOS_PER_S;
	kept_transactions_outcome(k, &late);
	assert_int_equal(2, count_of(found(k, (struct transactions_wanted){ .since = 7 * NANOS_PER_S }), "\"key\""));
	assert_non_null(strstr(one(k, key), "\"outcome\":\"late\""));
	assert_null(strstr(text, "\"lost\""));
	kept_transactions_free(k);
}

static void a_ladder_goes_over_the_next_hop_and_back(void **state)
{
	static const char *const steps[] = {
		"\"from\":\"447802000107\",\"to\":\"pc:2002 (next hop)\",\"words\":\"map.updateLocation\"}",
		"\"from\":\"pc:2002 (next hop)\",\"to\":\"447802000001\",\"words\":\"map.updateLocation\",\"assumed\":true}",
		"{\"time\":\"1.001000000\",\"from\":\"447802000001\",\"to\":\"447802000107\",\"words\":\"answer\"}]",
	};
	struct kept_transactions *k = open_new();
	char key[32];
	const char *ladder;

	(void)state;
	put(k, 1, OUTCOME_SUCCESS);
	key_of(found(k, (struct transactions_wanted){ 0 }), key);
	ladder = strstr(one(k, key), "\"ladder\":[");
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_non_null(ladder);
		ladder = strstr(ladder, steps[i]);
	}
	assert_non_null(ladder);
	kept_transactions_free(k);
}

static void a_ladder_says_the_operators_own_names(void **state)
{
	struct plan with_names = plan;
	struct kept_transactions *k = open_new();
	char key[32];

	(void)state;
	with_names.nodes = named;
	with_names.node_count = 1;
	kept_transactions_plan(k, &with_names);
	put(k, 1, OUTCOME_SUCCESS);
	key_of(found(k, (struct transactions_wanted){ 0 }), key);
	assert_non_null(strstr(one(k, key), "\"to\":\"STP 2 (pc:2002) (next hop)\""));
	kept_transactions_free(k);
}

static void keys_that_are_none_or_gone_find_nothing(void **state)
{
	static const char *const bad[] = { "", "f", "x1", "f0", "s-1", "f00000000000000000000000000001", "s%41" };
	struct kept_transactions *k = open_new();
	char key[32];

	(void)state;
	put(k, 1, OUTCOME_SUCCESS);
	key_of(found(k, (struct transactions_wanted){ 0 }), key);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(one(k, bad[i]));
	for (int i = 0; i < 2 * KEPT_SUCCESSES; i++)
		put(k, i, OUTCOME_SUCCESS);
	/* Its ring has gone on twice; but it was shown, and can be opened until many others were. */
	assert_non_null(one(k, key));
	assert_int_equal(0, count_of(found(k, (struct transactions_wanted){ .until = 1 }), key));
	for (int i = 0; i < KEPT_SHOWN / 1000 + 1; i++)
		found(k, (struct transactions_wanted){ .limit = 1000 });
	assert_null(one(k, key));
	kept_transactions_free(k);
}

/* So that others who ask are served in between: a record that is written takes as long as many that are only looked at. */
static void a_search_lets_others_have_their_turn_and_leaves_nothing_out(void **state)
{
	struct kept_transactions *k = open_new();

	(void)state;
	for (int i = 0; i < KEPT_SUCCESSES; i++)
		put(k, i, i % 100 == 0 ? OUTCOME_NETWORK : OUTCOME_SUCCESS);
	assert_int_equal(0, count_of(found(k, (struct transactions_wanted){ .subscriber = "imsi~23410ffffffffff" }), "\"key\""));
	assert_in_range(slices, KEPT_SUCCESSES / 512, KEPT_SUCCESSES / 512 + 1);
	assert_int_equal((KEPT_SUCCESSES + 99) / 100,
			 count_of(found(k, (struct transactions_wanted){ .outcomes = 1 << OUTCOME_NETWORK, .limit = 1000 }), "\"key\""));
	assert_int_equal(1000, count_of(found(k, (struct transactions_wanted){ .limit = 1000 }), "\"key\""));
	assert_non_null(strstr(text, "],\"more\":true}"));
	assert_in_range(slices, 62, 64);
	kept_transactions_free(k);
}

/* Told and not judged. The worst there is: a pseudonym of the right network that nobody has, so that every subscriber is hashed. */
static void a_search_through_full_rings_takes_the_time_that_is_told(void **state)
{
	static const enum outcome_class classes[] = { OUTCOME_NETWORK, OUTCOME_NETWORK, OUTCOME_USER, OUTCOME_SUCCESS };
	struct kept_transactions *k = open_new();
	double began, filled, missed, longest;

	(void)state;
	began = milliseconds();
	for (int i = 0; i < 4 * KEPT_SUCCESSES; i++)
		put(k, i, classes[i % 4]);
	filled = milliseconds();
	assert_int_equal(0, count_of(found(k, (struct transactions_wanted){ .subscriber = "imsi~23410ffffffffff" }), "\"key\""));
	missed = milliseconds();
	longest = longest_slice_ms;
	found(k, (struct transactions_wanted){ .node = "nobody" });
	print_message("%d kept in %.0f ms; by a pseudonym that is none %.0f ms, at most %.1f ms at once; by a node that is none %.0f ms\n",
		      4 * KEPT_SUCCESSES, filled - began, missed - filled, longest, milliseconds() - missed);
	kept_transactions_free(k);
}

static int forget(void **state)
{
	(void)state;
	free(text);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(successes_do_not_push_out_a_failure),
		cmocka_unit_test(the_newest_come_first_and_what_follows_a_key_the_other_way_round),
		cmocka_unit_test(a_subscriber_is_found_by_the_pseudonym_and_by_the_number_only_of_who_may),
		cmocka_unit_test(places_are_found_by_their_names_and_segments_keep_theirs_over_a_reload),
		cmocka_unit_test(a_late_answer_takes_the_place_of_the_silence),
		cmocka_unit_test(a_ladder_goes_over_the_next_hop_and_back),
		cmocka_unit_test(a_ladder_says_the_operators_own_names),
		cmocka_unit_test(keys_that_are_none_or_gone_find_nothing),
		cmocka_unit_test(a_search_lets_others_have_their_turn_and_leaves_nothing_out),
		cmocka_unit_test(a_search_through_full_rings_takes_the_time_that_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, forget);
}
