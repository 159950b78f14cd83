/* SPDX-License-Identifier: BSD-3-Clause */
/* Missing answers by age: the alignment of cohorts, the formula, silence on healthy traffic, delays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "control/detect/survival.h"
#include "dataplane/base/hash.h"

#define TICK_S 0.2
#define LOG_A  22.4
#define WHEEL  64

static uint64_t seed;

static double uniform(void)
{
	seed += UINT64_C(0x9e3779b97f4a7c15);
	return ((double)(hash_mix(seed) >> 11) + 0.5) * 0x1p-53;
}

static double normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

static uint32_t poisson(double mean)
{
	double limit = exp(-mean), product = uniform();
	uint32_t n = 0;

	for (; product > limit; n++)
		product *= uniform();
	return n;
}

/* Answers after a lognormal time (median 60 ms, sigma 0.8), 0.3 % never. */
static double latency_draw(void)
{
	return uniform() < 0.003 ? INFINITY : 0.06 * exp(0.8 * normal());
}

static double stay_true(unsigned int j)
{
	double open[2] = { 1, 1 };

	for (unsigned int i = 0; i <= j; i++) {
		open[0] = open[1];
		open[1] = 0.003 + 0.997 * 0.5 * erfc(log(nanos_to_s(tally_checkpoint_age[i]) / 0.06) / 0.8 / M_SQRT2);
	}
	return open[1] / open[0];
}

static struct survival survival_true(void)
{
	struct survival s = { .checkpoints = TALLY_CHECKPOINTS };

	for (unsigned int j = 0; j < TALLY_CHECKPOINTS; j++)
		s.stay[j] = stay_true(j);
	return s;
}

/* A stream whose requests go unanswered from `from` on. */
struct line {
	struct survival_layout layout;
	uint32_t *slots;
	uint64_t in_flight;
	struct tally_cell wheel[WHEEL];
	double rate;
	int64_t from;
};

static void line_open(struct line *line, double rate, int64_t from)
{
	memset(line, 0, sizeof(*line));
	assert_true(survival_layout_make(&line->layout, tally_checkpoint_age, TALLY_TICK_DEFAULT));
	line->slots = calloc(line->layout.slots, sizeof(*line->slots));
	line->rate = rate;
	line->from = from;
}

static void line_tick(struct line *line, int64_t t, struct counts *ret_counts)
{
	struct tally_cell *cell = &line->wheel[t % WHEEL];
	struct survival_turn turn;

	memset(ret_counts, 0, sizeof(*ret_counts));
	cell->requests = poisson(line->rate * TICK_S);
	for (uint32_t i = 0; i < cell->requests; i++) {
		double latency = t >= line->from ? INFINITY : latency_draw();

		for (int j = 0; j < TALLY_CHECKPOINTS && latency > nanos_to_s(tally_checkpoint_age[j]); j++)
			line->wheel[(t + tally_checkpoint_age[j] / TALLY_TICK_DEFAULT) % WHEEL].pending[j]++;
	}
	survival_turn_make(&line->layout, t, &turn);
	survival_advance(&turn, line->slots, &line->in_flight, cell, ret_counts);
	memset(cell, 0, sizeof(*cell));
}

static void requests_meet_their_own_cohort_at_every_checkpoint(void **state)
{
	struct survival_layout layout;
	uint32_t slots[128] = { 0 };
	uint64_t in_flight = 0;

	(void)state;
	assert_true(survival_layout_make(&layout, tally_checkpoint_age, TALLY_TICK_DEFAULT));
	assert_true(layout.slots <= 128);
	/* Nine requests at tick 100; nine, seven, ... of them are open at 0.4, 0.6, 0.8, 1.2, 2, 4 and 8 s: ticks 102, 103, 104, 106, 110,
	 * 120, 140. */
	for (int64_t t = 100; t <= 141; t++) {
		static const int64_t at[TALLY_CHECKPOINTS] = { 102, 103, 104, 106, 110, 120, 140 };
		struct tally_cell cell = { .requests = t == 100 ? 9 : 0 };
		struct counts counts = { 0 };
		struct survival_turn turn;

		survival_turn_make(&layout, t, &turn);
		for (uint32_t j = 0; j < TALLY_CHECKPOINTS; j++)
			cell.pending[j] = t == at[j] ? 8 - j : 0;
		assert_int_equal(survival_sent(&turn, slots, 4, 0), t == 110 ? 9 : 0);
		survival_advance(&turn, slots, &in_flight, &cell, &counts);
		for (uint32_t j = 0; j < TALLY_CHECKPOINTS; j++) {
			assert_int_equal(counts.at_risk[j], t == at[j] ? 9 - j : 0);
			assert_int_equal(counts.pending[j], t == at[j] ? 8 - j : 0);
		}
		assert_int_equal(in_flight > 0, t < 140);
	}
}

