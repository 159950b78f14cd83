/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Sums for key figures, see kpi.h. They live in a balanced tree (tsearch(3)) whose order is that of the output; there are as many as
 * periods, segments and procedures that were seen together.
 */
#include "control/sink/kpi.h"

#include <math.h>
#include <search.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct kpi_book {
	int64_t period_s;
	void *tree;
};

/* Where an outcome counts, besides the requests. */
static const struct {
	const char *outcome;
	size_t sums[2]; /* offsets; 0: none */
} outcomes[] = {
	{ "success", { offsetof(struct kpi_sums, success), 0 } },
	{ "user", { offsetof(struct kpi_sums, refused), 0 } },
	{ "network", { offsetof(struct kpi_sums, network), 0 } },
	{ "congestion", { offsetof(struct kpi_sums, network), 0 } },
	{ "abort", { offsetof(struct kpi_sums, network), 0 } },
	{ "timeout", { offsetof(struct kpi_sums, network), offsetof(struct kpi_sums, no_answer) } },
	{ "late", { offsetof(struct kpi_sums, network), offsetof(struct kpi_sums, no_answer) } },
};

const struct kpi_counter *kpi_counter_of(const char *procedure, enum kpi kpi)
{
	for (size_t i = 0; i < kpi_counter_count; i++) {
		if (kpi_counters[i].kpi == kpi && strcmp(kpi_counters[i].procedure, procedure) == 0)
			return &kpi_counters[i];
	}
	return NULL;
}

bool kpi_value(const struct kpi_sums *s, enum kpi kpi, double *ret)
{
	const double counts[KPI_COUNT] = {
		[KPI_REQUESTS] = (double)s->requests,
		[KPI_SUCCESS] = (double)s->success,
		[KPI_SUCCESS_RATIO] = (double)s->success,
		[KPI_REFUSED_RATIO] = (double)s->refused,
		[KPI_NETWORK_FAILURE_RATIO] = (double)s->network,
		[KPI_NO_ANSWER_RATIO] = (double)s->no_answer,
		[KPI_LATENCY_MEAN] = s->latency_sum_ms,
		[KPI_LATENCY_MAX] = s->latency_max_ms,
	};
	bool is_latency = kpi == KPI_LATENCY_MEAN || kpi == KPI_LATENCY_MAX;
	bool is_ratio = !is_latency && kpi != KPI_REQUESTS && kpi != KPI_SUCCESS;
	uint64_t of = is_latency ? s->latencies : s->requests;

	if (of == 0)
		return false;
	*ret = is_ratio || kpi == KPI_LATENCY_MEAN ? counts[kpi] / (double)of : counts[kpi];
	return true;
}

struct kpi_book *kpi_book_new(int64_t period_s)
{
	struct kpi_book *b = calloc(1, sizeof(*b));

	if (b != NULL)
		b->period_s = period_s;
	return b;
}

static void sums_free(void *node)
{
	struct kpi_sums *s = node;

	free((char *)s->segment);
	free((char *)s->procedure);
	free(s);
}

void kpi_book_free(struct kpi_book *b)
{
	if (b == NULL)
		return;
	tdestroy(b->tree, sums_free);
	free(b);
}

static int sums_compare(const void *a, const void *b)
{
	const struct kpi_sums *x = a;
	const struct kpi_sums *y = b;
	int order;

	if (x->period != y->period)
		return x->period < y->period ? -1 : 1;
	order = strcmp(x->segment, y->segment);
	return order != 0 ? order : strcmp(x->procedure, y->procedure);
}

/* The sums of a key, new ones when there are none; NULL without memory. */
static struct kpi_sums *sums_of(struct kpi_book *b, const struct kpi_sums *key)
{
	struct kpi_sums **found = tfind(key, &b->tree, sums_compare);
	struct kpi_sums *s;

	if (found != NULL)
		return *found;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	*s = (struct kpi_sums){ .period = key->period, .segment = strdup(key->segment), .procedure = strdup(key->procedure) };
	if (s->segment == NULL || s->procedure == NULL || tsearch(s, &b->tree, sums_compare) == NULL) {
		sums_free(s);
		return NULL;
	}
	return s;
}

static void sums_add(struct kpi_sums *s, const size_t at[2], const json_t *latency)
{
	double ms = json_number_value(latency);

	s->requests++;
	for (int i = 0; i < 2; i++) {
		if (at[i] != 0)
			++*(uint64_t *)((char *)s + at[i]);
	}
	if (!json_is_number(latency))
		return;
	s->latencies++;
	s->latency_sum_ms += ms;
	s->latency_max_ms = ms > s->latency_max_ms ? ms : s->latency_max_ms;
}

bool kpi_book_add(struct kpi_book *b, const json_t *transaction)
{
	const char *outcome = json_string_value(json_object_get(transaction, "outcome"));
	const char *time = json_string_value(json_object_get(transaction, "time"));
	const char *procedure = json_string_value(json_object_get(transaction, "procedure"));
	const json_t *segments = json_object_get(transaction, "segments");
	const json_t *segment;
	const size_t *at = NULL;
	size_t i;

	for (i = 0; outcome != NULL && i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		at = strcmp(outcome, outcomes[i].outcome) == 0 ? outcomes[i].sums : at;
	if (at == NULL || time == NULL || procedure == NULL)
		return true;
	json_array_foreach(segments, i, segment)
	{
		int64_t second = strtoll(time, NULL, 10);
		struct kpi_sums key = { .period = second - second % b->period_s,
					.segment = json_string_value(segment),
					.procedure = procedure };
		struct kpi_sums *s = key.segment != NULL ? sums_of(b, &key) : NULL;

		if (key.segment != NULL && s == NULL)
			return false;
		if (s != NULL)
			sums_add(s, at, json_object_get(transaction, "latency_ms"));
	}
	return true;
}

struct walk {
	void (*take)(void *self, const struct kpi_sums *sums);
	void *self;
};

static void on_node(const void *node, VISIT visit, void *closure)
{
	const struct walk *w = closure;

	if (visit == postorder || visit == leaf)
		w->take(w->self, *(struct kpi_sums *const *)node);
}

void kpi_book_walk(struct kpi_book *b, void (*take)(void *self, const struct kpi_sums *sums), void *self)
{
	struct walk w = { .take = take, .self = self };

	twalk_r(b->tree, on_node, &w);
}
