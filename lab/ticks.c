/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A run of the simulator of ticks from its options to its last tally. Everything that is drawn comes from one stream of chance, in one
 * order.
 */
#include "lab/ticks.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/ticks_model.h"

#define MONTH_S     (30 * 86400.0)
#define MONTH_RATE  300.0
#define STORY_RATE  150.0
#define FAULT_S     7200.0
#define ONSET_S     3600.0
#define SEASON_S    (6 * 3600.0)
#define BLIPS_MOST  2000
#define FRAMES_EACH 4 /* request, answer, and what acknowledges them */
#define TICK_LEAST  (50 * NANOS_PER_MS)
#define TICK_MOST   (300 * NANOS_PER_S)
/* 2012-07-02T00:00:00Z, a Monday. */
#define MONTH_START (INT64_C(1341187200) * NANOS_PER_S)

static const char month_name[] = "month";

void lab_ticks_options_default(struct lab_ticks_options *ret)
{
	*ret = (struct lab_ticks_options){ .scenario = month_name,
					   .seconds = -1,
					   .onset_s = -1,
					   .rate = -1,
					   .user_rejects = 0.04,
					   .subscribers = 200000,
					   .seed = 1,
					   .noise = 1,
					   .blips_a_day = -1 };
}

static bool options_are_sane(const struct lab_ticks_options *o, char error[LAB_ERROR_MAX])
{
	const char *wrong = NULL;

	if (!(o->seconds > 0 && o->seconds <= 400 * 86400.0))
		wrong = "--seconds must lie between 0 and 400 days";
	else if (!(o->rate > 0 && o->rate <= 1e5))
		wrong = "--rate must lie between 0 and 100000 requests per second";
	else if (!(o->user_rejects >= 0 && o->user_rejects <= 1))
		wrong = "--user-rejects is a share between 0 and 1";
	else if (!(o->subscribers >= 100 && o->subscribers <= 5e8))
		wrong = "--subscribers must lie between 100 and 500000000";
	else if (!(o->noise >= 0 && o->noise <= 3))
		wrong = "--noise must lie between 0 and 3";
	else if (!(o->blips_a_day >= 0 && o->blips_a_day * o->seconds <= BLIPS_MOST * 86400.0))
		wrong = "--blips: there may be 2000 in all";
	else if (o->tick < TICK_LEAST || o->tick > TICK_MOST || o->tick % NANOS_PER_MS != 0)
		wrong = "--tick must lie between 0.05 and 300 seconds, in whole milliseconds";
	else if (o->onset_s < 0 || o->onset_s > o->seconds)
		wrong = "--onset lies beyond the end of the run";
	if (wrong != NULL)
		snprintf(error, LAB_ERROR_MAX, "%s", wrong);
	return wrong == NULL;
}

static void options_fill(struct lab_ticks *l)
{
	struct lab_ticks_options *o = &l->options;
	double real_s = l->is_month ? MONTH_S : l->story->real_s > 0 ? l->story->real_s : FAULT_S;

	if (o->seconds < 0)
		o->seconds = l->is_month ? MONTH_S : (o->onset_s < 0 ? ONSET_S : o->onset_s) + real_s;
	if (o->onset_s < 0)
		o->onset_s = o->seconds < 3 * ONSET_S ? o->seconds / 3 : ONSET_S;
	if (l->is_month)
		o->onset_s = 0;
	if (o->rate < 0)
		o->rate = l->is_month ? MONTH_RATE : STORY_RATE;
	if (o->blips_a_day < 0)
		o->blips_a_day = l->is_month ? 16 : 0;
	if (o->tick == 0)
		o->tick = l->is_month ? NANOS_PER_S : TALLY_TICK_DEFAULT;
	if (o->start == 0)
		o->start = l->is_month ? MONTH_START : LAB_EPOCH;
	if (o->size == LAB_TICKS_USUAL && (l->is_month || l->story->phase_count + l->story->event_count == 0))
		o->size = l->is_month ? LAB_TICKS_SMALL : LAB_TICKS_MEDIUM;
}

