/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See lag.h. Frames have a clock of their own: that of a capture being played, of a card, or of the machine. So no difference to it says
 * anything by itself; what says something is by how much it is larger than it was when nothing waited. Clocks drift apart by less than
 * DRIFT, by which the least difference is let grow. A step of the clock of frames begins anew.
 */
#include "control/command/lag.h"

#include <math.h>

#include "dataplane/frame.h"

#define DRIFT 1e-4

/* By the time that is judged. */
static double judged_lag(struct lag *l, const struct lag_sight *s)
{
	double difference = s->seconds - nanos_to_s(s->judged);
	bool has_stepped = l->judged == 0 || s->judged < l->judged || s->judged - l->judged > FRAME_CLOCK_JUMP;

	if (s->judged == 0)
		return 0;
	l->least = has_stepped ? difference : fmin(l->least + DRIFT * (s->seconds - l->seen_s), difference);
	l->judged = s->judged;
	return difference - l->least;
}

/* By a worker that seals no pages, though time goes on also where no frame comes. */
static double worker_lag(struct lag_worker *w, unsigned int pages, const struct lag_sight *s)
{
	if (pages == 0 || pages != w->pages)
		w->sealed_s = s->seconds;
	w->pages = pages;
	return fmax(s->seconds - w->sealed_s - nanos_to_s(s->tick), 0);
}

double lag_see(struct lag *l, const struct lag_sight *s)
{
	double most = judged_lag(l, s);

	for (unsigned int i = 0; s->pages != NULL && i < s->worker_count; i++)
		most = fmax(most, worker_lag(&l->workers[i], s->pages[i], s));
	l->seen_s = s->seconds;
	return most;
}
