/* SPDX-License-Identifier: BSD-3-Clause */
/* What is usual outlives a restart: as bytes that come back as they were, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "control/detect/streams.h"
#include "tests/unit/tick_bench.h"

struct bytes {
	uint8_t *at;
	size_t length;
};

static struct bytes remember(const struct bench *b)
{
	struct bytes bytes = { NULL, 0 };

	bytes.length = detector_remember(b->detector, &bytes.at);
	assert_true(bytes.length > 0);
	return bytes;
}

/* The same operator behind a new detector, some seconds later. */
static void restart(struct bench *b, const struct bytes *bytes, double gap_s)
{
	detector_free(b->detector);
	for (size_t i = 0; i < BENCH_WHEEL; i++)
		b->wheel[i].count = 0;
	b->start += (nanos)(gap_s * 1e9);
	b->detector = detector_new(&b->plan);
	assert_non_null(b->detector);
	if (bytes != NULL)
		assert_int_equal(detector_recall(b->detector, bytes->at, bytes->length), RECALL_GOOD);
}

static void a_detector_that_has_seen_nothing_has_nothing_to_keep(void **state)
{
	struct bench b;
	uint8_t *bytes = NULL;

	(void)state;
	bench_open(&b, 1);
	assert_int_equal(detector_remember(b.detector, &bytes), 0);
	bench_close(&b);
}

static void expected_shares(const struct bench *b, double shares[3])
{
	static const struct stream_key keys[3] = {
		{ .procedure = BENCH_PROCEDURE, .dimension = DIMENSION_ALL },
		{ .procedure = BENCH_PROCEDURE, .dimension = DIMENSION_SEGMENT, .value = 1 },
		{ .procedure = BENCH_PROCEDURE, .dimension = DIMENSION_SERVER, .value = (uint64_t)NODE_POINT_CODE << 60 | 102 }
	};

	for (int i = 0; i < 3; i++) {
		struct stream_state state;

		assert_true(detector_stream(b->detector, &keys[i], EVIDENCE_USER, &state));
		shares[i] = state.baseline_ratio;
	}
}

static const struct plan_pattern patterns[] = { { .field = PLAN_FIELD_IMSI, .prefix = UINT64_C(0x2341100000000005) },
						{ .field = PLAN_FIELD_IMSI, .prefix = UINT64_C(0x2341200000000005) } };
static const struct plan_segment segments[] = { { .name = "one", .patterns = &patterns[0], .pattern_count = 1 },
						{ .name = "two", .patterns = &patterns[1], .pattern_count = 1 } };
static const struct plan_segment exchanged[] = { { .name = "two", .patterns = &patterns[1], .pattern_count = 1 },
						 { .name = "one", .patterns = &patterns[0], .pattern_count = 1 } };
static const struct plan_segment redefined[] = { { .name = "one", .patterns = &patterns[0], .pattern_count = 1 },
						 { .name = "two", .patterns = &patterns[0], .pattern_count = 1 } };

/* Half the ranges, those of the second segment, refuse more. */
static void open_uneven(struct bench *b, uint64_t seed)
{
	bench_open(b, seed);
	b->plan.segments = segments;
	b->plan.segment_count = 2;
	detector_plan(b->detector, &b->plan);
	bench_home(b, 200, 0.04, 0.003);
	for (size_t i = 10; i < 20; i++)
		b->ranges[i].user = 0.25;
	bench_run(b, 900);
}

static void verdicts_after_a_restart_are_those_without_one(void **state)
{
	struct bench without, with;
	struct bench_view v[2];
	struct bytes bytes;
	double before[3], after[3];

	(void)state;
	open_uneven(&without, 3);
	open_uneven(&with, 3);
	bytes = remember(&with);
	restart(&with, &bytes, 0);
	bench_run(&without, 930);
	bench_run(&with, 930);
	expected_shares(&without, before);
	expected_shares(&with, after);
	for (int i = 0; i < 3; i++)
		if (fabs(after[i] / before[i] - 1) > 0.02)
			fail_msg("stream %d: %g and not %g", i, after[i], before[i]);
	for (size_t i = 0; i < 20; i++)
		without.ranges[i].network = with.ranges[i].network = i % 4 == 1 ? 0.3 : 0.003;
	v[0] = bench_run(&without, 960);
	v[1] = bench_run(&with, 960);
	if (v[0].first_page < 0 || fabs(v[0].first_page - v[1].first_page) > 0.5)
		fail_msg("pages at %g and %g s", v[0].first_page, v[1].first_page);
	assert_int_equal(stream_key_compare(&v[0].page.stream, &v[1].page.stream), 0);
	free(bytes.at);
	bench_close(&without);
	bench_close(&with);
}

