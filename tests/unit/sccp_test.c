/* SPDX-License-Identifier: BSD-3-Clause */
/* SCCP: Q.713 2.3 (pointers), 3.4 (addresses), 3.17 (segmentation), 4.10 to 4.21 (messages), 5.3 (management). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/ss7/sccp.h"

#define CURSOR(bytes) cursor_of(bytes, sizeof(bytes))

static digits number(const char *text)
{
	digits d = 0;

	assert_true(digits_read_text(text, strlen(text), &d));
	return d;
}

static const uint8_t unitdata[] = {
	0x09, 0x81,                                                             /* UDT, class 1, return on error */
	0x03, 0x0e, 0x19,                                                       /* pointers */
	0x0b, 0x12, 0x06, 0x00, 0x12, 0x04, 0x44, 0x87, 0x20, 0x70, 0x09, 0x20, /* SSN 6, GT form 4: 447802079002 */
	0x0b, 0x12, 0x07, 0x00, 0x11, 0x04, 0x44, 0x87, 0x20, 0x10, 0x55, 0x03, /* SSN 7, odd: 44780201553 */
	0x02, 0x62, 0x00,                                                       /* user data */
};

static void unitdata_gives_both_addresses_and_the_user_data(void **state)
{
	struct cursor c = CURSOR(unitdata);
	struct sccp s;

	(void)state;
	assert_int_equal(sccp_read(&c, &s), VERDICT_DECODED);
	assert_int_equal(s.type, SCCP_UDT);
	assert_int_equal(s.protocol_class, 1);
	assert_true(s.is_connectionless);
	assert_false(s.is_return);
	assert_false(s.is_segmented);
	assert_int_equal(s.called.subsystem, SCCP_SSN_HLR);
	assert_int_equal(s.called.gt_indicator, 4);
	assert_int_equal(s.called.numbering_plan, SCCP_NUMBERING_E164);
	assert_int_equal(s.called.nature, 4);
	assert_false(s.called.has_point_code);
	assert_false(s.called.routes_on_subsystem);
	assert_true(s.called.global_title == number("447802079002"));
	assert_int_equal(s.calling.subsystem, SCCP_SSN_VLR);
	assert_true(s.calling.global_title == number("44780201553"));
	assert_int_equal(cursor_left(&s.user), 2);
	assert_int_equal(s.user.at[0], 0x62);
}

static void a_returned_unitdata_gives_the_cause(void **state)
{
	static const uint8_t bytes[] = { 0x0a, 0x05, 0x03, 0x05, 0x07, 0x02, 0x42, 0x07, 0x02, 0x42, 0x06, 0x01, 0x62 };
	struct cursor c = CURSOR(bytes);
	struct sccp s;

	(void)state;
	assert_int_equal(sccp_read(&c, &s), VERDICT_DECODED);
	assert_int_equal(s.type, SCCP_UDTS);
	assert_true(s.is_return);
	assert_int_equal(s.return_cause, 5); /* Q.713 3.12: MTP failure */
	assert_true(s.called.routes_on_subsystem);
	assert_int_equal(s.called.gt_indicator, 0);
	assert_true(s.called.global_title == 0);
	assert_int_equal(cursor_left(&s.user), 1);
}

static void an_extended_unitdata_gives_its_segmentation(void **state)
{
	static const uint8_t bytes[] = {
		0x11, 0x81, 0x0f,                   /* XUDT, class 1, hop counter 15 */
		0x04, 0x06, 0x08, 0x0a,             /* pointers, the last to the optional part */
		0x02, 0x42, 0x06,                   /* called: SSN 6 */
		0x02, 0x42, 0x07,                   /* calling: SSN 7 */
		0x02, 0x62, 0x10,                   /* user data */
		0x12, 0x01, 0x03,                   /* importance 3 */
		0x10, 0x04, 0xc2, 0x01, 0x02, 0x03, /* first, class 1, two to follow, reference 0x010203 */
		0x00,                               /* end of optional parameters */
	};
	uint8_t single[sizeof(bytes)];
	struct cursor c = CURSOR(bytes);
	struct sccp s;

	(void)state;
	assert_int_equal(sccp_read(&c, &s), VERDICT_DECODED);
	assert_int_equal(s.type, SCCP_XUDT);
	assert_true(s.is_segmented);
	assert_true(s.is_first_segment);
	assert_int_equal(s.segments_left, 2);
	assert_int_equal(s.segment_reference, 0x010203);
	assert_int_equal(s.called.subsystem, 6);
	assert_int_equal(s.calling.subsystem, 7);
	memcpy(single, bytes, sizeof(bytes));
	single[21] = 0xc0; /* first and last: one segment only */
	c = CURSOR(single);
	assert_int_equal(sccp_read(&c, &s), VERDICT_DECODED);
	assert_false(s.is_segmented);
	single[21] = 0x40; /* the last of several */
	c = CURSOR(single);
	assert_int_equal(sccp_read(&c, &s), VERDICT_DECODED);
	assert_true(s.is_segmented);
	assert_false(s.is_first_segment);
}

