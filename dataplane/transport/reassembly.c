/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs of fragments, see reassembly.h. Called by association.c only, from the worker that owns the directions.
 *
 * A new fragment looks for the run that ends just before it and the one that begins just after it, joins what it finds (chains of blocks
 * are linked, bytes are never moved) or becomes a run of its own. The finished message is copied once, into one scratch buffer. Which runs
 * belong together: same stream, same U bit, same stream sequence number or message id; unordered DATA has no sequence number of its own
 * (RFC 9260 3.3.1), there the TSN alone must do, and does.
 *
 * Refused: more runs, blocks or bytes than there is room for; a message that grows too long gives its run up. Fragments between
 * two lost ones stay until their age; a message in several pieces counts once when they go.
 */
#include "dataplane/transport/reassembly.h"

#include <stdlib.h>
#include <string.h>

/* Room of a block: a fragment of a path with small MTU wastes little, one of Ethernet's size takes three. */
#define BLOCK_BYTES 504
/* Blocks per run that the pool is made for (4 KiB), beside room for a few messages of the longest kind. */
#define BLOCKS_PER_RUN   8
#define LONGEST_MESSAGES 4

struct block {
	struct block *next;
	size_t used;
	uint8_t bytes[BLOCK_BYTES];
};

struct reassembly_run {
	struct block *head;
	struct block *tail;
	size_t length;
	nanos since;
	uint32_t first; /* number of the first fragment, see reassembly.h */
	uint32_t last;
	uint32_t message;
	uint32_t ppid; /* of the beginning */
	uint16_t stream;
	bool is_unordered;
	bool is_i_data;
	bool has_beginning;
	bool has_end;
	struct reassembly_runs *siblings;   /* the list it is in */
	LIST_ENTRY(reassembly_run) sibling; /* of the same direction, or unused */
	TAILQ_ENTRY(reassembly_run) queue;  /* oldest first */
};

TAILQ_HEAD(run_queue, reassembly_run);

struct reassembly {
	struct reassembly_limits limits;
	uint64_t *given_up;
	struct reassembly_run *runs;
	struct block *blocks;
	uint8_t *message;
	struct reassembly_runs unused_runs;
	struct block *unused_blocks;
	size_t fresh_run; /* runs and blocks from here on were never used, and are no memory yet */
	size_t fresh_block;
	size_t block_count;
	struct run_queue queue;
};

struct reassembly *reassembly_new(const struct reassembly_limits *limits, uint64_t *given_up)
{
	struct reassembly *r = calloc(1, sizeof(*r));
	size_t block_count = limits->runs * BLOCKS_PER_RUN + LONGEST_MESSAGES * (limits->message_bytes / BLOCK_BYTES + 1);

	if (r == NULL)
		return NULL;
	r->limits = *limits;
	r->given_up = given_up;
	r->runs = calloc(limits->runs, sizeof(*r->runs));
	r->blocks = calloc(block_count, sizeof(*r->blocks));
	r->message = calloc(1, limits->message_bytes);
	if (r->runs == NULL || r->blocks == NULL || r->message == NULL) {
		reassembly_free(r);
		return NULL;
	}
	LIST_INIT(&r->unused_runs);
	TAILQ_INIT(&r->queue);
	r->block_count = block_count;
	return r;
}

void reassembly_free(struct reassembly *r)
{
	if (r == NULL)
		return;
	free(r->runs);
	free(r->blocks);
	free(r->message);
	free(r);
}

static void chain_release(struct reassembly *r, struct block *head, struct block *tail)
{
	if (head == NULL)
		return;
	tail->next = r->unused_blocks;
	r->unused_blocks = head;
}

/* One that was used before, else one that never was; NULL when all are taken. */
static struct block *block_take(struct reassembly *r)
{
	struct block *block = r->unused_blocks;

	if (block != NULL)
		r->unused_blocks = block->next;
	else if (r->fresh_block < r->block_count)
		block = &r->blocks[r->fresh_block++];
	return block;
}

/* Copies bytes into a chain of blocks; false when the pool has not enough of them. */
static bool chain_fill(struct reassembly *r, struct cursor bytes, struct block **ret_head, struct block **ret_tail)
{
	struct block *head = NULL;
	struct block **link = &head;
	struct block *tail = NULL;

	while (cursor_left(&bytes) > 0) {
		struct block *block = block_take(r);

		if (block == NULL) {
			chain_release(r, head, tail);
			return false;
		}
		block->next = NULL;
		block->used = cursor_left(&bytes) < BLOCK_BYTES ? cursor_left(&bytes) : BLOCK_BYTES;
		cursor_copy(&bytes, block->bytes, block->used);
		*link = block;
		link = &block->next;
		tail = block;
	}
	*ret_head = head;
	*ret_tail = tail;
	return true;
}

static void run_release(struct reassembly *r, struct reassembly_run *run)
{
	chain_release(r, run->head, run->tail);
	LIST_REMOVE(run, sibling);
	TAILQ_REMOVE(&r->queue, run, queue);
	LIST_INSERT_HEAD(&r->unused_runs, run, sibling);
}

static bool is_same_message(const struct reassembly_run *a, const struct reassembly_run *b)
{
	return a->stream == b->stream && a->message == b->message && a->is_unordered == b->is_unordered && a->is_i_data == b->is_i_data;
}

/* Several pieces of one message are one message lost: the last of them is counted. Unordered DATA does not tell, see above. */
static bool is_last_piece(const struct reassembly_run *run)
{
	const struct reassembly_run *other = LIST_FIRST(run->siblings);

	if (run->is_unordered && !run->is_i_data)
		return true;
	while (other != NULL && (other == run || !is_same_message(run, other)))
		other = LIST_NEXT(other, sibling);
	return other == NULL;
}

