/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is the place right? Networks and faults by chance (where_world.h) through the whole of control, each twice: with outcomes, as in a replay
 * or a live probe, and with nothing but the counts of the same ticks, as in a backtest.
 *
 * The answer is what the open alarms say 15 s after the first one that followed the onset; for two faults not before 20 s after the second.
 * It is right when the places hold the requests of the faults and hardly any other (where_judge.h). Faults that nobody has told within the
 * time of a case are no answers; they are counted apart.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/tick/engine.h"
#include "tests/bench/detection.h"
#include "tests/bench/where_judge.h"
#include "tests/bench/where_world.h"

#define SINGLE     49
#define TWO        36
#define QUICK      14
#define CALM_S     120.0
#define ANSWER_S   15.0
#define SECOND_S   20.0
#define WAIT_S     60.0 /* for the first alarm */
#define LEAST_ONE  0.5  /* failing requests a second */
#define LEAST_TWO  1.5
#define ALARMS_MAX 16
#define TEXT_MAX   160

enum manner { BY_OUTCOMES, BY_COUNTS, MANNERS };

static const char *const manner_names[MANNERS] = { "outcomes", "counts" };
static const char *const kind_names[WORLD_KIND_COUNT] = { "range",      "server",   "brand", "client", "server x procedure",
							  "last digit", "everybody" };

/* What one engine has said in a case. */
struct listener {
	double start_s, onset_s;
	struct alarm open[ALARMS_MAX]; /* as told last */
	size_t count;
	double first_s; /* below 0: nothing yet */
	bool is_first_right, is_judged, is_right, is_told, has_false;
	const struct world *world;
};

struct scene {
	struct world *world;
	struct engine *engine[MANNERS];
	struct listener heard[MANNERS];
};

/* Of all cases of a kind. */
struct tally_of_cases {
	unsigned int told[MANNERS], right[MANNERS], first[MANNERS], cases, false_before[MANNERS];
};

static const char *host_name(void *names, node host)
{
	(void)names;
	(void)host;
	return NULL;
}

static void alarm_hear(void *self, const struct alarm *a)
{
	struct listener *l = self;
	double at = nanos_to_s(a->time) - l->start_s;
	size_t i = 0;

	if (at < l->onset_s) {
		l->has_false = true;
		return;
	}
	while (i < l->count && strcmp(l->open[i].id, a->id) != 0)
		i++;
	if (i == l->count && l->count == ALARMS_MAX)
		return;
	if (i == l->count)
		l->count++;
	l->open[i] = *a;
	if (l->first_s >= 0)
		return;
	l->first_s = at;
	l->is_told = true;
	l->is_first_right = judge_places(l->world, l->open, 1);
}

static void outcome_tell(void *context, const struct outcome *o)
{
	engine_outcome(((struct scene *)context)->engine[BY_OUTCOMES], o);
}

static void tick_hear(void *self, const struct tally *tally, const struct detector *detector)
{
	(void)detector;
	engine_tally(((struct scene *)self)->engine[BY_COUNTS], tally);
}

static void scene_open(struct scene *s, struct world *w)
{
	memset(s, 0, sizeof(*s));
	s->world = w;
	for (int i = 0; i < MANNERS; i++) {
		s->engine[i] = engine_new(w->plan, host_name, NULL);
		s->heard[i] = (struct listener){ .start_s = w->start_s, .onset_s = w->faults[0].from_s, .first_s = -1, .world = w };
		if (s->engine[i] == NULL) {
			fprintf(stderr, "detection_bench: no memory\n");
			exit(2);
		}
		engine_listen(s->engine[i], &(struct audience){ .self = &s->heard[i], .alarm = alarm_hear });
	}
	engine_listen(s->engine[BY_OUTCOMES], &(struct audience){ .self = s, .tick = tick_hear });
}

/* When the answers of a listener are looked at; below 0: not yet known. */
static double answer_time(const struct world *w, const struct listener *l)
{
	double at = l->first_s + ANSWER_S;

	if (l->first_s < 0)
		return -1;
	if (w->fault_count > 1 && at < w->faults[1].from_s + SECOND_S)
		at = w->faults[1].from_s + SECOND_S;
	return at;
}

static void scene_run(struct scene *s)
{
	struct world *w = s->world;
	double tick_s = nanos_to_s(WORLD_TICK), last = w->faults[w->fault_count - 1].from_s + WAIT_S;
	const struct book_page sums = { .packets = 1 };
	bool is_over = false;

	while (!is_over) {
		nanos start = (nanos)(w->start_s * 1e9) + (nanos)w->tick * WORLD_TICK;
		struct book_page page;
		double now;

		world_tick(w, outcome_tell, s);
		now = (double)w->tick * tick_s;
		(void)book_seal(w->book, start, WORLD_TICK, &sums);
		while (book_sealed(w->book, &page)) {
			engine_page(s->engine[BY_OUTCOMES], &page);
			engine_tick(s->engine[BY_OUTCOMES], start, WORLD_TICK);
			book_return(w->book);
		}
		is_over = true;
		for (int i = 0; i < MANNERS; i++) {
			struct listener *l = &s->heard[i];
			double at = answer_time(w, l);

			if (!l->is_judged && at >= 0 && now >= at - 1e-6) {
				l->is_judged = true;
				l->is_right = judge_places(w, l->open, l->count);
			}
			is_over = is_over && (l->is_judged || (at < 0 && now >= last));
		}
	}
}

