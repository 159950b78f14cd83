/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rounds of preloaded frames as a source of the live loop, see bench_rounds.h. Each worker calls its own source from its own thread.
 *
 * Time is taken at the edges of bursts: what passes between the return of one burst and the call for the next is the loop's work; filling
 * the burst counts as its reception. Beside both, in the same thread, lies what is not a worker's work: control's reading of pages and
 * outcomes, and the patching between rounds.
 *
 * Rounds pass through four stages: the table is filled until answers meet requests of a lag before; it goes on until what is remembered
 * for a while after its end is there as in life; rounds are measured; in the last ones the walk reads the counter around what it decodes,
 * which shows the parts of that stage and makes them slower, so that those rounds are in no other figure.
 *
 * With several workers each polls the frames whose association or connection it owns, as behind a card that steers perfectly; indications
 * travel between workers as in life. What paces workers in life is real time; here one whose frames are later than the others' gets
 * nothing from its source, so that answers do not run ahead of their requests. Such polls are idle, as they are in life.
 */
#include "control/command/bench_rounds.h"

#include <sched.h>
#include <stdlib.h>

/* Of the time, for rounds with readings inside the walk. */
#define SPLIT_SHARE 0.25
#define ROUNDS_MIN  2
/* Of the seconds of measured rounds: how long it may take until what is remembered is there as in life. */
#define WARM_UP_MOST 4

double bench_since(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - t->tv_sec) + (double)(now.tv_nsec - t->tv_nsec) / 1e9;
}

uint64_t bench_messages(const struct walk *walk)
{
	return walk->account.messages[ACCOUNT_M3UA] + walk->account.messages[ACCOUNT_DIAMETER];
}

static void slice_begin(struct bench_source *b)
{
	b->slice_cycles = 0;
	b->slice_fill = 0;
	b->slice_bursts = 0;
	b->slice_messages = bench_messages(&b->worker->walk);
	b->slice_stages = b->worker->stages;
	b->slice_pages = book_pages(b->worker->book);
	b->split = (struct walk_stages){ 0 };
}

static void slice_end(struct bench_source *b)
{
	uint64_t messages = bench_messages(&b->worker->walk) - b->slice_messages;

	if (messages > 0 && b->slice_count < BENCH_SLICES_MAX && (b->is_measured || b->is_split)) {
		struct bench_slice *slice = &b->slices[b->slice_count++];

		*slice = (struct bench_slice){ .messages = messages,
					       .loop = b->slice_cycles,
					       .fill = b->slice_fill,
					       .ticks = book_pages(b->worker->book) - b->slice_pages,
					       .split = b->split };
		for (unsigned int i = 0; i < STAGE_COUNT; i++)
			slice->stages[i] = b->worker->stages.cycles[i] - b->slice_stages.cycles[i];
	}
	slice_begin(b);
}

/* What control does in its own thread in life. */
static void control_play(const struct bench_source *b)
{
	struct worker_report report;
	struct book_page page;
	struct outcome outcome;
	unsigned int index = b->worker->index;

	while (live_outcome(b->run->live, index, &outcome))
		;
	while (live_page(b->run->live, index, &page, &report))
		live_return_page(b->run->live, index);
}

static void round_note(struct bench_source *b)
{
	const struct transaction_counters *t = transactions_counters(b->worker->transactions);
	const struct bench_round *before = &b->so_far;
	struct bench_round now = { .messages = bench_messages(&b->worker->walk),
				   .opened = t->opened,
				   .answered = t->answered,
				   .timeout = t->timeout,
				   .evicted = t->evicted,
				   .unmatched = t->unmatched,
				   .open = t->open };

	if (b->round_count < BENCH_ROUNDS_KEPT)
		b->rounds[b->round_count++] = (struct bench_round){ .messages = now.messages - before->messages,
								    .opened = now.opened - before->opened,
								    .answered = now.answered - before->answered,
								    .timeout = now.timeout - before->timeout,
								    .evicted = now.evicted - before->evicted,
								    .unmatched = now.unmatched - before->unmatched,
								    .open = now.open };
	b->so_far = now;
}

