/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Waiting bytes of TCP streams, see hold.h. The same interval arithmetic serves retransmission, overlap and reordering
 * (RFC 9293 3.10.7.4: "segments with higher beginning sequence numbers should be held for later processing").
 *
 * Called by stream.c from the worker that owns the streams. Refuses what does not fit and what would be one range too many; who
 * makes room, and at whose expense, is the stream's decision. Where copies of a byte differ the first one is kept, whatever the
 * receiver's own policy may be: a probe cannot know it. Bytes are moved inside the buffer only when its end is reached.
 */
#include "dataplane/transport/hold.h"

#include <assert.h>
#include <stdlib.h>

bool holds_open(struct holds *pool, size_t count, size_t capacity)
{
	*pool = (struct holds){ .count = count };
	pool->all = calloc(count, sizeof(*pool->all));
	pool->free = calloc(count, sizeof(struct hold *));
	pool->bytes = calloc(count, capacity);
	if (pool->all == NULL || pool->free == NULL || pool->bytes == NULL) {
		holds_close(pool);
		return false;
	}
	for (size_t i = count; i > 0; i--) {
		pool->all[i - 1].bytes = pool->bytes + (i - 1) * capacity;
		pool->all[i - 1].capacity = capacity;
		pool->free[pool->free_count++] = &pool->all[i - 1];
	}
	return true;
}

void holds_close(struct holds *pool)
{
	free(pool->all);
	free(pool->free);
	free(pool->bytes);
	*pool = (struct holds){ 0 };
}

struct hold *holds_take(struct holds *pool, struct stream *owner)
{
	struct hold *hold = NULL;

	if (pool->free_count == 0)
		return NULL;
	hold = pool->free[--pool->free_count];
	hold->owner = owner;
	hold->start = 0;
	hold->range_count = 0;
	return hold;
}

void holds_give_back(struct holds *pool, struct hold *hold)
{
	assert(hold->owner != NULL && pool->free_count < pool->count);
	hold->owner = NULL;
	pool->free[pool->free_count++] = hold;
}

/* Copies the part of `bytes`, whose offset is `offset`, that lies in [from, to). */
static void bytes_place(struct hold *hold, size_t offset, struct cursor bytes, struct hold_range part)
{
	cursor_skip(&bytes, part.from - offset);
	cursor_copy(&bytes, hold->bytes + hold->start + part.from, part.to - part.from);
}

/* Copies what lies between the ranges `first` to before `last`, which all touch `bytes`; returns how many bytes that were. */
static size_t bytes_fill(struct hold *hold, size_t offset, struct cursor bytes, const size_t touched[2])
{
	size_t to = offset + cursor_left(&bytes);
	size_t position = offset;
	size_t count = 0;

	for (size_t i = touched[0]; i < touched[1]; i++) {
		const struct hold_range *range = &hold->ranges[i];

		if (range->from > position) {
			bytes_place(hold, offset, bytes, (struct hold_range){ .from = position, .to = range->from });
			count += range->from - position;
		}
		position = range->to > position ? range->to : position;
	}
	if (position < to) {
		bytes_place(hold, offset, bytes, (struct hold_range){ .from = position, .to = to });
		count += to - position;
	}
	return count;
}

static void range_insert(struct hold *hold, size_t at, const struct hold_range *range)
{
	memmove(&hold->ranges[at + 1], &hold->ranges[at], (hold->range_count - at) * sizeof(*range));
	hold->ranges[at] = *range;
	hold->range_count++;
}

/* Makes one range of those from `first` to before `last`, stretched to hold [from, to). The gap before it is that before the first. */
static void ranges_join(struct hold *hold, const size_t touched[2], size_t from, size_t to)
{
	struct hold_range *range = &hold->ranges[touched[0]];
	size_t end = hold->ranges[touched[1] - 1].to;

	range->from = range->from < from ? range->from : from;
	range->to = end > to ? end : to;
	memmove(range + 1, &hold->ranges[touched[1]], (hold->range_count - touched[1]) * sizeof(*range));
	hold->range_count -= touched[1] - touched[0] - 1;
}

bool hold_put(struct hold *hold, size_t offset, struct cursor bytes, nanos clock, size_t *ret_new)
{
	size_t length = cursor_left(&bytes);
	size_t to = offset + length;
	size_t touched[2] = { 0, 0 };

	if (length > hold->capacity || offset > hold->capacity - length)
		return false;
	while (touched[0] < hold->range_count && hold->ranges[touched[0]].to < offset)
		touched[0]++;
	touched[1] = touched[0];
	while (touched[1] < hold->range_count && hold->ranges[touched[1]].from <= to)
		touched[1]++;
	if (touched[0] == touched[1] && hold->range_count == HOLD_RANGES_MAX)
		return false;
	if (hold->start + to > hold->capacity) {
		memmove(hold->bytes, hold->bytes + hold->start, hold_span(hold));
		hold->start = 0;
	}
	*ret_new = bytes_fill(hold, offset, bytes, touched);
	if (touched[0] == touched[1])
		range_insert(hold, touched[0], &(struct hold_range){ offset, to, clock, HOLD_NOT_ACKNOWLEDGED });
	else
		ranges_join(hold, touched, offset, to);
	return true;
}

static bool begins_contiguous(const struct hold *hold)
{
	return hold->range_count > 0 && hold->ranges[0].from == 0;
}

struct cursor hold_contiguous(const struct hold *hold)
{
	return cursor_of(hold->bytes + hold->start, begins_contiguous(hold) ? hold->ranges[0].to : 0);
}

/* Offset 0 becomes `by`, which lies in the first range or at one of its ends. */
static void offsets_move(struct hold *hold, size_t by)
{
	if (hold->ranges[0].to == by) {
		hold->range_count--;
		memmove(&hold->ranges[0], &hold->ranges[1], hold->range_count * sizeof(hold->ranges[0]));
	}
	for (size_t i = 0; i < hold->range_count; i++) {
		hold->ranges[i].from = hold->ranges[i].from > by ? hold->ranges[i].from - by : 0;
		hold->ranges[i].to -= by;
	}
	hold->start += by;
}

void hold_use(struct hold *hold, size_t count)
{
	if (count == 0)
		return;
	assert(begins_contiguous(hold) && count <= hold->ranges[0].to);
	offsets_move(hold, count);
}

struct hold_range *hold_behind_gap(struct hold *hold)
{
	size_t at = begins_contiguous(hold) ? 1 : 0;

	return at < hold->range_count ? &hold->ranges[at] : NULL;
}

size_t hold_skip_gap(struct hold *hold)
{
	struct cursor contiguous = hold_contiguous(hold);
	size_t before = cursor_left(&contiguous);
	size_t gap = 0;

	hold_use(hold, before);
	gap = hold->ranges[0].from;
	offsets_move(hold, gap);
	return before + gap;
}

void hold_acknowledge(struct hold *hold, size_t offset, nanos clock)
{
	for (size_t i = 0; i < hold->range_count && hold->ranges[i].from <= offset; i++) {
		if (hold->ranges[i].acknowledged > clock)
			hold->ranges[i].acknowledged = clock;
	}
}

size_t hold_span(const struct hold *hold)
{
	return hold->range_count == 0 ? 0 : hold->ranges[hold->range_count - 1].to;
}

size_t hold_size(const struct hold *hold)
{
	size_t size = 0;

	for (size_t i = 0; i < hold->range_count; i++)
		size += hold->ranges[i].to - hold->ranges[i].from;
	return size;
}
