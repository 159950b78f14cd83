/* SPDX-License-Identifier: BSD-3-Clause */
/* BSSAP: TS 48.006 9.3, the elements of TS 48.008 3.2.2, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/ran/bssap.h"

#define CURSOR(bytes) cursor_of(bytes, sizeof(bytes))

/* 48.008 3.2.1.32: cell identifier (CGI 001-01-1-1), a message of three octets to the core, chosen channel, codec list. */
static const uint8_t complete_layer3[] = { 0x00, 0x15, 0x57, 0x05, 0x08, 0x00, 0x00, 0xf1, 0x10, 0x00, 0x01, 0x00,
					   0x01, 0x17, 0x03, 0x05, 0x04, 0x0b, 0x21, 0x09, 0x7d, 0x01, 0xa0 };

static struct bssap read(const uint8_t *bytes, size_t length)
{
	struct bssap b;

	assert_int_equal(bssap_read(cursor_of(bytes, length), &b), VERDICT_DECODED);
	return b;
}

static void the_message_of_the_phone_stands_between_other_elements(void **state)
{
	struct bssap b = read(complete_layer3, sizeof(complete_layer3));

	(void)state;
	assert_int_equal(b.type, BSSAP_BSSMAP);
	assert_int_equal(b.bssmap, 87);
	assert_false(b.has_cause);
	assert_int_equal(cursor_left(&b.layer3), 3);
	assert_int_equal(b.layer3.at[0], 0x05);
	assert_int_equal(cursor_left(&b.contents), 0);
}

static void a_message_of_another_length_than_it_says_is_refused(void **state)
{
	struct bssap b = { .bssmap = 99 };
	uint8_t longer[sizeof(complete_layer3) + 1] = { 0 };

	(void)state;
	for (size_t length = 0; length < sizeof(complete_layer3); length++)
		assert_int_equal(bssap_read(cursor_of(complete_layer3, length), &b), VERDICT_BSSAP_LENGTH);
	memcpy(longer, complete_layer3, sizeof(complete_layer3));
	assert_int_equal(bssap_read(CURSOR(longer), &b), VERDICT_BSSAP_LENGTH);
	assert_int_equal(b.bssmap, 99);
}

static void elements_that_do_not_fit_end_a_message_and_what_stood_before_counts(void **state)
{
	uint8_t bytes[sizeof(complete_layer3)];

	(void)state;
	for (size_t length = 3; length < sizeof(complete_layer3); length++) {
		struct bssap b;

		memcpy(bytes, complete_layer3, length);
		bytes[1] = (uint8_t)(length - 2);
		b = read(bytes, length);
		assert_int_equal(b.bssmap, 87);
		assert_int_equal(cursor_left(&b.layer3), length >= 18 ? 3 : 0);
	}
}

static void dtap_is_the_message_of_the_phone(void **state)
{
	static const uint8_t dtap[] = { 0x01, 0x03, 0x02, 0x05, 0x21 }; /* 48.006 9.3.2: DLCI 3 */
	struct bssap b = read(dtap, sizeof(dtap));

	(void)state;
	assert_int_equal(b.type, BSSAP_DTAP);
	assert_int_equal(b.dlci, 3);
	assert_int_equal(cursor_left(&b.layer3), 2);
	for (size_t length = 0; length < sizeof(dtap); length++)
		assert_int_equal(bssap_read(cursor_of(dtap, length), &b), VERDICT_BSSAP_LENGTH);
}

static void a_cause_has_one_octet_or_two(void **state)
{
	static const uint8_t clear[] = { 0x00, 0x04, 0x20, 0x04, 0x01, 0x09 };
	static const uint8_t extended[] = { 0x00, 0x05, 0x20, 0x04, 0x02, 0xd0, 0x01 };
	static const uint8_t empty[] = { 0x00, 0x03, 0x20, 0x04, 0x00 };

	(void)state;
	assert_true(read(clear, sizeof(clear)).has_cause);
	assert_int_equal(read(clear, sizeof(clear)).cause, 9);
	assert_int_equal(read(extended, sizeof(extended)).cause, 0x50);
	assert_false(read(empty, sizeof(empty)).has_cause);
}

static void common_id_says_whose_connection_it_is(void **state)
{
	static const uint8_t common_id[] = { 0x00, 0x0b, 0x2f, 0x08, 0x08, 0x29, 0x43, 0x01, 0x00, 0x00, 0x00, 0x00, 0x10 };
	static const uint8_t wrong[] = { 0x00, 0x0b, 0x2f, 0x08, 0x08, 0xf9, 0x43, 0x01, 0x00, 0x00, 0x00, 0x00, 0x10 };
	static const uint8_t long_one[] = { 0x00, 0x0c, 0x2f, 0x08, 0x09, 0x29, 0x43, 0x01, 0x00, 0x00, 0x00, 0x00, 0x10, 0x22 };
	digits imsi = 0;

	(void)state;
	assert_true(digits_read_text("234100000000001", 15, &imsi));
	assert_true(read(common_id, sizeof(common_id)).imsi == imsi);
	assert_true(read(wrong, sizeof(wrong)).imsi == 0);
	assert_true(read(long_one, sizeof(long_one)).imsi == 0);
}

static void contents_of_a_cipher_mode_answer_are_a_message_too(void **state)
{
	static const uint8_t complete[] = { 0x00, 0x07, 0x55, 0x20, 0x02, 0x06, 0x32, 0x2c, 0x02 }; /* 3.2.1.31 */
	static const uint8_t apdu[] = { 0x00, 0x0a, 0x3a, 0x49, 0x00, 0x02, 0xaa, 0xbb, 0x04, 0x01, 0x07, 0x1b };
	struct bssap b = read(complete, sizeof(complete));

	(void)state;
	assert_int_equal(cursor_left(&b.contents), 2);
	assert_int_equal(cursor_left(&b.layer3), 0);
	assert_int_equal(read(apdu, sizeof(apdu)).cause, 7);
}

static void other_discriminators_are_refused(void **state)
{
	static const uint8_t bytes[] = { 0x02, 0x01, 0x20 };
	struct bssap b;

	(void)state;
	assert_int_equal(bssap_read(CURSOR(bytes), &b), VERDICT_BSSAP_LENGTH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_message_of_the_phone_stands_between_other_elements),
		cmocka_unit_test(a_message_of_another_length_than_it_says_is_refused),
		cmocka_unit_test(elements_that_do_not_fit_end_a_message_and_what_stood_before_counts),
		cmocka_unit_test(dtap_is_the_message_of_the_phone),
		cmocka_unit_test(a_cause_has_one_octet_or_two),
		cmocka_unit_test(common_id_says_whose_connection_it_is),
		cmocka_unit_test(contents_of_a_cipher_mode_answer_are_a_message_too),
		cmocka_unit_test(other_discriminators_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
