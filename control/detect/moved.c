/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Traffic that moved, see moved.h. Owned by control, called by volume.c once per bin.
 *
 * With E the siblings' expected requests of a bin, X the sum of what they have beyond it, and D of what the part lacks,
 *   D (2 X - D) / 2 V  nats,   V = sum E + u sum E^2 + w (sum E)^2 (1 + t / 75 s)
 * speak for "moved": the log-likelihood ratio of two normal laws. u is how uneven bins are, w how far the siblings wander from their level
 * within about a minute, and they wander on with the time t since the fall. So siblings that are many times as large as the part, or
 * restless, tell nothing of it, and after some minutes nobody knows any more. A surplus that is far beyond what is missing is growth
 * and tells nothing either. As siblings may take some seconds to take over, nothing is lost before these are past, and then only by
 * what came after them.
 */
#include "control/detect/moved.h"

#include <math.h>
#include <string.h>

#define SURE 4.6 /* nats */
/* A surplus beyond so many times what is missing is of another origin. */
#define GROWTH  1.5
#define KNOWN_S 45.0 /* siblings are, from then on */
/* Sums fade, of short bins and of long ones. */
#define FADE_S    30.0
#define FADE_BINS 3.0
#define WANDER_S  75.0
/* The least part of the wandering that is not due to uneven bins. */
#define DRIFT_LEAST 0.1
#define RECENT_S    15.0 /* as flow.c smooths */

void moved_start(struct moved *m)
{
	memset(m, 0, sizeof(*m));
	flow_start(&m->siblings, 0);
}

/* Mean square of the siblings' wandering beyond what uneven bins leave in the smoothed flow. */
static double drift_of(const struct flow *siblings, double bin_s)
{
	double kept = exp(-bin_s / RECENT_S);

	return fmax(siblings->wander - fmax(siblings->uneven, 0) * (1 - kept) / (1 + kept), DRIFT_LEAST * siblings->wander);
}

static double nats_of(const struct moved *m, double bin_s)
{
	const struct moved_sum *s = &m->sum;
	double drift = drift_of(&m->siblings, bin_s) * (1 + m->fallen_s / (WANDER_S + bin_s));
	double variance = s->expected + fmax(m->siblings.uneven, 0) * s->square + drift * s->expected * s->expected;

	if (m->siblings.age_s < KNOWN_S || s->lacking <= 0 || s->surplus > GROWTH * s->lacking)
		return 0;
	return s->lacking * (2 * s->surplus - s->lacking) / (2 * fmax(variance, 1));
}

void moved_see(struct moved *m, const struct moved_bin *bin)
{
	const struct flow_bin flow = { .seen = bin->seen, .due = bin->due, .seconds = bin->seconds };
	double expected = flow_see(&m->siblings, &flow), before = m->fallen_s;
	double kept = exp(-bin->seconds / fmax(FADE_S, FADE_BINS * bin->seconds));

	if (!bin->is_low) {
		m->sum = (struct moved_sum){ 0 };
		m->nats = m->fallen_s = 0;
		flow_learn(&m->siblings, &flow, FLOW_PACE, true);
		return;
	}
	m->fallen_s += bin->seconds;
	if (before < MOVED_WITHIN_S && m->fallen_s >= MOVED_WITHIN_S && bin->seconds < MOVED_WITHIN_S)
		m->sum = (struct moved_sum){ 0 };
	m->sum.expected = m->sum.expected * kept + expected;
	m->sum.square = m->sum.square * kept + expected * expected;
	m->sum.surplus = m->sum.surplus * kept + bin->seen - expected;
	m->sum.lacking = m->sum.lacking * kept + bin->lacking;
	m->nats = nats_of(m, bin->seconds);
	if (m->fallen_s < MOVED_WITHIN_S)
		m->nats = fmax(m->nats, 0);
}

bool moved_is_sure(const struct moved *m)
{
	return m->nats >= SURE;
}

bool moved_is_refuted(const struct moved *m)
{
	return m->nats <= -SURE;
}
