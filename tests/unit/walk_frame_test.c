/* SPDX-License-Identifier: BSD-3-Clause */
/* From frames to transport packets: tunnels, their fragments, cut frames and those without a network layer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/worker/walk.h"

#define ROOM 1024

struct bench {
	struct walk walk;
	struct plan plan;
	struct segments *segments;
	uint32_t frames;
};

struct bytes {
	size_t count;
	uint8_t at[ROOM];
};

static int set_up(void **state)
{
	static struct bench b;
	char error[SEGMENT_ERROR_MAX];

	b = (struct bench){ .plan = { .limits = { .transactions = 64,
						  .associations = 8,
						  .streams = 8,
						  .reassembly = 4,
						  .held_bytes = 262144,
						  .names = 64,
						  .cells = 64,
						  .message_bytes = 65535 } } };
	b.segments = segments_new(&b.plan, error);
	*state = &b;
	return b.segments == NULL || !walk_open(&b.walk, &b.plan, b.segments);
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	walk_close(&b->walk);
	segments_free(b->segments);
	return 0;
}

/* Puts `length` octets before what there is. */
static void wrap(struct bytes *b, const uint8_t *header, size_t length)
{
	assert_true(b->count + length <= ROOM);
	memmove(b->at + length, b->at, b->count);
	memcpy(b->at, header, length);
	b->count += length;
}

/* RFC 791 3.1, from 192.0.2.1 to 192.0.2.2; `fragment` are the flags and the offset. */
static void wrap_ipv4(struct bytes *b, uint8_t protocol, uint16_t fragment)
{
	uint8_t header[20] = { 0x45, 0, 0, 0, 0, 7, 0, 0, 64, 0, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2 };
	size_t total = b->count + sizeof(header);

	header[2] = (uint8_t)(total >> 8);
	header[3] = (uint8_t)total;
	header[6] = (uint8_t)(fragment >> 8);
	header[7] = (uint8_t)fragment;
	header[9] = protocol;
	wrap(b, header, sizeof(header));
}

static void wrap_ethernet(struct bytes *b)
{
	static const uint8_t header[14] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00 };

	wrap(b, header, sizeof(header));
}

/* RFC 7348 5. */
static void wrap_vxlan(struct bytes *b)
{
	static const uint8_t vxlan[8] = { 0x08, 0, 0, 0, 0, 0, 99, 0 };
	uint8_t udp[8] = { 0xc3, 0x50, 0x12, 0xb5 };

	wrap(b, vxlan, sizeof(vxlan));
	udp[4] = (uint8_t)((b->count + 8) >> 8);
	udp[5] = (uint8_t)(b->count + 8);
	wrap(b, udp, sizeof(udp));
}

/* A SACK of 16 octets in SCTP from port 2905 to 2905 (RFC 9260 3.3.4). */
static struct bytes sctp(void)
{
	struct bytes b = { .count = 28, .at = { 0x0b, 0x59, 0x0b, 0x59, 1, 2, 3, 4, 0, 0, 0, 0, 3, 0, 0, 16, 9, 9, 9, 9 } };

	return b;
}

static enum verdict frame_walk(struct bench *bench, const struct bytes *b, enum link_type type, struct packet *ret)
{
	struct frame frame = { .bytes = b->at,
			       .captured = (uint32_t)b->count,
			       .wire_length = (uint32_t)b->count,
			       .link_type = (uint8_t)type,
			       .number = ++bench->frames,
			       .sequence = bench->frames };

	return walk_frame(&bench->walk, &frame, ret);
}

static void a_tunnel_in_a_tunnel_is_entered(void **state)
{
	struct bytes b = sctp();
	struct packet packet;

	wrap_ipv4(&b, 132, 0);
	wrap_ethernet(&b);
	wrap_vxlan(&b);
	wrap_ipv4(&b, 17, 0);
	wrap_ipv4(&b, 4, 0);
	wrap_ethernet(&b);
	assert_int_equal(frame_walk(*state, &b, LINK_TYPE_ETHERNET, &packet), VERDICT_DECODED);
	assert_int_equal(packet.protocol, 132);
	assert_int_equal(cursor_left(&packet.bytes), 28);
	assert_false(packet.is_cut || packet.is_reassembled);
}

static void tunnels_without_end_are_given_up(void **state)
{
	struct bytes b = sctp();
	struct packet packet;

	wrap_ipv4(&b, 132, 0);
	for (int i = 0; i < 8; i++)
		wrap_ipv4(&b, 4, 0);
	wrap_ethernet(&b);
	assert_int_equal(frame_walk(*state, &b, LINK_TYPE_ETHERNET, &packet), VERDICT_DECODED);
	b = sctp();
	wrap_ipv4(&b, 132, 0);
	for (int i = 0; i < 9; i++)
		wrap_ipv4(&b, 4, 0);
	wrap_ethernet(&b);
	assert_int_equal(frame_walk(*state, &b, LINK_TYPE_ETHERNET, &packet), VERDICT_LINK_DEPTH);
}

/* The two halves of an IP packet's payload, cut at a multiple of eight. */
static void fragments_of(const struct bytes *payload, uint8_t protocol, struct bytes ret[2])
{
	size_t first = payload->count / 2 & ~(size_t)7;

	for (size_t i = 0; i < 2; i++) {
		size_t from = i == 0 ? 0 : first;

		ret[i].count = (i == 0 ? first : payload->count) - from;
		memcpy(ret[i].at, payload->at + from, ret[i].count);
		wrap_ipv4(&ret[i], protocol, (uint16_t)(i == 0 ? 0x2000 : first / 8));
	}
}

