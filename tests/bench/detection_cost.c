/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the detector costs: ticks of 10,000 streams through detector_tick(). A round of ticks is made beforehand and shown again and again,
 * so that making it costs nothing. The share of a core is processor time by traffic time at 200 ms. Streams are those of a probe:
 * procedures with their prefixes, buckets, nodes, below one whole each.
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
#define ROUND      50 /* ticks */
#define LEARN      30 /* rounds: five minutes */
#define TIMED      20
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
	struct tally_cell *cells[ROUND]; /* STREAMS each */
	size_t count[ROUND];
};

static void fleet_make(struct fleet *f, const struct bench *b, const struct load *load)
{
	static const uint8_t dimensions[] = { DIMENSION_IMSI_PREFIX, DIMENSION_IMSI_PREFIX, DIMENSION_IMSI_PREFIX,
					      DIMENSION_CLIENT,      DIMENSION_IMSI_ENDING, DIMENSION_SERVER };
	struct dice d;

	dice_seed(&d, b->seed, 1);
	for (size_t i = 0; i < STREAMS; i++) {
		bool is_whole = i < PROCEDURES;
		double size = exp(load->spread * dice_normal(&d) - load->spread * load->spread / 2);

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

/* Makes the round; what began before it is in flight already. */
static void fleet_round(struct fleet *f)
{
	for (int t = -TRAFFIC_WHEEL; t < ROUND; t++) {
		struct tally_cell *cells = f->cells[t < 0 ? 0 : t];
		size_t count = 0;

		for (size_t i = 0; i < STREAMS; i++)
			if (traffic_tick(&f->state[i], &f->traffic[i], &cells[count]))
				count++;
		qsort(cells, count, sizeof(*cells), stream_key_compare);
		f->count[t < 0 ? 0 : t] = count;
	}
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
	int rounds = b->is_quick ? 2 : TIMED, learn = b->is_quick ? LEARN / 2 : LEARN;
	double spent = 0, cells = 0, timed = (double)rounds * ROUND;
	char *what;

	if (d == NULL)
		exit(2);
	fleet_make(f, b, load);
	fleet_round(f);
	for (int t = 0; t < (learn + rounds) * ROUND; t++) {
		struct tally tally = { .start = (FIRST + t) * TALLY_TICK_DEFAULT,
				       .length = TALLY_TICK_DEFAULT,
				       .cells = f->cells[t % ROUND],
				       .count = f->count[t % ROUND] };
		double before = processor_s();
		size_t count;

		detector_tick(d, &tally, &count);
		if (t >= learn * ROUND) {
			spent += processor_s() - before;
			cells += (double)tally.count;
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

	for (int t = 0; f != NULL && t < ROUND; t++)
		if ((f->cells[t] = malloc(STREAMS * sizeof(*f->cells[t]))) == NULL)
			exit(2);
	if (f == NULL)
		exit(2);
	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		load_measure(b, f, &loads[i]);
	for (int t = 0; t < ROUND; t++)
		free(f->cells[t]);
	free(f);
}
