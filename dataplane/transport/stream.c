/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TCP byte streams put back in order, RFC 9293 3.4 (sequence arithmetic modulo 2^32), 3.10.7.4 (order, overlap), 3.8.6.1 and 3.8.4
 * (window probes and keep-alives: bytes below what is next). The bytes that wait are in hold.c, the end of waiting in gap.c, the
 * streams in stream_table.c.
 *
 * Called by the walk from the worker that owns both directions. A segment that comes in order while nothing waits is handed through
 * where it lies; only what the walk leaves over is copied. A gap ends by itself (the bytes come), by age, because the receiver
 * acknowledged what the tap has not seen, or for want of room. One push gives up at most one gap, because the walk has to read
 * what lies between two of them. Time is packet time, and only segments of the same connection give up its gaps: so the outcome does
 * not depend on how connections are spread over workers.
 *
 * A segment far outside the window is a new connection on old ports whose SYN was not captured, or one behind an outage of the
 * tap: the stream is picked up there. A wild sequence number therefore costs one pick-up and never the stream. Bytes of a gap that
 * come after it was given up are lost and count as duplicates.
 *
 * A capture that is played in a loop repeats all that a stream has seen. Segments behind that begin with its very first byte and go on in
 * order with nothing new in between are watched: REPLAY_SEGMENTS of them, or a second beginning after a complete repetition, and the stream
 * is picked up there (the same rule as for TSNs, see tsn.h, where it says what it cannot tell apart). Where the stream had gone on for
 * GONE_ON_AGE, the first byte alone is enough, and a SYN where it had gone on for GONE_ON_AGE_SYN. Not done: window scale and timestamps
 * (PAWS), urgent data.
 */
#include "dataplane/transport/stream.h"

#include <assert.h>
#include <stdlib.h>

#include "dataplane/transport/gap.h"

/* Retransmissions lie at most one window back; senders of signalling never have a mebibyte in flight. */
#define BEHIND_MAX (INT32_C(1) << 20)

/* Segments of a repetition that prove it at once, and the fewest from which it can be told from a retransmission. */
#define REPLAY_SEGMENTS 256
#define REPLAY_MIN      3

/*
 * How long a stream has to go on behind its first byte until that one, come once more, is another beginning: who still repeats it has
 * nothing acknowledged, and sends nothing new by then (RFC 5681 3.1). A SYN is repeated only while nothing else is sent.
 */
#define GONE_ON_AGE     (10 * NANOS_PER_S)
#define GONE_ON_AGE_SYN (1 * NANOS_PER_S)

struct streams *streams_new(const struct stream_limits *limits)
{
	struct streams *s = calloc(1, sizeof(*s));
	size_t capacity = limits->stream_bytes > 0 ? limits->stream_bytes : 1;
	size_t holds = limits->held_bytes > capacity ? limits->held_bytes / capacity : 1;

	if (s == NULL)
		return NULL;
	s->limits = *limits;
	if (!stream_table_open(&s->table, limits) || !holds_open(&s->pool, holds, capacity)) {
		streams_free(s);
		return NULL;
	}
	return s;
}

void streams_free(struct streams *s)
{
	if (s == NULL)
		return;
	stream_table_close(&s->table);
	holds_close(&s->pool);
	free(s);
}

uint64_t stream_owner(const struct hash_key *key, const struct stream_path *path)
{
	return stream_connection_hash(key, path);
}

/* The next byte wanted is `sequence`; everything known before is forgotten, also what the walk noted. */
static void stream_start(struct streams *s, struct stream *stream, uint32_t sequence, bool is_picked_up)
{
	hold_release(s, stream);
	stream->has_started = true;
	stream->has_ended = false;
	stream->has_acknowledged = false;
	stream->is_ignored = false;
	stream->has_replayed = false;
	stream->replay_count = 0;
	stream->is_picked_up = is_picked_up;
	stream->is_fresh = is_picked_up;
	stream->mark = 0;
	stream->initial = sequence;
	stream->base = sequence;
	stream->began = 0;
	stream->news = 0;
}

static inline bool has_gone_on(const struct stream *stream, nanos age)
{
	return stream->news - stream->began >= age;
}

static enum verdict payload_pass(struct streams *s, struct stream *stream, struct cursor payload)
{
	s->passing = stream;
	s->passing_bytes = payload;
	stream->replay_count = 0;
	return VERDICT_DECODED;
}