/*
 * A phase must be paged (or told otherwise) when an expectation begins with it; the rest of a story is what comes of that. What must stay
 * open lasts as long.
 */
static void phase_demand(const struct lab_ticks *l, const struct lab_fault *real, struct lab_ticks_fault *f)
{
	const struct lab_scenario *s = l->story;

	f->demand = LAB_SILENT;
	f->is_change = scenario_demand(s) == LAB_SILENT;
	for (size_t i = 0; i < s->expectation_count && !real->is_collateral; i++) {
		const struct lab_expectation *e = &s->expectations[i];

		if (real->from_s < e->from_s || real->from_s >= e->from_s + fmax(e->deadline_s, 1) || e->demand <= f->demand)
			continue;
		f->demand = e->demand;
		f->open_until_s = e->open_until_s > 0 ? scenario_time(s, &l->pressed, e->open_until_s) : 0;
	}
}

/* The story's phases, pressed into the run, before the faults that were asked for. */
static bool story_fill(struct lab_ticks *l, char error[LAB_ERROR_MAX])
{
	struct lab_ticks_options *o = &l->options;
	size_t count;

	lab_options_default(&l->pressed);
	l->pressed.scenario = o->scenario;
	l->pressed.seconds = fmin(o->seconds, 1e6);
	l->pressed.onset_s = o->onset_s;
	if (!scenario_apply(&l->pressed, error))
		return false;
	count = l->pressed.fault_count;
	if (o->fault_count + count > LAB_TICKS_FAULTS_MAX) {
		snprintf(error, LAB_ERROR_MAX, "too many faults; at most %d with those of the story", LAB_TICKS_FAULTS_MAX);
		return false;
	}
	memmove(o->faults + count, o->faults, o->fault_count * sizeof(*o->faults));
	for (size_t i = 0; i < count; i++) {
		o->faults[i] = (struct lab_ticks_fault){ .fault = l->pressed.faults[i] };
		phase_demand(l, &l->story->phases[i], &o->faults[i]);
	}
	o->fault_count += count;
	ticks_events_fill(l);
	return true;
}

/* What was not said of a fault: it begins at the onset and lasts to the end. */
static bool times_fill(struct lab_ticks_options *o, char error[LAB_ERROR_MAX])
{
	for (size_t i = 0; i < o->fault_count; i++) {
		struct lab_fault *f = &o->faults[i].fault;

		if (f->from_s < 0)
			f->from_s = o->onset_s;
		if (f->until_s < 0)
			f->until_s = o->seconds;
		if (f->until_s >= f->from_s)
			continue;
		snprintf(error, LAB_ERROR_MAX, "--fault %s ends before it begins", f->text);
		return false;
	}
	return true;
}

#define SET_REGISTRATION                                                                                                                   \
	(LAB_SET_REGISTRATION | LAB_SET(CL_CS) | LAB_SET(CL_PS) | LAB_SET(PURGE_CS) | LAB_SET(PURGE_PS) | LAB_SET(CLR) | LAB_SET(PUR))
#define SET_IMS (LAB_SET_IMS | LAB_SET(LIR))

/* The procedures that there are: as asked, else as the size has them, and those that the story speaks of. */
static void rows_choose(struct lab_ticks *l)
{
	const struct lab_ticks_options *o = &l->options;
	bool has_ims = o->size == LAB_TICKS_LARGE || (l->story != NULL && (l->story->world & LAB_WITH_IMS) != 0);
	uint32_t set = o->procedures;

	if (set == 0 && o->size == LAB_TICKS_SMALL)
		set = LAB_SET(ULR);
	else if (set == 0 && o->size == LAB_TICKS_MEDIUM)
		set = SET_REGISTRATION;
	else if (set == 0)
		set = has_ims ? UINT32_MAX : UINT32_MAX & ~SET_IMS;
	for (size_t r = 0; r < ticks_row_count; r++) {
		uint8_t lab = ticks_rows[r].procedure;

		if ((set >> lab & 1) != 0)
			l->rows |= UINT32_C(1) << r;
		l->procedure[r] = procedure_of_name(lab_procedure_rows[lab].words);
		l->timeout[r] = procedure_row(l->procedure[r])->timeout;
	}
}