static void fragments_are_put_together_at_every_level(void **state)
{
	struct bytes whole = sctp();
	struct bytes inner[2];
	struct bytes outer[2];
	struct packet packet;

	fragments_of(&whole, 132, inner);
	wrap_ethernet(&inner[0]);
	wrap_ethernet(&inner[1]);
	/* The first inner fragment in GRE (RFC 2784 2.1: a bridged frame), the second one in VXLAN whose datagram is in fragments. */
	wrap(&inner[0], (const uint8_t[]){ 0, 0, 0x65, 0x58 }, 4);
	wrap_ipv4(&inner[0], 47, 0);
	wrap_ethernet(&inner[0]);
	assert_int_equal(frame_walk(*state, &inner[0], LINK_TYPE_ETHERNET, &packet), VERDICT_FRAGMENT_HELD);
	wrap_vxlan(&inner[1]);
	fragments_of(&inner[1], 17, outer);
	wrap_ethernet(&outer[0]);
	wrap_ethernet(&outer[1]);
	assert_int_equal(frame_walk(*state, &outer[0], LINK_TYPE_ETHERNET, &packet), VERDICT_FRAGMENT_HELD);
	assert_int_equal(frame_walk(*state, &outer[1], LINK_TYPE_ETHERNET, &packet), VERDICT_DECODED);
	assert_true(packet.is_reassembled && packet.protocol == 132);
	assert_int_equal(cursor_left(&packet.bytes), whole.count);
	assert_memory_equal(packet.bytes.at, whole.at, whole.count);
}

static void fragments_of_udp_are_kept_for_tunnels_only(void **state)
{
	struct bytes user = { .count = 64, .at = { 0xc3, 0x50, 0x08, 0x68, 0, 64, 0, 0 } }; /* TS 29.281 4.4.2: GTP-U */
	struct bytes parts[2];
	struct packet packet;

	fragments_of(&user, 17, parts);
	wrap_ethernet(&parts[0]);
	wrap_ethernet(&parts[1]);
	assert_int_equal(frame_walk(*state, &parts[1], LINK_TYPE_ETHERNET, &packet), VERDICT_OTHER_TRANSPORT);
	assert_int_equal(frame_walk(*state, &parts[0], LINK_TYPE_ETHERNET, &packet), VERDICT_USER_PLANE);
	wrap_ipv4(&user, 17, 0);
	wrap_ethernet(&user);
	assert_int_equal(frame_walk(*state, &user, LINK_TYPE_ETHERNET, &packet), VERDICT_USER_PLANE);
}

static void what_ip_declares_and_the_frame_has_not_is_cut(void **state)
{
	struct bytes b = sctp();
	struct packet packet;

	wrap_ipv4(&b, 132, 0);
	wrap_ethernet(&b);
	b.count -= 4;
	assert_int_equal(frame_walk(*state, &b, LINK_TYPE_ETHERNET, &packet), VERDICT_DECODED);
	assert_true(packet.is_cut);
	assert_int_equal(cursor_left(&packet.bytes), 24);
	b.count = 14 + 19;
	assert_int_equal(frame_walk(*state, &b, LINK_TYPE_ETHERNET, &packet), VERDICT_IP_TRUNCATED);
}

static void frames_without_a_network_layer_come_as_what_they_are(void **state)
{
	/* exported_pdu_tlvs.h: dissector name, ports, end. */
	static const uint8_t tags[] = { 0,    12,   0, 4,  'm', '3', 'u', 'a', 0,    25,   0, 4, 0, 0,
					0x0b, 0x59, 0, 26, 0,   4,   0,   0,   0x0b, 0x5a, 0, 0, 0, 0 };
	static const uint8_t ip_tags[] = { 0, 12, 0, 4, 'i', 'p', 0, 0, 0, 0, 0, 0 };
	static const uint8_t pseudo[] = { 0, 1, 0, 7 };
	struct bytes b = sctp();
	struct packet packet;

	assert_int_equal(frame_walk(*state, &b, LINK_TYPE_SCTP, &packet), VERDICT_DECODED);
	assert_int_equal(packet.protocol, 132);
	assert_int_equal(frame_walk(*state, &b, LINK_TYPE_MTP3, &packet), VERDICT_DECODED);
	assert_int_equal(packet.protocol, PACKET_MTP3);
	assert_int_equal(frame_walk(*state, &b, LINK_TYPE_SCCP, &packet), VERDICT_DECODED);
	assert_int_equal(packet.protocol, PACKET_SCCP);
	wrap(&b, pseudo, sizeof(pseudo));
	assert_int_equal(frame_walk(*state, &b, LINK_TYPE_MTP2_PSEUDO, &packet), VERDICT_DECODED);
	assert_true(packet.protocol == PACKET_MTP2 && packet.is_extended && cursor_left(&packet.bytes) == 28);
	b = sctp();
	wrap(&b, tags, sizeof(tags));
	assert_int_equal(frame_walk(*state, &b, LINK_TYPE_EXPORTED, &packet), VERDICT_DECODED);
	assert_true(packet.protocol == PACKET_USER && packet.payload_protocol == 3);
	assert_true(packet.source_port == 2905 && packet.destination_port == 2906);
	b = sctp();
	wrap_ipv4(&b, 132, 0);
	wrap(&b, ip_tags, sizeof(ip_tags));
	assert_int_equal(frame_walk(*state, &b, LINK_TYPE_EXPORTED, &packet), VERDICT_DECODED);
	assert_int_equal(packet.protocol, 132);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_tunnel_in_a_tunnel_is_entered),
		TEST(tunnels_without_end_are_given_up),
		TEST(fragments_are_put_together_at_every_level),
		TEST(fragments_of_udp_are_kept_for_tunnels_only),
		TEST(what_ip_declares_and_the_frame_has_not_is_cut),
		TEST(frames_without_a_network_layer_come_as_what_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
