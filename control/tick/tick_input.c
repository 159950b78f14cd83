/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See tick_input.h. Each file is read one item ahead; the tick with the least start among these is gathered from all files. Memory is that
 * of the largest tick.
 */
#include "control/tick/tick_input.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Left-out ticks from which a recording is taken for a sparse one: one in so many. */
#define SPARSE_FROM 50

struct head {
	struct tick_file *file;
	struct tick_item item;
	nanos start; /* of the item's tick */
	bool has_item;
};

struct tick_input {
	FILE *errors;
	struct head *heads;
	size_t count;
	struct tick_grid grid;
	nanos ages[TALLY_CHECKPOINTS];
	void (*take)(void *self, const struct outcome *notice);
	void *take_self;
	struct tally_cell *cells;
	size_t cell_count, cell_room;
	nanos last;    /* start of the tick given last */
	nanos waiting; /* start of the tick that comes after those that are made up */
	bool has_last;
	bool has_accounts;
	bool is_whole;
	bool is_broken; /* no memory */
	uint64_t given, made_up, holes, rows;
};

/* The next row or account; notices are told at once. */
static void head_advance(struct tick_input *in, struct head *h)
{
	do {
		h->has_item = tick_file_next(h->file, &h->item);
		if (h->has_item && h->item.kind == TICK_RECORD_NOTICE && in->take != NULL)
			in->take(in->take_self, &h->item.notice);
	} while (h->has_item && h->item.kind == TICK_RECORD_NOTICE);
	if (!h->has_item)
		return;
	in->rows += h->item.kind == TICK_RECORD_ROW;
	h->start = tick_grid_start(&in->grid, h->item.time);
}

/* Opens all; the coarsest grid is that of all, and the first ages found are those of all. */
struct tick_input *tick_input_open(const char *const *paths, size_t count, struct stream_names *names, FILE *errors)
{
	struct tick_input *in = calloc(1, sizeof(*in));
	bool has_ages = false;

	if (in == NULL)
		return NULL;
	in->errors = errors;
	in->is_whole = true;
	in->heads = calloc(count + 1, sizeof(*in->heads));
	for (size_t i = 0; i < count && in->heads != NULL; i++) {
		struct tick_file *f = tick_file_open(paths[i], names, has_ages ? in->ages : NULL, errors);

		if (f == NULL) {
			in->is_whole = false;
			continue;
		}
		if (tick_file_grid(f)->length > in->grid.length)
			in->grid = *tick_file_grid(f);
		if (!has_ages) {
			memcpy(in->ages, tick_file_ages(f), sizeof(in->ages));
			has_ages = in->ages[0] > 0;
		}
		in->has_accounts = in->has_accounts || tick_file_is_ours(f);
		in->heads[in->count++].file = f;
	}
	if (in->count == 0) {
		tick_input_close(in);
		return NULL;
	}
	return in;
}

void tick_input_close(struct tick_input *in)
{
	if (in == NULL)
		return;
	for (size_t i = 0; i < in->count; i++)
		tick_file_close(in->heads[i].file);
	free(in->heads);
	free(in->cells);
	free(in);
}

nanos tick_input_length(const struct tick_input *in)
{
	return in->grid.length;
}

const nanos *tick_input_ages(const struct tick_input *in)
{
	return in->ages;
}

void tick_input_notices(struct tick_input *in, void (*take)(void *self, const struct outcome *notice), void *self)
{
	in->take = take;
	in->take_self = self;
}

static bool cell_add(struct tick_input *in, const struct tally_cell *cell)
{
	if (in->cell_count == in->cell_room) {
		size_t room = in->cell_room == 0 ? 1024 : 2 * in->cell_room;
		struct tally_cell *bigger = realloc(in->cells, room * sizeof(*bigger));

		if (bigger == NULL) {
			fprintf(in->errors, "sigcanary: no memory for %zu rows of one tick\n", room);
			in->is_broken = true;
			return false;
		}
		in->cells = bigger;
		in->cell_room = room;
	}
	in->cells[in->cell_count++] = *cell;
	return true;
}

