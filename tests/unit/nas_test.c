/* SPDX-License-Identifier: BSD-3-Clause */
/* NAS of EPS (TS 24.301) and 5GS (TS 24.501): envelopes, types, causes, identities, and the messages inside messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/ran/nas_5gs.h"
#include "dataplane/ran/nas_eps.h"

#define CURSOR(bytes) cursor_of(bytes, sizeof(bytes))

static struct nas eps(const uint8_t *bytes, size_t length, struct nas_content *content)
{
	struct nas nas;

	assert_true(nas_eps_read(cursor_of(bytes, length), NAS_DIRECTION_UNKNOWN, &nas, content));
	return nas;
}

static struct nas gs(const uint8_t *bytes, size_t length, struct nas_content *content)
{
	struct nas nas;

	assert_true(nas_5gs_read(cursor_of(bytes, length), &nas, content));
	return nas;
}

static void assert_imsi(digits imsi, const char *text)
{
	char written[DIGITS_TEXT_MAX];

	digits_write(imsi, written);
	assert_string_equal(written, text);
}

/* 8.2.4 Attach Request: IMSI 901700000000021, UE network capability, PDN Connectivity Request. */
static const uint8_t attach[] = {
	0x07, 0x41, 0x71, 0x08, 0x99, 0x10, 0x07, 0x00, 0x00, 0x00, 0x00, 0x12, 0x02, 0xe0, 0xe0, 0x00, 0x05, 0x02, 0x01, 0xd0, 0x11, 0xd1,
};

static void an_attach_shows_the_subscriber_and_holds_a_session_request(void **state)
{
	struct nas_content content;
	struct nas nas = eps(attach, sizeof(attach), &content);
	struct nas inner;

	(void)state;
	assert_int_equal(nas.protocol, NAS_EMM);
	assert_int_equal(nas.type, 65);
	assert_true(nas.has_type && nas.is_readable);
	assert_imsi(nas.imsi, "901700000000021");
	assert_int_equal(content.inner_count, 1);
	assert_int_equal(content.inner[0].form, NAS_FORM_ESM);
	assert_true(nas_esm_read(content.inner[0].bytes, &inner));
	assert_int_equal(inner.protocol, NAS_ESM);
	assert_int_equal(inner.type, 208);
	assert_int_equal(inner.transaction, 1);
}

static void an_attach_cut_anywhere_keeps_what_came_before(void **state)
{
	(void)state;
	for (size_t length = 1; length < sizeof(attach); length++) {
		struct nas_content content;
		struct nas nas = eps(attach, length, &content);

		assert_int_equal(nas.has_type, length >= 2);
		assert_int_equal(nas.imsi != 0, length >= 12);
		assert_int_equal(content.inner_count, 0);
	}
}

static void a_ciphered_message_is_read_only_when_it_looks_plain(void **state)
{
	uint8_t bytes[] = { 0x27, 0x01, 0x02, 0x03, 0x04, 0x05, 0x07, 0x44, 0x0b };
	struct nas_content content;
	struct nas nas = eps(bytes, sizeof(bytes), &content);

	(void)state;
	assert_int_equal(nas.security, 2);
	assert_int_equal(nas.type, 68);
	assert_int_equal(nas.cause, 11);
	bytes[6] = 0x17;
	nas = eps(bytes, sizeof(bytes), &content);
	assert_false(nas.is_readable || nas.has_type);
	assert_int_equal(nas.security, 2);
	bytes[6] = 0x62; /* ESM of bearer 6 */
	nas = eps(bytes, sizeof(bytes), &content);
	assert_int_equal(nas.protocol, NAS_ESM);
	assert_false(nas.has_type); /* 0x0b */
	assert_int_equal(nas.security, 2);
}

static void a_service_request_has_no_type(void **state)
{
	static const uint8_t bytes[] = { 0xc7, 0x21, 0x12, 0x34 };
	struct nas_content content;
	struct nas nas = eps(bytes, sizeof(bytes), &content);

	(void)state;
	assert_int_equal(nas.protocol, NAS_EMM);
	assert_int_equal(nas.security, 12);
	assert_true(nas.is_readable);
	assert_false(nas.has_type);
}

static void a_session_message_without_protection_is_not_believed(void **state)
{
	static const uint8_t bytes[] = { 0x02, 0x01, 0xd0, 0x11 };
	struct nas_content content;
	struct nas nas = eps(bytes, sizeof(bytes), &content);

	(void)state;
	assert_int_equal(nas.protocol, NAS_ESM);
	assert_false(nas.has_type);
}

