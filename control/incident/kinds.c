/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Facts, kinds and severities, see kinds.h.
 *
 * The rows of the kinds go from the cause to the symptom: a probe that is blind explains silence, a peer that is gone explains it too, a
 * storm explains refusals. What remains is named by what fails. Called by the files of this room when an incident is announced.
 */
#include "control/incident/kinds.h"

#include <stddef.h>

#define SURGE_GREAT    3.0
#define SHARE_MAJOR    0.05
#define SHARE_CRITICAL 0.2

/* The procedures by which the network takes subscribers out: a surge of them is no load but a loss. */
static bool is_deregistration(procedure p)
{
	static const char *const names[] = { "map.cancelLocation", "map.purgeMS", "s6a.clr", "s6a.pur" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (procedure_of_name(names[i]) == p)
			return true;
	}
	return false;
}

uint32_t facts_of_suspicion(const struct suspicion *s)
{
	static const uint8_t facts[EVIDENCE_COUNT] = {
		[EVIDENCE_NETWORK] = FACT_REFUSED, [EVIDENCE_USER] = FACT_USER,   [EVIDENCE_MISSING] = FACT_SILENT,
		[EVIDENCE_DROP] = FACT_DROP,       [EVIDENCE_SURGE] = FACT_SURGE, [EVIDENCE_REPEATS] = FACT_REPEATS,
		[EVIDENCE_SLOW] = FACT_SLOW,       [EVIDENCE_LATE] = FACT_LATE,   [EVIDENCE_CHAIN] = FACT_CHAIN,
		[EVIDENCE_SCATTER] = FACT_SCATTER,
	};
	uint32_t found = FACT_BIT(facts[s->evidence]);

	if (s->evidence != EVIDENCE_SURGE)
		return found;
	if (s->observed_ratio >= SURGE_GREAT)
		found |= FACT_BIT(FACT_SURGE_GREAT);
	/*
	 * One node that sends more of them may be tidying up, and whoever registers elsewhere is taken out where he was. Everybody's, and
	 * more than registrations account for, is a loss: then it is a page.
	 */
	if (s->stream.dimension != DIMENSION_ALL && s->stream.dimension != DIMENSION_SEGMENT)
		return found;
	return s->is_page && is_deregistration(s->stream.procedure) && s->observed_ratio >= SURGE_GREAT ? FACT_BIT(FACT_DEREGISTRATION)
													: found;
}

uint32_t facts_of_condition(const struct condition *c)
{
	static const uint8_t facts[CONDITION_KIND_COUNT] = {
		[CONDITION_ROUTE_DOWN] = FACT_ROUTE_DOWN,
		[CONDITION_ROUTE_CONGESTED] = FACT_CONGESTED,
		[CONDITION_USER_DOWN] = FACT_ROUTE_DOWN,
		[CONDITION_SUBSYSTEM_DOWN] = FACT_ROUTE_DOWN,
		[CONDITION_SUBSYSTEM_CONGESTED] = FACT_CONGESTED,
		[CONDITION_AS_DOWN] = FACT_ROUTE_DOWN,
		[CONDITION_PEER_DOWN] = FACT_PEER_DOWN,
		[CONDITION_RESTART] = FACT_RESTART,
		[CONDITION_BLIND] = FACT_BLIND,
	};

	return FACT_BIT(facts[c->kind]);
}

/* The first row whose facts are all there, and of whose second column, where there is one, at least one. */
static const struct {
	uint32_t all, any;
	enum incident_kind kind;
} rows[] = {
	{ FACT_BIT(FACT_BLIND), 0, INCIDENT_PROBE_BLIND },
	{ FACT_BIT(FACT_DEREGISTRATION), 0, INCIDENT_MASS_DEREGISTRATION },
	{ FACT_BIT(FACT_SURGE_GREAT), FACT_BIT(FACT_SILENT) | FACT_BIT(FACT_CONGESTED) | FACT_BIT(FACT_REFUSED), INCIDENT_STORM },
	{ FACT_BIT(FACT_SURGE) | FACT_BIT(FACT_REPEATS), FACT_BIT(FACT_SILENT) | FACT_BIT(FACT_CONGESTED), INCIDENT_STORM },
	{ FACT_BIT(FACT_PEER_DOWN), 0, INCIDENT_PEER_DOWN },
	{ FACT_BIT(FACT_ROUTE_DOWN), 0, INCIDENT_ROUTE_UNAVAILABLE },
	{ FACT_BIT(FACT_LATE), FACT_BIT(FACT_SILENT) | FACT_BIT(FACT_SLOW) | FACT_BIT(FACT_REFUSED), INCIDENT_LATENCY },
	{ FACT_BIT(FACT_SILENT), 0, INCIDENT_NO_ANSWER },
	{ FACT_BIT(FACT_REFUSED), 0, INCIDENT_REJECT_RATIO },
	{ FACT_BIT(FACT_USER), 0, INCIDENT_REJECT_RATIO },
	{ FACT_BIT(FACT_DROP), 0, INCIDENT_VOLUME_DROP },
	{ FACT_BIT(FACT_CHAIN), 0, INCIDENT_VOLUME_DROP },
	{ FACT_BIT(FACT_LATE), 0, INCIDENT_LATENCY },
	{ FACT_BIT(FACT_SLOW), 0, INCIDENT_LATENCY },
	{ FACT_BIT(FACT_RESTART), 0, INCIDENT_NODE_RESTART },
	{ FACT_BIT(FACT_SURGE), 0, INCIDENT_STORM },
	{ FACT_BIT(FACT_REPEATS), 0, INCIDENT_STORM },
};

enum incident_kind kind_of_facts(uint32_t facts)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if ((facts & rows[i].all) == rows[i].all && (rows[i].any == 0 || (facts & rows[i].any)))
			return rows[i].kind;
	}
	return INCIDENT_REJECT_RATIO;
}

enum incident_severity severity_of_gravity(const struct gravity *g, const struct plan *plan)
{
	enum incident_severity severity = SEVERITY_MINOR;

	if (g->kind == INCIDENT_PROBE_BLIND) /* whoever looks after the probe is to be woken, nobody else */
		return SEVERITY_MINOR;
	if (!g->is_page || g->is_partner)
		return SEVERITY_WARNING;
	if (g->affected >= (double)plan->detection.critical || g->network_share >= SHARE_CRITICAL)
		severity = SEVERITY_CRITICAL;
	else if (g->affected >= (double)plan->detection.major || g->network_share >= SHARE_MAJOR || g->kind == INCIDENT_MASS_DEREGISTRATION)
		severity = SEVERITY_MAJOR;
	if (g->is_maintained && !g->is_overdue)
		severity--;
	return severity;
}
