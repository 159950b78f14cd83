/* SPDX-License-Identifier: BSD-3-Clause */
/* Captures played in a loop: what repeats all that was ever seen of a direction or a stream, and what only looks a little like it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/transport/association.h"
#include "dataplane/transport/stream.h"
#include "dataplane/transport/tsn.h"

#define RANDOM_TAG UINT32_C(0x9c7d5ac8)
#define CLOCK      NANOS_PER_S
/* Bytes of a segment. */
#define SEGMENT 10

static int setup(void **state)
{
	struct association_limits limits = { .directions = 4,
					     .messages = 8,
					     .message_bytes = 5000,
					     .idle = 300 * NANOS_PER_S,
					     .age = 10 * NANOS_PER_S,
					     .key = { { 1, 2 } } };

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

static enum verdict push_at(struct associations *a, const struct association_path *path, uint32_t tsn, nanos clock)
{
	struct sctp_data data = { .tsn = tsn, .begins = true, .ends = true, .ppid = 3, .user = cursor_of((const uint8_t *)"whole", 5) };
	struct user_message message;

	return association_data(a, path, &data, clock, &message);
}

static enum verdict push(struct associations *a, const struct association_path *path, uint32_t tsn)
{
	return push_at(a, path, tsn, CLOCK);
}

/* Pushes `first` to `last`, one every `step` from `clock` on, each twice as two taps do; returns how many were taken for new. */
static unsigned int play(struct associations *a, const struct association_path *path, uint32_t first, uint32_t last, nanos clock,
			 nanos step)
{
	unsigned int taken = 0;

	for (uint32_t tsn = first; tsn != last + 1; tsn++) {
		taken += push_at(a, path, tsn, clock) == VERDICT_DECODED;
		assert_int_equal(push_at(a, path, tsn, clock + step / 2), VERDICT_DUPLICATE);
		clock += step;
	}
	return taken;
}

/* Pushes `first` to `last` and returns how many of them were taken for new. */
static unsigned int push_all(struct associations *a, const struct association_path *path, uint32_t first, uint32_t last)
{
	unsigned int taken = 0;

	for (uint32_t tsn = first; tsn != last + 1; tsn++)
		taken += push(a, path, tsn) == VERDICT_DECODED;
	return taken;
}

static void a_loop_shorter_than_the_window_is_picked_up_after_one_round(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);
	const uint32_t first = UINT32_MAX - 60;

	assert_int_equal(push_all(*state, &path, first, first + 199), 200);
	assert_int_equal(push_all(*state, &path, first, first + 199), 0);
	for (int round = 0; round < 50; round++)
		assert_int_equal(push_all(*state, &path, first, first + 199), 200);
	assert_int_equal(associations_counters(*state)->restarts, 50);
	assert_int_equal(associations_counters(*state)->duplicates, 200);
	assert_int_equal(associations_counters(*state)->missing, 0);
}

static void a_loop_of_some_hundred_tsns_is_picked_up_within_the_first_round(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);

	assert_int_equal(push_all(*state, &path, 1, 1500), 1500);
	assert_int_equal(push_all(*state, &path, 1, 1500), 1500 - TSN_REPLAY_CHUNKS + 1);
	assert_int_equal(push_all(*state, &path, 1, 1500), 1500);
	assert_int_equal(associations_counters(*state)->restarts, 2);
}

static void a_loop_of_three_chunks_in_both_directions(void **state)
{
	struct association_path there = path_of(RANDOM_TAG, 1);
	struct association_path back = path_of(RANDOM_TAG + 77, 2);
	unsigned int taken = 0;

	for (int round = 0; round < 100; round++) {
		for (uint32_t i = 0; i < 3; i++) {
			taken += push(*state, &there, 500 + i) == VERDICT_DECODED;
			taken += push(*state, &back, 9000 + i) == VERDICT_DECODED;
		}
	}
	/* All but the second round, in which the chunks could still be retransmissions. */
	assert_int_equal(taken, 600 - 6);
	assert_int_equal(associations_counters(*state)->restarts, 2 * 98);
	assert_int_equal(associations_counters(*state)->missing, 0);
}

