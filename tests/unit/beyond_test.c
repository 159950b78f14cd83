/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stories for the evidence beyond shares: volume, repeats, late and slow answers, chains, scatter. A small operator in ticks, seeded, whose
 * requests are uneven from second to second and swing with the day; what must page, what may be an advisory, what must stay silent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/detect/detect.h"
#include "control/detect/moved.h"

#define SERVERS     3
#define SEGMENTS    2
#define STEPS       8
#define START       (1000000 * NANOS_PER_S)
#define PARTS       (1 + SEGMENTS + SERVERS)
#define RANGES      300
#define FIRST_RANGE 2341000

static const struct {
	const char *name;
	double part;
} steps[STEPS] = { { "map.sendAuthenticationInfo", 0.25 },
		   { "map.updateLocation", 0.2 },
		   { "map.sendRoutingInfo", 0.15 },
		   { "s6a.air", 0.2 },
		   { "s6a.ulr", 0.1 },
		   { "map.cancelLocation", 0.04 },
		   { "s6a.clr", 0.03 },
		   { "s6a.pur", 0.03 } };

static const double server_part[SERVERS] = { 0.5, 0.3, 0.2 };
static const double segment_part[SEGMENTS] = { 0.8, 0.2 };

/* What holds for one step in one tick. */
struct moment {
	double volume[SERVERS]; /* times the usual */
	double segment[SEGMENTS];
	double late, repeats, slow; /* shares; times the usual */
};

struct story {
	double rate, seconds, tick_s, seed;
	double swing;   /* the day's amplitude as a logarithm */
	double uneven;  /* standard deviation of the second's logarithm */
	double burst_s; /* on and off for so long, 0: even */
	double lost_from, lost;
	double blind_from; /* the probe sees nothing */
	double from;       /* of the fault */
	double restart;    /* then another detector goes on with what this one remembers; 0: never */
	bool has_latency;
	bool is_routed;     /* requests name no server, answers do */
	double range_fault; /* share of failures in every tenth range, 0: no ranges at all */
	void (*change)(const char *step, double since, struct moment *m);
};

/* What came of it. */
struct ending {
	size_t pages, false_pages, advisories;
	double first_page, first[EVIDENCE_COUNT];
	bool was_moved, was_slow_server;
	struct suspicion page;
	size_t open_at_end, named;
};

struct lab {
	struct story story;
	uint64_t random;
	struct plan *plan;
	struct detector *detector;
	struct tally_cell cells[(STEPS + 1) * PARTS + RANGES];
	struct tally_cell out[(STEPS + 1) * PARTS + RANGES];
	double noise;
};

static double uniform(struct lab *lab)
{
	lab->random += UINT64_C(0x9e3779b97f4a7c15);
	return ((double)(hash_mix(lab->random) >> 11) + 0.5) * 0x1p-53;
}

static double normal(struct lab *lab)
{
	return sqrt(-2 * log(uniform(lab))) * cos(2 * M_PI * uniform(lab));
}

static uint32_t poisson(struct lab *lab, double mean)
{
	double limit = exp(-mean), product = uniform(lab);
	uint32_t n = 0;

	if (mean > 40)
		return (uint32_t)fmax(mean + sqrt(mean) * normal(lab) + 0.5, 0);
	for (; product > limit; n++)
		product *= uniform(lab);
	return n;
}

static uint32_t binomial(struct lab *lab, uint32_t n, double p)
{
	uint32_t x = 0;

	for (uint32_t i = 0; i < n && p > 0; i++)
		x += uniform(lab) < p;
	return x;
}

static unsigned int latency_bin(struct lab *lab, double slow)
{
	double ms = 60 * slow * exp(0.6 * normal(lab));
	unsigned int bin = 0;

	while (bin + 1 < TALLY_LATENCY_BINS && ms >= (double)(1u << bin))
		bin++;
	return bin;
}

