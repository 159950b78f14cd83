/* SPDX-License-Identifier: BSD-3-Clause */
/* BER elements: X.690 8.1, definite and indefinite lengths, tags of several octets, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dataplane/base/ber.h"

#define CURSOR(bytes) cursor_of(bytes, sizeof(bytes))

static void a_short_length_gives_its_contents_and_steps_over_them(void **state)
{
	static const uint8_t bytes[] = { 0x02, 0x01, 0x2a, 0x05, 0x00 }; /* INTEGER 42, NULL */
	struct cursor c = CURSOR(bytes);
	struct ber element = { 0 };
	int32_t number = 0;

	(void)state;
	assert_int_equal(ber_read(&c, &element), BER_OK);
	assert_int_equal(element.tag, 0x02);
	assert_false(element.is_constructed);
	assert_true(ber_integer(&element, &number));
	assert_int_equal(number, 42);
	assert_int_equal(ber_peek(&c), 0x05);
	assert_int_equal(ber_read(&c, &element), BER_OK);
	assert_int_equal(cursor_left(&element.value), 0);
	assert_int_equal(cursor_left(&c), 0);
	assert_int_equal(ber_peek(&c), 0);
}

static void long_lengths_of_one_to_four_octets_are_read(void **state)
{
	static const uint8_t one[] = { 0x04, 0x81, 0x02, 0xaa, 0xbb };
	static const uint8_t two[] = { 0x04, 0x82, 0x00, 0x02, 0xaa, 0xbb };
	static const uint8_t four[] = { 0x04, 0x84, 0x00, 0x00, 0x00, 0x02, 0xaa, 0xbb };
	const struct cursor windows[] = { CURSOR(one), CURSOR(two), CURSOR(four) };

	(void)state;
	for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
		struct cursor c = windows[i];
		struct ber element = { 0 };

		assert_int_equal(ber_read(&c, &element), BER_OK);
		assert_int_equal(cursor_left(&element.value), 2);
		assert_int_equal(element.value.at[0], 0xaa);
		assert_int_equal(cursor_left(&c), 0);
	}
}

static void a_tag_of_three_octets_is_kept_as_it_stands(void **state)
{
	static const uint8_t two[] = { 0xbf, 0x1f, 0x00 };         /* [31] constructed */
	static const uint8_t three[] = { 0x5f, 0x81, 0x48, 0x00 }; /* [APPLICATION 200] */
	static const uint8_t four[] = { 0x5f, 0x81, 0x81, 0x48, 0x00 };
	struct cursor c = CURSOR(two);
	struct ber element = { 0 };

	(void)state;
	assert_int_equal(ber_read(&c, &element), BER_OK);
	assert_int_equal(element.tag, 0xbf1f);
	assert_true(element.is_constructed);
	c = CURSOR(three);
	assert_int_equal(ber_read(&c, &element), BER_OK);
	assert_int_equal(element.tag, 0x5f8148);
	c = CURSOR(four);
	assert_int_equal(ber_read(&c, &element), BER_BAD_TAG);
	assert_int_equal(ber_peek(&c), 0);
}

static void an_indefinite_length_ends_at_its_own_end_of_contents(void **state)
{
	static const uint8_t bytes[] = {
		0x30, 0x80,                   /* SEQUENCE, indefinite */
		0xa0, 0x80,                   /* [0], indefinite */
		0x04, 0x02, 0x00, 0x00,       /* OCTET STRING that looks like an end-of-contents */
		0x00, 0x00,                   /* end of [0] */
		0x02, 0x01, 0x07, 0x00, 0x00, /* INTEGER 7, end of SEQUENCE */
		0x05, 0x00,                   /* behind it */
	};
	struct cursor c = CURSOR(bytes);
	struct ber sequence;
	struct ber inner = { 0 };

	(void)state;
	assert_int_equal(ber_read(&c, &sequence), BER_OK);
	assert_int_equal(cursor_left(&sequence.value), 11);
	assert_int_equal(ber_peek(&c), 0x05);
	assert_int_equal(ber_read(&sequence.value, &inner), BER_OK);
	assert_int_equal(inner.tag, 0xa0);
	assert_int_equal(cursor_left(&inner.value), 4);
	assert_true(ber_expect(&sequence.value, 0x02, &inner));
	assert_int_equal(cursor_left(&sequence.value), 0);
}

