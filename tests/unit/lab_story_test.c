/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The stories of the lab: their tables make sense, real times are pressed in order, and what a phase promises is what happens: storms
 * repeat subscribers, stopped nodes ask nothing, a blind tap still sees acknowledgements, agents answer in their own name. Packets are read
 * by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lab/lab.h"
#include "lab/load.h"
#include "lab/scenario.h"
#include "lab/world.h"

static struct lab_options options_of(const char *scenario, double seconds)
{
	struct lab_options o;

	lab_options_default(&o);
	o.scenario = scenario;
	o.seconds = seconds;
	o.subscribers = 2000;
	return o;
}

static struct lab *lab_of(const struct lab_options *o)
{
	char error[LAB_ERROR_MAX];
	struct lab *lab = lab_open(o, error);

	assert_non_null(lab);
	return lab;
}

static uint64_t lab_run(struct lab *lab)
{
	const struct hash_key key = { { 1, 2 } };
	uint64_t sum = 0;
	struct lab_frame frame;

	while (lab_next(lab, &frame))
		sum = hash_words(&key, sum ^ (uint64_t)frame.time, hash_bytes(&key, frame.bytes, frame.length));
	return sum;
}

static struct truth_cell brand_sum(const struct lab *lab, uint32_t set, unsigned int first, unsigned int last)
{
	struct truth_cell sum = { 0 };

	for (unsigned int p = 0; p < LAB_PROCEDURES; p++) {
		for (unsigned int b = first; b <= last && (set >> p & 1) != 0; b++) {
			sum.requests += lab->truth.cell[p][b].requests;
			for (unsigned int i = 0; i < CLASS_COUNT; i++)
				sum.outcome[i] += lab->truth.cell[p][b].outcome[i];
		}
	}
	return sum;
}

static struct truth_cell set_sum(const struct lab *lab, uint32_t set)
{
	return brand_sum(lab, set, 0, BRAND_COUNT - 1);
}

static uint16_t load_16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t load_24(const uint8_t *at)
{
	return (uint32_t)at[0] << 16 | load_16(at + 1);
}

/* Frames of the lab without tags: IPv4 behind 14 octets, without options. */
struct look {
	double from_s, until_s;
	uint8_t network, host; /* third and fourth octet of the sender, 0: any */
	uint8_t to_network, to_host;
	uint32_t command; /* of Diameter in TCP; 0: any frame */
	bool requests_only;
	int chunk;        /* of SCTP, the first of the packet; -1: any frame */
	const char *text; /* must be in it; NULL: no matter */
};

static bool bytes_hold(const uint8_t *bytes, size_t length, const char *text)
{
	return memmem(bytes, length, text, strlen(text)) != NULL;
}

static bool frame_is(const struct look *look, const uint8_t *ip, size_t length)
{
	const uint8_t *transport = ip + 20;
	const uint8_t *user = transport + (ip[9] == 6 ? (transport[12] >> 4) * 4 : 12);

	if (look->network != 0 && (ip[14] != look->network || ip[15] != look->host))
		return false;
	if (look->to_network != 0 && (ip[18] != look->to_network || ip[19] != look->to_host))
		return false;
	if (look->chunk >= 0 && (ip[9] != 132 || user[0] != look->chunk))
		return false;
	if (look->command != 0 && (ip[9] != 6 || user + 20 > ip + length || load_24(user + 5) != look->command))
		return false;
	if (look->requests_only && (user[4] & 0x80) == 0)
		return false;
	return look->text == NULL || bytes_hold(ip, length, look->text);
}

static unsigned int frames_count(struct lab *lab, const struct look *look)
{
	struct lab_frame frame;
	unsigned int count = 0;

	while (lab_next(lab, &frame)) {
		const uint8_t *ip = frame.bytes + 14;
		double t = nanos_to_s(frame.time - LAB_EPOCH);

		count += t >= look->from_s && t < look->until_s && frame_is(look, ip, load_16(ip + 2));
	}
	return count;
}

