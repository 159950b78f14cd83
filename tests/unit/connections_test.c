/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/transaction/connections: two names of one connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dataplane/transaction/connections.h"

#define PHONE UINT64_C(0x1111)
#define CORE  UINT64_C(0x2222)
#define OTHER UINT64_C(0x3333)

static int set_up(void **state)
{
	static struct connections c;

	assert_true(connections_open(&c, 16));
	*state = &c;
	return 0;
}

static int tear_down(void **state)
{
	connections_close(*state);
	return 0;
}

static void each_side_leads_to_the_other(void **state)
{
	struct connections *c = *state;
	struct connection *found = connections_join(c, PHONE, CORE, 1);

	assert_non_null(found);
	assert_true(found == connections_find(c, PHONE, 1));
	assert_false(found->is_alias);
	assert_true(found->other == CORE);
	found = connections_find(c, CORE, 1);
	assert_non_null(found);
	assert_true(found->is_alias && found->other == PHONE);
	assert_null(connections_find(c, OTHER, 1));
}

static void a_confirmation_seen_again_changes_nothing(void **state)
{
	struct connections *c = *state;

	connections_join(c, PHONE, CORE, 1)->imsi = 77;
	assert_int_equal(connections_join(c, PHONE, CORE, 2)->imsi, 77);
}

static void a_name_that_is_used_anew_is_of_another_connection(void **state)
{
	struct connections *c = *state;

	connections_join(c, PHONE, CORE, 1)->imsi = 77;
	assert_int_equal(connections_join(c, PHONE, OTHER, 2)->imsi, 0);
	assert_true(connections_find(c, PHONE, 2)->other == OTHER);
	/* The old alias goes with its own connection only. */
	connections_part(c, CORE);
	assert_non_null(connections_find(c, PHONE, 2));
	assert_null(connections_find(c, CORE, 2));
}

static void parting_by_either_name_forgets_both(void **state)
{
	struct connections *c = *state;

	connections_join(c, PHONE, CORE, 1);
	connections_part(c, CORE);
	assert_null(connections_find(c, PHONE, 1));
	assert_null(connections_find(c, CORE, 1));
	connections_join(c, PHONE, CORE, 1);
	connections_part(c, PHONE);
	assert_null(connections_find(c, CORE, 1));
	connections_part(c, PHONE);
	assert_int_equal(c->refused, 0);
}

static void a_name_for_itself_is_no_connection(void **state)
{
	assert_null(connections_join(*state, PHONE, PHONE, 1));
}

static void a_full_table_refuses_the_newest_until_an_old_one_has_been_silent_for_too_long(void **state)
{
	struct connections *c = *state;

	for (uint64_t i = 1; i <= 8; i++)
		assert_non_null(connections_join(c, i, 100 + i, (nanos)i));
	assert_null(connections_join(c, 9, 109, 10));
	assert_int_equal(c->refused, 1);
	assert_null(connections_find(c, 109, 10));
	assert_non_null(connections_find(c, 1, 10));
	assert_non_null(connections_join(c, 9, 109, CONNECTION_AGE + 100));
	assert_non_null(connections_find(c, 109, CONNECTION_AGE + 100));
}

static void a_new_capture_knows_none(void **state)
{
	struct connections *c = *state;

	connections_join(c, PHONE, CORE, 1);
	connections_reset(c);
	assert_null(connections_find(c, PHONE, 1));
	for (uint64_t i = 1; i <= 8; i++)
		assert_non_null(connections_join(c, i, 100 + i, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_side_leads_to_the_other, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_confirmation_seen_again_changes_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_name_that_is_used_anew_is_of_another_connection, set_up, tear_down),
		cmocka_unit_test_setup_teardown(parting_by_either_name_forgets_both, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_name_for_itself_is_no_connection, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_table_refuses_the_newest_until_an_old_one_has_been_silent_for_too_long, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(a_new_capture_knows_none, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
