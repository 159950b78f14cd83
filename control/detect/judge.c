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
/* After a restart that remembers what is usual: until the requests that were open at it have passed all checkpoints. */
#define AWAKE_S 8.0
/* More than any share. */
#define NO_PAGE 2.0
/* Of what is expected: more that is allowed for the mix says nothing of how unevenly failures come. */
#define SURPLUS_ORDINARY 0.1
/* What has failed from its beginning, when it may page. */
#define BROKEN_SHARE   0.33
#define BROKEN_FAILED  100.0
#define ADVISORY_TICKS 10 /* or so many long ticks */
#define WARM_UP_TICKS  8  /* at least */
/* A longer pause, or one of more long ticks, is no traffic. */
#define PAUSE_MOST_S 60.0
#define PAUSE_TICKS  10
/* The part by which a precision changes before it is taken up. */
#define PRECISION_STEP 0.02
/* What the return of answers is tested against is at least so many open requests. */
#define OPEN_LEAST 1e-3

/* How a stream's weight is divided. */
static const double kind_part[EVIDENCE_JUDGED] = { [EVIDENCE_NETWORK] = 0.4, [EVIDENCE_USER] = 0.2, [EVIDENCE_MISSING] = 0.4 };
/* How long a fault must have lasted before it pages. */
#define HOLD_S      6.0
#define HOLD_HARD_S 3.8

/*
 * A fault of five seconds fails answers in six ticks of a second, and would seem to have lasted six. Ticks longer than the hold are left
 * as they are: a moment is little of their requests.
 */
static double doubt_of(double tick_s)
{
	return tick_s < HOLD_S ? fmax(tick_s - nanos_to_s(TALLY_TICK_DEFAULT), 0) : 0;
}

struct watch_rules judge_rules(const struct judge *judge, const struct stream *s, enum evidence evidence)
{
	double weight = s->weight * kind_part[evidence];

	return (struct watch_rules){
		.tick_s = judge->tick_s,
		.advisory = judge->plan->advisory_interval_s / weight,
		.page = judge->plan->page_interval_s / weight,
		.min_share = judge->plan->min_fault_share,
		.min_failed = judge->plan->min_failed,
		.hold_s = HOLD_S,
		.hold_hard_s = HOLD_HARD_S,
		.doubt_s = doubt_of(judge->tick_s),
	};
}

bool judge_taints(const struct judge *judge, const struct stream *s)
{
	for (int e = 0; e < EVIDENCE_JUDGED; e++) {
		const struct watch *w = &s->watch[e];

		if (w->is_page || (w->is_open && (double)(judge->now - w->opened) * judge->tick_s <
							 fmax(ADVISORY_TAINTS_S, ADVISORY_TICKS * judge->tick_s)))
			return true;
	}
	return false;
}

