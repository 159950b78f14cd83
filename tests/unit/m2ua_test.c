/* SPDX-License-Identifier: BSD-3-Clause */
/* M2UA (RFC 3331) and IUA (RFC 4233): the data, the management, and what tells them from their siblings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/sigtran/iua.h"
#include "dataplane/sigtran/m2ua.h"
#include "dataplane/sigtran/m3ua.h"

#define CURSOR(bytes) cursor_of(bytes, sizeof(bytes))

/* Data on interface 4 with seven octets of MTP3, padded by one. */
static const uint8_t transfer[] = {
	0x01, 0x00, 0x06, 0x01, 0x00, 0x00, 0x00, 0x1c,                         /* version 1, MAUP, Data, length 28 (3.1) */
	0x00, 0x01, 0x00, 0x08, 0x00, 0x00, 0x00, 0x04,                         /* interface identifier (3.2.1) */
	0x03, 0x00, 0x00, 0x0b, 0x83, 0x39, 0x48, 0x64, 0x50, 0x09, 0x00, 0x00, /* protocol data 1 (3.3.1.1) */
};
/* The same in Japan's form, with a length indicator before it. */
static const uint8_t transfer_ttc[] = {
	0x01, 0x00, 0x06, 0x01, 0x00, 0x00, 0x00, 0x14, 0x03, 0x01, 0x00, 0x0c, 0x48, 0x83, 0x39, 0x48, 0x64, 0x50, 0x09, 0x00,
};

static void data_give_the_message_of_mtp3(void **state)
{
	struct cursor c = CURSOR(transfer);
	struct m2ua m;

	(void)state;
	assert_true(m2ua_is_plausible(&c));
	assert_int_equal(m2ua_read(&c, &m), VERDICT_DECODED);
	assert_int_equal(cursor_left(&c), 0);
	assert_int_equal(m.xua.message_class, 6);
	assert_int_equal(m.xua.message_type, 1);
	assert_int_equal(m.xua.facts, XUA_INTERFACES);
	assert_int_equal(m.xua.interfaces.at[3], 4);
	assert_true(m.has_data);
	assert_int_equal(cursor_left(&m.user), 7);
	assert_int_equal(m.user.at[0], 0x83);
}

static void the_form_of_japan_has_a_length_indicator_first(void **state)
{
	struct cursor c = CURSOR(transfer_ttc);
	struct m2ua m;

	(void)state;
	assert_true(m2ua_is_plausible(&c));
	assert_int_equal(m2ua_read(&c, &m), VERDICT_DECODED);
	assert_int_equal(cursor_left(&m.user), 7);
	assert_int_equal(m.user.at[0], 0x83);
}

static void data_without_protocol_data_are_refused(void **state)
{
	static const uint8_t bytes[] = { 0x01, 0x00, 0x06, 0x01, 0x00, 0x00, 0x00, 0x10, 0x00, 0x01, 0x00, 0x08, 0x00, 0x00, 0x00, 0x04 };
	uint8_t request[sizeof(bytes)] = { 0 };
	struct cursor c = CURSOR(bytes);
	struct m2ua m = { .has_data = true };

	(void)state;
	assert_int_equal(m2ua_read(&c, &m), VERDICT_M2UA_PARAMETER);
	assert_true(m.has_data);
	memcpy(request, bytes, sizeof(bytes));
	request[3] = 2; /* Establish Request has none */
	c = CURSOR(request);
	assert_int_equal(m2ua_read(&c, &m), VERDICT_DECODED);
	assert_false(m.has_data);
}