static void a_long_unitdata_has_pointers_and_a_length_of_two_octets(void **state)
{
	static const uint8_t bytes[] = {
		0x13, 0x81, 0x09,                               /* LUDT, class 1, hop counter 9 */
		0x07, 0x00, 0x08, 0x00, 0x09, 0x00, 0x00, 0x00, /* pointers from their high octet, no optional part */
		0x02, 0x42, 0x07, 0x02, 0x42, 0x06,             /* called, calling */
		0x03, 0x00, 0x64, 0x01, 0x02,                   /* three octets of user data */
	};
	uint8_t service[sizeof(bytes)];
	struct cursor c = CURSOR(bytes);
	struct sccp s;

	(void)state;
	assert_int_equal(sccp_read(&c, &s), VERDICT_DECODED);
	assert_int_equal(s.type, SCCP_LUDT);
	assert_int_equal(s.called.subsystem, 7);
	assert_int_equal(s.calling.subsystem, 6);
	assert_int_equal(cursor_left(&s.user), 3);
	assert_int_equal(s.user.at[0], 0x64);
	memcpy(service, bytes, sizeof(bytes));
	service[0] = 0x14;
	service[1] = 0x08;
	c = CURSOR(service);
	assert_int_equal(sccp_read(&c, &s), VERDICT_DECODED);
	assert_int_equal(s.type, SCCP_LUDTS);
	assert_int_equal(s.return_cause, 8);
}

