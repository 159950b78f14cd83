/* SPDX-License-Identifier: BSD-3-Clause */
/* The configuration: defaults, every kind of mistake with its line and column, and that what is dumped reads back. */
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
#include "config/expression.h"
#include "config/schema.h"
#include "dataplane/codes/codes.h"

/* Reads a configuration from text; the mistakes, without the file's name before each, into ret_errors (freed by the caller). */
static struct plan *plan_of(const char *text, size_t length, char **ret_errors)
{
	char path[] = "/tmp/sigcanary-config-XXXXXX";
	size_t size = 0;
	int file = mkstemp(path);
	FILE *out = open_memstream(ret_errors, &size);
	struct plan *plan = NULL;

	assert_true(file >= 0 && out);
	assert_int_equal(write(file, text, length), length);
	close(file);
	plan = plan_read(path, out);
	fclose(out);
	unlink(path);
	for (char *at = *ret_errors; (at = strstr(at, path)) != NULL;)
		memmove(at, at + strlen(path) + 1, strlen(at + strlen(path) + 1) + 1);
	return plan;
}

/* One mistake and no other: its place and the beginning of its sentence. */
static void expect_mistake_of(const char *text, size_t length, const char *expected)
{
	char *errors = NULL;
	struct plan *plan = plan_of(text, length, &errors);

	assert_null(plan);
	if (strncmp(errors, expected, strlen(expected)) != 0)
		fail_msg("expected: %s\nbut found: %s", expected, errors);
	/* At most three lines: the sentence, the source and the caret. */
	for (int lines = 0; lines < 3 && errors[0]; lines++) {
		char *end = strchr(errors, '\n');

		memmove(errors, end + 1, strlen(end + 1) + 1);
	}
	assert_string_equal(errors, "");
	free(errors);
}

static void expect_mistake(const char *text, const char *expected)
{
	expect_mistake_of(text, strlen(text), expected);
}

static struct plan *expect_plan(const char *text)
{
	char *errors = NULL;
	struct plan *plan = plan_of(text, strlen(text), &errors);

	assert_string_equal(errors, "");
	free(errors);
	assert_non_null(plan);
	return plan;
}

static char *dump_of(const struct plan *plan)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	plan_dump(plan, out);
	fclose(out);
	return text;
}

static void defaults_need_no_file(void **state)
{
	struct plan *plan = plan_default();

	(void)state;
	assert_int_equal(plan->diameter_ports[0], 3868);
	assert_int_equal(plan->diameter_port_count, 1);
	assert_int_equal(plan->m3ua_ports[0], 2905);
	assert_true(plan->finds_diameter_anywhere);
	assert_int_equal(plan->hops, PLAN_HOPS_ONCE);
	assert_false(plan->verifies_sctp_checksum);
	assert_int_equal(plan->mtp3_variant, PLAN_MTP3_ITU);
	assert_int_equal(plan->unmatched_window, 2 * NANOS_PER_S);
	assert_int_equal(plan->late_window, 60 * NANOS_PER_S);
	assert_int_equal(plan->detection.tick, 200 * NANOS_PER_MS);
	assert_true(plan->detection.page_interval_s == 30 * 86400.0);
	assert_true(plan->detection.advisory_interval_s == 86400.0);
	assert_true(plan->detection.min_fault_share == 0.01);
	assert_int_equal(plan->detection.min_failed, 8);
	assert_int_equal(plan->detection.critical, 100000);
	assert_int_equal(plan->limits.held_bytes, 64 << 20);
	assert_string_equal(plan->network_name, "");
	assert_string_equal(plan->metrics_address, "127.0.0.1");
	assert_int_equal(plan->metrics_port, 9464);
	assert_int_equal(plan->workers, 1);
	assert_null(plan->interface);
	assert_null(plan->alarms_file);
	plan_free(plan);
	plan_free(NULL);
}

