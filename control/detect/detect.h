/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From tallies to suspicion: per stream and class of evidence a baseline and two sequential statistics.
 *
 * R: Shiryaev-Roberts mixture of beta-binomial likelihood ratios (fast). B: mixture of betting e-values on the tick's ratio, valid whatever
 * the dependence inside a tick (slower). Advisory when R reaches its threshold; page only when B does too and the fault is worth it.
 * Missing answers are judged at age checkpoints against the learned survival of open requests, without waiting for a timeout.
 * Pure function of the sequence of tallies: no clock, no I/O, no threads. Owned by control.
 */
#ifndef SIGCANARY_DETECT_H
#define SIGCANARY_DETECT_H

#include <stdbool.h>
#include <stddef.h>

#include "config/plan.h"
#include "dataplane/node.h"
#include "dataplane/tally.h"

/* What kind of outcome is too frequent. */
enum evidence {
	EVIDENCE_NETWORK, /* network, congestion, abort among the answers */
	EVIDENCE_USER,    /* user among the answers */
	EVIDENCE_MISSING, /* no answer yet at an age at which there usually is one; timeouts are its last checkpoint */
	EVIDENCE_JUDGED,  /* the three above are shares of requests, each stream has a struct watch for each; what follows is not */
	EVIDENCE_DROP = EVIDENCE_JUDGED, /* requests stay away */
	EVIDENCE_SURGE,                  /* too many requests */
	EVIDENCE_REPEATS,                /* subscribers ask again and again: attempts per distinct subscriber */
	EVIDENCE_SLOW,                   /* answers take longer than they used to */
	EVIDENCE_LATE,                   /* answers come after their request had timed out */
	EVIDENCE_CHAIN,                  /* the next step of a chain (SAI, UL; AIR, ULR; UAR, MAR, SAR) does not follow */
	EVIDENCE_SCATTER,                /* a little in many streams of one dimension (DETECTION 3.7); stream.value is 0 */
	EVIDENCE_COUNT
};

/* "network", "user", "missing", "drop", ... for files and tests. */
const char *evidence_name(enum evidence evidence);

/*
 * One stream that behaves unlikely at the end of this tick. It stays in the list, and a page stays a page, until the stream has returned
 * (see struct stream_state), an advisory has faded, or time makes a step; silence alone ends nothing. `onset` and the sums since then may
 * still move while it is an advisory. For missing answers requests are counted when they reach the age at which few healthy ones are still
 * open, so these sums lag by that age, and all shares are of requests of that age.
 *
 * Evidence from EVIDENCE_JUDGED on uses the same numbers for other things:
 *   DROP, SURGE   requests: seen since the onset; expected: those that should have been; observed_ratio: seen / expected; baseline_ratio 1;
 *                 fault_share: what is missing of the expected, or what is too much of the seen; failed: expected less seen, or 0
 *   REPEATS       baseline_ratio, observed_ratio: attempts per first attempt; requests, failed: attempts and those that were repeats
 *   SLOW          baseline_ratio, observed_ratio: seconds that 95 % of answers take at most; requests: answers; failed: slower than usual
 *   LATE          requests: answers and late ones; failed: late ones
 *   CHAIN         requests: good ends of the step before; failed: of these, those that no next step followed
 *   SCATTER       requests, failed, expected: sums over the streams that stand out
 * REPEATS, CHAIN of a part, and SCATTER are never pages; a SURGE is one only for procedures that take registrations away and come a dozen
 * times as often as usual; SLOW only when 95 % of answers take more than 1 s and five times as long as they used to.
 */
struct suspicion {
	struct stream_key stream;
	enum evidence evidence;
	bool is_page; /* else advisory */
	double log_r; /* natural logarithms */
	double log_b;
	double log_page;       /* threshold of this stream */
	nanos onset;           /* estimate: last minimum of the most plausible alternative's log-likelihood ratio */
	double baseline_ratio; /* expected share of bad ones */
	double observed_ratio; /* since the onset */
	double fault_share;    /* share of requests that the fault takes, smoothed over some seconds: recovery is read from it */
	double peak_share;     /* its highest value since the onset */
	double requests;       /* since the onset; missing: those old enough to judge */
	double failed;
	double expected; /* failures that the baseline explains */
	bool is_moved;   /* DROP: siblings have the traffic that is missing here */
};

