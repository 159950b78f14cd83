/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Recovery, see recovery.h and DETECTION 3.9.
 *
 * "Restoring" is a sequential test (Shiryaev-Roberts) of what is left of the fault, 90, 70, 40 or 10 %, against all of it; its threshold
 * of 1e4 seconds between errors needs no tuning. The likelihoods are tempered, because retries of one phone are not independent. The
 * reference leaves out the last seconds, or a repair would be learned as the fault. A place is found by what fails, so that it looks
 * worse in the requests that it was found by than in those that come after: until there are enough of these, a recovery must not be one
 * that the requests of everybody, wherever the place is, speak against. What is good is judged in runs: every few seconds
 * must be within the baseline's noise, and all of the run together must rule out that a quarter of the fault is still there.
 * Per second of packet time and open incident, on the control thread. It does not know why requests stay away: incident.c does.
 */
#include "control/incident/recovery.h"

#include <math.h>
#include <string.h>

#include "control/incident/forecast.h"
#include "control/incident/mixture.h"

#define SURE              1e4
#define TEMPER            0.7
#define REFERENCE_FADES_S 120.0
#define REFERENCE_DELAY_S 15
#define WINDOW_S          5
#define WINDOW_LONGEST_S  60
#define WINDOW_REQUESTS   50
#define GOOD_REQUESTS     10
#define GOOD_LONGEST_S    30
#define CLEAR_NATS        5.0
#define HISTORY_STEP_S    10
#define SETTLING_S        30
#define YOUNG_SHARE       0.75
#define DEVIATIONS        2.0
#define MOVING_LONGEST_S  30
#define CHANGED_NATS      5.0

static const double step_left[RECOVERY_STEPS] = { 0.9, 0.7, 0.4, 0.1 };

void recovery_start(struct recovery *r, nanos onset, nanos now)
{
	/* The bins are the first. */
	memset((char *)r + sizeof(r->bins), 0, sizeof(*r) - sizeof(r->bins));
	r->from = onset / NANOS_PER_S;
	r->judged = now / NANOS_PER_S - RECOVERY_LAG;
	r->history_second = r->judged;
	r->settled = r->judged + SETTLING_S;
}

void recovery_recall(struct recovery *r, const struct recovery *was)
{
	r->reference = was->reference;
	memcpy(r->reference_rat, was->reference_rat, sizeof(r->reference_rat));
	memcpy(r->reference_segment, was->reference_segment, sizeof(r->reference_segment));
	r->reference_everybody = was->reference_everybody;
	r->peak = was->peak;
	r->settled = r->judged;
	r->is_sure = was->is_sure;
	r->sure_since = was->is_sure ? r->judged : 0;
	r->percent = was->percent;
	r->best_percent = was->best_percent;
}

void recovery_recount(struct recovery *r)
{
	memset(r->bins, 0, sizeof(r->bins));
	memset(r->reference_rat, 0, sizeof(r->reference_rat));
	memset(r->reference_segment, 0, sizeof(r->reference_segment));
}

void recovery_count(struct recovery *r, const struct recovery_request *request, int by)
{
	int64_t second = request->time / NANOS_PER_S;
	struct recovery_bin *bin = &r->bins[(uint64_t)second % RECOVERY_SECONDS];

	if (bin->second > second)
		return; /* older than what is kept */
	if (bin->second < second) {
		memset(bin, 0, sizeof(*bin));
		bin->second = second;
	}
	bin->everybody.requests += by;
	bin->everybody.failed += request->is_failed ? by : 0;
	bin->everybody.expected += by * request->expected;
	if (!request->is_here)
		return;
	bin->rat[request->rat].requests += by;
	bin->rat[request->rat].failed += request->is_failed ? by : 0;
	bin->rat[request->rat].expected += by * request->expected;
	bin->volume += request->is_volume ? by : 0;
	for (uint64_t left = request->segments; left != 0; left &= left - 1) {
		struct recovery_part *part = &bin->segment[__builtin_ctzll(left)];

		part->requests += (float)by;
		part->failed += request->is_failed ? (float)by : 0;
		part->expected += (float)(by * request->expected);
	}
}

static void sum_add(struct recovery_sum *sum, struct recovery_sum more)
{
	sum->requests += more.requests;
	sum->failed += more.failed;
	sum->expected += more.expected;
}

static struct recovery_sum part_sum(const struct recovery_part *part)
{
	return (struct recovery_sum){ (double)part->requests, (double)part->failed, (double)part->expected };
}

static struct recovery_sum bin_sum(const struct recovery *r, int64_t second)
{
	const struct recovery_bin *bin = &r->bins[(uint64_t)second % RECOVERY_SECONDS];
	struct recovery_sum sum = { 0 };

	for (int i = 0; bin->second == second && i < RAT_COUNT; i++)
		sum_add(&sum, bin->rat[i]);
	return sum;
}

