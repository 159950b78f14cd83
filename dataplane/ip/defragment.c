/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IP fragments put together again, see defragment.h. Owned by one worker.
 *
 * Each datagram has a buffer of 64 KiB from the start (untouched pages cost nothing) and the sorted list of byte ranges that have come
 * (RFC 815 keeps the holes instead). The fragment without "more fragments" fixes the length, in whatever order it comes. A datagram is in
 * one of three states: waiting; finished, kept so that the copies a SPAN port makes of its fragments are duplicates and not the beginning
 * of a datagram that never ends; given up (RFC 5722 3: a disagreeing overlap drops what came and what will come). Only waiting ones are
 * safe from being thrown out when there is no room; the longest finished one goes first.
 *
 * Refused: ranges beyond 65,535 bytes, fragments whose length is no multiple of 8 although more follow, empty ones, more than
 * FRAGMENTS_MAX, two different ends, fragments the capture cut. The protocol is part of the key (RFC 791 3.2); RFC 8200 4.5 leaves it out
 * for IPv6, but no sender varies it.
 */
#include "dataplane/ip/defragment.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define DATAGRAM_MAX  65535
#define BUFFER        65536
#define FRAGMENTS_MAX 64

struct datagram_key {
	struct ip_address source;
	struct ip_address destination;
	uint32_t fragment_id;
	uint16_t version;
	uint16_t protocol;
};
static_assert(sizeof(struct datagram_key) == 40, "the key is hashed and compared as bytes and must have no holes");

enum datagram_state { DATAGRAM_FREE, DATAGRAM_WAITING, DATAGRAM_FINISHED, DATAGRAM_GIVEN_UP };

/* Bytes from `from` up to, not including, `to`. */
struct range {
	uint32_t from;
	uint32_t to;
};

struct datagram {
	struct datagram_key key;
	nanos since; /* of its first fragment, or of its end */
	uint8_t *bytes;
	uint32_t total; /* 0 until the last fragment has come */
	enum datagram_state state;
	unsigned int fragment_count;
	unsigned int range_count;
	struct range ranges[FRAGMENTS_MAX]; /* sorted, never touching each other */
	LIST_ENTRY(datagram) bucket;
	TAILQ_ENTRY(datagram) queue;
};

LIST_HEAD(datagram_bucket, datagram);
TAILQ_HEAD(datagram_queue, datagram);

struct defragmenter {
	struct defragment_limits limits;
	uint64_t expired;
	size_t bucket_mask;
	struct datagram *datagrams;
	uint8_t *buffers;
	struct datagram_bucket *buckets;
	struct datagram_queue unused;
	struct datagram_queue waiting;  /* oldest first */
	struct datagram_queue finished; /* finished or given up, oldest first */
};

struct defragmenter *defragmenter_new(const struct defragment_limits *limits)
{
	struct defragmenter *d = calloc(1, sizeof(*d));
	size_t buckets = 16;

	if (d == NULL)
		return NULL;
	while (buckets < 2 * limits->datagrams)
		buckets *= 2;
	d->limits = *limits;
	d->bucket_mask = buckets - 1;
	d->datagrams = calloc(limits->datagrams, sizeof(*d->datagrams));
	d->buffers = calloc(limits->datagrams, BUFFER);
	d->buckets = calloc(buckets, sizeof(*d->buckets));
	if (d->datagrams == NULL || d->buffers == NULL || d->buckets == NULL) {
		defragmenter_free(d);
		return NULL;
	}
	TAILQ_INIT(&d->unused);
	TAILQ_INIT(&d->waiting);
	TAILQ_INIT(&d->finished);
	for (size_t i = 0; i < limits->datagrams; i++) {
		d->datagrams[i].bytes = d->buffers + i * BUFFER;
		TAILQ_INSERT_TAIL(&d->unused, &d->datagrams[i], queue);
	}
	return d;
}

void defragmenter_free(struct defragmenter *d)
{
	if (d == NULL)
		return;
	free(d->datagrams);
	free(d->buffers);
	free(d->buckets);
	free(d);
}

/* Ages in both directions: a clock that went back by more than the age belongs to another capture. */
static bool is_over(const struct defragmenter *d, const struct datagram *datagram, nanos clock)
{
	nanos age = clock - datagram->since;

	return age > d->limits.age || age < -d->limits.age;
}

static struct datagram_queue *datagram_queue(struct defragmenter *d, const struct datagram *datagram)
{
	return datagram->state == DATAGRAM_WAITING ? &d->waiting : &d->finished;
}

