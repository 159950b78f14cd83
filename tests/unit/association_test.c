/* SPDX-License-Identifier: BSD-3-Clause */
/* What SCTP remembers: directions, TSNs, fragments. Messages are strings so that a failure can be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/transport/association.h"
#include "dataplane/transport/tsn.h"

#define RANDOM_TAG UINT32_C(0x9c7d5ac8)
#define IDLE       (300 * NANOS_PER_S)
#define AGE        (10 * NANOS_PER_S)
#define S          NANOS_PER_S

enum { MIDDLE = 0, END = 1, BEGIN = 2, WHOLE = 3 };

static int setup(void **state)
{
	struct association_limits limits = {
		.directions = 4, .messages = 8, .message_bytes = 5000, .idle = IDLE, .age = AGE, .key = { { 1, 2 } }
	};

	*state = associations_new(&limits);
	return *state == NULL;
}

static int teardown(void **state)
{
	associations_free(*state);
	return 0;
}

static struct association_path path_of(uint32_t tag, uint8_t host)
{
	struct association_path path = { .verification_tag = tag, .source_port = 2905, .destination_port = 2906 };

	path.source.bytes[15] = host;
	path.destination.bytes[15] = 200;
	return path;
}

static struct sctp_data data_of(uint32_t tsn, unsigned int flags, const char *text)
{
	return (struct sctp_data){ .tsn = tsn,
				   .begins = (flags & BEGIN) != 0,
				   .ends = (flags & END) != 0,
				   .ppid = 3,
				   .stream = 1,
				   .user = cursor_of((const uint8_t *)text, strlen(text)) };
}

static enum verdict push(struct associations *a, const struct association_path *path, uint32_t tsn)
{
	struct sctp_data data = data_of(tsn, WHOLE, "whole");
	struct user_message message;

	return association_data(a, path, &data, S, &message);
}

/* Pushes a fragment; a completed message must be `whole`. */
static enum verdict push_part(struct associations *a, struct sctp_data data, const char *whole)
{
	struct association_path path = path_of(RANDOM_TAG, 1);
	struct user_message message = { 0 };
	enum verdict verdict = association_data(a, &path, &data, S, &message);

	if (verdict == VERDICT_DECODED) {
		assert_true(message.is_reassembled);
		assert_int_equal(message.ppid, 3);
		assert_int_equal(cursor_left(&message.bytes), strlen(whole));
		assert_memory_equal(message.bytes.at, whole, strlen(whole));
	}
	return verdict;
}

static void an_unfragmented_chunk_is_handed_through_without_a_copy(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);
	struct sctp_data data = data_of(5, WHOLE, "message");
	struct user_message message = { 0 };

	data.is_cut = true;
	assert_int_equal(association_data(*state, &path, &data, S, &message), VERDICT_DECODED);
	assert_ptr_equal(message.bytes.at, data.user.at);
	assert_int_equal(message.stream, 1);
	assert_int_equal(message.ppid, 3);
	assert_false(message.is_reassembled);
	assert_true(message.is_cut);
}

static void a_tsn_seen_before_is_a_duplicate_across_the_wrap(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);

	for (uint32_t i = 0; i < 20; i++)
		assert_int_equal(push(*state, &path, UINT32_MAX - 9 + i), VERDICT_DECODED);
	for (uint32_t i = 0; i < 20; i++)
		assert_int_equal(push(*state, &path, UINT32_MAX - 9 + i), VERDICT_DUPLICATE);
	assert_int_equal(associations_counters(*state)->duplicates, 20);
	assert_int_equal(associations_counters(*state)->chunks, 40);
	assert_int_equal(associations_counters(*state)->directions, 1);
	assert_int_equal(associations_counters(*state)->missing, 0);
}

static void reordering_at_the_pick_up_loses_nothing_and_misses_nothing(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);

	assert_int_equal(push(*state, &path, 1000), VERDICT_DECODED);
	assert_int_equal(push(*state, &path, 998), VERDICT_DECODED);
	assert_int_equal(push(*state, &path, 1001), VERDICT_DECODED);
	association_end(*state, &path);
	assert_int_equal(associations_counters(*state)->missing, 0);
}

