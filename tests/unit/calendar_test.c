/* SPDX-License-Identifier: BSD-3-Clause */
/* Local time, days of rest, announced work: read from a configuration, asked by the moment, written back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/calendar.h"
#include "config/config.h"
#include "config/zone.h"

static const char london[] = "GMT0BST,M3.5.0/1,M10.5.0";

static struct plan *plan_of(const char *text, char **ret_errors)
{
	char path[] = "/tmp/sigcanary-calendar-XXXXXX";
	int file = mkstemp(path);
	size_t size = 0;
	FILE *errors = open_memstream(ret_errors, &size);
	struct plan *plan;

	assert_true(file >= 0);
	assert_int_equal(write(file, text, strlen(text)), strlen(text));
	close(file);
	plan = plan_read(path, errors);
	fclose(errors);
	unlink(path);
	return plan;
}

static struct plan *good_plan(const char *text)
{
	char *errors = NULL;
	struct plan *plan = plan_of(text, &errors);

	assert_string_equal(errors, "");
	free(errors);
	return plan;
}

/* The one mistake of the text, from its line on. */
static void expect_mistake(const char *text, const char *expected)
{
	char *errors = NULL;
	struct plan *plan = plan_of(text, &errors);

	if (plan != NULL || strstr(errors, expected) == NULL)
		fail_msg("expected '%s' and not '%s'", expected, errors);
	free(errors);
}

static int64_t seconds(int year, int month, int day, int hour, int minute)
{
	return (int64_t)zone_days(year, month, day) * 86400 + hour * 3600 + minute * 60;
}

static void dates_go_there_and_back(void **state)
{
	(void)state;
	assert_int_equal(zone_days(1970, 1, 1), 0);
	assert_int_equal(zone_days(2000, 3, 1), 11017);
	assert_int_equal(zone_days(2026, 11, 29), 20786);
	for (int32_t day = -200000; day < 200000; day += 97) {
		int y, m, d;

		zone_date(day, &y, &m, &d);
		assert_int_equal(zone_days(y, m, d), day);
	}
}

static void clocks_change_by_the_rule(void **state)
{
	struct arena arena = { NULL };
	const struct zone *north = zone_read(&arena, london);
	const struct zone *south = zone_read(&arena, "AEST-10AEDT,M10.1.0,M4.1.0/3");
	const struct zone *days = zone_read(&arena, "<+03>-3<+04>,J60/0,300/0");

	(void)state;
	assert_non_null(north);
	assert_non_null(south);
	assert_non_null(days);
	/* 2026: 29 March 01:00 UTC to 25 October 01:00 UTC. */
	assert_int_equal(zone_offset(north, seconds(2026, 3, 29, 1, 0) - 1), 0);
	assert_int_equal(zone_offset(north, seconds(2026, 3, 29, 1, 0)), 3600);
	assert_int_equal(zone_offset(north, seconds(2026, 10, 25, 1, 0) - 1), 3600);
	assert_int_equal(zone_offset(north, seconds(2026, 10, 25, 1, 0)), 0);
	/* Summer over the new year. */
	assert_int_equal(zone_offset(south, seconds(2026, 1, 1, 0, 0)), 11 * 3600);
	assert_int_equal(zone_offset(south, seconds(2026, 7, 1, 0, 0)), 10 * 3600);
	assert_int_equal(zone_offset(south, seconds(2026, 4, 4, 16, 0) - 1), 11 * 3600);
	assert_int_equal(zone_offset(south, seconds(2026, 4, 4, 16, 0)), 10 * 3600);
	/* J60 is the first of March in every year, day 300 counts the leap day. */
	assert_int_equal(zone_offset(days, seconds(2028, 2, 29, 12, 0)), 3 * 3600);
	assert_int_equal(zone_offset(days, seconds(2028, 3, 1, 12, 0)), 4 * 3600);
	arena_free(&arena);
}

