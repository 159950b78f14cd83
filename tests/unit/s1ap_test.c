/* SPDX-License-Identifier: BSD-3-Clause */
/* S1AP: TS 36.413 9.3 in aligned PER, the lists that carry NAS messages, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/ran/s1ap.h"

#define CURSOR(bytes) cursor_of(bytes, sizeof(bytes))

/* DownlinkNASTransport: MME-UE-S1AP-ID 70000, eNB-UE-S1AP-ID 5, NAS-PDU of three octets. */
static const uint8_t downlink[] = {
	0x00, 0x0b, 0x40, 0x19, 0x00, 0x00, 0x03,       /* initiatingMessage, 11, ignore, 25 octets; 3 IEs */
	0x00, 0x00, 0x00, 0x04, 0x80, 0x01, 0x11, 0x70, /* id 0, reject: three octets, 70000 */
	0x00, 0x08, 0x00, 0x02, 0x00, 0x05,             /* id 8: one octet, 5 */
	0x00, 0x1a, 0x00, 0x04, 0x03, 0x07, 0x44, 0x13, /* id 26: Attach Reject, cause 19 */
};

/* One item of E-RABToBeSetupListCtxtSUReq: E-RAB 5, QCI 9, priority 8, 10.0.0.1, TEID 1. */
#define ITEM_HEAD 0x0a, 0x00, 0x09, 0x20, 0x0f, 0x80, 0x0a, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01

static void ids_and_the_nas_message_of_a_transport_are_read(void **state)
{
	struct s1ap s;

	(void)state;
	assert_int_equal(s1ap_read(CURSOR(downlink), &s), VERDICT_DECODED);
	assert_int_equal(s.kind, ELEMENTARY_INITIATING);
	assert_int_equal(s.procedure_code, S1AP_DOWNLINK_NAS_TRANSPORT);
	assert_true(s.has_mme_ue && s.has_enb_ue);
	assert_int_equal(s.mme_ue, 70000);
	assert_int_equal(s.enb_ue, 5);
	assert_false(s.has_cause);
	assert_int_equal(s.nas_count, 1);
	assert_int_equal(cursor_left(&s.nas[0]), 3);
	assert_int_equal(s.nas[0].at[1], 68);
}

static void a_message_cut_anywhere_keeps_its_procedure(void **state)
{
	(void)state;
	for (size_t length = 0; length < sizeof(downlink); length++) {
		struct s1ap s = { .enb_ue = 77 };
		enum verdict v = s1ap_read(cursor_of(downlink, length), &s);

		if (length < 2) {
			assert_int_equal(v, VERDICT_S1AP_HEADER);
			assert_int_equal(s.enb_ue, 77);
			continue;
		}
		assert_int_equal(v, VERDICT_S1AP_FIELD);
		assert_int_equal(s.procedure_code, 11);
		assert_int_equal(s.nas_count, 0);
		assert_int_equal(s.has_enb_ue, length >= 21);
	}
}

static void a_length_beyond_the_end_is_forgiven_when_all_fields_are_there(void **state)
{
	uint8_t bytes[sizeof(downlink)];
	struct s1ap s;

	(void)state;
	memcpy(bytes, downlink, sizeof(bytes));
	bytes[3] += 3;
	assert_int_equal(s1ap_read(CURSOR(bytes), &s), VERDICT_DECODED);
	assert_int_equal(s.nas_count, 1);
}

/* InitialContextSetupRequest with three items of E-RABToBeSetupListCtxtSUReq: a NAS-PDU, none, and bit rates before one. */
static const uint8_t context[] = {
	0x00, 0x09, 0x00, 0x5c, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x04, 0x80, 0x01, 0x11, 0x70, 0x00, 0x08, 0x00, 0x02, 0x00,
	0x05, 0x00, 0x18, 0x00, 0x47, 0x02, 0x00, 0x34, 0x00, 0x12, 0x45, 0x00, 0x09, 0x20, 0x0f, 0x80, 0x0a, 0x00, 0x00, 0x01,
	0x00, 0x00, 0x00, 0x01, 0x03, 0x07, 0x44, 0x13, 0x00, 0x34, 0x00, 0x0e, 0x05, 0x00, 0x09, 0x20, 0x0f, 0x80, 0x0a, 0x00,
	0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x00, 0x34, 0x00, 0x1a, 0x45, 0x40, 0x09, 0x20, 0x00, 0x10, 0x00, 0x10, 0x00, 0x10,
	0x00, 0x10, 0x0f, 0x80, 0x0a, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x03, 0x07, 0x44, 0x13,
};