static void every_preset_of_the_schema_is_within_its_own_range(void **state)
{
	struct arena arena = { NULL };

	(void)state;
	for (size_t i = 0; i < schema_plan.count; i++) {
		const struct schema_key *k = &schema_plan.keys[i];
		uint64_t member[2] = { 0 };

		if (k->preset && k->type < VALUE_SCALARS)
			assert_int_equal(value_read(k, &arena, k->preset, member), VALUE_GOOD);
		assert_true(strlen(k->document) > 10);
	}
	arena_free(&arena);
}

static void a_whole_file_is_read(void **state)
{
	struct plan *plan = expect_plan(
		"network: {name: O2 UK}\n"
		"decode:\n  diameter_ports: [3868, 3871]\n  verifies_sctp_checksum: true\n  mtp3_variant: china\n"
		"matching:\n  late_window: 1.5 min\n  hops: each\n  timeouts:\n    map.updateLocation: 30 s\n    s6a.ulr: 800 ms\n"
		"limits: {held_bytes: 2 MiB}\n"
		"detection: {min_fault_share: 2.5 %, page_interval: 10 days}\n"
		"live: {dpdk_arguments: [--no-huge, \"-m 64\"], workers: 4}\n"
		"outcomes:\n  - {cause: \"map-error:1\", class: network}\n  - cause: diameter-exp:5001\n    class: network\n"
		"nodes:\n  - {name: HLR Slough 1, role: hlr, global_title: 447802000001}\n"
		"segments:\n"
		"  - name: tesco-mobile\n    label: Tesco Mobile\n    kind: brand\n    subscribers: 2400000\n"
		"    imsi: [2341060, 2341061]\n    host: '^mme[0-9]+\\.'\n"
		"  - name: range\n    msisdn: \"+447802\"\n    global_title: [4478, '^4479.*1$']\n    point_code: [0, 2057]\n");

	(void)state;
	assert_string_equal(plan->network_name, "O2 UK");
	assert_int_equal(plan->diameter_port_count, 2);
	assert_int_equal(plan->diameter_ports[1], 3871);
	assert_true(plan->verifies_sctp_checksum);
	assert_int_equal(plan->mtp3_variant, PLAN_MTP3_CHINA);
	assert_int_equal(plan->late_window, 90 * NANOS_PER_S);
	assert_int_equal(plan->hops, PLAN_HOPS_EACH);
	assert_int_equal(plan->timeouts[2], 30 * NANOS_PER_S);
	assert_int_equal(plan->timeouts[procedure_of_name("s6a.ulr")], 800 * NANOS_PER_MS);
	assert_int_equal(plan->timeouts[56], 0);
	assert_int_equal(plan->limits.held_bytes, 2 << 20);
	assert_true(plan->detection.min_fault_share == 0.025);
	assert_true(plan->detection.page_interval_s == 864000);
	assert_string_equal(plan->dpdk_arguments[1], "-m 64");
	assert_null(plan->dpdk_arguments[2]);
	assert_int_equal(plan->workers, 4);
	assert_int_equal(plan->outcome_count, 2);
	assert_int_equal(plan->outcomes[1].cause_layer, CAUSE_DIAMETER_EXP);
	assert_int_equal(plan->outcomes[1].cause, 5001);
	assert_int_equal(plan->outcomes[1].class, OUTCOME_NETWORK);
	assert_string_equal(plan->nodes[0].role, "hlr");
	assert_int_equal(plan->segment_count, 2);
	assert_int_equal(plan->segments[0].kind, PLAN_SEGMENT_BRAND);
	assert_int_equal(plan->segments[0].subscribers, 2400000);
	assert_int_equal(plan->segments[0].pattern_count, 3);
	assert_int_equal(digits_count(plan->segments[0].patterns[0].prefix), 7);
	assert_string_equal(plan->segments[0].patterns[2].expression, "^mme[0-9]+\\.");
	assert_int_equal(plan->segments[0].patterns[2].line, 27);
	assert_int_equal(plan->segments[0].patterns[2].column, 11);
	assert_string_equal(plan->segments[1].label, "range");
	assert_int_equal(plan->segments[1].pattern_count, 5);
	assert_null(plan->segments[1].patterns[1].expression);
	assert_non_null(plan->segments[1].patterns[2].expression);
	assert_int_equal(plan->segments[1].patterns[4].number, 2057);
	plan_free(plan);
}

