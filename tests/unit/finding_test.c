/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Faults that only counts tell of: a small operator in ticks, by every dimension, through the real detector into the incident room without
 * a single outcome. What must be found is the place, the onset, the end; what must not be said is anything else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/plan.h"
#include "control/detect/detect.h"
#include "control/incident/incident.h"
#include "control/incident/text.h"

#define START      (INT64_C(1342008060) * NANOS_PER_S)
#define BLOCKS     40
#define SERVERS    8
#define CLIENTS    6
#define PROCEDURES 3
#define ROWS       8192
#define LINES_MAX  64
#define OVERDUE_S  12 /* seconds after which nobody waits any more */

static const procedure procedures[PROCEDURES] = { 2, 56, 23 }; /* updateLocation, sendAuthenticationInfo, updateGprsLocation */

struct attempt {
	unsigned int block, server, client, ending, procedure;
	double t;
};

enum fate { FATE_GOOD, FATE_REFUSED, FATE_SILENT };

struct story {
	double rate, seconds, tick_s;
	enum fate (*fate)(const struct attempt *a);
	uint64_t seed;
};

static struct story story;
static uint64_t state_of_random;
static struct alarm lines[LINES_MAX];
static size_t line_count;

static double random_share(void)
{
	state_of_random += UINT64_C(0x9e3779b97f4a7c15);
	return (double)(hash_mix(state_of_random) >> 11) / 9007199254740992.0;
}

static unsigned int random_below(unsigned int n)
{
	return (unsigned int)(random_share() * n);
}

static digits number(const char *text)
{
	digits d = 0;

	assert_true(digits_read_text(text, strlen(text), &d));
	return d;
}

static node server_of(unsigned int n)
{
	return node_of_digits(number("447802000001") + ((uint64_t)n << 16));
}

static digits block_of(unsigned int block)
{
	char text[16];

	snprintf(text, sizeof(text), "23410%02u", block);
	return number(text);
}

/* Cells by (wheel slot): counts that will fall due in later ticks. */
#define WHEEL 128
static struct tally_cell *wheel[WHEEL];
static size_t wheel_count[WHEEL];

static struct tally_cell *cell_of(size_t slot, struct stream_key key)
{
	for (size_t i = 0; i < wheel_count[slot]; i++) {
		if (memcmp(&wheel[slot][i].key, &key, sizeof(key)) == 0)
			return &wheel[slot][i];
	}
	assert_true(wheel_count[slot] < ROWS);
	memset(&wheel[slot][wheel_count[slot]], 0, sizeof(struct tally_cell));
	wheel[slot][wheel_count[slot]].key = key;
	return &wheel[slot][wheel_count[slot]++];
}

enum event { EVENT_REQUEST, EVENT_OUTCOME, EVENT_PENDING };

static void count_in(const struct attempt *a, procedure p, double t, enum event event, int which)
{
	size_t slot = (size_t)(t / story.tick_s + 1e-9) % WHEEL;
	struct stream_key keys[] = {
		{ .dimension = DIMENSION_ALL },
		{ .dimension = DIMENSION_SEGMENT, .value = a->block < 5 ? 1 : 0 },
		{ .dimension = DIMENSION_IMSI_PREFIX, .value = number("23410") },
		{ .dimension = DIMENSION_IMSI_PREFIX, .value = digits_prefix(block_of(a->block), 6) },
		{ .dimension = DIMENSION_IMSI_PREFIX, .value = block_of(a->block) },
		{ .dimension = DIMENSION_SERVER, .value = server_of(a->server) },
		{ .dimension = DIMENSION_CLIENT, .value = server_of(100 + a->client) },
		{ .dimension = DIMENSION_IMSI_ENDING, .value = a->ending },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct tally_cell *cell;

		keys[i].procedure = p;
		cell = cell_of(slot, keys[i]);
		cell->requests += event == EVENT_REQUEST;
		if (event == EVENT_OUTCOME)
			cell->outcomes[which]++;
		if (event == EVENT_PENDING)
			cell->pending[which]++;
	}
}

