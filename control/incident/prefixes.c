/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From number blocks to prefixes, see prefixes.h.
 *
 * The length of the blocks is chosen by likelihood: too short mixes what fails with what works, too long has to learn every small block
 * anew. Equal likelihoods mean equal sets, and then the shortest is taken. Prefixes of one parent are merged into it when nothing else
 * is known below the parent, neither now nor before the fault; a prefix is written out to the digits that all its traffic shares.
 * Network codes that hold nearly everybody are no place: "everything fails alike" (CONTRACT). Called by localise.c.
 */
#include "control/incident/prefixes.h"

#include <stdlib.h>
#include <string.h>

#define LENGTHS_NATS      8.0 /* least gain, since five lengths are tried */
#define SAME_NATS         1.0 /* closer gains are equal */
#define UNDECIDED_NATS    (-3.0)
#define EVERYBODY         0.7 /* this share of all subscribers below network codes is "everybody" */
#define WRITTEN_OUT       7U  /* digits to which a prefix is written out */
#define WRITTEN_OUT_UNITS 5   /* subscribers needed for it */

static unsigned int dimension_length(enum sample_dimension d)
{
	return SAMPLES_PREFIX_SHORTEST + (unsigned int)(d - SAMPLE_PREFIX);
}

static bool dimension_choose(struct samples *s, double baseline, enum sample_dimension *ret)
{
	double gains[SAMPLE_DIMENSION_COUNT];
	double best = LENGTHS_NATS;

	for (unsigned int d = SAMPLE_PREFIX; d < SAMPLE_DIMENSION_COUNT; d++) {
		size_t count = samples_sum(s, (enum sample_dimension)d);

		gains[d] = mixture_fit(s->cells, count, baseline).gain;
		if (gains[d] > best)
			best = gains[d];
	}
	for (unsigned int d = SAMPLE_PREFIX; best > LENGTHS_NATS && d < SAMPLE_DIMENSION_COUNT; d++) {
		if (gains[d] < best - SAME_NATS)
			continue;
		*ret = (enum sample_dimension)d;
		return true;
	}
	return false;
}

static int bad_compare(const void *a, const void *b)
{
	const struct mixture_cell *x = a;
	const struct mixture_cell *y = b;

	if (x->is_bad != y->is_bad)
		return x->is_bad ? -1 : 1;
	return x->x > y->x ? -1 : x->x < y->x;
}

static int digits_compare(const void *a, const void *b)
{
	digits x = *(const digits *)a;
	digits y = *(const digits *)b;

	return x < y ? -1 : x > y;
}

/* The bad cells; when there are more than can be named, those that fail most. */
static void bad_take(struct samples *s, struct prefixes *p)
{
	qsort(s->cells, s->cell_count, sizeof(s->cells[0]), bad_compare);
	for (size_t i = 0; i < s->cell_count && s->cells[i].is_bad && p->count < INCIDENT_PREFIXES_MAX; i++) {
		if (!s->cells[i].is_unknown)
			p->list[p->count++] = s->cells[i].value;
	}
	qsort(p->list, p->count, sizeof(p->list[0]), digits_compare);
}

static bool parent_is_bad(const struct samples *s, digits parent)
{
	for (size_t i = 0; i < s->cell_count; i++) {
		if (!s->cells[i].is_bad && digits_begin_with(s->cells[i].value, parent))
			return false;
	}
	return true;
}

/* Replaces neighbours by their parent of `length` digits where nothing below it works or is undecided. */
static void prefixes_merge(const struct samples *s, unsigned int length, struct prefixes *p)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->count;) {
		digits parent = digits_prefix(p->list[i], length);
		size_t next = i + 1;

		while (next < p->count && digits_begin_with(p->list[next], parent))
			next++;
		if (next - i >= 2 && digits_count(p->list[i]) > length && parent_is_bad(s, parent)) {
			p->list[kept++] = parent;
			i = next;
			continue;
		}
		while (i < next)
			p->list[kept++] = p->list[i++];
	}
	p->count = kept;
}

static unsigned int digits_shared(digits a, digits b)
{
	unsigned int count = 0;

	while (count < digits_count(a) && count < digits_count(b) && digits_at(a, count) == digits_at(b, count))
		count++;
	return count;
}

/* Writes a short prefix out to what all its traffic has in common. */
static void prefix_write_out(const struct samples *s, digits *prefix)
{
	digits common = 0;
	size_t units = 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct sample *sample = &s->list[i];

		if (sample->is_out || sample->is_explained || !digits_begin_with(sample->imsi, *prefix))
			continue;
		common = common ? digits_prefix(common, digits_shared(common, sample->imsi)) : digits_prefix(sample->imsi, WRITTEN_OUT);
		units += sample->is_unit;
	}
	if (units >= WRITTEN_OUT_UNITS && digits_count(common) > digits_count(*prefix))
		*prefix = common;
}

/* Whether the prefixes are no more than the network codes of nearly everybody. */
static bool is_everybody(const struct samples *s, const struct prefixes *p)
{
	double inside = 0;
	double all = 0;

	for (size_t i = 0; i < p->count; i++) {
		if (digits_count(p->list[i]) > 6)
			return false;
	}
	for (size_t i = 0; i < s->cell_count; i++) {
		all += s->cells[i].n;
		for (size_t j = 0; j < p->count; j++)
			inside += digits_begin_with(s->cells[i].value, p->list[j]) ? s->cells[i].n : 0;
	}
	return inside > EVERYBODY * all;
}

void prefixes_find(struct samples *s, double baseline, struct prefixes *ret)
{
	enum sample_dimension dimension;
	struct mixture m;

	memset(ret, 0, sizeof(*ret));
	ret->gain = -1;
	if (!dimension_choose(s, baseline, &dimension))
		return;
	m = mixture_fit(s->cells, samples_sum(s, dimension), baseline);
	bad_take(s, ret);
	for (unsigned int length = dimension_length(dimension); length-- > SAMPLES_PREFIX_SHORTEST;)
		prefixes_merge(s, length, ret);
	if (is_everybody(s, ret)) {
		ret->count = 0;
		return;
	}
	for (size_t i = 0; dimension_length(dimension) < WRITTEN_OUT && i < ret->count; i++)
		prefix_write_out(s, &ret->list[i]);
	if (ret->count) {
		ret->gain = m.gain;
		ret->dimension = dimension;
		ret->labels = m.labels;
		ret->proof = m.proof;
		ret->bad = m.bad;
	}
}

static const struct mixture_cell *cell_find(const struct samples *s, uint64_t value)
{
	size_t from = 0;
	size_t to = s->cell_count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (s->cells[middle].value < value)
			from = middle + 1;
		else
			to = middle;
	}
	return from < s->cell_count && s->cells[from].value == value ? &s->cells[from] : NULL;
}

void prefixes_explain_undecided(struct samples *s, double baseline, enum sample_dimension dimension)
{
	(void)mixture_fit(s->cells, samples_sum(s, dimension), baseline);
	for (size_t i = 0; i < s->count; i++) {
		struct sample *sample = &s->list[i];
		const struct mixture_cell *cell;

		if (sample->is_out || sample->is_explained)
			continue;
		/* A request without a subscriber's number cannot be told to be outside. */
		cell = cell_find(s, sample_value(s, sample, dimension));
		sample->is_explained = !sample->imsi || (cell && cell->x > 0 && cell->odds > UNDECIDED_NATS);
	}
}
