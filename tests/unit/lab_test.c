/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The simulated operator: it repeats, its packets are those of RFC 791, 9260 and 9293, and its truth is what it did. Packets are read here
 * by hand, from their bytes; runs are some seconds of virtual time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lab/agenda.h"
#include "lab/lab.h"
#include "lab/pen.h"
#include "lab/source.h"
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

static void fault_give(struct lab_options *o, const char *text)
{
	char error[LAB_ERROR_MAX];

	assert_true(lab_fault_parse(text, &o->faults[o->fault_count], error));
	o->fault_count++;
}

static struct lab *lab_of(const struct lab_options *o)
{
	char error[LAB_ERROR_MAX];
	struct lab *lab = lab_open(o, error);

	assert_non_null(lab);
	return lab;
}

/* Runs to the end; a hash of all bytes and times. */
static uint64_t lab_run(struct lab *lab)
{
	const struct hash_key key = { { 1, 2 } };
	uint64_t sum = 0;
	struct lab_frame frame;

	while (lab_next(lab, &frame))
		sum = hash_words(&key, sum ^ (uint64_t)frame.time, hash_bytes(&key, frame.bytes, frame.length));
	return sum;
}

static uint64_t options_run(const struct lab_options *o)
{
	struct lab *lab = lab_of(o);
	uint64_t sum = lab_run(lab);

	lab_close(lab);
	return sum;
}

static void the_same_seed_gives_the_same_bytes_and_another_gives_others(void **state)
{
	struct lab_options o = options_of("o2-2012", 20);
	uint64_t first = options_run(&o);

	(void)state;
	assert_true(first == options_run(&o));
	o.seed = 2;
	assert_true(first != options_run(&o));
}

static struct truth_cell procedure_sum(const struct lab *lab, enum lab_procedure procedure)
{
	struct truth_cell sum = { 0 };

	for (unsigned int b = 0; b < BRAND_COUNT; b++) {
		const struct truth_cell *c = &lab->truth.cell[procedure][b];

		sum.requests += c->requests;
		sum.by_fault += c->by_fault;
		for (unsigned int i = 0; i < CLASS_COUNT; i++)
			sum.outcome[i] += c->outcome[i];
	}
	return sum;
}

static void dressing_the_packets_leaves_the_story_as_it_was(void **state)
{
	struct lab_options o = options_of("o2-2012", 20);
	struct lab *plain = lab_of(&o), *dressed;

	(void)state;
	o.framing.vlan = true;
	o.framing.mss = 100;
	o.framing.duplicate = 0.1;
	o.framing.fragment = 64;
	dressed = lab_of(&o);
	lab_run(plain);
	lab_run(dressed);
	assert_memory_equal(plain->truth.cell, dressed->truth.cell, sizeof(plain->truth.cell));
	assert_true(dressed->wire.duplicates > 0);
	assert_true(dressed->wire.frames > plain->wire.frames);
	lab_close(plain);
	lab_close(dressed);
}

static uint16_t load_16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t load_32(const uint8_t *at)
{
	return (uint32_t)load_16(at) << 16 | load_16(at + 2);
}

/* RFC 1071 over a header that holds its own sum. */
static bool sum_is_right(const uint8_t *bytes, size_t length)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < length; i += 2)
		sum += load_16(bytes + i);
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

/* RFC 9260 appendix A in its own, unreflected words: reflect each octet, divide by 0x1edc6f41, reflect the rest. */
static uint32_t crc32c_slow(const uint8_t *bytes, size_t length)
{
	uint32_t crc = UINT32_MAX, reflected = 0;

	for (size_t i = 0; i < length; i++) {
		/* The sum's own octets count as zero. */
		uint8_t octet = i >= 8 && i < 12 ? 0 : bytes[i];

		for (unsigned int bit = 0; bit < 8; bit++) {
			uint32_t out = crc >> 31 ^ ((uint32_t)octet >> bit & 1u);

			crc = crc << 1 ^ (out != 0 ? UINT32_C(0x1edc6f41) : 0);
		}
	}
	for (unsigned int bit = 0; bit < 32; bit++)
		reflected |= (crc >> bit & 1u) << (31 - bit);
	return ~reflected;
}

