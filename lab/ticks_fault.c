/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Faults of the simulator of ticks: whom each covers, worked out once as bytes by range and node; how bad it is now; and its truth.
 *
 * A scattered share of the subscribers is drawn anew for each request: no stream of a tally can tell one subscriber from another. Phones
 * whose subscriber is said to be unknown stop asking until they are switched off and on, half of them within 83 minutes.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lab/ticks_model.h"

#define POWER_CYCLE_S 4980.0

static uint32_t rows_of_families(const struct lab_ticks *l, uint32_t registers, uint32_t serving)
{
	uint32_t rows = 0;

	for (size_t r = 0; r < ticks_row_count; r++) {
		const struct ticks_row *row = &ticks_rows[r];

		if ((registers >> row->registers & 1) != 0 && (serving >> row->serving & 1) != 0)
			rows |= UINT32_C(1) << r;
	}
	return rows & l->rows;
}

/* Rows of these procedures; none said: all that a register answers, or of all that is asked when it is about volume. */
static uint32_t rows_of_set(const struct lab_ticks *l, const struct lab_fault *f)
{
	uint32_t rows = 0;

	for (size_t r = 0; r < ticks_row_count; r++) {
		bool is_asked = f->procedures != 0 ? (f->procedures >> ticks_rows[r].procedure & 1) != 0
						   : f->changes_volume || f->is_drained ||
							     (!ticks_rows[r].is_downward && ticks_rows[r].registers != FAMILY_SMSC);

		if (is_asked)
			rows |= UINT32_C(1) << r;
	}
	return rows & l->rows;
}

#define ANY       UINT32_MAX
#define BIT(name) (UINT32_C(1) << FAMILY_##name)

/* Which families a scope is about: registers, serving nodes. */
static const struct scope_row {
	uint32_t registers, serving;
	bool is_server, is_client, is_route;
} scopes[] = {
	[LAB_SCOPE_BLOCKS] = { ANY, ANY, false, false, false },
	[LAB_SCOPE_PREFIX] = { ANY, ANY, false, false, false },
	[LAB_SCOPE_BRAND] = { ANY, ANY, false, false, false },
	[LAB_SCOPE_HLR] = { BIT(HLR), ANY, true, false, false },
	[LAB_SCOPE_HSS] = { BIT(HSS), ANY, true, false, false },
	[LAB_SCOPE_MME] = { ANY, BIT(MME), false, true, false },
	[LAB_SCOPE_VLR] = { ANY, BIT(VLR), false, true, false },
	[LAB_SCOPE_SGSN] = { ANY, BIT(SGSN), false, true, false },
	[LAB_SCOPE_STP] = { BIT(HLR) | BIT(SMSC), ANY, false, false, true },
	[LAB_SCOPE_SHARD] = { ANY, ANY, false, false, false },
	[LAB_SCOPE_ALL] = { ANY, ANY, false, false, false },
	[LAB_SCOPE_DRA] = { BIT(HSS), ANY, false, false, true },
	[LAB_SCOPE_CSCF] = { ANY, BIT(CSCF), false, true, false },
	[LAB_SCOPE_PARTNER_IN] = { ANY, ANY, false, false, false },
	[LAB_SCOPE_PARTNER_OUT] = { ANY, ANY, false, false, false },
	[LAB_SCOPE_LINK] = { BIT(HLR), ANY, true, false, false },
};

static bool number_is_in(const struct lab_fault *f, size_t index)
{
	unsigned int number = (unsigned int)index + 1, last = f->last == 0 ? f->number : f->last;

	return f->number == 0 || (number >= f->number && number <= last);
}

/* Nodes of ours only: who means foreign ones says so by their partner. */
static void nodes_cover(const struct lab_ticks *l, struct ticks_fault *t, const struct scope_row *scope)
{
	const struct lab_fault *f = &t->from->fault;
	size_t registers = l->family[__builtin_ctz(scope->registers)].own, serving = l->family[__builtin_ctz(scope->serving)].own;

	t->has_servers = scope->is_server;
	t->has_clients = scope->is_client;
	for (size_t i = 0; i < TICKS_NODES_MAX; i++) {
		t->server[i] = number_is_in(f, i) && i < registers;
		t->client[i] = number_is_in(f, i) && i < serving;
	}
}

