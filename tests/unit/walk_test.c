/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/worker/walk: whole packets, built from the inside out. */
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
	uint8_t at[1024];
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

static void add_be16(struct bytes *b, size_t value)
{
	add_u8(b, value >> 8);
	add_u8(b, value & 0xff);
}

static void add_be32(struct bytes *b, uint32_t value)
{
	add_be16(b, value >> 16);
	add_be16(b, value & 0xffff);
}

static void pad(struct bytes *b)
{
	while (b->count % 4 != 0)
		add_u8(b, 0);
}

/* RFC 9260 3.1; the chunks are to be added. */
static struct bytes sctp_packet(void)
{
	struct bytes b = { .count = 0 };

	add_be16(&b, 2905);
	add_be16(&b, 2905);
	add_be32(&b, 0x12345678);
	add_be32(&b, 0);
	return b;
}

/* The verdict of an SCTP packet. */
static enum verdict walk_sctp(struct bench *b, const struct bytes *bytes)
{
	struct account *a = &b->walk.account;
	struct account before = *a;
	struct packet packet = { .bytes = cursor_of(bytes->at, bytes->count), .protocol = IP_PROTOCOL_SCTP, .sequence = 1, .number = 1 };

	b->walk.indication_count = 0;
	walk_bench_packet(&b->walk, &packet, (uint32_t)bytes->count);
	assert_int_equal(a->packets, before.packets + 1);
	for (int v = 0; v < VERDICT_COUNT; v++) {
		if (a->verdicts[v] != before.verdicts[v])
			return (enum verdict)v;
	}
	return VERDICT_COUNT;
}

/* RFC 8260 2.1: I-DATA with a stretch of a user message that no PPID claims to know. */
static void add_i_data(struct bytes *b, uint32_t tsn, unsigned int flags, const struct bytes *user)
{
	add_u8(b, SCTP_I_DATA);
	add_u8(b, flags);
	add_be16(b, 20 + user->count);
	add_be32(b, tsn);
	add_be32(b, 5); /* stream 5, reserved */
	add_be32(b, flags & 2 ? tsn : 99);
	add_be32(b, flags & 2 ? 3 : 1); /* PPID 3 of a beginning, else fragment sequence number 1 */
	add(b, user->at, user->count);
	pad(b);
}

/* RFC 4666 3.3.1: DATA from point code 303 to 202 with an SCCP message. */
static struct bytes m3ua_data(const struct bytes *sccp)
{
	struct bytes b = { .count = 0 };
	size_t padded = (12 + sccp->count + 3) / 4 * 4;

	add_be32(&b, 0x01000101);
	add_be32(&b, (uint32_t)(8 + 4 + padded));
	add_be16(&b, 0x0210);
	add_be16(&b, 16 + sccp->count);
	add_be32(&b, 303);
	add_be32(&b, 202);
	add_be32(&b, 0x03020001); /* SCCP, national, priority 0, sls 1 */
	add(&b, sccp->at, sccp->count);
	pad(&b);
	return b;
}

/* Q.713 4.10: unitdata from a VLR to an HLR, routed by subsystem. */
static struct bytes unitdata(const uint8_t *tcap, size_t count)
{
	static const uint8_t head[] = { 0x09, 0x00, 0x03, 0x05, 0x07, 0x02, 0x42, 0x06, 0x02, 0x42, 0x07 };
	struct bytes b = { .count = 0 };

	add(&b, head, sizeof(head));
	add_u8(&b, count);
	add(&b, tcap, count);
	return b;
}

static enum verdict tcap_walk(struct bench *b, const uint8_t *tcap, size_t count)
{
	struct bytes sccp = unitdata(tcap, count);
	struct bytes user = m3ua_data(&sccp);
	struct bytes packet = sctp_packet();

	add_i_data(&packet, ++b->tsn, 3, &user);
	return walk_sctp(b, &packet);
}

/* Q.773: Continue 0x11 -> 0x22 with a Reject of invoke 1; the problem is [2] returnResult or [1] invoke. */
static const uint8_t reject_of_result[] = { 0x65, 0x10, 0x48, 0x01, 0x11, 0x49, 0x01, 0x22, 0x6c,
					    0x08, 0xa4, 0x06, 0x02, 0x01, 0x01, 0x82, 0x01, 0x00 };
static const uint8_t reject_of_invoke[] = { 0x65, 0x10, 0x48, 0x01, 0x11, 0x49, 0x01, 0x22, 0x6c,
					    0x08, 0xa4, 0x06, 0x02, 0x01, 0x01, 0x81, 0x01, 0x00 };

static void a_reject_of_an_invoke_ends_it(void **state)
{
	struct bench *b = *state;

	assert_int_equal(tcap_walk(b, reject_of_invoke, sizeof(reject_of_invoke)), VERDICT_DECODED);
	assert_int_equal(b->walk.indication_count, 1);
	assert_int_equal(b->walk.indications[0].kind, INDICATION_RESULT);
	assert_int_equal(b->walk.indications[0].cause_layer, CAUSE_MAP_PROBLEM);
}