/* E-RABSetupRequest with two items, each with a protected ESM message; the second has bit rates. */
static const uint8_t bearers[] = {
	0x00, 0x05, 0x00, 0x56, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x02, 0x00, 0x05, 0x00, 0x08, 0x00, 0x02, 0x00,
	0x05, 0x00, 0x10, 0x00, 0x43, 0x01, 0x00, 0x11, 0x00, 0x19, 0x0a, 0x00, 0x09, 0x20, 0x0f, 0x80, 0x0a, 0x00,
	0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x0a, 0x17, 0x00, 0x00, 0x00, 0x00, 0x01, 0x52, 0x01, 0xd1, 0x1b, 0x00,
	0x11, 0x00, 0x21, 0x0a, 0x80, 0x09, 0x20, 0x00, 0x10, 0x00, 0x10, 0x00, 0x10, 0x00, 0x10, 0x0f, 0x80, 0x0a,
	0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x0a, 0x17, 0x00, 0x00, 0x00, 0x00, 0x01, 0x52, 0x01, 0xd1, 0x1b,
};

/* E-RABModifyRequest with one item. */
static const uint8_t modify[] = {
	0x00, 0x06, 0x00, 0x27, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00, 0x02, 0x00, 0x05, 0x00, 0x08, 0x00, 0x02, 0x00, 0x05, 0x00, 0x1e, 0x00,
	0x14, 0x00, 0x00, 0x24, 0x00, 0x0f, 0x0a, 0x00, 0x09, 0x20, 0x0a, 0x17, 0x00, 0x00, 0x00, 0x00, 0x01, 0x52, 0x01, 0xd1, 0x1b,
};

/* UEContextReleaseCommand: uE-S1AP-ID-pair 5 and 7, cause nas, normal-release. */
static const uint8_t release[] = {
	0x00, 0x17, 0x00, 0x10, 0x00, 0x00, 0x02, 0x00, 0x63, 0x00, 0x04, 0x00, 0x05, 0x00, 0x07, 0x00, 0x02, 0x00, 0x01, 0x20,
};

/* Paging of the IMSI 926242111111111, 15 digits in eight octets and a filler. */
static const uint8_t paging[] = {
	0x00, 0x0a, 0x00, 0x16, 0x00, 0x00, 0x02, 0x00, 0x50, 0x00, 0x02, 0x00, 0x00,
	0x00, 0x2b, 0x00, 0x09, 0x68, 0x29, 0x26, 0x24, 0x11, 0x11, 0x11, 0x11, 0xf1,
};

/* RerouteNASRequest: S1-Message with an InitialUEMessage. */
static const uint8_t reroute[] = {
	0x00, 0x34, 0x00, 0x23, 0x00, 0x00, 0x02, 0x00, 0x08, 0x00, 0x02, 0x00, 0x05, 0x00, 0xe1, 0x00, 0x16, 0x15, 0x00, 0x0c,
	0x00, 0x11, 0x00, 0x00, 0x02, 0x00, 0x08, 0x00, 0x02, 0x00, 0x05, 0x00, 0x1a, 0x00, 0x04, 0x03, 0x07, 0x44, 0x13,
};

static void each_bearer_of_a_new_context_may_bring_a_nas_message(void **state)
{
	struct s1ap s;

	(void)state;
	assert_int_equal(s1ap_read(CURSOR(context), &s), VERDICT_DECODED);
	assert_int_equal(s.procedure_code, S1AP_INITIAL_CONTEXT_SETUP);
	assert_int_equal(s.nas_count, 2); /* the second of three has none, the third has bit rates before it */
	assert_int_equal(cursor_left(&s.nas[0]), 3);
	assert_int_equal(cursor_left(&s.nas[1]), 3);
}

