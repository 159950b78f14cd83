/* SPDX-License-Identifier: BSD-3-Clause */
/* SUA (RFC 3868): messages of SCCP with addresses, references, causes and segments; its network management; what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/sigtran/m3ua.h"
#include "dataplane/sigtran/sua.h"

#define CURSOR(bytes) cursor_of(bytes, sizeof(bytes))

static const uint8_t unitdata[] = {
	0x01, 0x00, 0x07, 0x01, 0x00, 0x00, 0x00, 0x64, /* version 1, connectionless, CLDT, length 100 (3.1, 3.3.1) */
	0x00, 0x06, 0x00, 0x08, 0x00, 0x00, 0x00, 0x58, /* routing context 88 */
	0x01, 0x15, 0x00, 0x08, 0x00, 0x00, 0x00, 0x81, /* protocol class 1, return on error (3.10.21) */
	0x01, 0x02, 0x00, 0x18, 0x00, 0x02, 0x00, 0x03, /* source (3.10.2): route on point code and subsystem, both there */
	0x80, 0x02, 0x00, 0x08, 0x00, 0x00, 0x07, 0xe4, /* point code 2020 */
	0x80, 0x03, 0x00, 0x08, 0x00, 0x00, 0x00, 0x07, /* subsystem 7 */
	0x01, 0x03, 0x00, 0x24, 0x00, 0x01, 0x00, 0x05, /* destination (3.10.3): route on title, title and subsystem */
	0x80, 0x01, 0x00, 0x13, 0x00, 0x00, 0x00, 0x04, /* title of form 4 */
	0x0d, 0x00, 0x01, 0x04, 0x44, 0x87, 0x20, 0x40, /* 13 digits, type 0, E.164, international: 4478020495621 */
	0x59, 0x26, 0xf1, 0x00,                         /* the last half octet is no digit; padding */
	0x80, 0x03, 0x00, 0x08, 0x00, 0x00, 0x00, 0x06, /* subsystem 6 */
	0x01, 0x16, 0x00, 0x08, 0x00, 0x00, 0x00, 0x01, /* sequence control */
	0x01, 0x0b, 0x00, 0x07, 0x62, 0x01, 0x00, 0x00, /* data (3.10.11), padded by one */
	0x00,                                           /* beyond the message */
};
#define UNITDATA_LENGTH (sizeof(unitdata) - 1)

static struct cursor message(const uint8_t *bytes, size_t length)
{
	return cursor_of(bytes, length);
}

static void cldt_is_a_udt(void **state)
{
	struct cursor c = message(unitdata, UNITDATA_LENGTH);
	struct sua sua;
	struct sccp s;

	(void)state;
	assert_true(sua_is_plausible(&c));
	assert_false(m3ua_is_plausible(&c));
	assert_int_equal(sua_read(&c, &sua, &s), VERDICT_DECODED);
	assert_int_equal(cursor_left(&c), 0);
	assert_true(sua.has_form && sua.has_data);
	assert_int_equal(sua.xua.facts, XUA_ROUTING_CONTEXTS);
	assert_int_equal(s.type, SCCP_UDT);
	assert_true(s.is_connectionless);
	assert_false(s.is_return);
	assert_int_equal(s.protocol_class, 1);
	assert_true(s.calling.has_point_code && s.calling.has_subsystem && s.calling.routes_on_subsystem);
	assert_int_equal(s.calling.point_code, 2020);
	assert_int_equal(s.calling.subsystem, 7);
	assert_true(s.calling.global_title == 0);
	assert_false(s.called.routes_on_subsystem);
	assert_int_equal(s.called.subsystem, 6);
	assert_int_equal(s.called.gt_indicator, 4);
	assert_int_equal(s.called.numbering_plan, SCCP_NUMBERING_E164);
	assert_int_equal(s.called.nature, 4);
	assert_true(s.called.global_title == UINT64_C(0x447802049562100d));
	assert_int_equal(cursor_left(&s.user), 3);
	assert_false(s.is_segmented);
}

