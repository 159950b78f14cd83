/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From the records to what a case is made of: what was normal, since when it is not, where, and by which procedures and classes.
 *
 * The detector's onset is that of one stream; here it is the most likely change point of the place itself, tenth of a second by tenth,
 * over all its requests. While an incident is young, procedures and classes join when they too fail beyond chance: one fault is one
 * incident. Silence shows only when a request is overdue, answers at once; so that the two do not mix up, an incident with silence is
 * judged on requests old enough to be either. Called by incident.c on the control thread, a few times a minute and incident.
 */
#include <math.h>
#include <string.h>

#include "control/incident/case.h"
#include "control/incident/chance.h"
#include "control/incident/localise.h"

#define YOUNG            (15 * NANOS_PER_S) /* while this young, procedures and classes join by themselves */
#define JOIN_NATS        8.0
#define JOIN_FAILED      5.0
#define LONE_NATS        3.0 /* while none has joined, a page of registration together is looked for in all of its procedures */
#define LONE_FAILED      2.0
#define FAILING_SHARE    0.1
#define RIPE             (OUTCOME_OVERDUE_AGE + 50 * NANOS_PER_MS)
#define ONSET_STEP       (100 * NANOS_PER_MS)
#define ONSET_BACK       (30 * NANOS_PER_S)
#define ONSET_STEPS      600
#define PARTNER_FAILED   0.95
#define PARTNER_CHANCE   2.0 /* standard deviations */
#define PARTNER_LARGEST  0.5
#define PARTNER_ALONE    0.9 /* of the failures; less, and it is not one partner whose subscribers fail */
#define PARTNERS_FAILED  3.0
#define PARTNERS_SEEN    16
#define NETWORK_DIGITS   5U
#define NETWORK_REQUESTS 20
#define LATE_LEAST       20.0
#define LATE_SHARE       0.5

/* What the window since the onset says about procedures and groups. */
struct joining {
	struct incident *c;
	double directions[DIRECTION_COUNT], directions_failed[DIRECTION_COUNT], directions_usual[DIRECTION_COUNT];
	struct {
		digits network;
		double failed;
	} partners[PARTNERS_SEEN]; /* of subscribers of others */
	size_t partner_count;
	double requests[CASE_PROCEDURES];
	double failed[CASE_GROUP_COUNT][CASE_PROCEDURES];
	double known[CASE_PROCEDURES];    /* failures that name their subscriber */
	bool is_leading[CASE_PROCEDURES]; /* some of the failures that the first page is of */
	nanos until;
	bool is_lone; /* nothing has joined yet */
};

static void partner_count(struct joining *j, const struct outcome *o)
{
	digits network = digits_prefix(o->imsi, NETWORK_DIGITS);
	size_t at = 0;

	while (at < j->partner_count && j->partners[at].network != network)
		at++;
	if (o->direction != DIRECTION_INBOUND || network == 0 || at == PARTNERS_SEEN)
		return;
	j->partners[at].network = network;
	j->partners[at].failed++;
	j->partner_count += at == j->partner_count;
}

static void joining_visit(void *context, const struct outcome *o)
{
	struct joining *j = context;
	enum case_group group = case_group_of(o);

	if (o->time < j->c->onset || o->procedure >= CASE_PROCEDURES || o->time > j->until)
		return;
	j->requests[o->procedure]++;
	if (case_counts(j->c, o) && o->direction < DIRECTION_COUNT) {
		j->directions[o->direction]++;
		j->directions_usual[o->direction] += case_baseline(j->c, o->procedure);
		j->directions_failed[o->direction] += case_fails(j->c, o);
		if (case_fails(j->c, o))
			partner_count(j, o);
	}
	if (group == CASE_GROUP_COUNT)
		return;
	j->failed[group][o->procedure]++;
	j->is_leading[o->procedure] = j->is_leading[o->procedure] || case_led_by(j->c, o);
	j->known[o->procedure] += o->imsi != 0;
}

