/* SPDX-License-Identifier: BSD-3-Clause */
/* Sentences about incidents: they name the thing, the size, the time and what is normal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "control/incident/text.h"
#include "control/incident/words.h"

#define ONSET      (INT64_C(1342013465) * NANOS_PER_S) /* 2012-07-11 13:31:05 UTC */
#define HLR_NUMBER "447802000001"

static digits number(const char *text)
{
	digits d = 0;

	assert_true(digits_read_text(text, strlen(text), &d));
	return d;
}

static const struct plan_segment segments[] = { { .name = "tesco-mobile", .label = "Tesco Mobile", .kind = PLAN_SEGMENT_BRAND },
						{ .name = "giffgaff", .label = "giffgaff", .kind = PLAN_SEGMENT_BRAND } };
static struct plan_node nodes[3];
static struct plan plan = { .segments = segments, .segment_count = 2, .nodes = nodes, .network_name = "O2 UK" };
static const struct words_names names = { .plan = &plan };
static struct place place;
static char text[INCIDENT_SUMMARY_MAX];

/* 41 % of location updates refused with systemFailure since 13:31:05, 1300 subscribers. */
static struct alarm alarm_example(void)
{
	struct alarm a = { .state = INCIDENT_RAISED,
			   .onset = ONSET,
			   .time = ONSET + 3 * NANOS_PER_S,
			   .procedures = { 2 },
			   .procedure_count = 1,
			   .rats = 1U << RAT_2G3G_CS,
			   .observed_ratio = 0.41,
			   .baseline_ratio = 0.03,
			   .affected = 1300,
			   .sticky = -1,
			   .eta_s = -1,
			   .causes = { { .cause = 34, .cause_layer = CAUSE_MAP_ERROR, .share = 1 } },
			   .cause_count = 1 };

	memset(&place, 0, sizeof(place));
	place.part_count = 1;
	return a;
}

static void a_brand_with_one_hlr_reads_as_in_the_style_guide(void **state)
{
	struct alarm a = alarm_example();
	struct words_facts f = { .place = &place };

	(void)state;
	place.only_segments = 1;
	place.parts[0].segments = 1;
	place.parts[0].segments_bind = true;
	a.nodes[0] = (struct incident_node){ .node = node_of_digits(number(HLR_NUMBER)), .is_server = true };
	a.node_count = 1;
	words_summary(&names, &a, &f, text);
	assert_string_equal(text, "Tesco Mobile: 41 % of location update (2G/3G calls and texts) refused (systemFailure) since 13:31:05 "
				  "(usually 3.0 %), all by HLR Slough 1 (447802000001); 2G/3G calls and texts; other brands normal; "
				  "1,300 subscribers.");
	words_repair(&names, &a, &f, text);
	assert_string_equal(text,
			    "Look at HLR Slough 1 (447802000001): it answers systemFailure to location update (2G/3G calls and texts).");
}

static void a_random_share_names_nobody(void **state)
{
	struct alarm a = alarm_example();
	struct words_facts f = { .place = &place, .share = 0.31 };

	(void)state;
	a.sticky = 0.97;
	a.segments = 3;
	a.affected = 312345;
	words_summary(&names, &a, &f, text);
	assert_memory_equal(text, "Subscribers across all number ranges (about 31 % at random): ", 60);
	assert_non_null(strstr(text, "no range, brand or server stands out, the same subscribers fail again; about 310,000 subscribers."));
	assert_null(strstr(text, "Tesco"));
	words_repair(&names, &a, &f, text);
	assert_non_null(strstr(text, "subscriber database"));
}

static void many_prefixes_are_counted_not_listed(void **state)
{
	struct alarm a = alarm_example();
	struct words_facts f = { .place = &place };

	(void)state;
	for (size_t i = 0; i < 18; i++)
		a.prefixes[i] = number("2341001") + ((digits)i << 36);
	a.prefix_count = 18;
	place.parts[0].prefixes_bind = true;
	a.causes[0] = (struct incident_cause){ .cause_layer = CAUSE_TIMEOUT, .share = 1 };
	a.kind = INCIDENT_NO_ANSWER;
	words_summary(&names, &a, &f, text);
	assert_memory_equal(text, "IMSI ranges 2341001, 2341002, 2341003, 2341004 and 14 more: 41 % of ", 66);
	assert_non_null(strstr(text, "not answered"));
	assert_non_null(strstr(text, "other number ranges normal"));
}

