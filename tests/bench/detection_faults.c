/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Faults before the whole detector, with the plan's defaults (one false page a month, one false advisory a day), baselines it has learned
 * itself, and the allowance that goes with them. There are 2,000 streams, so that those at fault have the share of the budget they would
 * have; only these carry traffic. They do not add up to the whole: each is found by itself, without help from its parent.
 *
 * Half a day of ticks is learned after three days of thin traffic, which makes the detector as old as it needs to be for its tighter
 * allowance. Faults begin with a tick, one after the other with minutes of health between; delays end with the tick of the suspicion. The
 * page is the detector's: an incident's announcement follows when its place has been found.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "tests/bench/detection.h"
#include "tests/bench/detection_traffic.h"

#define PROCEDURE    2
#define STREAMS      2000
#define THIN_TICKS   4500
#define THIN_STEP    (59 * 5)
#define LEARN_TICKS  (12 * 3600 * 5)
#define HEALTH_TICKS (150 * 5)
#define FAULT_TICKS  (60 * 5)
#define CREEP_TICKS  (3600 * 5)
#define CREEP_SHARE  0.2
#define RUNS         100
#define CREEPS       10
#define FIRST_TICK   1000

enum place { PLACE_ALL, PLACE_RANGE, PLACE_SILENT_RANGE, PLACE_SMALL_NODE, PLACE_NODE, PLACE_SILENT_NODE, PLACE_COUNT };

static const struct {
	const char *what;
	uint8_t dimension;
	double rate, rejected, swallowed;
} places[PLACE_COUNT] = {
	[PLACE_ALL] = { "2 % of the whole network (1,500/s)", DIMENSION_ALL, 1500, 0.02, 0 },
	[PLACE_RANGE] = { "one range (3/s) by rejects", DIMENSION_IMSI_PREFIX, 3, 1, 0 },
	[PLACE_SILENT_RANGE] = { "one range (3/s) by silence", DIMENSION_IMSI_PREFIX, 3, 0, 1 },
	[PLACE_SMALL_NODE] = { "one front end (44/s) hard", DIMENSION_SERVER, 44, 1, 0 },
	[PLACE_NODE] = { "one front end (229/s) hard", DIMENSION_SERVER, 229, 1, 0 },
	[PLACE_SILENT_NODE] = { "one front end (229/s) silent", DIMENSION_SERVER, 229, 0, 1 },
};

/* When the faults of one run were found, in seconds from their beginning; infinite: not. */
struct delays {
	double advisory[RUNS], page[RUNS];
};

struct scene {
	struct detector *detector;
	struct plan *plan;
	struct traffic traffic[PLACE_COUNT];
	struct traffic_state state[PLACE_COUNT];
	int64_t tick;
	struct tally_cell cells[STREAMS];
	const struct suspicion *suspicions;
	size_t suspicion_count;
};

static void scene_tick(struct scene *s, int64_t step)
{
	size_t count = 0;

	for (int p = 0; p < PLACE_COUNT; p++)
		if (traffic_tick(&s->state[p], &s->traffic[p], &s->cells[count]))
			count++;
	s->tick += step;
	s->suspicions = traffic_judge(s->detector, s->tick, s->cells, count, &s->suspicion_count);
}

/* Everybody is seen once, those at fault in the middle of their families. */
static void scene_introduce(struct scene *s)
{
	for (size_t i = 0; i < STREAMS; i++) {
		s->cells[i] = (struct tally_cell){ .requests = 1 };
		s->cells[i].key = (struct stream_key){
			.procedure = PROCEDURE,
			.dimension = i == 0        ? DIMENSION_ALL
				     : i % 10 == 0 ? DIMENSION_SERVER
						   : DIMENSION_IMSI_PREFIX,
			.value = i == 0 ? 0 : 1000 + i,
		};
		s->cells[i].outcomes[OUTCOME_SUCCESS] = 1;
	}
	s->tick = FIRST_TICK;
	traffic_judge(s->detector, s->tick, s->cells, STREAMS, &s->suspicion_count);
}

static void scene_start(struct scene *s, const struct bench *b)
{
	s->plan = traffic_plan(2 * STREAMS);
	s->detector = detector_new(s->plan);
	if (s->detector == NULL)
		exit(2);
	scene_introduce(s);
	for (int p = 0; p < PLACE_COUNT; p++) {
		s->traffic[p] = (struct traffic){
			.key = { .procedure = PROCEDURE, .dimension = places[p].dimension, .value = p == 0 ? 0 : 2000 + (uint64_t)p },
			.rate = places[p].rate,
			.network = 0.003,
			.user = 0.03,
			.precision = 200,
			.never = 0.002,
		};
		if (places[p].dimension == DIMENSION_SERVER)
			s->traffic[p].key.value = 2000 + 10 * (uint64_t)p;
		traffic_start(&s->state[p], b->seed, (uint64_t)p);
	}
	for (int i = 0; i < THIN_TICKS; i++)
		scene_tick(s, THIN_STEP);
	for (int i = 0; i < (b->is_quick ? LEARN_TICKS / 10 : LEARN_TICKS); i++)
		scene_tick(s, 1);
}

static const struct suspicion *suspicion_of(const struct scene *s, const struct stream_key *key)
{
	for (size_t i = 0; i < s->suspicion_count; i++)
		if (stream_key_compare(&s->suspicions[i].stream, key) == 0)
			return &s->suspicions[i];
	return NULL;
}

