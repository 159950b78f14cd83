/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of incidents: forming, open, restoring, cleared; see incident.h and DETECTION 3.6 to 3.9.
 *
 * A page begins a case. Suspicions whose onset agrees join it, and so does every page whose failing requests lie in its place or are of
 * its subscribers: one fault, one incident. A case is announced when its place has been the same for a moment, at the latest two seconds
 * after its first page, so that the first words are right. A page without failing requests behind it is a statistic that has not yet
 * forgotten, or a silence that is not yet overdue: it waits, and is dropped when nothing comes.
 *
 * Cleared is more than quiet (DESIGN 3.11): the share back within the baseline for the hold time, the detector agreeing, and the
 * requests not merely gone. A new wave within the hold is the same incident. Owned by control, one thread; time is the tally's.
 */
#include "control/incident/room.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_PLACE    (2 * NANOS_PER_S) /* a vague first announcement is followed this soon by one that names the place */
#define HOPELESS       (4 * NANOS_PER_S) /* without failing requests the case is dropped */
#define YOUNG          (60 * NANOS_PER_S)
#define CHANGE_YOUNG   (10 * NANOS_PER_S) /* changes are announced no oftener than this, */
#define CHANGE_OLD     (60 * NANOS_PER_S) /* and than this when the incident is older than YOUNG */
#define WAVE_SEEN      (8 * NANOS_PER_S)  /* a wave has lasted about so long when it is noticed */
#define SETTLING_S     5                  /* a recovery is announced when it has had time to show its size */
#define RESTORED_STEP  25.0
#define HOLD_MOST      (300 * NANOS_PER_S)
#define SIFTED         (2 * NANOS_PER_S)
#define EXPLAINED_MOST 64                   /* a walk through the records each; whoever has to wait is suspected again in the next tick */
#define LOADED_MOST    (1800 * NANOS_PER_S) /* so long a surge or a lack of requests after the repair keeps an incident open */

struct incidents *incidents_new(const struct plan *plan, struct detector *detector, incident_name_of name_of, void *names)
{
	struct incidents *all = calloc(1, sizeof(*all));
	bool is_made;

	if (!all)
		return NULL;
	all->workshop = (struct workshop){ .plan = plan, .name_of = name_of, .names = names };
	all->detector = detector;
	all->workshop.evidence = evidence_new(&plan->hash_key, EVIDENCE_RECORDS);
	all->ledger = ledger_new(&plan->hash_key);
	all->members = members_new(&plan->hash_key);
	is_made = samples_make(&all->workshop.samples, &plan->hash_key) && all->workshop.evidence && all->ledger && all->members;
	is_made = sums_make(&all->sums) && is_made;
	is_made = findings_make(&all->findings, &all->annals) && is_made;
	for (size_t i = 0; i < INCIDENTS_MAX; i++)
		is_made = subscribers_make(&all->cases[i].subscribers, &plan->hash_key) && is_made;
	if (is_made)
		return all;
	incidents_free(all);
	return NULL;
}

void incidents_free(struct incidents *all)
{
	if (!all)
		return;
	evidence_free(all->workshop.evidence);
	samples_free(&all->workshop.samples);
	ledger_free(all->ledger);
	members_free(all->members);
	sums_free(&all->sums);
	findings_free(&all->findings);
	memo_names_free(&all->recalled_names);
	for (size_t i = 0; i < INCIDENTS_MAX; i++)
		subscribers_free(&all->cases[i].subscribers);
	free(all);
}

void incidents_outcome(struct incidents *all, const struct outcome *outcome)
{
	struct evidence_step step;

	if (!evidence_take(all->workshop.evidence, outcome, &step))
		return;
	all->has_outcomes = true;
	for (size_t i = 0; i < all->open_count; i++)
		case_follow(&all->cases[all->order[i]], &step);
}

static struct incident *case_new(struct incidents *all, const struct suspicion *s, nanos now)
{
	for (size_t i = 0; i < INCIDENTS_MAX; i++) {
		struct incident *c = &all->cases[i];
		struct subscribers subscribers = c->subscribers;

		if (c->phase != CASE_NONE)
			continue;
		memset(c, 0, sizeof(*c));
		c->subscribers = subscribers;
		subscribers_clear(&c->subscribers);
		c->phase = CASE_FORMING;
		c->first_page = c->first_seen = now;
		c->first_onset = c->onset = s->onset < now ? s->onset : now;
		if (c->onset < all->calm_since)
			c->onset = all->calm_since;
		c->rate_before = -1;
		c->evidence_nats = -INFINITY;
		all->order[all->open_count++] = i;
		return c;
	}
	all->refused++;
	return NULL;
}