static void an_empty_file_is_the_defaults(void **state)
{
	(void)state;
	plan_free(expect_plan(""));
	plan_free(expect_plan("# nothing yet\n"));
	plan_free(expect_plan("segments:\ndecode:\nlive:\n  dpdk_arguments:\n"));
}

static void a_dump_reads_back_as_the_same_plan(void **state)
{
	struct plan *plan = expect_plan("network: {name: \"quote \\\" and \\\\ and \\t tab\"}\n"
					"matching: {timeouts: {map.updateLocation: 30 s}}\n"
					"detection: {tick: 50 ms, min_fault_share: 0.5 %}\n"
					"live: {interface: eth0, dpdk_arguments: [a, b c]}\n"
					"outcomes: [{cause: \"sccp-return:1\", class: user}]\n"
					"nodes: [{name: DRA, host: dra1.example, point_code: 5}]\n"
					"segments:\n  - {name: a, imsi: [00101], host: ['it''s', 'x\\.y'], point_code: 7}\n");
	char *first = dump_of(plan);
	struct plan *again = expect_plan(first);
	char *second = dump_of(again);

	(void)state;
	assert_string_equal(first, second);
	assert_string_equal(again->network_name, "quote \" and \\ and \t tab");
	assert_string_equal(again->segments[0].patterns[2].expression, "it's");
	assert_non_null(strstr(first, "  # Mean time between false pages.\n  page_interval: 30 d\n"));
	free(first);
	free(second);
	plan_free(plan);
	plan_free(again);
}

