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

/* CR of a BSC: class 2, called SSN 254, and in the optional part the calling party and data of three octets (4.2). */
static const uint8_t request[] = {
	0x01, 0x00, 0x12, 0x34, 0x02, 0x02, 0x04, /* local reference, class, pointers */
	0x02, 0x42, 0xfe,                         /* called: route on SSN 254 */
	0x04, 0x04, 0x43, 0xd5, 0x07, 0xfe,       /* calling: point code 2005, SSN 254 */
	0x0f, 0x03, 0x00, 0x01, 0x57,             /* data */
	0x12, 0x01, 0x05, 0x00,                   /* importance, end */
};

static void a_connection_request_gives_reference_addresses_and_data(void **state)
{
	struct cursor c = CURSOR(request);
	struct sccp s;

	(void)state;
	assert_int_equal(sccp_read(&c, &s), VERDICT_DECODED);
	assert_int_equal(s.type, SCCP_CR);
	assert_false(s.is_connectionless);
	assert_true(s.has_source_reference);
	assert_int_equal(s.source_reference, 0x341200);
	assert_false(s.has_destination_reference);
	assert_int_equal(s.protocol_class, 2);
	assert_int_equal(s.called.subsystem, 254);
	assert_int_equal(s.calling.subsystem, 254);
	assert_int_equal(s.calling.point_code, 2005);
	assert_int_equal(cursor_left(&s.user), 3);
	assert_int_equal(s.user.at[2], 0x57);
	assert_true(s.has_importance);
	assert_int_equal(s.importance, 5);
	assert_int_equal(cursor_left(&c), 0);
}

/* Every message of a connection but CR: what it has of references, cause, credit and data. */
struct message {
	uint8_t bytes[20];
	size_t length;
	bool has_source;
	int cause;
	int credit;
	size_t user;
	bool has_more;
};

#define FORM(...) { __VA_ARGS__ }, sizeof((uint8_t[]){ __VA_ARGS__ })
#define DLR       0x0a, 0x0b, 0x0c
#define SLR       0x01, 0x02, 0x03

static const struct message messages[] = {
	{ FORM(0x02, DLR, SLR, 0x02, 0x01, 0x0f, 0x01, 0xaa, 0x00), true, -1, -1, 1, false },       /* CC with data */
	{ FORM(0x02, DLR, SLR, 0x03, 0x01, 0x09, 0x01, 0x07, 0x00), true, -1, 7, 0, false },        /* CC with a credit */
	{ FORM(0x03, DLR, 0x05, 0x00), false, 5, -1, 0, false },                                    /* CREF */
	{ FORM(0x04, DLR, SLR, 0x0d, 0x01, 0x0f, 0x02, 0xaa, 0xbb, 0x00), true, 13, -1, 2, false }, /* RLSD with data */
	{ FORM(0x05, DLR, SLR), true, -1, -1, 0, false },                                           /* RLC */
	{ FORM(0x06, DLR, 0x00, 0x01, 0x02, 0xaa, 0xbb), false, -1, -1, 2, false },                 /* DT1 */
	{ FORM(0x06, DLR, 0x01, 0x01, 0x01, 0xaa), false, -1, -1, 1, true },                        /* DT1, more to come */
	{ FORM(0x07, DLR, 0x02, 0x05, 0x01, 0x01, 0xaa), false, -1, -1, 1, true },                  /* DT2, more to come */
	{ FORM(0x08, DLR, 0x04, 0x09), false, -1, 9, 0, false },                                    /* AK */
	{ FORM(0x0b, DLR, 0x01, 0x01, 0xaa), false, -1, -1, 1, false },                             /* ED */
	{ FORM(0x0c, DLR), false, -1, -1, 0, false },                                               /* EA */
	{ FORM(0x0d, DLR, SLR, 0x06), true, 6, -1, 0, false },                                      /* RSR */
	{ FORM(0x0e, DLR, SLR), true, -1, -1, 0, false },                                           /* RSC */
	{ FORM(0x0f, DLR, 0x01), false, 1, -1, 0, false },                                          /* ERR */
	{ FORM(0x10, DLR, SLR, 0x02, 0x00, 0x01, 0x0a), true, -1, 10, 0, false },                   /* IT: no more data in it */
};

static void every_message_of_a_connection_gives_what_it_consists_of(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		const struct message *m = &messages[i];
		struct cursor c = cursor_of(m->bytes, m->length);
		struct sccp s;

		assert_int_equal(sccp_read(&c, &s), VERDICT_DECODED);
		assert_int_equal(s.type, m->bytes[0]);
		assert_true(s.has_destination_reference);
		assert_int_equal(s.destination_reference, 0x0c0b0a);
		assert_int_equal(s.has_source_reference, m->has_source);
		assert_int_equal(s.source_reference, m->has_source ? 0x030201 : 0);
		assert_int_equal(s.has_cause ? s.cause : -1, m->cause);
		assert_int_equal(s.has_credit ? s.credit : -1, m->credit);
		assert_int_equal(cursor_left(&s.user), m->user);
		assert_int_equal(s.has_more, m->has_more);
	}
}

static void every_cut_of_a_message_of_a_connection_is_told_with_its_type(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		for (size_t length = 1; length < messages[i].length; length++) {
			struct cursor c = cursor_of(messages[i].bytes, length);
			struct sccp s;
			enum verdict v = sccp_read(&c, &s);

			assert_true(v == VERDICT_SCCP_TRUNCATED || v == VERDICT_SCCP_POINTER || v == VERDICT_DECODED);
			assert_int_equal(s.type, messages[i].bytes[0]);
			assert_true(v != VERDICT_DECODED || (s.type >= SCCP_CC && s.type <= SCCP_RLSD)); /* the end of the optional part */
		}
	}
	for (size_t length = 1; length < sizeof(request); length++) {
		struct cursor c = cursor_of(request, length);
		struct sccp s;

		sccp_read(&c, &s);
		assert_int_equal(s.type, SCCP_CR);
		assert_int_equal(s.called.has_subsystem, length >= 10);
	}
}

