/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Recovery in virtual time: requests of a place of which a share fails, second by second. A fault that stays as it is must not be called
 * better, whatever its first seconds looked like; one that is mended must be, soon.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "control/incident/case.h"
#include "control/incident/recovery.h"
#include "dataplane/base/hash.h"

#define START   (INT64_C(1342008060) * NANOS_PER_S)
#define USUAL   0.002
#define LOCATED 6 /* seconds after the onset */

static uint64_t state_of_random;

static double random_share(void)
{
	state_of_random += UINT64_C(0x9e3779b97f4a7c15);
	return (double)(hash_mix(state_of_random) >> 11) / 9007199254740992.0;
}

struct story {
	double rate;                 /* requests a second */
	double first, share;         /* that fails in the seconds before it was located, and later */
	double mended_at, left_over; /* from then on this share of the fault is left */
	int seconds;
};

/* The second in which a recovery was sure, -1: never. */
static int story_tell(const struct story *s, uint64_t seed)
{
	struct recovery r = { 0 };
	struct recovery_sum sum = { 0 };

	state_of_random = seed;
	recovery_start(&r, START, START + LOCATED * NANOS_PER_S);
	for (int second = 0; second < s->seconds; second++) {
		double share = second < LOCATED ? s->first : second >= s->mended_at ? s->share * s->left_over : s->share;

		for (double n = s->rate * 2 * random_share(); n > random_share(); n--) {
			struct recovery_request request = { .time = START + second * NANOS_PER_S, .rat = RAT_4G, .expected = USUAL };

			request.is_here = true;
			request.is_failed = random_share() < fmax(share, USUAL);
			recovery_count(&r, &request, 1);
			sum.requests++;
			sum.failed += request.is_failed;
			sum.expected += USUAL;
		}
		if (second == LOCATED)
			recovery_reference(&r, &sum, &sum);
		if (second > LOCATED)
			(void)recovery_judge(&r, START + (second + RECOVERY_LAG) * NANOS_PER_S);
		if (r.is_sure)
			return second;
	}
	return -1;
}

/* The first seconds are those in which it was found, so they look worse than it is. */
static const struct story kinds[] = {
	{ .rate = 5, .first = 0.9, .share = 0.7 },    { .rate = 30, .first = 0.9, .share = 0.7 },
	{ .rate = 100, .first = 0.75, .share = 0.7 }, { .rate = 30, .first = 0.4, .share = 0.3 },
	{ .rate = 100, .first = 0.13, .share = 0.1 }, { .rate = 300, .first = 0.04, .share = 0.03 },
	{ .rate = 300, .first = 0.4, .share = 0.3 },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))
#define SEEDS 30

static void a_fault_that_stays_is_not_called_better(void **state)
{
	unsigned int wrong = 0;

	(void)state;
	for (uint64_t i = 0; i < KINDS * SEEDS; i++) {
		struct story s = kinds[i % KINDS];

		s.seconds = 900;
		s.mended_at = 1000;
		wrong += story_tell(&s, i) >= 0;
	}
	assert_in_range(wrong, 0, 3);
}

static void a_fault_that_is_mended_is_called_better_soon(void **state)
{
	static const struct {
		double left;
		int within_s;
	} rows[] = { { 0, 20 }, { 0.3, 25 } };

	(void)state;
	for (uint64_t i = 0; i < KINDS * SEEDS; i++) {
		struct story s = kinds[i % KINDS];

		s.seconds = 400;
		s.mended_at = 300;
		s.left_over = rows[i % 2].left;
		assert_in_range(story_tell(&s, i) + 1, 1, 301 + rows[i % 2].within_s);
	}
}

/*
 * The place of a fault that takes requests of everybody at random is whatever values happened to fail: in the requests that it was chosen
 * by all fail, in those that come after no more than elsewhere.
 */
static int chosen_tell(double share, int mended_at, uint64_t seed)
{
	struct recovery r = { 0 };
	struct recovery_sum here = { 0 }, everybody = { 0 };

	state_of_random = seed;
	recovery_start(&r, START, START + LOCATED * NANOS_PER_S);
	for (int second = 0; second < 100; second++) {
		for (int n = 0; n < 30; n++) {
			struct recovery_request request = { .time = START + second * NANOS_PER_S, .rat = RAT_4G, .expected = USUAL };

			request.is_failed = random_share() < (second < mended_at ? share : USUAL);
			request.is_here = second < LOCATED ? request.is_failed : n % 3 == 0;
			recovery_count(&r, &request, 1);
			everybody.requests++;
			everybody.failed += request.is_failed;
			everybody.expected += USUAL;
			here.requests += request.is_here;
			here.failed += request.is_here && request.is_failed;
			here.expected += request.is_here ? USUAL : 0;
		}
		if (second == LOCATED)
			recovery_reference(&r, &here, &everybody);
		if (second > LOCATED)
			(void)recovery_judge(&r, START + (second + RECOVERY_LAG) * NANOS_PER_S);
		if (r.is_sure)
			return second;
	}
	return -1;
}