static void case_end(struct incidents *all, struct incident *c)
{
	size_t slot = (size_t)(c - all->cases);
	size_t kept = 0;

	for (size_t i = 0; i < all->open_count; i++) {
		if (all->order[i] != slot)
			all->order[kept++] = all->order[i];
	}
	all->open_count = kept;
	c->phase = CASE_NONE;
	members_move(all->members, slot, MEMBERS_NONE);
}

static void join(struct incidents *all, struct incident *c, const struct suspicion *s)
{
	(void)case_join(c, s);
	members_put(all->members, &s->stream, s->evidence, (size_t)(c - all->cases));
}

/* The oldest announced incident that explains a page. */
static struct incident *case_explaining(struct incidents *all, const struct suspicion *s)
{
	for (size_t i = 0; i < all->open_count; i++) {
		struct incident *c = &all->cases[all->order[i]];

		if (c->phase == CASE_FORMING)
			continue;
		all->explained++;
		if (case_explains(c, &all->workshop, s))
			return c;
	}
	return NULL;
}

/* A page or an advisory of failing requests, of which outcomes tell: to the case that it belongs to; a page without one begins a case. */
static bool case_take(struct incidents *all, const struct suspicion *s, nanos now)
{
	size_t slot = members_find(all->members, &s->stream, s->evidence);
	struct incident *c = slot != MEMBERS_NONE ? &all->cases[slot] : NULL;

	for (size_t i = 0; i < all->open_count && !c; i++) {
		if (case_agrees(&all->cases[all->order[i]], s->onset))
			c = &all->cases[all->order[i]];
	}
	if (!c && s->is_page && all->explained >= EXPLAINED_MOST)
		return true;
	if (!c && s->is_page)
		c = case_explaining(all, s);
	for (size_t i = 0; i < all->open_count && !c; i++) {
		if (case_goes_on_with(&all->cases[all->order[i]], s))
			c = &all->cases[all->order[i]];
	}
	if (!c && s->is_page)
		c = case_new(all, s, now);
	if (c)
		join(all, c, s);
	return c || s->is_page;
}

static bool case_take_fact(struct incidents *all, const struct suspicion *s, nanos now)
{
	bool is_taken = false;

	for (size_t i = 0; i < all->open_count; i++) {
		struct incident *c = &all->cases[all->order[i]];

		if (is_taken)
			case_sees_load(c, s, now);
		else
			is_taken = case_takes_suspicion(c, s, now);
	}
	return is_taken;
}

static void suspicion_take(struct incidents *all, const struct suspicion *s, const struct finding_tools *t)
{
	bool is_taken = false;

	if (all->has_outcomes)
		is_taken = s->evidence < EVIDENCE_JUDGED ? case_take(all, s, t->now) : case_take_fact(all, s, t->now);
	if (!is_taken)
		findings_take(&all->findings, s, t);
}

static void condition_take(struct incidents *all, const struct condition *condition, const struct finding_tools *t)
{
	for (size_t i = 0; i < all->open_count; i++) {
		if (case_takes_condition(&all->cases[all->order[i]], condition))
			return;
	}
	findings_take_condition(&all->findings, condition, t);
}

static bool finding_is_page(const struct finding *f)
{
	return f->phase >= FINDING_OPEN && f->last.worst > SEVERITY_WARNING;
}

/* Whether a finding was the beginning of a case, or says why it is. Of one that pages by itself it is what it pages for that must be. */
static bool finding_belongs(const struct finding *f, const struct incident *c)
{
	for (size_t i = 0; i < f->stream_count; i++) {
		const struct suspicion *s = &f->streams[i].last;

		if (finding_is_page(f) && i != f->lead)
			continue;
		if (s->evidence < EVIDENCE_JUDGED ? case_has_stream(c, s) : case_agrees(c, s->onset))
			return true;
	}
	return false;
}

/*
 * Advisories that an open case explains are no tickets; asked every other second, since it costs a walk through the records, and before
 * they are announced.
 */
