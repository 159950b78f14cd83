/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/worker/walk_diameter: whole packets of TCP and SCTP with Diameter, or with what hides it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdint.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/walk_bench.h"

#define APPLICATION_UNKNOWN 77777

struct bench {
	struct plan plan;
	struct segments *segments;
	struct walk walk;
	uint32_t tsn;
	size_t messages; /* that the observer has seen */
	struct diameter diameter;
	enum peer_event peer_event;
	uint64_t detail_seen;
};

/* Bytes that grow. */
struct bytes {
	uint8_t at[1024];
	size_t count;
};

/* Where a packet goes. */
struct way {
	uint8_t source;
	uint8_t destination;
	uint16_t source_port;
	uint16_t destination_port;
	uint32_t sequence; /* of TCP */
};

static void observe(void *who, const struct message *message)
{
	struct bench *b = who;

	b->messages++;
	b->diameter = message->diameter;
	b->peer_event = message->peer_event;
	b->detail_seen = message->detail.seen;
}

static int set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->plan = (struct plan){
		.hash_key = { { 11, 22 } }, .diameter_ports = { 3868 }, .diameter_port_count = 1, .finds_diameter_anywhere = true
	};
	walk_bench_open(&b->plan, &b->segments, &b->walk);
	b->walk.observer = observe;
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

static void add(struct bytes *b, const void *bytes, size_t count)
{
	assert_true(count <= sizeof(b->at) - b->count);
	memcpy(b->at + b->count, bytes, count);
	b->count += count;
}

static void add_be16(struct bytes *b, size_t value)
{
	uint8_t octets[] = { (uint8_t)(value >> 8), (uint8_t)value };

	add(b, octets, sizeof(octets));
}

static void add_be32(struct bytes *b, uint32_t value)
{
	add_be16(b, value >> 16);
	add_be16(b, value & 0xffff);
}

/* RFC 6733 4.1: an AVP of the base protocol with a text. */
static void add_text(struct bytes *b, uint32_t code, const char *text)
{
	add_be32(b, code);
	add_be32(b, (uint32_t)(0x40000000U | (8 + strlen(text))));
	add(b, text, strlen(text));
	while (b->count % 4 != 0)
		add(b, "", 1);
}

static void add_u32(struct bytes *b, uint32_t code, uint32_t value)
{
	add_be32(b, code);
	add_be32(b, 0x4000000c);
	add_be32(b, value);
}

/* RFC 6733 3: a message with the AVPs. */
static struct bytes message_of(uint8_t flags, uint32_t command, uint32_t application, const struct bytes *avps)
{
	struct bytes b = { .count = 0 };

	add_be32(&b, (uint32_t)(0x01000000U | (20 + avps->count)));
	add_be32(&b, (uint32_t)flags << 24 | command);
	add_be32(&b, application);
	add_be32(&b, 0x11223344);
	add_be32(&b, 0x55667788);
	add(&b, avps->at, avps->count);
	return b;
}

static struct bytes named(uint8_t flags, uint32_t command, uint32_t application, const char *host)
{
	struct bytes avps = { .count = 0 };

	add_text(&avps, 264, host);
	if ((flags & DIAMETER_FLAG_REQUEST) == 0)
		add_u32(&avps, 268, 2001);
	return message_of(flags, command, application, &avps);
}

static enum verdict packet_walk(struct bench *b, const struct way *way, const struct bytes *bytes, uint8_t protocol)
{
	struct account *a = &b->walk.account;
	struct account before = *a;
	struct packet packet = { .bytes = cursor_of(bytes->at, bytes->count), .protocol = protocol, .sequence = 1, .number = 1 };

	packet.source.bytes[15] = way->source;
	packet.destination.bytes[15] = way->destination;
	b->walk.indication_count = 0;
	walk_bench_packet(&b->walk, &packet, (uint32_t)bytes->count);
	assert_int_equal(a->packets, before.packets + 1);
	for (int v = 0; v < VERDICT_COUNT; v++) {
		if (a->verdicts[v] != before.verdicts[v])
			return (enum verdict)v;
	}
	return VERDICT_COUNT;
}

/* RFC 9293 3.1: a segment; the way's sequence number goes on behind it. */
static enum verdict tcp_walk(struct bench *b, struct way *way, const struct bytes *payload)
{
	struct bytes packet = { .count = 0 };

	add_be16(&packet, way->source_port);
	add_be16(&packet, way->destination_port);
	add_be32(&packet, way->sequence);
	add_be32(&packet, 1);
	add_be32(&packet, 0x50101000);
	add_be32(&packet, 0);
	add(&packet, payload->at, payload->count);
	way->sequence += (uint32_t)payload->count;
	return packet_walk(b, way, &packet, IP_PROTOCOL_TCP);
}