static void a_loop_goes_on_although_the_tap_lost_its_last_chunks(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);

	for (int round = 0; round < 3; round++)
		push_all(*state, &path, 1, 200);
	assert_int_equal(push_all(*state, &path, 1, 190), 190);
	assert_int_equal(push_all(*state, &path, 1, 200), 200 - (TSN_REPLAY_MIN - 1));
	assert_int_equal(push_all(*state, &path, 1, 200), 200);
}

static void old_duplicates_are_no_loop(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);

	push_all(*state, &path, 1, 300);
	/* The first one of all, again and again. */
	for (int i = 0; i < 1000; i++)
		assert_int_equal(push(*state, &path, 1), VERDICT_DUPLICATE);
	assert_int_equal(push(*state, &path, 301), VERDICT_DECODED);
	/* A burst of retransmissions in the middle, longer than any proof. */
	assert_int_equal(push_all(*state, &path, 2, 301), 0);
	assert_int_equal(push_all(*state, &path, 2, 301), 0);
	assert_int_equal(associations_counters(*state)->restarts, 0);
	/* Old and new in turn, the old ones in order from the first on. */
	for (uint32_t i = 0; i < 1000; i++) {
		assert_int_equal(push(*state, &path, 1 + i % 300), VERDICT_DUPLICATE);
		assert_int_equal(push(*state, &path, 302 + i), VERDICT_DECODED);
	}
	assert_int_equal(associations_counters(*state)->restarts, 0);
	assert_int_equal(associations_counters(*state)->missing, 0);
}

static void copies_of_a_second_tap_are_no_loop(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);

	/* Bursts of 64 from one port, then the same from the other. */
	for (uint32_t burst = 0; burst < 20; burst++) {
		assert_int_equal(push_all(*state, &path, 1 + 64 * burst, 64 + 64 * burst), 64);
		assert_int_equal(push_all(*state, &path, 1 + 64 * burst, 64 + 64 * burst), 0);
	}
	assert_int_equal(associations_counters(*state)->restarts, 0);
}

static void one_chunk_and_its_retransmissions_are_no_loop(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);

	assert_int_equal(push_all(*state, &path, 1, 2), 2);
	for (int i = 0; i < 10; i++)
		assert_int_equal(push_all(*state, &path, 1, 2), 0);
	assert_int_equal(associations_counters(*state)->restarts, 0);
}

static void a_loop_that_goes_on_in_earnest_is_a_sequence_again(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);

	for (int round = 0; round < 3; round++)
		push_all(*state, &path, 1, 100);
	assert_int_equal(associations_counters(*state)->restarts, 1);
	for (uint32_t i = 0; i < 500; i++) {
		assert_int_equal(push(*state, &path, 101 + i), VERDICT_DECODED);
		assert_int_equal(push(*state, &path, 1), VERDICT_DUPLICATE);
		assert_int_equal(push(*state, &path, 2), VERDICT_DUPLICATE);
		assert_int_equal(push(*state, &path, 3), VERDICT_DUPLICATE);
	}
	assert_int_equal(associations_counters(*state)->restarts, 1);
}

/* 100 TSNs in 20 s, or 5,000: within the window and beyond it. */
static void a_capture_played_again_is_known_at_its_first_tsn(void **state)
{
	const uint32_t lengths[] = { 100, 5000 };

	for (size_t i = 0; i < 2; i++) {
		struct association_path path = path_of(RANDOM_TAG + (uint32_t)i, 1);
		const uint32_t first = UINT32_MAX - 60;
		const nanos step = 20 * NANOS_PER_S / lengths[i];

		for (int round = 0; round < 4; round++)
			assert_int_equal(play(*state, &path, first, first + lengths[i] - 1, CLOCK + round * 21 * NANOS_PER_S, step),
					 lengths[i]);
	}
	assert_int_equal(associations_counters(*state)->restarts, 6);
	assert_int_equal(associations_counters(*state)->missing, 0);
	assert_int_equal(associations_counters(*state)->overdue, 0);
	assert_int_equal(associations_counters(*state)->strays, 0);
}