#define FLOWS 64

struct flow {
	uint64_t key;
	uint32_t next;
};

/* The flow of one direction: last octets of both addresses and the ports. */
static struct flow *flow_find(struct flow flows[FLOWS], const uint8_t *ip)
{
	uint64_t key = (uint64_t)load_16(ip + 14) << 48 | (uint64_t)load_16(ip + 18) << 32 | load_32(ip + 20);

	for (size_t i = 0; i < FLOWS; i++) {
		if (flows[i].key == 0)
			flows[i].key = key;
		if (flows[i].key == key)
			return &flows[i];
	}
	fail();
	return NULL;
}

static void data_chunk_check(struct flow *flow, const uint8_t *chunk)
{
	uint32_t tsn = load_32(chunk + 4);

	assert_true(flow->next == 0 || tsn == flow->next);
	flow->next = tsn + 1;
}

/* Walks the chunks of one SCTP packet: all whole, all inside. */
static unsigned int sctp_check(struct flow flows[FLOWS], const uint8_t *ip, const uint8_t *sctp, size_t length)
{
	unsigned int data = 0;
	size_t at = 12;

	assert_int_equal((uint32_t)sctp[8] | (uint32_t)sctp[9] << 8 | (uint32_t)sctp[10] << 16 | (uint32_t)sctp[11] << 24,
			 crc32c_slow(sctp, length));
	while (at < length) {
		size_t chunk = load_16(sctp + at + 2);

		assert_true(chunk >= 4 && at + chunk <= length);
		if (sctp[at] == 0) {
			data_chunk_check(flow_find(flows, ip), sctp + at);
			data++;
		}
		at += (chunk + 3) / 4 * 4;
	}
	assert_int_equal(at, length);
	return data;
}

static void tcp_check(struct flow flows[FLOWS], const uint8_t *ip, const uint8_t *tcp, size_t length)
{
	struct flow *flow = flow_find(flows, ip);
	uint32_t sequence = load_32(tcp + 4);

	assert_true(flow->next == 0 || sequence == flow->next);
	/* SYN counts as one octet. */
	flow->next = sequence + (uint32_t)(length - (size_t)(tcp[12] >> 4) * 4) + ((tcp[13] & 2) != 0 ? 1 : 0);
}

static void every_packet_has_right_sums_and_the_next_sequence_number(void **state)
{
	struct lab_options o = options_of("o2-2012", 20);
	struct flow sctp_flows[FLOWS] = { 0 }, tcp_flows[FLOWS] = { 0 };
	unsigned int chunks = 0, segments = 0;
	struct lab_frame frame;
	struct lab *lab;
	nanos last = 0;

	(void)state;
	o.framing.bundle = true;
	lab = lab_of(&o);
	while (lab_next(lab, &frame)) {
		const uint8_t *ip = frame.bytes + 14;
		size_t length = load_16(ip + 2);

		assert_true(frame.time > last);
		last = frame.time;
		assert_int_equal(load_16(frame.bytes + 12), 0x0800);
		assert_true(sum_is_right(ip, 20));
		if (ip[9] == 132)
			chunks += sctp_check(sctp_flows, ip, ip + 20, length - 20);
		else
			tcp_check(tcp_flows, ip, ip + 20, length - 20);
		segments += ip[9] == 6;
	}
	assert_true(chunks > 1000 && segments > 500);
	lab_close(lab);
}

static void a_healthy_network_answers_nearly_everything(void **state)
{
	struct lab_options o = options_of("fault", 60);
	struct lab *lab = lab_of(&o);
	struct truth_cell update;

	(void)state;
	lab_run(lab);
	update = procedure_sum(lab, PROCEDURE_UL);
	assert_true(update.requests > 100);
	assert_true(update.outcome[CLASS_SUCCESS] * 10 > update.requests * 9);
	assert_int_equal(lab->truth.affected_count, 0);
	assert_int_equal(lab->truth.dialogues_refused + lab->agenda.refused, 0);
	lab_close(lab);
}

