/* SPDX-License-Identifier: BSD-3-Clause */
/* RANAP: TS 25.413 9.3 in aligned PER, the protocolIEs that are read, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/ran/per.h"
#include "dataplane/ran/ranap.h"

#define CURSOR(bytes) cursor_of(bytes, sizeof(bytes))

/* 9.1.33: CN-DomainIndicator cs, LAI 234-10-1, NAS-PDU of 18 octets. */
static const uint8_t initial_ue[] = {
	0x00, 0x13, 0x40, 0x2a, 0x00, 0x00, 0x03,                         /* initiatingMessage 19, ignore, 42 octets, three fields */
	0x00, 0x03, 0x40, 0x01, 0x00,                                     /* 9.2.1.5 */
	0x00, 0x0f, 0x40, 0x07, 0x00, 0x32, 0xf4, 0x01, 0x00, 0x01, 0x02, /* 9.2.3.6 */
	0x00, 0x10, 0x40, 0x13, 0x12, 0x05, 0x08, 0x70, 0x32, 0xf4, 0x01, 0x00, 0x01, /* 9.2.3.5 */
	0x33, 0x08, 0x29, 0x43, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00,
};

static struct ranap read(const uint8_t *bytes, size_t length)
{
	struct ranap r;

	assert_int_equal(ranap_read(cursor_of(bytes, length), &r), VERDICT_DECODED);
	return r;
}

static void the_first_message_of_a_phone_says_domain_and_message(void **state)
{
	struct ranap r = read(initial_ue, sizeof(initial_ue));

	(void)state;
	assert_int_equal(r.procedure_code, RANAP_INITIAL_UE);
	assert_int_equal(r.kind, ELEMENTARY_INITIATING);
	assert_int_equal(r.domain, RANAP_DOMAIN_CS);
	assert_int_equal(cursor_left(&r.nas), 18);
	assert_int_equal(r.nas.at[1], 0x08);
	assert_false(r.has_cause);
}

static void a_message_shorter_than_it_says_is_refused(void **state)
{
	struct ranap r = { .cause = 99 };

	(void)state;
	for (size_t length = 0; length < sizeof(initial_ue); length++)
		assert_int_equal(ranap_read(cursor_of(initial_ue, length), &r), VERDICT_RANAP_FRAME);
	assert_int_equal(r.cause, 99);
}

static void of_a_message_that_ends_among_its_parts_what_stood_before_counts(void **state)
{
	uint8_t bytes[sizeof(initial_ue)];

	(void)state;
	memcpy(bytes, initial_ue, sizeof(bytes));
	for (size_t length = 7; length < sizeof(initial_ue); length++) {
		struct ranap r;

		bytes[3] = (uint8_t)(length - 4);
		r = read(bytes, length);
		assert_int_equal(r.procedure_code, RANAP_INITIAL_UE);
		assert_int_equal(r.domain, length >= 12 ? RANAP_DOMAIN_CS : RANAP_DOMAIN_NONE);
		assert_int_equal(cursor_left(&r.nas), 0);
	}
}

static void causes_of_all_groups_are_told_apart(void **state)
{
	static const struct {
		uint8_t value[3];
		uint8_t length;
		uint8_t group;
		uint16_t cause;
	} cases[] = {
		{ { 0x03, 0x40 }, 2, 0, 14 },        /* radioNetwork: failure in the radio interface procedure */
		{ { 0x10 }, 1, 1, 65 },              /* transmissionNetwork */
		{ { 0x22 }, 1, 2, 83 },              /* nAS: normal release */
		{ { 0x33 }, 1, 3, 100 },             /* protocol */
		{ { 0x40 }, 1, 4, 113 },             /* misc: O&M intervention */
		{ { 0x51, 0x00 }, 2, 5, 137 },       /* non-Standard */
		{ { 0x80, 0x01, 0x0b }, 3, 6, 268 }, /* radioNetworkExtension: CS fallback triggered */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t bytes[14] = {
			0x00, 0x01, 0x40, (uint8_t)(7 + cases[i].length), 0x00, 0x00, 0x01, 0x00, 0x04, 0x40, cases[i].length
		};
		struct ranap r;

		memcpy(bytes + 11, cases[i].value, cases[i].length);
		r = read(bytes, 11U + cases[i].length);
		assert_true(r.has_cause);
		assert_int_equal(r.cause_group, cases[i].group);
		assert_int_equal(r.cause, cases[i].cause);
	}
}

static void common_id_says_whose_connection_it_is(void **state)
{
	static const uint8_t common_id[] = { 0x00, 0x0f, 0x40, 0x10, 0x00, 0x00, 0x01, 0x00, 0x17, 0x40,
					     0x09, 0x50, 0x32, 0x14, 0x00, 0x20, 0x00, 0x00, 0x00, 0xf1 }; /* 9.2.3.1 */
	static const uint8_t cut[] = { 0x00, 0x0f, 0x40, 0x0a, 0x00, 0x00, 0x01, 0x00, 0x17, 0x40, 0x03, 0x50, 0x32, 0x14 };
	digits imsi = 0;

	(void)state;
	assert_true(digits_read_text("234100020000001", 15, &imsi));
	assert_true(read(common_id, sizeof(common_id)).imsi == imsi);
	assert_true(read(cut, sizeof(cut)).imsi == 0);
}

static void the_kinds_of_message_are_told_apart(void **state)
{
	(void)state;
	for (uint8_t kind = 0; kind < 4; kind++) {
		const uint8_t bytes[] = { (uint8_t)(kind << 5), 0x09, 0x00, 0x08, 0x00, 0x00, 0x01, 0x00, 0x03, 0x40, 0x01, 0x80 };
		struct ranap r = read(bytes, sizeof(bytes));

		assert_int_equal(r.kind, kind);
		assert_int_equal(r.procedure_code, RANAP_RESET);
		assert_int_equal(r.domain, RANAP_DOMAIN_PS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_message_of_a_phone_says_domain_and_message),
		cmocka_unit_test(a_message_shorter_than_it_says_is_refused),
		cmocka_unit_test(of_a_message_that_ends_among_its_parts_what_stood_before_counts),
		cmocka_unit_test(causes_of_all_groups_are_told_apart),
		cmocka_unit_test(common_id_says_whose_connection_it_is),
		cmocka_unit_test(the_kinds_of_message_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
