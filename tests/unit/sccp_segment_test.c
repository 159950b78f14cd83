/* SPDX-License-Identifier: BSD-3-Clause */
/* Reassembly of segmented SCCP user data: Q.714 4.1.1.2.2 and .3, in the order of a tap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/ss7/segment.h"

#define AGE (10 * NANOS_PER_S)

static const struct mtp3 route = { .opc = 303, .dpc = 2005, .service_indicator = MTP3_SI_SCCP };

static struct sccp_segments *segments_of(size_t messages)
{
	const struct sccp_segment_limits limits = { .messages = messages, .age = AGE, .key = { { 1, 2 } } };
	struct sccp_segments *s = sccp_segments_new(&limits);

	assert_non_null(s);
	return s;
}

/* A segment of the message `reference` with `left` to follow; its text is the user data. */
static struct sccp segment_of(uint32_t reference, bool is_first, uint8_t left, const char *text)
{
	return (struct sccp){
		.calling = { .global_title = 0x447802000001000c, .subsystem = 6, .has_subsystem = true },
		.user = cursor_of((const uint8_t *)text, strlen(text)),
		.segment_reference = reference,
		.type = SCCP_XUDT,
		.segments_left = left,
		.is_segmented = !is_first || left > 0,
		.is_first_segment = is_first,
		.is_connectionless = true,
	};
}

static enum verdict take(struct sccp_segments *s, struct sccp segment, nanos clock, struct cursor *ret)
{
	return sccp_segments_take(s, 1, &route, &segment, clock, ret);
}

static void assert_text(struct cursor user, const char *text)
{
	assert_int_equal(cursor_left(&user), strlen(text));
	assert_memory_equal(user.at, text, strlen(text));
}

static void segments_in_order_make_the_message(void **state)
{
	struct sccp_segments *s = segments_of(4);
	struct cursor user;

	(void)state;
	assert_int_equal(take(s, segment_of(7, true, 2, "one "), 0, &user), VERDICT_FRAGMENT_HELD);
	assert_int_equal(take(s, segment_of(7, false, 1, "two "), 1, &user), VERDICT_FRAGMENT_HELD);
	assert_int_equal(take(s, segment_of(7, false, 0, "three"), 2, &user), VERDICT_DECODED);
	assert_text(user, "one two three");
	assert_int_equal(sccp_segments_given_up(s), 0);
	sccp_segments_free(s);
}

static void segments_in_any_order_make_the_same_message(void **state)
{
	static const uint8_t orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
	static const char *const texts[] = { "three", "two ", "one " };
	struct sccp_segments *s = segments_of(8);
	struct cursor user;

	(void)state;
	for (uint32_t i = 0; i < 6; i++) {
		for (unsigned int j = 0; j < 3; j++) {
			uint8_t left = orders[i][j];

			assert_int_equal(take(s, segment_of(i, left == 2, left, texts[left]), 0, &user),
					 j < 2 ? VERDICT_FRAGMENT_HELD : VERDICT_DECODED);
		}
		assert_text(user, "one two three");
	}
	sccp_segments_free(s);
}

static void a_message_of_one_segment_passes_through(void **state)
{
	struct sccp_segments *s = segments_of(1);
	struct cursor user;

	(void)state;
	assert_int_equal(take(s, segment_of(7, true, 0, "whole"), 0, &user), VERDICT_DECODED);
	assert_text(user, "whole");
	sccp_segments_free(s);
}

static void sixteen_full_segments_fit_and_a_longer_one_does_not(void **state)
{
	static char text[274];
	struct sccp_segments *s = segments_of(1);
	struct cursor user;

	(void)state;
	memset(text, 'x', 273);
	assert_int_equal(take(s, segment_of(7, true, 15, text), 0, &user), VERDICT_SCCP_SEGMENT);
	text[272] = '\0';
	for (uint8_t left = 15; left > 0; left--)
		assert_int_equal(take(s, segment_of(7, left == 15, left, text), 0, &user), VERDICT_FRAGMENT_HELD);
	assert_int_equal(take(s, segment_of(7, false, 0, text), 0, &user), VERDICT_DECODED);
	assert_int_equal(cursor_left(&user), 16 * 272);
	sccp_segments_free(s);
}

static void a_segment_that_comes_twice_is_a_duplicate_before_and_after_the_end(void **state)
{
	struct sccp_segments *s = segments_of(4);
	struct cursor user;

	(void)state;
	assert_int_equal(take(s, segment_of(7, true, 1, "one "), 0, &user), VERDICT_FRAGMENT_HELD);
	assert_int_equal(take(s, segment_of(7, true, 1, "one "), 0, &user), VERDICT_DUPLICATE);
	assert_int_equal(take(s, segment_of(7, false, 0, "two"), 0, &user), VERDICT_DECODED);
	assert_int_equal(take(s, segment_of(7, false, 0, "two"), 1, &user), VERDICT_DUPLICATE);
	assert_int_equal(take(s, segment_of(7, true, 1, "one "), 1, &user), VERDICT_DUPLICATE);
	assert_int_equal(sccp_segments_given_up(s), 0);
	sccp_segments_free(s);
}

static void a_reference_that_is_used_again_begins_a_new_message(void **state)
{
	struct sccp_segments *s = segments_of(4);
	struct cursor user;

	(void)state;
	assert_int_equal(take(s, segment_of(7, true, 1, "one "), 0, &user), VERDICT_FRAGMENT_HELD);
	assert_int_equal(take(s, segment_of(7, true, 1, "uno "), 1, &user), VERDICT_FRAGMENT_HELD);
	assert_int_equal(sccp_segments_given_up(s), 1);
	assert_int_equal(take(s, segment_of(7, false, 0, "due"), 2, &user), VERDICT_DECODED);
	assert_text(user, "uno due");
	assert_int_equal(take(s, segment_of(7, true, 2, "eins "), 3, &user), VERDICT_FRAGMENT_HELD);
	assert_int_equal(sccp_segments_given_up(s), 1); /* the finished one was not given up */
	sccp_segments_free(s);
}

