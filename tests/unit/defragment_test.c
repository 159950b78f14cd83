/* SPDX-License-Identifier: BSD-3-Clause */
/* Reassembly of IP fragments: every order, copies, overlaps, limits, age. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/ip/defragment.h"

#define AGE (30 * NANOS_PER_S)

static uint8_t content[65536];

static int setup(void **state)
{
	struct defragment_limits limits = { .datagrams = 4, .age = AGE, .key = { { 1, 2 } } };

	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (uint8_t)(i * 31 + i / 256);
	*state = defragmenter_new(&limits);
	return *state == NULL;
}

static int teardown(void **state)
{
	defragmenter_free(*state);
	return 0;
}

/* Bytes from..to of the content as a fragment of datagram `id`. */
static struct ip fragment_of(uint32_t id, uint32_t from, uint32_t to, bool more)
{
	struct ip ip = { .version = 4, .protocol = IP_PROTOCOL_SCTP, .fragment_id = id, .fragment_offset = from, .more_fragments = more };

	ip.source.bytes[15] = 1;
	ip.destination.bytes[15] = 2;
	ip.is_fragment = more || from != 0;
	ip.payload = cursor_of(content + from, to - from);
	return ip;
}

static enum verdict take(struct defragmenter *d, struct ip fragment, nanos clock)
{
	struct cursor payload = { 0 };
	enum verdict verdict = defragmenter_take(d, &fragment, clock, &payload);

	if (verdict == VERDICT_DECODED)
		assert_memory_equal(payload.at, content, cursor_left(&payload));
	return verdict;
}

static void fragments_are_joined_in_every_order(void **state)
{
	static const unsigned int orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

	for (uint32_t i = 0; i < 6; i++) {
		struct ip fragments[3] = { fragment_of(i, 0, 80, true), fragment_of(i, 80, 160, true), fragment_of(i, 160, 171, false) };
		struct cursor payload = { 0 };

		assert_int_equal(take(*state, fragments[orders[i][0]], 0), VERDICT_FRAGMENT_HELD);
		assert_int_equal(take(*state, fragments[orders[i][1]], 0), VERDICT_FRAGMENT_HELD);
		assert_int_equal(defragmenter_take(*state, &fragments[orders[i][2]], 0, &payload), VERDICT_DECODED);
		assert_int_equal(cursor_left(&payload), 171);
		assert_memory_equal(payload.at, content, 171);
	}
}

static void copies_of_a_tap_are_duplicates_before_and_after_the_end(void **state)
{
	assert_int_equal(take(*state, fragment_of(7, 80, 100, false), 0), VERDICT_FRAGMENT_HELD);
	assert_int_equal(take(*state, fragment_of(7, 80, 100, false), 0), VERDICT_DUPLICATE);
	assert_int_equal(take(*state, fragment_of(7, 0, 80, true), 0), VERDICT_DECODED);
	assert_int_equal(take(*state, fragment_of(7, 0, 80, true), 0), VERDICT_DUPLICATE);
	assert_int_equal(take(*state, fragment_of(7, 80, 100, false), 1), VERDICT_DUPLICATE);
	/* Nothing dangles afterwards. */
	assert_int_equal(take(*state, fragment_of(8, 0, 80, true), 10 * AGE), VERDICT_FRAGMENT_HELD);
	assert_int_equal(defragmenter_expired(*state), 0);
}

static void a_number_that_comes_round_again_begins_a_new_datagram(void **state)
{
	struct ip other = fragment_of(7, 0, 80, true);

	assert_int_equal(take(*state, fragment_of(7, 0, 80, true), 0), VERDICT_FRAGMENT_HELD);
	assert_int_equal(take(*state, fragment_of(7, 80, 100, false), 0), VERDICT_DECODED);
	other.payload = cursor_of(content + 1, 80);
	assert_int_equal(take(*state, other, 1), VERDICT_FRAGMENT_HELD);
}

static void an_overlap_that_agrees_is_harmless(void **state)
{
	struct ip last = fragment_of(1, 80, 171, false);
	struct cursor payload = { 0 };

	assert_int_equal(take(*state, fragment_of(1, 0, 88, true), 0), VERDICT_FRAGMENT_HELD);
	assert_int_equal(take(*state, fragment_of(1, 8, 80, true), 0), VERDICT_DUPLICATE);
	assert_int_equal(defragmenter_take(*state, &last, 0, &payload), VERDICT_DECODED);
	assert_int_equal(cursor_left(&payload), 171);
	assert_memory_equal(payload.at, content, 171);
}