static bool group_joins(const struct joining *j, enum case_group group, size_t p)
{
	double usual = (double)j->c->baseline[group][p];

	return j->failed[group][p] - usual * j->requests[p] >= (j->is_lone ? LONE_FAILED : JOIN_FAILED) &&
	       excess_nats(j->requests[p], j->failed[group][p], usual) >= (j->is_lone ? LONE_NATS : JOIN_NATS);
}

static bool has_any_procedure(const struct incident *c)
{
	for (size_t p = 0; p < CASE_PROCEDURES; p++) {
		if (c->has_procedure[p])
			return true;
	}
	return false;
}

/*
 * The procedures that hold most failures; others wait for them to succeed, so their requests say nothing about phones that give up. Nor do
 * routing enquiries, whose subscriber is known by the good answer only: failing they seem to stay away.
 */
static void failing_mark(struct incident *c, const struct joining *j)
{
	double failed[CASE_PROCEDURES] = { 0 };
	double all = 0;
	double known = 0;

	for (size_t p = 0; p < CASE_PROCEDURES; p++) {
		for (int group = 0; group < CASE_GROUP_COUNT; group++)
			failed[p] += c->has_group[group] && c->has_procedure[p] ? j->failed[group][p] : 0;
		all += failed[p];
		known += failed[p] > 0 ? j->known[p] : 0;
	}
	for (size_t p = 0; p < CASE_PROCEDURES; p++) {
		bool is_failing = failed[p] > 0 && failed[p] >= FAILING_SHARE * all && (j->known[p] >= 0.5 * failed[p] || known <= 0);

		c->is_wider = c->is_wider || is_failing != c->is_failing[p];
		c->is_failing[p] = is_failing;
	}
}

/* Whether those of others that fail belong to several: then the way abroad is cut, which no partner mends. */
static bool partners_fail(const struct joining *j)
{
	double all = 0, most = 0;

	for (size_t i = 0; i < j->partner_count; i++) {
		all += j->partners[i].failed;
		most = fmax(most, j->partners[i].failed);
	}
	return all - most >= PARTNERS_FAILED && most < PARTNER_ALONE * all;
}

/*
 * Whether nearly all that fails is of subscribers of others, who are a small part of everybody here. What fails of the rest counts as far
 * as it is more than usual and beyond chance: one lost answer among the first failures makes no fault of one's own.
 */
static bool partner_fails(const struct joining *j)
{
	double all = 0, rest = 0, usual = 0;
	double inbound = j->directions_failed[DIRECTION_INBOUND];

	for (int i = 0; i < DIRECTION_COUNT; i++) {
		all += j->directions[i];
		if (i != DIRECTION_INBOUND) {
			rest += j->directions_failed[i];
			usual += j->directions_usual[i];
		}
	}
	rest = fmax(rest - usual - PARTNER_CHANCE * sqrt(usual), 0);
	return inbound >= JOIN_FAILED && inbound >= PARTNER_FAILED * (inbound + rest) &&
	       j->directions[DIRECTION_INBOUND] <= PARTNER_LARGEST * all;
}

/*
 * A few failures of all registration procedures together page where none of the procedures does by itself: then it is those that the page
 * is of.
 */
static bool leading_join(struct incident *c, const struct joining *j)
{
	bool is_joined = false;

	for (size_t p = 0; p < CASE_PROCEDURES; p++) {
		if (c->has_procedure[p])
			return false;
	}
	for (size_t p = 0; p < CASE_PROCEDURES; p++) {
		c->has_procedure[p] = j->is_leading[p];
		is_joined = is_joined || j->is_leading[p];
	}
	return is_joined;
}

