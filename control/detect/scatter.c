/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Scatter, see scatter.h. Owned by control, called by detect.c for each stream judged and by beyond.c once per bin.
 *
 * The CUSUM ratio of an alternative is the odds of its run (sequential.h), so nothing more is kept of a stream than its last term.
 * One stream alone counts at most as much as TERM_MOST: a fault of one range is told by its own watch. Prefixes of each length are a group
 * of their own, because the longer lie in the shorter. The threshold is the mean of the minutes' maxima and eight of their standard
 * deviations (for maxima of the exponential kind, about one a day in a dozen groups), known after half an hour.
 */
#include "control/detect/scatter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PART      0.01
#define TERM_MOST 4.0
#define BLOCK_S   60.0
/* While streams are new their baselines are rough, and H with them. */
#define BLOCKS_YOUNG  30.0
#define BLOCKS_KNOWN  90.0
#define BLOCKS_MEMORY (7 * 1440.0)
#define SIGMAS        8.0
#define SIGMA_LEAST   0.5
/* Above the highest value of all calm minutes by this factor. */
#define ABOVE_RECORD 1.25
/* It is over when H has come down to this part of the way. */
#define OVER 0.5
/* Streams whose ratio is so high at least; fewer are told by their own watches. */
#define STRIKING       20.0
#define STRIKING_LEAST 4
#define GROWS_S        8.0
#define GROWS_BY       1.1
/* Of e-BH. */
#define LEVEL    0.1
#define ACCEPT_S 3600.0

enum { KIND_NETWORK, KIND_MISSING, KINDS };
static const uint8_t evidence_of[KINDS] = { [KIND_NETWORK] = EVIDENCE_NETWORK, [KIND_MISSING] = EVIDENCE_MISSING };

/* Which streams are summed together. */
enum group { GROUP_NONE, GROUP_SERVER, GROUP_CLIENT, GROUP_ROUTE, GROUP_PLMN, GROUP_PREFIX_SHORT, GROUP_PREFIX_7, GROUP_PREFIX_8, GROUPS };
static const uint8_t dimension_of[GROUPS] = {
	[GROUP_SERVER] = DIMENSION_SERVER,
	[GROUP_CLIENT] = DIMENSION_CLIENT,
	[GROUP_ROUTE] = DIMENSION_ROUTE,
	[GROUP_PLMN] = DIMENSION_PLMN,
	[GROUP_PREFIX_SHORT] = DIMENSION_IMSI_PREFIX,
	[GROUP_PREFIX_7] = DIMENSION_IMSI_PREFIX,
	[GROUP_PREFIX_8] = DIMENSION_IMSI_PREFIX,
};

struct sum {
	double h, most, record;      /* now, in the block, in all calm blocks */
	double blocks, mean, square; /* of the blocks' maxima: mean, and sum of squares about it over their number */
	double h_crossed;            /* when it passed its threshold */
	int64_t crossed;
	int64_t opened, onset_bin;
	nanos onset;
	double threshold;
	bool is_open;
	struct measure named;
};

struct scatter {
	size_t limit;
	float (*term)[KINDS]; /* by stream */
	uint8_t *group;       /* by stream */
	struct sum sum[GROUPS][KINDS];
	double block_s, age_blocks;
	struct stream_key named[GROUPS][SCATTER_NAMED];
	size_t named_count[GROUPS];
};

struct scatter *scatter_new(size_t limit)
{
	struct scatter *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->limit = limit;
	s->term = calloc(limit, sizeof(*s->term));
	s->group = calloc(limit, sizeof(*s->group));
	if (s->term == NULL || s->group == NULL) {
		scatter_free(s);
		return NULL;
	}
	return s;
}

void scatter_free(struct scatter *s)
{
	if (s == NULL)
		return;
	free(s->term);
	free(s->group);
	free(s);
}

static enum group group_of(const struct stream_key *key)
{
	if (key->procedure != PROCEDURE_REGISTRATION)
		return GROUP_NONE;
	if (key->dimension == DIMENSION_IMSI_PREFIX)
		return key->value >= 10000000 ? GROUP_PREFIX_8 : key->value >= 1000000 ? GROUP_PREFIX_7 : GROUP_PREFIX_SHORT;
	for (int g = GROUP_SERVER; g <= GROUP_PLMN; g++)
		if (dimension_of[g] == key->dimension)
			return (enum group)g;
	return GROUP_NONE;
}

