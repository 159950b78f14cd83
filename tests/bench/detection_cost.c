/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the detector costs: ticks of 10,000 streams, made beforehand, through detector_tick(). The share of a core is processor time by
 * traffic time at 200 ms. Streams are those of a probe: procedures with their prefixes, buckets, nodes, below one whole each.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/config.h"
#include "tests/bench/detection.h"
#include "tests/bench/detection_traffic.h"

#define STREAMS    10000
#define PROCEDURES 5
#define LEARN      1500 /* ticks: five minutes */
#define TIMED      1000
#define FIRST      1000

static const procedure procedures[PROCEDURES] = { 2, 23, 56, 300, 301 };

struct load {
	const char *what;
	double rate;   /* of a stream, per second */
	double spread; /* sigma of the lognormal sizes of streams */
};

struct fleet {
	struct traffic traffic[STREAMS];
	struct traffic_state state[STREAMS];
	struct tally_cell cells[STREAMS];
	size_t count;
};

static void fleet_make(struct fleet *f, const struct bench *b, const struct load *load)
{
	static const uint8_t dimensions[] = { DIMENSION_IMSI_PREFIX, DIMENSION_IMSI_PREFIX, DIMENSION_IMSI_PREFIX,
					      DIMENSION_CLIENT,      DIMENSION_IMSI_ENDING, DIMENSION_SERVER };
	struct draw d;

	draw_seed(&d, b->seed, 1);
	for (size_t i = 0; i < STREAMS; i++) {
		bool is_whole = i < PROCEDURES;
		double size = exp(load->spread * draw_normal(&d) - load->spread * load->spread / 2);

		f->traffic[i] = (struct traffic){
			.key = { .procedure = procedures[i % PROCEDURES],
				 .dimension = is_whole ? DIMENSION_ALL : dimensions[i % (sizeof(dimensions))],
				 .value = is_whole ? 0 : 1 + i },
			.rate = is_whole ? 600 : load->rate * size,
			.network = 0.003,
			.user = 0.04,
			.precision = 200,
			.never = 0.002,
		};
		traffic_start(&f->state[i], b->seed, 100 + i);
	}
}

static void fleet_tick(struct fleet *f)
{
	f->count = 0;
	for (size_t i = 0; i < STREAMS; i++)
		if (traffic_tick(&f->state[i], &f->traffic[i], &f->cells[f->count]))
			f->count++;
}

static double processor_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void load_measure(const struct bench *b, struct fleet *f, const struct load *load)
{
	struct plan *plan = traffic_plan(2 * STREAMS);
	struct detector *d = detector_new(plan);
	unsigned int timed = b->is_quick ? TIMED / 10 : TIMED, learn = b->is_quick ? LEARN / 3 : LEARN;
	double spent = 0, cells = 0;
	char *what;

	if (d == NULL)
		exit(2);
	fleet_make(f, b, load);
	for (unsigned int t = 0; t < learn + timed; t++) {
		struct tally tally = { .start = (FIRST + t) * TALLY_TICK_DEFAULT, .length = TALLY_TICK_DEFAULT, .cells = f->cells };
		size_t count;
		double before;

		fleet_tick(f);
		tally.count = f->count;
		qsort(f->cells, f->count, sizeof(*f->cells), stream_key_compare);
		before = processor_s();
		detector_tick(d, &tally, &count);
		if (t >= learn) {
			spent += processor_s() - before;
			cells += (double)f->count;
		}
	}
	if (asprintf(&what, "detector, 10,000 streams at 200 ms, %s: share of a core", load->what) < 0)
		exit(2);
	figure_note("cost", "%s: %.2f ms a tick, %.0f cells in it, %.0f ns a stream", load->what, 1e3 * spent / timed, cells / timed,
		    1e9 * spent / timed / STREAMS);
	figure_report(
		&(struct figure){ .goal = "cost", .what = what, .value = 100 * spent / timed / TRAFFIC_TICK_S, .limit = 5, .unit = "%" });
	detector_free(d);
	plan_free(plan);
}

void bench_cost(const struct bench *b)
{
	static const struct load loads[] = { { "31 % of them active in a tick", 1.5, 1.0 }, { "3 requests a second each", 3, 0 } };
	struct fleet *f = malloc(sizeof(*f));

	if (f == NULL)
		exit(2);
	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		load_measure(b, f, &loads[i]);
	free(f);
}
