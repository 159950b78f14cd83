/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reassembly of segmented user data, Q.714 4.1.1.2.2 and 4.1.1.2.3, segmentation parameter Q.713 3.17. Owned by one worker, which hands in
 * each segment with the clock of its frame.
 *
 * The parameter counts segments down: the first says how many follow, the last says 0. So the count is the place, and since the first bit
 * says where the places begin, the order of arrival does not matter. A message is a pool entry with 16 places of 272 bytes. It is known
 * by its calling address, local reference, point codes and the caller's path, compared whole; the hash only finds the bucket.
 *
 * Entries wait in one of two queues, oldest first: open ones, given up after the limit's age, and finished ones, kept as long so that a
 * late copy is called a duplicate instead of opening a message that never ends. When all are taken the oldest finished one makes room;
 * when all are open the newest segment is refused. A first segment that contradicts what is held means that the sender used
 * the reference again: the old message is given up. Any other contradiction is refused. Nothing allocates after sccp_segments_new().
 */
#include "dataplane/ss7/segment.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SEGMENTS_MAX       16
#define SEGMENT_LENGTH_MAX 272
#define NONE               UINT32_MAX

/* What tells messages apart: five words without holes, so that it can be hashed and compared as bytes. */
struct identity {
	uint64_t path;
	uint64_t global_title;
	uint64_t calling; /* calling point code, subsystem and numbering */
	uint64_t route;   /* originating and destination point code */
	uint64_t reference;
};

struct message {
	struct identity identity;
	nanos opened;
	uint32_t bucket_next;
	uint32_t newer;
	uint32_t older;
	uint32_t bucket;
	uint16_t held;       /* bit per place */
	uint8_t first_place; /* when has_first: the place of the first segment, that is, segments minus one */
	bool has_first;
	bool is_finished;
	uint16_t lengths[SEGMENTS_MAX];
	uint8_t bytes[SEGMENTS_MAX][SEGMENT_LENGTH_MAX];
};

struct queue {
	uint32_t oldest;
	uint32_t newest;
};

struct sccp_segments {
	struct sccp_segment_limits limits;
	struct message *messages;
	uint32_t *buckets;
	uint32_t bucket_mask;
	uint32_t spare; /* list of messages given back, through bucket_next */
	uint32_t used;  /* messages ever used: those above have never been touched */
	struct queue open;
	struct queue finished;
	uint64_t given_up;
	unsigned int count; /* segments of the message in `whole` */
	uint8_t whole[SEGMENTS_MAX * SEGMENT_LENGTH_MAX];
};

static void queue_append(struct sccp_segments *s, struct queue *q, uint32_t index)
{
	struct message *m = &s->messages[index];

	m->newer = NONE;
	m->older = q->newest;
	if (q->newest == NONE)
		q->oldest = index;
	else
		s->messages[q->newest].newer = index;
	q->newest = index;
}

static void queue_remove(struct sccp_segments *s, struct queue *q, uint32_t index)
{
	struct message *m = &s->messages[index];

	if (m->older == NONE)
		q->oldest = m->newer;
	else
		s->messages[m->older].newer = m->newer;
	if (m->newer == NONE)
		q->newest = m->older;
	else
		s->messages[m->newer].older = m->older;
}

static struct queue *queue_of(struct sccp_segments *s, const struct message *m)
{
	return m->is_finished ? &s->finished : &s->open;
}

static void bucket_remove(struct sccp_segments *s, uint32_t index)
{
	uint32_t *link = &s->buckets[s->messages[index].bucket];

	while (*link != index)
		link = &s->messages[*link].bucket_next;
	*link = s->messages[index].bucket_next;
}

/* Back to the spare ones; an unfinished message counts as given up. */
static void message_drop(struct sccp_segments *s, uint32_t index)
{
	struct message *m = &s->messages[index];

	if (!m->is_finished)
		s->given_up++;
	queue_remove(s, queue_of(s, m), index);
	bucket_remove(s, index);
	m->bucket_next = s->spare;
	s->spare = index;
}

