/* SPDX-License-Identifier: BSD-3-Clause */
/* The AVPs of a message (RFC 6733, RFC 8506, TS 29.272): one small writer here, so that each test shows only the AVPs it is about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dataplane/diameter/decimal.h"
#include "dataplane/diameter/diameter.h"

struct writer {
	size_t length;
	uint8_t bytes[2048];
};

static uint32_t chance(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33);
}

/* Appends an AVP with its padding; vendor 0 goes without the V bit. */
static void avp_write(struct writer *w, uint32_t vendor, uint32_t code, struct cursor value)
{
	size_t header = vendor != 0 ? 12 : 8;
	size_t length = header + cursor_left(&value);
	uint8_t *at = w->bytes + w->length;

	assert_true(w->length + length + 3 <= sizeof(w->bytes));
	memset(at, 0, length + 3);
	at[2] = (uint8_t)(code >> 8);
	at[3] = (uint8_t)code;
	at[4] = vendor != 0 ? 0xc0 : 0x40;
	at[6] = (uint8_t)(length >> 8);
	at[7] = (uint8_t)length;
	if (vendor != 0) {
		at[10] = (uint8_t)(vendor >> 8);
		at[11] = (uint8_t)vendor;
	}
	if (cursor_left(&value) > 0)
		memcpy(at + header, value.at, cursor_left(&value));
	w->length += (length + 3) / 4 * 4;
}

static void text_write(struct writer *w, uint32_t code, const char *text)
{
	avp_write(w, 0, code, cursor_of((const uint8_t *)text, strlen(text)));
}