static unsigned int story_count(const struct lab_options *o, const struct look *look)
{
	struct lab *lab = lab_of(o);
	unsigned int count = frames_count(lab, look);

	lab_close(lab);
	return count;
}

static void every_story_is_the_same_for_the_same_seed_and_nothing_is_refused(void **state)
{
	const struct lab_scenario *s;

	(void)state;
	for (size_t i = 0; (s = scenario_at(i)) != NULL; i++) {
		struct lab_options o = options_of(s->name, 24);
		struct lab *lab = lab_of(&o);
		uint64_t first = lab_run(lab);

		assert_true(lab->wire.frames > 500);
		assert_int_equal(lab->truth.dialogues_refused + lab->agenda.refused, 0);
		lab_close(lab);
		lab = lab_of(&o);
		assert_true(first == lab_run(lab));
		lab_close(lab);
	}
	assert_true(scenario_at(27) != NULL);
}

/* Links that come and go, whatever they are made of. */
static void stories_may_be_dressed_in_any_way(void **state)
{
	const struct lab_scenario *s;

	(void)state;
	for (size_t i = 0; (s = scenario_at(i)) != NULL; i++) {
		struct lab_options o = options_of(s->name, 12);
		struct lab *lab;

		if (s->event_count == 0)
			continue;
		o.framing.sctp_diameter = i % 2 == 0;
		o.framing.bundle = i % 3 == 0;
		o.framing.both_hops = i % 3 != 1;
		o.framing.associations = i % 3 == 1 ? 1 + (unsigned int)i : 0;
		o.framing.mid_start = i % 2 == 1;
		lab = lab_of(&o);
		lab_run(lab);
		assert_true(lab->wire.frames > 200);
		assert_int_equal(lab->truth.dialogues_refused + lab->agenda.refused, 0);
		lab_close(lab);
	}
}

static void phase_check(const struct lab_scenario *s, const struct lab_fault *f)
{
	assert_true(f->until_s > f->from_s && f->until_s <= s->real_s);
	assert_true(f->share >= 0 && f->share <= 1 && f->silent_share + f->congestion_share <= 1);
	assert_true(f->effect != LAB_EFFECT_NONE || f->changes_volume || f->latency != 0 || f->is_drained);
	assert_true(f->text[0] != '\0');
	if (f->scope == LAB_SCOPE_BRAND)
		assert_string_equal(f->value, lab_brand_names[f->brand]);
}

static void the_tables_of_all_stories_make_sense(void **state)
{
	const struct lab_scenario *s;

	(void)state;
	for (size_t i = 0; (s = scenario_at(i)) != NULL; i++) {
		assert_ptr_equal(scenario_find(s->name), s);
		assert_int_equal(s->expectation_count == 0, strcmp(s->name, "fault") == 0);
		for (size_t p = 0; p < s->phase_count; p++)
			phase_check(s, &s->phases[p]);
		for (size_t e = 0; e < s->event_count; e++)
			assert_true(s->events[e].at_s <= s->real_s && (e == 0 || s->events[e].at_s >= s->events[e - 1].at_s));
		for (size_t m = 1; m < s->milestone_count; m++) {
			assert_true(s->milestones[m].real_s > s->milestones[m - 1].real_s);
			assert_true(s->milestones[m].share > s->milestones[m - 1].share && s->milestones[m].share <= 1);
		}
		assert_true(s->milestone_count == 0 || s->milestones[0].share >= 0.1);
	}
	assert_null(scenario_find("nothing"));
	assert_null(scenario_find(NULL));
}

static void real_times_are_pressed_in_their_order_and_kept_where_there_is_room(void **state)
{
	const struct lab_scenario *s;

	(void)state;
	for (size_t i = 0; (s = scenario_at(i)) != NULL; i++) {
		struct lab_options o = options_of(s->name, 300);
		double last = 0;

		o.onset_s = 100;
		for (double real = 0; real <= s->real_s; real += s->real_s / 1000 + 1) {
			double at = scenario_time(s, &o, real);

			assert_true(at >= last && at <= o.seconds);
			last = at;
		}
		o.seconds = 100 + s->real_s;
		assert_true(scenario_time(s, &o, s->real_s / 3) == 100 + s->real_s / 3);
	}
}

