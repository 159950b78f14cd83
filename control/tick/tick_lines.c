/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Lines are found in one buffer that slides over the file and grows only for those who look ahead or put lines in order. A line longer
 * than TICK_LINE_MAX is no line: the file is given up there.
 */
#include "control/tick/tick_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK ((size_t)64 << 10)

struct ranked {
	int64_t rank;
	uint64_t at;
	uint64_t number;
};

struct tick_lines {
	struct inflate *file;
	char *bytes;
	size_t start, end, room; /* [start, end) was read and not yet taken */
	size_t searched;         /* from start on: no end of line there */
	uint64_t number;         /* of the line taken last */
	bool is_at_end;
	struct ranked *order; /* NULL: as they come */
	size_t order_count, order_next;
	char error[SOURCE_ERROR_MAX];
};

struct tick_lines *tick_lines_open(const char *path, char *error)
{
	struct tick_lines *l = calloc(1, sizeof(*l));

	if (l == NULL) {
		snprintf(error, SOURCE_ERROR_MAX, "%.256s: no memory to open it", path);
		return NULL;
	}
	l->file = inflate_open(path, error);
	if (l->file == NULL) {
		free(l);
		return NULL;
	}
	return l;
}

void tick_lines_close(struct tick_lines *l)
{
	if (l == NULL)
		return;
	inflate_close(l->file);
	free(l->bytes);
	free(l->order);
	free(l);
}

/* Reads more behind `end`; false at the end of the file, without memory, or where it is broken. */
static bool more_read(struct tick_lines *l)
{
	ssize_t got;

	if (l->is_at_end)
		return false;
	if (l->start > 0 && l->room - l->end < CHUNK) {
		memmove(l->bytes, l->bytes + l->start, l->end - l->start);
		l->end -= l->start;
		l->start = 0;
	}
	if (l->room - l->end < CHUNK) {
		size_t room = l->room == 0 ? 2 * CHUNK : 2 * l->room;
		char *bigger = realloc(l->bytes, room);

		if (bigger == NULL) {
			snprintf(l->error, sizeof(l->error), "%.256s: no memory to read it", inflate_name(l->file));
			l->is_at_end = true;
			return false;
		}
		l->bytes = bigger;
		l->room = room;
	}
	got = inflate_read(l->file, l->bytes + l->end, l->room - l->end);
	if (got < 0)
		snprintf(l->error, sizeof(l->error), "%.500s", inflate_error(l->file));
	l->is_at_end = got <= 0;
	l->end += got > 0 ? (size_t)got : 0;
	return got > 0;
}

static void line_make(const struct tick_lines *l, size_t at, size_t length, uint64_t number, struct tick_line *ret)
{
	*ret = (struct tick_line){ .bytes = l->bytes + at, .length = length, .number = number, .is_cut = at + length == l->end };
	if (ret->length > 0 && ret->bytes[ret->length - 1] == '\r')
		ret->length--;
}

/* The line that begins `from` bytes behind the start; false at the end. */
static bool line_find(struct tick_lines *l, size_t from, uint64_t number, size_t *ret_taken, struct tick_line *ret)
{
	size_t searched = from;

	for (;;) {
		const char *stop = l->end - l->start > searched ? memchr(l->bytes + l->start + searched, '\n', l->end - l->start - searched)
								: NULL;
		size_t length = stop == NULL ? l->end - l->start - from : (size_t)(stop - (l->bytes + l->start)) - from;

		if (length > TICK_LINE_MAX) {
			snprintf(l->error, sizeof(l->error), "%.256s:%llu: a line of more than 1 MiB; this is no file of counts",
				 inflate_name(l->file), (unsigned long long)number);
			l->is_at_end = true;
			return false;
		}
		if (stop != NULL) {
			line_make(l, l->start + from, length, number, ret);
			*ret_taken = from + length + 1;
			return true;
		}
		searched = l->end - l->start;
		if (!more_read(l)) {
			if (length == 0)
				return false;
			line_make(l, l->start + from, length, number, ret);
			*ret_taken = from + length;
			return true;
		}
	}
}

static bool ranked_next(struct tick_lines *l, struct tick_line *ret)
{
	const struct ranked *r;
	const char *stop;

	if (l->order_next == l->order_count)
		return false;
	r = &l->order[l->order_next++];
	stop = memchr(l->bytes + r->at, '\n', l->end - r->at);
	line_make(l, r->at, stop == NULL ? l->end - r->at : (size_t)(stop - l->bytes) - r->at, r->number, ret);
	return true;
}

bool tick_lines_next(struct tick_lines *l, struct tick_line *ret)
{
	size_t taken;

	if (l->order != NULL)
		return ranked_next(l, ret);
	if (!line_find(l, 0, l->number + 1, &taken, ret))
		return false;
	l->start += taken;
	l->number++;
	return true;
}

void tick_lines_look(struct tick_lines *l, bool (*see)(void *self, const struct tick_line *line), void *self)
{
	size_t from = 0, taken;
	uint64_t number = l->number;
	struct tick_line line;

	while (from < TICK_LINES_AHEAD && line_find(l, from, ++number, &taken, &line)) {
		from = taken;
		if (!see(self, &line))
			return;
	}
}

static int ranked_compare(const void *a, const void *b)
{
	const struct ranked *x = a;
	const struct ranked *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

static bool ranked_add(struct tick_lines *l, size_t *room, const struct ranked *r)
{
	if (l->order_count == *room) {
		size_t more = *room == 0 ? 65536 : 2 * *room;
		struct ranked *bigger = realloc(l->order, more * sizeof(*bigger));

		if (bigger == NULL)
			return false;
		l->order = bigger;
		*room = more;
	}
	l->order[l->order_count++] = *r;
	return true;
}

bool tick_lines_sort(struct tick_lines *l, bool (*rank)(void *self, const struct tick_line *line, int64_t *ret_rank), void *self,
		     char *error)
{
	size_t from = 0, taken, room = 0;
	struct tick_line line;
	bool is_whole = true;

	while (l->end - l->start < TICK_LINES_WHOLE && more_read(l))
		;
	if (!l->is_at_end) {
		snprintf(
			error, SOURCE_ERROR_MAX,
			"%.256s: its rows are not in the order of time, and it is too large to be put in order here; sort it by its column "
			"of time",
			inflate_name(l->file));
		return false;
	}
	while (is_whole && line_find(l, from, ++l->number, &taken, &line)) {
		struct ranked r = { .at = l->start + from, .number = l->number };

		from = taken;
		if (rank(self, &line, &r.rank))
			is_whole = ranked_add(l, &room, &r);
	}
	if (!is_whole || l->order == NULL) {
		snprintf(error, SOURCE_ERROR_MAX, "%.256s: no memory to put its rows in order", inflate_name(l->file));
		return false;
	}
	qsort(l->order, l->order_count, sizeof(*l->order), ranked_compare);
	return true;
}

const char *tick_lines_error(const struct tick_lines *l)
{
	return l->error[0] != '\0' ? l->error : NULL;
}

const char *tick_lines_name(const struct tick_lines *l)
{
	return inflate_name(l->file);
}

double tick_lines_progress(const struct tick_lines *l)
{
	uint64_t size = inflate_size(l->file);

	if (l->order != NULL)
		return l->order_count > 0 ? (double)l->order_next / (double)l->order_count : 1;
	return size > 0 ? (double)inflate_position(l->file) / (double)size : -1;
}