static void indefinite_lengths_nest_sixteen_deep_and_no_deeper(void **state)
{
	uint8_t bytes[4 * (BER_DEPTH_MAX + 4)];
	struct ber element = { 0 };

	(void)state;
	for (size_t depth = BER_DEPTH_MAX; depth <= BER_DEPTH_MAX + 1; depth++) {
		struct cursor c = cursor_of(bytes, 4 * depth);

		for (size_t i = 0; i < depth; i++) {
			bytes[2 * i] = 0x30;
			bytes[2 * i + 1] = 0x80;
			bytes[2 * depth + 2 * i] = 0;
			bytes[2 * depth + 2 * i + 1] = 0;
		}
		assert_int_equal(ber_read(&c, &element), depth <= BER_DEPTH_MAX ? BER_OK : BER_TOO_DEEP);
	}
}

static void what_does_not_fit_is_refused_and_nothing_is_stepped_over(void **state)
{
	static const struct {
		uint8_t bytes[8];
		size_t length;
		enum ber_error error;
	} cases[] = {
		{ { 0x30 }, 1, BER_TRUNCATED },                       /* no length */
		{ { 0x30, 0x02, 0x05 }, 3, BER_TRUNCATED },           /* length beyond the end */
		{ { 0x30, 0x82, 0x01 }, 3, BER_TRUNCATED },           /* length octets missing */
		{ { 0x30, 0x85, 0, 0, 0, 0, 0 }, 7, BER_TRUNCATED },  /* a length of five octets */
		{ { 0x30, 0xff, 0x00 }, 3, BER_TRUNCATED },           /* reserved, 8.1.3.5 c */
		{ { 0x04, 0x80, 0x00, 0x00 }, 4, BER_BAD_TAG },       /* primitive and indefinite, 8.1.3.2 */
		{ { 0x00, 0x00 }, 2, BER_BAD_TAG },                   /* end-of-contents without a beginning */
		{ { 0x30, 0x80, 0x05, 0x00 }, 4, BER_TRUNCATED },     /* never closed */
		{ { 0x30, 0x80, 0x00, 0x01, 0x00 }, 5, BER_BAD_TAG }, /* an end-of-contents with contents */
		{ { 0x30, 0x84, 0xff, 0xff, 0xff, 0xff }, 6, BER_TRUNCATED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cursor c = cursor_of(cases[i].bytes, cases[i].length);
		struct ber element = { .tag = 0x1234 };

		assert_int_equal(ber_read(&c, &element), cases[i].error);
		assert_int_equal(cursor_left(&c), cases[i].length);
		assert_int_equal(element.tag, 0x1234);
	}
}

static void integers_are_signed_and_have_one_to_four_octets(void **state)
{
	static const uint8_t bytes[] = { 0x02, 0x01, 0xff, 0x02, 0x02, 0x00, 0x80, 0x02, 0x04, 0x80, 0x00,
					 0x00, 0x00, 0x02, 0x00, 0x02, 0x05, 1,    2,    3,    4,    5 };
	static const int32_t expected[] = { -1, 128, INT32_MIN };
	struct cursor c = CURSOR(bytes);
	struct ber element = { 0 };
	int32_t number = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_true(ber_expect(&c, 0x02, &element));
		assert_true(ber_integer(&element, &number));
		assert_int_equal(number, expected[i]);
	}
	assert_true(ber_expect(&c, 0x02, &element));
	assert_false(ber_integer(&element, &number));
	assert_true(ber_expect(&c, 0x02, &element));
	assert_false(ber_integer(&element, &number));
}

static void the_first_element_of_a_tag_is_found_without_stepping(void **state)
{
	static const uint8_t bytes[] = { 0x80, 0x01, 0x01, 0x81, 0x01, 0x02, 0x81, 0x01, 0x03, 0x82, 0x09 };
	struct cursor c = CURSOR(bytes);
	struct ber element = { 0 };

	(void)state;
	assert_true(ber_find(&c, 0x81, &element));
	assert_int_equal(element.value.at[0], 2);
	assert_int_equal(cursor_left(&c), sizeof(bytes));
	assert_false(ber_find(&c, 0x82, &element)); /* there, but beyond the end */
	assert_false(ber_expect(&c, 0x81, &element));
	assert_int_equal(cursor_left(&c), sizeof(bytes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_short_length_gives_its_contents_and_steps_over_them),
		cmocka_unit_test(long_lengths_of_one_to_four_octets_are_read),
		cmocka_unit_test(a_tag_of_three_octets_is_kept_as_it_stands),
		cmocka_unit_test(an_indefinite_length_ends_at_its_own_end_of_contents),
		cmocka_unit_test(indefinite_lengths_nest_sixteen_deep_and_no_deeper),
		cmocka_unit_test(what_does_not_fit_is_refused_and_nothing_is_stepped_over),
		cmocka_unit_test(integers_are_signed_and_have_one_to_four_octets),
		cmocka_unit_test(the_first_element_of_a_tag_is_found_without_stepping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
