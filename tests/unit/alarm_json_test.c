/* SPDX-License-Identifier: BSD-3-Clause */
/* An alarm as JSON has the keys of CONTRACT.md in their order, and no identity in clear. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "control/incident/text.h"

#define ONSET (INT64_C(1342013465) * NANOS_PER_S + 123456789)

static digits number(const char *text)
{
	digits d = 0;

	assert_true(digits_read_text(text, strlen(text), &d));
	return d;
}

static const struct plan_segment segments[] = { { .name = "tesco-mobile", .label = "Tesco Mobile" } };
static const struct plan plan = { .segments = segments, .segment_count = 1, .network_name = "O2 UK" };

static struct alarm alarm_example(void)
{
	struct alarm a = { .id = "2012-0711-0001",
			   .time = ONSET + 3 * NANOS_PER_S,
			   .onset = ONSET,
			   .detected = ONSET + 3 * NANOS_PER_S,
			   .state = INCIDENT_RAISED,
			   .severity = SEVERITY_CRITICAL,
			   .worst = SEVERITY_CRITICAL,
			   .kind = INCIDENT_NO_ANSWER,
			   .summary = "one \"sentence\" for a person",
			   .repair = "look there",
			   .procedures = { 2 },
			   .procedure_count = 1,
			   .services = SERVICE_CALLS | SERVICE_TEXTS,
			   .rats = 1U << RAT_2G3G_CS,
			   .segments = 1,
			   .prefix_count = 1,
			   .node_count = 1,
			   .baseline_ratio = 0.041,
			   .observed_ratio = 0.92,
			   .false_alarm_odds = 1e-9,
			   .affected = 312000,
			   .affected_low = 306000,
			   .affected_high = 318000,
			   .eta_s = -1,
			   .causes = { { .cause_layer = CAUSE_TIMEOUT, .share = 0.97 },
				       { .cause_layer = CAUSE_MAP_ERROR, .cause = 34, .share = 0.03 } },
			   .cause_count = 2,
			   .requests = 3912,
			   .failed = 1299,
			   .window_s = 30,
			   .sticky = -1,
			   .example_count = 1 };

	a.prefixes[0] = number("2341001");
	a.nodes[0] = (struct incident_node){ .node = node_of_digits(number("447802000001")), .is_server = true };
	a.examples[0] = (struct outcome){ .time = ONSET,
					  .imsi = number("234101234567890"),
					  .procedure = 2,
					  .class = OUTCOME_TIMEOUT,
					  .cause_layer = CAUSE_TIMEOUT,
					  .frames = { 12, 0 } };
	return a;
}

static char *line_of(const struct alarm *a, const struct pseudonym *p)
{
	struct alarm_writer w = { .plan = &plan, .pseudonym = p };
	char *line = NULL;
	size_t size;
	FILE *out = open_memstream(&line, &size);

	assert_non_null(out);
	alarm_write_json(&w, a, out);
	fclose(out);
	return line;
}

static void the_keys_stand_in_the_order_of_the_contract(void **state)
{
	static const char *const keys[] = { "id",
					    "time",
					    "state",
					    "severity",
					    "onset",
					    "detected",
					    "kind",
					    "summary",
					    "procedures",
					    "services",
					    "rats",
					    "segments",
					    "imsi_prefixes",
					    "nodes",
					    "baseline_ratio",
					    "observed_ratio",
					    "false_alarm_odds",
					    "affected_subscribers",
					    "recovery",
					    "causes",
					    "evidence",
					    "visibility",
					    "alarm" };
	struct pseudonym p = { .key = { 1 } };
	struct alarm a = alarm_example();
	char *line = line_of(&a, &p);
	json_t *object = json_loads(line, 0, NULL);
	const char *key;
	json_t *value;
	size_t at = 0;

	(void)state;
	assert_non_null(object);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1); /* one object on one line */
	json_object_foreach(object, key, value)
	{
		assert_true(at < sizeof(keys) / sizeof(keys[0]));
		assert_string_equal(key, keys[at++]);
	}
	assert_int_equal(at, sizeof(keys) / sizeof(keys[0]));
	json_decref(object);
	free(line);
}

