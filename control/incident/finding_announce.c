/* SPDX-License-Identifier: BSD-3-Clause */
/* From a finding to an alarm, as announce.c makes one of a case. Called by incident.c when a finding is announced. */
#include <math.h>
#include <string.h>

#include "control/incident/finding.h"
#include "control/incident/maintenance.h"
#include "control/incident/sums_named.h"
#include "control/incident/words.h"

#define ODDS_LEAST     1e-12
#define RECENT         20 /* units that show what is restored */
#define RESTORED_LEAST 20

static void procedures_fill(struct alarm *a, const struct finding *f)
{
	a->procedure_count = 0;
	a->services = 0;
	a->rats = 0;
	for (size_t p = 0; p < SUMS_PROCEDURES - 1; p++) {
		const struct procedure_row *row = procedure_row((procedure)p);

		if (!f->has_procedure[p] || !row || a->procedure_count == INCIDENT_PROCEDURES_MAX)
			continue;
		a->procedures[a->procedure_count++] = (procedure)p;
		a->services |= row->services;
		if (row->rat != RAT_NONE)
			a->rats |= (uint16_t)(1U << row->rat);
	}
}

enum nearness { AROUND, BESIDE, INSIDE, ITSELF };

static bool set_has(const struct place_part *p, uint64_t value)
{
	for (size_t i = 0; i < p->set_count; i++) {
		if (p->set[i] == value)
			return true;
	}
	return false;
}

/* Whether a place is of names, and the stream one of them or in one of them. */
static bool named_has(const struct place *place, const struct stream_key *key, const struct sums_question *q)
{
	for (size_t i = 0; i < place->part_count; i++) {
		const struct place_part *p = &place->parts[i];

		for (size_t j = 0; p->set_dimension == DIMENSION_NAMED && j < p->set_count; j++) {
			if (p->set[j] == key->value || sums_name_contains(q, p->set[j], key->value))
				return true;
		}
	}
	return false;
}

/* How a stream lies to the place. What only contains it, or is of another
 * incident, says nothing of this one. */
static enum nearness nearness_of(const struct place *place, const struct stream_key *key, const struct sums_question *q)
{
	enum nearness found = BESIDE;

	for (size_t i = 0; i < q->other_count; i++) {
		if (key->dimension == DIMENSION_NAMED && named_has(q->others[i], key, q) && !named_has(place, key, q))
			return AROUND;
	}
	if (key->dimension == DIMENSION_ALL)
		return place_is_everywhere(place) ? ITSELF : AROUND;
	for (size_t i = 0; i < place->part_count; i++) {
		const struct place_part *p = &place->parts[i];

		if (key->dimension == p->set_dimension && set_has(p, key->value))
			return ITSELF;
		for (size_t j = 0; key->dimension == DIMENSION_IMSI_PREFIX && j < p->prefix_count; j++) {
			if (key->value == p->prefixes[j])
				return ITSELF;
			if (digits_begin_with(key->value, p->prefixes[j]))
				found = INSIDE;
			else if (digits_begin_with(p->prefixes[j], key->value) && found == BESIDE)
				found = AROUND;
		}
		for (size_t j = 0; key->dimension == DIMENSION_NAMED && p->set_dimension == DIMENSION_NAMED && j < p->set_count; j++) {
			if (sums_name_contains(q, p->set[j], key->value))
				found = INSIDE;
			else if (sums_name_contains(q, key->value, p->set[j]) && found == BESIDE)
				found = AROUND;
		}
	}
	if (found == BESIDE && key->dimension != DIMENSION_IMSI_PREFIX && place_has_stream(place, key))
		return ITSELF;
	return found;
}

/* The place itself before its parts and these before the rest; pages first, the clearest first. */
static void streams_fill(struct alarm *a, const struct finding *f, const struct finding_tools *t)
{
	const struct finding_stream *list[FINDING_STREAMS_MAX];
	double order[FINDING_STREAMS_MAX];
	struct sums_question q = finding_question(f, t);
	size_t count = 0;

	memcpy(q.others, t->others, sizeof(q.others));
	q.other_count = t->other_count;
	for (size_t i = 0; i < f->stream_count; i++) {
		const struct finding_stream *s = &f->streams[i];
		enum nearness nearness = nearness_of(&f->place, &s->last.stream, &q);
		size_t at = count++;
		double nats = fmin(s->last.log_r, s->last.log_b) + (s->is_page ? 1e6 : 0) + 1e7 * (double)nearness;

		for (; at > 0 && order[at - 1] < nats; at--) {
			list[at] = list[at - 1];
			order[at] = order[at - 1];
		}
		list[at] = s;
		order[at] = nats;
	}
	a->stream_count = 0;
	for (size_t i = 0; i < count && a->stream_count < INCIDENT_STREAMS_MAX; i++) {
		bool is_there = a->stream_count && nearness_of(&f->place, &list[i]->last.stream, &q) == AROUND;

		for (size_t j = 0; j < a->stream_count; j++)
			is_there = is_there || memcmp(&a->streams[j], &list[i]->last.stream, sizeof(a->streams[j])) == 0;
		if (!is_there)
			a->streams[a->stream_count++] = list[i]->last.stream;
	}
}

