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

/*
 * Where each segment of one plan stands in another, by name; -1: nowhere. Returns whether any stands elsewhere. And the bits of segments,
 * and one number, moved accordingly; -1 for one that is gone.
 */
struct segment_places {
	int to[PLAN_SEGMENTS_MAX];
	size_t count;
};
bool segment_places_make(const struct plan *before, const struct plan *after, struct segment_places *ret);
uint64_t segment_places_bits(const struct segment_places *p, uint64_t segments);
int64_t segment_places_index(const struct segment_places *p, uint64_t index);

/* Gives `to` the values that `from` has of the keys that are not reloadable. `from` must live as long as `to`. */
void plan_keep(struct plan *to, const struct plan *from);

#endif
