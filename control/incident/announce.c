/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a case to an alarm: numbers of the last seconds, causes, examples, severity, words.
 *
 * Causes are shares of the excess, not of all failures: what fails every day is taken off. What the fault looked like (causes, stickiness,
 * examples) is kept from the last line before the recovery, when there is nothing left to look at.
 *
 * false_alarm_odds: both statistics of a page are e-processes with thresholds A = T / w, T the page interval and w the stream's share of
 * the budget, so that in T one false page is to be expected at most. Had every threshold been higher by the factor e^x by which this page
 * exceeds its own in both statistics (x = min(log_r, log_b) - log_page, best page of the incident), it would be e^-x false pages in T:
 * odds = min(1, e^-x), not below 1e-12, since nobody knows the world that well. Called by incident.c.
 */
#include <math.h>
#include <string.h>

#include "control/incident/case.h"
#include "control/incident/finding.h"
#include "control/incident/kinds.h"
#include "control/incident/maintenance.h"
#include "control/incident/words.h"

#define WINDOW          (30 * NANOS_PER_S)
#define CAUSES_SEEN_MAX 32
#define CAUSE_LEAST     0.005
#define RAT_LEAST_SHARE 0.02
#define STICKY_LEAST    5
#define FLAPPING        3
#define ODDS_LEAST      1e-12
#define STILL_SHARE     0.1 /* a procedure is not well yet when this part of what the worst one fails is left */

struct count_cause {
	struct case_cause cause;
	double failed;
};

/* What the last seconds show in the place. */
struct view {
	const struct incident *c;
	nanos from, until;
	double requests, failed, expected;
	double by_procedure[CASE_PROCEDURES];
	double asked[CASE_PROCEDURES];
	double by_rat[RAT_COUNT];
	double rat_expected[RAT_COUNT];
	struct count_cause causes[CAUSES_SEEN_MAX];
	size_t cause_count;
	double usual[CASE_GROUP_COUNT]; /* expected failures of each group */
	struct outcome examples[INCIDENT_EXAMPLES_MAX];
	size_t example_count;
};

static void view_cause(struct view *v, const struct outcome *o)
{
	size_t at = 0;

	while (at < v->cause_count && (v->causes[at].cause.cause != o->cause || v->causes[at].cause.cause_layer != o->cause_layer))
		at++;
	if (at == CAUSES_SEEN_MAX)
		return;
	if (at == v->cause_count) {
		v->causes[at] = (struct count_cause){ .cause = { .cause = o->cause, .cause_layer = o->cause_layer } };
		v->cause_count++;
	}
	v->causes[at].failed++;
}

/* Examples are of different subscribers. */
static void view_example(struct view *v, const struct outcome *o)
{
	if (v->example_count == INCIDENT_EXAMPLES_MAX)
		return;
	for (size_t i = 0; i < v->example_count; i++) {
		if (v->examples[i].imsi == o->imsi)
			return;
	}
	v->examples[v->example_count++] = *o;
}

static void view_take(struct view *v, const struct outcome *o)
{
	enum rat rat = case_rat_of(o);
	double usual = case_baseline(v->c, o->procedure);

	v->requests++;
	v->asked[o->procedure]++;
	v->expected += usual;
	v->rat_expected[rat] += usual;
	for (int group = 0; group < CASE_GROUP_COUNT; group++) {
		if (v->c->has_group[group])
			v->usual[group] += (double)v->c->baseline[group][o->procedure];
	}
	if (!case_fails(v->c, o))
		return;
	v->failed++;
	v->by_procedure[o->procedure]++;
	v->by_rat[rat]++;
	view_cause(v, o);
	view_example(v, o);
}

