/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The simulator of ticks: it repeats, its dimensions agree in every tick, what is pending comes from what was asked, faults hit what they
 * are said to hit and nothing else, and what is drawn has the means and variances it should have.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/base/hash.h"
#include "lab/ticks.h"
#include "lab/ticks_model.h"

static struct lab_ticks_options options_of(const char *scenario, double seconds, enum lab_ticks_size size)
{
	struct lab_ticks_options o;

	lab_ticks_options_default(&o);
	o.scenario = scenario;
	o.seconds = seconds;
	o.size = size;
	return o;
}

static void fault_give(struct lab_ticks_options *o, const char *text, double from_s, double until_s)
{
	char error[LAB_ERROR_MAX];
	struct lab_ticks_fault *f = &o->faults[o->fault_count++];

	assert_true(lab_ticks_fault_parse(text, f, error));
	f->fault.from_s = from_s;
	f->fault.until_s = until_s;
}

static struct lab_ticks *ticks_of(const struct lab_ticks_options *o)
{
	char error[LAB_ERROR_MAX] = "";
	struct lab_ticks *l = lab_ticks_open(o, error);

	if (l == NULL)
		fail_msg("%s", error);
	return l;
}

static uint64_t run_hash(uint64_t seed)
{
	struct lab_ticks_options o = options_of("month", 1200, LAB_TICKS_SMALL);
	const struct hash_key key = { { 1, 2 } };
	struct lab_ticks *l;
	struct tally t;
	uint64_t sum = 0;

	o.seed = seed;
	l = ticks_of(&o);
	while (lab_ticks_next(l, &t))
		sum = hash_words(&key, sum, hash_bytes(&key, t.cells, t.count * sizeof(*t.cells)));
	lab_ticks_close(l);
	return sum;
}

static void same_seed_same_tallies(void **state)
{
	(void)state;
	assert_true(run_hash(7) == run_hash(7));
	assert_true(run_hash(7) != run_hash(8));
}

/* All counts of a cell as one number each, summed over the cells of a dimension; prefixes of one length only. */
#define WORDS (sizeof(struct tally_cell) / sizeof(uint32_t))
#define FIRST (offsetof(struct tally_cell, requests) / sizeof(uint32_t))

static void dimension_sum(const struct tally *t, enum dimension d, unsigned int length, uint64_t ret[WORDS])
{
	memset(ret, 0, WORDS * sizeof(*ret));
	for (size_t i = 0; i < t->count; i++) {
		const struct tally_cell *cell = &t->cells[i];

		if (cell->key.dimension != d || (length != 0 && digits_count(cell->key.value) != length))
			continue;
		for (size_t w = FIRST; w < WORDS; w++)
			ret[w] += ((const uint32_t *)cell)[w];
	}
}

static void tally_agrees(const struct tally *t)
{
	static const enum dimension dimensions[] = { DIMENSION_SEGMENT, DIMENSION_IMSI_BUCKET, DIMENSION_SERVER, DIMENSION_CLIENT,
						     DIMENSION_ROUTE,   DIMENSION_IMSI_ENDING, DIMENSION_PLMN,   DIMENSION_DIRECTION };
	uint64_t all[WORDS], sum[WORDS];

	dimension_sum(t, DIMENSION_ALL, 0, all);
	for (size_t d = 0; d < sizeof(dimensions) / sizeof(dimensions[0]); d++) {
		dimension_sum(t, dimensions[d], 0, sum);
		assert_memory_equal(all, sum, sizeof(all));
	}
	for (unsigned int length = TALLY_PREFIX_SHORTEST; length <= TALLY_PREFIX_LONGEST; length++) {
		dimension_sum(t, DIMENSION_IMSI_PREFIX, length, sum);
		assert_memory_equal(all, sum, sizeof(all));
	}
}

