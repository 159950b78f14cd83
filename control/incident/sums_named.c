/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Named streams overlap in ways that only their names tell ("a/b" is a part of "a"), so that they cannot be asked like the values of a
 * dimension. Called by sums.c on the control thread.
 *
 * The streams are cut into leaves, those without parts of their own. A set of places gives each leaf to the innermost place around it,
 * and a place gives all its leaves the same share of fault on top of what is usual in each. The set is built greedily: the stream that
 * adds most likelihood beyond the price of naming it, then the next, while places that have become superfluous are taken out again. So a
 * parent wins when its parts fail alike, and loses when one of them does it all. The likelihood is divided by a dispersion, since streams
 * wander more than coins do (DETECTION 3.6).
 *
 * What other incidents are about stands in the set from the beginning, and is not told again. A place that has been announced stays unless
 * the new one explains clearly more. Where streams overlap otherwise than by
 * their names, no more places are added than everything together needs.
 */
#include "control/incident/sums_named.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DISPERSION  2.0
#define PRICE       5.0   /* nats, and ln(candidates) more, for each place that is named */
#define MOVE        12.0  /* nats by which a new place must be better than the one that was announced */
#define FREE_SHARE  0.005 /* of a stream: less is no fault to point at */
#define REST_LEAST  0.05  /* of a stream, to be a leaf beside its parts */
#define OVERLAP     0.1
#define REST_NATS   10.0
#define MEMBERS_MAX (PLACE_PARTS_MAX + SUMS_OTHERS_MAX * PLACE_SET_MAX)
#define NOBODY      UINT32_MAX

/* A place of the set: an entry, or everything. */
struct member {
	uint32_t entry;
	bool is_other; /* another incident's */
	double share;  /* of the fault, beside what is usual */
	double excess; /* failures beyond what is usual */
	double nats;   /* of its leaves, by dispersion, against what is usual */
};

/* What is asked while one place is found. Entries of `s` by their index; the whole stands at the index `count`. */
struct named {
	struct sums *s;
	const struct sums_question *q;
	uint32_t *parent;        /* of each entry: the innermost around it, the whole, NOBODY for those that are not asked */
	uint32_t *owner;         /* of each leaf: the index of a member, NOBODY */
	struct sums_entry *rest; /* of each entry: what no part of it has */
	bool *is_leaf, *may_be;
	double *gain_n, *gain_x; /* of each candidate: what its free leaves come to */
	double *gain;
	bool is_overlapping; /* streams count requests that others count too */
	double price;
	struct member members[MEMBERS_MAX];
	size_t member_count;
};

static int value_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static const char *name_of(const struct sums_question *q, uint64_t value)
{
	return q->name_of ? q->name_of(q->names, value) : NULL;
}

bool sums_name_contains(const struct sums_question *q, uint64_t outer, uint64_t inner)
{
	const char *o = name_of(q, outer);
	const char *i = name_of(q, inner);
	size_t length = o ? strlen(o) : 0;

	return o && i && strncmp(o, i, length) == 0 && i[length] == '/';
}

static const struct sums_entry *entry_at(const struct named *d, uint32_t at)
{
	return &d->rest[at];
}

/* Log-likelihood of a leaf with that share of fault against none, by dispersion. */
static double leaf_nats(const struct named *d, const struct sums_entry *e, double share)
{
	double usual = fmax(1e-4, sums_usual(d->s, e));
	double n = e->n, x = fmin(e->n, fmax(0, e->x));

	if (n <= 0)
		return 0;
	return (binomial_log(n, x, usual + share * (1 - usual)) - binomial_log(n, x, usual)) / DISPERSION;
}

/* Parents by name; quadratic in the worst case, so that names are first compared by their lengths. */
static void parents_find(struct named *d)
{
	uint32_t count = (uint32_t)d->s->count;

	d->parent[count] = NOBODY;
	for (uint32_t i = 0; i < count; i++) {
		const char *name = name_of(d->q, d->s->entries[i].value);
		size_t longest = 0;

		d->parent[i] = NOBODY;
		if (d->s->entries[i].dimension != DIMENSION_NAMED)
			continue;
		d->parent[i] = count;
		for (uint32_t j = 0; name && strchr(name, '/') && j < count; j++) {
			const char *outer = j == i || d->s->entries[j].dimension != DIMENSION_NAMED ? NULL
												    : name_of(d->q, d->s->entries[j].value);
			size_t length = outer ? strlen(outer) : 0;

			if (length <= longest || name[length] != '/' || strncmp(outer, name, length) != 0)
				continue;
			longest = length;
			d->parent[i] = j;
		}
	}
}