/* RFC 9260 3.1, 3.3.1: a packet with one DATA chunk. */
static enum verdict sctp_walk(struct bench *b, const struct way *way, uint32_t ppid, const struct bytes *user)
{
	struct bytes packet = { .count = 0 };

	add_be16(&packet, way->source_port);
	add_be16(&packet, way->destination_port);
	add_be32(&packet, (uint32_t)way->source << 8 | way->destination);
	add_be32(&packet, 0);
	add_be16(&packet, 3);
	add_be16(&packet, 16 + user->count);
	add_be32(&packet, ++b->tsn);
	add_be32(&packet, 0);
	add_be32(&packet, ppid);
	add(&packet, user->at, user->count);
	while (packet.count % 4 != 0)
		add(&packet, "", 1);
	return packet_walk(b, way, &packet, IP_PROTOCOL_SCTP);
}

/* RFC 8446 5.1: the record of a Client Hello, and a record of data. */
static const uint8_t client_hello[] = { 0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x00, 0x00, 0x01, 0x03 };
static const uint8_t tls_data[] = { 0x17, 0x03, 0x03, 0x00, 0x04, 0xde, 0xad, 0xbe, 0xef };

static struct bytes bytes_of(const uint8_t *at, size_t count)
{
	struct bytes b = { .count = 0 };

	add(&b, at, count);
	return b;
}

static void a_connection_that_begins_with_tls_is_encrypted_to_its_end(void **state)
{
	struct bench *b = *state;
	struct bytes hello = bytes_of(client_hello, sizeof(client_hello));
	struct bytes middle = bytes_of((const uint8_t *)"in the middle of a record", 25);
	struct way diameter = { 1, 2, 40000, 3868, 100 };
	struct way secure = { 1, 2, 40001, 5658, 100 };
	struct way web = { 1, 2, 40002, 443, 100 };

	assert_int_equal(tcp_walk(b, &diameter, &hello), VERDICT_ENCRYPTED);
	assert_int_equal(tcp_walk(b, &diameter, &middle), VERDICT_ENCRYPTED);
	assert_int_equal(tcp_walk(b, &secure, &hello), VERDICT_ENCRYPTED);
	assert_int_equal(tcp_walk(b, &secure, &middle), VERDICT_ENCRYPTED);
	assert_int_equal(tcp_walk(b, &web, &hello), VERDICT_OTHER_PORT);
	assert_int_equal(b->messages, 0);
}

/* RFC 3588 13.1: TLS began on the same connection behind the capabilities exchange. */
static void a_connection_that_goes_over_to_tls_is_encrypted_from_there(void **state)
{
	struct bench *b = *state;
	struct bytes cer = named(DIAMETER_FLAG_REQUEST, 257, 0, "mme.example");
	struct bytes hello = bytes_of(client_hello, sizeof(client_hello));
	struct way way = { 1, 2, 40000, 3868, 100 };

	assert_int_equal(tcp_walk(b, &way, &cer), VERDICT_DECODED);
	assert_int_equal(tcp_walk(b, &way, &hello), VERDICT_ENCRYPTED);
	assert_int_equal(tcp_walk(b, &way, &hello), VERDICT_ENCRYPTED);
	assert_int_equal(b->messages, 1);
	assert_int_equal(b->walk.account.refused_messages, 0);
}

static void tls_over_sctp_is_encrypted_under_every_identifier(void **state)
{
	static const uint8_t dtls[] = { 0x16, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0x01 }; /* RFC 6347 4.1 */
	struct bench *b = *state;
	struct bytes record = bytes_of(tls_data, sizeof(tls_data));
	struct bytes datagram = bytes_of(dtls, sizeof(dtls));
	struct bytes rest = bytes_of((const uint8_t *)"the rest of a record", 20);
	struct way way = { 1, 2, 3868, 3868, 0 };
	struct way other = { 5, 6, 3868, 3868, 0 };

	assert_int_equal(sctp_walk(b, &way, 0, &record), VERDICT_ENCRYPTED);
	assert_int_equal(sctp_walk(b, &way, DIAMETER_PPID, &record), VERDICT_ENCRYPTED);
	assert_int_equal(sctp_walk(b, &way, DIAMETER_PPID, &rest), VERDICT_ENCRYPTED);
	assert_int_equal(sctp_walk(b, &way, DIAMETER_PPID_DTLS, &rest), VERDICT_ENCRYPTED);
	assert_int_equal(sctp_walk(b, &way, 0, &datagram), VERDICT_ENCRYPTED);
	assert_int_equal(sctp_walk(b, &other, DIAMETER_PPID, &rest), VERDICT_DIAMETER_LENGTH);
	assert_int_equal(b->messages, 1); /* the malformed one */
}