static double sum_excess(const struct recovery_sum *sum)
{
	double left = sum->requests - sum->expected;

	return left > 0 && sum->failed > sum->expected ? fmin(1, (sum->failed - sum->expected) / left) : 0;
}

/* The last seconds before and with `second`: at least WINDOW_S, longer until there are `least` requests. */
static struct recovery_sum window_sum(const struct recovery *r, int64_t second, double least, int64_t longest)
{
	struct recovery_sum sum = { 0 };

	for (int64_t i = 0; i < longest && second - i >= r->from; i++) {
		if (i >= WINDOW_S && sum.requests >= least)
			break;
		sum_add(&sum, bin_sum(r, second - i));
	}
	return sum;
}

/* Of the seconds before it was sure, and of those that the place was found by, none is the present. */
static int64_t present_longest(const struct recovery *r)
{
	int64_t since = r->is_sure ? r->judged - r->sure_since + WINDOW_S : WINDOW_LONGEST_S;

	if (!r->is_sure && r->judged <= r->settled)
		since = r->judged - (r->settled - SETTLING_S);
	return since < 1 ? 1 : since < WINDOW_LONGEST_S ? since : WINDOW_LONGEST_S;
}

void recovery_reference(struct recovery *r, const struct recovery_sum *here, const struct recovery_sum *everybody)
{
	r->reference = *here;
	r->reference_everybody = *everybody;
	r->peak = sum_excess(here);
	r->settled = r->judged + RECOVERY_LAG + SETTLING_S;
	r->is_chosen = true;
}

static void reference_fade(struct recovery_sum *to, struct recovery_sum with)
{
	double keep = 1 - 1 / REFERENCE_FADES_S;

	to->requests = to->requests * keep + with.requests;
	to->failed = to->failed * keep + with.failed;
	to->expected = to->expected * keep + with.expected;
}

static void reference_learn(struct recovery *r, int64_t second)
{
	const struct recovery_bin *bin = &r->bins[(uint64_t)second % RECOVERY_SECONDS];

	if (second < r->from || bin->second != second)
		return;
	reference_fade(&r->reference, bin_sum(r, second));
	reference_fade(&r->reference_everybody, bin->everybody);
	for (int i = 0; i < RAT_COUNT; i++)
		reference_fade(&r->reference_rat[i], bin->rat[i]);
	for (int i = 0; i < PLAN_SEGMENTS_MAX; i++)
		reference_fade(&r->reference_segment[i], part_sum(&bin->segment[i]));
	if (r->reference.requests >= WINDOW_REQUESTS)
		r->peak = sum_excess(&r->reference);
}

/* Leaves the first seconds out, in which it was found: the reference is made of those after it was located. */
static void reference_settle(struct recovery *r, int64_t second)
{
	struct recovery_sum seen = window_sum(r, second, INFINITY, SETTLING_S);

	if (seen.requests < WINDOW_REQUESTS)
		return;
	r->reference = seen;
	r->peak = sum_excess(&seen);
	r->is_chosen = false;
	memset(r->steps, 0, sizeof(r->steps));
}

static double steps_mean(const struct recovery *r)
{
	double sum = 0;

	for (int i = 0; i < RECOVERY_STEPS; i++)
		sum += r->steps[i];
	return sum / RECOVERY_STEPS;
}

bool recovery_is_moving(const struct recovery *r)
{
	return r->is_sure || steps_mean(r) >= 10;
}

/*
 * What the fault takes at least. Its onset and its place are where most fails, so that its first seconds look worse than it is: what they
 * show is taken for less until it has been seen for a while.
 */
static double fault_least(const struct recovery *r)
{
	double n = r->reference.requests + 1;
	double share = fmin(0.99, (r->reference.failed + 0.5) / n);
	double least = share - DEVIATIONS * sqrt(share * (1 - share) / n);

	return fmax(share / 4, r->judged < r->settled ? YOUNG_SHARE * least : least);
}

/*
 * Whether the requests of everybody, wherever the place is, speak against what it shows: in none of the last seconds, however many are
 * taken together, do they say that so much of the fault is gone, though they should. Of a fault of few of them little is asked.
 */
static bool everybody_objects(const struct recovery *r, int64_t second)
{
	double was = (r->reference_everybody.failed + 0.5) / (r->reference_everybody.requests + 1);
	struct recovery_sum now = { 0 };

	if (!r->is_chosen)
		return false;
	for (int64_t i = 0; i < WINDOW_LONGEST_S && second - i > r->settled - SETTLING_S; i++) {
		const struct recovery_bin *bin = &r->bins[(uint64_t)(second - i) % RECOVERY_SECONDS];
		double base, left, nats, due;

		if (bin->second == second - i)
			sum_add(&now, bin->everybody);
		if (i + 1 < WINDOW_S || now.requests <= 0)
			continue;
		base = fmax(now.expected / now.requests, 1e-4);
		if (was <= base)
			return false;
		left = base + (was - base) * (1 - r->percent / 100);
		nats = binomial_log(now.requests, now.failed, left) - binomial_log(now.requests, now.failed, was);
		due = binomial_log(now.requests, now.requests * left, left) - binomial_log(now.requests, now.requests * left, was);
		if (TEMPER * nats >= fmin(CHANGED_NATS, TEMPER * due / 2))
			return false;
	}
	return true;
}

