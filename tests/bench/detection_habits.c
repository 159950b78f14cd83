/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Health that no law of the detector describes, before the whole detector: habits of single streams below a whole of 1,500 requests a
 * second, for days, from a cold start. Nothing here may page.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "tests/bench/detection.h"
#include "tests/bench/detection_traffic.h"

#define PROCEDURE  2
#define DAY_TICKS  (86400 * 5)
#define FIRST_TICK 1000
#define MERGE_S    60
#define STREAMS    1000

struct habit;

/* Changes this tick's law, or the cell that came of it. `second` is since the beginning; `mood` is the habit's own. */
typedef void change_law(struct traffic *t, double second, double *mood, struct dice *draw);
typedef void change_cell(struct tally_cell *cell, double second, double *mood, struct dice *draw);

struct habit {
	const char *what;
	uint8_t dimension;
	double rate, network, user, precision;
	change_law *law;
	change_cell *cell;
};

/* Whether one of `per_day` moments begins in this tick. */
static bool begins(struct dice *draw, double per_day)
{
	return dice_unit(draw) < per_day * TRAFFIC_TICK_S / 86400;
}

static void odd_ticks(struct traffic *t, double second, double *mood, struct dice *draw)
{
	(void)second, (void)mood;
	t->rejected = begins(draw, 144) ? 0.5 : 0;
}

static void blips(struct traffic *t, double second, double *mood, struct dice *draw)
{
	if (second > *mood && begins(draw, 100))
		*mood = second + 1 + 2 * dice_unit(draw);
	t->rejected = second < *mood ? 0.3 : 0;
}

/* A front end is taken out of service: five seconds in which a fifth fails. */
static void failovers(struct traffic *t, double second, double *mood, struct dice *draw)
{
	if (second > *mood && begins(draw, 100))
		*mood = second + 5;
	t->rejected = second < *mood ? 0.2 : 0;
}

static void stalls(struct traffic *t, double second, double *mood, struct dice *draw)
{
	if (second > *mood && begins(draw, 100))
		*mood = second + 0.4 + 0.8 * dice_unit(draw);
	t->swallowed = second < *mood ? 0.7 : 0;
}

static void swings(struct traffic *t, double second, double *mood, struct dice *draw)
{
	(void)mood, (void)draw;
	t->rate = fmod(second, 1200) < 600 ? 44 : 440;
}

/* A common cause with a memory of a minute: the share of failures wanders by 30 % of itself. */
static void wanders(struct traffic *t, double second, double *mood, struct dice *draw)
{
	double kept = exp(-TRAFFIC_TICK_S / 60);

	(void)second;
	*mood = *mood * kept + sqrt(1 - kept * kept) * dice_normal(draw);
	t->network = 0.003 * exp(0.3 * *mood - 0.045);
}

static void drifts(struct traffic *t, double second, double *mood, struct dice *draw)
{
	(void)mood, (void)draw;
	t->user = 0.03 * pow(1.05, second / 86400);
}

/* Failures of a tick have a common cause: gamma of shape 3, relative spread 58 %. */
static void shakes(struct traffic *t, double second, double *mood, struct dice *draw)
{
	(void)second, (void)mood;
	t->network = 0.003 * dice_gamma(draw, 3) / 3;
}

/* The same, but a cause lasts for a whole second, or for five. */
static void shakes_for(struct traffic *t, double second, double *mood, struct dice *draw, double period)
{
	if (fmod(second + 1e-3, period) < TRAFFIC_TICK_S)
		*mood = dice_gamma(draw, 3) / 3;
	t->network = 0.003 * *mood;
}

static void shakes_by_second(struct traffic *t, double second, double *mood, struct dice *draw)
{
	shakes_for(t, second, mood, draw, 1);
}

static void shakes_slowly(struct traffic *t, double second, double *mood, struct dice *draw)
{
	shakes_for(t, second, mood, draw, 5);
}

/* 200 requests within a second on the hour, all refused: a batch job with a stale list. */
static void batch(struct tally_cell *cell, enum outcome_class outcome, double second)
{
	if (fmod(second, 3600) < 1) {
		cell->requests += 40;
		cell->outcomes[outcome] += 40;
	}
}