static void local_times_are_found_again(void **state)
{
	struct arena arena = { NULL };
	const struct zone *zone = zone_read(&arena, london);

	(void)state;
	for (int64_t utc = seconds(2026, 1, 1, 0, 0); utc < seconds(2027, 1, 1, 0, 0); utc += 1801) {
		int64_t local = utc + zone_offset(zone, utc);

		/* In the hour that comes twice the first one is meant. */
		if (utc < seconds(2026, 10, 25, 1, 0) || utc >= seconds(2026, 10, 25, 2, 0))
			assert_int_equal(zone_utc(zone, local), utc);
		else
			assert_int_equal(zone_utc(zone, local), utc - 3600);
	}
	/* 01:30 on 29 March 2026 is left out; it would have been 01:30 UTC. */
	assert_int_equal(zone_utc(zone, seconds(2026, 3, 29, 1, 30)), seconds(2026, 3, 29, 1, 30));
	arena_free(&arena);
}

static void what_is_no_zone_is_refused(void **state)
{
	struct arena arena = { NULL };
	static const char *const wrong[] = { "Europe/Nowhere",
					     "../../../etc/passwd",
					     "/etc/localtime",
					     "GMT0BST,M13.5.0,M10.5.0",
					     "GMT0BST,M3.5.0/1,M10.5",
					     "GMT0BST",
					     "G1",
					     "<+03",
					     "GMT999",
					     "Europe/",
					     "Europe" };

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (zone_read(&arena, wrong[i]) != NULL)
			fail_msg("'%s' was taken", wrong[i]);
	assert_int_equal(zone_offset(zone_read(&arena, "UTC"), 1e9), 0);
	arena_free(&arena);
}

/* A TZif file of two transitions and a rule, as zic -b slim writes it. */
static size_t tzif_make(uint8_t *bytes)
{
	static const uint8_t head[20] = { 'T', 'Z', 'i', 'f', '2' };
	static const uint8_t none[24] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1 };
	static const uint8_t counts[24] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 8 };
	static const uint8_t body[] = { 0, 0, 0, 0, 0x10, 0, 0, 0, 0,    0,    0, 0, 0x20, 0,   0,   0, 1,   0, /* at, type */
					0, 0, 0, 0, 0,    0, 0, 0, 0x0e, 0x10, 1, 4, 'G',  'M', 'T', 0, 'B', 'S', 'T', 0 };
	static const char rule[] = "\n<+02>-2\n";
	size_t length = 0;

#define PUT(from, size) (memcpy(bytes + length, from, size), length += (size))
	PUT(head, sizeof(head));
	PUT(none, sizeof(none));
	PUT("\0\0\0\0\0\0\0", 7); /* one type and one character, RFC 8536 3.1 */
	PUT(head, sizeof(head));
	PUT(counts, sizeof(counts));
	PUT(body, sizeof(body));
	PUT(rule, sizeof(rule) - 1);
#undef PUT
	return length;
}

static void a_zone_file_is_read_and_every_broken_one_survived(void **state)
{
	uint8_t bytes[256];
	size_t length = tzif_make(bytes);
	struct arena arena = { NULL };
	const struct zone *zone = zone_of_bytes(&arena, bytes, length);

	(void)state;
	assert_non_null(zone);
	assert_int_equal(zone_offset(zone, 0), 0);
	assert_int_equal(zone_offset(zone, 0x10000000), 3600);
	assert_int_equal(zone_offset(zone, 0x20000000 - 1), 3600);
	assert_int_equal(zone_offset(zone, 0x20000000), 7200); /* by the rule, from the last transition on */
	for (size_t cut = 0; cut < length; cut++)
		assert_null(zone_of_bytes(&arena, bytes, cut));
	for (size_t at = 0; at < length; at++)
		for (unsigned int bit = 0; bit < 8; bit++) {
			bytes[at] ^= (uint8_t)(1U << bit);
			zone_offset(zone_of_bytes(&arena, bytes, length), 1764374400);
			bytes[at] ^= (uint8_t)(1U << bit);
		}
	arena_free(&arena);
}

