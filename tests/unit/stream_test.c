/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TCP streams put back in order (RFC 9293 3.4, 3.8, 3.10.7.4). Every segment lies in memory of its own that is freed after it was read,
 * so that a sanitizer sees a stream that still looks at an old frame. A message here is its length in one byte and as many bytes less
 * one: what is not whole is left to the stream.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dataplane/transport/stream.h"

#define OUT_MAX 65536

struct tap {
	struct streams *streams;
	struct stream *stream; /* of the last segment */
	nanos clock;
	uint16_t port; /* of the client */
	bool reads_messages;
	bool was_fresh;
	bool never_reports;
	unsigned int reads;
	size_t out_length;
	uint8_t out[OUT_MAX];
};

static const struct stream_limits usual = {
	.streams = 8, .held_bytes = 65536, .stream_bytes = 16384, .hold = NANOS_PER_S, .idle = 60 * NANOS_PER_S, .key = { { 1, 2 } }
};

static struct tap *tap_new(const struct stream_limits *limits)
{
	struct tap *tap = calloc(1, sizeof(*tap));

	assert_non_null(tap);
	tap->streams = streams_new(limits);
	assert_non_null(tap->streams);
	tap->clock = 1342008060 * NANOS_PER_S;
	tap->port = 50000;
	return tap;
}

static void tap_free(struct tap *tap)
{
	streams_free(tap->streams);
	free(tap);
}

static size_t messages_length(struct cursor c)
{
	size_t left = cursor_left(&c);
	uint8_t length = 0;

	while (cursor_peek_u8(&c, 0, &length) && length > 0 && cursor_skip(&c, length))
		;
	return left - cursor_left(&c);
}

static void tap_read(struct tap *tap, struct stream *stream)
{
	struct cursor bytes;
	bool is_fresh = false;

	while (stream_bytes(tap->streams, stream, &bytes, &is_fresh)) {
		size_t used = tap->reads_messages ? messages_length(bytes) : cursor_left(&bytes);

		tap->reads++;
		tap->was_fresh |= is_fresh;
		if (tap->never_reports)
			return;
		assert_true(tap->out_length + used <= OUT_MAX);
		memcpy(tap->out + tap->out_length, bytes.at, used);
		tap->out_length += used;
		stream_use(tap->streams, stream, used);
		if (used == 0)
			return;
	}
}

static struct stream_path path_of(const struct tap *tap, bool is_from_client)
{
	struct stream_path path = { .source_port = tap->port, .destination_port = 3868 };

	path.source.bytes[15] = 1;
	path.destination.bytes[15] = 2;
	if (is_from_client)
		return path;
	return (struct stream_path){ path.destination, path.source, path.destination_port, path.source_port };
}

static enum verdict tap_push(struct tap *tap, bool is_from_client, const struct tcp *segment)
{
	struct stream_path path = path_of(tap, is_from_client);
	size_t length = cursor_left(&segment->payload);
	uint8_t *frame = malloc(length + 1);
	struct tcp tcp = *segment;
	enum verdict verdict = VERDICT_DECODED;

	assert_non_null(frame);
	if (length > 0)
		memcpy(frame, segment->payload.at, length);
	tcp.payload = cursor_of(frame, length);
	tap->clock += NANOS_PER_MS;
	tap->was_fresh = false;
	verdict = stream_push(tap->streams, &path, &tcp, tap->clock, &tap->stream);
	if (verdict == VERDICT_DECODED || verdict == VERDICT_REASSEMBLY_FULL)
		tap_read(tap, tap->stream);
	if (streams_awakened(tap->streams) != NULL)
		tap_read(tap, streams_awakened(tap->streams));
	free(frame);
	return verdict;
}

/* A segment from the client. */
static enum verdict tap_send(struct tap *tap, uint32_t sequence, const char *text)
{
	struct tcp tcp = { .sequence = sequence, .flags = TCP_ACK, .payload = cursor_of((const uint8_t *)text, strlen(text)) };

	return tap_push(tap, true, &tcp);
}

static enum verdict tap_flags(struct tap *tap, uint32_t sequence, uint8_t flags)
{
	struct tcp tcp = { .sequence = sequence, .flags = flags, .payload = cursor_of((const uint8_t *)"", 0) };