static void view_make(struct view *v, const struct incident *c, const struct workshop *w, nanos now)
{
	size_t count = evidence_count(w->evidence);

	memset(v, 0, sizeof(*v));
	v->c = c;
	v->until = c->has_group[CASE_SILENT] ? now - OUTCOME_OVERDUE_AGE : now;
	v->from = now - WINDOW;
	if (c->phase == CASE_RESTORING) { /* the present, not the fault before it */
		v->from = (c->recovery.judged - 4) * NANOS_PER_S;
		v->until = (c->recovery.judged + 1) * NANOS_PER_S;
	}
	if (v->from < c->onset)
		v->from = c->onset;
	if (v->from < c->view_from)
		v->from = c->view_from;
	for (size_t back = 0; back < count; back++) {
		const struct outcome *o = evidence_record(w->evidence, back);

		if (o->clock < v->from)
			return;
		if (o->time >= v->from && o->time <= v->until && case_counts(c, o) && case_is_here(c, o))
			view_take(v, o);
	}
}

static void causes_fill(struct alarm *a, const struct view *v)
{
	double by_group[CASE_GROUP_COUNT] = { 0 };
	double total = 0;

	for (size_t i = 0; i < v->cause_count; i++) {
		struct outcome o = { .cause = v->causes[i].cause.cause, .cause_layer = v->causes[i].cause.cause_layer };

		o.class = (uint8_t)(o.cause_layer == CAUSE_TIMEOUT ? OUTCOME_TIMEOUT
								   : cause_class((enum cause_layer)o.cause_layer, o.cause));
		if (case_group_of(&o) < CASE_GROUP_COUNT)
			by_group[case_group_of(&o)] += v->causes[i].failed;
	}
	a->cause_count = 0;
	for (size_t i = 0; i < v->cause_count; i++) {
		struct outcome o = { .cause = v->causes[i].cause.cause, .cause_layer = v->causes[i].cause.cause_layer };
		enum case_group group;
		double excess = v->causes[i].failed;
		size_t at;

		o.class = (uint8_t)(o.cause_layer == CAUSE_TIMEOUT ? OUTCOME_TIMEOUT
								   : cause_class((enum cause_layer)o.cause_layer, o.cause));
		group = case_group_of(&o);
		if (group < CASE_GROUP_COUNT && by_group[group] > 0)
			excess *= fmax(0, 1 - v->usual[group] / by_group[group]);
		total += excess;
		for (at = a->cause_count; at > 0 && a->causes[at - 1].share < excess; at--) {
			if (at < INCIDENT_CAUSES_MAX)
				a->causes[at] = a->causes[at - 1];
		}
		if (at == INCIDENT_CAUSES_MAX)
			continue;
		a->causes[at] = (struct incident_cause){ .cause = o.cause, .cause_layer = o.cause_layer, .share = excess };
		a->cause_count += a->cause_count < INCIDENT_CAUSES_MAX;
	}
	for (size_t i = 0; i < a->cause_count; i++)
		a->causes[i].share = total > 0 ? a->causes[i].share / total : 0;
	while (a->cause_count > 1 && a->causes[a->cause_count - 1].share < CAUSE_LEAST)
		a->cause_count--;
}

/* Procedures of the incident, those that fail most first; what they and the radio accesses take from the subscriber. */
static void procedures_fill(struct alarm *a, const struct incident *c, const struct view *v)
{
	a->procedure_count = 0;
	a->services = 0;
	for (size_t p = 0; p < CASE_PROCEDURES; p++) {
		const struct procedure_row *row = procedure_row((procedure)p);
		size_t at;

		if (!c->has_procedure[p])
			continue;
		if (row)
			a->services |= row->services;
		for (at = a->procedure_count; at > 0 && v->by_procedure[a->procedures[at - 1]] < v->by_procedure[p]; at--) {
			if (at < INCIDENT_PROCEDURES_MAX)
				a->procedures[at] = a->procedures[at - 1];
		}
		if (at == INCIDENT_PROCEDURES_MAX)
			continue;
		a->procedures[at] = (procedure)p;
		a->procedure_count += a->procedure_count < INCIDENT_PROCEDURES_MAX;
	}
	a->rats = 0;
	for (unsigned int rat = RAT_NONE + 1; rat < RAT_COUNT; rat++) {
		double excess = v->by_rat[rat] - v->rat_expected[rat];

		if (excess >= 2 && excess >= RAT_LEAST_SHARE * v->failed)
			a->rats |= (uint16_t)(1U << rat);
	}
}

