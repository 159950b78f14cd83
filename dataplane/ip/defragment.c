/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IP fragments put together again, see defragment.h. Owned by one worker.
 *
 * Each datagram has a buffer of 64 KiB from the start, in address space that becomes memory page by page as it is used, and the sorted list
 * of byte ranges that have come (RFC 815 keeps the holes instead). The fragment without "more fragments" fixes the length, in whatever
 * order it comes. A datagram is in one of three states: waiting; finished, kept so that the copies a SPAN port makes of its fragments are
 * duplicates and not the beginning of a datagram that never ends; given up (RFC 5722 3: a disagreeing overlap drops what came and what will
 * come).
 *
 * When there is no room the longest finished one goes, then the one that has waited longest: where the tap loses fragments most of those
 * that wait will never be complete, and refusing the newest would stop everything for the age of the oldest. A source that holds a quarter
 * of all places or more throws out its own, so that a flood of single fragments does not throw out what others have begun.
 *
 * Refused: ranges beyond 65,535 bytes, fragments whose length is no multiple of 8 although more follow, empty ones, more than
 * FRAGMENTS_MAX, two different ends, fragments the capture cut. The protocol is part of the key (RFC 791 3.2); RFC 8200 4.5 leaves it out
 * for IPv6, but no sender varies it.
 */
#include "dataplane/ip/defragment.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/queue.h>

#define DATAGRAM_MAX  65535
#define BUFFER        65536
#define FRAGMENTS_MAX 64
/* More would be gigabytes of address space for nothing. */
#define PLACES_MAX 65536
/* Copies by a SPAN port come within milliseconds: so many finished datagrams are remembered for them, and their memory is used again. */
#define FINISHED_MAX 512
/* Source addresses are counted by hash, and from one such share of all places on have to live with what they have. */
#define SOURCES      64
#define SOURCE_SHARE 4

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
	unsigned int source;                /* which of the sources */
	LIST_ENTRY(datagram) bucket;
	TAILQ_ENTRY(datagram) queue;
	TAILQ_ENTRY(datagram) of_source; /* while it waits */
};

LIST_HEAD(datagram_bucket, datagram);
TAILQ_HEAD(datagram_queue, datagram);

struct datagram_source {
	struct datagram_queue waiting; /* oldest first */
	size_t count;
};

struct defragmenter {
	struct defragment_limits limits;
	uint64_t expired;
	uint64_t evicted;
	size_t bucket_mask;
	size_t fresh; /* places from here on were never used */
	size_t finished_count;
	struct datagram *datagrams;
	uint8_t *buffers;
	struct datagram_bucket *buckets;
	struct datagram_queue unused;
	struct datagram_queue waiting;  /* oldest first */
	struct datagram_queue finished; /* finished or given up, oldest first */
	struct datagram_source sources[SOURCES];
};

