/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A small operator in ticks, for tests of what is usual: number ranges with a rate and shares of refusals of their own, homed on servers,
 * asked for by clients. Answers come within the tick or never. Seeded; everything can be changed between two ticks.
 */
#ifndef SIGCANARY_TICK_BENCH_H
#define SIGCANARY_TICK_BENCH_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/detect/detect.h"
#include "dataplane/node.h"

#define BENCH_RANGES     64
#define BENCH_WHEEL      64
#define BENCH_TICK_S     0.2
#define BENCH_PROCEDURE  2
#define BENCH_DIMENSIONS 8
#define BENCH_NODE(n)    node_of_point_code(n)

struct bench_range {
	const char *prefix; /* eight digits */
	unsigned int server, first_client, clients, segment;
	double rate; /* requests a second */
	double user, network, silent;
};

struct bench_cells {
	struct tally_cell *list;
	size_t count, room;
};

struct bench {
	struct plan plan;
	struct detector *detector;
	uint64_t random;
	int64_t tick;
	nanos start; /* of the first tick */
	struct bench_range ranges[BENCH_RANGES];
	size_t range_count;
	struct bench_cells now, wheel[BENCH_WHEEL];
	const struct suspicion *suspicions;
	size_t suspicion_count;
};

static inline double bench_uniform(struct bench *b)
{
	b->random += UINT64_C(0x9e3779b97f4a7c15);
	return ((double)(hash_mix(b->random) >> 11) + 0.5) * 0x1p-53;
}

static inline unsigned int bench_poisson(struct bench *b, double mean)
{
	double limit = exp(-mean), product = bench_uniform(b);
	unsigned int n = 0;

	for (; product > limit; n++)
		product *= bench_uniform(b);
	return n;
}

static inline uint64_t bench_digits(const char *text)
{
	digits d = 0;

	if (!digits_read_text(text, strlen(text), &d))
		abort();
	return d;
}

static inline struct tally_cell *bench_cell(struct bench_cells *c, int dimension, uint64_t value)
{
	if (c->count == c->room) {
		c->room = c->room == 0 ? 256 : 2 * c->room;
		c->list = realloc(c->list, c->room * sizeof(*c->list));
	}
	c->list[c->count] = (struct tally_cell){ .key = { .value = value, .procedure = BENCH_PROCEDURE, .dimension = (uint8_t)dimension } };
	return &c->list[c->count++];
}

/* Adds one event to all its streams. `what`: outcome class; -1 - j pending at j; `is_request`: the request as well. */
static inline void bench_count(struct bench_cells *c, const struct stream_key *keys, size_t count, int what, bool is_request)
{
	for (size_t i = 0; i < count; i++) {
		struct tally_cell *cell = bench_cell(c, keys[i].dimension, keys[i].value);

		cell->requests = is_request;
		if (what >= 0)
			cell->outcomes[what]++;
		else
			cell->pending[-1 - what]++;
	}
}

static inline void bench_request(struct bench *b, const struct bench_range *r)
{
	struct stream_key keys[BENCH_DIMENSIONS + 4];
	digits prefix = bench_digits(r->prefix);
	size_t n = 0;
	unsigned int client = r->first_client + (unsigned int)(bench_uniform(b) * r->clients);
	double u = bench_uniform(b);

#define KEY(d, v) keys[n++] = (struct stream_key){ .dimension = d, .value = v }
	KEY(DIMENSION_ALL, 0);
	KEY(DIMENSION_SEGMENT, r->segment);
	for (unsigned int length = TALLY_PREFIX_SHORTEST; length <= TALLY_PREFIX_LONGEST; length++)
		KEY(DIMENSION_IMSI_PREFIX, digits_prefix(prefix, length));
	KEY(DIMENSION_IMSI_BUCKET, (uint64_t)(bench_uniform(b) * TALLY_BUCKETS));
	KEY(DIMENSION_SERVER, BENCH_NODE(100 + r->server));
	KEY(DIMENSION_CLIENT, BENCH_NODE(200 + client));
#undef KEY
	if (bench_uniform(b) >= r->silent) {
		bench_count(&b->now, keys, n,
			    u < r->user                ? OUTCOME_USER
			    : u < r->user + r->network ? OUTCOME_NETWORK
						       : OUTCOME_SUCCESS,
			    true);
		return;
	}
	for (size_t i = 0; i < n; i++)
		bench_cell(&b->now, keys[i].dimension, keys[i].value)->requests = 1;
	for (int j = 0; j < TALLY_CHECKPOINTS; j++)
		bench_count(&b->wheel[(b->tick + tally_checkpoint_age[j] / TALLY_TICK_DEFAULT) % BENCH_WHEEL], keys, n, -1 - j, false);
}