/* Nothing is lost on the way: what nobody has claimed yet is written as it was read. The streams' order is another one the first time. */
static void what_was_read_is_written_again_byte_by_byte(void **state)
{
	const size_t head = 33, tail = 4; /* the time and how long was seen; the checksum */
	struct bench b;
	struct bytes bytes[3];

	(void)state;
	open_uneven(&b, 5);
	bytes[0] = remember(&b);
	b.range_count = 0;
	for (int i = 1; i < 3; i++) {
		/* One tick without traffic at the same time as the last one. */
		restart(&b, &bytes[i - 1], -BENCH_TICK_S);
		bench_tick(&b);
		bytes[i] = remember(&b);
		assert_int_equal(bytes[i].length, bytes[0].length);
	}
	assert_memory_equal(bytes[1].at + head, bytes[2].at + head, bytes[1].length - head - tail);
	for (int i = 0; i < 3; i++)
		free(bytes[i].at);
	bench_close(&b);
}

static void a_restart_judges_within_ten_seconds(void **state)
{
	struct bench b;
	struct bytes bytes;
	struct bench_view v;

	(void)state;
	open_uneven(&b, 7);
	bytes = remember(&b);
	restart(&b, &bytes, 30);
	bench_run(&b, 911);
	for (size_t i = 0; i < 20; i++)
		b.ranges[i].network = b.ranges[i].server == 1 ? 1 : 0.003;
	v = bench_run(&b, 920);
	if (v.first_page < 0)
		fail_msg("no page");
	free(bytes.at);
	bench_close(&b);
}

/* Segments are found by their names. Whoever took them by their number would take the healthy one for broken, or miss the broken one. */
static void segments_are_known_by_name(void **state)
{
	struct bench b;
	struct bytes bytes;
	struct bench_view v;
	double shares[3];

	(void)state;
	open_uneven(&b, 9);
	bytes = remember(&b);
	b.plan.segments = exchanged;
	for (size_t i = 0; i < 20; i++)
		b.ranges[i].segment = 1 - b.ranges[i].segment;
	restart(&b, &bytes, 5);
	v = bench_run(&b, 960);
	if (v.first_advisory >= 0)
		fail_msg("suspicious at %g s", v.first_advisory);
	expected_shares(&b, shares);
	assert_true(fabs(shares[1] - 0.04) < 0.01); /* the first segment has that number now */
	free(bytes.at);
	bench_close(&b);
}

static void a_segment_of_other_patterns_is_another_segment(void **state)
{
	struct bench b;
	struct bytes bytes;
	struct stream_state s;
	const struct stream_key key = { .procedure = BENCH_PROCEDURE, .dimension = DIMENSION_SEGMENT, .value = 1 };

	(void)state;
	open_uneven(&b, 9);
	bytes = remember(&b);
	b.plan.segments = redefined;
	restart(&b, &bytes, 5);
	bench_run(&b, 910);
	/* Not judged yet: its baseline began anew. */
	assert_true(detector_stream(b.detector, &key, EVIDENCE_USER, &s));
	assert_true(s.baseline_ratio == 0);
	free(bytes.at);
	bench_close(&b);
}

static void reloading_other_segments_keeps_each_its_own(void **state)
{
	struct bench b;
	struct bench_view v;
	struct plan other;
	double shares[3];

	(void)state;
	open_uneven(&b, 11);
	other = b.plan;
	other.segments = exchanged;
	for (size_t i = 0; i < 20; i++)
		b.ranges[i].segment = 1 - b.ranges[i].segment;
	detector_plan(b.detector, &other);
	v = bench_run(&b, 960);
	if (v.first_advisory >= 0)
		fail_msg("suspicious at %g s", v.first_advisory);
	expected_shares(&b, shares);
	assert_true(fabs(shares[1] - 0.04) < 0.01);
	bench_close(&b);
}

static const char *text_of_node(void *names, node n)
{
	const node *hosts = names;

	return n == hosts[0] ? "hss1.epc.example" : n == hosts[1] ? "hss2.epc.example" : NULL;
}