static void what_only_resembles_tls_is_not(void **state)
{
	uint8_t octets[16] = { 0x16, 0x03, 0x03, 0x00, 0x05 };
	struct cursor c = cursor_of(octets, sizeof(octets));
	struct cursor four = cursor_of(octets, 4);

	(void)state;
	assert_true(walk_is_tls(&c));
	assert_false(walk_is_tls(&four));
	octets[3] = 0x49; /* longer than a record may be */
	assert_false(walk_is_tls(&c));
	octets[3] = 0;
	octets[2] = 5;
	assert_false(walk_is_tls(&c));
	octets[2] = 3;
	octets[0] = 0x13;
	assert_false(walk_is_tls(&c));
	octets[0] = 0x18;
	assert_false(walk_is_tls(&c));
}

static void an_unknown_application_is_read_where_diameter_is_expected(void **state)
{
	struct bench *b = *state;
	struct bytes request = named(DIAMETER_FLAG_REQUEST, 0x9999, APPLICATION_UNKNOWN, "as.example");
	struct way tcp = { 1, 2, 40000, 3868, 100 };
	struct way sctp = { 3, 4, 40000, 3868, 0 };
	struct way elsewhere = { 3, 4, 40001, 9999, 0 };

	assert_int_equal(tcp_walk(b, &tcp, &request), VERDICT_DECODED); /* in the middle of a connection */
	assert_int_equal(b->messages, 1);
	assert_int_equal(b->diameter.application, APPLICATION_UNKNOWN);
	assert_int_equal(sctp_walk(b, &sctp, 0, &request), VERDICT_DECODED);
	assert_int_equal(b->messages, 2);
	assert_int_equal(sctp_walk(b, &elsewhere, 0, &request), VERDICT_OTHER_PAYLOAD);
	assert_int_equal(b->messages, 2);
}

static void a_known_message_is_found_under_any_port_and_identifier(void **state)
{
	struct bench *b = *state;
	struct bytes request = named(DIAMETER_FLAG_REQUEST, 316, 16777251, "mme.example");
	struct way tcp = { 1, 2, 40000, 9999, 100 };
	struct way sctp = { 3, 4, 40000, 9999, 0 };

	assert_int_equal(tcp_walk(b, &tcp, &request), VERDICT_DECODED);
	assert_int_equal(sctp_walk(b, &sctp, 0, &request), VERDICT_DECODED);
	assert_int_equal(sctp_walk(b, &sctp, 123, &request), VERDICT_DECODED);
	assert_int_equal(b->messages, 3);
}

static void a_message_longer_than_its_user_message_is_shown_and_means_nothing(void **state)
{
	struct bench *b = *state;
	struct bytes request = named(DIAMETER_FLAG_REQUEST, 316, 16777251, "mme.example");
	struct way way = { 1, 2, 40000, 3868, 0 };

	request.at[2]++; /* 256 octets more than there are */
	assert_int_equal(sctp_walk(b, &way, DIAMETER_PPID, &request), VERDICT_DIAMETER_LENGTH);
	assert_int_equal(b->messages, 1);
	assert_int_equal(b->diameter.command, 316);
	assert_int_equal(b->walk.indication_count, 0);
	request.count = 19;
	assert_int_equal(sctp_walk(b, &way, DIAMETER_PPID, &request), VERDICT_DIAMETER_LENGTH);
	assert_int_equal(b->diameter.length, 0);
}

static struct bytes answer_with_state(uint32_t command, uint32_t state_id)
{
	struct bytes avps = { .count = 0 };

	add_text(&avps, 264, "hss.example");
	add_u32(&avps, 268, 2001);
	add_u32(&avps, 278, state_id);
	return message_of(0, command, 0, &avps);
}

static void peers_connect_restart_and_leave(void **state)
{
	struct bench *b = *state;
	struct way way = { 2, 1, 3868, 40000, 0 };
	struct bytes cea = answer_with_state(257, 100);
	struct bytes dwa = answer_with_state(280, 101);
	struct bytes dpr = named(DIAMETER_FLAG_REQUEST, 282, 0, "hss.example");

	sctp_walk(b, &way, DIAMETER_PPID, &cea);
	assert_int_equal(b->peer_event, PEER_CONNECTED);
	assert_true((b->detail_seen >> DETAIL_BASE_278 & 1) != 0);
	sctp_walk(b, &way, DIAMETER_PPID, &dwa);
	assert_int_equal(b->peer_event, PEER_RESTARTED);
	sctp_walk(b, &way, DIAMETER_PPID, &dwa);
	assert_int_equal(b->peer_event, PEER_NOTHING);
	sctp_walk(b, &way, DIAMETER_PPID, &dpr);
	assert_int_equal(b->peer_event, PEER_CLOSING);
}