/* Settles once for all workers in which round something begins. */
static void round_settle(_Atomic uint64_t *round, uint64_t value)
{
	uint64_t unknown = UINT64_MAX;

	atomic_compare_exchange_strong(round, &unknown, value);
}

/* At the end of a round: whether what comes next begins, and with which round. Workers may be apart by `ahead_max`, so it is one for all.
 */
static void rounds_plan(struct bench_source *b)
{
	struct bench_run *run = b->run;
	uint64_t done = b->share->round + 1;
	uint64_t next = run->count == 1 ? done : done + 2 + (uint64_t)(run->ahead_max / run->set->period);
	uint64_t filled = run->set->lag > 0 ? run->set->lag : 1;
	bool is_last_call = next + 4 * (next - done + 1) >= BENCH_ROUNDS_KEPT;
	double seconds = run->wish->seconds;

	if (done <= filled)
		clock_gettime(CLOCK_MONOTONIC, &b->filled);
	if (atomic_load(&run->first_round) == UINT64_MAX) {
		if (done >= filled && ((nanos)(done - filled) * run->set->period >= run->wish->warm_up ||
				       bench_since(&b->filled) > WARM_UP_MOST * seconds || is_last_call))
			round_settle(&run->first_round, next);
	} else if (atomic_load(&run->split_round) == UINT64_MAX) {
		if (done >= atomic_load(&run->first_round) + ROUNDS_MIN &&
		    (bench_since(&b->measuring) > seconds * (1 - SPLIT_SHARE) || is_last_call))
			round_settle(&run->split_round, next);
	} else if (done > atomic_load(&run->split_round) && (bench_since(&b->measuring) > seconds || is_last_call)) {
		round_settle(&run->last_round, next - 1);
	}
}

/* A round begins: what it is good for. */
static void round_begin(struct bench_source *b, uint64_t round)
{
	struct bench_run *run = b->run;
	bool was_measured = b->is_measured || b->is_split;

	b->is_split = round >= atomic_load(&run->split_round);
	b->is_measured = round >= atomic_load(&run->first_round) && !b->is_split;
	if (b->is_measured && !was_measured)
		clock_gettime(CLOCK_MONOTONIC, &b->measuring);
	if (b->is_split)
		b->worker->walk.stages = &b->split;
	slice_begin(b);
}

static void source_finish(struct bench_source *b)
{
	if (b->is_finished)
		return;
	b->is_finished = true;
	b->worker->walk.stages = NULL;
	atomic_fetch_add(&b->run->finished, 1);
}

/* The end of a round: the next one, or the end of all. */
static void round_end(struct bench_source *b)
{
	struct bench_run *run = b->run;
	uint64_t round = b->share->round;

	slice_end(b);
	round_note(b);
	if (atomic_load(&run->rounds) < b->round_count)
		atomic_store(&run->rounds, b->round_count);
	rounds_plan(b);
	if (round >= atomic_load(&run->last_round)) {
		source_finish(b);
		return;
	}
	bench_share_turn(run->set, b->share, round + 1);
	b->shift += run->set->period;
	b->at = 0;
	round_begin(b, round + 1);
}

/* A worker without frames of its own has transactions all the same, and is there until the others have finished. */
static void rounds_follow(struct bench_source *b)
{
	while (b->round_count < atomic_load(&b->run->rounds)) {
		slice_end(b);
		round_note(b);
		round_begin(b, b->round_count);
	}
	source_finish(b);
}

/* The clock of what comes next from a share, as others wait for it. */
static nanos next_clock(const struct bench_source *b)
{
	size_t count;
	const struct frame *frames = bench_share_frames(b->run->set, b->share, &count);

	return b->is_finished || b->at >= count ? INT64_MAX : frames[b->at].clock + b->shift;
}

static bool has_indications(const struct worker *w)
{
	size_t size;

	for (unsigned int i = 0; w->indications_in != NULL && i < w->count; i++) {
		if (ring_peek(&w->indications_in[i], &size) != NULL)
			return true;
	}
	return false;
}

