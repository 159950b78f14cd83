/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What belongs to a finding, and how it goes on, see finding.h. Called by incident.c on the control thread, for every tick.
 *
 * Streams join by their onset, or because what they show is explained: they lie in the place, or they fail no more than the requests of
 * everybody must when some of them are of the place.
 */
#include "control/incident/finding.h"
#include "control/incident/sums_named.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPILL_FACTOR    1.5
#define SPILL_NATS      10.0
#define FRESH_SHARE     0.3
#define FRESH_TIME      (5 * NANOS_PER_S)
#define RECENT          20 /* units */
#define QUIET_SHARE     0.5
#define QUIET_FADES     (9000.0) /* s: a night is no throttle */
#define BRIEF           10       /* units */
#define LONG_UNIT       (5 * NANOS_PER_S)
#define BRIEF_LONG      2
#define LENGTHY         45
#define LONGEST         180
#define CLEAR           6.0 /* standard deviations that the fault must make in a window that tells how much of it is left */
#define GOOD            2.5 /* standard deviations above what is usual */
#define GOOD_KEPT       5.0
#define PROVEN          4.0 /* standard deviations */
#define PROVEN_NATS     6.0
#define PROVEN_SHARE    0.005
#define UNEVEN_VARIANCE 2.0
#define WELL_DROP       0.7 /* of the requests that were usual before a restart */
#define WELL_SURGE      1.5
#define WELL_SHARE      0.5 /* of what the fault added */
#define UNEVEN          3.0 /* requests between two onsets that may still be one */

void finding_begin(struct finding *f, nanos onset, nanos now)
{
	memset(f, 0, sizeof(*f));
	f->phase = FINDING_FORMING;
	f->first_seen = f->last_seen = now;
	f->first_onset = f->onset = onset < now ? onset : now;
	f->rate_before = -1;
	gauge_begin(&f->gauge, now);
}

void finding_resume(struct finding *f, nanos now)
{
	f->recalled = f->last_seen = now;
	f->is_unseen = true;
	f->next_location = now + FINDING_AGREE;
	gauge_begin(&f->gauge, now);
}

bool finding_is_seen_again(const struct finding *f, nanos now)
{
	bool is_seen = false;

	for (size_t i = 0; f->is_unseen && i < f->stream_count; i++)
		is_seen = is_seen || f->streams[i].seen == now;
	for (size_t i = 0; f->is_unseen && i < f->condition_count; i++)
		is_seen = is_seen || (!f->conditions[i].is_over && f->conditions[i].last >= f->recalled);
	return is_seen;
}

static size_t stream_find(const struct finding *f, const struct suspicion *s)
{
	size_t at = 0;

	while (at < f->stream_count &&
	       (f->streams[at].last.evidence != s->evidence || memcmp(&f->streams[at].last.stream, &s->stream, sizeof(s->stream)) != 0))
		at++;
	return at;
}

void finding_open(struct finding *f, const struct finding_tools *t)
{
	struct sums_question q = finding_question(f, t);
	size_t count = ledger_count(t->ledger);

	f->phase = FINDING_OPEN;
	if (f->calm || !finding_has_shares(f) || count == 0)
		return;
	f->calm = calloc(count, sizeof(*f->calm));
	for (size_t row = 0; f->calm && row < count; row++)
		f->calm[row] = sums_calm(&q, row);
	f->calm_count = f->calm ? count : 0;
}

void finding_end(struct finding *f)
{
	free(f->calm);
	f->calm = NULL;
	f->calm_count = 0;
	f->phase = FINDING_NONE;
}

/* How far onsets may lie apart that are one; a slow stream knows its onset no better than to some requests. */
static nanos agreement(const struct suspicion *s, const struct finding_tools *t)
{
	nanos agree = FINDING_AGREE > 3 * t->tick ? FINDING_AGREE : 3 * t->tick;
	double seconds = nanos_to_s(t->now - s->onset);
	double rate = seconds > 0 ? s->requests / seconds : 0;

	return rate > 0 ? agree + (nanos)(fmin(300, UNEVEN / rate) * NANOS_PER_S) : agree;
}

bool finding_has_stream(const struct finding *f, const struct suspicion *s, const struct finding_tools *t)
{
	size_t at = stream_find(f, s);

	if (at == f->stream_count)
		return false;
	if (f->recalled && s->onset <= f->recalled + FINDING_AGREE) /* everything seems to have begun with the restart */
		return true;
	return !s->is_page || s->evidence >= EVIDENCE_JUDGED || s->stream.dimension == DIMENSION_NAMED ||
	       llabs(f->streams[at].last.onset - s->onset) <= agreement(s, t);
}

