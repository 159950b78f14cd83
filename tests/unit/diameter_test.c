/* SPDX-License-Identifier: BSD-3-Clause */
/* Diameter header and AVP walk (RFC 6733 3, 4.1), from bytes written out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dataplane/diameter/diameter.h"

static const uint8_t air[] = {
	0x01, 0x00, 0x00, 0x24, /* version 1, length 36 */
	0xc0, 0x00, 0x01, 0x3e, /* request, proxiable; command 318 Authentication-Information */
	0x01, 0x00, 0x00, 0x23, /* application 16777251 S6a */
	0x11, 0x22, 0x33, 0x44, /* hop-by-hop */
	0x55, 0x66, 0x77, 0x88, /* end-to-end */
	0x00, 0x00, 0x01, 0x08, /* 264 Origin-Host */
	0x40, 0x00, 0x00, 0x0d, /* mandatory, length 13 */
	'm',  'm',  'e',  '.',  /* four octets, the fifth in the next line */
	'1',  0x00, 0x00, 0x00, /* three of padding */
};

static void a_header_is_read_and_its_avps_are_the_rest(void **state)
{
	uint8_t two[2 * sizeof(air)];
	struct cursor c = cursor_of(two, sizeof(two));
	struct diameter diameter;

	(void)state;
	memcpy(two, air, sizeof(air));
	memcpy(two + sizeof(air), air, sizeof(air));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(diameter_read(&c, &diameter), VERDICT_DECODED);
		assert_int_equal(diameter.length, 36);
		assert_int_equal(diameter.command, 318);
		assert_int_equal(diameter.application, 16777251);
		assert_int_equal(diameter.hop_by_hop, 0x11223344);
		assert_int_equal(diameter.end_to_end, 0x55667788);
		assert_int_equal(diameter.flags, DIAMETER_FLAG_REQUEST | DIAMETER_FLAG_PROXIABLE);
		assert_int_equal(cursor_left(&diameter.avps), 16);
	}
	assert_int_equal(cursor_left(&c), 0);
}

static void a_message_longer_than_its_window_is_refused(void **state)
{
	struct diameter diameter = { .command = 42 };

	(void)state;
	for (size_t length = 0; length < sizeof(air); length++) {
		struct cursor c = cursor_of(air, length);

		assert_int_equal(diameter_read(&c, &diameter), VERDICT_DIAMETER_LENGTH);
		assert_int_equal(diameter.command, 42);
		assert_ptr_equal(c.at, air);
	}
}

/* One octet of the header changed. */
static enum verdict read_with(size_t at, uint8_t octet)
{
	uint8_t bytes[sizeof(air)];
	struct cursor c = cursor_of(bytes, sizeof(bytes));
	struct diameter diameter;

	memcpy(bytes, air, sizeof(air));
	bytes[at] = octet;
	return diameter_read(&c, &diameter);
}

static void impossible_headers_are_refused(void **state)
{
	(void)state;
	assert_int_equal(read_with(0, 2), VERDICT_DIAMETER_HEADER);
	assert_int_equal(read_with(3, 16), VERDICT_DIAMETER_LENGTH);
	assert_int_equal(read_with(3, 35), VERDICT_DIAMETER_LENGTH);
	assert_int_equal(read_with(3, 40), VERDICT_DIAMETER_LENGTH);
	assert_int_equal(read_with(4, 0xcf), VERDICT_DECODED); /* reserved bits are the receiver's to ignore */
}

static bool plausible_with(size_t at, uint8_t octet)
{
	uint8_t bytes[sizeof(air)];
	struct cursor c = cursor_of(bytes, sizeof(bytes));

	memcpy(bytes, air, sizeof(air));
	bytes[at] = octet;
	return diameter_is_plausible(&c);
}

static void only_a_header_with_known_command_and_application_is_plausible(void **state)
{
	struct cursor cut = cursor_of(air, DIAMETER_HEADER_LENGTH - 1);
	struct cursor whole = cursor_of(air, DIAMETER_HEADER_LENGTH);

	(void)state;
	assert_true(diameter_is_plausible(&whole));
	assert_false(diameter_is_plausible(&cut));
	assert_false(plausible_with(0, 0));
	assert_false(plausible_with(3, 0x25)); /* 37 */
	assert_false(plausible_with(3, 0x10)); /* 16 */
	assert_true(plausible_with(1, 0xff));  /* the length may go beyond the window */
	assert_false(plausible_with(4, 0xc1)); /* reserved flag */
	assert_false(plausible_with(4, 0xe0)); /* R and E */
	assert_true(plausible_with(4, 0x60));  /* an answer with E */
	assert_true(plausible_with(4, 0xd0));  /* a request sent again, T */
	assert_false(plausible_with(5, 0x12)); /* command */
	assert_false(plausible_with(8, 0x77)); /* application */
}

/* One octet of the message changed. */
static bool is_coherent_with(size_t at, uint8_t octet)
{
	uint8_t bytes[sizeof(air)];
	struct cursor c = cursor_of(bytes, sizeof(bytes));

	memcpy(bytes, air, sizeof(air));
	bytes[at] = octet;
	return diameter_is_coherent(&c);
}

