/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One stream's tick: baseline, statistics and watch brought together. Owned by control, called by detect.c.
 *
 * Nothing is judged before `warm_up` has been seen of the whole and of the stream. When the baseline says that nothing can be told (too
 * little known, or the stream fails nearly always) the tick is passed over, and a watch that is open is closed: it could never end.
 * Answers that the probe lost are allowed for in missing ones; beyond 30 % of loss these are not judged at all.
 * An advisory that does not become a page within ten minutes is taken for a change of habit, and learning goes on.
 */
#include "control/detect/judge.h"

#include <math.h>

#include "control/detect/sequential.h"
#include "control/detect/survival.h"
#include "control/detect/watch.h"

/* How long the allowance of baselines is doubled: until some days have been seen. */
#define YOUNG_S (3 * 86400.0)
/* Loss may strike answers more than the average packet. */
#define LOSS_FACTOR       2.0
#define LOSS_MOST         0.3
#define ADVISORY_TAINTS_S 600.0
/* More than any share. */
#define NO_PAGE 2.0
/* Of what is expected: more that is allowed for the mix says nothing of how unevenly failures come. */
#define SURPLUS_ORDINARY 0.1
/* What has failed from its beginning, when it may page. */
#define BROKEN_SHARE  0.33
#define BROKEN_FAILED 100.0
/* What the return of answers is tested against is at least so many open requests. */
#define OPEN_LEAST 1e-3

/* How a stream's weight is divided, and how old its advisory must be before it pages. */
static const struct {
	double part;
	double hold_s;
} kind_rules[EVIDENCE_JUDGED] = {
	[EVIDENCE_NETWORK] = { 0.4, 1.0 },
	[EVIDENCE_USER] = { 0.2, 1.0 },
	[EVIDENCE_MISSING] = { 0.4, 1.6 },
};

struct watch_rules judge_rules(const struct judge *judge, const struct stream *s, enum evidence evidence)
{
	double weight = s->weight * kind_rules[evidence].part;

	return (struct watch_rules){
		.tick_s = judge->tick_s,
		.advisory = judge->plan->advisory_interval_s / weight,
		.page = judge->plan->page_interval_s / weight,
		.min_share = judge->plan->min_fault_share,
		.min_failed = judge->plan->min_failed,
		.hold_s = kind_rules[evidence].hold_s,
	};
}

bool judge_taints(const struct judge *judge, const struct stream *s)
{
	for (int e = 0; e < EVIDENCE_JUDGED; e++) {
		const struct watch *w = &s->watch[e];

		if (w->is_page || (w->is_open && (double)(judge->now - w->opened) * judge->tick_s < ADVISORY_TAINTS_S))
			return true;
	}
	return false;
}

static bool stream_is_ready(const struct judge *judge, const struct stream *s)
{
	double warm_up = nanos_to_s(judge->plan->warm_up);

	return judge->seen_s >= warm_up && baseline_age_s(&s->baseline, judge->now, judge->tick_s) >= warm_up;
}

static const struct baseline *baseline_of(const struct stream *parent)
{
	return parent == NULL ? NULL : &parent->baseline;
}

static bool is_whole_registration(const struct stream *s)
{
	const struct procedure_row *row = procedure_row(s->key.procedure);

	return s->key.dimension == DIMENSION_ALL &&
	       (s->key.procedure == PROCEDURE_REGISTRATION || (row != NULL && row->weight >= PROCEDURE_WEIGHT_REGISTRATION));
}

/*
 * What a stream refuses that is new is told and pages nobody; that it does not answer does. What has failed from its beginning is told as
 * well; it pages only as the whole of a registration procedure, where a third of many answers: no network is like that.
 */
static void judge_conclude(const struct judge *judge, struct stream *s, const struct stream *parent, enum evidence evidence)
{
	struct watch_rules rules = judge_rules(judge, s, evidence);

	if (evidence != EVIDENCE_MISSING && mix_is_fresh(s, parent, judge->now, judge->tick_s))
		rules.min_share = NO_PAGE;
	if (evidence != EVIDENCE_MISSING && baseline_is_broken(&s->baseline, evidence) && !s->watch[evidence].is_page) {
		rules.min_share = is_whole_registration(s) ? BROKEN_SHARE : NO_PAGE;
		rules.min_failed = fmax(rules.min_failed, BROKEN_FAILED);
	}
	watch_judge(&s->watch[evidence], &rules, judge->now);
}

bool judge_is_young(const struct judge *judge)
{
	return judge->seen_s < YOUNG_S;
}

/* Whether the stream shows how unevenly healthy failures come: everything but pages does, or the estimate would lose its own tail. */
static bool is_ordinary(const struct judge *judge, const struct stream *s, const struct stream *parent, enum evidence evidence)
{
	if (s->watch[evidence].is_page || (parent != NULL && parent->watch[evidence].is_page))
		return false;
	return !baseline_is_broken(&s->baseline, evidence) && !mix_is_fresh(s, parent, judge->now, judge->tick_s);
}