static void silence_of_all_leaves_requests_without_answers_and_no_update_is_tried(void **state)
{
	struct lab_options o = options_of("fault", 30);
	struct truth_cell sai;
	struct lab *lab;

	(void)state;
	o.onset_s = 0;
	fault_give(&o, "all:silent:1");
	lab = lab_of(&o);
	lab_run(lab);
	sai = procedure_sum(lab, PROCEDURE_SAI_CS);
	assert_true(sai.requests > 50);
	assert_int_equal(sai.outcome[CLASS_TIMEOUT], sai.requests);
	assert_int_equal(procedure_sum(lab, PROCEDURE_UL).requests, 0);
	lab_close(lab);
}

static void a_fault_of_blocks_hits_its_blocks_alone_and_not_before_the_onset(void **state)
{
	struct lab_options o = options_of("fault", 60);
	unsigned int blocks = 0;
	uint64_t affected = 0;
	struct lab *lab;

	(void)state;
	fault_give(&o, "blocks=10%:system-failure:1");
	lab = lab_of(&o);
	lab_run(lab);
	for (unsigned int i = 0; i < WORLD_BLOCKS; i++)
		blocks += lab->block_fails[0][i];
	assert_int_equal(blocks, 7);
	for (uint32_t i = 0; i < lab->subscriber_count; i++) {
		const struct subscriber *s = &lab->subscriber[i];

		affected += s->is_affected;
		if (s->is_affected)
			assert_true(lab->block_fails[0][s->block]);
	}
	assert_true(affected > 10);
	assert_int_equal(affected, lab->truth.affected_count);
	assert_true(lab->truth.first_failure >= LAB_EPOCH + 20 * NANOS_PER_S);
	lab_close(lab);
}

static void the_shard_of_2012_is_a_third_of_every_brand(void **state)
{
	struct lab_options o = options_of("o2-2012", 10);
	unsigned int total[BRAND_COUNT] = { 0 }, hit[BRAND_COUNT] = { 0 };
	struct lab *lab;

	(void)state;
	o.subscribers = 20000;
	lab = lab_of(&o);
	for (uint32_t i = 0; i < lab->subscriber_count; i++) {
		const struct subscriber *s = &lab->subscriber[i];

		total[s->brand]++;
		hit[s->brand] += (double)s->shard / 0x1.0p64 < 0.333;
	}
	for (unsigned int b = BRAND_O2; b <= BRAND_GIFFGAFF; b++) {
		assert_true(total[b] > 1000);
		assert_in_range(hit[b] * 100 / total[b], 28, 38);
	}
	lab_close(lab);
}

static void failed_phones_try_again_so_that_requests_rise_while_nothing_works(void **state)
{
	struct lab_options o = options_of("fault", 120);
	uint64_t healthy;
	struct lab *lab = lab_of(&o);

	(void)state;
	lab_run(lab);
	healthy = lab->truth.attempts;
	assert_true(lab->truth.retries < healthy / 20);
	lab_close(lab);
	fault_give(&o, "all:system-failure:1");
	lab = lab_of(&o);
	lab_run(lab);
	assert_true(lab->truth.attempts > healthy * 3 / 2);
	lab_close(lab);
}

static void the_unknown_give_up_so_that_requests_fall_while_nothing_works(void **state)
{
	struct lab_options o = options_of("fault", 200);
	uint64_t healthy, silent_phones = 0;
	struct lab *lab = lab_of(&o);

	(void)state;
	lab_run(lab);
	healthy = lab->truth.attempts;
	lab_close(lab);
	o.onset_s = 0;
	fault_give(&o, "all:unknown:1");
	lab = lab_of(&o);
	lab_run(lab);
	for (uint32_t i = 0; i < lab->subscriber_count; i++)
		silent_phones += lab->subscriber[i].state[DOMAIN_CS] == PHONE_STOPPED;
	assert_true(silent_phones > 300);
	assert_true(lab->truth.attempts < healthy);
	lab_close(lab);
}

