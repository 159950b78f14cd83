/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Capture files as a source: any number of them, merged by capture time.
 *
 * Every file has one record in hand; a heap gives the file whose record is the earliest, the file named first when two are equal. So the
 * order inside one file stays as it was written, also where its time goes back (merged taps do that tens of times per capture), and
 * the merged order depends on the files alone. The bytes of a burst are copied into an arena of fixed size; as many arenas as bursts that
 * may be read ahead (ahead.c) take turns. A burst ends early when its arena is full.
 *
 * Called by the commands (open, close) and by the one thread that reads. A file that turns out damaged ends there and the others go on;
 * the sentences of all damaged files stand in the error at the very end. Memory: about 1.2 MiB per open file, whatever its size, and the
 * arenas.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/source/capture.h"
#include "dataplane/source/clock.h"
#include "dataplane/source/source.h"

/* Also what bounds the indications of one burst: 20-byte messages make fewer of them than the ring between two workers takes. */
#define ARENA_BYTES (512 * 1024)
#define ARENA_ALIGN 16
#define FILES_MAX   UINT16_MAX

_Static_assert(ARENA_BYTES >= CAPTURE_BYTES_MAX + ARENA_ALIGN, "an empty arena takes any record");

/* A file with its record in hand. */
struct reel {
	struct capture *capture;
	struct capture_record record;
	uint32_t number; /* of the record in hand, from 1 */
	uint16_t tap;
};

struct files {
	struct source source;
	size_t reel_count;
	size_t heap_count;
	struct reel **heap; /* those with a record in hand, the earliest first */
	struct reel *reels;
	nanos clock;
	uint64_t frames;
	uint64_t bytes;
	bool has_begun;
	bool is_damaged;
	char error[SOURCE_ERROR_MAX];
	size_t turn; /* whose arena is filled next */
	uint8_t arenas[SOURCE_AHEAD][ARENA_BYTES];
};

static bool reel_is_earlier(const struct reel *a, const struct reel *b)
{
	return a->record.time < b->record.time || (a->record.time == b->record.time && a->tap < b->tap);
}

/* Restores the heap below `at` after the record there became a later one. */
static void heap_sink(struct files *f, size_t at)
{
	struct reel *moved = f->heap[at];

	for (size_t child = 2 * at + 1; child < f->heap_count; child = 2 * at + 1) {
		if (child + 1 < f->heap_count && reel_is_earlier(f->heap[child + 1], f->heap[child]))
			child++;
		if (!reel_is_earlier(f->heap[child], moved))
			break;
		f->heap[at] = f->heap[child];
		at = child;
	}
	f->heap[at] = moved;
}

static void damage_note(struct files *f, const char *sentence)
{
	size_t used = strlen(f->error);

	snprintf(f->error + used, sizeof(f->error) - used, "%s%s", used > 0 ? "; " : "", sentence);
	f->is_damaged = true;
}

/* Takes the next record of a file in hand; false when there is none. */
static bool reel_advance(struct files *f, struct reel *r)
{
	enum capture_state state = capture_next(r->capture, &r->record);

	if (state == CAPTURE_DAMAGED)
		damage_note(f, capture_error(r->capture));
	r->number++;
	return state == CAPTURE_RECORD;
}

/* The first record of each file; not at opening, where standard input may still be silent. */
static void heap_begin(struct files *f)
{
	f->has_begun = true;
	for (size_t i = 0; i < f->reel_count; i++)
		if (reel_advance(f, &f->reels[i]))
			f->heap[f->heap_count++] = &f->reels[i];
	for (size_t i = f->heap_count / 2; i-- > 0;)
		heap_sink(f, i);
}

static void frame_take(struct files *f, const struct reel *r, uint8_t *to, struct frame *ret)
{
	memcpy(to, r->record.bytes, r->record.captured);
	f->clock = clock_step(f->clock, r->record.time);
	f->frames++;
	f->bytes += r->record.captured;
	*ret = (struct frame){
		.bytes = to,
		.captured = r->record.captured,
		.wire_length = r->record.wire_length,
		.time = r->record.time,
		.clock = f->clock,
		.sequence = f->frames,
		.number = r->number,
		.tap = r->tap,
		.link_type = r->record.link_type,
		.is_cut = r->record.captured < r->record.wire_length,
	};
}