static void optional_elements_are_read_in_their_order(void **state)
{
	/* 8.2.26 Tracking Area Update Accept: T3412, GUTI, TAI list, bearers, LAI, TMSI, EMM cause 18. */
	static const uint8_t bytes[] = {
		0x07, 0x49, 0x00, 0x5a, 0x21, 0x50, 0x0b, 0xf6, 0x62, 0xf2, 0x24, 0x00, 0x01, 0x01, 0xc0,
		0x00, 0x00, 0x01, 0x54, 0x06, 0x00, 0x62, 0xf2, 0x24, 0x00, 0x01, 0x57, 0x02, 0x20, 0x00,
		0x13, 0x62, 0xf2, 0x24, 0x00, 0x01, 0x23, 0x05, 0xf4, 0x01, 0x02, 0x03, 0x04, 0x53, 0x12,
	};
	/* A TAI list before the GUTI: what follows is not read. */
	static const uint8_t disorder[] = { 0x07, 0x49, 0x00, 0x54, 0x00, 0x50, 0x00, 0x53, 0x12 };
	struct nas_content content;

	(void)state;
	assert_int_equal(eps(bytes, sizeof(bytes), &content).cause, 18);
	for (size_t length = 2; length < sizeof(bytes); length++)
		assert_int_equal(eps(bytes, length, &content).cause, NAS_CAUSE_NONE);
	assert_int_equal(eps(disorder, sizeof(disorder), &content).cause, NAS_CAUSE_NONE);
}

static void detach_differs_by_its_direction(void **state)
{
	static const uint8_t of_network[] = { 0x07, 0x45, 0x02, 0x53, 0x02 };
	static const uint8_t of_phone[] = { 0x07, 0x45, 0x09, 0x08, 0x99, 0x10, 0x07, 0x00, 0x00, 0x00, 0x00, 0x12 };
	struct nas_content content;
	struct nas nas;

	(void)state;
	assert_true(nas_eps_read(CURSOR(of_network), NAS_DOWNLINK, &nas, &content));
	assert_int_equal(nas.cause, 2);
	assert_true(nas_eps_read(CURSOR(of_network), NAS_UPLINK, &nas, &content));
	assert_int_equal(nas.cause, NAS_CAUSE_NONE);
	assert_true(nas_eps_read(CURSOR(of_phone), NAS_UPLINK, &nas, &content));
	assert_imsi(nas.imsi, "901700000000021");
	assert_true(nas.is_switch_off);
	assert_int_equal(eps(of_phone, sizeof(of_phone), &content).cause, NAS_CAUSE_NONE);
	assert_int_equal(eps(of_network, sizeof(of_network), &content).cause, 2);
}

static void a_replayed_message_and_a_refused_session_stand_inside(void **state)
{
	/* 8.2.21 Security Mode Complete with the whole Attach Request; 8.2.3 Attach Reject with a PDN Connectivity Reject. */
	static const uint8_t complete[] = { 0x17, 0, 0, 0, 0, 1, 0x07, 0x5e, 0x23, 0x01, 0x13, 0x79, 0x00, 0x02, 0x07, 0x41 };
	static const uint8_t reject[] = { 0x07, 0x44, 0x13, 0x78, 0x00, 0x04, 0x02, 0x01, 0xd1, 0x1b };
	struct nas_content content;
	struct nas inner;

	(void)state;
	assert_int_equal(eps(complete, sizeof(complete), &content).type, 94);
	assert_int_equal(content.inner_count, 1);
	assert_int_equal(content.inner[0].form, NAS_FORM_EPS);
	assert_int_equal(eps(reject, sizeof(reject), &content).cause, 19);
	assert_int_equal(content.inner_count, 1);
	assert_true(nas_esm_read(content.inner[0].bytes, &inner));
	assert_int_equal(inner.cause, 27);
}

static void other_discriminators_are_refused_and_leave_the_output(void **state)
{
	static const uint8_t mobility[] = { 0x05, 0x08 };
	struct nas nas = { .tmsi = 77 };
	struct nas_content content = { .inner_count = 3 };

	(void)state;
	assert_false(nas_eps_read(CURSOR(mobility), NAS_UPLINK, &nas, &content));
	assert_false(nas_5gs_read(CURSOR(mobility), &nas, &content));
	assert_false(nas_eps_read(cursor_of(mobility, 0), NAS_UPLINK, &nas, &content));
	assert_false(nas_5gs_read(cursor_of(mobility, 0), &nas, &content));
	assert_false(nas_esm_read(CURSOR(mobility), &nas));
	assert_int_equal(nas.tmsi, 77);
	assert_int_equal(content.inner_count, 3);
}

/* 24.501 8.2.6 Registration Request: SUCI of the null scheme 234-10 and 0000000001, then a NAS message container. */
static const uint8_t registration[] = {
	0x7e, 0x00, 0x41, 0x79, 0x00, 0x0d, 0x01, 0x32, 0xf4, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x10, 0x2e, 0x02, 0xf0, 0xf0, 0x71, 0x00, 0x03, 0x7e, 0x00, 0x43,
};