static void blocks_cover(struct lab_ticks *l, struct ticks_fault *t)
{
	size_t drawn = 0, left = 0, wanted;

	for (size_t i = 0; i < l->home_leaves; i++)
		left += i == 0 || digits_prefix(l->leaf[i].prefix, 7) != digits_prefix(l->leaf[i - 1].prefix, 7);
	wanted = (size_t)(t->from->fault.percent * (double)left / 100 + 0.5);
	wanted = wanted == 0 ? 1 : wanted;
	for (size_t i = 0; i < l->home_leaves; i++) {
		bool is_first = i == 0 || digits_prefix(l->leaf[i].prefix, 7) != digits_prefix(l->leaf[i - 1].prefix, 7);

		if (!is_first) {
			t->leaf[i] = t->leaf[i - 1];
			continue;
		}
		t->leaf[i] = chance_hit(&l->chance, (double)(wanted - drawn) / (double)left);
		drawn += t->leaf[i];
		left--;
	}
}

static void leaves_cover(struct lab_ticks *l, struct ticks_fault *t)
{
	const struct lab_fault *f = &t->from->fault;
	digits prefix = 0;

	(void)digits_read_text(f->value, strlen(f->value), &prefix);
	for (size_t i = 0; i < l->leaf_count; i++) {
		const struct ticks_leaf *leaf = &l->leaf[i];

		if (f->scope == LAB_SCOPE_PREFIX)
			t->leaf[i] = digits_begin_with(leaf->prefix, digits_prefix(prefix, TALLY_PREFIX_LONGEST));
		if (f->scope == LAB_SCOPE_BRAND)
			t->leaf[i] = strcmp(l->segments[leaf->segment].name, f->value) == 0;
	}
	if (f->scope == LAB_SCOPE_BLOCKS)
		blocks_cover(l, t);
	t->has_leaves = true;
}

static void partners_cover(struct ticks_fault *t)
{
	const struct lab_fault *f = &t->from->fault;

	t->people = (uint8_t)(1u << (f->scope == LAB_SCOPE_PARTNER_IN ? PEOPLE_INBOUND : PEOPLE_OUTBOUND));
	t->has_partners = f->number != 0;
	for (size_t i = 0; i < TICKS_PARTNERS_MAX; i++)
		t->partner[i] = number_is_in(f, i);
}

/* The share of all subscribers that it covers: of ranges and registers. */
static double people_of(const struct lab_ticks *l, const struct ticks_fault *t)
{
	double all = 0, in = 0;

	for (size_t i = 0; i < l->home_leaves; i++) {
		all += l->leaf[i].weight;
		in += !t->has_leaves || t->leaf[i] ? l->leaf[i].weight : 0;
	}
	return fmax(1, l->options.subscribers * in / all * t->chance);
}

static bool fault_build(struct lab_ticks *l, struct ticks_fault *t, char error[LAB_ERROR_MAX])
{
	const struct lab_fault *f = &t->from->fault;
	const struct scope_row *scope = &scopes[f->scope];

	t->people = (1u << PEOPLE_COUNT) - 1;
	t->routes = (1u << TICKS_ROUTES) - 1;
	t->buckets = t->from->buckets == 0 ? UINT64_MAX : t->from->buckets;
	t->digit = t->from->digit == 0 ? 10 : (uint8_t)(t->from->digit - 1);
	t->is_blind = t->from->is_unseen;
	t->chance = f->scope == LAB_SCOPE_SHARD ? f->percent / 100 : 1;
	t->rows = rows_of_set(l, f) & rows_of_families(l, scope->registers, scope->serving);
	nodes_cover(l, t, scope);
	if (scope->is_route && f->number != 0)
		t->routes = (uint8_t)(1u << (f->number - 1));
	if (t->from->only_route != 0)
		t->routes = (uint8_t)(1u << ((t->from->only_route - 1) % TICKS_ROUTES));
	if (f->scope == LAB_SCOPE_LINK && f->relay != 0)
		t->routes = (uint8_t)(1u << (f->relay - 1));
	if (f->scope == LAB_SCOPE_PREFIX || f->scope == LAB_SCOPE_BRAND || f->scope == LAB_SCOPE_BLOCKS)
		leaves_cover(l, t);
	if (f->scope == LAB_SCOPE_PARTNER_IN || f->scope == LAB_SCOPE_PARTNER_OUT)
		partners_cover(t);
	if (f->scope == LAB_SCOPE_SHARD)
		t->people = 1u << PEOPLE_HOME | 1u << PEOPLE_OUTBOUND;
	t->is_everywhere = f->scope == LAB_SCOPE_ALL && t->from->buckets == 0 && t->digit == 10;
	t->subscribers = people_of(l, t);
	if (t->rows != 0 && (!t->has_leaves || memchr(t->leaf, 1, sizeof(t->leaf)) != NULL) &&
	    (!t->has_servers || memchr(t->server, 1, sizeof(t->server)) != NULL) &&
	    (!t->has_clients || memchr(t->client, 1, sizeof(t->client)) != NULL))
		return true;
	snprintf(error, LAB_ERROR_MAX, "%s: there is nothing that it could hit; a larger --size has more nodes, ranges and procedures",
		 f->text);
	return false;
}

