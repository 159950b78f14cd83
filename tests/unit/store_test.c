/* SPDX-License-Identifier: BSD-3-Clause */
/* The store and its outboxes: layouts, order, bounds, and what happens when the file takes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "control/store/outbox.h"
#include "control/store/store.h"

static char path[64];

static int path_make(void **state)
{
	int file;

	(void)state;
	snprintf(path, sizeof(path), "/tmp/sigcanary-store-XXXXXX");
	file = mkstemp(path);
	if (file < 0)
		return -1;
	close(file);
	return 0;
}

static int path_remove(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		char name[80];

		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
	return 0;
}

static void announce(struct store *s, const char *id, int number, bool is_open)
{
	char json[64];
	int length = snprintf(json, sizeof(json), "{\"id\":\"%s\",\"number\":%d}", id, number);

	assert_true(store_announce(s, &(struct announcement){ .id = id,
							      .alarm_id = id,
							      .time = number * NANOS_PER_S,
							      .state = is_open ? "changed" : "cleared",
							      .severity = "major",
							      .kind = "latency",
							      .summary = "words",
							      .worst = SEVERITY_MAJOR,
							      .is_open = is_open,
							      .json = json,
							      .length = (size_t)length }));
}

static const struct store_outlet two[] = { { "webhook", SEVERITY_CLEARED }, { "mail", SEVERITY_CRITICAL } };

/* The numbers that wait, as one text, and takes them. */
static void expect_waiting(struct outbox *b, const char *wanted)
{
	char found[256] = "";
	struct outbox_row row;

	while (outbox_take(b, &row)) {
		const char *number = strstr(row.json, "\"number\":") + strlen("\"number\":");

		snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%.*s", found[0] != '\0' ? " " : "",
			 (int)strcspn(number, "}"), number);
		assert_true(outbox_done(b, &row));
		outbox_row_free(&row);
	}
	assert_string_equal(wanted, found);
}

static struct outbox *outbox_of(const struct store *s, const char *name)
{
	char error[STORE_ERROR_MAX];
	struct outbox *b = outbox_open(s, name, error);

	assert_non_null(b);
	return b;
}

static struct store *store_of(const char *where)
{
	char error[STORE_ERROR_MAX];
	struct store *s = store_open(where, NULL, error);

	if (s == NULL)
		fail_msg("%s", error);
	return s;
}

static void what_waits_keeps_its_order_and_survives_a_restart(void **state)
{
	struct store *s = store_of(path);
	struct outbox *b;
	struct outbox_row row;

	(void)state;
	store_outlets(s, two, 2, 100);
	for (int i = 1; i <= 3; i++)
		announce(s, "one", i, true);
	b = outbox_of(s, "webhook");
	assert_int_equal(3, outbox_waiting(b));
	assert_true(outbox_take(b, &row));
	outbox_failed(b, &row, 5);
	outbox_row_free(&row);
	outbox_close(b);
	store_close(s);
	s = store_of(path);
	assert_int_equal(0, store_outlets(s, two, 2, 100));
	b = outbox_of(s, "webhook");
	expect_waiting(b, "1 2 3");
	outbox_close(b);
	store_close(s);
}

static void an_outlet_of_grave_incidents_hears_of_no_others(void **state)
{
	struct store *s = store_of(NULL);
	struct outbox *b = outbox_of(s, "mail");

	(void)state;
	store_outlets(s, two, 2, 100);
	announce(s, "one", 1, true);
	assert_int_equal(0, outbox_waiting(b));
	outbox_close(b);
	store_close(s);
}

static void when_too_many_wait_outdated_lines_go_first(void **state)
{
	struct store *s = store_of(NULL);
	struct outbox *b = outbox_of(s, "webhook");
	uint64_t waiting = 0;
	uint64_t left_out = 0;

	(void)state;
	store_outlets(s, two, 1, 3);
	announce(s, "quiet", 1, false); /* all there is of it: stays */
	for (int i = 2; i <= 6; i++)
		announce(s, "loud", i, true);
	store_state(s, 0, &waiting, &left_out);
	assert_int_equal(3, waiting);
	assert_int_equal(3, left_out);
	expect_waiting(b, "1 5 6");
	/* Nothing is outdated: the oldest goes. */
	for (int i = 1; i <= 4; i++) {
		char id[8];

		snprintf(id, sizeof(id), "i%d", i);
		announce(s, id, i, true);
	}
	expect_waiting(b, "2 3 4");
	outbox_close(b);
	store_close(s);
}

