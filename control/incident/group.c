/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What belongs together: does a suspicion belong to an open incident, do failing requests stand behind a page (DETECTION 3.6).
 *
 * A stream is judged by its own requests among the records. A page is explained by an incident when most of its failing requests lie in
 * the incident's place, or are of subscribers that failed in it: a retry storm or a second procedure is no second fault. Where the place
 * is everywhere, being inside says nothing, and the procedure must be one of the incident's. Called by incident.c.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "control/incident/case.h"

#define SUPPORT_NATS     5.0
#define SUPPORT_AGE      (15 * NANOS_PER_S)
#define SUPPORT_REQUESTS 30
#define STALE_NATS       20.0 /* of a page that is left over from an incident that was cleared: as much as a new page needs */
#define OVERLAP          0.7  /* share of a page's failures that an open incident explains */
#define EXPLAIN_RECORDS  20000
#define SPILL_FACTOR     1.5
#define RECALLED_YOUNG   (60 * NANOS_PER_S) /* what all fails was not known yet of an incident that was announced for no longer */
#define LATE_LONGEST     (60 * NANOS_PER_S) /* an answer that late is not looked for */

/* Whether an outcome belongs to the stream that is suspected. */
static bool stream_has(const struct stream_key *key, const struct outcome *o)
{
	const struct procedure_row *row = procedure_row(o->procedure);
	bool is_registration = row && row->weight >= PROCEDURE_WEIGHT_REGISTRATION && row->services != 0;

	if (key->procedure == PROCEDURE_REGISTRATION ? !is_registration : key->procedure != o->procedure)
		return false;
	switch ((enum dimension)key->dimension) {
	case DIMENSION_ALL:
		return true;
	case DIMENSION_SEGMENT:
		return key->value < 64 && (o->segments >> key->value & 1);
	case DIMENSION_IMSI_PREFIX:
		return digits_begin_with(o->imsi, key->value);
	case DIMENSION_SERVER:
		return o->server == key->value;
	case DIMENSION_CLIENT:
		return o->client == key->value;
	case DIMENSION_IMSI_BUCKET: /* keyed by others: any subscriber may be in it */
		return true;
	case DIMENSION_IMSI_ENDING:
		return digits_ending(o->imsi) == key->value;
	case DIMENSION_ROUTE:
		return o->route == key->value;
	case DIMENSION_PLMN:
		return o->plmn == key->value;
	case DIMENSION_RAT:
		return case_rat_of(o) == key->value;
	case DIMENSION_DIRECTION:
		return o->direction == key->value;
	case DIMENSION_NAMED:
	case DIMENSION_COUNT:
		break;
	}
	return false;
}

/* What was missing may have been refused meanwhile: an agent does so when its own timer is over. */
static bool evidence_has(enum evidence e, const struct outcome *o)
{
	static const enum case_group groups[EVIDENCE_COUNT] = {
		[EVIDENCE_NETWORK] = CASE_REFUSED,
		[EVIDENCE_USER] = CASE_USER,
		[EVIDENCE_MISSING] = CASE_SILENT,
	};

	return case_group_of(o) == groups[e] || (e == EVIDENCE_MISSING && case_group_of(o) == CASE_REFUSED);
}

bool case_led_by(const struct incident *c, const struct outcome *o)
{
	return stream_has(&c->lead, o) && evidence_has(c->lead_evidence, o);
}

/*
 * Requests that name no subscriber (routing enquiries that fail) cannot be told to be of the place. They fail no more than everybody's do
 * when some of them are.
 */
static bool is_spill(const struct incident *c, const struct suspicion *s, double requests, double failed)
{
	return failed > 0 && s->onset >= c->onset - CASE_AGREE &&
	       failed / requests <= s->baseline_ratio + SPILL_FACTOR * fmin(1, c->network_share);
}

/*
 * Whether an incident explains the failing requests of a page: they lie in its place, or are of its subscribers who have not been well
 * since. Of late answers it is those that were answered late; of what is no share of requests (a storm, slow answers) all must.
 */
