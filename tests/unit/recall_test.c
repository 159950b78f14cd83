/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Incidents over a restart: a small network of two brands and two servers, of which one refuses the first brand. The room is thrown away in
 * the middle, and another one with another key and another order of segments goes on from the text. The detector is a fake that pages.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/detect/conditions.h"
#include "control/incident/incident.h"
#include "dataplane/base/hash.h"

#define TICK   (200 * NANOS_PER_MS)
#define START  (INT64_C(1342008060) * NANOS_PER_S) /* 2012-07-11 12:01:00 UTC */
#define UL     2
#define SAI    56
#define RATE   20 /* requests a tick */
#define HOST   "Hss1.Epc.Example"
#define ALARMS 64

static double rate_now = 50;

bool detector_stream(const struct detector *d, const struct stream_key *stream, enum evidence evidence, struct stream_state *ret)
{
	(void)d;
	(void)stream;
	(void)evidence;
	*ret = (struct stream_state){ .has_returned = true, .requests_per_s = rate_now };
	return true;
}

void detector_hold(struct detector *d, const struct stream_key *stream)
{
	(void)d;
	(void)stream;
}

static const struct plan_segment forward[] = { { .name = "one", .label = "One" }, { .name = "two", .label = "Two" } };
static const struct plan_segment backward[] = { { .name = "two", .label = "Two" }, { .name = "one", .label = "One" } };

/* One life of the probe. */
struct life {
	struct plan *plan;
	struct incidents *incidents;
	node server;
	bool knows_name;
	struct alarm alarms[ALARMS];
	size_t count;
	uint64_t random;
};

static nanos now;
static unsigned int procedures = 1; /* that are asked for: location updates, then vectors too */
static procedure page_procedure = 2;
static uint64_t key_count;

static const char *name_of(void *names, node host)
{
	const struct life *l = names;

	if (l->knows_name && host == l->server)
		return HOST;
	return l->incidents != NULL ? incidents_recalled_name(l->incidents, host) : NULL;
}

static struct life *life_begin(const struct plan_segment *segments, uint64_t key)
{
	struct life *l = calloc(1, sizeof(*l));
	char lower[] = "hss1.epc.example";

	assert_non_null(l);
	l->plan = calloc(1, sizeof(*l->plan));
	assert_non_null(l->plan);
	*l->plan = (struct plan){ .segments = segments, .segment_count = 2, .network_name = "Test", .hash_key = { { key, key + 1 } } };
	l->plan->detection.restored_hold = 10 * NANOS_PER_S;
	l->plan->detection.minor = 10;
	l->plan->detection.major = 1000;
	l->plan->detection.critical = 100000;
	l->server = node_of_host(hash_bytes(&l->plan->hash_key, lower, strlen(lower)));
	l->incidents = incidents_new(l->plan, NULL, name_of, l);
	assert_non_null(l->incidents);
	return l;
}

static void life_end(struct life *l)
{
	incidents_free(l->incidents);
	free(l->plan);
	free(l);
}

static digits subscriber(unsigned int brand, unsigned int number)
{
	char text[16];
	digits d = 0;

	snprintf(text, sizeof(text), "23410%u%09u", brand, number);
	assert_true(digits_read_text(text, strlen(text), &d));
	return d;
}

static unsigned int below(struct life *l, unsigned int n)
{
	l->random += UINT64_C(0x9e3779b97f4a7c15);
	return (unsigned int)(hash_mix(l->random) % n);
}

static void request(struct life *l, bool is_faulty)
{
	unsigned int brand = below(l, 2);
	bool is_first = below(l, 2) == 0;
	struct outcome o = { .key = ++key_count, .time = now - TICK + below(l, 190) * NANOS_PER_MS };

	o.procedure = below(l, procedures) == 0 ? UL : SAI;
	o.clock = o.time + 5 * NANOS_PER_MS;
	o.imsi = subscriber(brand, below(l, 4000) * 250000U);
	o.server = is_first ? l->server : node_of_point_code(7);
	o.segments = UINT64_C(1) << (l->plan->segments[0].name[0] == 'o' ? brand : 1 - brand);
	o.event = OUTCOME_EVENT_CLOSED;
	o.class = OUTCOME_SUCCESS;
	if (is_faulty && is_first) {
		o.class = OUTCOME_NETWORK;
		o.cause_layer = CAUSE_MAP_ERROR;
		o.cause = 34;
	}
	incidents_outcome(l->incidents, &o);
}

