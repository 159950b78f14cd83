/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/transaction/entries: found by key, brought up by time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "dataplane/transaction/entries.h"

#define MS   NANOS_PER_MS
#define TICK (200 * MS)
#define T0   (INT64_C(1342000000) * NANOS_PER_S)
#define ROOM 3000

static uint64_t random_state;

static unsigned int pick(unsigned int below)
{
	random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned int)(random_state >> 33) % below;
}

static void keys_are_found_as_in_a_plain_list(void **state)
{
	struct entries e;
	uint64_t keys[ROOM + 1] = { 0 };

	(void)state;
	random_state = 1;
	assert_true(entries_open(&e, ROOM, TICK));
	for (int i = 0; i < 200000; i++) {
		/* A few keys have many entries, the others one or two. */
		uint64_t key = pick(2) == 0 ? pick(100) + 1 : pick(20000) + 1;
		uint32_t at = pick(ROOM) + 1;
		unsigned int expected = 0;
		unsigned int found = 0;

		if (keys[at] != 0) {
			key = keys[at];
			entries_release(&e, at);
			keys[at] = 0;
		} else if ((at = entries_take(&e, key)) != 0) {
			assert_int_equal(entries_first(&e, key), at);
			assert_int_equal(keys[at], 0);
			keys[at] = key;
			e.list[at].state = ENTRY_OPEN;
		}
		for (uint32_t j = 1; j <= ROOM; j++)
			expected += keys[j] == key;
		for (at = entries_first(&e, key); at != 0; at = e.list[at].chain, found++)
			assert_int_equal(keys[at], key);
		assert_int_equal(found, expected);
	}
	entries_close(&e);
}

/* All in one line: further lines are taken, and given back. */
static void keys_of_one_line_find_room_behind_it(void **state)
{
	struct entries e;
	uint64_t keys[200];
	unsigned int count = 0;

	(void)state;
	assert_true(entries_open(&e, ROOM, TICK));
	for (uint64_t key = 1; count < 200; key++) {
		if (key * UINT64_C(0x9e3779b97f4a7c15) >> e.shift == 3)
			keys[count++] = key;
	}
	for (int round = 0; round < 100; round++) {
		for (unsigned int i = 0; i < count; i++)
			assert_int_not_equal(entries_take(&e, keys[i]), 0);
		for (unsigned int i = 0; i < count; i++) {
			uint32_t at = entries_first(&e, keys[i * 7 % count]);

			assert_int_equal(e.list[at].key, keys[i * 7 % count]);
			entries_release(&e, at);
		}
		for (unsigned int i = 0; i < count; i++)
			assert_int_equal(entries_first(&e, keys[i]), 0);
	}
	assert_in_range(e.line_used, 200 / ENTRIES_PLACES, 200);
	entries_close(&e);
}

static void an_entry_comes_up_in_its_tick_however_often_it_was_put_off_or_drawn_near(void **state)
{
	struct entries e;
	int64_t due[ROOM + 1] = { 0 };

	(void)state;
	random_state = 3;
	assert_true(entries_open(&e, ROOM, TICK));
	for (int64_t tick = 0; tick < 20000; tick++) {
		uint32_t at;

		for (int i = 0; i < 4; i++) {
			at = pick(ROOM) + 1;
			if (e.list[at].state == ENTRY_FREE)
				at = entries_take(&e, pick(5000) + 1);
			if (at == 0)
				continue;
			if (e.list[at].state != ENTRY_FREE && pick(2) == 0) {
				entries_release(&e, at);
				continue;
			}
			e.list[at].state = ENTRY_OPEN;
			e.list[at].opened = T0 + tick * TICK;
			due[at] = tick + pick(10) * pick(200);
			e.list[at].due = T0 + due[at] * TICK + pick(200) * MS;
			entries_record(&e, at);
		}
		while ((at = entries_come_up(&e)) != 0) {
			assert_true(due[at] >= tick);
			if (due[at] == tick)
				entries_release(&e, at);
			else
				entries_record(&e, at);
		}
		for (at = 1; at <= e.used; at++)
			assert_true(e.list[at].state == ENTRY_FREE || due[at] > tick);
		assert_false(wheel_is_full(&e.wheel));
		wheel_turn(&e.wheel);
	}
	entries_close(&e);
}

static void slots_are_those_of_a_division(void **state)
{
	static const nanos ticks[] = { 50 * MS, 100 * MS, 200 * MS, 2, 3, 1 << 27, 199999999, 200000001, NANOS_PER_S * 3600 };

	(void)state;
	random_state = 5;
	for (size_t i = 0; i < sizeof(ticks) / sizeof(ticks[0]); i++) {
		struct wheel w;

		assert_true(wheel_open(&w, 100, ticks[i]));
		wheel_start(&w, T0 + 12345);
		for (int j = 0; j < 100000; j++) {
			int64_t tick = w.turned + pick(WHEEL_SLOTS + 10) - 5;
			nanos due = tick * ticks[i] + (pick(2) == 0 ? ticks[i] - 1 : 0);
			int64_t wanted = tick < w.turned ? w.turned : tick;

			if (wanted >= w.turned + WHEEL_SLOTS)
				wanted = w.turned + WHEEL_SLOTS - 1;
			assert_int_equal(wheel_slot_of(&w, due), wanted % WHEEL_SLOTS);
		}
		wheel_close(&w);
	}
}

/* Whatever the capacity: the index has room for all entries while the ring of remnants is full too. */
static void a_table_takes_what_it_has_room_for(void **state)
{
	static const size_t capacities[] = { 1024, 5000, 6000, 6144, 8192, 49152, 65536, 98304 };

	(void)state;
	for (size_t i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++) {
		struct entries e;
		uint64_t key = 12345;

		assert_true(entries_open(&e, capacities[i], TICK));
		for (uint32_t j = 0; j <= e.remnants.mask; j++) {
			uint32_t at = entries_take(&e, (key = key * UINT64_C(6364136223846793005) + 1442695040888963407));

			assert_int_not_equal(at, 0);
			assert_true(entries_settle(&e, at, T0));
		}
		for (size_t j = 0; j < capacities[i]; j++)
			assert_int_not_equal(entries_take(&e, (key = key * UINT64_C(6364136223846793005) + 1442695040888963407)), 0);
		entries_close(&e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_found_as_in_a_plain_list),
		cmocka_unit_test(keys_of_one_line_find_room_behind_it),
		cmocka_unit_test(an_entry_comes_up_in_its_tick_however_often_it_was_put_off_or_drawn_near),
		cmocka_unit_test(a_table_takes_what_it_has_room_for),
		cmocka_unit_test(slots_are_those_of_a_division),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