static void a_range_becomes_the_fewest_prefixes(void **state)
{
	struct plan *plan = expect_plan("segments:\n  - name: a\n    imsi: [0099-0210, 000-999]\n");
	static const char *const expected[] = { "0099", "01", "020", "0210", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" };

	(void)state;
	assert_int_equal(plan->segments[0].pattern_count, sizeof(expected) / sizeof(expected[0]));
	for (size_t i = 0; i < plan->segments[0].pattern_count; i++) {
		char text[DIGITS_TEXT_MAX];

		digits_write(plan->segments[0].patterns[i].prefix, text);
		assert_string_equal(text, expected[i]);
	}
	plan_free(plan);
}

static void an_unknown_key_is_met_with_a_suggestion(void **state)
{
	(void)state;
	expect_mistake("limits:\n  transactons: 5000\n", "2:3: unknown key 'limits.transactons'; did you mean 'transactions'?\n"
							 "    transactons: 5000\n"
							 "    ^\n");
	expect_mistake("segmnets: []\n", "1:1: unknown key 'segmnets'; did you mean 'segments'?");
	expect_mistake("workers: 3\n", "1:1: unknown key 'workers'; it belongs under 'live'");
	expect_mistake("store:\n  colour: 3\n", "2:3: unknown key 'store.colour'; known here are file");
	expect_mistake("live.workers: 3\n", "1:1: unknown key 'live.workers'; ");
	expect_mistake("segments:\n  - name: a\n    imsy: [1]\n    imsi: 2\n", "3:5: unknown key 'imsy'; did you mean 'imsi'?");
}

static void a_duplicate_key_names_the_first_one(void **state)
{
	(void)state;
	expect_mistake("live:\n  workers: 1\n  workers: 2\n",
		       "3:3: the key 'live.workers' was already given in line 2; keep one of them\n");
	expect_mistake("live: {workers: 1}\nlive: {workers: 2}\n", "2:1: the key 'live' was already given in line 1;");
}

static void a_value_of_another_type_is_refused(void **state)
{
	(void)state;
	expect_mistake("live:\n  workers: many\n", "2:12: 'live.workers' is 'many'; it must be a whole number from 1 to 64\n"
						   "    workers: many\n"
						   "             ^\n");
	expect_mistake("live:\n  workers: [1]\n", "2:12: 'live.workers' is a list; it must be a whole number");
	expect_mistake("live:\n  workers: 1.5\n", "2:12: 'live.workers' is '1.5'; it must be");
	expect_mistake("live:\n  workers: -1\n", "2:12: 'live.workers' is '-1'; it must be");
	expect_mistake("live:\n  workers:\n", "2:3: 'live.workers' has no value; give a whole number from 1 to 64 or remove the key");
	expect_mistake("identities: {clear: yes}\n", "1:21: 'identities.clear' is 'yes'; it must be true or false\n");
	expect_mistake("matching: {late_window: 30}\n", "1:25: 'matching.late_window' is '30'; it must be a duration with its unit from");
	expect_mistake("limits: {held_bytes: 10}\n", "1:22: 'limits.held_bytes' is '10'; it must be a size with its unit");
	expect_mistake("live: 3\n", "1:7: 'live' is a single value; write its keys below it, indented");
	expect_mistake("segments: none\n", "1:11: 'segments' is not a list;");
	expect_mistake("segments: [none]\n", "1:12: not a mapping;");
	expect_mistake("matching: {hops: both}\n", "1:18: 'matching.hops' is 'both'; it must be one of once or each");
	expect_mistake("matching: {timeouts: 3 s}\n", "1:22: 'matching.timeouts' is not a mapping;");
}

static void a_value_out_of_range_is_refused(void **state)
{
	(void)state;
	expect_mistake("live: {workers: 0}\n",
		       "1:17: 'live.workers' is '0', which is out of range; it must be a whole number from 1 to 64");
	expect_mistake("live: {workers: 65}\n", "1:17: 'live.workers' is '65', which is out of range;");
	expect_mistake("detection: {min_fault_share: 101 %}\n", "1:30: 'detection.min_fault_share' is '101 %', which is out of range;");
	expect_mistake("detection: {restored_hold: 10 ms}\n", "1:28: 'detection.restored_hold' is '10 ms', which is out of range; "
							      "it must be a duration with its unit from 1 s to 1 d, such as");
	expect_mistake("detection: {tick: 150 ms}\n", "1:19: 'detection.tick' does not divide 200 ms;");
	expect_mistake("detection: {major: 500}\n", "1:20: 'detection.major' is below 'detection.minor' (1000);");
	expect_mistake("limits: {transactions: 99999999999999999999999}\n", "1:24: 'limits.transactions' is");
}

static void a_bad_word_lists_the_good_ones(void **state)
{
	(void)state;
	expect_mistake("segments:\n  - name: a\n    kind: brnad\n    imsi: 1\n",
		       "3:11: 'kind' is 'brnad'; it must be one of network, brand, range or nodes\n");
	expect_mistake("decode: {mtp3_variant: etsi}\n",
		       "1:24: 'decode.mtp3_variant' is 'etsi'; it must be one of itu, ansi, china or japan\n");
	expect_mistake("outcomes: [{cause: map-error:1, class: lost}]\n",
		       "1:40: 'class' is 'lost'; it must be one of success, user, network, congestion or abort\n");
	expect_mistake("outcomes: [{cause: \"map:1\", class: user}]\n",
		       "1:20: 'cause' is 'map:1'; it must be a layer and a number, such as map-error:34");
	expect_mistake("matching: {timeouts: {map.updatelocation: 3 s}}\n",
		       "1:23: unknown procedure 'map.updatelocation'; did you mean 'map.updateLocation'?");
}

static void a_bad_port_is_refused(void **state)
{
	(void)state;
	expect_mistake("decode: {diameter_ports: [3868, 65536]}\n",
		       "1:33: 'port' is '65536', which is out of range; it must be a port number from 1 to 65535");
	expect_mistake("decode: {m3ua_ports: [0]}\n", "1:23: 'port' is '0', which is out of range;");
	expect_mistake("decode: {m3ua_ports: [http]}\n", "1:23: 'port' is 'http'; it must be a port number");
	expect_mistake("decode: {m3ua_ports: 2905}\n", "1:22: 'decode.m3ua_ports' is not a list; write its items one per line");
	expect_mistake("metrics: {port: 70000}\n", "1:17: 'metrics.port' is '70000', which is out of range;");
}

static void prefixes_are_digits(void **state)
{
	(void)state;
	expect_mistake("segments:\n  - name: a\n    imsi:\n      - 23410\n      - 2341O\n",
		       "5:9: '2341O' is not digits (1 to 15 of them); give the leading digits of IMSIs, such as 23410 or 2341060-2341064\n"
		       "        - 2341O\n"
		       "          ^\n");
	expect_mistake("segments:\n  - name: a\n    msisdn: 1234567890123456\n", "3:13: '1234567890123456' is not digits");
	expect_mistake("segments:\n  - name: a\n    imsi: 12-345\n", "3:11: the ends of the range '12-345' differ in length;");
	expect_mistake("segments:\n  - name: a\n    imsi: 345-123\n", "3:11: the range '345-123' runs backwards;");
	expect_mistake("segments:\n  - name: a\n    imsi: 345-\n", "3:11: the ends of the range '345-' differ in length;");
	expect_mistake("segments:\n  - name: a\n    point_code: 1-2-3\n", "3:17: '1-2-3' is not a point code;");
	expect_mistake("segments:\n  - name: a\n    point_code: 16777216\n", "3:17: '16777216' is not a point code;");
	expect_mistake("segments:\n  - name: a\n    imsi: [[1]]\n", "3:12: not a single value; give the leading digits of IMSIs");
	expect_mistake("nodes: [{name: a, global_title: 44x}]\n", "1:33: 'global_title' is '44x'; it must be a number of 1 to 15 digits");
}

static void segments_have_names_and_members(void **state)
{
	(void)state;
	expect_mistake("segments:\n  - name: a\n    label: A\n", "2:5: the segment 'a' is empty; give it imsi, msisdn, ");
	expect_mistake("segments:\n  - name: a\n    imsi: []\n", "2:5: the segment 'a' is empty;");
	expect_mistake("segments:\n  - name: a\n    imsi: 1\n  - name: b\n    imsi: 2\n  - name: a\n    imsi: 3\n",
		       "6:11: the name 'a' is taken; give every segment a name of its own");
	expect_mistake("segments:\n  - name: all\n    imsi: 1\n", "2:11: the name 'all' is taken;");
	expect_mistake("segments:\n  - name: Tesco Mobile\n    imsi: 1\n",
		       "2:11: 'name' is 'Tesco Mobile'; it must be a name of lower-case letters");
	expect_mistake("segments:\n  - imsi: 1\n", "2:5: 'name' is missing; add it");
	expect_mistake("nodes:\n  - name: a\n", "2:5: the node 'a' has no address; give it global_title, point_code or host");
	expect_mistake("nodes:\n  - {name: a, point_code: 1}\n  - {name: a, point_code: 2}\n", "3:12: the node name 'a' is taken;");
	expect_mistake("outcomes: [{cause: \"map-error:1\"}]\n", "1:12: 'class' is missing; add it");
	expect_mistake("outcomes:\n - {cause: diameter:1, class: user}\n - {cause: diameter:1, class: user}\n",
		       "3:12: this cause already has a class;");
}

static void sixty_four_segments_fit_and_no_more(void **state)
{
	char text[8192] = "segments:\n";
	size_t length = strlen(text);

	(void)state;
	for (int i = 0; i < 64; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "  - {name: s%d, imsi: %d}\n", i, 100 + i);
	plan_free(expect_plan(text));
	snprintf(text + length, sizeof(text) - length, "  - {name: one-more, imsi: 9}\n");
	expect_mistake(text, "66:5: more than 64 segments; join or remove some");
}

static void an_expression_that_does_not_compile_is_shown_where_it_breaks(void **state)
{
	(void)state;
	expect_mistake("segments:\n  - name: a\n    host:\n      - '^mme(one|two'\n",
		       "4:14: the expression '^mme(one|two' does not compile: Missing close parenthesis for group started at index 4; "
		       "correct it here\n"
		       "        - '^mme(one|two'\n"
		       "               ^\n");
	expect_mistake("segments:\n  - name: a\n    realm: x[z-a]\n", "3:16: the expression 'x[z-a]' does not compile: ");
	/* Characters, not bytes, and through the quotes. */
	expect_mistake("segments:\n  - name: a\n    apn: \"\xc3\xa9\xc3\xa9(\"\n", "3:13: the expression");
	/* Written with escapes, the text is not where its index says: the beginning must do. */
	expect_mistake("segments:\n  - name: a\n    apn: \"\\\\.x(\"\n", "3:10: the expression '\\.x(' does not compile");
	expect_mistake(
		"segments:\n  - name: a\n    host: '.*'\n",
		"3:12: the expression '.*' does not compile: the expression matches the empty text, so everything would be a member;");
	expect_mistake("segments:\n  - name: a\n    global_title: '447(?=8)'\n", "3:20: the expression '447(?=8)' does not compile: ");
}

static void expressions_over_names_compare_without_case(void **state)
{
	(void)state;
	assert_int_not_equal(expression_flags(PLAN_FIELD_HOST), expression_flags(PLAN_FIELD_GLOBAL_TITLE));
	assert_int_equal(expression_flags(PLAN_FIELD_HOST), expression_flags(PLAN_FIELD_REALM));
}

static void what_is_not_yaml_is_refused_with_its_place(void **state)
{
	(void)state;
	expect_mistake("live:\n\tworkers: 1\n", "2:1: not YAML: ");
	expect_mistake("live:\n  workers: 1\n interface: x\n", "3:2: not YAML: ");
	expect_mistake("network: {name: \"O2\n", "1:18: not YAML: ");
	expect_mistake("live: {workers: 1\n", "2:1: not YAML: ");
	expect_mistake("a: &x 1\nb: *x\n", "2:5: an alias; write the value out here");
	expect_mistake("live: {}\n---\nlive: {}\n", "2:1: a second document; keep one per file");
	expect_mistake("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]\n", "1:17: nested more than 16 deep;");
	expect_mistake("? [a]\n: b\n", "1:3: a list or mapping as a key;");
}

static void what_is_not_a_mapping_is_refused(void **state)
{
	(void)state;
	expect_mistake("- a\n- b\n", "1:1: the file is not a mapping of keys to values; begin with lines such as 'network:'");
	expect_mistake("hello\n", "1:1: the file is not a mapping");
}

static void what_is_not_utf_8_is_refused(void **state)
{
	static const char *const wrong[] = { "a\nb \xff",     "a\nb \xc0\x80", "a\nb \xed\xa0\x80", "a\nb \xf4\x90\x80\x80",
					     "a\nb \xe2\x82", "a\nb \xc3(" };
	char *errors = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		expect_mistake(wrong[i], "2:3: a byte that is not UTF-8; save the file as UTF-8");
	plan_free(plan_of("network: {name: \xe2\x82\xac \xf0\x9f\x90\xa4}\n", 26, &errors));
	assert_string_equal(errors, "");
	free(errors);
}

static void an_unreadable_file_is_one_sentence(void **state)
{
	char *errors = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&errors, &size);

	(void)state;
	assert_null(plan_read("/nonexistent/sigcanary.yaml", out));
	assert_null(plan_read("/tmp", out));
	fclose(out);
	assert_string_equal(
		errors,
		"/nonexistent/sigcanary.yaml:1:1: the file cannot be read: No such file or directory; check its name and its permissions\n"
		"/tmp:1:1: the file cannot be read: Is a directory; check its name and its permissions\n");
	free(errors);
}

