/* SPDX-License-Identifier: BSD-3-Clause */
/* The watch list: what its lines mean, what is found in which bytes, and what is refused with which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "dataplane/segment/watchlist.h"

static char path[] = "/tmp/sigcanary-watchlist-XXXXXX";

static struct watchlist *list_of(const char *text, char error[WATCHLIST_ERROR_MAX])
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	error[0] = '\0';
	return watchlist_open(path, error);
}

static size_t scan(const struct watchlist *w, const void *bytes, size_t length, uint32_t numbers[WATCHLIST_SIGHTINGS_MAX])
{
	struct hs_scratch *scratch = NULL;
	struct cursor window = cursor_of(bytes, length);
	size_t count;

	assert_true(watchlist_scratch(w, &scratch));
	count = watchlist_scan(w, scratch, &window, numbers);
	watchlist_scratch_free(scratch);
	return count;
}

static void numbers_are_found_as_the_wire_has_them(void **state)
{
	static const uint8_t imsi[] = { 0x04, 0x08, 0x32, 0x14, 0x05, 0x00, 0x00, 0x00, 0x10, 0xf2, 0x81 };
	static const uint8_t msisdn[] = { 0x80, 0x07, 0x91, 0x44, 0x87, 0x00, 0x21, 0x43, 0x65 };
	char error[WATCHLIST_ERROR_MAX];
	uint32_t numbers[WATCHLIST_SIGHTINGS_MAX];
	struct watchlist *w = list_of("# two\nimsi 234150000000012 the minister\n\n  msisdn 447800123456\t# odd\n", error);

	(void)state;
	assert_string_equal(error, "");
	assert_int_equal(watchlist_count(w), 2);
	assert_string_equal(watchlist_entry(w, 0)->label, "the minister");
	assert_int_equal(watchlist_entry(w, 0)->kind, WATCHED_IMSI);
	assert_string_equal(watchlist_entry(w, 1)->label, "");
	assert_int_equal(watchlist_entry(w, 1)->line, 4);
	assert_null(watchlist_entry(w, 2));
	/* 2341500000001 2: the digits of the list in TBCD are 32 14 05 00 00 00 10 f2. */
	assert_int_equal(scan(w, imsi, sizeof(imsi), numbers), 1);
	assert_int_equal(numbers[0], 0);
	assert_int_equal(scan(w, imsi, sizeof(imsi) - 2, numbers), 0);
	assert_int_equal(scan(w, "xx234150000000012@epc", 21, numbers), 1);
	assert_int_equal(scan(w, msisdn, sizeof(msisdn), numbers), 1);
	assert_int_equal(numbers[0], 1);
	watchlist_close(w);
}

static void strings_and_octets_are_found(void **state)
{
	static const uint8_t octets[] = { 1, 0, 0xc0, 0x00, 0xee, 2 };
	char error[WATCHLIST_ERROR_MAX];
	uint32_t numbers[WATCHLIST_SIGHTINGS_MAX];
	struct watchlist *w = list_of("text hss3.Example net\nhex c0 00 ee\nhex C000EE02\r\n", error);

	(void)state;
	assert_string_equal(error, "");
	assert_int_equal(scan(w, "AAHSS3.example NETx", 19, numbers), 1);
	assert_int_equal(numbers[0], 0);
	assert_int_equal(scan(w, octets, sizeof(octets), numbers), 2);
	assert_int_equal(numbers[0], 1);
	assert_int_equal(numbers[1], 2);
	assert_int_equal(scan(w, octets, 0, numbers), 0);
	watchlist_close(w);
}

static void a_message_reports_the_first_entries_of_the_list(void **state)
{
	char text[2048] = "";
	char error[WATCHLIST_ERROR_MAX];
	uint32_t numbers[WATCHLIST_SIGHTINGS_MAX];
	struct watchlist *w;

	(void)state;
	for (int i = 0; i < 20; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "text word%02d\n", i);
	w = list_of(text, error);
	assert_non_null(w);
	/* Backwards, so that the lowest come last. */
	text[0] = '\0';
	for (int i = 19; i >= 0; i--)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "word%02d ", i);
	assert_int_equal(scan(w, text, strlen(text), numbers), WATCHLIST_SIGHTINGS_MAX);
	for (uint32_t i = 0; i < WATCHLIST_SIGHTINGS_MAX; i++)
		assert_int_equal(numbers[i], i);
	watchlist_close(w);
}

static void what_is_no_entry_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ "imsi 234150000000012\nimis 1\n", ":2: no entry begins so" },
		{ "imsi 23415000000001a\n", ":1: no number" },
		{ "imsi\n", ":1: no number" },
		{ "msisdn 44780\n", ":1: a number of fewer than six digits" },
		{ "\n\ntext ab\n", ":3: fewer than three letters" },
		{ "hex c0ff\n", ":1: fewer than three octets" },
		{ "hex c0ffe\n", ":1: octets are pairs" },
		{ "hex c0 zz ee\n", ":1: octets are pairs" },
		{ "# nothing\n", ": no entry in the list" },
	};
	char error[WATCHLIST_ERROR_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_null(list_of(rows[i].text, error));
		assert_memory_equal(error, path, strlen(path));
		assert_non_null(strstr(error, rows[i].words));
	}
	assert_null(watchlist_open("/nowhere/at/all", error));
	assert_non_null(strstr(error, "/nowhere/at/all: No such file"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_found_as_the_wire_has_them),
		cmocka_unit_test(strings_and_octets_are_found),
		cmocka_unit_test(a_message_reports_the_first_entries_of_the_list),
		cmocka_unit_test(what_is_no_entry_is_refused_with_its_line),
	};
	int descriptor = mkstemp(path);
	int result;

	if (descriptor < 0)
		return 1;
	close(descriptor);
	result = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return result;
}
