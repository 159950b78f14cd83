/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Evidence beyond shares of answers, in one place for detect.c: volume, repeats, late and slow answers, chains, scatter.
 *
 * Ticks are gathered to bins of about a second; what the probe did not see (no packet at all for seconds) belongs to none, so silence of
 * everything is never a drop. Streams of at least one request a second get an extra of a bounded pool, and keep it when their requests
 * vanish. Owned by the detector.
 */
#ifndef SIGCANARY_DETECT_BEYOND_H
#define SIGCANARY_DETECT_BEYOND_H

#include "control/detect/detect.h"
#include "control/detect/judge.h"
#include "control/detect/season.h"
#include "control/detect/streams.h"

struct beyond;

/* NULL when there is no memory. `clock` is kept: the caller sets it before each beyond_tick(). */
struct beyond *beyond_new(const struct plan *plan, const struct season_clock *clock);
void beyond_free(struct beyond *b);

/* The stream was judged in this tick; `cell` is NULL when it had none. `rate` is its requests a second. */
void beyond_see(struct beyond *b, uint32_t index, const struct stream *s, const struct tally_cell *cell, double rate);

/* The end of a tick, after all its streams. */
void beyond_tick(struct beyond *b, const struct streams *streams, const struct tally *tally, const struct judge *judge);

/* Short-term memory begins anew. */
void beyond_calm(struct beyond *b);

/* Whether the stream of that index is still kept here, though it may be silent. */
bool beyond_holds(const struct beyond *b, uint32_t index);

/* The stream of that index is to be forgotten. */
void beyond_forget(struct beyond *b, uint32_t index);

/* What is suspicious since the last bin. */
size_t beyond_report(const struct beyond *b, const struct suspicion **ret);

/* As detector_stream(), of the stream `key` with that index (STREAM_NONE: not known). False when nothing is known of it. */
bool beyond_stream(const struct beyond *b, uint32_t stream, const struct stream_key *key, enum evidence evidence, struct stream_state *ret);

/* The plan was swapped. */
void beyond_plan(struct beyond *b, const struct plan *plan);

/* As detector_scattered(). */
size_t beyond_scattered(const struct beyond *b, enum dimension dimension, const struct stream_key **ret);

#endif