static void all_mistakes_come_at_once_in_the_order_of_the_file(void **state)
{
	char *errors = NULL;
	const char *text = "detection: {tick: 60 ms}\n"
			   "live: {workers: 0}\n"
			   "segments:\n  - name: A\n    host: '('\n  - imsi: x\n"
			   "colour: red\n";
	struct plan *plan = plan_of(text, strlen(text), &errors);
	static const char *const places[] = { "1:19: ", "2:17: ", "4:11: ", "5:12: ", "6:5: ", "6:11: ", "7:1: " };
	const char *at = errors;

	(void)state;
	assert_null(plan);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		at = strstr(at, places[i]);
		assert_non_null(at);
		assert_true(at == errors || at[-1] == '\n');
	}
	free(errors);
}

static void a_caret_stands_below_its_character_behind_tabs(void **state)
{
	(void)state;
	expect_mistake("network: {name: \xc3\xa9\t, colour: 1}\n", "1:21: unknown key 'network.colour'; known here are name\n"
								   "  network: {name: \xc3\xa9\t, colour: 1}\n"
								   "                   \t  ^\n");
}

static void addresses_of_receivers_are_read_whole(void **state)
{
	static const char good[] =
		"alertmanager:\n  urls: ['http://am1:9093/', 'https://[fe80::1]:9093/x']\nsyslog:\n  target: unix:/run/log\n"
		"mail:\n  server: smtp://mail.noc.example\nmetrics:\n  address: ::1\n";
	char *errors = NULL;
	struct plan *plan = plan_of(good, strlen(good), &errors);

	(void)state;
	assert_non_null(plan);
	assert_string_equal(plan->alertmanager.urls[1], "https://[fe80::1]:9093/x");
	assert_null(plan->alertmanager.urls[2]);
	assert_string_equal(plan->syslog.target, "unix:/run/log");
	plan_free(plan);
	free(errors);
	expect_mistake("webhook:\n  url: ftp://x\n", "2:8: 'webhook.url' is 'ftp://x'; it must be an address");
	expect_mistake("webhook:\n  url: http://x:99999/\n", "2:8: 'webhook.url' is 'http://x:99999/'");
	expect_mistake("webhook:\n  url: 'http://x y'\n", "2:8: 'webhook.url' is 'http://x y'");
	expect_mistake("webhook:\n  url: http://\n", "2:8: 'webhook.url' is 'http://'");
	expect_mistake("syslog:\n  target: udp::514\n", "2:11: 'syslog.target' is 'udp::514'");
	expect_mistake("alertmanager:\n  urls: [http://a, am1:9093]\n", "2:20: 'alertmanager.urls' is 'am1:9093'");
	expect_mistake("metrics:\n  address: localhost\n", "2:12: 'metrics.address' is 'localhost'; it must be an IP address");
	expect_mistake("metrics:\n  address: 0.0.0.0\n", "2:12: 'metrics.address' 0.0.0.0 can be reached from elsewhere");
	expect_mistake("snmp:\n  version: v3\n", "2:12: 'snmp.version' v3 needs snmp.user");
}

