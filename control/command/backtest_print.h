/* SPDX-License-Identifier: BSD-3-Clause */
/* The tables at the end of `backtest`: what other settings, and other rules, would have done. For people, or as lines of JSON. */
#ifndef SIGCANARY_COMMAND_BACKTEST_PRINT_H
#define SIGCANARY_COMMAND_BACKTEST_PRINT_H

#include <stdio.h>

#include "config/plan.h"
#include "control/command/backtest_rules.h"
#include "control/command/backtest_tale.h"
#include "control/command/command.h"

/* What is compared: sigcanary as configured, with other settings (NULL: none), and the rules (NULL: not asked for). */
struct comparison {
	const struct options *options;
	const struct plan *plan;
	const struct plan *other_plan;
	const struct tale *tale;
	const struct tale *other;
	const struct rules *rules;
	const struct truth *truth;
	nanos tick;
	nanos span; /* of the input */
};

/* The settings that differ, with both values. */
void comparison_write_settings(const struct comparison *c, FILE *out);

/* A row per contestant: pages, what they found and when, what they missed, false pages per day. */
void comparison_write_table(const struct comparison *c, FILE *out);

/* The same as one object: {"comparison":[...],"settings":[...]}. */
void comparison_write_json(const struct comparison *c, FILE *out);

#endif