	return tap_push(tap, true, &tcp);
}

/* The server acknowledges what the client sent. */
static void tap_acknowledge(struct tap *tap, uint32_t acknowledgement)
{
	struct tcp tcp = { .flags = TCP_ACK, .acknowledgement = acknowledgement, .payload = cursor_of((const uint8_t *)"", 0) };

	tap_push(tap, false, &tcp);
}

static void assert_out(const struct tap *tap, const char *text)
{
	assert_int_equal(tap->out_length, strlen(text));
	assert_memory_equal(tap->out, text, strlen(text));
}

static void a_segment_in_order_is_handed_through_where_it_lies(void **state)
{
	static const uint8_t payload[] = "abc";
	struct tap *tap = tap_new(&usual);
	struct stream_path path = path_of(tap, true);
	struct tcp tcp = { .sequence = 7, .payload = cursor_of(payload, 3) };
	struct cursor bytes;
	bool is_fresh = false;

	(void)state;
	assert_int_equal(stream_push(tap->streams, &path, &tcp, tap->clock, &tap->stream), VERDICT_DECODED);
	assert_true(stream_bytes(tap->streams, tap->stream, &bytes, &is_fresh));
	assert_ptr_equal(bytes.at, payload);
	assert_true(is_fresh);
	assert_true(stream_use(tap->streams, tap->stream, 3));
	assert_false(stream_bytes(tap->streams, tap->stream, &bytes, &is_fresh));
	tap_free(tap);
}

static void what_is_not_used_is_kept_and_the_next_segment_appended(void **state)
{
	struct tap *tap = tap_new(&usual);

	(void)state;
	tap->reads_messages = true;
	tap_flags(tap, 99, TCP_SYN);
	tap_send(tap, 100,
		 "\x03"
		 "bc\x06"
		 "12");
	assert_out(tap, "\x03"
			"bc");
	assert_false(tap->was_fresh);
	tap_send(tap, 106, "3");
	tap_send(tap, 107,
		 "45\x02"
		 "z");
	assert_out(tap, "\x03"
			"bc\x06"
			"12345\x02"
			"z");
	tap_free(tap);
}

static void segments_behind_a_gap_wait_until_it_is_filled(void **state)
{
	struct tap *tap = tap_new(&usual);

	(void)state;
	tap_send(tap, 100, "ab");
	assert_int_equal(tap_send(tap, 106, "gh"), VERDICT_DECODED);
	assert_int_equal(tap_send(tap, 104, "ef"), VERDICT_DECODED);
	assert_out(tap, "ab");
	tap_send(tap, 102, "cd");
	assert_out(tap, "abcdefgh");
	assert_false(tap->was_fresh);
	assert_int_equal(streams_counters(tap->streams)->gaps, 0);
	tap_free(tap);
}

static void retransmissions_are_duplicates_and_partial_ones_give_only_what_is_new(void **state)
{
	struct tap *tap = tap_new(&usual);

	(void)state;
	tap_send(tap, 100, "abcd");
	assert_int_equal(tap_send(tap, 100, "abcd"), VERDICT_DUPLICATE);
	assert_int_equal(tap_send(tap, 102, "cd"), VERDICT_DUPLICATE);
	assert_int_equal(tap_send(tap, 102, "cdef"), VERDICT_DECODED);
	assert_int_equal(tap_send(tap, 108, "ij"), VERDICT_DECODED);
	assert_int_equal(tap_send(tap, 108, "ij"), VERDICT_DUPLICATE);
	assert_int_equal(tap_send(tap, 104, "efghijkl"), VERDICT_DECODED);
	assert_out(tap, "abcdefghijkl");
	assert_int_equal(streams_counters(tap->streams)->duplicate_bytes, 4 + 2 + 2 + 2 + 2 + 2);
	tap_free(tap);
}

static void where_copies_of_a_byte_differ_the_first_one_wins(void **state)
{
	struct tap *tap = tap_new(&usual);

	(void)state;
	tap_send(tap, 100, "ab");
	tap_send(tap, 104, "EF");
	tap_send(tap, 108, "IJ");
	tap_send(tap, 103, "dxxghxxkl");
	tap_send(tap, 102, "cyyy");
	assert_out(tap, "abcdEFghIJkl");
	tap_free(tap);
}

