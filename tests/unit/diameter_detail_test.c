/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/diameter/detail: what `decode` says of a message besides what transactions need. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdint.h>

#include <stdlib.h>

#include "dataplane/diameter/detail.h"

static bool is_seen(const struct diameter_detail *detail, enum diameter_detail_number row)
{
	return (detail->seen >> row & 1) != 0;
}

static void detail_of(const uint8_t *bytes, size_t length, struct diameter_detail *ret)
{
	struct diameter message = { .avps = cursor_of(bytes, length) };

	diameter_detail_read(&message, ret);
}

static void assert_text(const struct diameter_detail *detail, enum diameter_detail_number row, const char *expected)
{
	assert_true(is_seen(detail, row));
	assert_int_equal(cursor_left(&detail->texts[row]), strlen(expected));
	assert_memory_equal(detail->texts[row].at, expected, strlen(expected));
}

static void assert_number(const struct diameter_detail *detail, enum diameter_detail_number row, uint64_t expected)
{
	assert_true(is_seen(detail, row));
	assert_int_equal(detail->numbers[row], expected);
}

/* TS 29.272 7.3.11, 7.3.14: Requested-EUTRAN-Authentication-Info with four vectors; 7.3.15: a re-synchronisation. */
static const uint8_t vectors[] = {
	0x00, 0x00, 0x05, 0x80, 0xc0, 0x00, 0x00, 0x2c, 0x00, 0x00, 0x28, 0xaf,                         /* 1408, 44 octets, 3GPP */
	0x00, 0x00, 0x05, 0x82, 0xc0, 0x00, 0x00, 0x10, 0x00, 0x00, 0x28, 0xaf, 0x00, 0x00, 0x00, 0x04, /* 1410: 4 */
	0x00, 0x00, 0x05, 0x83, 0xc0, 0x00, 0x00, 0x10, 0x00, 0x00, 0x28, 0xaf, 0x01, 0x02, 0x03, 0x04, /* 1411 */
};

static void a_request_for_vectors_tells_how_many(void **state)
{
	struct diameter_detail detail;

	(void)state;
	detail_of(vectors, sizeof(vectors), &detail);
	assert_number(&detail, DETAIL_3GPP_1410, 4);
	assert_number(&detail, DETAIL_3GPP_1411, 1);
}

/* RFC 7683 7.3 to 7.7: reduce by 30 % for 60 s, host report; RFC 8583 7.1: load of a host 32768; RFC 7944 9.1: priority 2. */
static const uint8_t overload[] = {
	0x00, 0x00, 0x02, 0x6f, 0x00, 0x00, 0x00, 0x3c,                                                 /* 623, 60 octets */
	0x00, 0x00, 0x02, 0x70, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x05, /* 624: 4294967301 */
	0x00, 0x00, 0x02, 0x72, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x00,                         /* 626: host */
	0x00, 0x00, 0x02, 0x73, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x1e,                         /* 627: 30 */
	0x00, 0x00, 0x02, 0x71, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x3c,                         /* 625: 60 */
	0x00, 0x00, 0x02, 0x8a, 0x00, 0x00, 0x00, 0x24,                                                 /* 650, 36 octets */
	0x00, 0x00, 0x02, 0x8b, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x01,                         /* 651: host */
	0x00, 0x00, 0x02, 0x8c, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x00, /* 652: 32768 */
	0x00, 0x00, 0x01, 0x2d, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x02,                         /* 301: 2 */
};

static void overload_and_load_are_read_with_their_times(void **state)
{
	struct diameter_detail detail;

	(void)state;
	detail_of(overload, sizeof(overload), &detail);
	assert_number(&detail, DETAIL_BASE_624, UINT64_C(4294967301));
	assert_number(&detail, DETAIL_BASE_625, 60);
	assert_number(&detail, DETAIL_BASE_626, 0);
	assert_number(&detail, DETAIL_BASE_627, 30);
	assert_number(&detail, DETAIL_BASE_651, 1);
	assert_number(&detail, DETAIL_BASE_652, 32768);
	assert_number(&detail, DETAIL_BASE_301, 2);
}

/* TS 29.272 7.3.3, 7.3.4, 7.3.51: a check of a device. */
static const uint8_t equipment[] = {
	0x00, 0x00, 0x05, 0x79, 0xc0, 0x00, 0x00, 0x28, 0x00, 0x00, 0x28, 0xaf,                         /* 1401, 40 octets */
	0x00, 0x00, 0x05, 0x7a, 0xc0, 0x00, 0x00, 0x1a, 0x00, 0x00, 0x28, 0xaf,                         /* 1402, 14 digits */
	'3',  '5',  '8',  '4',  '7',  '6',  '0',  '9',  '1',  '2',  '3',  '4',  '5',  '6',  0x00, 0x00, /* padded */
	0x00, 0x00, 0x05, 0xa5, 0xc0, 0x00, 0x00, 0x10, 0x00, 0x00, 0x28, 0xaf, 0x00, 0x00, 0x00, 0x01, /* 1445: blacklisted */
};

static void a_device_is_named_inside_its_group(void **state)
{
	struct diameter_detail detail;

	(void)state;
	detail_of(equipment, sizeof(equipment), &detail);
	assert_text(&detail, DETAIL_3GPP_1402, "35847609123456");
	assert_number(&detail, DETAIL_3GPP_1445, 1);
	assert_int_equal(diameter_detail_kind(DETAIL_3GPP_1402), DETAIL_IMEI);
	assert_int_equal(diameter_detail_kind(DETAIL_3GPP_1401), DETAIL_GROUP);
	assert_string_equal(diameter_detail_key(DETAIL_3GPP_1445), "equipment_status");
}