static void cell_fill(struct lab *lab, struct tally_cell *cell, uint32_t n, const struct moment *m)
{
	uint32_t late = binomial(lab, n, m->late);

	cell->requests = n;
	cell->outcomes[OUTCOME_USER] = binomial(lab, n - late, 0.04);
	cell->outcomes[OUTCOME_SUCCESS] = n - late - cell->outcomes[OUTCOME_USER];
	cell->outcomes[OUTCOME_LATE] = late;
	cell->repeats = binomial(lab, n, 0.05 + m->repeats);
	for (uint32_t i = 0; lab->story.has_latency && i < n - late; i++)
		cell->latency[latency_bin(lab, m->slow)]++;
}

static void cell_add(struct tally_cell *sum, const struct tally_cell *cell)
{
	sum->requests += cell->requests;
	for (int i = 0; i < OUTCOME_CLASS_COUNT; i++)
		sum->outcomes[i] += cell->outcomes[i];
	sum->repeats += cell->repeats;
	for (int i = 0; i < TALLY_LATENCY_BINS; i++)
		sum->latency[i] += cell->latency[i];
}

/* The cell of a part of a step: 0 all, then segments, then servers. The last step is all of registration. */
static struct tally_cell *cell_of(struct lab *lab, int step, int part)
{
	return &lab->cells[step * PARTS + part];
}

static double level(struct lab *lab, double t)
{
	const struct story *s = &lab->story;
	double day = exp(s->swing * (cos(2 * M_PI * t / 86400) - 1) / 2);

	if (s->burst_s > 0 && fmod(t, 2 * s->burst_s) >= s->burst_s)
		day = 0;
	if (fmod(t, 1) < s->tick_s)
		lab->noise = exp(s->uneven * normal(lab));
	return day * lab->noise * s->rate;
}

static void step_fill(struct lab *lab, int step, double t, double rate)
{
	struct moment m = { .volume = { 1, 1, 1 }, .segment = { 1, 1 }, .slow = 1 };
	const struct procedure_row *row = procedure_row(procedure_of_name(steps[step].name));

	if (lab->story.change != NULL && t >= lab->story.from)
		lab->story.change(steps[step].name, t - lab->story.from, &m);
	for (int server = 0; server < SERVERS; server++) {
		for (int segment = 0; segment < SEGMENTS; segment++) {
			double mean = rate * steps[step].part * server_part[server] * segment_part[segment] * m.volume[server] *
				      m.segment[segment] * lab->story.tick_s;
			struct tally_cell cell = { 0 };

			cell_fill(lab, &cell, poisson(lab, mean), &m);
			for (int sum = step; sum <= STEPS; sum += STEPS - step) {
				if (sum == STEPS && (row->weight < 3 || row->services == 0))
					break;
				cell_add(cell_of(lab, sum, 0), &cell);
				cell_add(cell_of(lab, sum, 1 + segment), &cell);
				cell_add(cell_of(lab, sum, 1 + SEGMENTS + server), &cell);
				if (sum == STEPS)
					break;
			}
		}
	}
}

static void keys_make(struct lab *lab)
{
	for (int step = 0; step <= STEPS; step++) {
		for (int part = 0; part < PARTS; part++) {
			struct stream_key *key = &cell_of(lab, step, part)->key;

			key->procedure = step == STEPS ? PROCEDURE_REGISTRATION : procedure_of_name(steps[step].name);
			key->dimension = part == 0 ? DIMENSION_ALL : part <= SEGMENTS ? DIMENSION_SEGMENT : DIMENSION_SERVER;
			key->value = part == 0 ? 0 : (uint64_t)(part <= SEGMENTS ? part - 1 : part);
		}
	}
	for (int i = 0; i < RANGES; i++)
		lab->cells[(STEPS + 1) * PARTS + i].key = (struct stream_key){ .value = (uint64_t)(FIRST_RANGE + i),
									       .procedure = PROCEDURE_REGISTRATION,
									       .dimension = DIMENSION_IMSI_PREFIX };
}