static void bearers_that_are_set_up_or_modified_bring_one_each(void **state)
{
	struct s1ap s;

	(void)state;
	assert_int_equal(s1ap_read(CURSOR(bearers), &s), VERDICT_DECODED);
	assert_int_equal(s.procedure_code, S1AP_E_RAB_SETUP);
	assert_int_equal(s.nas_count, 2);
	assert_int_equal(s1ap_read(CURSOR(modify), &s), VERDICT_DECODED);
	assert_int_equal(s.procedure_code, S1AP_E_RAB_MODIFY);
	assert_int_equal(s.nas_count, 1);
}

static void lists_cut_anywhere_never_bring_more(void **state)
{
	(void)state;
	for (size_t length = 2; length < sizeof(context); length++) {
		struct s1ap s;

		assert_int_equal(s1ap_read(cursor_of(context, length), &s), VERDICT_S1AP_FIELD);
		assert_int_equal(s.nas_count, 0);
	}
}

static void a_release_names_the_pair_and_the_cause(void **state)
{
	struct s1ap s;

	(void)state;
	assert_int_equal(s1ap_read(CURSOR(release), &s), VERDICT_DECODED);
	assert_true(s.has_mme_ue && s.has_enb_ue && s.has_cause);
	assert_int_equal(s.mme_ue, 5);
	assert_int_equal(s.enb_ue, 7);
	assert_int_equal(s.cause.group, 2); /* nas */
	assert_int_equal(s.cause.value, 0); /* normal-release */
	assert_string_equal(elementary_cause_group(s.cause.group), "nas");
}

static void paging_by_imsi_shows_it(void **state)
{
	char text[DIGITS_TEXT_MAX];
	struct s1ap s;

	(void)state;
	assert_int_equal(s1ap_read(CURSOR(paging), &s), VERDICT_DECODED);
	digits_write(s.imsi, text);
	assert_string_equal(text, "926242111111111");
}

static void a_rerouted_message_is_a_message_of_its_own(void **state)
{
	struct s1ap s;
	struct s1ap inner;

	(void)state;
	assert_int_equal(s1ap_read(CURSOR(reroute), &s), VERDICT_DECODED);
	assert_true(s.is_reroute);
	assert_int_equal(s.nas_count, 0);
	assert_int_equal(s1ap_read(s.inner, &inner), VERDICT_DECODED);
	assert_int_equal(inner.procedure_code, S1AP_INITIAL_UE_MESSAGE);
	assert_int_equal(inner.nas_count, 1);
}

static void a_cause_beyond_the_root_counts_on_from_it(void **state)
{
	/* ErrorIndication with cause radioNetwork, extension 2: invalid-CSG-Id, 38. */
	static const uint8_t bytes[] = { 0x00, 0x0f, 0x40, 0x0a, 0x00, 0x00, 0x01, 0x00, 0x02, 0x40, 0x02, 0x08, 0x20 };
	struct s1ap s;

	(void)state;
	assert_int_equal(s1ap_read(cursor_of(bytes, sizeof(bytes)), &s), VERDICT_DECODED);
	assert_int_equal(s.cause.group, 0);
	assert_int_equal(s.cause.value, 38);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_and_the_nas_message_of_a_transport_are_read),
		cmocka_unit_test(a_message_cut_anywhere_keeps_its_procedure),
		cmocka_unit_test(a_length_beyond_the_end_is_forgiven_when_all_fields_are_there),
		cmocka_unit_test(each_bearer_of_a_new_context_may_bring_a_nas_message),
		cmocka_unit_test(bearers_that_are_set_up_or_modified_bring_one_each),
		cmocka_unit_test(lists_cut_anywhere_never_bring_more),
		cmocka_unit_test(a_release_names_the_pair_and_the_cause),
		cmocka_unit_test(paging_by_imsi_shows_it),
		cmocka_unit_test(a_rerouted_message_is_a_message_of_its_own),
		cmocka_unit_test(a_cause_beyond_the_root_counts_on_from_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