/* A number that grows along a straight line from the beginning of the fault. */
static double grown(const struct lab_fault *f, double at_s, double from, double to)
{
	double done = f->ramp_s > 0 ? fmin(1, (at_s - f->from_s) / f->ramp_s) : 1;

	return from + done * (to - from);
}

static bool flaps_off(const struct lab_ticks_fault *f, double at_s)
{
	double period = f->flap_on_s + f->flap_off_s;

	return f->flap_off_s > 0 && fmod(at_s - f->fault.from_s, period) >= f->flap_on_s;
}

/* The share of requests that it takes from a domain now. */
static double share_now(const struct lab_ticks_fault *from, double at_s, unsigned int domain)
{
	const struct lab_fault *f = &from->fault;
	double share = grown(f, at_s, f->is_growing ? f->share_from : 0, f->share);
	double back = domain < DOMAIN_IMS ? at_s - f->until_s - f->back_after_s[domain] : at_s - f->until_s;

	if (at_s < f->from_s || flaps_off(from, at_s))
		return 0;
	if (back < 0)
		return share;
	return domain < DOMAIN_IMS && back < f->back_s[domain] ? share * (1 - back / f->back_s[domain]) : 0;
}

static double over_s(const struct lab_fault *f)
{
	double last = 0;

	for (unsigned int d = 0; d < DOMAIN_IMS; d++)
		last = fmax(last, f->back_after_s[d] + f->back_s[d]);
	return f->until_s + last;
}

static void fault_turn(struct lab_ticks *l, struct ticks_fault *t, double at_s)
{
	const struct lab_fault *f = &t->from->fault;
	bool is_on = at_s < f->until_s && !flaps_off(t->from, at_s);

	t->stopped *= exp2(-nanos_to_s(l->tick) / POWER_CYCLE_S);
	for (unsigned int d = 0; d < DOMAIN_COUNT; d++)
		t->share[d] = share_now(t->from, at_s, d);
	t->volume = is_on && f->changes_volume ? grown(f, at_s, f->is_growing ? f->volume_from : f->volume, f->volume) : 1;
	t->latency = is_on && f->latency > 0 ? grown(f, at_s, f->is_growing ? f->latency_from : f->latency, f->latency) : 1;
}

void ticks_faults_turn(struct lab_ticks *l, double at_s)
{
	l->active_count = 0;
	l->active_rows = 0;
	for (size_t i = 0; i <= l->fault_count && l->active_count < TICKS_ACTIVE_MAX; i++) {
		struct ticks_fault *t = i < l->fault_count ? &l->faults[i] : &l->blip;

		if (t->from == NULL || at_s < t->from->fault.from_s || at_s >= over_s(&t->from->fault))
			continue;
		fault_turn(l, t, at_s);
		l->active[l->active_count++] = t;
		l->active_rows |= t->rows;
	}
}

bool ticks_fault_covers(struct lab_ticks *l, const struct ticks_fault *f, const struct ticks_request *r)
{
	if ((f->rows >> r->row & 1) == 0 || (f->people >> r->people & 1) == 0 || (f->routes >> r->route & 1) == 0)
		return false;
	if ((f->has_leaves && !f->leaf[r->leaf]) || (f->has_servers && !f->server[r->server]) ||
	    (f->has_clients && !f->client[r->client]) || (f->has_partners && !f->partner[r->partner]))
		return false;
	if ((f->buckets >> r->bucket & 1) == 0 || (f->digit < 10 && r->ending % 10 != f->digit))
		return false;
	return f->chance >= 1 || chance_hit(&l->chance, f->chance);
}

static void place_add(struct lab_ticks_truth *t, enum dimension dimension, uint64_t value)
{
	if (t->place_count < LAB_TICKS_PLACES_MAX)
		t->places[t->place_count++] = (struct lab_ticks_place){ .value = value, .dimension = (uint8_t)dimension };
}

/* Blocks of seven digits that are covered whole, and ranges of those that are not. */
static void leaves_tell(const struct lab_ticks *l, const struct ticks_fault *f, struct lab_ticks_truth *ret)
{
	for (size_t i = 0, next; i < l->leaf_count && f->has_leaves; i = next) {
		digits block = digits_prefix(l->leaf[i].prefix, 7);
		bool is_whole = true;

		for (next = i; next < l->leaf_count && digits_prefix(l->leaf[next].prefix, 7) == block; next++)
			is_whole = is_whole && f->leaf[next];
		for (size_t j = i; j < next && !is_whole; j++)
			if (f->leaf[j])
				place_add(ret, DIMENSION_IMSI_PREFIX, l->leaf[j].prefix);
		if (is_whole)
			place_add(ret, DIMENSION_IMSI_PREFIX, block);
	}
}

