/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether the probe sees anything at all. While no packet comes although some would have come by now, it is the tap and not the network:
 * keepalives go on when nobody asks. Then whoever has no answer says nothing. Owned by judge.c.
 */
#ifndef SIGCANARY_DETECT_SILENCE_H
#define SIGCANARY_DETECT_SILENCE_H

#include <stdbool.h>

#include "dataplane/tally.h"

struct silence {
	double packets, seconds; /* smoothed, of what was no darkness */
	double silent_s;         /* without a packet, until now */
	double after_s;          /* until what was asked before the light came back is too old to matter */
	double often;            /* darknesses that began lately */
	double lit_s;            /* with packets */
	double pause_s;          /* the longest without one lately, that was no blindness */
	bool is_dark;
};

/* Whether anybody asked or answered in this tick: requests that come of age or time out in it were seen before. */
bool silence_is_broken(const struct tally *tally);

/* Takes the next tick. */
void silence_see(struct silence *s, const struct tally *tally, double tick_s);

/* Whether it is dark for so long that the tap, or who feeds it, is to be looked at. */
bool silence_is_blindness(const struct silence *s);

/* Whether it was dark at some time of the last `age_s`. */
bool silence_was_within(const struct silence *s, double age_s);

#endif
