/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Months of the lab's simulated operator, with all legitimate changes and a cold start, through the whole of control. Nobody may be woken:
 * an alarm of severity minor or worse is a false page unless the truth demands a page at that time. Advisories are what was announced as a
 * warning and never became a page. Operations alarms about the probe are counted with neither.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "control/tick/engine.h"
#include "lab/ticks.h"
#include "tests/bench/detection.h"

#define QUICK_DAYS 1
#define DAY_S      86400.0
#define ALARMS_MAX 4096
/* How long after the last effect an alarm may still belong to it. */
#define LATENESS (600 * NANOS_PER_S)

struct heard {
	char id[24];
	bool is_page, is_asked_for;
};

struct month {
	const struct lab_ticks *lab;
	struct heard alarms[ALARMS_MAX];
	size_t count;
	uint64_t seed;
};

static bool page_is_asked_for(const struct lab_ticks *l, const struct alarm *a)
{
	size_t count;
	const struct lab_ticks_truth *truth = lab_ticks_truth(l, &count);

	for (size_t i = 0; i < count; i++)
		if (truth[i].demand == LAB_PAGE && a->time >= truth[i].onset && a->time <= truth[i].until + LATENESS)
			return true;
	return false;
}

static struct heard *heard_of(struct month *m, const char *id)
{
	for (size_t i = m->count; i-- > 0;)
		if (strcmp(m->alarms[i].id, id) == 0)
			return &m->alarms[i];
	if (m->count == ALARMS_MAX)
		return NULL;
	m->alarms[m->count] = (struct heard){ 0 };
	snprintf(m->alarms[m->count].id, sizeof(m->alarms[m->count].id), "%s", id);
	return &m->alarms[m->count++];
}

static void alarm_hear(void *self, const struct alarm *a)
{
	struct month *m = self;
	struct heard *h = a->kind == INCIDENT_PROBE_BLIND ? NULL : heard_of(m, a->id);

	if (h == NULL || a->severity < SEVERITY_MINOR || h->is_page)
		return;
	h->is_page = true;
	h->is_asked_for = page_is_asked_for(m->lab, a);
	if (!h->is_asked_for)
		figure_note("months", "seed %llu: false page %s: %.140s", (unsigned long long)m->seed, a->id, a->summary);
}

/* What the network and the probe said, as a live engine would be told it. */
static void notices_tell(struct engine *engine, const struct lab_ticks *lab)
{
	size_t count;
	const struct lab_ticks_notice *notices = lab_ticks_notices(lab, &count);

	for (size_t i = 0; i < count; i++) {
		struct outcome o = lab_ticks_notice_outcome(&notices[i]);

		engine_outcome(engine, &o);
	}
}

static struct month *month_run(uint64_t seed, double days)
{
	struct month *m = calloc(1, sizeof(*m));
	struct plan *plan = plan_default();
	struct lab_ticks_options options;
	char error[LAB_ERROR_MAX];
	struct lab_ticks *lab;
	struct engine *engine;
	struct tally tally;

	lab_ticks_options_default(&options);
	options.scenario = "month";
	options.seconds = days * DAY_S;
	options.seed = seed;
	lab = lab_ticks_open(&options, error);
	if (m == NULL || plan == NULL || lab == NULL) {
		fprintf(stderr, "detection_bench: %s\n", lab == NULL ? error : "no memory");
		exit(2);
	}
	m->lab = lab;
	m->seed = seed;
	lab_ticks_plan(lab, plan);
	engine = engine_new(plan, lab_ticks_name, lab);
	if (engine == NULL)
		exit(2);
	engine_listen(engine, &(struct audience){ .self = m, .alarm = alarm_hear });
	while (lab_ticks_next(lab, &tally)) {
		notices_tell(engine, lab);
		engine_tally(engine, &tally);
	}
	engine_finish(engine);
	engine_free(engine);
	lab_ticks_close(lab);
	plan_free(plan);
	return m;
}

void bench_months(const struct bench *b)
{
	double days = b->is_quick ? QUICK_DAYS : b->days, false_pages = 0, most = 0;
	int seeds = b->is_quick ? 1 : b->seeds;
	char *what;

	if (days <= 0)
		return;
	for (int i = 0; i < seeds; i++) {
		struct month *m = month_run(b->seed + (uint64_t)i, days);
		double advisories = 0, pages = 0;

		for (size_t k = 0; k < m->count; k++) {
			advisories += !m->alarms[k].is_page;
			pages += m->alarms[k].is_page && !m->alarms[k].is_asked_for;
		}
		figure_note("months", "seed %llu: %.0f days, %.0f false pages, %.1f advisories a day", (unsigned long long)m->seed, days,
			    pages, advisories / days);
		false_pages += pages;
		most = advisories / days > most ? advisories / days : most;
		free(m);
	}
	if (asprintf(&what, "%g simulated days, %d seeds, all legitimate changes, cold start: false pages", days, seeds) < 0)
		exit(2);
	figure_report(&(struct figure){ .goal = "months", .what = what, .value = false_pages, .limit = 0 });
	figure_report(&(struct figure){
		.goal = "months", .what = "the same: advisories announced a day, worst seed", .value = most, .limit = 10 });
}