static void a_range_is_told_with_the_brand_whose_it_is(void **state)
{
	struct alarm a = alarm_example();
	struct words_facts f = { .place = &place };

	(void)state;
	a.prefixes[0] = number("234107");
	a.prefix_count = 1;
	a.segments = 2;
	place.parts[0].prefixes_bind = true;
	words_summary(&names, &a, &f, text);
	assert_memory_equal(text, "IMSI range 234107 (giffgaff): 41 % of ", 38);
}

static void an_agent_that_answers_for_another_is_named_so(void **state)
{
	struct alarm a = alarm_example();
	struct words_facts f = { .place = &place, .share = 0.25 };

	(void)state;
	place.stand_in = node_of_point_code(300);
	place.vanished[0] = node_of_digits(number(HLR_NUMBER));
	place.vanished_count = 1;
	words_summary(&names, &a, &f, text);
	assert_non_null(
		strstr(text, "nothing more from HLR Slough 1 (447802000001), answered by stp pc:300, which is not the server asked"));
	assert_null(strstr(text, "at random"));
	words_repair(&names, &a, &f, text);
	assert_non_null(strstr(text, "Look at HLR Slough 1 (447802000001) and the route to it"));
}

static void a_recovery_is_told_per_radio_access(void **state)
{
	struct alarm a = alarm_example();
	struct words_facts f = { .place = &place, .share = 0.3 };

	(void)state;
	for (size_t i = 0; i < RAT_COUNT; i++)
		f.restored[i] = -1;
	f.restored[RAT_2G3G_CS] = 96;
	f.restored[RAT_2G3G_PS] = 12;
	a.state = INCIDENT_RESTORING;
	a.rats = 1U << RAT_2G3G_CS | 1U << RAT_2G3G_PS;
	a.recovered_percent = 54;
	a.recovered = 700;
	a.eta_s = 700;
	a.eta_low_s = 480;
	a.eta_high_s = 1080;
	words_summary(&names, &a, &f, text);
	assert_non_null(strstr(text, "54 % restored (2G/3G calls and texts 96 %, 2G/3G data 12 %)"));
	assert_non_null(strstr(text, "between 8 min and 18 min more"));
	f.still[f.still_count++] = procedure_of_name("iups.attach");
	f.still_share = 0.97;
	words_summary(&names, &a, &f, text);
	assert_non_null(strstr(text, "; 97 % of attach (3G data) still fail"));
	f.still_count = 0;
	a.observed_ratio = 0;
	words_summary(&names, &a, &f, text);
	assert_non_null(strstr(text, "; no more fails than usual, "));
	assert_null(strstr(text, "still fail"));
}

static void the_end_says_how_long_it_took(void **state)
{
	struct alarm a = alarm_example();
	struct words_facts f = { .place = &place, .share = 1, .good_since = ONSET + 720 * NANOS_PER_S };

	(void)state;
	a.state = INCIDENT_CLEARED;
	a.recovered = 1261;
	words_summary(&names, &a, &f, text);
	assert_non_null(strstr(text, "back to normal since 13:43:05, after 12 min"));
	assert_non_null(strstr(text, "1,300 subscribers hit, 1,261 of them seen successful again"));
}

static void a_sentence_that_is_too_long_is_cut_and_closed(void **state)
{
	struct alarm a = alarm_example();
	struct words_facts f = { .place = &place };

	(void)state;
	place.parts[0].servers_bind = true;
	for (size_t i = 0; i < INCIDENT_NODES_MAX; i++)
		a.nodes[i] = (struct incident_node){ .node = node_of_digits(number(HLR_NUMBER)), .is_server = true };
	a.node_count = INCIDENT_NODES_MAX;
	nodes[0].name = "a name that somebody made very long indeed, longer than it is useful to be";
	words_summary(&names, &a, &f, text);
	nodes[0].name = "HLR Slough 1";
	assert_true(strlen(text) < INCIDENT_SUMMARY_MAX);
}