/* One line is advanced in every tick, the other only with a cell and when it is due: what the second leaves out is empty in the first. */
static void ticks_that_are_left_out_would_have_said_nothing(void **state)
{
	static const nanos lengths[] = { 100 * NANOS_PER_MS, 200 * NANOS_PER_MS, NANOS_PER_S };

	(void)state;
	for (int l = 0; l < 3; l++) {
		uint32_t each[256] = { 0 }, some[256] = { 0 };
		uint64_t in_flight = 0, left = 0, due = 0;
		struct survival_layout layout;
		int64_t last = 999;

		seed = (uint64_t)l;
		assert_true(survival_layout_make(&layout, tally_checkpoint_age, lengths[l]) && layout.slots <= 256);
		for (int64_t t = 1000; t < 4000; t++, due >>= 1) {
			struct tally_cell cell = { .requests = uniform() < 0.05 ? 3 : 0,
						   .pending = { uniform() < 0.02, uniform() < 0.01 } };
			const struct tally_cell *given = cell.requests + cell.pending[0] + cell.pending[1] > 0 ? &cell : NULL;
			struct counts counts = { 0 }, again = { 0 };
			struct survival_turn turn;
			uint32_t sent;

			survival_turn_make(&layout, t, &turn);
			sent = survival_sent(&turn, each, 1, cell.requests);
			survival_advance(&turn, each, &in_flight, given, &counts);
			if (given == NULL && (due & 1) == 0) {
				assert_memory_equal(&counts, &again, sizeof(counts));
				assert_int_equal(sent, 0);
				continue;
			}
			survival_skip(&layout, some, &left, last + 1, t - 1);
			assert_int_equal(survival_sent(&turn, some, 1, cell.requests), sent);
			survival_advance(&turn, some, &left, given, &again);
			assert_memory_equal(&counts, &again, sizeof(counts));
			due |= survival_due(&layout, given, 1);
			last = t;
		}
		survival_skip(&layout, some, &left, last + 1, last + 256);
		assert_int_equal(left, 0);
	}
}

static void ages_that_are_no_whole_ticks_are_met_by_parts_of_two_ticks(void **state)
{
	const nanos ages[TALLY_CHECKPOINTS] = { 400 * NANOS_PER_MS, 2500 * NANOS_PER_MS };
	struct survival_layout layout = { .slots = 77 };
	struct survival_turn turn;
	uint32_t slots[16] = { 0 };
	uint64_t in_flight = 0;

	(void)state;
	assert_false(survival_layout_make(&layout, ages, 0));
	assert_int_equal(layout.slots, 77);
	assert_true(survival_layout_make(&layout, ages, NANOS_PER_S));
	assert_int_equal(layout.count, 2);
	/* 1000 requests in second 50, nobody is answered: 600 of them reach 0.4 s in it, 400 in the next; 2.1 s later 2.5 s. */
	for (int64_t t = 50; t <= 54; t++) {
		static const uint32_t pending[2][5] = { { 600, 400 }, { 0, 0, 540, 420, 40 } };
		struct tally_cell cell = { .requests = t == 50 ? 1000 : 0, .pending = { pending[0][t - 50], pending[1][t - 50] } };
		struct counts counts = { 0 };

		survival_turn_make(&layout, t, &turn);
		survival_advance(&turn, slots, &in_flight, &cell, &counts);
		for (int j = 0; j < 2; j++)
			assert_in_range(counts.at_risk[j], pending[j][t - 50], pending[j][t - 50] + 3);
	}
	assert_int_equal(in_flight, 0);
}