static void numbers_fill(struct alarm *a, const struct finding *f, const struct finding_tools *t)
{
	const struct suspicion *lead = f->stream_count ? &f->streams[f->lead].last : NULL;
	double excess = fmax(0, f->failed - f->expected);

	a->requests = (uint64_t)llround(f->requests);
	a->failed = (uint64_t)llround(f->failed);
	a->attempts = a->failed;
	a->window_s = fmax(0, nanos_to_s(t->now - f->onset));
	a->basis = BASIS_NONE;
	a->factor = a->slow_s = a->slow_usual_s = 0;
	if (!lead)
		return;
	a->observed_ratio = f->requests > 0 ? f->failed / f->requests : lead->observed_ratio;
	a->baseline_ratio = f->requests > 0 ? f->expected / f->requests : lead->baseline_ratio;
	if (a->state == INCIDENT_RESTORING || a->state == INCIDENT_CLEARED)
		a->observed_ratio = f->present_share;
	if (lead->evidence < EVIDENCE_JUDGED)
		a->observed_ratio = fmin(1, a->observed_ratio);
	else {
		a->observed_ratio = lead->observed_ratio;
		a->baseline_ratio = lead->baseline_ratio;
	}
	if (lead->evidence == EVIDENCE_DROP || lead->evidence == EVIDENCE_SURGE)
		a->factor = lead->observed_ratio;
	if (lead->evidence == EVIDENCE_REPEATS && lead->baseline_ratio > 0)
		a->factor = lead->observed_ratio / lead->baseline_ratio;
	if (lead->evidence == EVIDENCE_SLOW) {
		a->slow_s = lead->observed_ratio;
		a->slow_usual_s = lead->baseline_ratio;
	}
	for (size_t i = 0; i < f->stream_count; i++) {
		const struct suspicion *s = &f->streams[i].last;

		if (s->evidence == EVIDENCE_SURGE)
			a->factor = fmax(a->factor, s->observed_ratio);
	}
	if (lead->evidence < EVIDENCE_JUDGED && a->state != INCIDENT_CLEARED) {
		a->basis = BASIS_REQUESTS;
		a->affected = (uint64_t)llround(excess);
		a->affected_low = (uint64_t)llround(excess / 4); /* retry timers multiply attempts (DESIGN 3.10) */
		a->affected_high = a->affected;
		a->seen = 0;
	} else if (lead->evidence < EVIDENCE_JUDGED)
		a->basis = BASIS_REQUESTS;
}

/* What is left of the fault per radio access and segment: their shares in the last units against those since the onset. */
static void restored_fill(struct alarm *a, const struct finding *f, const struct finding_tools *t, struct words_facts *facts)
{
	bool is_ending = a->state == INCIDENT_RESTORING || a->state == INCIDENT_CLEARED;
	struct sums_question q = finding_question(f, t);
	double was_n[RAT_COUNT] = { 0 }, was_x[RAT_COUNT] = { 0 }, now_n[RAT_COUNT] = { 0 }, now_x[RAT_COUNT] = { 0 };
	double usual = f->requests > 0 ? f->expected / f->requests : 0;

	for (size_t i = 0; i < RAT_COUNT; i++)
		a->restored_rat[i] = -1;
	for (size_t i = 0; i < PLAN_SEGMENTS_MAX; i++)
		a->restored_segment[i] = -1;
	for (size_t row = 0; is_ending && row < ledger_count(t->ledger); row++) {
		const struct stream_key *key = ledger_key(t->ledger, row);
		const struct procedure_row *p = procedure_row(key->procedure);
		struct sums_entry was, now;

		if (!p || !f->has_procedure[sums_procedure(key->procedure)] ||
		    (key->dimension != DIMENSION_ALL && key->dimension != DIMENSION_SEGMENT))
			continue;
		q.onset = f->onset;
		q.until = f->gauge.moving_since ? f->gauge.moving_since : t->now;
		sums_row(&q, row, &was);
		q.onset = t->now - RECENT * ledger_unit(t->ledger);
		q.until = t->now;
		sums_row(&q, row, &now);
		if (key->dimension == DIMENSION_ALL) {
			was_n[p->rat] += was.n;
			was_x[p->rat] += was.x;
			now_n[p->rat] += now.n;
			now_x[p->rat] += now.x;
		} else if (key->value < PLAN_SEGMENTS_MAX && (f->place.segments >> key->value & 1) && was.x >= RESTORED_LEAST &&
			   now.n >= RESTORED_LEAST && was.x > 2 * usual * was.n)
			a->restored_segment[key->value] = 100 *
							  fmax(0, fmin(1, 1 - fmax(0, now.x / now.n - usual) / (was.x / was.n - usual)));
	}
	for (size_t i = RAT_NONE + 1; i < RAT_COUNT; i++) {
		if (was_x[i] >= RESTORED_LEAST && now_n[i] >= RESTORED_LEAST && was_x[i] > 2 * usual * was_n[i])
			a->restored_rat[i] = 100 *
					     fmax(0, fmin(1, 1 - fmax(0, now_x[i] / now_n[i] - usual) / (was_x[i] / was_n[i] - usual)));
	}
	memcpy(facts->restored, a->restored_rat, sizeof(facts->restored));
}