static void a_segment_that_does_not_fit_its_message_is_refused(void **state)
{
	struct sccp_segments *s = segments_of(4);
	struct cursor user;

	(void)state;
	assert_int_equal(take(s, segment_of(7, true, 2, "one "), 0, &user), VERDICT_FRAGMENT_HELD);
	assert_int_equal(take(s, segment_of(7, false, 3, "zero "), 0, &user), VERDICT_SCCP_SEGMENT); /* before the first */
	assert_int_equal(take(s, segment_of(7, false, 1, "two "), 0, &user), VERDICT_FRAGMENT_HELD);
	assert_int_equal(take(s, segment_of(7, false, 1, "TWO "), 0, &user), VERDICT_SCCP_SEGMENT); /* other bytes */
	assert_int_equal(take(s, segment_of(7, false, 0, "three"), 0, &user), VERDICT_DECODED);
	assert_text(user, "one two three");
	sccp_segments_free(s);
}

static void messages_are_told_apart_by_address_reference_route_and_path(void **state)
{
	struct sccp_segments *s = segments_of(8);
	const struct mtp3 back = { .opc = 2005, .dpc = 303 };
	struct sccp first = segment_of(7, true, 1, "a");
	struct sccp last = segment_of(7, false, 0, "b");
	struct sccp other = last;
	struct cursor user;

	(void)state;
	other.calling.subsystem = 7;
	assert_int_equal(sccp_segments_take(s, 1, &route, &first, 0, &user), VERDICT_FRAGMENT_HELD);
	assert_int_equal(sccp_segments_take(s, 2, &route, &last, 0, &user), VERDICT_FRAGMENT_HELD);
	assert_int_equal(sccp_segments_take(s, 1, &back, &last, 0, &user), VERDICT_FRAGMENT_HELD);
	assert_int_equal(sccp_segments_take(s, 1, &route, &other, 0, &user), VERDICT_FRAGMENT_HELD);
	assert_int_equal(take(s, segment_of(8, false, 0, "b"), 0, &user), VERDICT_FRAGMENT_HELD);
	assert_int_equal(sccp_segments_take(s, 1, &route, &last, 0, &user), VERDICT_DECODED);
	assert_text(user, "ab");
	sccp_segments_free(s);
}

static void a_message_that_never_ends_is_given_up_after_its_age(void **state)
{
	struct sccp_segments *s = segments_of(1);
	struct cursor user;

	(void)state;
	assert_int_equal(take(s, segment_of(7, true, 1, "one "), 0, &user), VERDICT_FRAGMENT_HELD);
	assert_int_equal(take(s, segment_of(8, true, 1, "uno "), AGE, &user), VERDICT_REASSEMBLY_FULL);
	assert_int_equal(sccp_segments_given_up(s), 0);
	assert_int_equal(take(s, segment_of(8, true, 1, "uno "), AGE + 1, &user), VERDICT_FRAGMENT_HELD);
	assert_int_equal(sccp_segments_given_up(s), 1);
	assert_int_equal(take(s, segment_of(7, false, 0, "two"), AGE + 2, &user), VERDICT_REASSEMBLY_FULL);
	sccp_segments_free(s);
}

static void a_clock_that_goes_far_back_gives_up_what_waited(void **state)
{
	struct sccp_segments *s = segments_of(1);
	struct cursor user;

	(void)state;
	assert_int_equal(take(s, segment_of(7, true, 1, "one"), 100 * AGE, &user), VERDICT_FRAGMENT_HELD);
	assert_int_equal(take(s, segment_of(8, true, 1, "two"), 1, &user), VERDICT_FRAGMENT_HELD);
	assert_int_equal(sccp_segments_given_up(s), 1);
	sccp_segments_free(s);
}

static void a_finished_message_makes_room_for_a_new_one(void **state)
{
	struct sccp_segments *s = segments_of(2);
	struct cursor user;

	(void)state;
	for (uint32_t reference = 0; reference < 100; reference++) {
		assert_int_equal(take(s, segment_of(reference, true, 1, "one "), 0, &user), VERDICT_FRAGMENT_HELD);
		assert_int_equal(take(s, segment_of(reference, false, 0, "two"), 0, &user), VERDICT_DECODED);
		assert_text(user, "one two");
	}
	assert_int_equal(sccp_segments_given_up(s), 0);
	sccp_segments_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_in_order_make_the_message),
		cmocka_unit_test(segments_in_any_order_make_the_same_message),
		cmocka_unit_test(a_message_of_one_segment_passes_through),
		cmocka_unit_test(sixteen_full_segments_fit_and_a_longer_one_does_not),
		cmocka_unit_test(a_segment_that_comes_twice_is_a_duplicate_before_and_after_the_end),
		cmocka_unit_test(a_reference_that_is_used_again_begins_a_new_message),
		cmocka_unit_test(a_segment_that_does_not_fit_its_message_is_refused),
		cmocka_unit_test(messages_are_told_apart_by_address_reference_route_and_path),
		cmocka_unit_test(a_message_that_never_ends_is_given_up_after_its_age),
		cmocka_unit_test(a_clock_that_goes_far_back_gives_up_what_waited),
		cmocka_unit_test(a_finished_message_makes_room_for_a_new_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
