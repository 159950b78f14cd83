/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of findings, see findings.h and DETECTION 3.9.
 *
 * A finding that pages is announced when its place has been the same for a second, at the latest after 1.9 s or two ticks. One that does
 * not page is announced as a warning when it has lasted longer than its kind may last by itself: blips of some seconds are nobody's
 * business. It is cleared when nothing of it has been suspicious for the hold, a tenth of its age for long ones, and the requests have not
 * merely gone. What comes back meanwhile is the same incident; the third time within ten minutes it is called flapping and not called
 * better any more before it is over. Called by incident.c.
 */
#include "control/incident/findings.h"

#include <stdlib.h>
#include <string.h>

#define SETTLED         (1 * NANOS_PER_S)
#define SAME_PLACE      2U
#define LATEST          (1900 * NANOS_PER_MS)
#define YOUNG           (60 * NANOS_PER_S)
#define SHADOW          (600 * NANOS_PER_S)
#define PAUSE_FIRST     (4 * NANOS_PER_S)
#define PAUSE_YOUNG     (10 * NANOS_PER_S)
#define PAUSE_OLD       (60 * NANOS_PER_S)
#define LOCATE_YOUNG    (3 * NANOS_PER_S)
#define LOST            (10 * NANOS_PER_S) /* a forming finding that is not seen for this long is none */
#define HOLD_SHARE      10
#define HOLD_MOST       (300 * NANOS_PER_S)
#define FLAPPING        3
#define FLAP_TIME       (600 * NANOS_PER_S)
#define RESTORED_STEP   25.0
#define CONDITION_AGREE (30 * NANOS_PER_S)
#define ONSETS_APART    (10 * NANOS_PER_S)

/* How long each fact may last without a page before it is worth a ticket. */
static const nanos patience[FACT_COUNT] = {
	[FACT_REFUSED] = 10 * NANOS_PER_S,        [FACT_SILENT] = 10 * NANOS_PER_S,   [FACT_USER] = 20 * NANOS_PER_S,
	[FACT_CONGESTED] = 60 * NANOS_PER_S,      [FACT_DROP] = 30 * NANOS_PER_S,     [FACT_SURGE] = 30 * NANOS_PER_S,
	[FACT_SURGE_GREAT] = 30 * NANOS_PER_S,    [FACT_REPEATS] = 30 * NANOS_PER_S,  [FACT_SLOW] = 60 * NANOS_PER_S,
	[FACT_LATE] = 10 * NANOS_PER_S,           [FACT_CHAIN] = 30 * NANOS_PER_S,    [FACT_SCATTER] = 60 * NANOS_PER_S,
	[FACT_DEREGISTRATION] = 10 * NANOS_PER_S, [FACT_PEER_DOWN] = 5 * NANOS_PER_S, [FACT_ROUTE_DOWN] = 3 * NANOS_PER_S,
	[FACT_RESTART] = 1 * NANOS_PER_S,         [FACT_BLIND] = 3 * NANOS_PER_S,
};

bool findings_make(struct findings *all, struct annals *annals)
{
	memset(all, 0, sizeof(*all));
	all->annals = annals;
	all->list = calloc(FINDINGS_MAX, sizeof(*all->list));
	return all->list != NULL;
}

void findings_free(struct findings *all)
{
	for (size_t i = 0; all->list && i < FINDINGS_MAX; i++)
		finding_end(&all->list[i]);
	free(all->list);
	all->list = NULL;
}

void findings_begin(struct findings *all)
{
	all->announced_count = 0;
}

struct finding *findings_at(const struct findings *all, size_t i)
{
	return &all->list[all->order[i]];
}

struct finding *findings_new(struct findings *all, nanos onset, nanos now)
{
	for (size_t i = 0; i < FINDINGS_MAX; i++) {
		if (all->list[i].phase != FINDING_NONE)
			continue;
		finding_begin(&all->list[i], onset, now);
		all->order[all->count++] = i;
		return &all->list[i];
	}
	all->refused++;
	return NULL;
}

void findings_end(struct findings *all, struct finding *f)
{
	size_t slot = (size_t)(f - all->list);
	size_t kept = 0;

	for (size_t i = 0; i < all->count; i++) {
		if (all->order[i] != slot)
			all->order[kept++] = all->order[i];
	}
	all->count = kept;
	finding_end(f);
}