static bool stream_is_ready(const struct judge *judge, const struct stream *s)
{
	double warm_up = fmax(nanos_to_s(judge->plan->warm_up), WARM_UP_TICKS * judge->tick_s);

	if (judge->awake_s < fmin(warm_up, AWAKE_S))
		return false;
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
static void judge_conclude(const struct judge *judge, struct stream *s, enum evidence evidence)
{
	struct watch_rules rules = judge_rules(judge, s, evidence);

	if (evidence != EVIDENCE_MISSING && s->is_fresh)
		rules.min_share = NO_PAGE;
	if (evidence != EVIDENCE_MISSING && baseline_is_broken(&s->baseline, evidence) && !s->watch[evidence].is_page) {
		rules.min_share = is_whole_registration(s) ? BROKEN_SHARE : NO_PAGE;
		rules.min_failed = fmax(rules.min_failed, BROKEN_FAILED);
	}
	watch_judge(&s->watch[evidence], &rules, judge->now);
}

void judge_void(const struct judge *judge, const struct stream *s, struct counts *counts, uint32_t *sent)
{
	const nanos *ages = survival_ages(judge->plan);

	if (judge->silence.after_s <= 0)
		return;
	for (unsigned int j = 0; j < TALLY_CHECKPOINTS; j++) {
		if (!silence_was_within(&judge->silence, nanos_to_s(ages[j])))
			continue;
		counts->at_risk[j] = counts->pending[j] = 0;
		if (j == s->judge)
			*sent = 0;
	}
}

void judge_calm(struct judge *judge)
{
	judge->silence = (struct silence){ 0 };
	judge->silent_s = judge->lost = 0;
}

void judge_see(struct judge *judge, const struct tally *tally)
{
	double seen = judge->tick_s;

	silence_see(&judge->silence, tally, judge->tick_s);
	if (!silence_is_broken(tally)) {
		judge->silent_s += judge->tick_s;
		return;
	}
	if (judge->awake_s > 0 && judge->silent_s <= fmax(PAUSE_MOST_S, PAUSE_TICKS * judge->tick_s))
		seen += judge->silent_s;
	judge->silent_s = 0;
	judge->seen_s += seen;
	judge->awake_s += seen;
}

bool judge_is_young(const struct judge *judge)
{
	return judge->seen_s < YOUNG_S;
}

/* Whether the stream shows how unevenly healthy failures come: everything but pages does, or the estimate would lose its own tail. */
static bool is_ordinary(const struct stream *s, const struct stream *parent, enum evidence evidence)
{
	if (s->watch[evidence].is_page || (parent != NULL && parent->watch[evidence].is_page))
		return false;
	return !baseline_is_broken(&s->baseline, evidence) && !s->is_fresh;
}

/* The precision moves a little with every tick; what is kept with a law is made anew when that matters, and when the baseline has learned.
 */
static void law_renew(struct sequential_law *law, double mean, double precision)
{
	if (law->null.mean > mean || law->null.mean < mean || fabs(precision - law->null.precision) > PRECISION_STEP * law->null.precision)
		sequential_law_make(law, &(struct sequential_null){ .mean = mean, .precision = precision });
}

/* In steps of a fiftieth, upwards: the mix is another one in every tick, and what is kept with a law is costly to make. */
static double worst_of_mix(double worst, double surplus, enum evidence evidence, bool is_young)
{
	if (surplus <= PRECISION_STEP * worst)
		return worst;
	worst = baseline_worst_with(worst, surplus, evidence, is_young);
	return fmin(exp(ceil(log(worst) / PRECISION_STEP) * PRECISION_STEP), worst * (1 + PRECISION_STEP));
}

static void judge_answers(struct judge *judge, struct stream *s, const struct stream *parent, enum evidence evidence,
			  const struct counts *counts)
{
	struct dispersion *dispersion = &judge->dispersion[s->key.dimension][evidence];
	struct watch *w = &s->watch[evidence];
	const bool is_young = judge_is_young(judge);
	const struct mix_view mix = mix_view(judge->mix, s, evidence, counts, judge->tick_s);
	const uint32_t n = counts_requests(counts, evidence) - mix.fresh_answers, x = counts->failed[evidence] - mix.fresh_failed;
	struct measure measure = { .requests = n, .failed = x };
	double expected, worst, odds[SEQUENTIAL_GRID];

	if (!baseline_ratio(&s->baseline, baseline_of(parent), (enum dimension)s->key.dimension, evidence, is_young, &expected, &worst)) {
		if (w->is_open)
			watch_reset(w);
		return;
	}
	if (n == 0)
		return;
	measure.expected = fmin(n * expected + mix.surplus, n);
	worst = worst_of_mix(worst, mix.surplus / n, evidence, is_young);
	if (is_ordinary(s, parent, evidence) && mix.surplus <= SURPLUS_ORDINARY * measure.expected)
		dispersion_see(dispersion, &s->stretch[evidence], &measure, judge->now, judge->tick_s);
	if (!stream_is_ready(judge, s))
		return;
	law_renew(&s->law[evidence], worst, dispersion_precision(dispersion, worst));
	sequential_odds(&s->law[evidence], n, x, odds);
	sequential_add(w->sequential.r, odds, judge->tick_s);
	sequential_bet(w->sequential.b, x / (n * worst) - 1, judge->tick_s);
	sequential_follow(&w->sequential, odds, &measure, judge->now);
	watch_measure(w, &measure, judge->now, judge->tick_s);
	if (w->is_open)
		watch_return(w, -sequential_gain(&s->law[evidence].null, watch_residue(w, judge->plan->min_fault_share), n, x),
			     judge->tick_s);
	judge_conclude(judge, s, evidence);
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
	double odds[SURVIVAL_KEYS][SEQUENTIAL_GRID], open;
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
	survival_odds(&survival, &s->first, counts, judge->tick_s, odds);
	sequential_add(w->sequential.r, odds[SURVIVAL_ALARM], judge->tick_s);
	sequential_add(w->sequential.b, odds[SURVIVAL_PAGE], judge->tick_s);
	sequential_follow(&w->sequential, odds[SURVIVAL_ALARM], &measure, judge->now);
	watch_measure(w, &measure, judge->now, judge->tick_s);
	if (w->is_open && measure.requests > 0)
		watch_return(w, return_gain(open, watch_residue(w, judge->plan->min_fault_share), &measure), judge->tick_s);
	judge_conclude(judge, s, EVIDENCE_MISSING);
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
	if (judge->plan->judges_timeouts && counts_requests(counts, EVIDENCE_MISSING) > 0)
		judge_answers(judge, s, parent, EVIDENCE_MISSING, counts);
	else if (has_risk)
		judge_missing(judge, s, parent, counts, sent);
	return open_watches(s) & ~before;
}

void judge_fade(struct judge *judge, double seconds)
{
	for (int dimension = 0; dimension < DIMENSION_COUNT; dimension++)
		for (int kind = 0; kind < BASELINE_ANSWER_KINDS; kind++)
			dispersion_decay(&judge->dispersion[dimension][kind], seconds);
}

void judge_usual(const struct judge *judge, struct stream *s, const struct stream *parent, struct stream_usual *ret)
{
	struct survival survival = { .checkpoints = s->checkpoints };
	bool is_known = baseline_survival(&s->baseline, baseline_of(parent), &survival);

	*ret = (struct stream_usual){ .refused = baseline_share(&s->baseline, baseline_of(parent), (enum dimension)s->key.dimension,
								EVIDENCE_NETWORK, judge_is_young(judge)) };
	/* Whoever has timed out is not open at the later ages, and was not answered either. */
	for (unsigned int j = 0; j < TALLY_CHECKPOINTS; j++)
		ret->open[j] = is_known ? survival_open(&survival, j < s->checkpoints ? j : s->checkpoints - 1) : -1;
	for (int e = 0; e < EVIDENCE_JUDGED; e++) {
		const struct watch *w = &s->watch[e];

		ret->evidence = fmax(ret->evidence, log10(fmax(sequential_mean(w->sequential.r), 1)));
		ret->is_suspicious = ret->is_suspicious || w->is_open;
		ret->is_page = ret->is_page || w->is_page;
	}
}