static void the_systems_database_agrees_with_the_rule(void **state)
{
	struct arena arena = { NULL };
	const struct zone *file = zone_read(&arena, "Europe/London");
	const struct zone *rule = zone_read(&arena, london);

	(void)state;
	if (file == NULL)
		skip(); /* no tzdata here */
	for (int64_t utc = seconds(1999, 1, 1, 0, 0); utc < seconds(2060, 1, 1, 0, 0); utc += 6 * 3600 - 1)
		assert_int_equal(zone_offset(file, utc), zone_offset(rule, utc));
	assert_int_equal(zone_offset(file, seconds(1970, 1, 1, 0, 0)), 3600); /* British Standard Time, 1968 to 1971 */
	arena_free(&arena);
}

static const char whole[] = "calendar:\n"
			    "  time_zone: GMT0BST,M3.5.0/1,M10.5.0\n"
			    "  holidays: [2026-12-28, 2026-12-25]\n"
			    "  maintenance:\n"
			    "    - from: 2026-07-01 23:00\n"
			    "      until: 2026-07-02T01:30:00\n"
			    "      words: \"HSS 2, new software\"\n"
			    "      nodes: [HSS 2, pc:3001]\n"
			    "      segments: [giffgaff]\n"
			    "    - {from: \"2026-07-02T00:00:00Z\", until: \"2026-07-02 05:00:00+02:00\"}\n"
			    "segments:\n"
			    "  - {name: o2, imsi: 23410}\n"
			    "  - {name: giffgaff, imsi: 2341070}\n";

static nanos at(int year, int month, int day, int hour, int minute)
{
	return seconds(year, month, day, hour, minute) * NANOS_PER_S;
}

static void holidays_and_weekends_are_days_of_rest(void **state)
{
	struct plan *plan = good_plan(whole);
	struct calendar_moment m = calendar_moment(&plan->calendar, at(2026, 12, 24, 23, 59));

	(void)state;
	assert_int_equal(plan->calendar.holiday_count, 2);
	assert_false(m.is_rest); /* a Thursday */
	assert_int_equal(m.clock, 86340);
	assert_true(calendar_moment(&plan->calendar, at(2026, 12, 25, 0, 0)).is_rest);
	assert_true(calendar_moment(&plan->calendar, at(2026, 12, 26, 0, 0)).is_rest); /* Saturday */
	assert_true(calendar_moment(&plan->calendar, at(2026, 12, 27, 12, 0)).is_rest);
	assert_true(calendar_moment(&plan->calendar, at(2026, 12, 28, 12, 0)).is_rest);
	assert_false(calendar_moment(&plan->calendar, at(2026, 12, 29, 12, 0)).is_rest);
	/* In summer the day begins an hour before that of UTC: Friday evening is over sooner. */
	assert_true(calendar_moment(&plan->calendar, at(2026, 7, 3, 23, 0)).is_rest);
	assert_false(calendar_moment(&plan->calendar, at(2026, 7, 3, 22, 59)).is_rest);
	m = calendar_moment(&plan->calendar, -1); /* a moment before 1970 in a capture without times */
	assert_int_equal(m.day, -1);
	assert_int_equal(m.clock, 86399);
	plan_free(plan);
}

static void announced_work_is_found_by_its_time(void **state)
{
	struct plan *plan = good_plan(whole);
	const struct plan_maintenance *first, *second;

	(void)state;
	assert_null(calendar_maintenance(plan, at(2026, 7, 1, 21, 59), NULL));
	first = calendar_maintenance(plan, at(2026, 7, 1, 22, 0), NULL); /* 23:00 by summer time */
	assert_non_null(first);
	assert_string_equal(first->words, "HSS 2, new software");
	assert_string_equal(first->nodes[1], "pc:3001");
	assert_null(first->nodes[2]);
	assert_int_equal(first->segments, 2);
	assert_null(calendar_maintenance(plan, at(2026, 7, 1, 22, 0), first));
	second = calendar_maintenance(plan, at(2026, 7, 2, 0, 0), first);
	assert_non_null(second);
	assert_null(second->nodes);
	assert_ptr_equal(calendar_maintenance(plan, at(2026, 7, 2, 0, 30), NULL), second);
	assert_null(calendar_maintenance(plan, at(2026, 7, 2, 3, 0), NULL));
	plan_free(plan);
}