static void overdue_tsns_are_known_at_once_and_bounded(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);
	const struct association_counters *counters = associations_counters(*state);

	assert_int_equal(push(*state, &path, 1), VERDICT_DECODED);
	assert_int_equal(push(*state, &path, 5), VERDICT_DECODED); /* 2, 3, 4 are out */
	assert_int_equal(counters->overdue, 3);
	assert_int_equal(push(*state, &path, 3), VERDICT_DECODED);
	assert_int_equal(counters->overdue, 2);
	assert_int_equal(push(*state, &path, 3), VERDICT_DUPLICATE);
	assert_int_equal(push(*state, &path, 6), VERDICT_DECODED);
	assert_int_equal(counters->overdue, 2);
	/* One packet does not make the probe believe in great loss. */
	assert_int_equal(push(*state, &path, 60000), VERDICT_DECODED);
	assert_in_range(counters->overdue, 3, 100);
}

static void missing_tsns_are_counted_when_they_leave_the_window(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);

	assert_int_equal(push(*state, &path, 1), VERDICT_DECODED);
	assert_int_equal(push(*state, &path, 5), VERDICT_DECODED); /* 2, 3, 4 are out */
	assert_int_equal(push(*state, &path, 3), VERDICT_DECODED); /* late */
	assert_int_equal(push(*state, &path, 3), VERDICT_DUPLICATE);
	for (uint32_t tsn = 6; tsn <= TSN_WINDOW + 1; tsn++)
		assert_int_equal(push(*state, &path, tsn), VERDICT_DECODED);
	assert_int_equal(associations_counters(*state)->missing, 0);
	assert_int_equal(push(*state, &path, TSN_WINDOW + 2), VERDICT_DECODED);
	assert_int_equal(associations_counters(*state)->missing, 1);
	assert_int_equal(push(*state, &path, TSN_WINDOW + 4), VERDICT_DECODED);
	assert_int_equal(associations_counters(*state)->missing, 2);
	/* One is still open when the direction ends. */
	association_end(*state, &path);
	assert_int_equal(associations_counters(*state)->missing, 3);
}

static void a_large_loss_goes_on_at_once_and_is_counted_exactly(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);

	assert_int_equal(push(*state, &path, 1), VERDICT_DECODED);
	assert_int_equal(push(*state, &path, 60001), VERDICT_DECODED);
	assert_int_equal(push(*state, &path, 60001), VERDICT_DUPLICATE);
	association_end(*state, &path);
	assert_int_equal(associations_counters(*state)->missing, 59999);
	assert_int_equal(associations_counters(*state)->restarts, 0);
}

static void a_late_retransmission_is_no_restart(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);

	for (uint32_t tsn = 1; tsn <= 5000; tsn++)
		push(*state, &path, tsn);
	/* Two chunks bundled, far behind the window, and again later. */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(push(*state, &path, 100), VERDICT_DUPLICATE);
		assert_int_equal(push(*state, &path, 101), VERDICT_DUPLICATE);
		assert_int_equal(push(*state, &path, 5001 + (uint32_t)i), VERDICT_DECODED);
	}
	/* A second tap that lags, chunk by chunk. */
	for (uint32_t i = 0; i < 50; i++) {
		assert_int_equal(push(*state, &path, 1000 + i), VERDICT_DUPLICATE);
		assert_int_equal(push(*state, &path, 6000 + i), VERDICT_DECODED);
	}
	assert_int_equal(associations_counters(*state)->restarts, 0);
}

static void a_capture_played_again_restarts_after_at_most_two_chunks(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);
	unsigned int lost = 0;

	for (unsigned int round = 0; round < 3; round++) {
		for (uint32_t tsn = 1; tsn <= 10000; tsn++)
			lost += push(*state, &path, tsn) != VERDICT_DECODED;
		assert_true(lost <= 2 * round);
		assert_int_equal(associations_counters(*state)->restarts, round);
	}
	assert_int_equal(associations_counters(*state)->missing, 0);
}

