/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How much is asked at which hour, and all that makes it uneven: slow noise of the whole, of each node and each range; failures that come
 * in gusts by register; answers that slow down together; refusals that grow a hundredth a day.
 *
 * The shape of a working day is that of signalling in public reports, 1 : 5 between night and evening. Midnight is no step: one kind of day
 * turns into the next between ten in the evening and four in the morning.
 */
#include <math.h>

#include "lab/ticks_model.h"

#define DAY_S       86400.0
#define SLOWLY      (10 * NANOS_PER_S)
#define SUNDAY_LOAD 0.82

/* Working day and Sunday by hour, mean 1 each. */
static const double hours[2][24] = {
	{ 0.62, 0.44, 0.34, 0.28, 0.27, 0.33, 0.52, 0.86, 1.17, 1.31, 1.35, 1.38,
	  1.41, 1.38, 1.34, 1.34, 1.38, 1.45, 1.44, 1.35, 1.24, 1.10, 0.94, 0.77 },
	{ 0.78, 0.61, 0.46, 0.37, 0.32, 0.31, 0.37, 0.52, 0.76, 1.02, 1.25, 1.39,
	  1.46, 1.44, 1.41, 1.41, 1.43, 1.47, 1.46, 1.38, 1.29, 1.17, 1.02, 0.87 },
};

static double hour_value(unsigned int kind, double second)
{
	double hour = second / 3600 - 0.5;
	double low = floor(hour), part = hour - low;

	return hours[kind][((int)low + 24) % 24] * (1 - part) + hours[kind][((int)low + 25) % 24] * part;
}

/* Days from the start of the run that go as Sundays do. 1970-01-01 was a Thursday. */
static bool day_is_free(const struct lab_ticks *l, int64_t day, double *ret_load)
{
	int64_t first = l->start / (86400 * NANOS_PER_S), weekday = (day + 3) % 7;

	*ret_load = SUNDAY_LOAD;
	for (size_t i = 0; i < l->epochs.quiet_days; i++) {
		if (day - first != l->epochs.quiet_day[i])
			continue;
		*ret_load = l->epochs.quiet_load;
		return true;
	}
	return weekday >= 5;
}

static double day_value(const struct lab_ticks *l, int64_t day, double second)
{
	double load;

	return day_is_free(l, day, &load) ? load * hour_value(1, second) : hour_value(0, second);
}

double ticks_season(const struct lab_ticks *l, nanos time)
{
	double at_s = nanos_to_s(time - l->start);
	double shift = at_s >= l->epochs.clock_from_s ? l->epochs.clock_shift_s : 0;
	double s = nanos_to_s(time) + shift, day = floor(s / DAY_S), second = s - day * DAY_S;
	double evening = (second - 22 * 3600) / (6 * 3600), morning = (second + 2 * 3600) / (6 * 3600);

	if (evening > 0)
		return (1 - evening) * day_value(l, (int64_t)day, second) + evening * day_value(l, (int64_t)day + 1, second);
	if (morning < 1)
		return (1 - morning) * day_value(l, (int64_t)day - 1, second) + morning * day_value(l, (int64_t)day, second);
	return day_value(l, (int64_t)day, second);
}

/* A step of an autoregressive noise of standard deviation `sd` that forgets within `tau_s`. */
static double drifted(struct lab_ticks *l, double value, double step_s, double tau_s, double sd)
{
	double kept = exp(-step_s / tau_s);

	return kept * value + sqrt(1 - kept * kept) * sd * l->options.noise * draw_normal(&l->chance);
}

static double gust(struct lab_ticks *l, double shape)
{
	double noise = l->options.noise;

	return noise > 0 ? draw_gamma(&l->chance, shape / (noise * noise)) : 1;
}

static void tables_make(struct lab_ticks *l)
{
	double weights[DRAW_VALUES_MAX];

	for (enum ticks_family f = 0; f < FAMILY_COUNT; f++) {
		struct ticks_family_nodes *n = &l->family[f];

		for (unsigned int i = 0; i < n->own; i++)
			weights[i] = n->weight[i] * exp(n->drift[i]);
		draw_table_make(&l->node_table[f], weights, n->own);
	}
	for (size_t i = 0; i < l->leaf_count; i++) {
		bool is_there = !l->leaf[i].is_new || nanos_to_s(l->now - l->start) >= l->epochs.new_range_s;

		weights[i] = is_there ? l->leaf[i].weight * exp(l->leaf[i].drift) : 0;
	}
	draw_table_make(&l->home_table, weights, l->home_leaves);
	draw_table_make(&l->inbound_table, weights + l->home_leaves, l->leaf_count - l->home_leaves);
}

static void slowly_turn(struct lab_ticks *l, double step_s)
{
	for (enum ticks_family f = 0; f < FAMILY_COUNT; f++)
		for (unsigned int i = 0; i < l->family[f].own; i++)
			l->family[f].drift[i] = drifted(l, l->family[f].drift[i], step_s, 900, 0.05);
	for (size_t i = 0; i < l->leaf_count; i++)
		l->leaf[i].drift = drifted(l, l->leaf[i].drift, step_s, 1800, 0.1);
	tables_make(l);
}

static bool is_within(double at_s, double from_s, double until_s)
{
	return at_s >= from_s && at_s < until_s;
}

/* A second's weather: the load's slow noise, gusts of failures, answers slowing down together, refusals. */
static void second_turn(struct lab_ticks *l, double step_s, double at_s)
{
	struct ticks_weather *w = &l->weather;

	w->drift = drifted(l, w->drift, step_s, 600, 0.04);
	w->slow_drift = drifted(l, w->slow_drift, step_s, 20, 0.15);
	w->slow = exp(w->slow_drift) * (1 + 0.05 * fmax(0, w->load - 1));
	w->rejects = gust(l, 20 * step_s) * (1 + 0.01 * at_s / DAY_S);
	for (unsigned int i = 0; i < TICKS_NODES_MAX; i++)
		w->failing[i] = gust(l, 3 * step_s) * sqrt(w->load);
}

void ticks_weather_turn(struct lab_ticks *l)
{
	const struct ticks_epochs *e = &l->epochs;
	struct ticks_weather *w = &l->weather;
	double at_s = nanos_to_s(l->now - l->start);
	bool is_event = is_within(at_s, e->event_from_s, e->event_until_s);

	if (l->now - w->slowly >= SLOWLY) {
		slowly_turn(l, nanos_to_s(l->now - w->slowly));
		w->slowly = l->now;
	}
	if (l->now - w->second >= NANOS_PER_S) {
		second_turn(l, nanos_to_s(l->now - w->second), at_s);
		w->second = l->now;
	}
	w->load = exp(w->drift) * (l->has_season ? ticks_season(l, l->now) : 1) * (is_event ? 1.12 : 1);
	w->rejects_now = w->rejects * (is_event ? 1.2 : 1);
	w->loss = is_within(at_s, e->loss_from_s, e->loss_until_s) ? e->loss : 0;
	w->missing = w->unseen = w->dropped = 0;
}

void ticks_weather_open(struct lab_ticks *l)
{
	double weights[DRAW_VALUES_MAX];

	l->weather = (struct ticks_weather){ .load = 1, .slow = 1, .second = l->start - NANOS_PER_S, .slowly = l->start - SLOWLY };
	for (size_t i = 0; i < l->partner_count; i++)
		weights[i] = l->partner_weight[i];
	draw_table_make(&l->outbound_table, weights, l->partner_count);
	l->now = l->start;
}