static void the_first_minute_is_a_tenth_of_what_there_is(void **state)
{
	const struct lab_scenario *s = scenario_find("o2-2012");
	struct lab_options o = options_of("o2-2012", 300);

	(void)state;
	o.onset_s = 100;
	assert_true(scenario_time(s, &o, 60) == 120);
	o.seconds = 1100;
	assert_true(scenario_time(s, &o, 60) == 160);
	assert_true(scenario_time(s, &o, 66600) == 500);
	assert_true(scenario_time(s, &o, 106400) == 1100);
}

static void a_storm_is_twenty_times_as_much_by_few_who_repeat(void **state)
{
	struct lab_options o = options_of("docomo-2021-iot-storm", 300);
	unsigned int askers = 0, machines = 0;
	uint64_t before, during;
	struct lab *lab;

	(void)state;
	o.onset_s = 100;
	o.subscribers = 20000;
	/* The storm is pressed into the seconds from 100 to 160. */
	lab = lab_of(&o);
	for (struct lab_frame frame; lab_now_s(lab) < 100 && lab_next(lab, &frame);)
		;
	before = brand_sum(lab, LAB_SET_REGISTRATION, BRAND_IOT, BRAND_IOT).requests;
	for (struct lab_frame frame; lab_now_s(lab) < 150 && lab_next(lab, &frame);)
		;
	during = brand_sum(lab, LAB_SET_REGISTRATION, BRAND_IOT, BRAND_IOT).requests - before;
	assert_true(before > 50);
	/* Half as long; authentications that fail have no update after them. */
	assert_in_range(during * 2 / before, 10, 26);
	for (uint32_t i = 0; i < lab->subscriber_count; i++) {
		machines += lab->subscriber[i].brand == BRAND_IOT;
		askers += lab->subscriber[i].brand == BRAND_IOT && lab->subscriber[i].is_affected;
	}
	assert_in_range(machines, 800, 1200);
	assert_true(askers > 100 && askers < machines * 3 / 4);
	lab_close(lab);
}

static void nodes_that_stop_ask_nothing_and_say_nothing(void **state)
{
	struct lab_options o = options_of("cert-2018", 90);
	/* MME 2, of network 20, does not say that it goes; the agent asks it and waits. */
	struct look asked = { .from_s = 31, .until_s = 50, .network = 20, .host = 12, .chunk = -1 };
	struct look left = { .from_s = 30, .until_s = 32, .network = 20, .host = 13, .command = 282, .chunk = -1 };
	struct look update = { .from_s = 32, .until_s = 50, .command = 316, .requests_only = true, .chunk = -1, .network = 20, .host = 11 };
	struct look back = { .from_s = 50, .until_s = 90, .network = 20, .host = 11, .command = 257, .requests_only = true, .chunk = -1 };
	struct look before = update;

	(void)state;
	o.onset_s = 30;
	o.rate = 200;
	before.from_s = 0;
	before.until_s = 30;
	assert_true(story_count(&o, &before) > 20);
	assert_int_equal(story_count(&o, &asked), 0);
	/* To each of the two agents. */
	assert_int_equal(story_count(&o, &left), 2);
	assert_int_equal(story_count(&o, &update), 0);
	assert_int_equal(story_count(&o, &back), 2);
}

