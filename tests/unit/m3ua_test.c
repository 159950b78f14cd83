/* SPDX-License-Identifier: BSD-3-Clause */
/* M3UA: RFC 4666 3.1 to 3.8, the forms of padding that stacks send, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/sigtran/m3ua.h"

#define CURSOR(bytes) cursor_of(bytes, sizeof(bytes))

/* DATA with network appearance 8, routing context 302, OPC 2005, DPC 303, SCCP, and three octets of user data, padded by one. */
static const uint8_t transfer[] = {
	0x01, 0x00, 0x01, 0x01, 0x00, 0x00, 0x00, 0x2c,                         /* version 1, Transfer, DATA, length 44 */
	0x02, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x08,                         /* network appearance, 3.3.1 */
	0x00, 0x06, 0x00, 0x08, 0x00, 0x00, 0x01, 0x2e,                         /* routing context */
	0x02, 0x10, 0x00, 0x13, 0x00, 0x00, 0x07, 0xd5, 0x00, 0x00, 0x01, 0x2f, /* protocol data, length 19: OPC, DPC */
	0x03, 0x02, 0x01, 0x06, 0x09, 0x81, 0x03, 0x00,                         /* SI, NI, MP, SLS, user data, padding */
};

static void data_gives_the_routing_label_and_the_user_message(void **state)
{
	struct cursor c = CURSOR(transfer);
	struct m3ua m;

	(void)state;
	assert_true(m3ua_is_plausible(&c));
	assert_int_equal(m3ua_read(&c, &m), VERDICT_DECODED);
	assert_int_equal(cursor_left(&c), 0);
	assert_true(m.is_data);
	assert_int_equal(m.mtp3.opc, 2005);
	assert_int_equal(m.mtp3.dpc, 303);
	assert_int_equal(m.mtp3.service_indicator, MTP3_SI_SCCP);
	assert_int_equal(m.mtp3.network_indicator, 2);
	assert_int_equal(m.mtp3.message_priority, 1);
	assert_int_equal(m.mtp3.sls, 6);
	assert_int_equal(m.mtp3.variant, MTP3_ITU);
	assert_int_equal(m.routing_context, 302);
	assert_int_equal(m.network_appearance, 8);
	assert_int_equal(cursor_left(&m.user), 3);
	assert_int_equal(m.user.at[0], 0x09);
}

static void final_padding_may_be_left_out_of_the_length_or_of_the_message(void **state)
{
	uint8_t bytes[sizeof(transfer)] = { 0 };
	struct cursor c = cursor_of(transfer, sizeof(transfer) - 1);
	struct m3ua m;

	(void)state;
	assert_true(m3ua_is_plausible(&c));
	assert_int_equal(m3ua_read(&c, &m), VERDICT_DECODED);
	assert_int_equal(cursor_left(&m.user), 3);
	memcpy(bytes, transfer, sizeof(bytes));
	bytes[7] = 0x2b;
	c = CURSOR(bytes);
	assert_true(m3ua_is_plausible(&c));
	assert_int_equal(m3ua_read(&c, &m), VERDICT_DECODED);
	assert_int_equal(cursor_left(&m.user), 3);
	c = cursor_of(bytes, sizeof(bytes) - 1);
	assert_int_equal(m3ua_read(&c, &m), VERDICT_DECODED);
}

static void a_point_code_above_14_bits_makes_the_message_ansi(void **state)
{
	uint8_t bytes[sizeof(transfer)] = { 0 };
	struct cursor c = CURSOR(bytes);
	struct m3ua m;

	(void)state;
	memcpy(bytes, transfer, sizeof(bytes));
	bytes[33] = 0xf5; /* DPC 245-1-47 */
	assert_int_equal(m3ua_read(&c, &m), VERDICT_DECODED);
	assert_int_equal(m.mtp3.variant, MTP3_ANSI);
	assert_int_equal(m.mtp3.dpc, 0xf5012f);
	bytes[32] = 0x01; /* no point code has more than 24 bits */
	c = CURSOR(bytes);
	assert_int_equal(m3ua_read(&c, &m), VERDICT_M3UA_PARAMETER);
}

