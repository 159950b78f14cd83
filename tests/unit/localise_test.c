/* SPDX-License-Identifier: BSD-3-Clause */
/* Places of faults from made-up requests: 60 blocks of seven digits, three servers, six clients, three segments, varied seeds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "control/incident/chance.h"
#include "control/incident/localise.h"

#define BLOCKS   60
#define BASELINE 0.01
#define SEEDS    4

static uint64_t state_of_random;

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

/* Subscriber `s` of block `b`: 23410 bb ssssssss; blocks 0 to 4 are a brand of their own. */
static digits subscriber_number(unsigned int b, unsigned int s)
{
	char text[64];

	snprintf(text, sizeof(text), "23410%02u%08u", b, s * 7919 % 100000000);
	return number(text);
}

static node server_number(unsigned int n)
{
	return node_of_digits(number("447802000001") + ((uint64_t)n << 16));
}

static node client_number(unsigned int n)
{
	return node_of_digits(number("447802000101") + ((uint64_t)n << 16));
}

struct request {
	unsigned int block;
	unsigned int subscriber;
	struct sample sample;
};

/* Whether the fault takes this request. */
typedef bool (*fault)(const struct request *r);

/* `attempts` requests of 400 subscribers a block; a subscriber that fails tries four times. Servers by subscriber, clients at random. */
static void requests_make(struct samples *s, unsigned int attempts, fault is_hit, bool is_before)
{
	for (unsigned int i = 0; i < attempts; i++) {
		struct request r = { .block = random_below(BLOCKS), .subscriber = random_below(400) };

		r.sample.imsi = subscriber_number(r.block, r.subscriber);
		r.sample.server = server_number((unsigned int)(hash_mix(r.sample.imsi) % 3));
		r.sample.client = client_number(random_below(6));
		r.sample.segments = 1 | (r.block < 5 ? 2 : 4);
		r.sample.is_before = is_before;
		r.sample.is_failing = random_share() < BASELINE;
		if (!is_before && is_hit(&r)) {
			r.sample.is_failing = true;
			r.sample.is_silent = true;
		}
		for (int tries = r.sample.is_failing ? 4 : 1; tries > 0; tries--)
			samples_add(s, &r.sample);
	}
}

static struct place found;
static bool is_by_chance; /* for sure */

static bool is_in_place(digits imsi, node server, node client)
{
	struct place_request r = { .imsi = imsi, .server = server, .client = client };

	return place_has(&found, &r);
}

static void story(uint64_t seed, unsigned int attempts, fault is_hit)
{
	static const struct hash_key key = { { 1, 2 } };
	struct samples s;

	state_of_random = seed * 1000003;
	assert_true(samples_make(&s, &key));
	requests_make(&s, 2000, is_hit, true);
	requests_make(&s, attempts, is_hit, false);
	place_find(&s, BASELINE, &found);
	is_by_chance = place_is_everywhere(&found) && chance_is_sure(&s, BASELINE);
	samples_free(&s);
}

static size_t prefixes_found(digits prefixes[INCIDENT_PREFIXES_MAX])
{
	return place_prefixes(&found, prefixes);
}

static bool block_of_every_third(const struct request *r)
{
	return r->block % 10 == 3 || r->block % 10 == 5 || r->block % 10 == 8;
}

static void thirty_percent_of_the_blocks_silent_gives_exactly_those_blocks(void **state)
{
	digits prefixes[INCIDENT_PREFIXES_MAX];
	struct incident_node nodes[INCIDENT_NODES_MAX];

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		size_t count;

		story(seed, 3000, block_of_every_third);
		count = prefixes_found(prefixes);
		assert_int_equal(count, 18);
		for (size_t i = 0; i < count; i++) {
			struct request r = { .block = 10 * digits_at(prefixes[i], 5) + digits_at(prefixes[i], 6) };

			assert_int_equal(digits_count(prefixes[i]), 7);
			assert_true(block_of_every_third(&r));
		}
		assert_int_equal(place_nodes(&found, nodes), 0);
	}
}

static void a_block_with_hardly_any_request_is_not_guessed(void **state)
{
	digits prefixes[INCIDENT_PREFIXES_MAX];

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		size_t count;
		size_t wrong = 0;

		story(seed, 150, block_of_every_third);
		count = prefixes_found(prefixes);
		for (size_t i = 0; i < count; i++) {
			struct request r = { .block = 10 * digits_at(prefixes[i], 5) + digits_at(prefixes[i], 6) };

			wrong += digits_count(prefixes[i]) < 7 || !block_of_every_third(&r);
		}
		assert_int_equal(wrong, 0);
	}
}

static bool random_third(const struct request *r)
{
	return hash_mix(r->sample.imsi * 31) % 3 == 0;
}

