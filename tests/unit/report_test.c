/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The HTML report, fed with synthetic tallies and alarms: the page is well-formed, repeatable, self-contained, harmless and bounded, and
 * its numbers are those that went in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/sink/report.h"
#include "control/sink/report_html.h"
#include "control/sink/report_series.h"

#define T0              (INT64_C(1342008000) * NANOS_PER_S) /* 2012-07-11 12:00:00 UTC */
#define TICK            (200 * NANOS_PER_MS)
#define UPDATE_LOCATION 2
#define HOSTILE         "hss<script>alert('1')</script>\"&\x01\xff.example"

static const char *hostile_name(void *names, node host)
{
	(void)names;
	(void)host;
	return HOSTILE;
}

static const struct plan_segment segments[] = { { .name = "o2", .label = "O2 <b>" }, { .name = "quiet", .label = "Quiet Brand" } };
static const struct pseudonym pseudonym = { .key = { 7 } };
static struct plan plan;
static struct alarm_writer writer;

static digits number(const char *text)
{
	digits d = 0;

	assert_true(digits_read_text(text, strlen(text), &d));
	return d;
}

static int setup(void **state)
{
	(void)state;
	memset(&plan, 0, sizeof(plan));
	plan.network_name = "Test & Net";
	plan.segments = segments;
	plan.segment_count = 2;
	plan.detection.warm_up = 20 * NANOS_PER_S;
	writer = (struct alarm_writer){ .plan = &plan, .name_of = hostile_name, .pseudonym = &pseudonym };
	return 0;
}

static void cell_set(struct tally_cell *cell, enum dimension dimension, uint64_t value, uint32_t failed, uint32_t missing)
{
	memset(cell, 0, sizeof(*cell));
	cell->key.dimension = (uint8_t)dimension;
	cell->key.procedure = UPDATE_LOCATION;
	cell->key.value = value;
	cell->requests = 10;
	cell->outcomes[OUTCOME_SUCCESS] = 10 - failed;
	cell->outcomes[OUTCOME_NETWORK] = failed;
	cell->pending[4] = missing;
	cell->latency[5] = 10;
}

/* Ticks [from, to); five of ten answers are network failures in [bad_from, bad_to). */
static void ticks_feed(struct report *r, int64_t from, int64_t to, int64_t bad_from, int64_t bad_to)
{
	for (int64_t i = from; i < to; i++) {
		struct tally_cell cells[4];
		struct tally tally = { .start = T0 + i * TICK, .length = TICK, .cells = cells, .count = 4, .packets = 40 };
		uint32_t failed = i >= bad_from && i < bad_to ? 5 : 0;

		cell_set(&cells[0], DIMENSION_ALL, 0, failed, 1);
		cell_set(&cells[1], DIMENSION_SEGMENT, 0, failed, 0);
		cell_set(&cells[2], DIMENSION_IMSI_PREFIX, number("23410"), failed, 0);
		cell_set(&cells[3], DIMENSION_SERVER, node_of_host(1), failed, 0);
		report_tick(r, &tally, NULL);
	}
}

static struct alarm *alarm_new(const char *id, nanos onset)
{
	static struct alarm a;
	struct outcome *example = &a.examples[0];

	memset(&a, 0, sizeof(a));
	snprintf(a.id, sizeof(a.id), "%s", id);
	a.onset = onset;
	a.detected = a.time = onset + 4 * NANOS_PER_S;
	a.severity = a.worst = SEVERITY_CRITICAL;
	a.state = INCIDENT_RAISED;
	snprintf(a.summary, sizeof(a.summary), "half of the updates refused by %s", HOSTILE);
	snprintf(a.repair, sizeof(a.repair), "look at %s", HOSTILE);
	a.procedures[0] = UPDATE_LOCATION;
	a.procedure_count = 1;
	a.services = SERVICE_CALLS | SERVICE_TEXTS;
	a.segments = 1;
	a.rats = 1u << RAT_2G3G_CS;
	a.nodes[0] = (struct incident_node){ .node = node_of_host(1), .is_server = true };
	a.node_count = 1;
	a.causes[0] = (struct incident_cause){ .cause = 34, .cause_layer = CAUSE_MAP_ERROR, .share = 1 };
	a.cause_count = 1;
	a.affected = 312000;
	a.affected_low = 306000;
	a.affected_high = 318000;
	a.sticky = -1;
	for (unsigned int i = 0; i < 40; i++) {
		char text[16];

		snprintf(text, sizeof(text), "2341%03u", i < 5 ? i : 100 + 2 * i);
		a.prefixes[a.prefix_count++] = number(text);
	}
	example->imsi = number("234101234567890");
	example->server = node_of_host(1);
	example->cause = 34;
	example->cause_layer = CAUSE_MAP_ERROR;
	example->procedure = UPDATE_LOCATION;
	a.example_count = 1;
	return &a;
}

