/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/worker/walk_ran: what S1AP, NGAP and SGsAP messages mean for transactions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdint.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/walk_bench.h"

struct bench {
	struct plan plan;
	struct segments *segments;
	struct walk walk;
	uint32_t tsn;
};

/* Bytes that grow. */
struct bytes {
	uint8_t at[256];
	size_t count;
};

static int set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	walk_bench_open(&b->plan, &b->segments, &b->walk);
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

static void add(struct bytes *b, const void *bytes, size_t count)
{
	assert_true(count <= sizeof(b->at) - b->count);
	memcpy(b->at + b->count, bytes, count);
	b->count += count;
}

static void add_u8(struct bytes *b, size_t value)
{
	uint8_t octet = (uint8_t)value;

	assert_true(value <= UINT8_MAX);
	add(b, &octet, 1);
}

static void add_be32(struct bytes *b, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		add_u8(b, value >> shift & 0xff);
}

/* A protocol IE of at most 127 octets, criticality reject. */
static void add_field(struct bytes *b, uint8_t id, const uint8_t *value, size_t count)
{
	add_u8(b, 0);
	add_u8(b, id);
	add_u8(b, 0);
	add_u8(b, count);
	add(b, value, count);
}

/* An S1AP or NGAP message of these IEs. */
static struct bytes pdu(uint8_t kind, uint8_t procedure_code, unsigned int count, const struct bytes *fields)
{
	struct bytes b = { .count = 0 };

	add_u8(&b, (size_t)kind << 5);
	add_u8(&b, procedure_code);
	add_u8(&b, 0);
	add_u8(&b, fields->count + 3);
	add_u8(&b, 0);
	add_u8(&b, 0);
	add_u8(&b, count);
	add(&b, fields->at, fields->count);
	return b;
}

enum way { UP, DOWN };

/* One user message between base station and core; returns how many indications it left. */
static size_t walk_user(struct bench *b, uint32_t ppid, uint16_t port, enum way way, const struct bytes *user)
{
	struct bytes sctp = { .count = 0 };
	struct packet packet = { .protocol = IP_PROTOCOL_SCTP, .sequence = 1, .number = 1 };

	packet.source.bytes[15] = way == UP ? 1 : 2;
	packet.destination.bytes[15] = way == UP ? 2 : 1;
	add_be32(&sctp, way == UP ? 50000U << 16 | port : (uint32_t)port << 16 | 50000U);
	add_be32(&sctp, way == UP ? 0x12345678 : 0x23456789);
	add_be32(&sctp, 0);
	add_be32(&sctp, 0x00030000 | (uint32_t)(16 + user->count)); /* DATA, whole */
	add_be32(&sctp, ++b->tsn);
	add_be32(&sctp, 0);
	add_be32(&sctp, ppid);
	add(&sctp, user->at, user->count);
	while (sctp.count % 4 != 0)
		add_u8(&sctp, 0);
	packet.bytes = cursor_of(sctp.at, sctp.count);
	b->walk.indication_count = 0;
	walk_bench_packet(&b->walk, &packet, (uint32_t)sctp.count);
	return b->walk.indication_count;
}

/* A message of the phone 7 with a NAS message, if any. */
static size_t walk_s1(struct bench *b, enum way way, uint8_t procedure_code, const uint8_t *nas, size_t count)
{
	static const uint8_t mme_ue[] = { 0x00, 0x09 };
	static const uint8_t enb_ue[] = { 0x00, 0x07 };
	struct bytes fields = { .count = 0 };
	struct bytes open = { .count = 0 };
	struct bytes message;

	add_field(&fields, 0, mme_ue, sizeof(mme_ue));
	add_field(&fields, 8, enb_ue, sizeof(enb_ue));
	if (nas != NULL) {
		add_u8(&open, count);
		add(&open, nas, count);
		add_field(&fields, 26, open.at, open.count);
	}
	message = pdu(ELEMENTARY_INITIATING, procedure_code, nas != NULL ? 3 : 2, &fields);
	return walk_user(b, 18, 36412, way, &message);
}

static size_t walk_n1(struct bench *b, enum way way, uint8_t procedure_code, const uint8_t *nas, size_t count)
{
	static const uint8_t ran_ue[] = { 0x00, 0x07 };
	struct bytes fields = { .count = 0 };
	struct bytes open = { .count = 0 };
	struct bytes message;

	add_field(&fields, 85, ran_ue, sizeof(ran_ue));
	add_u8(&open, count);
	add(&open, nas, count);
	add_field(&fields, 38, open.at, open.count);
	message = pdu(ELEMENTARY_INITIATING, procedure_code, 2, &fields);
	return walk_user(b, 60, 38412, way, &message);
}