static void faults_begin(struct scene *s, unsigned int which)
{
	for (int p = 0; p < PLACE_COUNT; p++) {
		s->traffic[p].rejected = which >> p & 1 ? places[p].rejected : 0;
		s->traffic[p].swallowed = which >> p & 1 ? places[p].swallowed : 0;
	}
}

/* One fault at each of these places (a bit each), which do not touch each other; then health again. Counts what pages in health. */
static void faults_run(struct scene *s, unsigned int which, unsigned int run, struct delays delays[PLACE_COUNT], size_t *false_pages)
{
	for (int p = 0; p < PLACE_COUNT; p++)
		if (which >> p & 1)
			delays[p].advisory[run] = delays[p].page[run] = INFINITY;
	faults_begin(s, which);
	for (int t = 1; t <= FAULT_TICKS; t++) {
		scene_tick(s, 1);
		for (int p = 0; p < PLACE_COUNT; p++) {
			const struct suspicion *found = which >> p & 1 ? suspicion_of(s, &s->traffic[p].key) : NULL;

			if (found == NULL)
				continue;
			delays[p].advisory[run] = fmin(delays[p].advisory[run], t * TRAFFIC_TICK_S);
			if (found->is_page)
				delays[p].page[run] = fmin(delays[p].page[run], t * TRAFFIC_TICK_S);
		}
	}
	faults_begin(s, 0);
	for (int t = 0; t < HEALTH_TICKS; t++)
		scene_tick(s, 1);
	*false_pages += s->suspicion_count > 0 && s->suspicions[0].is_page;
}

static void place_report(struct delays delays[PLACE_COUNT], enum place p, unsigned int runs, double advisory_limit, bool is_p95,
			 double page_limit)
{
	char *what;
	double mean = bench_mean(delays[p].advisory, runs), p95 = bench_quantile(delays[p].advisory, runs, 0.95);
	double page = bench_quantile(delays[p].page, runs, 0.95);

	figure_note("faults", "%s: advisory mean %.2f s, p95 %.2f s; page mean %.2f s, p95 %.2f s", places[p].what, mean, p95,
		    bench_mean(delays[p].page, runs), page);
	if (asprintf(&what, "%s: advisory, %s", places[p].what, is_p95 ? "p95" : "mean") < 0)
		exit(2);
	figure_report(
		&(struct figure){ .goal = "faults", .what = what, .value = is_p95 ? p95 : mean, .limit = advisory_limit, .unit = "s" });
	if (asprintf(&what, "%s: page, p95", places[p].what) < 0)
		exit(2);
	figure_report(&(struct figure){
		.goal = "faults", .what = what, .value = page, .limit = page_limit, .unit = "s", .is_information = page_limit <= 0 });
}

/* A fault of the whole that grows from nothing to a fifth in an hour: the share that fails when it is found. */
static void creep_measure(struct scene *s, unsigned int runs)
{
	double found[CREEPS];

	for (unsigned int run = 0; run < runs; run++) {
		int t = 0;

		do {
			s->traffic[PLACE_ALL].rejected = CREEP_SHARE * ++t / CREEP_TICKS;
			scene_tick(s, 1);
		} while (t < CREEP_TICKS && suspicion_of(s, &s->traffic[PLACE_ALL].key) == NULL);
		found[run] = 100 * s->traffic[PLACE_ALL].rejected;
		faults_begin(s, 0);
		for (t = 0; t < 4 * HEALTH_TICKS; t++)
			scene_tick(s, 1);
	}
	figure_report(&(struct figure){ .goal = "faults",
					.what = "creep from 0 to 20 % of the whole in 60 min: share at the advisory, worst",
					.value = bench_quantile(found, runs, 1),
					.limit = 1.5,
					.unit = "%" });
}

void bench_faults(const struct bench *b)
{
	static struct delays delays[PLACE_COUNT];
	struct scene *s = calloc(1, sizeof(*s));
	unsigned int runs = b->is_quick ? RUNS / 10 : RUNS;
	size_t false_pages = 0;

	if (s == NULL)
		exit(2);
	scene_start(s, b);
	for (unsigned int run = 0; run < runs; run++)
		faults_run(s, (1U << PLACE_COUNT) - 2, run, delays, &false_pages);
	for (unsigned int run = 0; run < runs; run++)
		faults_run(s, 1U << PLACE_ALL, run, delays, &false_pages);
	place_report(delays, PLACE_RANGE, runs, 4, false, 0);
	place_report(delays, PLACE_SILENT_RANGE, runs, 4, true, 0);
	place_report(delays, PLACE_SMALL_NODE, runs, 1, false, 6);
	place_report(delays, PLACE_NODE, runs, 1, false, 6);
	place_report(delays, PLACE_SILENT_NODE, runs, 1, false, 6);
	place_report(delays, PLACE_ALL, runs, 10, false, 25);
	creep_measure(s, b->is_quick ? 2 : CREEPS);
	figure_report(&(struct figure){
		.goal = "faults", .what = "pages that stayed 150 s after their fault", .value = (double)false_pages, .limit = 0 });
	detector_free(s->detector);
	plan_free(s->plan);
	free(s);
}