static enum source_state files_burst(struct source *s, struct frame *frames, size_t max, size_t *ret_count)
{
	struct files *f = (struct files *)s;
	uint8_t *arena = f->arenas[f->turn];
	size_t used = 0;
	size_t count = 0;

	f->turn = (f->turn + 1) % SOURCE_AHEAD;
	if (!f->has_begun)
		heap_begin(f);
	while (count < max && f->heap_count > 0) {
		struct reel *r = f->heap[0];

		if (r->record.captured > ARENA_BYTES - used)
			break;
		frame_take(f, r, arena + used, &frames[count++]);
		used += (r->record.captured + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
		if (!reel_advance(f, r))
			f->heap[0] = f->heap[--f->heap_count];
		if (f->heap_count > 0)
			heap_sink(f, 0);
	}
	*ret_count = count;
	if (count > 0 || f->heap_count > 0)
		return SOURCE_MORE;
	return f->is_damaged ? SOURCE_DAMAGED : SOURCE_END;
}

static void files_statistics(struct source *s, struct source_statistics *ret)
{
	const struct files *f = (const struct files *)s;
	struct source_statistics statistics = { .frames = f->frames, .bytes = f->bytes };
	bool is_size_known = true;

	for (size_t i = 0; i < f->reel_count; i++) {
		statistics.position += capture_position(f->reels[i].capture);
		statistics.size += capture_size(f->reels[i].capture);
		is_size_known = is_size_known && capture_size(f->reels[i].capture) > 0;
	}
	if (!is_size_known)
		statistics.size = 0;
	*ret = statistics;
}

static const char *files_error(struct source *s)
{
	return ((struct files *)s)->error;
}

static void files_close(struct source *s)
{
	struct files *f = (struct files *)s;

	for (size_t i = 0; i < f->reel_count; i++)
		capture_close(f->reels[i].capture);
	free(f->reels);
	free(f->heap);
	free(f);
}

static const struct source_operations files_operations = {
	.burst = files_burst,
	.statistics = files_statistics,
	.error = files_error,
	.close = files_close,
};

/* Whether the list itself can be opened: something, not too much, and standard input at most once. */
static bool paths_check(const char *const *paths, size_t count, char *error)
{
	size_t inputs = 0;

	for (size_t i = 0; i < count; i++)
		inputs += strcmp(paths[i], "-") == 0;
	if (count == 0)
		snprintf(error, SOURCE_ERROR_MAX, "no capture file is named");
	else if (count > FILES_MAX)
		snprintf(error, SOURCE_ERROR_MAX, "%zu capture files are more than %d at a time; merge some of them first", count,
			 FILES_MAX);
	else if (inputs > 1)
		snprintf(error, SOURCE_ERROR_MAX, "standard input is named %zu times, it can be read once", inputs);
	else
		return true;
	return false;
}

struct source *source_open_files(const char *const *paths, size_t count, char error[SOURCE_ERROR_MAX])
{
	struct files *f;

	if (!paths_check(paths, count, error))
		return NULL;
	f = malloc(sizeof(*f));
	if (f == NULL) {
		snprintf(error, SOURCE_ERROR_MAX, "no memory to open %zu capture files", count);
		return NULL;
	}
	memset(f, 0, offsetof(struct files, arenas));
	f->source.operations = &files_operations;
	f->clock = CLOCK_START;
	f->reels = calloc(count, sizeof(*f->reels));
	f->heap = calloc(count, sizeof(*f->heap));
	if (f->reels == NULL || f->heap == NULL) {
		snprintf(error, SOURCE_ERROR_MAX, "no memory to open %zu capture files", count);
		files_close(&f->source);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		struct reel *r = &f->reels[f->reel_count];

		r->tap = (uint16_t)i;
		r->capture = capture_open(paths[i], error);
		if (r->capture != NULL)
			f->reel_count++;
		else
			damage_note(f, error);
	}
	if (f->reel_count > 0)
		return &f->source;
	/* None of them can be read: all sentences, not only the last. */
	snprintf(error, SOURCE_ERROR_MAX, "%s", f->error);
	files_close(&f->source);
	return NULL;
}