static void what_waits_for_an_outlet_that_is_gone_is_given_up(void **state)
{
	struct store *s = store_of(path);
	struct outbox *b = outbox_of(s, "webhook");

	(void)state;
	store_outlets(s, two, 1, 100);
	announce(s, "one", 1, true);
	announce(s, "one", 2, true);
	assert_int_equal(2, store_outlets(s, two + 1, 1, 100));
	assert_int_equal(0, outbox_waiting(b));
	outbox_close(b);
	store_close(s);
}

static void newest_and_earlier_lines_of_an_incident_are_found(void **state)
{
	struct store *s = store_of(path);
	struct outbox *b = outbox_of(s, "webhook");
	char *json;

	(void)state;
	store_outlets(s, two, 1, 100);
	for (int i = 1; i <= 3; i++)
		announce(s, "one", i, true);
	announce(s, "two", 4, true);
	json = outbox_newest(b, "one");
	assert_string_equal("{\"id\":\"one\",\"number\":3}", json);
	free(json);
	assert_null(outbox_newest(b, "three"));
	outbox_close(b);
	store_close(s);
}

static void line_append(void *self, const char *json)
{
	strncat(self, json + strlen("{\"id\":\"one\",\"number\":"), 1);
}

static void earlier_lines_come_oldest_first(void **state)
{
	struct store *s = store_of(path);
	struct outbox *b = outbox_of(s, "webhook");
	char found[16] = "";

	(void)state;
	for (int i = 1; i <= 4; i++)
		announce(s, i == 2 ? "two" : "one", i, true);
	outbox_earlier(b, "one", 4 * NANOS_PER_S, line_append, found);
	assert_string_equal("13", found);
	outbox_close(b);
	store_close(s);
}

/* A file as the program of layout 1 made it. */
static void layout_1_make(void)
{
	sqlite3 *file;

	assert_int_equal(SQLITE_OK, sqlite3_open(path, &file));
	assert_int_equal(SQLITE_OK,
			 sqlite3_exec(file,
				      "CREATE TABLE announcement (incident TEXT NOT NULL, time_ns INTEGER NOT NULL, onset_ns INTEGER NOT"
				      " NULL, state TEXT NOT NULL, severity TEXT NOT NULL, kind TEXT NOT NULL, summary TEXT NOT NULL,"
				      " affected INTEGER NOT NULL, json TEXT NOT NULL);"
				      "CREATE INDEX announcement_by_incident ON announcement (incident, time_ns);"
				      "INSERT INTO announcement VALUES ('one', 1, 1, 'raised', 'major', 'latency', 'old', 1, '{}');"
				      "PRAGMA user_version = 1;",
				      NULL, NULL, NULL));
	sqlite3_close(file);
}

static int number_of(const char *question)
{
	sqlite3 *file;
	sqlite3_stmt *statement;
	int number;

	assert_int_equal(SQLITE_OK, sqlite3_open(path, &file));
	assert_int_equal(SQLITE_OK, sqlite3_prepare_v2(file, question, -1, &statement, NULL));
	assert_int_equal(SQLITE_ROW, sqlite3_step(statement));
	number = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(file);
	return number;
}

static void a_file_of_layout_1_keeps_its_history_and_gets_outboxes(void **state)
{
	struct store *s;
	struct outbox *b;

	(void)state;
	layout_1_make();
	s = store_of(path);
	store_outlets(s, two, 1, 100);
	announce(s, "two", 2, true);
	b = outbox_of(s, "webhook");
	expect_waiting(b, "2");
	outbox_close(b);
	store_close(s);
	assert_int_equal(2, number_of("PRAGMA user_version"));
	assert_int_equal(2, number_of("SELECT count(*) FROM announcement"));
	assert_int_equal(1, number_of("SELECT count(*) FROM incident"));
}