static void ticks_longer_than_every_age_hold_nearly_their_own_requests(void **state)
{
	struct survival_layout layout;
	struct survival_turn turn;
	uint32_t slots[16] = { 0 };
	uint64_t in_flight = 0;
	struct counts counts = { 0 };

	(void)state;
	assert_true(survival_layout_make(&layout, tally_checkpoint_age, 60 * NANOS_PER_S));
	assert_int_equal(layout.slots, TALLY_CHECKPOINTS);
	for (int64_t t = 7; t < 9; t++) {
		struct tally_cell cell = { .requests = 60000, .pending = { 6000, 600, 60, 50, 40, 30, 20 } };

		survival_turn_make(&layout, t, &turn);
		survival_advance(&turn, slots, &in_flight, &cell, &counts);
	}
	assert_int_equal(counts.at_risk[0], 60000);
	assert_int_equal(counts.at_risk[1], 6000);
	assert_int_equal(counts.at_risk[6], 30);
}

static void the_gain_is_that_of_the_cure_model(void **state)
{
	struct survival s = { .checkpoints = 2, .stay = { 0.02, 0.5 } };
	struct counts counts = { .at_risk = { 4, 3, 8 }, .pending = { 1, 2, 8 } };
	struct survival_first first = { 0 };
	double odds[SURVIVAL_KEYS][SEQUENTIAL_GRID], q = sequential_share[3];
	/* Odds 1.5 times: 0.02 becomes 0.03/1.01, 0.5 becomes 0.6. */
	double null[2] = { 1.5 * 0.02 / 0.98 / (1 + 1.5 * 0.02 / 0.98), 0.6 };
	double fault[2] = { q + (1 - q) * 0.02, (q + (1 - q) * 0.01) / (q + (1 - q) * 0.02) };
	double expected = log(fault[0] / null[0]) + 3 * log((1 - fault[0]) / (1 - null[0])) + 2 * log(fault[1] / null[1]) +
			  log((1 - fault[1]) / (1 - null[1]));

	(void)state;
	survival_odds(&s, &first, &counts, TICK_S, odds);
	assert_true(fabs(log(odds[SURVIVAL_ALARM][3]) - expected) < 1e-6);
}

static void an_answer_never_speaks_for_a_fault(void **state)
{
	struct survival s = survival_true();

	(void)state;
	for (unsigned int j = 0; j < TALLY_CHECKPOINTS; j++) {
		struct counts counts = { 0 };
		struct survival_first first = { 0 };
		double odds[SURVIVAL_KEYS][SEQUENTIAL_GRID];

		counts.at_risk[j] = 20;
		survival_odds(&s, &first, &counts, TICK_S, odds);
		for (int k = 0; k < SEQUENTIAL_GRID; k++)
			assert_true(odds[SURVIVAL_ALARM][k] <= 1 && odds[SURVIVAL_PAGE][k] <= 1);
	}
}

static void what_is_kept_of_a_checkpoint_follows_the_baseline_and_the_load(void **state)
{
	struct survival_first kept = { 0 };

	(void)state;
	for (int i = 0; i < 6; i++) {
		struct survival s = { .checkpoints = 2, .stay = { i / 2 % 2 == 0 ? 0.02 : 0.1, 0.5 } };
		struct counts counts = { .at_risk = { i % 2 == 0 ? 5 : 50, 2 }, .pending = { 1, 2 } };
		double odds[SURVIVAL_KEYS][SEQUENTIAL_GRID], anew[SURVIVAL_KEYS][SEQUENTIAL_GRID];
		struct survival_first first = { 0 };

		survival_odds(&s, &kept, &counts, TICK_S, odds);
		survival_odds(&s, &first, &counts, TICK_S, anew);
		assert_memory_equal(odds, anew, sizeof(odds));
	}
}