static void scon_gives_affected_point_codes_with_their_masks_and_a_level(void **state)
{
	static const uint8_t bytes[] = {
		0x01, 0x00, 0x02, 0x04, 0x00, 0x00, 0x00, 0x24,                         /* SSNM, SCON */
		0x00, 0x06, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x06, /* two routing contexts */
		0x00, 0x12, 0x00, 0x0c, 0x00, 0x00, 0x07, 0xd5, 0x02, 0x00, 0x08, 0x00, /* affected 2005, and 2048 to 2051 */
		0x02, 0x06, 0x00, 0x08, 0x00, 0x00, 0x01, 0x2c,                         /* concerned destination 300, 3.4.4 */
		0x02, 0x05, 0x00, 0x08, 0x00, 0x00, 0x00, 0x02,                         /* congestion level 2, beyond the length */
	};
	uint8_t whole[sizeof(bytes)] = { 0 };
	struct cursor c = CURSOR(whole);
	struct xua_affected affected;
	struct m3ua m;

	(void)state;
	memcpy(whole, bytes, sizeof(bytes));
	assert_int_equal(m3ua_read(&c, &m), VERDICT_M3UA_HEADER);
	whole[7] = sizeof(bytes);
	c = CURSOR(whole);
	assert_true(m3ua_is_plausible(&c));
	assert_int_equal(m3ua_read(&c, &m), VERDICT_DECODED);
	assert_false(m.is_data);
	assert_true(m.has_routing_context);
	assert_int_equal(m.routing_context, 5);
	assert_int_equal(cursor_left(&m.xua.routing_contexts), 8);
	assert_int_equal(m.xua.facts, XUA_ROUTING_CONTEXTS | XUA_AFFECTED | XUA_CONCERNED | XUA_CONGESTION);
	assert_true(xua_affected_next(&m.xua.affected, &affected));
	assert_int_equal(affected.point_code, 2005);
	assert_int_equal(affected.mask, 0);
	assert_true(xua_affected_next(&m.xua.affected, &affected));
	assert_int_equal(affected.point_code, 2048);
	assert_int_equal(affected.mask, 2);
	assert_false(xua_affected_next(&m.xua.affected, &affected));
	assert_int_equal(m.xua.concerned, 300);
	assert_int_equal(m.xua.congestion_level, 2);
}

static void dupu_gives_user_and_cause(void **state)
{
	static const uint8_t bytes[] = {
		0x01, 0x00, 0x02, 0x05, 0x00, 0x00, 0x00, 0x18,                                                 /* SSNM, DUPU */
		0x00, 0x12, 0x00, 0x08, 0x00, 0x00, 0x07, 0xd5, 0x02, 0x04, 0x00, 0x08, 0x00, 0x02, 0x00, 0x03, /* 3.4.5 */
	};
	struct cursor c = CURSOR(bytes);
	struct m3ua m;

	(void)state;
	assert_int_equal(m3ua_read(&c, &m), VERDICT_DECODED);
	assert_int_equal(m.xua.user_cause >> 16, 2);        /* inaccessible */
	assert_int_equal(m.xua.user_cause & UINT16_MAX, 3); /* SCCP */
	assert_int_equal(cursor_left(&m.xua.affected), 4);
}

static void notify_and_error_give_their_codes(void **state)
{
	static const uint8_t notify[] = {
		0x01, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x10, 0x00, 0x0d, 0x00, 0x08, 0x00, 0x01, 0x00, 0x04
	}; /* AS-PENDING, 3.8.2 */
	static const uint8_t error[] = {
		0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x0c, 0x00, 0x08, 0x00, 0x00, 0x00, 0x19
	}; /* invalid routing context, 3.8.1 */
	struct cursor c = CURSOR(notify);
	struct m3ua m;

	(void)state;
	assert_int_equal(m3ua_read(&c, &m), VERDICT_DECODED);
	assert_int_equal(m.xua.facts, XUA_STATUS);
	assert_int_equal(m.xua.status, 1 << 16 | 4);
	c = CURSOR(error);
	assert_int_equal(m3ua_read(&c, &m), VERDICT_DECODED);
	assert_int_equal(m.xua.facts, XUA_ERROR_CODE);
	assert_int_equal(m.xua.error_code, 25);
}