/* RFC 9260 6.3.3: the timer doubles, and with nothing acknowledged nothing new is sent. */
static void a_first_chunk_that_is_never_acknowledged_is_no_loop(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);

	assert_int_equal(play(*state, &path, 1, 20, CLOCK, NANOS_PER_S / 10), 20);
	for (nanos after = 1; after < 300; after = 2 * after + 1)
		assert_int_equal(push_at(*state, &path, 1, CLOCK + after * NANOS_PER_S), VERDICT_DUPLICATE);
	assert_int_equal(associations_counters(*state)->restarts, 0);
}

static void a_first_chunk_taken_for_a_loop_by_mistake_costs_nothing_else(void **state)
{
	struct association_path path = path_of(RANDOM_TAG, 1);

	assert_int_equal(play(*state, &path, 1, 100, CLOCK, NANOS_PER_S / 5), 100);
	assert_int_equal(push_at(*state, &path, 1, CLOCK + 21 * NANOS_PER_S), VERDICT_DECODED);
	assert_int_equal(push_at(*state, &path, 103, CLOCK + 22 * NANOS_PER_S), VERDICT_DECODED);
	for (uint32_t tsn = 1; tsn <= 100; tsn++)
		assert_int_equal(push_at(*state, &path, tsn, CLOCK + 22 * NANOS_PER_S), VERDICT_DUPLICATE);
	/* 101 and 102. */
	assert_int_equal(associations_counters(*state)->overdue, 2);
	assert_int_equal(push_at(*state, &path, 101, CLOCK + 23 * NANOS_PER_S), VERDICT_DECODED);
	assert_int_equal(push_at(*state, &path, 102, CLOCK + 23 * NANOS_PER_S), VERDICT_DECODED);
	assert_int_equal(associations_counters(*state)->overdue, 0);
	assert_int_equal(associations_counters(*state)->missing, 0);
}

/* RFC 9260 5.2: within seconds, where TSNs alone could be retransmissions. Copies of the handshake on a second tap change nothing. */
static void a_handshake_begins_an_association_again(void **state)
{
	struct association_path there = path_of(RANDOM_TAG, 1);
	struct association_path back = path_of(RANDOM_TAG + 77, 2);
	const struct sctp_init init = { .initial_tsn = 500 };

	for (nanos clock = CLOCK; clock < CLOCK + 20 * NANOS_PER_S; clock += 5 * NANOS_PER_S) {
		for (nanos tap = 0; tap < 2; tap++) {
			association_init_ack(*state, &back, &init, clock + tap);
			association_cookie_echo(*state, &there);
		}
		assert_int_equal(play(*state, &there, 9000, 9019, clock, NANOS_PER_S / 5), 20);
		assert_int_equal(play(*state, &back, 500, 519, clock, NANOS_PER_S / 5), 20);
	}
	assert_int_equal(associations_counters(*state)->restarts, 6);
	assert_int_equal(associations_counters(*state)->missing, 0);
}

/* RFC 9260 5.1: a COOKIE ECHO that is not answered comes again, and with it the data behind it. */
static void a_repeated_handshake_begins_nothing(void **state)
{
	struct association_path there = path_of(RANDOM_TAG, 1);
	struct association_path back = path_of(RANDOM_TAG + 77, 2);
	const struct sctp_init init = { .initial_tsn = 500 };

	for (nanos after = 0; after < 10; after = 2 * after + 1) {
		association_init_ack(*state, &back, &init, CLOCK + after * NANOS_PER_S);
		association_cookie_echo(*state, &there);
		assert_int_equal(push_at(*state, &there, 9000, CLOCK + after * NANOS_PER_S),
				 after == 0 ? VERDICT_DECODED : VERDICT_DUPLICATE);
		assert_int_equal(push_at(*state, &back, 500, CLOCK + after * NANOS_PER_S),
				 after == 0 ? VERDICT_DECODED : VERDICT_DUPLICATE);
	}
	assert_int_equal(associations_counters(*state)->restarts, 0);
}