static inline void bench_open(struct bench *b, uint64_t seed)
{
	memset(b, 0, sizeof(*b));
	b->random = seed * UINT64_C(0x51ed2701);
	b->start = INT64_C(1764374400) * NANOS_PER_S;
	b->plan.limits.cells = 4096;
	b->plan.calendar.time_zone = "";
	b->plan.detection = (struct plan_detection){ .tick = TALLY_TICK_DEFAULT,
						     .page_interval_s = 30 * 86400.0,
						     .advisory_interval_s = 86400,
						     .min_fault_share = 0.01,
						     .min_failed = 8,
						     .warm_up = 20 * NANOS_PER_S };
	for (size_t i = 0; i < sizeof(b->plan.timeouts) / sizeof(b->plan.timeouts[0]); i++)
		b->plan.timeouts[i] = 10 * NANOS_PER_S;
	b->detector = detector_new(&b->plan);
	if (b->detector == NULL)
		abort();
}

static inline void bench_close(struct bench *b)
{
	detector_free(b->detector);
	for (size_t i = 0; i < BENCH_WHEEL; i++)
		free(b->wheel[i].list);
	free(b->now.list);
}

static inline struct bench_range *bench_add(struct bench *b, struct bench_range range)
{
	if (b->range_count == BENCH_RANGES)
		abort();
	b->ranges[b->range_count] = range;
	return &b->ranges[b->range_count++];
}

static inline double bench_time(const struct bench *b)
{
	return (double)b->tick * BENCH_TICK_S;
}

static inline void bench_merge(struct bench_cells *c)
{
	size_t kept = 0;

	if (c->count == 0)
		return;
	qsort(c->list, c->count, sizeof(*c->list), stream_key_compare);
	for (size_t i = 1; i < c->count; i++) {
		if (stream_key_compare(&c->list[kept].key, &c->list[i].key) != 0) {
			c->list[++kept] = c->list[i];
			continue;
		}
		c->list[kept].requests += c->list[i].requests;
		for (int k = 0; k < OUTCOME_CLASS_COUNT; k++)
			c->list[kept].outcomes[k] += c->list[i].outcomes[k];
		for (int k = 0; k < TALLY_CHECKPOINTS; k++)
			c->list[kept].pending[k] += c->list[i].pending[k];
	}
	c->count = kept + 1;
}

/* One tick; what is suspicious then stands in the bench. */
static inline void bench_tick(struct bench *b)
{
	struct bench_cells *due = &b->wheel[b->tick % BENCH_WHEEL];
	struct tally tally = { .start = b->start + b->tick * TALLY_TICK_DEFAULT, .length = TALLY_TICK_DEFAULT };

	b->now.count = 0;
	for (size_t i = 0; i < b->range_count; i++)
		for (unsigned int k = bench_poisson(b, b->ranges[i].rate * BENCH_TICK_S); k > 0; k--)
			bench_request(b, &b->ranges[i]);
	for (size_t i = 0; i < due->count; i++) {
		bench_cell(&b->now, due->list[i].key.dimension, due->list[i].key.value);
		b->now.list[b->now.count - 1] = due->list[i];
	}
	due->count = 0;
	bench_merge(&b->now);
	tally.cells = b->now.list;
	tally.count = b->now.count;
	tally.packets = b->now.count;
	b->suspicions = detector_tick(b->detector, &tally, &b->suspicion_count);
	b->tick++;
}

/* What was seen while the bench ran. */
struct bench_view {
	double first_page, first_advisory; /* seconds from the first tick; -1 never */
	struct suspicion page, advisory;
	size_t pages[DIMENSION_COUNT], advisories[DIMENSION_COUNT]; /* stream-ticks */
};

/* Runs on until that second. */
static inline struct bench_view bench_run(struct bench *b, double until)
{
	struct bench_view v = { .first_page = -1, .first_advisory = -1 };

	while (bench_time(b) < until) {
		bench_tick(b);
		for (size_t i = 0; i < b->suspicion_count; i++) {
			const struct suspicion *s = &b->suspicions[i];

			if (v.first_advisory < 0) {
				v.first_advisory = bench_time(b);
				v.advisory = *s;
			}
			if (s->is_page && v.first_page < 0) {
				v.first_page = bench_time(b);
				v.page = *s;
			}
			if (s->is_page)
				v.pages[s->stream.dimension]++;
			else
				v.advisories[s->stream.dimension]++;
		}
	}
	return v;
}

/* Twenty ranges of home subscribers, four servers, five clients, two segments; together `rate` requests a second. */
static inline void bench_home(struct bench *b, double rate, double user, double network)
{
	static const char *const prefixes[] = { "23410000", "23410001", "23410110", "23410111", "23410220", "23410221", "23410330",
						"23410331", "23410440", "23410441", "23410550", "23410551", "23410660", "23410661",
						"23410770", "23410771", "23410880", "23410881", "23410990", "23410991" };

	for (unsigned int i = 0; i < 20; i++)
		bench_add(b, (struct bench_range){ .prefix = prefixes[i],
						   .server = i % 4,
						   .clients = 5,
						   .segment = i / 10,
						   .rate = rate / 20,
						   .user = user,
						   .network = network,
						   .silent = 0.003 });
}

#endif