static void tick(struct life *l, bool is_faulty, nanos page_onset)
{
	struct suspicion page = { .stream = { .procedure = page_procedure, .dimension = DIMENSION_ALL },
				  .evidence = EVIDENCE_NETWORK,
				  .is_page = true };
	struct tally tally = { .start = now, .length = TICK, .packets = 100 };
	const struct alarm *alarms;
	size_t count;

	now += TICK;
	for (int i = 0; i < RATE; i++)
		request(l, is_faulty);
	page.log_r = page.log_b = 60;
	page.log_page = 20;
	page.onset = page_onset;
	page.baseline_ratio = 0.004;
	alarms = incidents_tick(l->incidents, &tally, &page, page_onset != 0, &count);
	for (size_t i = 0; i < count && l->count < ALARMS; i++)
		l->alarms[l->count++] = alarms[i];
}

static void seconds(struct life *l, double s, bool is_faulty, nanos page_onset)
{
	for (int i = 0; i < (int)(s * NANOS_PER_S / TICK); i++)
		tick(l, is_faulty, page_onset);
}

/* A life with a fault that was announced, and what it would leave behind. */
static struct life *life_in_fault(char **ret_text)
{
	struct life *l = life_begin(forward, 1);

	now = START;
	l->knows_name = true;
	seconds(l, 70, false, 0);
	seconds(l, 1, true, 0);
	seconds(l, 20, true, now - NANOS_PER_S);
	assert_true(l->count > 0);
	assert_int_equal(INCIDENT_RAISED, l->alarms[0].state);
	*ret_text = incidents_remember(l->incidents, l->alarms[0].id);
	assert_non_null(*ret_text);
	return l;
}

static const struct alarm *last_of(const struct life *l)
{
	assert_true(l->count > 0);
	return &l->alarms[l->count - 1];
}

static void expect_one(const struct life *before, const struct life *after)
{
	for (size_t i = 0; i < after->count; i++) {
		assert_string_equal(before->alarms[0].id, after->alarms[i].id);
		assert_string_equal(before->alarms[0].alarm_id, after->alarms[i].alarm_id);
		assert_int_not_equal(INCIDENT_RAISED, after->alarms[i].state);
		assert_true(after->alarms[i].onset == before->alarms[0].onset);
		assert_true(after->alarms[i].affected >= last_of(before)->affected);
		assert_true(after->alarms[i].attempts >= last_of(before)->attempts);
	}
}

static void a_fault_that_goes_on_is_announced_as_changed_and_ends_as_one(void **state)
{
	char *text;
	struct life *before = life_in_fault(&text);
	struct life *after = life_begin(backward, 77);
	nanos restart;

	(void)state;
	assert_int_equal(1, last_of(before)->node_count);
	assert_true(incidents_recall(after->incidents, text));
	now += 5 * NANOS_PER_S;
	restart = now;
	seconds(after, 1, true, 0);
	seconds(after, 9, true, restart);
	assert_int_equal(INCIDENT_CHANGED, after->alarms[0].state);
	assert_true(after->alarms[0].time - restart < 10 * NANOS_PER_S);
	assert_int_equal(1, after->alarms[0].node_count);
	assert_true(after->alarms[0].nodes[0].node == after->server);
	assert_string_equal(HOST, incidents_recalled_name(after->incidents, after->server));
	seconds(after, 60, false, 0);
	assert_int_equal(INCIDENT_CLEARED, last_of(after)->state);
	expect_one(before, after);
	free(text);
	life_end(before);
	life_end(after);
}

static void a_young_incident_takes_what_fails_later_and_ends_too(void **state)
{
	struct life *before = life_begin(forward, 1);
	struct life *after = life_begin(backward, 77);
	nanos restart;
	char *text;

	(void)state;
	now = START;
	procedures = 2;
	seconds(before, 70, false, 0);
	procedures = 1; /* at first only location updates fail */
	seconds(before, 1, true, 0);
	seconds(before, 5, true, now - NANOS_PER_S);
	assert_true(before->count > 0);
	text = incidents_remember(before->incidents, before->alarms[0].id);
	assert_true(incidents_recall(after->incidents, text));
	procedures = 2;
	now += 5 * NANOS_PER_S;
	restart = now;
	page_procedure = SAI;
	seconds(after, 1, true, 0);
	seconds(after, 20, true, restart);
	page_procedure = UL;
	assert_int_equal(INCIDENT_CHANGED, after->alarms[0].state);
	assert_int_equal(2, last_of(after)->procedure_count);
	seconds(after, 60, false, 0);
	assert_int_equal(INCIDENT_CLEARED, last_of(after)->state);
	expect_one(before, after);
	procedures = 1;
	free(text);
	life_end(before);
	life_end(after);
}

