/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/worker/walk_sigtran: which layers a user message has, by its payload protocol, its port and its content. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdint.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/sigtran/iua.h"
#include "tests/unit/walk_bench.h"

struct bench {
	struct plan plan;
	struct segments *segments;
	struct walk walk;
	struct message seen; /* the last message */
	size_t count;        /* of messages */
	uint32_t tsn;
};

#define CURSOR(bytes) cursor_of(bytes, sizeof(bytes))

/* RFC 4165 2.3.1: SIO 0x85 (ISUP), DPC 2105, OPC 401, SLS 5, circuit 1, IAM. */
static const uint8_t m2pa_isup[] = { 0x01, 0x00, 0x0b, 0x01, 0x00, 0x00, 0x00, 0x19, 0x00, 0x00, 0x00, 0x00, 0x00,
				     0x00, 0x00, 0x01, 0x00, 0x85, 0x39, 0x48, 0x64, 0x50, 0x01, 0x00, 0x01 };
/* RFC 3331 3.3.1.1: SIO 0x80 (management), the same label, TFP of 2105. */
static const uint8_t m2ua_management[] = { 0x01, 0x00, 0x06, 0x01, 0x00, 0x00, 0x00, 0x14, 0x03, 0x00,
					   0x00, 0x0c, 0x80, 0x39, 0x48, 0x64, 0x50, 0x14, 0x39, 0x48 };
static const uint8_t sua_duna[] = { 0x01, 0x00, 0x02, 0x01, 0x00, 0x00, 0x00, 0x10, 0x00, 0x12, 0x00, 0x08, 0x00, 0x00, 0x07, 0xe4 };
/* RFC 3868 3.3.1: CLDT from subsystem 7 to 6; a TCAP end without components, transaction 1. */
static const uint8_t sua_tcap[] = {
	0x01, 0x00, 0x07, 0x01, 0x00, 0x00, 0x00, 0x3c, 0x01, 0x02, 0x00, 0x10, 0x00, 0x02, 0x00, 0x01, 0x80, 0x03, 0x00, 0x08,
	0x00, 0x00, 0x00, 0x07, 0x01, 0x03, 0x00, 0x10, 0x00, 0x02, 0x00, 0x01, 0x80, 0x03, 0x00, 0x08, 0x00, 0x00, 0x00, 0x06,
	0x01, 0x15, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00, 0x01, 0x0b, 0x00, 0x0a, 0x64, 0x04, 0x49, 0x02, 0x00, 0x01, 0x00, 0x00,
};
static const uint8_t asp_up[] = { 0x01, 0x00, 0x03, 0x01, 0x00, 0x00, 0x00, 0x08 };
static const uint8_t iua_data[] = { 0x01, 0x00, 0x05, 0x01, 0x00, 0x00, 0x00, 0x10, 0x00, 0x05, 0x00, 0x08, 0x00, 0x01, 0x00, 0x00 };

static void message_keep(void *who, const struct message *message)
{
	struct bench *b = who;

	b->seen = *message;
	b->count++;
}

static int set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->plan = (struct plan){ .m3ua_ports = { 2905 }, .m3ua_port_count = 1 };
	walk_bench_open(&b->plan, &b->segments, &b->walk);
	b->walk.observer = message_keep;
	b->walk.observer_of = b;
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	walk_bench_close(b->segments, &b->walk);
	free(b);
	return 0;
}

static enum verdict packet_walk(struct bench *b, struct cursor bytes, uint8_t protocol)
{
	struct account *a = &b->walk.account;
	struct account before = *a;
	struct packet packet = { .bytes = bytes, .protocol = protocol, .sequence = 1, .number = 1 };

	b->walk.indication_count = 0;
	b->count = 0;
	walk_bench_packet(&b->walk, &packet, (uint32_t)cursor_left(&bytes));
	assert_int_equal(a->packets, before.packets + 1);
	for (int v = 0; v < VERDICT_COUNT; v++) {
		if (a->verdicts[v] != before.verdicts[v])
			return (enum verdict)v;
	}
	return VERDICT_COUNT;
}