static void a_registration_shows_the_subscriber_and_holds_a_message(void **state)
{
	struct nas_content content;
	struct nas nas = gs(registration, sizeof(registration), &content);

	(void)state;
	assert_int_equal(nas.protocol, NAS_5GMM);
	assert_int_equal(nas.type, 65);
	assert_imsi(nas.imsi, "234100000000001");
	assert_int_equal(content.inner_count, 1);
	assert_int_equal(content.inner[0].form, NAS_FORM_5GS);
	assert_int_equal(gs(content.inner[0].bytes.at, 3, &content).type, 67);
	for (size_t length = 1; length < sizeof(registration); length++) {
		nas = gs(registration, length, &content);
		assert_int_equal(nas.has_type, length >= 3);
		assert_int_equal(nas.imsi != 0, length >= 19);
		assert_int_equal(content.inner_count, 0);
	}
}

static void a_concealed_identity_is_none(void **state)
{
	uint8_t bytes[sizeof(registration)];
	struct nas_content content;

	(void)state;
	memcpy(bytes, registration, sizeof(bytes));
	bytes[12] = 1; /* ECIES profile A */
	assert_true(gs(bytes, sizeof(bytes), &content).imsi == 0);
	bytes[12] = 0;
	bytes[6] = 0x11; /* not an IMSI but a network specific identifier */
	assert_true(gs(bytes, sizeof(bytes), &content).imsi == 0);
}

static void a_transport_holds_a_session_message_and_a_cause(void **state)
{
	/* 8.2.11 DL NAS Transport in an envelope: N1 SM information with 5GSM Status, session 5, 5GMM cause 90. */
	uint8_t bytes[] = { 0x7e, 0x02, 0,    0,    0,    0,    1,    0x7e, 0x00, 0x68, 0x01,
			    0x00, 0x05, 0x2e, 0x05, 0x01, 0xd6, 0x1a, 0x12, 0x05, 0x58, 0x5a };
	struct nas_content content;
	struct nas nas = gs(bytes, sizeof(bytes), &content);

	(void)state;
	assert_int_equal(nas.type, 104);
	assert_int_equal(nas.security, 2);
	assert_int_equal(nas.cause, 90);
	assert_int_equal(content.inner_count, 1);
	nas = gs(content.inner[0].bytes.at, 5, &content);
	assert_int_equal(nas.protocol, NAS_5GSM);
	assert_int_equal(nas.type, 214);
	assert_int_equal(nas.cause, 26);
	assert_int_equal(nas.transaction, 0x0501);
	bytes[10] = 0x02; /* SMS */
	gs(bytes, sizeof(bytes), &content);
	assert_int_equal(content.inner_count, 0);
	bytes[7] = 0x33; /* ciphered */
	nas = gs(bytes, sizeof(bytes), &content);
	assert_false(nas.is_readable || nas.has_type);
}

static void a_session_accept_may_say_what_it_did_not_grant(void **state)
{
	/* 8.3.2: selected type, QoS rules, AMBR, 5GSM cause 50 (IPv4 only). */
	static const uint8_t bytes[] = { 0x2e, 0x01, 0x01, 0xc2, 0x11, 0x00, 0x03, 0x01, 0x00, 0x01,
					 0x06, 0x06, 0x00, 0x01, 0x06, 0x00, 0x01, 0x59, 0x32 };
	struct nas_content content;

	(void)state;
	assert_int_equal(gs(bytes, sizeof(bytes), &content).cause, 50);
	for (size_t length = 1; length < sizeof(bytes); length++)
		assert_int_equal(gs(bytes, length, &content).cause, NAS_CAUSE_NONE);
}

static void a_registration_that_moves_from_4g_holds_its_message(void **state)
{
	/* 8.2.6 with an EPS NAS message container: Tracking Area Update Request. */
	static const uint8_t bytes[] = { 0x7e, 0x00, 0x41, 0x79, 0x00, 0x01, 0x00, 0x70, 0x00, 0x03, 0x07, 0x48, 0x01 };
	struct nas_content content;

	(void)state;
	assert_int_equal(gs(bytes, sizeof(bytes), &content).type, 65);
	assert_int_equal(content.inner_count, 1);
	assert_int_equal(content.inner[0].form, NAS_FORM_EPS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_attach_shows_the_subscriber_and_holds_a_session_request),
		cmocka_unit_test(an_attach_cut_anywhere_keeps_what_came_before),
		cmocka_unit_test(a_ciphered_message_is_read_only_when_it_looks_plain),
		cmocka_unit_test(a_service_request_has_no_type),
		cmocka_unit_test(a_session_message_without_protection_is_not_believed),
		cmocka_unit_test(optional_elements_are_read_in_their_order),
		cmocka_unit_test(detach_differs_by_its_direction),
		cmocka_unit_test(a_replayed_message_and_a_refused_session_stand_inside),
		cmocka_unit_test(other_discriminators_are_refused_and_leave_the_output),
		cmocka_unit_test(a_registration_shows_the_subscriber_and_holds_a_message),
		cmocka_unit_test(a_concealed_identity_is_none),
		cmocka_unit_test(a_transport_holds_a_session_message_and_a_cause),
		cmocka_unit_test(a_session_accept_may_say_what_it_did_not_grant),
		cmocka_unit_test(a_registration_that_moves_from_4g_holds_its_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