static void an_overlap_that_disagrees_gives_the_datagram_up(void **state)
{
	struct ip wrong = fragment_of(1, 72, 152, true);

	wrong.payload = cursor_of(content, 80);
	assert_int_equal(take(*state, fragment_of(1, 0, 80, true), 0), VERDICT_FRAGMENT_HELD);
	assert_int_equal(take(*state, wrong, 0), VERDICT_IP_FRAGMENT);
	/* RFC 5722 3: also what is still to come. */
	assert_int_equal(take(*state, fragment_of(1, 80, 100, false), 0), VERDICT_IP_FRAGMENT);
	assert_int_equal(take(*state, fragment_of(1, 0, 80, true), 0), VERDICT_IP_FRAGMENT);
	/* Until its age; given up is not expired. */
	assert_int_equal(take(*state, fragment_of(1, 0, 80, true), AGE + 1), VERDICT_FRAGMENT_HELD);
	assert_int_equal(defragmenter_expired(*state), 0);
}

static void two_ends_cannot_both_be_right(void **state)
{
	assert_int_equal(take(*state, fragment_of(1, 80, 100, false), 0), VERDICT_FRAGMENT_HELD);
	assert_int_equal(take(*state, fragment_of(1, 160, 200, false), 0), VERDICT_IP_FRAGMENT);
	assert_int_equal(take(*state, fragment_of(2, 160, 240, true), 0), VERDICT_FRAGMENT_HELD);
	assert_int_equal(take(*state, fragment_of(2, 80, 100, false), 0), VERDICT_IP_FRAGMENT);
	assert_int_equal(take(*state, fragment_of(3, 80, 100, false), 0), VERDICT_FRAGMENT_HELD);
	assert_int_equal(take(*state, fragment_of(3, 80, 160, true), 0), VERDICT_IP_FRAGMENT);
}

static void impossible_fragments_are_refused(void **state)
{
	struct ip far = fragment_of(1, 0, 8, false);
	struct ip cut = fragment_of(2, 0, 80, true);

	assert_int_equal(take(*state, fragment_of(1, 0, 81, true), 0), VERDICT_IP_FRAGMENT);
	assert_int_equal(take(*state, fragment_of(1, 80, 80, false), 0), VERDICT_IP_FRAGMENT);
	far.is_fragment = true;
	far.fragment_offset = 65528; /* up to 65,536: one too many */
	assert_int_equal(take(*state, far, 0), VERDICT_IP_FRAGMENT);
	cut.is_cut = true;
	assert_int_equal(take(*state, cut, 0), VERDICT_FRAME_CUT);
	/* None of them took a place. */
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(take(*state, fragment_of(10 + i, 0, 80, true), 0), VERDICT_FRAGMENT_HELD);
}

static void the_longest_datagram_fits(void **state)
{
	struct ip last = fragment_of(1, 65528, 65535, false);
	struct cursor payload = { 0 };

	assert_int_equal(defragmenter_take(*state, &last, 0, &payload), VERDICT_FRAGMENT_HELD);
	for (uint32_t from = 0; from < 63 * 1024; from += 1024)
		assert_int_equal(take(*state, fragment_of(1, from, from + 1024, true), 0), VERDICT_FRAGMENT_HELD);
	last = fragment_of(1, 63 * 1024, 65528, true);
	/* That was the 65th. */
	assert_int_equal(defragmenter_take(*state, &last, 0, &payload), VERDICT_IP_FRAGMENT);

	last = fragment_of(2, 65528, 65535, false);
	assert_int_equal(defragmenter_take(*state, &last, 0, &payload), VERDICT_FRAGMENT_HELD);
	last = fragment_of(2, 0, 65528, true);
	assert_int_equal(defragmenter_take(*state, &last, 0, &payload), VERDICT_DECODED);
	assert_int_equal(cursor_left(&payload), 65535);
	assert_memory_equal(payload.at, content, 65535);
}

static void many_holes_are_closed_one_by_one(void **state)
{
	for (uint32_t i = 0; i < 32; i++)
		assert_int_equal(take(*state, fragment_of(1, 16 * i, 16 * i + 8, true), 0), VERDICT_FRAGMENT_HELD);
	for (uint32_t i = 31; i > 0; i--)
		assert_int_equal(take(*state, fragment_of(1, 16 * i + 8, 16 * i + 16, i != 31), 0), VERDICT_FRAGMENT_HELD);
	assert_int_equal(take(*state, fragment_of(1, 8, 16, true), 0), VERDICT_DECODED);
}

