/* SPDX-License-Identifier: BSD-3-Clause */
/* control/tick/tick_*.c and stream_names.c: tick files and CSV from anywhere, and what is said where they are damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/config.h"
#include "control/sink/ticks.h"
#include "control/tick/stream_names.h"
#include "control/tick/tick_input.h"
#include "dataplane/notice.h"

#define HEADER  "time,stream,requests,success,user,network,congestion,abort,timeout\n"
#define S       NANOS_PER_S
#define TICKS   64
#define CELLS   64
#define NOTICES 4

/* What was read of one file. */
struct bench {
	char path[64];
	struct plan *plan;
	struct stream_names *names;
	struct tick_input *input;
	char *said;
	size_t said_length;
	FILE *errors;
	struct tally ticks[TICKS];
	struct tally_cell cells[TICKS][CELLS];
	struct outcome notices[NOTICES];
	size_t count, notice_count;
	bool is_whole;
};

static void notice_keep(void *self, const struct outcome *notice)
{
	struct bench *b = self;

	if (b->notice_count < NOTICES)
		b->notices[b->notice_count++] = *notice;
}

static void file_write(struct bench *b, const char *text)
{
	int descriptor;

	snprintf(b->path, sizeof(b->path), "/tmp/sigcanary-ticks-XXXXXX");
	descriptor = mkstemp(b->path);
	assert_true(descriptor >= 0);
	assert_int_equal(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
	close(descriptor);
}

/* Reads the text as a file; NULL input when it was refused as a whole. */
static struct bench *bench_read(const char *text)
{
	struct bench *b = calloc(1, sizeof(*b));
	const char *paths[1];

	assert_non_null(b);
	file_write(b, text);
	paths[0] = b->path;
	b->plan = plan_default();
	b->names = stream_names_new(b->plan, 1000);
	b->errors = open_memstream(&b->said, &b->said_length);
	b->input = tick_input_open(paths, 1, b->names, b->errors);
	if (b->input != NULL) {
		tick_input_notices(b->input, notice_keep, b);
		while (b->count < TICKS && tick_input_next(b->input, &b->ticks[b->count])) {
			size_t i = b->count++;

			assert_true(b->ticks[i].count <= CELLS);
			if (b->ticks[i].count > 0)
				memcpy(b->cells[i], b->ticks[i].cells, b->ticks[i].count * sizeof(b->cells[i][0]));
			b->ticks[i].cells = b->cells[i];
		}
		b->is_whole = tick_input_finish(b->input);
	}
	fflush(b->errors);
	return b;
}

static void bench_free(struct bench *b)
{
	unlink(b->path);
	tick_input_close(b->input);
	stream_names_free(b->names);
	plan_free(b->plan);
	fclose(b->errors);
	free(b->said);
	free(b);
}

static struct stream_key key_of(struct bench *b, const char *name)
{
	struct stream_key key = { 0 };

	assert_true(stream_names_key(b->names, name, strlen(name), &key));
	return key;
}

/* The sum of the tick's cells of that stream. */
static struct tally_cell cell_of(struct bench *b, size_t tick, const char *name)
{
	struct stream_key key = key_of(b, name);
	struct tally_cell sum = { 0 };

	assert_true(tick < b->count);
	for (size_t i = 0; i < b->ticks[tick].count; i++) {
		const struct tally_cell *cell = &b->cells[tick][i];

		if (stream_key_compare(&cell->key, &key) != 0)
			continue;
		sum.requests += cell->requests;
		for (int c = 0; c < OUTCOME_CLASS_COUNT; c++)
			sum.outcomes[c] += cell->outcomes[c];
		for (int j = 0; j < TALLY_CHECKPOINTS; j++)
			sum.pending[j] += cell->pending[j];
		for (int l = 0; l < TALLY_LATENCY_BINS; l++)
			sum.latency[l] += cell->latency[l];
		sum.repeats += cell->repeats;
	}
	return sum;
}

static void ten_lines_from_anywhere_are_ticks_of_their_own_length(void **state)
{
	struct bench *b = bench_read(HEADER "1000,all,10,9,1,0,0,0,0\n1000,hlr-1,6,6,0,0,0,0,0\n1005,all,20,15,1,2,1,1,0\n"
					    "1010,all,5,5,0,0,0,0,0\n1010,all,1,0,0,1,0,0,0\n");

	(void)state;
	assert_non_null(b->input);
	assert_true(b->is_whole);
	assert_string_equal(b->said, "");
	assert_int_equal(b->count, 3);
	assert_int_equal(tick_input_length(b->input), 5 * S);
	assert_int_equal(b->ticks[1].start, 1005 * S);
	assert_int_equal(cell_of(b, 0, "hlr-1").requests, 6);
	assert_int_equal(cell_of(b, 1, "all").outcomes[OUTCOME_NETWORK], 2);
	assert_int_equal(cell_of(b, 1, "all").outcomes[OUTCOME_CONGESTION], 1);
	assert_int_equal(cell_of(b, 2, "all").requests, 6);
	assert_true(b->ticks[2].packets > 0);
	bench_free(b);
}

static void columns_are_found_by_name_in_any_order_and_spelling(void **state)
{
	struct bench *b = bench_read("\xef\xbb\xbf\"Stream\"; NETWORK ;nonsense;Time;Success;pending_0.3s;pending_300ms;latency_50ms\r\n"
				     "\"hlr 1\";3;x;2026-03-01T00:00:00Z;7.0;;2;5\r\n\r\n"
				     "\"hlr 1\";1;y;2026-03-01 00:00:01+00:00;nan;1;1;0\r\n");

	(void)state;
	assert_non_null(b->input);
	assert_string_equal(b->said, "");
	assert_int_equal(b->count, 2);
	assert_int_equal(b->ticks[0].start, INT64_C(1772323200) * S);
	assert_int_equal(tick_input_length(b->input), S);
	assert_int_equal(tick_input_ages(b->input)[0], 300 * NANOS_PER_MS);
	assert_int_equal(tick_input_ages(b->input)[1], 0);
	assert_int_equal(cell_of(b, 0, "hlr 1").outcomes[OUTCOME_NETWORK], 3);
	assert_int_equal(cell_of(b, 0, "hlr 1").outcomes[OUTCOME_SUCCESS], 7);
	assert_int_equal(cell_of(b, 0, "hlr 1").pending[0], 2);
	assert_int_equal(cell_of(b, 0, "hlr 1").latency[6], 5);
	assert_int_equal(cell_of(b, 1, "hlr 1").pending[0], 2);
	bench_free(b);
}

static void more_ages_than_checkpoints_are_spread_over_them(void **state)
{
	struct bench *b = bench_read("time,stream,requests,pending_1s,pending_2s,pending_3s,pending_4s,pending_5s,pending_6s,pending_7s,"
				     "pending_8s,pending_30s\n60,a,9,1,2,3,4,5,6,7,8,9\n120,a,9,1,2,3,4,5,6,7,8,9\n");

	(void)state;
	assert_int_equal(tick_input_ages(b->input)[0], 1 * S);
	assert_int_equal(tick_input_ages(b->input)[6], 30 * S);
	assert_int_equal(cell_of(b, 0, "a").pending[6], 9);
	for (int j = 1; j < TALLY_CHECKPOINTS; j++)
		assert_true(tick_input_ages(b->input)[j] > tick_input_ages(b->input)[j - 1]);
	bench_free(b);
}

static void rows_by_stream_are_put_in_order_of_time(void **state)
{
	struct bench *b = bench_read(HEADER "0,a,1,1,0,0,0,0,0\n60,a,2,2,0,0,0,0,0\n120,a,3,3,0,0,0,0,0\n"
					    "0,b,4,4,0,0,0,0,0\n60,b,5,5,0,0,0,0,0\n120,b,6,6,0,0,0,0,0\n");

	(void)state;
	assert_true(b->is_whole);
	assert_int_equal(b->count, 3);
	assert_int_equal(tick_input_length(b->input), 60 * S);
	assert_int_equal(cell_of(b, 1, "a").requests, 2);
	assert_int_equal(cell_of(b, 2, "b").requests, 6);
	bench_free(b);
}

static void quiet_ticks_are_given_and_holes_passed_over(void **state)
{
	/* Two left out are quiet; eighty after a dense beginning are a hole. */
	struct bench *b = bench_read(HEADER "10,a,1,1,0,0,0,0,0\n11,a,1,1,0,0,0,0,0\n14,a,1,1,0,0,0,0,0\n95,a,1,1,0,0,0,0,0\n");

	(void)state;
	assert_int_equal(tick_input_length(b->input), S);
	assert_int_equal(b->ticks[2].start, 12 * S);
	assert_int_equal(b->ticks[2].count, 0);
	assert_int_equal(b->ticks[3].start, 13 * S);
	assert_int_equal(b->ticks[4].start, 14 * S);
	bench_free(b);
	b = bench_read(HEADER "10,a,1,1,0,0,0,0,0\n11,a,1,1,0,0,0,0,0\n12,a,1,1,0,0,0,0,0\n92,a,1,1,0,0,0,0,0\n");
	assert_int_equal(b->count, 4);
	assert_int_equal(b->ticks[3].start, 92 * S);
	assert_int_equal(tick_input_holes(b->input), 1);
	bench_free(b);
}

static void times_beside_the_grid_belong_to_the_nearest_tick(void **state)
{
	struct bench *b = bench_read(HEADER "100.013,a,1,1,0,0,0,0,0\n101.002,a,2,2,0,0,0,0,0\n102.037,a,3,3,0,0,0,0,0\n"
					    "102.981,a,4,4,0,0,0,0,0\n");

	(void)state;
	assert_int_equal(b->count, 4);
	assert_int_equal(tick_input_length(b->input), S);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(cell_of(b, i, "a").requests, i + 1);
	bench_free(b);
}

static void what_is_damaged_is_said_with_its_line_and_the_rest_is_read(void **state)
{
	struct bench *b = bench_read(HEADER "1,a,1,1,0,0,0,0,0\n2,a,1,-1,0,0,0,0,0\nnow,a,1,1,0,0,0,0,0\n2,a,7,7,0\n3,a,8,8,0,0,0,0,0\n");

	(void)state;
	assert_false(b->is_whole);
	assert_non_null(strstr(b->said, ":3: field 4 is '-1' and must be a count"));
	assert_non_null(strstr(b->said, ":4: the time is 'now'; write epoch seconds"));
	assert_non_null(strstr(b->said, ":5: the row has 5 fields and the header 9; it is cut off"));
	assert_int_equal(cell_of(b, b->count - 1, "a").requests, 8);
	bench_free(b);
	b = bench_read("1000,a,1,1,0\n");
	assert_null(b->input);
	assert_non_null(strstr(b->said, ":1: the header names no column 'time'; begin the file with time,stream,"));
	bench_free(b);
	b = bench_read("");
	assert_null(b->input);
	assert_non_null(strstr(b->said, "is empty"));
	bench_free(b);
}

static void our_own_names_are_read_back_to_their_keys(void **state)
{
	static const struct stream_key keys[] = {
		{ .procedure = 2, .dimension = DIMENSION_ALL },
		{ .procedure = PROCEDURE_REGISTRATION, .dimension = DIMENSION_ALL },
		{ .procedure = 2, .dimension = DIMENSION_IMSI_BUCKET, .value = 63 },
		{ .procedure = 2, .dimension = DIMENSION_IMSI_ENDING, .value = 7 },
		{ .procedure = PROCEDURE_REGISTRATION, .dimension = DIMENSION_PLMN, .value = 26202 },
		{ .procedure = 2, .dimension = DIMENSION_RAT, .value = RAT_4G },
		{ .procedure = 2, .dimension = DIMENSION_DIRECTION, .value = DIRECTION_OUTBOUND },
		{ .procedure = 2, .dimension = DIMENSION_SERVER, .value = (uint64_t)NODE_POINT_CODE << 60 | 1234 },
		{ .procedure = 2, .dimension = DIMENSION_ROUTE, .value = (uint64_t)NODE_IPV4 << 60 | 0x0a000001 },
	};
	struct bench *b = bench_read(HEADER "1,map.updateLocation/segment=giffgaff,1,1,0,0,0,0,0\n");
	struct stream_key prefix = { .procedure = 2, .dimension = DIMENSION_IMSI_PREFIX };
	struct stream_key title = { .procedure = 2, .dimension = DIMENSION_CLIENT };
	char name[STREAM_NAME_MAX];

	(void)state;
	assert_true(digits_read_text("2341001", 7, &prefix.value));
	assert_true(digits_read_text("447802000107", 12, &title.value));
	title.value = node_of_digits(title.value);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) + 2; i++) {
		const struct stream_key *key = i == 0 ? &prefix : i == 1 ? &title : &keys[i - 2];
		struct stream_key back;

		stream_name_write(key, b->plan, stream_names_text, b->names, name);
		back = key_of(b, name);
		assert_memory_equal(&back, key, sizeof(back));
	}
	assert_int_equal(b->plan->segment_count, 1);
	assert_string_equal(b->plan->segments[0].name, "giffgaff");
	assert_int_equal(key_of(b, "map.updateLocation/segment=giffgaff").dimension, DIMENSION_SEGMENT);
	stream_name_write(
		&(struct stream_key){ .procedure = 2, .dimension = DIMENSION_SERVER, .value = stream_names_node(b->names, "hss1", 4) },
		b->plan, stream_names_text, b->names, name);
	assert_string_equal(name, "map.updateLocation/server=hss1");
	bench_free(b);
}