static void values_have_the_shapes_of_the_contract(void **state)
{
	struct pseudonym p = { .key = { 1 } };
	struct alarm a = alarm_example();
	char *line = line_of(&a, &p);
	json_t *object = json_loads(line, 0, NULL);

	(void)state;
	assert_string_equal(json_string_value(json_object_get(object, "onset")), "1342013465.123456789");
	assert_string_equal(json_string_value(json_object_get(object, "severity")), "critical");
	assert_string_equal(json_string_value(json_object_get(object, "kind")), "no-answer");
	assert_non_null(
		strstr(line, "\"procedures\":[\"map.updateLocation\"],\"services\":[\"calls\",\"texts\"],\"rats\":[\"2g3g-cs\"],"
			     "\"segments\":[\"tesco-mobile\"],\"imsi_prefixes\":[\"2341001\"],"
			     "\"nodes\":[{\"role\":\"server\",\"id\":\"447802000001\"}],\"baseline_ratio\":0.041,\"observed_ratio\":0.92"));
	assert_non_null(strstr(line, "\"recovery\":{\"percent\":0.0,\"eta_s\":null}"));
	assert_non_null(strstr(line, "{\"cause\":\"timeout\",\"share\":0.97}"));
	assert_non_null(strstr(line, "\"cause\":\"map-error:34\""));
	assert_non_null(strstr(line, "\"estimate\":312000,\"low\":306000,\"high\":318000,\"basis\":\"distinct failing IMSI\""));
	assert_non_null(strstr(line, "\"perceivedSeverity\":\"CRITICAL\""));
	assert_non_null(strstr(line, "\"alarmType\":\"QUALITY_OF_SERVICE_ALARM\""));
	assert_null(strstr(line, "sticky")); /* not known: absent */
	json_decref(object);
	free(line);
}

static void identities_are_pseudonyms_unless_asked_for_in_clear(void **state)
{
	struct pseudonym p = { .key = { 1 } };
	struct pseudonym clear = { .is_clear = true };
	struct alarm a = alarm_example();
	char *line = line_of(&a, &p);

	(void)state;
	assert_null(strstr(line, "234101234567890"));
	assert_non_null(strstr(line, "\"imsi\":\"imsi~23410"));
	free(line);
	line = line_of(&a, &clear);
	assert_non_null(strstr(line, "\"imsi\":\"234101234567890\""));
	free(line);
}

static void the_alarm_id_is_kept_or_made_and_holds_no_time(void **state)
{
	struct pseudonym p = { .key = { 1 } };
	struct alarm a = alarm_example();
	struct alarm later = a;
	char *first, *second;

	(void)state;
	later.time += 1000 * NANOS_PER_S;
	later.onset += 1000 * NANOS_PER_S;
	first = line_of(&a, &p);
	second = line_of(&later, &p);
	assert_memory_equal(strstr(first, "\"alarmId\":"), strstr(second, "\"alarmId\":"), 28);
	free(second);
	strcpy(later.alarm_id, "0123456789abcdef");
	second = line_of(&later, &p);
	assert_non_null(strstr(second, "\"alarmId\":\"0123456789abcdef\""));
	free(first);
	free(second);
}

static void numbers_that_are_not_finite_do_not_break_the_line(void **state)
{
	struct pseudonym p = { .key = { 1 } };
	struct alarm a = alarm_example();
	json_t *object;
	char *line;

	(void)state;
	a.observed_ratio = 0.0 / (double)a.example_count * 1e308 * 1e308;
	a.baseline_ratio = -(1e308 * 1e308);
	line = line_of(&a, &p);
	object = json_loads(line, 0, NULL);
	assert_non_null(object);
	json_decref(object);
	free(line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_keys_stand_in_the_order_of_the_contract),
		cmocka_unit_test(values_have_the_shapes_of_the_contract),
		cmocka_unit_test(identities_are_pseudonyms_unless_asked_for_in_clear),
		cmocka_unit_test(the_alarm_id_is_kept_or_made_and_holds_no_time),
		cmocka_unit_test(numbers_that_are_not_finite_do_not_break_the_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