/* Procedures and groups that fail too, and the share of a whole registration procedure that the fault takes. */
static bool joining_take(struct incident *c, const struct joining *j)
{
	bool is_wider = false;

	for (size_t p = 0; p < CASE_PROCEDURES; p++) {
		for (int group = CASE_REFUSED; group < CASE_USER; group++) {
			if (!group_joins(j, (enum case_group)group, p))
				continue;
			is_wider = is_wider || !c->has_group[group] || !c->has_procedure[p];
			c->has_group[group] = true;
			c->has_procedure[p] = true;
		}
	}
	return is_wider;
}

static bool case_widen(struct incident *c, const struct workshop *w, nanos until, bool is_young)
{
	struct joining j = { .c = c, .until = until };
	bool is_wider = false;

	evidence_visit(w->evidence, c->onset, joining_visit, &j);
	is_wider = is_young && joining_take(c, &j);
	j.is_lone = !has_any_procedure(c);
	if (j.is_lone)
		is_wider = joining_take(c, &j);
	for (size_t p = 0; p < CASE_PROCEDURES; p++) {
		const struct procedure_row *row = procedure_row((procedure)p);
		double failed = 0;
		double usual = case_baseline(c, (procedure)p);

		for (int group = 0; group < CASE_GROUP_COUNT; group++)
			failed += c->has_group[group] ? j.failed[group][p] : 0;
		if (!c->has_procedure[p] || !row || row->weight < 3 || j.requests[p] < NETWORK_REQUESTS)
			continue;
		if (excess_nats(j.requests[p], failed, usual) >= JOIN_NATS)
			c->network_share = fmax(c->network_share, (failed / j.requests[p] - usual) / (1 - usual));
	}
	is_wider = leading_join(c, &j) || is_wider;
	failing_mark(c, &j);
	c->is_abroad = c->is_abroad || (is_young && partners_fail(&j));
	c->is_partner = !c->is_abroad && partner_fails(&j);
	return is_wider;
}

/* Fills the samples, and sums up what the baseline expects. */
struct gathering {
	const struct incident *c;
	const struct workshop *w;
	struct samples *samples;
	nanos until;
	double requests, expected; /* in the window */
	double failing_ripe;
};

/* Requests of another incident's place say nothing of this one's, unless they are of both. */
static bool is_of_others(const struct gathering *g, const struct outcome *o)
{
	if (g->w->other_count == 0 || (g->c->is_located && !place_is_everywhere(&g->c->place) && case_is_here(g->c, o)))
		return false;
	for (size_t i = 0; i < g->w->other_count; i++) {
		if (case_counts(g->w->others[i], o) && case_is_here(g->w->others[i], o))
			return true;
	}
	return false;
}

static void gather_visit(void *context, const struct outcome *o)
{
	struct gathering *g = context;
	struct sample sample = { .imsi = o->imsi, .server = o->server, .client = o->client, .route = o->route, .segments = o->segments };

	if (!case_counts(g->c, o) || is_of_others(g, o))
		return;
	sample.plmn = o->plmn;
	sample.procedure = o->procedure;
	sample.rat = (uint8_t)case_rat_of(o);
	sample.direction = o->direction;
	sample.is_failing = case_fails(g->c, o);
	sample.is_silent = case_group_of(o) == CASE_SILENT;
	sample.is_before = o->time < g->c->onset - ONSET_STEP;
	/* The second before the onset may already be part of it. */
	if (o->time > g->until || (sample.is_before && o->time >= g->c->onset - CASE_CALM_GAP))
		return;
	if (!sample.is_before) {
		g->requests++;
		g->expected += case_baseline(g->c, o->procedure);
	}
	samples_add(g->samples, &sample);
}

static double case_gather(const struct incident *c, struct workshop *w, nanos until, nanos from)
{
	struct gathering g = { .c = c, .w = w, .samples = &w->samples, .until = until };

	samples_clear(&w->samples);
	evidence_visit(w->evidence, from, gather_visit, &g);
	return g.requests > 0 ? g.expected / g.requests : CASE_BASELINE;
}

/* Requests without an answer in time that were answered after all, and how late. */
struct lateness {
	const struct incident *c;
	nanos until;
	double silent; /* sent before `until` */
	double late, sum_s, squares_s;
};