static void names_of_others_lie_in_one_another(void **state)
{
	struct bench *b = bench_read(HEADER
				     "1,total,1,1,0,0,0,0,0\n1,all,1,1,0,0,0,0,0\n1,london,1,1,0,0,0,0,0\n1,london/x/hlr-1,1,1,0,0,0,0,0\n"
				     "1,s6a.ulr/hss 1,1,1,0,0,0,0,0\n1,londonderry,1,1,0,0,0,0,0\n");
	struct stream_key whole = key_of(b, "total"), second = key_of(b, "all"), outer = key_of(b, "london"),
			  inner = key_of(b, "london/x/hlr-1"), ours = key_of(b, "s6a.ulr/hss 1"), parent;
	struct stream_key other = key_of(b, "londonderry");
	char name[STREAM_NAME_MAX];

	(void)state;
	assert_int_equal(whole.dimension, DIMENSION_ALL);
	assert_int_equal(whole.procedure, PROCEDURE_NONE);
	assert_int_equal(second.dimension, DIMENSION_NAMED);
	assert_int_equal(ours.procedure, procedure_of_name("s6a.ulr"));
	assert_int_equal(ours.dimension, DIMENSION_NAMED);
	assert_true(stream_names_parent(b->names, &inner, &parent));
	assert_memory_equal(&parent, &outer, sizeof(parent));
	assert_false(stream_names_parent(b->names, &outer, &parent));
	assert_false(stream_names_parent(b->names, &ours, &parent));
	assert_true(stream_names_contain(b->names, &outer, &inner));
	assert_true(stream_names_contain(b->names, &whole, &inner));
	assert_false(stream_names_contain(b->names, &inner, &outer));
	assert_false(stream_names_contain(b->names, &outer, &other));
	stream_name_write(&inner, b->plan, stream_names_text, b->names, name);
	assert_string_equal(name, "london/x/hlr-1");
	bench_free(b);
}