/* Whether a condition explains a stream, or the other way round: the node is in it, or requests go nowhere. */
static bool condition_fits(const struct condition *c, const struct suspicion *s)
{
	bool is_node = s->stream.dimension == DIMENSION_SERVER || s->stream.dimension == DIMENSION_CLIENT ||
		       s->stream.dimension == DIMENSION_ROUTE;

	if (is_node && (s->stream.value == c->about || (c->address && s->stream.value == c->address)))
		return true;
	return s->evidence == EVIDENCE_DROP || s->evidence == EVIDENCE_MISSING ||
	       (c->kind == CONDITION_BLIND && s->evidence == EVIDENCE_CHAIN);
}

static bool is_near(nanos a, nanos b, nanos tick)
{
	nanos agree = CONDITION_AGREE > 3 * tick ? CONDITION_AGREE : 3 * tick;

	return llabs(a - b) <= agree;
}

static bool finding_fits(const struct finding *f, const struct suspicion *s, const struct finding_tools *t)
{
	if (f->stream_count)
		return finding_agrees(f, s, t);
	for (size_t i = 0; i < f->condition_count; i++) {
		if (condition_fits(&f->conditions[i], s) && is_near(f->conditions[i].since, s->onset, t->tick))
			return true;
	}
	return false;
}

void findings_take(struct findings *all, const struct suspicion *s, const struct finding_tools *t)
{
	struct finding *f = NULL;

	for (size_t i = 0; i < all->count && !f; i++) {
		if (findings_at(all, i)->phase >= FINDING_OPEN && finding_contains(findings_at(all, i), s, t))
			f = findings_at(all, i);
	}
	for (size_t i = 0; i < all->count && !f; i++) {
		if (finding_has_stream(findings_at(all, i), s, t))
			f = findings_at(all, i);
	}
	for (size_t i = 0; i < all->count && !f; i++) {
		if (finding_fits(findings_at(all, i), s, t) || finding_explains(findings_at(all, i), s, t))
			f = findings_at(all, i);
	}
	/* A statistic that has not yet forgotten what has ended. */
	if (!f && s->onset < all->calm_since)
		return;
	if (!f)
		f = findings_new(all, s->onset, t->now);
	if (f)
		finding_take(f, s, t->now);
}

/* The two ends of a connection say the same of each other, and a router of what lies behind it. */
static bool conditions_share_a_node(const struct condition *a, const struct condition *b)
{
	const node mine[] = { a->about, a->address, a->said_by };
	const node theirs[] = { b->about, b->address, b->said_by };

	if (a->kind == CONDITION_BLIND || b->kind == CONDITION_BLIND) /* of the probe, not of the network */
		return a->about == b->about;
	for (size_t i = 0; i < sizeof(mine) / sizeof(mine[0]); i++) {
		for (size_t j = 0; j < sizeof(theirs) / sizeof(theirs[0]); j++) {
			if (mine[i] != 0 && mine[i] == theirs[j])
				return true;
		}
	}
	return false;
}

/*
 * Who was gone and comes back without its memory is still the same matter, however long it was gone; and so is whoever restarts while
 * everybody's requests stay away.
 */
static bool is_return(const struct finding *f, const struct condition *c)
{
	if (c->kind == CONDITION_RESTART && f->phase >= FINDING_OPEN && f->last.kind == INCIDENT_VOLUME_DROP &&
	    f->last.worst > SEVERITY_WARNING && place_is_everywhere(&f->place))
		return true;
	for (size_t i = 0; i < f->condition_count && c->kind == CONDITION_RESTART; i++) {
		const struct condition *known = &f->conditions[i];

		if (known->kind == CONDITION_PEER_DOWN && conditions_share_a_node(known, c))
			return true;
	}
	return false;
}

static bool finding_fits_condition(const struct finding *f, const struct condition *c, nanos tick)
{
	if (is_return(f, c))
		return true;
	if (!is_near(f->first_onset, c->since, tick) && !is_near(f->onset, c->since, tick))
		return false;
	for (size_t i = 0; i < f->condition_count; i++) {
		if (f->conditions[i].kind == c->kind || conditions_share_a_node(&f->conditions[i], c))
			return true;
	}
	for (size_t i = 0; i < f->stream_count; i++) {
		if (condition_fits(c, &f->streams[i].last))
			return true;
	}
	return false;
}