/*
 * Of the subscribers that failed and tried again, the share that failed again: about 1 when a subscriber's data are lost, the share of the
 * fault when one of several front ends is ill. Records come newest first, so the later request of a subscriber is met before the earlier.
 */
static double sticky_find(const struct incident *c, struct workshop *w)
{
	size_t count = evidence_count(w->evidence);
	double again = 0;
	double tried = 0;

	samples_clear(&w->samples);
	for (size_t back = 0; back < count; back++) {
		const struct outcome *o = evidence_record(w->evidence, back);
		struct sample sample = { .imsi = o->imsi };

		if (o->clock < c->onset)
			break;
		if (!o->imsi || o->time < c->onset || !case_counts(c, o) || !case_is_here(c, o))
			continue;
		sample.is_failing = case_fails(c, o);
		samples_add(&w->samples, &sample);
	}
	samples_pair(&w->samples, &tried, &again);
	return tried >= STICKY_LEAST ? again / tried : -1;
}

/* Subscribers of the place, as far as the configuration tells: of the brands that it is confined to, or of all. 0: not known. */
static uint64_t subscribers_known(const struct incident *c, const struct plan *plan)
{
	uint64_t sum = 0, most = 0;

	for (size_t i = 0; i < plan->segment_count && i < 64; i++) {
		const struct plan_segment *s = &plan->segments[i];

		most = s->subscribers > most ? s->subscribers : most;
		if (c->place.only_segments >> i & 1)
			sum += s->subscribers;
	}
	if (c->place.only_segments)
		return sum;
	return place_is_everywhere(&c->place) ? most : 0;
}

static double subscribers_share_of(const struct incident *c)
{
	double share = place_everywhere_share(&c->place);

	for (size_t i = 0; i < c->place.part_count && share <= 0; i++)
		share = fmax(share, c->place.parts[i].share);
	return fmin(1, share);
}

static void size_fill(struct alarm *a, const struct incident *c, const struct plan *plan)
{
	struct case_size size = case_size(c);

	double share = subscribers_share_of(c);

	a->basis = BASIS_SUBSCRIBERS;
	a->seen = (uint64_t)llround(fmax(size.estimate, 0));
	/* Those who have not tried yet fail like the others: known where the configuration says how many there are. */
	a->projected = (uint64_t)llround(share * (double)subscribers_known(c, plan));
	a->projected = a->projected > a->seen ? a->projected : 0;
	a->upper = a->projected ? (uint64_t)llround((double)subscribers_known(c, plan) * fmin(1, share + 0.05 + 0.1 * share)) : 0;
	a->attempts = c->attempts;
	a->affected = (uint64_t)llround(size.estimate);
	a->affected_low = (uint64_t)floor(size.low);
	a->affected_high = (uint64_t)ceil(size.high);
	a->recovered = (uint64_t)llround(size.recovered);
}