static void what_is_written_is_read_back_whole(void **state)
{
	struct bench *b = bench_read(HEADER "1,a,1,1,0,0,0,0,0\n");
	struct tally_cell cell = { .key = { .procedure = 2, .dimension = DIMENSION_RAT, .value = RAT_4G },
				   .requests = 4000000000U,
				   .outcomes = { 1, 2, 3, 4, 5, 6, 7 },
				   .pending = { 8, 9, 10, 11, 12, 13, 14 },
				   .repeats = 15 };
	struct tally tally = { .start = 1342008000 * S + 200 * NANOS_PER_MS,
			       .length = 200 * NANOS_PER_MS,
			       .cells = &cell,
			       .count = 1,
			       .packets = 812,
			       .dropped = 3,
			       .sctp_missing = 4,
			       .unseen = 5,
			       .refused_cells = 6 };
	struct outcome notice = { .event = OUTCOME_EVENT_NOTICE,
				  .clock = 1342008000 * S + 250123456,
				  .cause = NOTICE_PEER_CLOSING,
				  .client = node_of_point_code(7),
				  .server = node_of_ipv4(0x0a000002),
				  .tries = 2,
				  .frames = { 77 } };
	char *text = NULL;
	size_t length = 0;
	struct tick_writer w = { .out = open_memstream(&text, &length), .plan = b->plan, .name_of = stream_names_text, .names = b->names };
	struct bench *back;
	struct tally_cell read;

	(void)state;
	for (uint32_t l = 0; l < TALLY_LATENCY_BINS; l++)
		cell.latency[l] = 100 + l;
	tick_write_outcome(&w, &notice);
	w.has_header = false; /* the plan's tick is the same */
	tick_write(&w, &tally, NULL);
	tally.start -= 60 * S; /* appended: an earlier run */
	w.has_header = false;
	tick_write(&w, &tally, NULL);
	fclose(w.out);
	back = bench_read(text);
	assert_string_equal(back->said, "");
	assert_true(back->is_whole);
	assert_int_equal(back->count, 2);
	assert_int_equal(back->ticks[0].start, 1342008000 * S + 200 * NANOS_PER_MS);
	assert_int_equal(back->ticks[1].start, back->ticks[0].start - 60 * S);
	assert_int_equal(back->ticks[0].packets, 812);
	assert_int_equal(back->ticks[0].dropped, 3);
	assert_int_equal(back->ticks[0].sctp_missing, 4);
	assert_int_equal(back->ticks[0].unseen, 5);
	assert_int_equal(back->ticks[0].refused_cells, 6);
	read = back->cells[0][0];
	assert_memory_equal(&read, &cell, sizeof(cell));
	assert_int_equal(back->notice_count, 1);
	assert_int_equal(back->notices[0].clock, notice.clock);
	assert_int_equal(back->notices[0].cause, notice.cause);
	assert_int_equal(back->notices[0].client, notice.client);
	assert_int_equal(back->notices[0].server, notice.server);
	assert_int_equal(back->notices[0].tries, 2);
	assert_int_equal(back->notices[0].frames[0], 0); /* frames are numbered by capture */
	bench_free(back);
	/* Cut in its last number: that row is not used. */
	text[length - 2] = '\0';
	back = bench_read(text);
	assert_false(back->is_whole);
	assert_non_null(strstr(back->said, "the file ends in the middle of a row"));
	assert_int_equal(back->cells[0][0].requests, 4000000000U);
	bench_free(back);
	free(text);
	bench_free(b);
}

