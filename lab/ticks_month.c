/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Thirty days in which nobody may be woken: what changes in a healthy network, one thing after the other, from a cold start on.
 *
 * Data only, but for the few lines that spread it over the options. Days are real ones of a run of 30 days; a shorter run presses all times
 * by the same factor.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lab/ticks_model.h"

#define MONTH_S  (30 * 86400.0)
#define AT(d, h) (86400.0 * (d) + 3600.0 * (h))
#define LEAST_S  120.0
#define HOUR_S   3600.0

enum subject { SUBJECT_NODE, SUBJECT_PARTNER_OUT, SUBJECT_PARTNER_IN };

/* Changes that concern single requests, as faults that are none. */
static const struct month_row {
	double at_s, lasts_s;
	enum subject subject;
	enum lab_demand demand;
	bool is_announced, is_unseen;
	struct lab_fault fault;
} month_rows[] = {
	{ AT(3, 2),
	  1.5 * HOUR_S,
	  SUBJECT_NODE,
	  LAB_SILENT,
	  true,
	  false,
	  { .text = "hss=5 is away, announced", .scope = LAB_SCOPE_HSS, .number = 5, .is_drained = true } },
	{ AT(4, 8),
	  1200,
	  SUBJECT_NODE,
	  LAB_SILENT,
	  false,
	  false,
	  { .text = "a train fills mme=1 and mme=2",
	    .scope = LAB_SCOPE_MME,
	    .number = 1,
	    .last = 2,
	    .changes_volume = true,
	    .volume = 3 } },
	{ AT(7, 13),
	  1800,
	  SUBJECT_NODE,
	  LAB_OPERATIONS,
	  false,
	  true,
	  { .text = "the tap does not show half the answers of hss=7", .scope = LAB_SCOPE_HSS, .number = 7, .share = 1 } },
	{ AT(12, 2),
	  5,
	  SUBJECT_NODE,
	  LAB_SILENT,
	  false,
	  false,
	  { .text = "hss=3 leaves", .scope = LAB_SCOPE_HSS, .number = 3, .effect = LAB_EFFECT_SYSTEM_FAILURE, .share = 0.2 } },
	{ AT(12, 2),
	  HOUR_S,
	  SUBJECT_NODE,
	  LAB_SILENT,
	  false,
	  false,
	  { .text = "hss=3 is away, not announced", .scope = LAB_SCOPE_HSS, .number = 3, .is_drained = true } },
	{ AT(12, 3),
	  5,
	  SUBJECT_NODE,
	  LAB_SILENT,
	  false,
	  false,
	  { .text = "hss=3 comes back", .scope = LAB_SCOPE_HSS, .number = 3, .effect = LAB_EFFECT_SYSTEM_FAILURE, .share = 0.2 } },
	{ AT(15, 12),
	  2 * HOUR_S,
	  SUBJECT_PARTNER_OUT,
	  LAB_TICKET,
	  false,
	  false,
	  { .text = "a partner refuses 60 %",
	    .scope = LAB_SCOPE_PARTNER_OUT,
	    .procedures = LAB_SET_UPDATES,
	    .effect = LAB_EFFECT_USER_REJECTS,
	    .share = 0.6 } },
	{ AT(22, 9),
	  HOUR_S,
	  SUBJECT_PARTNER_IN,
	  LAB_TICKET,
	  false,
	  false,
	  { .text = "a partner's register is down", .scope = LAB_SCOPE_PARTNER_IN, .effect = LAB_EFFECT_SILENT, .share = 1 } },
};

/* Changes of the whole. */
#define NEW_RANGE_S    AT(6, 9)
#define EVENT_S        AT(9, 10)
#define EVENT_LASTS_S  (12 * HOUR_S)
#define LOSS_S         AT(17, 15)
#define LOSS_LASTS_S   1200
#define LOSS           0.2
#define CLOCK_S        AT(20, 1)
#define CLOCK_SHIFT_S  HOUR_S
#define HOLIDAY_KNOWN  24
#define HOLIDAY_SECRET 25
#define HOLIDAY_LOAD   0.8

static double pressed(const struct lab_ticks *l, double s)
{
	return s * fmin(1, l->options.seconds / MONTH_S);
}

static double lasting(const struct lab_ticks *l, double s)
{
	return fmax(pressed(l, s), fmin(s, LEAST_S));
}

/* The largest partner that refuses little. */
static unsigned int partner_choose(const struct lab_ticks *l, size_t count)
{
	unsigned int best = 0;

	for (unsigned int i = 1; i < count; i++) {
		bool is_fine = l->partner_rejects[i] < 0.1, best_is_fine = l->partner_rejects[best] < 0.1;

		if ((is_fine && !best_is_fine) || (is_fine == best_is_fine && l->partner_weight[i] > l->partner_weight[best]))
			best = i;
	}
	return best + 1;
}

