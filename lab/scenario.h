/* SPDX-License-Identifier: BSD-3-Clause */
/* Named stories: each adds its faults to the options. */
#ifndef SIGCANARY_LAB_SCENARIO_H
#define SIGCANARY_LAB_SCENARIO_H

#include "lab/lab.h"

struct lab_scenario {
	const char *name, *words;
	/* Adds its faults at the front; the times of the options are filled in. Returns how many. */
	size_t (*faults)(const struct lab_options *o, struct lab_fault *ret);
};

/* Ends with a row without name. */
extern const struct lab_scenario lab_scenarios[];

/* Fills in times and faults of the options; false and a sentence when they make no sense. */
bool scenario_apply(struct lab_options *o, char error[LAB_ERROR_MAX]);

#endif
