/* SPDX-License-Identifier: BSD-3-Clause */
/* What an incident is called and how severe it is, as tables; and what the network says of itself, as stories without any request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "control/incident/kinds.h"
#include "control/incident/text.h"

#define START (INT64_C(1342008060) * NANOS_PER_S)
#define TICK  (200 * NANOS_PER_MS)

bool detector_stream(const struct detector *d, const struct stream_key *stream, enum evidence evidence, struct stream_state *ret)
{
	(void)d, (void)stream, (void)evidence, (void)ret;
	return false;
}

void detector_hold(struct detector *d, const struct stream_key *stream)
{
	(void)d, (void)stream;
}

#define F(name) FACT_BIT(FACT_##name)

static void facts_have_one_name(void **state)
{
	static const struct {
		uint32_t facts;
		enum incident_kind kind;
	} rows[] = {
		{ F(REFUSED), INCIDENT_REJECT_RATIO },
		{ F(USER), INCIDENT_REJECT_RATIO },
		{ F(SILENT), INCIDENT_NO_ANSWER },
		{ F(SILENT) | F(REFUSED), INCIDENT_NO_ANSWER },
		{ F(SILENT) | F(BLIND), INCIDENT_PROBE_BLIND },
		{ F(SILENT) | F(PEER_DOWN), INCIDENT_PEER_DOWN },
		{ F(DROP) | F(PEER_DOWN), INCIDENT_PEER_DOWN },
		{ F(DROP), INCIDENT_VOLUME_DROP },
		{ F(DROP) | F(REFUSED), INCIDENT_REJECT_RATIO },
		{ F(SURGE) | F(SURGE_GREAT), INCIDENT_STORM },
		{ F(SURGE) | F(SURGE_GREAT) | F(SILENT), INCIDENT_STORM },
		{ F(SURGE) | F(SILENT), INCIDENT_NO_ANSWER },
		{ F(SURGE) | F(REPEATS) | F(CONGESTED) | F(REFUSED), INCIDENT_STORM },
		{ F(DEREGISTRATION) | F(SURGE) | F(SURGE_GREAT) | F(SILENT), INCIDENT_MASS_DEREGISTRATION },
		{ F(LATE), INCIDENT_LATENCY },
		{ F(LATE) | F(SILENT), INCIDENT_LATENCY },
		{ F(SLOW), INCIDENT_LATENCY },
		{ F(CHAIN), INCIDENT_VOLUME_DROP },
		{ F(ROUTE_DOWN) | F(SILENT), INCIDENT_ROUTE_UNAVAILABLE },
		{ F(RESTART), INCIDENT_NODE_RESTART },
		{ F(RESTART) | F(SURGE) | F(SURGE_GREAT) | F(CONGESTED), INCIDENT_STORM },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(kind_of_facts(rows[i].facts), rows[i].kind);
}

static struct plan plan = { .hash_key = { { 1, 2 } }, .network_name = "test" };

static void gravity_has_one_severity(void **state)
{
	static const struct {
		struct gravity g;
		enum incident_severity severity;
	} rows[] = {
		{ { .is_page = false, .affected = 1e6, .network_share = 1 }, SEVERITY_WARNING },
		{ { .is_page = true, .is_partner = true, .affected = 1e6 }, SEVERITY_WARNING },
		{ { .is_page = true, .affected = 10 }, SEVERITY_MINOR },
		{ { .is_page = true, .affected = 10000 }, SEVERITY_MAJOR },
		{ { .is_page = true, .network_share = 0.06 }, SEVERITY_MAJOR },
		{ { .is_page = true, .affected = 100000 }, SEVERITY_CRITICAL },
		{ { .is_page = true, .network_share = 0.2 }, SEVERITY_CRITICAL },
		{ { .is_page = true, .network_share = 0.2, .is_maintained = true }, SEVERITY_MAJOR },
		{ { .is_page = true, .affected = 10, .is_maintained = true }, SEVERITY_WARNING },
		{ { .is_page = true, .affected = 10, .is_maintained = true, .is_overdue = true }, SEVERITY_MINOR },
		{ { .is_page = true, .kind = INCIDENT_MASS_DEREGISTRATION }, SEVERITY_MAJOR },
		{ { .is_page = false, .kind = INCIDENT_PROBE_BLIND }, SEVERITY_MINOR },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(severity_of_gravity(&rows[i].g, &plan), rows[i].severity);
}

/* Stories of one condition: it begins at 10 s, and ends at 40 s unless it lasts. */
static struct alarm lines[32];
static size_t line_count;

static void story(struct condition condition, double until_s, double seconds)
{
	struct incidents *incidents = incidents_new(&plan, NULL, NULL, NULL);

	assert_non_null(incidents);
	line_count = 0;
	for (nanos t = START; t < START + (nanos)(seconds * 1e9); t += TICK) {
		struct tally tally = { .start = t, .length = TICK, .packets = 10 };
		const struct alarm *alarms;
		size_t count;

		condition.since = START + 10 * NANOS_PER_S;
		condition.is_over = t >= START + (nanos)(until_s * 1e9);
		condition.ended = condition.is_over ? START + (nanos)(until_s * 1e9) : 0;
		if (t >= condition.since && (!condition.is_over || t < condition.ended + CONDITION_ENDED_KEPT))
			incidents_conditions(incidents, &condition, 1);
		alarms = incidents_tick(incidents, &tally, NULL, 0, &count);
		for (size_t i = 0; i < count; i++) {
			assert_true(line_count < 32);
			lines[line_count++] = alarms[i];
		}
	}
	incidents_free(incidents);
}