/* A DATA chunk with a whole user message (RFC 9260 3.3.1). */
static enum verdict user_walk(struct bench *b, struct cursor user, uint32_t ppid, uint16_t port)
{
	uint8_t bytes[256] = { 0x40, 0x00, (uint8_t)(port >> 8), (uint8_t)port, 0x12, 0x34, 0x56, 0x78 };
	size_t length = cursor_left(&user);

	assert_true(length <= sizeof(bytes) - 32);
	bytes[13] = 3; /* whole */
	bytes[15] = (uint8_t)(16 + length);
	bytes[19] = (uint8_t)++b->tsn;
	bytes[23] = (uint8_t)b->tsn;
	for (unsigned int i = 0; i < 4; i++)
		bytes[24 + i] = (uint8_t)(ppid >> (24 - 8 * i));
	cursor_copy(&user, bytes + 28, length);
	return packet_walk(b, cursor_of(bytes, 28 + (length + 3) / 4 * 4), IP_PROTOCOL_SCTP);
}

static void m2pa_brings_isup(void **state)
{
	struct bench *b = *state;

	assert_int_equal(user_walk(b, CURSOR(m2pa_isup), M2PA_PPID, 1), VERDICT_DECODED);
	assert_int_equal(b->count, 1);
	assert_int_equal(b->seen.layers, LAYER_M2PA | LAYER_MTP3 | LAYER_ISUP);
	assert_true(b->seen.has_mtp3);
	assert_int_equal(b->seen.mtp3.opc, 401);
	assert_int_equal(b->seen.mtp3.dpc, 2105);
	assert_int_equal(b->seen.isup.circuit, 1);
	assert_int_equal(b->seen.isup.type, 1);
	assert_int_equal(b->walk.account.messages[ACCOUNT_M2PA], 1);
	assert_int_equal(b->walk.account.messages[ACCOUNT_MTP3], 1);
	assert_int_equal(b->walk.account.messages[ACCOUNT_ISUP], 1);
}

static void the_plan_says_whose_labels_stand_on_links(void **state)
{
	struct bench *b = *state;
	uint8_t bytes[sizeof(m2pa_isup) + 3] = { 0 };

	b->plan.mtp3_variant = PLAN_MTP3_CHINA;
	assert_int_equal(user_walk(b, CURSOR(m2pa_isup), M2PA_PPID, 1), VERDICT_ISUP_TRUNCATED);
	assert_int_equal(b->seen.refused_at, 25);
	assert_true((b->seen.layers & LAYER_ISUP) != 0);
	memcpy(bytes, m2pa_isup, sizeof(m2pa_isup));
	bytes[7] = sizeof(bytes);
	assert_int_equal(user_walk(b, CURSOR(bytes), M2PA_PPID, 1), VERDICT_DECODED);
	assert_int_equal(b->seen.mtp3.dpc, 0x644839);
	assert_int_equal(b->seen.mtp3.variant, MTP3_CHINA);
}

static void m2ua_brings_the_management_of_mtp3(void **state)
{
	struct bench *b = *state;

	assert_int_equal(user_walk(b, CURSOR(m2ua_management), M2UA_PPID, 1), VERDICT_DECODED);
	assert_int_equal(b->seen.layers, LAYER_M2UA | LAYER_MTP3 | LAYER_MTP3_MANAGEMENT);
	assert_int_equal(b->seen.mtp3mg.group, 4);
	assert_int_equal(b->seen.mtp3mg.point_code, 2105);
}