/* The mean over the grid of CUSUM likelihood ratios. */
static double ratio_of(const struct watch *w)
{
	double sum = 0;

	for (int k = 0; k < SEQUENTIAL_GRID; k++)
		sum += fmin(fmax(w->sequential.run[k].odds, 1), SEQUENTIAL_CEILING);
	return sum / SEQUENTIAL_GRID;
}

static bool is_quiet(const struct watch *w)
{
	for (int k = 0; k < SEQUENTIAL_GRID; k++)
		if (w->sequential.run[k].odds > 1)
			return false;
	return true;
}

void scatter_see(struct scatter *s, uint32_t index, const struct stream *stream)
{
	enum group group = group_of(&stream->key);

	if (group == GROUP_NONE || index >= s->limit)
		return;
	s->group[index] = (uint8_t)group;
	for (int kind = 0; kind < KINDS; kind++) {
		const struct watch *w = &stream->watch[evidence_of[kind]];
		float *term = &s->term[index][kind];
		double now = is_quiet(w) ? 0 : fmin(log1p(PART * (ratio_of(w) - 1)), TERM_MOST);

		s->sum[group][kind].h += now - (double)*term;
		*term = (float)now;
		/* What is taken off later is what was kept, so that rounding does not add up. */
		s->sum[group][kind].h -= now - (double)*term;
	}
}

static void block_end(struct sum *sum, bool is_young)
{
	double weight, off = sum->most - sum->mean;

	if (!sum->is_open && !is_young) {
		sum->blocks = fmin(sum->blocks + 1, BLOCKS_MEMORY);
		sum->record = fmax(sum->record * (1 - 1 / BLOCKS_MEMORY), sum->most);
		weight = 1 / sum->blocks;
		sum->mean += off * weight;
		sum->square += (off * (sum->most - sum->mean) - sum->square) * weight;
	}
	sum->most = 0;
}

struct striking {
	uint32_t index;
	double ratio;
};

static int striking_compare(const void *a, const void *b)
{
	const struct striking *x = a;
	const struct striking *y = b;

	if (x->ratio < y->ratio || x->ratio > y->ratio)
		return x->ratio < y->ratio ? 1 : -1;
	return x->index < y->index ? -1 : 1;
}

/* Lists the streams that stand out by e-BH, and returns how many are striking; when a sum may open, and each minute that it stays open. */
static size_t scatter_name(struct scatter *s, const struct streams *streams, enum group group, int kind)
{
	struct striking found[4 * SCATTER_NAMED];
	size_t count = 0, members = 0, kept = 0, striking = 0;
	struct sum *sum = &s->sum[group][kind];

	for (uint32_t i = 0; i < watched_count(streams) && i < s->limit; i++) {
		if (s->group[i] != group)
			continue;
		members++;
		if (s->term[i][kind] <= 0)
			continue;
		if (count == sizeof(found) / sizeof(found[0])) {
			qsort(found, count, sizeof(*found), striking_compare);
			count /= 2;
		}
		found[count] = (struct striking){ i, ratio_of(&watched_at(streams, i)->watch[evidence_of[kind]]) };
		striking += found[count++].ratio >= STRIKING;
	}
	qsort(found, count, sizeof(*found), striking_compare);
	for (size_t k = 0; k < count && k < SCATTER_NAMED; k++)
		if (found[k].ratio >= (double)members / (LEVEL * (double)(k + 1)))
			kept = k + 1;
	sum->named = (struct measure){ 0 };
	for (size_t k = 0; k < kept; k++) {
		const struct stream *stream = watched_at(streams, found[k].index);
		const struct measure *m = &sequential_plausible(&stream->watch[evidence_of[kind]].sequential)->measure;

		s->named[group][k] = stream->key;
		sum->named.requests += m->requests;
		sum->named.failed += m->failed;
		sum->named.expected += m->expected;
	}
	s->named_count[group] = kept;
	return striking;
}

