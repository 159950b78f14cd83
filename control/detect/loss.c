/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loss of packets: a steady one by its smoothed share, a sudden one sooner, because it has to be known before the first answers are missed,
 * and until the last requests whose answers it took have been judged. Owned by control, called by detect.c.
 */
#include "control/detect/loss.h"

#include <math.h>

#define SMOOTH_S 5.0
#define SUDDEN_S 0.5
#define KEPT_S   8.0

static void sum_add(struct loss_sum *s, const struct tally *tally, double kept)
{
	double lost = (double)tally->dropped + (double)tally->sctp_missing;

	s->lost = s->lost * kept + lost;
	s->packets = s->packets * kept + (double)tally->packets + lost;
}

/* The share that is lost at least, by two standard deviations: a single packet that overtakes others is no sudden loss. */
static double sum_least(const struct loss_sum *s)
{
	return s->lost > 0 ? fmax(0, s->lost - 2 * sqrt(s->lost)) / s->packets : 0;
}

double loss_see(struct loss *l, const struct tally *tally, double tick_s)
{
	double usual;

	sum_add(&l->usual, tally, exp(-tick_s / SMOOTH_S));
	sum_add(&l->sudden, tally, exp(-tick_s / SUDDEN_S));
	usual = l->usual.packets > 0 ? l->usual.lost / l->usual.packets : 0;
	l->share = fmax(fmax(usual, sum_least(&l->sudden)), l->share * exp(-tick_s / KEPT_S));
	return l->share;
}