static void a_peer_that_goes_is_a_ticket_until_it_is_back(void **state)
{
	(void)state;
	story((struct condition){ .kind = CONDITION_PEER_DOWN, .about = node_of_point_code(300) }, 40, 130);
	assert_int_equal(line_count, 2);
	assert_int_equal(lines[0].kind, INCIDENT_PEER_DOWN);
	assert_int_equal(lines[0].severity, SEVERITY_WARNING);
	assert_true(lines[0].time <= START + 16 * NANOS_PER_S);
	assert_string_equal(lines[0].summary, "pc:300 is gone since 12:01:10, without a word.");
	assert_int_equal(lines[1].state, INCIDENT_CLEARED);
	assert_string_equal(lines[1].id, lines[0].id);
	assert_string_equal(lines[1].summary, "pc:300 is back since 12:01:40, after 30 s.");
}

static void a_peer_that_is_back_at_once_is_nobodys_business(void **state)
{
	(void)state;
	story((struct condition){ .kind = CONDITION_PEER_DOWN, .about = node_of_point_code(300) }, 12, 60);
	assert_int_equal(line_count, 0);
	story((struct condition){ .kind = CONDITION_ROUTE_DOWN, .about = node_of_point_code(300), .is_usual = true }, 40, 60);
	assert_int_equal(line_count, 0);
	story((struct condition){ .kind = CONDITION_PEER_DOWN, .about = node_of_point_code(300), .answers = 40 }, 40, 60);
	assert_int_equal(line_count, 0);
}

static void a_blind_probe_is_an_alarm_of_its_own(void **state)
{
	(void)state;
	story((struct condition){ .kind = CONDITION_BLIND, .about = node_of_ipv4(0x0a140001), .unseen = 500, .notices = 1 }, 1000, 60);
	assert_int_equal(line_count, 0);
	story((struct condition){ .kind = CONDITION_BLIND, .about = node_of_ipv4(0x0a140001), .unseen = 500, .notices = 2 }, 1000, 60);
	assert_int_equal(line_count, 1);
	assert_int_equal(lines[0].kind, INCIDENT_PROBE_BLIND);
	assert_int_equal(lines[0].severity, SEVERITY_MINOR);
	assert_int_equal(lines[0].blind_count, 1);
	assert_true(lines[0].blind[0] == node_of_ipv4(0x0a140001));
	assert_non_null(strstr(lines[0].summary, "The probe does not see what 10.20.0.1 sends since 12:01:10"));
}

static void what_comes_again_names_what_was_before(void **state)
{
	struct incidents *incidents = incidents_new(&plan, NULL, NULL, NULL);

	(void)state;
	line_count = 0;
	for (nanos t = START; t < START + 900 * NANOS_PER_S; t += TICK) {
		struct condition c = { .kind = CONDITION_ROUTE_DOWN, .about = node_of_point_code(300), .since = START };
		struct tally tally = { .start = t, .length = TICK, .packets = 10 };
		const struct alarm *alarms;
		size_t count;

		c.since += t < START + 600 * NANOS_PER_S ? 0 : 600 * NANOS_PER_S;
		c.is_over = t > c.since + 60 * NANOS_PER_S;
		if (t < c.since + 90 * NANOS_PER_S)
			incidents_conditions(incidents, &c, 1);
		alarms = incidents_tick(incidents, &tally, NULL, 0, &count);
		for (size_t i = 0; i < count; i++)
			lines[line_count++] = alarms[i];
	}
	incidents_free(incidents);
	assert_int_equal(line_count, 4);
	assert_string_equal(lines[0].earlier, "");
	assert_string_not_equal(lines[2].id, lines[0].id);
	assert_string_equal(lines[2].earlier, lines[0].id);
}

static void announced_work_is_told_one_class_lower_and_not_hidden(void **state)
{
	static const char *const names[] = { "pc:300", NULL };
	static const struct plan_maintenance work = {
		.from = START, .until = START + 3600 * NANOS_PER_S, .words = "new links", .nodes = names
	};

	(void)state;
	plan.calendar.maintenance = &work;
	plan.calendar.maintenance_count = 1;
	story((struct condition){ .kind = CONDITION_PEER_DOWN, .about = node_of_point_code(300), .is_announced = true }, 40, 60);
	assert_int_equal(line_count, 1);
	assert_true(lines[0].is_maintained);
	assert_string_equal(lines[0].summary, "pc:300 is gone since 12:01:10, with a good-bye; announced work.");
	plan.calendar.maintenance_count = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_have_one_name),
		cmocka_unit_test(gravity_has_one_severity),
		cmocka_unit_test(a_peer_that_goes_is_a_ticket_until_it_is_back),
		cmocka_unit_test(a_peer_that_is_back_at_once_is_nobodys_business),
		cmocka_unit_test(a_blind_probe_is_an_alarm_of_its_own),
		cmocka_unit_test(what_comes_again_names_what_was_before),
		cmocka_unit_test(announced_work_is_told_one_class_lower_and_not_hidden),
	};

	plan.limits.cells = 1024;
	plan.detection.restored_hold = 60 * NANOS_PER_S;
	plan.detection.major = 10000;
	plan.detection.critical = 100000;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