static void findings_sift(struct incidents *all, const struct finding_tools *t)
{
	const uint32_t load = FACT_BIT(FACT_SURGE) | FACT_BIT(FACT_SURGE_GREAT) | FACT_BIT(FACT_REPEATS);

	for (size_t i = 0; all->has_outcomes && i < all->findings.count;) {
		struct finding *f = findings_at(&all->findings, i);
		const struct suspicion *lead = f->stream_count ? &f->streams[f->lead].last : NULL;
		nanos age = t->now - f->first_seen;
		struct incident *c = NULL;

		if (f->phase == FINDING_FORMING && lead && lead->evidence != EVIDENCE_DROP && lead->evidence != EVIDENCE_SCATTER &&
		    ((age > 0 && age % SIFTED < t->tick) || findings_are_due(f, t))) {
			for (size_t j = 0; j < all->open_count && !c; j++) {
				struct incident *open = &all->cases[all->order[j]];

				if (open->phase >= CASE_OPEN && case_explains(open, &all->workshop, lead))
					c = open;
			}
		}
		if (!c) {
			i++;
			continue;
		}
		for (size_t j = 0; j < f->stream_count; j++) {
			if (f->streams[j].last.evidence < EVIDENCE_JUDGED)
				join(all, c, &f->streams[j].last);
			else
				c->facts |= facts_of_suspicion(&f->streams[j].last) & load;
		}
		findings_end(&all->findings, f);
	}
}

/*
 * What was found before the case was announced goes into it. When it has been announced already, as a ticket, the case goes on under its
 * name. Returns whether there was such a one.
 */
static bool findings_adopt(struct incidents *all, struct incident *c)
{
	const uint32_t shares = FACT_BIT(FACT_REFUSED) | FACT_BIT(FACT_SILENT) | FACT_BIT(FACT_USER) | FACT_BIT(FACT_CONGESTED);
	bool is_announced = false;

	for (size_t i = 0; i < all->findings.count;) {
		struct finding *f = findings_at(&all->findings, i);
		bool belongs = finding_belongs(f, c);

		/* A page goes on by itself when that a node is gone is all that connects the two: the case is what follows from it. */
		for (size_t j = 0; j < f->condition_count && (belongs || !finding_is_page(f)); j++)
			belongs = case_takes_condition(c, &f->conditions[j]) || belongs;
		if (!belongs) {
			i++;
			continue;
		}
		c->facts |= f->facts & ~shares;
		if (f->first_seen < c->first_seen && f->first_seen >= c->onset)
			c->first_seen = f->first_seen;
		if (f->phase >= FINDING_OPEN && !is_announced) {
			memcpy(c->last.id, f->last.id, sizeof(c->last.id));
			memcpy(c->last.alarm_id, f->last.alarm_id, sizeof(c->last.alarm_id));
			c->first_seen = f->last.detected;
			c->last.worst = f->last.worst;
			is_announced = true;
		}
		findings_end(&all->findings, f);
	}
	return is_announced;
}

/* An older incident that explains most failures of a forming one takes it in. */
static struct incident *case_host(struct incidents *all, const struct incident *forming)
{
	for (size_t i = 0; i < all->open_count; i++) {
		struct incident *c = &all->cases[all->order[i]];
		size_t explained = 0;
		size_t pages = 0;

		if (c->phase < CASE_OPEN)
			continue;
		/* Two faults that are everywhere are one, or cannot be told apart. */
		if (place_is_everywhere(&c->place) && place_is_everywhere(&forming->place))
			return c;
		if (place_lies_in(&forming->place, &c->place))
			return c;
		for (size_t j = 0; j < forming->stream_count && pages < 16; j++) {
			struct suspicion s = { .stream = forming->streams[j].key, .evidence = (enum evidence)forming->streams[j].evidence };

			if (!forming->streams[j].is_page)
				continue;
			s.onset = forming->onset;
			pages++;
			explained += case_explains(c, &all->workshop, &s);
		}
		if (pages && 2 * explained > pages)
			return c;
	}
	return NULL;
}

static void announce(struct incidents *all, struct incident *c, enum incident_state state, nanos now)
{
	case_announce(c, &all->workshop, state, now);
	if (state == INCIDENT_RAISED) {
		annals_ask(&all->annals, &c->last);
		if (c->last.earlier[0] || c->last.precursor[0])
			case_announce(c, &all->workshop, state, now);
	}
	if (all->announced_count < 2 * INCIDENTS_MAX)
		all->announced[all->announced_count++] = c->last;
}