/* Q.773 3.1.2: the rejecting side invoked, so that its peer's invoke of the same number is another one. */
static void a_reject_of_a_result_ends_no_invoke_of_who_sent_the_result(void **state)
{
	struct bench *b = *state;

	assert_int_equal(tcap_walk(b, reject_of_result, sizeof(reject_of_result)), VERDICT_DECODED);
	assert_int_equal(b->walk.indication_count, 0);
}

/* RFC 8260 2.1: one packet with a whole message and the beginning of the next one. */
static void a_packet_of_i_data_that_brought_a_message_has_been_used(void **state)
{
	struct bench *b = *state;
	struct bytes sccp = unitdata(reject_of_invoke, sizeof(reject_of_invoke));
	struct bytes user = m3ua_data(&sccp);
	struct bytes packet = sctp_packet();

	add_i_data(&packet, 1, 3, &user);
	add_i_data(&packet, 2, 2, &user);
	assert_int_equal(walk_sctp(b, &packet), VERDICT_DECODED);
	assert_int_equal(b->walk.indication_count, 1);
}

/* Another worker's walk, and what was sent to it. */
struct away {
	struct errand errand;
	struct bytes message;
	unsigned int offered;
	bool takes;
};

static bool take_away(void *who, const struct errand *errand)
{
	struct away *away = who;

	away->offered++;
	away->errand = *errand;
	away->message.count = 0;
	add(&away->message, errand->packet.bytes.at, cursor_left(&errand->packet.bytes));
	away->errand.packet.bytes = cursor_of(away->message.at, away->message.count);
	return away->takes;
}

static void a_delegated_message_is_read_elsewhere_as_it_would_be_here(void **state)
{
	struct bench *b = *state;
	struct away away = { .takes = true };
	struct walk other;
	struct indication expected;

	tcap_walk(b, reject_of_invoke, sizeof(reject_of_invoke));
	expected = b->walk.indications[0];
	b->walk.delegate = take_away;
	b->walk.delegate_of = &away;
	{
		struct bytes sccp = unitdata(reject_of_invoke, sizeof(reject_of_invoke));
		struct bytes user = m3ua_data(&sccp);
		struct bytes bytes = sctp_packet();
		struct packet packet = { .protocol = IP_PROTOCOL_SCTP, .sequence = 1, .number = 1 };

		add_i_data(&bytes, ++b->tsn, 3, &user);
		packet.bytes = cursor_of(bytes.at, bytes.count);
		b->walk.indication_count = 0;
		walk_bench_packet(&b->walk, &packet, (uint32_t)bytes.count);
	}
	assert_int_equal(away.offered, 1);
	assert_int_equal(b->walk.indication_count, 0);
	assert_int_equal(b->walk.account.packets, 1); /* the one before; this one is for the other to account */
	assert_true(walk_open(&other, &b->plan, b->segments));
	walk_errand(&other, &away.errand);
	assert_int_equal(other.account.packets, 1);
	assert_int_equal(other.account.verdicts[VERDICT_DECODED], 1);
	assert_int_equal(other.indication_count, 1);
	assert_memory_equal(&other.indications[0], &expected, sizeof(expected));
	walk_close(&other);
}

static void a_message_that_nobody_takes_is_read_here(void **state)
{
	struct bench *b = *state;
	struct away away = { .takes = false };

	b->walk.delegate = take_away;
	b->walk.delegate_of = &away;
	assert_int_equal(tcap_walk(b, reject_of_invoke, sizeof(reject_of_invoke)), VERDICT_DECODED);
	assert_int_equal(away.offered, 1);
	assert_int_equal(b->walk.indication_count, 1);
}

static void messages_that_share_a_packet_or_are_segmented_stay_here(void **state)
{
	struct bench *b = *state;
	struct away away = { .takes = true };
	struct bytes sccp = unitdata(reject_of_invoke, sizeof(reject_of_invoke));
	struct bytes user = m3ua_data(&sccp);
	struct bytes packet = sctp_packet();

	b->walk.delegate = take_away;
	b->walk.delegate_of = &away;
	add_i_data(&packet, 1, 3, &user);
	add_i_data(&packet, 2, 3, &user);
	assert_int_equal(walk_sctp(b, &packet), VERDICT_DECODED);
	assert_int_equal(away.offered, 0);
	assert_int_equal(b->walk.indication_count, 2);
	/* Q.713 4.18: extended unitdata may be a segment. */
	sccp.at[0] = 0x11;
	user = m3ua_data(&sccp);
	packet = sctp_packet();
	add_i_data(&packet, 3, 3, &user);
	walk_sctp(b, &packet);
	assert_int_equal(away.offered, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_reject_of_an_invoke_ends_it),
		TEST(a_reject_of_a_result_ends_no_invoke_of_who_sent_the_result),
		TEST(a_packet_of_i_data_that_brought_a_message_has_been_used),
		TEST(a_delegated_message_is_read_elsewhere_as_it_would_be_here),
		TEST(a_message_that_nobody_takes_is_read_here),
		TEST(messages_that_share_a_packet_or_are_segmented_stay_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