static void ranges_fill(struct lab *lab, double t)
{
	for (int i = 0; i < RANGES; i++) {
		struct tally_cell *cell = &lab->cells[(STEPS + 1) * PARTS + i];
		uint32_t n = poisson(lab, 3 * lab->story.tick_s);
		uint32_t failed = binomial(lab, n, 0.004 + (i % 10 == 0 && t >= lab->story.from ? lab->story.range_fault : 0));

		cell->requests = n;
		cell->outcomes[OUTCOME_NETWORK] = failed;
		cell->outcomes[OUTCOME_SUCCESS] = n - failed;
	}
}

static int cell_compare(const void *a, const void *b)
{
	return stream_key_compare(a, b);
}

static struct tally tick_make(struct lab *lab, double t)
{
	const struct story *s = &lab->story;
	struct tally tally = { .start = START + (nanos)(t * 1e9 + 0.5), .length = (nanos)(s->tick_s * 1e9 + 0.5), .cells = lab->out };
	double rate = level(lab, t);
	size_t count = sizeof(lab->cells) / sizeof(lab->cells[0]);
	bool is_losing = s->lost > 0 && t >= s->lost_from;

	for (size_t i = 0; i < count; i++)
		lab->cells[i] = (struct tally_cell){ .key = lab->cells[i].key };
	if (s->blind_from > 0 && t >= s->blind_from)
		return tally;
	for (int step = 0; step < STEPS; step++)
		step_fill(lab, step, t, rate * (is_losing ? 1 - s->lost : 1));
	if (s->range_fault > 0)
		ranges_fill(lab, t);
	for (size_t i = 0; i < count; i++) {
		tally.packets += lab->cells[i].requests;
		if (lab->cells[i].requests == 0)
			continue;
		lab->out[tally.count] = lab->cells[i];
		if (s->is_routed && lab->cells[i].key.dimension == DIMENSION_SERVER)
			lab->out[tally.count].requests = 0;
		tally.count++;
	}
	tally.packets += 1;
	tally.dropped = is_losing ? (uint64_t)((double)tally.packets * s->lost / (1 - s->lost) + 0.5) : 0;
	qsort(lab->out, tally.count, sizeof(lab->out[0]), cell_compare);
	return tally;
}

static void suspicion_note(const struct lab *lab, const struct suspicion *s, double t, struct ending *e)
{
	if (s->evidence < EVIDENCE_JUDGED)
		return;
	if (e->first[s->evidence] < 0) {
		e->first[s->evidence] = t;
		e->advisories++;
	}
	e->was_moved = e->was_moved || s->is_moved;
	e->was_slow_server = e->was_slow_server || (s->evidence == EVIDENCE_SLOW && s->stream.dimension == DIMENSION_SERVER);
	if (!s->is_page)
		return;
	e->pages++;
	if (lab->story.from <= 0 || t < lab->story.from)
		e->false_pages++;
	if (e->first_page < 0) {
		e->first_page = t;
		e->page = *s;
	}
}

static void detector_restart(struct lab *lab)
{
	uint8_t *bytes = NULL;
	size_t length = detector_remember(lab->detector, &bytes);

	detector_free(lab->detector);
	lab->detector = detector_new(lab->plan);
	assert_int_equal(detector_recall(lab->detector, bytes, length), RECALL_GOOD);
	free(bytes);
}