static void a_keep_alive_or_window_probe_below_what_is_next_changes_nothing(void **state)
{
	struct tap *tap = tap_new(&usual);

	(void)state;
	tap_send(tap, 100, "ab");
	assert_int_equal(tap_send(tap, 101, "?"), VERDICT_DUPLICATE);
	assert_int_equal(tap_flags(tap, 101, TCP_ACK), VERDICT_NO_PAYLOAD);
	tap_send(tap, 102, "cd");
	assert_out(tap, "abcd");
	tap_free(tap);
}

static void sequence_numbers_wrap_around(void **state)
{
	struct tap *tap = tap_new(&usual);

	(void)state;
	tap_flags(tap, 0xfffffffc, TCP_SYN);
	tap_send(tap, 0xfffffffd, "ab");
	tap_send(tap, 1, "ef");
	tap_send(tap, 0xffffffff, "cd");
	assert_out(tap, "abcdef");
	tap_free(tap);
}

static void a_syn_may_carry_data_and_come_twice(void **state)
{
	struct tcp tcp = { .sequence = 99, .flags = TCP_SYN, .payload = cursor_of((const uint8_t *)"ab", 2) };
	struct tap *tap = tap_new(&usual);

	(void)state;
	assert_int_equal(tap_push(tap, true, &tcp), VERDICT_DECODED);
	assert_false(tap->was_fresh);
	tap_send(tap, 102, "cd");
	assert_int_equal(tap_push(tap, true, &tcp), VERDICT_DUPLICATE);
	assert_int_equal(tap_flags(tap, 99, TCP_SYN), VERDICT_NO_PAYLOAD);
	tap_send(tap, 104, "ef");
	assert_out(tap, "abcdef");
	tap_free(tap);
}

static void a_syn_that_comes_behind_the_first_data_does_not_start_anew(void **state)
{
	struct tap *tap = tap_new(&usual);

	(void)state;
	tap_send(tap, 100, "ab");
	assert_true(tap->was_fresh);
	tap_flags(tap, 99, TCP_SYN);
	assert_int_equal(tap_send(tap, 100, "ab"), VERDICT_DUPLICATE);
	tap_send(tap, 102, "cd");
	assert_out(tap, "abcd");
	tap_free(tap);
}

static void a_syn_with_another_sequence_is_a_new_connection_on_old_ports(void **state)
{
	struct tap *tap = tap_new(&usual);

	(void)state;
	tap->reads_messages = true;
	tap_flags(tap, 99, TCP_SYN);
	tap_send(tap, 100,
		 "\x09"
		 "unfinish");
	*stream_mark(tap->stream) = 5;
	tap_flags(tap, 299, TCP_SYN);
	assert_int_equal(*stream_mark(tap->stream), 0);
	tap_send(tap, 300,
		 "\x02"
		 "a");
	assert_out(tap, "\x09"
			"unfinish\x02"
			"a");
	tap_free(tap);
}

static void after_a_fin_even_the_same_sequence_is_a_new_connection(void **state)
{
	struct tap *tap = tap_new(&usual);

	(void)state;
	for (int i = 0; i < 2; i++) {
		tap_flags(tap, 99, TCP_SYN);
		tap_send(tap, 100, "ab");
		tap_flags(tap, 102, TCP_FIN | TCP_ACK);
	}
	assert_out(tap, "abab");
	tap_free(tap);
}

static void a_stream_picked_up_in_the_middle_is_fresh_until_its_first_use(void **state)
{
	struct tap *tap = tap_new(&usual);

	(void)state;
	tap->reads_messages = true;
	tap_send(tap, 100,
		 "\x09"
		 "a");
	assert_true(tap->was_fresh);
	tap_send(tap, 102, "bcdefgh");
	assert_true(tap->was_fresh);
	assert_int_equal(tap->out_length, 9);
	tap_send(tap, 109,
		 "\x02"
		 "a");
	assert_false(tap->was_fresh);
	tap_free(tap);
}