static void batches_of_user(struct tally_cell *cell, double second, double *mood, struct dice *draw)
{
	(void)mood, (void)draw;
	batch(cell, OUTCOME_USER, second);
}

static void batches_of_network(struct tally_cell *cell, double second, double *mood, struct dice *draw)
{
	(void)mood, (void)draw;
	batch(cell, OUTCOME_NETWORK, second);
}

static void refused_for_life(struct traffic *t, double second, double *mood, struct dice *draw)
{
	(void)second, (void)mood, (void)draw;
	t->rejected = 1;
}

static void appears_refused(struct traffic *t, double second, double *mood, struct dice *draw)
{
	(void)mood, (void)draw;
	t->rate = second < 43200 ? 0 : 20;
	t->user = 0.3;
}

static void appears_failing(struct traffic *t, double second, double *mood, struct dice *draw)
{
	(void)mood, (void)draw;
	t->rate = second < 50000 ? 0 : 5;
	t->rejected = 1;
}

static const struct habit habits[] = {
	{ "the whole", DIMENSION_ALL, 1500, 0.003, 0.03, 200, NULL, NULL },
	{ "a tick in which half fail, 144 a day", DIMENSION_SERVER, 44, 0.003, 0.03, 200, odd_ticks, NULL },
	{ "1 to 3 s in which 30 % fail, 100 a day", DIMENSION_SERVER, 229, 0.003, 0.03, 200, blips, NULL },
	{ "5 s in which 20 % fail, 100 a day", DIMENSION_SERVER, 160, 0.003, 0.03, 200, failovers, NULL },
	{ "0.4 to 1.2 s in which 70 % get no answer, 100 a day", DIMENSION_SERVER, 60, 0.003, 0.03, 200, stalls, NULL },
	{ "load between 44/s and 440/s in steps", DIMENSION_SERVER, 44, 0.003, 0.03, 200, swings, NULL },
	{ "failures that wander, 300/s", DIMENSION_SERVER, 300, 0.003, 0.03, 200, wanders, NULL },
	{ "failures that shake, 300/s", DIMENSION_SERVER, 300, 0.003, 0.03, 0, shakes, NULL },
	{ "failures that shake, each second, 300/s", DIMENSION_ROUTE, 300, 0.003, 0.03, 0, shakes_by_second, NULL },
	{ "failures that shake, each five seconds, 300/s", DIMENSION_RAT, 300, 0.003, 0.03, 0, shakes_slowly, NULL },
	{ "a precision of 20 where others have 200, 300/s", DIMENSION_SERVER, 300, 0.003, 0.03, 20, NULL, NULL },
	{ "user refusals that grow by 5 % a day", DIMENSION_SEGMENT, 200, 0.003, 0.03, 200, drifts, NULL },
	{ "200 user refusals in a second, each hour", DIMENSION_CLIENT, 3, 0.003, 0.03, 200, NULL, batches_of_user },
	{ "200 network failures in a second, each hour", DIMENSION_CLIENT, 3, 0.003, 0.03, 200, NULL, batches_of_network },
	{ "the same, otherwise one request a minute", DIMENSION_CLIENT, 1.0 / 60, 0.003, 0.03, 200, NULL, batches_of_network },
	{ "one request a minute", DIMENSION_IMSI_PREFIX, 1.0 / 60, 0.003, 0.05, 200, NULL, NULL },
	{ "one request in five seconds, M = 5", DIMENSION_IMSI_PREFIX, 0.2, 0.01, 0.1, 5, NULL, NULL },
	{ "fails all its life, 3/s", DIMENSION_CLIENT, 3, 0.003, 0.03, 200, refused_for_life, NULL },
	{ "fails all its life, one a minute", DIMENSION_CLIENT, 1.0 / 60, 0.003, 0.03, 200, refused_for_life, NULL },
	{ "a new range of 20/s with 30 % user refusals", DIMENSION_IMSI_PREFIX, 20, 0.003, 0.3, 200, appears_refused, NULL },
	{ "a new partner of 5/s that always fails", DIMENSION_PLMN, 5, 0.003, 0.03, 200, appears_failing, NULL },
};
#define HABITS (sizeof(habits) / sizeof(habits[0]))