static void maintenance_add(struct lab_ticks *l, const struct month_row *row)
{
	struct plan_maintenance *m = &l->maintenance[l->maintenance_count];
	const char **nodes = l->maintenance_nodes[l->maintenance_count++];

	nodes[0] = lab_ticks_name(l, l->family[FAMILY_HSS].name[row->fault.number - 1]);
	*m = (struct plan_maintenance){ .from = l->start + (nanos)(pressed(l, row->at_s) * 1e9) - 600 * NANOS_PER_S,
					.until = l->start + (nanos)((pressed(l, row->at_s) + lasting(l, row->lasts_s)) * 1e9) +
						 600 * NANOS_PER_S,
					.words = row->fault.text,
					.nodes = nodes };
}

static void row_add(struct lab_ticks *l, const struct month_row *row)
{
	struct lab_ticks_fault *f = &l->options.faults[l->options.fault_count];

	if (l->options.fault_count == LAB_TICKS_FAULTS_MAX || row->fault.number > l->family[FAMILY_HSS].own)
		return;
	l->options.fault_count++;
	*f = (struct lab_ticks_fault){ .fault = row->fault, .demand = row->demand, .is_unseen = row->is_unseen, .is_change = true };
	f->fault.from_s = pressed(l, row->at_s);
	f->fault.until_s = f->fault.from_s + lasting(l, row->lasts_s);
	if (row->is_unseen)
		f->only_route = 1;
	if (row->subject == SUBJECT_PARTNER_OUT)
		f->fault.number = partner_choose(l, l->partner_count);
	if (row->subject == SUBJECT_PARTNER_IN)
		f->fault.number = partner_choose(l, l->inbound_partners);
	if (row->is_announced)
		maintenance_add(l, row);
}

static void holiday_add(struct lab_ticks *l, int32_t day, bool is_known)
{
	int32_t first = (int32_t)(l->start / (86400 * NANOS_PER_S));

	l->epochs.quiet_day[l->epochs.quiet_days++] = day;
	if (is_known)
		l->holidays[l->holiday_count++] = first + day;
}

void ticks_month_fill(struct lab_ticks *l)
{
	struct ticks_epochs *e = &l->epochs;

	*e = (struct ticks_epochs){ .new_range_s = INFINITY, .clock_from_s = INFINITY, .loss_from_s = INFINITY, .event_from_s = INFINITY };
	if (!l->is_month || l->options.without_changes)
		return;
	for (size_t i = 0; i < sizeof(month_rows) / sizeof(month_rows[0]); i++)
		row_add(l, &month_rows[i]);
	e->new_range_s = pressed(l, NEW_RANGE_S);
	e->event_from_s = pressed(l, EVENT_S);
	e->event_until_s = e->event_from_s + lasting(l, EVENT_LASTS_S);
	e->loss_from_s = pressed(l, LOSS_S);
	e->loss_until_s = e->loss_from_s + lasting(l, LOSS_LASTS_S);
	e->loss = LOSS;
	e->clock_from_s = pressed(l, CLOCK_S);
	e->clock_shift_s = CLOCK_SHIFT_S;
	e->quiet_load = HOLIDAY_LOAD;
	if (l->options.seconds < AT(HOLIDAY_KNOWN, 0))
		return;
	holiday_add(l, HOLIDAY_KNOWN, true);
	holiday_add(l, HOLIDAY_SECRET, false);
}

static void change_tell(struct lab_ticks *l, const char *words, double from_s, double until_s)
{
	struct lab_ticks_truth *t = &l->truths[l->truth_count];

	if (!(from_s < l->options.seconds))
		return;
	l->truth_count++;
	*t = (struct lab_ticks_truth){ .is_change = true,
				       .scope = LAB_SCOPE_ALL,
				       .volume = 1,
				       .latency = 1,
				       .onset = l->start + (nanos)(from_s * 1e9),
				       .until = l->start + (nanos)(fmin(until_s, l->options.seconds) * 1e9) };
	snprintf(t->words, sizeof(t->words), "%s", words);
}

void ticks_month_tell(struct lab_ticks *l)
{
	const struct ticks_epochs *e = &l->epochs;

	change_tell(l, "a range that nobody had before, 30 % refused", e->new_range_s, l->options.seconds);
	change_tell(l, "a great event: 12 % more is asked, a fifth more refused", e->event_from_s, e->event_until_s);
	change_tell(l, "the tap loses a fifth of all frames", e->loss_from_s, e->loss_until_s);
	change_tell(l, "the clock of the people is changed by an hour", e->clock_from_s, e->clock_from_s + 86400);
	for (size_t i = 0; i < e->quiet_days; i++)
		change_tell(l, i == 0 ? "a holiday of the calendar" : "a holiday that the calendar does not know",
			    e->quiet_day[i] * 86400.0, (e->quiet_day[i] + 1) * 86400.0);
}
