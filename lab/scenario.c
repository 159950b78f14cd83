/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a story to the options of a run: its phases pressed into the time there is (scenario.h says how), options checked, what was not said
 * filled in. The stories themselves are tables: scenario_history.c, scenario_nodes.c, scenario_quiet.c.
 */
#include "lab/scenario.h"

#include <stdio.h>
#include <string.h>

#include "lab/world.h"

#define MINUTE_S 60.0

static const struct lab_shelf *const shelves[] = { &scenarios_history, &scenarios_nodes, &scenarios_quiet };

const struct lab_scenario *scenario_at(size_t index)
{
	for (size_t i = 0; i < sizeof(shelves) / sizeof(shelves[0]); i++) {
		if (index < shelves[i]->count)
			return &shelves[i]->rows[index];
		index -= shelves[i]->count;
	}
	return NULL;
}

const struct lab_scenario *scenario_find(const char *name)
{
	const struct lab_scenario *s;

	for (size_t i = 0; name != NULL && (s = scenario_at(i)) != NULL; i++)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

enum lab_demand scenario_demand(const struct lab_scenario *s)
{
	enum lab_demand strongest = LAB_SILENT;

	for (size_t i = 0; i < s->expectation_count; i++)
		if (s->expectations[i].demand > strongest)
			strongest = s->expectations[i].demand;
	return strongest;
}

const char *scenario_demand_name(enum lab_demand demand)
{
	static const char *const names[] = { "silent", "ticket", "page", "operations" };

	return names[demand];
}

double scenario_time(const struct lab_scenario *s, const struct lab_options *o, double real_s)
{
	double rest = o->seconds - o->onset_s;
	double minute = rest / 10 < MINUTE_S ? rest / 10 : MINUTE_S;
	struct lab_milestone last = { MINUTE_S, minute / rest };

	if (rest >= s->real_s || real_s < 0)
		return o->onset_s + real_s;
	if (real_s <= MINUTE_S)
		return o->onset_s + real_s / MINUTE_S * minute;
	for (size_t i = 0; i < s->milestone_count; i++) {
		const struct lab_milestone *next = &s->milestones[i];

		if (real_s == next->real_s)
			return next->share == 1 ? o->seconds : o->onset_s + next->share * rest;
		if (real_s < next->real_s)
			return o->onset_s +
			       rest * (last.share + (real_s - last.real_s) / (next->real_s - last.real_s) * (next->share - last.share));
		last = *next;
	}
	return o->seconds;
}

double scenario_deadline(const struct lab_scenario *s, const struct lab_options *o, const struct lab_expectation *e)
{
	double pressed = scenario_time(s, o, e->from_s + e->deadline_s) - scenario_time(s, o, e->from_s);

	/* What must stay silent must do so as long as it lasts here. */
	if (e->demand == LAB_SILENT)
		return pressed;
	pressed = pressed > MINUTE_S ? pressed : MINUTE_S;
	return e->deadline_s < pressed ? e->deadline_s : pressed;
}

/* A phase in seconds from the start of the capture. */
static struct lab_fault phase_pressed(const struct lab_scenario *s, const struct lab_options *o, const struct lab_fault *real)
{
	struct lab_fault f = *real;

	f.from_s = real->from_s < 0 ? 0 : scenario_time(s, o, real->from_s);
	f.until_s = scenario_time(s, o, real->until_s);
	f.ramp_s = scenario_time(s, o, real->from_s + real->ramp_s) - scenario_time(s, o, real->from_s);
	for (unsigned int d = 0; d < DOMAIN_IMS; d++) {
		double start = real->until_s + real->back_after_s[d];

		f.back_after_s[d] = scenario_time(s, o, start) - f.until_s;
		f.back_s[d] = scenario_time(s, o, start + real->back_s[d]) - f.until_s - f.back_after_s[d];
	}
	return f;
}

static bool framing_is_sane(const struct lab_framing *f, char error[LAB_ERROR_MAX])
{
	const char *wrong = NULL;

	if (f->mss < 16 || f->mss > 1400)
		wrong = "--mss must lie between 16 and 1400";
	else if (f->fragment != 0 && (f->fragment < 16 || f->fragment > 1280))
		wrong = "--fragment must lie between 16 and 1280";
	else if (f->ip_fragment != 0 && (f->ip_fragment < 128 || f->ip_fragment > 1500))
		wrong = "--ip-fragment must lie between 128 and 1500";
	else if (f->ip_fragment != 0 && f->ipv6 && f->ip_fragment < 256)
		wrong = "--ip-fragment must be at least 256 with --ipv6";
	else if (!(f->duplicate >= 0 && f->duplicate <= 1 && f->lose >= 0 && f->lose <= 1 && f->reorder >= 0 && f->reorder <= 1))
		wrong = "--duplicate, --lose and --reorder are shares between 0 and 1";
	else if (f->associations > WORLD_ASSOCIATIONS_MAX)
		wrong = "--associations must lie between 1 and 40";
	else if (f->associations != 0 && f->both_hops)
		wrong = "--associations and --both-hops exclude each other: each node has its own there";
	if (wrong != NULL)
		snprintf(error, LAB_ERROR_MAX, "%s", wrong);
	return wrong == NULL;
}

static bool options_are_sane(const struct lab_options *o, char error[LAB_ERROR_MAX])
{
	const char *wrong = NULL;

	if (!(o->seconds > 0 && o->seconds <= 1e6))
		wrong = "--seconds must lie between 0 and 1000000";
	else if (!(o->rate > 0 && o->rate <= 1e5))
		wrong = "--rate must lie between 0 and 100000 attempts per second";
	else if (o->subscribers < 100 || o->subscribers > 50000000)
		wrong = "--subscribers must lie between 100 and 50000000";
	else if (!(o->user_rejects >= 0 && o->user_rejects <= 1))
		wrong = "--user-rejects is a share between 0 and 1";
	else if (o->map_share > 1)
		wrong = "--map-share is a share between 0 and 1";
	if (wrong != NULL)
		snprintf(error, LAB_ERROR_MAX, "%s", wrong);
	return wrong == NULL && framing_is_sane(&o->framing, error);
}

/* What was not said: faults begin at the onset and last to the end. */
static bool times_fill(struct lab_options *o, char error[LAB_ERROR_MAX])
{
	for (size_t i = 0; i < o->fault_count; i++) {
		struct lab_fault *f = &o->faults[i];

		if (f->from_s < 0)
			f->from_s = o->onset_s;
		if (f->until_s < 0)
			f->until_s = o->seconds;
		if (f->until_s >= f->from_s)
			continue;
		snprintf(error, LAB_ERROR_MAX, "--fault %s ends before it begins", f->text);
		return false;
	}
	if (o->quiet_until_s < 0)
		o->quiet_until_s = o->seconds;
	return true;
}

bool scenario_apply(struct lab_options *o, char error[LAB_ERROR_MAX])
{
	const struct lab_scenario *s = scenario_find(o->scenario);

	if (s == NULL) {
		snprintf(error, LAB_ERROR_MAX, "unknown scenario '%.40s'; --help lists them", o->scenario == NULL ? "" : o->scenario);
		return false;
	}
	if (!options_are_sane(o, error))
		return false;
	if (o->onset_s < 0)
		o->onset_s = o->seconds / 3;
	if (o->onset_s > o->seconds) {
		snprintf(error, LAB_ERROR_MAX, "--onset %g lies beyond the end at %g seconds", o->onset_s, o->seconds);
		return false;
	}
	if (o->fault_count + s->phase_count > LAB_FAULTS_MAX) {
		snprintf(error, LAB_ERROR_MAX, "too many faults; at most %d", LAB_FAULTS_MAX);
		return false;
	}
	o->world |= s->world;
	memmove(o->faults + s->phase_count, o->faults, o->fault_count * sizeof(*o->faults));
	for (size_t i = 0; i < s->phase_count; i++)
		o->faults[i] = phase_pressed(s, o, &s->phases[i]);
	o->fault_count += s->phase_count;
	return times_fill(o, error);
}
