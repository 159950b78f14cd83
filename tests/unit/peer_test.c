/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/transaction/peer: what the base protocol's messages (RFC 6733 5.3 to 5.5, 8.16) make of a peer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdint.h>

#include "dataplane/transaction/peer.h"

static int set_up(void **state)
{
	static struct peers peers;

	assert_true(peers_open(&peers));
	*state = &peers;
	return 0;
}

static int tear_down(void **state)
{
	peers_close(*state);
	return 0;
}

static enum peer_event see(struct peers *p, uint64_t host, uint32_t state_id, enum peer_state becomes)
{
	struct peer_sight sight = { .host = host, .state_id = state_id, .state = becomes };

	return peers_see(p, &sight);
}

static void a_peer_connects_and_leaves(void **state)
{
	assert_int_equal(see(*state, 7, 0, PEER_IS_CONNECTED), PEER_CONNECTED);
	assert_int_equal(see(*state, 7, 0, PEER_UNKNOWN), PEER_NOTHING);
	assert_int_equal(see(*state, 7, 0, PEER_IS_CLOSING), PEER_CLOSING);
	assert_int_equal(see(*state, 7, 0, PEER_IS_CONNECTED), PEER_CONNECTED);
}

static void a_state_that_grows_is_a_restart(void **state)
{
	assert_int_equal(see(*state, 7, 100, PEER_IS_CONNECTED), PEER_CONNECTED);
	assert_int_equal(see(*state, 7, 100, PEER_UNKNOWN), PEER_NOTHING);
	assert_int_equal(see(*state, 8, 101, PEER_IS_CONNECTED), PEER_CONNECTED); /* another host */
	assert_int_equal(see(*state, 7, 101, PEER_IS_CONNECTED), PEER_RESTARTED);
	assert_int_equal(see(*state, 7, 101, PEER_UNKNOWN), PEER_NOTHING);
}

static void a_state_that_is_absent_or_smaller_says_nothing(void **state)
{
	assert_int_equal(see(*state, 7, 0, PEER_UNKNOWN), PEER_NOTHING);
	assert_int_equal(see(*state, 7, 100, PEER_UNKNOWN), PEER_NOTHING); /* the first that is known */
	assert_int_equal(see(*state, 7, 0, PEER_UNKNOWN), PEER_NOTHING);
	assert_int_equal(see(*state, 7, 99, PEER_UNKNOWN), PEER_NOTHING);
	assert_int_equal(see(*state, 7, 100, PEER_UNKNOWN), PEER_NOTHING);
	assert_int_equal(see(*state, 0, 100, PEER_IS_CONNECTED), PEER_NOTHING); /* without a host */
}

static void a_full_table_refuses_the_newest_and_keeps_the_others(void **state)
{
	struct peers *p = *state;

	for (uint64_t host = 1; host <= 4 * PEERS_MAX; host++)
		see(p, host, 5, PEER_IS_CONNECTED);
	assert_int_equal(p->refused, 3 * PEERS_MAX);
	for (uint64_t host = 1; host <= PEERS_MAX; host++)
		assert_int_equal(see(p, host, 6, PEER_UNKNOWN), PEER_RESTARTED);
	assert_int_equal(see(p, PEERS_MAX + 1, 6, PEER_IS_CLOSING), PEER_NOTHING);
}

static void events_have_names(void **state)
{
	(void)state;
	assert_null(peer_event_name(PEER_NOTHING));
	assert_string_equal(peer_event_name(PEER_CONNECTED), "connected");
	assert_string_equal(peer_event_name(PEER_CLOSING), "closing");
	assert_string_equal(peer_event_name(PEER_RESTARTED), "restarted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_peer_connects_and_leaves, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_state_that_grows_is_a_restart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_state_that_is_absent_or_smaller_says_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_table_refuses_the_newest_and_keeps_the_others, set_up, tear_down),
		cmocka_unit_test(events_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
