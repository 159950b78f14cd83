/* SPDX-License-Identifier: BSD-3-Clause */
/* Layer 3 between phone and core: TS 24.007 11.2.3, TS 24.008 clause 9, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/ran/layer3.h"

#define CURSOR(bytes) cursor_of(bytes, sizeof(bytes))
#define IMSI          "234100000000001"

/* 24.008 9.2.15: type and key sequence, area 234-10-1, classmark 1, identity of eight octets: an IMSI (10.5.1.4). */
static const uint8_t location_updating_request[] = { 0x05, 0x08, 0x70, 0x32, 0xf4, 0x01, 0x00, 0x01, 0x33,
						     0x08, 0x29, 0x43, 0x01, 0x00, 0x00, 0x00, 0x00, 0x10 };

static digits number(const char *text)
{
	digits d = 0;

	assert_true(digits_read_text(text, strlen(text), &d));
	return d;
}

static struct nas read(const uint8_t *bytes, size_t length)
{
	struct nas n;

	assert_int_equal(layer3_read(cursor_of(bytes, length), &n), VERDICT_DECODED);
	assert_true(n.is_readable && n.has_type);
	return n;
}

static void a_location_updating_request_says_whose_it_is(void **state)
{
	struct nas n = read(location_updating_request, sizeof(location_updating_request));

	(void)state;
	assert_int_equal(n.protocol, NAS_MM);
	assert_int_equal(n.type, 8);
	assert_int_equal(n.cause, NAS_CAUSE_NONE);
	assert_true(n.imsi == number(IMSI));
	assert_false(n.has_tmsi);
}

static void a_message_cut_behind_its_header_keeps_its_type_and_loses_the_rest(void **state)
{
	struct nas n = { .protocol = 99 };

	(void)state;
	for (size_t length = 0; length < 2; length++)
		assert_int_equal(layer3_read(cursor_of(location_updating_request, length), &n), VERDICT_NAS_HEADER);
	assert_int_equal(n.protocol, 99);
	for (size_t length = 2; length < sizeof(location_updating_request); length++) {
		n = read(location_updating_request, length);
		assert_int_equal(n.type, 8);
		assert_true(n.imsi == 0);
	}
}

static void the_sequence_number_is_no_part_of_the_type_where_there_is_one(void **state)
{
	static const uint8_t mm[] = { 0x05, 0x48, 0x70 };             /* 24.007 11.2.3.2.1: N(SD) 1 */
	static const uint8_t cc[] = { 0x83, 0xc5, 0x04 };             /* Setup */
	static const uint8_t sm[] = { 0x8a, 0x43, 0x1b };             /* session management has none */
	static const uint8_t extended[] = { 0xfa, 0x81, 0x43, 0x1a }; /* 11.2.3.1.3: a transaction identifier of two octets */
	static const uint8_t cut[] = { 0xfa, 0x81 };
	struct nas n;

	(void)state;
	assert_int_equal(read(mm, sizeof(mm)).type, 8);
	assert_int_equal(read(cc, sizeof(cc)).type, 5);
	assert_int_equal(read(cc, sizeof(cc)).protocol, NAS_CC);
	assert_int_equal(read(sm, sizeof(sm)).cause, 27);
	assert_int_equal(read(extended, sizeof(extended)).type, 0x43);
	assert_int_equal(read(extended, sizeof(extended)).cause, 26);
	assert_int_equal(layer3_read(CURSOR(cut), &n), VERDICT_NAS_HEADER);
}

static void rejections_say_why(void **state)
{
	static const uint8_t types[][2] = { { 5, 0x04 }, { 5, 0x22 }, { 5, 0x29 }, { 5, 0x31 },  { 5, 0x1c },  { 8, 0x04 }, { 8, 0x0b },
					    { 8, 0x0e }, { 8, 0x1c }, { 8, 0x20 }, { 10, 0x43 }, { 10, 0x46 }, { 10, 0x55 } };

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		const uint8_t bytes[] = { types[i][0], types[i][1], 17 };
		struct nas n = read(bytes, sizeof(bytes));

		assert_int_equal(n.protocol, types[i][0]);
		assert_int_equal(n.type, types[i][1]);
		assert_int_equal(n.cause, 17);
		assert_int_equal(read(bytes, 2).cause, NAS_CAUSE_NONE);
	}
}

