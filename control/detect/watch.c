/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From two statistics to a state. Owned by control, called by detect.c for every tick with evidence.
 *
 * A watch opens (advisory) when R passes its threshold. It pages when R and B pass theirs, the fault is large enough, and the
 * fault has lasted some seconds and is still there: this very tick has failures beyond expectation, and the test of the
 * return has not spoken for health meanwhile. So neither a failover of three seconds pages, nor one of five that
 * fails a part, nor a burst after which a slow
 * stream falls silent, however far they carried R and B, which come down slowly. A page stays one until the watch closes. It closes when a
 * sequential test says with odds of 10,000 that failures are as before rather than at a third of the peak and the smoothed share agrees,
 * or, if it never paged, with odds of 100, or when R has sunk well below its threshold. Without traffic it stays as it is: silence is not
 * recovery.
 */
#include "control/detect/watch.h"

#include <math.h>
#include <string.h>

#define RETURN_ODDS 1e4
/* Most that one second may say for the return, in nats. */
#define RETURN_CAP_PER_S 3.0
/* The part of the peak that the return is tested against, and the smoothed share that must be reached. */
#define RESIDUE_OF_PEAK 0.35
#define RETURN_OF_PEAK  0.05
/* Smoothed requests from which a share may become the peak, and which the return needs. */
#define PEAK_REQUESTS 4.0
/* e^8 beyond the page's threshold R is certain; then B may still be e^-7 below it. */
#define CERTAIN 2981.0
#define NEARLY  9.12e-4
/* e^-3 below its threshold an advisory is over. */
#define FADED 0.05
/* From this share on a fault is hard, and waits less before it pages: failovers fail a part of the requests. */
#define HARD_SHARE 0.5
/* Nats for health since the last failures from which a fault that has not paged is taken to be gone; two healthy ticks reach it. */
#define CALM_BEGUN 1.0
/* e^4.6 is 100: an advisory is over that has begun to look like health by these odds. */
#define CALM_OVER 4.6

void watch_reset(struct watch *w)
{
	memset(w, 0, sizeof(*w));
}

double measure_share(const struct measure *m)
{
	double rest = m->requests - m->expected;

	if (rest <= 0)
		return 0;
	return fmin(fmax((m->failed - m->expected) / rest, 0), 1);
}

static void measure_add(struct measure *sum, const struct measure *m, double kept)
{
	sum->requests = sum->requests * kept + m->requests;
	sum->failed = sum->failed * kept + m->failed;
	sum->expected = sum->expected * kept + m->expected;
}

void watch_measure(struct watch *w, const struct measure *measure, int64_t now, double tick_s)
{
	double kept = exp(-(double)(now - w->smoothed) * tick_s / WATCH_SMOOTH_S);

	measure_add(&w->smooth, measure, kept);
	w->smoothed = now;
	w->heard = now;
	if (!w->is_open)
		return;
	w->is_failing = measure->failed > measure->expected;
	measure_add(&w->since, measure, 1);
	if (w->smooth.requests >= PEAK_REQUESTS)
		w->peak = fmax(w->peak, measure_share(&w->smooth));
}

double watch_residue(const struct watch *w, double min_share)
{
	return fmin(fmax(RESIDUE_OF_PEAK * w->peak, min_share), 0.9);
}

void watch_return(struct watch *w, double gain, double tick_s)
{
	double limited = fmin(gain, RETURN_CAP_PER_S * tick_s);

	w->back = fmin((w->back + tick_s) * exp(limited), SEQUENTIAL_CEILING);
	w->calm = fmax(w->calm + limited, 0);
	if (w->calm >= CALM_BEGUN)
		w->lasting = w->heard;
}

static void watch_open(struct watch *w, int64_t now)
{
	const struct sequential_run *run = sequential_plausible(&w->sequential);

	w->is_open = true;
	w->opened = now;
	w->lasting = run->odds > 1 ? run->since - 1 : now;
	w->back = w->calm = 0;
}

/* Until it pages the onset may still be found better. The smoothed share restarts there, or it would lag behind a sudden fault. */
static void watch_date(struct watch *w)
{
	const struct sequential_run *run = sequential_plausible(&w->sequential);

	if (run->odds <= 1)
		return;
	if (run->since != w->onset || w->since.requests == 0) {
		w->smooth = run->measure;
		w->peak = run->measure.requests >= PEAK_REQUESTS ? measure_share(&run->measure) : 0;
	}
	w->onset = run->since;
	w->since = run->measure;
}

/*
 * Both keys, or the first turned much further and the second nearly: B is slow by nature. What it guards against, a wrong dispersion, may
 * carry R that far, but left B more than e^8 below the threshold in all simulated time (docs/decisions/0011).
 */
static bool watch_keys_are_turned(const struct watch *w, const struct watch_rules *rules)
{
	double r = sequential_mean(w->sequential.r);
	double b = sequential_mean(w->sequential.b);

	return (r >= rules->page && b >= rules->page) || (r >= CERTAIN * rules->page && b >= NEARLY * rules->page);
}

static bool watch_page_is_due(const struct watch *w, const struct watch_rules *rules, int64_t now)
{
	double age_s = (double)(now - w->lasting) * rules->tick_s;
	double hold_s = measure_share(&w->since) >= HARD_SHARE ? rules->hold_hard_s : rules->hold_s;

	return age_s - rules->doubt_s >= hold_s - 1e-9 && w->is_failing && watch_keys_are_turned(w, rules) &&
	       measure_share(&w->since) >= rules->min_share && w->since.failed - w->since.expected >= rules->min_failed;
}

static bool watch_has_returned(const struct watch *w, const struct watch_rules *rules)
{
	return w->back >= RETURN_ODDS && w->smooth.requests >= PEAK_REQUESTS / 2 &&
	       measure_share(&w->smooth) <= fmax(rules->min_share, RETURN_OF_PEAK * w->peak);
}

void watch_judge(struct watch *w, const struct watch_rules *rules, int64_t now)
{
	double r = sequential_mean(w->sequential.r);

	if (!w->is_open && r >= rules->advisory)
		watch_open(w, now);
	if (!w->is_open)
		return;
	if (watch_has_returned(w, rules) || (!w->is_page && (r < FADED * rules->advisory || w->calm >= CALM_OVER))) {
		struct measure smooth = w->smooth;

		watch_reset(w);
		w->smooth = smooth;
		w->smoothed = w->heard = now;
		return;
	}
	if (w->is_page)
		return;
	watch_date(w);
	w->is_page = watch_page_is_due(w, rules, now);
}