/* What is left of each entry without its parts: a leaf of its own, unless it is nearly nothing. */
static void rests_find(struct named *d)
{
	uint32_t count = (uint32_t)d->s->count;
	double tops = 0;

	for (uint32_t i = 0; i <= count; i++)
		d->rest[i] = i == count ? d->s->total : d->s->entries[i];
	for (uint32_t i = 0; i < count; i++) {
		const struct sums_entry *e = &d->s->entries[i];
		struct sums_entry *outer = d->parent[i] == NOBODY ? NULL : &d->rest[d->parent[i]];

		if (!outer)
			continue;
		tops += d->parent[i] == count ? e->n : 0;
		outer->n = fmax(0, outer->n - e->n);
		outer->x = fmax(0, outer->x - e->x);
		outer->calm_n = fmax(0, outer->calm_n - e->calm_n);
		outer->calm_x = fmax(0, outer->calm_x - e->calm_x);
	}
	for (uint32_t i = 0; i <= count; i++) {
		double whole = i == count ? d->s->total.n : d->s->entries[i].n;

		d->is_leaf[i] = (i == count || d->parent[i] != NOBODY) && d->rest[i].n > REST_LEAST * whole;
	}
	d->is_overlapping = tops > (1 + OVERLAP) * d->s->total.n && d->s->total.n > 0;
}

static bool lies_in(const struct named *d, uint32_t inner, uint32_t outer)
{
	while (inner != NOBODY && inner != outer)
		inner = d->parent[inner];
	return inner == outer;
}

/* Candidates are streams that the detector suspects, what is around them and what is in them; all when it names none. */
static void candidates_find(struct named *d, size_t *ret_count)
{
	uint32_t count = (uint32_t)d->s->count;
	bool is_any = false;

	for (uint32_t i = 0; i <= count; i++)
		d->may_be[i] = false;
	for (size_t k = 0; k < d->q->suspect_count; k++) {
		const struct stream_key *key = &d->q->suspects[k];
		uint32_t at = key->dimension == DIMENSION_ALL ? count : NOBODY;

		for (uint32_t i = 0; i < count && at == NOBODY; i++) {
			if (d->s->entries[i].dimension == key->dimension && d->s->entries[i].value == key->value)
				at = i;
		}
		if (at == NOBODY || (at < count && d->parent[at] == NOBODY))
			continue;
		is_any = true;
		for (uint32_t i = 0; i <= count; i++)
			d->may_be[i] = d->may_be[i] || lies_in(d, i, at) || lies_in(d, at, i);
	}
	*ret_count = 0;
	for (uint32_t i = 0; i <= count; i++) {
		d->may_be[i] = (d->may_be[i] || !is_any) && (i == count || d->parent[i] != NOBODY);
		*ret_count += i == count || d->parent[i] != NOBODY;
	}
}

/* Gives each leaf to the innermost member around it, and each member the share that its leaves have in common. */
static void members_fit(struct named *d)
{
	uint32_t count = (uint32_t)d->s->count;
	double n[MEMBERS_MAX] = { 0 }, x[MEMBERS_MAX] = { 0 };

	for (uint32_t i = 0; i <= count; i++) {
		const struct sums_entry *e = entry_at(d, i);
		double usual = sums_usual(d->s, e);

		d->owner[i] = NOBODY;
		if (!d->is_leaf[i])
			continue;
		for (uint32_t at = i; at != NOBODY && d->owner[i] == NOBODY; at = d->parent[at]) {
			for (uint32_t m = 0; m < d->member_count && d->owner[i] == NOBODY; m++)
				d->owner[i] = d->members[m].entry == at ? m : NOBODY;
		}
		if (d->owner[i] == NOBODY)
			continue;
		n[d->owner[i]] += (1 - usual) * e->n;
		x[d->owner[i]] += e->x - usual * e->n;
	}
	for (size_t m = 0; m < d->member_count; m++) {
		d->members[m].share = n[m] > 0 ? fmin(0.999, fmax(0, x[m] / n[m])) : 0;
		d->members[m].excess = fmax(0, x[m]);
		d->members[m].nats = 0;
	}
	for (uint32_t i = 0; i <= count; i++) {
		if (d->owner[i] != NOBODY)
			d->members[d->owner[i]].nats += leaf_nats(d, entry_at(d, i), d->members[d->owner[i]].share);
	}
}