/* UEContextReleaseCommand of the phone 7 for a cause in one octet (36.413 9.2.1.3). */
static size_t walk_release(struct bench *b, uint8_t cause)
{
	static const uint8_t pair[] = { 0x00, 0x09, 0x00, 0x07 };
	struct bytes fields = { .count = 0 };
	struct bytes message;

	add_field(&fields, 99, pair, sizeof(pair));
	add_field(&fields, 2, &cause, 1);
	message = pdu(ELEMENTARY_INITIATING, S1AP_UE_CONTEXT_RELEASE, 2, &fields);
	return walk_user(b, 18, 36412, DOWN, &message);
}

static const uint8_t attach_request[] = { 0x07, 0x41, 0x71, 0x08, 0x99, 0x10, 0x07, 0x00, 0x00, 0x00, 0x00,
					  0x12, 0x02, 0xe0, 0xe0, 0x00, 0x05, 0x02, 0x01, 0xd0, 0x11, 0xd1 };
static const uint8_t attach_reject[] = { 0x07, 0x44, 0x0b };

static bool is_same_key(const struct indication *a, const struct indication *b)
{
	return a->key[0] == b->key[0] && a->key[1] == b->key[1] && a->key[1] != 0;
}

static void an_attach_opens_and_its_reject_closes_with_the_cause(void **state)
{
	struct bench *b = *state;
	const struct indication *i = b->walk.indications;
	struct indication request;

	assert_int_equal(walk_s1(b, UP, S1AP_INITIAL_UE_MESSAGE, attach_request, sizeof(attach_request)), 1);
	request = i[0];
	assert_int_equal(request.kind, INDICATION_REQUEST);
	assert_int_equal(request.procedure, procedure_of_name("s1.attach"));
	assert_true(request.imsi != 0);
	assert_string_equal(names_text(b->walk.names, request.client), "::1");
	assert_string_equal(names_text(b->walk.names, request.server), "::2");
	assert_int_equal(walk_s1(b, DOWN, S1AP_DOWNLINK_NAS_TRANSPORT, attach_reject, sizeof(attach_reject)), 1);
	assert_int_equal(i[0].client, request.client);
	assert_int_equal(i[0].server, request.server);
	assert_int_equal(i[0].kind, INDICATION_RESULT);
	assert_int_equal(i[0].procedure, request.procedure);
	assert_int_equal(i[0].invoke, request.invoke);
	assert_int_equal(i[0].cause_layer, CAUSE_EMM);
	assert_int_equal(i[0].cause, 11);
	assert_int_equal(i[0].outcome, OUTCOME_USER);
	assert_true(is_same_key(&i[0], &request));
}

static void what_goes_the_wrong_way_means_nothing(void **state)
{
	struct bench *b = *state;

	assert_int_equal(walk_s1(b, UP, S1AP_UPLINK_NAS_TRANSPORT, attach_reject, sizeof(attach_reject)), 0);
	assert_int_equal(walk_s1(b, DOWN, S1AP_NAS_NON_DELIVERY, attach_reject, sizeof(attach_reject)), 0);
	assert_int_equal(walk_s1(b, DOWN, S1AP_DOWNLINK_NAS_TRANSPORT, attach_request, sizeof(attach_request)), 0);
}

static void a_context_that_is_set_up_serves_the_phone_and_is_a_procedure(void **state)
{
	struct bench *b = *state;
	const struct indication *i = b->walk.indications;
	struct indication request;

	walk_s1(b, UP, S1AP_INITIAL_UE_MESSAGE, attach_request, sizeof(attach_request));
	request = i[0];
	assert_int_equal(walk_s1(b, DOWN, S1AP_INITIAL_CONTEXT_SETUP, NULL, 0), 2);
	assert_int_equal(i[0].kind, INDICATION_END);
	assert_int_equal(i[0].outcome, OUTCOME_SUCCESS);
	assert_true(is_same_key(&i[0], &request));
	assert_int_equal(i[1].kind, INDICATION_REQUEST);
	assert_int_equal(i[1].procedure, procedure_of_name("s1.initial-context-setup"));
	assert_false(is_same_key(&i[1], &request));
}

