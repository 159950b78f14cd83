/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is normal: the share of each procedure that failed in the calm before the onset, by group, and which user causes are new.
 *
 * An incident counts only what exceeds this. Little calm leans on what DETECTION 3.2 assumes without history. User refusals are the
 * subscriber's own affair day and night; when their number is the evidence, only the causes that became more frequent are failures of
 * the incident ("unknown subscriber" for a lost partition), and the others stay what they were. Called by locate.c.
 */
#include <string.h>

#include "control/incident/case.h"

#define BASELINE_WEIGHT      50.0 /* requests that the prior is worth */
#define BASELINE_SILENT      0.003
#define BASELINE_USER        0.05
#define USER_CAUSES_SEEN_MAX 32
#define USER_CAUSE_NATS      5.0

/* The calm before. */
struct calm {
	struct incident *c;
	double requests[CASE_PROCEDURES];
	double failed[CASE_GROUP_COUNT][CASE_PROCEDURES];
	nanos until;
};

static void calm_visit(void *context, const struct outcome *o)
{
	struct calm *calm = context;
	enum case_group group = case_group_of(o);

	if (o->time >= calm->until || o->procedure >= CASE_PROCEDURES)
		return;
	calm->requests[o->procedure]++;
	if (group < CASE_GROUP_COUNT)
		calm->failed[group][o->procedure]++;
}

/* User causes in the calm and in the fault. */
struct user_causes {
	const struct incident *c;
	struct {
		struct case_cause cause;
		double calm, fault;
	} list[USER_CAUSES_SEEN_MAX];
	size_t count;
	double calm, fault; /* requests */
};

static void user_visit(void *context, const struct outcome *o)
{
	struct user_causes *u = context;
	bool is_calm = o->time < u->c->onset - CASE_CALM_GAP;
	size_t at = 0;

	if (!case_counts(u->c, o))
		return;
	u->calm += is_calm;
	u->fault += !is_calm;
	if (o->class != OUTCOME_USER)
		return;
	while (at < u->count && (u->list[at].cause.cause != o->cause || u->list[at].cause.cause_layer != o->cause_layer))
		at++;
	if (at == USER_CAUSES_SEEN_MAX)
		return;
	if (at == u->count) {
		u->list[at].cause = (struct case_cause){ .cause = o->cause, .cause_layer = o->cause_layer };
		u->list[at].calm = u->list[at].fault = 0;
		u->count++;
	}
	u->list[at].calm += is_calm;
	u->list[at].fault += !is_calm;
}

/* Which user causes are more frequent than before; the baseline of the group is that of just these. */
void case_learn_user_causes(struct incident *c, const struct workshop *w)
{
	struct user_causes u = { .c = c };
	double usual = 0;

	c->user_cause_count = 0;
	if (!c->has_group[CASE_USER])
		return;
	evidence_visit(w->evidence, c->onset - CASE_CALM, user_visit, &u);
	if (u.calm < BASELINE_WEIGHT)
		return;
	for (size_t i = 0; i < u.count && c->user_cause_count < CASE_USER_CAUSES_MAX; i++) {
		double share = (u.list[i].calm + 0.5) / (u.calm + 1);

		if (excess_nats(u.fault, u.list[i].fault, share) < USER_CAUSE_NATS)
			continue;
		c->user_causes[c->user_cause_count++] = u.list[i].cause;
		usual += share;
	}
	if (c->user_cause_count == 0)
		return;
	for (size_t p = 0; p < CASE_PROCEDURES; p++)
		c->baseline[CASE_USER][p] = (float)usual;
}

static const double priors[CASE_GROUP_COUNT] = { CASE_BASELINE, BASELINE_SILENT, BASELINE_USER };

void case_presume_baseline(struct incident *c)
{
	for (int group = 0; group < CASE_GROUP_COUNT; group++) {
		for (size_t p = 0; p < CASE_PROCEDURES; p++)
			c->baseline[group][p] = (float)priors[group];
	}
}

bool case_is_presumed(const struct incident *c, procedure p)
{
	for (int group = 0; group < CASE_GROUP_COUNT; group++) {
		if (c->baseline[group][p] < (float)priors[group] || c->baseline[group][p] > (float)priors[group])
			return false;
	}
	return true;
}

void case_learn_baseline(struct incident *c, const struct workshop *w)
{
	struct calm calm = { .c = c, .until = c->onset - CASE_CALM_GAP };

	evidence_visit(w->evidence, c->onset - CASE_CALM, calm_visit, &calm);
	for (int group = 0; group < CASE_GROUP_COUNT; group++) {
		for (size_t p = 0; p < CASE_PROCEDURES; p++)
			c->baseline[group][p] = (float)((calm.failed[group][p] + BASELINE_WEIGHT * priors[group]) /
							(calm.requests[p] + BASELINE_WEIGHT));
	}
	case_learn_user_causes(c, w);
}