static uint64_t requests_of(const struct lab *lab, bool is_diameter)
{
	uint64_t sum = 0;

	for (unsigned int p = 0; p < LAB_PROCEDURES; p++) {
		if ((lab_procedure_rows[p].context == 0) == is_diameter)
			sum += procedure_sum(lab, (enum lab_procedure)p).requests;
	}
	return sum;
}

static void the_share_of_map_can_be_chosen(void **state)
{
	struct lab_options o = options_of("fault", 20);
	struct lab *lab;
	double share;

	(void)state;
	o.rate = 500;
	o.map_share = 0.7;
	lab = lab_of(&o);
	lab_run(lab);
	/* Each of S6a is two messages; of MAP some have no answer and some have more, about two as well. */
	share = (double)requests_of(lab, false) / (double)(requests_of(lab, false) + requests_of(lab, true));
	assert_true(share > 0.64 && share < 0.76);
	lab_close(lab);
	o.map_share = 1;
	lab = lab_of(&o);
	lab_run(lab);
	assert_int_equal(requests_of(lab, true), 0);
	lab_close(lab);
}

/* Stream 0 is that of management. */
static bool lane_was_used(const struct lane *l)
{
	for (unsigned int stream = 1; stream < LANE_STREAMS; stream++) {
		if (l->side[0].stream_next[stream] > 0 || l->side[1].stream_next[stream] > 0)
			return true;
	}
	return false;
}

static void map_travels_over_as_many_associations_as_asked_for(void **state)
{
	static const unsigned int wanted[] = { 1, 3, 10, 20, 40 };

	(void)state;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		struct lab_options o = options_of("fault", 20);
		struct lab *lab;
		unsigned int used = 0;

		o.rate = 500;
		o.framing.associations = wanted[i];
		lab = lab_of(&o);
		lab_run(lab);
		assert_int_equal(lab->map_lane_count, wanted[i]);
		for (unsigned int k = 0; k < wanted[i]; k++)
			used += lane_was_used(&lab->lane[k]);
		assert_int_equal(used, wanted[i]);
		lab_close(lab);
	}
}

static void faults_that_cannot_be_understood_are_refused(void **state)
{
	static const char *const wrong[] = { "",
					     "all",
					     "all:silent",
					     "all:silent:2",
					     "all:silent:nan",
					     "all=1:silent:1",
					     "blocks=5:silent:1",
					     "blocks=0%:silent:1",
					     "hlr:silent:1",
					     "hlr=0:silent:1",
					     "brand=orange:silent:1",
					     "prefix=23x:silent:1",
					     "all:melt:1",
					     "all:silent:1x",
					     "shard=101%:silent:1" };
	char error[LAB_ERROR_MAX];
	struct lab_fault f;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(lab_fault_parse(wrong[i], &f, error));
	assert_true(lab_fault_parse("prefix=2341062:unknown:0.5", &f, error));
	assert_int_equal(f.scope, LAB_SCOPE_PREFIX);
	assert_int_equal(f.effect, LAB_EFFECT_UNKNOWN);
}

static void wrong_usage_exits_with_2_and_an_unwritable_file_with_1(void **state)
{
	char lab[] = "lab", o2[] = "o2-2012", bad[] = "--bogus", out[] = "-o", nowhere[] = "/nonexistent/x.pcap", null[] = "/dev/null";

	(void)state;
	assert_int_equal(lab_command(4, (char *[]){ lab, o2, bad, null, NULL }), 2);
	assert_int_equal(lab_command(2, (char *[]){ lab, o2, NULL }), 2);
	assert_int_equal(lab_command(3, (char *[]){ lab, out, null, NULL }), 2);
	assert_int_equal(lab_command(4, (char *[]){ lab, o2, out, nowhere, NULL }), 1);
}

