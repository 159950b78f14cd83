/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long requests stay unanswered: which of them reached which age, and how likely that is.
 *
 * `stay[j]` is the chance that a request that is open at checkpoint j - 1 (or was just sent) is still open at checkpoint j.
 */
#ifndef SIGCANARY_DETECT_SURVIVAL_H
#define SIGCANARY_DETECT_SURVIVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/plan.h"
#include "control/detect/sequential.h"
#include "dataplane/base/nanos.h"
#include "dataplane/tally.h"

/* What one tick, or several, says about one stream. */
struct counts {
	uint32_t answers;
	uint32_t failed[3];                  /* by enum evidence: of the answers network, user; of counts without ages those timed out */
	uint32_t at_risk[TALLY_CHECKPOINTS]; /* reached checkpoint j or were answered since j - 1 */
	uint32_t pending[TALLY_CHECKPOINTS]; /* of these, without an answer at j */
};

/* What the failures of a kind are a share of: answers, and for missing ones besides these those that timed out. */
static inline uint32_t counts_requests(const struct counts *counts, unsigned int evidence)
{
	return evidence == 2 ? counts->answers + counts->failed[2] : counts->answers;
}

/* The answers of a tick; where counts have no ages, also those that timed out. */
void counts_take(const struct tally_cell *cell, const struct plan_detection *plan, struct counts *counts);

/* Whether nothing was asked, answered or waited for. */
bool counts_are_empty(const struct counts *counts);

/* A time in ticks: whole ones and 256ths of one. */
struct survival_span {
	uint32_t whole, part;
};

/* Where a stream keeps the requests that have not reached their next checkpoint: one line of slots per checkpoint. */
struct survival_layout {
	unsigned int count;                            /* of checkpoints */
	struct survival_span age[TALLY_CHECKPOINTS];   /* from having been sent */
	struct survival_span delay[TALLY_CHECKPOINTS]; /* from the checkpoint before */
	uint32_t first[TALLY_CHECKPOINTS];             /* slot of the line; line 0 holds requests, line j the pending of checkpoint j - 1 */
	uint32_t depth[TALLY_CHECKPOINTS];             /* slots of the line */
	uint32_t slots;                                /* of all lines */
};

/*
 * The ages are ascending, 0 behind the last. Where one is no whole number of ticks, those who reach it in a tick were sent in two ticks
 * (with ticks longer than the age: in this one and the one before), in the proportion of time. False: no tick, or no ages.
 */
bool survival_layout_make(struct survival_layout *ret_layout, const nanos ages[TALLY_CHECKPOINTS], nanos tick);

/* The ages of a plan: its own, or those of the tally. */
const nanos *survival_ages(const struct plan_detection *plan);

/* How many of them are in use. Checkpoints at or beyond the procedure's timeout never see a pending request. */
unsigned int survival_checkpoints(const struct plan *plan, procedure p);

/* Where those are that are some span away: `slot` of the tick, and `older` of the tick before it, which has `part` of 256 of them. */
struct survival_place {
	uint32_t slot, older, part;
	bool is_now; /* the tick is the present one, which is not in its slot yet */
};

/* The slots of one tick, the same for all streams: found once per tick, because their divisions took a tenth of the detector's time. */
struct survival_turn {
	unsigned int count;
	uint32_t take[TALLY_CHECKPOINTS];              /* of the line: to be filled in this tick */
	struct survival_place risk[TALLY_CHECKPOINTS]; /* in the line: those that reach the checkpoint now */
	struct survival_place sent[TALLY_CHECKPOINTS]; /* in line 0: those that were sent the checkpoint's age ago */
};

/*
 * In how many ticks a stream has to be advanced because of this cell (NULL: none), as bits: bit k is in k ticks. Between these it may be
 * left out, if survival_skip() makes up for it. `checkpoint` is that of survival_sent(). All bits when the ages are more ticks than that.
 */
uint64_t survival_due(const struct survival_layout *layout, const struct tally_cell *cell, unsigned int checkpoint);

/* Makes up for the ticks from `first` to `last`, which were left out. */
void survival_skip(const struct survival_layout *layout, uint32_t *slots, uint64_t *in_flight, int64_t first, int64_t last);

/* `now` is at least 0. */
void survival_turn_make(const struct survival_layout *layout, int64_t now, struct survival_turn *ret_turn);

/*
 * Moves one stream by one tick: takes this tick's requests and pending in (`cell` may be NULL) and fills at_risk and pending of
 * `ret_counts`. `in_flight` is the sum of all slots; to be called for each tick while it is not zero,
 * but for those that survival_due() leaves out.
 */
void survival_advance(const struct survival_turn *turn, uint32_t *slots, uint64_t *in_flight, const struct tally_cell *cell,
		      struct counts *ret_counts);

/* How many are at a place; `entering` are those of the present tick. */
static inline uint32_t survival_at(const struct survival_place *place, const uint32_t *slots, uint32_t entering)
{
	uint32_t newer = place->is_now ? entering : slots[place->slot];

	if (place->part == 0)
		return newer;
	return (uint32_t)(((uint64_t)newer * (256 - place->part) + (uint64_t)slots[place->older] * place->part + 128) >> 8);
}

/* Requests that were sent the checkpoint's age ago; `requests` are those of this tick. To be asked before survival_advance(). */
static inline uint32_t survival_sent(const struct survival_turn *turn, const uint32_t *slots, unsigned int checkpoint, uint32_t requests)
{
	return survival_at(&turn->sent[checkpoint], slots, requests);
}

struct survival {
	unsigned int checkpoints;       /* in use: those below the procedure's timeout */
	double stay[TALLY_CHECKPOINTS]; /* the baseline, loss of packets allowed for */
};

/* The two nulls: that of R, and the wider one that stands in place of B. */
enum { SURVIVAL_ALARM, SURVIVAL_PAGE, SURVIVAL_KEYS };

/* What one request that reached a checkpoint says for each share of the grid: it was still open, or it had been answered. */
struct survival_ratio {
	float pending[SEQUENTIAL_GRID], answered[SEQUENTIAL_GRID];
};

/* Those of the first checkpoint, kept as long as its chance of staying open stays the same. */
struct survival_first {
	struct survival_ratio ratio[SURVIVAL_KEYS];
	double stay;
	bool is_busy, is_made;
};

/* Open at checkpoint j, from having been sent. */
double survival_open(const struct survival *s, unsigned int checkpoint);

/* The first checkpoint that nearly all healthy requests do not reach: where the share of missing ones is read. */
unsigned int survival_judge(const struct survival *s);

/* Lets a share of all answers be lost on their way to the probe. */
void survival_lose(struct survival *s, double share);

/* The likelihood ratio of each share of the grid (that share is never answered) against both nulls. */
void survival_odds(const struct survival *s, struct survival_first *first, const struct counts *counts, double tick_s,
		   double ret_odds[SURVIVAL_KEYS][SEQUENTIAL_GRID]);

#endif