static void datagram_release(struct defragmenter *d, struct datagram *datagram)
{
	TAILQ_REMOVE(datagram_queue(d, datagram), datagram, queue);
	LIST_REMOVE(datagram, bucket);
	datagram->state = DATAGRAM_FREE;
	TAILQ_INSERT_HEAD(&d->unused, datagram, queue);
}

/* From waiting to finished or given up. */
static void datagram_settle(struct defragmenter *d, struct datagram *datagram, enum datagram_state state, nanos clock)
{
	TAILQ_REMOVE(datagram_queue(d, datagram), datagram, queue);
	datagram->state = state;
	datagram->since = clock;
	TAILQ_INSERT_TAIL(&d->finished, datagram, queue);
}

static void expire(struct defragmenter *d, nanos clock)
{
	struct datagram *oldest = NULL;

	while ((oldest = TAILQ_FIRST(&d->waiting)) != NULL && is_over(d, oldest, clock)) {
		d->expired++;
		datagram_release(d, oldest);
	}
	while ((oldest = TAILQ_FIRST(&d->finished)) != NULL && is_over(d, oldest, clock))
		datagram_release(d, oldest);
}

static struct datagram_bucket *bucket_of(struct defragmenter *d, const struct datagram_key *key)
{
	return &d->buckets[hash_bytes(&d->limits.key, key, sizeof(*key)) & d->bucket_mask];
}

static struct datagram *datagram_find(struct defragmenter *d, const struct datagram_key *key)
{
	struct datagram *datagram = LIST_FIRST(bucket_of(d, key));

	while (datagram != NULL && memcmp(&datagram->key, key, sizeof(*key)) != 0)
		datagram = LIST_NEXT(datagram, bucket);
	return datagram;
}

/* NULL when every place holds a datagram that still waits. */
static struct datagram *datagram_open(struct defragmenter *d, const struct datagram_key *key, nanos clock)
{
	struct datagram *datagram = NULL;

	if (TAILQ_EMPTY(&d->unused) && !TAILQ_EMPTY(&d->finished))
		datagram_release(d, TAILQ_FIRST(&d->finished));
	datagram = TAILQ_FIRST(&d->unused);
	if (datagram == NULL)
		return NULL;
	TAILQ_REMOVE(&d->unused, datagram, queue);
	datagram->key = *key;
	datagram->since = clock;
	datagram->total = 0;
	datagram->state = DATAGRAM_WAITING;
	datagram->fragment_count = 0;
	datagram->range_count = 0;
	LIST_INSERT_HEAD(bucket_of(d, key), datagram, bucket);
	TAILQ_INSERT_TAIL(&d->waiting, datagram, queue);
	return datagram;
}

/* Whether the bytes that have come already are the same in the fragment. */
static bool overlap_agrees(const struct datagram *datagram, const struct range *range, const uint8_t *bytes)
{
	for (unsigned int i = 0; i < datagram->range_count; i++) {
		uint32_t from = datagram->ranges[i].from > range->from ? datagram->ranges[i].from : range->from;
		uint32_t to = datagram->ranges[i].to < range->to ? datagram->ranges[i].to : range->to;

		if (from < to && memcmp(datagram->bytes + from, bytes + (from - range->from), to - from) != 0)
			return false;
	}
	return true;
}

static bool range_is_covered(const struct datagram *datagram, const struct range *range)
{
	for (unsigned int i = 0; i < datagram->range_count; i++) {
		if (datagram->ranges[i].from <= range->from && range->to <= datagram->ranges[i].to)
			return true;
	}
	return false;
}

/* Puts the range in its place and joins it with all that it touches. The caller has made sure of room for one more. */
static void range_insert(struct datagram *datagram, struct range range)
{
	unsigned int kept = 0;
	unsigned int place = 0;

	for (unsigned int i = 0; i < datagram->range_count; i++) {
		struct range old = datagram->ranges[i];

		if (old.to < range.from || range.to < old.from) {
			if (old.to < range.from)
				place = kept + 1;
			datagram->ranges[kept++] = old;
			continue;
		}
		range.from = old.from < range.from ? old.from : range.from;
		range.to = old.to > range.to ? old.to : range.to;
	}
	memmove(&datagram->ranges[place + 1], &datagram->ranges[place], (kept - place) * sizeof(range));
	datagram->ranges[place] = range;
	datagram->range_count = kept + 1;
}