/* The order of detector_tick(): for qsort. */
int suspicion_compare(const void *a, const void *b);

struct detector;

/* NULL when there is no memory. The plan is read at every tick and may be swapped with detector_plan(). */
struct detector *detector_new(const struct plan *plan);
void detector_free(struct detector *d);
void detector_plan(struct detector *d, const struct plan *plan);

/*
 * Which stream a stream is a part of, where that is not the whole of its procedure: asked once, when a stream of DIMENSION_NAMED is first
 * seen, of the names of a tick file. False: it is a part of the whole of its procedure.
 */
typedef bool (*detector_parent_of)(void *self, const struct stream_key *stream, struct stream_key *ret_parent);
void detector_parents(struct detector *d, detector_parent_of parent_of, void *self);

/*
 * Takes the tally of the next tick. Ticks come in order; those without any traffic may be left out up to a minute (then the detector skips
 * the time), after longer silence or a step of time short-term memory starts anew and baselines stay.
 * Returns all streams that are suspicious now, pages first, then by log_r; valid until the next call.
 */
const struct suspicion *detector_tick(struct detector *d, const struct tally *tally, size_t *ret_count);

/* Since when the probe is blind, as of the last tick: no packet comes although many should. 0 when it is not. */
nanos detector_blind_since(const struct detector *d);

/*
 * The present state of one stream, suspicious or not, for recovery: its smoothed fault share, baseline and recent rate. False when unknown.
 * `requests_per_s` is smoothed over about 10 s.
 */
struct stream_state {
	double baseline_ratio;
	double recent_ratio; /* bad share over the last seconds */
	double fault_share;  /* as in struct suspicion; 0 when nothing is wrong */
	double requests_per_s;
	bool has_returned; /* evidence that the share is back within the baseline (sequential test, not a lucky tick) */
};
bool detector_stream(const struct detector *d, const struct stream_key *stream, enum evidence evidence, struct stream_state *ret);

/*
 * What is usual of a stream, and how much speaks for something being wrong with it: for those who show it beside what is. False when the
 * stream is unknown. Control's thread.
 */
struct stream_usual {
	double refused;                 /* share of answers: network, congestion, abort */
	double open[TALLY_CHECKPOINTS]; /* share of requests that have no answer yet at that age; below 0: not known yet */
	double evidence;                /* decadic logarithm of the odds for a fault, of its clearest kind; 0 when nothing speaks for one */
	bool is_suspicious, is_page;
};
bool detector_usual(const struct detector *d, const struct stream_key *stream, struct stream_usual *ret);

/*
 * While a stream belongs to an open incident its ticks are not learned. The incident room calls this each tick for what it holds open;
 * a stream not named in a tick is free again.
 */
void detector_hold(struct detector *d, const struct stream_key *stream);

/*
 * Behind a suspicion of EVIDENCE_SCATTER: the streams of that dimension that stand out (e-BH at level 0.1), most striking first. Valid
 * until the next tick; none when nothing is suspicious.
 */
size_t detector_scattered(const struct detector *d, enum dimension dimension, const struct stream_key **ret);

/* Streams known, and refused for lack of room (plan->limits.cells). */
size_t detector_streams(const struct detector *d);
uint64_t detector_refused(const struct detector *d);

/*
 * What is usual outlives the detector as bytes. Streams are kept by their names: segments by those of the plan, nodes by their text, which
 * `name_of` gives for hosts and IPv6 addresses (NULL when it does not know one; then that stream is not kept).
 */
typedef const char *(*detector_name_of)(void *names, node n);
void detector_names(struct detector *d, detector_name_of name_of, void *names);

/* Bytes that the caller frees; 0 when there is nothing to keep yet, or no memory. Some microseconds for each stream. */
size_t detector_remember(const struct detector *d, uint8_t **ret_bytes);

/* Takes such bytes in; before the first tick. Nothing is taken of what is not whole. */
enum recall_verdict { RECALL_GOOD, RECALL_DAMAGED, RECALL_NEWER, RECALL_NO_MEMORY };
enum recall_verdict detector_recall(struct detector *d, const uint8_t *bytes, size_t length);

#endif