static void lateness_visit(void *context, const struct outcome *o)
{
	struct lateness *l = context;
	double age = nanos_to_s(o->latency);

	if (o->time < l->c->onset || !case_counts(l->c, o) || case_group_of(o) != CASE_SILENT)
		return;
	l->silent += o->time <= l->until;
	if (o->event != OUTCOME_EVENT_LATE)
		return;
	l->late++;
	l->sum_s += age;
	l->squares_s += age * age;
}

/*
 * Who answers late is known by his answers only. When most of the missing answers come after all, requests that are younger than these
 * take are left out: they name nobody yet, and would hide who it is.
 */
static nanos late_until(const struct incident *c, const struct workshop *w, nanos now, nanos until)
{
	struct lateness l = { .c = c };
	double mean, deviation;

	if (!c->has_group[CASE_SILENT])
		return until;
	evidence_visit(w->evidence, c->onset, lateness_visit, &l);
	if (l.late < LATE_LEAST)
		return until;
	mean = l.sum_s / l.late;
	deviation = sqrt(fmax(0, l.squares_s / l.late - mean * mean));
	l = (struct lateness){ .c = c, .until = now - (nanos)((mean + 2 * deviation + 1) * (double)NANOS_PER_S) };
	evidence_visit(w->evidence, c->onset, lateness_visit, &l);
	return l.late >= LATE_SHARE * l.silent && l.silent > 0 && l.until < until ? l.until : until;
}

/* Requests of the place by tenths of a second around the onset. */
struct change {
	const struct incident *c;
	nanos from, until;
	nanos first_failing[ONSET_STEPS];
	double requests[ONSET_STEPS];
	double failed[ONSET_STEPS];
	double expected[ONSET_STEPS];
};

static void change_visit(void *context, const struct outcome *o)
{
	struct change *ch = context;
	size_t step;

	if (o->time < ch->from || o->time >= ch->until || !case_counts(ch->c, o) || !case_is_here(ch->c, o))
		return;
	step = (size_t)((o->time - ch->from) / ONSET_STEP);
	ch->requests[step]++;
	ch->expected[step] += case_baseline(ch->c, o->procedure);
	if (!case_fails(ch->c, o))
		return;
	ch->failed[step]++;
	if (!ch->first_failing[step] || o->time < ch->first_failing[step])
		ch->first_failing[step] = o->time;
}

/* The most likely moment from which on the place fails as it does now. */
static nanos onset_find(const struct incident *c, const struct workshop *w, nanos until, double share)
{
	struct change ch = { .c = c, .from = c->first_onset - ONSET_BACK };
	double nats = 0;
	double best = 0;
	nanos onset = c->first_onset;

	ch.until = until < ch.from + ONSET_STEPS * ONSET_STEP ? until : ch.from + ONSET_STEPS * ONSET_STEP;
	evidence_visit(w->evidence, ch.from, change_visit, &ch);
	for (size_t step = ONSET_STEPS; step-- > 0;) {
		double usual = ch.requests[step] > 0 ? ch.expected[step] / ch.requests[step] : 0;

		if (ch.requests[step] <= 0)
			continue;
		nats += binomial_log(ch.requests[step], ch.failed[step], share) - binomial_log(ch.requests[step], ch.failed[step], usual);
		if (nats <= best || !ch.first_failing[step])
			continue;
		best = nats;
		onset = ch.first_failing[step];
	}
	return best > 5 ? onset : c->first_onset;
}

/* Requests a second of the place before the onset, over as much calm as the records hold. */
struct pace {
	const struct incident *c;
	double requests;
	nanos first;
};

static void pace_visit(void *context, const struct outcome *o)
{
	struct pace *p = context;

	if (o->time >= p->c->onset - CASE_CALM_GAP)
		return;
	p->first = o->time < p->first ? o->time : p->first;
	if (case_counts(p->c, o) && p->c->is_failing[o->procedure] && case_is_here(p->c, o))
		p->requests++;
}

