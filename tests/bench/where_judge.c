/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Places against truth, see where_judge.h.
 *
 * An alarm names groups: numbers, servers, clients, values of one more dimension; only when it names none of these, segments. One fault
 * that is told by several groups is where all of them are; two faults in one alarm are where any of them is. So both readings are tried,
 * each group alone too must hold the fault when it is one.
 */
#include "tests/bench/where_judge.h"

#include "dataplane/plmn.h"

#define HELD   0.8 /* of a fault's requests */
#define PURE   0.8 /* of the requests held */
#define ALARMS 16

enum reading { READ_ALL, READ_ANY };

static bool has_prefix(const struct alarm *a, digits imsi)
{
	for (size_t i = 0; i < a->prefix_count; i++)
		if (digits_begin_with(imsi, a->prefixes[i]))
			return true;
	return false;
}

/* Routes stand among the servers. */
static bool has_node(const struct world *w, const struct alarm *a, bool is_server, const struct world_request *r)
{
	node own = is_server ? world_server(w, r) : world_client(w, r);

	for (size_t i = 0; i < a->node_count; i++)
		if (a->nodes[i].is_server == is_server && (a->nodes[i].node == own || (is_server && a->nodes[i].node == world_route(w, r))))
			return true;
	return false;
}

static bool has_value(const struct world *w, const struct alarm *a, const struct world_request *r)
{
	const struct procedure_row *row = procedure_row(r->procedure);
	uint32_t visited = w->clients[r->client].plmn;
	uint64_t value = UINT64_MAX;

	if (a->set_dimension == DIMENSION_IMSI_ENDING)
		value = digits_ending(r->imsi);
	else if (a->set_dimension == DIMENSION_IMSI_BUCKET)
		value = book_bucket(&w->plan->hash_key, r->imsi);
	else if (a->set_dimension == DIMENSION_ROUTE)
		value = world_route(w, r);
	else if (a->set_dimension == DIMENSION_PLMN)
		value = visited;
	else if (a->set_dimension == DIMENSION_RAT)
		value = row->rat;
	else if (a->set_dimension == DIMENSION_DIRECTION)
		value = plmn_of_imsi(r->imsi) == visited ? DIRECTION_HOME : DIRECTION_OUTBOUND;
	for (size_t i = 0; i < a->set_count; i++)
		if (a->set[i] == value)
			return true;
	return false;
}

static bool alarm_holds(const struct world *w, const struct alarm *a, enum reading reading, const struct world_request *r)
{
	bool has_servers = false, has_clients = false;
	unsigned int groups = 0, holding = 0;

	for (size_t i = 0; i < a->node_count; i++) {
		has_servers = has_servers || a->nodes[i].is_server;
		has_clients = has_clients || !a->nodes[i].is_server;
	}
	if (a->prefix_count > 0) {
		groups++;
		holding += has_prefix(a, r->imsi);
	}
	if (has_servers) {
		groups++;
		holding += has_node(w, a, true, r);
	}
	if (has_clients) {
		groups++;
		holding += has_node(w, a, false, r);
	}
	if (a->set_count > 0 && a->set_dimension != DIMENSION_ROUTE) {
		groups++;
		holding += has_value(w, a, r);
	}
	if (groups == 0)
		return a->segments == 0 || (a->segments & world_segments(w, r)) != 0;
	return reading == READ_ALL ? holding == groups : holding > 0;
}

static bool alarm_tells(const struct alarm *a, procedure p)
{
	for (size_t i = 0; i < a->procedure_count; i++)
		if (a->procedures[i] == p)
			return true;
	return a->procedure_count == 0;
}

/* Two faults that are told in one alarm share its procedures: then a node and a procedure of it are named apart. */
static bool is_of_pair(const struct world *w, const struct world_request *r)
{
	for (unsigned int f = 0; w->fault_count > 1 && f < w->fault_count; f++)
		if (w->faults[f].kind == WORLD_PAIR && r->server == w->faults[f].which)
			return true;
	return false;
}

static bool places_fit(const struct world *w, const struct alarm *alarms, size_t count, unsigned int readings)
{
	double own[WORLD_FAULTS_MAX] = { 0 }, found[WORLD_FAULTS_MAX] = { 0 }, held = 0, right = 0;

	for (size_t i = 0; i < w->since_count; i++) {
		const struct world_request *r = &w->since[i];
		bool is_told = false, is_held = false, is_right = false;

		for (size_t k = 0; k < count; k++) {
			if (!alarm_tells(&alarms[k], r->procedure))
				continue;
			is_told = true;
			is_held = is_held || alarm_holds(w, &alarms[k], readings >> k & 1 ? READ_ANY : READ_ALL, r);
		}
		if (!is_told)
			continue;
		for (unsigned int f = 0; f < w->fault_count; f++) {
			if (!world_fault_has(w, &w->faults[f], r))
				continue;
			own[f]++;
			found[f] += is_held;
			is_right = true;
		}
		is_right = is_right || is_of_pair(w, r);
		held += is_held;
		right += is_held && is_right;
	}
	for (unsigned int f = 0; f < w->fault_count; f++)
		if (own[f] <= 0 || found[f] < HELD * own[f])
			return false;
	return right >= PURE * held;
}

bool judge_places(const struct world *w, const struct alarm *alarms, size_t count)
{
	if (count == 0 || count > ALARMS)
		return false;
	if (places_fit(w, alarms, count, 0))
		return true;
	for (unsigned int readings = 1; w->fault_count > 1 && readings < 1U << count && readings < 256; readings++)
		if (places_fit(w, alarms, count, readings))
			return true;
	return false;
}