/* What the set is worth, less the prices of what is told. */
static double worth_of(const struct named *d)
{
	double nats = 0;

	for (size_t m = 0; m < d->member_count; m++)
		nats += d->members[m].nats - (d->members[m].is_other ? 0 : d->price);
	return nats;
}

static bool has_member(const struct named *d, uint32_t entry)
{
	for (size_t m = 0; m < d->member_count; m++) {
		if (d->members[m].entry == entry)
			return true;
	}
	return false;
}

static void member_add(struct named *d, uint32_t entry, bool is_other)
{
	if (d->member_count == MEMBERS_MAX || has_member(d, entry))
		return;
	d->members[d->member_count++] = (struct member){ .entry = entry, .is_other = is_other };
}

/* Whether a member stands between a leaf and a candidate around it: then the leaf is not the candidate's to take. */
static bool is_between(const struct named *d, uint32_t leaf, uint32_t outer)
{
	uint32_t owner = d->owner[leaf];

	return owner != NOBODY && lies_in(d, d->members[owner].entry, outer);
}

/* Adds the candidate that gains most beyond its price. False when none does. */
static bool member_find(struct named *d)
{
	uint32_t count = (uint32_t)d->s->count;
	uint32_t best = NOBODY;
	double most = 0;

	for (uint32_t i = 0; i <= count; i++)
		d->gain_n[i] = d->gain_x[i] = d->gain[i] = 0;
	for (uint32_t leaf = 0; leaf <= count; leaf++) {
		const struct sums_entry *e = entry_at(d, leaf);
		double usual = sums_usual(d->s, e);

		for (uint32_t at = leaf; d->is_leaf[leaf] && at != NOBODY && !is_between(d, leaf, at); at = d->parent[at]) {
			d->gain_n[at] += (1 - usual) * e->n;
			d->gain_x[at] += e->x - usual * e->n;
		}
	}
	for (uint32_t leaf = 0; leaf <= count; leaf++) {
		const struct sums_entry *e = entry_at(d, leaf);
		double now = d->owner[leaf] == NOBODY ? 0 : leaf_nats(d, e, d->members[d->owner[leaf]].share);

		for (uint32_t at = leaf; d->is_leaf[leaf] && at != NOBODY && !is_between(d, leaf, at); at = d->parent[at]) {
			if (d->may_be[at] && d->gain_x[at] > FREE_SHARE * d->gain_n[at])
				d->gain[at] += leaf_nats(d, e, fmin(0.999, d->gain_x[at] / d->gain_n[at])) - now;
		}
	}
	for (uint32_t i = 0; i <= count; i++) {
		if (d->gain[i] - d->price > most && !has_member(d, i)) {
			most = d->gain[i] - d->price;
			best = i;
		}
	}
	if (best == NOBODY)
		return false;
	member_add(d, best, false);
	members_fit(d);
	return true;
}

/* Takes out what the others explain without it. */
static void members_prune(struct named *d)
{
	for (size_t m = 0; m < d->member_count;) {
		struct member kept[MEMBERS_MAX];
		size_t count = d->member_count;
		double worth = worth_of(d);

		memcpy(kept, d->members, sizeof(kept));
		if (d->members[m].is_other) {
			m++;
			continue;
		}
		memmove(&d->members[m], &d->members[m + 1], (count - m - 1) * sizeof(d->members[0]));
		d->member_count--;
		members_fit(d);
		if (worth_of(d) > worth)
			continue;
		memcpy(d->members, kept, sizeof(kept));
		d->member_count = count;
		members_fit(d);
		m++;
	}
}

static void place_take(struct named *d, const struct place *place, bool is_other)
{
	uint32_t count = (uint32_t)d->s->count;

	for (size_t p = 0; p < place->part_count; p++) {
		const struct place_part *part = &place->parts[p];

		if (place_is_everywhere(place))
			member_add(d, count, is_other);
		for (size_t i = 0; part->set_dimension == DIMENSION_NAMED && i < part->set_count; i++) {
			for (uint32_t j = 0; j < count; j++) {
				if (d->parent[j] != NOBODY && d->s->entries[j].value == part->set[i])
					member_add(d, j, is_other);
			}
		}
	}
}

