/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Kinship by the method of moments. Owned by control, called by detect.c once a minute.
 *
 * Inside one procedure and dimension the shares p of the streams scatter around their common mean m by chance, m (1 - m) / N, and because
 * they differ. What is left without chance is the variance v between them (Kleinman 1973), and the common mean is worth m (1 - m) / v - 1
 * requests to each: thousands where all are alike, a handful among roaming partners. Few streams say little: the dimension's usual value
 * counts as ten of them.
 */
#include "control/detect/kinship.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PROCEDURES     (PROCEDURE_REGISTRATION + 1)
#define ANSWERS_LEAST  30.0 /* of a stream that counts */
#define USUAL_STREAMS  10.0
#define KINSHIP_LEAST  4.0
#define KINSHIP_MOST   3000.0
#define VARIANCE_LEAST 1e-12

struct group {
	double answers, squares, failed, scatter;
	uint32_t streams;
};

struct kinship {
	struct group groups[PROCEDURES][DIMENSION_COUNT][BASELINE_ANSWER_KINDS];
};

struct kinship *kinship_new(void)
{
	return calloc(1, sizeof(struct kinship));
}

void kinship_free(struct kinship *k)
{
	free(k);
}

static struct group *group_of(struct kinship *k, const struct stream *s, int kind)
{
	return &k->groups[s->key.procedure % PROCEDURES][s->key.dimension][kind];
}

static void stream_add(struct kinship *k, const struct stream *s)
{
	for (int kind = 0; kind < BASELINE_ANSWER_KINDS; kind++) {
		struct group *g = group_of(k, s, kind);
		double answers = s->baseline.answers[kind];

		if (answers < ANSWERS_LEAST)
			continue;
		g->answers += answers;
		g->squares += answers * answers;
		g->failed += s->baseline.failed[kind];
		g->streams++;
	}
}

static void stream_scatter(struct kinship *k, const struct stream *s)
{
	for (int kind = 0; kind < BASELINE_ANSWER_KINDS; kind++) {
		struct group *g = group_of(k, s, kind);
		double answers = s->baseline.answers[kind], off;

		if (answers < ANSWERS_LEAST)
			continue;
		off = s->baseline.failed[kind] / answers - g->failed / g->answers;
		g->scatter += answers * off * off;
	}
}

static double group_kinship(const struct group *g, double usual)
{
	double mean = g->answers > 0 ? fmin(g->failed / g->answers, 1) : 0, chance = mean * (1 - mean);
	double weight = g->answers > 0 ? g->answers - g->squares / g->answers : 0;
	double between;

	if (g->streams < 2 || weight <= 0 || chance <= 0)
		return usual;
	between = fmax((g->scatter - (g->streams - 1) * chance) / weight, 0);
	between = (g->streams * between + USUAL_STREAMS * chance / (usual + 1)) / (g->streams + USUAL_STREAMS);
	return fmin(fmax(chance / fmax(between, VARIANCE_LEAST) - 1, KINSHIP_LEAST), KINSHIP_MOST);
}

static void stream_tell(struct kinship *k, struct stream *s)
{
	for (int kind = 0; kind < BASELINE_ANSWER_KINDS; kind++)
		s->baseline.kinship[kind] = (float)group_kinship(group_of(k, s, kind),
								 baseline_kinship((enum dimension)s->key.dimension, (enum evidence)kind));
}

void kinship_measure(struct kinship *k, struct streams *streams)
{
	size_t count = watched_count(streams);

	memset(k, 0, sizeof(*k));
	for (size_t i = 0; i < count; i++)
		stream_add(k, watched_at(streams, (uint32_t)i));
	for (size_t i = 0; i < count; i++)
		stream_scatter(k, watched_at(streams, (uint32_t)i));
	for (size_t i = 0; i < count; i++)
		if (watched_at(streams, (uint32_t)i)->parent != STREAM_NONE)
			stream_tell(k, watched_at(streams, (uint32_t)i));
}
