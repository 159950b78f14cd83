/* SPDX-License-Identifier: BSD-3-Clause */
/* Where streams are found: a hash table of fixed size and the order in which streams fell silent. Private to the streams; owned by one
 * worker. */
#ifndef SIGCANARY_TRANSPORT_STREAM_TABLE_H
#define SIGCANARY_TRANSPORT_STREAM_TABLE_H

#include "dataplane/transport/hold.h"
#include "dataplane/transport/stream.h"

struct stream {
	struct stream_path path;
	bool has_started; /* `base` means something */
	bool is_fresh;
	bool is_picked_up; /* began without a SYN */
	bool has_spoken;   /* carried payload */
	bool has_ended;    /* FIN or RST */
	bool has_acknowledged;
	bool is_ignored;
	bool is_spare; /* in the list of those that may be forgotten at once */
	uint8_t mark;
	uint32_t initial;      /* sequence number of the first byte */
	uint32_t base;         /* of the first byte that nobody has used */
	uint32_t acknowledged; /* by the other direction, last seen */
	uint32_t replay_next;  /* where the next segment of a repetition would begin, see stream.c */
	uint32_t replay_end;   /* `base` when a repetition was believed */
	uint16_t replay_count; /* segments of the repetition; 0: none */
	bool has_replayed;     /* `replay_end` means something */
	nanos seen;
	nanos began; /* when its first byte came, and `news` when some came that had not been there: 0 before */
	nanos news;
	nanos due;           /* when somebody may be told of it again */
	struct hold *hold;   /* NULL while nothing waits */
	struct stream *next; /* in the bucket */
	struct stream *older;
	struct stream *newer;
};

struct stream_order {
	struct stream *newest;
	struct stream *oldest;
};

struct stream_table {
	struct stream *all;
	size_t fresh; /* streams from here on were never used, and are no memory yet */
	struct stream **buckets;
	size_t bucket_mask;
	size_t count;
	struct stream_order live;
	struct stream_order spare; /* never spoke, or ended */
	struct hash_key hash_key;
	nanos idle;
};

bool stream_table_open(struct stream_table *table, const struct stream_limits *limits);
void stream_table_close(struct stream_table *table);

/* A hash of the connection, the same for both directions. */
uint64_t stream_connection_hash(const struct hash_key *key, const struct stream_path *path);

/* The stream of the path into `ret[0]` and the opposite direction into `ret[1]`, NULL where there is none. */
void stream_table_find(const struct stream_table *table, const struct stream_path *path, struct stream *ret[2]);

/*
 * A new stream for a path that has none. When all are taken a spare one, or the longest silent one if it has been silent for `idle`,
 * is forgotten and its hold given back to `pool`; NULL when there is no such.
 */
struct stream *stream_table_add(struct stream_table *table, const struct stream_path *path, struct holds *pool, nanos clock);

/* The stream was heard at `clock`. */
void stream_table_touch(struct stream_table *table, struct stream *stream, nanos clock);

#endif