static void others_take(struct named *d)
{
	d->member_count = 0;
	for (size_t i = 0; i < d->q->other_count; i++)
		place_take(d, d->q->others[i], true);
	members_fit(d);
}

static void set_tell(const struct named *d, struct place *ret)
{
	struct place_part *part = &ret->parts[0];

	ret->part_count = 1;
	for (size_t m = 0; m < d->member_count; m++) {
		const struct member *member = &d->members[m];

		if (member->is_other)
			continue;
		part->share = fmax(part->share, member->share);
		if (member->entry == d->s->count) {
			part->set_count = 0;
			part->share = member->share;
			break;
		}
		if (part->set_count < PLACE_PARTS_MAX)
			part->set[part->set_count++] = d->s->entries[member->entry].value;
	}
	qsort(part->set, part->set_count, sizeof(part->set[0]), value_compare);
	part->set_dimension = part->set_count ? DIMENSION_NAMED : DIMENSION_ALL;
	part->set_binds = part->set_count > 0;
}

static size_t own_count(const struct named *d)
{
	size_t count = 0;

	for (size_t m = 0; m < d->member_count; m++)
		count += !d->members[m].is_other;
	return count;
}

/* Whether everything together leaves failures to explain. */
static bool is_needed(const struct named *d)
{
	const struct sums_entry *total = &d->s->total;
	double usual = sums_usual(d->s, total);
	double left = total->excess;
	double x;

	if (!d->is_overlapping || own_count(d) == 0)
		return true;
	for (size_t m = 0; m < d->member_count; m++)
		left -= d->members[m].excess;
	x = usual * total->n + left;
	return left > 0 && binomial_log(total->n, x, x / total->n) - binomial_log(total->n, x, usual) >= REST_NATS;
}

/* The best set; the announced one when that is nearly as good, and the detector's first suspect when nothing is likely enough. */
static void set_find(struct named *d, struct place *ret)
{
	double others, worth;

	others_take(d);
	others = worth_of(d);
	while (own_count(d) < PLACE_PARTS_MAX && is_needed(d) && member_find(d))
		members_prune(d);
	worth = worth_of(d);
	ret->is_unproven = own_count(d) == 0 || worth <= others;
	set_tell(d, ret);
	if (d->q->announced && d->q->announced->part_count) {
		others_take(d);
		place_take(d, d->q->announced, false);
		members_fit(d);
		if (own_count(d) && (ret->is_unproven || worth_of(d) + MOVE >= worth))
			set_tell(d, ret);
	} else if (ret->is_unproven && d->q->suspect_count && d->q->suspects[0].dimension == DIMENSION_NAMED) {
		ret->parts[0].set_dimension = DIMENSION_NAMED;
		ret->parts[0].set[0] = d->q->suspects[0].value;
		ret->parts[0].set_count = 1;
		ret->parts[0].set_binds = true;
	}
}

void sums_named(struct sums *s, const struct sums_question *q, struct place *ret)
{
	size_t entries = s->count + 1;
	struct named d = { .s = s, .q = q };
	size_t candidates;

	d.parent = calloc(entries, sizeof(*d.parent));
	d.owner = calloc(entries, sizeof(*d.owner));
	d.rest = calloc(entries, sizeof(*d.rest));
	d.is_leaf = calloc(entries, sizeof(*d.is_leaf));
	d.may_be = calloc(entries, sizeof(*d.may_be));
	d.gain_n = calloc(entries, sizeof(*d.gain_n));
	d.gain_x = calloc(entries, sizeof(*d.gain_x));
	d.gain = calloc(entries, sizeof(*d.gain));
	ret->part_count = 1;
	if (d.parent && d.owner && d.rest && d.is_leaf && d.may_be && d.gain_n && d.gain_x && d.gain) {
		parents_find(&d);
		rests_find(&d);
		candidates_find(&d, &candidates);
		d.price = PRICE + log((double)candidates);
		set_find(&d, ret);
	}
	free(d.parent);
	free(d.owner);
	free(d.rest);
	free(d.is_leaf);
	free(d.may_be);
	free(d.gain_n);
	free(d.gain_x);
	free(d.gain);
}
