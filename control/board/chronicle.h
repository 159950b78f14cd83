/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The courses of the whole and of each segment, node and procedure, as ticks bring them. Bounded: a node takes 40 kB once it has been
 * followed for a day. No locks here: owned by the board.
 */
#ifndef SIGCANARY_BOARD_CHRONICLE_H
#define SIGCANARY_BOARD_CHRONICLE_H

#include "control/board/course.h"

/* A node that asks and answers counts twice. When full, those that were silent for ten minutes give way, else the new one is left out. */
#define CHRONICLE_NODES 2048

struct chronicle;

/* NULL when there is no memory. What `names` points to outlives it, but for the plan. */
struct chronicle *chronicle_new(const struct words_names *names);
void chronicle_free(struct chronicle *c);

/* After a reload: segments keep what they did by their names. */
void chronicle_plan(struct chronicle *c, const struct plan *plan);

/* Takes a tick; true when a second has ended with it, so that chronicle_end() has moved. `detector` may be NULL. */
bool chronicle_tick(struct chronicle *c, const struct tally *tally, const struct detector *detector);

/* End of the last whole second, in seconds since the epoch; 0: there is none yet. */
int64_t chronicle_end(const struct chronicle *c);

/* In no order, but segments are in that of the plan; some may be NULL. */
size_t chronicle_count(const struct chronicle *c);
const struct course *chronicle_course(const struct chronicle *c, size_t index);
/* NULL when there is none of that id. */
const struct course *chronicle_find(const struct chronicle *c, enum course_topic topic, const char *id);

/* The newest whole second. */
struct course_point chronicle_newest(const struct chronicle *c, const struct course *s);
/* The newest whole seconds or minutes, oldest first, at most `most`; *ret_end is the end of the newest, in seconds. */
size_t chronicle_copy(const struct chronicle *c, const struct course *s, bool by_minute, struct course_point *ret, size_t most,
		      int64_t *ret_end);

#endif
