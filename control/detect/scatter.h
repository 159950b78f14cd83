/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A little in many streams of one dimension (DETECTION 3.7): H is the sum over its streams of ln(1 + 0.01 (C - 1)), C being the mean over
 * the grid of CUSUM likelihood ratios. Faults of a data partition that no prefix and no node names show there before they show anywhere.
 *
 * The law of H under health is not known; its threshold is learned from the highest value of each minute, so H is an advisory, never a
 * page. Only the streams of registration are summed: the other procedures are in them or matter less.
 */
#ifndef SIGCANARY_DETECT_SCATTER_H
#define SIGCANARY_DETECT_SCATTER_H

#include "control/detect/lookout.h"
#include "control/detect/streams.h"

struct scatter;

/* NULL when there is no memory. At most `limit` streams. */
struct scatter *scatter_new(size_t limit);
void scatter_free(struct scatter *s);

/* The stream has been judged in this tick. */
void scatter_see(struct scatter *s, uint32_t index, const struct stream *stream);

/* One bin. */
void scatter_judge(struct scatter *s, const struct streams *streams, const struct bins *bins);

/* Forgets the present sums, not the threshold. */
void scatter_calm(struct scatter *s);

/* Those dimensions that stand out; returns how many, at most `room`. */
size_t scatter_report(const struct scatter *s, struct suspicion *ret, size_t room);

/* The streams of the dimension that stand out, most striking first; at most SCATTER_NAMED. */
#define SCATTER_NAMED 32
size_t scatter_named(const struct scatter *s, enum dimension dimension, const struct stream_key **ret);

#endif
