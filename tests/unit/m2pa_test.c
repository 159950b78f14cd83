/* SPDX-License-Identifier: BSD-3-Clause */
/* M2PA: RFC 4165 2.1 to 2.3, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/sigtran/m2pa.h"

#define CURSOR(bytes) cursor_of(bytes, sizeof(bytes))

/* User Data, BSN 0x010203, FSN 0x040506, priority 2, and seven octets of MTP3. */
static const uint8_t user[] = {
	0x01, 0x00, 0x0b, 0x01, 0x00, 0x00, 0x00, 0x18, /* version 1, M2PA, User Data, length 24 (2.1) */
	0x00, 0x01, 0x02, 0x03, 0x00, 0x04, 0x05, 0x06, /* unused, BSN, unused, FSN (2.2) */
	0x80, 0x83, 0x39, 0x48, 0x64, 0x50, 0x09, 0x00, /* priority 2 (2.3.1); SIO, label, user part */
};
static const uint8_t status[] = {
	0x01, 0x00, 0x0b, 0x02, 0x00, 0x00, 0x00, 0x14, /* Link Status */
	0x00, 0xff, 0xff, 0xff, 0x00, 0xff, 0xff, 0xff, /* nothing sent yet */
	0x00, 0x00, 0x00, 0x04,                         /* Ready (2.3.2) */
};

static void user_data_gives_priority_numbers_and_the_message_of_mtp3(void **state)
{
	struct cursor c = CURSOR(user);
	struct m2pa m;

	(void)state;
	assert_true(m2pa_is_plausible(&c));
	assert_int_equal(m2pa_read(&c, &m), VERDICT_DECODED);
	assert_int_equal(cursor_left(&c), 0);
	assert_int_equal(m.message_class, 11);
	assert_int_equal(m.message_type, M2PA_USER_DATA);
	assert_int_equal(m.bsn, 0x010203);
	assert_int_equal(m.fsn, 0x040506);
	assert_int_equal(m.priority, 2);
	assert_true(m.has_data);
	assert_false(m.has_state);
	assert_int_equal(cursor_left(&m.user), 7);
	assert_int_equal(m.user.at[0], 0x83);
}

static void user_data_without_data_acknowledges(void **state)
{
	uint8_t bytes[16] = { 0 };
	struct cursor c = CURSOR(bytes);
	struct m2pa m;

	(void)state;
	memcpy(bytes, user, sizeof(bytes));
	bytes[7] = sizeof(bytes);
	assert_true(m2pa_is_plausible(&c));
	assert_int_equal(m2pa_read(&c, &m), VERDICT_DECODED);
	assert_false(m.has_data);
	assert_int_equal(cursor_left(&m.user), 0);
}

static void link_status_gives_the_state(void **state)
{
	struct cursor c = CURSOR(status);
	struct m2pa m;

	(void)state;
	assert_true(m2pa_is_plausible(&c));
	assert_int_equal(m2pa_read(&c, &m), VERDICT_DECODED);
	assert_true(m.has_state);
	assert_int_equal(m.state, 4);
	assert_int_equal(m.bsn, 0xffffff);
	assert_false(m.has_data);
}

static void fillers_may_follow_the_state_of_proving(void **state)
{
	uint8_t bytes[32] = { 0 };
	struct cursor c = CURSOR(bytes);
	struct m2pa m;

	(void)state;
	memcpy(bytes, status, sizeof(status));
	bytes[7] = sizeof(bytes);
	bytes[19] = 2; /* Proving Normal */
	assert_int_equal(m2pa_read(&c, &m), VERDICT_DECODED);
	assert_int_equal(m.state, 2);
}

static void an_unknown_type_is_read_but_not_plausible(void **state)
{
	uint8_t bytes[sizeof(user)] = { 0 };
	struct cursor c = CURSOR(bytes);
	struct m2pa m;

	(void)state;
	memcpy(bytes, user, sizeof(bytes));
	bytes[3] = 9;
	assert_false(m2pa_is_plausible(&c));
	assert_int_equal(m2pa_read(&c, &m), VERDICT_DECODED);
	assert_int_equal(m.message_type, 9);
	assert_false(m.has_data);
}

static void what_is_not_m2pa_is_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} changes[] = {
		{ 0, 2 },    /* version */
		{ 1, 1 },    /* spare */
		{ 2, 6 },    /* class of the first drafts, and of M2UA */
		{ 7, 0x0f }, /* shorter than the header */
		{ 7, 0x20 }, /* longer than the message */
		{ 4, 0x01 }, /* sixteen millions */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		uint8_t bytes[sizeof(user)] = { 0 };
		struct cursor c = CURSOR(bytes);
		struct m2pa m = { .bsn = 77 };

		memcpy(bytes, user, sizeof(bytes));
		bytes[changes[i].at] = changes[i].value;
		assert_false(m2pa_is_plausible(&c));
		assert_int_equal(m2pa_read(&c, &m), VERDICT_M2PA_HEADER);
		assert_int_equal(m.bsn, 77);
		assert_int_equal(cursor_left(&c), sizeof(bytes));
	}
}

static void a_cut_message_is_refused_at_every_length(void **state)
{
	(void)state;
	for (size_t length = 0; length < sizeof(status); length++) {
		uint8_t bytes[sizeof(status)] = { 0 };
		struct cursor c = cursor_of(bytes, length);
		struct m2pa m = { .bsn = 77 };

		memcpy(bytes, status, sizeof(status));
		assert_int_equal(m2pa_read(&c, &m), VERDICT_M2PA_HEADER);
		bytes[7] = (uint8_t)length; /* the length agrees, the state is cut */
		assert_int_equal(m2pa_read(&c, &m), VERDICT_M2PA_HEADER);
		assert_int_equal(m.bsn, 77);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(user_data_gives_priority_numbers_and_the_message_of_mtp3),
		cmocka_unit_test(user_data_without_data_acknowledges),
		cmocka_unit_test(link_status_gives_the_state),
		cmocka_unit_test(fillers_may_follow_the_state_of_proving),
		cmocka_unit_test(an_unknown_type_is_read_but_not_plausible),
		cmocka_unit_test(what_is_not_m2pa_is_refused),
		cmocka_unit_test(a_cut_message_is_refused_at_every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
