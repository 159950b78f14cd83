/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TCP byte streams put back in order (RFC 9293 3.10): reordering, overlap, retransmission, gaps, pick-up in the middle.
 *
 * Knows nothing of messages: the walk pushes a segment, then takes the contiguous bytes, tells how many of them it used up (whole
 * messages) and leaves the rest to be completed by later segments. A gap that is not filled within `hold`, or that the receiver
 * has acknowledged on the other direction, or that no room is left to wait for, is skipped: stream_bytes() then says so once and
 * the walk looks for the next plausible message. Owned by one worker.
 */
#ifndef SIGCANARY_TRANSPORT_STREAM_H
#define SIGCANARY_TRANSPORT_STREAM_H

#include <stddef.h>

#include "dataplane/base/hash.h"
#include "dataplane/base/nanos.h"
#include "dataplane/ip/address.h"
#include "dataplane/transport/tcp.h"

struct streams;
struct stream; /* one direction of one connection */

struct stream_limits {
	size_t streams;      /* directions remembered at once */
	size_t held_bytes;   /* out-of-order and unfinished bytes over all streams */
	size_t stream_bytes; /* of one stream: the longest message plus what may wait behind a gap */
	nanos hold;          /* how long a gap may last */
	nanos idle;          /* a silent stream may be forgotten after this */
	struct hash_key key;
};

struct stream_path {
	struct ip_address source;
	struct ip_address destination;
	uint16_t source_port;
	uint16_t destination_port;
};

struct stream_counters {
	uint64_t streams;
	uint64_t duplicate_bytes;
	uint64_t gaps; /* skipped */
	uint64_t gap_bytes;
	uint64_t refused;  /* no room */
	uint64_t restarts; /* picked up anew because a sequence number lay far outside the window */
	uint64_t given_up; /* bytes of silent streams thrown away to make room for others */
};

struct streams *streams_new(const struct stream_limits *limits);
void streams_free(struct streams *s);

/* Which worker owns this connection: the same for both directions. */
uint64_t stream_owner(const struct hash_key *key, const struct stream_path *path);

/*
 * Pushes a segment, `ret_stream` is its stream. VERDICT_DECODED: new bytes (or a gap now skipped) may be readable.
 * VERDICT_REASSEMBLY_FULL: the segment was refused, but a gap may have been skipped for it, so bytes may be readable too.
 * VERDICT_NO_PAYLOAD, VERDICT_DUPLICATE (all of it was there), VERDICT_OTHER_PORT (after stream_ignore()): nothing is.
 * `ret_stream` is untouched by VERDICT_STREAMS_FULL and by VERDICT_NO_PAYLOAD of a stream that is not known.
 * SYN and RST start anew; FIN needs no notice.
 */
enum verdict stream_push(struct streams *s, const struct stream_path *path, const struct tcp *segment, nanos clock,
			 struct stream **ret_stream);

/*
 * The contiguous bytes not yet used, valid until the next call on any stream. `ret_is_fresh`: the stream was picked up here or a gap lies
 * just before, so the first byte need not begin a message. False when there are none. A stream that was picked up by a SYN is not fresh.
 */
bool stream_bytes(struct streams *s, struct stream *stream, struct cursor *ret, bool *ret_is_fresh);

/*
 * `count` bytes were used (whole messages or skipped); the rest stays. After the first use of at least one byte the stream is no longer
 * fresh. To be called once after every stream_bytes() that was true, also with 0: the rest is copied here, and bytes that were never
 * reported are lost with their frame (the stream is fresh then). False: no room to keep the rest, it is lost (VERDICT_REASSEMBLY_FULL).
 */
bool stream_use(struct streams *s, struct stream *stream, size_t count);

/* Nothing of this connection's direction is wanted: nothing of it is held any more, until a SYN starts it anew. */
void stream_ignore(struct streams *s, struct stream *stream);

/*
 * The opposite direction's stream when the acknowledgement in the last segment pushed gave up a gap of it, so that it has bytes to read
 * after those of the segment itself; NULL otherwise.
 */
struct stream *streams_awakened(const struct streams *s);

/* Whether the stream has not been told of for a second: then it is now. */
bool stream_is_due(struct stream *stream, nanos clock);

/* From where to where the stream runs; valid until the next push. */
const struct stream_path *stream_path_of(const struct stream *stream);

/* A small integer the walk may keep with the stream ("this is Diameter"); 0 at first and after a new start. */
uint8_t *stream_mark(struct stream *stream);

/*
 * For the end of a capture: gives up the first gap of every stream that has one; then stream_bytes() on each stream that `ret` lists has
 * new bytes. Returns how many it listed; to be called until that is 0, the bytes being read in between.
 */
size_t streams_flush(struct streams *s, struct stream **ret, size_t max);

const struct stream_counters *streams_counters(const struct streams *s);

#endif