static void keys_are_explained(void **state)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_true(plan_explain_key("limits.names", out));
	assert_true(plan_explain_key("segments.imsi", out));
	assert_true(plan_explain_key("detection", out));
	assert_false(plan_explain_key("limit", out));
	assert_false(plan_explain_key("detection.nothing", out));
	fclose(out);
	assert_non_null(strstr(text, "Default: 65536"));
	assert_non_null(strstr(text, "detection.critical"));
	free(text);
}

static void a_plan_is_explained_to_people_and_machines(void **state)
{
	struct plan *plan = expect_plan("network: {name: 'O\"2'}\nsegments:\n  - {name: a, label: Tesco, imsi: [1, 2], apn: x}\n"
					"nodes:\n  - {name: N, point_code: 5}\n");
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	plan_explain(plan, out);
	plan_explain_json(plan, out);
	plan_free(plan);
	fclose(out);
	assert_non_null(strstr(text, "  a (Tesco, range)\n      IMSI 1..., 2...\n      access point /x/\n"));
	assert_non_null(strstr(text, "{\"network\":\"O\\\"2\",\"segments\":[{\"name\":\"a\",\"label\":\"Tesco\",\"kind\":\"range\","
				     "\"patterns\":{\"imsi\":2,\"apn\":1}}],\"nodes\":[{\"name\":\"N\",\"point_code\":5}],"));
	free(text);
}