static void a_far_jump_is_read_at_once_and_followed_when_a_chunk_confirms_it(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);

	assert_int_equal(push(*state, &path, 1), VERDICT_DECODED);
	assert_int_equal(push(*state, &path, 0x40000000), VERDICT_DECODED);
	assert_int_equal(push(*state, &path, 0x40000000), VERDICT_DUPLICATE); /* a copy confirms nothing */
	assert_int_equal(push(*state, &path, 2), VERDICT_DECODED);            /* the old sequence lives */
	assert_int_equal(push(*state, &path, 0x40000000), VERDICT_DUPLICATE); /* a copy that comes behind it */
	assert_int_equal(push(*state, &path, 3), VERDICT_DECODED);
	assert_int_equal(push(*state, &path, 0x40000001), VERDICT_DECODED);
	assert_int_equal(push(*state, &path, 0x40000002), VERDICT_DECODED);
	assert_int_equal(push(*state, &path, 0x40000001), VERDICT_DUPLICATE);
	assert_int_equal(push(*state, &path, 0x40000003), VERDICT_DECODED);
	assert_int_equal(associations_counters(*state)->restarts, 1);
	assert_int_equal(associations_counters(*state)->directions, 1);
	assert_int_equal(associations_counters(*state)->strays, 0);
	assert_int_equal(associations_counters(*state)->duplicates, 3);
}

static void another_path_of_a_random_tag_joins_where_the_tsn_fits(void **state)
{
	struct association_path first = path_of(RANDOM_TAG, 1);
	struct association_path second = path_of(RANDOM_TAG, 2);

	assert_int_equal(push(*state, &first, 100), VERDICT_DECODED);
	assert_int_equal(push(*state, &second, 100), VERDICT_DUPLICATE);
	assert_int_equal(push(*state, &second, 101), VERDICT_DECODED);
	assert_int_equal(push(*state, &first, 101), VERDICT_DUPLICATE);
	assert_int_equal(associations_counters(*state)->directions, 1);
	/* Another network with the same tag: its TSNs are elsewhere. */
	assert_int_equal(push(*state, &second, 0x50000000), VERDICT_DECODED);
	assert_int_equal(push(*state, &first, 102), VERDICT_DECODED);
	assert_int_equal(push(*state, &second, 0x50000001), VERDICT_DECODED);
	assert_int_equal(associations_counters(*state)->directions, 2);
}

static void a_small_tag_is_told_apart_by_addresses(void **state)
{
	struct association_path first = path_of(1, 1);
	struct association_path second = path_of(1, 2);

	assert_int_equal(push(*state, &first, 100), VERDICT_DECODED);
	assert_int_equal(push(*state, &second, 100), VERDICT_DECODED);
	assert_int_equal(push(*state, &first, 100), VERDICT_DUPLICATE);
	assert_int_equal(associations_counters(*state)->directions, 2);
}

static void ports_and_tags_name_a_direction(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);
	struct hash_key key = { { UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908) } };

	assert_int_equal(push(*state, &path, 1), VERDICT_DECODED);
	path.source_port++;
	assert_int_equal(push(*state, &path, 1), VERDICT_DECODED);
	path.verification_tag++;
	assert_int_equal(push(*state, &path, 1), VERDICT_DECODED);
	assert_int_equal(association_owner(&key, 1, 2, 3), association_owner(&key, 1, 2, 3));
	assert_true(association_owner(&key, 1, 2, 3) != association_owner(&key, 1, 2, 4));
	/* RFC 9260 8.5.1: whoever reflects the tag sends it between the same ports the other way round. */
	assert_true(association_owner(&key, 1, 2, 3) == association_owner(&key, 1, 3, 2));
}

