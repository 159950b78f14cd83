/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What belongs to an incident and how many it hits, see case.h.
 *
 * An outcome counts when its procedure is one of the incident's, and fails when its class is: refusals (network, congestion, abort),
 * silence, or those user causes that are more frequent than before. Sizes are distinct subscribers that failed, less those that would
 * have failed anyway: of the requests that went well, the baseline's odds. Subscribers who fail only after everything is good again are
 * not counted. Called by incident.c on the control thread, for every outcome.
 */
#include "control/incident/case.h"

#include <math.h>
#include <string.h>

enum case_group case_group_of(const struct outcome *o)
{
	static const enum case_group groups[OUTCOME_CLASS_COUNT] = {
		[OUTCOME_SUCCESS] = CASE_GROUP_COUNT, [OUTCOME_USER] = CASE_USER,        [OUTCOME_NETWORK] = CASE_REFUSED,
		[OUTCOME_CONGESTION] = CASE_REFUSED,  [OUTCOME_ABORT] = CASE_REFUSED,    [OUTCOME_TIMEOUT] = CASE_SILENT,
		[OUTCOME_LATE] = CASE_SILENT,         [OUTCOME_OPEN] = CASE_GROUP_COUNT, [OUTCOME_UNMATCHED] = CASE_GROUP_COUNT,
	};

	return o->class < OUTCOME_CLASS_COUNT ? groups[o->class] : CASE_GROUP_COUNT;
}

enum rat case_rat_of(const struct outcome *o)
{
	const struct procedure_row *row;

	if (o->rat != RAT_NONE && o->rat < RAT_COUNT)
		return (enum rat)o->rat;
	row = procedure_row(o->procedure);
	return row ? (enum rat)row->rat : RAT_NONE;
}

bool case_counts(const struct incident *c, const struct outcome *o)
{
	return o->procedure < CASE_PROCEDURES && c->has_procedure[o->procedure];
}

bool case_fails(const struct incident *c, const struct outcome *o)
{
	enum case_group group = case_group_of(o);

	if (group == CASE_GROUP_COUNT || !c->has_group[group])
		return false;
	if (group != CASE_USER || c->user_cause_count == 0)
		return true;
	for (size_t i = 0; i < c->user_cause_count; i++) {
		if (c->user_causes[i].cause == o->cause && c->user_causes[i].cause_layer == o->cause_layer)
			return true;
	}
	return false;
}

double case_baseline(const struct incident *c, procedure p)
{
	double share = 0;

	if (p >= CASE_PROCEDURES)
		return 0;
	for (int group = 0; group < CASE_GROUP_COUNT; group++) {
		if (c->has_group[group])
			share += (double)c->baseline[group][p];
	}
	return fmin(share, 0.5);
}

bool case_is_here(const struct incident *c, const struct outcome *o)
{
	struct place_request r = { .imsi = o->imsi, .server = o->server, .client = o->client, .route = o->route, .segments = o->segments };

	r.plmn = o->plmn;
	r.procedure = o->procedure;
	r.rat = (uint8_t)case_rat_of(o);
	r.direction = o->direction;
	return place_has(&c->place, &r);
}

double excess_nats(double n, double x, double usual)
{
	if (n <= 0 || x <= usual * n)
		return 0;
	return binomial_log(n, x, x / n) - binomial_log(n, x, usual);
}

/* A page brings its procedure and its group along, and so does an advisory that began with it: two rare things at once are one. */
static void page_join(struct incident *c, const struct suspicion *s, enum case_group group)
{
	double nats = fmin(s->log_r, s->log_b) - s->log_page;

	if (s->is_page && (nats > c->evidence_nats || c->stream_count == 0)) {
		c->evidence_nats = nats;
		c->lead = s->stream;
		c->lead_evidence = s->evidence;
		c->lead_baseline = s->baseline_ratio;
	}
	if (s->stream.procedure >= CASE_PROCEDURES)
		return;
	c->is_wider = c->is_wider || !c->has_group[group];
	c->has_group[group] = true;
	/* Which of the registration procedures fail is for the records to say, see case_widen(). */
	if (s->stream.procedure == PROCEDURE_REGISTRATION)
		return;
	c->is_wider = c->is_wider || !c->has_procedure[s->stream.procedure];
	c->has_procedure[s->stream.procedure] = true;
}

bool case_join(struct incident *c, const struct suspicion *s)
{
	static const enum case_group groups[EVIDENCE_COUNT] = {
		[EVIDENCE_NETWORK] = CASE_REFUSED,
		[EVIDENCE_USER] = CASE_USER,
		[EVIDENCE_MISSING] = CASE_SILENT,
	};
	size_t at = 0;

	if (s->is_page || case_agrees(c, s->onset))
		page_join(c, s, groups[s->evidence]);
	while (at < c->stream_count &&
	       (c->streams[at].evidence != s->evidence || memcmp(&c->streams[at].key, &s->stream, sizeof(s->stream)) != 0))
		at++;
	if (at == CASE_STREAMS_MAX)
		return false;
	if (at == c->stream_count) {
		c->streams[at] = (struct case_stream){ .key = s->stream, .evidence = (uint8_t)s->evidence };
		c->stream_count++;
	}
	c->streams[at].is_page = c->streams[at].is_page || s->is_page;
	c->streams[at].onset = s->onset;
	return true;
}

