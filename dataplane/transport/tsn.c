/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The TSN window, see tsn.h. Called by association.c only, from the worker that owns the direction.
 *
 * Two distances decide everything: how far a TSN lies ahead of the highest (modulo 2^32, so a TSN behind is a very large distance) and, for
 * those that are not ahead, how far behind. The window slides bit by bit: the bit that a new TSN takes belonged to the TSN that now leaves.
 * TSNs from before the beginning of a direction picked up in the middle may still come (reordering) but are never missed.
 */
#include "dataplane/transport/tsn.h"

#include <string.h>

/* How much later than the candidate the TSN may be that confirms it. */
#define CANDIDATE_STEP_MAX 64
/* Chunks that prove a restart: of a sequence beyond TSN_JUMP_MAX, or of one just behind the window. */
#define CANDIDATE_CHUNKS_FAR  2
#define CANDIDATE_CHUNKS_NEAR 3

static bool is_marked(const struct tsn_window *w, uint32_t tsn)
{
	return (w->seen[tsn % TSN_WINDOW / 64] >> (tsn % 64) & 1) != 0;
}

static void mark(struct tsn_window *w, uint32_t tsn)
{
	w->seen[tsn % TSN_WINDOW / 64] |= UINT64_C(1) << (tsn % 64);
}

static void unmark(struct tsn_window *w, uint32_t tsn)
{
	w->seen[tsn % TSN_WINDOW / 64] &= ~(UINT64_C(1) << (tsn % 64));
}

void tsn_start(struct tsn_window *w, uint32_t first)
{
	*w = (struct tsn_window){ .highest = first - 1 };
}

/* Moves the window up to `tsn`, which lies ahead, and settles what leaves it. */
static void window_slide(struct tsn_window *w, uint32_t tsn, uint64_t *missing)
{
	uint32_t steps = tsn - w->highest;
	uint32_t leaving = steps < TSN_WINDOW ? steps : TSN_WINDOW;

	for (uint32_t i = 1; i <= leaving; i++) {
		bool was_expected = w->expected + i > TSN_WINDOW;

		if (was_expected && !is_marked(w, w->highest + i))
			(*missing)++;
		unmark(w, w->highest + i);
	}
	/* What was passed over so far that it never entered the window. */
	*missing += steps - leaving;
	w->expected = w->expected + leaving < TSN_WINDOW ? w->expected + leaving : TSN_WINDOW;
	w->highest = tsn;
}

/* One more TSN that does not fit the sequence; true when there are now enough of them to believe in another. */
static bool candidate_confirms(struct tsn_window *w, uint32_t tsn)
{
	uint32_t step = tsn - w->candidate_last;
	unsigned int wanted = tsn_is_plausible(w, tsn) ? CANDIDATE_CHUNKS_NEAR : CANDIDATE_CHUNKS_FAR;

	if (w->candidate_count != 0 && step == 0)
		return false;
	if (w->candidate_count == 0 || step > CANDIDATE_STEP_MAX) {
		w->candidate_first = tsn;
		w->candidate_last = tsn;
		w->candidate_count = 1;
		return false;
	}
	w->candidate_count++;
	if (w->candidate_count >= wanted)
		return true;
	w->candidate_last = tsn;
	return false;
}

/* Picks the sequence of the candidate up; what was held back of it counts as seen. */
static void restart(struct tsn_window *w, uint32_t tsn, uint64_t *missing)
{
	uint32_t first = w->candidate_first;
	uint32_t last = w->candidate_last;

	*missing += tsn_unseen(w);
	tsn_start(w, first);
	window_slide(w, tsn, missing);
	mark(w, first);
	mark(w, last);
	mark(w, tsn);
}

enum tsn_state tsn_take(struct tsn_window *w, uint32_t tsn, uint64_t *missing)
{
	if (tsn_is_ahead(w, tsn)) {
		w->candidate_count = 0;
		window_slide(w, tsn, missing);
		mark(w, tsn);
		return TSN_NEW;
	}
	if (w->highest - tsn < TSN_WINDOW) {
		w->candidate_count = 0;
		if (is_marked(w, tsn))
			return TSN_SEEN;
		mark(w, tsn);
		return TSN_NEW;
	}
	if (!candidate_confirms(w, tsn))
		return TSN_STRAY;
	restart(w, tsn, missing);
	return TSN_RESTARTED;
}

uint32_t tsn_unseen(const struct tsn_window *w)
{
	uint32_t unseen = 0;

	for (uint32_t i = 0; i < w->expected; i++)
		unseen += !is_marked(w, w->highest - i);
	return unseen;
}

void tsn_forward(struct tsn_window *w, uint32_t tsn)
{
	uint32_t behind = w->highest - tsn;

	if (tsn_is_ahead(w, tsn)) {
		uint32_t steps = tsn - w->highest;

		memset(w->seen, 0xff, sizeof(w->seen));
		w->expected = w->expected + steps < TSN_WINDOW ? w->expected + steps : TSN_WINDOW;
		w->highest = tsn;
		return;
	}
	for (; behind < TSN_WINDOW; behind++)
		mark(w, w->highest - behind);
}