bool finding_has_condition(const struct finding *f, const struct condition *c)
{
	for (size_t i = 0; i < f->condition_count; i++) {
		const struct condition *known = &f->conditions[i];

		if (known->kind == c->kind && known->about == c->about && known->subsystem == c->subsystem)
			return true;
	}
	return false;
}

/* How clear a stream is: pages before advisories, shares of requests before what else is counted. */
static double clearness(const struct finding_stream *s)
{
	double nats = fmin(s->last.log_r, s->last.log_b) - s->last.log_page;

	return nats + (s->is_page ? 1e6 : 0) + (s->last.evidence < EVIDENCE_JUDGED ? 1e5 : 0);
}

/* What follows a fault is not its kind: whoever registers elsewhere is cancelled where he was. */
static bool is_later(const struct finding *f, const struct suspicion *s)
{
	return f->phase != FINDING_FORMING && s->onset - f->first_onset > FINDING_AGREE && s->onset - f->onset > FINDING_AGREE;
}

void finding_take(struct finding *f, const struct suspicion *s, nanos now)
{
	size_t at = stream_find(f, s);
	struct finding_stream *stream = &f->streams[at];

	if (at == FINDING_STREAMS_MAX)
		return;
	if (at == f->stream_count) {
		*stream = (struct finding_stream){ 0 };
		f->stream_count++;
	}
	stream->last = *s;
	stream->seen = now;
	stream->is_page = stream->is_page || s->is_page;
	stream->weight = fmax(stream->weight, fmax(1, s->failed - s->expected));
	stream->share = s->fault_share > 0 ? s->fault_share : 1;
	stream->peak = fmax(stream->peak, stream->share);
	/* What comes while it gets better is its echo: a backlog is no storm, and does not change what it was. */
	if (s->evidence < EVIDENCE_JUDGED || !f->gauge.moving_since)
		f->facts |= facts_of_suspicion(s) & ~(is_later(f, s) ? FACT_BIT(FACT_DEREGISTRATION) : 0);
	f->has_procedure[sums_procedure(s->stream.procedure)] = true;
	f->last_seen = now;
	if (s->is_page && !f->first_page)
		f->first_page = now;
	if (clearness(stream) > clearness(&f->streams[f->lead]))
		f->lead = at;
}

bool finding_is_sayer(const struct finding *f, const struct condition *c)
{
	for (size_t i = 0; i < f->condition_count && c->kind == CONDITION_PEER_DOWN; i++) {
		const struct condition *other = &f->conditions[i];

		if (other->kind != CONDITION_PEER_DOWN && other->said_by != 0 &&
		    (other->said_by == c->about || other->said_by == c->address))
			return true;
	}
	return false;
}

enum incident_kind finding_kind(const struct finding *f)
{
	enum incident_kind kind = kind_of_facts(f->facts);
	bool is_cause = kind == INCIDENT_PEER_DOWN || kind == INCIDENT_ROUTE_UNAVAILABLE;
	bool is_gone = false, is_failing = false;

	if (!is_cause && kind != INCIDENT_NO_ANSWER && kind != INCIDENT_REJECT_RATIO)
		return kind;
	/* That everybody's requests stay away is more than that some node is gone, or that a part of what is left fails a little. */
	for (size_t i = 0; i < f->stream_count; i++) {
		const struct finding_stream *s = &f->streams[i];

		is_gone = is_gone || (s->is_page && s->last.evidence == EVIDENCE_DROP && s->last.stream.dimension == DIMENSION_ALL);
		is_failing = is_failing || (s->is_page && s->last.evidence < EVIDENCE_JUDGED);
	}
	return is_gone && (is_cause || !is_failing) ? INCIDENT_VOLUME_DROP : kind;
}

static void condition_facts_learn(struct finding *f)
{
	for (int kind = 0; kind < CONDITION_KIND_COUNT; kind++)
		f->facts &= ~facts_of_condition(&(struct condition){ .kind = (uint8_t)kind });
	for (size_t i = 0; i < f->condition_count; i++) {
		if (!finding_is_sayer(f, &f->conditions[i]))
			f->facts |= facts_of_condition(&f->conditions[i]);
	}
}