static char *text_of(const struct plan *plan, void (*write)(const struct plan *p, FILE *out))
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	write(plan, out);
	fclose(out);
	return text;
}

static void a_calendar_is_dumped_as_it_reads(void **state)
{
	struct plan *plan = good_plan(whole);
	char *text = text_of(plan, plan_dump);
	struct plan *again = good_plan(text);
	char *same = text_of(again, plan_dump);
	char *words = text_of(plan, plan_explain);
	char *json = text_of(plan, plan_explain_json);

	(void)state;
	assert_string_equal(text, same);
	assert_int_equal(again->calendar.holidays[0], plan->calendar.holidays[0]);
	assert_int_equal(again->calendar.maintenance[0].until, plan->calendar.maintenance[0].until);
	assert_int_equal(again->calendar.maintenance[0].segments, 2);
	assert_non_null(strstr(words, "2 holidays, 2 announced works"));
	assert_non_null(strstr(json, "\"holidays\":[\"2026-12-25\",\"2026-12-28\"]"));
	assert_non_null(strstr(json, "\"from\":\"2026-07-01T22:00:00Z\""));
	free(json);
	free(words);
	free(same);
	free(text);
	plan_free(again);
	plan_free(plan);
}

static void mistakes_of_a_calendar_are_told_with_their_place(void **state)
{
	(void)state;
	expect_mistake("calendar:\n  time_zone: Europe/Lodnon\n", ":2:14: 'calendar.time_zone' is 'Europe/Lodnon', which this machine");
	expect_mistake("calendar:\n  holidays: [2026-12-25, 2026-02-29]\n", ":2:26: '2026-02-29' is no day; write it as 2026-12-25");
	expect_mistake("calendar:\n  holidays: 2026-12-25\n", ":2:13: 'calendar.holidays' is not a list");
	expect_mistake("calendar:\n  holidays: [25.12.2026]\n", ":2:14: '25.12.2026' is no day");
	expect_mistake("calendar:\n  maintenance:\n    - from: 2026-01-01 10:00\n", ":3:7: 'until' is missing; add it");
	expect_mistake("calendar:\n  maintenance:\n    - {from: 2026-01-01 10:00, until: 2026-01-01 25:00}\n",
		       ":3:39: 'until' is '2026-01-01 25:00', which is no time");
	expect_mistake("calendar:\n  maintenance:\n    - {from: 2026-01-01 10:00, until: 2026-01-01 09:00}\n",
		       ":3:39: the work ends before it begins");
	expect_mistake("calendar:\n  maintenance:\n    - {from: 2026-01-01 10:00, until: 2026-01-02 09:00, segments: [gifgaf]}\n"
		       "segments:\n  - {name: giffgaff, imsi: 23410}\n",
		       ":3:68: there is no segment 'gifgaf'; did you mean 'giffgaff'?");
	expect_mistake("calendar:\n  maintenance:\n    - {from: 2026-01-01 10:00, until: 2026-01-02 09:00, node: [x]}\n",
		       ":3:57: unknown key 'node'; did you mean 'nodes'?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_go_there_and_back),
		cmocka_unit_test(clocks_change_by_the_rule),
		cmocka_unit_test(local_times_are_found_again),
		cmocka_unit_test(what_is_no_zone_is_refused),
		cmocka_unit_test(a_zone_file_is_read_and_every_broken_one_survived),
		cmocka_unit_test(the_systems_database_agrees_with_the_rule),
		cmocka_unit_test(holidays_and_weekends_are_days_of_rest),
		cmocka_unit_test(announced_work_is_found_by_its_time),
		cmocka_unit_test(a_calendar_is_dumped_as_it_reads),
		cmocka_unit_test(mistakes_of_a_calendar_are_told_with_their_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
