/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests that stay away, and too many of them (DETECTION 3.3).
 *
 * A drop may page: of everything, of a segment, of a server, of a named stream, when less than half of the expected comes (less than 30 %
 * in the first day, when the hours are not known) and siblings have not taken it over within 15 s. A surge never pages alone, but for
 * procedures that take registrations away when they come a dozen times as often as ever: everybody is being thrown out.
 */
#ifndef SIGCANARY_DETECT_VOLUME_H
#define SIGCANARY_DETECT_VOLUME_H

#include "control/detect/extra.h"

/* A stream is worth judging from so many requests a second on. */
#define VOLUME_RATE_LEAST 4.0

/* A stream that is new, its key is set. `absent_s`: for how long it would have been seen, had it been there; only of a removal. */
void volume_start(struct extra *e, double absent_s);

/* One bin; `whole` is the extra of everything of its procedure, or NULL. To be called for the whole before its streams. */
void volume_judge(struct extra *e, const struct extra *whole, const struct extra_turn *turn);

/* Fills the numbers of evidence DROP or SURGE; false when it is not suspicious. */
bool volume_report(const struct extra *e, enum evidence evidence, struct suspicion *ret);

/* The law of one bin: gains of a drop (or surge) against the null with these bounds. For chain.c too. */
void volume_drop_gains(const struct flow *f, double expected, double seen, double low, struct lookout_bin *ret);

#endif