struct practice {
	struct traffic traffic;
	struct traffic_state state;
	struct dice draw;
	double mood;
	int64_t quiet_since; /* tick after the last suspicion */
	bool was_page;
	unsigned int pages, advisories; /* advisories that follow each other within a minute are one */
	double most_r, most_b;          /* beyond the page's threshold, in nats */
};

static void practice_start(struct practice *p, const struct bench *b, size_t i)
{
	const struct habit *h = &habits[i];

	p->traffic = (struct traffic){
		.key = { .procedure = PROCEDURE, .dimension = h->dimension, .value = h->dimension == DIMENSION_ALL ? 0 : 5000 + i },
		.rate = h->rate,
		.network = h->network,
		.user = h->user,
		.precision = h->precision,
		.never = 0.002,
	};
	p->most_r = p->most_b = -INFINITY;
	dice_seed(&p->draw, b->seed, 500 + i);
	traffic_start(&p->state, b->seed, 600 + i);
}

static bool practice_tick(struct practice *p, const struct habit *h, double second, struct tally_cell *cell)
{
	bool has_some;

	if (h->law != NULL)
		h->law(&p->traffic, second, &p->mood, &p->draw);
	has_some = traffic_tick(&p->state, &p->traffic, cell);
	if (h->cell != NULL)
		h->cell(cell, second, &p->mood, &p->draw);
	return has_some || cell->requests > 0;
}

static void practice_hear(struct practice *p, const struct suspicion *s, int64_t tick)
{
	p->most_r = fmax(p->most_r, s->log_r - s->log_page);
	p->most_b = fmax(p->most_b, s->log_b - s->log_page);
	if (p->advisories == 0 || (double)(tick - p->quiet_since) * TRAFFIC_TICK_S > MERGE_S)
		p->advisories++;
	p->quiet_since = tick;
	if (s->is_page && !p->was_page)
		p->pages++;
	p->was_page = s->is_page;
}

static void habits_tick(struct detector *d, struct practice practice[HABITS], int64_t t)
{
	struct tally_cell cells[HABITS];
	const struct suspicion *suspicions;
	size_t cell_count = 0, count;

	for (size_t i = 0; i < HABITS; i++)
		if (practice_tick(&practice[i], &habits[i], (double)t * TRAFFIC_TICK_S, &cells[cell_count]))
			cell_count++;
	suspicions = traffic_judge(d, FIRST_TICK + t, cells, cell_count, &count);
	for (size_t i = 0; i < HABITS; i++) {
		bool is_heard = false;

		for (size_t k = 0; k < count; k++)
			if (stream_key_compare(&suspicions[k].stream, &practice[i].traffic.key) == 0) {
				practice_hear(&practice[i], &suspicions[k], t);
				is_heard = true;
			}
		if (!is_heard)
			practice[i].was_page = false;
	}
}

void bench_habits(const struct bench *b)
{
	static struct practice practice[HABITS];
	struct plan *plan = traffic_plan(STREAMS);
	struct detector *d = detector_new(plan);
	int64_t ticks = b->is_quick ? DAY_TICKS / 4 : 2 * DAY_TICKS;
	double pages = 0;

	if (d == NULL)
		exit(2);
	for (size_t i = 0; i < HABITS; i++)
		practice_start(&practice[i], b, i);
	for (int64_t t = 0; t < ticks; t++)
		habits_tick(d, practice, t);
	for (size_t i = 0; i < HABITS; i++) {
		figure_note("habits", "%s: pages %u, advisories a day %.1f, most beyond the page: R %.1f, B %.1f", habits[i].what,
			    practice[i].pages, practice[i].advisories * (double)DAY_TICKS / (double)ticks, practice[i].most_r,
			    practice[i].most_b);
		pages += practice[i].pages;
	}
	figure_report(&(struct figure){
		.goal = "habits", .what = "pages on 21 habits that no law describes, two days", .value = pages, .limit = 0 });
	detector_free(d);
	plan_free(plan);
}