static void steps_take(struct recovery *r, const struct recovery_sum *now)
{
	double base = now->requests > 0 ? now->expected / now->requests : 0;
	double fault = fault_least(r);

	if (now->requests <= 0 || r->reference.requests <= 0)
		return;
	for (int i = 0; i < RECOVERY_STEPS; i++) {
		double left = fmax(fmin(base, fault), fault * step_left[i]);
		double nats = binomial_log(now->requests, now->failed, left) - binomial_log(now->requests, now->failed, fault);

		r->steps[i] = fmin(1e12, (r->steps[i] + 1) * exp(TEMPER * nats));
	}
}

/* How much better "all is normal" explains the sum than "a quarter of the fault is still there". */
static double sum_clear_nats(const struct recovery *r, const struct recovery_sum *sum)
{
	double base;
	double quarter;

	if (sum->requests <= 0)
		return 0;
	base = fmax(sum->expected / sum->requests, 1e-3);
	quarter = base + fmax(0.25 * r->peak, 0.005) * (1 - base);
	return binomial_log(sum->requests, sum->failed, base) - binomial_log(sum->requests, sum->failed, quarter);
}

/* Within the noise of the baseline. */
static bool sum_is_usual(const struct recovery_sum *sum)
{
	return sum->failed <= sum->expected + 2.5 * sqrt(sum->expected) + 1;
}

/* A few seconds are good when they are within the noise of the baseline, or nearer to it than to a quarter of the fault. */
static bool sum_is_good(const struct recovery *r, const struct recovery_sum *sum)
{
	return sum_is_usual(sum) || sum_clear_nats(r, sum) > 0;
}

bool recovery_is_clear(const struct recovery *r)
{
	return r->good_since && sum_clear_nats(r, &r->good) > CLEAR_NATS;
}

int64_t recovery_calm_since(const struct recovery *r)
{
	int64_t second = r->good_since;

	while (second < r->judged) {
		struct recovery_sum bin = bin_sum(r, second);

		if (bin.failed <= bin.expected + 1)
			break;
		second++;
	}
	return second;
}

static void good_take(struct recovery *r, int64_t second)
{
	struct recovery_sum window = window_sum(r, second, GOOD_REQUESTS, GOOD_LONGEST_S);

	if (!r->is_sure || !sum_is_good(r, &window)) {
		r->good_since = 0;
		return;
	}
	if (window.requests <= 0)
		return;
	if (r->good_since) {
		sum_add(&r->good, bin_sum(r, second));
		if (r->good.failed > r->good.expected + 4 * sqrt(r->good.expected) + 4)
			r->good_since = 0;
		return;
	}
	/* The run began when this window did, or later: after the last second that was not good. */
	memset(&r->good, 0, sizeof(r->good));
	r->good_since = second;
	for (int64_t i = second; i > second - WINDOW_S && i >= r->from; i--) {
		struct recovery_sum bin = bin_sum(r, i);

		if (bin.failed > bin.expected + 1)
			break;
		sum_add(&r->good, bin);
		r->good_since = i;
	}
}

/* A fault that comes back within the hold: the last seconds are worse than the best seen, beyond chance. */
static void wave_look(struct recovery *r, int64_t second)
{
	struct recovery_sum window = window_sum(r, second, GOOD_REQUESTS, GOOD_LONGEST_S);
	double best = r->peak * (1 - r->best_percent / 100);
	double usual = window.expected + best * (window.requests - window.expected);

	if (r->best_percent < 30 || sum_excess(&window) < best + 0.3 * r->peak)
		return;
	if (window.failed < usual + 4 * sqrt(usual + 1))
		return;
	r->has_returned = true;
	r->is_sure = false;
	r->good_since = 0;
	r->percent = r->best_percent = 0;
	r->settled = second + SETTLING_S;
	memset(r->steps, 0, sizeof(r->steps));
}

static void history_take(struct recovery *r, int64_t second)
{
	if (second < r->history_second + HISTORY_STEP_S)
		return;
	r->history_second = second;
	if (r->history_count == RECOVERY_HISTORY) {
		memmove(r->history, r->history + 1, (RECOVERY_HISTORY - 1) * sizeof(r->history[0]));
		r->history_count--;
	}
	r->history[r->history_count++] = recovery_share(r);
}