static void scene_close(struct scene *s)
{
	for (int i = 0; i < MANNERS; i++)
		engine_free(s->engine[i]);
	world_free(s->world);
}

static void scene_note(const struct scene *s, unsigned int number, int manner)
{
	const struct world *w = s->world;
	const struct listener *l = &s->heard[manner];
	char text[WORLD_FAULTS_MAX][TEXT_MAX] = { "", "" };

	for (unsigned int f = 0; f < w->fault_count; f++)
		world_fault_write(w, &w->faults[f], text[f], TEXT_MAX);
	figure_note("where", "case %u, %.0f/s, %s: %s%s%s", number, w->rate, manner_names[manner], text[0], w->fault_count > 1 ? "; " : "",
		    text[1]);
	for (size_t i = 0; i < l->count; i++)
		figure_note("where", "    said %.1f s after: %.400s", nanos_to_s(l->open[i].time) - l->start_s - l->onset_s,
			    l->open[i].summary);
}

static void case_count(const struct scene *s, unsigned int number, struct tally_of_cases *c)
{
	c->cases++;
	for (int i = 0; i < MANNERS; i++) {
		const struct listener *l = &s->heard[i];

		c->told[i] += l->is_told;
		c->right[i] += l->is_right;
		c->first[i] += l->is_told && l->is_first_right;
		c->false_before[i] += l->has_false;
		if (l->is_told && !l->is_right)
			scene_note(s, number, i);
	}
}

static void single_run(const struct bench *b, unsigned int number, struct tally_of_cases *all)
{
	struct world *w = world_new(b->seed, number);
	enum world_kind kind = (enum world_kind)(number % WORLD_KIND_COUNT);
	struct scene s;

	if (!world_fault_draw(w, kind, CALM_S + 20 * dice_unit(&w->dice), LEAST_ONE, &w->faults[0])) {
		world_free(w);
		return;
	}
	w->fault_count = 1;
	scene_open(&s, w);
	scene_run(&s);
	case_count(&s, number, &all[kind]);
	scene_close(&s);
}

static void two_run(const struct bench *b, unsigned int number, struct tally_of_cases *all)
{
	struct world *w = world_new(b->seed, number);
	bool is_apart = number % 2;
	double from = CALM_S + 20 * dice_unit(&w->dice);
	struct scene s;

	for (; w->fault_count < 2; w->fault_count++) {
		enum world_kind kind = (enum world_kind)(dice_unit(&w->dice) * WORLD_ALL); /* never everybody: the other would lie in it */

		if (!world_fault_draw(w, kind, from, LEAST_TWO, &w->faults[w->fault_count])) {
			world_free(w);
			return;
		}
		from += is_apart ? 16 + 24 * dice_unit(&w->dice) : 10 * dice_unit(&w->dice);
	}
	scene_open(&s, w);
	scene_run(&s);
	case_count(&s, number, &all[is_apart]);
	scene_close(&s);
}

static double percent(unsigned int part, unsigned int whole)
{
	return whole > 0 ? 100.0 * part / whole : 0;
}

/* The right share of all cells, and each cell as information. */
static void cells_report(const char *what, const struct tally_of_cases *cells, const char *const *names, size_t count, double limit)
{
	char *text;

	for (int m = 0; m < MANNERS; m++) {
		unsigned int told = 0, right = 0, first = 0, cases = 0, false_before = 0;

		for (size_t i = 0; i < count; i++) {
			told += cells[i].told[m];
			right += cells[i].right[m];
			first += cells[i].first[m];
			cases += cells[i].cases;
			false_before += cells[i].false_before[m];
			figure_note("where", "%s, %s, from %s: %u cases, %u told, %u right, %u in the first line", what, names[i],
				    manner_names[m], cells[i].cases, cells[i].told[m], cells[i].right[m], cells[i].first[m]);
		}
		if (asprintf(&text, "%s, from %s: place right within 15 s of the first alarm", what, manner_names[m]) < 0)
			exit(2);
		figure_report(&(struct figure){
			.goal = "where", .what = text, .value = percent(right, told), .limit = limit, .unit = "%", .is_at_least = true });
		if (asprintf(&text, "%s, from %s: told at all within a minute", what, manner_names[m]) < 0)
			exit(2);
		figure_report(&(struct figure){
			.goal = "where", .what = text, .value = percent(told, cases), .unit = "%", .is_information = true });
		figure_note("where", "%s, from %s: %u of %u right, %u in the first line, %u alarms before the fault", what, manner_names[m],
			    right, told, first, false_before);
	}
}

void bench_where(const struct bench *b)
{
	static const char *const apart[2] = { "0 to 10 s apart", "16 to 40 s apart" };
	struct tally_of_cases single[WORLD_KIND_COUNT] = { 0 }, two[2] = { 0 };
	unsigned int singles = b->is_quick ? QUICK : SINGLE, twos = b->is_quick ? QUICK / 2 : TWO;

	for (unsigned int i = 0; i < singles; i++)
		if (b->only_case == 0 || b->only_case == i + 1)
			single_run(b, i, single);
	for (unsigned int i = 0; i < twos; i++)
		if (b->only_case == 0 || b->only_case == 1000 + i + 1)
			two_run(b, 1000 + i, two);
	cells_report("one fault", single, kind_names, WORLD_KIND_COUNT, 95);
	cells_report("two faults", two, apart, 2, 85);
}
