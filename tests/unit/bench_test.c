/* SPDX-License-Identifier: BSD-3-Clause */
/* The frames of a bench: fresh in every round, answers that lag, copies, pace, and shares that are dealt anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h needs the above */
#include <cmocka.h>

#include "control/command/bench_set.h"

#define FRAMES      4
#define FRAME_BYTES 64
#define REQUEST_AT  8
#define ANSWER_AT   (FRAME_BYTES + 8)
#define NUMBER_AT   (2 * FRAME_BYTES)
#define ADVANCE     7

/* Frame 0 bears a request's id, frame 1 its answer's, frame 2 a TSN, and frame 3 is a handshake. */
static void set_open(struct bench_set *s)
{
	static const uint8_t id[4] = { 1, 2, 3, 4 };

	*s = (struct bench_set){ .size = (size_t)1 << 20, .copies = 1, .stride = FRAMES * FRAME_BYTES, .stream_count = 1 };
	assert_true(bench_set_take(s));
	s->used = s->stride;
	s->count = FRAMES;
	s->frames = calloc(FRAMES, sizeof(*s->frames));
	s->owners = calloc(FRAMES, sizeof(*s->owners));
	s->opens = calloc(FRAMES, sizeof(*s->opens));
	s->advances = calloc(1, sizeof(*s->advances));
	for (size_t i = 0; i < FRAMES; i++)
		s->frames[i] = (struct frame){
			.bytes = s->memory + i * FRAME_BYTES, .captured = FRAME_BYTES, .wire_length = FRAME_BYTES, .sequence = i + 1
		};
	s->opens[3] = true;
	s->owners[2] = 1;
	s->advances[0] = ADVANCE;
	memcpy(s->memory + REQUEST_AT, id, sizeof(id));
	memcpy(s->memory + ANSWER_AT, id, sizeof(id));
	assert_true(bench_set_patch(
		s, &(struct bench_patch){ .at = s->memory + REQUEST_AT, .stream = PATCH_NO_STREAM, .mask = MASK_TCAP, .octets = 4 }));
	assert_true(bench_set_patch(
		s, &(struct bench_patch){
			   .at = s->memory + ANSWER_AT, .stream = PATCH_NO_STREAM, .mask = MASK_TCAP, .octets = 4, .is_answer = true }));
	assert_true(bench_set_patch(s, &(struct bench_patch){ .at = s->memory + NUMBER_AT, .stream = 0 }));
}

static uint32_t number_at(const struct bench_set *s, size_t copy, size_t at)
{
	const uint8_t *b = s->memory + copy * s->stride + at;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static void without_a_lag_answers_bear_the_ids_of_their_round(void **state)
{
	struct bench_set s;
	uint32_t before = 0x01020304;

	(void)state;
	set_open(&s);
	assert_true(bench_set_deal(&s, 1));
	bench_share_turn(&s, &s.shares[0], 0);
	assert_int_equal(number_at(&s, 0, REQUEST_AT), before);
	for (uint64_t round = 1; round < 100; round++) {
		bench_share_turn(&s, &s.shares[0], round);
		assert_int_not_equal(number_at(&s, 0, REQUEST_AT), before);
		assert_int_equal(number_at(&s, 0, REQUEST_AT), number_at(&s, 0, ANSWER_AT));
		assert_int_equal(number_at(&s, 0, NUMBER_AT), round * ADVANCE);
		before = number_at(&s, 0, REQUEST_AT);
	}
	bench_set_free(&s);
}

static void with_a_lag_answers_bear_the_ids_of_as_many_rounds_before(void **state)
{
	struct bench_set s;
	uint32_t sent[100];

	(void)state;
	set_open(&s);
	s.lag = 9;
	assert_true(bench_set_deal(&s, 1));
	for (uint64_t round = 0; round < 100; round++) {
		bench_share_turn(&s, &s.shares[0], round);
		sent[round] = number_at(&s, 0, REQUEST_AT);
		for (uint64_t other = 0; other < round; other++)
			assert_true((sent[other] == number_at(&s, 0, ANSWER_AT)) == (other + s.lag == round));
	}
	bench_set_free(&s);
}

static void copies_are_rounds_that_follow_each_other(void **state)
{
	struct bench_set s;
	struct bench_set one;

	(void)state;
	set_open(&s);
	set_open(&one);
	s.lag = one.lag = 2;
	assert_true(bench_set_copy(&s, 5 * ((size_t)2 << 20)) && s.copies == 5);
	assert_true(bench_set_deal(&s, 1) && bench_set_deal(&one, 1));
	for (uint64_t round = 0; round < 20; round++) {
		size_t copy = round % s.copies;

		bench_share_turn(&s, &s.shares[0], round);
		bench_share_turn(&one, &one.shares[0], round);
		assert_memory_equal(s.memory + copy * s.stride, one.memory, one.used);
	}
	bench_set_free(&s);
	bench_set_free(&one);
}

static void handshakes_are_in_the_first_round_only(void **state)
{
	struct bench_set s;
	size_t count;

	(void)state;
	set_open(&s);
	assert_true(bench_set_deal(&s, 2));
	for (uint64_t round = 0; round < 3; round++) {
		bench_share_turn(&s, &s.shares[0], round);
		bench_share_frames(&s, &s.shares[0], &count);
		assert_int_equal(count, round == 0 ? 3 : 2);
	}
	bench_share_frames(&s, &s.shares[1], &count);
	assert_int_equal(count, 1);
	bench_set_free(&s);
}

static void frames_that_are_dealt_anew_are_as_they_were_captured(void **state)
{
	struct bench_set s;

	(void)state;
	set_open(&s);
	s.lag = 3;
	assert_true(bench_set_deal(&s, 1));
	for (uint64_t round = 0; round < 5; round++)
		bench_share_turn(&s, &s.shares[0], round);
	assert_true(bench_set_deal(&s, 2));
	assert_int_equal(number_at(&s, 0, REQUEST_AT), 0x01020304);
	assert_int_equal(number_at(&s, 0, ANSWER_AT), 0x01020304);
	assert_int_equal(number_at(&s, 0, NUMBER_AT), 0);
	bench_set_free(&s);
}

/* 64 octets and the 24 that Ethernet adds take 70.4 ns at 10 Gbit/s. */
static void frames_come_at_the_pace_of_a_line(void **state)
{
	struct bench_set s;

	(void)state;
	set_open(&s);
	bench_set_pace(&s, 10e9);
	assert_int_equal(s.frames[0].clock, 0);
	assert_int_equal(s.frames[1].clock, 70);
	assert_int_equal(s.frames[3].clock, 211);
	assert_int_equal(s.period, 282);
	bench_set_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_lag_answers_bear_the_ids_of_their_round),
		cmocka_unit_test(with_a_lag_answers_bear_the_ids_of_as_many_rounds_before),
		cmocka_unit_test(copies_are_rounds_that_follow_each_other),
		cmocka_unit_test(handshakes_are_in_the_first_round_only),
		cmocka_unit_test(frames_that_are_dealt_anew_are_as_they_were_captured),
		cmocka_unit_test(frames_come_at_the_pace_of_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