static void dimensions_agree_and_cells_are_sorted(void **state)
{
	struct lab_ticks_options o = options_of("fault", 120, LAB_TICKS_LARGE);
	struct lab_ticks *l;
	struct tally t;

	(void)state;
	fault_give(&o, "hss=2:silent:0.5", 40, 80);
	fault_give(&o, "all:storm:3", 60, 80);
	l = ticks_of(&o);
	for (size_t n = 0; lab_ticks_next(l, &t); n++) {
		assert_int_equal(t.start, LAB_EPOCH + (nanos)n * TALLY_TICK_DEFAULT);
		tally_agrees(&t);
		for (size_t i = 1; i < t.count; i++)
			assert_true(stream_key_compare(&t.cells[i - 1].key, &t.cells[i].key) < 0);
		for (size_t i = 0; i < t.count; i++) {
			const uint32_t *w = (const uint32_t *)&t.cells[i];
			uint64_t any = 0;

			for (size_t j = FIRST; j < WORDS; j++)
				any += w[j];
			assert_true(any > 0);
		}
	}
	lab_ticks_close(l);
}

static const struct tally_cell *cell_in(const struct tally *t, procedure p, enum dimension d, uint64_t value)
{
	struct stream_key key = { .value = value, .procedure = p, .dimension = (uint8_t)d };

	return bsearch(&key, t->cells, t->count, sizeof(*t->cells), stream_key_compare);
}

/* What reached a checkpoint in a tick was open at the one before, as many ticks ago as lie between the ages; nothing is lost. */
static void pending_requests_are_of_their_cohort(void **state)
{
	struct lab_ticks_options o = options_of("fault", 240, LAB_TICKS_MEDIUM);
	static uint32_t open[TALLY_CHECKPOINTS + 1][1200];
	procedure p = procedure_of_name("s6a.ulr");
	uint64_t requests = 0, ended = 0;
	struct lab_ticks *l;
	struct tally t;
	size_t n = 0;

	(void)state;
	fault_give(&o, "hss=1:silent:0.8", 60, 120);
	l = ticks_of(&o);
	for (; lab_ticks_next(l, &t); n++) {
		const struct tally_cell *c = cell_in(&t, p, DIMENSION_ALL, 0);

		for (unsigned int j = 0; j <= TALLY_CHECKPOINTS; j++)
			open[j][n] = c == NULL ? 0 : j == 0 ? c->requests : c->pending[j - 1];
		requests += c == NULL ? 0 : c->requests;
		for (unsigned int k = OUTCOME_SUCCESS; k <= OUTCOME_TIMEOUT; k++)
			ended += c == NULL ? 0 : c->outcomes[k];
	}
	lab_ticks_close(l);
	assert_int_equal(n, 1200);
	for (unsigned int j = 1; j <= TALLY_CHECKPOINTS; j++) {
		nanos before = j == 1 ? 0 : tally_checkpoint_age[j - 2];
		size_t delay = (size_t)((tally_checkpoint_age[j - 1] - before) / TALLY_TICK_DEFAULT);

		for (size_t i = delay; i < n; i++)
			assert_true(open[j][i] <= open[j - 1][i - delay]);
	}
	/* What the end of the run cut off is at most what was asked in its last timeout. */
	assert_true(ended <= requests && requests - ended < requests / 20);
}

static void sums_of(const struct lab_ticks_options *o, double from_s, double until_s, procedure p, enum dimension d, uint64_t value,
		    uint64_t ret[WORDS])
{
	struct lab_ticks *l = ticks_of(o);
	struct tally t;

	memset(ret, 0, WORDS * sizeof(*ret));
	while (lab_ticks_next(l, &t)) {
		double at_s = nanos_to_s(t.start - l->start);
		const struct tally_cell *c = cell_in(&t, p, d, value);

		for (size_t w = FIRST; w < WORDS && c != NULL && at_s >= from_s && at_s < until_s; w++)
			ret[w] += ((const uint32_t *)c)[w];
	}
	lab_ticks_close(l);
}

#define OF(sums, field) ((double)(sums)[TICKS_FIELD(field)])

static node node_of(const struct lab_ticks_options *o, enum ticks_family f, unsigned int number)
{
	struct lab_ticks *l = ticks_of(o);
	node n = l->family[f].name[number - 1];

	lab_ticks_close(l);
	return n;
}

