/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Baselines. Owned by control, called by detect.c.
 *
 * Delayed commit: what is heard waits for 90 s (in the first minutes a third of the stream's age, so that something is known after 20 s)
 * and is dropped when the stream or its parent was suspicious or held meanwhile; numerator and denominator together. The gate is the
 * raised state, never the raw statistic: that would cut the estimator's own tail off and starve it.
 *
 * A stream's share is its own decayed count, shrunk towards its parent's (or a built-in prior) with a weight of some requests. A stream
 * whose own data contradict the parent by more than three standard deviations is believed: a roaming partner whose subscribers are all
 * refused is healthy. The worst healthy mean adds a relative allowance, three standard errors and a little; where it comes near one
 * nothing can be told from this stream. The parent's `level` follows the day within [0.75, 1.35], and `season` the hour (season.c). Who
 * fails from its beginning for reasons of the network is not believed beyond a tenth until a quarter of an hour has been learned.
 *
 * Dispersion is learned per dimension from sums over all its streams, over ticks and from one stretch of 5 s to the next, whichever is
 * more uneven: R takes ticks for independent, and a cause that lasts for some of them would be counted as often. Its standard error is
 * added, up to the prior of alpha + beta = 20, so little data means a wide law.
 * How alike the streams of a dimension are is measured by kinship.c, who is in the traffic by mix.c.
 */
#include "control/detect/baseline.h"

#include <math.h>
#include <string.h>

#include "control/detect/season.h"

#define MEMORY_S     (3 * 86400.0)
#define DELAY_MOST_S 90.0
#define DELAY_OF_AGE (1.0 / 3)
#define DELAY_TICKS  3 /* at least, of long ticks */
/* Lessons per delay: a lesson grows for this part of the delay, so that at most seven wait. */
#define LESSONS_PER_DELAY 4
/* Own requests before anything is said. */
#define KNOWN_LEAST          10.0
#define STANDARD_ERRORS      3.0
#define STANDARD_ERRORS_OPEN 1.0
/* A worst healthy mean from which no fault can be told. */
#define WORST_MOST 0.8
/* Standard deviations from which a stream is believed against its parent. */
#define CONTRADICTION   3.0
#define LEVEL_FOLLOWS_S 1200.0
#define LEVEL_REVERTS_S 7200.0
#define LEVEL_LEAST     0.75
#define LEVEL_MOST      1.35
/* Quiet seconds of learning until a stream's own failures for reasons of the network are believed beyond this share. */
#define LESSON_MOST_S 120.0 /* a pause teaches no more */
#define BIRTH_S       900.0
#define BIRTH_MOST    0.1
/* While the mix moves the past fades so fast, but not below so many answers. */
#define MOVING_MEMORY_S 300.0
#define MOVING_KEPT     200.0
/* Failures by which the ratio that moves the level is calmed. */
#define LEVEL_CALM        5.0
#define PRECISION_PRIOR   20.0
#define PRECISION_LEAST   5.0
#define PRECISION_MOST    5000.0
#define DISPERSION_FACTOR 1.5
/* Causes that make ticks stray together are taken to last some seconds; slower ones are the level's. */
#define STRETCH_S 5.0
/* Two stretches are compared when the load is not four times the other. */
#define STRETCH_ALIKE 0.25

struct prior {
	double mean;
	double strength; /* in requests */
};

struct estimate {
	double mean;
	double error;
};

/* Before anything is known of a procedure. */
static const struct prior prior_ratio[BASELINE_ANSWER_KINDS] = {
	[EVIDENCE_NETWORK] = { 0.004, 100 },
	[EVIDENCE_USER] = { 0.05, 30 },
	[EVIDENCE_MISSING] = { 0.005, 100 },
};
static const struct prior prior_stay[TALLY_CHECKPOINTS] = { { 0.3, 5 }, { 0.6, 5 }, { 0.7, 5 }, { 0.7, 5 },
							    { 0.8, 5 }, { 0.9, 5 }, { 0.95, 5 } };

/* How alike the streams of a dimension are: requests that the parent's share is worth. Hash buckets differ by chance only. */
#define TIMEOUT_KINSHIP 200
static const double kinship[DIMENSION_COUNT][2] = {
	[DIMENSION_ALL] = { 100, 30 },           [DIMENSION_SEGMENT] = { 300, 100 },      [DIMENSION_IMSI_PREFIX] = { 200, 30 },
	[DIMENSION_IMSI_BUCKET] = { 1000, 300 }, [DIMENSION_IMSI_ENDING] = { 1000, 300 }, [DIMENSION_SERVER] = { 200, 30 },
	[DIMENSION_CLIENT] = { 200, 30 },        [DIMENSION_ROUTE] = { 200, 30 },         [DIMENSION_PLMN] = { 8, 8 },
	[DIMENSION_RAT] = { 200, 30 },           [DIMENSION_DIRECTION] = { 200, 30 },     [DIMENSION_NAMED] = { 200, 30 },
};
#define KINSHIP_STAY 200.0

static const struct {
	double relative;
	double absolute;
} allowance[BASELINE_ANSWER_KINDS] = {
	[EVIDENCE_NETWORK] = { 0.5, 2e-4 },
	[EVIDENCE_USER] = { 0.25, 1e-3 },
	[EVIDENCE_MISSING] = { 0.5, 5e-4 },
};

void baseline_start(struct baseline *b, int64_t now)
{
	memset(b, 0, sizeof(*b));
	b->born = now;
	b->learned = now;
	b->tainted = now - 1;
	for (int kind = 0; kind < BASELINE_ANSWER_KINDS; kind++)
		b->level[kind] = b->season[kind] = 1;
}

double baseline_age_s(const struct baseline *b, int64_t now, double tick_s)
{
	return (double)(now - b->born) * tick_s;
}

static struct estimate shrink(double failed, double requests, struct prior prior)
{
	double expected = requests * prior.mean;
	double variance = expected * (1 - prior.mean) * (1 + requests / (prior.strength + 1));
	double strength = prior.strength;
	struct estimate e;

	if (requests > 0) {
		double surprise = fabs(failed - expected) / sqrt(fmax(variance, 1e-9));

		if (surprise > CONTRADICTION)
			strength = fmin(strength * 4 / (surprise * surprise), requests);
	}
	e.mean = (failed + strength * prior.mean) / (requests + strength);
	e.error = sqrt(e.mean * (1 - e.mean) / (requests + strength));
	return e;
}

static struct estimate ratio_of(const struct baseline *b, struct prior prior, enum evidence kind)
{
	return shrink(b->failed[kind], b->answers[kind], prior);
}

static uint32_t version_of(const struct baseline *parent)
{
	return parent == NULL ? 0 : parent->version;
}

/* What this hour makes of the mean share. */
static double hour_of(const struct baseline *b, const struct baseline *parent, int kind)
{
	const struct baseline *whole = parent == NULL ? b : parent;

	return whole->level[kind] * whole->season[kind];
}

/*
 * Networks refuse for their own reasons now and then, not mostly: who begins like that is broken until it has been so for long, and is
 * measured against the most that is believed. Subscribers may be refused by habit.
 */
static double believed(const struct baseline *b, enum evidence evidence, double mean, bool *ret_is_broken)
{
	*ret_is_broken = evidence == EVIDENCE_NETWORK && b->learned_s < BIRTH_S && mean > BIRTH_MOST;
	return *ret_is_broken ? BIRTH_MOST : mean;
}

double baseline_kinship(enum dimension dimension, enum evidence evidence)
{
	return evidence == EVIDENCE_MISSING ? TIMEOUT_KINSHIP : kinship[dimension][evidence];
}

bool baseline_is_broken(const struct baseline *b, enum evidence evidence)
{
	return b->answer[evidence].is_made && b->answer[evidence].is_broken;
}

static void answer_make(const struct baseline *b, const struct baseline *parent, enum dimension dimension, enum evidence evidence,
			struct baseline_answer *a)
{
	struct prior prior = prior_ratio[evidence];
	double level = hour_of(b, parent, (int)evidence);
	struct estimate e;

	if (parent != NULL) {
		prior.mean = believed(parent, evidence, ratio_of(parent, prior, evidence).mean, &a->is_broken);
		prior.strength = b->kinship[evidence] > 0 ? (double)b->kinship[evidence] : baseline_kinship(dimension, evidence);
	}
	e = ratio_of(b, prior, evidence);
	e.mean = believed(b, evidence, e.mean, &a->is_broken);
	a->worst = e.mean * level * (1 + allowance[evidence].relative * (a->is_young ? 2 : 1)) + STANDARD_ERRORS * e.error +
		   allowance[evidence].absolute;
	a->expected = e.mean * level;
	a->is_known = a->worst <= WORST_MOST;
}

/* The answer of now: made anew when one of the two has learned since. */
static const struct baseline_answer *answer_of(struct baseline *b, const struct baseline *parent, enum dimension dimension,
					       enum evidence evidence, bool is_young)
{
	struct baseline_answer *a = &b->answer[evidence];

	if (!a->is_made || a->own != b->version || a->parent != version_of(parent) || a->is_young != is_young) {
		*a = (struct baseline_answer){ .own = b->version, .parent = version_of(parent), .is_young = is_young, .is_made = true };
		answer_make(b, parent, dimension, evidence, a);
	}
	return a;
}

bool baseline_ratio(struct baseline *b, const struct baseline *parent, enum dimension dimension, enum evidence evidence, bool is_young,
		    double *ret_expected, double *ret_worst)
{
	const struct baseline_answer *a;

	if (b->answers[evidence] < KNOWN_LEAST)
		return false;
	a = answer_of(b, parent, dimension, evidence, is_young);
	if (!a->is_known)
		return false;
	*ret_expected = a->expected;
	*ret_worst = a->worst;
	return true;
}

double baseline_share(struct baseline *b, const struct baseline *parent, enum dimension dimension, enum evidence evidence, bool is_young)
{
	return answer_of(b, parent, dimension, evidence, is_young)->expected;
}

double baseline_worst_with(double worst, double surplus, enum evidence evidence, bool is_young)
{
	return fmin(worst + surplus * (1 + allowance[evidence].relative * (is_young ? 2 : 1)), WORST_MOST);
}

static void stay_make(const struct baseline *b, const struct baseline *parent, struct baseline_stay *made)
{
	struct survival s = { .checkpoints = made->checkpoints };

	for (unsigned int j = 0; j < s.checkpoints; j++) {
		struct prior prior = prior_stay[j];
		struct estimate e;

		if (parent != NULL) {
			prior.mean = shrink(parent->pending[j], parent->at_risk[j], prior).mean;
			prior.strength = KINSHIP_STAY;
		}
		e = shrink(b->pending[j], b->at_risk[j], prior);
		s.stay[j] = fmin(e.mean + STANDARD_ERRORS_OPEN * e.error, 0.5 + 0.5 * e.mean);
	}
	made->is_known = survival_open(&s, s.checkpoints - 1) <= WORST_MOST;
	memcpy(made->stay, s.stay, sizeof(made->stay));
}

bool baseline_survival(struct baseline *b, const struct baseline *parent, struct survival *ret_survival)
{
	struct baseline_stay *made = &b->stay;
	unsigned int checkpoints = ret_survival->checkpoints;

	if (checkpoints == 0 || b->at_risk[0] < KNOWN_LEAST)
		return false;
	if (!made->is_made || made->own != b->version || made->parent != version_of(parent) || made->checkpoints != checkpoints) {
		*made = (struct baseline_stay){
			.own = b->version, .parent = version_of(parent), .checkpoints = (uint8_t)checkpoints, .is_made = true
		};
		stay_make(b, parent, made);
	}
	if (made->is_known)
		memcpy(ret_survival->stay, made->stay, sizeof(made->stay));
	return made->is_known;
}

/* The level of today and the season, from a lesson of the whole procedure. */
static void level_follow(struct baseline *b, const struct counts *counts, enum evidence kind, double seconds,
			 const struct baseline_turn *turn)
{
	double requests = counts_requests(counts, kind), mean = ratio_of(b, prior_ratio[kind], kind).mean;
	double expected = requests * mean * b->level[kind] * b->season[kind];
	double ratio = (counts->failed[kind] + LEVEL_CALM) / (expected + LEVEL_CALM);
	double level = b->level[kind] * (1 + (fmin(fmax(ratio, 0.5), 2) - 1) * seconds / LEVEL_FOLLOWS_S);

	level = 1 + (level - 1) * exp(-seconds / LEVEL_REVERTS_S);
	b->level[kind] = fmin(fmax(level, LEVEL_LEAST), LEVEL_MOST);
	if (turn->season != NULL)
		season_share_learn(turn->season, (int)kind, counts->failed[kind], requests * mean, turn->clock);
}

void baseline_season(struct baseline *b, const struct season_share *season, const struct season_clock *clock)
{
	for (int kind = 0; kind < BASELINE_ANSWER_KINDS; kind++)
		b->season[kind] = season_share_of(season, kind, ratio_of(b, prior_ratio[kind], (enum evidence)kind).mean, clock);
	b->version++;
}

/* What is left of sums of that many answers after some seconds. */
static double kept_of(double answers, double seconds, bool is_moving)
{
	return exp(-seconds / (is_moving && answers > MOVING_KEPT ? MOVING_MEMORY_S : MEMORY_S));
}

static void baseline_commit(struct baseline *b, const struct baseline *parent, const struct lesson *lesson,
			    const struct baseline_turn *turn)
{
	double since = fmax((double)(lesson->last - b->learned) * turn->tick_s, 0);
	double lasted = (double)(lesson->last - lesson->first + 1) * turn->tick_s;
	double kept = kept_of(0, since, false);

	for (int kind = 0; kind < BASELINE_ANSWER_KINDS; kind++) {
		double kept_answers = kept_of(b->answers[kind], since, turn->is_moving);
		double hour = hour_of(b, parent, kind);

		if (parent == NULL && b->answers[kind] >= KNOWN_LEAST)
			level_follow(b, &lesson->counts, (enum evidence)kind, lasted, turn);
		b->answers[kind] = b->answers[kind] * kept_answers + counts_requests(&lesson->counts, (unsigned int)kind) * hour;
		b->failed[kind] = b->failed[kind] * kept_answers + lesson->counts.failed[kind];
	}
	for (int j = 0; j < TALLY_CHECKPOINTS; j++) {
		b->at_risk[j] = b->at_risk[j] * kept + lesson->counts.at_risk[j];
		b->pending[j] = b->pending[j] * kept + lesson->counts.pending[j];
	}
	b->learned = lesson->last;
	b->learned_s += fmin(since, LESSON_MOST_S);
	b->version++;
}

static double delay_s(const struct baseline *b, int64_t now, double tick_s)
{
	return fmin(fmax(DELAY_MOST_S, DELAY_TICKS * tick_s), DELAY_OF_AGE * baseline_age_s(b, now, tick_s));
}

static void counts_add(struct counts *sum, const struct counts *counts)
{
	sum->answers += counts->answers;
	for (int kind = 0; kind < BASELINE_ANSWER_KINDS; kind++)
		sum->failed[kind] += counts->failed[kind];
	for (int j = 0; j < TALLY_CHECKPOINTS; j++) {
		sum->at_risk[j] += counts->at_risk[j];
		sum->pending[j] += counts->pending[j];
	}
}

static void lesson_leave(struct baseline *b, const struct baseline *parent, const struct baseline_turn *turn)
{
	const struct lesson *lesson = &b->lessons[b->oldest];

	if (lesson->first > b->tainted && (parent == NULL || lesson->first > parent->tainted))
		baseline_commit(b, parent, lesson, turn);
	b->oldest = (uint8_t)((b->oldest + 1) % BASELINE_LESSONS);
	b->lesson_count--;
}

void baseline_hear(struct baseline *b, const struct baseline *parent, const struct counts *counts, const struct baseline_turn *turn)
{
	double delay = delay_s(b, turn->now, turn->tick_s);
	struct lesson *newest = &b->lessons[(b->oldest + b->lesson_count + BASELINE_LESSONS - 1) % BASELINE_LESSONS];

	while (b->lesson_count > 0 && (double)(turn->now - b->lessons[b->oldest].last) * turn->tick_s > delay)
		lesson_leave(b, parent, turn);
	if (b->lesson_count == 0 || (double)(turn->now - newest->first) * turn->tick_s > delay / LESSONS_PER_DELAY) {
		if (b->lesson_count == BASELINE_LESSONS)
			lesson_leave(b, parent, turn);
		newest = &b->lessons[(b->oldest + b->lesson_count) % BASELINE_LESSONS];
		*newest = (struct lesson){ .first = turn->now };
		b->lesson_count++;
	}
	newest->last = turn->now;
	counts_add(&newest->counts, counts);
}

void baseline_taint(struct baseline *b, int64_t now)
{
	b->tainted = now;
	b->lesson_count = 0;
}

static void unevenness_see(struct unevenness *u, const struct measure *m)
{
	double off = m->failed - m->expected, square = m->expected * m->expected;

	u->beyond_binomial += off * off - m->expected * (1 - m->expected / m->requests);
	u->square += square;
	u->doubt += 2 * square + m->expected;
}

/* Two stretches that follow each other have twice the variance of one. */
static void unevenness_compare(struct unevenness *u, const struct measure *m, const struct measure *before, double ticks)
{
	double ratio = m->expected / before->expected, off = m->failed - ratio * before->failed;
	double square = m->expected * m->expected, binomial = m->expected * (1 - m->expected / m->requests) * (1 + ratio);

	u->beyond_binomial += ticks * (off * off - binomial) / 2;
	u->square += square;
	u->doubt += ticks * ticks * (2 * square + m->expected);
}

static void stretch_end(struct unevenness *u, struct stretch *s, int64_t number)
{
	double ratio = s->before.expected > 0 ? s->sum.expected / s->before.expected : 0;

	if (ratio > STRETCH_ALIKE && ratio < 1 / STRETCH_ALIKE)
		unevenness_compare(u, &s->sum, &s->before, s->ticks);
	s->before = number == s->number + 1 ? s->sum : (struct measure){ 0 };
	s->sum = (struct measure){ 0 };
	s->ticks = 0;
	s->number = number;
}

void dispersion_see(struct dispersion *d, struct stretch *stretch, const struct measure *measure, int64_t now, double tick_s)
{
	int64_t number = (int64_t)((double)now * tick_s / STRETCH_S);

	unevenness_see(&d->tick, measure);
	if (number != stretch->number)
		stretch_end(&d->stretch, stretch, number);
	stretch->sum.requests += measure->requests;
	stretch->sum.failed += measure->failed;
	stretch->sum.expected += measure->expected;
	stretch->ticks++;
}

static void unevenness_decay(struct unevenness *u, double kept)
{
	u->beyond_binomial *= kept;
	u->square *= kept;
	u->doubt *= kept;
}

void dispersion_decay(struct dispersion *d, double seconds)
{
	double kept = exp(-seconds / MEMORY_S);

	unevenness_decay(&d->tick, kept);
	unevenness_decay(&d->stretch, kept);
}

/* The relative variance that a tick has beyond a binomial law, with its standard error: at most the prior's while little is known. */
static double relative_variance(const struct unevenness *u, double prior)
{
	double seen, error;

	if (u->square <= 0)
		return prior;
	seen = fmax(u->beyond_binomial / u->square, 0);
	error = sqrt(u->doubt) / u->square;
	return fmin(seen + error, fmax(prior, seen));
}

double dispersion_precision(const struct dispersion *d, double mean)
{
	double prior = (1 - mean) / (DISPERSION_FACTOR * mean * (PRECISION_PRIOR + 1));
	double relative = fmax(fmax(relative_variance(&d->tick, prior), relative_variance(&d->stretch, prior)), 1e-9);

	return fmin(fmax((1 - mean) / (DISPERSION_FACTOR * relative * mean) - 1, PRECISION_LEAST), PRECISION_MOST);
}