/* The step in line and the general one must leave the same window. */
static void the_next_tsn_is_taken_alike_by_both_ways(void **state)
{
	struct tsn_window quick;
	struct tsn_window general;
	uint64_t missing[2] = { 0, 0 };
	uint32_t tsn = UINT32_MAX - 3000;

	(void)state;
	tsn_start(&quick, tsn);
	tsn_start(&general, tsn);
	for (uint32_t i = 0; i < 20000; i++) {
		if (i % 7 == 3)
			tsn += i % 5;
		if (!tsn_take_next(&quick, tsn, &missing[0]))
			tsn_take(&quick, tsn, &missing[0]);
		tsn_take(&general, tsn, &missing[1]);
		assert_memory_equal(&quick, &general, sizeof(quick));
		assert_int_equal(missing[0], missing[1]);
		tsn++;
	}
	assert_true(missing[0] > 0);
}

static int streams_setup(void **state)
{
	struct stream_limits limits = {
		.streams = 8, .held_bytes = 65536, .stream_bytes = 16384, .hold = NANOS_PER_S, .idle = 60 * NANOS_PER_S, .key = { { 1, 2 } }
	};

	*state = streams_new(&limits);
	return *state == NULL;
}

static int streams_teardown(void **state)
{
	streams_free(*state);
	return 0;
}

/* Segments of a stream that begins at `initial`, one every `step` from `clock` on. */
struct sending {
	uint32_t initial;
	nanos clock;
	nanos step;
};

static void send_syn(struct streams *s, const struct sending *sending)
{
	struct stream_path path = { .source_port = 50000, .destination_port = 3868 };
	struct tcp syn = { .sequence = sending->initial - 1, .flags = TCP_SYN };
	struct stream *stream = NULL;

	path.source.bytes[15] = 1;
	assert_int_equal(stream_push(s, &path, &syn, sending->clock, &stream), VERDICT_NO_PAYLOAD);
}

/* Pushes segments `first` to `last` and returns how many of them were new. */
static unsigned int send_timed(struct streams *s, const struct sending *sending, unsigned int first, unsigned int last)
{
	static const uint8_t payload[SEGMENT] = "0123456789";
	struct stream_path path = { .source_port = 50000, .destination_port = 3868 };
	unsigned int taken = 0;

	path.source.bytes[15] = 1;
	for (unsigned int i = first; i <= last; i++) {
		struct tcp tcp = { .sequence = sending->initial + SEGMENT * i, .flags = TCP_ACK, .payload = cursor_of(payload, SEGMENT) };
		nanos clock = sending->clock + (nanos)(i - first) * sending->step;
		struct stream *stream = NULL;
		struct cursor bytes;
		bool is_fresh;

		if (stream_push(s, &path, &tcp, clock, &stream) != VERDICT_DECODED)
			continue;
		while (stream_bytes(s, stream, &bytes, &is_fresh)) {
			taken += (unsigned int)(cursor_left(&bytes) / SEGMENT);
			stream_use(s, stream, cursor_left(&bytes));
		}
	}
	return taken;
}

static unsigned int send_all(struct streams *s, uint32_t initial, unsigned int first, unsigned int last)
{
	const struct sending sending = { .initial = initial, .clock = CLOCK };

	return send_timed(s, &sending, first, last);
}

static void a_stream_played_again_is_known_at_its_first_segment(void **state)
{
	struct sending sending = { .initial = UINT32_MAX - 333, .clock = CLOCK, .step = NANOS_PER_S / 5 };

	for (int round = 0; round < 4; round++) {
		assert_int_equal(send_timed(*state, &sending, 0, 99), 100);
		sending.clock += 21 * NANOS_PER_S;
	}
	assert_int_equal(streams_counters(*state)->restarts, 3);
	assert_int_equal(streams_counters(*state)->duplicate_bytes, 0);
}

/* RFC 9293 3.8.1: the timer doubles, and beyond the window nothing new is sent. */
static void a_first_segment_that_is_never_acknowledged_is_no_loop(void **state)
{
	struct sending sending = { .initial = 7, .clock = CLOCK, .step = NANOS_PER_S / 10 };

	assert_int_equal(send_timed(*state, &sending, 0, 19), 20);
	for (nanos after = 1; after < 50; after = 2 * after + 1) {
		sending.clock = CLOCK + after * NANOS_PER_S;
		assert_int_equal(send_timed(*state, &sending, 0, 0), 0);
	}
	assert_int_equal(streams_counters(*state)->restarts, 0);
}