/* What one file has of the tick. */
static void head_gather(struct tick_input *in, struct head *h, nanos start, struct tally *tally)
{
	while (h->has_item && h->start == start && !in->is_broken) {
		if (h->item.kind == TICK_RECORD_ROW) {
			cell_add(in, &h->item.cell);
		} else {
			tally->packets += h->item.account.packets;
			tally->dropped += h->item.account.dropped;
			tally->sctp_missing += h->item.account.sctp_missing;
			tally->unseen += h->item.account.unseen;
			tally->refused_cells += h->item.account.refused_cells;
		}
		head_advance(in, h);
		/* In the middle of a file time only goes on. */
		while (h->has_item && h->start < start && !h->item.is_new_part && !tick_file_is_ours(h->file)) {
			tick_file_refuse(h->file, "its time lies before that of the row before it; sort the file by its column of time");
			head_advance(in, h);
		}
	}
}

/* The start of the next tick that a file mentions; false at the end. */
static bool start_find(struct tick_input *in, nanos *ret)
{
	bool is_found = false;

	for (size_t i = 0; i < in->count; i++) {
		const struct head *h = &in->heads[i];

		if (h->has_item && (!is_found || h->start < *ret)) {
			*ret = h->start;
			is_found = true;
		}
	}
	return is_found;
}

/* Whether the ticks between are to be given as empty ones. */
static bool gap_is_quiet(struct tick_input *in, nanos gap)
{
	int64_t left_out = gap / in->grid.length - 1;

	if (left_out <= 0 || gap > TICK_PAUSE)
		return false;
	if (in->has_accounts || left_out <= TICK_HOLE || in->made_up * SPARSE_FROM > in->given)
		return true;
	in->holes++;
	return false;
}

/* Files of others have no account of packets: what they count was seen, and so was a tick in which they count nothing. */
static uint64_t packets_guess(const struct tick_input *in)
{
	uint64_t packets = 1;

	for (size_t i = 0; i < in->cell_count; i++) {
		packets += in->cells[i].requests;
		for (int c = OUTCOME_SUCCESS; c <= OUTCOME_ABORT; c++)
			packets += in->cells[i].outcomes[c];
	}
	return packets;
}

static bool tick_give(struct tick_input *in, nanos start, struct tally *ret)
{
	struct tally tally = { .start = start, .length = in->grid.length };

	in->cell_count = 0;
	for (size_t i = 0; i < in->count; i++)
		head_gather(in, &in->heads[i], start, &tally);
	if (in->is_broken)
		return false;
	if (!in->has_accounts)
		tally.packets = packets_guess(in);
	tally.cells = in->cells;
	tally.count = in->cell_count;
	in->last = start;
	in->has_last = true;
	in->given++;
	*ret = tally;
	return true;
}

bool tick_input_next(struct tick_input *in, struct tally *ret)
{
	nanos start = 0;

	if (!in->has_last && in->given == 0) {
		for (size_t i = 0; i < in->count; i++)
			head_advance(in, &in->heads[i]);
	}
	if (in->is_broken || !start_find(in, &start))
		return false;
	if (in->has_last && in->waiting != start) {
		in->waiting = start;
		if (!gap_is_quiet(in, start - in->last))
			return tick_give(in, start, ret);
	}
	if (in->has_last && start - in->last > in->grid.length && start - in->last <= TICK_PAUSE) {
		in->made_up++;
		return tick_give(in, in->last + in->grid.length, ret);
	}
	return tick_give(in, start, ret);
}

bool tick_input_finish(struct tick_input *in)
{
	for (size_t i = 0; i < in->count; i++)
		in->is_whole = tick_file_finish(in->heads[i].file) && in->is_whole;
	return in->is_whole && !in->is_broken;
}

uint64_t tick_input_holes(const struct tick_input *in)
{
	return in->holes;
}

uint64_t tick_input_rows(const struct tick_input *in)
{
	return in->rows;
}

double tick_input_progress(const struct tick_input *in)
{
	double least = 1;

	for (size_t i = 0; i < in->count; i++) {
		double progress = tick_file_progress(in->heads[i].file);

		if (progress < 0)
			return -1;
		least = progress < least ? progress : least;
	}
	return least;
}