static void a_place_that_was_chosen_by_what_failed_is_not_called_better(void **state)
{
	unsigned int wrong = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 60; seed++)
		wrong += chosen_tell(seed % 2 ? 0.3 : 0.1, 1000, seed) >= 0;
	assert_in_range(wrong, 0, 1);
	for (uint64_t seed = 0; seed < 60; seed++)
		assert_in_range(chosen_tell(0.3, 15 + (int)(seed % 40), seed), 15 + seed % 40, 15 + seed % 40 + 25);
}

/* A network that is never without failures: what is usual is neither part of the fault nor of what is left of it, whoever is asked. */
static void a_part_that_is_all_is_as_much_restored_as_all(void **state)
{
	const double usual = 0.05;
	struct recovery r = { 0 };
	int compared = 0;

	(void)state;
	state_of_random = 7;
	recovery_start(&r, START, START);
	for (int second = 0; second < 240; second++) {
		for (int i = 0; i < 60; i++) {
			struct recovery_request request = {
				.time = START + second * NANOS_PER_S, .rat = RAT_4G, .expected = usual, .is_here = true
			};

			request.segments = UINT64_C(1) << 3;
			request.is_failed = random_share() < (second < 60 ? 0.15 : second < 120 ? 0.1 : usual);
			recovery_count(&r, &request, 1);
		}
		(void)recovery_judge(&r, START + (second + RECOVERY_LAG) * NANOS_PER_S);
		if (!r.is_sure)
			continue;
		if (second >= 200)
			assert_true(recovery_percent_of(&r, RAT_4G) >= 100);
		else if (recovery_percent_of(&r, RAT_4G) < 100)
			assert_true(fabs(recovery_percent_of(&r, RAT_4G) - r.percent) < 1);
		assert_float_equal(recovery_percent_of(&r, RAT_4G), recovery_percent_of_segment(&r, 3), 0.01);
		compared++;
	}
	assert_true(compared > 100);
	assert_true(recovery_percent_of(&r, RAT_3G) < 0);
	assert_true(recovery_percent_of_segment(&r, 0) < 0);
}

/* The requests of one second, or of as many as the rate is multiplied with. */
static unsigned int poisson(double rate)
{
	unsigned int count = 0;

	for (double left = rate + log(1 - random_share()); left > 0; left += log(1 - random_share()))
		count++;
	return count;
}

/* A fault of a minute takes that share of a place's requests; then nothing fails, and of those hit this part asks no more. */
struct ending {
	double rate, share, stays_away;
};

/* The seconds, of the last 100 of 120 after the end, in which those hit are said to have given up; nobody of them was seen again. */
static unsigned int seconds_given_up(const struct ending *ending, uint64_t seed)
{
	static struct incident c;
	unsigned int given_up = 0;

	state_of_random = seed;
	memset(&c, 0, sizeof(c));
	recovery_start(&c.recovery, START, START);
	c.rate_before = poisson(59 * ending->rate) / 59.0;
	c.place.part_count = 1;
	c.place.parts[0].share = ending->share;
	for (int second = 0; second < 180; second++) {
		double share = second < 60 ? ending->share : 0;
		double gone = second < 60 ? 0 : ending->share * ending->stays_away;

		for (unsigned int n = poisson(ending->rate * (1 - gone)); n > 0; n--) {
			struct recovery_request request = { .time = START + second * NANOS_PER_S, .rat = RAT_4G, .expected = USUAL };

			request.is_here = request.is_volume = true;
			request.is_failed = random_share() < fmax(share, USUAL);
			recovery_count(&c.recovery, &request, 1);
		}
		(void)recovery_judge(&c.recovery, START + (second + RECOVERY_LAG) * NANOS_PER_S);
		given_up += second >= 80 && case_is_given_up(&c);
	}
	return given_up;
}

static void a_few_requests_that_are_missing_by_chance_are_not_given_up(void **state)
{
	static const struct ending rows[] = { { 7, 0.3, 0 }, { 7, 0.1, 0 }, { 1, 0.9, 0 }, { 30, 0.05, 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned int stuck = 0;

		for (uint64_t seed = 0; seed < 100; seed++)
			stuck += seconds_given_up(&rows[i], seed) >= 50;
		assert_in_range(stuck, 0, 5);
	}
}

static void requests_that_stay_away_are_given_up(void **state)
{
	static const struct ending rows[] = { { 7, 0.9, 1 }, { 7, 0.5, 0.9 }, { 30, 0.3, 1 }, { 300, 0.1, 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (uint64_t seed = 0; seed < 100; seed++)
			assert_in_range(seconds_given_up(&rows[i], seed), 95, 100);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fault_that_stays_is_not_called_better),
		cmocka_unit_test(a_fault_that_is_mended_is_called_better_soon),
		cmocka_unit_test(a_few_requests_that_are_missing_by_chance_are_not_given_up),
		cmocka_unit_test(requests_that_stay_away_are_given_up),
		cmocka_unit_test(a_place_that_was_chosen_by_what_failed_is_not_called_better),
		cmocka_unit_test(a_part_that_is_all_is_as_much_restored_as_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