void finding_take_condition(struct finding *f, const struct condition *c, nanos now)
{
	size_t at = 0;

	while (at < f->condition_count &&
	       (f->conditions[at].kind != c->kind || f->conditions[at].about != c->about || f->conditions[at].subsystem != c->subsystem))
		at++;
	if (at == FINDING_CONDITIONS_MAX)
		return;
	f->condition_count += at == f->condition_count;
	f->conditions[at] = *c;
	condition_facts_learn(f);
	if (!c->is_over)
		f->last_seen = now;
}

bool finding_agrees(const struct finding *f, const struct suspicion *s, const struct finding_tools *t)
{
	nanos agree = agreement(s, t);

	return llabs(f->first_onset - s->onset) <= agree || llabs(f->onset - s->onset) <= agree;
}

/* The share of everybody's requests that the finding takes. */
static double spill_of(const struct finding *f)
{
	return fmin(0.9, fmax(0, f->network_share));
}

bool finding_contains(const struct finding *f, const struct suspicion *s, const struct finding_tools *t)
{
	struct sums_question q = { .name_of = t->name_of, .names = t->names };

	if (!f->is_located || place_is_everywhere(&f->place) || s->evidence >= EVIDENCE_JUDGED)
		return false;
	for (size_t i = 0; s->stream.dimension == DIMENSION_NAMED && i < f->place.part_count; i++) {
		const struct place_part *p = &f->place.parts[i];

		for (size_t j = 0; p->set_dimension == DIMENSION_NAMED && j < p->set_count; j++) {
			if (p->set[j] == s->stream.value || sums_name_contains(&q, p->set[j], s->stream.value))
				return true;
		}
	}
	return false;
}

bool finding_explains(const struct finding *f, const struct suspicion *s, const struct finding_tools *t)
{
	double usual, nats;

	(void)t;
	if (f->phase == FINDING_FORMING || !f->is_located)
		return false;
	if (place_has_stream(&f->place, &s->stream))
		return true;
	if (s->evidence >= EVIDENCE_JUDGED)
		return f->first_page && (s->stream.dimension == DIMENSION_ALL || place_is_everywhere(&f->place));
	/* A part that fails no more than everybody does, even before that is a page. */
	if (place_is_everywhere(&f->place) && f->first_page)
		return true;
	if (s->requests <= 0 || f->network_share <= 0)
		return false;
	usual = s->expected / s->requests;
	usual = fmin(0.95, usual + SPILL_FACTOR * spill_of(f) * (1 - usual) + 0.01);
	nats = binomial_log(s->requests, s->failed, s->failed / s->requests) - binomial_log(s->requests, s->failed, usual);
	return s->failed <= usual * s->requests || nats < SPILL_NATS;
}

void finding_hold(const struct finding *f, struct detector *d)
{
	for (size_t i = 0; i < f->stream_count; i++)
		detector_hold(d, &f->streams[i].last.stream);
}

bool finding_is_live(const struct finding *f, nanos now)
{
	for (size_t i = 0; i < f->stream_count; i++) {
		if (f->streams[i].seen == now && (f->streams[i].is_page || !f->first_page))
			return true;
	}
	for (size_t i = 0; i < f->condition_count; i++) {
		if (!f->conditions[i].is_over)
			return true;
	}
	return false;
}

/* What the streams of the place show in the last units; those that are too young to be missing are left out. */
static void recent_sum(const struct finding *f, const struct finding_tools *t, int units, struct sums_entry *ret)
{
	struct sums_question q = finding_question(f, t);
	nanos unit = ledger_unit(t->ledger);
	nanos age = tally_checkpoint_age[LEDGER_CHECKPOINT];

	*ret = (struct sums_entry){ 0 };
	q.until = t->now - (q.silent ? (age / unit + 1) * unit : 0);
	q.onset = q.until - units * unit;
	if (q.onset < f->onset)
		q.onset = f->onset;
	for (size_t i = 0; i < f->row_count; i++) {
		struct sums_entry e;

		sums_present(&q, f->rows[i], &e);
		ret->n += e.n;
		ret->x += e.x;
	}
}

/* The deviation of the failures among the recent requests while the whole fault goes on. */
static double sigma_of(const struct finding *f, const struct sums_entry *recent)
{
	double whole = f->usual_share + f->fault_share * (1 - f->usual_share);

	return sqrt(UNEVEN_VARIANCE * fmax(1, recent->n * whole * (1 - whole)));
}

/* The shortest of three windows in which the whole fault would be clear; the longest when it is clear in none. */
static void clear_sum(const struct finding *f, const struct finding_tools *t, const struct sums_entry *brief, struct sums_entry *ret)
{
	static const int longer[] = { BRIEF, LENGTHY, LONGEST };

	*ret = *brief;
	for (size_t i = 0; i < sizeof(longer) / sizeof(longer[0]); i++) {
		if (f->fault_share * (1 - f->usual_share) * ret->n >= CLEAR * sigma_of(f, ret))
			return;
		recent_sum(f, t, longer[i], ret);
	}
}