/* Address space that is no memory before it is written to, and then in small pages; NULL when there is none. */
static uint8_t *buffers_map(size_t count)
{
	void *space = mmap(NULL, count * BUFFER, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (space == MAP_FAILED)
		return NULL;
	madvise(space, count * BUFFER, MADV_NOHUGEPAGE);
	return space;
}

struct defragmenter *defragmenter_new(const struct defragment_limits *limits)
{
	struct defragmenter *d = calloc(1, sizeof(*d));
	size_t buckets = 16;

	if (d == NULL)
		return NULL;
	d->limits = *limits;
	if (d->limits.datagrams > PLACES_MAX)
		d->limits.datagrams = PLACES_MAX;
	while (buckets < 2 * d->limits.datagrams)
		buckets *= 2;
	d->bucket_mask = buckets - 1;
	d->datagrams = calloc(d->limits.datagrams, sizeof(*d->datagrams));
	d->buffers = buffers_map(d->limits.datagrams);
	d->buckets = calloc(buckets, sizeof(*d->buckets));
	if (d->datagrams == NULL || d->buffers == NULL || d->buckets == NULL) {
		defragmenter_free(d);
		return NULL;
	}
	TAILQ_INIT(&d->unused);
	TAILQ_INIT(&d->waiting);
	TAILQ_INIT(&d->finished);
	for (size_t i = 0; i < SOURCES; i++)
		TAILQ_INIT(&d->sources[i].waiting);
	return d;
}

void defragmenter_free(struct defragmenter *d)
{
	if (d == NULL)
		return;
	free(d->datagrams);
	if (d->buffers != NULL)
		munmap(d->buffers, d->limits.datagrams * BUFFER);
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

/* Takes it out of the queue that its state has put it in. */
static void datagram_unqueue(struct defragmenter *d, struct datagram *datagram)
{
	TAILQ_REMOVE(datagram_queue(d, datagram), datagram, queue);
	if (datagram->state != DATAGRAM_WAITING) {
		d->finished_count--;
		return;
	}
	TAILQ_REMOVE(&d->sources[datagram->source].waiting, datagram, of_source);
	d->sources[datagram->source].count--;
}

static void datagram_release(struct defragmenter *d, struct datagram *datagram)
{
	datagram_unqueue(d, datagram);
	LIST_REMOVE(datagram, bucket);
	datagram->state = DATAGRAM_FREE;
	TAILQ_INSERT_HEAD(&d->unused, datagram, queue);
}

/* From waiting to finished or given up. */
static void datagram_settle(struct defragmenter *d, struct datagram *datagram, enum datagram_state state, nanos clock)
{
	datagram_unqueue(d, datagram);
	datagram->state = state;
	datagram->since = clock;
	TAILQ_INSERT_TAIL(&d->finished, datagram, queue);
	d->finished_count++;
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

static unsigned int source_of(const struct defragmenter *d, const struct ip_address *address)
{
	uint64_t words[2];

	ip_address_words(address, words);
	return (unsigned int)(hash_pair(&d->limits.key, words[0], words[1]) >> 32) % SOURCES;
}

/* Makes room for a datagram of `source`, though at the expense of one that waits when nothing else is left. */
static void datagram_evict(struct defragmenter *d, unsigned int source)
{
	const struct datagram_source *own = &d->sources[source];
	struct datagram *oldest = TAILQ_FIRST(&d->finished);

	if (oldest == NULL) {
		oldest = own->count * SOURCE_SHARE >= d->limits.datagrams ? TAILQ_FIRST(&own->waiting) : TAILQ_FIRST(&d->waiting);
		d->evicted++;
	}
	datagram_release(d, oldest);
}

/* An empty place: one that was used lately before one that never was, whose buffer would be new memory. */
static struct datagram *place_take(struct defragmenter *d, unsigned int source)
{
	struct datagram *datagram;

	if (d->finished_count > FINISHED_MAX)
		datagram_release(d, TAILQ_FIRST(&d->finished));
	if (TAILQ_EMPTY(&d->unused) && d->fresh < d->limits.datagrams) {
		datagram = &d->datagrams[d->fresh];
		datagram->bytes = d->buffers + d->fresh++ * BUFFER;
		return datagram;
	}
	if (TAILQ_EMPTY(&d->unused))
		datagram_evict(d, source);
	datagram = TAILQ_FIRST(&d->unused);
	TAILQ_REMOVE(&d->unused, datagram, queue);
	return datagram;
}

static struct datagram *datagram_open(struct defragmenter *d, const struct datagram_key *key, nanos clock)
{
	unsigned int source = source_of(d, &key->source);
	struct datagram *datagram = place_take(d, source);

	datagram->key = *key;
	datagram->since = clock;
	datagram->total = 0;
	datagram->state = DATAGRAM_WAITING;
	datagram->fragment_count = 0;
	datagram->range_count = 0;
	LIST_INSERT_HEAD(bucket_of(d, key), datagram, bucket);
	datagram->source = source;
	TAILQ_INSERT_TAIL(&d->waiting, datagram, queue);
	TAILQ_INSERT_TAIL(&d->sources[source].waiting, datagram, of_source);
	d->sources[source].count++;
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
	/* A fragment of a tunnelled datagram may lie in the datagram that carried it, whose place this may be. */
	memmove(datagram->bytes + range.from, bytes, range.to - range.from);
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
	verdict = fragment_add(d, datagram, fragment, clock);
	if (verdict == VERDICT_DECODED) {
		datagram_settle(d, datagram, DATAGRAM_FINISHED, clock);
		*ret_payload = cursor_of(datagram->bytes, datagram->total);
	}
	return verdict;
}

uint64_t defragmenter_expired(const struct defragmenter *d)
{
	return d->expired + d->evicted;
}

uint64_t defragmenter_evicted(const struct defragmenter *d)
{
	return d->evicted;
}