/* RFC 6733 6.7.1, 7.5: two relays; a User-Name that failed, whose text is not the message's. */
static const uint8_t failed[] = {
	0x00, 0x00, 0x01, 0x1a, 0x40, 0x00, 0x00, 0x0c, 'd',  'r',  'a',  '1',  /* 282 */
	0x00, 0x00, 0x01, 0x1a, 0x40, 0x00, 0x00, 0x0c, 'd',  'r',  'a',  '2',  /* 282 */
	0x00, 0x00, 0x01, 0x17, 0x40, 0x00, 0x00, 0x20,                         /* 279, 32 octets */
	0x00, 0x00, 0x00, 0x01, 0x40, 0x00, 0x00, 0x0c, 'x',  'y',  'z',  'w',  /* 1 */
	0x00, 0x00, 0x01, 0x19, 0x00, 0x00, 0x00, 0x0c, 'n',  'o',  'n',  'e',  /* 281 has no meaning in here */
	0x00, 0x00, 0x01, 0x1c, 0x40, 0x00, 0x00, 0x08,                         /* 284, empty */
	0x00, 0x00, 0x02, 0x70, 0x00, 0x00, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x01, /* 624 outside its group */
};

static void relays_are_counted_and_what_failed_is_named(void **state)
{
	struct diameter_detail detail;

	(void)state;
	detail_of(failed, sizeof(failed), &detail);
	assert_number(&detail, DETAIL_BASE_282, 2);
	assert_text(&detail, DETAIL_BASE_282, "dra2");
	assert_number(&detail, DETAIL_BASE_279, 1);
	assert_number(&detail, DETAIL_BASE_284, 1);
	assert_false(is_seen(&detail, DETAIL_BASE_281));
	assert_false(is_seen(&detail, DETAIL_BASE_624));
}

static void numbers_of_a_wrong_size_are_left_out(void **state)
{
	/* RFC 7944 9.1: DRMP is an Enumerated, four octets; here are five. */
	static const uint8_t five[] = { 0, 0, 1, 0x2d, 0, 0, 0, 0x0d, 0, 0, 0, 2, 0, 0, 0, 0 };
	/* RFC 7683 7.4: OC-Sequence-Number has eight octets; here are four. */
	static const uint8_t four[] = { 0, 0, 2, 0x6f, 0, 0, 0, 0x14, 0, 0, 2, 0x70, 0, 0, 0, 0x0c, 0, 0, 0, 2 };
	struct diameter_detail detail;

	(void)state;
	detail_of(five, sizeof(five), &detail);
	assert_int_equal(detail.seen, 0);
	detail_of(four, sizeof(four), &detail);
	assert_int_equal(detail.seen, 0);
}

static void groups_below_the_deepest_that_is_known_are_stepped_over(void **state)
{
	uint8_t bytes[8 * 40] = { 0 };
	struct diameter_detail detail;

	(void)state;
	/* OC-OLR in itself forty times: the inner ones have no place there. */
	for (size_t at = 0; at < sizeof(bytes); at += 8) {
		bytes[at + 2] = 0x02;
		bytes[at + 3] = 0x6f;
		bytes[at + 6] = (uint8_t)((sizeof(bytes) - at) >> 8);
		bytes[at + 7] = (uint8_t)(sizeof(bytes) - at);
	}
	detail_of(bytes, sizeof(bytes), &detail);
	assert_int_equal(detail.seen, 0);
}

/* Each prefix in memory of its own, so that a sanitizer sees a read beyond it; a shorter one never says more. */
static void expect_cut_anywhere(const uint8_t *bytes, size_t length)
{
	struct diameter_detail whole;

	detail_of(bytes, length, &whole);
	for (size_t cut = 0; cut < length; cut++) {
		uint8_t *copy = malloc(cut + 1);
		struct diameter_detail detail;

		assert_non_null(copy);
		memcpy(copy, bytes, cut);
		detail_of(copy, cut, &detail);
		assert_int_equal(detail.seen & ~whole.seen, 0);
		free(copy);
	}
}

static void messages_cut_at_any_length_say_what_is_left(void **state)
{
	(void)state;
	expect_cut_anywhere(vectors, sizeof(vectors));
	expect_cut_anywhere(overload, sizeof(overload));
	expect_cut_anywhere(equipment, sizeof(equipment));
	expect_cut_anywhere(failed, sizeof(failed));
}

static void every_value_has_a_key_of_its_own(void **state)
{
	(void)state;
	for (unsigned int row = 0; row < DETAIL_COUNT; row++) {
		const char *key = diameter_detail_key((enum diameter_detail_number)row);

		assert_int_equal(key[0] == '\0', diameter_detail_kind((enum diameter_detail_number)row) == DETAIL_GROUP);
		for (unsigned int other = 0; other < row; other++)
			assert_true(key[0] == '\0' || strcmp(key, diameter_detail_key((enum diameter_detail_number)other)) != 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_for_vectors_tells_how_many),
		cmocka_unit_test(overload_and_load_are_read_with_their_times),
		cmocka_unit_test(a_device_is_named_inside_its_group),
		cmocka_unit_test(relays_are_counted_and_what_failed_is_named),
		cmocka_unit_test(numbers_of_a_wrong_size_are_left_out),
		cmocka_unit_test(groups_below_the_deepest_that_is_known_are_stepped_over),
		cmocka_unit_test(messages_cut_at_any_length_say_what_is_left),
		cmocka_unit_test(every_value_has_a_key_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