static void registration_is_read_inside_its_parameter(void **state)
{
	static const uint8_t request[] = {
		0x01, 0x00, 0x09, 0x01, 0x00, 0x00, 0x00, 0x1c,                         /* RKM, REG REQ, 3.6.1 */
		0x02, 0x07, 0x00, 0x14, 0x02, 0x0a, 0x00, 0x08, 0x00, 0x00, 0x00, 0x2a, /* routing key: local identifier 42 */
		0x02, 0x0b, 0x00, 0x08, 0x00, 0x00, 0x00, 0xb9,                         /* destination point code 185 */
	};
	static const uint8_t response[] = {
		0x01, 0x00, 0x09, 0x02, 0x00, 0x00, 0x00, 0x24,                         /* RKM, REG RSP, 3.6.2 */
		0x02, 0x08, 0x00, 0x1c, 0x02, 0x0a, 0x00, 0x08, 0x00, 0x00, 0x00, 0x2a, /* result of 42 */
		0x02, 0x12, 0x00, 0x08, 0x00, 0x00, 0x00, 0x05,                         /* permission denied */
		0x00, 0x06, 0x00, 0x08, 0x00, 0x00, 0x00, 0x07,                         /* routing context 7 */
	};
	uint8_t bytes[sizeof(request)] = { 0 };
	struct cursor c = CURSOR(request);
	struct m3ua m;

	(void)state;
	assert_true(m3ua_is_plausible(&c));
	assert_int_equal(m3ua_read(&c, &m), VERDICT_DECODED);
	assert_int_equal(m.xua.facts, XUA_LOCAL_KEY | XUA_DESTINATION);
	assert_int_equal(m.xua.local_key, 42);
	assert_int_equal(m.xua.destination, 185);
	c = CURSOR(response);
	assert_int_equal(m3ua_read(&c, &m), VERDICT_DECODED);
	assert_int_equal(m.xua.registration, 5);
	assert_int_equal(m.routing_context, 7);
	memcpy(bytes, request, sizeof(bytes));
	bytes[15] = 0x20; /* the inner parameter leaves the outer one */
	c = CURSOR(bytes);
	assert_int_equal(m3ua_read(&c, &m), VERDICT_M3UA_PARAMETER);
}

static void a_cut_message_is_refused_at_every_length(void **state)
{
	(void)state;
	for (size_t length = 0; length < sizeof(transfer) - 1; length++) {
		struct cursor c = cursor_of(transfer, length);
		struct m3ua m = { .routing_context = 77 };
		enum verdict v = m3ua_read(&c, &m);

		/* Three octets of padding may be missing; then the last parameter is short. */
		assert_int_equal(v, length + 3 < sizeof(transfer) ? VERDICT_M3UA_HEADER : VERDICT_M3UA_PARAMETER);
		assert_int_equal(m.routing_context, 77);
		assert_int_equal(cursor_left(&c), length);
	}
}

static void a_message_without_parameters_is_whole(void **state)
{
	static const uint8_t bytes[] = { 0x01, 0x00, 0x03, 0x06, 0x00, 0x00, 0x00, 0x08 }; /* BEAT ACK */
	struct cursor c = CURSOR(bytes);
	struct m3ua m;

	(void)state;
	assert_true(m3ua_is_plausible(&c));
	assert_int_equal(m3ua_read(&c, &m), VERDICT_DECODED);
	assert_int_equal(m.message_class, 3);
	assert_int_equal(m.message_type, 6);
}

static void headers_of_other_protocols_are_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} changes[] = {
		{ 0, 2 },    /* version */
		{ 1, 1 },    /* reserved */
		{ 7, 0x07 }, /* shorter than the header */
		{ 7, 0x30 }, /* four more than there are */
		{ 7, 0x28 }, /* four fewer than there are */
		{ 4, 0x01 }, /* sixteen millions */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		uint8_t bytes[sizeof(transfer)] = { 0 };
		struct cursor c = CURSOR(bytes);
		struct m3ua m = { .mtp3 = { .opc = 77 } };

		memcpy(bytes, transfer, sizeof(bytes));
		bytes[changes[i].at] = changes[i].value;
		assert_false(m3ua_is_plausible(&c));
		assert_int_equal(m3ua_read(&c, &m), VERDICT_M3UA_HEADER);
		assert_int_equal(m.mtp3.opc, 77);
		assert_int_equal(cursor_left(&c), sizeof(bytes));
	}
}