static uint64_t greater(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Those of before a restart and those of afterwards may be the same ones: together they are at least the more, and at most the sum. */
static void past_fill(struct alarm *a, const struct incident *c)
{
	a->attempts += c->past.attempts;
	a->affected = greater(a->affected, c->past.affected);
	a->affected_low = greater(a->affected_low, c->past.low);
	a->affected_high += c->past.high;
	a->recovered = greater(a->recovered, c->past.recovered);
	a->seen = greater(a->seen, c->past.affected);
}

static void recovery_fill(struct alarm *a, const struct incident *c, struct words_facts *facts)
{
	bool is_recovering = a->state == INCIDENT_RESTORING || a->state == INCIDENT_CLEARED;

	a->recovered_percent = a->state == INCIDENT_CLEARED ? 100 : is_recovering ? c->recovery.percent : 0;
	a->eta_s = a->eta_low_s = a->eta_high_s = -1;
	if (a->state == INCIDENT_RESTORING && recovery_forecast(&c->recovery, &a->eta_low_s, &a->eta_high_s))
		a->eta_s = sqrt(fmax(1, a->eta_low_s) * fmax(1, a->eta_high_s));
	for (unsigned int rat = 0; rat < RAT_COUNT; rat++)
		facts->restored[rat] = is_recovering ? recovery_percent_of(&c->recovery, (enum rat)rat) : -1;
	memcpy(a->restored_rat, facts->restored, sizeof(a->restored_rat));
	for (unsigned int i = 0; i < PLAN_SEGMENTS_MAX; i++)
		a->restored_segment[i] = is_recovering && (a->segments >> i & 1) ? recovery_percent_of_segment(&c->recovery, i) : -1;
	facts->good_since = is_recovering ? c->recovery.good_since * NANOS_PER_S : 0;
}

/* What a procedure fails now, beyond the usual; 0 for a failure or two. */
static double procedure_excess(const struct incident *c, const struct view *v, procedure p)
{
	double excess = v->by_procedure[p] - case_baseline(c, p) * v->asked[p];

	return excess >= 2 ? excess / v->asked[p] : 0;
}

/* The procedures that still fail, where some of them are well again. */
static void still_fill(const struct alarm *a, const struct incident *c, const struct view *v, struct words_facts *facts)
{
	double worst = 0, failed = 0, asked = 0;

	for (size_t i = 0; i < a->procedure_count; i++)
		worst = fmax(worst, procedure_excess(c, v, a->procedures[i]));
	for (size_t i = 0; i < a->procedure_count && worst > 0; i++) {
		procedure p = a->procedures[i];

		if (procedure_excess(c, v, p) < STILL_SHARE * worst)
			continue;
		facts->still[facts->still_count++] = p;
		failed += v->by_procedure[p];
		asked += v->asked[p];
	}
	facts->still_share = asked > 0 ? fmin(1, failed / asked) : 0;
}

static void trend_fill(struct alarm *a, const struct alarm *before)
{
	a->trend = TREND_NO_CHANGE;
	if (a->state == INCIDENT_RESTORING || a->state == INCIDENT_CLEARED)
		a->trend = TREND_LESS_SEVERE;
	else if (a->state == INCIDENT_RAISED || before->state == INCIDENT_RESTORING || a->severity > before->severity)
		a->trend = TREND_MORE_SEVERE;
	else if ((double)a->affected > 1.1 * (double)before->affected)
		a->trend = TREND_MORE_SEVERE;
}

static bool is_congestion(const struct incident_cause *cause)
{
	return cause->cause_layer != CAUSE_TIMEOUT && cause_class((enum cause_layer)cause->cause_layer, cause->cause) == OUTCOME_CONGESTION;
}

enum incident_kind case_kind(const struct incident *c)
{
	uint32_t facts = c->facts | FACT_BIT(c->silent_share > 0.5 ? FACT_SILENT : FACT_REFUSED);
	struct incident_node nodes[INCIDENT_NODES_MAX];

	/* That a node is gone is no name for what is at no node. */
	if (place_nodes(&c->place, nodes) == 0)
		facts &= ~(FACT_BIT(FACT_PEER_DOWN) | FACT_BIT(FACT_ROUTE_DOWN));
	return kind_of_facts(facts | (c->is_congested ? FACT_BIT(FACT_CONGESTED) : 0));
}

/* What the fault looks like; not asked any more when it is over. */
static void fault_fill(struct alarm *a, struct incident *c, struct workshop *w, const struct view *v)
{
	double silent = 0;

	causes_fill(a, v);
	procedures_fill(a, c, v);
	for (size_t i = 0; i < a->cause_count; i++)
		silent += a->causes[i].cause_layer == CAUSE_TIMEOUT ? a->causes[i].share : 0;
	c->silent_share = silent > 0 || a->cause_count > 0 ? silent : c->has_group[CASE_SILENT] ? 1 : 0;
	c->is_congested = a->cause_count > 0 && is_congestion(&a->causes[0]) && a->causes[0].share > 0.5;
	a->kind = case_kind(c);
	a->factor = c->factor;
	a->sticky = sticky_find(c, w);
	memcpy(a->examples, v->examples, sizeof(a->examples));
	a->example_count = v->example_count;
}

void case_announce(struct incident *c, struct workshop *w, enum incident_state state, nanos now)
{
	struct words_names names = { .plan = w->plan, .name_of = w->name_of, .names = w->names };
	struct words_facts facts = { .place = &c->place };
	struct alarm before = c->last;
	struct alarm *a = &c->last;
	struct view view;
	bool is_overdue;

	view_make(&view, c, w, now);
	a->time = now;
	a->onset = c->onset;
	a->state = state;
	if (state == INCIDENT_RAISED || state == INCIDENT_CHANGED)
		fault_fill(a, c, w, &view);
	place_describe(&c->place, a);
	a->requests = (uint64_t)view.requests;
	a->failed = (uint64_t)view.failed;
	a->window_s = fmax(0, nanos_to_s(view.until - view.from));
	a->observed_ratio = view.requests > 0 ? fmin(1, view.failed / view.requests) : 0; /* those of before may fail within the window */
	if (view.requests > 0)
		a->baseline_ratio = view.expected / view.requests;
	a->false_alarm_odds = fmax(ODDS_LEAST, fmin(1, exp(-c->evidence_nats)));
	size_fill(a, c, w->plan);
	past_fill(a, c);
	a->worst = case_severity(c, w, (double)a->affected, now);
	a->severity = state == INCIDENT_CLEARED ? SEVERITY_CLEARED : a->worst;
	a->packets_dropped = c->dropped;
	a->loss_estimate = c->packets + c->dropped ? (double)c->dropped / (double)(c->packets + c->dropped) : 0;
	recovery_fill(a, c, &facts);
	still_fill(a, c, &view, &facts);
	trend_fill(a, &before);
	a->is_partner = case_is_partner(c, w);
	a->is_maintained = maintenance_covers(w->plan, &c->place, w->name_of, w->names, c->onset, now, &is_overdue);
	a->is_statutory = a->affected >= STATUTORY_SUBSCRIBERS && now - c->onset >= STATUTORY_AGE;
	a->is_flapping = c->waves >= FLAPPING;
	a->blind_count = 0;
	for (size_t i = 0; i < c->condition_count && a->blind_count < sizeof(a->blind) / sizeof(a->blind[0]); i++) {
		if (c->conditions[i].kind == CONDITION_BLIND)
			a->blind[a->blind_count++] = c->conditions[i].about;
	}
	facts.conditions = c->conditions;
	facts.condition_count = c->condition_count;
	facts.share = place_everywhere_share(&c->place);
	facts.is_unnamed = c->subscribers.count == 0 && c->past.affected == 0;
	facts.recalled = c->recalled;
	facts.is_given_up = state == INCIDENT_CHANGED && case_is_quiet(c) && case_is_given_up(c);
	if (!a->alarm_id[0])
		words_alarm_id(&names, a, a->alarm_id);
	words_summary(&names, a, &facts, a->summary);
	words_repair(&names, a, &facts, a->repair);
	words_details(&names, a, &facts, a->details, &a->detail_count);
	c->is_unseen = false;
	c->announced = c->place;
	c->announced_registrations = case_registrations(c);
}
