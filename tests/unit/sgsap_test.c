/* SPDX-License-Identifier: BSD-3-Clause */
/* SGsAP: TS 29.118 clauses 8 and 9. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dataplane/ran/sgsap.h"

#define CURSOR(bytes) cursor_of(bytes, sizeof(bytes))

/* LOCATION-UPDATE-REJECT: IMSI 234101234567890, reject cause 17. */
static const uint8_t reject[] = { 0x0b, 0x01, 0x08, 0x29, 0x43, 0x01, 0x21, 0x43, 0x65, 0x87, 0x09, 0x0f, 0x01, 0x11 };

static void a_reject_has_a_subscriber_and_a_cause(void **state)
{
	char text[DIGITS_TEXT_MAX];
	struct sgsap s;

	(void)state;
	assert_int_equal(sgsap_read(CURSOR(reject), &s), VERDICT_DECODED);
	assert_int_equal(s.type, SGSAP_LOCATION_UPDATE_REJECT);
	digits_write(s.imsi, text);
	assert_string_equal(text, "234101234567890");
	assert_true(s.has_reject_cause);
	assert_int_equal(s.reject_cause, 17);
	assert_false(s.has_sgs_cause);
}

static void a_message_cut_inside_an_element_keeps_its_type(void **state)
{
	struct sgsap s = { .type = 99 };

	(void)state;
	assert_int_equal(sgsap_read(cursor_of(reject, 0), &s), VERDICT_SGSAP_HEADER);
	assert_int_equal(s.type, 99);
	for (size_t length = 1; length < sizeof(reject); length++) {
		bool is_whole = length == 1 || length == 11; /* between two elements */

		assert_int_equal(sgsap_read(cursor_of(reject, length), &s), is_whole ? VERDICT_DECODED : VERDICT_SGSAP_ELEMENT);
		assert_int_equal(s.type, SGSAP_LOCATION_UPDATE_REJECT);
		assert_int_equal(s.imsi != 0, length >= 11);
		assert_false(s.has_reject_cause);
	}
}

static void an_imsi_of_fourteen_digits_ends_with_a_filler(void **state)
{
	/* PAGING-REJECT: IMSI 23410123456789, SGs cause 12 (message unknown). */
	static const uint8_t bytes[] = { 0x02, 0x01, 0x08, 0x21, 0x43, 0x01, 0x21, 0x43, 0x65, 0x87, 0xf9, 0x08, 0x01, 0x0c };
	char text[DIGITS_TEXT_MAX];
	struct sgsap s;

	(void)state;
	assert_int_equal(sgsap_read(cursor_of(bytes, sizeof(bytes)), &s), VERDICT_DECODED);
	digits_write(s.imsi, text);
	assert_string_equal(text, "23410123456789");
	assert_true(s.has_sgs_cause);
	assert_int_equal(s.sgs_cause, 12);
}

static void a_number_that_is_too_long_is_none(void **state)
{
	static const uint8_t bytes[] = { 0x06, 0x01, 0x09, 0x29, 0x43, 0x01, 0x21, 0x43, 0x65, 0x87, 0x09, 0x11 };
	struct sgsap s;

	(void)state;
	assert_int_equal(sgsap_read(cursor_of(bytes, sizeof(bytes)), &s), VERDICT_DECODED);
	assert_true(s.imsi == 0);
}

static void a_unitdata_carries_a_short_message(void **state)
{
	static const uint8_t bytes[] = { 0x07, 0x16, 0x03, 0x09, 0x01, 0x07 };
	struct sgsap s;

	(void)state;
	assert_int_equal(sgsap_read(cursor_of(bytes, sizeof(bytes)), &s), VERDICT_DECODED);
	assert_int_equal(cursor_left(&s.nas), 3);
	assert_int_equal(s.nas.at[0], 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reject_has_a_subscriber_and_a_cause),
		cmocka_unit_test(a_message_cut_inside_an_element_keeps_its_type),
		cmocka_unit_test(an_imsi_of_fourteen_digits_ends_with_a_filler),
		cmocka_unit_test(a_number_that_is_too_long_is_none),
		cmocka_unit_test(a_unitdata_carries_a_short_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