static void a_silent_node_answers_nothing_and_its_siblings_do(void **state)
{
	struct lab_ticks_options o = options_of("fault", 400, LAB_TICKS_MEDIUM);
	procedure p = procedure_of_name("s6a.air");
	uint64_t hit[WORDS], spared[WORDS];

	(void)state;
	fault_give(&o, "hss=3:silent:1", 100, 400);
	sums_of(&o, 130, 380, p, DIMENSION_SERVER, node_of(&o, FAMILY_HSS, 3), hit);
	sums_of(&o, 130, 380, p, DIMENSION_SERVER, node_of(&o, FAMILY_HSS, 4), spared);
	assert_true(OF(hit, requests) > 300);
	assert_true(hit[TICKS_FIELD(outcomes) + OUTCOME_SUCCESS] == 0);
	assert_true(fabs(OF(hit, pending) / OF(hit, requests) - 1) < 0.05);
	assert_true(OF(hit, outcomes[OUTCOME_TIMEOUT]) > 0.9 * OF(hit, requests));
	assert_true(OF(spared, outcomes[OUTCOME_TIMEOUT]) < 0.02 * OF(spared, requests));
	/* Phones ask again. */
	assert_true(OF(hit, requests) > 2 * OF(spared, requests));
	assert_true(OF(hit, repeats) > 0.5 * OF(hit, requests));
}

static void partitions_hit_their_values_only(void **state)
{
	struct lab_ticks_options o = options_of("fault", 300, LAB_TICKS_SMALL);
	procedure p = procedure_of_name("s6a.ulr");
	uint64_t in[WORDS], out[WORDS];

	(void)state;
	fault_give(&o, "digit=7:system-failure:0.5", 0, 300);
	fault_give(&o, "bucket=3-5:unknown:0.5", 0, 300);
	sums_of(&o, 10, 300, p, DIMENSION_IMSI_ENDING, 47, in);
	sums_of(&o, 10, 300, p, DIMENSION_IMSI_ENDING, 46, out);
	assert_true(OF(in, outcomes[OUTCOME_NETWORK]) > 0.3 * OF(in, requests));
	assert_true(OF(out, outcomes[OUTCOME_NETWORK]) < 0.12 * OF(out, requests));
	sums_of(&o, 10, 300, p, DIMENSION_IMSI_BUCKET, 4, in);
	sums_of(&o, 10, 300, p, DIMENSION_IMSI_BUCKET, 6, out);
	assert_true(OF(in, outcomes[OUTCOME_NETWORK]) > 0.3 * OF(in, requests));
	assert_true(OF(out, outcomes[OUTCOME_NETWORK]) < 0.25 * OF(out, requests));
}

static void volume_and_latency_are_factors(void **state)
{
	struct lab_ticks_options o = options_of("fault", 600, LAB_TICKS_SMALL), healthy;
	procedure p = procedure_of_name("s6a.ulr");
	uint64_t before[WORDS], gone[WORDS], more[WORDS], slow[WORDS];
	double usual = 0, slower = 0;

	(void)state;
	o.noise = 0;
	healthy = o;
	fault_give(&o, "mme=1:volume:0", 300, 600);
	fault_give(&o, "mme=2:volume:4", 300, 600);
	fault_give(&o, "mme=3:slow:8", 300, 600);
	sums_of(&healthy, 310, 600, p, DIMENSION_CLIENT, node_of(&o, FAMILY_MME, 2), before);
	sums_of(&o, 310, 600, p, DIMENSION_CLIENT, node_of(&o, FAMILY_MME, 1), gone);
	sums_of(&o, 310, 600, p, DIMENSION_CLIENT, node_of(&o, FAMILY_MME, 2), more);
	sums_of(&o, 310, 600, p, DIMENSION_CLIENT, node_of(&o, FAMILY_MME, 3), slow);
	assert_true(OF(gone, requests) < 0.02 * OF(before, requests));
	assert_true(fabs(OF(more, requests) / OF(before, requests) - 4) < 0.4);
	for (unsigned int b = 9; b < TALLY_LATENCY_BINS; b++) {
		usual += (double)before[TICKS_FIELD(latency) + b] / OF(before, outcomes[OUTCOME_SUCCESS]);
		slower += (double)slow[TICKS_FIELD(latency) + b] / OF(slow, outcomes[OUTCOME_SUCCESS]);
	}
	/* Above 256 ms: 3.5 % of a median of 60 ms, 77 % of one of 480 ms. */
	assert_true(usual > 0.02 && usual < 0.06);
	assert_true(slower > 0.7 && slower < 0.85);
}