/* In both directions of time: a clock that went back by more belongs to another capture. */
static bool is_over(const struct sccp_segments *s, const struct message *m, nanos clock)
{
	nanos age = clock - m->opened;

	return age > s->limits.age || age < -s->limits.age;
}

static void queue_expire(struct sccp_segments *s, struct queue *q, nanos clock)
{
	while (q->oldest != NONE && is_over(s, &s->messages[q->oldest], clock))
		message_drop(s, q->oldest);
}

static uint32_t message_find(const struct sccp_segments *s, const struct identity *identity, uint32_t bucket)
{
	uint32_t index = s->buckets[bucket];

	while (index != NONE && memcmp(&s->messages[index].identity, identity, sizeof(*identity)) != 0)
		index = s->messages[index].bucket_next;
	return index;
}

static uint32_t message_open(struct sccp_segments *s, const struct identity *identity, uint32_t bucket, nanos clock)
{
	struct message *m;
	uint32_t index;

	if (s->spare == NONE && s->used == s->limits.messages && s->finished.oldest != NONE)
		message_drop(s, s->finished.oldest);
	index = s->spare != NONE ? s->spare : s->used;
	if (index == s->limits.messages)
		return NONE;
	m = &s->messages[index];
	if (s->spare != NONE)
		s->spare = m->bucket_next;
	else
		s->used++;
	m->identity = *identity;
	m->opened = clock;
	m->held = 0;
	m->has_first = false;
	m->is_finished = false;
	m->bucket = bucket;
	m->bucket_next = s->buckets[bucket];
	s->buckets[bucket] = index;
	queue_append(s, &s->open, index);
	return index;
}

enum fit { FITS, IS_DUPLICATE, DOES_NOT_FIT };

/* Whether the segment agrees with those that are held: same bytes in its place or an empty one, and no place before the first. */
static enum fit segment_fit(const struct message *m, const struct sccp *segment)
{
	unsigned int place = segment->segments_left;
	size_t length = cursor_left(&segment->user);

	if (m->held & 1U << place) {
		bool is_same = m->lengths[place] == length && (length == 0 || memcmp(m->bytes[place], segment->user.at, length) == 0);

		return is_same && segment->is_first_segment == (m->has_first && m->first_place == place) ? IS_DUPLICATE : DOES_NOT_FIT;
	}
	if (m->has_first && (segment->is_first_segment || place > m->first_place))
		return DOES_NOT_FIT;
	if (segment->is_first_segment && m->held >> place != 0)
		return DOES_NOT_FIT;
	return FITS;
}

static void segment_keep(struct message *m, const struct sccp *segment)
{
	struct cursor user = segment->user;
	unsigned int place = segment->segments_left;

	m->lengths[place] = (uint16_t)cursor_left(&user);
	cursor_copy(&user, m->bytes[place], m->lengths[place]);
	m->held |= (uint16_t)(1U << place);
	if (segment->is_first_segment) {
		m->has_first = true;
		m->first_place = segment->segments_left;
	}
}

static bool message_is_whole(const struct message *m)
{
	return m->has_first && m->held == (uint16_t)((2U << m->first_place) - 1U);
}

static struct cursor message_join(struct sccp_segments *s, const struct message *m)
{
	size_t length = 0;

	for (unsigned int place = m->first_place + 1U; place-- > 0;) {
		memcpy(s->whole + length, m->bytes[place], m->lengths[place]);
		length += m->lengths[place];
	}
	return cursor_of(s->whole, length);
}

static struct identity identity_of(uint64_t path, const struct mtp3 *mtp3, const struct sccp *segment)
{
	const struct sccp_address *calling = &segment->calling;