static void one_setting_is_checked_as_the_file_is(void **state)
{
	static const struct {
		const char *assignment, *said;
	} bad[] = {
		{ "detection.page_intervall=1 d", "--set detection.page_intervall: unknown key; did you mean 'page_interval'?" },
		{ "detektion.tick=1 s", "did you mean 'detection'?" },
		{ "detection.page_interval=1 s", "'1 s' is out of range; it must be" },
		{ "detection.min_failed=many", "'many' is of another kind; it must be" },
		{ "segments=x", "this is a list" },
		{ "limits.cells=4096", "fixed from the start" },
		{ "detection.minor=99999999", "detection.major is below detection.minor" },
		{ "detection.minor", "no value; write key=value" },
	};
	struct plan *plan = plan_default();
	char said[512];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		FILE *errors = fmemopen(said, sizeof(said), "w");

		assert_false(plan_set(plan, bad[i].assignment, errors));
		fclose(errors);
		if (strstr(said, bad[i].said) == NULL)
			fail_msg("%s: %s", bad[i].assignment, said);
	}
	assert_true(plan_set(plan, "detection.page_interval=7 d", stderr));
	assert_true(plan->detection.page_interval_s > 7 * 86400.0 - 1 && plan->detection.page_interval_s < 7 * 86400.0 + 1);
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_need_no_file),
		cmocka_unit_test(every_preset_of_the_schema_is_within_its_own_range),
		cmocka_unit_test(a_whole_file_is_read),
		cmocka_unit_test(an_empty_file_is_the_defaults),
		cmocka_unit_test(a_dump_reads_back_as_the_same_plan),
		cmocka_unit_test(a_range_becomes_the_fewest_prefixes),
		cmocka_unit_test(an_unknown_key_is_met_with_a_suggestion),
		cmocka_unit_test(a_duplicate_key_names_the_first_one),
		cmocka_unit_test(a_value_of_another_type_is_refused),
		cmocka_unit_test(a_value_out_of_range_is_refused),
		cmocka_unit_test(a_bad_word_lists_the_good_ones),
		cmocka_unit_test(a_bad_port_is_refused),
		cmocka_unit_test(prefixes_are_digits),
		cmocka_unit_test(segments_have_names_and_members),
		cmocka_unit_test(sixty_four_segments_fit_and_no_more),
		cmocka_unit_test(an_expression_that_does_not_compile_is_shown_where_it_breaks),
		cmocka_unit_test(expressions_over_names_compare_without_case),
		cmocka_unit_test(what_is_not_yaml_is_refused_with_its_place),
		cmocka_unit_test(what_is_not_a_mapping_is_refused),
		cmocka_unit_test(what_is_not_utf_8_is_refused),
		cmocka_unit_test(an_unreadable_file_is_one_sentence),
		cmocka_unit_test(all_mistakes_come_at_once_in_the_order_of_the_file),
		cmocka_unit_test(a_caret_stands_below_its_character_behind_tabs),
		cmocka_unit_test(addresses_of_receivers_are_read_whole),
		cmocka_unit_test(keys_are_explained),
		cmocka_unit_test(a_plan_is_explained_to_people_and_machines),
		cmocka_unit_test(one_setting_is_checked_as_the_file_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