/* The oldest that have ended, with their lines and what was said of them; an open one stays, however old. */
static void so_many_ended_incidents_are_kept(void **state)
{
	struct store *s = store_of(path);
	char id[16];

	(void)state;
	store_bound(s, 3);
	announce(s, "2012-00", 1, true);
	for (int i = 1; i <= 9; i++) {
		snprintf(id, sizeof(id), "2012-%02d", i);
		announce(s, id, i, true);
		assert_true(store_remark(s, &(struct store_remark){ .alarm_id = id, .user = "anna", .kind = "comment", .words = "seen" }));
		announce(s, id, i, false);
	}
	store_close(s);
	assert_int_equal(4, number_of("SELECT count(*) FROM incident"));
	assert_int_equal(1, number_of("SELECT count(*) FROM incident WHERE is_open AND id = '2012-00'"));
	assert_int_equal(3, number_of("SELECT count(*) FROM incident WHERE id >= '2012-07'"));
	assert_int_equal(7, number_of("SELECT count(*) FROM announcement"));
	assert_int_equal(3, number_of("SELECT count(*) FROM remark"));
}

static void a_file_of_a_newer_layout_or_no_database_is_refused(void **state)
{
	char error[STORE_ERROR_MAX] = "";
	sqlite3 *file;
	FILE *out;

	(void)state;
	assert_int_equal(SQLITE_OK, sqlite3_open(path, &file));
	assert_int_equal(SQLITE_OK, sqlite3_exec(file, "PRAGMA user_version = 99", NULL, NULL, NULL));
	sqlite3_close(file);
	assert_null(store_open(path, NULL, error));
	assert_non_null(strstr(error, "newer"));
	out = fopen(path, "w");
	assert_non_null(out);
	fputs("this is a text, and has been one for more than sixteen octets\n", out);
	fclose(out);
	assert_null(store_open(path, NULL, error));
	assert_non_null(strstr(error, "not usable"));
}

/* Another program holds the file for writing, longer than the store waits. */
static void while_the_file_takes_nothing_outlets_are_served_from_memory(void **state)
{
	struct store *s = store_of(path);
	struct outbox *b = outbox_of(s, "webhook");
	sqlite3 *other;
	char *json;

	(void)state;
	store_outlets(s, two, 1, 100);
	announce(s, "one", 1, true);
	assert_int_equal(SQLITE_OK, sqlite3_open(path, &other));
	assert_int_equal(SQLITE_OK, sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL));
	announce(s, "one", 2, true);
	json = outbox_newest(b, "one");
	assert_string_equal("{\"id\":\"one\",\"number\":2}", json);
	free(json);
	assert_int_equal(SQLITE_OK, sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL));
	sqlite3_close(other);
	announce(s, "one", 3, false);
	json = outbox_newest(b, "one");
	assert_string_equal("{\"id\":\"one\",\"number\":3}", json);
	free(json);
	expect_waiting(b, "1 2 3");
	outbox_close(b);
	store_close(s);
}

/* How often standard error has the words, which are in `file`. */
static int said(FILE *file, const char *words)
{
	char line[512];
	int times = 0;

	fflush(stderr);
	rewind(file);
	while (fgets(line, sizeof(line), file) != NULL)
		times += strstr(line, words) != NULL;
	return times;
}

static void a_file_that_takes_nothing_a_second_time_is_told_of_again(void **state)
{
	struct store *s = store_of(path);
	FILE *words = tmpfile();
	int before = dup(STDERR_FILENO);
	sqlite3 *other;

	(void)state;
	assert_non_null(words);
	dup2(fileno(words), STDERR_FILENO);
	assert_int_equal(SQLITE_OK, sqlite3_open(path, &other));
	for (int i = 0; i < 2; i++) {
		announce(s, "one", 3 * i, true);
		assert_int_equal(SQLITE_OK, sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL));
		announce(s, "one", 3 * i + 1, true);
		announce(s, "one", 3 * i + 2, true);
		assert_int_equal(SQLITE_OK, sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL));
	}
	sqlite3_close(other);
	dup2(before, STDERR_FILENO);
	close(before);
	assert_int_equal(2, said(words, "does not take alarms"));
	fclose(words);
	store_close(s);
}