/* The key of the first indication of a message with a session. */
static uint64_t key_over_tcp(struct bench *b, struct way way, uint8_t flags)
{
	struct bytes avps = { .count = 0 };
	struct bytes message;

	add_text(&avps, 263, "mme;1;2");
	message = message_of(flags, 316, 16777251, &avps);
	assert_int_equal(tcp_walk(b, &way, &message), VERDICT_DECODED);
	assert_int_equal(b->walk.indication_count, 1);
	return b->walk.indications[0].key[0];
}

static void the_hops_of_a_request_share_a_key_unless_each_counts(void **state)
{
	static const struct way to_agent = { 1, 2, 40000, 3868, 100 };
	static const struct way from_agent = { 2, 1, 3868, 40000, 100 };
	static const struct way to_server = { 2, 3, 40000, 3868, 100 };
	struct bench *b = *state;
	uint64_t request = key_over_tcp(b, to_agent, DIAMETER_FLAG_REQUEST);

	assert_int_equal(key_over_tcp(b, from_agent, 0), request);
	assert_int_equal(key_over_tcp(b, to_server, DIAMETER_FLAG_REQUEST), request);
	b->plan.hops = PLAN_HOPS_EACH;
	request = key_over_tcp(b, (struct way){ 1, 2, 40001, 3868, 100 }, DIAMETER_FLAG_REQUEST);
	assert_int_equal(key_over_tcp(b, (struct way){ 2, 1, 3868, 40001, 100 }, 0), request);
	assert_int_not_equal(key_over_tcp(b, (struct way){ 2, 3, 40001, 3868, 100 }, DIAMETER_FLAG_REQUEST), request);
}

/* RFC 9260 6.4: the answer of a multihomed association comes between other addresses, on the same ports. */
static void an_answer_between_other_addresses_of_an_association_has_the_key_of_its_request(void **state)
{
	struct bench *b = *state;
	struct bytes request = named(DIAMETER_FLAG_REQUEST, 280, 0, "mme.example");
	struct bytes answer = named(0, 280, 0, "hss.example");
	struct way there = { 1, 2, 40000, 3868, 0 };
	struct way back = { 12, 11, 3868, 40000, 0 };
	uint64_t key;

	sctp_walk(b, &there, DIAMETER_PPID, &request);
	key = b->walk.indications[0].key[0];
	sctp_walk(b, &back, DIAMETER_PPID, &answer);
	assert_int_equal(b->walk.indications[0].key[0], key);
}

static void an_experimental_result_of_another_vendor_has_a_layer_of_its_own(void **state)
{
	static const struct {
		uint32_t vendor;
		enum cause_layer layer;
	} vendors[] = { { 10415, CAUSE_DIAMETER_EXP }, { 13019, CAUSE_DIAMETER_VENDOR }, { 0, CAUSE_DIAMETER_EXP } };
	struct bench *b = *state;
	struct way way = { 2, 1, 3868, 40000, 0 };

	for (size_t i = 0; i < sizeof(vendors) / sizeof(vendors[0]); i++) {
		struct bytes avps = { .count = 0 };
		struct bytes answer;

		add_be32(&avps, 297);
		add_be32(&avps, 0x40000020);
		add_u32(&avps, 266, vendors[i].vendor);
		add_u32(&avps, 298, 5001);
		answer = message_of(0, 300, 16777216, &avps);
		assert_int_equal(sctp_walk(b, &way, DIAMETER_PPID, &answer), VERDICT_DECODED);
		assert_int_equal(b->walk.indications[0].cause_layer, vendors[i].layer);
		assert_int_equal(b->walk.indications[0].cause, 5001);
	}
}

int main(void)
{
#define WALK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		WALK_TEST(a_connection_that_begins_with_tls_is_encrypted_to_its_end),
		WALK_TEST(a_connection_that_goes_over_to_tls_is_encrypted_from_there),
		WALK_TEST(tls_over_sctp_is_encrypted_under_every_identifier),
		WALK_TEST(what_only_resembles_tls_is_not),
		WALK_TEST(an_unknown_application_is_read_where_diameter_is_expected),
		WALK_TEST(a_known_message_is_found_under_any_port_and_identifier),
		WALK_TEST(a_message_longer_than_its_user_message_is_shown_and_means_nothing),
		WALK_TEST(peers_connect_restart_and_leave),
		WALK_TEST(the_hops_of_a_request_share_a_key_unless_each_counts),
		WALK_TEST(an_answer_between_other_addresses_of_an_association_has_the_key_of_its_request),
		WALK_TEST(an_experimental_result_of_another_vendor_has_a_layer_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