bool case_explains(const struct incident *c, const struct workshop *w, const struct suspicion *s)
{
	size_t count = evidence_count(w->evidence);
	bool is_somewhere = !place_is_everywhere(&c->place);
	double inside = 0, all = 0;
	double nameless = 0, requests = 0;
	nanos from = s->onset - NANOS_PER_S;
	nanos sent_from = s->evidence == EVIDENCE_LATE ? from - LATE_LONGEST : from;

	for (size_t back = 0; back < count && back < EXPLAIN_RECORDS; back++) {
		const struct outcome *o = evidence_record(w->evidence, back);
		const struct subscriber *known;

		if (o->clock < sent_from)
			break;
		if (o->time < sent_from || !stream_has(&s->stream, o))
			continue;
		requests++;
		if (s->evidence < EVIDENCE_JUDGED && !evidence_has(s->evidence, o))
			continue;
		if (s->evidence == EVIDENCE_LATE && (o->event != OUTCOME_EVENT_LATE || o->time + o->latency < from))
			continue;
		all++;
		nameless += o->imsi == 0;
		known = subscribers_find(&c->subscribers, o->imsi);
		if ((is_somewhere && case_is_here(c, o)) || (!is_somewhere && case_counts(c, o)) ||
		    (known && known->failed && !known->is_recovered))
			inside++;
	}
	if (is_somewhere && s->evidence < EVIDENCE_JUDGED && nameless >= OVERLAP * all)
		return is_spill(c, s, requests, all);
	return all > 0 && inside >= OVERLAP * all;
}

bool case_has_stream(const struct incident *c, const struct suspicion *s)
{
	for (size_t i = 0; i < c->stream_count; i++) {
		if (c->streams[i].evidence == s->evidence && memcmp(&c->streams[i].key, &s->stream, sizeof(s->stream)) == 0)
			return !s->is_page || llabs(c->streams[i].onset - s->onset) <= CASE_AGREE;
	}
	return false;
}

bool case_agrees(const struct incident *c, nanos onset)
{
	return llabs(c->first_onset - onset) <= CASE_AGREE || llabs(c->onset - onset) <= CASE_AGREE;
}

bool case_goes_on_with(const struct incident *c, const struct suspicion *s)
{
	static const enum case_group groups[EVIDENCE_JUDGED] = {
		[EVIDENCE_NETWORK] = CASE_REFUSED,
		[EVIDENCE_USER] = CASE_USER,
		[EVIDENCE_MISSING] = CASE_SILENT,
	};
	procedure p = s->stream.procedure;

	if (!c->recalled || s->evidence >= EVIDENCE_JUDGED || s->onset > c->recalled + CASE_AGREE)
		return false;
	if (s->is_page && s->evidence != EVIDENCE_USER && c->last.time - c->last.detected < RECALLED_YOUNG)
		return true;
	return c->has_group[groups[s->evidence]] && (p == PROCEDURE_REGISTRATION || (p < CASE_PROCEDURES && c->has_procedure[p]));
}

/* Whether requests that really fail stand behind a forming case: more than the baseline explains, in the last seconds. */
bool case_is_supported(const struct incident *c, const struct workshop *w, nanos calm_since, nanos now)
{
	size_t count = evidence_count(w->evidence);
	nanos from = c->onset > calm_since ? c->onset : calm_since;
	double requests = 0, failed = 0, expected = 0;
	bool is_stale = c->first_onset < calm_since;

	if (count == 0)
		return true; /* nobody reports outcomes: the statistics are all there is */
	for (size_t back = 0; back < count; back++) {
		const struct outcome *o = evidence_record(w->evidence, back);

		if (o->clock < from || (!is_stale && o->clock < now - SUPPORT_AGE && requests >= SUPPORT_REQUESTS))
			break;
		if (o->time < from || !stream_has(&c->lead, o))
			continue;
		requests++;
		failed += evidence_has(c->lead_evidence, o);
		expected += fmax(c->lead_baseline, 1e-3);
	}
	if (failed < 3 || failed <= expected)
		return false;
	return binomial_log(requests, failed, failed / requests) - binomial_log(requests, failed, expected / requests) >=
	       (is_stale ? STALE_NATS : SUPPORT_NATS);
}

void case_absorb(struct incident *host, const struct incident *forming)
{
	for (size_t i = 0; i < forming->stream_count; i++) {
		struct suspicion s = { .stream = forming->streams[i].key,
				       .evidence = (enum evidence)forming->streams[i].evidence,
				       .is_page = forming->streams[i].is_page,
				       .onset = forming->streams[i].onset,
				       .log_r = forming->evidence_nats,
				       .log_b = forming->evidence_nats };

		(void)case_join(host, &s);
	}
}

bool cases_are_forming(const struct incident *cases)
{
	for (size_t i = 0; i < INCIDENTS_MAX; i++) {
		if (cases[i].phase == CASE_FORMING)
			return true;
	}
	return false;
}

void case_others_find(const struct incident *c, const struct incident *cases, struct workshop *w)
{
	w->other_count = 0;
	for (size_t i = 0; i < INCIDENTS_MAX; i++) {
		if (&cases[i] != c && cases[i].phase >= CASE_OPEN && !place_is_everywhere(&cases[i].place))
			w->others[w->other_count++] = &cases[i];
	}
}