static void a_release_ends_what_is_open_well_or_badly(void **state)
{
	struct bench *b = *state;
	const struct indication *i = b->walk.indications;
	struct indication request;

	walk_s1(b, UP, S1AP_INITIAL_UE_MESSAGE, attach_request, sizeof(attach_request));
	request = i[0];
	assert_int_equal(walk_release(b, 0x20), 3); /* nas, normal-release */
	assert_int_equal(i[0].kind, INDICATION_END);
	assert_int_equal(i[0].outcome, OUTCOME_SUCCESS);
	assert_int_equal(i[0].cause_layer, CAUSE_NONE);
	assert_true(is_same_key(&i[0], &request));
	assert_int_equal(walk_release(b, 0x40), 3); /* misc, control-processing-overload */
	assert_int_equal(i[0].outcome, OUTCOME_CONGESTION);
	assert_int_equal(i[0].cause_layer, CAUSE_RAN);
	assert_int_equal(i[0].cause, MESSAGE_S1AP << 16 | 4 << 8);
	assert_string_equal(cause_name(CAUSE_RAN, i[0].cause), "s1ap control-processing-overload");
}

static void authentication_runs_beside_the_attach(void **state)
{
	static const uint8_t ask[] = { 0x07, 0x52, 0x00 };
	static const uint8_t answer[] = { 0x07, 0x53, 0x00 };
	static const uint8_t fail[] = { 0x07, 0x5c, 0x15 };
	struct bench *b = *state;
	const struct indication *i = b->walk.indications;
	struct indication attach;
	struct indication request;

	walk_s1(b, UP, S1AP_INITIAL_UE_MESSAGE, attach_request, sizeof(attach_request));
	attach = i[0];
	assert_int_equal(walk_s1(b, DOWN, S1AP_DOWNLINK_NAS_TRANSPORT, ask, sizeof(ask)), 1);
	request = i[0];
	assert_int_equal(request.kind, INDICATION_REQUEST);
	assert_int_equal(request.procedure, procedure_of_name("s1.authentication"));
	assert_int_not_equal(request.invoke, attach.invoke);
	assert_int_equal(walk_s1(b, UP, S1AP_UPLINK_NAS_TRANSPORT, answer, sizeof(answer)), 1);
	assert_int_equal(i[0].outcome, OUTCOME_SUCCESS);
	assert_int_equal(i[0].invoke, request.invoke);
	assert_int_equal(walk_s1(b, UP, S1AP_UPLINK_NAS_TRANSPORT, fail, sizeof(fail)), 1);
	assert_int_equal(i[0].cause_layer, CAUSE_EMM);
	assert_int_equal(i[0].cause, 21);
}

static void a_service_request_without_a_type_is_one(void **state)
{
	static const uint8_t bytes[] = { 0xc7, 0x21, 0x12, 0x34 };
	struct bench *b = *state;

	assert_int_equal(walk_s1(b, UP, S1AP_INITIAL_UE_MESSAGE, bytes, sizeof(bytes)), 1);
	assert_int_equal(b->walk.indications[0].procedure, procedure_of_name("s1.service-request"));
}

static void a_phone_that_switches_off_waits_for_nothing(void **state)
{
	static const uint8_t bytes[] = { 0x07, 0x45, 0x09, 0x08, 0x99, 0x10, 0x07, 0x00, 0x00, 0x00, 0x00, 0x12 };
	struct bench *b = *state;

	assert_int_equal(walk_s1(b, UP, S1AP_UPLINK_NAS_TRANSPORT, bytes, sizeof(bytes)), 0);
}

static void a_set_up_is_known_by_its_ends(void **state)
{
	static const uint8_t cause = 0x24; /* nas, detach, as good as any */
	struct bench *b = *state;
	const struct indication *i = b->walk.indications;
	struct bytes fields = { .count = 0 };
	struct bytes message = pdu(ELEMENTARY_INITIATING, S1AP_SETUP, 0, &fields);
	struct indication request;

	assert_int_equal(walk_user(b, 18, 36412, UP, &message), 1);
	request = i[0];
	assert_int_equal(request.procedure, procedure_of_name("s1.setup"));
	add_field(&fields, 2, &cause, 1);
	message = pdu(ELEMENTARY_UNSUCCESSFUL, S1AP_SETUP, 1, &fields);
	assert_int_equal(walk_user(b, 0, 36412, DOWN, &message), 1); /* the port says what it is */
	assert_int_equal(i[0].kind, INDICATION_RESULT);
	assert_int_equal(i[0].cause_layer, CAUSE_RAN);
	assert_true(is_same_key(&i[0], &request));
}