static void recovery_fill(struct alarm *a, const struct finding *f, struct words_facts *facts)
{
	a->recovered_percent = a->state == INCIDENT_CLEARED ? 100 : a->state == INCIDENT_RESTORING ? gauge_percent(&f->gauge) : 0;
	a->eta_s = a->eta_low_s = a->eta_high_s = -1;
	if (a->state == INCIDENT_RESTORING && gauge_forecast(&f->gauge, &a->eta_low_s, &a->eta_high_s))
		a->eta_s = sqrt(fmax(1, a->eta_low_s) * fmax(1, a->eta_high_s));
	facts->good_since = a->state == INCIDENT_RESTORING || a->state == INCIDENT_CLEARED ? f->gauge.good_since : 0;
}

static bool is_maintained(const struct finding *f, const struct finding_tools *t, bool *ret_is_overdue)
{
	return maintenance_covers(t->plan, &f->place, t->name_of, t->names, f->onset, t->now, ret_is_overdue);
}

enum incident_severity finding_severity(const struct finding *f, const struct finding_tools *t)
{
	struct gravity g = { .is_page = f->first_page != 0, .kind = finding_kind(f), .network_share = f->network_share };

	g.is_partner = finding_is_partner(f, t->plan);
	g.is_maintained = is_maintained(f, t, &g.is_overdue);
	g.affected = f->stream_count && f->streams[f->lead].last.evidence < EVIDENCE_JUDGED ? fmax(0, f->failed - f->expected) / 4 : 0;
	return severity_of_gravity(&g, t->plan);
}

static void trend_fill(struct alarm *a, const struct alarm *before)
{
	a->trend = TREND_NO_CHANGE;
	if (a->state == INCIDENT_RESTORING || a->state == INCIDENT_CLEARED)
		a->trend = TREND_LESS_SEVERE;
	else if (a->state == INCIDENT_RAISED || before->state == INCIDENT_RESTORING || a->severity > before->severity)
		a->trend = TREND_MORE_SEVERE;
}

void finding_announce(struct finding *f, const struct finding_tools *t, enum incident_state state)
{
	struct words_names names = { .plan = t->plan, .name_of = t->name_of, .names = t->names };
	struct words_facts facts = { .place = &f->place, .conditions = f->conditions, .condition_count = f->condition_count };
	struct alarm before = f->last;
	struct alarm *a = &f->last;
	enum incident_severity severity = finding_severity(f, t);
	bool is_overdue;

	a->time = t->now;
	a->onset = f->onset;
	a->state = state;
	if (!a->detected)
		a->detected = f->first_seen;
	a->kind = finding_kind(f);
	procedures_fill(a, f);
	streams_fill(a, f, t);
	place_describe(&f->place, a);
	numbers_fill(a, f, t);
	a->sticky = -1;
	a->false_alarm_odds = 1;
	if (f->first_page && f->stream_count) {
		const struct suspicion *lead = &f->streams[f->lead].last;

		a->false_alarm_odds = fmax(ODDS_LEAST, fmin(1, exp(lead->log_page - fmin(lead->log_r, lead->log_b))));
	}
	a->cause_count = 0;
	if ((f->facts & FACT_BIT(FACT_SILENT)) && !(f->facts & (FACT_BIT(FACT_REFUSED) | FACT_BIT(FACT_USER)))) {
		a->causes[0] = (struct incident_cause){ .cause_layer = CAUSE_TIMEOUT, .share = 1 };
		a->cause_count = 1;
	}
	a->is_partner = finding_is_partner(f, t->plan);
	a->is_maintained = is_maintained(f, t, &is_overdue);
	a->is_statutory = false; /* nobody is named */
	a->is_flapping = f->gauge.waves >= 3;
	a->worst = severity > a->worst ? severity : a->worst;
	a->severity = state == INCIDENT_CLEARED ? SEVERITY_CLEARED : a->worst;
	a->blind_count = 0;
	for (size_t i = 0; i < f->condition_count && a->blind_count < sizeof(a->blind) / sizeof(a->blind[0]); i++) {
		if (f->conditions[i].kind == CONDITION_BLIND)
			a->blind[a->blind_count++] = f->conditions[i].about;
	}
	restored_fill(a, f, t, &facts);
	recovery_fill(a, f, &facts);
	trend_fill(a, &before);
	facts.share = place_everywhere_share(&f->place);
	facts.is_unnamed = true;
	facts.is_counted = true;
	facts.recalled = f->recalled;
	f->is_unseen = false;
	facts.facts = f->facts;
	if (!a->alarm_id[0])
		words_alarm_id(&names, a, a->alarm_id);
	words_summary(&names, a, &facts, a->summary);
	words_repair(&names, a, &facts, a->repair);
	words_details(&names, a, &facts, a->details, &a->detail_count);
	f->announced = f->place;
}