static void a_full_table_keeps_the_living_and_forgets_the_silent(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);
	struct sctp_data data = data_of(1, WHOLE, "x");
	struct user_message message;

	for (uint32_t i = 0; i < 4; i++) {
		path.verification_tag = RANDOM_TAG + i;
		assert_int_equal(association_data(*state, &path, &data, (nanos)i * S, &message), VERDICT_DECODED);
	}
	path.verification_tag = RANDOM_TAG; /* the first speaks again, so the second is the longest silent */
	assert_int_equal(association_data(*state, &path, &data, 10 * S, &message), VERDICT_DUPLICATE);
	path.verification_tag = RANDOM_TAG + 9;
	assert_int_equal(association_data(*state, &path, &data, 11 * S, &message), VERDICT_ASSOCIATIONS_FULL);
	assert_int_equal(association_data(*state, &path, &data, IDLE + 2 * S, &message), VERDICT_DECODED);
	path.verification_tag = RANDOM_TAG + 2;
	assert_int_equal(association_data(*state, &path, &data, IDLE + 2 * S, &message), VERDICT_DUPLICATE);
	path.verification_tag = RANDOM_TAG + 1;
	assert_int_equal(association_data(*state, &path, &data, IDLE + 2 * S, &message), VERDICT_ASSOCIATIONS_FULL);
}

static void directions_of_one_tag_and_ports_are_told_apart_up_to_a_limit(void **state)
{
	struct association_limits limits = { .directions = 1024, .messages = 8, .message_bytes = 5000, .idle = IDLE, .age = AGE };
	struct associations *a = associations_new(&limits);
	struct sctp_data data = data_of(1, WHOLE, "x");
	struct user_message message;

	(void)state;
	assert_non_null(a);
	for (uint32_t i = 0; i < 300; i++) {
		struct association_path path = path_of(1, (uint8_t)i);

		path.source.bytes[14] = (uint8_t)(i >> 8);
		assert_int_equal(association_data(a, &path, &data, S, &message), i < 256 ? VERDICT_DECODED : VERDICT_ASSOCIATIONS_FULL);
	}
	assert_int_equal(association_data(a, &(struct association_path){ .verification_tag = 2 }, &data, S, &message), VERDICT_DECODED);
	assert_int_equal(
		association_data(a, &(struct association_path){ .verification_tag = 1, .source_port = 2905, .destination_port = 2906 },
				 &data, IDLE + 2 * S, &message),
		VERDICT_DECODED);
	associations_free(a);
}

static void after_a_long_silence_old_tsns_begin_anew(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);
	struct sctp_data data = data_of(1, WHOLE, "x");
	struct user_message message;

	assert_int_equal(association_data(*state, &path, &data, 0, &message), VERDICT_DECODED);
	assert_int_equal(association_data(*state, &path, &data, IDLE, &message), VERDICT_DUPLICATE);
	assert_int_equal(association_data(*state, &path, &data, 2 * IDLE + 1, &message), VERDICT_DECODED);
	assert_int_equal(association_data(*state, &path, &data, 0, &message), VERDICT_DECODED);
	assert_int_equal(associations_counters(*state)->restarts, 2);
}

static void init_ack_names_the_first_tsn_once(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);
	struct sctp_init init = { .initiate_tag = 7, .initial_tsn = 1000 };

	association_init_ack(*state, &path, &init, S);
	assert_int_equal(push(*state, &path, 1002), VERDICT_DECODED);
	association_init_ack(*state, &path, &init, S); /* repeated */
	assert_int_equal(push(*state, &path, 1002), VERDICT_DUPLICATE);
	init.initial_tsn = 0x70000000; /* another association */
	association_init_ack(*state, &path, &init, S);
	assert_int_equal(push(*state, &path, 0x70000000), VERDICT_DECODED);
	assert_int_equal(associations_counters(*state)->restarts, 1);
	assert_int_equal(associations_counters(*state)->directions, 1);
	/* 1000 and 1001 were expected since the INIT ACK. */
	assert_int_equal(associations_counters(*state)->missing, 2);
}

static void forward_tsn_counts_as_seen(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);

	association_forward(*state, &path, 5, S); /* nobody knows this direction: nothing happens */
	assert_int_equal(associations_counters(*state)->directions, 0);
	assert_int_equal(push(*state, &path, 1), VERDICT_DECODED);
	assert_int_equal(push(*state, &path, 4), VERDICT_DECODED);
	association_forward(*state, &path, 2, S);
	assert_int_equal(push(*state, &path, 2), VERDICT_DUPLICATE);
	assert_int_equal(push(*state, &path, 3), VERDICT_DECODED);
	association_forward(*state, &path, 40, S);
	assert_int_equal(push(*state, &path, 33), VERDICT_DUPLICATE);
	assert_int_equal(push(*state, &path, 40), VERDICT_DUPLICATE);
	assert_int_equal(push(*state, &path, 41), VERDICT_DECODED);
	association_forward(*state, &path, 0x30000000, S); /* implausible */
	assert_int_equal(push(*state, &path, 42), VERDICT_DECODED);
	association_end(*state, &path);
	assert_int_equal(associations_counters(*state)->missing, 0);
}