static void the_key_holds_protocol_addresses_and_number(void **state)
{
	struct ip tcp = fragment_of(1, 80, 100, false);
	struct ip address = fragment_of(1, 80, 100, false);
	struct ip version = fragment_of(1, 80, 100, false);

	tcp.protocol = IP_PROTOCOL_TCP;
	address.destination.bytes[15] = 3;
	version.version = 6;
	assert_int_equal(take(*state, fragment_of(1, 0, 80, true), 0), VERDICT_FRAGMENT_HELD);
	assert_int_equal(take(*state, tcp, 0), VERDICT_FRAGMENT_HELD);
	assert_int_equal(take(*state, address, 0), VERDICT_FRAGMENT_HELD);
	assert_int_equal(take(*state, version, 0), VERDICT_FRAGMENT_HELD);
	assert_int_equal(take(*state, fragment_of(1, 80, 100, false), 0), VERDICT_DECODED);
}

static void a_full_table_gives_up_what_has_waited_longest(void **state)
{
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(take(*state, fragment_of(i, 0, 80, true), i), VERDICT_FRAGMENT_HELD);
	assert_int_equal(take(*state, fragment_of(9, 0, 80, true), AGE), VERDICT_FRAGMENT_HELD);
	assert_int_equal(defragmenter_evicted(*state), 1);
	/* Number 0 has gone, number 1 is still there and, once finished, gives its place. */
	assert_int_equal(take(*state, fragment_of(1, 80, 100, false), AGE), VERDICT_DECODED);
	assert_int_equal(take(*state, fragment_of(0, 80, 100, false), AGE), VERDICT_FRAGMENT_HELD);
	assert_int_equal(defragmenter_evicted(*state), 1);
	assert_int_equal(defragmenter_expired(*state), 1);
	assert_int_equal(take(*state, fragment_of(10, 0, 80, true), AGE + 3), VERDICT_FRAGMENT_HELD);
	assert_int_equal(defragmenter_expired(*state), 2);
	/* A clock that falls back by more than the age is another capture: all that waited is over. */
	assert_int_equal(take(*state, fragment_of(9, 80, 100, false), -10 * AGE), VERDICT_FRAGMENT_HELD);
	assert_int_equal(defragmenter_expired(*state), 6);
}

static void a_flood_from_one_source_throws_out_its_own(void **state)
{
	struct ip begin = fragment_of(7, 0, 80, true);
	struct ip end = fragment_of(7, 80, 100, false);

	begin.source.bytes[15] = 99;
	end.source.bytes[15] = 99;
	assert_int_equal(take(*state, begin, 0), VERDICT_FRAGMENT_HELD);
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(take(*state, fragment_of(i, 0, 80, true), 1), VERDICT_FRAGMENT_HELD);
	assert_int_equal(defragmenter_evicted(*state), 1000 - 3);
	assert_int_equal(take(*state, end, 2), VERDICT_DECODED);
}

static void many_places_take_no_memory_before_they_are_used(void **state)
{
	struct defragment_limits limits = { .datagrams = 1000000, .age = AGE, .key = { { 1, 2 } } };
	struct defragmenter *d = defragmenter_new(&limits);

	(void)state;
	assert_non_null(d);
	for (uint32_t i = 0; i < 5000; i++) {
		assert_int_equal(take(d, fragment_of(i, 0, 80, true), 1), VERDICT_FRAGMENT_HELD);
		if (i % 3 != 0)
			assert_int_equal(take(d, fragment_of(i, 80, 100, false), 1), VERDICT_DECODED);
	}
	for (uint32_t i = 0; i < 5000; i += 3)
		assert_int_equal(take(d, fragment_of(i, 80, 100, false), 1), VERDICT_DECODED);
	assert_int_equal(defragmenter_expired(d), 0);
	defragmenter_free(d);
}

static void a_packet_that_is_no_fragment_comes_back(void **state)
{
	assert_int_equal(take(*state, fragment_of(1, 0, 80, false), 0), VERDICT_DECODED);
	assert_int_equal(take(*state, fragment_of(1, 0, 80, false), 0), VERDICT_DECODED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(fragments_are_joined_in_every_order),
		TEST(copies_of_a_tap_are_duplicates_before_and_after_the_end),
		TEST(a_number_that_comes_round_again_begins_a_new_datagram),
		TEST(an_overlap_that_agrees_is_harmless),
		TEST(an_overlap_that_disagrees_gives_the_datagram_up),
		TEST(two_ends_cannot_both_be_right),
		TEST(impossible_fragments_are_refused),
		TEST(the_longest_datagram_fits),
		TEST(many_holes_are_closed_one_by_one),
		TEST(the_key_holds_protocol_addresses_and_number),
		TEST(a_full_table_gives_up_what_has_waited_longest),
		TEST(a_flood_from_one_source_throws_out_its_own),
		TEST(many_places_take_no_memory_before_they_are_used),
		TEST(a_packet_that_is_no_fragment_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
