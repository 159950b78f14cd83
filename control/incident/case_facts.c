/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What else is known of a case than its failing requests, see case.h and kinds.h: volume, time, what the network says of itself, whose
 * subscribers they are; and how severe all of it is. Called by incident.c.
 */
#include <math.h>

#include "control/incident/case.h"
#include "control/incident/finding.h"
#include "control/incident/kinds.h"
#include "control/incident/maintenance.h"

#define CONDITION_BEFORE (60 * NANOS_PER_S)
#define CONDITION_AFTER  (60 * NANOS_PER_S)
#define LOAD_DROP        0.3
#define LOAD_SURGE       2.0
#define LOAD_FORGOTTEN   (3 * NANOS_PER_S)

static bool place_has_node(const struct place *p, node n)
{
	struct incident_node nodes[INCIDENT_NODES_MAX];
	size_t count = place_nodes(p, nodes);

	for (size_t i = 0; i < count; i++) {
		if (nodes[i].node == n)
			return true;
	}
	return false;
}

/* Of the place: a node in whatever role, since who does not answer does not ask either, and both come back at once. */
static bool stream_is_near(const struct incident *c, const struct stream_key *key)
{
	bool is_node = key->dimension == DIMENSION_SERVER || key->dimension == DIMENSION_CLIENT || key->dimension == DIMENSION_ROUTE;

	if (key->dimension == DIMENSION_ALL || place_is_everywhere(&c->place) || place_has_stream(&c->place, key))
		return true;
	return is_node && place_has_node(&c->place, key->value);
}

/* Whether the requests that fail stay away, or come in twice the number: then few failures are no repair. */
static bool is_load(const struct incident *c, const struct suspicion *s)
{
	procedure p = s->stream.procedure;
	bool is_failing = p < CASE_PROCEDURES && (p == PROCEDURE_REGISTRATION || c->is_failing[p]);

	if (!is_failing || (s->stream.dimension != DIMENSION_ALL && !place_has_stream(&c->place, &s->stream)))
		return false;
	return (s->evidence == EVIDENCE_DROP && s->fault_share >= LOAD_DROP) ||
	       (s->evidence == EVIDENCE_SURGE && s->observed_ratio >= LOAD_SURGE);
}

bool case_takes_suspicion(struct incident *c, const struct suspicion *s, nanos now)
{
	bool begins_with_it = case_agrees(c, s->onset);
	uint32_t facts = facts_of_suspicion(s);

	if (!begins_with_it && (c->phase < CASE_OPEN || s->onset < c->onset || !stream_is_near(c, &s->stream)))
		return false;
	if (!begins_with_it) /* what follows a fault is not its kind */
		facts &= ~FACT_BIT(FACT_DEREGISTRATION);
	c->facts |= facts;
	if (s->evidence == EVIDENCE_SURGE)
		c->factor = fmax(c->factor, s->observed_ratio);
	case_sees_load(c, s, now);
	return true;
}

void case_sees_load(struct incident *c, const struct suspicion *s, nanos now)
{
	if (is_load(c, s))
		c->load_seen = now;
}

bool case_takes_condition(struct incident *c, const struct condition *condition)
{
	size_t at = 0;

	while (at < c->condition_count && (c->conditions[at].kind != condition->kind || c->conditions[at].about != condition->about ||
					   c->conditions[at].subsystem != condition->subsystem))
		at++;
	if (at == c->condition_count) {
		bool is_here = place_has_node(&c->place, condition->about) ||
			       (condition->address && place_has_node(&c->place, condition->address));
		/* What breaks later inside of a fault that goes on is its consequence, or an attempt to mend it. */
		bool is_within = c->phase == CASE_OPEN && (is_here || place_is_everywhere(&c->place));
		bool is_after = condition->since > c->onset + CONDITION_AFTER;

		if (c->phase < CASE_OPEN || condition->is_usual || condition->is_over || condition->since < c->onset - CONDITION_BEFORE)
			return false;
		if (is_after)
			return is_within;
		if (!is_here && !c->has_group[CASE_SILENT] && condition->kind != CONDITION_ROUTE_CONGESTED &&
		    condition->kind != CONDITION_SUBSYSTEM_CONGESTED)
			return false;
		if (at == CASE_CONDITIONS_MAX)
			return true;
		c->condition_count++;
	}
	c->conditions[at] = *condition;
	c->facts |= facts_of_condition(condition);
	return true;
}

bool case_is_loaded(const struct incident *c, nanos now)
{
	return c->load_seen && now - c->load_seen <= LOAD_FORGOTTEN;
}

bool case_is_partner(const struct incident *c, const struct workshop *w)
{
	return !c->is_abroad && (c->is_partner || place_is_partner(&c->place, w->plan));
}

enum incident_severity case_severity(const struct incident *c, const struct workshop *w, double affected, nanos now)
{
	struct gravity g = { .is_page = true, .kind = c->last.kind, .affected = affected, .network_share = c->network_share };
	enum incident_severity severity;

	g.is_partner = case_is_partner(c, w);
	g.is_maintained = maintenance_covers(w->plan, &c->place, w->name_of, w->names, c->onset, now, &g.is_overdue);
	severity = severity_of_gravity(&g, w->plan);
	return severity > c->last.worst ? severity : c->last.worst;
}