static void a_month_has_its_changes(void **state)
{
	struct lab_ticks_options o = options_of("month", -1, LAB_TICKS_USUAL);
	struct lab_ticks *l = ticks_of(&o);
	struct plan plan = { 0 };
	size_t count, blips = 0, faults = 0, tickets = 0;
	const struct lab_ticks_truth *truth = lab_ticks_truth(l, &count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_true(truth[i].onset >= l->start && truth[i].until <= l->end + 4 * NANOS_PER_S);
		blips += truth[i].is_blip;
		faults += !truth[i].is_change;
		tickets += truth[i].demand == LAB_TICKET;
		assert_true(truth[i].demand != LAB_PAGE);
	}
	assert_true(blips > 380 && blips < 580);
	assert_int_equal(faults, 0);
	assert_int_equal(tickets, 2);
	lab_ticks_plan(l, &plan);
	assert_int_equal(plan.calendar.maintenance_count, 1);
	assert_int_equal(plan.calendar.holiday_count, 1);
	assert_int_equal(plan.segment_count, 5);
	assert_true(l->end - l->start == 30 * 86400 * NANOS_PER_S);
	/* Nothing jumps from one minute to the next but the clock of the people. */
	for (nanos t = l->start; t < l->end; t += 60 * NANOS_PER_S) {
		double now = ticks_season(l, t), then = ticks_season(l, t + 60 * NANOS_PER_S);
		bool is_clock = fabs(nanos_to_s(t - l->start) - l->epochs.clock_from_s) <= 60;

		assert_true(is_clock || fabs(then / now - 1) < 0.02);
	}
	lab_ticks_close(l);
}

static void a_new_range_comes_in_the_course_of_the_month(void **state)
{
	struct lab_ticks_options o = options_of("month", 3000, LAB_TICKS_SMALL);
	digits range = 0;
	uint64_t before[WORDS], after[WORDS];
	procedure p = procedure_of_name("s6a.ulr");

	(void)state;
	assert_true(digits_read_text("2341090", 7, &range));
	sums_of(&o, 0, 600, p, DIMENSION_IMSI_PREFIX, range, before);
	sums_of(&o, 700, 3000, p, DIMENSION_IMSI_PREFIX, range, after);
	assert_true(OF(before, requests) == 0);
	assert_true(OF(after, requests) > 500);
	assert_true(OF(after, outcomes[OUTCOME_USER]) / OF(after, requests) > 0.22);
	assert_true(OF(after, outcomes[OUTCOME_USER]) / OF(after, requests) < 0.4);
}

static void every_story_runs(void **state)
{
	(void)state;
	for (size_t i = 0; scenario_at(i) != NULL; i++) {
		struct lab_ticks_options o = options_of(scenario_at(i)->name, 90, LAB_TICKS_USUAL);
		struct lab_ticks *l = ticks_of(&o);
		size_t notices = 0, count = 0;
		uint64_t cells = 0;
		struct tally t;

		while (lab_ticks_next(l, &t)) {
			const struct lab_ticks_notice *n = lab_ticks_notices(l, &count);

			cells += t.count;
			notices += count;
			for (size_t j = 0; j < count; j++)
				assert_true(n[j].time >= t.start && n[j].time < t.start + t.length);
		}
		assert_true(cells > 10000);
		assert_true(scenario_at(i)->event_count == 0 || notices > 0 || strcmp(scenario_at(i)->name, "mass-dereg-2024") == 0 ||
			    strcmp(scenario_at(i)->name, "poison-message-2016") == 0);
		assert_true(lab_ticks_done(l) == 1);
		lab_ticks_close(l);
	}
}