static void lengths_of_ber_are_the_shortest(void **state)
{
	static const struct {
		size_t contents, header;
		uint8_t length[3];
	} cases[] = { { 127, 2, { 0x7f } }, { 128, 3, { 0x81, 0x80 } }, { 255, 3, { 0x81, 0xff } }, { 256, 4, { 0x82, 0x01, 0x00 } } };
	uint8_t bytes[300];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pen p = { .bytes = bytes, .capacity = sizeof(bytes) };
		size_t mark = pen_ber_open(&p, 0x30);

		pen_zeros(&p, cases[i].contents);
		bytes[mark] = 0xaa;
		pen_ber_close(&p, mark);
		assert_int_equal(p.length, cases[i].header + cases[i].contents);
		assert_memory_equal(bytes + 1, cases[i].length, cases[i].header - 1);
		assert_int_equal(bytes[cases[i].header], 0xaa);
	}
}

static void events_come_by_time_and_then_in_the_order_they_were_planned(void **state)
{
	static const nanos times[] = { 5, 3, 5, 1, 3 };
	static const uint32_t expected[] = { 3, 1, 4, 0, 2 };
	struct agenda a;
	struct event e;

	(void)state;
	assert_true(agenda_new(&a, 5));
	for (uint32_t i = 0; i < 5; i++)
		agenda_plan(&a, (struct event){ .time = times[i], .a = i });
	agenda_plan(&a, (struct event){ .time = 0 });
	assert_int_equal(a.refused, 1);
	for (size_t i = 0; i < 5; i++) {
		assert_true(agenda_take(&a, &e));
		assert_int_equal(e.a, expected[i]);
	}
	assert_false(agenda_take(&a, &e));
	agenda_free(&a);
}

static void the_source_gives_the_frames_of_the_lab(void **state)
{
	struct lab_options o = options_of("fault", 10);
	char error[LAB_ERROR_MAX];
	struct source *source = lab_source_open(&o, error);
	struct frame frames[SOURCE_BURST];
	struct source_statistics statistics;
	struct lab *lab = lab_of(&o);
	struct lab_frame expected;
	size_t count;

	(void)state;
	assert_non_null(source);
	while (source_burst(source, frames, SOURCE_BURST, &count) == SOURCE_MORE) {
		for (size_t i = 0; i < count; i++) {
			assert_true(lab_next(lab, &expected));
			assert_int_equal(frames[i].captured, expected.length);
			assert_memory_equal(frames[i].bytes, expected.bytes, expected.length);
		}
	}
	assert_false(lab_next(lab, &expected));
	source_statistics(source, &statistics);
	assert_int_equal(statistics.frames, lab->wire.frames);
	source_close(source);
	lab_close(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_seed_gives_the_same_bytes_and_another_gives_others),
		cmocka_unit_test(dressing_the_packets_leaves_the_story_as_it_was),
		cmocka_unit_test(every_packet_has_right_sums_and_the_next_sequence_number),
		cmocka_unit_test(a_healthy_network_answers_nearly_everything),
		cmocka_unit_test(silence_of_all_leaves_requests_without_answers_and_no_update_is_tried),
		cmocka_unit_test(a_fault_of_blocks_hits_its_blocks_alone_and_not_before_the_onset),
		cmocka_unit_test(the_shard_of_2012_is_a_third_of_every_brand),
		cmocka_unit_test(failed_phones_try_again_so_that_requests_rise_while_nothing_works),
		cmocka_unit_test(the_unknown_give_up_so_that_requests_fall_while_nothing_works),
		cmocka_unit_test(the_share_of_map_can_be_chosen),
		cmocka_unit_test(map_travels_over_as_many_associations_as_asked_for),
		cmocka_unit_test(faults_that_cannot_be_understood_are_refused),
		cmocka_unit_test(wrong_usage_exits_with_2_and_an_unwritable_file_with_1),
		cmocka_unit_test(lengths_of_ber_are_the_shortest),
		cmocka_unit_test(events_come_by_time_and_then_in_the_order_they_were_planned),
		cmocka_unit_test(the_source_gives_the_frames_of_the_lab),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