static void judge_answers(struct judge *judge, struct stream *s, const struct stream *parent, enum evidence evidence,
			  const struct counts *counts)
{
	struct dispersion *dispersion = &judge->dispersion[s->key.dimension][evidence];
	struct watch *w = &s->watch[evidence];
	const bool is_young = judge_is_young(judge);
	const struct mix_view mix = mix_view(judge->mix, s, evidence, counts, judge->tick_s);
	const uint32_t n = counts->answers - mix.fresh_answers, x = counts->failed[evidence] - mix.fresh_failed;
	struct measure measure = { .requests = n, .failed = x };
	const struct sequential_clock clock = { .now = judge->now, .tick_s = judge->tick_s };
	double expected, gain[SEQUENTIAL_GRID];
	struct sequential_null null;

	if (!baseline_ratio(&s->baseline, baseline_of(parent), (enum dimension)s->key.dimension, evidence, is_young, &expected,
			    &null.mean)) {
		if (w->is_open)
			watch_reset(w);
		return;
	}
	if (n == 0)
		return;
	measure.expected = fmin(n * expected + mix.surplus, n);
	null.mean = baseline_worst_with(null.mean, mix.surplus / n, evidence, is_young);
	if (is_ordinary(judge, s, parent, evidence) && mix.surplus <= SURPLUS_ORDINARY * measure.expected)
		dispersion_see(dispersion, n, x, measure.expected);
	if (!stream_is_ready(judge, s))
		return;
	null.precision = dispersion_precision(dispersion, null.mean);
	sequential_gains(&null, n, x, gain);
	sequential_add(&w->sequential.r, gain, &sequential_cap_answers, &clock);
	sequential_bet(&w->sequential.b, x / (n * null.mean) - 1, &clock);
	sequential_follow(&w->sequential, gain, &measure, judge->now);
	watch_measure(w, &measure, judge->now, judge->tick_s);
	if (w->is_open)
		watch_return(w, -sequential_gain(&null, watch_residue(w, judge->plan->min_fault_share), n, x), judge->tick_s);
	judge_conclude(judge, s, parent, evidence);
}

/* "Twice the usual share is open" against "besides, a residue of the fault is". */
static double return_gain(double open, double residue, const struct measure *m)
{
	double usual = fmin(fmax(2 * open, OPEN_LEAST), 0.5);
	double faulty = residue + (1 - residue) * usual;

	return m->failed * log(usual / faulty) + (m->requests - m->failed) * log((1 - usual) / (1 - faulty));
}

static void judge_missing(struct judge *judge, struct stream *s, const struct stream *parent, const struct counts *counts, uint32_t sent)
{
	struct watch *w = &s->watch[EVIDENCE_MISSING];
	struct survival survival = { .checkpoints = s->checkpoints };
	double gain[SEQUENTIAL_GRID], wide[SEQUENTIAL_GRID], open;
	const struct sequential_clock clock = { .now = judge->now, .tick_s = judge->tick_s };
	struct measure measure = { .requests = sent, .failed = counts->pending[s->judge] };

	if (!stream_is_ready(judge, s) || judge->lost > LOSS_MOST)
		return;
	if (!baseline_survival(&s->baseline, baseline_of(parent), &survival)) {
		if (w->is_open)
			watch_reset(w);
		return;
	}
	survival_lose(&survival, LOSS_FACTOR * judge->lost);
	open = survival_open(&survival, s->judge);
	measure.requests = fmax(measure.requests, measure.failed);
	measure.expected = measure.requests * open;
	survival_gains(&survival, counts, &survival_margin_alarm, judge->tick_s, gain);
	survival_gains(&survival, counts, &survival_margin_page, judge->tick_s, wide);
	sequential_add(&w->sequential.r, gain, &survival_cap, &clock);
	sequential_add(&w->sequential.b, wide, &survival_cap, &clock);
	sequential_follow(&w->sequential, gain, &measure, judge->now);
	watch_measure(w, &measure, judge->now, judge->tick_s);
	if (w->is_open && measure.requests > 0)
		watch_return(w, return_gain(open, watch_residue(w, judge->plan->min_fault_share), &measure), judge->tick_s);
	judge_conclude(judge, s, parent, EVIDENCE_MISSING);
	if (!w->is_open)
		s->judge = survival_judge(&survival);
}

static unsigned int open_watches(const struct stream *s)
{
	unsigned int open = 0;

	for (unsigned int e = 0; e < EVIDENCE_JUDGED; e++)
		open |= (unsigned int)s->watch[e].is_open << e;
	return open;
}

unsigned int judge_stream(struct judge *judge, struct stream *s, const struct stream *parent, const struct counts *counts, uint32_t sent)
{
	unsigned int before = open_watches(s);
	bool has_risk = sent > 0;

	for (unsigned int j = 0; j < s->checkpoints; j++)
		has_risk = has_risk || counts->at_risk[j] > 0;
	if (counts->answers > 0) {
		judge_answers(judge, s, parent, EVIDENCE_NETWORK, counts);
		judge_answers(judge, s, parent, EVIDENCE_USER, counts);
	}
	if (has_risk)
		judge_missing(judge, s, parent, counts, sent);
	return open_watches(s) & ~before;
}