void findings_take_condition(struct findings *all, const struct condition *c, const struct finding_tools *t)
{
	struct finding *f = NULL;
	bool is_news = !c->is_usual && !c->is_over && c->kind != CONDITION_ROUTE_CONGESTED && c->kind != CONDITION_SUBSYSTEM_CONGESTED;

	for (size_t i = 0; i < all->count && !f; i++) {
		if (finding_has_condition(findings_at(all, i), c))
			f = findings_at(all, i);
	}
	if (!f && c->is_usual)
		return;
	for (size_t i = 0; i < all->count && !f && !c->is_over; i++) {
		if (finding_fits_condition(findings_at(all, i), c, t->tick))
			f = findings_at(all, i);
	}
	/* One report that something is not seen explains a silence, and is no alarm by itself. */
	is_news = is_news && !(c->kind == CONDITION_BLIND && c->notices < 2);
	/* One that goes on serving is not gone: a second connection of the same node has ended. */
	if (!f && is_news && !(c->kind == CONDITION_PEER_DOWN && c->answers > 0))
		f = findings_new(all, c->since, t->now);
	if (f)
		finding_take_condition(f, c, t->now);
}

static void announce(struct findings *all, struct finding *f, const struct finding_tools *t, enum incident_state state)
{
	finding_announce(f, t, state);
	if (state == INCIDENT_RAISED) {
		annals_ask(all->annals, &f->last);
		if (f->last.earlier[0] || f->last.precursor[0])
			finding_announce(f, t, state);
	}
	if (all->announced_count < FINDINGS_MAX)
		all->announced[all->announced_count++] = f->last;
}

/* Nothing but load, in the shadow of an incident: its backlog. */
static bool is_backlog(const struct findings *all, const struct finding *f, nanos now)
{
	const uint32_t load = FACT_BIT(FACT_SURGE) | FACT_BIT(FACT_SURGE_GREAT) | FACT_BIT(FACT_REPEATS);

	return f->facts && !(f->facts & ~load) && all->shadow && now - all->shadow < SHADOW;
}

static bool is_ticket_due(const struct finding *f, const struct finding_tools *t)
{
	nanos shortest = INT64_MAX;
	nanos age = t->now - f->first_seen + t->tick;

	for (unsigned int fact = 0; fact < FACT_COUNT; fact++) {
		if ((f->facts & FACT_BIT(fact)) && patience[fact] < shortest)
			shortest = patience[fact];
	}
	return age >= shortest && age >= 2 * t->tick && finding_is_live(f, t->now) && finding_is_fresh(f, t);
}

/* `same_place` is how often in a row the place must have been found. */
static bool is_page_due(const struct finding *f, const struct finding_tools *t, unsigned int same_place)
{
	nanos age = t->now - f->first_page;

	if (!f->first_page)
		return false;
	if (age >= LATEST || (age >= t->tick && t->tick >= LATEST / 2) || t->tick >= LATEST)
		return true;
	return age >= SETTLED && f->same_place >= same_place;
}

bool findings_are_due(const struct finding *f, const struct finding_tools *t)
{
	/* Its place is found once more before it is announced. */
	return f->phase == FINDING_FORMING && (f->first_page ? is_page_due(f, t, SAME_PLACE - 1) : is_ticket_due(f, t));
}

/*
 * One that is no more than what others are about already goes into the oldest of them that says so, unheard. Its evidence has to be of
 * the same kind.
 */
static bool finding_is_absorbed(struct findings *all, struct finding *f, const struct finding_tools *t)
{
	if (t->other_count == 0 || !finding_has_shares(f) || !f->place.is_unproven)
		return false;
	for (size_t i = 0; i < all->count; i++) {
		struct finding *host = findings_at(all, i);

		if (host == f || host->phase < FINDING_OPEN || (f->facts & ~host->facts) || !finding_is_live(host, t->now))
			continue;
		for (size_t j = 0; j < f->stream_count; j++) {
			if (f->streams[j].seen == t->now)
				finding_take(host, &f->streams[j].last, t->now);
		}
		findings_end(all, f);
		return true;
	}
	return false;
}