/* Whether the worker may take a burst: it has frames left, and they are not too far ahead of the others'. */
static bool is_my_turn(const struct bench_source *b)
{
	struct bench_run *run = b->run;
	nanos clock = next_clock(b);

	atomic_store(&run->clocks[b->worker->index], clock);
	if (clock == INT64_MAX)
		return false;
	for (unsigned int i = 0; i < run->count; i++) {
		if (i != b->worker->index && atomic_load(&run->clocks[i]) < clock - run->ahead_max)
			return false;
	}
	return true;
}

static size_t burst_fill(struct bench_source *b, struct frame *frames, size_t max)
{
	size_t have;
	const struct frame *all = bench_share_frames(b->run->set, b->share, &have);
	size_t count = have - b->at < max ? have - b->at : max;
	uint64_t sequence = b->share->round * b->run->set->count;

	for (size_t i = 0; i < count; i++) {
		const struct frame *frame = &all[b->at + i];

		if (b->run->count > 1 && frame->clock - all[b->at].clock > b->run->ahead_max) {
			count = i;
			break;
		}
		frames[i] = *frame;
		frames[i].time += b->shift;
		frames[i].clock += b->shift;
		/* The same for all workers: the place in the whole capture. */
		frames[i].sequence += sequence;
	}
	b->at += count;
	b->clock = frames[0].clock;
	return count;
}

static void burst_count(struct bench_source *b, const struct frame *frames, size_t count)
{
	uint64_t fill = stages_now() - b->began;

	b->slice_fill += fill;
	if (!b->is_measured)
		return;
	b->fill += fill;
	b->packets += count;
	for (size_t i = 0; i < count; i++)
		b->wire_bytes += frames[i].wire_length;
}

/* The time since the last burst was handed out. */
static void time_count(struct bench_source *b)
{
	uint64_t passed = stages_now() - b->began;

	if (b->is_working)
		b->slice_cycles += passed;
	if (b->is_measured && b->began != 0)
		*(b->is_working ? &b->cycles : &b->waited) += passed;
}

static enum source_state bench_burst(struct source *source, struct frame *frames, size_t max, size_t *ret_count)
{
	struct bench_source *b = (struct bench_source *)source;
	struct bench_run *run = b->run;

	time_count(b);
	control_play(b);
	if (b->is_working && ++b->slice_bursts >= BENCH_SLICE_BURSTS)
		slice_end(b);
	while (!b->is_finished && b->share->count > 0 && next_clock(b) == INT64_MAX)
		round_end(b);
	if (b->share->count == 0 && next_clock(b) == INT64_MAX)
		rounds_follow(b);
	*ret_count = 0;
	if (is_my_turn(b)) {
		b->began = stages_now();
		*ret_count = burst_fill(b, frames, max);
		burst_count(b, frames, *ret_count);
		b->is_working = true;
		return SOURCE_MORE;
	}
	b->is_working = has_indications(b->worker) || live_has_parcels(run->live, b->worker->index);
	b->began = stages_now();
	if (!b->is_working)
		sched_yield();
	return b->is_finished && atomic_load(&run->finished) >= run->count ? SOURCE_END : SOURCE_MORE;
}

static nanos bench_clock(struct source *source)
{
	return ((struct bench_source *)source)->clock;
}

static void bench_statistics(struct source *source, struct source_statistics *ret)
{
	(void)source;
	*ret = (struct source_statistics){ 0 };
}

static const struct source_operations bench_operations = { .burst = bench_burst, .clock = bench_clock, .statistics = bench_statistics };

bool bench_source_open(struct bench_source *b, struct bench_run *run, unsigned int index, struct worker *workers)
{
	*b = (struct bench_source){ .source = { .operations = &bench_operations },
				    .run = run,
				    .share = &run->set->shares[index],
				    .worker = &workers[index],
				    .clock = run->set->frames[0].clock };
	b->slices = calloc(BENCH_SLICES_MAX, sizeof(*b->slices));
	b->rounds = calloc(BENCH_ROUNDS_KEPT, sizeof(*b->rounds));
	if (b->slices == NULL || b->rounds == NULL)
		return false;
	bench_share_turn(run->set, b->share, 0);
	clock_gettime(CLOCK_MONOTONIC, &b->filled);
	atomic_store(&run->clocks[index], next_clock(b));
	return true;
}

void bench_source_close(struct bench_source *b)
{
	free(b->slices);
	free(b->rounds);
}