static void copies_of_a_second_tap_may_come_behind_the_end(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);
	struct sctp_data data = data_of(1, BEGIN | END, "all");
	struct user_message message;

	assert_int_equal(association_data(*state, &path, &data, S, &message), VERDICT_DECODED);
	association_end(*state, &path);
	assert_int_equal(association_data(*state, &path, &data, S + S / 1000, &message), VERDICT_DUPLICATE);
	association_end(*state, &path);
	assert_int_equal(association_data(*state, &path, &data, S + 2 * S, &message), VERDICT_DECODED);
	assert_int_equal(associations_counters(*state)->missing, 0);
}

static void an_ended_direction_is_forgotten(void **state)
{
	struct association_path path = path_of(7, 1);
	struct association_path reflected = { .source = path.destination,
					      .destination = path.source,
					      .verification_tag = 7,
					      .source_port = path.destination_port,
					      .destination_port = path.source_port };

	assert_int_equal(push(*state, &path, 1), VERDICT_DECODED);
	association_end(*state, &path);
	association_end(*state, &path);
	assert_int_equal(push(*state, &path, 1), VERDICT_DECODED);
	association_end(*state, &reflected); /* T bit */
	assert_int_equal(push(*state, &path, 1), VERDICT_DECODED);
	/* Ends and new ones never fill the table, nor do random tags. */
	for (uint32_t i = 0; i < 100; i++) {
		association_end(*state, &path);
		path.verification_tag += i < 50 ? 1 : RANDOM_TAG;
		assert_int_equal(push(*state, &path, 1), VERDICT_DECODED);
	}
}

static void fragments_are_joined_in_every_order_of_arrival(void **state)
{
	static const char *const parts[4] = { "The ", "quick ", "brown ", "fox" };
	static const unsigned int flags[4] = { BEGIN, MIDDLE, MIDDLE, END };
	uint32_t tsn = UINT32_MAX - 30; /* the TSN wraps on the way */

	for (unsigned int order = 0; order < 256; order++) {
		unsigned int index[4] = { order & 3, order >> 2 & 3, order >> 4 & 3, order >> 6 & 3 };
		unsigned int set = 1U << index[0] | 1U << index[1] | 1U << index[2] | 1U << index[3];

		if (set != 15)
			continue;
		for (unsigned int i = 0; i < 4; i++) {
			struct sctp_data data = data_of(tsn + index[i], flags[index[i]], parts[index[i]]);

			assert_int_equal(push_part(*state, data, "The quick brown fox"), i == 3 ? VERDICT_DECODED : VERDICT_FRAGMENT_HELD);
			assert_int_equal(push_part(*state, data, ""), VERDICT_DUPLICATE);
		}
		tsn += 4;
	}
	assert_int_equal(associations_counters(*state)->given_up, 0);
}

static void other_streams_and_whole_messages_come_in_between(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);
	struct sctp_data other = data_of(13, BEGIN, "other ");

	assert_int_equal(push_part(*state, data_of(10, BEGIN, "one "), ""), VERDICT_FRAGMENT_HELD);
	assert_int_equal(push(*state, &path, 12), VERDICT_DECODED);
	other.stream = 2;
	assert_int_equal(push_part(*state, other, ""), VERDICT_FRAGMENT_HELD);
	assert_int_equal(push_part(*state, data_of(11, END, "two"), "one two"), VERDICT_DECODED);
	other = data_of(14, END, "stream");
	assert_int_equal(push_part(*state, other, ""), VERDICT_FRAGMENT_HELD); /* stream 1 does not end what stream 2 began */
	other = data_of(14, END, "stream");
	other.stream = 2;
	assert_int_equal(push_part(*state, other, ""), VERDICT_DUPLICATE);
}

