/* SPDX-License-Identifier: BSD-3-Clause */
/* Whose a suspected stream is: found again, handed on, forgotten with its incident, and no trouble when there are too many. */
#include "control/incident/members.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define MANY 20000 /* more than there is room for */

static const struct hash_key key = { { 7, 9 } };

static struct stream_key stream_of(uint64_t value)
{
	return (struct stream_key){ .value = value, .procedure = 3, .dimension = DIMENSION_IMSI_PREFIX };
}

static void a_stream_belongs_to_whom_it_was_given_by_that_evidence(void **state)
{
	struct members *m = members_new(&key);
	struct stream_key a = stream_of(1);
	struct stream_key b = stream_of(2);

	(void)state;
	members_put(m, &a, EVIDENCE_NETWORK, 5);
	assert_int_equal(members_find(m, &a, EVIDENCE_NETWORK), 5);
	assert_true(members_find(m, &a, EVIDENCE_MISSING) == MEMBERS_NONE);
	assert_true(members_find(m, &b, EVIDENCE_NETWORK) == MEMBERS_NONE);
	members_put(m, &a, EVIDENCE_NETWORK, 0);
	assert_int_equal(members_find(m, &a, EVIDENCE_NETWORK), 0);
	members_free(m);
}

static void streams_go_over_to_another_incident_or_to_none(void **state)
{
	struct members *m = members_new(&key);

	(void)state;
	for (uint64_t i = 0; i < 100; i++) {
		struct stream_key s = stream_of(i);

		members_put(m, &s, EVIDENCE_NETWORK, i % 3);
	}
	members_move(m, 1, 2);
	members_move(m, 0, MEMBERS_NONE);
	for (uint64_t i = 0; i < 100; i++) {
		struct stream_key s = stream_of(i);

		assert_true(members_find(m, &s, EVIDENCE_NETWORK) == (i % 3 == 0 ? MEMBERS_NONE : 2));
	}
	members_free(m);
}

static void what_finds_no_room_is_not_remembered_and_room_comes_back(void **state)
{
	struct members *m = members_new(&key);
	size_t found = 0;

	(void)state;
	for (uint64_t i = 0; i < MANY; i++) {
		struct stream_key s = stream_of(i);
		size_t slot;

		members_put(m, &s, EVIDENCE_NETWORK, 4);
		slot = members_find(m, &s, EVIDENCE_NETWORK);
		assert_true(slot == 4 || slot == MEMBERS_NONE);
		found += slot == 4;
	}
	assert_true(found > 10000 && found < MANY);
	members_move(m, 4, MEMBERS_NONE);
	members_put(m, &(struct stream_key){ .value = MANY }, EVIDENCE_NETWORK, 1);
	assert_int_equal(members_find(m, &(struct stream_key){ .value = MANY }, EVIDENCE_NETWORK), 1);
	members_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_belongs_to_whom_it_was_given_by_that_evidence),
		cmocka_unit_test(streams_go_over_to_another_incident_or_to_none),
		cmocka_unit_test(what_finds_no_room_is_not_remembered_and_room_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