/* One that is about the same nodes as another which began with it: the first is told, and has both. */
static struct finding *finding_twin(const struct findings *all, const struct finding *f, nanos tick)
{
	for (size_t i = 0; i < all->count; i++) {
		struct finding *other = findings_at(all, i);

		for (size_t j = 0; other->phase >= FINDING_OPEN && j < other->condition_count; j++) {
			for (size_t k = 0; k < f->condition_count; k++) {
				if (is_near(other->conditions[j].since, f->conditions[k].since, tick) &&
				    conditions_share_a_node(&other->conditions[j], &f->conditions[k]))
					return other;
			}
		}
	}
	return NULL;
}

static bool finding_joins_twin(struct findings *all, struct finding *f, const struct finding_tools *t)
{
	struct finding *twin = finding_twin(all, f, t->tick);

	if (twin == NULL)
		return false;
	for (size_t i = 0; i < f->condition_count; i++)
		finding_take_condition(twin, &f->conditions[i], t->now);
	for (size_t i = 0; i < f->stream_count; i++)
		finding_take(twin, &f->streams[i].last, t->now);
	findings_end(all, f);
	return true;
}

static void finding_form(struct findings *all, struct finding *f, const struct finding_tools *t)
{
	nanos lost = LOST > 3 * t->tick ? LOST : 3 * t->tick;
	bool is_due;

	finding_measure(f, t);
	if (t->now - f->last_seen >= lost && !finding_is_live(f, t->now)) {
		findings_end(all, f);
		return;
	}
	is_due = is_ticket_due(f, t) && !is_backlog(all, f, t->now);
	if (finding_joins_twin(all, f, t) || (!f->first_page && !is_due))
		return;
	finding_locate(f, t);
	if (!is_page_due(f, t, SAME_PLACE) && !(is_due && !f->first_page))
		return;
	if (!finding_is_proven(f) || finding_is_absorbed(all, f, t))
		return;
	finding_open(f, t);
	f->next_location = t->now + NANOS_PER_S;
	annals_id(all->annals, f->onset, f->last.id);
	announce(all, f, t, INCIDENT_RAISED);
}

static bool has_changed(const struct finding *f, const struct finding_tools *t)
{
	if (finding_severity(f, t) > f->last.worst || finding_kind(f) != f->last.kind)
		return true;
	if (f->gauge.waves >= FLAPPING && !f->last.is_flapping)
		return true;
	return !place_is_same(&f->place, &f->announced) && f->same_place >= 1;
}

static nanos hold_of(const struct finding *f, const struct finding_tools *t)
{
	nanos hold = t->plan->detection.restored_hold;
	nanos tenth = (t->now - f->onset) / HOLD_SHARE;

	if (tenth > HOLD_MOST)
		tenth = HOLD_MOST;
	hold = tenth > hold ? tenth : hold;
	return hold > 2 * t->tick ? hold : 2 * t->tick;
}

static bool finding_end_if_clear(struct findings *all, struct finding *f, const struct finding_tools *t)
{
	nanos good = f->gauge.good_since ? t->now - f->gauge.good_since : 0;
	nanos hold = hold_of(f, t);

	/* When the detector does not agree, twice as long. */
	if (!f->gauge.good_since || good < hold || (finding_is_live(f, t->now) && good < 2 * hold) || finding_is_quiet(f, t))
		return false;
	announce(all, f, t, INCIDENT_CLEARED);
	annals_take(all->annals, &f->last);
	if (f->gauge.good_since > all->calm_since)
		all->calm_since = f->gauge.good_since;
	findings_end(all, f);
	return true;
}

static bool may_be_better(const struct finding *f, const struct finding_tools *t)
{
	bool is_flapping = f->gauge.waves >= FLAPPING && t->now - f->gauge.last_wave < FLAP_TIME;

	return f->last.severity > SEVERITY_WARNING && f->stream_count && !is_flapping && gauge_is_moving(&f->gauge, t->now, t->tick) &&
	       !finding_is_quiet(f, t);
}

