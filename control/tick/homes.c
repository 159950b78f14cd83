/* SPDX-License-Identifier: BSD-3-Clause */
/* Own networks and others, see homes.h. Called by the engine once per tick and once per outcome. */
#include "control/tick/homes.h"

#include <string.h>

#include "dataplane/plmn.h"

/* Requests before anything is believed, and how many of them are remembered: older ones count less and less. */
#define LEARNED_LEAST 100.0
#define LEARNED_MOST  1e6
/* Of the requests of the first, what another network of the country needs to be own. */
#define SHARE_OF_OWN 0.1

static void segment_take(struct homes *h, const struct plan_segment *s)
{
	for (size_t i = 0; i < s->pattern_count && h->prefix_count < HOMES_MAX; i++) {
		if (s->patterns[i].field == PLAN_FIELD_IMSI && digits_count(s->patterns[i].prefix) >= TALLY_PREFIX_SHORTEST)
			h->prefixes[h->prefix_count++] = s->patterns[i].prefix;
	}
}

void homes_plan(struct homes *h, const struct plan *plan)
{
	h->prefix_count = 0;
	for (size_t i = 0; i < plan->segment_count; i++) {
		if (plan->segments[i].kind == PLAN_SEGMENT_NETWORK)
			segment_take(h, &plan->segments[i]);
	}
	for (size_t i = 0; h->prefix_count == 0 && i < plan->segment_count; i++)
		segment_take(h, &plan->segments[i]);
}

static unsigned int decimal_count(uint32_t network)
{
	return network >= 100000 ? 6 : 5;
}

/* Whether the network's number and the prefix agree as far as both go. */
static bool prefix_fits(digits prefix, uint32_t network)
{
	unsigned int count = decimal_count(network);
	uint32_t left = network;

	for (unsigned int i = count; i > 0; i--, left /= 10) {
		if (i <= digits_count(prefix) && digits_at(prefix, i - 1) != left % 10)
			return false;
	}
	return true;
}

static bool is_own(const struct homes *h, uint32_t network)
{
	for (size_t i = 0; i < h->prefix_count; i++) {
		if (prefix_fits(h->prefixes[i], network))
			return true;
	}
	for (size_t i = 0; h->prefix_count == 0 && i < h->learned_count; i++) {
		if (h->learned[i] == network)
			return true;
	}
	return false;
}

enum direction homes_direction(const struct homes *h, uint32_t subscribed, uint32_t visited)
{
	bool is_known = h->prefix_count > 0 || h->learned_count > 0;
	bool is_elsewhere = visited != 0 && (plmn_is_country(visited) || !is_own(h, visited));

	if (subscribed == 0 || !is_known)
		return DIRECTION_UNKNOWN;
	if (is_own(h, subscribed))
		return is_elsewhere ? DIRECTION_OUTBOUND : DIRECTION_HOME;
	/* A guest whose title tells the country alone may be here; where another network is named this one only passes it on. */
	return is_elsewhere && !plmn_is_country(visited) ? DIRECTION_UNKNOWN : DIRECTION_INBOUND;
}

static void network_count(struct homes *h, uint32_t network, uint32_t requests)
{
	size_t at = 0;

	if (network == 0 || requests == 0)
		return;
	while (at < h->count && h->counts[at].network != network)
		at++;
	if (at == HOMES_TABLED)
		return;
	if (at == h->count)
		h->counts[h->count++] = (struct home_count){ .network = network };
	h->counts[at].requests += requests;
	h->total += requests;
}

static uint32_t country_of(uint32_t network)
{
	return network / (decimal_count(network) == 6 ? 1000 : 100);
}

static void learn(struct homes *h)
{
	const struct home_count *first = &h->counts[0];

	if (h->total < LEARNED_LEAST)
		return;
	for (size_t i = 1; i < h->count; i++) {
		if (h->counts[i].requests > first->requests)
			first = &h->counts[i];
	}
	h->learned_count = 0;
	for (size_t i = 0; i < h->count && h->learned_count < HOMES_MAX; i++) {
		const struct home_count *c = &h->counts[i];

		if (country_of(c->network) == country_of(first->network) && c->requests >= SHARE_OF_OWN * first->requests)
			h->learned[h->learned_count++] = c->network;
	}
	if (h->total < LEARNED_MOST)
		return;
	h->total /= 2;
	for (size_t i = 0; i < h->count; i++)
		h->counts[i].requests /= 2;
}

void homes_tell(struct homes *h, struct tally_cell *cells, size_t count)
{
	for (size_t i = 0; h->prefix_count == 0 && i < count; i++) {
		if (cells[i].key.dimension == DIMENSION_DIRECTION && cells[i].key.value >= DIRECTION_COUNT)
			network_count(h, (uint32_t)(cells[i].key.value >> 32), cells[i].requests);
	}
	if (h->prefix_count == 0)
		learn(h);
	for (size_t i = 0; i < count; i++) {
		uint64_t networks = cells[i].key.value;

		if (cells[i].key.dimension == DIMENSION_DIRECTION && networks >= DIRECTION_COUNT)
			cells[i].key.value = homes_direction(h, (uint32_t)(networks >> 32), (uint32_t)networks);
	}
}