static void sua_is_sccp_itself(void **state)
{
	struct bench *b = *state;

	assert_int_equal(user_walk(b, CURSOR(sua_tcap), SUA_PPID, 1), VERDICT_DECODED);
	assert_int_equal(b->seen.layers, LAYER_SUA | LAYER_TCAP);
	assert_int_equal(b->seen.sccp.called.subsystem, 6);
	assert_false(b->seen.has_mtp3);
	assert_int_equal(b->walk.indication_count, 1);
	assert_int_equal(b->walk.indications[0].kind, INDICATION_END);
	assert_int_equal(b->walk.account.messages[ACCOUNT_SUA], 1);
	assert_int_equal(b->walk.account.messages[ACCOUNT_SCCP], 0);
}

static void a_message_without_a_payload_protocol_is_known_by_class_and_port(void **state)
{
	static const struct {
		const uint8_t *bytes;
		size_t length;
		uint32_t ppid;
		uint16_t port;
		uint32_t layer;
	} cases[] = {
		{ m2pa_isup, sizeof(m2pa_isup), 0, 1, LAYER_M2PA },
		{ m2pa_isup, sizeof(m2pa_isup), 4711, M2PA_PORT, LAYER_M2PA },
		{ m2ua_management, sizeof(m2ua_management), 0, 1, LAYER_M2UA },
		{ m2ua_management, sizeof(m2ua_management), 0x02000000, 1, LAYER_M2UA }, /* octets in the wrong order */
		{ sua_tcap, sizeof(sua_tcap), 0, 1, LAYER_SUA },
		{ sua_duna, sizeof(sua_duna), 0, SUA_PORT, LAYER_SUA },
		{ sua_duna, sizeof(sua_duna), 4711, SUA_PORT, LAYER_SUA },
		{ sua_duna, sizeof(sua_duna), 0, 1, LAYER_M3UA },
		{ asp_up, sizeof(asp_up), 0, M2UA_PORT, LAYER_M2UA },
		{ asp_up, sizeof(asp_up), 0, IUA_PORT, LAYER_IUA },
		{ asp_up, sizeof(asp_up), 4711, M3UA_PORT, LAYER_M3UA },
		{ asp_up, sizeof(asp_up), 4711, 1, 0 },
		{ iua_data, sizeof(iua_data), 0, 1, LAYER_IUA },
		{ m2pa_isup, sizeof(m2pa_isup) - 4, 0, M2PA_PORT, 0 }, /* cut */
		{ m2pa_isup, sizeof(m2pa_isup), 4711, 1, 0 },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum verdict v = user_walk(b, cursor_of(cases[i].bytes, cases[i].length), cases[i].ppid, cases[i].port);

		assert_int_equal(v, cases[i].layer != 0 ? VERDICT_DECODED : VERDICT_OTHER_PAYLOAD);
		assert_int_equal(b->count, cases[i].layer != 0);
		if (b->count > 0)
			assert_true((b->seen.layers & cases[i].layer) != 0);
	}
}

static void a_refused_message_still_has_its_class_and_type(void **state)
{
	struct bench *b = *state;
	uint8_t bytes[sizeof(sua_duna)] = { 0 };

	memcpy(bytes, sua_duna, sizeof(bytes));
	bytes[11] = 0x30; /* a parameter beyond the message */
	assert_int_equal(user_walk(b, CURSOR(bytes), SUA_PPID, 1), VERDICT_SUA_PARAMETER);
	assert_int_equal(b->seen.sua.xua.message_class, 2);
	assert_int_equal(b->seen.sua.xua.message_type, 1);
	assert_false(b->seen.sua.has_form);
	assert_int_equal(user_walk(b, CURSOR(bytes), M3UA_PPID, 1), VERDICT_M3UA_PARAMETER);
	assert_int_equal(b->seen.m3ua.message_class, 2);
	bytes[0] = 2;
	assert_int_equal(user_walk(b, CURSOR(bytes), M2UA_PPID, 1), VERDICT_M2UA_HEADER);
	assert_int_equal(b->seen.m2ua.xua.message_class, 2);
	assert_int_equal(user_walk(b, CURSOR(bytes), M2PA_PPID, 1), VERDICT_M2PA_HEADER);
	assert_int_equal(b->seen.m2pa.message_class, 2);
	assert_int_equal(user_walk(b, cursor_of(bytes, 3), IUA_PPID, 1), VERDICT_IUA_HEADER);
	assert_int_equal(b->seen.iua.message_class, 1);
}