static struct ending story_tell(const struct story *story)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	struct ending e = { .first_page = -1 };
	size_t count = 0;

	for (int i = 0; i < EVIDENCE_COUNT; i++)
		e.first[i] = -1;
	lab->story = *story;
	lab->random = (uint64_t)story->seed;
	lab->plan = calloc(1, sizeof(*lab->plan));
	lab->plan->limits.cells = 1024;
	lab->plan->detection = (struct plan_detection){ .tick = (nanos)(story->tick_s * 1e9 + 0.5),
							.page_interval_s = 30 * 86400.0,
							.advisory_interval_s = 86400,
							.min_fault_share = 0.01,
							.min_failed = 8,
							.warm_up = 20 * NANOS_PER_S };
	lab->detector = detector_new(lab->plan);
	keys_make(lab);
	for (double tick = 0; tick * story->tick_s < story->seconds; tick++) {
		double t = tick * story->tick_s;
		bool is_restart = story->restart > 0 && t >= story->restart && t < story->restart + story->tick_s;
		struct tally tally = tick_make(lab, t);
		const struct stream_key *named;
		const struct suspicion *s;

		if (is_restart)
			detector_restart(lab);
		s = detector_tick(lab->detector, &tally, &count);
		e.open_at_end = 0;
		for (size_t i = 0; i < count; i++) {
			suspicion_note(lab, &s[i], t + story->tick_s, &e);
			e.open_at_end += s[i].evidence >= EVIDENCE_JUDGED;
			if (s[i].evidence == EVIDENCE_SCATTER && e.named == 0)
				e.named = detector_scattered(lab->detector, (enum dimension)s[i].stream.dimension, &named);
		}
	}
	detector_free(lab->detector);
	free(lab->plan);
	free(lab);
	return e;
}

static struct story story_of(double rate, double seconds, double from)
{
	return (struct story){ .rate = rate, .seconds = seconds, .tick_s = 0.2, .seed = 7, .uneven = 0.1, .from = from };
}

static bool is_4g(const char *step)
{
	return strncmp(step, "s6a", 3) == 0;
}

static void volume_times(struct moment *m, double factor)
{
	for (int i = 0; i < SERVERS; i++)
		m->volume[i] *= factor;
}

static void steady_traffic_says_nothing(void **state)
{
	static const double rates[] = { 3, 30, 200, 1000 };

	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct story s = story_of(rates[i], 900, 0);
		struct ending e;

		s.seed = 11 + (double)i;
		s.has_latency = rates[i] < 500;
		e = story_tell(&s);
		assert_int_equal(e.pages, 0);
		assert_int_equal(e.advisories, 0);
	}
}

static void a_day_and_a_night_page_nothing(void **state)
{
	struct story s = story_of(300, 86400, 0);
	struct ending e;

	(void)state;
	s.tick_s = 1;
	s.swing = log(12);
	e = story_tell(&s);
	assert_int_equal(e.pages, 0);
	assert_int_equal(e.advisories, 0);
}

static void traffic_in_bursts_never_drops(void **state)
{
	struct story s = story_of(200, 1200, 0);

	(void)state;
	for (s.burst_s = 4; s.burst_s <= 64; s.burst_s *= 4)
		assert_int_equal(story_tell(&s).pages, 0);
}

static void vanish_4g(const char *step, double since, struct moment *m)
{
	(void)since;
	if (is_4g(step))
		volume_times(m, 0);
}

static void requests_that_vanish_page_within_half_a_minute(void **state)
{
	struct story s = story_of(100, 700, 600.2);
	struct ending e;

	(void)state;
	s.change = vanish_4g;
	e = story_tell(&s);
	assert_int_equal(e.false_pages, 0);
	assert_int_equal(e.page.evidence, EVIDENCE_DROP);
	assert_true(e.first_page > 600 && e.first_page < 615);
	assert_true(llabs(e.page.onset - START - (nanos)(600.2e9)) <= 2 * NANOS_PER_S);
	assert_true(e.page.observed_ratio < 0.1);
}

static void fall_4g(const char *step, double since, struct moment *m)
{
	if (is_4g(step))
		volume_times(m, since < 4 ? 1 - since / 4 * 0.92 : since < 120 ? 0.08 : 1);
}

static void a_drop_to_a_tenth_pages_and_ends(void **state)
{
	struct story s = story_of(400, 900, 600);
	struct ending e;

	(void)state;
	s.change = fall_4g;
	e = story_tell(&s);
	assert_int_equal(e.false_pages, 0);
	assert_true(e.first_page > 600 && e.first_page < 630);
	assert_int_equal(e.open_at_end, 0);
}

static void vanish_all(const char *step, double since, struct moment *m)
{
	(void)step;
	(void)since;
	volume_times(m, 0);
}