static void case_form(struct incidents *all, struct incident *c, nanos now)
{
	nanos age = now - c->first_page;
	struct incident *host;
	bool is_supported, is_known;

	is_supported = case_is_supported(c, &all->workshop, all->calm_since, now);
	if (!is_supported && age >= HOPELESS)
		case_end(all, c);
	if (!is_supported)
		return;
	case_locate(c, &all->workshop, now);
	if (!case_is_ripe(c, now))
		return;
	host = case_host(all, c);
	if (host) {
		case_absorb(host, c);
		members_move(all->members, (size_t)(c - all->cases), (size_t)(host - all->cases));
		case_end(all, c);
		return;
	}
	c->phase = CASE_OPEN;
	c->next_location = now + NANOS_PER_S;
	is_known = findings_adopt(all, c);
	c->last.detected = c->first_seen;
	if (!is_known)
		annals_id(&all->annals, c->onset, c->last.id);
	announce(all, c, is_known ? INCIDENT_CHANGED : INCIDENT_RAISED, now);
}

static void case_watch(struct incidents *all, struct incident *c, nanos now)
{
	bool is_young = now - c->last.detected < YOUNG;
	bool is_vague = c->last.state == INCIDENT_RAISED && place_is_everywhere(&c->announced);
	bool is_found = is_vague && !place_is_everywhere(&c->place);
	nanos pause = is_found ? FIRST_PLACE : is_young ? CHANGE_YOUNG : CHANGE_OLD;
	bool is_moving = recovery_is_moving(&c->recovery) && !case_is_given_up(c) && !case_is_loaded(c, now);

	/* After a restart there is nothing to find it by before it is seen again. */
	if (((now >= c->next_location && !c->is_unseen) || c->is_wider) && !is_moving && !cases_are_forming(all->cases)) {
		case_locate(c, &all->workshop, now);
		c->next_location = now + (is_vague ? NANOS_PER_S : is_young ? 3 * NANOS_PER_S : CHANGE_YOUNG);
	}
	if (!is_moving && case_is_seen_again(c)) {
		announce(all, c, INCIDENT_CHANGED, now);
		return;
	}
	if (now - c->last.time >= pause && !is_moving && !c->is_unseen && case_has_changed(c, &all->workshop, now))
		announce(all, c, INCIDENT_CHANGED, now);
	if (!c->recovery.is_sure || !is_moving)
		return;
	if (c->recovery.percent < 90 && c->recovery.judged - c->recovery.sure_since < SETTLING_S)
		return;
	c->phase = CASE_RESTORING;
	announce(all, c, INCIDENT_RESTORING, now);
}

/* Whether the detector sees the pages of the incident back at their baseline, as far as there is enough traffic to say. */
static bool detector_agrees(const struct incidents *all, const struct incident *c)
{
	for (size_t i = 0; i < c->stream_count; i++) {
		struct stream_state state;

		if (!c->streams[i].is_page ||
		    !detector_stream(all->detector, &c->streams[i].key, (enum evidence)c->streams[i].evidence, &state))
			continue;
		if (!state.has_returned && state.requests_per_s >= 1)
			return false;
	}
	return true;
}

/* Longer incidents have to be well for longer. */
static nanos hold_of(const struct incident *c, const struct plan *plan, nanos now)
{
	nanos tenth = (now - c->onset) / 10;

	if (tenth > HOLD_MOST)
		tenth = HOLD_MOST;
	return tenth > plan->detection.restored_hold ? tenth : plan->detection.restored_hold;
}

/* For the hold time everything has been as it should be. When the detector does not agree, for twice that. */
static bool is_cleared(const struct incidents *all, const struct incident *c, nanos now)
{
	nanos hold = hold_of(c, all->workshop.plan, now);
	nanos good = c->recovery.good_since ? now - c->recovery.good_since * NANOS_PER_S : 0;

	if (!c->recovery.good_since || good < hold || !recovery_is_clear(&c->recovery) || case_is_given_up(c))
		return false;
	if (case_is_loaded(c, now) && good < LOADED_MOST)
		return false;
	return good >= 2 * hold || detector_agrees(all, c);
}