/* Counts a request at the second it was sent. */
static void request_count(struct incident *c, const struct outcome *o, int by)
{
	struct recovery_request request = { .time = o->time, .rat = case_rat_of(o), .is_failed = case_fails(c, o) };

	request.segments = o->segments;
	request.is_here = case_is_here(c, o);
	request.is_volume = c->is_failing[o->procedure];
	request.expected = case_baseline(c, o->procedure);
	recovery_count(&c->recovery, &request, by);
}

/* Whether the request was sent while the fault was on, as far as is known. */
static bool is_in_fault(const struct incident *c, const struct outcome *o)
{
	if (o->time < c->onset)
		return false;
	return !c->recovery.good_since || o->time < c->recovery.good_since * NANOS_PER_S;
}

static void expected_add(struct incident *c, const struct outcome *o)
{
	double share = case_baseline(c, o->procedure);
	double odds = share / (1 - share);

	if (case_is_here(c, o))
		c->expected_inside += odds;
	else
		c->expected_outside += odds;
}

/*
 * Affected is who cannot register. When registration fails at all, who only failed to say good-bye (purge, notify) does not count; when it
 * does not, everybody who failed does.
 */
static void sizing_mark(struct incident *c)
{
	bool is_registration = case_registrations(c) > 0;

	for (size_t p = 0; p < CASE_PROCEDURES; p++) {
		const struct procedure_row *row = c->has_procedure[p] ? procedure_row((procedure)p) : NULL;

		c->is_sized[p] = row && (!is_registration || row->weight >= 3);
	}
}

static void subscriber_follow(struct incident *c, const struct outcome *now, const struct outcome *before)
{
	bool fails = case_fails(c, now);
	bool did_fail = before && case_fails(c, before);
	bool is_known_better = fails && did_fail && now->server != before->server;

	if (!c->is_sized[now->procedure])
		return;
	if (did_fail && (!fails || is_known_better))
		subscribers_take_back(&c->subscribers, now);
	if (fails && (!did_fail || is_known_better) && is_in_fault(c, now))
		subscribers_failed(&c->subscribers, now);
	if (now->class != OUTCOME_SUCCESS)
		return;
	(void)subscribers_succeeded(&c->subscribers, now);
	if (is_in_fault(c, now))
		expected_add(c, now);
}

void case_follow(struct incident *c, const struct evidence_step *step)
{
	if (c->phase < CASE_OPEN || !case_counts(c, &step->now))
		return;
	if (step->had_before)
		request_count(c, &step->before, -1);
	request_count(c, &step->now, 1);
	if (case_fails(c, &step->now) && !(step->had_before && case_fails(c, &step->before)) && is_in_fault(c, &step->now) &&
	    case_is_here(c, &step->now))
		c->attempts++;
	subscriber_follow(c, &step->now, step->had_before ? &step->before : NULL);
}

/* Whether the records still reach back to the onset. */
static bool records_reach_onset(const struct incident *c, const struct workshop *w)
{
	size_t count = evidence_count(w->evidence);

	return count < EVIDENCE_RECORDS || evidence_record(w->evidence, count - 1)->clock <= c->onset;
}

void case_recount(struct incident *c, const struct workshop *w, nanos now)
{
	bool is_whole = records_reach_onset(c, w);
	nanos from = is_whole ? c->onset : now - RECOVERY_SECONDS * NANOS_PER_S;
	size_t count = evidence_count(w->evidence);
	double inside = c->expected_inside;
	double outside = c->expected_outside;
	double counted;

	sizing_mark(c);
	recovery_recount(&c->recovery);
	c->expected_inside = c->expected_outside = 0;
	if (is_whole) {
		subscribers_clear(&c->subscribers);
		c->attempts = 0;
	}
	while (count > 0 && evidence_record(w->evidence, count - 1)->clock < from)
		count--;
	while (count-- > 0) {
		const struct outcome *o = evidence_record(w->evidence, count);

		if (!case_counts(c, o))
			continue;
		request_count(c, o, 1);
		c->attempts += is_whole && case_fails(c, o) && case_is_here(c, o) && is_in_fault(c, o);
		if (is_whole)
			subscriber_follow(c, o, NULL);
		else if (o->class == OUTCOME_SUCCESS && c->is_sized[o->procedure] && is_in_fault(c, o))
			expected_add(c, o);
	}
	counted = c->expected_inside + c->expected_outside;
	if (!is_whole && counted > 0) { /* the older part lay about as the newer one does */
		c->expected_inside *= (inside + outside) / counted;
		c->expected_outside *= (inside + outside) / counted;
	}
}