static void sibling_adaptation_layers_are_not_plausible(void **state)
{
	static const uint8_t sua[] = {
		0x01, 0x00, 0x07, 0x01, 0x00, 0x00, 0x00, 0x10, 0x00, 0x06, 0x00, 0x08, 0x00, 0x00, 0x00, 0x01
	}; /* class 7: SUA CLDT */
	static const uint8_t m2pa[] = {
		0x01, 0x00, 0x0b, 0x02, 0x00, 0x00, 0x00, 0x10, 0x00, 0xff, 0xff, 0xff, 0x00, 0xff, 0xff, 0xff
	}; /* class 11 */
	static const uint8_t odd_tag[] = {
		0x01, 0x00, 0x03, 0x01, 0x00, 0x00, 0x00, 0x10, 0x12, 0x34, 0x00, 0x08, 0x00, 0x00, 0x00, 0x01
	}; /* no parameter of that tag */
	struct cursor c = CURSOR(sua);

	(void)state;
	assert_false(m3ua_is_plausible(&c));
	c = CURSOR(m2pa);
	assert_false(m3ua_is_plausible(&c));
	c = CURSOR(odd_tag);
	assert_false(m3ua_is_plausible(&c));
}

static void parameters_that_do_not_fit_are_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} changes[] = {
		{ 11, 0x03 }, /* shorter than tag and length */
		{ 11, 0x06 }, /* a network appearance of two octets */
		{ 27, 0x40 }, /* protocol data beyond the message */
		{ 27, 0x0f }, /* protocol data shorter than its routing label */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		uint8_t bytes[sizeof(transfer)] = { 0 };
		struct cursor c = CURSOR(bytes);
		struct m3ua m;

		memcpy(bytes, transfer, sizeof(bytes));
		bytes[changes[i].at] = changes[i].value;
		assert_int_equal(m3ua_read(&c, &m), VERDICT_M3UA_PARAMETER);
	}
}

static void a_draft_with_protocol_data_under_its_old_tag_is_refused(void **state)
{
	static const uint8_t bytes[] = {
		0x01, 0x00, 0x01, 0x01, 0x00, 0x00, 0x00, 0x18,                         /* DATA */
		0x00, 0x03, 0x00, 0x10, 0xc5, 0x83, 0xaf, 0x40, 0x5b, 0xd5, 0x00, 0x01, /* drafts: 3 was protocol data */
		0x00, 0xa0, 0x01, 0x0a,
	};
	struct cursor c = CURSOR(bytes);
	struct m3ua m;

	(void)state;
	assert_false(m3ua_is_plausible(&c));
	assert_int_equal(m3ua_read(&c, &m), VERDICT_M3UA_PARAMETER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_gives_the_routing_label_and_the_user_message),
		cmocka_unit_test(final_padding_may_be_left_out_of_the_length_or_of_the_message),
		cmocka_unit_test(a_point_code_above_14_bits_makes_the_message_ansi),
		cmocka_unit_test(scon_gives_affected_point_codes_with_their_masks_and_a_level),
		cmocka_unit_test(dupu_gives_user_and_cause),
		cmocka_unit_test(notify_and_error_give_their_codes),
		cmocka_unit_test(registration_is_read_inside_its_parameter),
		cmocka_unit_test(a_cut_message_is_refused_at_every_length),
		cmocka_unit_test(a_message_without_parameters_is_whole),
		cmocka_unit_test(headers_of_other_protocols_are_refused),
		cmocka_unit_test(sibling_adaptation_layers_are_not_plausible),
		cmocka_unit_test(parameters_that_do_not_fit_are_refused),
		cmocka_unit_test(a_draft_with_protocol_data_under_its_old_tag_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
