/* SPDX-License-Identifier: BSD-3-Clause */
/* Which refusals are no more than there always are, see usual.h. */
#include "control/tick/usual.h"

#include <math.h>

#define LEANING_ANSWERS 100.0F    /* answers that what is leant on is worth */
#define REMEMBERED      200000.0F /* answers; more than these make older ones weigh less */
#define MARGIN          1.25F     /* of the share: it may well be a little higher for a while */
#define DEPTH_SIGMAS    3.0F      /* of the refusals of a slice: how much may come at once */
#define ODD_AT_LEAST    4U        /* refusals beyond the usual make a slice odd, */
#define ODD_SHARE       4U        /* and one of so many of its refusals */

float usual_share(const struct usual *u, float leaning)
{
	return (u->refusals + leaning * LEANING_ANSWERS) / (u->answers + LEANING_ANSWERS);
}

static bool is_odd(const struct usual_slice *slice)
{
	return slice->beyond >= ODD_AT_LEAST && slice->beyond * ODD_SHARE >= slice->refusals;
}

static void slice_learn(struct usual *u, const struct usual_slice *slice)
{
	u->answers += (float)slice->answers;
	u->refusals += (float)slice->refusals;
	if (u->answers > REMEMBERED) {
		u->refusals *= REMEMBERED / u->answers;
		u->answers = REMEMBERED;
	}
}

/* The slice before is learned when neither it nor the one after it is odd: a fault begins somewhere within a slice. */
static void slice_turn(struct usual *u, nanos clock)
{
	bool is_early = u->slice_from - u->first < USUAL_FIRST;

	if (!is_early && (is_odd(&u->held) || is_odd(&u->now))) {
		if (u->odd_since == 0)
			u->odd_since = clock;
	} else {
		u->odd_since = 0;
	}
	if (u->odd_since == 0 || clock - u->odd_since > USUAL_PATIENCE)
		slice_learn(u, &u->held);
	u->held = u->now;
	u->now = (struct usual_slice){ 0 };
	u->slice_from = clock;
}

void usual_answer(struct usual *u, nanos clock, float leaning)
{
	float share, depth;

	if (u->first == 0) {
		u->first = clock;
		u->slice_from = clock;
	}
	if (clock - u->slice_from >= USUAL_SLICE || clock < u->slice_from - USUAL_SLICE)
		slice_turn(u, clock);
	u->now.answers++;
	share = usual_share(u, leaning);
	depth = DEPTH_SIGMAS * sqrtf(1.0F + share * (float)(u->held.answers > u->now.answers ? u->held.answers : u->now.answers));
	u->allowance = fminf(u->allowance + MARGIN * share, depth);
}

bool usual_refuse(struct usual *u)
{
	u->now.refusals++;
	if (u->allowance < 1.0F) {
		u->now.beyond++;
		return false;
	}
	u->allowance -= 1.0F;
	return true;
}
