/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Volumes and delays. Where a volume is below 1, wishes are thinned as they come; where it is above 1, each such phase is a Poisson stream
 * of its own beside the usual one, made by subscribers in scope: by each in turn, or by a part of them again and again (`talkers`), so that
 * a storm repeats subscribers and a stadium does not. Its rate changes with time by thinning the highest it will have.
 *
 * All of its chance is the second stream, `luck`: the usual traffic of a run stays what it was.
 */
#include "lab/load.h"

#include <stdlib.h>

#include "lab/fault.h"
#include "lab/phone.h"

#define LONGEST_S 25.0

static double volume_now(const struct lab *l, const struct lab_fault *f)
{
	return f->is_growing ? fault_grown(l, f, f->volume_from, f->volume) : f->volume;
}

static double volume_highest(const struct lab_fault *f)
{
	return f->is_growing && f->volume_from > f->volume ? f->volume_from : f->volume;
}

/* A node scope says where the requests come from, all other scopes say whose they are. */
static enum node_role scope_role(enum lab_scope scope)
{
	switch (scope) {
	case LAB_SCOPE_MME:
		return NODE_MME;
	case LAB_SCOPE_VLR:
		return NODE_VLR;
	case LAB_SCOPE_SGSN:
		return NODE_SGSN;
	case LAB_SCOPE_CSCF:
		return NODE_SCSCF;
	case LAB_SCOPE_BLOCKS:
	case LAB_SCOPE_PREFIX:
	case LAB_SCOPE_BRAND:
	case LAB_SCOPE_HLR:
	case LAB_SCOPE_HSS:
	case LAB_SCOPE_STP:
	case LAB_SCOPE_SHARD:
	case LAB_SCOPE_ALL:
	case LAB_SCOPE_DRA:
	case LAB_SCOPE_PARTNER_IN:
	case LAB_SCOPE_PARTNER_OUT:
	case LAB_SCOPE_LINK:
		return NODE_ROLES;
	}
	return NODE_ROLES;
}

/* What a phase adds: what it names, of that what its nodes can ask. */
static uint32_t extra_set(const struct lab_fault *f)
{
	static const uint32_t sets[NODE_ROLES] = {
		[NODE_MME] = LAB_SET_EPS, [NODE_VLR] = LAB_SET_CS, [NODE_SGSN] = LAB_SET_PS, [NODE_SCSCF] = LAB_SET_IMS
	};
	enum node_role role = scope_role(f->scope);

	if (role == NODE_ROLES)
		return f->procedures;
	return f->procedures == 0 ? sets[role] : f->procedures & sets[role];
}

/* Nodes that a scope means; 0 to 1 of all of their kind. */
static double nodes_share(const struct lab *l, const struct lab_fault *f, enum node_role role)
{
	unsigned int last = f->last == 0 ? f->number : f->last;

	return f->number == 0 ? 1 : (double)(last - f->number + 1) / l->count[role];
}

static bool crowd_gather(struct lab *l, uint32_t index)
{
	const struct lab_fault *f = &l->options.faults[index];
	struct crowd *crowd = &l->crowd[index];
	enum node_role role = scope_role(f->scope);
	uint32_t first = l->dead_count + l->barred_count, in_scope = 0;

	crowd->members = calloc(l->subscriber_count, sizeof(*crowd->members));
	if (crowd->members == NULL)
		return false;
	for (uint32_t i = first; i < l->subscriber_count; i++) {
		const struct subscriber *s = &l->subscriber[i];

		if (role != NODE_ROLES ? s->brand == BRAND_INBOUND || s->is_outbound : !fault_covers_subscriber(l, index, s))
			continue;
		in_scope++;
		if (f->talkers == 0 || fault_turn(l, s, 12) < f->talkers)
			crowd->members[crowd->count++] = i;
	}
	crowd->share = role != NODE_ROLES ? nodes_share(l, f, role) : (double)in_scope / (l->subscriber_count - first);
	return true;
}