static void pace_learn(struct incident *c, const struct workshop *w)
{
	struct pace p = { .c = c, .first = c->onset };
	double seconds;

	evidence_visit(w->evidence, c->onset - CASE_CALM, pace_visit, &p);
	seconds = nanos_to_s(c->onset - CASE_CALM_GAP - p.first);
	if (seconds >= 5)
		c->rate_before = p.requests / seconds;
}

/* What the fault looks like in the place, and everywhere: all requests since the onset. */
struct sight {
	const struct incident *c;
	nanos until;
	struct recovery_sum here, everybody;
};

static void sight_add(struct recovery_sum *sum, const struct incident *c, const struct outcome *o)
{
	sum->requests++;
	sum->failed += case_fails(c, o);
	sum->expected += case_baseline(c, o->procedure);
}

static void sight_visit(void *context, const struct outcome *o)
{
	struct sight *s = context;

	if (o->time < s->c->onset || o->time > s->until || !case_counts(s->c, o))
		return;
	sight_add(&s->everybody, s->c, o);
	if (case_is_here(s->c, o))
		sight_add(&s->here, s->c, o);
}

static struct sight place_see(const struct incident *c, const struct workshop *w, nanos until)
{
	struct sight s = { .c = c, .until = until };

	evidence_visit(w->evidence, c->onset, sight_visit, &s);
	return s;
}

static double place_share(const struct incident *c, const struct workshop *w, nanos until)
{
	struct sight s = place_see(c, w, until);

	return s.here.requests > 0 ? fmax(0.02, s.here.failed / s.here.requests) : 0.5;
}

/* A stand-in is recognised by the calm before; when that has left the records, what was found stays. */
static void place_keep(struct place *now, const struct place *before)
{
	if (now->stand_in == 0)
		now->stand_in = before->stand_in;
	if (now->vanished_count > 0 || before->vanished_count == 0)
		return;
	memcpy(now->vanished, before->vanished, sizeof(now->vanished));
	now->vanished_count = before->vanished_count;
}

void case_locate(struct incident *c, struct workshop *w, nanos now)
{
	nanos until = c->has_group[CASE_SILENT] ? now - RIPE : now;
	nanos from = c->onset - CASE_CALM > now - EVIDENCE_AGE ? c->onset - CASE_CALM : now - EVIDENCE_AGE;
	bool is_young = now - c->first_page < YOUNG;
	struct place found;
	struct sight sight;
	double baseline;
	bool is_moved;

	if (c->phase == CASE_FORMING)
		case_learn_baseline(c, w);
	else if (c->is_wider)
		case_learn_user_causes(c, w);
	if (case_widen(c, w, until, is_young))
		c->is_wider = true;
	baseline = case_gather(c, w, late_until(c, w, now, until), from);
	place_find(&w->samples, baseline, &found);
	c->is_by_chance = c->phase == CASE_FORMING && place_is_everywhere(&found) && chance_is_sure(&w->samples, baseline);
	if (c->is_located)
		place_keep(&found, &c->place);
	c->same_place = c->is_located && place_is_same(&found, &c->place) ? c->same_place + 1 : 0;
	is_moved = !c->is_located || !place_holds_same(&found, &c->place);
	c->place = found;
	c->is_located = true;
	if (c->phase == CASE_FORMING)
		c->onset = onset_find(c, w, until, place_share(c, w, until));
	if (c->onset - CASE_CALM > now - EVIDENCE_AGE)
		pace_learn(c, w);
	if (c->phase == CASE_FORMING)
		recovery_start(&c->recovery, c->onset, now);
	if (is_moved || c->is_wider || c->phase == CASE_FORMING) {
		case_recount(c, w, now);
		sight = place_see(c, w, until);
		recovery_reference(&c->recovery, &sight.here, &sight.everybody);
		c->is_wider = false;
	}
}