static void signal_units_without_a_message_are_ignored(void **state)
{
	static const uint8_t fill[] = { 0x81, 0x82, 0x00 }; /* Q.703 2.2 */
	static const uint8_t link_status[] = { 0x81, 0x82, 0x01, 0x03 };
	static const uint8_t unit[] = { 0x81, 0x82, 0x08, 0x85, 0x39, 0x48, 0x64, 0x50, 0x01, 0x00, 0x01, 0xaa, 0xbb }; /* and a checksum */
	struct bench *b = *state;

	assert_int_equal(packet_walk(b, CURSOR(fill), PACKET_MTP2), VERDICT_MTP2_FILL);
	assert_int_equal(packet_walk(b, CURSOR(link_status), PACKET_MTP2), VERDICT_MTP2_FILL);
	assert_int_equal(b->count, 0);
	assert_int_equal(packet_walk(b, cursor_of(fill, 2), PACKET_MTP2), VERDICT_MTP2_TRUNCATED);
	assert_int_equal(packet_walk(b, cursor_of(unit, 10), PACKET_MTP2), VERDICT_MTP2_TRUNCATED);
	assert_int_equal(packet_walk(b, CURSOR(unit), PACKET_MTP2), VERDICT_DECODED);
	assert_int_equal(b->seen.layers, LAYER_MTP2 | LAYER_MTP3 | LAYER_ISUP);
	assert_int_equal(b->seen.isup.type, 1);
	assert_int_equal(packet_walk(b, cursor_of(unit + 3, 8), PACKET_MTP3), VERDICT_DECODED);
	assert_int_equal(b->seen.layers, LAYER_MTP3 | LAYER_ISUP);
	assert_int_equal(packet_walk(b, cursor_of(unit + 3, 4), PACKET_MTP3), VERDICT_MTP3_TRUNCATED);
}

/* RFC 4666 3.3.1: point codes of 24 bits, service 3, then a message of SCCP from subsystem 1 to 1 whose address is `called`. */
static void wide_walk(struct bench *b, struct cursor called, struct cursor user)
{
	uint8_t bytes[80] = { 0x01, 0x00, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x02, 0x10, 0x00, 0x00, 0x00, 0x0a,
			      0x0b, 0x0c, 0x00, 0x0d, 0x0e, 0x0f, 0x03, 0x02, 0x00, 0x00, 0x09, 0x00, 0x03 };
	uint8_t called_length = (uint8_t)cursor_left(&called);
	uint8_t user_length = (uint8_t)cursor_left(&user);
	uint8_t length = (uint8_t)(16 + 5 + 1 + called_length + 3 + 1 + user_length);

	bytes[7] = (uint8_t)(8 + (length + 3) / 4 * 4);
	bytes[11] = length;
	bytes[27] = (uint8_t)(3 + called_length);
	bytes[28] = (uint8_t)(bytes[27] + 2);
	bytes[29] = called_length;
	cursor_copy(&called, bytes + 30, called_length);
	bytes[30 + called_length] = 2;
	bytes[31 + called_length] = 0x42; /* a subsystem */
	bytes[32 + called_length] = 1;
	bytes[33 + called_length] = user_length;
	cursor_copy(&user, bytes + 34 + called_length, user_length);
	assert_int_equal(user_walk(b, cursor_of(bytes, bytes[7]), 3, 2905), VERDICT_DECODED);
}