/* What effects count as, from the tables of the standards. Subscribers that are suddenly unknown were known: the network has lost them. */
static void classes_fill(struct lab_ticks *l)
{
	static const struct {
		uint8_t effect;
		enum cause_layer map, diameter;
		uint16_t map_code, diameter_code;
	} rows[] = {
		{ LAB_EFFECT_SYSTEM_FAILURE, CAUSE_MAP_ERROR, CAUSE_DIAMETER, 34, 5012 },
		{ LAB_EFFECT_CONGESTION, CAUSE_TCAP_P_ABORT, CAUSE_DIAMETER, 4, 3004 },
		{ LAB_EFFECT_UNDELIVERABLE, CAUSE_SCCP_RETURN, CAUSE_DIAMETER, 5, 3002 },
		{ LAB_EFFECT_USER_REJECTS, CAUSE_MAP_ERROR, CAUSE_DIAMETER_EXP, 8, 5004 },
		{ LAB_EFFECT_ABSENT, CAUSE_MAP_ERROR, CAUSE_DIAMETER_EXP, 27, 5001 },
		{ LAB_EFFECT_RELAY_LATE, CAUSE_SCCP_RETURN, CAUSE_DIAMETER, 5, 3002 },
		{ LAB_EFFECT_MISMATCH, CAUSE_MAP_ERROR, CAUSE_DIAMETER_EXP, 34, 5005 },
		{ LAB_EFFECT_NO_TEXTS, CAUSE_MAP_ERROR, CAUSE_DIAMETER, 34, 5012 },
		{ LAB_EFFECT_AGENT_BUSY, CAUSE_TCAP_P_ABORT, CAUSE_DIAMETER, 4, 3004 },
		{ LAB_EFFECT_NO_ROUTE, CAUSE_SCCP_RETURN, CAUSE_DIAMETER, 1, 3002 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		l->classes[0][rows[i].effect] = (uint8_t)cause_class(rows[i].map, rows[i].map_code);
		l->classes[1][rows[i].effect] = (uint8_t)cause_class(rows[i].diameter, rows[i].diameter_code);
	}
	l->classes[0][LAB_EFFECT_UNKNOWN] = l->classes[1][LAB_EFFECT_UNKNOWN] = OUTCOME_NETWORK;
}

/* A second or some in which one register fails three of ten, at any time. */
static void blips_draw(struct lab_ticks *l)
{
	uint64_t count = draw_poisson(&l->chance, l->options.blips_a_day * l->options.seconds / 86400);
	double at_s = 0;

	l->blip_first = l->blip_next = l->truth_count;
	for (uint64_t left = count; left > 0 && l->truth_count < TICKS_TRUTHS_MAX; left--) {
		struct lab_ticks_truth *t = &l->truths[l->truth_count++];

		/* The least of so many that are left, so that they come in order. */
		at_s += (l->options.seconds - at_s) * (1 - pow(chance_unit(&l->chance), 1 / (double)left));
		*t = (struct lab_ticks_truth){ .is_change = true,
					       .is_blip = true,
					       .scope = LAB_SCOPE_HSS,
					       .effect = LAB_EFFECT_SYSTEM_FAILURE,
					       .share = 0.3,
					       .volume = 1,
					       .latency = 1 };
		t->onset = l->start + (nanos)(at_s * 1e9);
		t->until = t->onset + (nanos)((1 + 2 * chance_unit(&l->chance)) * 1e9);
		t->number = 1 + chance_below(&l->chance, l->family[FAMILY_HSS].own);
		snprintf(t->words, sizeof(t->words), "hss=%u and hlr=%u fail 30 %% for a moment", t->number, t->number);
	}
}

static void blip_set(struct lab_ticks *l)
{
	const struct lab_ticks_truth *t = &l->truths[l->blip_next];
	struct lab_fault *f = &l->blip_from.fault;

	*f = (struct lab_fault){ .scope = LAB_SCOPE_HSS, .effect = LAB_EFFECT_SYSTEM_FAILURE, .share = t->share };
	f->from_s = nanos_to_s(t->onset - l->start);
	f->until_s = nanos_to_s(t->until - l->start);
	memset(l->blip.server, 0, sizeof(l->blip.server));
	l->blip.server[t->number - 1] = 1;
	l->blip.from = &l->blip_from;
}

static void blips_open(struct lab_ticks *l)
{
	struct ticks_fault *t = &l->blip;

	t->people = (1u << PEOPLE_COUNT) - 1;
	t->routes = (1u << TICKS_ROUTES) - 1;
	t->buckets = UINT64_MAX;
	t->digit = 10;
	t->chance = 1;
	t->subscribers = 1;
	t->has_servers = true;
	for (size_t r = 0; r < ticks_row_count; r++)
		if (!ticks_rows[r].is_downward && (ticks_rows[r].registers == FAMILY_HLR || ticks_rows[r].registers == FAMILY_HSS))
			t->rows |= UINT32_C(1) << r;
	if (l->blip_next < l->truth_count)
		blip_set(l);
}

static void blips_turn(struct lab_ticks *l)
{
	while (l->blip_next < l->truth_count && l->now >= l->truths[l->blip_next].until)
		if (++l->blip_next < l->truth_count)
			blip_set(l);
	if (l->blip_next == l->truth_count)
		l->blip.from = NULL;
}

static bool memory_take(struct lab_ticks *l)
{
	l->faults = calloc(LAB_TICKS_FAULTS_MAX, sizeof(*l->faults));
	l->truths = calloc(TICKS_TRUTHS_MAX, sizeof(*l->truths));
	l->said = calloc(TICKS_NOTICES_MAX + LAB_TICKS_FAULTS_MAX, sizeof(*l->said));
	return l->faults != NULL && l->truths != NULL && l->said != NULL && ticks_cells_build(l) && ticks_requests_open(l) &&
	       ticks_notices_build(l);
}

static bool scenario_choose(struct lab_ticks *l, char error[LAB_ERROR_MAX])
{
	const char *name = l->options.scenario == NULL ? month_name : l->options.scenario;

	l->is_month = strcmp(name, month_name) == 0;
	l->story = l->is_month ? NULL : scenario_find(name);
	if (l->story == NULL && !l->is_month)
		snprintf(error, LAB_ERROR_MAX, "unknown scenario '%.40s'; --help lists them", name);
	return l->is_month || l->story != NULL;
}

/* Long stories see the hours of the day; those that are about the hours bring their own. */
static bool sees_hours(const struct lab_ticks *l)
{
	const struct lab_shelf *quiet = &scenarios_quiet;
	bool is_quiet = l->story >= quiet->rows && l->story < quiet->rows + quiet->count - 1;

	return l->is_month || (l->options.seconds >= SEASON_S && !is_quiet);
}

static bool world_make(struct lab_ticks *l, char error[LAB_ERROR_MAX])
{
	options_fill(l);
	if (!options_are_sane(&l->options, error))
		return false;
	chance_seed(&l->chance, l->options.seed);
	l->tick = l->options.tick;
	l->start = l->options.start / l->tick * l->tick;
	l->end = l->start + (nanos)(l->options.seconds * 1e9);
	l->has_season = sees_hours(l);
	rows_choose(l);
	classes_fill(l);
	ticks_world_build(l);
	if (!l->is_month && !story_fill(l, error))
		return false;
	ticks_month_fill(l);
	return times_fill(&l->options, error);
}

struct lab_ticks *lab_ticks_open(const struct lab_ticks_options *options, char error[LAB_ERROR_MAX])
{
	struct lab_ticks *l = calloc(1, sizeof(*l));
	bool is_sane;

	if (l == NULL)
		goto no_memory;
	l->options = *options;
	is_sane = scenario_choose(l, error) && world_make(l, error);
	if (is_sane && !memory_take(l))
		goto no_memory;
	if (!is_sane || !ticks_faults_build(l, error)) {
		lab_ticks_close(l);
		errno = EINVAL;
		return NULL;
	}
	for (size_t i = 0; i < l->fault_count; i++)
		ticks_fault_tell(l, &l->faults[i], &l->truths[l->truth_count++]);
	ticks_month_tell(l);
	blips_draw(l);
	blips_open(l);
	ticks_weather_open(l);
	return l;
no_memory:
	lab_ticks_close(l);
	snprintf(error, LAB_ERROR_MAX, "not enough memory");
	errno = ENOMEM;
	return NULL;
}

void lab_ticks_close(struct lab_ticks *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->slot_count && l->slots != NULL; i++)
		free(l->slots[i].list);
	free(l->slots);
	free(l->cell);
	free(l->out);
	free(l->quick);
	free(l->mark);
	free(l->parent);
	free(l->segment_of);
	free(l->faults);
	free(l->truths);
	free(l->notices);
	free(l->said);
	free(l);
}

