/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Steps that follow each other: authentication vectors, then a location update. When the good ends of a step are no longer followed by
 * requests of the next one, something between them is broken though every answer is fine.
 */
#ifndef SIGCANARY_DETECT_CHAIN_H
#define SIGCANARY_DETECT_CHAIN_H

#include "control/detect/extra.h"

#define CHAIN_NEXT 2 /* procedures that may be the next step */
/* Of the budget for false alarms, each. */
#define CHAIN_WEIGHT (0.005 / 128)

struct chain {
	struct stream_key key;     /* of the first next step */
	uint32_t first;            /* extra of the step before */
	uint32_t next[CHAIN_NEXT]; /* EXTRA_NONE where there is none */
	double good;               /* good ends of the step before, smoothed over some seconds */
	struct flow flow;          /* next requests for each of them */
	struct lookout lookout;
};

/* The steps that follow `first`, PROCEDURE_NONE where there are fewer; false when none does. */
bool chain_next(procedure first, procedure ret_next[CHAIN_NEXT]);

void chain_start(struct chain *c, const struct stream_key *key, uint32_t first);

/* One bin, after the volumes of all extras have been judged. */
void chain_judge(struct chain *c, const struct extra *extras, const struct extra_turn *turn);

bool chain_report(const struct chain *c, struct suspicion *ret);

#endif
