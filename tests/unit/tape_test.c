/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/worker/tape: recent frames, kept by one thread and read by another that may be too slow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/worker/tape.h"

#define RACE_FRAMES 200000

static uint8_t bytes[TAPE_BLOCK];

static void frame_put(struct tape *t, uint32_t number, uint32_t length)
{
	struct frame frame = { .bytes = bytes,
			       .captured = length,
			       .wire_length = length + 1,
			       .time = number,
			       .clock = number,
			       .number = number,
			       .tap = 3,
			       .link_type = LINK_TYPE_ETHERNET };

	memset(bytes, (int)(number & 0xff), length);
	tape_put(t, &frame);
}

static void what_was_put_comes_back_whole(void **state)
{
	struct tape *t = aligned_alloc(RING_LINE, sizeof(*t));
	struct tape_reader reader;
	struct tape_record record;
	uint8_t *copy = malloc(TAPE_BLOCK);

	(void)state;
	assert_true(tape_open(t, 1));
	frame_put(t, 1, 100);
	frame_put(t, 2, 0);
	tape_begin(t, &reader);
	assert_false(tape_peek(t, &reader, &record)); /* not published yet */
	tape_publish(t);
	assert_true(tape_peek(t, &reader, &record));
	assert_int_equal(record.number, 1);
	assert_int_equal(record.captured, 100);
	assert_int_equal(record.wire_length, 101);
	assert_int_equal(record.tap, 3);
	assert_true(tape_copy(t, &reader, &record, copy));
	for (int i = 0; i < 100; i++)
		assert_int_equal(copy[i], 1);
	tape_skip(&reader, &record);
	assert_true(tape_peek(t, &reader, &record));
	assert_int_equal(record.captured, 0);
	tape_skip(&reader, &record);
	assert_false(tape_peek(t, &reader, &record));
	tape_close(t);
	free(copy);
	free(t);
}

static void a_frame_longer_than_a_block_is_kept_cut(void **state)
{
	static uint8_t huge[2 * TAPE_BLOCK];
	struct tape *t = aligned_alloc(RING_LINE, sizeof(*t));
	struct frame frame = { .bytes = huge, .captured = sizeof(huge), .wire_length = sizeof(huge) };
	struct tape_reader reader;
	struct tape_record record;

	(void)state;
	assert_true(tape_open(t, 1));
	tape_put(t, &frame);
	tape_put(t, &frame);
	tape_publish(t);
	tape_begin(t, &reader);
	for (int i = 0; i < 2; i++) {
		assert_true(tape_peek(t, &reader, &record));
		assert_int_equal(record.captured, TAPE_FRAME_MAX);
		assert_int_equal(record.wire_length, sizeof(huge));
		tape_skip(&reader, &record);
	}
	assert_false(tape_peek(t, &reader, &record));
	tape_close(t);
	free(t);
}

static void the_oldest_is_overwritten_and_a_slow_reader_is_told(void **state)
{
	struct tape *t = aligned_alloc(RING_LINE, sizeof(*t));
	struct tape_reader reader;
	struct tape_record record;
	uint32_t last = 0;

	(void)state;
	assert_true(tape_open(t, 1));
	tape_begin(t, &reader);
	for (uint32_t i = 1; i <= 3000; i++)
		frame_put(t, i, 1000);
	tape_publish(t);
	assert_true(tape_peek(t, &reader, &record));
	assert_true(reader.lost > 0);
	assert_true(record.number > 1);
	while (tape_peek(t, &reader, &record)) {
		assert_true(last == 0 || record.number == last + 1);
		last = record.number;
		tape_skip(&reader, &record);
	}
	assert_int_equal(last, 3000);
	tape_close(t);
	free(t);
}

static void a_tick_s_end_leads_to_the_same_place_however_far_the_producer_is(void **state)
{
	struct tape *t = aligned_alloc(RING_LINE, sizeof(*t));
	struct tape_reader reader;
	struct tape_record record;
	struct tape_record later;

	(void)state;
	assert_true(tape_open(t, 1));
	for (uint32_t i = 1; i <= 2000; i++)
		frame_put(t, i, 1000);
	tape_mark(t, 7);
	tape_begin_at(t, 7, &reader);
	assert_true(tape_peek(t, &reader, &record));
	for (uint32_t i = 2001; i <= 2100; i++)
		frame_put(t, i, 1000);
	tape_mark(t, 8);
	tape_begin_at(t, 7, &reader);
	assert_true(tape_peek(t, &reader, &later));
	assert_int_equal(later.number, record.number);
	assert_int_equal(reader.lost, 0);
	tape_close(t);
	free(t);
}

static void *race_produce(void *argument)
{
	struct tape *t = argument;

	for (uint32_t i = 1; i <= RACE_FRAMES; i++) {
		frame_put(t, i, i * 7 % 1400);
		if (i % 16 == 0)
			tape_publish(t);
	}
	tape_publish(t);
	return NULL;
}

/* Nothing that is given out is a mixture of two frames, and numbers only rise. */
static void a_reader_that_is_overtaken_never_sees_half_a_frame(void **state)
{
	struct tape *t = aligned_alloc(RING_LINE, sizeof(*t));
	struct tape_reader reader;
	struct tape_record record;
	uint8_t *copy = malloc(TAPE_BLOCK);
	pthread_t producer;
	uint32_t last = 0;

	(void)state;
	assert_true(tape_open(t, 1));
	tape_begin(t, &reader);
	assert_int_equal(pthread_create(&producer, NULL, race_produce, t), 0);
	while (last < RACE_FRAMES) {
		if (!tape_peek(t, &reader, &record) || !tape_copy(t, &reader, &record, copy))
			continue;
		tape_skip(&reader, &record);
		assert_true(record.number > last);
		last = record.number;
		assert_int_equal(record.captured, last * 7 % 1400);
		for (uint32_t i = 0; i < record.captured; i++)
			assert_int_equal(copy[i], last & 0xff);
	}
	pthread_join(producer, NULL);
	tape_close(t);
	free(copy);
	free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_put_comes_back_whole),
		cmocka_unit_test(a_frame_longer_than_a_block_is_kept_cut),
		cmocka_unit_test(the_oldest_is_overwritten_and_a_slow_reader_is_told),
		cmocka_unit_test(a_tick_s_end_leads_to_the_same_place_however_far_the_producer_is),
		cmocka_unit_test(a_reader_that_is_overtaken_never_sees_half_a_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
