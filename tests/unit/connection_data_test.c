/* SPDX-License-Identifier: BSD-3-Clause */
/* Data of a connection in several DT1: Q.713 3.7 (more data), Q.714 3.6; what is held, given up and refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/ss7/connection_data.h"

static const struct mtp3 label = { .opc = 1, .dpc = 2 };

static int set_up(void **state)
{
	const struct connection_data_limits limits = { .connections = 4, .age = 100, .key = { { 1, 2 } } };

	*state = connection_data_new(&limits);
	return *state == NULL;
}

static int tear_down(void **state)
{
	connection_data_free(*state);
	return 0;
}

static struct sccp piece(uint32_t reference, const char *text, bool has_more)
{
	return (struct sccp){ .type = SCCP_DT1,
			      .destination_reference = reference,
			      .has_more = has_more,
			      .user = cursor_of((const uint8_t *)text, strlen(text)) };
}

static void assert_whole(const struct cursor *c, const char *text)
{
	assert_int_equal(cursor_left(c), strlen(text));
	assert_memory_equal(c->at, text, strlen(text));
}

static void data_that_are_whole_pass_through(void **state)
{
	struct sccp one = piece(7, "whole", false);
	struct cursor c;

	assert_int_equal(connection_data_take(*state, 1, &label, &one, 0, &c), VERDICT_DECODED);
	assert_ptr_equal(c.at, one.user.at);
}

static void pieces_of_two_connections_and_both_directions_are_kept_apart(void **state)
{
	struct sccp first = piece(7, "con", true);
	struct sccp other = piece(8, "oth", true);
	struct sccp last = piece(7, "nection", false);
	struct sccp other_last = piece(8, "er", false);
	struct cursor c;

	assert_int_equal(connection_data_take(*state, 1, &label, &first, 0, &c), VERDICT_FRAGMENT_HELD);
	assert_int_equal(connection_data_take(*state, 1, &label, &other, 0, &c), VERDICT_FRAGMENT_HELD);
	assert_int_equal(connection_data_take(*state, 2, &label, &last, 0, &c), VERDICT_DECODED); /* another direction */
	assert_whole(&c, "nection");
	assert_int_equal(connection_data_take(*state, 1, &label, &last, 0, &c), VERDICT_DECODED);
	assert_whole(&c, "connection");
	assert_int_equal(connection_data_take(*state, 1, &label, &other_last, 0, &c), VERDICT_DECODED);
	assert_whole(&c, "other");
}

static void what_is_older_than_the_limit_is_given_up(void **state)
{
	struct sccp first = piece(7, "old", true);
	struct sccp last = piece(7, "new", false);
	struct cursor c;

	assert_int_equal(connection_data_take(*state, 1, &label, &first, 0, &c), VERDICT_FRAGMENT_HELD);
	assert_int_equal(connection_data_take(*state, 1, &label, &last, 101, &c), VERDICT_DECODED);
	assert_whole(&c, "new");
}

static void the_newest_is_refused_when_all_places_are_taken(void **state)
{
	struct cursor c;

	for (uint32_t reference = 0; reference < 4; reference++) {
		struct sccp first = piece(reference, "a", true);

		assert_int_equal(connection_data_take(*state, 1, &label, &first, 0, &c), VERDICT_FRAGMENT_HELD);
	}
	for (uint32_t reference = 4; reference < 6; reference++) {
		struct sccp first = piece(reference, "a", true);

		assert_int_equal(connection_data_take(*state, 1, &label, &first, 0, &c), VERDICT_REASSEMBLY_FULL);
	}
	for (uint32_t reference = 0; reference < 4; reference++) {
		struct sccp last = piece(reference, "b", false);

		assert_int_equal(connection_data_take(*state, 1, &label, &last, 0, &c), VERDICT_DECODED);
		assert_whole(&c, "ab");
	}
}

static void data_longer_than_the_limit_are_given_up(void **state)
{
	static const uint8_t bytes[255];
	struct sccp more = { .type = SCCP_DT1, .has_more = true, .user = cursor_of(bytes, sizeof(bytes)) };
	struct sccp last = piece(0, "x", false);
	struct cursor c;

	for (size_t held = sizeof(bytes); held <= CONNECTION_DATA_MAX; held += sizeof(bytes))
		assert_int_equal(connection_data_take(*state, 1, &label, &more, 0, &c), VERDICT_FRAGMENT_HELD);
	assert_int_equal(connection_data_take(*state, 1, &label, &more, 0, &c), VERDICT_SCCP_SEGMENT);
	assert_int_equal(connection_data_take(*state, 1, &label, &last, 0, &c), VERDICT_DECODED);
	assert_whole(&c, "x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(data_that_are_whole_pass_through, set_up, tear_down),
		cmocka_unit_test_setup_teardown(pieces_of_two_connections_and_both_directions_are_kept_apart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_older_than_the_limit_is_given_up, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_newest_is_refused_when_all_places_are_taken, set_up, tear_down),
		cmocka_unit_test_setup_teardown(data_longer_than_the_limit_are_given_up, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
