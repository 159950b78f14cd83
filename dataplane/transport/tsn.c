/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The TSN window, see tsn.h. Called by association.c only, from the worker that owns the direction.
 *
 * Two distances decide everything: how far a TSN lies ahead of the highest (modulo 2^32, so a TSN behind is a very large distance) and, for
 * those that are not ahead, how far behind. The window slides word by word; the bit that a new TSN takes belonged to the TSN that now
 * leaves. TSNs from before the beginning of a direction picked up in the middle may still come (reordering) but are never missed.
 */
#include "dataplane/transport/tsn.h"

#include <stddef.h>
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

/* The bits of one word that a stretch of TSNs from `from` on has, at most `count` of them. */
struct stretch {
	uint64_t mask;
	size_t word;
	uint32_t length;
};

static struct stretch stretch_of(uint32_t from, uint32_t count)
{
	uint32_t room = 64 - from % 64;
	uint32_t length = count < room ? count : room;

	return (struct stretch){ .mask = UINT64_MAX >> (64 - length) << from % 64, .word = from % TSN_WINDOW / 64, .length = length };
}

static uint32_t stretch_unseen(const struct tsn_window *w, const struct stretch *s)
{
	return s->length - (uint32_t)__builtin_popcountll(w->seen[s->word] & s->mask);
}

/* Makes room for TSNs that are ahead; how many of those that had the places before were not seen. */
static uint32_t stretch_clear(struct tsn_window *w, uint32_t from, uint32_t count)
{
	uint32_t unseen = 0;

	while (count > 0) {
		struct stretch s = stretch_of(from, count);

		unseen += stretch_unseen(w, &s);
		w->seen[s.word] &= ~s.mask;
		from += s.length;
		count -= s.length;
	}
	return unseen;
}

void tsn_start(struct tsn_window *w, uint32_t first)
{
	*w = (struct tsn_window){ .highest = first - 1, .first = first };
}

/* Moves the window up to `tsn`, which lies ahead, and settles what leaves it. */
static void window_slide(struct tsn_window *w, uint32_t tsn, uint64_t *missing)
{
	uint32_t steps = tsn - w->highest;
	uint32_t leaving = steps < TSN_WINDOW ? steps : TSN_WINDOW;
	uint32_t unused = TSN_WINDOW - w->expected < leaving ? TSN_WINDOW - w->expected : leaving;

	stretch_clear(w, w->highest + 1, unused);
	*missing += stretch_clear(w, w->highest + 1 + unused, leaving - unused);
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

/* Whether the sequence has been repeated before and nothing has been added to it since. */
static bool is_repeating(const struct tsn_window *w)
{
	return w->has_replayed && (int32_t)(w->highest - w->replay_end) <= 0;
}

/* A TSN seen before; true when with it the whole sequence is known to be coming once more. */
static bool replay_confirms(struct tsn_window *w, uint32_t tsn)
{
	uint32_t step = tsn - w->replay_last;

	if (tsn == w->first) {
		bool was_complete = w->replay_count > 1 && w->replay_last == w->highest;

		w->replay_count = 1;
		w->replay_last = tsn;
		return w->highest - w->first >= TSN_REPLAY_MIN - 1 && (was_complete || (is_repeating(w) && w->highest == w->replay_end));
	}
	if (w->replay_count == 0 || step == 0)
		return false;
	if (step > CANDIDATE_STEP_MAX) {
		/* A little behind is reordering, further behind another story. */
		if (step < UINT32_MAX - CANDIDATE_STEP_MAX)
			w->replay_count = 0;
		return false;
	}
	w->replay_count++;
	w->replay_last = tsn;
	return w->replay_count >= (is_repeating(w) ? TSN_REPLAY_MIN : TSN_REPLAY_CHUNKS);
}

/* Begins the sequence anew at its first TSN; what was held back of the repetition counts as seen. */
static void replay(struct tsn_window *w, uint32_t tsn, uint64_t *missing)
{
	/* A round that ended early does not make the sequence shorter. */
	uint32_t end = is_repeating(w) ? w->replay_end : w->highest;

	*missing += tsn_unseen(w);
	tsn_start(w, w->first);
	for (uint32_t seen = w->first; seen != tsn + 1; seen++)
		tsn_take_next(w, seen, missing);
	w->has_replayed = true;
	w->replay_end = end;
}

void tsn_repeat(struct tsn_window *w, uint64_t *missing)
{
	replay(w, w->first, missing);
}

/* Whether a TSN ahead leaves a round that has not come to its end: then it goes on from there. */
static bool leaves_round(const struct tsn_window *w, uint32_t tsn)
{
	return is_repeating(w) && (int32_t)(tsn - w->replay_end) > 0;
}

uint32_t tsn_passed_over(const struct tsn_window *w, uint32_t tsn)
{
	if (!tsn_is_ahead(w, tsn))
		return 0;
	return tsn - (leaves_round(w, tsn) ? w->replay_end : w->highest) - 1;
}

/* What a stray is that nothing has confirmed. */
static enum tsn_state far_state(struct tsn_window *w, uint32_t tsn)
{
	if (tsn_is_plausible(w, tsn))
		return TSN_STRAY;
	if (w->has_far && w->far == tsn)
		return TSN_SEEN;
	w->has_far = true;
	w->far = tsn;
	return TSN_FAR;
}

enum tsn_state tsn_take(struct tsn_window *w, uint32_t tsn, uint64_t *missing)
{
	if (tsn_is_ahead(w, tsn)) {
		w->candidate_count = 0;
		if (leaves_round(w, tsn) && tsn_is_ahead(w, w->replay_end))
			tsn_forward(w, w->replay_end);
		window_slide(w, tsn, missing);
		mark(w, tsn);
		w->replay_count = 0;
		return TSN_NEW;
	}
	if (w->highest - tsn < TSN_WINDOW) {
		w->candidate_count = 0;
		if (!is_marked(w, tsn)) {
			mark(w, tsn);
			return TSN_NEW;
		}
		if (!replay_confirms(w, tsn))
			return TSN_SEEN;
		replay(w, tsn, missing);
		return TSN_RESTARTED;
	}
	if (!candidate_confirms(w, tsn))
		return far_state(w, tsn);
	restart(w, tsn, missing);
	return TSN_RESTARTED;
}

uint32_t tsn_unseen(const struct tsn_window *w)
{
	uint32_t from = w->highest - w->expected + 1;
	uint32_t left = w->expected;
	uint32_t unseen = 0;

	while (left > 0) {
		struct stretch s = stretch_of(from, left);

		unseen += stretch_unseen(w, &s);
		from += s.length;
		left -= s.length;
	}
	return unseen;
}

void tsn_forward(struct tsn_window *w, uint32_t tsn)
{
	uint32_t behind = w->highest - tsn;
	uint32_t from = w->highest - TSN_WINDOW + 1;
	uint32_t left = behind < TSN_WINDOW ? TSN_WINDOW - behind : 0;

	if (tsn_is_ahead(w, tsn)) {
		uint32_t steps = tsn - w->highest;

		memset(w->seen, 0xff, sizeof(w->seen));
		w->expected = w->expected + steps < TSN_WINDOW ? w->expected + steps : TSN_WINDOW;
		w->highest = tsn;
		return;
	}
	while (left > 0) {
		struct stretch s = stretch_of(from, left);

		w->seen[s.word] |= s.mask;
		from += s.length;
		left -= s.length;
	}
}