static void a_gap_is_given_up_when_it_is_too_old(void **state)
{
	struct tap *tap = tap_new(&usual);

	(void)state;
	tap_send(tap, 100, "ab");
	tap_send(tap, 105, "fg");
	tap->clock += NANOS_PER_S - 10 * NANOS_PER_MS;
	tap_send(tap, 107, "hi");
	assert_out(tap, "ab");
	tap->clock += 10 * NANOS_PER_MS;
	tap_send(tap, 109, "jk");
	assert_out(tap, "abfghijk");
	assert_true(tap->was_fresh);
	assert_int_equal(streams_counters(tap->streams)->gaps, 1);
	assert_int_equal(streams_counters(tap->streams)->gap_bytes, 3);
	assert_int_equal(tap_send(tap, 102, "cde"), VERDICT_DUPLICATE);
	tap_free(tap);
}

static void an_unfinished_message_before_a_gap_is_given_up_with_it(void **state)
{
	struct tap *tap = tap_new(&usual);

	(void)state;
	tap->reads_messages = true;
	tap_flags(tap, 99, TCP_SYN);
	tap_send(tap, 100,
		 "\x05"
		 "bc");
	tap_send(tap, 105,
		 "\x02"
		 "x");
	tap->clock += NANOS_PER_S;
	tap_flags(tap, 107, TCP_ACK);
	assert_out(tap, "\x02"
			"x");
	assert_int_equal(streams_counters(tap->streams)->gap_bytes, 2);
	tap_free(tap);
}

static void a_gap_that_the_receiver_acknowledged_is_given_up_after_twenty_milliseconds(void **state)
{
	struct tap *tap = tap_new(&usual);

	(void)state;
	tap_send(tap, 100, "ab");
	tap_send(tap, 105, "fg");
	tap_acknowledge(tap, 104); /* not all of the gap */
	tap->clock += 30 * NANOS_PER_MS;
	tap_send(tap, 107, "hi");
	assert_out(tap, "ab");
	tap_acknowledge(tap, 107);
	tap->clock += 15 * NANOS_PER_MS;
	tap_send(tap, 109, "jk");
	assert_out(tap, "ab");
	tap->clock += 10 * NANOS_PER_MS;
	tap_send(tap, 111, "lm");
	assert_out(tap, "abfghijklm");
	tap_free(tap);
}

static void data_behind_its_acknowledgement_still_fills_the_gap(void **state)
{
	struct tap *tap = tap_new(&usual);

	(void)state;
	tap_send(tap, 100, "ab");
	tap_acknowledge(tap, 109);
	tap_send(tap, 105, "fg");
	tap_send(tap, 102, "cde");
	tap_send(tap, 107, "hi");
	assert_out(tap, "abcdefghi");
	tap_free(tap);
}

static void an_acknowledgement_wakes_the_stream_it_acknowledges(void **state)
{
	struct tap *tap = tap_new(&usual);

	(void)state;
	tap_send(tap, 100, "ab");
	tap_send(tap, 105, "fg");
	tap_acknowledge(tap, 107);
	assert_null(streams_awakened(tap->streams));
	tap->clock += 20 * NANOS_PER_MS;
	tap_acknowledge(tap, 107);
	assert_non_null(streams_awakened(tap->streams));
	assert_out(tap, "abfg");
	tap_free(tap);
}

static void want_of_room_gives_up_a_gap(void **state)
{
	struct stream_limits limits = usual;
	struct tap *tap = NULL;

	(void)state;
	limits.stream_bytes = 16;
	tap = tap_new(&limits);
	tap_send(tap, 100, "ab");
	tap_send(tap, 104, "efgh");
	tap_send(tap, 108, "ijkl");
	assert_out(tap, "ab");
	tap_send(tap, 112, "mnop");
	assert_out(tap, "abefghijklmnop");
	tap_send(tap, 200, "far"); /* cannot wait at all */
	assert_true(tap->was_fresh);
	assert_out(tap, "abefghijklmnopfar");
	tap_free(tap);
}

static void a_message_longer_than_the_room_for_it_is_refused_and_the_stream_goes_on(void **state)
{
	struct stream_limits limits = usual;
	struct tap *tap = NULL;

	(void)state;
	limits.stream_bytes = 16;
	tap = tap_new(&limits);
	tap->reads_messages = true;
	tap_send(tap, 100,
		 "\x20"
		 "23456789");
	assert_int_equal(tap_send(tap, 109, "abcdefgh"), VERDICT_REASSEMBLY_FULL);
	tap_send(tap, 117,
		 "\x02"
		 "a");
	assert_true(tap->was_fresh);
	assert_out(tap, "\x02"
			"a");
	tap_free(tap);
}