static void registration_of_a_link_key_is_read_inside_its_parameter(void **state)
{
	static const uint8_t bytes[] = {
		0x01, 0x00, 0x0a, 0x02, 0x00, 0x00, 0x00, 0x24,                         /* IIM, REG RSP */
		0x03, 0x0d, 0x00, 0x1c, 0x03, 0x0a, 0x00, 0x08, 0x00, 0x00, 0x00, 0x07, /* result of local key 7 (3.3.4.2) */
		0x03, 0x0e, 0x00, 0x08, 0x00, 0x00, 0x00, 0x04,                         /* invalid link key */
		0x00, 0x01, 0x00, 0x08, 0x00, 0x00, 0x00, 0x09,
	};
	struct cursor c = CURSOR(bytes);
	struct m2ua m;

	(void)state;
	assert_true(m2ua_is_plausible(&c));
	assert_int_equal(m2ua_read(&c, &m), VERDICT_DECODED);
	assert_int_equal(m.xua.facts, XUA_LOCAL_KEY | XUA_REGISTRATION | XUA_INTERFACES);
	assert_int_equal(m.xua.local_key, 7);
	assert_int_equal(m.xua.registration, 4);
}

static void a_cut_message_is_refused_at_every_length(void **state)
{
	(void)state;
	for (size_t length = 0; length < sizeof(transfer) - 1; length++) {
		uint8_t bytes[sizeof(transfer)] = { 0 };
		struct cursor c = cursor_of(bytes, length);
		struct m2ua m = { .has_data = true };

		memcpy(bytes, transfer, sizeof(transfer));
		assert_int_equal(m2ua_read(&c, &m), length + 3 < sizeof(transfer) ? VERDICT_M2UA_HEADER : VERDICT_M2UA_PARAMETER);
		bytes[7] = (uint8_t)length; /* the length agrees, a parameter is cut or missing */
		if (length >= 8)
			assert_int_equal(m2ua_read(&c, &m), VERDICT_M2UA_PARAMETER);
		assert_true(m.has_data);
		assert_int_equal(cursor_left(&c), length);
	}
}

static void siblings_are_told_apart_by_classes_and_tags(void **state)
{
	static const uint8_t asp_up[] = { 0x01, 0x00, 0x03, 0x01, 0x00, 0x00, 0x00, 0x08 };
	uint8_t bytes[sizeof(transfer)] = { 0 };
	struct cursor c = CURSOR(transfer);

	(void)state;
	assert_false(m3ua_is_plausible(&c));
	assert_false(iua_is_plausible(&c));
	memcpy(bytes, transfer, sizeof(bytes));
	bytes[16] = 0x02; /* a tag of M3UA */
	c = CURSOR(bytes);
	assert_false(m2ua_is_plausible(&c));
	c = CURSOR(asp_up); /* everybody's */
	assert_true(m2ua_is_plausible(&c));
	assert_true(m3ua_is_plausible(&c));
	assert_true(iua_is_plausible(&c));
}

static void iua_is_recognised_by_class_and_type(void **state)
{
	static const uint8_t bytes[] = {
		0x01, 0x00, 0x05, 0x01, 0x00, 0x00, 0x00, 0x20, 0x00, 0x01, 0x00, 0x08, 0x00, 0x00, 0x00, 0x02, /* QPTM Data Request */
		0x00, 0x05, 0x00, 0x08, 0x00, 0x01, 0x00, 0x00, 0x00, 0x0e, 0x00, 0x08, 0x08, 0x01, 0x01, 0x05, /* DLCI, SETUP */
	};
	struct cursor c = CURSOR(bytes);
	struct xua x;

	(void)state;
	assert_true(iua_is_plausible(&c));
	assert_false(m2ua_is_plausible(&c));
	assert_int_equal(iua_read(&c, &x), VERDICT_DECODED);
	assert_int_equal(x.message_class, 5);
	assert_int_equal(x.message_type, 1);
	for (size_t length = 0; length < sizeof(bytes); length++) {
		c = cursor_of(bytes, length);
		assert_int_equal(iua_read(&c, &x), length + 3 < sizeof(bytes) ? VERDICT_IUA_HEADER : VERDICT_IUA_PARAMETER);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_give_the_message_of_mtp3),
		cmocka_unit_test(the_form_of_japan_has_a_length_indicator_first),
		cmocka_unit_test(data_without_protocol_data_are_refused),
		cmocka_unit_test(registration_of_a_link_key_is_read_inside_its_parameter),
		cmocka_unit_test(a_cut_message_is_refused_at_every_length),
		cmocka_unit_test(siblings_are_told_apart_by_classes_and_tags),
		cmocka_unit_test(iua_is_recognised_by_class_and_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