static void dwindle_all(const char *step, double since, struct moment *m)
{
	(void)step;
	volume_times(m, fmax(exp(-since / 20), 0.1));
}

static void silence_of_everything_is_not_a_page(void **state)
{
	struct story s = story_of(200, 800, 600);

	(void)state;
	s.change = vanish_all;
	assert_int_equal(story_tell(&s).pages, 0);
	s.change = dwindle_all;
	assert_int_equal(story_tell(&s).pages, 0);
	s.change = NULL;
	s.blind_from = 600;
	assert_int_equal(story_tell(&s).advisories, 0);
}

static void collapse_all(const char *step, double since, struct moment *m)
{
	(void)step;
	volume_times(m, pow(0.1, fmin(since / 600, 1)));
}

static void rush_all(const char *step, double since, struct moment *m)
{
	(void)step;
	volume_times(m, since < 1000 ? 3 : 1);
}

static void rush_for_hours(const char *step, double since, struct moment *m)
{
	(void)step;
	volume_times(m, since < 3 * 3600 ? 8 : 1);
}

static void a_fall_faster_than_any_night_is_told_and_pages_against_the_days_before(void **state)
{
	struct story s = story_of(300, 8 * 3600, 6 * 3600);
	struct ending e;

	(void)state;
	s.tick_s = 10;
	s.swing = log(8);
	s.change = collapse_all;
	e = story_tell(&s);
	assert_int_equal(e.pages, 0);
	assert_true(e.first[EVIDENCE_DROP] > s.from && e.first[EVIDENCE_DROP] < s.from + 900);
	/* The days before outlive a restart. */
	s.from += 3 * 86400;
	s.seconds += 3 * 86400;
	s.restart = s.from - 3600;
	e = story_tell(&s);
	assert_int_equal(e.false_pages, 0);
	assert_int_equal(e.page.evidence, EVIDENCE_DROP);
	assert_int_equal(e.page.stream.dimension, DIMENSION_ALL);
	assert_true(e.first_page > s.from && e.first_page < s.from + 900);
}

static void the_end_of_a_rush_is_no_drop(void **state)
{
	struct story s = story_of(300, 30 * 3600, 28 * 3600);

	(void)state;
	s.tick_s = 10;
	s.change = rush_all;
	assert_int_equal(story_tell(&s).pages, 0);
	/* For hours, in ticks of a minute, and the same hours of the next day. */
	s.tick_s = 60;
	s.seconds = 60 * 3600;
	s.swing = log(8);
	s.change = rush_for_hours;
	assert_int_equal(story_tell(&s).pages, 0);
}

static void drain_server(const char *step, double since, struct moment *m)
{
	(void)step;
	(void)since;
	m->volume[1] = 0;
	m->volume[0] = 1 + server_part[1] / server_part[0];
}

static void lose_server(const char *step, double since, struct moment *m)
{
	(void)step;
	(void)since;
	m->volume[1] = 0;
}

static void traffic_that_moves_to_siblings_is_not_a_page(void **state)
{
	struct story s = story_of(200, 800, 600);
	struct ending e;

	(void)state;
	s.change = drain_server;
	e = story_tell(&s);
	assert_int_equal(e.pages, 0);
	assert_true(e.was_moved);
	s.change = lose_server;
	e = story_tell(&s);
	assert_int_equal(e.page.stream.dimension, DIMENSION_SERVER);
	assert_true(e.first_page > 614 && e.first_page < 630);
}

static void minutes_tell_what_has_moved_from_what_is_lost(void **state)
{
	struct story s = story_of(20, 6 * 3600, 4 * 3600);
	struct ending e;

	(void)state;
	s.tick_s = 60;
	s.change = lose_server;
	for (s.seed = 1; s.seed <= 5; s.seed++) {
		e = story_tell(&s);
		assert_int_equal(e.false_pages, 0);
		assert_int_equal(e.page.stream.dimension, DIMENSION_SERVER);
		assert_true(e.first_page > s.from && e.first_page <= s.from + 8 * 60);
	}
	s.change = drain_server;
	for (s.seed = 1; s.seed <= 5; s.seed++)
		assert_int_equal(story_tell(&s).pages, 0);
}