/* What is left of the fault by that sum; 1 as long as it is not proven that it moves. */
static double left_of(const struct finding *f, const struct sums_entry *recent)
{
	double whole = f->usual_share + f->fault_share * (1 - f->usual_share);

	if (recent->n <= 0 || f->fault_share <= 0)
		return 1;
	if (!f->gauge.moving_since && fabs(recent->x - whole * recent->n) < PROVEN * sigma_of(f, recent))
		return 1;
	/* More than the whole is a fault that grows, and its end is measured against the next location. */
	return fmin(1, fmax(0, recent->x / recent->n - f->usual_share) / (f->fault_share * (1 - f->usual_share)));
}

/* For shares the ledger tells it. What has been good is not lost to one uneven second. */
static void measure_shares(struct finding *f, const struct finding_tools *t)
{
	struct gauge_reading reading = { 0 };
	int units = ledger_unit(t->ledger) >= LONG_UNIT ? BRIEF_LONG : BRIEF;
	struct sums_entry brief, clear;
	double spread = f->gauge.good_since ? GOOD_KEPT : GOOD;
	double usual;
	bool is_good;

	recent_sum(f, t, units, &brief);
	clear_sum(f, t, &brief, &clear);
	reading.left = left_of(f, &clear);
	usual = f->usual_share * brief.n;
	f->present_share = brief.n > 0 ? brief.x / brief.n : 0;
	is_good = brief.n > 0 && brief.x <= usual + spread * sqrt(usual) + 1 && reading.left < 0.5;
	if (brief.n <= 0) /* nobody asks: that says nothing */
		is_good = f->gauge.good_since != 0;
	if (is_good)
		reading.good_at = f->gauge.good_since ? f->gauge.good_since : t->now - (units - 1) * ledger_unit(t->ledger);
	gauge_take(&f->gauge, &reading, t->now, t->tick);
}

/*
 * After a restart, until it is seen again: whether what it is told by looks well, by what was usual before. The detector may know no better
 * than that it is as it has been since the restart.
 */
static bool looks_well(const struct finding *f, const struct finding_tools *t)
{
	const struct finding_stream *lead = &f->streams[f->lead];
	const struct suspicion *was = &lead->last;
	double seconds = nanos_to_s(lead->seen - was->onset);
	double usual = seconds > 0 ? was->expected / seconds * exp(-nanos_to_s(t->now - lead->seen) / QUIET_FADES) : 0;
	struct stream_state state;

	if (f->stream_count == 0)
		return true;
	if (!detector_stream(t->detector, &was->stream, was->evidence < EVIDENCE_JUDGED ? was->evidence : EVIDENCE_NETWORK, &state))
		return was->evidence == EVIDENCE_SURGE;
	if (was->evidence == EVIDENCE_DROP)
		return state.requests_per_s >= WELL_DROP * usual;
	if (was->evidence == EVIDENCE_SURGE)
		return state.requests_per_s <= WELL_SURGE * fmax(usual, 1);
	if (was->evidence < EVIDENCE_JUDGED)
		return state.recent_ratio <= was->baseline_ratio + WELL_SHARE * (was->observed_ratio - was->baseline_ratio);
	return true;
}

void finding_measure(struct finding *f, const struct finding_tools *t)
{
	const struct finding_stream *lead = &f->streams[f->lead];
	struct gauge_reading reading = { 0 };
	double left = 0;
	double all = 0;

	if (f->row_count && finding_has_shares(f)) {
		measure_shares(f, t);
		return;
	}
	if (f->stream_count) {
		all++;
		left += lead->seen == t->now ? (lead->share < 0.5 * lead->peak ? lead->share / lead->peak : 1) : 0;
	}
	for (size_t i = 0; i < f->condition_count && f->stream_count == 0; i++) {
		all++;
		left += !f->conditions[i].is_over;
	}
	reading.left = all > 0 ? left / all : 0;
	reading.good_at = finding_is_live(f, t->now) ? 0 : t->now;
	if (f->is_unseen && !looks_well(f, t))
		reading = (struct gauge_reading){ .left = 1 };
	gauge_take(&f->gauge, &reading, t->now, t->tick);
}