size_t case_registrations(const struct incident *c)
{
	size_t count = 0;

	for (size_t p = 0; p < CASE_PROCEDURES; p++) {
		const struct procedure_row *row = c->has_procedure[p] ? procedure_row((procedure)p) : NULL;

		count += row && row->weight >= 3;
	}
	return count;
}

/* Subscribers that failed, in the place and outside, and those of them that were seen successful again. */
struct failing {
	double inside, outside, recovered;
};

static bool subscriber_is_here(const struct incident *c, const struct subscriber *s)
{
	struct place_request r = { .imsi = s->is_number ? 0 : s->imsi, .server = s->server, .client = s->client, .route = s->route };

	r.segments = s->segments;
	r.plmn = s->plmn;
	r.procedure = s->procedure;
	r.rat = s->rat;
	r.direction = s->direction;
	return place_has(&c->place, &r);
}

static struct failing failing_count(const struct incident *c, bool by_number)
{
	double weight = subscribers_weight(&c->subscribers);
	struct failing f = { 0 };

	for (size_t i = 0; i < SUBSCRIBERS_SLOTS && c->subscribers.count; i++) {
		const struct subscriber *s = &c->subscribers.slots[i];

		if (!s->imsi || !s->failed || s->is_number != by_number)
			continue;
		if (subscriber_is_here(c, s))
			f.inside += weight;
		else
			f.outside += weight;
		f.recovered += s->is_recovered ? weight : 0;
	}
	return f;
}

struct case_size case_size(const struct incident *c)
{
	struct failing f = failing_count(c, false);
	struct case_size size;
	bool is_exact = c->subscribers.level == 0;
	double sigma;

	if (f.inside + f.outside <= 0) /* nobody known by IMSI: routing enquiries carry the number alone */
		f = failing_count(c, true);
	size.estimate = fmax(0, f.inside - c->expected_inside);
	/* Blocks whose turn in the place has not come yet fail outside of it. */
	if (f.outside - c->expected_outside > 3 * sqrt(c->expected_outside) + 3)
		size.estimate += f.outside - c->expected_outside;
	sigma = 3 * sqrt(c->expected_inside + 1);
	if (!is_exact)
		sigma = fmax(sigma, 2 * size.estimate / sqrt((double)c->subscribers.count));
	size.low = fmax(0, size.estimate - sigma);
	size.high = fmax(size.estimate + sigma, is_exact ? f.inside : 0);
	size.recovered = fmin(f.recovered, f.inside + f.outside);
	return size;
}

#define GIVEN_UP_SECONDS 20
/* By how many standard deviations of their count requests have to be missing. */
#define GIVEN_UP_DEVIATIONS 2

/* Share of the subscribers in the place that the fault takes. */
static double subscribers_share(const struct incident *c)
{
	double share = place_everywhere_share(&c->place);

	for (size_t i = 0; i < c->place.part_count && share <= 0; i++)
		share = fmax(share, c->place.parts[i].share);
	return share > 0 ? share : 1;
}

/* The seconds in which it has looked like a recovery: the longer, the less is left to chance. */
static int64_t seconds_looked_at(const struct incident *c)
{
	const struct recovery *r = &c->recovery;
	int64_t since = r->good_since ? r->good_since : r->moving_since;
	int64_t seconds = since ? r->judged - since + 1 : 0;

	return seconds < GIVEN_UP_SECONDS ? GIVEN_UP_SECONDS : seconds < RECOVERY_SECONDS ? seconds : RECOVERY_SECONDS;
}

/*
 * A repair turns failing requests into good ones; giving up takes them away. Compared are the failing requests that are gone, of those
 * that a first attempt of everybody hit would make, with the requests that are missing altogether. Of few requests some are missing by
 * chance, now or in what is known of the time before the onset.
 */
bool case_is_given_up(const struct incident *c)
{
	struct case_size size = case_size(c);
	int64_t seconds = seconds_looked_at(c);
	double lost = c->rate_before - recovery_rate(&c->recovery, seconds);
	double gone = subscribers_share(c) * c->rate_before - recovery_failing_rate(&c->recovery, seconds);
	double calm_s = nanos_to_s(CASE_CALM - CASE_CALM_GAP);
	double deviation = sqrt(c->rate_before * (1 / (double)seconds + 1 / calm_s));

	if (size.recovered - c->expected_inside >= fmax(3, 0.05 * size.estimate))
		return false;
	if (c->rate_before <= 0)
		return size.estimate >= 10 && size.recovered < 1;
	return gone > 0 && lost >= fmax(0.5 * gone, GIVEN_UP_DEVIATIONS * deviation);
}

bool case_is_quiet(const struct incident *c)
{
	double lost = c->rate_before - recovery_rate(&c->recovery, GIVEN_UP_SECONDS);

	return lost > 0.25 * subscribers_share(c) * c->rate_before && lost > 3 * sqrt(c->rate_before / GIVEN_UP_SECONDS);
}