static void a_blind_tap_shows_acknowledgements_of_what_it_does_not_show(void **state)
{
	struct lab_options o = options_of("probe-half-blind", 60);
	/* HLR 2 is 10.20.1.12, STP 1 is 10.20.0.11. */
	struct look unseen = { .from_s = 21, .until_s = 40, .network = 1, .host = 12, .to_host = 11, .chunk = -1 };
	struct look acknowledged = { .from_s = 21, .until_s = 40, .to_network = 1, .to_host = 12, .chunk = 3 };
	struct lab *lab;
	struct lab_frame frame;
	unsigned int hidden = 0, sacks = 0;

	(void)state;
	o.rate = 200;
	lab = lab_of(&o);
	while (lab_next(lab, &frame)) {
		const uint8_t *ip = frame.bytes + 14;
		double t = nanos_to_s(frame.time - LAB_EPOCH);
		bool is_in_time = t >= unseen.from_s && t < unseen.until_s;

		hidden += is_in_time && ip[14] == 1 && ip[15] == 12 && ip[18] == 0 && ip[19] == 11;
		sacks += is_in_time && ip[14] == 0 && ip[15] == 11 && frame_is(&acknowledged, ip, load_16(ip + 2));
	}
	assert_int_equal(hidden, 0);
	assert_true(sacks > 20);
	assert_true(lab->wire.lost > 100);
	lab_close(lab);
}

static void a_host_that_leaves_in_good_order_is_asked_nothing(void **state)
{
	struct lab_options o = options_of("maintenance-window", 120);
	/* HSS 2 is 10.20.23.12; it goes at 52 s of this run and is back at 88 s. */
	struct look asked = {
		.from_s = 54, .until_s = 86, .to_network = 23, .to_host = 12, .command = 316, .requests_only = true, .chunk = -1
	};
	struct look leave = { .from_s = 30, .until_s = 70, .network = 23, .host = 12, .command = 282, .requests_only = true, .chunk = -1 };
	struct look resets = {
		.from_s = 80, .until_s = 120, .network = 23, .host = 12, .command = 322, .requests_only = true, .chunk = -1
	};
	struct look before = asked;

	(void)state;
	o.onset_s = 40;
	o.rate = 200;
	before.from_s = 0;
	before.until_s = 40;
	assert_true(story_count(&o, &before) > 20);
	assert_int_equal(story_count(&o, &asked), 0);
	assert_int_equal(story_count(&o, &leave), 2);
	assert_int_equal(story_count(&o, &resets), 3);
}

static void an_agent_refuses_in_its_own_name_and_the_other_one_is_asked(void **state)
{
	struct lab_options o = options_of("dra-overload-3004", 120);
	struct look refused = {
		.from_s = 40, .until_s = 104, .network = 22, .host = 11, .command = 318, .chunk = -1, .text = "dra1.epc.mnc010"
	};
	struct look healthy = {
		.from_s = 40, .until_s = 104, .network = 22, .host = 12, .command = 318, .chunk = -1, .text = "dra2.epc.mnc010"
	};
	struct lab *lab;
	struct truth_cell sum;

	(void)state;
	o.rate = 200;
	assert_true(story_count(&o, &refused) > 50);
	/* Everyday 3002 is not in this lab: the other agent never speaks for itself. */
	assert_int_equal(story_count(&o, &healthy), 0);
	lab = lab_of(&o);
	lab_run(lab);
	sum = set_sum(lab, LAB_SET(AIR));
	assert_true(sum.outcome[CLASS_CONGESTION] * 100 > sum.requests * 5 && sum.outcome[CLASS_CONGESTION] * 100 < sum.requests * 20);
	lab_close(lab);
}

static void late_answers_come_behind_the_refusal_of_the_agent(void **state)
{
	struct lab_options o = options_of("nye-timer-mismatch", 200);
	struct look refused = { .from_s = 80, .until_s = 180, .network = 22, .host = 11, .command = 316, .chunk = -1, .text = "dra1.epc" };
	struct lab *lab;
	struct truth_cell sum;

	(void)state;
	o.rate = 200;
	assert_true(story_count(&o, &refused) > 20);
	lab = lab_of(&o);
	lab_run(lab);
	sum = set_sum(lab, LAB_SET(ULR));
	assert_true(sum.outcome[CLASS_LATE] > 50);
	assert_int_equal(set_sum(lab, LAB_SET(AIR)).outcome[CLASS_LATE], 0);
	lab_close(lab);
}