/* A part that stops, after an hour of quiet: what its siblings gain of what it lacks, and whether they all wander meanwhile. */
static struct moved moved_tell(double part, double siblings, double gained, double after_s)
{
	struct lab lab = { .random = 5 };
	struct moved m;

	moved_start(&m);
	for (int t = 0; t < 3600 + 60; t++) {
		double since = t - 3600, gain = since >= after_s ? gained * part : 0;
		struct moved_bin bin = { .due = 1, .seconds = 1, .lacking = since >= 0 ? part : 0, .is_low = since >= 0 };

		bin.seen = poisson(&lab, siblings * (1 + 0.03 * sin(t / 90.0)) + gain);
		moved_see(&m, &bin);
	}
	return m;
}

static void siblings_must_have_what_is_missing(void **state)
{
	struct moved m;

	(void)state;
	m = moved_tell(50, 100, 0, 0);
	assert_true(moved_is_refuted(&m) && !moved_is_sure(&m));
	m = moved_tell(50, 100, 1, 14);
	assert_true(moved_is_sure(&m) && !moved_is_refuted(&m));
	/* They have much more than that, or they are too many to tell. */
	m = moved_tell(50, 100, 3, 0);
	assert_true(!moved_is_sure(&m));
	m = moved_tell(5, 1000, 0, 0);
	assert_true(!moved_is_sure(&m) && !moved_is_refuted(&m));
}

static void remove_many(const char *step, double since, struct moment *m)
{
	if (since < 60 && (strcmp(step, "s6a.clr") == 0 || strcmp(step, "s6a.pur") == 0))
		volume_times(m, 30);
}

static void burst_all(const char *step, double since, struct moment *m)
{
	(void)step;
	if (since < 60)
		volume_times(m, 7);
}

static void mass_removal_pages_and_a_burst_does_not(void **state)
{
	struct story s = story_of(100, 800, 600);
	struct ending e;

	(void)state;
	s.change = remove_many;
	e = story_tell(&s);
	assert_int_equal(e.page.evidence, EVIDENCE_SURGE);
	assert_true(e.first_page > 600 && e.first_page < 615);
	s.change = burst_all;
	e = story_tell(&s);
	assert_int_equal(e.pages, 0);
	assert_true(e.first[EVIDENCE_SURGE] > 600 && e.first[EVIDENCE_SURGE] < 610);
}

static void known_loss_is_no_drop(void **state)
{
	struct story s = story_of(300, 1200, 0);

	(void)state;
	s.lost = 0.6;
	s.lost_from = 600;
	assert_int_equal(story_tell(&s).pages, 0);
}

static void be_late(const char *step, double since, struct moment *m)
{
	(void)step;
	(void)since;
	m->late = 0.15;
}

static void repeat_much(const char *step, double since, struct moment *m)
{
	(void)step;
	(void)since;
	m->repeats = 0.6;
}

static void late_and_repeated_are_told_apart(void **state)
{
	struct story s = story_of(100, 700, 600);
	struct ending e;

	(void)state;
	s.change = be_late;
	e = story_tell(&s);
	assert_int_equal(e.page.evidence, EVIDENCE_LATE);
	assert_true(e.first_page > 600 && e.first_page < 640);
	assert_true(e.first[EVIDENCE_REPEATS] < 0);
	s.change = repeat_much;
	e = story_tell(&s);
	assert_int_equal(e.pages, 0);
	assert_true(e.first[EVIDENCE_REPEATS] > 600 && e.first[EVIDENCE_REPEATS] < 640);
	assert_true(e.first[EVIDENCE_LATE] < 0);
}

static void creep(const char *step, double since, struct moment *m)
{
	if (is_4g(step))
		m->slow = pow(1.08, since / 600);
}

static void slow_by_half(const char *step, double since, struct moment *m)
{
	(void)step;
	(void)since;
	m->slow = 1.4;
}