/* Candidates of a phase come at the highest rate that it will have. */
static void candidate_plan(struct lab *l, uint32_t index, double at_least_s)
{
	const struct lab_fault *f = &l->options.faults[index];
	double rate = (volume_highest(f) - 1) * l->options.rate * phone_share(l, extra_set(f)) * l->crowd[index].share;

	if (rate <= 0 || l->crowd[index].count == 0)
		return;
	lab_plan(l, (nanos)((at_least_s + chance_exponential(&l->luck, 1 / rate)) * 1e9),
		 (struct event){ .kind = EVENT_EXTRA, .a = index });
}

bool load_prepare(struct lab *l)
{
	for (uint32_t i = 0; i < l->options.fault_count; i++) {
		const struct lab_fault *f = &l->options.faults[i];

		l->has_volumes |= f->changes_volume;
		if (!f->changes_volume || volume_highest(f) <= 1)
			continue;
		if (!crowd_gather(l, i))
			return false;
		candidate_plan(l, i, f->from_s);
	}
	return true;
}

void load_free(struct lab *l)
{
	for (size_t i = 0; i < LAB_FAULTS_MAX; i++)
		free(l->crowd[i].members);
}

void load_arrival(struct lab *l, uint32_t index)
{
	const struct lab_fault *f = &l->options.faults[index];
	const struct crowd *crowd = &l->crowd[index];
	enum node_role role = scope_role(f->scope);
	uint16_t client = NODE_NONE;

	if (lab_now_s(l) >= f->until_s)
		return;
	candidate_plan(l, index, 0);
	if (!chance_hit(&l->luck, (volume_now(l, f) - 1) / (volume_highest(f) - 1)))
		return;
	if (role != NODE_ROLES) {
		unsigned int last = f->last == 0 ? f->number : f->last;
		uint32_t count = f->number == 0 ? l->count[role] : last - f->number + 1;

		client = (uint16_t)(l->first[role] + (f->number == 0 ? 0 : f->number - 1) + chance_below(&l->luck, count));
	}
	phone_extra(l, crowd->members[chance_below(&l->luck, crowd->count)], extra_set(f), client);
}

bool load_is_dropped(struct lab *l, const struct dialogue_wish *wish, uint32_t set)
{
	struct dialogue d = {
		.procedure = (uint8_t)wish->procedure, .client = wish->client, .server = wish->server, .subscriber = wish->subscriber
	};

	for (size_t i = 0; l->has_volumes && i < l->options.fault_count; i++) {
		const struct lab_fault *f = &l->options.faults[i];

		if (!f->changes_volume || !fault_is_now(l, f) || (f->procedures != 0 && (f->procedures & set) == 0))
			continue;
		if (volume_now(l, f) < 1 && fault_covers(l, i, &d) && !chance_hit(&l->luck, volume_now(l, f)))
			return true;
	}
	return false;
}

double load_delay(const struct lab *l, const struct dialogue *d, double usual_s)
{
	for (size_t i = 0; i < l->options.fault_count; i++) {
		const struct lab_fault *f = &l->options.faults[i];

		if ((f->latency == 0 && f->latency_added_s == 0) || !fault_is_now(l, f) || !fault_concerns(f, d) || !fault_covers(l, i, d))
			continue;
		if (f->latency != 0)
			usual_s *= f->is_growing ? fault_grown(l, f, f->latency_from, f->latency) : f->latency;
		usual_s += f->latency_added_s;
		usual_s = usual_s > LONGEST_S ? LONGEST_S : usual_s;
	}
	return usual_s;
}

bool load_is_drained(const struct lab *l, const struct node *n)
{
	for (size_t i = 0; i < l->options.fault_count; i++) {
		const struct lab_fault *f = &l->options.faults[i];

		if (f->is_drained && fault_is_now(l, f) && world_is_meant(n, f->scope, f->number, f->last))
			return true;
	}
	return false;
}