static void a_reset_frees_an_unfinished_message_but_hands_out_what_waits_behind_a_gap(void **state)
{
	struct tap *tap = tap_new(&usual);

	(void)state;
	tap_send(tap, 100, "ab");
	tap_send(tap, 104, "ef");
	assert_int_equal(tap_flags(tap, 106, TCP_RST), VERDICT_DECODED);
	assert_out(tap, "abef");
	tap->reads_messages = true;
	tap_send(tap, 106, "\x09");
	assert_int_equal(tap_flags(tap, 107, TCP_RST), VERDICT_NO_PAYLOAD);
	tap_send(tap, 300, "\x01");
	assert_true(tap->was_fresh);
	tap_free(tap);
}

static void a_sequence_far_outside_the_window_is_picked_up_but_an_old_duplicate_is_not(void **state)
{
	struct tap *tap = tap_new(&usual);

	(void)state;
	tap_send(tap, 1u << 30, "ab");
	assert_int_equal(tap_send(tap, (1u << 30) - 100000, "zz"), VERDICT_DUPLICATE);
	assert_int_equal(tap_send(tap, 5, "cd"), VERDICT_DECODED);
	assert_true(tap->was_fresh);
	tap_send(tap, 7, "ef");
	assert_out(tap, "abcdef");
	assert_int_equal(streams_counters(tap->streams)->restarts, 1);
	tap_free(tap);
}

static void a_wild_sequence_number_does_not_stop_the_stream(void **state)
{
	struct tap *tap = tap_new(&usual);

	(void)state;
	tap_send(tap, 100, "ab");
	tap_send(tap, 0x40000000, "??");
	tap_send(tap, 102, "cd");
	tap_send(tap, 104, "ef");
	assert_out(tap, "ab??cdef");
	tap_free(tap);
}

static void a_clock_that_went_back_does_not_hold_a_gap_for_ever(void **state)
{
	struct tap *tap = tap_new(&usual);

	(void)state;
	tap_send(tap, 100, "ab");
	tap->clock += 1000 * NANOS_PER_S;
	tap_send(tap, 104, "ef");
	tap->clock -= 1000 * NANOS_PER_S;
	tap_send(tap, 106, "gh");
	assert_out(tap, "ab");
	tap->clock += NANOS_PER_S;
	tap_send(tap, 108, "ij");
	assert_out(tap, "abefghij");
	tap_free(tap);
}

static void bytes_that_were_never_reported_as_used_are_lost_with_their_frame(void **state)
{
	struct tap *tap = tap_new(&usual);

	(void)state;
	tap_send(tap, 100, "ab");
	tap->never_reports = true;
	tap_send(tap, 102, "cd");
	tap->never_reports = false;
	tap_send(tap, 104, "ef");
	assert_true(tap->was_fresh);
	assert_out(tap, "abef");
	assert_int_equal(streams_counters(tap->streams)->gaps, 0);
	tap_free(tap);
}

static void an_ignored_stream_holds_nothing_until_a_syn(void **state)
{
	struct tap *tap = tap_new(&usual);

	(void)state;
	tap_send(tap, 100, "ab");
	stream_ignore(tap->streams, tap->stream);
	assert_int_equal(tap_send(tap, 102, "cd"), VERDICT_OTHER_PORT);
	assert_int_equal(tap_send(tap, 110, "kl"), VERDICT_OTHER_PORT);
	tap_flags(tap, 4999, TCP_SYN);
	tap_send(tap, 5000, "new");
	assert_out(tap, "abnew");
	tap_free(tap);
}