static void the_alarm_id_knows_place_and_network_and_neither_time_nor_order(void **state)
{
	struct alarm a = alarm_example();
	struct alarm b;
	char one[20], two[20];

	(void)state;
	a.prefixes[0] = number("2341001");
	a.prefixes[1] = number("2341060");
	a.prefix_count = 2;
	b = a;
	b.time += 100;
	b.onset += 100;
	b.prefixes[0] = a.prefixes[1];
	b.prefixes[1] = a.prefixes[0];
	words_alarm_id(&names, &a, one);
	words_alarm_id(&names, &b, two);
	assert_string_equal(one, two);
	b.prefix_count = 1;
	words_alarm_id(&names, &b, two);
	assert_string_not_equal(one, two);
	plan.network_name = "another";
	words_alarm_id(&names, &a, two);
	plan.network_name = "O2 UK";
	assert_string_not_equal(one, two);
}

static void the_terminal_gets_the_sentence_and_colours_only_when_asked(void **state)
{
	struct pseudonym p = { .key = { 1 } };
	struct alarm_writer w = { .plan = &plan, .pseudonym = &p };
	struct alarm a = alarm_example();
	char *plain = NULL, *colored = NULL;
	size_t size;
	FILE *out;

	(void)state;
	a.severity = SEVERITY_CRITICAL;
	strcpy(a.summary, "what is the matter");
	out = open_memstream(&plain, &size);
	alarm_write_text(&w, &a, false, out);
	fclose(out);
	out = open_memstream(&colored, &size);
	alarm_write_text(&w, &a, true, out);
	fclose(out);
	assert_non_null(strstr(plain, "13:31:08 critical raised"));
	assert_non_null(strstr(plain, "what is the matter"));
	assert_null(strchr(plain, '\033'));
	assert_non_null(strchr(colored, '\033'));
	free(plain);
	free(colored);
}

static void requests_that_name_nobody_have_no_size_and_addresses_have_names(void **state)
{
	struct alarm a = alarm_example();
	struct words_facts f = { .place = &place, .is_unnamed = true };

	(void)state;
	place.parts[0].servers_bind = true;
	place.parts[0].servers[0] = node_of_ipv4(0x0a140001);
	place.parts[0].server_count = 1;
	a.nodes[0] = (struct incident_node){ .node = node_of_ipv4(0x0a140001), .is_server = true };
	a.node_count = 1;
	a.affected = 0;
	words_summary(&names, &a, &f, text);
	assert_non_null(strstr(text, "Requests to MME 1 (10.20.0.1): 41 %"));
	assert_non_null(strstr(text, "other nodes normal; these requests name no subscriber."));
	a.state = INCIDENT_RESTORING;
	words_summary(&names, &a, &f, text);
	assert_non_null(strstr(text, "since 13:31:05; these requests name no subscriber."));
}