static void phones_register_with_ims_step_by_step(void **state)
{
	struct lab_options o = options_of("fault", 60);
	uint64_t uar, mar, sar;
	struct lab *lab;

	(void)state;
	o.rate = 200;
	o.world = LAB_WITH_IMS | LAB_WITH_EIR;
	lab = lab_of(&o);
	lab_run(lab);
	uar = set_sum(lab, LAB_SET(UAR)).requests;
	mar = set_sum(lab, LAB_SET(MAR)).requests;
	sar = set_sum(lab, LAB_SET(SAR)).requests;
	assert_true(uar > 500 && set_sum(lab, LAB_SET(LIR)).requests > 300 && set_sum(lab, LAB_SET(ECR)).requests > 100);
	assert_in_range(mar * 100 / uar, 55, 69);
	assert_in_range(sar * 100 / uar, 93, 101);
	lab_close(lab);
}

static void everybody_is_deregistered_within_a_minute(void **state)
{
	struct lab_options o = options_of("mass-dereg-2024", 900);
	unsigned int registered = 0;
	uint64_t before, after;
	struct lab *lab;

	(void)state;
	o.onset_s = 60;
	lab = lab_of(&o);
	for (struct lab_frame frame; lab_now_s(lab) < 60 && lab_next(lab, &frame);)
		;
	before = set_sum(lab, LAB_SET(CLR) | LAB_SET(PUR)).requests;
	for (struct lab_frame frame; lab_now_s(lab) < 125 && lab_next(lab, &frame);)
		;
	after = set_sum(lab, LAB_SET(CLR) | LAB_SET(PUR)).requests;
	for (uint32_t i = 0; i < lab->subscriber_count; i++)
		registered += lab->subscriber[i].state[DOMAIN_EPS] == PHONE_REGISTERED;
	assert_true(after - before > 1500);
	assert_true(registered < 200);
	lab_close(lab);
}

static void a_leak_makes_one_host_slow_and_no_other(void **state)
{
	struct lab_options o = options_of("latency-creep", 200);
	struct dialogue d = { .procedure = PROCEDURE_ULR };
	struct lab *lab;
	struct truth_cell sum;

	(void)state;
	o.onset_s = 50;
	lab = lab_of(&o);
	d.client = lab->first[NODE_MME];
	d.server = lab->first[NODE_HSS];
	assert_true(load_delay(lab, &d, 0.06) == 0.06);
	for (struct lab_frame frame; lab_now_s(lab) < 130 && lab_next(lab, &frame);)
		;
	assert_true(load_delay(lab, &d, 0.06) > 0.06 * 12);
	d.server++;
	assert_true(load_delay(lab, &d, 0.06) == 0.06);
	lab_run(lab);
	sum = set_sum(lab, LAB_SET_EPS);
	/* It falls silent only behind the leak; nobody is refused. */
	assert_true(sum.outcome[CLASS_TIMEOUT] > 5 && sum.outcome[CLASS_TIMEOUT] * 5 < sum.requests);
	assert_true(sum.outcome[CLASS_NETWORK] * 50 < sum.requests);
	lab_close(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_story_is_the_same_for_the_same_seed_and_nothing_is_refused),
		cmocka_unit_test(stories_may_be_dressed_in_any_way),
		cmocka_unit_test(the_tables_of_all_stories_make_sense),
		cmocka_unit_test(real_times_are_pressed_in_their_order_and_kept_where_there_is_room),
		cmocka_unit_test(the_first_minute_is_a_tenth_of_what_there_is),
		cmocka_unit_test(a_storm_is_twenty_times_as_much_by_few_who_repeat),
		cmocka_unit_test(nodes_that_stop_ask_nothing_and_say_nothing),
		cmocka_unit_test(a_blind_tap_shows_acknowledgements_of_what_it_does_not_show),
		cmocka_unit_test(a_host_that_leaves_in_good_order_is_asked_nothing),
		cmocka_unit_test(an_agent_refuses_in_its_own_name_and_the_other_one_is_asked),
		cmocka_unit_test(late_answers_come_behind_the_refusal_of_the_agent),
		cmocka_unit_test(phones_register_with_ims_step_by_step),
		cmocka_unit_test(everybody_is_deregistered_within_a_minute),
		cmocka_unit_test(a_leak_makes_one_host_slow_and_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