static void a_full_table_refuses_the_newcomer_and_forgets_only_the_silent(void **state)
{
	struct stream_limits limits = usual;
	struct tap *tap = NULL;

	(void)state;
	limits.streams = 2;
	tap = tap_new(&limits);
	for (uint16_t i = 0; i < 2; i++) {
		tap->port = (uint16_t)(50000 + i);
		assert_int_equal(tap_send(tap, 100, "a"), VERDICT_DECODED);
	}
	tap->port = 50002;
	assert_int_equal(tap_send(tap, 100, "b"), VERDICT_STREAMS_FULL);
	tap->clock += 59 * NANOS_PER_S;
	tap->port = 50000;
	assert_int_equal(tap_send(tap, 101, "c"), VERDICT_DECODED);
	tap->clock += 2 * NANOS_PER_S;
	tap->port = 50002;
	assert_int_equal(tap_send(tap, 100, "d"), VERDICT_DECODED);
	tap->port = 50000;
	assert_int_equal(tap_send(tap, 102, "e"), VERDICT_DECODED);
	assert_false(tap->was_fresh);
	tap->port = 50001;
	assert_int_equal(tap_send(tap, 101, "f"), VERDICT_STREAMS_FULL);
	tap_free(tap);
}

static void streams_of_a_time_that_was_stepped_back_from_make_room(void **state)
{
	struct stream_limits limits = usual;
	struct tap *tap = NULL;

	(void)state;
	limits.streams = 1;
	tap = tap_new(&limits);
	assert_int_equal(tap_send(tap, 100, "a"), VERDICT_DECODED);
	tap->port = 50001;
	tap->clock -= 7200 * NANOS_PER_S;
	assert_int_equal(tap_send(tap, 100, "b"), VERDICT_DECODED);
	tap_free(tap);
}

static void connections_that_never_spoke_or_ended_make_room_at_once(void **state)
{
	struct stream_limits limits = usual;
	struct tap *tap = NULL;

	(void)state;
	limits.streams = 2;
	tap = tap_new(&limits);
	tap_send(tap, 100, "a");
	for (uint16_t i = 1; i < 100; i++) {
		tap->port = (uint16_t)(50000 + i);
		tap_flags(tap, 99, TCP_SYN);
	}
	assert_int_equal(tap_send(tap, 100, "b"), VERDICT_DECODED);
	assert_false(tap->was_fresh);
	tap->port = 60000;
	assert_int_equal(tap_send(tap, 100, "c"), VERDICT_STREAMS_FULL);
	tap->port = 50000;
	tap_flags(tap, 101, TCP_FIN | TCP_ACK);
	tap->port = 60000;
	assert_int_equal(tap_send(tap, 100, "c"), VERDICT_DECODED);
	assert_int_equal(tap->out_length, 3);
	tap_free(tap);
}

/* One hold in all: the stream that is heard keeps it, the one that fell silent loses it. */
static void room_is_taken_from_a_silent_stream_but_not_from_a_live_one(void **state)
{
	struct stream_limits limits = usual;
	struct tap *tap = NULL;

	(void)state;
	limits.held_bytes = limits.stream_bytes;
	tap = tap_new(&limits);
	tap->reads_messages = true;
	tap_send(tap, 100,
		 "\x05"
		 "12");
	tap->port = 50001;
	tap_send(tap, 100,
		 "\x05"
		 "ab");
	assert_int_equal(streams_counters(tap->streams)->refused, 1);
	tap_send(tap, 103, "\x01");
	assert_true(tap->was_fresh);
	tap->clock += 2 * NANOS_PER_S;
	tap_send(tap, 104,
		 "\x05"
		 "ab");
	tap_send(tap, 107, "cd");
	assert_out(tap, "\x01\x05"
			"abcd");
	assert_int_equal(streams_counters(tap->streams)->given_up, 3);
	tap->port = 50000;
	tap_send(tap, 103, "\x01");
	assert_true(tap->was_fresh);
	tap_free(tap);
}

static void without_room_to_wait_a_gap_is_skipped_at_once(void **state)
{
	struct stream_limits limits = usual;
	struct tap *tap = NULL;

	(void)state;
	limits.held_bytes = limits.stream_bytes;
	tap = tap_new(&limits);
	tap_send(tap, 100, "ab");
	tap_send(tap, 104, "ef");
	tap->port = 50001;
	tap_send(tap, 100, "AB");
	tap_send(tap, 104, "EF");
	assert_true(tap->was_fresh);
	tap_send(tap, 106, "GH");
	assert_out(tap, "abABEFGH");
	tap_free(tap);
}