static void every_form_of_global_title_is_read(void **state)
{
	static const struct {
		uint8_t length;
		uint8_t bytes[14];
		const char *title;
		uint8_t plan;
		uint8_t nature;
	} cases[] = {
		{ 6, { 0x06, 0x06, 0x84, 0x21, 0x43, 0x05 }, "12345", 0, 4 },  /* form 1: odd by bit 8 of the nature */
		{ 6, { 0x06, 0x06, 0x04, 0x21, 0x43, 0x65 }, "123456", 0, 4 }, /* form 1: even */
		{ 6, { 0x0a, 0x06, 0x07, 0x21, 0x43, 0xf5 }, "12345", 0, 0 },  /* form 2: to the filler */
		{ 7, { 0x0e, 0x06, 0x00, 0x61, 0x21, 0x43, 0x05 }, "12345", SCCP_NUMBERING_E212, 0 }, /* form 3: odd by the encoding */
		{ 8, { 0x12, 0x06, 0x00, 0x72, 0x04, 0x21, 0x43, 0x65 }, "123456", SCCP_NUMBERING_E214, 4 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		/* called and calling share one parameter, the user data is an empty one in front of it */
		uint8_t bytes[32] = { 0x09, 0x00, 0x04, 0x03, 0x01, 0x00, cases[i].length };
		struct cursor c;
		struct sccp s;

		memcpy(bytes + 7, cases[i].bytes, cases[i].length);
		c = cursor_of(bytes, 7U + cases[i].length);
		assert_int_equal(sccp_read(&c, &s), VERDICT_DECODED);
		assert_true(s.called.global_title == number(cases[i].title));
		assert_true(s.calling.global_title == s.called.global_title);
		assert_int_equal(s.called.numbering_plan, cases[i].plan);
		assert_int_equal(s.called.nature, cases[i].nature);
	}
}

static void a_global_title_of_sixteen_digits_is_none_and_no_error(void **state)
{
	static const uint8_t bytes[] = {
		0x09, 0x00, 0x03, 0x10, 0x10,                                                       /* UDT */
		0x0d, 0x12, 0x06, 0x00, 0x12, 0x04, 0x21, 0x43, 0x65, 0x87, 0x09, 0x21, 0x43, 0x65, /* 16 digits */
		0x00,                                                                               /* calling: nothing */
		0x00,                                                                               /* no user data */
	};
	struct cursor c = CURSOR(bytes);
	struct sccp s;

	(void)state;
	assert_int_equal(sccp_read(&c, &s), VERDICT_DECODED);
	assert_true(s.called.global_title == 0);
	assert_int_equal(s.called.subsystem, 6);
	assert_false(s.calling.has_subsystem);
}

static void a_point_code_stands_low_octet_first_before_the_subsystem(void **state)
{
	static const uint8_t bytes[] = { 0x09, 0x00, 0x03, 0x07, 0x09, 0x04, 0x43, 0xd5, 0x07, 0x08, 0x02, 0x42, 0x06, 0x00 };
	struct cursor c = CURSOR(bytes);
	struct sccp s;

	(void)state;
	assert_int_equal(sccp_read(&c, &s), VERDICT_DECODED);
	assert_true(s.called.has_point_code);
	assert_int_equal(s.called.point_code, 2005);
	assert_int_equal(s.called.subsystem, SCCP_SSN_MSC);
	assert_int_equal(cursor_left(&s.user), 0);
}

static void connection_oriented_messages_give_their_type_alone(void **state)
{
	static const uint8_t bytes[] = { 0x01, 0x00, 0x00, 0x01, 0x02, 0x02, 0x02, 0x42, 0xfe }; /* CR */
	static const uint8_t unknown[] = { 0x7f };
	struct cursor c = CURSOR(bytes);
	struct sccp s;

	(void)state;
	assert_int_equal(sccp_read(&c, &s), VERDICT_SCCP_OTHER);
	assert_int_equal(s.type, SCCP_CR);
	assert_false(s.is_connectionless);
	c = CURSOR(unknown);
	assert_int_equal(sccp_read(&c, &s), VERDICT_SCCP_OTHER);
	assert_int_equal(s.type, 0x7f);
}

static void every_cut_of_a_message_is_refused(void **state)
{
	(void)state;
	for (size_t length = 0; length < sizeof(unitdata); length++) {
		struct cursor c = cursor_of(unitdata, length);
		struct sccp s = { .segment_reference = 4711 };
		enum verdict verdict = sccp_read(&c, &s);

		assert_int_equal(verdict, length < 5 ? VERDICT_SCCP_TRUNCATED : VERDICT_SCCP_POINTER);
		assert_int_equal(s.segment_reference, 4711);
		assert_int_equal(cursor_left(&c), length);
	}
}

static void addresses_and_optional_parts_that_do_not_fit_are_refused(void **state)
{
	static const uint8_t no_subsystem[] = { 0x09, 0x00, 0x03, 0x04, 0x04, 0x01, 0x42, 0x00, 0x00 };
	static const uint8_t no_plan[] = { 0x09, 0x00, 0x03, 0x06, 0x06, 0x03, 0x12, 0x06, 0x00, 0x00, 0x00 };
	static const uint8_t zero_pointer[] = { 0x09, 0x00, 0x00, 0x02, 0x01, 0x00, 0x00 };
	static const uint8_t optional_cut[] = { 0x11, 0x00, 0x0f, 0x04, 0x03, 0x02, 0x02, 0x00, 0x10, 0x04, 0xc0 };
	static const uint8_t segmentation_short[] = { 0x11, 0x00, 0x0f, 0x04, 0x03, 0x02, 0x02, 0x00, 0x10, 0x01, 0xc1 };
	struct cursor c = CURSOR(no_subsystem);
	struct sccp s;

	(void)state;
	assert_int_equal(sccp_read(&c, &s), VERDICT_SCCP_ADDRESS);
	c = CURSOR(no_plan);
	assert_int_equal(sccp_read(&c, &s), VERDICT_SCCP_ADDRESS);
	c = CURSOR(zero_pointer);
	assert_int_equal(sccp_read(&c, &s), VERDICT_SCCP_POINTER);
	c = CURSOR(optional_cut);
	assert_int_equal(sccp_read(&c, &s), VERDICT_SCCP_POINTER);
	c = CURSOR(segmentation_short);
	assert_int_equal(sccp_read(&c, &s), VERDICT_SCCP_POINTER);
}

static void management_names_the_subsystem_and_the_point_code(void **state)
{
	static const uint8_t congested[] = { 0x06, 0x06, 0xd5, 0x07, 0x00, 0x05 }; /* SSC, SSN 6, 2005, SMI, level 5 (5.3) */
	struct cursor c = cursor_of(congested, 5);
	struct sccp_management m;

	(void)state;
	assert_int_equal(sccp_management_read(MTP3_ITU, &c, &m), VERDICT_DECODED); /* the level is missing: 0 */
	assert_int_equal(m.congestion_level, 0);
	c = CURSOR(congested);
	assert_int_equal(sccp_management_read(MTP3_ITU, &c, &m), VERDICT_DECODED);
	assert_int_equal(m.format, 6);
	assert_int_equal(m.affected_subsystem, 6);
	assert_int_equal(m.affected_point_code, 2005);
	assert_int_equal(m.congestion_level, 5);
	c = cursor_of(congested, 4);
	assert_int_equal(sccp_management_read(MTP3_ITU, &c, &m), VERDICT_SCCP_TRUNCATED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unitdata_gives_both_addresses_and_the_user_data),
		cmocka_unit_test(a_returned_unitdata_gives_the_cause),
		cmocka_unit_test(an_extended_unitdata_gives_its_segmentation),
		cmocka_unit_test(a_long_unitdata_has_pointers_and_a_length_of_two_octets),
		cmocka_unit_test(every_form_of_global_title_is_read),
		cmocka_unit_test(a_global_title_of_sixteen_digits_is_none_and_no_error),
		cmocka_unit_test(a_point_code_stands_low_octet_first_before_the_subsystem),
		cmocka_unit_test(connection_oriented_messages_give_their_type_alone),
		cmocka_unit_test(every_cut_of_a_message_is_refused),
		cmocka_unit_test(addresses_and_optional_parts_that_do_not_fit_are_refused),
		cmocka_unit_test(management_names_the_subsystem_and_the_point_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