/* Whether the end that this fragment names or keeps to is the end of the datagram. */
static bool end_fits(const struct datagram *datagram, const struct range *range, bool is_last)
{
	if (datagram->total != 0)
		return is_last ? range->to == datagram->total : range->to <= datagram->total;
	return !is_last || datagram->range_count == 0 || datagram->ranges[datagram->range_count - 1].to <= range->to;
}

static bool datagram_is_complete(const struct datagram *datagram)
{
	return datagram->total != 0 && datagram->range_count == 1 && datagram->ranges[0].from == 0 &&
	       datagram->ranges[0].to == datagram->total;
}

/* RFC 791 3.2: all fragments but the last are multiples of 8 bytes long, and none reaches beyond the longest datagram. */
static bool fragment_is_possible(const struct ip *fragment)
{
	size_t length = cursor_left(&fragment->payload);

	if (length == 0 || fragment->fragment_offset + length > DATAGRAM_MAX)
		return false;
	return !fragment->more_fragments || length % 8 == 0;
}

static enum verdict fragment_add(struct defragmenter *d, struct datagram *datagram, const struct ip *fragment, nanos clock)
{
	const uint8_t *bytes = fragment->payload.at;
	struct range range = { .from = fragment->fragment_offset };

	range.to = range.from + (uint32_t)cursor_left(&fragment->payload);
	if (!end_fits(datagram, &range, !fragment->more_fragments) || !overlap_agrees(datagram, &range, bytes)) {
		datagram_settle(d, datagram, DATAGRAM_GIVEN_UP, clock);
		return VERDICT_IP_FRAGMENT;
	}
	if (range_is_covered(datagram, &range) && (fragment->more_fragments || datagram->total != 0))
		return VERDICT_DUPLICATE;
	if (datagram->fragment_count == FRAGMENTS_MAX) {
		datagram_settle(d, datagram, DATAGRAM_GIVEN_UP, clock);
		return VERDICT_IP_FRAGMENT;
	}
	datagram->fragment_count++;
	memcpy(datagram->bytes + range.from, bytes, range.to - range.from);
	if (!fragment->more_fragments)
		datagram->total = range.to;
	range_insert(datagram, range);
	return datagram_is_complete(datagram) ? VERDICT_DECODED : VERDICT_FRAGMENT_HELD;
}

/* A copy of a part of a datagram that was finished before, as opposed to a new datagram with a number that came round again. */
static bool is_copy(const struct datagram *datagram, const struct ip *fragment)
{
	struct range range = { .from = fragment->fragment_offset };

	range.to = range.from + (uint32_t)cursor_left(&fragment->payload);
	return range_is_covered(datagram, &range) && overlap_agrees(datagram, &range, fragment->payload.at) &&
	       fragment->more_fragments == (range.to != datagram->total);
}

enum verdict defragmenter_take(struct defragmenter *d, const struct ip *fragment, nanos clock, struct cursor *ret_payload)
{
	struct datagram_key key = { .source = fragment->source,
				    .destination = fragment->destination,
				    .fragment_id = fragment->fragment_id,
				    .version = fragment->version,
				    .protocol = fragment->protocol };
	struct datagram *datagram = NULL;
	enum verdict verdict = VERDICT_DECODED;

	expire(d, clock);
	if (!fragment->is_fragment) {
		*ret_payload = fragment->payload;
		return VERDICT_DECODED;
	}
	if (fragment->is_cut)
		return VERDICT_FRAME_CUT;
	if (!fragment_is_possible(fragment))
		return VERDICT_IP_FRAGMENT;
	datagram = datagram_find(d, &key);
	if (datagram != NULL && datagram->state == DATAGRAM_GIVEN_UP)
		return VERDICT_IP_FRAGMENT;
	if (datagram != NULL && datagram->state == DATAGRAM_FINISHED) {
		if (is_copy(datagram, fragment))
			return VERDICT_DUPLICATE;
		datagram_release(d, datagram);
		datagram = NULL;
	}
	if (datagram == NULL)
		datagram = datagram_open(d, &key, clock);
	if (datagram == NULL)
		return VERDICT_REASSEMBLY_FULL;
	verdict = fragment_add(d, datagram, fragment, clock);
	if (verdict == VERDICT_DECODED) {
		datagram_settle(d, datagram, DATAGRAM_FINISHED, clock);
		*ret_payload = cursor_of(datagram->bytes, datagram->total);
	}
	return verdict;
}

uint64_t defragmenter_expired(const struct defragmenter *d)
{
	return d->expired;
}