/* A host's word is another one in each run, its name is not. */
static void hosts_are_known_by_their_text(void **state)
{
	const node before[2] = { node_of_host(1234), node_of_host(99) }, after[2] = { node_of_host(77), node_of_host(4711) };
	struct hash_key key = { { 1, 2 } };
	struct plan plan = { .limits.cells = 64, .hash_key = key, .calendar.time_zone = "", .detection = { .warm_up = 1 } };
	struct stream_key key_of_second = { .procedure = 2, .dimension = DIMENSION_SERVER };
	double shares[2];
	struct bytes bytes;

	(void)state;
	for (int run = 0; run < 2; run++) {
		const node *hosts = run == 0 ? before : after;
		struct detector *d = detector_new(&plan);
		struct stream_state s;

		detector_names(d, text_of_node, (void *)(uintptr_t)hosts);
		if (run == 1)
			assert_int_equal(detector_recall(d, bytes.at, bytes.length), RECALL_GOOD);
		for (int64_t t = 0; t < (run == 0 ? 3000 : 100); t++) {
			struct tally_cell cells[3] = { { .key = { .procedure = 2, .dimension = DIMENSION_ALL } },
						       { .key = { .procedure = 2, .dimension = DIMENSION_SERVER, .value = hosts[0] } },
						       { .key = { .procedure = 2, .dimension = DIMENSION_SERVER, .value = hosts[1] } } };
			struct tally tally = {
				.start = (t + 1 + 4000 * run) * TALLY_TICK_DEFAULT, .length = TALLY_TICK_DEFAULT, .cells = cells, .count = 3
			};
			size_t count;

			cells[0].outcomes[OUTCOME_SUCCESS] = 36;
			cells[1].outcomes[OUTCOME_SUCCESS] = 20;
			cells[2].outcomes[OUTCOME_SUCCESS] = 16;
			cells[0].outcomes[OUTCOME_USER] = cells[2].outcomes[OUTCOME_USER] = 4;
			detector_tick(d, &tally, &count);
		}
		key_of_second.value = hosts[1];
		assert_true(detector_stream(d, &key_of_second, EVIDENCE_USER, &s));
		shares[run] = s.baseline_ratio;
		if (run == 0)
			bytes.length = detector_remember(d, &bytes.at);
		detector_free(d);
	}
	assert_true(fabs(shares[0] - 0.2) < 0.02); /* 0.1 as the whole, had the name been lost */
	assert_true(fabs(shares[1] - shares[0]) < 0.002);
	free(bytes.at);
}

static void a_long_gap_makes_the_past_worth_less(void **state)
{
	struct bench b;
	struct bytes bytes;
	double soon[3], late[3];

	(void)state;
	for (int run = 0; run < 2; run++) {
		open_uneven(&b, 13);
		bytes = remember(&b);
		restart(&b, &bytes, run == 0 ? 1 : 30 * 86400.0);
		for (size_t i = 0; i < 20; i++)
			b.ranges[i].user = 0.08;
		bench_run(&b, 1000);
		expected_shares(&b, run == 0 ? soon : late);
		free(bytes.at);
		bench_close(&b);
	}
	/* The second segment refused a quarter before; a month later that hardly counts any more. */
	assert_true(soon[1] > 0.2);
	assert_true(late[1] < 0.1);
}

static void what_is_damaged_is_refused_as_a_whole(void **state)
{
	struct bench b;
	struct bytes bytes;
	struct detector *d;
	uint8_t *copy;

	(void)state;
	open_uneven(&b, 15);
	bytes = remember(&b);
	d = detector_new(&b.plan);
	copy = malloc(bytes.length + 1);
	for (size_t cut = 0; cut < bytes.length; cut += cut < 200 || cut + 300 > bytes.length ? 1 : 97)
		assert_int_equal(detector_recall(d, bytes.at, cut), RECALL_DAMAGED);
	for (size_t at = 0; at < bytes.length; at += at < 200 ? 1 : 131) {
		memcpy(copy, bytes.at, bytes.length);
		copy[at] ^= (uint8_t)(1U << at % 8);
		assert_int_equal(detector_recall(d, copy, bytes.length), RECALL_DAMAGED);
	}
	memcpy(copy, bytes.at, bytes.length);
	copy[bytes.length] = 0;
	assert_int_equal(detector_recall(d, copy, bytes.length + 1), RECALL_DAMAGED);
	assert_int_equal(detector_recall(d, bytes.at, bytes.length), RECALL_GOOD);
	detector_free(d);
	free(copy);
	free(bytes.at);
	bench_close(&b);
}

static struct stream_key prefix_key(unsigned int i)
{
	char text[9];

	snprintf(text, sizeof(text), "%08u", 10000000 + i);
	return (struct stream_key){ .procedure = BENCH_PROCEDURE, .dimension = DIMENSION_IMSI_PREFIX, .value = bench_digits(text) };
}