static void long_point_codes_do_not_make_an_address_one_of_ansi(void **state)
{
	static const uint8_t itu[] = { 0x43, 0xd5, 0x07, 0x01 };               /* 2005, subsystem 1 (Q.713 3.4.1) */
	static const uint8_t ansi[] = { 0xc3, 0x01, 0x2f, 0x01, 0xf5 };        /* subsystem 1, 245-1-47 (T1.112.3 2.3.4) */
	static const uint8_t allowed_itu[] = { 0x01, 0x08, 0xd5, 0x07, 0x02 }; /* SSA, subsystem 8, 2005, SMI 2 */
	static const uint8_t allowed_ansi[] = { 0x01, 0x08, 0x2f, 0x01, 0xf5, 0x02 };
	struct bench *b = *state;

	wide_walk(b, CURSOR(itu), CURSOR(allowed_itu));
	assert_int_equal(b->seen.mtp3.variant, MTP3_ANSI);
	assert_int_equal(b->seen.sccp.called.point_code, 2005);
	assert_int_equal(b->seen.sccp.called.subsystem, 1);
	assert_int_equal(b->seen.scmg.affected_point_code, 2005);
	assert_int_equal(b->seen.scmg.multiplicity, 2);
	wide_walk(b, CURSOR(ansi), CURSOR(allowed_ansi));
	assert_int_equal(b->seen.sccp.called.point_code, 0xf5012f);
	assert_int_equal(b->seen.sccp.called.subsystem, 1);
	assert_int_equal(b->seen.scmg.affected_point_code, 0xf5012f);
}

/* The end of a frame that the capture cut is missing through no fault of the sender. */
static void a_frame_of_ss7_that_is_cut_is_nothing_worse(void **state)
{
	static const uint8_t protocols[] = { PACKET_USER, PACKET_MTP2, PACKET_MTP3, PACKET_SCCP };
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(protocols); i++) {
		struct packet packet = {
			.bytes = cursor_of(m2pa_isup, 6), .protocol = protocols[i], .payload_protocol = 5, .number = 1, .is_cut = true
		};
		uint64_t before = b->walk.account.verdicts[VERDICT_FRAME_CUT];

		b->count = 0;
		walk_bench_packet(&b->walk, &packet, 6);
		assert_int_equal(b->walk.account.verdicts[VERDICT_FRAME_CUT], before + 1);
		assert_int_equal(b->count, 0);
	}
}

/* RFC 9260 8.5: the tag 0 is of no association, so that two packets of the same TSN are two packets. */
static void messages_under_the_tag_0_are_read_as_they_come(void **state)
{
	uint8_t bytes[64] = { 0x0b, 0x59, 0x0b, 0x59, 0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0x03, 0x00, 0x18, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3 };
	struct bench *b = *state;

	memcpy(bytes + 28, asp_up, sizeof(asp_up));
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(packet_walk(b, cursor_of(bytes, 28 + sizeof(asp_up)), IP_PROTOCOL_SCTP), VERDICT_DECODED);
		assert_int_equal(b->count, 1);
	}
	bytes[7] = 1; /* any other tag */
	assert_int_equal(packet_walk(b, cursor_of(bytes, 28 + sizeof(asp_up)), IP_PROTOCOL_SCTP), VERDICT_DECODED);
	assert_int_equal(packet_walk(b, cursor_of(bytes, 28 + sizeof(asp_up)), IP_PROTOCOL_SCTP), VERDICT_DUPLICATE);
	assert_int_equal(b->count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(m2pa_brings_isup, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_plan_says_whose_labels_stand_on_links, set_up, tear_down),
		cmocka_unit_test_setup_teardown(m2ua_brings_the_management_of_mtp3, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sua_is_sccp_itself, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_message_without_a_payload_protocol_is_known_by_class_and_port, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_refused_message_still_has_its_class_and_type, set_up, tear_down),
		cmocka_unit_test_setup_teardown(long_point_codes_do_not_make_an_address_one_of_ansi, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_frame_of_ss7_that_is_cut_is_nothing_worse, set_up, tear_down),
		cmocka_unit_test_setup_teardown(messages_under_the_tag_0_are_read_as_they_come, set_up, tear_down),
		cmocka_unit_test_setup_teardown(signal_units_without_a_message_are_ignored, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
