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

static void affected_point_codes_lose_their_mask_and_scon_has_a_level(void **state)
{
	static const uint8_t bytes[] = {
		0x01, 0x00, 0x02, 0x04, 0x00, 0x00, 0x00, 0x24,                         /* SSNM, SCON */
		0x00, 0x06, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x06, /* two routing contexts */
		0x00, 0x12, 0x00, 0x0c, 0x00, 0x00, 0x07, 0xd5, 0x02, 0x00, 0x08, 0x00, /* affected 2005, and 2048 to 2051 */
		0x02, 0x05, 0x00, 0x08, 0x00, 0x00, 0x00, 0x02,                         /* congestion level 2, beyond the length */
	};
	uint8_t whole[sizeof(bytes)] = { 0 };
	struct cursor c = CURSOR(whole);
	struct m3ua m;

	(void)state;
	memcpy(whole, bytes, sizeof(bytes));
	assert_int_equal(m3ua_read(&c, &m), VERDICT_M3UA_HEADER);
	whole[7] = sizeof(bytes);
	c = CURSOR(whole);
	assert_true(m3ua_is_plausible(&c));
	assert_int_equal(m3ua_read(&c, &m), VERDICT_DECODED);
	assert_false(m.is_data);
	assert_int_equal(m.routing_context, 5);
	assert_int_equal(m.affected_count, 2);
	assert_int_equal(m.affected[0], 2005);
	assert_int_equal(m.affected[1], 2048);
	assert_int_equal(m.congestion_level, 2);
}

static void more_affected_point_codes_than_there_is_room_for_are_left_out(void **state)
{
	uint8_t bytes[8 + 4 + 4 * 20] = { 0x01, 0x00, 0x02, 0x01, 0x00, 0x00, 0x00, sizeof(bytes), 0x00, 0x12, 0x00, 84 };
	struct cursor c = CURSOR(bytes);
	struct m3ua m;

	(void)state;
	for (uint8_t i = 0; i < 20; i++)
		bytes[12 + 4 * i + 3] = i;
	assert_int_equal(m3ua_read(&c, &m), VERDICT_DECODED);
	assert_int_equal(m.affected_count, M3UA_AFFECTED_MAX);
	assert_int_equal(m.affected[M3UA_AFFECTED_MAX - 1], M3UA_AFFECTED_MAX - 1);
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
	assert_true(m.has_status);
	assert_int_equal(m.status_type, 1);
	assert_int_equal(m.status_info, 4);
	assert_false(m.has_error_code);
	c = CURSOR(error);
	assert_int_equal(m3ua_read(&c, &m), VERDICT_DECODED);
	assert_true(m.has_error_code);
	assert_int_equal(m.error_code, 25);
	assert_false(m.has_status);
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
		cmocka_unit_test(affected_point_codes_lose_their_mask_and_scon_has_a_level),
		cmocka_unit_test(more_affected_point_codes_than_there_is_room_for_are_left_out),
		cmocka_unit_test(notify_and_error_give_their_codes),
		cmocka_unit_test(a_message_without_parameters_is_whole),
		cmocka_unit_test(headers_of_other_protocols_are_refused),
		cmocka_unit_test(sibling_adaptation_layers_are_not_plausible),
		cmocka_unit_test(parameters_that_do_not_fit_are_refused),
		cmocka_unit_test(a_draft_with_protocol_data_under_its_old_tag_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