/* One tick with these streams; a day has 17,280 ticks of five seconds apart. */
static void tick_with(struct detector *d, nanos time, unsigned int from, unsigned int to)
{
	struct tally_cell cells[40] = { { .requests = 1, .key = { .procedure = BENCH_PROCEDURE } } };
	struct tally tally = { .start = time, .length = TALLY_TICK_DEFAULT, .cells = cells, .count = 1 };
	size_t count;

	for (unsigned int i = from; i < to; i++)
		cells[tally.count++] = (struct tally_cell){ .key = prefix_key(i), .outcomes = { [OUTCOME_SUCCESS] = 1 } };
	detector_tick(d, &tally, &count);
}

static void streams_of_last_month_make_room(void **state)
{
	struct plan plan = { .limits.cells = 31, .calendar.time_zone = "", .detection = { .warm_up = 1 } };
	struct detector *d = detector_new(&plan);
	struct stream_state s;
	struct stream_key old = prefix_key(3), late = prefix_key(103), kept = prefix_key(20);
	nanos day = 86400 * NANOS_PER_S;

	(void)state;
	tick_with(d, day, 0, 30);
	assert_int_equal(detector_streams(d), 31);
	tick_with(d, 7 * day, 20, 25);
	tick_with(d, 7 * day + day / 2, 100, 110); /* all were seen within a week: no room */
	assert_int_equal(detector_refused(d), 10);
	assert_int_equal(detector_streams(d), 31);
	tick_with(d, 9 * day, 100, 120);
	assert_int_equal(detector_refused(d), 10);
	assert_int_equal(detector_streams(d), 26); /* the whole, five that were seen, twenty new */
	assert_false(detector_stream(d, &old, EVIDENCE_USER, &s));
	assert_true(detector_stream(d, &late, EVIDENCE_USER, &s));
	assert_true(detector_stream(d, &kept, EVIDENCE_USER, &s));
	detector_free(d);
}

/* Forgetting takes entries out of a table of open addressing: whatever the order, the others are found. */
static void forgetting_loses_no_other_stream(void **state)
{
	struct hash_key key = { { 3, 4 } };
	struct streams *t = watched_new(64, 1, &key);
	bool is_there[200] = { false };
	struct bench random = { .random = 5 };

	(void)state;
	for (int step = 0; step < 20000; step++) {
		unsigned int i = (unsigned int)(bench_uniform(&random) * 200);
		struct stream_key k = prefix_key(i);
		uint32_t index = watched_find(t, &k);

		assert_true(is_there[i] == (index != STREAM_NONE));
		if (index != STREAM_NONE) {
			assert_int_equal(stream_key_compare(&watched_at(t, index)->key, &k), 0);
			watched_forget(t, index);
			is_there[i] = false;
		} else {
			is_there[i] = watched_take(t, &k, step) != STREAM_NONE;
		}
	}
	watched_free(t);
}

static void the_budget_holds_however_often_streams_are_forgotten(void **state)
{
	struct hash_key key = { { 3, 4 } };
	struct streams *t = watched_new(64, 1, &key);
	double sum = 0;

	(void)state;
	for (unsigned int round = 0; round < 50; round++) {
		for (unsigned int i = 0; i < 40; i++) {
			struct stream_key k = prefix_key(1000 * round + i);

			watched_take(t, &k, 1);
		}
		for (unsigned int i = 0; i < 40 && round < 49; i++) {
			struct stream_key k = prefix_key(1000 * round + i);

			watched_forget(t, watched_find(t, &k));
		}
	}
	for (size_t i = 0; i < watched_count(t); i++)
		sum += watched_at(t, (uint32_t)i)->weight;
	assert_true(sum <= 0.9);
	assert_true(watched_at(t, 5)->weight > 5e-4); /* not worn out by those before */
	watched_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_detector_that_has_seen_nothing_has_nothing_to_keep),
		cmocka_unit_test(verdicts_after_a_restart_are_those_without_one),
		cmocka_unit_test(what_was_read_is_written_again_byte_by_byte),
		cmocka_unit_test(a_restart_judges_within_ten_seconds),
		cmocka_unit_test(segments_are_known_by_name),
		cmocka_unit_test(a_segment_of_other_patterns_is_another_segment),
		cmocka_unit_test(reloading_other_segments_keeps_each_its_own),
		cmocka_unit_test(hosts_are_known_by_their_text),
		cmocka_unit_test(a_long_gap_makes_the_past_worth_less),
		cmocka_unit_test(what_is_damaged_is_refused_as_a_whole),
		cmocka_unit_test(streams_of_last_month_make_room),
		cmocka_unit_test(forgetting_loses_no_other_stream),
		cmocka_unit_test(the_budget_holds_however_often_streams_are_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