static void a_random_third_has_no_prefixes_and_no_nodes_early_or_late(void **state)
{
	static const unsigned int attempts[] = { 60, 300, 1500, 6000, 20000 };
	digits prefixes[INCIDENT_PREFIXES_MAX];
	struct incident_node nodes[INCIDENT_NODES_MAX];

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
			story(seed, attempts[i], random_third);
			assert_true(place_is_everywhere(&found));
			assert_int_equal(prefixes_found(prefixes), 0);
			assert_int_equal(place_nodes(&found, nodes), 0);
		}
		assert_int_equal(found.segments, 7); /* all of them: none is to blame */
	}
}

static bool one_server(const struct request *r)
{
	return r->sample.server == server_number(1);
}

static void one_of_three_servers_is_named_and_no_prefixes(void **state)
{
	digits prefixes[INCIDENT_PREFIXES_MAX];
	struct incident_node nodes[INCIDENT_NODES_MAX];

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		for (unsigned int attempts = 100; attempts <= 10000; attempts *= 10) {
			story(seed, attempts, one_server);
			assert_int_equal(prefixes_found(prefixes), 0);
			assert_int_equal(place_nodes(&found, nodes), 1);
			assert_true(nodes[0].is_server);
			assert_int_equal(nodes[0].node, server_number(1));
		}
	}
}

static bool one_client(const struct request *r)
{
	return r->sample.client == client_number(4);
}

static void one_client_is_named(void **state)
{
	struct incident_node nodes[INCIDENT_NODES_MAX];

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		story(seed, 1000, one_client);
		assert_int_equal(place_nodes(&found, nodes), 1);
		assert_false(nodes[0].is_server);
		assert_int_equal(nodes[0].node, client_number(4));
	}
}

static bool a_path(const struct request *r)
{
	return one_client(r) && one_server(r);
}

static void a_broken_path_names_both_ends(void **state)
{
	struct incident_node nodes[INCIDENT_NODES_MAX];

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		story(seed, 3000, a_path);
		assert_int_equal(place_nodes(&found, nodes), 2);
		assert_int_equal(nodes[0].node, server_number(1));
		assert_int_equal(nodes[1].node, client_number(4));
		assert_false(is_in_place(1, server_number(1), client_number(3)));
		assert_true(is_in_place(1, server_number(1), client_number(4)));
	}
}

static bool a_brand(const struct request *r)
{
	return r->block < 5;
}

static void the_blocks_of_a_brand_are_named_and_nothing_that_works_is_covered(void **state)
{
	digits prefixes[INCIDENT_PREFIXES_MAX];

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		story(seed, 3000, a_brand);
		assert_int_equal(prefixes_found(prefixes), 5);
		assert_int_equal(prefixes[0], number("2341000"));
		assert_int_equal(prefixes[4], number("2341004"));
		assert_int_equal(found.segments, 2);
		assert_int_equal(found.only_segments, 2);
	}
}

static bool ten_neighbours(const struct request *r)
{
	return r->block / 10 == 2;
}

static void ten_neighbouring_blocks_are_one_shorter_prefix(void **state)
{
	digits prefixes[INCIDENT_PREFIXES_MAX];

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		story(seed, 3000, ten_neighbours);
		assert_int_equal(prefixes_found(prefixes), 1);
		assert_int_equal(prefixes[0], number("234102"));
	}
}

static bool half_of_a_brand(const struct request *r)
{
	return r->block < 5 && hash_mix(r->sample.imsi) % 2;
}

static void half_of_a_brand_at_random_is_that_brand(void **state)
{
	digits prefixes[INCIDENT_PREFIXES_MAX];

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		story(seed, 6000, half_of_a_brand);
		assert_int_equal(prefixes_found(prefixes), 5);
		assert_int_equal(found.segments, 2);
	}
}

static bool two_faults(const struct request *r)
{
	return one_server(r) || r->block == 41 || r->block == 17;
}

static void a_server_and_two_blocks_are_both_found(void **state)
{
	digits prefixes[INCIDENT_PREFIXES_MAX];
	struct incident_node nodes[INCIDENT_NODES_MAX];

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		story(seed, 6000, two_faults);
		assert_int_equal(place_nodes(&found, nodes), 1);
		assert_int_equal(nodes[0].node, server_number(1));
		assert_int_equal(prefixes_found(prefixes), 2);
		assert_int_equal(prefixes[0], number("2341017"));
		assert_int_equal(prefixes[1], number("2341041"));
	}
}

static bool third_and_server(const struct request *r)
{
	return one_server(r) || hash_mix(r->sample.imsi * 31) % 5 == 0;
}