static void a_title_that_is_too_long_is_none(void **state)
{
	uint8_t bytes[sizeof(unitdata)] = { 0 };
	struct cursor c = message(bytes, UNITDATA_LENGTH);
	struct sua sua;
	struct sccp s;

	(void)state;
	memcpy(bytes, unitdata, sizeof(bytes));
	bytes[64] = 16;
	assert_int_equal(sua_read(&c, &sua, &s), VERDICT_DECODED);
	assert_true(s.called.global_title == 0);
	assert_int_equal(s.called.subsystem, 6);
	bytes[64] = 15; /* more than there are octets: what is there counts */
	c = message(bytes, UNITDATA_LENGTH);
	assert_int_equal(sua_read(&c, &sua, &s), VERDICT_DECODED);
	assert_int_equal(digits_count(s.called.global_title), 13);
}

static void a_segment_has_its_place_and_reference(void **state)
{
	static const uint8_t bytes[] = {
		0x01, 0x00, 0x07, 0x01, 0x00, 0x00, 0x00, 0x18, 0x01, 0x17, 0x00, 0x08,
		0x83, 0x01, 0x02, 0x03, 0x01, 0x0b, 0x00, 0x08, 0x01, 0x02, 0x03, 0x04,
	}; /* the first of four (3.10.23) */
	struct cursor c = CURSOR(bytes);
	struct sua sua;
	struct sccp s;

	(void)state;
	assert_int_equal(sua_read(&c, &sua, &s), VERDICT_DECODED);
	assert_true(s.is_segmented && s.is_first_segment);
	assert_int_equal(s.segments_left, 3);
	assert_int_equal(s.segment_reference, 0x010203);
}

static void cldr_returns_with_a_cause_and_perhaps_without_data(void **state)
{
	static const uint8_t bytes[] = { 0x01, 0x00, 0x07, 0x02, 0x00, 0x00, 0x00, 0x10, 0x01, 0x06, 0x00, 0x08, 0x00, 0x00, 0x01, 0x04 };
	struct cursor c = CURSOR(bytes);
	struct sua sua;
	struct sccp s;

	(void)state;
	assert_int_equal(sua_read(&c, &sua, &s), VERDICT_DECODED); /* 3.3.2, 3.10.6 */
	assert_int_equal(s.type, SCCP_UDTS);
	assert_true(s.is_return && s.is_connectionless);
	assert_int_equal(s.return_cause, 4);
	assert_false(s.has_cause);
	assert_false(sua.has_data);
	assert_int_equal(cursor_left(&s.user), 0);
}

static void messages_of_a_connection_have_references_and_causes(void **state)
{
	static const struct {
		uint8_t type;
		uint8_t expected;
	} types[] = { { 1, SCCP_CR },  { 2, SCCP_CC },  { 3, SCCP_CREF }, { 4, SCCP_RLSD }, { 5, SCCP_RLC }, { 6, SCCP_RSC },
		      { 7, SCCP_RSR }, { 8, SCCP_DT1 }, { 9, SCCP_AK },   { 10, SCCP_ERR }, { 11, SCCP_IT } };
	uint8_t bytes[] = {
		0x01, 0x00, 0x08, 0x04, 0x00, 0x00, 0x00, 0x28,                                                 /* 3.4 */
		0x01, 0x04, 0x00, 0x08, 0x00, 0x00, 0x00, 0x11, 0x01, 0x05, 0x00, 0x08, 0x00, 0x00, 0x00, 0x22, /* source, destination */
		0x01, 0x06, 0x00, 0x08, 0x00, 0x00, 0x03, 0x0f, 0x01, 0x07, 0x00, 0x08, 0x00, 0x00, 0x03, 0x02, /* cause, more data */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct cursor c = CURSOR(bytes);
		struct sua sua;
		struct sccp s;

		bytes[3] = types[i].type;
		assert_true(sua_is_plausible(&c));
		assert_int_equal(sua_read(&c, &sua, &s), VERDICT_DECODED);
		assert_true(sua.has_form);
		assert_false(s.is_connectionless);
		assert_int_equal(s.type, types[i].expected);
		assert_true(s.has_source_reference && s.has_destination_reference && s.has_cause && s.has_more);
		assert_int_equal(s.source_reference, 0x11);
		assert_int_equal(s.destination_reference, 0x22);
		assert_int_equal(s.cause, 15);
	}
}