static void a_session_of_5g_is_followed_inside_its_transport(void **state)
{
	static const uint8_t ask[] = { 0x7e, 0x00, 0x67, 0x01, 0x00, 0x04, 0x2e, 0x05, 0x01, 0xc1 };
	static const uint8_t reject[] = { 0x7e, 0x00, 0x68, 0x01, 0x00, 0x05, 0x2e, 0x05, 0x01, 0xc3, 0x1b };
	static const uint8_t returned[] = { 0x7e, 0x00, 0x68, 0x01, 0x00, 0x04, 0x2e, 0x05, 0x01, 0xc1, 0x58, 0x5a };
	struct bench *b = *state;
	const struct indication *i = b->walk.indications;
	struct indication request;

	assert_int_equal(walk_n1(b, UP, NGAP_UPLINK_NAS_TRANSPORT, ask, sizeof(ask)), 1);
	request = i[0];
	assert_int_equal(request.kind, INDICATION_REQUEST);
	assert_int_equal(request.procedure, procedure_of_name("n1.pdu-session"));
	assert_int_equal(walk_n1(b, DOWN, NGAP_DOWNLINK_NAS_TRANSPORT, reject, sizeof(reject)), 1);
	assert_true(is_same_key(&i[0], &request));
	assert_int_equal(i[0].cause_layer, CAUSE_5GSM);
	assert_int_equal(i[0].cause, 27);
	assert_int_equal(i[0].invoke, request.invoke);
	assert_int_equal(walk_n1(b, DOWN, NGAP_DOWNLINK_NAS_TRANSPORT, returned, sizeof(returned)), 1);
	assert_int_equal(i[0].cause_layer, CAUSE_5GMM);
	assert_int_equal(i[0].cause, 90);
}

static void a_registration_inside_another_message_is_not_a_second_one(void **state)
{
	static const uint8_t bytes[] = { 0x7e, 0x04, 0,    0,    0,    0,    0,    0x7e, 0x00, 0x5e,
					 0x71, 0x00, 0x07, 0x7e, 0x00, 0x41, 0x79, 0x00, 0x01, 0x00 };
	struct bench *b = *state;

	assert_int_equal(walk_n1(b, UP, NGAP_UPLINK_NAS_TRANSPORT, bytes, sizeof(bytes)), 0);
	assert_int_equal(b->walk.message.nas_count, 2);
	assert_int_equal(b->walk.message.nas[1].type, 65);
	assert_int_equal(b->walk.message.nas[1].depth, 1);
}

static void sgs_knows_a_subscriber_by_the_imsi(void **state)
{
	static const uint8_t ask[] = { 0x09, 0x01, 0x08, 0x29, 0x43, 0x01, 0x21, 0x43, 0x65, 0x87, 0x09 };
	static const uint8_t reject[] = { 0x0b, 0x01, 0x08, 0x29, 0x43, 0x01, 0x21, 0x43, 0x65, 0x87, 0x09, 0x0f, 0x01, 0x11 };
	struct bench *b = *state;
	const struct indication *i = b->walk.indications;
	struct bytes user = { .count = 0 };
	struct indication request;

	add(&user, ask, sizeof(ask));
	assert_int_equal(walk_user(b, 0, 29118, UP, &user), 1);
	request = i[0];
	assert_int_equal(request.procedure, procedure_of_name("sgs.location-update"));
	user.count = 0;
	add(&user, reject, sizeof(reject));
	assert_int_equal(walk_user(b, 0, 29118, DOWN, &user), 1);
	assert_true(is_same_key(&i[0], &request));
	assert_int_equal(i[0].cause_layer, CAUSE_MM);
	assert_int_equal(i[0].cause, 17);
	assert_int_equal(i[0].outcome, OUTCOME_NETWORK);
}

/* As a hostile phone would send it: only so many are read, and the walk ends. */
static void messages_inside_messages_end(void **state)
{
	struct bench *b = *state;
	struct bytes nas = { .count = 0 };

	for (size_t depth = 0; depth < 18; depth++) {
		uint8_t head[] = { 0x7e, 0x00, 0x5e, 0x71, 0x00, (uint8_t)(6 * (17 - depth)) };

		add(&nas, head, sizeof(head));
	}
	walk_n1(b, UP, NGAP_UPLINK_NAS_TRANSPORT, nas.at, nas.count);
	assert_int_equal(b->walk.message.nas_count, MESSAGE_NAS_MAX);
	assert_int_equal(b->walk.message.nas[MESSAGE_NAS_MAX - 1].depth, MESSAGE_NAS_MAX - 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_attach_opens_and_its_reject_closes_with_the_cause),
		TEST(what_goes_the_wrong_way_means_nothing),
		TEST(a_context_that_is_set_up_serves_the_phone_and_is_a_procedure),
		TEST(a_release_ends_what_is_open_well_or_badly),
		TEST(authentication_runs_beside_the_attach),
		TEST(a_service_request_without_a_type_is_one),
		TEST(a_phone_that_switches_off_waits_for_nothing),
		TEST(a_set_up_is_known_by_its_ends),
		TEST(a_session_of_5g_is_followed_inside_its_transport),
		TEST(a_registration_inside_another_message_is_not_a_second_one),
		TEST(sgs_knows_a_subscriber_by_the_imsi),
		TEST(messages_inside_messages_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