static void u32_write(struct writer *w, uint32_t vendor, uint32_t code, uint32_t value)
{
	uint8_t octets[4] = { (uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value };

	avp_write(w, vendor, code, cursor_of(octets, 4));
}

static void group_write(struct writer *w, uint32_t vendor, uint32_t code, const struct writer *group)
{
	avp_write(w, vendor, code, cursor_of(group->bytes, group->length));
}

static enum verdict body_of(const struct writer *w, struct diameter_body *ret)
{
	struct diameter message = { .avps = cursor_of(w->bytes, w->length) };

	return diameter_body_read(&message, ret);
}

static void assert_text(struct cursor text, const char *expected)
{
	assert_int_equal(cursor_left(&text), strlen(expected));
	assert_memory_equal(text.at, expected, strlen(expected));
}

static void assert_digits(digits number, const char *expected)
{
	char text[DIGITS_TEXT_MAX];

	digits_write(number, text);
	assert_string_equal(text, expected);
}

static void an_update_location_request_fills_its_fields(void **state)
{
	static const uint8_t plmn[] = { 0x32, 0xf4, 0x01 };
	struct writer w = { 0 };
	struct writer application = { 0 };
	struct diameter_body body;

	(void)state;
	u32_write(&application, 0, 266, 10415);
	u32_write(&application, 0, 258, 16777251);
	text_write(&w, 263, "mme;1;2");
	group_write(&w, 0, 260, &application);
	text_write(&w, 264, "mme.example");
	text_write(&w, 296, "example");
	text_write(&w, 293, "hss.example");
	text_write(&w, 283, "home.example");
	text_write(&w, 1, "234100000000001");
	u32_write(&w, 10415, 1032, 1004);
	u32_write(&w, 10415, 1405, 34);
	avp_write(&w, 10415, 1407, cursor_of(plmn, sizeof(plmn)));
	text_write(&w, 282, "dra1");
	text_write(&w, 282, "dra2");
	assert_int_equal(body_of(&w, &body), VERDICT_DECODED);
	assert_text(body.session, "mme;1;2");
	assert_text(body.origin_host, "mme.example");
	assert_text(body.origin_realm, "example");
	assert_text(body.destination_host, "hss.example");
	assert_text(body.destination_realm, "home.example");
	assert_text(body.user_name, "234100000000001");
	assert_digits(body.imsi, "234100000000001");
	assert_int_equal(body.auth_application, 16777251);
	assert_int_equal(body.experimental_vendor, 0); /* 266 inside 260 is another vendor */
	assert_true(body.has_rat_type && body.rat_type == 1004);
	assert_true(body.has_ulr_flags && body.ulr_flags == 34);
	assert_string_equal(body.visited_plmn, "23410");
	assert_int_equal(body.route_records, 2);
	assert_false(body.has_result || body.has_experimental || body.has_origin_state_id);
}

static void an_answer_tells_its_result_and_who_gave_it(void **state)
{
	struct writer w = { 0 };
	struct writer experimental = { 0 };
	struct diameter_body body;

	(void)state;
	u32_write(&experimental, 0, 266, 10415);
	u32_write(&experimental, 0, 298, 5001);
	group_write(&w, 0, 297, &experimental);
	u32_write(&w, 10415, 1614, 2);
	text_write(&w, 294, "dra.example");
	u32_write(&w, 0, 278, 7);
	assert_int_equal(body_of(&w, &body), VERDICT_DECODED);
	assert_true(body.has_experimental && body.experimental == 5001);
	assert_int_equal(body.experimental_vendor, 10415);
	assert_true(body.has_error_diagnostic && body.error_diagnostic == 2);
	assert_true(body.has_origin_state_id && body.origin_state_id == 7);
	assert_text(body.error_reporting_host, "dra.example");
	assert_false(body.has_result);
}

static void base_and_cancel_messages_fill_their_fields(void **state)
{
	struct writer w = { 0 };
	struct diameter_body body;

	(void)state;
	u32_write(&w, 0, 273, 2);
	u32_write(&w, 10415, 1420, 0);
	u32_write(&w, 0, 268, 2001);
	assert_int_equal(body_of(&w, &body), VERDICT_DECODED);
	assert_true(body.has_disconnect_cause && body.disconnect_cause == 2);
	assert_true(body.has_cancellation_type && body.cancellation_type == 0);
	assert_true(body.has_result && body.result == 2001);
}

static void results_and_names_inside_other_groups_are_not_the_messages(void **state)
{
	struct writer w = { 0 };
	struct writer group = { 0 };
	struct diameter_body body;

	(void)state;
	u32_write(&group, 0, 268, 4012);
	text_write(&group, 1, "234100000000009");
	group_write(&w, 0, 456, &group); /* Multiple-Services-Credit-Control */
	group_write(&w, 0, 279, &group); /* Failed-AVP */
	group_write(&w, 0, 297, &group); /* Result-Code has no place here either */
	u32_write(&w, 0, 298, 5001);     /* nor Experimental-Result-Code at the top */
	u32_write(&w, 999, 268, 5012);   /* another vendor's 268 */
	assert_int_equal(body_of(&w, &body), VERDICT_DECODED);
	assert_false(body.has_result || body.has_experimental);
	assert_int_equal(cursor_left(&body.user_name), 0);
}

static void the_first_of_a_repeated_avp_counts(void **state)
{
	struct writer w = { 0 };
	struct diameter_body body;

	(void)state;
	u32_write(&w, 0, 268, 2001);
	u32_write(&w, 0, 268, 5012);
	text_write(&w, 493, "internet");
	text_write(&w, 493, "ims");
	for (int i = 0; i < 3; i++)
		text_write(&w, 282, "x");
	assert_int_equal(body_of(&w, &body), VERDICT_DECODED);
	assert_int_equal(body.result, 2001);
	assert_text(body.apn, "internet");
	assert_int_equal(body.route_records, 3);
}

static void the_profile_of_an_answer_gives_msisdn_and_first_apn(void **state)
{
	static const uint8_t msisdn[] = { 0x44, 0x77, 0x00, 0x09, 0x00, 0xf1 };
	struct writer w = { 0 };
	struct writer profile = { 0 };
	struct writer apns = { 0 };
	struct writer apn = { 0 };
	struct diameter_body body;

	(void)state;
	text_write(&apn, 493, "internet");
	group_write(&apns, 10415, 1430, &apn);
	apn.length = 0;
	text_write(&apn, 493, "ims");
	group_write(&apns, 10415, 1430, &apn);
	avp_write(&profile, 10415, 701, cursor_of(msisdn, sizeof(msisdn)));
	group_write(&profile, 10415, 1429, &apns);
	group_write(&w, 10415, 1400, &profile);
	u32_write(&w, 0, 268, 2001);
	assert_int_equal(body_of(&w, &body), VERDICT_DECODED);
	assert_digits(body.msisdn, "44770090001");
	assert_text(body.apn, "internet");
	assert_int_equal(body.result, 2001);
}

static void a_subscription_id_is_read_with_its_type_in_either_order(void **state)
{
	struct writer w = { 0 };
	struct writer e164 = { 0 };
	struct writer imsi = { 0 };
	struct writer nai = { 0 };
	struct diameter_body body;

	(void)state;
	text_write(&nai, 444, "someone@example");
	u32_write(&nai, 0, 450, 3);
	text_write(&e164, 444, "+447700900001");
	u32_write(&e164, 0, 450, 0);
	u32_write(&imsi, 0, 450, 1);
	text_write(&imsi, 444, "234100000000001");
	group_write(&w, 0, 443, &nai);
	group_write(&w, 0, 443, &e164);
	group_write(&w, 0, 443, &imsi);
	assert_int_equal(body_of(&w, &body), VERDICT_DECODED);
	assert_digits(body.msisdn, "447700900001");
	assert_digits(body.imsi, "234100000000001");
}

static void the_data_of_one_subscription_id_does_not_join_the_type_of_another(void **state)
{
	struct writer w = { 0 };
	struct writer only_data = { 0 };
	struct writer only_type = { 0 };
	struct diameter_body body;

	(void)state;
	text_write(&only_data, 444, "234100000000001");
	u32_write(&only_type, 0, 450, 1);
	group_write(&w, 0, 443, &only_data);
	group_write(&w, 0, 443, &only_type);
	assert_int_equal(body_of(&w, &body), VERDICT_DECODED);
	assert_true(body.imsi == 0);
}

static void user_names_of_all_shapes_give_their_imsi(void **state)
{
	static const char *const names[][2] = {
		{ "234100000000001", "234100000000001" },
		{ "234100000000001@ims.mnc010.mcc234.3gppnetwork.org", "234100000000001" },
		{ "001010123456789@ims.mnc001.mcc001.3gppnetwork.org", "001010123456789" }, /* the test network begins with 0 */
		{ "0234100000000001@nai.epc.mnc010.mcc234.3gppnetwork.org", "234100000000001" },
		{ "6234100000000001@nai.epc.mnc010.mcc234.3gppnetwork.org", "234100000000001" },
		{ "1234100000000001@wlan.mnc010.mcc234.3gppnetwork.org", "234100000000001" },
		{ "031026000000001@nai.epc.mnc260.mcc310.3gppnetwork.org", "31026000000001" }, /* IMSI of 14 digits */
		{ "0234100000000001", "234100000000001" },
		{ "2234100000000001", "" }, /* sixteen digits that begin with no method */
		{ "someone@example", "" },
		{ "12345", "" },
		{ "@", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct writer w = { 0 };
		struct diameter_body body;

		text_write(&w, 1, names[i][0]);
		assert_int_equal(body_of(&w, &body), VERDICT_DECODED);
		assert_digits(body.imsi, names[i][1]);
		assert_text(body.user_name, names[i][0]);
	}
}

static void public_identities_give_a_number_or_the_imsi_they_were_made_of(void **state)
{
	/* TS 23.003 13.4, 13.4B: identity, telephone number, IMSI. */
	static const char *const identities[][3] = {
		{ "tel:+447700900001", "447700900001", "" },
		{ "TEL:+447700900001;phone-context=x", "447700900001", "" },
		{ "sip:+447700900001@ims.mnc010.mcc234.3gppnetwork.org;user=phone", "447700900001", "" },
		{ "sip:+447700900001;npdi@ims.example;user=phone", "447700900001", "" },
		{ "sip:234100000000001@ims.mnc010.mcc234.3gppnetwork.org", "", "234100000000001" },
		{ "Sip:234100000000001@ims.mnc010.mcc234.3gppnetwork.org", "", "234100000000001" },
		{ "sip:234100000000001@example", "", "" }, /* digits of an operator's own choice */
		{ "sip:someone@ims.mnc010.mcc234.3gppnetwork.org", "", "" },
		{ "tel:7700900001", "", "" }, /* a local number */
		{ "sip:+44770090000112345@example", "", "" },
		{ "sip:", "", "" },
		{ "tel:+", "", "" },
		{ "si", "", "" },
		{ "sip:@ims.mnc", "", "" },
		{ "mailto:234100000000001@ims.mnc010.mcc234.3gppnetwork.org", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(identities) / sizeof(identities[0]); i++) {
		const char *text = identities[i][0];
		struct writer w = { 0 };
		struct writer group = { 0 };
		struct diameter_body body;

		avp_write(&w, 10415, 601, cursor_of((const uint8_t *)text, strlen(text)));
		assert_int_equal(body_of(&w, &body), VERDICT_DECODED);
		assert_digits(body.msisdn, identities[i][1]);
		assert_digits(body.imsi, identities[i][2]);
		/* The same inside User-Identity (TS 29.329 6.3.1). */
		group_write(&group, 10415, 700, &w);
		assert_int_equal(body_of(&group, &body), VERDICT_DECODED);
		assert_digits(body.msisdn, identities[i][1]);
		assert_digits(body.imsi, identities[i][2]);
	}
}

static void who_is_meant_stands_in_a_group_on_interfaces_for_texts_and_devices(void **state)
{
	static const uint8_t msisdn[] = { 0x44, 0x77, 0x00, 0x09, 0x00, 0xf1 };
	struct writer w = { 0 };
	struct writer user = { 0 };
	struct diameter_body body;

	(void)state;
	text_write(&user, 1, "234100000000001");
	avp_write(&user, 10415, 701, cursor_of(msisdn, sizeof(msisdn)));
	group_write(&w, 10415, 3102, &user);
	assert_int_equal(body_of(&w, &body), VERDICT_DECODED);
	assert_digits(body.msisdn, "44770090001");
	assert_digits(body.imsi, "234100000000001");
}

static void a_visited_network_has_two_or_three_digits_of_its_own(void **state)
{
	static const struct {
		uint8_t octets[3];
		const char *text;
	} networks[] = {
		{ { 0x32, 0xf4, 0x01 }, "23410" }, { { 0x13, 0x00, 0x14 }, "310410" }, { { 0x13, 0x00, 0x62 }, "310260" },
		{ { 0x32, 0xa4, 0x01 }, "" },      { { 0xff, 0xff, 0xff }, "" },       { { 0x32, 0xff, 0x01 }, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++) {
		struct writer w = { 0 };
		struct diameter_body body;

		avp_write(&w, 10415, 1407, cursor_of(networks[i].octets, 3));
		assert_int_equal(body_of(&w, &body), VERDICT_DECODED);
		assert_string_equal(body.visited_plmn, networks[i].text);
	}
}

static void an_avp_that_does_not_fit_keeps_what_came_before(void **state)
{
	struct writer w = { 0 };
	struct diameter_body body;

	(void)state;
	text_write(&w, 264, "mme.example");
	u32_write(&w, 0, 268, 2001);
	w.bytes[w.length - 5] = 13; /* one octet beyond the message */
	assert_int_equal(body_of(&w, &body), VERDICT_DIAMETER_AVP_LENGTH);
	assert_text(body.origin_host, "mme.example");
	assert_false(body.has_result);
}

static void a_broken_group_does_not_hide_what_follows_it(void **state)
{
	struct writer w = { 0 };
	struct writer group = { 0 };
	struct diameter_body body;

	(void)state;
	u32_write(&group, 0, 298, 5001);
	u32_write(&group, 0, 266, 10415);
	group.bytes[group.length - 5] = 255;
	group_write(&w, 0, 297, &group);
	text_write(&w, 264, "hss.example");
	assert_int_equal(body_of(&w, &body), VERDICT_DIAMETER_AVP_LENGTH);
	assert_int_equal(body.experimental, 5001);
	assert_int_equal(body.experimental_vendor, 0);
	assert_text(body.origin_host, "hss.example");
}

static void a_number_of_a_wrong_size_is_left_out(void **state)
{
	static const uint8_t octets[8] = { 0, 0, 7, 0xd1, 0, 0, 7, 0xd1 };

	(void)state;
	for (size_t length = 0; length <= sizeof(octets); length++) {
		struct writer w = { 0 };
		struct diameter_body body;

		avp_write(&w, 0, 268, cursor_of(octets, length));
		text_write(&w, 264, "hss.example");
		assert_int_equal(body_of(&w, &body), length == 4 ? VERDICT_DECODED : VERDICT_DIAMETER_AVP_LENGTH);
		assert_int_equal(body.has_result, length == 4);
		assert_text(body.origin_host, "hss.example");
	}
}

static void a_great_many_route_records_do_not_wrap(void **state)
{
	struct writer w = { 0 };
	struct writer many = { 0 };
	struct diameter_body body;
	static uint8_t bytes[300 * 8];
	struct diameter message = { .avps = cursor_of(bytes, sizeof(bytes)) };

	(void)state;
	avp_write(&many, 0, 282, cursor_of(w.bytes, 0));
	for (size_t i = 0; i < 300; i++)
		memcpy(bytes + 8 * i, many.bytes, 8);
	assert_int_equal(diameter_body_read(&message, &body), VERDICT_DECODED);
	assert_int_equal(body.route_records, 255);
}

/* digits_read_text() is what decimal_read() has to be. */
static void decimal_text_is_read_as_digit_by_digit(void **state)
{
	static const char signs[] = "0123456789/:;*@ \xff\xfa\x30\xb0";
	uint64_t seed = 46;
	size_t numbers = 0;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		size_t length = chance(&seed) % 18;
		uint8_t *text = malloc(length + 1);
		struct cursor window = cursor_of(text + 1, length);
		digits slow = 5;
		digits quick = 5;
		bool is_number;

		assert_non_null(text);
		for (size_t i = 0; i < length; i++)
			text[1 + i] = (uint8_t)signs[chance(&seed) % 64 == 0 ? chance(&seed) % (sizeof(signs) - 1) : chance(&seed) % 10];
		is_number = digits_read_text((const char *)text + 1, length, &slow);
		assert_int_equal(decimal_read(&window, &quick), is_number);
		assert_int_equal(quick, slow);
		numbers += is_number;
		free(text);
	}
	assert_true(numbers > 100000);
}

/* The texts of the top level, the first of each code, by diameter_avp_read() alone. */
static enum verdict texts_read(struct cursor c, struct cursor texts[300])
{
	struct diameter_avp avp;

	while (cursor_left(&c) > 0) {
		if (diameter_avp_read(&c, &avp) != VERDICT_DECODED)
			return VERDICT_DIAMETER_AVP_LENGTH;
		if (avp.vendor == 0 && avp.code < 300 && texts[avp.code].at == NULL)
			texts[avp.code] = avp.value;
	}
	return VERDICT_DECODED;
}

static void assert_window(struct cursor window, struct cursor expected)
{
	assert_ptr_equal(window.at, expected.at);
	assert_ptr_equal(window.end, expected.end);
}

static void bodies_compare(const uint8_t *bytes, size_t length)
{
	struct diameter message = { .avps = cursor_of(bytes, length) };
	struct cursor texts[300] = { 0 };
	struct diameter_body body;
	enum verdict general = texts_read(message.avps, texts);

	memset(&body, 0xa5, sizeof(body));
	/* Inside groups and values more may be wrong than the general walk over the top level sees. */
	if (diameter_body_read(&message, &body) == VERDICT_DECODED)
		assert_int_equal(general, VERDICT_DECODED);
	assert_window(body.user_name, texts[1]);
	assert_window(body.session, texts[263]);
	assert_window(body.origin_host, texts[264]);
	assert_window(body.destination_realm, texts[283]);
	assert_window(body.destination_host, texts[293]);
	assert_window(body.error_reporting_host, texts[294]);
	assert_window(body.origin_realm, texts[296]);
}

static void avps_in_any_bytes_are_those_of_the_general_walk(void **state)
{
	static const uint16_t codes[] = { 1,   25,  258, 260, 263, 264, 268, 277,  282,  283, 293,
					  294, 296, 297, 443, 493, 500, 701, 1400, 1407, 3000 };
	uint64_t seed = 6733;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct writer w = { 0 };
		uint8_t value[40];
		uint8_t *exact;

		for (uint32_t avps = chance(&seed) % 12; avps > 0; avps--) {
			for (size_t i = 0; i < sizeof(value); i++)
				value[i] = (uint8_t)chance(&seed);
			avp_write(&w, chance(&seed) % 3 == 0 ? DIAMETER_VENDOR_3GPP : 0,
				  codes[chance(&seed) % (sizeof(codes) / sizeof(codes[0]))],
				  cursor_of(value, chance(&seed) % sizeof(value)));
		}
		for (uint32_t flips = chance(&seed) % 4; flips > 0 && w.length > 0; flips--)
			w.bytes[chance(&seed) % w.length] ^= (uint8_t)(1 << chance(&seed) % 8);
		/* Memory of exactly this size, so that a sanitizer sees a read beyond it; also cut within the last padding and header. */
		w.length -= chance(&seed) % 8 < w.length ? chance(&seed) % 8 % (w.length + 1) : 0;
		exact = malloc(w.length + 1);
		assert_non_null(exact);
		memcpy(exact + 1, w.bytes, w.length);
		bodies_compare(exact + 1, w.length);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_update_location_request_fills_its_fields),
		cmocka_unit_test(an_answer_tells_its_result_and_who_gave_it),
		cmocka_unit_test(base_and_cancel_messages_fill_their_fields),
		cmocka_unit_test(results_and_names_inside_other_groups_are_not_the_messages),
		cmocka_unit_test(the_first_of_a_repeated_avp_counts),
		cmocka_unit_test(the_profile_of_an_answer_gives_msisdn_and_first_apn),
		cmocka_unit_test(a_subscription_id_is_read_with_its_type_in_either_order),
		cmocka_unit_test(the_data_of_one_subscription_id_does_not_join_the_type_of_another),
		cmocka_unit_test(user_names_of_all_shapes_give_their_imsi),
		cmocka_unit_test(public_identities_give_a_number_or_the_imsi_they_were_made_of),
		cmocka_unit_test(who_is_meant_stands_in_a_group_on_interfaces_for_texts_and_devices),
		cmocka_unit_test(a_visited_network_has_two_or_three_digits_of_its_own),
		cmocka_unit_test(an_avp_that_does_not_fit_keeps_what_came_before),
		cmocka_unit_test(a_broken_group_does_not_hide_what_follows_it),
		cmocka_unit_test(a_number_of_a_wrong_size_is_left_out),
		cmocka_unit_test(a_great_many_route_records_do_not_wrap),
		cmocka_unit_test(decimal_text_is_read_as_digit_by_digit),
		cmocka_unit_test(avps_in_any_bytes_are_those_of_the_general_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
