/* SPDX-License-Identifier: BSD-3-Clause */
/* NGAP: TS 38.413 9.4 in aligned PER, the lists that carry NAS messages, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dataplane/ran/ngap.h"

#define CURSOR(bytes) cursor_of(bytes, sizeof(bytes))

/* InitialContextSetupRequest: AMF-UE-NGAP-ID 2^39, RAN-UE-NGAP-ID 3, three sessions (NAS-PDU and slice differentiator, neither, NAS-PDU),
 * NAS-PDU. */
static const uint8_t context[] = {
	0x00, 0x0e, 0x00, 0x46, 0x00, 0x00, 0x04, 0x00, 0x0a, 0x00, 0x06, 0x80, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x55,
	0x00, 0x02, 0x00, 0x03, 0x00, 0x47, 0x00, 0x26, 0x02, 0x40, 0x01, 0x04, 0x7e, 0x00, 0x64, 0x6f, 0x40, 0x20, 0x01,
	0x02, 0x03, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x20, 0x03, 0x00, 0x00, 0x00, 0x40, 0x01, 0x04, 0x7e, 0x00,
	0x64, 0x6f, 0x00, 0x20, 0x03, 0x00, 0x00, 0x00, 0x00, 0x26, 0x00, 0x05, 0x04, 0x7e, 0x00, 0x64, 0x6f,
};

/* PDUSessionResourceModifyRequest: three sessions, the first and the last with a NAS-PDU. */
static const uint8_t modify[] = {
	0x00, 0x1a, 0x00, 0x30, 0x00, 0x00, 0x03, 0x00, 0x0a, 0x00, 0x02, 0x00, 0x03, 0x00, 0x55, 0x00, 0x02, 0x00,
	0x03, 0x00, 0x40, 0x00, 0x1d, 0x02, 0x40, 0x01, 0x04, 0x7e, 0x00, 0x64, 0x6f, 0x03, 0x00, 0x00, 0x00, 0x00,
	0x01, 0x03, 0x00, 0x00, 0x00, 0x40, 0x01, 0x04, 0x7e, 0x00, 0x64, 0x6f, 0x03, 0x00, 0x00, 0x00,
};

/* UEContextReleaseCommand: uE-NGAP-ID-pair 1 and 2. */
static const uint8_t release[] = {
	0x00, 0x29, 0x00, 0x0b, 0x00, 0x00, 0x01, 0x00, 0x72, 0x00, 0x04, 0x00, 0x01, 0x00, 0x02,
};

/* NGSetupFailure: cause nas, deregister. */
static const uint8_t failure[] = {
	0x40, 0x15, 0x00, 0x08, 0x00, 0x00, 0x01, 0x00, 0x0f, 0x00, 0x01, 0x48,
};

/* RerouteNASRequest: NGAP-Message with an InitialUEMessage. */
static const uint8_t reroute[] = {
	0x00, 0x24, 0x00, 0x24, 0x00, 0x00, 0x02, 0x00, 0x55, 0x00, 0x02, 0x00, 0x03, 0x00, 0x2a, 0x00, 0x17, 0x16, 0x00, 0x0f,
	0x00, 0x12, 0x00, 0x00, 0x02, 0x00, 0x55, 0x00, 0x02, 0x00, 0x03, 0x00, 0x26, 0x00, 0x05, 0x04, 0x7e, 0x00, 0x64, 0x6f,
};

static void ids_and_all_nas_messages_of_a_new_context_are_read(void **state)
{
	struct ngap n;

	(void)state;
	assert_int_equal(ngap_read(CURSOR(context), &n), VERDICT_DECODED);
	assert_int_equal(n.procedure_code, NGAP_INITIAL_CONTEXT_SETUP);
	assert_true(n.has_amf_ue && n.has_ran_ue);
	assert_true(n.amf_ue == UINT64_C(1) << 39);
	assert_int_equal(n.ran_ue, 3);
	assert_int_equal(n.nas_count, 3); /* two sessions of three, and the one beside the list */
	for (uint8_t i = 0; i < n.nas_count; i++)
		assert_int_equal(cursor_left(&n.nas[i]), 4);
}

static void a_message_cut_anywhere_keeps_its_procedure(void **state)
{
	(void)state;
	for (size_t length = 0; length < sizeof(context); length++) {
		struct ngap n = { .ran_ue = 77 };
		enum verdict v = ngap_read(cursor_of(context, length), &n);

		if (length < 2) {
			assert_int_equal(v, VERDICT_NGAP_HEADER);
			assert_int_equal(n.ran_ue, 77);
			continue;
		}
		assert_int_equal(v, VERDICT_NGAP_FIELD);
		assert_int_equal(n.procedure_code, 14);
		assert_true(n.nas_count < 3);
	}
}

static void sessions_that_are_modified_have_no_slice(void **state)
{
	struct ngap n;

	(void)state;
	assert_int_equal(ngap_read(CURSOR(modify), &n), VERDICT_DECODED);
	assert_int_equal(n.nas_count, 2);
}

static void a_release_names_the_pair(void **state)
{
	struct ngap n;

	(void)state;
	assert_int_equal(ngap_read(CURSOR(release), &n), VERDICT_DECODED);
	assert_true(n.has_amf_ue && n.has_ran_ue);
	assert_true(n.amf_ue == 1);
	assert_int_equal(n.ran_ue, 2);
}

static void a_failed_setup_says_why(void **state)
{
	struct ngap n;

	(void)state;
	assert_int_equal(ngap_read(CURSOR(failure), &n), VERDICT_DECODED);
	assert_int_equal(n.kind, ELEMENTARY_UNSUCCESSFUL);
	assert_int_equal(n.procedure_code, NGAP_SETUP);
	assert_true(n.has_cause);
	assert_string_equal(elementary_cause_group(n.cause.group), "nas");
	assert_int_equal(n.cause.value, 2);
}

static void a_rerouted_message_is_a_message_of_its_own(void **state)
{
	struct ngap n;
	struct ngap inner;

	(void)state;
	assert_int_equal(ngap_read(CURSOR(reroute), &n), VERDICT_DECODED);
	assert_true(n.is_reroute);
	assert_int_equal(ngap_read(n.inner, &inner), VERDICT_DECODED);
	assert_int_equal(inner.procedure_code, NGAP_INITIAL_UE_MESSAGE);
	assert_int_equal(inner.nas_count, 1);
}

static void an_alternative_that_does_not_exist_is_refused(void **state)
{
	static const uint8_t bytes[] = { 0x60, 0x0b, 0x40, 0x03, 0x00, 0x00, 0x00 };
	struct ngap n = { .ran_ue = 77 };

	(void)state;
	assert_int_equal(ngap_read(cursor_of(bytes, sizeof(bytes)), &n), VERDICT_NGAP_HEADER);
	assert_int_equal(n.ran_ue, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_and_all_nas_messages_of_a_new_context_are_read),
		cmocka_unit_test(a_message_cut_anywhere_keeps_its_procedure),
		cmocka_unit_test(sessions_that_are_modified_have_no_slice),
		cmocka_unit_test(a_release_names_the_pair),
		cmocka_unit_test(a_failed_setup_says_why),
		cmocka_unit_test(a_rerouted_message_is_a_message_of_its_own),
		cmocka_unit_test(an_alternative_that_does_not_exist_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
