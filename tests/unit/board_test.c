/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What readers see of a running probe: counts by the second and by the minute, what is usual, the state, events, health; that it is bounded
 * and cheap with as many nodes as there may be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/board/board.h"
#include "control/board/chronicle.h"

#define T0              (INT64_C(1342008000) * NANOS_PER_S) /* a whole minute */
#define TICK            (200 * NANOS_PER_MS)
#define TICKS_PER_S     5
#define UPDATE_LOCATION 2
#define AFTER_2_S       4 /* the checkpoint */

static const struct plan_segment segments[] = { { .name = "o2", .label = "Ö2 \"net\"", .subscribers = 25000000 },
						{ .name = "quiet", .label = "Quiet" } };
static const struct plan_segment swapped[] = { { .name = "quiet", .label = "Quiet" },
					       { .name = "new", .label = "New" },
					       { .name = "o2", .label = "O2" } };
static const struct plan_node nodes[] = { { .name = "HLR Slough 1" } };
static const struct pseudonym pseudonym = { .key = { 7 } };
static struct plan plan, other_plan;
static struct board *board;

static char *events[4096];
static size_t event_count;

static const char *host_name(void *names, node host)
{
	static char text[32];

	(void)names;
	snprintf(text, sizeof(text), "hss%03x.example", (unsigned int)(host & 0xfff));
	return text;
}

static void event_take(void *self, const char *name, const char *json, size_t length)
{
	char *text;

	(void)self;
	assert_int_equal(strlen(json), length);
	assert_null(strchr(json, '\n'));
	assert_true(event_count < sizeof(events) / sizeof(events[0]));
	assert_true(asprintf(&text, "%s %s", name, json) > 0);
	events[event_count++] = text;
}

static int setup(void **state)
{
	struct alarm_writer alarms = { .plan = &plan, .name_of = host_name, .pseudonym = &pseudonym };
	struct transaction_writer transactions = { .plan = &plan, .name_of = host_name, .pseudonym = &pseudonym };
	static struct plan_node named[1];
	digits title = 0;

	(void)state;
	memset(&plan, 0, sizeof(plan));
	assert_true(digits_read_text("447802000001", 12, &title));
	named[0] = nodes[0];
	named[0].global_title = title;
	plan.network_name = "Test";
	plan.segments = segments;
	plan.segment_count = 2;
	plan.nodes = named;
	plan.node_count = 1;
	plan.hash_key = (struct hash_key){ { 1, 2 } };
	other_plan = plan;
	other_plan.segments = swapped;
	other_plan.segment_count = 3;
	board = board_new(&alarms, &transactions);
	assert_non_null(board);
	board_publish_by(board, event_take, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	board_free(board);
	while (event_count > 0)
		free(events[--event_count]);
	return 0;
}

static json_t *document(char *text)
{
	json_error_t error;
	json_t *whole = json_loads(text, 0, &error);

	if (whole == NULL)
		fail_msg("no JSON: %s at %d in %.300s", error.text, error.position, text);
	free(text);
	return whole;
}

static json_t *rows(enum board_topic topic)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	board_write_rows(board, topic, out);
	fclose(out);
	return document(text);
}

static json_t *series(const char *of, const char *role, double span)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	bool is_there = board_write_series(board, of, role, span, out);

	fclose(out);
	if (is_there)
		return document(text);
	free(text);
	return NULL;
}

static json_t *status(void)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	board_write_status(board, out);
	fclose(out);
	return document(text);
}

static double number_at(const json_t *object, const char *name, size_t index)
{
	const json_t *list = json_object_get(object, name);

	assert_true(index < json_array_size(list));
	return json_is_null(json_array_get(list, index)) ? -1 : json_number_value(json_array_get(list, index));
}