static void nodes_tell(const struct lab_ticks *l, const struct ticks_fault *f, struct lab_ticks_truth *ret)
{
	const struct scope_row *scope = &scopes[f->from->fault.scope];
	const struct ticks_family_nodes *servers = &l->family[__builtin_ctz(scope->registers)];
	const struct ticks_family_nodes *clients = &l->family[__builtin_ctz(scope->serving)];
	bool is_diameter = (scope->registers & BIT(HSS)) != 0;

	for (unsigned int i = 0; i < TICKS_NODES_MAX; i++) {
		if (f->has_servers && f->server[i])
			place_add(ret, DIMENSION_SERVER, servers->name[i]);
		if (f->has_clients && f->client[i])
			place_add(ret, DIMENSION_CLIENT, clients->name[i]);
	}
	for (unsigned int i = 0;
	     i < TICKS_ROUTES && (scope->is_route || f->from->only_route != 0 || f->from->fault.scope == LAB_SCOPE_LINK); i++) {
		if ((f->routes >> i & 1) == 0)
			continue;
		place_add(ret, DIMENSION_ROUTE, l->route[is_diameter][i]);
		if (is_diameter)
			place_add(ret, DIMENSION_SERVER, l->agent[i]);
	}
}

static void partners_tell(const struct lab_ticks *l, const struct ticks_fault *f, struct lab_ticks_truth *ret)
{
	enum lab_scope scope = f->from->fault.scope;

	if (scope == LAB_SCOPE_PARTNER_IN)
		place_add(ret, DIMENSION_DIRECTION, DIRECTION_INBOUND);
	if (scope == LAB_SCOPE_PARTNER_OUT)
		place_add(ret, DIMENSION_DIRECTION, DIRECTION_OUTBOUND);
	for (size_t i = 0; i < l->partner_count && scope == LAB_SCOPE_PARTNER_OUT && f->has_partners; i++)
		if (f->partner[i])
			place_add(ret, DIMENSION_PLMN, l->plmn[i]);
	for (size_t i = l->home_leaves; i < l->leaf_count && scope == LAB_SCOPE_PARTNER_IN && f->has_partners; i++)
		if (f->partner[l->leaf[i].partner])
			place_add(ret, DIMENSION_IMSI_PREFIX, digits_prefix(l->leaf[i].prefix, 5));
}

void ticks_fault_tell(const struct lab_ticks *l, const struct ticks_fault *f, struct lab_ticks_truth *ret)
{
	const struct lab_fault *from = &f->from->fault;

	*ret = (struct lab_ticks_truth){ .is_change = f->from->is_change,
					 .demand = f->from->demand,
					 .onset = l->start + (nanos)(from->from_s * 1e9),
					 .until = l->start + (nanos)(fmax(over_s(from), f->from->open_until_s) * 1e9),
					 .scope = from->scope,
					 .effect = from->effect,
					 .number = from->number,
					 .share = from->is_growing ? fmax(from->share_from, from->share) : from->share,
					 .changes_volume = from->changes_volume,
					 .volume = from->changes_volume ? from->volume : 1,
					 .latency = from->latency > 0 ? from->latency : 1,
					 .procedures = from->procedures,
					 .is_scattered = f->chance < 1 };
	snprintf(ret->words, sizeof(ret->words), "%s", from->text);
	for (size_t s = 0; s < l->segment_count && from->scope == LAB_SCOPE_BRAND; s++)
		if (strcmp(l->segments[s].name, from->value) == 0)
			place_add(ret, DIMENSION_SEGMENT, s);
	leaves_tell(l, f, ret);
	nodes_tell(l, f, ret);
	partners_tell(l, f, ret);
	for (unsigned int i = 0; i < TALLY_BUCKETS && f->from->buckets != 0; i++)
		if ((f->buckets >> i & 1) != 0)
			place_add(ret, DIMENSION_IMSI_BUCKET, i);
	for (unsigned int i = f->digit; i < TICKS_ENDINGS && f->digit < 10; i += 10)
		place_add(ret, DIMENSION_IMSI_ENDING, i);
}

bool ticks_faults_build(struct lab_ticks *l, char error[LAB_ERROR_MAX])
{
	l->fault_count = l->options.fault_count;
	for (size_t i = 0; i < l->fault_count; i++) {
		l->faults[i].from = &l->options.faults[i];
		if (!fault_build(l, &l->faults[i], error))
			return false;
	}
	return true;
}