static void a_fault_that_has_ended_meanwhile_is_cleared_after_the_hold(void **state)
{
	char *text;
	struct life *before = life_in_fault(&text);
	struct life *after = life_begin(forward, 5);
	nanos restart;

	(void)state;
	assert_true(incidents_recall(after->incidents, text));
	now += 60 * NANOS_PER_S;
	restart = now;
	seconds(after, 60, false, 0);
	expect_one(before, after);
	assert_int_equal(INCIDENT_CLEARED, last_of(after)->state);
	assert_true(last_of(after)->time - restart >= after->plan->detection.restored_hold);
	for (size_t i = 0; i < after->count; i++)
		assert_int_not_equal(INCIDENT_CHANGED, after->alarms[i].state);
	free(text);
	life_end(before);
	life_end(after);
}

static void without_traffic_nothing_is_called_well(void **state)
{
	char *text;
	struct life *before = life_in_fault(&text);
	struct life *after = life_begin(forward, 5);
	const struct alarm *open;

	(void)state;
	assert_true(incidents_recall(after->incidents, text));
	for (int i = 0; i < 1000; i++) {
		struct tally tally = { .start = now, .length = TICK };
		size_t count;

		now += TICK;
		incidents_tick(after->incidents, &tally, NULL, 0, &count);
		assert_int_equal(0, count);
	}
	assert_int_equal(1, incidents_open(after->incidents, &open));
	assert_string_equal(before->alarms[0].id, open[0].id);
	free(text);
	life_end(before);
	life_end(after);
}

/* Ticks in which one suspicion or one condition is told, or neither. */
static void told(struct life *l, double s, const struct suspicion *suspicion, const struct condition *condition)
{
	for (int i = 0; i < (int)(s * NANOS_PER_S / TICK); i++) {
		struct tally tally = { .start = now, .length = TICK, .packets = 100 };
		const struct alarm *alarms;
		size_t count;

		now += TICK;
		incidents_conditions(l->incidents, condition, condition != NULL);
		alarms = incidents_tick(l->incidents, &tally, suspicion, suspicion != NULL, &count);
		for (size_t k = 0; k < count && l->count < ALARMS; k++)
			l->alarms[l->count++] = alarms[k];
	}
}

static void requests_that_stayed_away_are_well_at_the_rate_of_before(void **state)
{
	struct life *before = life_begin(forward, 1);
	struct life *after = life_begin(backward, 9);
	struct suspicion drop = { .stream = { .procedure = UL, .dimension = DIMENSION_ALL }, .evidence = EVIDENCE_DROP, .is_page = true };
	char *text;
	const struct alarm *open;

	(void)state;
	now = START;
	drop.log_r = drop.log_b = 60;
	drop.log_page = 20;
	drop.onset = START;
	drop.baseline_ratio = 1;
	drop.observed_ratio = 0.2;
	drop.fault_share = drop.peak_share = 0.8;
	drop.expected = 1000; /* within the ten seconds below: a hundred a second */
	drop.requests = 200;
	told(before, 10, &drop, NULL);
	assert_true(before->count > 0);
	assert_int_equal(INCIDENT_VOLUME_DROP, before->alarms[0].kind);
	text = incidents_remember(before->incidents, before->alarms[0].id);
	assert_true(incidents_recall(after->incidents, text));
	rate_now = 20;
	told(after, 120, NULL, NULL);
	assert_int_equal(0, after->count);
	assert_int_equal(1, incidents_open(after->incidents, &open));
	rate_now = 95;
	told(after, 60, NULL, NULL);
	assert_int_equal(INCIDENT_CLEARED, last_of(after)->state);
	for (size_t i = 0; i < after->count; i++) {
		assert_string_equal(before->alarms[0].id, after->alarms[i].id);
		assert_true(after->alarms[i].state >= INCIDENT_RESTORING);
	}
	free(text);
	life_end(before);
	life_end(after);
}