static const char *word(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static const json_t *row_named(const json_t *list, const char *key, const char *wanted)
{
	size_t index;
	json_t *row;

	json_array_foreach((json_t *)(uintptr_t)list, index, row)
	{
		if (strcmp(word(row, key), wanted) == 0)
			return row;
	}
	fail_msg("no row %s", wanted);
	return NULL;
}

static void cell_set(struct tally_cell *cell, enum dimension dimension, uint64_t value, uint32_t requests, uint32_t refused,
		     uint32_t missing)
{
	memset(cell, 0, sizeof(*cell));
	cell->key.dimension = (uint8_t)dimension;
	cell->key.procedure = UPDATE_LOCATION;
	cell->key.value = value;
	cell->requests = requests;
	cell->outcomes[OUTCOME_SUCCESS] = requests - refused;
	cell->outcomes[OUTCOME_NETWORK] = refused;
	cell->pending[AFTER_2_S] = missing;
	cell->latency[6] = requests;
}

static node title_node(void)
{
	return node_of_digits(plan.nodes[0].global_title);
}

/* Ticks [from, to): ten requests each of segment o2, to one node; `refused` of the answers, `missing` of those of two seconds ago. */
static void ticks_feed(int64_t from, int64_t to, uint32_t refused, uint32_t missing)
{
	for (int64_t i = from; i < to; i++) {
		struct tally_cell cells[4];
		struct tally tally = { .start = T0 + i * TICK, .length = TICK, .cells = cells, .count = 4 };

		cell_set(&cells[0], DIMENSION_ALL, 0, 12, refused, missing);
		cell_set(&cells[1], DIMENSION_SEGMENT, 0, 10, refused, missing);
		cell_set(&cells[2], DIMENSION_SERVER, title_node(), 12, refused, missing);
		cell_set(&cells[3], DIMENSION_CLIENT, title_node(), 4, 0, 0);
		board_tick(board, &tally, NULL);
	}
}

static void seconds_bear_the_time_of_their_end_and_count_what_was_in_them(void **state)
{
	json_t *s;

	(void)state;
	ticks_feed(0, 10 * TICKS_PER_S, 2, 5);
	ticks_feed(10 * TICKS_PER_S, 10 * TICKS_PER_S + 2, 0, 0);
	s = series("segment:o2", NULL, 900);
	assert_int_equal(json_integer_value(json_object_get(s, "step")), 1);
	assert_int_equal(json_array_size(json_object_get(s, "times")), 10);
	assert_true(number_at(s, "times", 0) == 1342008001 && number_at(s, "times", 9) == 1342008010);
	assert_true(number_at(s, "requests", 3) == 50);
	assert_float_equal(number_at(s, "reject", 3), 0.2, 1e-3);
	/* Nobody is old enough in the first two seconds: what is missing then was asked before the probe came. */
	assert_float_equal(number_at(s, "no_answer", 1), 1, 1e-3);
	assert_float_equal(number_at(s, "no_answer", 2), 0.5, 1e-3);
	assert_true(number_at(s, "reject_low", 3) < 0);
	assert_float_equal(number_at(s, "latency_p50", 3), 45.25, 0.2);
	assert_true(number_at(s, "latency_p95", 3) > 60 && number_at(s, "latency_p95", 3) < 64);
	json_decref(s);
	s = series("all", NULL, 5);
	assert_int_equal(json_array_size(json_object_get(s, "times")), 5);
	assert_true(number_at(s, "requests", 0) == 60);
	json_decref(s);
}

static void a_day_is_kept_by_the_minute(void **state)
{
	json_t *s;

	(void)state;
	ticks_feed(0, 181 * TICKS_PER_S, 3, 0);
	s = series("procedure:map.updateLocation", NULL, 86400);
	assert_non_null(s);
	assert_int_equal(json_integer_value(json_object_get(s, "step")), 60);
	assert_int_equal(json_array_size(json_object_get(s, "times")), 3);
	assert_true(number_at(s, "times", 2) == 1342008180 && number_at(s, "requests", 1) == 60 * 60);
	assert_float_equal(number_at(s, "reject", 2), 0.25, 1e-3);
	json_decref(s);
}

static void seconds_are_kept_for_fifteen_minutes(void **state)
{
	json_t *s;

	(void)state;
	ticks_feed(0, 1000 * TICKS_PER_S, 0, 0);
	s = series("all", NULL, 900);
	assert_int_equal(json_array_size(json_object_get(s, "times")), 900);
	assert_true(number_at(s, "times", 899) == 1342008999 && number_at(s, "times", 0) == 1342008100);
	json_decref(s);
}

static void silence_is_no_share_and_a_leap_begins_anew(void **state)
{
	struct tally silent = { .start = T0 + 30 * NANOS_PER_S, .length = TICK };
	json_t *s;

	(void)state;
	ticks_feed(0, 10 * TICKS_PER_S, 2, 0);
	board_tick(board, &silent, NULL);
	s = series("all", NULL, 900);
	assert_int_equal(json_array_size(json_object_get(s, "times")), 30);
	assert_true(number_at(s, "requests", 25) == 0 && number_at(s, "reject", 25) < 0);
	json_decref(s);
	silent.start -= 3600 * NANOS_PER_S;
	board_tick(board, &silent, NULL);
	s = series("all", NULL, 900);
	assert_int_equal(json_array_size(json_object_get(s, "times")), 0);
	json_decref(s);
}

static void rows_say_how_each_does_now(void **state)
{
	json_t *list;
	const json_t *row;

	(void)state;
	ticks_feed(0, 60 * TICKS_PER_S, 2, 0);
	list = rows(BOARD_SEGMENTS);
	assert_int_equal(json_array_size(list), 2);
	row = row_named(list, "name", "o2");
	assert_string_equal(word(row, "label"), "Ö2 \"net\"");
	assert_string_equal(word(row, "state"), "ok");
	assert_float_equal(json_number_value(json_object_get(row, "requests_per_s")), 50, 1);
	assert_float_equal(json_number_value(json_object_get(row, "reject")), 0.2, 0.01);
	assert_int_equal(json_number_value(json_object_get(row, "subscribers")), 25000000);
	assert_null(json_object_get(row_named(list, "name", "quiet"), "reject"));
	json_decref(list);
	list = rows(BOARD_NODES);
	assert_int_equal(json_array_size(list), 2);
	row = row_named(list, "role", "server");
	assert_string_equal(word(row, "id"), "447802000001");
	assert_string_equal(word(row, "name"), "HLR Slough 1");
	assert_float_equal(json_number_value(json_object_get(json_object_get(row, "latency_ms"), "p50")), 45.25, 0.2);
	json_decref(list);
	list = rows(BOARD_PROCEDURES);
	assert_string_equal(word(row_named(list, "name", "map.updateLocation"), "label"), procedure_row(UPDATE_LOCATION)->words);
	json_decref(list);
}

static void a_node_that_asks_and_answers_has_two_courses(void **state)
{
	json_t *s;

	(void)state;
	ticks_feed(0, 4 * TICKS_PER_S, 0, 0);
	s = series("node:447802000001", NULL, 900);
	assert_true(number_at(s, "requests", 0) == 60);
	json_decref(s);
	s = series("node:447802000001", "client", 900);
	assert_true(number_at(s, "requests", 0) == 20);
	json_decref(s);
	assert_null(series("node:1", NULL, 900));
	assert_null(series("segment:none", NULL, 900));
	assert_null(series("what", NULL, 900));
}

static void segments_keep_what_they_did_over_a_reload(void **state)
{
	json_t *s;

	(void)state;
	ticks_feed(0, 10 * TICKS_PER_S, 0, 0);
	board_plan(board, &other_plan);
	s = series("segment:o2", NULL, 900);
	assert_true(number_at(s, "requests", 5) == 50);
	json_decref(s);
	s = series("segment:new", NULL, 900);
	assert_true(number_at(s, "requests", 5) == 0);
	json_decref(s);
	s = rows(BOARD_SEGMENTS);
	assert_string_equal(word(row_named(s, "name", "o2"), "label"), "O2");
	json_decref(s);
}

#define LINE                                                                                                                               \
	"{\"id\":\"2012-0711-0001\",\"time\":\"1342008020.0\",\"state\":\"%s\",\"severity\":\"%s\",\"onset\":\"1342008010.5\",\"kind\":"   \
	"\"%s\",\"summary\":\"Ö2 "                                                                                                        \
	"fails\",\"procedures\":[\"map.updateLocation\"],\"segments\":[\"o2\"],\"nodes\":[{\"role\":\"server\",\"id\":\"447802000001\"}]," \
	"\"affected_subscribers\":{\"estimate\":1234},\"visibility\":{\"blind\":[\"pc:7\"]}}"

static void incidents_give_their_state_to_what_they_name(void **state)
{
	char line[1024];
	json_t *list, *s;

	(void)state;
	ticks_feed(0, 10 * TICKS_PER_S, 0, 0);
	snprintf(line, sizeof(line), LINE, "raised", "critical", "peer-down");
	board_recall(board, "2012-0711-0001", line, true);
	s = status();
	assert_string_equal(word(s, "state"), "critical");
	assert_string_equal(word(s, "words"), "Ö2 fails");
	assert_string_equal(word(s, "since"), "1342008010.5");
	assert_string_equal(word(json_array_get(json_object_get(s, "blind"), 0), "node"), "pc:7");
	assert_int_equal(json_number_value(json_object_get(s, "subscribers_hit")), 1234);
	json_decref(s);
	list = rows(BOARD_SEGMENTS);
	assert_string_equal(word(row_named(list, "name", "o2"), "state"), "critical");
	assert_string_equal(word(row_named(list, "name", "quiet"), "state"), "ok");
	json_decref(list);
	list = rows(BOARD_NODES);
	assert_string_equal(word(row_named(list, "role", "server"), "condition"), "peer-down");
	assert_string_equal(word(row_named(list, "role", "client"), "state"), "ok");
	json_decref(list);
	list = rows(BOARD_PROCEDURES);
	assert_int_equal(json_array_size(json_object_get(row_named(list, "name", "map.updateLocation"), "incidents")), 1);
	json_decref(list);
	snprintf(line, sizeof(line), LINE, "cleared", "cleared", "peer-down");
	board_recall(board, "2012-0711-0001", line, false);
	s = status();
	assert_string_equal(word(s, "state"), "ok");
	assert_string_equal(word(s, "since"), "1342008010.000000000");
	assert_int_equal(json_array_size(json_object_get(s, "open")), 0);
	json_decref(s);
}

static void write_two(void *self, FILE *out)
{
	(void)self;
	fputs("{\"two\":2}\n", out);
}

static void each_second_is_an_event_and_health_every_five(void **state)
{
	size_t ticks = 0, healths = 0;
	json_t *tick = NULL;

	(void)state;
	board_section(board, "one", write_two, NULL);
	ticks_feed(0, 12 * TICKS_PER_S + 1, 2, 0);
	for (size_t i = 0; i < event_count; i++) {
		ticks += strncmp(events[i], "tick ", 5) == 0;
		healths += strcmp(events[i], "health {\"one\":{\"two\":2} } ") == 0;
		if (ticks == 12 && tick == NULL)
			tick = document(strdup(events[i] + 5));
	}
	assert_int_equal(ticks, 12);
	assert_int_equal(healths, 3);
	assert_string_equal(word(tick, "time"), "1342008012.000000000");
	assert_string_equal(word(tick, "state"), "ok");
	assert_true(json_number_value(json_array_get(json_object_get(tick, "all"), 0)) == 60);
	assert_float_equal(json_number_value(json_array_get(json_object_get(json_object_get(tick, "segments"), "o2"), 1)), 0.2, 1e-3);
	assert_true(json_is_null(json_array_get(json_object_get(json_object_get(tick, "segments"), "quiet"), 1)));
	json_decref(tick);
}

static double thread_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

#define MANY  2048
#define EXTRA 100

/* Ticks of as many nodes as there may be and some more, all with traffic. */
static void crowd_feed(int64_t from, int64_t to, uint64_t first)
{
	struct tally_cell *cells = calloc(MANY + EXTRA, sizeof(*cells));

	for (size_t i = 0; i < MANY + EXTRA; i++)
		cell_set(&cells[i], DIMENSION_SERVER, node_of_host(first + i), 1, 0, 0);
	for (int64_t i = from; i < to; i++) {
		struct tally tally = { .start = T0 + i * TICK, .length = TICK, .cells = cells, .count = MANY + EXTRA };

		board_tick(board, &tally, NULL);
	}
	free(cells);
}

static void a_crowd_of_nodes_is_bounded(void **state)
{
	json_t *list;
	double begun;

	(void)state;
	crowd_feed(0, TICKS_PER_S, 1);
	begun = thread_s();
	crowd_feed(TICKS_PER_S, 21 * TICKS_PER_S, 1);
	printf("%.2f ms of control in a second of %d busy nodes\n", (thread_s() - begun) / 20 * 1e3, MANY);
	begun = thread_s();
	list = rows(BOARD_NODES);
	assert_int_equal(json_array_size(list), MANY);
	json_decref(list);
	printf("%.2f ms to list them, and read them back\n", (thread_s() - begun) * 1e3);
	/* Others come ten minutes after these have gone, and take their room. */
	crowd_feed(700 * TICKS_PER_S, 700 * TICKS_PER_S + 1, 100000);
	crowd_feed(701 * TICKS_PER_S, 701 * TICKS_PER_S + 1, 100000);
	list = rows(BOARD_NODES);
	assert_int_equal(json_array_size(list), MANY);
	row_named(list, "id", host_name(NULL, 100000));
	json_decref(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(seconds_bear_the_time_of_their_end_and_count_what_was_in_them, setup, teardown),
		cmocka_unit_test_setup_teardown(a_day_is_kept_by_the_minute, setup, teardown),
		cmocka_unit_test_setup_teardown(seconds_are_kept_for_fifteen_minutes, setup, teardown),
		cmocka_unit_test_setup_teardown(silence_is_no_share_and_a_leap_begins_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(rows_say_how_each_does_now, setup, teardown),
		cmocka_unit_test_setup_teardown(a_node_that_asks_and_answers_has_two_courses, setup, teardown),
		cmocka_unit_test_setup_teardown(segments_keep_what_they_did_over_a_reload, setup, teardown),
		cmocka_unit_test_setup_teardown(incidents_give_their_state_to_what_they_name, setup, teardown),
		cmocka_unit_test_setup_teardown(each_second_is_an_event_and_health_every_five, setup, teardown),
		cmocka_unit_test_setup_teardown(a_crowd_of_nodes_is_bounded, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
