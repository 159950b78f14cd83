/* SPDX-License-Identifier: BSD-3-Clause */
/* control/api/metrics.h: sums are right whatever finds no room, labels are harmless, and 20,000 series are made in the time that is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/plan.h"
#include "control/api/metrics.h"

#define UPDATE_LOCATION 2
#define TICK            (200 * NANOS_PER_MS)

static const struct plan_segment both[] = { { .name = "giffgaff" }, { .name = "tesco \"mobile\"" } };
static const struct plan_segment turned[] = { { .name = "tesco \"mobile\"" } };
static struct plan plan = { .segments = both, .segment_count = 2, .metrics_series = 20000 };
static struct plan later = { .segments = turned, .segment_count = 1, .metrics_series = 20000 };
static char *text;

static const char *host_name(void *names, node host)
{
	(void)names;
	return host == node_of_host(7) ? "hss\n\"7\"\xc3\xa9.example" : NULL;
}

static struct metrics *open_with(uint32_t series)
{
	const struct alarm_writer writer = { .plan = &plan, .name_of = host_name };

	plan.metrics_series = series;
	return metrics_open(&writer);
}

static struct tally_cell cell_of(enum dimension dimension, uint64_t value)
{
	return (struct tally_cell){
		.key = { .dimension = (uint8_t)dimension, .procedure = UPDATE_LOCATION, .value = value },
		.requests = 10,
		.outcomes = { [OUTCOME_SUCCESS] = 7, [OUTCOME_NETWORK] = 2, [OUTCOME_TIMEOUT] = 1 },
		.latency = { [5] = 6, [15] = 3 },
		.latency_ns = 120 * NANOS_PER_S + 1,
	};
}

/* Within the first second, in which nobody asks the detector what is usual. */
static void tell(struct metrics *m, const struct tally_cell *cells, size_t count)
{
	const struct tally tally = { .length = TICK, .cells = cells, .count = count };

	metrics_tick(m, &tally, NULL);
}

static const char *text_of(struct metrics *m)
{
	struct exchange x = { 0 };
	size_t length = 0;

	free(text);
	text = NULL;
	x.out = open_memstream(&text, &length);
	metrics_serve(m, &x);
	fclose(x.out);
	return text;
}

static void expect_line(const char *line)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "\n%s\n", line);
	if (strstr(text, whole) == NULL)
		fail_msg("not there: %s", line);
}

static double sum_of(const char *family)
{
	size_t length = strlen(family);
	double sum = 0;

	for (const char *at = text; at != NULL; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, family, length) == 0 && at[length] == '{')
			sum += strtod(strstr(at, "} ") + 2, NULL);
	}
	return sum;
}

static size_t lines_of(const char *in)
{
	size_t count = 0;

	for (const char *at = in; at != NULL; at = strchr(at + 1, '\n'))
		count += at[0] == '\n' && at[1] != '#' && at[1] != '\0';
	return count;
}

static void the_text_is_there_before_the_first_tick(void **state)
{
	struct metrics *m = open_with(20000);

	(void)state;
	assert_false(metrics_are_ready(m));
	assert_non_null(strstr(text_of(m), "sigcanary_build_info{version="));
	expect_line("sigcanary_ticks_total 0");
	expect_line("sigcanary_config_last_reload_successful 1");
	metrics_close(m);
}

static void a_stream_is_told_with_its_labels_escaped(void **state)
{
	const struct tally_cell cells[] = { cell_of(DIMENSION_ALL, 0), cell_of(DIMENSION_SEGMENT, 1),
					    cell_of(DIMENSION_SERVER, node_of_host(7)), cell_of(DIMENSION_RAT, RAT_4G) };
	struct metrics *m = open_with(20000);

	(void)state;
	tell(m, cells, 4);
	tell(m, cells, 4);
	assert_true(metrics_are_ready(m));
	text_of(m);
	expect_line("sigcanary_requests_total{procedure=\"map.updateLocation\"} 20");
	expect_line("sigcanary_outcomes_total{procedure=\"map.updateLocation\",outcome=\"network\"} 4");
	expect_line("sigcanary_outcomes_total{procedure=\"map.updateLocation\",outcome=\"late\"} 0");
	expect_line("sigcanary_segment_requests_total{segment=\"tesco \\\"mobile\\\"\",procedure=\"map.updateLocation\"} 20");
	expect_line("sigcanary_server_requests_total{node=\"hss%0a\\\"7\\\"%c3%a9.example\",procedure=\"map.updateLocation\"} 20");
	expect_line("sigcanary_rat_requests_total{rat=\"4g\",procedure=\"map.updateLocation\"} 20");
	expect_line("sigcanary_transaction_duration_seconds_bucket{procedure=\"map.updateLocation\",le=\"0.016\"} 0");
	expect_line("sigcanary_transaction_duration_seconds_bucket{procedure=\"map.updateLocation\",le=\"0.032\"} 12");
	expect_line("sigcanary_transaction_duration_seconds_bucket{procedure=\"map.updateLocation\",le=\"+Inf\"} 18");
	expect_line("sigcanary_transaction_duration_seconds_sum{procedure=\"map.updateLocation\"} 240.000000002");
	expect_line("sigcanary_transaction_duration_seconds_count{procedure=\"map.updateLocation\"} 18");
	metrics_close(m);
}