static void an_unknown_type_is_told(void **state)
{
	static const uint8_t unknown[] = { 0x7f };
	struct cursor c = CURSOR(unknown);
	struct sccp s;

	(void)state;
	assert_int_equal(sccp_read(&c, &s), VERDICT_SCCP_OTHER);
	assert_int_equal(s.type, 0x7f);
}

/* T1.112.3 2.3.4: national, GT form 2 and subsystem before the point code. */
static void an_address_of_ansi_has_its_subsystem_first(void **state)
{
	static const uint8_t national[] = { 0x09, 0x00, 0x03, 0x0d, 0x0d, 0x0a, 0x8b, 0x08, 0x2f,
					    0x01, 0xf5, 0x0a, 0x21, 0x43, 0x65, 0x87, 0x00, 0x00 };
	static const uint8_t form_1[] = { 0x09, 0x00, 0x03, 0x09, 0x09, 0x06, 0x85, 0x08, 0x0a, 0x11, 0x21, 0xf3, 0x00, 0x00 };
	static const uint8_t international[] = { 0x09, 0x00, 0x03, 0x07, 0x07, 0x04, 0x43, 0xd5, 0x07, 0x06, 0x00, 0x00 };
	struct cursor c = CURSOR(national);
	struct sccp s;

	(void)state;
	assert_int_equal(sccp_read_under(MTP3_ANSI, &c, &s), VERDICT_DECODED);
	assert_int_equal(s.called.subsystem, 8);
	assert_int_equal(s.called.point_code, 0xf5012f);
	assert_int_equal(s.called.translation_type, 10);
	assert_true(s.called.global_title == number("12345678"));
	c = CURSOR(form_1);
	assert_int_equal(sccp_read_under(MTP3_ANSI, &c, &s), VERDICT_DECODED);
	assert_int_equal(s.called.subsystem, 8);
	assert_int_equal(s.called.numbering_plan, 1);
	assert_true(s.called.global_title == number("123"));
	c = CURSOR(international);
	assert_int_equal(sccp_read_under(MTP3_ANSI, &c, &s), VERDICT_DECODED);
	assert_int_equal(s.called.subsystem, 6);
	assert_int_equal(s.called.point_code, 2005);
}

static void point_codes_have_the_width_of_the_label(void **state)
{
	static const uint8_t china[] = { 0x09, 0x00, 0x03, 0x08, 0x08, 0x05, 0x43, 0x01, 0x02, 0x03, 0x06, 0x00, 0x00 };
	static const uint8_t japan[] = { 0x09, 0x00, 0x03, 0x07, 0x07, 0x04, 0x43, 0x01, 0xff, 0x06, 0x00, 0x00 };
	struct cursor c = CURSOR(china);
	struct sccp s;

	(void)state;
	assert_int_equal(sccp_read_under(MTP3_CHINA, &c, &s), VERDICT_DECODED);
	assert_int_equal(s.called.point_code, 0x030201);
	assert_int_equal(s.called.subsystem, 6);
	c = CURSOR(japan);
	assert_int_equal(sccp_read_under(MTP3_JAPAN, &c, &s), VERDICT_DECODED);
	assert_int_equal(s.called.point_code, 0xff01);
}

static void every_cut_of_a_message_is_refused(void **state)
{
	(void)state;
	for (size_t length = 0; length < sizeof(unitdata); length++) {
		struct cursor c = cursor_of(unitdata, length);
		struct sccp s;
		enum verdict verdict = sccp_read(&c, &s);

		assert_int_equal(verdict, length < 5 ? VERDICT_SCCP_TRUNCATED : VERDICT_SCCP_POINTER);
		assert_int_equal(s.type, length == 0 ? 0 : SCCP_UDT);
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
	assert_int_equal(m.format, 6);
	c = cursor_of(congested, 0);
	assert_int_equal(sccp_management_read(MTP3_ITU, &c, &m), VERDICT_SCCP_TRUNCATED);
	assert_int_equal(m.format, 0);
}

static void management_of_ansi_has_point_codes_of_24_bits(void **state)
{
	static const uint8_t prohibited[] = { 0x02, 0x08, 0x2f, 0x01, 0xf5, 0x03 }; /* SSP, SSN 8, 245-1-47, multiplicity 3 */
	struct cursor c = CURSOR(prohibited);
	struct sccp_management m;

	(void)state;
	assert_int_equal(sccp_management_read(MTP3_ANSI, &c, &m), VERDICT_DECODED);
	assert_int_equal(m.affected_point_code, 0xf5012f);
	assert_int_equal(m.multiplicity, 3);
	assert_false(m.has_congestion_level);
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
		cmocka_unit_test(a_connection_request_gives_reference_addresses_and_data),
		cmocka_unit_test(every_message_of_a_connection_gives_what_it_consists_of),
		cmocka_unit_test(every_cut_of_a_message_of_a_connection_is_told_with_its_type),
		cmocka_unit_test(an_unknown_type_is_told),
		cmocka_unit_test(an_address_of_ansi_has_its_subsystem_first),
		cmocka_unit_test(point_codes_have_the_width_of_the_label),
		cmocka_unit_test(every_cut_of_a_message_is_refused),
		cmocka_unit_test(addresses_and_optional_parts_that_do_not_fit_are_refused),
		cmocka_unit_test(management_names_the_subsystem_and_the_point_code),
		cmocka_unit_test(management_of_ansi_has_point_codes_of_24_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
