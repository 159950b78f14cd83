/* SPDX-License-Identifier: BSD-3-Clause */
/* Two plans key by key: what a reload changes, and what it cannot change. Pure functions of plans and the schema. */
#ifndef SIGCANARY_CONFIG_COMPARE_H
#define SIGCANARY_CONFIG_COMPARE_H

#include <stdbool.h>
#include <stdio.h>

#include "config/plan.h"

/*
 * A line for each key of that kind (reloadable or not) whose value differs: "  detection.minor: 1000 became 500". Values that may be
 * addresses are not shown, lists only by what was added and removed. Returns how many keys that were.
 */
size_t plan_differences(const struct plan *before, const struct plan *after, bool is_reloadable, FILE *out);

/* Gives `to` the values that `from` has of the keys that are not reloadable. `from` must live as long as `to`. */
void plan_keep(struct plan *to, const struct plan *from);

#endif
