/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Habits of a stream that are judged once per bin, see extra.h: repeated attempts, answers after the time-out, slow answers. Each has its
 * part of the extra's budget for false alarms. Called by beyond.c on control's thread.
 */
#include "control/detect/extra.h"

#include <math.h>

/* Slow answers page when 95 % of answers take longer than this, and so many times longer than they used to. */
#define SLOW_PAGE_S      1.0
#define SLOW_PAGE_RATIO  5.0
#define SLOW_PAGE_SHARE  0.2
#define SLOW_PAGE_HOLD_S 30.0
/* Attempts per first attempt that are healthy, times the usual. */
#define REPEATS_RATIO 1.5

void extra_judge_repeats(struct extra *e, const struct extra_turn *turn)
{
	struct watch_rules rules = extra_rules(turn, EXTRA_KIND_PART * e->weight);
	double share = habit_share(&e->repeats, &habit_repeats);
	struct habit_bin bin = { .odd = e->bin.repeats, .of = e->bin.answers + e->bin.timeouts };

	bin.odd = fmin(bin.odd, bin.of);
	bin.worst = fmin(1 - (1 - share) / REPEATS_RATIO, EXTRA_REPEATS_MOST);
	habit_judge(&e->repeats, &habit_repeats, &turn->bins, &rules, &bin);
}

void extra_judge_late(struct extra *e, const struct extra_turn *turn)
{
	struct watch_rules rules = extra_rules(turn, EXTRA_KIND_PART * e->weight);
	struct habit_bin bin = { .odd = e->bin.late, .of = e->bin.answers + e->bin.late };

	habit_judge(&e->late, &habit_late, &turn->bins, &rules, &bin);
}

void extra_judge_slow(struct extra *e, const struct extra_turn *turn)
{
	struct watch_rules rules = extra_rules(turn, EXTRA_KIND_PART * e->weight);
	const struct procedure_row *row = procedure_row(e->key.procedure);
	struct habit_rules habit = habit_slow;
	struct habit_bin bin = { 0 };
	double usual, recent;

	if (e->key.procedure == PROCEDURE_REGISTRATION)
		return; /* its procedures differ, and so would it with their mix */
	latency_hear(&e->latency, e->bin.latency, turn->bins.seconds, e->slow.lookout.watch.is_open);
	if (e->latency.slow_from == TALLY_LATENCY_BINS)
		return;
	latency_count(&e->latency, e->bin.latency, &bin.odd, &bin.of);
	usual = latency_usual_s(&e->latency);
	recent = latency_recent_s(&e->latency);
	if (row != NULL && row->weight >= 2 && latency_is_sure(&e->latency) && recent > SLOW_PAGE_S && recent > SLOW_PAGE_RATIO * usual) {
		habit.page_share = SLOW_PAGE_SHARE;
		habit.hold_s = SLOW_PAGE_HOLD_S;
	}
	habit_judge(&e->slow, &habit, &turn->bins, &rules, &bin);
}
