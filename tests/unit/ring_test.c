/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/base/ring: records of any size between two threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "dataplane/base/ring.h"

#define RECORDS 200000

static size_t size_of(uint32_t number)
{
	return sizeof(number) + number * 7 % 301;
}

static void *produce(void *argument)
{
	struct ring *r = argument;

	for (uint32_t i = 0; i < RECORDS; i++) {
		uint8_t *place;

		while ((place = ring_reserve(r, size_of(i))) == NULL) {
			ring_publish(r);
			sched_yield();
		}
		memcpy(place, &i, sizeof(i));
		memset(place + sizeof(i), (int)(i & 0xff), size_of(i) - sizeof(i));
		if (i % 3 == 0)
			ring_publish(r);
	}
	ring_publish(r);
	return NULL;
}

static void every_record_crosses_once_in_order_and_whole(void **state)
{
	struct ring r;
	pthread_t producer;

	(void)state;
	assert_true(ring_open(&r, 8192));
	assert_int_equal(pthread_create(&producer, NULL, produce, &r), 0);
	for (uint32_t i = 0; i < RECORDS; i++) {
		uint8_t *record;
		uint32_t number;
		size_t size;

		while ((record = ring_peek(&r, &size)) == NULL)
			sched_yield();
		memcpy(&number, record, sizeof(number));
		assert_int_equal(number, i);
		assert_int_equal(size, size_of(i));
		if (size > sizeof(number))
			assert_int_equal(record[size - 1], i & 0xff);
		ring_pop(&r);
	}
	pthread_join(producer, NULL);
	ring_close(&r);
}

static void a_full_ring_refuses_and_keeps_what_it_has(void **state)
{
	struct ring r;
	uint32_t count = 0;
	uint32_t number;
	size_t size;
	void *place;

	(void)state;
	assert_true(ring_open(&r, 4096));
	while ((place = ring_reserve(&r, 100)) != NULL) {
		memcpy(place, &count, sizeof(count));
		count++;
	}
	assert_in_range(count, 30, 4096 / 100);
	ring_publish(&r);
	for (uint32_t i = 0; i < count; i++) {
		place = ring_peek(&r, &size);
		assert_non_null(place);
		memcpy(&number, place, sizeof(number));
		assert_int_equal(number, i);
		ring_pop(&r);
	}
	assert_null(ring_peek(&r, &size));
	assert_non_null(ring_reserve(&r, 100));
	ring_close(&r);
}

static void what_is_not_published_is_not_seen(void **state)
{
	struct ring r;
	size_t size;

	(void)state;
	assert_true(ring_open(&r, 4096));
	assert_non_null(ring_reserve(&r, 8));
	assert_null(ring_peek(&r, &size));
	ring_publish(&r);
	assert_non_null(ring_peek(&r, &size));
	ring_close(&r);
}

static void what_was_skipped_stays_until_it_is_released(void **state)
{
	uint32_t *records[8];
	uint32_t count = 0;
	struct ring r;
	size_t size;
	void *place;

	(void)state;
	assert_true(ring_open(&r, 4096));
	while ((place = ring_reserve(&r, 100)) != NULL) {
		memcpy(place, &count, sizeof(count));
		count++;
	}
	ring_publish(&r);
	for (uint32_t i = 0; i < 8; i++) {
		records[i] = ring_peek(&r, &size);
		assert_non_null(records[i]);
		ring_skip(&r);
	}
	assert_null(ring_reserve(&r, 100));
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(*records[i], i);
	ring_release(&r);
	assert_non_null(ring_reserve(&r, 100));
	assert_int_equal(*(uint32_t *)ring_peek(&r, &size), 8);
	ring_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_record_crosses_once_in_order_and_whole),
		cmocka_unit_test(a_full_ring_refuses_and_keeps_what_it_has),
		cmocka_unit_test(what_is_not_published_is_not_seen),
		cmocka_unit_test(what_was_skipped_stays_until_it_is_released),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
