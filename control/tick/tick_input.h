/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Several files of counts as one sequence of ticks, in the order of time: what `backtest` feeds to the engine. Owned by one thread.
 *
 * Ticks are as long as the longest ones of all files. A tick that no file mentions is given all the same, empty, as a live probe would:
 * unless the files of others, dense before, leave out more than TICK_HOLE ticks: that is a hole in the recording, which is passed over.
 */
#ifndef SIGCANARY_TICK_INPUT_H
#define SIGCANARY_TICK_INPUT_H

#include <stdio.h>

#include "control/tick/tick_file.h"

#define TICK_FILES_MAX 256
/* Ticks that may be missing before it is a hole; and after this much silence a recording begins anew. */
#define TICK_HOLE  5
#define TICK_PAUSE (3600 * NANOS_PER_S)

struct tick_input;

/* Opens the files; mistakes are written to `errors`. NULL after a sentence there when none can be read. */
struct tick_input *tick_input_open(const char *const *paths, size_t count, struct stream_names *names, FILE *errors);
void tick_input_close(struct tick_input *in);

/* The length of its ticks, and the ages of its checkpoints (all zero: it has none, and missing answers show as timeouts only). */
nanos tick_input_length(const struct tick_input *in);
const nanos *tick_input_ages(const struct tick_input *in);

/* Notices are given to `take` before the tick they belong to. */
void tick_input_notices(struct tick_input *in, void (*take)(void *self, const struct outcome *notice), void *self);

/* The next tick, with its cells in any order, valid until the next call; false at the end. */
bool tick_input_next(struct tick_input *in, struct tally *ret);

/* After the end: says what was left out; true when everything was read. Holes passed over, rows read. */
bool tick_input_finish(struct tick_input *in);
uint64_t tick_input_holes(const struct tick_input *in);
uint64_t tick_input_rows(const struct tick_input *in);
/* 0 to 1; negative when it is not known. */
double tick_input_progress(const struct tick_input *in);

#endif