/* Facts and the sentence that comes of them. */
static void every_kind_has_its_sentences(void **state)
{
	static const struct {
		enum incident_kind kind;
		enum incident_state state;
		double factor, slow_s;
		const char *sentence;
	} rows[] = {
		{ INCIDENT_VOLUME_DROP, INCIDENT_RAISED, 0.08, 0,
		  "All subscribers: only 8.0 % of the usual location update (2G/3G calls and texts) arrive since 13:31:05." },
		{ INCIDENT_STORM, INCIDENT_RAISED, 6.2, 0,
		  "All subscribers: 6.2 times the usual location update (2G/3G calls and texts) since 13:31:05, a storm." },
		{ INCIDENT_STORM, INCIDENT_CLEARED, 6.2, 0,
		  "All subscribers: the storm of location update (2G/3G calls and texts) is over since 13:43:05, after 12 min." },
		{ INCIDENT_LATENCY, INCIDENT_RAISED, 0, 1.5,
		  "All subscribers: answers take up to 1.50 s (usually 0.10 s) to location update (2G/3G calls and texts) since "
		  "13:31:05." },
		{ INCIDENT_MASS_DEREGISTRATION, INCIDENT_RAISED, 24, 0,
		  "All subscribers: 24 times the usual location update (2G/3G calls and texts) since 13:31:05: subscribers are taken out "
		  "of "
		  "the registers." },
		{ INCIDENT_ROUTE_UNAVAILABLE, INCIDENT_RAISED, 0, 0, "HLR Slough 1 (447802000001) cannot be reached since 13:31:05." },
		{ INCIDENT_PEER_DOWN, INCIDENT_RAISED, 0, 0, "HLR Slough 1 (447802000001) is gone since 13:31:05." },
		{ INCIDENT_NODE_RESTART, INCIDENT_RAISED, 0, 0,
		  "HLR Slough 1 (447802000001) restarted at 13:31:05, and may have lost who is registered." },
		{ INCIDENT_PROBE_BLIND, INCIDENT_RAISED, 0, 0,
		  "The probe does not see what HLR Slough 1 (447802000001) sends since 13:31:05; silence seen there is none of the "
		  "network." },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct alarm a = alarm_example();
		struct words_facts f = { .place = &place, .share = 1, .is_counted = true };

		a.kind = rows[i].kind;
		a.state = rows[i].state;
		a.factor = rows[i].factor;
		a.slow_s = rows[i].slow_s;
		a.slow_usual_s = 0.1;
		a.rats = 0;
		a.basis = BASIS_NONE;
		f.good_since = a.state == INCIDENT_CLEARED ? ONSET + 720 * NANOS_PER_S : 0;
		if (strstr(rows[i].sentence, "HLR")) {
			a.nodes[0] = (struct incident_node){ .node = node_of_digits(number(HLR_NUMBER)), .is_server = true };
			a.node_count = 1;
		}
		words_summary(&names, &a, &f, text);
		assert_string_equal(text, rows[i].sentence);
		words_repair(&names, &a, &f, text);
		assert_true(strlen(text) > 20);
	}
}

static void further_values_are_told_as_an_operator_calls_them(void **state)
{
	struct alarm a = alarm_example();
	struct words_facts f = { .place = &place };

	(void)state;
	place.parts[0].set_binds = true;
	a.set_dimension = place.parts[0].set_dimension = DIMENSION_IMSI_ENDING;
	for (uint64_t i = 0; i < 10; i++)
		a.set[i] = 10 * i + 3;
	a.set_count = 10;
	words_summary(&names, &a, &f, text);
	assert_memory_equal(text, "IMSIs that end in 3: 41 % of ", 29);
	a.set_count = 2;
	words_summary(&names, &a, &f, text);
	assert_memory_equal(text, "IMSIs that end in 03 and 13: ", 29);
	a.set_dimension = DIMENSION_PLMN;
	a.set[0] = 20801;
	a.set_count = 1;
	words_summary(&names, &a, &f, text);
	assert_memory_equal(text, "Subscribers in network 20801: ", 30);
}

static int nodes_make(void **state)
{
	(void)state;
	nodes[0] = (struct plan_node){ .name = "HLR Slough 1", .role = "hlr", .global_title = number(HLR_NUMBER) };
	nodes[1] = (struct plan_node){ .role = "stp", .point_code = 300 };
	nodes[2] = (struct plan_node){ .name = "MME 1", .host = "10.20.0.1" };
	plan.node_count = 3;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_brand_with_one_hlr_reads_as_in_the_style_guide),
		cmocka_unit_test(a_random_share_names_nobody),
		cmocka_unit_test(many_prefixes_are_counted_not_listed),
		cmocka_unit_test(a_range_is_told_with_the_brand_whose_it_is),
		cmocka_unit_test(an_agent_that_answers_for_another_is_named_so),
		cmocka_unit_test(a_recovery_is_told_per_radio_access),
		cmocka_unit_test(the_end_says_how_long_it_took),
		cmocka_unit_test(a_sentence_that_is_too_long_is_cut_and_closed),
		cmocka_unit_test(the_alarm_id_knows_place_and_network_and_neither_time_nor_order),
		cmocka_unit_test(every_kind_has_its_sentences),
		cmocka_unit_test(further_values_are_told_as_an_operator_calls_them),
		cmocka_unit_test(requests_that_name_nobody_have_no_size_and_addresses_have_names),
		cmocka_unit_test(the_terminal_gets_the_sentence_and_colours_only_when_asked),
	};

	return cmocka_run_group_tests(tests, nodes_make, NULL);
}