static void a_syn_begins_a_stream_again(void **state)
{
	struct sending sending = { .initial = 7, .clock = CLOCK, .step = NANOS_PER_S / 5 };

	for (int round = 0; round < 4; round++) {
		send_syn(*state, &sending);
		/* Its copy on a second tap, behind the first data. */
		assert_int_equal(send_timed(*state, &sending, 0, 0), 1);
		send_syn(*state, &sending);
		assert_int_equal(send_timed(*state, &sending, 0, 0), 0);
		assert_int_equal(send_timed(*state, &sending, 1, 19), 19);
		sending.clock += 4 * NANOS_PER_S;
	}
}

static void a_looped_stream_is_picked_up_after_one_round(void **state)
{
	const uint32_t initial = UINT32_MAX - 333;

	assert_int_equal(send_all(*state, initial, 0, 99), 100);
	assert_int_equal(send_all(*state, initial, 0, 99), 0);
	for (int round = 0; round < 50; round++)
		assert_int_equal(send_all(*state, initial, 0, 99), 100);
	assert_int_equal(streams_counters(*state)->restarts, 50);
	/* The tap loses the end of a round. */
	assert_int_equal(send_all(*state, initial, 0, 89), 90);
	assert_int_equal(send_all(*state, initial, 0, 99), 98);
	assert_int_equal(send_all(*state, initial, 0, 99), 100);
}

static void a_looped_stream_of_many_segments_is_picked_up_within_the_first_round(void **state)
{
	assert_int_equal(send_all(*state, 7, 0, 999), 1000);
	assert_int_equal(send_all(*state, 7, 0, 999), 1000 - 255);
	assert_int_equal(send_all(*state, 7, 0, 999), 1000);
}

static void old_segments_are_no_loop(void **state)
{
	send_all(*state, 7, 0, 299);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(send_all(*state, 7, 0, 0), 0);
	assert_int_equal(send_all(*state, 7, 300, 300), 1);
	assert_int_equal(send_all(*state, 7, 1, 300), 0);
	assert_int_equal(send_all(*state, 7, 1, 300), 0);
	for (unsigned int i = 0; i < 1000; i++) {
		assert_int_equal(send_all(*state, 7, i % 300, i % 300), 0);
		assert_int_equal(send_all(*state, 7, 301 + i, 301 + i), 1);
	}
	assert_int_equal(streams_counters(*state)->restarts, 0);
}

#define TEST(name)        cmocka_unit_test_setup_teardown(name, setup, teardown)
#define STREAM_TEST(name) cmocka_unit_test_setup_teardown(name, streams_setup, streams_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_loop_shorter_than_the_window_is_picked_up_after_one_round),
		TEST(a_loop_of_some_hundred_tsns_is_picked_up_within_the_first_round),
		TEST(a_loop_of_three_chunks_in_both_directions),
		TEST(a_loop_goes_on_although_the_tap_lost_its_last_chunks),
		TEST(old_duplicates_are_no_loop),
		TEST(copies_of_a_second_tap_are_no_loop),
		TEST(one_chunk_and_its_retransmissions_are_no_loop),
		TEST(a_loop_that_goes_on_in_earnest_is_a_sequence_again),
		TEST(a_capture_played_again_is_known_at_its_first_tsn),
		TEST(a_first_chunk_that_is_never_acknowledged_is_no_loop),
		TEST(a_first_chunk_taken_for_a_loop_by_mistake_costs_nothing_else),
		TEST(a_handshake_begins_an_association_again),
		TEST(a_repeated_handshake_begins_nothing),
		cmocka_unit_test(the_next_tsn_is_taken_alike_by_both_ways),
		STREAM_TEST(a_stream_played_again_is_known_at_its_first_segment),
		STREAM_TEST(a_first_segment_that_is_never_acknowledged_is_no_loop),
		STREAM_TEST(a_syn_begins_a_stream_again),
		STREAM_TEST(a_looped_stream_is_picked_up_after_one_round),
		STREAM_TEST(a_looped_stream_of_many_segments_is_picked_up_within_the_first_round),
		STREAM_TEST(old_segments_are_no_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