/* A segment found no room: gives up the first gap and tries again. Without a gap it is a message too long to be kept that goes. */
static enum verdict payload_squeeze(struct streams *s, struct stream *stream, struct cursor payload, size_t distance)
{
	uint32_t sequence = stream->base + (uint32_t)distance;
	nanos clock = 0;
	size_t new_bytes = 0;

	if (!stream_has_gap(stream)) {
		s->counters.refused++;
		gap_jump(s, stream, sequence + (uint32_t)cursor_left(&payload));
		return VERDICT_REASSEMBLY_FULL;
	}
	clock = hold_behind_gap(stream->hold)->since;
	gap_skip(s, stream);
	if (sequence_distance(sequence, stream->base) >= 0 && hold_put(stream->hold, sequence - stream->base, payload, clock, &new_bytes))
		return VERDICT_DECODED;
	s->counters.refused++;
	return VERDICT_REASSEMBLY_FULL;
}

/* Whether a segment lies so far ahead that waiting for what is before it is not possible. */
static bool is_out_of_reach(const struct stream *stream, size_t distance, size_t length)
{
	const struct hold *hold = stream->hold;

	return !stream_has_gap(stream) && distance > hold_span(hold) && distance + length > hold->capacity;
}

/* A segment that has to wait, or to join those that do; `distance` from the first byte not used. */
static enum verdict payload_hold(struct streams *s, struct stream *stream, struct cursor payload, size_t distance, nanos clock)
{
	size_t length = cursor_left(&payload);
	size_t new_bytes = 0;
	bool was_skipped = false;

	if (!hold_ensure(s, stream, clock) || is_out_of_reach(stream, distance, length)) {
		s->counters.refused++;
		gap_jump(s, stream, stream->base + (uint32_t)distance);
		return payload_pass(s, stream, payload);
	}
	if (!hold_put(stream->hold, distance, payload, clock, &new_bytes))
		return payload_squeeze(s, stream, payload, distance);
	s->counters.duplicate_bytes += length - new_bytes;
	if (new_bytes > 0)
		stream->replay_count = 0;
	was_skipped = gap_settle(s, stream, clock);
	if (!was_skipped && stream_has_gap(stream) && hold_span(stream->hold) > stream->hold->capacity / 4 * 3) {
		gap_skip(s, stream);
		was_skipped = true;
	}
	return new_bytes > 0 || was_skipped ? VERDICT_DECODED : VERDICT_DUPLICATE;
}

/* Whether the stream has been repeated before and nothing has been added to it since. */
static bool is_repeating(const struct stream *stream)
{
	return stream->has_replayed && sequence_distance(stream->base, stream->replay_end) <= 0;
}

/* A segment that begins behind; true when with it all that the stream has seen is known to be coming once more. */
static bool replay_confirms(struct stream *stream, uint32_t sequence, size_t length)
{
	int32_t ahead = sequence_distance(sequence, stream->replay_next);
	bool was_complete = stream->replay_count >= REPLAY_MIN && sequence_distance(stream->replay_next, stream->base) >= 0;

	if (sequence == stream->initial) {
		stream->replay_count = 1;
		stream->replay_next = sequence + (uint32_t)length;
		return was_complete || (is_repeating(stream) && stream->base == stream->replay_end);
	}
	if (stream->replay_count == 0 || ahead < 0)
		return false;
	stream->replay_count = ahead == 0 ? (uint16_t)(stream->replay_count + 1) : 0;
	stream->replay_next = sequence + (uint32_t)length;
	return stream->replay_count >= (is_repeating(stream) ? REPLAY_MIN : REPLAY_SEGMENTS);
}

static void replay(struct streams *s, struct stream *stream, uint32_t sequence)
{
	uint32_t initial = stream->initial;
	/* A round that ended early does not make the stream shorter. */
	uint32_t end = is_repeating(stream) ? stream->replay_end : stream->base;

	s->counters.restarts++;
	stream_start(s, stream, sequence, true);
	stream->initial = initial;
	stream->has_replayed = true;
	stream->replay_end = end;
}

/* Payload that begins at `sequence`, of a stream that has started. */
static enum verdict payload_take(struct streams *s, struct stream *stream, const struct tcp *segment, uint32_t sequence, nanos clock)
{
	struct cursor payload = segment->payload;
	int32_t distance = sequence_distance(sequence, stream->base);
	size_t behind = 0;