static void the_end_of_a_capture_gives_up_every_gap(void **state)
{
	struct tap *tap = tap_new(&usual);
	struct stream *waiting[1];
	size_t calls = 0;
	unsigned int ports = 0;

	(void)state;
	tap_send(tap, 100, "a");
	tap_send(tap, 102, "c");
	tap_send(tap, 104, "e");
	tap->port = 50001;
	tap_send(tap, 100, "A");
	tap_send(tap, 102, "C");
	while (streams_flush(tap->streams, waiting, 1) == 1) {
		uint16_t port = stream_path_of(waiting[0])->source_port;

		assert_true(port == 50000 || port == 50001);
		ports += port;
		tap_read(tap, waiting[0]);
		assert_true(++calls < 10);
	}
	assert_int_equal(calls, 3);
	assert_int_equal(ports, 50000 + 50000 + 50001);
	assert_int_equal(tap->out_length, 5);
	tap_free(tap);
}

static void both_directions_have_the_same_owner(void **state)
{
	struct tap tap = { .port = 50000 };
	struct tap other = { .port = 50001 };
	struct stream_path there = path_of(&tap, true);
	struct stream_path back = path_of(&tap, false);
	struct stream_path elsewhere = path_of(&other, true);

	(void)state;
	assert_true(stream_owner(&usual.key, &there) == stream_owner(&usual.key, &back));
	assert_false(stream_owner(&usual.key, &there) == stream_owner(&usual.key, &elsewhere));
}

/* A repeatable sequence of numbers. */
static uint32_t chance(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33);
}

struct cut {
	size_t from;
	size_t to;
};

static size_t messages_fill(uint8_t *bytes, size_t size, uint64_t *seed)
{
	size_t at = 0;

	while (at + 255 < size) {
		uint8_t length = (uint8_t)(1 + chance(seed) % 200);

		bytes[at] = length;
		for (size_t i = 1; i < length; i++)
			bytes[at + i] = (uint8_t)chance(seed);
		at += length;
	}
	return at;
}

/* Cuts `length` bytes into segments, some of them twice or with a piece of their neighbours, each at most a few places from where it
 * belongs. */
static size_t cuts_make(struct cut *cuts, size_t length, uint64_t *seed)
{
	size_t count = 0;
	size_t at = 0;

	while (at < length) {
		size_t size = 1 + chance(seed) % (chance(seed) % 2 == 0 ? 400 : 10);
		size_t to = at + size < length ? at + size : length;
		size_t back = chance(seed) % 4 == 0 ? chance(seed) % 50 : 0;

		cuts[count++] = (struct cut){ back < at ? at - back : at, to };
		if (chance(seed) % 10 == 0)
			cuts[count++] = (struct cut){ at, to };
		at = to;
	}
	for (size_t i = 0; i + 8 < count; i++) {
		size_t other = i + (chance(seed) % 3 == 0 ? chance(seed) % 8 : 0);
		struct cut swap = cuts[i];

		cuts[i] = cuts[other];
		cuts[other] = swap;
	}
	return count;
}

static void any_split_shuffled_within_a_window_and_repeated_gives_the_same_bytes(void **state)
{
	static uint8_t bytes[12000];
	static struct cut cuts[24000];
	uint64_t seed = 20120711;

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct tap *tap = tap_new(&usual);
		size_t length = messages_fill(bytes, sizeof(bytes), &seed);
		size_t count = cuts_make(cuts, length, &seed);
		uint32_t initial = round % 2 == 0 ? chance(&seed) * 2 : UINT32_MAX - chance(&seed) % 10000;

		tap->reads_messages = round % 3 != 0;
		tap_flags(tap, initial, TCP_SYN);
		for (size_t i = 0; i < count; i++) {
			struct tcp tcp = { .sequence = initial + 1 + (uint32_t)cuts[i].from,
					   .payload = cursor_of(bytes + cuts[i].from, cuts[i].to - cuts[i].from) };

			tap_push(tap, true, &tcp);
		}
		assert_int_equal(tap->out_length, length);
		assert_memory_equal(tap->out, bytes, length);
		assert_int_equal(streams_counters(tap->streams)->gaps, 0);
		tap_free(tap);
	}
}