static void nonsense_is_refused(void **state)
{
	static const char *const wrong[] = { "",
					     "all",
					     "all:silent",
					     "all:silent:2",
					     "hss=x:silent:1",
					     "bucket=64:silent:1",
					     "digit=12:silent:1",
					     "all:volume:-1",
					     "all:slow:x",
					     "nobody=1:silent:1" };
	struct lab_ticks_options o = options_of("no-such-story", 60, LAB_TICKS_USUAL);
	char error[LAB_ERROR_MAX];
	struct lab_ticks_fault f;
	uint32_t set;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(lab_ticks_fault_parse(wrong[i], &f, error));
	assert_false(lab_ticks_procedures_parse("map.updateLocation,map.nothing", &set, error));
	assert_true(lab_ticks_procedures_parse("map.updateLocation,s6a.ulr", &set, error));
	assert_int_equal(set, LAB_SET(UL) | LAB_SET(ULR));
	assert_null(lab_ticks_open(&o, error));
	o = options_of("fault", 60, LAB_TICKS_SMALL);
	fault_give(&o, "vlr=1:silent:1", 10, 60);
	assert_null(lab_ticks_open(&o, error));
	o = options_of("fault", 60, LAB_TICKS_SMALL);
	o.tick = 7;
	assert_null(lab_ticks_open(&o, error));
}

static void counts_have_the_mean_and_variance_of_poisson(void **state)
{
	static const double means[] = { 0.01, 0.7, 5, 11.9, 12.1, 60, 5000 };
	struct chance c;

	(void)state;
	chance_seed(&c, 5);
	for (size_t i = 0; i < sizeof(means) / sizeof(means[0]); i++) {
		double sum = 0, squares = 0, n = 200000, error;

		for (double k = 0; k < n; k++) {
			double x = (double)draw_poisson(&c, means[i]) - means[i];

			sum += x;
			squares += x * x;
		}
		error = sqrt(means[i] / n);
		assert_true(fabs(sum / n) < 5 * error);
		/* The variance of a squared deviation is 2 m^2 + m. */
		assert_true(fabs(squares / n - means[i]) < 5 * sqrt((2 * means[i] * means[i] + means[i]) / n));
	}
}

static void gusts_have_mean_one_and_the_variance_of_their_shape(void **state)
{
	static const double shapes[] = { 0.4, 1, 3, 50 };
	struct chance c;

	(void)state;
	chance_seed(&c, 6);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		double sum = 0, squares = 0, n = 200000;

		for (double k = 0; k < n; k++) {
			double x = draw_gamma(&c, shapes[i]) - 1;

			sum += x;
			squares += x * x;
		}
		assert_true(fabs(sum / n) < 5 * sqrt(1 / shapes[i] / n));
		assert_true(fabs(squares / n * shapes[i] - 1) < 5 * sqrt((2 + 6 / shapes[i]) / n));
	}
}

static void tables_draw_by_weight(void **state)
{
	static const double weights[] = { 0, 1, 2, 4, 0.5 };
	double seen[5] = { 0 }, n = 400000;
	struct draw_table t;
	struct chance c;

	(void)state;
	chance_seed(&c, 7);
	draw_table_make(&t, weights, 5);
	for (double k = 0; k < n; k++)
		seen[draw_value(&t, chance_word(&c))]++;
	for (size_t i = 0; i < 5; i++)
		assert_true(fabs(seen[i] / n - weights[i] / 7.5) < 5 * sqrt(weights[i] / 7.5 / n) + 1e-9);
	assert_true(fabs(draw_quantile(0.5)) < 1e-9);
	assert_true(fabs(draw_quantile(0.975) - 1.959963985) < 1e-7);
	assert_true(fabs(draw_quantile(1e-6) + 4.753424309) < 1e-6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_seed_same_tallies),
		cmocka_unit_test(dimensions_agree_and_cells_are_sorted),
		cmocka_unit_test(pending_requests_are_of_their_cohort),
		cmocka_unit_test(a_silent_node_answers_nothing_and_its_siblings_do),
		cmocka_unit_test(partitions_hit_their_values_only),
		cmocka_unit_test(volume_and_latency_are_factors),
		cmocka_unit_test(a_month_has_its_changes),
		cmocka_unit_test(a_new_range_comes_in_the_course_of_the_month),
		cmocka_unit_test(every_story_runs),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(counts_have_the_mean_and_variance_of_poisson),
		cmocka_unit_test(gusts_have_mean_one_and_the_variance_of_their_shape),
		cmocka_unit_test(tables_draw_by_weight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