	if (distance > GAP_MAX || distance < -BEHIND_MAX) {
		s->counters.restarts++;
		stream_start(s, stream, sequence, true);
		distance = 0;
	}
	if (distance < 0 && ((sequence == stream->initial && has_gone_on(stream, GONE_ON_AGE)) ||
			     replay_confirms(stream, sequence, cursor_left(&payload)))) {
		replay(s, stream, sequence);
		distance = 0;
	}
	if (distance < 0) {
		behind = (size_t)-distance < cursor_left(&payload) ? (size_t)-distance : cursor_left(&payload);
		s->counters.duplicate_bytes += behind;
		cursor_skip(&payload, behind);
		distance = 0;
	}
	if (cursor_left(&payload) == 0)
		return gap_settle(s, stream, clock) ? VERDICT_DECODED : VERDICT_DUPLICATE;
	if (stream->hold == NULL && distance == 0)
		return payload_pass(s, stream, payload);
	return payload_hold(s, stream, payload, (size_t)distance, clock);
}

/*
 * Whether a SYN whose data would begin at `sequence` belongs to the connection that is already known: its retransmission, or the
 * original that arrives behind the first data (the stream was then picked up without it).
 */
static bool syn_is_known(const struct streams *s, const struct stream *stream, uint32_t sequence, nanos clock)
{
	int32_t distance = sequence_distance(sequence, stream->base);

	if (!stream->has_started || stream->has_ended || clock - stream->seen > s->limits.hold || has_gone_on(stream, GONE_ON_AGE_SYN))
		return false;
	return sequence == stream->initial || (stream->is_picked_up && distance <= 0 && distance >= -BEHIND_MAX);
}

static void syn_take(struct streams *s, struct stream *stream, uint32_t sequence, nanos clock)
{
	if (!syn_is_known(s, stream, sequence, clock)) {
		stream_start(s, stream, sequence, false);
		stream->has_spoken = false;
	} else if (stream->base == sequence) {
		stream->is_fresh = false;
	}
}

/* RST ends both directions (RFC 9293 3.10.7.4). What waits behind a gap is worth reading; an unfinished message is not. */
static enum verdict reset_take(struct streams *s, struct stream *pair[2], uint32_t sequence)
{
	int32_t distance = sequence_distance(sequence, pair[0]->base);

	if (!pair[0]->has_started || distance > GAP_MAX || distance < -BEHIND_MAX)
		return VERDICT_NO_PAYLOAD;
	pair[0]->has_ended = true;
	if (pair[1] != NULL) {
		pair[1]->has_ended = true;
		stream_table_touch(&s->table, pair[1], pair[1]->seen);
	}
	if (stream_has_gap(pair[0])) {
		gap_skip(s, pair[0]);
		return VERDICT_DECODED;
	}
	hold_release(s, pair[0]);
	pair[0]->has_started = false;
	return VERDICT_NO_PAYLOAD;
}

/* The next bytes of a stream in order, with nothing that waits: what nearly every segment is. */
static inline bool is_plain(const struct stream *stream, const struct tcp *segment)
{
	return stream->has_started && !stream->is_ignored && stream->hold == NULL && segment->sequence == stream->base &&
	       (segment->flags & (TCP_SYN | TCP_RST)) == 0 && cursor_left(&segment->payload) > 0;
}

static enum verdict segment_take(struct streams *s, struct stream *pair[2], const struct tcp *segment, nanos clock)
{
	struct stream *stream = pair[0];
	uint32_t sequence = segment->sequence;

	if (is_plain(stream, segment)) {
		stream->has_spoken = true;
		return payload_pass(s, stream, segment->payload);
	}
	if (segment->flags & TCP_RST)
		return reset_take(s, pair, sequence);
	if (segment->flags & TCP_SYN)
		syn_take(s, stream, ++sequence, clock);
	if (cursor_left(&segment->payload) == 0)
		return gap_settle(s, stream, clock) ? VERDICT_DECODED : VERDICT_NO_PAYLOAD;
	if (stream->is_ignored)
		return VERDICT_OTHER_PORT;
	if (!stream->has_started)
		stream_start(s, stream, sequence, true);
	stream->has_spoken = true;
	return payload_take(s, stream, segment, sequence, clock);
}

/* Bytes that the walk neither used nor left to be kept: their frame is gone by now. */
static void passing_drop(struct streams *s)
{
	if (s->passing == NULL)
		return;
	s->passing->base += (uint32_t)cursor_left(&s->passing_bytes);
	s->passing->is_fresh = true;
	s->passing = NULL;
}

/* The opposite direction says up to where it has everything. */
static void acknowledgement_take(struct streams *s, struct stream *stream, const struct tcp *segment, nanos clock)
{
	if (stream == NULL || !(segment->flags & TCP_ACK))
		return;
	stream->acknowledged = segment->acknowledgement;
	stream->has_acknowledged = true;
	if (gap_settle(s, stream, clock))
		s->awakened = stream;
}

