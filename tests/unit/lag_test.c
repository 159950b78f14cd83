/* SPDX-License-Identifier: BSD-3-Clause */
/* control/command/lag: how late a probe tells, by the ticks that are judged and the pages that its workers seal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "control/command/lag.h"

#define TICK (NANOS_PER_S / 5)
/* Whatever the clock of frames says. */
#define BEGIN (1342008000 * NANOS_PER_S)

#define SECONDS(s) ((nanos)((s)*1e9))

/* What is seen `seconds` after the start, when frames of `judged_s` after it are judged. */
static double see(struct lag *l, double seconds, double judged_s, const unsigned int pages[2])
{
	return lag_see(l,
		       &(struct lag_sight){
			       .seconds = seconds, .judged = BEGIN + SECONDS(judged_s), .tick = TICK, .pages = pages, .worker_count = 2 });
}

static void a_probe_that_keeps_up_is_not_behind(void **state)
{
	struct lag l = { 0 };
	unsigned int pages[2] = { 0 };

	(void)state;
	assert_true(lag_see(&l, &(struct lag_sight){ .seconds = 1, .tick = TICK, .pages = pages, .worker_count = 2 }) == 0);
	for (int s = 2; s < 3600; s++) {
		pages[0] += 5;
		pages[1] += 5;
		/* A clock that loses 50 millionths. */
		assert_true(see(&l, s, s * 0.99995 - 0.3 - 0.1 * (s % 2), pages) < 0.2);
	}
}

static void ticks_that_wait_are_time_behind(void **state)
{
	struct lag l = { 0 };
	unsigned int pages[2] = { 0 };
	double behind = 0;

	(void)state;
	for (int s = 1; s <= 100; s++) {
		pages[0] += 5;
		pages[1] += 5;
		behind = see(&l, s, s <= 60 ? s - 0.3 : 59.7 + (s - 60) * 0.75, pages);
	}
	assert_true(behind > 9.9 && behind < 10.1);
	/* Caught up. */
	assert_true(see(&l, 101, 100.7, (unsigned int[]){ 600, 600 }) < 0.1);
}

static void a_worker_that_seals_nothing_is_behind_though_the_others_go_on(void **state)
{
	struct lag l = { 0 };
	unsigned int pages[2] = { 0 };
	double behind = 0;

	(void)state;
	for (int s = 1; s <= 30; s++) {
		pages[0] += 5;
		pages[1] += s <= 10 ? 5 : 0;
		behind = see(&l, s, s - 0.3, pages);
	}
	assert_true(behind > 19.7 && behind < 19.9);
	pages[0] += 5;
	pages[1] += 1;
	assert_true(see(&l, 31, 30.7, pages) < 0.1);
}

static void a_worker_that_never_had_a_frame_is_not_waited_for(void **state)
{
	struct lag l = { 0 };
	unsigned int pages[2] = { 0 };

	(void)state;
	for (int s = 1; s <= 30; s++) {
		pages[0] += 5;
		assert_true(see(&l, s, s - 0.3, pages) < 0.1);
	}
	/* Its first page begins its time. */
	pages[0] += 5;
	pages[1] = 1;
	assert_true(see(&l, 31, 30.7, pages) < 0.1);
}

static void a_step_of_the_clock_of_frames_begins_anew(void **state)
{
	struct lag l = { 0 };
	unsigned int pages[2] = { 0 };

	(void)state;
	for (int s = 1; s <= 30; s++) {
		pages[0] += 5;
		pages[1] += 5;
		assert_true(see(&l, s, s < 10 ? s : s < 20 ? s + 86400 : s - 86400, pages) < 0.1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_probe_that_keeps_up_is_not_behind),
		cmocka_unit_test(ticks_that_wait_are_time_behind),
		cmocka_unit_test(a_worker_that_seals_nothing_is_behind_though_the_others_go_on),
		cmocka_unit_test(a_worker_that_never_had_a_frame_is_not_waited_for),
		cmocka_unit_test(a_step_of_the_clock_of_frames_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
