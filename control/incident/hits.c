/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Segments, stand-ins and vanished servers, see hits.h.
 *
 * Segments overlap ("all" holds every brand), so they are a cover, not a partition: a segment counts when it still has failures after
 * those of the segments before it are taken away; the hardest hit come first, among equals the smaller.
 * A stand-in answers at least a fifth of the failures and has hardly ever answered well, now or before: RFC 6733 3002 from an agent, a UDTS
 * (Q.713 3.12, 3.13) from an STP. A server has vanished when it answered its share before and would by now have been seen some times.
 */
#include "control/incident/hits.h"

#include <math.h>

#define SEGMENTS          64
#define SEGMENT_NATS      5.0
#define SEGMENT_SHARE     0.05
#define SEGMENT_EQUAL     0.6 /* of the hardest hit: still one of them */
#define STAND_IN_SHARE    0.2
#define STAND_IN_LEAST    5
#define CALM_LEAST        30 /* answers before the fault without which nobody can be called new */
#define VANISHED_EXPECTED 8

struct hit {
	double n, x;
	double share; /* this and the size at first, before others are taken away */
	double size;
};

static void hits_sum(const struct samples *s, uint64_t without, struct hit hits[SEGMENTS])
{
	for (unsigned int i = 0; i < SEGMENTS; i++)
		hits[i].n = hits[i].x = 0;
	for (size_t i = 0; i < s->count; i++) {
		const struct sample *sample = &s->list[i];

		if (sample->is_before || (sample->segments & without))
			continue;
		for (uint64_t left = sample->segments; left; left &= left - 1) {
			struct hit *h = &hits[__builtin_ctzll(left)];

			h->n += (double)sample->weight;
			h->x += sample->is_failing ? (double)sample->weight : 0;
		}
	}
}

static bool is_hit(const struct hit *h, double baseline)
{
	double share = h->n > 0 ? h->x / h->n : 0;

	if (share < SEGMENT_SHARE || share < 2 * baseline)
		return false;
	return binomial_log(h->n, h->x, share) - binomial_log(h->n, h->x, baseline) > SEGMENT_NATS;
}

/* The next segment of the cover: hardest hit first, of those about as hard hit as the hardest the smallest. */
static int hit_next(const struct hit hits[SEGMENTS], double baseline, double least)
{
	int next = -1;

	for (int i = 0; i < SEGMENTS; i++) {
		if (!is_hit(&hits[i], baseline) || hits[i].share < least)
			continue;
		if (next < 0 || hits[i].size < hits[next].size)
			next = i;
	}
	return next;
}

uint64_t segments_find(const struct samples *s, double baseline)
{
	struct hit hits[SEGMENTS];
	uint64_t found = 0;
	double hardest = 0;
	double least;

	hits_sum(s, 0, hits);
	for (int i = 0; i < SEGMENTS; i++) {
		hits[i].size = hits[i].n;
		hits[i].share = hits[i].n > 0 ? hits[i].x / hits[i].n : 0;
		if (is_hit(&hits[i], baseline))
			hardest = fmax(hardest, hits[i].share);
	}
	least = SEGMENT_EQUAL * hardest;
	for (int i = 0; i < 2 * SEGMENTS; i++) {
		int next = hit_next(hits, baseline, least);

		if (next < 0 && least <= 0)
			break;
		if (next < 0) {
			least = 0;
			continue;
		}
		found |= UINT64_C(1) << next;
		hits_sum(s, found, hits);
	}
	return found;
}

uint64_t segments_everywhere(const struct samples *s)
{
	struct hit hits[SEGMENTS];
	uint64_t found = 0;
	double n = 0;
	double x = 0;

	hits_sum(s, 0, hits);
	for (size_t i = 0; i < s->count; i++) {
		n += s->list[i].is_before ? 0 : (double)s->list[i].weight;
		x += s->list[i].is_before || !s->list[i].is_failing ? 0 : (double)s->list[i].weight;
	}
	for (unsigned int i = 0; i < SEGMENTS && x > 0; i++) {
		const struct hit *h = &hits[i];
		double share = h->n > 0 ? h->x / h->n : 0;

		if (h->n <= 0)
			continue;
		if (share < 0.5 * x / n && binomial_log(h->n, h->x, share) - binomial_log(h->n, h->x, x / n) > SEGMENT_NATS)
			continue;
		found |= UINT64_C(1) << i;
	}
	return found;
}

/* Answers of one node: how many were refusals in the fault, how many good at any time. */
struct answering {
	node node;
	double refused, good, good_before, seen, answered;
};

#define ANSWERING_MAX 64

static size_t answering_sum(const struct samples *s, struct answering list[ANSWERING_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct sample *sample = &s->list[i];
		struct answering *a = NULL;

		for (size_t j = 0; j < count && !a; j++)
			a = list[j].node == sample->server ? &list[j] : NULL;
		if (!a && count < ANSWERING_MAX) {
			a = &list[count++];
			*a = (struct answering){ .node = sample->server };
		}
		if (!a)
			continue;
		a->refused += !sample->is_before && sample->is_failing && !sample->is_silent;
		a->good += !sample->is_failing;
		a->answered += !sample->is_silent;
		a->good_before += sample->is_before && !sample->is_failing;
		a->seen += !sample->is_before;
	}
	return count;
}

static void vanished_find(const struct samples *s, const struct answering *list, size_t count, struct place *ret)
{
	double before = 0;
	double now = 0;

	for (size_t i = 0; i < s->count; i++) {
		before += s->list[i].is_before;
		now += !s->list[i].is_before;
	}
	for (size_t i = 0; i < count && ret->vanished_count < INCIDENT_NODES_MAX; i++) {
		double expected = before > 0 ? list[i].good_before * now / before : 0;

		if (list[i].node && expected >= VANISHED_EXPECTED && list[i].seen <= 0.05 * expected)
			ret->vanished[ret->vanished_count++] = list[i].node;
	}
}

/*
 * Requests that went to a realm or an alias stand under that name only while nobody has answered them: a name that has never answered,
 * though others have before, says who was not asked. When it was silent before and now, it is no node that fails.
 */
static void names_strike(struct samples *s, const struct answering *list, size_t count)
{
	for (size_t i = 0; i < s->count; i++) {
		for (size_t j = 0; j < count; j++) {
			if (list[j].node == s->list[i].server && list[j].answered <= 0)
				s->list[i].server = 0;
		}
	}
}

void stand_in_find(struct samples *s, struct place *ret)
{
	struct answering list[ANSWERING_MAX];
	size_t count = answering_sum(s, list);
	double failing = 0;
	double good_before = 0;
	double unknown = 0;

	for (size_t i = 0; i < count; i++)
		good_before += list[i].good_before;
	if (good_before >= CALM_LEAST)
		names_strike(s, list, count);
	for (size_t i = 0; i < s->count; i++) {
		if (s->list[i].is_before || !s->list[i].is_failing)
			continue;
		failing++;
		unknown += s->list[i].server == 0;
	}
	for (size_t i = 0; i < count && good_before >= CALM_LEAST; i++) {
		const struct answering *a = &list[i];

		if (a->node && a->refused >= STAND_IN_LEAST && a->refused >= STAND_IN_SHARE * failing && a->good <= 0.01 * a->refused)
			ret->stand_in = a->node;
	}
	for (size_t i = 0; ret->stand_in && i < s->count; i++) {
		if (s->list[i].server == ret->stand_in)
			s->list[i].server = 0;
	}
	if (ret->stand_in || unknown > STAND_IN_SHARE * failing)
		vanished_find(s, list, count, ret);
}