static void times_are_seconds_or_finer_or_iso(void **state)
{
	static const struct {
		const char *text;
		nanos time;
	} good[] = {
		{ "0", 0 },
		{ "1342008000.25", 1342008000 * S + 250 * NANOS_PER_MS },
		{ "1342008000250", 1342008000 * S + 250 * NANOS_PER_MS },
		{ "1342008000250000", 1342008000 * S + 250 * NANOS_PER_MS },
		{ "1342008000250000000", 1342008000 * S + 250 * NANOS_PER_MS },
		{ "2012-07-11T12:00:00.25Z", 1342008000 * S + 250 * NANOS_PER_MS },
		{ "2012-07-11 13:00:00+01:00", 1342008000 * S },
		{ "2012-07-11T12:00", 1342008000 * S },
		{ "2012-07-11", 1342008000 * S - 43200 * S },
		{ "2000-02-29T23:59:59Z", INT64_C(951868799) * S },
	};
	static const char *const bad[] = { "", "x", "12x", "1e9", "2012-13-11", "2012-07-11T25:00", "2012-07-11T12:00:00 London", "1.2.3" };
	nanos time;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!tick_time_read(good[i].text, strlen(good[i].text), &time) || time != good[i].time)
			fail_msg("%s", good[i].text);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (tick_time_read(bad[i], strlen(bad[i]), &time))
			fail_msg("%s", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_lines_from_anywhere_are_ticks_of_their_own_length),
		cmocka_unit_test(columns_are_found_by_name_in_any_order_and_spelling),
		cmocka_unit_test(more_ages_than_checkpoints_are_spread_over_them),
		cmocka_unit_test(rows_by_stream_are_put_in_order_of_time),
		cmocka_unit_test(quiet_ticks_are_given_and_holes_passed_over),
		cmocka_unit_test(times_beside_the_grid_belong_to_the_nearest_tick),
		cmocka_unit_test(what_is_damaged_is_said_with_its_line_and_the_rest_is_read),
		cmocka_unit_test(our_own_names_are_read_back_to_their_keys),
		cmocka_unit_test(names_of_others_lie_in_one_another),
		cmocka_unit_test(what_is_written_is_read_back_whole),
		cmocka_unit_test(times_are_seconds_or_finer_or_iso),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