static void a_peer_that_is_gone_is_known_over_a_restart(void **state)
{
	struct life *before = life_begin(forward, 1);
	struct life *after = life_begin(forward, 9);
	struct condition gone = { .kind = CONDITION_PEER_DOWN, .notices = 1, .sayers = 1 };
	const struct condition *known;
	char *text;

	(void)state;
	now = START;
	before->knows_name = true;
	gone.about = before->server;
	gone.since = gone.last = START;
	told(before, 20, NULL, &gone);
	assert_true(before->count > 0);
	text = incidents_remember(before->incidents, before->alarms[0].id);
	assert_true(incidents_recall(after->incidents, text));
	assert_int_equal(1, incidents_recalled_conditions(after->incidents, &known));
	assert_true(known->about == after->server);
	gone = *known;
	told(after, 60, NULL, &gone); /* as nobody says it again it is not told again */
	assert_int_equal(0, after->count);
	gone.last = now;
	told(after, 10, NULL, &gone);
	assert_int_equal(1, after->count);
	assert_int_equal(INCIDENT_CHANGED, after->alarms[0].state);
	gone.is_over = true;
	gone.ended = now;
	told(after, 60, NULL, &gone);
	assert_int_equal(INCIDENT_CLEARED, last_of(after)->state);
	assert_string_equal(before->alarms[0].id, last_of(after)->id);
	free(text);
	life_end(before);
	life_end(after);
}

static void what_is_kept_names_no_subscriber(void **state)
{
	char *text;
	struct life *before = life_in_fault(&text);

	(void)state;
	for (unsigned int number = 0; number < 4000; number++) {
		for (unsigned int brand = 0; brand < 2; brand++) {
			char imsi[DIGITS_TEXT_MAX];

			digits_write(subscriber(brand, number * 250000U), imsi);
			assert_null(strstr(text, imsi));
		}
	}
	assert_non_null(strstr(text, HOST));
	free(text);
	life_end(before);
}

static void text_that_is_not_whole_is_refused(void **state)
{
	static const char *const others[] = { "", "{}", "[]", "{\"version\":1,\"is_case\":true}", "{\"version\":1,\"is_case\":false}" };
	char *text;
	struct life *before = life_in_fault(&text);
	struct life *after = life_begin(forward, 5);
	char *version = strstr(text, "\"version\":1");
	const struct alarm *open;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(incidents_recall(after->incidents, others[i]));
	assert_non_null(version);
	version[strlen("\"version\":")] = '9';
	assert_false(incidents_recall(after->incidents, text));
	text[strlen(text) / 2] = '\0';
	assert_false(incidents_recall(after->incidents, text));
	seconds(after, 5, false, 0);
	assert_int_equal(0, incidents_open(after->incidents, &open));
	free(text);
	life_end(before);
	life_end(after);
}

static void ids_of_before_are_not_given_again(void **state)
{
	char *text;
	struct life *before = life_in_fault(&text);
	struct life *after = life_begin(forward, 5);

	(void)state;
	incidents_know(after->incidents, "2012-0711-0041");
	incidents_know(after->incidents, "2012-0711-0007");
	incidents_know(after->incidents, "no id");
	now += 3600 * NANOS_PER_S;
	seconds(after, 70, false, 0);
	seconds(after, 1, true, 0);
	seconds(after, 20, true, now - NANOS_PER_S);
	assert_true(after->count > 0);
	assert_string_equal("2012-0711-0042", after->alarms[0].id);
	free(text);
	life_end(before);
	life_end(after);
}

static void another_order_of_segments_moves_what_is_open(void **state)
{
	char *text;
	struct life *l = life_in_fault(&text);
	struct plan moved = *l->plan;
	const struct alarm *open;
	uint64_t was;

	(void)state;
	moved.segments = backward;
	assert_int_equal(1, incidents_open(l->incidents, &open));
	was = open[0].segments;
	incidents_plan(l->incidents, &moved);
	assert_int_equal(1, incidents_open(l->incidents, &open));
	assert_true(open[0].segments == ((was & 1) << 1 | was >> 1));
	*l->plan = moved;
	l->count = 1;
	seconds(l, 20, true, l->alarms[0].onset);
	seconds(l, 60, false, 0);
	for (size_t i = 1; i < l->count; i++)
		assert_string_equal(l->alarms[0].id, l->alarms[i].id);
	assert_int_equal(INCIDENT_CLEARED, last_of(l)->state);
	free(text);
	life_end(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fault_that_goes_on_is_announced_as_changed_and_ends_as_one),
		cmocka_unit_test(a_young_incident_takes_what_fails_later_and_ends_too),
		cmocka_unit_test(a_fault_that_has_ended_meanwhile_is_cleared_after_the_hold),
		cmocka_unit_test(without_traffic_nothing_is_called_well),
		cmocka_unit_test(requests_that_stayed_away_are_well_at_the_rate_of_before),
		cmocka_unit_test(a_peer_that_is_gone_is_known_over_a_restart),
		cmocka_unit_test(what_is_kept_names_no_subscriber),
		cmocka_unit_test(text_that_is_not_whole_is_refused),
		cmocka_unit_test(ids_of_before_are_not_given_again),
		cmocka_unit_test(another_order_of_segments_moves_what_is_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