static void second_judge(struct recovery *r, int64_t second)
{
	struct recovery_sum now = bin_sum(r, second);

	r->judged = second;
	if (r->peak > 0)
		r->percent = 100 * fmax(0, fmin(1, 1 - recovery_share(r) / r->peak));
	if (!r->is_sure) {
		r->moving_since = !recovery_is_moving(r) ? 0 : r->moving_since ? r->moving_since : second;
		if (r->is_chosen && second >= r->settled && (!r->moving_since || everybody_objects(r, second)))
			reference_settle(r, second);
		/* What looks like a recovery and does not become sure is how the fault is. */
		if (!r->moving_since || second - r->moving_since >= MOVING_LONGEST_S)
			reference_learn(r, second - REFERENCE_DELAY_S);
		steps_take(r, &now);
	}
	if (!r->is_sure && steps_mean(r) >= SURE && r->percent >= 10 && !everybody_objects(r, second)) {
		r->is_sure = true;
		r->sure_since = second;
		r->history_count = 0;
	}
	if (r->is_sure) {
		wave_look(r, second);
		r->best_percent = fmax(r->best_percent, r->percent);
		history_take(r, second);
	}
	if (!r->is_sure)
		r->percent = 0;
	good_take(r, second);
}

bool recovery_judge(struct recovery *r, nanos now)
{
	int64_t last = now / NANOS_PER_S - RECOVERY_LAG;
	bool is_any = last > r->judged;

	r->has_returned = false;
	if (last > r->judged + RECOVERY_SECONDS)
		r->judged = last - RECOVERY_SECONDS; /* a gap in the capture: what lies in it is gone */
	while (r->judged < last)
		second_judge(r, r->judged + 1);
	return is_any;
}

double recovery_share(const struct recovery *r)
{
	struct recovery_sum sum = window_sum(r, r->judged, WINDOW_REQUESTS, present_longest(r));

	return sum_excess(&sum);
}

/* What the fault took of a part of the requests (of that radio access, or else of that segment), against what it takes of the last of them.
 */
static double part_percent(const struct recovery *r, const struct recovery_sum *was, enum rat rat, unsigned int segment)
{
	int64_t longest = present_longest(r);
	struct recovery_sum now = { 0 };

	for (int64_t i = 0; i < longest && (i < WINDOW_S || now.requests < WINDOW_REQUESTS); i++) {
		const struct recovery_bin *bin = &r->bins[(uint64_t)(r->judged - i) % RECOVERY_SECONDS];

		if (bin->second == r->judged - i)
			sum_add(&now, segment < PLAN_SEGMENTS_MAX ? part_sum(&bin->segment[segment]) : bin->rat[rat]);
	}
	if (was->requests < 20 || was->failed - was->expected < 10 || now.requests < 10)
		return -1;
	if (sum_is_usual(&now))
		return 100;
	return 100 * fmax(0, 1 - sum_excess(&now) / sum_excess(was));
}

double recovery_percent_of(const struct recovery *r, enum rat rat)
{
	return part_percent(r, &r->reference_rat[rat], rat, PLAN_SEGMENTS_MAX);
}

double recovery_percent_of_segment(const struct recovery *r, unsigned int segment)
{
	return part_percent(r, &r->reference_segment[segment], RAT_NONE, segment);
}

/* At most the seconds since the onset: those before it were not counted. */
static int64_t seconds_known(const struct recovery *r, int64_t seconds)
{
	int64_t known = r->judged - r->from;

	return known < 1 ? 1 : known < seconds ? known : seconds;
}

double recovery_rate(const struct recovery *r, int64_t seconds)
{
	int64_t known = seconds_known(r, seconds);
	double requests = 0;

	for (int64_t i = 0; i < known && i < RECOVERY_SECONDS; i++) {
		const struct recovery_bin *bin = &r->bins[(uint64_t)(r->judged - i) % RECOVERY_SECONDS];

		requests += bin->second == r->judged - i ? bin->volume : 0;
	}
	return requests / (double)known;
}

double recovery_failing_rate(const struct recovery *r, int64_t seconds)
{
	int64_t known = seconds_known(r, seconds);
	struct recovery_sum sum = { 0 };

	for (int64_t i = 0; i < known && i < RECOVERY_SECONDS; i++)
		sum_add(&sum, bin_sum(r, r->judged - i));
	return fmax(0, sum.failed - sum.expected) / (double)known;
}

bool recovery_forecast(const struct recovery *r, double *ret_low_s, double *ret_high_s)
{
	if (!r->is_sure || r->percent < 10 || r->percent > 95)
		return false;
	return forecast_make(r->history, r->history_count, HISTORY_STEP_S, 0.05 * r->peak, ret_low_s, ret_high_s);
}