static void case_restore(struct incidents *all, struct incident *c, nanos now)
{
	nanos pause = now - c->last.time;
	double step = c->recovery.percent - c->last.recovered_percent;

	if (c->recovery.has_returned) {
		c->phase = CASE_OPEN;
		c->waves++;
		c->next_location = now + NANOS_PER_S;
		c->view_from = now - WAVE_SEEN;
		announce(all, c, INCIDENT_CHANGED, now);
		return;
	}
	if (is_cleared(all, c, now)) {
		all->calm_since = recovery_calm_since(&c->recovery) * NANOS_PER_S;
		if (all->calm_since > all->findings.calm_since)
			all->findings.calm_since = all->calm_since;
		announce(all, c, INCIDENT_CLEARED, now);
		annals_take(&all->annals, &c->last);
		case_end(all, c);
		return;
	}
	if (c->recovery.good_since && c->last.recovered_percent > 95)
		return; /* nothing new until it is cleared */
	if ((pause >= CHANGE_YOUNG / 2 && step >= RESTORED_STEP) || (pause >= CHANGE_OLD && fabs(step) >= 1))
		announce(all, c, INCIDENT_RESTORING, now);
}

static void case_judge(struct incidents *all, struct incident *c, nanos now)
{
	case_others_find(c, all->cases, &all->workshop);
	for (size_t i = 0; i < c->stream_count; i++)
		detector_hold(all->detector, &c->streams[i].key);
	if (c->phase == CASE_FORMING) {
		case_form(all, c, now);
		return;
	}
	if (!recovery_judge(&c->recovery, now))
		return;
	if (c->phase == CASE_OPEN)
		case_watch(all, c, now);
	else
		case_restore(all, c, now);
}

static void open_copy(struct incidents *all)
{
	all->open_alarms = 0;
	for (size_t i = 0; i < all->open_count; i++) {
		if (all->cases[all->order[i]].phase >= CASE_OPEN)
			all->open[all->open_alarms++] = all->cases[all->order[i]].last;
	}
	for (size_t i = 0; i < all->findings.count; i++) {
		if (findings_at(&all->findings, i)->phase >= FINDING_OPEN)
			all->open[all->open_alarms++] = findings_at(&all->findings, i)->last;
	}
}

void incidents_conditions(struct incidents *all, const struct condition *conditions, size_t count)
{
	all->conditions = conditions;
	all->condition_count = count;
}

static void cases_judge(struct incidents *all, const struct tally *tally)
{
	size_t before = all->open_count;

	for (size_t i = 0; i < before; i++) {
		struct incident *c = &all->cases[all->order[i]];

		if (c->phase >= CASE_OPEN)
			all->findings.shadow = tally->start + tally->length;
		c->packets += tally->packets;
		c->dropped += tally->dropped;
		case_judge(all, c, tally->start + tally->length);
		if (all->open_count < before) { /* it ended, and the next has taken its turn */
			before--;
			i--;
		}
	}
}

const struct alarm *incidents_tick(struct incidents *all, const struct tally *tally, const struct suspicion *suspicions, size_t count,
				   size_t *ret_count)
{
	struct finding_tools tools = { .plan = all->workshop.plan,
				       .ledger = all->ledger,
				       .sums = &all->sums,
				       .detector = all->detector,
				       .name_of = all->workshop.name_of,
				       .names = all->workshop.names,
				       .now = tally->start + tally->length,
				       .tick = tally->length };

	all->announced_count = 0;
	all->explained = 0;
	if (all->is_recalling) {
		incidents_resume(all, tools.now);
		open_copy(all);
	}
	findings_begin(&all->findings);
	ledger_take(all->ledger, tally);
	for (size_t i = 0; i < all->condition_count; i++)
		condition_take(all, &all->conditions[i], &tools);
	for (size_t i = 0; i < count; i++)
		suspicion_take(all, &suspicions[i], &tools);
	cases_judge(all, tally);
	findings_sift(all, &tools);
	findings_judge(&all->findings, &tools);
	for (size_t i = 0; i < all->findings.announced_count; i++)
		all->announced[all->announced_count++] = all->findings.announced[i];
	all->condition_count = 0;
	if (all->announced_count)
		open_copy(all);
	*ret_count = all->announced_count;
	return all->announced;
}

size_t incidents_open(const struct incidents *all, const struct alarm **ret)
{
	*ret = all->open;
	return all->open_alarms;
}

uint64_t incidents_refused(const struct incidents *all)
{
	return all->refused + all->findings.refused;
}