static void event_count(const struct attempt *a, double t, enum event event, int which)
{
	bool counts_as_good = event == EVENT_OUTCOME && which == OUTCOME_USER;

	count_in(a, procedures[a->procedure], t, event, which);
	count_in(a, PROCEDURE_REGISTRATION, t, event, counts_as_good ? OUTCOME_SUCCESS : which);
}

static void attempt_play(double t)
{
	struct attempt a = { .block = random_below(BLOCKS), .client = random_below(CLIENTS), .ending = random_below(100), .t = t };
	enum fate fate;
	double chance = random_share();
	double latency = 0.05 + 0.1 * random_share();

	a.procedure = random_below(PROCEDURES);
	a.server = random_below(SERVERS);
	event_count(&a, t, EVENT_REQUEST, 0);
	fate = story.fate(&a);
	if (fate == FATE_SILENT || chance < 0.002) {
		for (int j = 0; j < TALLY_CHECKPOINTS; j++) {
			event_count(&a, t + nanos_to_s(tally_checkpoint_age[j]), EVENT_PENDING, j);
		}
		event_count(&a, t + OVERDUE_S, EVENT_OUTCOME, OUTCOME_TIMEOUT);
	} else if (fate == FATE_REFUSED || chance < 0.005)
		event_count(&a, t + latency, EVENT_OUTCOME, OUTCOME_NETWORK);
	else
		event_count(&a, t + latency, EVENT_OUTCOME, chance < 0.05 ? OUTCOME_USER : OUTCOME_SUCCESS);
}

static const struct plan_segment segments[] = { { .name = "home", .label = "Home" }, { .name = "small", .label = "Small Brand" } };

static struct plan plan_make(void)
{
	struct plan plan = { .hash_key = { { 1, 2 } }, .segments = segments, .segment_count = 2, .network_name = "test" };

	plan.limits.cells = 16384;
	plan.detection = (struct plan_detection){ .tick = TALLY_TICK_DEFAULT,
						  .page_interval_s = 30 * 86400.0,
						  .advisory_interval_s = 86400,
						  .min_fault_share = 0.01,
						  .min_failed = 8,
						  .warm_up = 20 * NANOS_PER_S,
						  .restored_hold = 60 * NANOS_PER_S,
						  .minor = 1000,
						  .major = 10000,
						  .critical = 100000 };
	return plan;
}

static void story_play(void)
{
	static struct plan plan;
	struct detector *detector;
	struct incidents *incidents;
	int64_t ticks = (int64_t)(story.seconds / story.tick_s);

	plan = plan_make();
	detector = detector_new(&plan);
	incidents = incidents_new(&plan, detector, NULL, NULL);
	assert_non_null(incidents);
	state_of_random = story.seed * 7919;
	line_count = 0;
	for (size_t i = 0; i < WHEEL; i++) {
		wheel_count[i] = 0;
		if (!wheel[i])
			wheel[i] = malloc(ROWS * sizeof(struct tally_cell));
	}
	for (int64_t tick = 0; tick < ticks; tick++) {
		double mean = story.rate * story.tick_s;
		unsigned int count = (unsigned int)(mean + sqrt(12 * mean) * (random_share() - 0.5) + random_share());
		size_t slot = (size_t)tick % WHEEL;
		struct tally tally = { .start = START + tick * (nanos)(story.tick_s * 1e9), .length = (nanos)(story.tick_s * 1e9) };
		const struct suspicion *suspicions;
		const struct alarm *alarms;
		size_t suspicion_count, alarm_count;

		for (unsigned int i = 0; i < count; i++)
			attempt_play(((double)tick + random_share() * 0.999) * story.tick_s);
		qsort(wheel[slot], wheel_count[slot], sizeof(struct tally_cell), stream_key_compare);
		tally.cells = wheel[slot];
		tally.count = wheel_count[slot];
		tally.packets = 1000;
		suspicions = detector_tick(detector, &tally, &suspicion_count);
		alarms = incidents_tick(incidents, &tally, suspicions, suspicion_count, &alarm_count);
		for (size_t i = 0; i < alarm_count && line_count < LINES_MAX; i++) {
			lines[line_count++] = alarms[i];
			if (getenv("FINDING_SHOW"))
				printf("%8.1f %s %s %s %s: %s\n", nanos_to_s(alarms[i].time - START), alarms[i].id,
				       incident_state_name(alarms[i].state), incident_severity_name(alarms[i].severity),
				       incident_kind_name(alarms[i].kind), alarms[i].summary);
		}
		wheel_count[slot] = 0;
	}
	incidents_free(incidents);
	detector_free(detector);
}