static void finding_watch(struct findings *all, struct finding *f, const struct finding_tools *t)
{
	bool is_young = t->now - f->last.detected < YOUNG;
	bool is_moving = gauge_is_moving(&f->gauge, t->now, t->tick) || f->gauge.moving_since;
	bool is_first = f->last.state == INCIDENT_RAISED && is_young;
	nanos pause = is_first ? PAUSE_FIRST : is_young ? PAUSE_YOUNG : PAUSE_OLD;

	if (t->now >= f->next_location && !is_moving && finding_is_live(f, t->now)) {
		finding_locate(f, t);
		f->next_location = t->now + (is_first ? NANOS_PER_S : is_young ? LOCATE_YOUNG : PAUSE_YOUNG);
	}
	if (finding_end_if_clear(all, f, t))
		return;
	if (finding_is_seen_again(f, t->now)) {
		announce(all, f, t, INCIDENT_CHANGED);
		return;
	}
	if (f->last.severity == SEVERITY_WARNING && finding_severity(f, t) > SEVERITY_WARNING)
		pause = 0; /* a ticket becomes a page */
	if (t->now - f->last.time >= pause && !is_moving && has_changed(f, t)) {
		announce(all, f, t, INCIDENT_CHANGED);
		return;
	}
	if (!may_be_better(f, t))
		return;
	f->phase = FINDING_RESTORING;
	announce(all, f, t, INCIDENT_RESTORING);
}

static void finding_restore(struct findings *all, struct finding *f, const struct finding_tools *t)
{
	double step = gauge_percent(&f->gauge) - f->last.recovered_percent;

	if (finding_end_if_clear(all, f, t))
		return;
	if (f->gauge.good_since && f->last.recovered_percent > 95)
		return;
	if (t->now - f->last.time >= PAUSE_OLD / (step >= RESTORED_STEP ? 12 : 1) && step >= 1)
		announce(all, f, t, INCIDENT_RESTORING);
}

/* The places of the others, of shares of requests as well: what is theirs is not this one's. */
static void others_find(const struct findings *all, const struct finding *f, struct finding_tools *t)
{
	t->other_count = 0;
	for (size_t i = 0; i < all->count && t->other_count < SUMS_OTHERS_MAX; i++) {
		const struct finding *other = findings_at(all, i);

		if (other != f && other->phase >= FINDING_OPEN && other->announced.part_count && finding_has_shares(other) &&
		    finding_is_live(other, t->now))
			t->others[t->other_count++] = &other->announced;
	}
}

/* Whether it tells of shares of requests by more than names, and pages. */
static bool is_located_by_dimension(const struct finding *f)
{
	return f->first_page && finding_has_shares(f) && f->streams[f->lead].last.stream.dimension != DIMENSION_NAMED;
}

/* When others have begun, as far as that is another time: what fails before and behind tells them apart. */
static void onsets_find(const struct findings *all, const struct finding *f, struct finding_tools *t)
{
	nanos apart = ONSETS_APART > 3 * t->tick ? ONSETS_APART : 3 * t->tick;

	t->earlier = t->later = 0;
	for (size_t i = 0; i < all->count; i++) {
		const struct finding *other = findings_at(all, i);

		if (other == f || !is_located_by_dimension(other) || !is_located_by_dimension(f) || !finding_is_live(other, t->now))
			continue;
		if (other->onset + apart <= f->onset && other->onset > t->earlier)
			t->earlier = other->onset;
		if (other->onset >= f->onset + apart && (!t->later || other->onset < t->later))
			t->later = other->onset;
	}
}

static void finding_judge(struct findings *all, struct finding *f, const struct finding_tools *t)
{
	finding_hold(f, t->detector);
	if (f->phase == FINDING_FORMING) {
		finding_form(all, f, t);
		return;
	}
	finding_measure(f, t);
	if (gauge_has_returned(&f->gauge, t->now) && f->phase == FINDING_RESTORING) {
		f->phase = FINDING_OPEN;
		f->next_location = t->now + NANOS_PER_S;
		announce(all, f, t, INCIDENT_CHANGED);
		return;
	}
	if (f->phase == FINDING_OPEN)
		finding_watch(all, f, t);
	else
		finding_restore(all, f, t);
}

void findings_judge(struct findings *all, const struct finding_tools *t)
{
	for (size_t i = 0; i < all->count; i++) {
		if (findings_at(all, i)->phase >= FINDING_OPEN && findings_at(all, i)->last.severity > SEVERITY_WARNING)
			all->shadow = t->now;
	}
	for (size_t i = 0; i < all->count;) {
		size_t before = all->count;
		struct finding_tools tools = *t;

		others_find(all, findings_at(all, i), &tools);
		onsets_find(all, findings_at(all, i), &tools);
		finding_judge(all, findings_at(all, i), &tools);
		i += all->count == before;
	}
}