static void lost_answers_keep_requests_open_at_every_age(void **state)
{
	struct survival s = { .checkpoints = 3, .stay = { 0.1, 0.5, 0.5 } };

	(void)state;
	survival_lose(&s, 0.2);
	assert_true(fabs(survival_open(&s, 0) - (0.2 + 0.8 * 0.1)) < 1e-12);
	assert_true(fabs(survival_open(&s, 2) - (0.2 + 0.8 * 0.025)) < 1e-12);
}

static void missing_answers_are_counted_where_few_healthy_requests_come(void **state)
{
	struct survival s = { .checkpoints = 4, .stay = { 0.9, 0.5, 0.2, 0.5 } };

	(void)state;
	assert_int_equal(survival_judge(&s), 2);
	s.checkpoints = 2;
	assert_int_equal(survival_judge(&s), 1);
}

static void healthy_answers_are_silent(void **state)
{
	static const double rates[] = { 3, 30, 300 };
	long ticks = getenv("SIGCANARY_LONG") != NULL ? 1000000 : 40000;
	struct survival s = survival_true();

	(void)state;
	seed = 1;
	for (size_t i = 0; i < 3; i++) {
		struct survival_first first = { 0 };
		double r[SEQUENTIAL_GRID] = { 0 };
		double worst = 0;
		struct line line;

		line_open(&line, rates[i], INT64_MAX);
		for (int64_t t = 0; t < ticks; t++) {
			struct counts counts;
			double odds[SURVIVAL_KEYS][SEQUENTIAL_GRID];

			line_tick(&line, t, &counts);
			survival_odds(&s, &first, &counts, TICK_S, odds);
			sequential_add(r, odds[SURVIVAL_ALARM], TICK_S);
			worst = fmax(worst, sequential_mean(r));
		}
		free(line.slots);
		assert_true(log(worst) <= log((double)ticks * TICK_S) + 3);
	}
}

/* Mean seconds from the beginning of total silence to the threshold. */
static double mean_delay(double rate)
{
	struct survival s = survival_true();
	double sum = 0;

	for (int run = 0; run < 200; run++) {
		struct survival_first first = { 0 };
		double r[SEQUENTIAL_GRID] = { 0 };
		struct line line;
		int64_t t = 0;

		line_open(&line, rate, 100);
		for (; log(sequential_mean(r)) < LOG_A; t++) {
			struct counts counts;
			double odds[SURVIVAL_KEYS][SEQUENTIAL_GRID];

			line_tick(&line, t, &counts);
			survival_odds(&s, &first, &counts, TICK_S, odds);
			sequential_add(r, odds[SURVIVAL_ALARM], TICK_S);
		}
		free(line.slots);
		assert_true(t >= 100);
		sum += (double)(t - 100) * TICK_S;
	}
	return sum / 200;
}

static void total_silence_is_found_without_waiting_for_a_timeout(void **state)
{
	(void)state;
	seed = 2;
	assert_true(mean_delay(3) < 3);
	assert_true(mean_delay(30) < 1.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_meet_their_own_cohort_at_every_checkpoint),
		cmocka_unit_test(ticks_that_are_left_out_would_have_said_nothing),
		cmocka_unit_test(ages_that_are_no_whole_ticks_are_met_by_parts_of_two_ticks),
		cmocka_unit_test(ticks_longer_than_every_age_hold_nearly_their_own_requests),
		cmocka_unit_test(the_gain_is_that_of_the_cure_model),
		cmocka_unit_test(an_answer_never_speaks_for_a_fault),
		cmocka_unit_test(what_is_kept_of_a_checkpoint_follows_the_baseline_and_the_load),
		cmocka_unit_test(lost_answers_keep_requests_open_at_every_age),
		cmocka_unit_test(missing_answers_are_counted_where_few_healthy_requests_come),
		cmocka_unit_test(healthy_answers_are_silent),
		cmocka_unit_test(total_silence_is_found_without_waiting_for_a_timeout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
