/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which TSNs of one direction were seen (RFC 9260 3.3.1, serial arithmetic of RFC 1982): a window of the newest TSN_WINDOW of them.
 *
 * A TSN ahead moves the window, however much was lost, as long as it is at most TSN_JUMP_MAX ahead. A TSN behind the window or further
 * ahead is a stray: remembered as a candidate, and only when the next ones go on from it, and nothing of the old sequence comes in between,
 * is the direction picked up there (an association restarted unseen, a capture played again). Directly behind the window, where a very late
 * retransmission could be, that takes one chunk more. A stray beyond TSN_JUMP_MAX cannot be a retransmission, so it is new although it
 * moves nothing.
 *
 * A capture that is played in a loop repeats a whole sequence, which may be so short that all of it lies inside the window and looks like
 * duplicates. So TSNs seen before are watched where they begin with the very first of the direction and go on in order, with nothing new
 * in between: TSN_REPLAY_CHUNKS of them, or a second beginning after a complete repetition, and the direction is picked up anew. Once
 * that has happened, the next repetition of the same length is believed at its first TSN, or at the third if the last ended early. A sender
 * that repeats all it ever sent (its peer is dead) looks the same and is picked up too; a late duplicate, a burst of retransmissions
 * in the middle, and the copies of a second tap do not. Directions of fewer than TSN_REPLAY_MIN TSNs stay duplicates. Who knows times and
 * handshakes (association.c) need not wait for so many, see tsn_repeat(). A round that is left for what lies behind its end was none, or
 * ended early: nothing is missed.
 *
 * Plain values, owned by whoever holds the struct.
 */
#ifndef SIGCANARY_TRANSPORT_TSN_H
#define SIGCANARY_TRANSPORT_TSN_H

#include <stdbool.h>
#include <stdint.h>

#define TSN_WINDOW   2048
#define TSN_JUMP_MAX 65536
/* TSNs seen before, in order from the first of the direction on, that prove a repetition at once: more than taps take in one burst. */
#define TSN_REPLAY_CHUNKS 256
/* The shortest sequence of which a repetition can be told from a retransmission. */
#define TSN_REPLAY_MIN 3

struct tsn_window {
	uint64_t seen[TSN_WINDOW / 64]; /* bit of a TSN: TSN modulo TSN_WINDOW */
	uint32_t highest;               /* highest TSN seen, or one below the first */
	uint32_t expected;              /* how many TSNs from `highest` down lie behind the beginning, at most TSN_WINDOW */
	uint32_t candidate_first;
	uint32_t candidate_last;
	uint8_t candidate_count; /* 0: no candidate */
	bool has_replayed;       /* this sequence has been repeated before, up to `replay_end` */
	uint16_t replay_count;   /* TSNs seen before, in order from `first` on; 0: none */
	uint32_t replay_last;    /* the last of them */
	uint32_t replay_end;
	uint32_t first; /* TSN that the direction began with */
	uint32_t far;   /* the last one that was TSN_FAR, once `has_far` */
	bool has_far;
};

enum tsn_state {
	TSN_NEW,
	TSN_SEEN,
	TSN_STRAY,     /* too far off to be used yet */
	TSN_FAR,       /* so far off that it was never seen; the window stays where it is */
	TSN_RESTARTED, /* new, and the window was moved to it */
};

/* Begins anew: `first` is the TSN expected next, nothing was seen. */
void tsn_start(struct tsn_window *w, uint32_t first);

/* Whether the TSN can belong to this sequence: within TSN_JUMP_MAX of the highest, in either direction. */
static inline bool tsn_is_plausible(const struct tsn_window *w, uint32_t tsn)
{
	return tsn - w->highest <= TSN_JUMP_MAX || w->highest - tsn <= TSN_JUMP_MAX;
}

/* Whether the TSN lies ahead and within TSN_JUMP_MAX. */
static inline bool tsn_is_ahead(const struct tsn_window *w, uint32_t tsn)
{
	uint32_t ahead = tsn - w->highest;

	return ahead != 0 && ahead <= TSN_JUMP_MAX;
}

/*
 * The TSN that is expected next, which nearly every one is: the window slides by one, as tsn_take() would move it. False for any other,
 * then nothing has changed.
 */
static inline bool tsn_take_next(struct tsn_window *w, uint32_t tsn, uint64_t *missing)
{
	uint64_t *word = &w->seen[tsn % TSN_WINDOW / 64];
	uint64_t bit = UINT64_C(1) << (tsn % 64);

	if (tsn != w->highest + 1)
		return false;
	/* The bit belonged to the TSN that leaves the window now. */
	if (w->expected == TSN_WINDOW)
		*missing += (*word & bit) == 0;
	else
		w->expected++;
	*word |= bit;
	w->highest = tsn;
	w->candidate_count = 0;
	w->replay_count = 0;
	return true;
}

/* Takes a TSN. `*missing` grows by the TSNs that leave the window unseen. */
enum tsn_state tsn_take(struct tsn_window *w, uint32_t tsn, uint64_t *missing);

/* Begins the sequence anew at its first TSN, which has come once more and is known to be no retransmission. */
void tsn_repeat(struct tsn_window *w, uint64_t *missing);

/* How many TSNs one ahead would pass over that were never seen: those of an earlier round were. */
uint32_t tsn_passed_over(const struct tsn_window *w, uint32_t tsn);

/* TSNs of the window that were expected and have not been seen: what is missing for good when the direction ends. */
uint32_t tsn_unseen(const struct tsn_window *w);

/* Everything up to `tsn` counts as seen: its sender gave it up, so it is not missed. An implausible one is ignored (RFC 3758 3.6). */
void tsn_forward(struct tsn_window *w, uint32_t tsn);

#endif
