/* SPDX-License-Identifier: BSD-3-Clause */
/* TCAP of ANSI: T1.114.3 3.1 to 3.3 (package types, transaction ids, P-Abort), 4.1 and 4.2 (components). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/ss7/tcap_ansi.h"

#define CURSOR(bytes) cursor_of(bytes, sizeof(bytes))

/* Query With Permission; invoke (last) 1 of the private operation 9/13, registrationNotification of IS-41, with an empty SET. */
static const uint8_t query[] = {
	0xe2, 0x13,                                                                   /* package type */
	0xc7, 0x04, 0x0a, 0x0b, 0x0c, 0x0d,                                           /* originating id */
	0xe8, 0x0b, 0xe9, 0x09, 0xcf, 0x01, 0x01, 0xd1, 0x02, 0x09, 0x0d, 0xf2, 0x00, /* components */
};

static void a_query_gives_its_id_and_its_invoke(void **state)
{
	struct cursor c = CURSOR(query);
	struct tcap_component component;
	struct tcap t;

	(void)state;
	assert_true(tcap_ansi_is_package(&c));
	assert_int_equal(tcap_ansi_read(&c, &t), VERDICT_DECODED);
	assert_int_equal(t.type, TCAP_ANSI_QUERY_WITH_PERMISSION);
	assert_int_equal(t.otid.value, 0x0a0b0c0d);
	assert_int_equal(t.dtid.length, 0);
	assert_int_equal(tcap_ansi_component_read(&t.components, &component), VERDICT_DECODED);
	assert_int_equal(component.type, TCAP_INVOKE);
	assert_int_equal(component.invoke_id, 1);
	assert_int_equal(component.operation, TCAP_ANSI_FAMILY_IS41 << 8 | 13);
	assert_int_equal(component.operation_space, 2);
	assert_int_equal(cursor_left(&component.parameter), 2);
	assert_int_equal(cursor_left(&t.components), 0);
}

static void each_package_has_the_ids_that_its_type_asks_for(void **state)
{
	static const uint8_t tags[] = { 0xe1, 0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xf6 };
	static const uint8_t ids[] = { 0, 1, 1, 2, 3, 3, 2 }; /* 1 originating, 2 destination */

	(void)state;
	for (size_t i = 0; i < sizeof(tags); i++) {
		for (uint8_t count = 0; count <= 2; count++) {
			uint8_t bytes[12] = { tags[i], (uint8_t)(2 + 4 * count), 0xc7, (uint8_t)(4 * count), 0, 0, 0, 1, 0, 0, 0, 2 };
			struct cursor c = cursor_of(bytes, 4U + 4U * count);
			struct tcap t;
			bool fits = count == (ids[i] & 1) + (ids[i] >> 1);

			assert_int_equal(tcap_ansi_read(&c, &t), fits ? VERDICT_DECODED : VERDICT_TCAP_TRANSACTION);
			assert_int_equal(t.type, TCAP_ANSI_UNIDIRECTIONAL + i);
			if (!fits)
				continue;
			assert_int_equal(t.otid.value, ids[i] & 1 ? 1 : 0);
			assert_int_equal(t.dtid.value, ids[i] & 2 ? (ids[i] & 1 ? 2 : 1) : 0);
		}
	}
}

static void an_abort_gives_its_cause_or_is_the_users(void **state)
{
	static const uint8_t provider[] = { 0xf6, 0x09, 0xc7, 0x04, 0, 0, 0, 1, 0xd7, 0x01, 0x03 };
	static const uint8_t user[] = { 0xf6, 0x08, 0xc7, 0x04, 0, 0, 0, 1, 0xd8, 0x00 };
	struct cursor c = CURSOR(provider);
	struct tcap t;

	(void)state;
	assert_int_equal(tcap_ansi_read(&c, &t), VERDICT_DECODED);
	assert_true(t.has_p_abort);
	assert_int_equal(t.p_abort, 3);
	c = CURSOR(user);
	assert_int_equal(tcap_ansi_read(&c, &t), VERDICT_DECODED);
	assert_true(t.is_u_abort);
}