bool lab_ticks_next(struct lab_ticks *l, struct tally *ret)
{
	size_t count;
	uint64_t frames, before = l->requests;

	if (l->now >= l->end || l->is_out_of_memory)
		return false;
	ticks_weather_turn(l);
	blips_turn(l);
	ticks_faults_turn(l, nanos_to_s(l->now - l->start));
	ticks_requests(l);
	l->unseen_since += l->weather.unseen;
	ticks_notices_turn(l);
	count = ticks_cells_emit(l);
	/* Acknowledgements travel both ways; those of the network itself even when nobody asks. */
	frames = FRAMES_EACH * (l->requests - before) + draw_poisson(&l->chance, 20 * nanos_to_s(l->tick));
	*ret = (struct tally){ .start = l->now,
			       .length = l->tick,
			       .cells = l->out,
			       .count = count,
			       .packets = frames,
			       .dropped = (uint64_t)((double)frames * l->weather.loss / (1 - l->weather.loss)),
			       .sctp_missing = l->weather.missing,
			       .unseen = l->weather.unseen };
	l->now += l->tick;
	return true;
}

double lab_ticks_done(const struct lab_ticks *l)
{
	return fmin(1, (double)(l->now - l->start) / (double)(l->end - l->start));
}

const struct lab_ticks_notice *lab_ticks_notices(const struct lab_ticks *l, size_t *ret_count)
{
	*ret_count = l->said_count;
	return l->said;
}

