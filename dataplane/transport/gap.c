/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * When a gap in a TCP stream is given up (RFC 9293 3.10.7.4 has none of this: a receiver can wait, a probe cannot). By age, since the
 * first byte behind the gap came; or a little after the receiver acknowledged everything up to its end, because then nobody
 * will send those bytes again. For want of room stream.c gives them up by itself.
 *
 * Called by stream.c from the worker that owns the streams. Also says whose waiting bytes make room when no hold is free: those
 * of a stream that has been silent for longer than a gap may last, never those of one that is being heard.
 */
#include "dataplane/transport/gap.h"

/* Merged taps show an acknowledgement before the data it acknowledges: milliseconds in the captures seen. */
#define ACKNOWLEDGED_SETTLE (20 * NANOS_PER_MS)
/* Holds looked at for a silent owner when none is free. */
#define SILENT_SEARCH_MAX 8

void hold_release(struct streams *s, struct stream *stream)
{
	if (stream->hold != NULL)
		holds_give_back(&s->pool, stream->hold);
	stream->hold = NULL;
}

void gap_jump(struct streams *s, struct stream *stream, uint32_t sequence)
{
	size_t distance = sequence - stream->base;
	size_t held = stream->hold != NULL ? hold_size(stream->hold) : 0;

	s->counters.gaps++;
	s->counters.gap_bytes += distance > held ? distance - held : 0;
	hold_release(s, stream);
	stream->base = sequence;
	stream->is_fresh = true;
}

void gap_skip(struct streams *s, struct stream *stream)
{
	struct cursor before = hold_contiguous(stream->hold);
	size_t skipped = hold_skip_gap(stream->hold);

	s->counters.gaps++;
	s->counters.gap_bytes += skipped - cursor_left(&before);
	stream->base += (uint32_t)skipped;
	stream->is_fresh = true;
}

bool stream_has_gap(const struct stream *stream)
{
	return stream->hold != NULL && hold_behind_gap(stream->hold) != NULL;
}

/* Notes at the gaps which of them exist only here: the receiver has those bytes. */
static void gaps_acknowledge(struct stream *stream, nanos clock)
{
	int32_t distance = sequence_distance(stream->acknowledged, stream->base);

	if (stream->has_acknowledged && distance >= 0 && distance <= GAP_MAX)
		hold_acknowledge(stream->hold, (size_t)distance, clock);
}

/* A clock that went back (merged taps) starts the wait again from there. */
bool gap_of_hold_settle(struct streams *s, struct stream *stream, nanos clock)
{
	struct hold_range *behind = NULL;

	if (!stream_has_gap(stream))
		return false;
	gaps_acknowledge(stream, clock);
	behind = hold_behind_gap(stream->hold);
	if (behind->since > clock)
		behind->since = clock;
	if (clock - behind->since < s->limits.hold &&
	    (behind->acknowledged == HOLD_NOT_ACKNOWLEDGED || clock - behind->acknowledged < ACKNOWLEDGED_SETTLE))
		return false;
	gap_skip(s, stream);
	return true;
}

/* Takes the hold of a stream that has been silent for longer than a gap may last, NULL when there is none among the next few. */
static struct hold *hold_take_over(struct streams *s, struct stream *owner, nanos clock)
{
	struct holds *pool = &s->pool;

	for (size_t i = 0; i < SILENT_SEARCH_MAX && i < pool->count; i++) {
		struct hold *hold = &pool->all[pool->hand];
		struct stream *silent = hold->owner;
		nanos silence = silent != NULL ? clock - silent->seen : 0;

		pool->hand = pool->hand + 1 < pool->count ? pool->hand + 1 : 0;
		if (silent == NULL || silent == owner || (silence <= s->limits.hold && silence >= -s->limits.hold))
			continue;
		s->counters.given_up += hold_size(hold);
		gap_jump(s, silent, silent->base + (uint32_t)hold_span(hold));
		return holds_take(pool, owner);
	}
	return NULL;
}

bool hold_ensure(struct streams *s, struct stream *stream, nanos clock)
{
	if (stream->hold == NULL)
		stream->hold = holds_take(&s->pool, stream);
	if (stream->hold == NULL)
		stream->hold = hold_take_over(s, stream, clock);
	return stream->hold != NULL;
}
