/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Networks by chance, see where_world.h. One brand has most subscribers, the others between a hundredth and a third of its; each has a few
 * ranges of seven or eight digits. Ranges lie on HLRs in order, so that an HLR holds parts of some brands; an HSS is known by the range, by
 * a hash of the subscriber, or any of them answers.
 */
#include "tests/bench/where_world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "dataplane/plmn.h"

#define HOME         23410
#define SUBSCRIBER_S 1500.0 /* of everybody's requests, one in so many seconds is of one subscriber */
#define CELLS        32768

static const char *const brand_names[WORLD_BRANDS_MAX] = { "host", "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta" };

static unsigned int below(struct world *w, unsigned int from, unsigned int to)
{
	return from + (unsigned int)(dice_unit(&w->dice) * (to - from + 1));
}

static digits number_of(unsigned long long value)
{
	char text[24];
	digits d = 0;
	int length = snprintf(text, sizeof(text), "%llu", value);

	(void)digits_read_text(text, (size_t)length, &d);
	return d;
}

static void range_add(struct world *w, unsigned int brand, double weight, unsigned int *block)
{
	struct world_range *r = &w->ranges[w->range_count];

	r->prefix = number_of(HOME * 100ULL + *block);
	if (dice_unit(&w->dice) < 0.3) /* only a tenth of the block */
		(void)digits_append(&r->prefix, below(w, 0, 9));
	*block += below(w, 1, 2);
	r->brand = brand;
	r->until = weight;
	r->user = 0.02 + 0.06 * dice_unit(&w->dice);
	w->patterns[w->range_count] = (struct plan_pattern){ .field = PLAN_FIELD_IMSI, .prefix = r->prefix };
	w->segments[brand].pattern_count++;
	w->range_count++;
}

static void ranges_build(struct world *w)
{
	unsigned int block = below(w, 0, 9);
	double sum = 0;

	w->brand_count = below(w, 2, 6);
	for (unsigned int brand = 0; brand < w->brand_count; brand++) {
		double size = brand == 0 ? 1 : exp(log(0.01) + dice_unit(&w->dice) * log(33.0));
		unsigned int count = brand == 0 ? below(w, 8, 24) : below(w, 1, 4);

		w->segments[brand] = (struct plan_segment){ .name = brand_names[brand],
							    .label = brand_names[brand],
							    .kind = PLAN_SEGMENT_BRAND,
							    .patterns = &w->patterns[w->range_count] };
		for (unsigned int i = 0; i < count; i++)
			range_add(w, brand, size / count * exp(0.6 * dice_normal(&w->dice)), &block);
	}
	for (unsigned int i = 0; i < w->range_count; i++)
		sum += w->ranges[i].until;
	for (unsigned int i = 0; i < w->range_count; i++) {
		struct world_range *r = &w->ranges[i];

		r->hlr = i * w->hlr_count / w->range_count;
		r->hss = i * w->hss_count / w->range_count;
		r->subscribers = (uint32_t)(50 + SUBSCRIBER_S * w->rate * r->until / sum);
		r->until = r->until / sum + (i > 0 ? w->ranges[i - 1].until : 0);
	}
}

static void clients_add(struct world *w, unsigned int *count, unsigned int add, unsigned long long first, bool is_host)
{
	unsigned int at = w->vlr_count + w->sgsn_count + w->mme_count + w->other_count;

	for (unsigned int i = 0; i < add; i++) {
		struct world_client *c = &w->clients[at + i];

		c->node = is_host ? node_of_host(hash_mix(first + i)) : node_of_digits(number_of(first + i));
		c->plmn = HOME;
		c->weight = exp(0.5 * dice_normal(&w->dice));
		if (i + 1 == add && add > 2 && !is_host) { /* a partner abroad, who serves few */
			c->node = node_of_digits(number_of(491720000000ULL + first % 1000));
			c->plmn = 49;
			c->weight = 0.05;
		}
	}
	*count = add;
}

static void nodes_build(struct world *w)
{
	w->hlr_count = below(w, 2, 6);
	w->hss_count = below(w, 2, 4);
	w->has_relays = dice_unit(&w->dice) < 0.5;
	w->hss_by_hash = dice_unit(&w->dice) < 0.5;
	w->hss_by_turn = w->hss_by_hash && dice_unit(&w->dice) < 0.5;
	for (unsigned int i = 0; i < w->hlr_count; i++)
		w->servers[i] = node_of_digits(number_of(447802000001ULL + i));
	for (unsigned int i = 0; i < w->hss_count; i++)
		w->servers[w->hlr_count + i] = node_of_host(hash_mix(7000 + i));
	w->links[0] = node_of_point_code(301);
	w->links[1] = node_of_point_code(302);
	clients_add(w, &w->vlr_count, below(w, 4, 11), 447802000101ULL, false);
	clients_add(w, &w->sgsn_count, below(w, 2, 6), 447802000201ULL, false);
	clients_add(w, &w->mme_count, below(w, 3, 8), 9000, true);
	clients_add(w, &w->other_count, 2, 447802000401ULL, false);
}

static void plan_build(struct world *w)
{
	w->plan = plan_default();
	if (w->plan == NULL) {
		fprintf(stderr, "detection_bench: no memory\n");
		exit(2);
	}
	w->plan->limits.cells = CELLS;
	w->plan->limits.known = 1U << 20;
	w->plan->segments = w->segments;
	w->plan->segment_count = w->brand_count;
	w->book = book_new(w->plan);
	if (w->book == NULL) {
		fprintf(stderr, "detection_bench: no memory\n");
		exit(2);
	}
}

struct world *world_new(uint64_t seed, uint64_t what)
{
	struct world *w = calloc(1, sizeof(*w));
	bool is_night;

	if (w == NULL) {
		fprintf(stderr, "detection_bench: no memory\n");
		exit(2);
	}
	dice_seed(&w->dice, seed, what);
	w->rate = exp(log(20.0) + dice_unit(&w->dice) * log(1500.0 / 20));
	is_night = dice_unit(&w->dice) < 0.3;
	w->rate = is_night ? fmax(20, 0.4 * w->rate) : w->rate;
	w->drift = (is_night ? -4e-4 : 4e-4) * dice_unit(&w->dice);
	w->start_s = 1772323200.0 + 86400.0 * below(w, 0, 27) + (is_night ? 3 : 8 + below(w, 0, 10)) * 3600.0;
	w->median_s = 0.03 + 0.06 * dice_unit(&w->dice);
	w->burst = 20 + 60 * dice_unit(&w->dice);
	nodes_build(w);
	ranges_build(w);
	plan_build(w);
	return w;
}

void world_free(struct world *w)
{
	for (size_t i = 0; i < WORLD_SLOTS; i++)
		free(w->slots[i].steps);
	free(w->since);
	book_free(w->book);
	plan_free(w->plan);
	free(w);
}

node world_server(const struct world *w, const struct world_request *r)
{
	return w->servers[r->server];
}

node world_client(const struct world *w, const struct world_request *r)
{
	return w->clients[r->client].node;
}

node world_route(const struct world *w, const struct world_request *r)
{
	if (r->server >= w->hlr_count)
		return node_of_ipv4(0x0a000100 + r->server);
	return w->has_relays ? w->links[r->link] : node_of_point_code(200U + r->server);
}

uint64_t world_segments(const struct world *w, const struct world_request *r)
{
	return UINT64_C(1) << w->ranges[r->range].brand;
}
