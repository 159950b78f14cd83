/* SPDX-License-Identifier: BSD-3-Clause */
/* control/evidence/redact: digits of subscribers go, everything else stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "control/evidence/redact.h"

static digits number_of(const char *text)
{
	digits d = 0;

	assert_true(digits_read_text(text, strlen(text), &d));
	return d;
}

/* Overwrites in `bytes` and compares with what is wanted. */
static void check(const uint8_t *bytes, const uint8_t *wanted, size_t length, const struct redact_hint *hint)
{
	struct redactor *r = redactor_new();
	uint8_t copy[256];

	assert_non_null(r);
	memcpy(copy, bytes, length);
	redact_bytes(r, copy, length, hint, hint != NULL ? 1 : 0);
	assert_memory_equal(copy, wanted, length);
	redactor_free(r);
}

static void an_imsi_of_map_keeps_its_network(void **state)
{
	/* 29.002 17.7.8: tag, length, TBCD of 234105801750900. */
	static const uint8_t in[] = { 0x04, 0x08, 0x32, 0x14, 0x50, 0x08, 0x71, 0x05, 0x09, 0xf0 };
	static const uint8_t out[] = { 0x04, 0x08, 0x32, 0x14, 0x50, 0x00, 0x00, 0x00, 0x00, 0xf0 };

	(void)state;
	check(in, out, sizeof(in), NULL);
}

static void a_mobile_identity_of_nas_stays_an_imsi(void **state)
{
	/* 24.301 9.9.3.12: type IMSI, odd, 2 3410 5801750900. */
	static const uint8_t in[] = { 0x08, 0x29, 0x43, 0x01, 0x85, 0x10, 0x57, 0x90, 0x10 };
	static const uint8_t out[] = { 0x08, 0x29, 0x43, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00 };

	(void)state;
	check(in, out, sizeof(in), NULL);
}

static void a_number_of_a_known_node_is_kept_and_another_is_not(void **state)
{
	static const uint8_t in[] = { 0x81, 0x07, 0x91, 0x44, 0x87, 0x20, 0x00, 0x10, 0x10,
				      0x82, 0x07, 0x91, 0x44, 0x77, 0x01, 0x13, 0x09, 0x23 };
	static const uint8_t out[] = { 0x81, 0x07, 0x91, 0x44, 0x87, 0x20, 0x00, 0x10, 0x10,
				       0x82, 0x07, 0x91, 0x44, 0x00, 0x00, 0x00, 0x00, 0x00 };
	const struct redact_hint hint = { .nodes = { node_of_digits(number_of("447802000101")) } };

	(void)state;
	check(in, out, sizeof(in), &hint);
}

static void a_global_title_made_of_the_number_goes_too(void **state)
{
	/* Q.713 3.4.2.3.4: translation type, plan, nature, 447711039032; later the number itself. */
	static const uint8_t in[] = { 0x00, 0x12, 0x04, 0x44, 0x77, 0x11, 0x30, 0x09, 0x23,
				      0x82, 0x07, 0x91, 0x44, 0x77, 0x11, 0x30, 0x09, 0x23 };
	static const uint8_t out[] = { 0x00, 0x12, 0x04, 0x44, 0x07, 0x00, 0x00, 0x00, 0x00,
				       0x82, 0x07, 0x91, 0x44, 0x00, 0x00, 0x00, 0x00, 0x00 };

	(void)state;
	check(in, out, sizeof(in), NULL);
}

static void what_is_known_of_the_request_is_found_in_any_form(void **state)
{
	static const uint8_t in[] = "xx801750900;yy";
	static const uint8_t out[] = "xx000000000;yy";
	const struct redact_hint hint = { .imsi = number_of("234105801750900") };

	(void)state;
	check(in, out, sizeof(in), &hint);
}

static void text_loses_numbers_and_keeps_session_identifiers(void **state)
{
	static const uint8_t in[] = "mme.example;1341900000;456962853 234105801750900@ims;sip:+447700900123@x";
	static const uint8_t out[] = "mme.example;1341900000;456962853 234100000000000@ims;sip:+447700000000@x";

	(void)state;
	check(in, out, sizeof(in), NULL);
}

static void tags_lengths_and_application_contexts_stay(void **state)
{
	/* Q.773: dialogue portion with an application context, result and diagnostic; M3UA parameters. */
	static const uint8_t in[] = { 0x06, 0x07, 0x04, 0x00, 0x00, 0x01, 0x00, 0x15, 0x03, 0xa2, 0x03, 0x02, 0x01, 0x00,
				      0xa3, 0x05, 0xa1, 0x03, 0x02, 0x01, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x64, 0x02,
				      0x10, 0x00, 0x79, 0x00, 0x00, 0x03, 0xee, 0x00, 0x00, 0x07, 0xd1, 0x03, 0x02, 0x00,
				      0x08, 0x09, 0x80, 0x03, 0xa0, 0x09, 0x81, 0x02, 0x01, 0x02, 0x82, 0x03, 0x01, 0x02 };

	(void)state;
	check(in, in, sizeof(in), NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_imsi_of_map_keeps_its_network),
		cmocka_unit_test(a_mobile_identity_of_nas_stays_an_imsi),
		cmocka_unit_test(a_number_of_a_known_node_is_kept_and_another_is_not),
		cmocka_unit_test(a_global_title_made_of_the_number_goes_too),
		cmocka_unit_test(what_is_known_of_the_request_is_found_in_any_form),
		cmocka_unit_test(text_loses_numbers_and_keeps_session_identifiers),
		cmocka_unit_test(tags_lengths_and_application_contexts_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