static void duna_names_point_code_and_subsystem(void **state)
{
	static const uint8_t bytes[] = {
		0x01, 0x00, 0x02, 0x01, 0x00, 0x00, 0x00, 0x18, /* SSNM, DUNA */
		0x00, 0x12, 0x00, 0x08, 0x00, 0x00, 0x07, 0xe4, /* affected 2020 */
		0x80, 0x03, 0x00, 0x08, 0x00, 0x00, 0x00, 0x06, /* subsystem 6 */
	};
	struct cursor c = CURSOR(bytes);
	struct sccp s = { .type = 77 };
	struct xua_affected affected;
	struct sua sua;

	(void)state;
	assert_int_equal(sua_read(&c, &sua, &s), VERDICT_DECODED);
	assert_false(sua.has_form);
	assert_int_equal(s.type, 77);
	assert_int_equal(sua.xua.facts, XUA_AFFECTED | XUA_SUBSYSTEM);
	assert_int_equal(sua.xua.subsystem, 6);
	assert_true(xua_affected_next(&sua.xua.affected, &affected));
	assert_int_equal(affected.point_code, 2020);
}

static void parameters_that_do_not_fit_are_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} changes[] = {
		{ 19, 0x06 }, /* a class of two octets */
		{ 27, 0x06 }, /* a source without its indicators */
		{ 27, 0x80 }, /* beyond the message */
		{ 35, 0x06 }, /* a point code of two octets */
		{ 35, 0x40 }, /* beyond the address */
		{ 59, 0x08 }, /* a title without its fixed part */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		uint8_t bytes[sizeof(unitdata)] = { 0 };
		struct cursor c = message(bytes, UNITDATA_LENGTH);
		struct sua sua = { .has_data = true };
		struct sccp s = { .type = 77 };

		memcpy(bytes, unitdata, sizeof(bytes));
		bytes[changes[i].at] = changes[i].value;
		assert_int_equal(sua_read(&c, &sua, &s), VERDICT_SUA_PARAMETER);
		assert_int_equal(s.type, 77);
		assert_true(sua.has_data);
		assert_int_equal(cursor_left(&c), UNITDATA_LENGTH);
	}
}

static void a_cut_message_is_never_read_beyond_its_end(void **state)
{
	(void)state;
	for (size_t length = 0; length < UNITDATA_LENGTH - 1; length++) {
		uint8_t bytes[sizeof(unitdata)] = { 0 };
		struct cursor c = message(bytes, length);
		struct sua sua;
		struct sccp s;
		enum verdict v;

		memcpy(bytes, unitdata, sizeof(bytes));
		v = sua_read(&c, &sua, &s);
		assert_int_equal(v, length + 3 < UNITDATA_LENGTH ? VERDICT_SUA_HEADER : VERDICT_SUA_PARAMETER);
		bytes[7] = (uint8_t)length; /* the length agrees: whole parameters are read, a cut one refuses */
		v = sua_read(&c, &sua, &s);
		if (v == VERDICT_DECODED)
			assert_true(s.user.end <= bytes + length);
		else
			assert_int_equal(v, length < 8 ? VERDICT_SUA_HEADER : VERDICT_SUA_PARAMETER);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cldt_is_a_udt),
		cmocka_unit_test(a_title_that_is_too_long_is_none),
		cmocka_unit_test(a_segment_has_its_place_and_reference),
		cmocka_unit_test(cldr_returns_with_a_cause_and_perhaps_without_data),
		cmocka_unit_test(messages_of_a_connection_have_references_and_causes),
		cmocka_unit_test(duna_names_point_code_and_subsystem),
		cmocka_unit_test(parameters_that_do_not_fit_are_refused),
		cmocka_unit_test(a_cut_message_is_never_read_beyond_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