static void a_creep_is_an_advisory_before_it_is_a_page(void **state)
{
	struct story s = story_of(60, 4 * 3600, 1800);
	struct ending e;

	(void)state;
	s.tick_s = 1;
	s.has_latency = true;
	s.change = creep;
	e = story_tell(&s);
	assert_int_equal(e.pages, 0);
	/* 95 % are within three times the usual until 2.4 hours after the beginning */
	assert_true(e.first[EVIDENCE_SLOW] > 1800 && e.first[EVIDENCE_SLOW] < 1800 + 8600);
	s.seconds = 3600;
	s.change = slow_by_half;
	assert_true(story_tell(&s).first[EVIDENCE_SLOW] < 0);
}

static void stall(const char *step, double since, struct moment *m)
{
	(void)since;
	if (is_4g(step))
		m->slow = 25;
}

static void very_slow_answers_page(void **state)
{
	struct story s = story_of(100, 760, 600);
	struct ending e;

	(void)state;
	s.has_latency = true;
	s.change = stall;
	e = story_tell(&s);
	assert_int_equal(e.page.evidence, EVIDENCE_SLOW);
	assert_true(e.first_page > 625 && e.first_page < 680);
	assert_true(e.page.observed_ratio > 1 && e.page.observed_ratio > 5 * e.page.baseline_ratio);
	s.is_routed = true;
	assert_true(story_tell(&s).was_slow_server);
}

static void break_chain(const char *step, double since, struct moment *m)
{
	(void)since;
	if (strcmp(step, "s6a.ulr") == 0)
		volume_times(m, 0.1);
	if (strcmp(step, "s6a.air") == 0)
		volume_times(m, 2);
}

static void a_chain_that_breaks_is_told(void **state)
{
	struct story s = story_of(200, 720, 600);
	struct ending e;

	(void)state;
	s.change = break_chain;
	e = story_tell(&s);
	assert_int_equal(e.false_pages, 0);
	assert_true(e.first[EVIDENCE_CHAIN] > 600 && e.first[EVIDENCE_CHAIN] < 625);
}

static void a_little_in_many_ranges_is_scatter(void **state)
{
	struct story s = story_of(30, 8100, 7800);
	struct ending e;

	(void)state;
	s.tick_s = 1;
	s.range_fault = 0.06;
	e = story_tell(&s);
	assert_int_equal(e.pages, 0);
	assert_true(e.first[EVIDENCE_SCATTER] > 7800 && e.first[EVIDENCE_SCATTER] < 7920);
	s.from = 1e9;
	assert_true(story_tell(&s).first[EVIDENCE_SCATTER] < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steady_traffic_says_nothing),
		cmocka_unit_test(a_day_and_a_night_page_nothing),
		cmocka_unit_test(traffic_in_bursts_never_drops),
		cmocka_unit_test(requests_that_vanish_page_within_half_a_minute),
		cmocka_unit_test(a_drop_to_a_tenth_pages_and_ends),
		cmocka_unit_test(silence_of_everything_is_not_a_page),
		cmocka_unit_test(a_fall_faster_than_any_night_is_told_and_pages_against_the_days_before),
		cmocka_unit_test(the_end_of_a_rush_is_no_drop),
		cmocka_unit_test(traffic_that_moves_to_siblings_is_not_a_page),
		cmocka_unit_test(minutes_tell_what_has_moved_from_what_is_lost),
		cmocka_unit_test(siblings_must_have_what_is_missing),
		cmocka_unit_test(mass_removal_pages_and_a_burst_does_not),
		cmocka_unit_test(known_loss_is_no_drop),
		cmocka_unit_test(late_and_repeated_are_told_apart),
		cmocka_unit_test(a_creep_is_an_advisory_before_it_is_a_page),
		cmocka_unit_test(very_slow_answers_page),
		cmocka_unit_test(a_chain_that_breaks_is_told),
		cmocka_unit_test(a_little_in_many_ranges_is_scatter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
