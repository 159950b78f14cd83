/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Finding a direction of a TCP connection, see stream_table.h. Both directions share a hash and therefore a bucket, so that one walk
 * along the bucket finds the stream and its opposite. The hash is
 * keyed, because the wire chooses addresses and ports; it adds up the ends, so that it is the same from both: 218 instructions per segment
 * with SipHash over the sorted ends, 70 now (callgrind, x86-64).
 *
 * Called by stream.c from the worker that owns the streams. When the table is full, what goes first are streams that never said
 * anything (a port scan, a SYN flood) and streams that ended; then the longest silent one, but only after `idle`. Nothing that
 * lives is forgotten for a newcomer.
 */
#include "dataplane/transport/stream_table.h"

#include <stdlib.h>

static size_t buckets_for(size_t streams)
{
	size_t buckets = 16;

	while (buckets < streams && buckets <= SIZE_MAX / 4)
		buckets *= 2;
	return buckets;
}

bool stream_table_open(struct stream_table *table, const struct stream_limits *limits)
{
	size_t streams = limits->streams > 0 ? limits->streams : 1;
	size_t buckets = buckets_for(streams);

	*table = (struct stream_table){ .hash_key = limits->key, .idle = limits->idle, .bucket_mask = buckets - 1, .count = streams };
	table->all = calloc(streams, sizeof(*table->all));
	table->buckets = calloc(buckets, sizeof(struct stream *));
	if (table->all == NULL || table->buckets == NULL) {
		stream_table_close(table);
		return false;
	}
	return true;
}

void stream_table_close(struct stream_table *table)
{
	free(table->all);
	free(table->buckets);
	*table = (struct stream_table){ 0 };
}

/* One end of a connection. */
static inline uint64_t end_hash(const struct hash_key *key, const struct ip_address *address, uint16_t port)
{
	uint64_t words[2];

	ip_address_words(address, words);
	return hash_fold(words[0] ^ key->k[0], words[1] ^ key->k[1] ^ (uint64_t)port << 16);
}

static inline uint64_t connection_hash(const struct hash_key *key, const struct stream_path *path)
{
	uint64_t source = end_hash(key, &path->source, path->source_port);
	uint64_t destination = end_hash(key, &path->destination, path->destination_port);

	return hash_pair(key, source + destination, source ^ destination);
}

uint64_t stream_connection_hash(const struct hash_key *key, const struct stream_path *path)
{
	return connection_hash(key, path);
}

/* The upper half of the hash: the lower one already chose the worker. */
static size_t bucket_of(const struct stream_table *table, const struct stream_path *path)
{
	return (connection_hash(&table->hash_key, path) >> 32) & table->bucket_mask;
}

static inline bool is_along(const struct stream *stream, const struct stream_path *path)
{
	return stream->path.source_port == path->source_port && stream->path.destination_port == path->destination_port &&
	       ip_address_is_same(&stream->path.source, &path->source) && ip_address_is_same(&stream->path.destination, &path->destination);
}

static inline bool is_against(const struct stream *stream, const struct stream_path *path)
{
	return stream->path.source_port == path->destination_port && stream->path.destination_port == path->source_port &&
	       ip_address_is_same(&stream->path.source, &path->destination) && ip_address_is_same(&stream->path.destination, &path->source);
}

void stream_table_find(const struct stream_table *table, const struct stream_path *path, struct stream *ret[2])
{
	ret[0] = NULL;
	ret[1] = NULL;
	for (struct stream *s = table->buckets[bucket_of(table, path)]; s != NULL; s = s->next) {
		if (is_along(s, path))
			ret[0] = s;
		else if (is_against(s, path))
			ret[1] = s;
	}
}

static void order_remove(struct stream_order *order, struct stream *stream)
{
	*(stream->newer != NULL ? &stream->newer->older : &order->newest) = stream->older;
	*(stream->older != NULL ? &stream->older->newer : &order->oldest) = stream->newer;
}

static void order_add(struct stream_order *order, struct stream *stream)
{
	stream->newer = NULL;
	stream->older = order->newest;
	*(order->newest != NULL ? &order->newest->newer : &order->oldest) = stream;
	order->newest = stream;
}

static struct stream_order *order_of(struct stream_table *table, const struct stream *stream)
{
	return stream->is_spare ? &table->spare : &table->live;
}

/* In both directions of time: a clock that went back by more belongs to another capture. */
static bool is_silent(const struct stream_table *table, const struct stream *stream, nanos clock)
{
	nanos silence = clock - stream->seen;

	return silence >= table->idle || silence <= -table->idle;
}

/* Takes out a stream that may be forgotten at `clock`, NULL when all live. */
static struct stream *stream_forget(struct stream_table *table, struct holds *pool, nanos clock)
{
	struct stream *victim = table->spare.oldest;
	struct stream **link = NULL;

	if (victim == NULL && table->live.oldest != NULL && is_silent(table, table->live.oldest, clock))
		victim = table->live.oldest;
	if (victim == NULL)
		return NULL;
	order_remove(order_of(table, victim), victim);
	link = &table->buckets[bucket_of(table, &victim->path)];
	while (*link != victim)
		link = &(*link)->next;
	*link = victim->next;
	if (victim->hold != NULL)
		holds_give_back(pool, victim->hold);
	return victim;
}

struct stream *stream_table_add(struct stream_table *table, const struct stream_path *path, struct holds *pool, nanos clock)
{
	struct stream *stream = NULL;
	size_t bucket = bucket_of(table, path);

	if (table->fresh < table->count)
		stream = &table->all[table->fresh++];
	else
		stream = stream_forget(table, pool, clock);
	if (stream == NULL)
		return NULL;
	*stream = (struct stream){ .path = *path, .is_spare = true, .seen = clock };
	stream->next = table->buckets[bucket];
	table->buckets[bucket] = stream;
	order_add(&table->spare, stream);
	return stream;
}

void stream_table_touch(struct stream_table *table, struct stream *stream, nanos clock)
{
	bool is_spare = !stream->has_spoken || stream->has_ended;

	stream->seen = clock;
	if (stream->is_spare == is_spare && order_of(table, stream)->newest == stream)
		return;
	order_remove(order_of(table, stream), stream);
	stream->is_spare = is_spare;
	order_add(order_of(table, stream), stream);
}