static inline void news_note(struct stream *stream, const struct tcp *segment, nanos clock)
{
	stream->news = clock;
	if (stream->began == 0 || segment->sequence == stream->initial)
		stream->began = clock;
}

enum verdict stream_push(struct streams *s, const struct stream_path *path, const struct tcp *segment, nanos clock,
			 struct stream **ret_stream)
{
	struct stream *pair[2];
	enum verdict verdict = VERDICT_DECODED;

	passing_drop(s);
	s->awakened = NULL;
	stream_table_find(&s->table, path, pair);
	acknowledgement_take(s, pair[1], segment, clock);
	if (pair[0] == NULL) {
		bool is_worth_it = cursor_left(&segment->payload) > 0 || (segment->flags & TCP_SYN);

		if (!is_worth_it || (segment->flags & TCP_RST))
			return VERDICT_NO_PAYLOAD;
		pair[0] = stream_table_add(&s->table, path, &s->pool, clock);
		if (pair[0] == NULL)
			return VERDICT_STREAMS_FULL;
		s->counters.streams++;
		if (pair[1] == pair[0]) {
			/* The opposite direction had ended, and its place was the one to be had. */
			s->awakened = NULL;
			pair[1] = NULL;
		}
	}
	verdict = segment_take(s, pair, segment, clock);
	if (verdict == VERDICT_DECODED && cursor_left(&segment->payload) > 0)
		news_note(pair[0], segment, clock);
	if (segment->flags & TCP_FIN)
		pair[0]->has_ended = true;
	stream_table_touch(&s->table, pair[0], clock);
	*ret_stream = pair[0];
	return verdict;
}

bool stream_bytes(struct streams *s, struct stream *stream, struct cursor *ret, bool *ret_is_fresh)
{
	struct cursor bytes = s->passing_bytes;

	if (s->passing != stream) {
		if (stream->hold == NULL)
			return false;
		bytes = hold_contiguous(stream->hold);
	}
	if (cursor_left(&bytes) == 0)
		return false;
	*ret = bytes;
	*ret_is_fresh = stream->is_fresh;
	return true;
}

/* Keeps what the walk left over of the bytes in the caller's frame. */
static bool passing_keep(struct streams *s, struct stream *stream)
{
	struct cursor rest = s->passing_bytes;
	size_t new_bytes = 0;

	s->passing = NULL;
	if (cursor_left(&rest) == 0)
		return true;
	if (hold_ensure(s, stream, stream->seen) && hold_put(stream->hold, 0, rest, stream->seen, &new_bytes))
		return true;
	s->counters.refused++;
	hold_release(s, stream);
	stream->base += (uint32_t)cursor_left(&rest);
	stream->is_fresh = true;
	return false;
}

bool stream_use(struct streams *s, struct stream *stream, size_t count)
{
	if (count > 0)
		stream->is_fresh = false;
	stream->base += (uint32_t)count;
	if (s->passing == stream) {
		bool is_inside = cursor_skip(&s->passing_bytes, count);

		assert(is_inside);
		(void)is_inside;
		return passing_keep(s, stream);
	}
	if (stream->hold == NULL)
		return true;
	hold_use(stream->hold, count);
	if (stream->hold->range_count == 0)
		hold_release(s, stream);
	return true;
}

bool stream_is_due(struct stream *stream, nanos clock)
{
	if (clock < stream->due && stream->due - clock <= NANOS_PER_S)
		return false;
	stream->due = clock + NANOS_PER_S;
	return true;
}

const struct stream_path *stream_path_of(const struct stream *stream)
{
	return &stream->path;
}

uint8_t *stream_mark(struct stream *stream)
{
	return &stream->mark;
}

void stream_ignore(struct streams *s, struct stream *stream)
{
	if (s->passing == stream)
		passing_drop(s);
	hold_release(s, stream);
	stream->is_ignored = true;
}

struct stream *streams_awakened(const struct streams *s)
{
	return s->awakened;
}

size_t streams_flush(struct streams *s, struct stream **ret, size_t max)
{
	size_t count = 0;

	passing_drop(s);
	s->awakened = NULL;
	for (size_t i = 0; i < s->pool.count && count < max; i++) {
		struct stream *stream = s->pool.all[i].owner;

		if (stream == NULL || !stream_has_gap(stream))
			continue;
		gap_skip(s, stream);
		ret[count++] = stream;
	}
	return count;
}

const struct stream_counters *streams_counters(const struct streams *s)
{
	return &s->counters;
}