/* A blip lifts H at once, and it comes down slowly; a fault goes on lifting it. */
static bool sum_still_grows(const struct sum *sum, const struct bins *bins)
{
	return sum->crossed > 0 && (double)(bins->now - sum->crossed) * bins->seconds >= GROWS_S && sum->h > GROWS_BY * sum->h_crossed;
}

static void sum_judge(struct scatter *s, const struct streams *streams, const struct bins *bins, enum group group, int kind)
{
	struct sum *sum = &s->sum[group][kind];

	sum->most = fmax(sum->most, sum->h);
	if (sum->h <= sum->mean) {
		sum->onset = bins->start[bins->now % LOOKOUT_BINS];
		sum->onset_bin = bins->now;
	}
	sum->threshold = sum->mean + SIGMAS * fmax(sqrt(fmax(sum->square, 0)), SIGMA_LEAST);
	sum->threshold = fmax(sum->threshold, ABOVE_RECORD * sum->record);
	if (sum->h < sum->threshold || sum->crossed == 0) {
		sum->crossed = sum->h < sum->threshold ? 0 : bins->now;
		sum->h_crossed = sum->h;
	}
	if (!sum->is_open && sum->blocks >= BLOCKS_KNOWN && sum_still_grows(sum, bins)) {
		sum->is_open = scatter_name(s, streams, group, kind) >= STRIKING_LEAST;
		sum->opened = bins->now;
	} else if (sum->is_open && (sum->h < sum->mean + OVER * (sum->threshold - sum->mean) ||
				    (double)(bins->now - sum->opened) * bins->seconds > ACCEPT_S)) {
		sum->is_open = false;
		s->named_count[group] = 0;
	}
}

void scatter_judge(struct scatter *s, const struct streams *streams, const struct bins *bins)
{
	bool is_end;

	s->block_s += bins->seconds;
	is_end = s->block_s >= BLOCK_S;
	for (int group = GROUP_NONE + 1; group < GROUPS; group++) {
		for (int kind = 0; kind < KINDS; kind++) {
			sum_judge(s, streams, bins, (enum group)group, kind);
			if (is_end && s->sum[group][kind].is_open)
				(void)scatter_name(s, streams, (enum group)group, kind);
			if (is_end)
				block_end(&s->sum[group][kind], s->age_blocks < BLOCKS_YOUNG);
		}
	}
	if (is_end) {
		s->block_s = 0;
		s->age_blocks++;
	}
}

void scatter_calm(struct scatter *s)
{
	memset(s->term, 0, s->limit * sizeof(*s->term));
	for (int group = 0; group < GROUPS; group++) {
		s->named_count[group] = 0;
		for (int kind = 0; kind < KINDS; kind++) {
			s->sum[group][kind].h = s->sum[group][kind].most = 0;
			s->sum[group][kind].is_open = false;
		}
	}
	s->block_s = 0;
}

size_t scatter_report(const struct scatter *s, struct suspicion *ret, size_t room)
{
	size_t count = 0;

	for (int group = 0; group < GROUPS; group++) {
		for (int kind = 0; kind < KINDS && count < room; kind++) {
			const struct sum *sum = &s->sum[group][kind];
			const struct measure *m = &sum->named;

			if (!sum->is_open)
				continue;
			ret[count++] = (struct suspicion){
				.stream = { .procedure = PROCEDURE_REGISTRATION, .dimension = dimension_of[group] },
				.evidence = EVIDENCE_SCATTER,
				.log_r = sum->h,
				.log_b = sum->h,
				.log_page = sum->threshold,
				.onset = sum->onset,
				.baseline_ratio = m->requests > 0 ? m->expected / m->requests : 0,
				.observed_ratio = m->requests > 0 ? m->failed / m->requests : 0,
				.fault_share = measure_share(m),
				.peak_share = measure_share(m),
				.requests = m->requests,
				.failed = m->failed,
				.expected = m->expected,
			};
			break; /* one of a group: silence and refusals at once are one thing */
		}
	}
	return count;
}

size_t scatter_named(const struct scatter *s, enum dimension dimension, const struct stream_key **ret)
{
	int best = GROUP_NONE;

	for (int group = GROUP_NONE + 1; group < GROUPS; group++)
		if (dimension_of[group] == dimension && s->named_count[group] > s->named_count[best])
			best = group;
	*ret = s->named[best];
	return s->named_count[best];
}