static void what_finds_no_room_is_counted_as_other(void **state)
{
	static struct tally_cell cells[3000];
	struct metrics *m = open_with(1000);

	(void)state;
	for (size_t i = 0; i < 3000; i++)
		cells[i] = cell_of(i % 2 == 0 ? DIMENSION_SERVER : DIMENSION_CLIENT, node_of_point_code((uint32_t)i));
	tell(m, cells, 3000);
	cells[0] = cell_of(DIMENSION_ALL, 0);
	tell(m, cells, 1);
	assert_true(lines_of(text_of(m)) <= 1000);
	assert_true(sum_of("sigcanary_server_requests_total") == 15000);
	assert_true(sum_of("sigcanary_client_requests_total") == 15000);
	assert_true(sum_of("sigcanary_client_outcomes_total") == 15000);
	/* However many nodes there are, they do not keep a procedure out. */
	assert_true(sum_of("sigcanary_requests_total") == 10);
	expect_line("sigcanary_requests_total{procedure=\"map.updateLocation\"} 10");
	assert_non_null(strstr(text, "sigcanary_client_requests_total{node=\"other\",procedure=\"other\"}"));
	assert_null(strstr(text, "sigcanary_metrics_folded_total 0"));
	metrics_close(m);
}

static void whoever_was_asked_and_never_answered_has_no_label(void **state)
{
	struct tally_cell cell = cell_of(DIMENSION_SERVER, node_of_point_code(9));
	struct metrics *m = open_with(20000);

	(void)state;
	memset(cell.latency, 0, sizeof(cell.latency));
	tell(m, &cell, 1);
	assert_null(strstr(text_of(m), "pc:9"));
	expect_line("sigcanary_server_requests_total{node=\"other\",procedure=\"other\"} 10");
	metrics_close(m);
}

static void segments_keep_their_counts_over_a_reload(void **state)
{
	const struct tally_cell cells[] = { cell_of(DIMENSION_SEGMENT, 0), cell_of(DIMENSION_SEGMENT, 1) };
	const struct alarm alarm = {
		.id = "2012-0711-0001", .severity = SEVERITY_MAJOR, .kind = INCIDENT_NO_ANSWER, .segments = 2, .affected = 55
	};
	struct metrics *m = open_with(20000);

	(void)state;
	tell(m, cells, 2);
	metrics_alarm(m, &alarm);
	metrics_reload(m, NULL);
	text_of(m);
	expect_line("sigcanary_config_last_reload_successful 0");
	expect_line("sigcanary_incident_active{kind=\"no-answer\",severity=\"major\",segment=\"tesco \\\"mobile\\\"\"} 1");
	expect_line("sigcanary_subscribers_affected_estimate{kind=\"no-answer\",severity=\"major\"} 55");
	metrics_close(m);
	m = open_with(20000);
	tell(m, cells, 2);
	metrics_alarm(m, &alarm);
	metrics_reload(m, &later);
	tell(m, cells, 1);
	text_of(m);
	expect_line("sigcanary_segment_requests_total{segment=\"tesco \\\"mobile\\\"\",procedure=\"map.updateLocation\"} 20");
	expect_line("sigcanary_incident_active{kind=\"no-answer\",severity=\"major\",segment=\"tesco \\\"mobile\\\"\"} 1");
	assert_null(strstr(text, "giffgaff"));
	metrics_close(m);
}

static void an_incident_of_before_the_start_is_open_and_not_announced(void **state)
{
	struct alarm alarm = { .id = "2012-0711-0001", .severity = SEVERITY_MINOR, .kind = INCIDENT_REJECT_RATIO };
	struct metrics *m = open_with(20000);

	(void)state;
	metrics_recall(m, &alarm);
	text_of(m);
	expect_line("sigcanary_announcements_total 0");
	expect_line("sigcanary_incidents_open{severity=\"minor\"} 1");
	expect_line("sigcanary_incident_active{kind=\"reject-ratio\",severity=\"minor\",segment=\"all\"} 1");
	alarm.state = INCIDENT_CLEARED;
	metrics_alarm(m, &alarm);
	text_of(m);
	expect_line("sigcanary_announcements_total 1");
	expect_line("sigcanary_incidents_open{severity=\"minor\"} 0");
	metrics_close(m);
}

static double milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Told and not judged: how busy the machine is would decide. What control pays for a tick of as many streams stands beside it. */
static void twenty_thousand_series_take_the_time_that_is_told(void **state)
{
	static struct tally_cell cells[1500];
	struct metrics *m = open_with(40000);
	double began, made, first;

	(void)state;
	for (size_t i = 0; i < 1500; i++)
		cells[i] = cell_of(i < 500 ? DIMENSION_SERVER : DIMENSION_CLIENT, node_of_point_code((uint32_t)i));
	tell(m, cells, 1500);
	began = milliseconds();
	tell(m, cells, 1500);
	made = milliseconds();
	text_of(m);
	first = milliseconds();
	text_of(m);
	print_message("%zu series, %.1f MB: text in %.1f ms, again in %.1f ms; a tick of 1500 streams in %.2f ms\n", lines_of(text),
		      (double)strlen(text) / 1e6, first - made, milliseconds() - first, made - began);
	assert_true(lines_of(text) >= 20000);
	metrics_close(m);
}

static int forget(void **state)
{
	(void)state;
	free(text);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_is_there_before_the_first_tick),
		cmocka_unit_test(a_stream_is_told_with_its_labels_escaped),
		cmocka_unit_test(what_finds_no_room_is_counted_as_other),
		cmocka_unit_test(whoever_was_asked_and_never_answered_has_no_label),
		cmocka_unit_test(segments_keep_their_counts_over_a_reload),
		cmocka_unit_test(an_incident_of_before_the_start_is_open_and_not_announced),
		cmocka_unit_test(twenty_thousand_series_take_the_time_that_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, forget);
}
