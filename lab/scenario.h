/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Named stories as data, for packets and for ticks: phases, events, and what must be said about them. The tables hold real times; a run of
 * packets that is shorter than the story presses it:
 *
 *   the first minute after the onset keeps its length, but is at most a tenth of what follows the onset;
 *   then each milestone (real time, share of what follows the onset) is where it says, and in between time is a straight line.
 *
 * Deadlines are real: what must be said within N s of a moment must be said within N s of it in a pressed run too, unless the moment
 * N s later is pressed to less; but a minute is always granted (scenario_deadline()).
 */
#ifndef SIGCANARY_LAB_SCENARIO_H
#define SIGCANARY_LAB_SCENARIO_H

#include "lab/lab.h"

struct lab_milestone {
	double real_s, share;
};

struct lab_scenario {
	const char *name, *words;
	double real_s; /* length of the story from its onset */
	uint32_t world;
	const struct lab_milestone *milestones;
	size_t milestone_count;
	const struct lab_fault *phases;
	size_t phase_count;
	const struct lab_event *events;
	size_t event_count;
	const struct lab_expectation *expectations;
	size_t expectation_count;
	bool presses_phones; /* how long owners take to switch a phone off and on is pressed as well */
};

/* A count and so many rows; the tables in the order of --help, the last row of the last is "fault", which has nothing of its own. */
struct lab_shelf {
	const struct lab_scenario *rows;
	size_t count;
};

extern const struct lab_shelf scenarios_history, scenarios_nodes, scenarios_quiet;

/* Scenario by number, from 0; NULL behind the last. */
const struct lab_scenario *scenario_at(size_t index);

/* By name; NULL when there is none. */
const struct lab_scenario *scenario_find(const char *name);

/* The strongest demand of its expectations. */
enum lab_demand scenario_demand(const struct lab_scenario *s);

/* "silent", "ticket", "page", "operations". */
const char *scenario_demand_name(enum lab_demand demand);

/* Seconds from the start of the capture of a real moment `real_s` after the onset. */
double scenario_time(const struct lab_scenario *s, const struct lab_options *o, double real_s);

/* Seconds that are granted to say what the expectation asks for, in a run of these options. */
double scenario_deadline(const struct lab_scenario *s, const struct lab_options *o, const struct lab_expectation *e);

/* Fills in times and faults of the options; false and a sentence when they make no sense. */
bool scenario_apply(struct lab_options *o, char error[LAB_ERROR_MAX]);

#endif