static double seconds_of(nanos t)
{
	return nanos_to_s(t - START);
}

#define FROM 120.0
#define TO   200.0

static bool is_on(const struct attempt *a)
{
	return a->t >= FROM && a->t < TO;
}

static enum fate nothing(const struct attempt *a)
{
	(void)a;
	return FATE_GOOD;
}

static enum fate a_server_is_silent(const struct attempt *a)
{
	return is_on(a) && a->server == 3 ? FATE_SILENT : FATE_GOOD;
}

static enum fate four_blocks_are_refused(const struct attempt *a)
{
	return is_on(a) && a->block >= 20 && a->block < 24 ? FATE_REFUSED : FATE_GOOD;
}

static enum fate a_third_of_all_is_refused(const struct attempt *a)
{
	return is_on(a) && random_share() < 0.3 ? FATE_REFUSED : FATE_GOOD;
}

static enum fate the_small_brand_is_refused(const struct attempt *a)
{
	return is_on(a) && a->block < 5 ? FATE_REFUSED : FATE_GOOD;
}

static enum fate endings_in_three_are_silent(const struct attempt *a)
{
	return is_on(a) && a->ending % 10 == 3 ? FATE_SILENT : FATE_GOOD;
}

static enum fate a_block_and_a_server(const struct attempt *a)
{
	if (is_on(a) && a->block == 33)
		return FATE_SILENT;
	return is_on(a) && a->server == 5 ? FATE_REFUSED : FATE_GOOD;
}

static enum fate a_blip(const struct attempt *a)
{
	return a->t >= FROM && a->t < FROM + 2 && a->server == 3 && random_share() < 0.3 ? FATE_REFUSED : FATE_GOOD;
}

static enum fate on_and_off(const struct attempt *a)
{
	return is_on(a) && fmod(a->t - FROM, 30) < 10 && a->server == 3 ? FATE_REFUSED : FATE_GOOD;
}

/* The life of the one incident there is. */
static void one_incident_begins_and_ends(double within_s)
{
	assert_true(line_count >= 2);
	for (size_t i = 1; i < line_count; i++)
		assert_string_equal(lines[i].id, lines[0].id);
	assert_int_equal(lines[0].state, INCIDENT_RAISED);
	assert_true(seconds_of(lines[0].time) >= FROM && seconds_of(lines[0].time) <= FROM + within_s);
	assert_true(lines[0].detected <= lines[0].time && seconds_of(lines[0].detected) >= FROM);
	assert_true(fabs(seconds_of(lines[0].onset) - FROM) <= 2.5);
	for (size_t i = 0; i < line_count; i++)
		assert_true(lines[i].state != INCIDENT_RESTORING || seconds_of(lines[i].time) > TO);
	assert_int_equal(lines[line_count - 1].state, INCIDENT_CLEARED);
	assert_true(seconds_of(lines[line_count - 1].time) >= TO + 55);
}

static void story_of(enum fate (*fate)(const struct attempt *), double tick_s, uint64_t seed)
{
	story = (struct story){ .rate = 120, .seconds = 360, .tick_s = tick_s, .fate = fate, .seed = seed };
	story_play();
}

static void a_silent_server_is_named_and_the_end_is_told(void **state)
{
	(void)state;
	story_of(a_server_is_silent, 0.2, 1);
	one_incident_begins_and_ends(10);
	assert_int_equal(lines[0].kind, INCIDENT_NO_ANSWER);
	assert_int_equal(lines[0].node_count, 1);
	assert_true(lines[0].nodes[0].node == server_of(3) && lines[0].nodes[0].is_server);
	assert_int_equal(lines[0].prefix_count, 0);
	assert_true(lines[0].severity >= SEVERITY_MINOR);
	assert_int_equal(lines[0].basis, BASIS_REQUESTS);
	assert_true(lines[0].stream_count > 0);
}

