/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Named streams overlap in ways that only their names tell ("a/b" is a part of "a"), so that they cannot be asked like the values of a
 * dimension. Of them the likeliest single one is taken, and what it explains is taken from those around it (DETECTION 3.6). Called by
 * sums.c.
 */
#include "control/incident/sums_named.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REST_NATS  10.0
#define FREE_SHARE 0.02 /* of a stream: less is no fault to point at */

static int value_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Whether the name of `inner` says that it is a part of `outer`: "a/b" of "a". */
static bool name_contains(const struct sums_question *q, uint64_t outer, uint64_t inner)
{
	const char *o = q->name_of ? q->name_of(q->names, outer) : NULL;
	const char *i = q->name_of ? q->name_of(q->names, inner) : NULL;
	size_t length = o ? strlen(o) : 0;

	return o && i && strncmp(o, i, length) == 0 && i[length] == '/';
}

static double named_nats(const struct sums *s, const struct sums_entry *e, size_t candidates)
{
	double usual = sums_usual(s, e);
	double x = fmax(0, e->x);

	if (e->n <= 0 || e->is_explained || x <= (usual + FREE_SHARE * (1 - usual)) * e->n)
		return 0;
	return binomial_log(e->n, x, x / e->n) - binomial_log(e->n, x, usual) - log((double)candidates);
}

/* The likeliest named stream, or everything when that is likelier; what it explains is taken from those around it. */
void sums_named(struct sums *s, const struct sums_question *q, struct place *ret)
{
	struct place_part *part = &ret->parts[0];
	size_t candidates = 1 + (s->total.n > 0);

	for (size_t i = 0; i < s->count; i++)
		candidates += s->entries[i].dimension == DIMENSION_NAMED;
	while (part->set_count < PLACE_PARTS_MAX) {
		double best = fmax(REST_NATS, named_nats(s, &s->total, candidates));
		struct sums_entry *found = NULL;

		for (size_t i = 0; i < s->count; i++) {
			struct sums_entry *e = &s->entries[i];
			double nats = e->dimension == DIMENSION_NAMED ? named_nats(s, e, candidates) : 0;

			if (nats > best) {
				best = nats;
				found = e;
			}
		}
		if (!found)
			break;
		part->set[part->set_count++] = found->value;
		part->share = fmax(part->share, found->x / found->n);
		found->is_explained = true;
		s->total.x -= found->excess;
		for (size_t i = 0; i < s->count; i++) {
			struct sums_entry *e = &s->entries[i];

			if (e->dimension != DIMENSION_NAMED || e == found)
				continue;
			if (name_contains(q, found->value, e->value))
				e->is_explained = true;
			if (name_contains(q, e->value, found->value))
				e->x -= found->excess;
		}
	}
	qsort(part->set, part->set_count, sizeof(part->set[0]), value_compare);
	part->set_dimension = part->set_count ? DIMENSION_NAMED : DIMENSION_ALL;
	part->set_binds = part->set_count > 0;
	ret->part_count = 1;
}