	return (struct identity){
		.path = path,
		.global_title = calling->global_title,
		.calling = (uint64_t)calling->point_code << 32 | (uint64_t)calling->subsystem << 8 | calling->numbering_plan,
		.route = (uint64_t)mtp3->opc << 32 | mtp3->dpc,
		.reference = segment->segment_reference,
	};
}

/* The message that this segment belongs to, opened when there is none; NONE when it cannot be had, and then why. */
static uint32_t message_for(struct sccp_segments *s, const struct identity *identity, const struct sccp *segment, nanos clock,
			    enum verdict *ret_refusal)
{
	uint32_t bucket = (uint32_t)hash_bytes(&s->limits.key, identity, sizeof(*identity)) & s->bucket_mask;
	uint32_t index = message_find(s, identity, bucket);
	enum fit fit = index == NONE ? FITS : segment_fit(&s->messages[index], segment);

	*ret_refusal = fit == IS_DUPLICATE ? VERDICT_DUPLICATE : VERDICT_SCCP_SEGMENT;
	if (fit == IS_DUPLICATE || (fit == DOES_NOT_FIT && !segment->is_first_segment))
		return NONE;
	if (fit == DOES_NOT_FIT) {
		message_drop(s, index);
		index = NONE;
	}
	if (index == NONE) {
		index = message_open(s, identity, bucket, clock);
		*ret_refusal = VERDICT_REASSEMBLY_FULL;
	}
	return index;
}

enum verdict sccp_segments_take(struct sccp_segments *s, uint64_t path, const struct mtp3 *mtp3, const struct sccp *segment, nanos clock,
				struct cursor *ret)
{
	struct identity identity = identity_of(path, mtp3, segment);
	enum verdict refusal;
	uint32_t index;

	s->count = 1;
	if (segment->is_first_segment && segment->segments_left == 0) {
		*ret = segment->user;
		return VERDICT_DECODED;
	}
	if (cursor_left(&segment->user) > SEGMENT_LENGTH_MAX || segment->segments_left >= SEGMENTS_MAX)
		return VERDICT_SCCP_SEGMENT;
	queue_expire(s, &s->open, clock);
	queue_expire(s, &s->finished, clock);
	index = message_for(s, &identity, segment, clock, &refusal);
	if (index == NONE)
		return refusal;
	segment_keep(&s->messages[index], segment);
	if (!message_is_whole(&s->messages[index]))
		return VERDICT_FRAGMENT_HELD;
	queue_remove(s, &s->open, index);
	s->messages[index].is_finished = true;
	queue_append(s, &s->finished, index);
	s->count = s->messages[index].first_place + 1U;
	*ret = message_join(s, &s->messages[index]);
	return VERDICT_DECODED;
}

unsigned int sccp_segments_count(const struct sccp_segments *s)
{
	return s->count;
}

uint64_t sccp_segments_given_up(const struct sccp_segments *s)
{
	return s->given_up;
}

struct sccp_segments *sccp_segments_new(const struct sccp_segment_limits *limits)
{
	struct sccp_segments *s = calloc(1, sizeof(*s));
	size_t buckets = 16;

	assert(limits->messages > 0 && limits->messages < UINT32_MAX / 4);
	while (buckets < limits->messages)
		buckets *= 2;
	if (!s)
		return NULL;
	s->limits = *limits;
	s->messages = calloc(limits->messages, sizeof(*s->messages));
	s->buckets = calloc(buckets, sizeof(*s->buckets));
	if (!s->messages || !s->buckets) {
		sccp_segments_free(s);
		return NULL;
	}
	s->bucket_mask = (uint32_t)(buckets - 1);
	for (size_t i = 0; i < buckets; i++)
		s->buckets[i] = NONE;
	s->spare = NONE;
	s->open = s->finished = (struct queue){ .oldest = NONE, .newest = NONE };
	return s;
}

void sccp_segments_free(struct sccp_segments *s)
{
	if (!s)
		return;
	free(s->messages);
	free(s->buckets);
	free(s);
}