static void neighbouring_messages_are_not_mixed(void **state)
{
	assert_int_equal(push_part(*state, data_of(2, END, "b"), ""), VERDICT_FRAGMENT_HELD);
	assert_int_equal(push_part(*state, data_of(3, BEGIN, "c"), ""), VERDICT_FRAGMENT_HELD);
	assert_int_equal(push_part(*state, data_of(4, END, "d"), "cd"), VERDICT_DECODED);
	assert_int_equal(push_part(*state, data_of(1, BEGIN, "a"), "ab"), VERDICT_DECODED);
}

static void unordered_fragments_go_by_tsn_alone(void **state)
{
	struct sctp_data first = data_of(1, BEGIN, "un");
	struct sctp_data second = data_of(2, END, "ordered");

	first.is_unordered = true;
	second.is_unordered = true;
	second.message = 99; /* RFC 9260 3.3.1: to be ignored */
	assert_int_equal(push_part(*state, second, ""), VERDICT_FRAGMENT_HELD);
	assert_int_equal(push_part(*state, first, "unordered"), VERDICT_DECODED);
}

static void i_data_fragments_of_two_messages_interleave(void **state)
{
	struct sctp_data parts[5];

	for (uint32_t i = 0; i < 5; i++) {
		parts[i] = data_of(100 + i, MIDDLE, (const char *const[]){ "A", "x", "B", "y", "C" }[i]);
		parts[i].is_i_data = true;
		parts[i].ppid = i < 2 ? 3 : 0;
		parts[i].message = i % 2 == 0 ? 7 : 8;
		parts[i].fragment_sequence = i / 2;
		parts[i].begins = i < 2;
		parts[i].ends = i > 2;
	}
	assert_int_equal(push_part(*state, parts[4], ""), VERDICT_FRAGMENT_HELD);
	assert_int_equal(push_part(*state, parts[1], ""), VERDICT_FRAGMENT_HELD);
	assert_int_equal(push_part(*state, parts[0], ""), VERDICT_FRAGMENT_HELD);
	assert_int_equal(push_part(*state, parts[3], "xy"), VERDICT_DECODED);
	assert_int_equal(push_part(*state, parts[2], "ABC"), VERDICT_DECODED);
}

static void a_long_message_crosses_blocks_and_its_limit(void **state)
{
	char text[5001];
	char half[2501];
	uint32_t tsn = 1;

	for (size_t i = 0; i < 5000; i++)
		text[i] = (char)('a' + i % 23);
	text[5000] = '\0';
	for (size_t split = 2500; split < 5000; split += 617, tsn += 2) {
		struct sctp_data end = data_of(tsn + 1, END, text + split);
		struct sctp_data begin = data_of(tsn, BEGIN, text);

		cursor_trim(&begin.user, split);
		assert_int_equal(push_part(*state, end, ""), VERDICT_FRAGMENT_HELD);
		assert_int_equal(push_part(*state, begin, text), VERDICT_DECODED);
	}
	memset(half, 'h', 2500);
	half[2500] = '\0';
	for (int i = 0; i < 2; i++)
		assert_int_equal(push_part(*state, data_of(tsn++, i == 0 ? BEGIN : MIDDLE, half), ""), VERDICT_FRAGMENT_HELD);
	assert_int_equal(push_part(*state, data_of(tsn, MIDDLE, "!"), ""), VERDICT_REASSEMBLY_FULL);
	assert_int_equal(associations_counters(*state)->given_up, 1);
}

static void unfinished_messages_are_bounded_and_age(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);
	struct sctp_data late = data_of(101, BEGIN, "late");
	struct user_message message;

	for (uint32_t i = 0; i < 8; i++) {
		struct sctp_data data = data_of(1 + 10 * i, BEGIN, "b");

		data.message = i;
		assert_int_equal(push_part(*state, data, ""), VERDICT_FRAGMENT_HELD);
	}
	assert_int_equal(push_part(*state, data_of(99, BEGIN, "b"), ""), VERDICT_REASSEMBLY_FULL);
	/* A fragment that joins another needs no place of its own. */
	assert_int_equal(push_part(*state, data_of(2, END, "e"), "be"), VERDICT_DECODED);
	assert_int_equal(associations_counters(*state)->given_up, 0);
	assert_int_equal(association_data(*state, &path, &late, S + AGE + 1, &message), VERDICT_FRAGMENT_HELD);
	assert_int_equal(associations_counters(*state)->given_up, 7);
}

