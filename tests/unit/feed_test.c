/* SPDX-License-Identifier: BSD-3-Clause */
/* control/api/feed.h: what a reader gets who comes anew, comes back, or comes back too late. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "control/api/feed.h"

#define ROOM 4096

static int set_up(void **state)
{
	*state = feed_new(ROOM);
	return *state != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	feed_free(*state);
	return 0;
}

static void publish(struct feed *f, const char *data)
{
	feed_publish(f, "tick", data, strlen(data));
}

/* All that is there for the reader, as text. */
static const char *read_all(struct feed *f, struct feed_reader *r)
{
	static char text[2 * ROOM];
	size_t length = 0, more;

	while ((more = feed_read(f, r, text + length, 300)) > 0)
		length += more;
	text[length] = '\0';
	return text;
}

/* The number of the newest event. */
static uint64_t newest(struct feed *f)
{
	struct feed_reader r = { .last = 1 };
	const char *id = strstr(read_all(f, &r), "id: ");

	return id != NULL ? strtoull(id + 4, NULL, 10) : 0;
}

static void who_comes_anew_gets_what_comes_from_then_on(void **state)
{
	struct feed_reader r = { 0 };

	publish(*state, "one");
	assert_string_equal(read_all(*state, &r), "");
	publish(*state, "two");
	assert_null(strstr(read_all(*state, &r), "one"));
	publish(*state, "three");
	assert_non_null(strstr(read_all(*state, &r), "event: tick\ndata: three\n\n"));
}

static void who_comes_back_gets_what_was_missed(void **state)
{
	struct feed_reader r = { 0 }, all = { 0 };
	const char *text;

	publish(*state, "one");
	r.last = all.last = newest(*state);
	assert_string_equal(read_all(*state, &all), "");
	publish(*state, "two");
	publish(*state, "three");
	text = read_all(*state, &r);
	assert_null(strstr(text, "lost"));
	assert_null(strstr(text, "one"));
	assert_non_null(strstr(text, "two"));
	assert_non_null(strstr(text, "three"));
}

static void who_comes_back_too_late_is_told_so(void **state)
{
	struct feed_reader r = { 0 };
	const char *text;

	publish(*state, "one");
	r.last = newest(*state);
	for (int i = 0; i < ROOM / 16; i++)
		publish(*state, "more");
	text = read_all(*state, &r);
	assert_ptr_equal(strstr(text, "event: lost"), text + 2);
	assert_non_null(strstr(text, "data: more"));
	assert_null(strstr(text + 20, "event: lost"));
}

static void a_number_of_another_process_is_known_as_such(void **state)
{
	struct feed_reader before = { .last = 7 }, ahead = { 0 };

	publish(*state, "one");
	assert_non_null(strstr(read_all(*state, &before), "event: lost"));
	publish(*state, "two");
	assert_non_null(strstr(read_all(*state, &before), "two"));
	ahead.last = newest(*state) + 100;
	assert_non_null(strstr(read_all(*state, &ahead), "event: lost"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(who_comes_anew_gets_what_comes_from_then_on),
		TEST(who_comes_back_gets_what_was_missed),
		TEST(who_comes_back_too_late_is_told_so),
		TEST(a_number_of_another_process_is_known_as_such),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