static void a_message_whose_avps_fill_it_is_coherent_whatever_its_command(void **state)
{
	(void)state;
	assert_true(is_coherent_with(0, 1));
	assert_true(is_coherent_with(6, 0x99));                                 /* a command that nobody knows */
	assert_true(is_coherent_with(9, 0x99));                                 /* an application that nobody knows */
	assert_false(is_coherent_with(0, 2));                                   /* version */
	assert_false(is_coherent_with(4, 0xe0));                                /* a request with the error bit */
	assert_false(is_coherent_with(4, 0xc1));                                /* a reserved flag */
	assert_false(is_coherent_with(3, 0x20));                                /* the AVP is longer than the message */
	assert_true(is_coherent_with(3, 0x2c));                                 /* room for one more AVP, which is behind the window */
	assert_false(is_coherent_with(3, 0x28));                                /* four octets more are no AVP */
	assert_false(is_coherent_with(24, 0x41));                               /* a reserved flag of the AVP (4.1) */
	assert_false(is_coherent_with(27, 0x07));                               /* shorter than its header */
	assert_false(is_coherent_with(24, 0xc0) && is_coherent_with(27, 0x0b)); /* shorter than its header with a vendor */
}

static void a_coherent_message_is_so_as_far_as_the_window_goes(void **state)
{
	(void)state;
	for (size_t length = 0; length <= sizeof(air); length++) {
		uint8_t *copy = malloc(length + 1);
		struct cursor c;

		assert_non_null(copy);
		memcpy(copy, air, length);
		c = cursor_of(copy, length);
		assert_int_equal(diameter_is_coherent(&c), length >= 28);
		free(copy);
	}
}

static void the_frame_length_is_known_from_four_bytes(void **state)
{
	uint8_t bytes[4] = { 1, 0, 0, 0x24 };
	struct cursor c = cursor_of(bytes, 4);
	struct cursor cut = cursor_of(bytes, 3);

	(void)state;
	assert_int_equal(diameter_frame(&c, 65536), 36);
	assert_int_equal(diameter_frame(&c, 36), 36);
	assert_int_equal(diameter_frame(&c, 32), -1);
	assert_int_equal(diameter_frame(&cut, 65536), 0);
	bytes[3] = 0x26;
	assert_int_equal(diameter_frame(&c, 65536), -1);
	bytes[3] = 16;
	assert_int_equal(diameter_frame(&c, 65536), -1);
	bytes[3] = 0x24;
	bytes[0] = 0;
	assert_int_equal(diameter_frame(&c, 65536), -1);
}

static void avps_are_walked_over_their_padding(void **state)
{
	static const uint8_t avps[] = {
		0x00, 0x00, 0x01, 0x08, 0x40, 0x00, 0x00, 0x09, 'a', 0, 0, 0, /* 264, length 9, one octet and three of padding */
		0x00, 0x00, 0x05, 0x7f, 0xc0, 0x00, 0x00, 0x0f,               /* 1407, V bit, length 15 */
		0x00, 0x00, 0x28, 0xaf, 0x32, 0xf4, 0x01,                     /* vendor 10415, three octets, padding missing at the end */
	};
	struct cursor c = cursor_of(avps, sizeof(avps));
	struct diameter_avp avp;

	(void)state;
	assert_int_equal(diameter_avp_read(&c, &avp), VERDICT_DECODED);
	assert_int_equal(avp.code, 264);
	assert_int_equal(avp.vendor, 0);
	assert_int_equal(cursor_left(&avp.value), 1);
	assert_int_equal(diameter_avp_read(&c, &avp), VERDICT_DECODED);
	assert_int_equal(avp.code, 1407);
	assert_int_equal(avp.vendor, DIAMETER_VENDOR_3GPP);
	assert_int_equal(avp.flags, 0xc0);
	assert_int_equal(cursor_left(&avp.value), 3);
	assert_int_equal(cursor_left(&c), 0);
	assert_int_equal(diameter_avp_read(&c, &avp), VERDICT_DIAMETER_AVP_LENGTH);
}

static enum verdict avp_with(uint8_t flags, uint8_t length)
{
	uint8_t bytes[16] = { 0, 0, 1, 8, flags, 0, 0, length };
	struct cursor c = cursor_of(bytes, sizeof(bytes));
	struct diameter_avp avp = { .code = 42 };
	enum verdict verdict = diameter_avp_read(&c, &avp);

	if (verdict != VERDICT_DECODED) {
		assert_int_equal(avp.code, 42);
		assert_ptr_equal(c.at, bytes);
	}
	return verdict;
}

static void an_avp_shorter_than_its_header_or_longer_than_its_message_is_refused(void **state)
{
	(void)state;
	assert_int_equal(avp_with(0x40, 7), VERDICT_DIAMETER_AVP_LENGTH);
	assert_int_equal(avp_with(0x40, 8), VERDICT_DECODED);
	assert_int_equal(avp_with(0xc0, 11), VERDICT_DIAMETER_AVP_LENGTH);
	assert_int_equal(avp_with(0xc0, 12), VERDICT_DECODED);
	assert_int_equal(avp_with(0x40, 16), VERDICT_DECODED);
	assert_int_equal(avp_with(0x40, 17), VERDICT_DIAMETER_AVP_LENGTH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_header_is_read_and_its_avps_are_the_rest),
		cmocka_unit_test(a_message_longer_than_its_window_is_refused),
		cmocka_unit_test(impossible_headers_are_refused),
		cmocka_unit_test(only_a_header_with_known_command_and_application_is_plausible),
		cmocka_unit_test(a_message_whose_avps_fill_it_is_coherent_whatever_its_command),
		cmocka_unit_test(a_coherent_message_is_so_as_far_as_the_window_goes),
		cmocka_unit_test(the_frame_length_is_known_from_four_bytes),
		cmocka_unit_test(avps_are_walked_over_their_padding),
		cmocka_unit_test(an_avp_shorter_than_its_header_or_longer_than_its_message_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