static void pieces_of_one_lost_message_count_once(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);

	assert_int_equal(push_part(*state, data_of(1, BEGIN, "b"), ""), VERDICT_FRAGMENT_HELD);
	assert_int_equal(push_part(*state, data_of(3, END, "e"), ""), VERDICT_FRAGMENT_HELD);
	association_end(*state, &path);
	assert_int_equal(associations_counters(*state)->given_up, 1);
	/* Nothing of it is left to be joined. */
	assert_int_equal(push_part(*state, data_of(2, MIDDLE, "m"), ""), VERDICT_FRAGMENT_HELD);
}

static void blocks_come_back_whatever_becomes_of_a_message(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);
	char text[1401];

	memset(text, 't', 1400);
	text[1400] = '\0';
	for (uint32_t round = 0; round < 500; round++) {
		assert_int_equal(push_part(*state, data_of(10 * round + 1, BEGIN, text), ""), VERDICT_FRAGMENT_HELD);
		assert_int_equal(push_part(*state, data_of(10 * round + 2, MIDDLE, text), ""), VERDICT_FRAGMENT_HELD);
		assert_int_equal(push_part(*state, data_of(10 * round + 4, END, text), ""), VERDICT_FRAGMENT_HELD);
		association_end(*state, &path);
	}
	assert_int_equal(associations_counters(*state)->given_up, 500);
}

static void a_fragment_that_the_capture_cut_is_not_joined(void **state)
{
	struct sctp_data cut = data_of(1, BEGIN, "b");

	cut.is_cut = true;
	assert_int_equal(push_part(*state, cut, ""), VERDICT_FRAME_CUT);
	assert_int_equal(push_part(*state, data_of(2, END, "e"), ""), VERDICT_FRAGMENT_HELD);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_unfragmented_chunk_is_handed_through_without_a_copy),
		TEST(a_tsn_seen_before_is_a_duplicate_across_the_wrap),
		TEST(reordering_at_the_pick_up_loses_nothing_and_misses_nothing),
		TEST(overdue_tsns_are_known_at_once_and_bounded),
		TEST(missing_tsns_are_counted_when_they_leave_the_window),
		TEST(a_large_loss_goes_on_at_once_and_is_counted_exactly),
		TEST(a_late_retransmission_is_no_restart),
		TEST(a_capture_played_again_restarts_after_at_most_two_chunks),
		TEST(a_far_jump_is_read_at_once_and_followed_when_a_chunk_confirms_it),
		TEST(another_path_of_a_random_tag_joins_where_the_tsn_fits),
		TEST(a_small_tag_is_told_apart_by_addresses),
		TEST(ports_and_tags_name_a_direction),
		TEST(a_full_table_keeps_the_living_and_forgets_the_silent),
		TEST(directions_of_one_tag_and_ports_are_told_apart_up_to_a_limit),
		TEST(after_a_long_silence_old_tsns_begin_anew),
		TEST(init_ack_names_the_first_tsn_once),
		TEST(forward_tsn_counts_as_seen),
		TEST(copies_of_a_second_tap_may_come_behind_the_end),
		TEST(an_ended_direction_is_forgotten),
		TEST(fragments_are_joined_in_every_order_of_arrival),
		TEST(other_streams_and_whole_messages_come_in_between),
		TEST(neighbouring_messages_are_not_mixed),
		TEST(unordered_fragments_go_by_tsn_alone),
		TEST(i_data_fragments_of_two_messages_interleave),
		TEST(a_long_message_crosses_blocks_and_its_limit),
		TEST(unfinished_messages_are_bounded_and_age),
		TEST(pieces_of_one_lost_message_count_once),
		TEST(blocks_come_back_whatever_becomes_of_a_message),
		TEST(a_fragment_that_the_capture_cut_is_not_joined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