static void run_give_up(struct reassembly *r, struct reassembly_run *run)
{
	if (is_last_piece(run))
		(*r->given_up)++;
	run_release(r, run);
}

void reassembly_expire(struct reassembly *r, nanos clock)
{
	struct reassembly_run *oldest = NULL;

	while ((oldest = TAILQ_FIRST(&r->queue)) != NULL) {
		nanos age = clock - oldest->since;

		if (age <= r->limits.age && age >= -r->limits.age)
			return;
		run_give_up(r, oldest);
	}
}

void reassembly_forget(struct reassembly *r, struct reassembly_runs *runs)
{
	while (!LIST_EMPTY(runs))
		run_give_up(r, LIST_FIRST(runs));
}

/* A run of one fragment, not yet among the others. */
static struct reassembly_run run_of(const struct sctp_data *fragment, nanos clock)
{
	uint32_t number = fragment->is_i_data ? fragment->fragment_sequence : fragment->tsn;

	return (struct reassembly_run){ .length = cursor_left(&fragment->user),
					.since = clock,
					.first = number,
					.last = number,
					.message = fragment->is_i_data || !fragment->is_unordered ? fragment->message : 0,
					.ppid = fragment->ppid,
					.stream = fragment->stream,
					.is_unordered = fragment->is_unordered,
					.is_i_data = fragment->is_i_data,
					.has_beginning = fragment->begins,
					.has_end = fragment->ends };
}

/* Whether `later` goes on where `earlier` stops. */
static bool is_continued(const struct reassembly_run *earlier, const struct reassembly_run *later)
{
	return earlier->last + 1 == later->first && !earlier->has_end && !later->has_beginning && is_same_message(earlier, later);
}

/* Links the bytes of `later` behind those of `earlier` and puts the result into `ret`, which is one of them or a third. */
static void run_join(const struct reassembly_run *earlier, const struct reassembly_run *later, struct reassembly_run *ret)
{
	struct reassembly_run joined = *ret;

	earlier->tail->next = later->head;
	joined.head = earlier->head;
	joined.tail = later->tail;
	joined.length = earlier->length + later->length;
	joined.first = earlier->first;
	joined.last = later->last;
	joined.ppid = earlier->ppid;
	joined.has_beginning = earlier->has_beginning;
	joined.has_end = later->has_end;
	*ret = joined;
}

/* Takes the bytes out of a run whose chain now belongs to another. */
static void run_empty(struct reassembly *r, struct reassembly_run *run)
{
	run->head = NULL;
	run->tail = NULL;
	run_release(r, run);
}

/* A place of its own for a run; NULL when all are taken. */
static struct reassembly_run *run_keep(struct reassembly *r, struct reassembly_runs *runs, const struct reassembly_run *run)
{
	struct reassembly_run *kept = LIST_FIRST(&r->unused_runs);

	if (kept != NULL)
		LIST_REMOVE(kept, sibling);
	else if (r->fresh_run < r->limits.runs)
		kept = &r->runs[r->fresh_run++];
	else
		return NULL;
	*kept = *run;
	kept->siblings = runs;
	LIST_INSERT_HEAD(runs, kept, sibling);
	TAILQ_INSERT_TAIL(&r->queue, kept, queue);
	return kept;
}

/* Joins the fragment, whose bytes are in a chain already, with its neighbours. NULL when it has none and there is no place for it. */
static struct reassembly_run *run_place(struct reassembly *r, struct reassembly_runs *runs, struct reassembly_run *fragment)
{
	struct reassembly_run *before = NULL;
	struct reassembly_run *after = NULL;

	for (struct reassembly_run *run = LIST_FIRST(runs); run != NULL; run = LIST_NEXT(run, sibling)) {
		if (is_continued(run, fragment))
			before = run;
		else if (is_continued(fragment, run))
			after = run;
	}
	if (before == NULL && after == NULL)
		return run_keep(r, runs, fragment);
	if (after == NULL) {
		run_join(before, fragment, before);
		return before;
	}
	run_join(fragment, after, after);
	if (before == NULL)
		return after;
	if (before->since <= after->since) {
		run_join(before, after, before);
		run_empty(r, after);
		return before;
	}
	run_join(before, after, after);
	run_empty(r, before);
	return after;
}

/* Copies the message together; the caller has compared its length with the scratch. */
static struct cursor run_assemble(struct reassembly *r, const struct reassembly_run *run)
{
	size_t length = 0;

	for (const struct block *block = run->head; block != NULL; block = block->next) {
		memcpy(r->message + length, block->bytes, block->used);
		length += block->used;
	}
	return cursor_of(r->message, length);
}

enum verdict reassembly_take(struct reassembly *r, struct reassembly_runs *runs, const struct sctp_data *fragment, nanos clock,
			     struct cursor *ret_bytes, uint32_t *ret_ppid)
{
	struct reassembly_run piece = run_of(fragment, clock);
	struct reassembly_run *run = NULL;

	if (piece.length > r->limits.message_bytes || !chain_fill(r, fragment->user, &piece.head, &piece.tail))
		return VERDICT_REASSEMBLY_FULL;
	run = run_place(r, runs, &piece);
	if (run == NULL) {
		chain_release(r, piece.head, piece.tail);
		return VERDICT_REASSEMBLY_FULL;
	}
	if (run->length > r->limits.message_bytes) {
		run_give_up(r, run);
		return VERDICT_REASSEMBLY_FULL;
	}
	if (!run->has_beginning || !run->has_end)
		return VERDICT_FRAGMENT_HELD;
	*ret_bytes = run_assemble(r, run);
	*ret_ppid = run->ppid;
	run_release(r, run);
	return VERDICT_DECODED;
}