/* The life of an incident from 60 s to 120 s. */
static void alarms_feed(struct report *r, const char *id)
{
	struct alarm *a = alarm_new(id, T0 + 60 * NANOS_PER_S);

	report_alarm(r, a);
	a->state = INCIDENT_RESTORING;
	a->time = T0 + 100 * NANOS_PER_S;
	snprintf(a->summary, sizeof(a->summary), "comes back");
	report_alarm(r, a);
	a->state = INCIDENT_CLEARED;
	a->severity = SEVERITY_CLEARED;
	a->time = T0 + 120 * NANOS_PER_S;
	snprintf(a->summary, sizeof(a->summary), "normal again");
	report_alarm(r, a);
}

/* To be freed. */
static char *page_write(const struct report *r, double seconds)
{
	static const char *const inputs[] = { "/somewhere/<i>.pcap", "-" };
	struct worker_report account = { 0 };
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	assert_non_null(out);
	account.account.packets = 1000;
	account.account.verdicts[VERDICT_DECODED] = 990;
	account.account.verdicts[VERDICT_SCTP_CHUNK_LENGTH] = 10;
	account.associations.missing = 12;
	account.transactions.unmatched = 231;
	report_write(r, &account, seconds, inputs, 2, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static char *page_of_an_incident(void)
{
	struct report *r = report_new(&writer);
	char *page;

	assert_non_null(r);
	ticks_feed(r, 0, 1000, 300, 600);
	alarms_feed(r, "2012-0711-0001");
	page = page_write(r, 200);
	report_free(r);
	return page;
}

/* The name of a tag at `text`; its length. */
static size_t tag_name(const char *text, char name[32])
{
	size_t length = 0;

	while (isalnum((unsigned char)text[length]) && length < 31) {
		name[length] = text[length];
		length++;
	}
	name[length] = '\0';
	return length;
}

/* Every tag is closed in order, every attribute is quoted, no stray '<' or '&'. */
static void assert_well_formed(const char *page)
{
	char stack[64][32];
	size_t depth = 0;
	const char *c = strstr(page, "<html");

	assert_non_null(c);
	for (; *c != '\0'; c++) {
		char name[32];
		bool is_end;

		if (*c == '&')
			assert_true(strncmp(c, "&#", 2) == 0 || strncmp(c, "&lt;", 4) == 0);
		if (*c != '<')
			continue;
		is_end = c[1] == '/';
		assert_true(tag_name(c + 1 + is_end, name) > 0);
		for (; *c != '>'; c++) {
			assert_int_not_equal(*c, '\0');
			if (*c != '=')
				continue;
			assert_int_equal(*++c, '"');
			for (c++; *c != '"'; c++)
				assert_true(*c != '\0' && *c != '<');
		}
		if (is_end) {
			assert_true(depth > 0);
			assert_string_equal(stack[--depth], name);
		} else if (c[-1] != '/') {
			assert_true(depth < 64);
			memcpy(stack[depth++], name, sizeof(name));
		}
	}
	assert_int_equal(depth, 0);
}

static size_t count_of(const char *page, const char *text)
{
	size_t count = 0;

	for (const char *c = strstr(page, text); c != NULL; c = strstr(c + 1, text))
		count++;
	return count;
}

static void the_page_is_well_formed_with_and_without_an_incident(void **state)
{
	struct report *r = report_new(&writer);
	char *page = page_of_an_incident();

	(void)state;
	assert_well_formed(page);
	free(page);
	page = page_write(r, 0);
	assert_well_formed(page);
	assert_non_null(strstr(page, "nothing could be judged"));
	free(page);
	ticks_feed(r, 0, 500, 0, 0);
	page = page_write(r, 100);
	assert_well_formed(page);
	assert_non_null(strstr(page, "Nothing wrong was found in 100\u00a0s of traffic: 5,000 requests."));
	free(page);
	page = page_write(r, 5);
	assert_non_null(strstr(page, "too short to judge"));
	free(page);
	report_free(r);
}

static void the_same_input_gives_the_same_bytes(void **state)
{
	char *first = page_of_an_incident();
	char *second = page_of_an_incident();

	(void)state;
	assert_string_equal(first, second);
	free(first);
	free(second);
}

static void the_page_names_no_other_resource(void **state)
{
	char *page = page_of_an_incident();

	(void)state;
	assert_null(strstr(page, "http"));
	assert_null(strstr(page, "src="));
	assert_null(strstr(page, "url("));
	assert_null(strstr(page, "@import"));
	assert_null(strstr(page, "<link"));
	assert_null(strstr(page, "<script"));
	free(page);
}

static void a_hostile_name_is_only_text(void **state)
{
	char *page = page_of_an_incident();

	(void)state;
	assert_null(strstr(page, "alert('1')"));
	assert_null(strchr(page, '\x01'));
	assert_null(strchr(page, '\xff'));
	assert_non_null(strstr(page, "hss&#60;script&#62;alert(&#39;1&#39;)&#60;/script&#62;&#34;&#38;\xef\xbf\xbd\xef\xbf\xbd.example"));
	assert_non_null(strstr(page, "&#60;i&#62;.pcap"));
	assert_non_null(strstr(page, "O2 &#60;b&#62;"));
	free(page);
}

static void text_keeps_utf_8_and_loses_what_turns_it_around(void **state)
{
	char text[64] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	(void)state;
	/* U+00E9 stays; U+202E (right-to-left override), an overlong '/' and a cut sequence do not. */
	html_text(out, "T\xc3\xa9l\xc3\xa9|\xe2\x80\xae|\xc0\xaf|\xe2\x82");
	fclose(out);
	assert_string_equal(text, "T\xc3\xa9l\xc3\xa9|\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd");
}

/* As in the words of the alarm: by the operator's own name where there is one, by each of its identities. */
static void a_node_is_called_by_the_name_that_the_plan_gives_it(void **state)
{
	static const struct plan_node known[] = {
		{ .name = "STP <2>", .point_code = 2002, .host = "HSS<script>alert('1')</script>\"&\x01\xff.example" },
		{ .role = "hlr", .point_code = 9 }
	};
	char text[512] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	(void)state;
	plan.nodes = known;
	plan.node_count = 2;
	html_node(out, &writer, node_of_point_code(2002));
	fputs("|", out);
	html_node(out, &writer, node_of_point_code(9));
	fputs("|", out);
	html_node(out, &writer, 0);
	fputs("|", out);
	html_node(out, &writer, node_of_host(1));
	fclose(out);
	assert_non_null(strstr(
		text,
		"STP &#60;2&#62;, <code class=\"node\">pc:2002</code>|<code class=\"node\">pc:9</code>|unknown|STP &#60;2&#62;, <code"));
	assert_non_null(strstr(text, ">hss&#60;script&#62;"));
}

static void identities_leave_as_pseudonyms(void **state)
{
	char *page = page_of_an_incident();

	(void)state;
	assert_null(strstr(page, "234101234567890"));
	assert_non_null(strstr(page, "imsi~23410"));
	free(page);
}

static void every_plot_is_marked_and_described(void **state)
{
	char *page = page_of_an_incident();
	size_t plots = count_of(page, "<figure>");

	(void)state;
	assert_int_equal(plots, 2); /* the whole and the segment that was seen */
	assert_int_equal(count_of(page, ">onset</text>"), plots);
	assert_int_equal(count_of(page, ">detected +4.0 s</text>"), plots);
	assert_int_equal(count_of(page, ">restoring</text>"), plots);
	assert_int_equal(count_of(page, ">cleared</text>"), plots);
	assert_int_equal(count_of(page, "<title id=\"plot-"), plots);
	assert_int_equal(count_of(page, "<desc id=\"plot-"), plots);
	assert_non_null(strstr(page, "No registration was seen of: Quiet Brand."));
	free(page);
}

static void an_incident_is_told_with_its_size_and_life(void **state)
{
	char *page = page_of_an_incident();

	(void)state;
	assert_non_null(strstr(page, "One incident, critical:</strong> half of the updates refused by hss"));
	assert_non_null(strstr(page, "about 312,000 (306,000 to 318,000) hit"));
	assert_non_null(strstr(page, "systemFailure <code>map-error:34</code>"));
	assert_non_null(strstr(page, "2341000–2341004"));
	assert_non_null(strstr(page, "and 24 more prefixes</summary>"));
	assert_non_null(strstr(page, "2012-07-11 12:02:00 UTC, after 60\u00a0s"));
	assert_non_null(strstr(page, "<strong>12</strong> SCTP chunks never came"));
	assert_non_null(strstr(page, "<strong>231</strong> answers came without a request"));
	assert_non_null(strstr(page, "a chunk shorter than its header or longer than its packet"));
	free(page);
}

static void incidents_stand_in_order_of_onset(void **state)
{
	struct report *r = report_new(&writer);
	const char *first, *second;
	char *page;

	(void)state;
	ticks_feed(r, 0, 1000, 300, 600);
	alarms_feed(r, "2012-0711-0002");
	report_alarm(r, alarm_new("2012-0711-0001", T0 + 30 * NANOS_PER_S));
	page = page_write(r, 200);
	assert_well_formed(page);
	first = strstr(page, "<span class=\"id\">2012-0711-0001");
	second = strstr(page, "<span class=\"id\">2012-0711-0002");
	assert_true(first != NULL && second != NULL && first < second);
	assert_non_null(strstr(page, "2 incidents, the worst critical:"));
	assert_non_null(strstr(page, ">2: onset</text>"));
	assert_non_null(strstr(page, "still there at the end"));
	free(page);
	report_free(r);
}

static void alarms_beyond_the_room_are_counted(void **state)
{
	struct report *r = report_new(&writer);
	char *page;

	(void)state;
	for (int i = 0; i < 70; i++) {
		char id[24];

		snprintf(id, sizeof(id), "2012-0711-%04d", i);
		report_alarm(r, alarm_new(id, T0));
	}
	for (int i = 0; i < 40; i++)
		report_alarm(r, alarm_new("2012-0711-0000", T0));
	page = page_write(r, 0);
	assert_well_formed(page);
	assert_non_null(strstr(page, "<strong>6</strong> announcements of further incidents found no room"));
	assert_non_null(strstr(page, "9 more announcements are left out here"));
	free(page);
	report_free(r);
}

static struct series_sum sum_of(const struct history *h, enum series_kind kind, nanos from, nanos to)
{
	assert_true(history_count(h, kind) > 0);
	return series_sum(h, history_series(h, kind, 0), from, to);
}

static void tick_feed(struct history *h, nanos start, uint32_t failed, uint32_t missing)
{
	struct tally_cell cell;
	struct tally tally = { .start = start, .length = TICK, .cells = &cell, .count = 1 };

	cell_set(&cell, DIMENSION_ALL, 0, failed, missing);
	history_tick(h, &tally);
}

static void bins_double_and_lose_nothing(void **state)
{
	struct history *h = history_new(&plan);
	struct history_span span;
	const int64_t ticks = 50000; /* almost three hours */

	(void)state;
	for (int64_t i = 0; i < ticks; i++)
		tick_feed(h, T0 + i * TICK, i >= ticks / 2 ? 5 : 0, 0);
	span = history_span(h);
	assert_int_equal(span.to - span.from, ticks * TICK);
	assert_int_equal(span.width, 64 * TICK); /* 50,000 / 1,024 is below 64 */
	assert_int_equal(sum_of(h, SERIES_REGISTRATION, span.from, span.to + span.width).requests, 10 * ticks);
	assert_int_equal(sum_of(h, SERIES_REGISTRATION, span.from, span.to + span.width).answers[OUTCOME_NETWORK], 5 * ticks / 2);
	history_free(h);
}

static void a_clock_that_goes_back_moves_the_origin(void **state)
{
	struct history *h = history_new(&plan);

	(void)state;
	tick_feed(h, T0, 0, 0);
	tick_feed(h, T0 + 10 * TICK, 0, 0);
	tick_feed(h, T0 - 5 * TICK, 10, 0);
	assert_int_equal(history_span(h).from, T0 - 5 * TICK);
	assert_int_equal(sum_of(h, SERIES_REGISTRATION, T0 - 5 * TICK, T0).answers[OUTCOME_NETWORK], 10);
	assert_int_equal(sum_of(h, SERIES_REGISTRATION, T0, T0 + 20 * TICK).requests, 20);
	tick_feed(h, T0 - 86400 * NANOS_PER_S, 0, 0);
	assert_true(history_span(h).from <= T0 - 86400 * NANOS_PER_S);
	assert_true(history_span(h).to - history_span(h).from <= REPORT_BINS * history_span(h).width);
	assert_int_equal(sum_of(h, SERIES_REGISTRATION, INT64_MIN, INT64_MAX).requests, 40);
	tick_feed(h, INT64_MAX - TICK, 0, 0);
	tick_feed(h, INT64_MIN, 0, 0);
	assert_int_equal(history_totals(h).refused_ticks, 2);
	history_free(h);
}

static void an_unanswered_request_counts_when_it_was_sent(void **state)
{
	struct history *h = history_new(&plan);
	struct series_sum sum;

	(void)state;
	for (int64_t i = 0; i < 30; i++)
		tick_feed(h, T0 + i * TICK, 0, i == 20 ? 10 : 0); /* two seconds are ten ticks */
	sum = sum_of(h, SERIES_REGISTRATION, T0 + 10 * TICK, T0 + 11 * TICK);
	assert_true(series_missing(&sum) > 0.999);
	sum = sum_of(h, SERIES_REGISTRATION, T0 + 20 * TICK, T0 + 30 * TICK);
	assert_true(series_missing(&sum) < 0); /* too young to judge */
	sum = sum_of(h, SERIES_REGISTRATION, T0, T0 + 30 * TICK);
	assert_int_equal(sum.judged, 200);
	assert_int_equal(sum.missing, 10);
	history_free(h);
}

static void shares_and_medians_are_those_of_the_footer(void **state)
{
	struct series_sum sum = { .answered = 100,
				  .answers = { [OUTCOME_SUCCESS] = 60,
					       [OUTCOME_USER] = 10,
					       [OUTCOME_NETWORK] = 20,
					       [OUTCOME_CONGESTION] = 7,
					       [OUTCOME_ABORT] = 3 } };

	(void)state;
	assert_true(series_refused(&sum) > 0.2999 && series_refused(&sum) < 0.3001);
	assert_true(series_answers(&sum, OUTCOME_USER) > 0.0999 && series_answers(&sum, OUTCOME_USER) < 0.1001);
	assert_true(series_median_ms(&sum) < 0);
	sum.latency[5] = 50; /* 16 to 32 ms */
	sum.latency[6] = 50;
	assert_true(series_median_ms(&sum) > 31.99 && series_median_ms(&sum) < 32.01);
}

static void without_segments_the_network_codes_stand_in(void **state)
{
	struct report *r;
	char *page;

	(void)state;
	plan.segment_count = 0;
	r = report_new(&writer);
	ticks_feed(r, 0, 500, 0, 0);
	page = page_write(r, 100);
	assert_well_formed(page);
	assert_non_null(strstr(page, "<figcaption>Network code 234 10</figcaption>"));
	assert_non_null(strstr(page, "Registrations by network code"));
	free(page);
	report_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_page_is_well_formed_with_and_without_an_incident, setup),
		cmocka_unit_test_setup(the_same_input_gives_the_same_bytes, setup),
		cmocka_unit_test_setup(the_page_names_no_other_resource, setup),
		cmocka_unit_test_setup(a_hostile_name_is_only_text, setup),
		cmocka_unit_test_setup(a_node_is_called_by_the_name_that_the_plan_gives_it, setup),
		cmocka_unit_test_setup(text_keeps_utf_8_and_loses_what_turns_it_around, setup),
		cmocka_unit_test_setup(identities_leave_as_pseudonyms, setup),
		cmocka_unit_test_setup(every_plot_is_marked_and_described, setup),
		cmocka_unit_test_setup(an_incident_is_told_with_its_size_and_life, setup),
		cmocka_unit_test_setup(incidents_stand_in_order_of_onset, setup),
		cmocka_unit_test_setup(alarms_beyond_the_room_are_counted, setup),
		cmocka_unit_test_setup(bins_double_and_lose_nothing, setup),
		cmocka_unit_test_setup(a_clock_that_goes_back_moves_the_origin, setup),
		cmocka_unit_test_setup(an_unanswered_request_counts_when_it_was_sent, setup),
		cmocka_unit_test_setup(shares_and_medians_are_those_of_the_footer, setup),
		cmocka_unit_test_setup(without_segments_the_network_codes_stand_in, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