static void an_optional_cause_is_found_behind_other_tagged_parts(void **state)
{
	/* 24.008 9.4.2: result, timer, priorities, area 234-10-1-1; signature, P-TMSI, a part without a length, cause 16. */
	static const uint8_t attach_accept[] = { 0x08, 0x02, 0x01, 0x49, 0x04, 0x32, 0xf4, 0x01, 0x00, 0x01, 0x01, 0x19, 0xaa, 0xbb,
						 0xcc, 0x18, 0x05, 0xf4, 0xc0, 0x00, 0x00, 0x2a, 0x9c, 0x25, 0x10, 0x4a, 0x01, 0x21 };
	/* 9.4.5.1: to be attached again, cause 10. */
	static const uint8_t detach_request[] = { 0x08, 0x05, 0x01, 0x25, 0x0a };
	struct nas n = read(attach_accept, sizeof(attach_accept));

	(void)state;
	assert_int_equal(n.cause, 16);
	assert_true(n.has_tmsi);
	assert_int_equal(n.tmsi, 0xc000002a);
	assert_int_equal(read(attach_accept, 11).cause, NAS_CAUSE_NONE);
	assert_int_equal(read(detach_request, sizeof(detach_request)).cause, 10);
}

static void identities_are_read_where_each_message_has_them(void **state)
{
	static const uint8_t service[] = { 0x05, 0x24, 0x71, 0x03, 0x33, 0x19, 0xa2, 0x05, 0xf4, 0x12, 0x34, 0x56, 0x78 }; /* 9.2.9 */
	static const uint8_t attach[] = { 0x08, 0x01, 0x02, 0xe5, 0xe0, 0x01, 0x0a, 0x00, 0x08,
					  0x29, 0x43, 0x01, 0x00, 0x00, 0x00, 0x00, 0x10 };
	static const uint8_t paging[] = { 0x06, 0x27, 0x07, 0x03, 0x33, 0x19, 0xa2, 0x05, 0xf4, 0x12, 0x34, 0x56, 0x78 };
	static const uint8_t even[] = { 0x05, 0x19, 0x08, 0x21, 0x43, 0x01, 0x00, 0x00, 0x00, 0x00, 0xf1 }; /* 14 digits */
	static const uint8_t imei[] = { 0x05, 0x19, 0x08, 0x3a, 0x53, 0x87, 0x10, 0x32, 0x54, 0x76, 0x98 };
	static const uint8_t wrong[] = { 0x05, 0x19, 0x08, 0x29, 0x43, 0x0b, 0x00, 0x00, 0x00, 0x00, 0x10 };
	static const uint8_t too_long[] = { 0x05, 0x19, 0x09, 0x29, 0x43, 0x01, 0x00, 0x00, 0x00, 0x00, 0x10, 0x11 };

	(void)state;
	assert_int_equal(read(service, sizeof(service)).tmsi, 0x12345678);
	assert_true(read(attach, sizeof(attach)).imsi == number(IMSI));
	assert_true(read(paging, sizeof(paging)).has_tmsi);
	assert_true(read(even, sizeof(even)).imsi == number("23410000000001"));
	assert_true(read(imei, sizeof(imei)).imsi == 0);
	assert_true(read(wrong, sizeof(wrong)).imsi == 0);
	assert_true(read(too_long, sizeof(too_long)).imsi == 0);
}

static void other_protocols_are_left_alone(void **state)
{
	struct nas n = { .type = 77 };

	(void)state;
	for (uint8_t discriminator = 0; discriminator < 16; discriminator++) {
		const uint8_t bytes[] = { discriminator, 0x01 };
		bool is_ours = discriminator == 3 || discriminator == 5 || discriminator == 6 ||
			       (discriminator >= 8 && discriminator <= 11);

		assert_int_equal(layer3_read(CURSOR(bytes), &n), is_ours ? VERDICT_DECODED : VERDICT_NAS_OTHER);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_location_updating_request_says_whose_it_is),
		cmocka_unit_test(a_message_cut_behind_its_header_keeps_its_type_and_loses_the_rest),
		cmocka_unit_test(the_sequence_number_is_no_part_of_the_type_where_there_is_one),
		cmocka_unit_test(rejections_say_why),
		cmocka_unit_test(an_optional_cause_is_found_behind_other_tagged_parts),
		cmocka_unit_test(identities_are_read_where_each_message_has_them),
		cmocka_unit_test(other_protocols_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