struct outcome lab_ticks_notice_outcome(const struct lab_ticks_notice *n)
{
	return (struct outcome){ .time = n->time,
				 .clock = n->time,
				 .latency = -1,
				 .client = n->client,
				 .server = n->server,
				 .cause = n->kind,
				 .tries = n->degree,
				 .event = OUTCOME_EVENT_NOTICE };
}

void lab_ticks_plan(const struct lab_ticks *l, struct plan *plan)
{
	plan->segments = l->segments;
	plan->segment_count = l->segment_count;
	plan->network_name = "O2 UK";
	plan->detection.tick = l->tick;
	plan->calendar.holidays = l->holidays;
	plan->calendar.holiday_count = l->holiday_count;
	plan->calendar.maintenance = l->maintenance;
	plan->calendar.maintenance_count = l->maintenance_count;
}

const struct lab_ticks_truth *lab_ticks_truth(const struct lab_ticks *l, size_t *ret_count)
{
	*ret_count = l->truth_count;
	return l->truths;
}

const struct lab_expectation *lab_ticks_expectations(const struct lab_ticks *l, size_t *ret_count)
{
	*ret_count = l->story == NULL ? 0 : l->story->expectation_count;
	return l->story == NULL ? NULL : l->story->expectations;
}

nanos lab_ticks_onset(const struct lab_ticks *l)
{
	return l->start + (nanos)(l->options.onset_s * 1e9);
}