/* The share that fails in a row over some time, less what was usual; negative when nothing is known of it. */
static double excess_of(const struct finding *f, const struct finding_tools *t, size_t row, nanos from)
{
	struct sums_question q = finding_question(f, t);
	struct sums_entry e;

	q.onset = from;
	sums_present(&q, row, &e);
	return e.n > 0 ? e.x / e.n : -1;
}

bool finding_is_fresh(const struct finding *f, const struct finding_tools *t)
{
	const struct finding_stream *lead = &f->streams[f->lead];
	nanos recent = FRESH_TIME > 2 * ledger_unit(t->ledger) ? FRESH_TIME : 2 * ledger_unit(t->ledger);
	size_t row;
	double now, usual;

	if (f->condition_count)
		return true;
	if (f->stream_count == 0 || lead->seen != t->now)
		return false;
	if (lead->last.evidence >= EVIDENCE_JUDGED)
		return true;
	row = ledger_find(t->ledger, &lead->last.stream);
	if (row == LEDGER_STREAMS)
		return true;
	now = excess_of(f, t, row, t->now - recent);
	usual = lead->last.baseline_ratio;
	return now < 0 || now - usual >= FRESH_SHARE * (lead->last.observed_ratio - usual);
}

bool finding_is_quiet(const struct finding *f, const struct finding_tools *t)
{
	nanos recent = RECENT * ledger_unit(t->ledger);
	double age = nanos_to_s(t->now - f->onset);
	double requests = 0;

	if (f->rate_before <= 0 || f->rate_before * nanos_to_s(recent) < 20)
		return false;
	for (size_t i = 0; i < f->row_count; i++)
		requests += ledger_sum(t->ledger, f->rows[i], t->now - recent, t->now).requests;
	return requests / nanos_to_s(recent) < QUIET_SHARE * exp(-age / QUIET_FADES) * f->rate_before;
}

/* Whether a number or a network is one of ours, as far as the configuration says which are. */
static bool is_ours(const struct plan *plan, digits imsi, bool *ret_is_known)
{
	for (size_t i = 0; i < plan->segment_count; i++) {
		const struct plan_segment *s = &plan->segments[i];

		for (size_t j = 0; j < s->pattern_count; j++) {
			digits prefix = s->patterns[j].prefix;

			if (s->patterns[j].field != PLAN_FIELD_IMSI || !prefix || s->kind == PLAN_SEGMENT_NODES)
				continue;
			*ret_is_known = *ret_is_known || s->kind == PLAN_SEGMENT_NETWORK;
			if (s->kind == PLAN_SEGMENT_NETWORK && (digits_begin_with(imsi, prefix) || digits_begin_with(prefix, imsi)))
				return true;
		}
	}
	return false;
}

static bool part_is_partner(const struct place_part *p, const struct plan *plan)
{
	bool is_known = false;

	if (p->set_binds && p->set_dimension == DIMENSION_DIRECTION)
		return p->set_count == 1 && (p->set[0] == DIRECTION_INBOUND || p->set[0] == DIRECTION_OUTBOUND);
	if (p->set_binds && p->set_dimension == DIMENSION_PLMN) {
		for (size_t i = 0; i < p->set_count; i++) {
			char text[24];
			digits plmn = 0;

			snprintf(text, sizeof(text), "%u", (unsigned int)p->set[i]);
			if (digits_read_text(text, strlen(text), &plmn) && is_ours(plan, plmn, &is_known))
				return false;
		}
		return p->set_count <= 2; /* one, or one and the same under two names; many at once are not the partners' fault */
	}
	if (!p->prefixes_bind)
		return false;
	for (size_t i = 0; i < p->prefix_count; i++) {
		if (is_ours(plan, p->prefixes[i], &is_known))
			return false;
	}
	return is_known && p->prefix_count <= 4;
}

bool place_is_partner(const struct place *place, const struct plan *plan)
{
	for (size_t i = 0; i < place->part_count; i++) {
		if (!part_is_partner(&place->parts[i], plan))
			return false;
	}
	return place->part_count > 0;
}

bool finding_is_partner(const struct finding *f, const struct plan *plan)
{
	return f->is_located && (f->is_partner || place_is_partner(&f->place, plan));
}

bool finding_is_proven(const struct finding *f)
{
	double n = f->requests, x = f->failed;

	if (!finding_has_shares(f))
		return true;
	if (n <= 0 || f->fault_share < PROVEN_SHARE || x <= f->expected)
		return false;
	return binomial_log(n, x, x / n) - binomial_log(n, x, f->expected / n) >= PROVEN_NATS;
}