/* A fifth of the segments is lost to the tap and one in twenty comes late; then nothing more: the stream must be in step again. */
static void loss_and_reordering_never_stop_a_stream(void **state)
{
	uint64_t seed = 4;

	(void)state;
	for (int round = 0; round < 50; round++) {
		struct tap *tap = tap_new(&usual);
		uint32_t sequence = chance(&seed);
		uint32_t late = 0;

		for (int i = 0; i < 2000; i++) {
			bool is_lost = i < 1800 && chance(&seed) % 5 == 0;
			bool is_late = i < 1800 && chance(&seed) % 20 == 0;

			if (i == 1999)
				tap->out_length = 0;
			tap->clock += 5 * NANOS_PER_MS;
			if (!is_lost && !is_late)
				tap_send(tap, sequence, "0123456789");
			if (late != 0)
				tap_send(tap, late, "0123456789");
			late = is_late ? sequence : 0;
			sequence += 10;
			if (round % 2 == 0)
				tap_acknowledge(tap, sequence);
		}
		assert_out(tap, "0123456789");
		tap_free(tap);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_segment_in_order_is_handed_through_where_it_lies),
		cmocka_unit_test(what_is_not_used_is_kept_and_the_next_segment_appended),
		cmocka_unit_test(segments_behind_a_gap_wait_until_it_is_filled),
		cmocka_unit_test(retransmissions_are_duplicates_and_partial_ones_give_only_what_is_new),
		cmocka_unit_test(where_copies_of_a_byte_differ_the_first_one_wins),
		cmocka_unit_test(a_keep_alive_or_window_probe_below_what_is_next_changes_nothing),
		cmocka_unit_test(sequence_numbers_wrap_around),
		cmocka_unit_test(a_syn_may_carry_data_and_come_twice),
		cmocka_unit_test(a_syn_that_comes_behind_the_first_data_does_not_start_anew),
		cmocka_unit_test(a_syn_with_another_sequence_is_a_new_connection_on_old_ports),
		cmocka_unit_test(after_a_fin_even_the_same_sequence_is_a_new_connection),
		cmocka_unit_test(a_stream_picked_up_in_the_middle_is_fresh_until_its_first_use),
		cmocka_unit_test(a_gap_is_given_up_when_it_is_too_old),
		cmocka_unit_test(an_unfinished_message_before_a_gap_is_given_up_with_it),
		cmocka_unit_test(a_gap_that_the_receiver_acknowledged_is_given_up_after_twenty_milliseconds),
		cmocka_unit_test(data_behind_its_acknowledgement_still_fills_the_gap),
		cmocka_unit_test(an_acknowledgement_wakes_the_stream_it_acknowledges),
		cmocka_unit_test(want_of_room_gives_up_a_gap),
		cmocka_unit_test(a_message_longer_than_the_room_for_it_is_refused_and_the_stream_goes_on),
		cmocka_unit_test(a_reset_frees_an_unfinished_message_but_hands_out_what_waits_behind_a_gap),
		cmocka_unit_test(a_sequence_far_outside_the_window_is_picked_up_but_an_old_duplicate_is_not),
		cmocka_unit_test(a_wild_sequence_number_does_not_stop_the_stream),
		cmocka_unit_test(a_clock_that_went_back_does_not_hold_a_gap_for_ever),
		cmocka_unit_test(bytes_that_were_never_reported_as_used_are_lost_with_their_frame),
		cmocka_unit_test(an_ignored_stream_holds_nothing_until_a_syn),
		cmocka_unit_test(a_full_table_refuses_the_newcomer_and_forgets_only_the_silent),
		cmocka_unit_test(streams_of_a_time_that_was_stepped_back_from_make_room),
		cmocka_unit_test(connections_that_never_spoke_or_ended_make_room_at_once),
		cmocka_unit_test(room_is_taken_from_a_silent_stream_but_not_from_a_live_one),
		cmocka_unit_test(without_room_to_wait_a_gap_is_skipped_at_once),
		cmocka_unit_test(the_end_of_a_capture_gives_up_every_gap),
		cmocka_unit_test(both_directions_have_the_same_owner),
		cmocka_unit_test(any_split_shuffled_within_a_window_and_repeated_gives_the_same_bytes),
		cmocka_unit_test(loss_and_reordering_never_stop_a_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