static void a_random_share_beside_a_dead_server_names_the_server_and_everywhere(void **state)
{
	digits prefixes[INCIDENT_PREFIXES_MAX];
	struct incident_node nodes[INCIDENT_NODES_MAX];

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		story(seed, 6000, third_and_server);
		assert_int_equal(prefixes_found(prefixes), 0);
		assert_int_equal(place_nodes(&found, nodes), 1);
		assert_true(place_is_everywhere(&found));
	}
}

static bool everything(const struct request *r)
{
	(void)r;
	return true;
}

static void when_all_fail_there_are_no_prefixes(void **state)
{
	digits prefixes[INCIDENT_PREFIXES_MAX];

	(void)state;
	story(3, 500, everything);
	assert_true(place_is_everywhere(&found));
	assert_int_equal(prefixes_found(prefixes), 0);
}

static void an_stp_that_returns_what_was_meant_for_a_dead_server_is_a_stand_in(void **state)
{
	static const struct hash_key key = { { 1, 2 } };
	const node stp = node_of_point_code(300);
	struct incident_node nodes[INCIDENT_NODES_MAX];
	struct samples s;

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		state_of_random = seed;
		assert_true(samples_make(&s, &key));
		requests_make(&s, 1000, one_server, true);
		requests_make(&s, 1000, one_server, false);
		for (size_t i = 0; i < s.count; i++) {
			struct sample *sample = &s.list[i];

			if (sample->is_before || sample->server != server_number(1))
				continue;
			sample->server = stp; /* UDTS, Q.713 4.11: answered, by somebody else */
			sample->is_silent = false;
		}
		place_find(&s, BASELINE, &found);
		assert_int_equal(found.stand_in, stp);
		assert_int_equal(found.vanished_count, 1);
		assert_int_equal(found.vanished[0], server_number(1));
		assert_int_equal(place_nodes(&found, nodes), 2);
		samples_free(&s);
	}
}

static void the_retries_of_one_phone_do_not_convict_its_block(void **state)
{
	static const struct hash_key key = { { 1, 2 } };
	digits prefixes[INCIDENT_PREFIXES_MAX];
	struct samples s;

	(void)state;
	state_of_random = 5;
	assert_true(samples_make(&s, &key));
	requests_make(&s, 3000, block_of_every_third, false);
	for (int i = 0; i < 30; i++)
		samples_add(&s, &(struct sample){ .imsi = subscriber_number(20, 999999), .server = server_number(0), .is_failing = true });
	place_find(&s, BASELINE, &found);
	assert_int_equal(prefixes_found(prefixes), 18);
	assert_false(is_in_place(subscriber_number(20, 1), 0, 0));
	samples_free(&s);
}

static void more_requests_than_room_are_thinned_without_moving_the_place(void **state)
{
	digits prefixes[INCIDENT_PREFIXES_MAX];

	(void)state;
	story(2, 90000, block_of_every_third);
	assert_int_equal(prefixes_found(prefixes), 18);
}

static void it_is_sure_that_it_is_by_chance_only_when_whole_blocks_are_ruled_out(void **state)
{
	static const unsigned int attempts[] = { 20, 40, 80, 160, 320, 640 };

	(void)state;
	for (uint64_t seed = 1; seed <= 5 * SEEDS; seed++) {
		for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
			story(seed, attempts[i], block_of_every_third);
			assert_false(is_by_chance);
		}
		story(seed, 640, random_third);
		assert_true(is_by_chance);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thirty_percent_of_the_blocks_silent_gives_exactly_those_blocks),
		cmocka_unit_test(a_block_with_hardly_any_request_is_not_guessed),
		cmocka_unit_test(a_random_third_has_no_prefixes_and_no_nodes_early_or_late),
		cmocka_unit_test(it_is_sure_that_it_is_by_chance_only_when_whole_blocks_are_ruled_out),
		cmocka_unit_test(one_of_three_servers_is_named_and_no_prefixes),
		cmocka_unit_test(one_client_is_named),
		cmocka_unit_test(a_broken_path_names_both_ends),
		cmocka_unit_test(the_blocks_of_a_brand_are_named_and_nothing_that_works_is_covered),
		cmocka_unit_test(ten_neighbouring_blocks_are_one_shorter_prefix),
		cmocka_unit_test(half_of_a_brand_at_random_is_that_brand),
		cmocka_unit_test(a_server_and_two_blocks_are_both_found),
		cmocka_unit_test(a_random_share_beside_a_dead_server_names_the_server_and_everywhere),
		cmocka_unit_test(when_all_fail_there_are_no_prefixes),
		cmocka_unit_test(an_stp_that_returns_what_was_meant_for_a_dead_server_is_a_stand_in),
		cmocka_unit_test(the_retries_of_one_phone_do_not_convict_its_block),
		cmocka_unit_test(more_requests_than_room_are_thinned_without_moving_the_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
