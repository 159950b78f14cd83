/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Finding a direction of a TCP connection, see stream_table.h. Both directions share a key and therefore a bucket, so that one walk
 * along the bucket finds the stream and its opposite. SipHash, because the wire chooses addresses and ports.
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
	for (size_t i = streams; i > 0; i--) {
		table->all[i - 1].next = table->free;
		table->free = &table->all[i - 1];
	}
	return true;
}

void stream_table_close(struct stream_table *table)
{
	free(table->all);
	free(table->buckets);
	*table = (struct stream_table){ 0 };
}

static void end_write(uint8_t end[18], const struct ip_address *address, uint16_t port)
{
	memcpy(end, address->bytes, sizeof(address->bytes));
	end[16] = (uint8_t)(port >> 8);
	end[17] = (uint8_t)port;
}

struct stream_key stream_key_of(const struct stream_path *path, bool *ret_is_reverse)
{
	struct stream_key key;
	uint8_t source[18];
	uint8_t destination[18];

	end_write(source, &path->source, path->source_port);
	end_write(destination, &path->destination, path->destination_port);
	*ret_is_reverse = memcmp(source, destination, sizeof(source)) > 0;
	memcpy(key.ends[0], *ret_is_reverse ? destination : source, sizeof(source));
	memcpy(key.ends[1], *ret_is_reverse ? source : destination, sizeof(source));
	return key;
}

/* The upper half of the hash: the lower one already chose the worker. */
static size_t bucket_of(const struct stream_table *table, const struct stream_key *key)
{
	return (hash_bytes(&table->hash_key, key, sizeof(*key)) >> 32) & table->bucket_mask;
}

void stream_table_find(const struct stream_table *table, const struct stream_path *path, struct stream *ret[2])
{
	bool is_reverse = false;
	struct stream_key key = stream_key_of(path, &is_reverse);

	ret[0] = NULL;
	ret[1] = NULL;
	for (struct stream *s = table->buckets[bucket_of(table, &key)]; s != NULL; s = s->next) {
		if (memcmp(&s->key, &key, sizeof(key)) == 0)
			ret[s->is_reverse == is_reverse ? 0 : 1] = s;
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
	link = &table->buckets[bucket_of(table, &victim->key)];
	while (*link != victim)
		link = &(*link)->next;
	*link = victim->next;
	if (victim->hold != NULL)
		holds_give_back(pool, victim->hold);
	return victim;
}

struct stream *stream_table_add(struct stream_table *table, const struct stream_path *path, struct holds *pool, nanos clock)
{
	struct stream *stream = table->free;
	bool is_reverse = false;
	struct stream_key key = stream_key_of(path, &is_reverse);
	size_t bucket = bucket_of(table, &key);

	if (stream != NULL)
		table->free = stream->next;
	else
		stream = stream_forget(table, pool, clock);
	if (stream == NULL)
		return NULL;
	*stream = (struct stream){ .key = key, .path = *path, .is_reverse = is_reverse, .is_spare = true, .seen = clock };
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