static void each_component_type_gives_what_it_carries(void **state)
{
	static const uint8_t bytes[] = {
		0xed, 0x08, 0xcf, 0x02, 0x05, 0x04, 0xd0, 0x02, 0x01, 0x02, /* invoke 5, correlated with 4, national, not the last */
		0xea, 0x05, 0xcf, 0x01, 0x01, 0xf2, 0x00,                   /* return result, last */
		0xee, 0x03, 0xcf, 0x01, 0x02,                               /* not last */
		0xeb, 0x06, 0xcf, 0x01, 0x03, 0xd4, 0x01, 0x81,             /* return error, private 0x81 */
		0xec, 0x07, 0xcf, 0x01, 0x04, 0xd5, 0x02, 0x02, 0x03,       /* reject: problem 2, 3 */
		0xe9, 0x03, 0xcf, 0x01, 0x05,                               /* an invoke without an operation */
		0xa1, 0x00,                                                 /* no component of ANSI */
		0xeb, 0x09, 0xcf,                                           /* cut */
	};
	static const uint8_t types[] = {
		TCAP_INVOKE_NOT_LAST, TCAP_RETURN_RESULT_LAST, TCAP_RETURN_RESULT_NOT_LAST, TCAP_RETURN_ERROR, TCAP_REJECT, TCAP_INVOKE,
		TCAP_COMPONENT_OTHER, TCAP_RETURN_ERROR
	};
	struct tcap_component components[sizeof(types)];
	struct cursor c = CURSOR(bytes);

	(void)state;
	for (size_t i = 0; i < sizeof(types); i++) {
		assert_int_equal(tcap_ansi_component_read(&c, &components[i]), i < 5 ? VERDICT_DECODED : VERDICT_TCAP_COMPONENT);
		assert_int_equal(components[i].type, types[i]);
		assert_int_equal(components[i].is_broken, i >= 5);
	}
	assert_int_equal(components[0].invoke_id, 5);
	assert_int_equal(components[0].operation, 0x0102);
	assert_int_equal(components[0].operation_space, 1);
	assert_int_equal(components[3].error, 0x81);
	assert_int_equal(components[4].problem_kind, 2);
	assert_int_equal(components[4].problem, 3);
	assert_int_equal(components[5].invoke_id, 5);
	assert_int_equal(cursor_left(&c), 0);
}

static void every_cut_is_refused_with_its_type(void **state)
{
	(void)state;
	for (size_t length = 0; length < sizeof(query); length++) {
		struct cursor c = cursor_of(query, length);
		struct tcap t;

		assert_int_equal(tcap_ansi_read(&c, &t), length == 0 ? VERDICT_TCAP_TAG : VERDICT_BER_LENGTH);
		assert_int_equal(t.type, length == 0 ? TCAP_OTHER : TCAP_ANSI_QUERY_WITH_PERMISSION);
		assert_int_equal(cursor_left(&c), length);
	}
}

static void messages_of_the_itu_are_none(void **state)
{
	static const uint8_t tags[] = { 0x61, 0x62, 0x67, 0xe0, 0xe7, 0xf5, 0x00 };

	(void)state;
	for (size_t i = 0; i < sizeof(tags); i++) {
		struct cursor c = cursor_of(&tags[i], 1);
		struct tcap t;

		assert_false(tcap_ansi_is_package(&c));
		assert_int_equal(tcap_ansi_read(&c, &t), VERDICT_TCAP_TAG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_gives_its_id_and_its_invoke),
		cmocka_unit_test(each_package_has_the_ids_that_its_type_asks_for),
		cmocka_unit_test(an_abort_gives_its_cause_or_is_the_users),
		cmocka_unit_test(each_component_type_gives_what_it_carries),
		cmocka_unit_test(every_cut_is_refused_with_its_type),
		cmocka_unit_test(messages_of_the_itu_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
