/* SPDX-License-Identifier: BSD-3-Clause */
/* Gaps of a stream: when one is given up, and whose bytes make room for others. Private to the streams; owned by one worker. */
#ifndef SIGCANARY_TRANSPORT_GAP_H
#define SIGCANARY_TRANSPORT_GAP_H

#include "dataplane/transport/stream_table.h"

/* Beyond this a jump ahead is a new connection rather than a gap. */
#define GAP_MAX (INT32_C(1) << 24)

struct streams {
	struct stream_table table;
	struct holds pool;
	struct stream_limits limits;
	struct stream_counters counters;
	struct stream *passing; /* the stream whose bytes still lie in the caller's frame */
	struct cursor passing_bytes;
	struct stream *awakened; /* whose gap the last acknowledgement gave up */
};

/* How far `sequence` lies ahead of `base`, negative when it lies behind. */
static inline int32_t sequence_distance(uint32_t sequence, uint32_t base)
{
	return (int32_t)(sequence - base);
}

/* Whether bytes wait behind a gap. */
bool stream_has_gap(const struct stream *stream);

/* Gives up the first gap: what is behind it becomes readable, the unfinished message before it cannot be finished. */
void gap_skip(struct streams *s, struct stream *stream);

/* Gives up the first gap if its time has come; whether it did. The stream has a hold. */
bool gap_of_hold_settle(struct streams *s, struct stream *stream, nanos clock);

static inline bool gap_settle(struct streams *s, struct stream *stream, nanos clock)
{
	return stream->hold != NULL && gap_of_hold_settle(s, stream, clock);
}

/* Goes on at `sequence`, ahead of `base`, without what waits and without what is missing up to there. */
void gap_jump(struct streams *s, struct stream *stream, uint32_t sequence);

/* Sees to it that the stream has a hold; false when all are taken and their owners not silent. */
bool hold_ensure(struct streams *s, struct stream *stream, nanos clock);

/* Gives the hold back, if there is one, with what is in it. */
void hold_release(struct streams *s, struct stream *stream);

#endif
