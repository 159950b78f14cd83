/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See gauge.h and recovery.h, which does the same with single requests. The detector's shares are smoothed over ten seconds already and
 * its "has returned" is a sequential test, so that nothing is tested here again; what is added is patience. Called by finding.c.
 */
#include "control/incident/gauge.h"

#include <math.h>
#include <string.h>

#include "control/incident/forecast.h"

#define SMOOTH_S      3.0
#define SLOW_S        30.0
#define MOVED         0.88 /* less than this is left: it moves */
#define MOVED_HALF    0.5
#define PATIENCE      (20 * NANOS_PER_S)
#define PATIENCE_HALF (4 * NANOS_PER_S)
#define WAVE          0.3
#define STEP          (10 * NANOS_PER_S)

void gauge_begin(struct gauge *g, nanos now)
{
	memset(g, 0, sizeof(*g));
	g->began = now;
	g->best = 1;
	g->history_at = now;
}

static void history_take(struct gauge *g, nanos now, nanos tick)
{
	g->history_step = tick > STEP ? tick : STEP;
	if (now < g->history_at + g->history_step)
		return;
	g->history_at = now;
	if (g->history_count == GAUGE_HISTORY) {
		memmove(g->history, g->history + 1, (GAUGE_HISTORY - 1) * sizeof(g->history[0]));
		g->history_count--;
	}
	g->history[g->history_count++] = g->left;
}

static double smooth(double before, double now, nanos tick, double seconds)
{
	return now + (before - now) * exp(-nanos_to_s(tick) / seconds);
}

void gauge_take(struct gauge *g, const struct gauge_reading *reading, nanos now, nanos tick)
{
	double left = fmin(2, fmax(0, reading->left));
	double percent;

	if (g->reference <= 0)
		g->left = g->slow = left;
	g->left = smooth(g->left, left, tick, SMOOTH_S);
	g->slow = smooth(g->slow, left, tick, SLOW_S);
	if (!g->moving_since)
		g->reference = fmax(g->reference, g->slow);
	percent = gauge_percent(g);
	if (percent < 100 * (1 - MOVED)) {
		g->moving_since = 0;
		g->history_count = 0;
	} else if (!g->moving_since)
		g->moving_since = now;
	if (!reading->good_at)
		g->good_since = 0;
	else if (!g->good_since)
		g->good_since = reading->good_at > g->began ? reading->good_at : g->began;
	g->best = fmin(g->best, 1 - percent / 100);
	history_take(g, now, tick);
}

double gauge_percent(const struct gauge *g)
{
	return g->reference > 0 ? 100 * fmax(0, fmin(1, 1 - g->left / g->reference)) : 0;
}

bool gauge_is_moving(const struct gauge *g, nanos now, nanos tick)
{
	nanos patience = gauge_percent(g) >= 100 * (1 - MOVED_HALF) ? PATIENCE_HALF : PATIENCE;

	return g->moving_since && now - g->moving_since >= patience && now - g->moving_since >= tick;
}

bool gauge_has_returned(struct gauge *g, nanos now)
{
	double left = 1 - gauge_percent(g) / 100;

	if (g->best > 1 - WAVE || left < g->best + WAVE)
		return false;
	g->waves++;
	g->last_wave = now;
	g->best = 1;
	g->moving_since = 0;
	g->good_since = 0;
	g->history_count = 0;
	return true;
}

bool gauge_forecast(const struct gauge *g, double *ret_low_s, double *ret_high_s)
{
	double percent = gauge_percent(g);

	if (percent < 10 || percent > 95)
		return false;
	return forecast_make(g->history, g->history_count, nanos_to_s(g->history_step), 0.05 * g->reference, ret_low_s, ret_high_s);
}