static void refused_blocks_are_named_by_their_prefixes(void **state)
{
	(void)state;
	story_of(four_blocks_are_refused, 0.2, 2);
	one_incident_begins_and_ends(10);
	assert_int_equal(lines[0].kind, INCIDENT_REJECT_RATIO);
	assert_int_equal(lines[0].node_count, 0);
	assert_int_equal(lines[0].prefix_count, 4);
	assert_true(lines[0].prefixes[0] == block_of(20) && lines[0].prefixes[3] == block_of(23));
}

static void a_random_third_is_everywhere(void **state)
{
	(void)state;
	story_of(a_third_of_all_is_refused, 1.0, 3);
	one_incident_begins_and_ends(10);
	assert_int_equal(lines[0].node_count + lines[0].prefix_count + lines[0].set_count, 0);
	assert_int_equal(lines[0].severity, SEVERITY_CRITICAL);
}

static void a_brand_is_named_and_the_other_is_not(void **state)
{
	(void)state;
	story_of(the_small_brand_is_refused, 0.2, 4);
	one_incident_begins_and_ends(10);
	assert_true(lines[0].segments == 2);
	assert_non_null(strstr(lines[0].summary, "Small Brand"));
}

static void a_last_digit_is_told_as_such(void **state)
{
	(void)state;
	story_of(endings_in_three_are_silent, 0.2, 5);
	one_incident_begins_and_ends(10);
	assert_int_equal(lines[line_count - 2].set_dimension, DIMENSION_IMSI_ENDING);
	assert_non_null(strstr(lines[line_count - 2].summary, "IMSIs that end in 3"));
}

static void two_faults_at_once_are_both_named(void **state)
{
	const struct alarm *a;
	bool has_block = false, has_server = false;

	(void)state;
	story_of(a_block_and_a_server, 0.2, 6);
	for (size_t i = 0; i < line_count; i++) {
		a = &lines[i];
		if (a->state == INCIDENT_RESTORING || a->state == INCIDENT_CLEARED)
			continue;
		has_server = has_server || (a->node_count == 1 && a->nodes[0].node == server_of(5));
		has_block = has_block || (a->prefix_count == 1 && a->prefixes[0] == block_of(33));
	}
	assert_true(has_server && has_block);
}

static void healthy_traffic_and_blips_are_not_announced(void **state)
{
	(void)state;
	for (uint64_t seed = 7; seed < 9; seed++) {
		story_of(nothing, seed & 1 ? 0.2 : 1.0, seed);
		assert_int_equal(line_count, 0);
		story_of(a_blip, seed & 1 ? 0.2 : 1.0, seed);
		assert_int_equal(line_count, 0);
	}
}

static void what_comes_and_goes_is_one_incident(void **state)
{
	(void)state;
	story_of(on_and_off, 0.2, 9);
	assert_true(line_count >= 2);
	for (size_t i = 1; i < line_count; i++) {
		assert_string_equal(lines[i].id, lines[0].id);
		assert_true(lines[i].state != INCIDENT_CLEARED || i == line_count - 1);
	}
	assert_int_equal(lines[line_count - 1].state, INCIDENT_CLEARED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_silent_server_is_named_and_the_end_is_told),
		cmocka_unit_test(refused_blocks_are_named_by_their_prefixes),
		cmocka_unit_test(a_random_third_is_everywhere),
		cmocka_unit_test(a_brand_is_named_and_the_other_is_not),
		cmocka_unit_test(a_last_digit_is_told_as_such),
		cmocka_unit_test(two_faults_at_once_are_both_named),
		cmocka_unit_test(healthy_traffic_and_blips_are_not_announced),
		cmocka_unit_test(what_comes_and_goes_is_one_incident),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