/* Ticks are judged by the thread that waits here. */
static void somebody_who_holds_the_file_holds_up_control_once(void **state)
{
	struct store *s = store_of(path);
	struct timespec began, ended;
	sqlite3 *other;

	(void)state;
	announce(s, "one", 1, true);
	assert_int_equal(SQLITE_OK, sqlite3_open(path, &other));
	assert_int_equal(SQLITE_OK, sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL));
	clock_gettime(CLOCK_MONOTONIC, &began);
	for (int i = 0; i < 6; i++)
		store_remember(s, "one", "memory");
	announce(s, "one", 2, true);
	announce(s, "one", 3, true);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	assert_true(ended.tv_sec - began.tv_sec < 4);
	assert_int_equal(SQLITE_OK, sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL));
	store_remember(s, "one", "memory");
	assert_int_equal(SQLITE_OK, sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL));
	clock_gettime(CLOCK_MONOTONIC, &began);
	store_remember(s, "one", "memory");
	clock_gettime(CLOCK_MONOTONIC, &ended);
	assert_true(ended.tv_sec > began.tv_sec || ended.tv_nsec - began.tv_nsec > 500000000);
	sqlite3_close(other);
	store_close(s);
}

static void what_has_arrived_is_not_sent_again_while_the_file_takes_nothing(void **state)
{
	struct store *s = store_of(path);
	struct outbox *b = outbox_of(s, "webhook");
	struct outbox_row row;
	sqlite3 *other;

	(void)state;
	store_outlets(s, two, 1, 100);
	for (int i = 1; i <= 3; i++)
		announce(s, "one", i, true);
	assert_int_equal(SQLITE_OK, sqlite3_open(path, &other));
	assert_int_equal(SQLITE_OK, sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL));
	for (int i = 1; i <= 2; i++) {
		assert_true(outbox_take(b, &row));
		assert_int_equal(i * NANOS_PER_S, row.time);
		assert_false(outbox_done(b, &row));
		outbox_row_free(&row);
		assert_int_equal(3 - i, outbox_waiting(b));
	}
	assert_int_equal(SQLITE_OK, sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL));
	sqlite3_close(other);
	assert_int_equal(3, number_of("SELECT count(*) FROM outbox"));
	outbox_close(b);
	assert_int_equal(1, number_of("SELECT count(*) FROM outbox"));
	b = outbox_of(s, "webhook");
	expect_waiting(b, "3");
	outbox_close(b);
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_waits_keeps_its_order_and_survives_a_restart, path_make, path_remove),
		cmocka_unit_test(an_outlet_of_grave_incidents_hears_of_no_others),
		cmocka_unit_test(when_too_many_wait_outdated_lines_go_first),
		cmocka_unit_test_setup_teardown(what_waits_for_an_outlet_that_is_gone_is_given_up, path_make, path_remove),
		cmocka_unit_test_setup_teardown(newest_and_earlier_lines_of_an_incident_are_found, path_make, path_remove),
		cmocka_unit_test_setup_teardown(earlier_lines_come_oldest_first, path_make, path_remove),
		cmocka_unit_test_setup_teardown(a_file_of_layout_1_keeps_its_history_and_gets_outboxes, path_make, path_remove),
		cmocka_unit_test_setup_teardown(so_many_ended_incidents_are_kept, path_make, path_remove),
		cmocka_unit_test_setup_teardown(a_file_of_a_newer_layout_or_no_database_is_refused, path_make, path_remove),
		cmocka_unit_test_setup_teardown(while_the_file_takes_nothing_outlets_are_served_from_memory, path_make, path_remove),
		cmocka_unit_test_setup_teardown(a_file_that_takes_nothing_a_second_time_is_told_of_again, path_make, path_remove),
		cmocka_unit_test_setup_teardown(somebody_who_holds_the_file_holds_up_control_once, path_make, path_remove),
		cmocka_unit_test_setup_teardown(what_has_arrived_is_not_sent_again_while_the_file_takes_nothing, path_make, path_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
