/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The live loop over preloaded frames, see bench_live.h: live_work() itself runs, on a source that hands out bursts from memory.
 *
 * Time is taken in that source, at the edges of bursts: what passes between the return of one burst and the call for the next is the loop's
 * work; filling the burst counts as its reception. Beside both, in the same thread, lies what is not a worker's work: control's reading of
 * pages and outcomes, and the patching between rounds.
 *
 * With several workers each polls the frames whose association or connection it owns, as behind a card that steers perfectly; indications
 * travel between workers as in life. What paces workers in life is real time; here one whose frames are later than the others' waits, so
 * that answers do not run ahead of their requests. A worker that waits wakes up for indications.
 */
#include "control/command/bench_live.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dataplane/source/source.h"
#include "dataplane/worker/live.h"

/* Bursts of one slice: some milliseconds. */
#define SLICE_BURSTS 64
#define SLICES_MAX   65536
#define ROUNDS_MIN   3
#define ROUNDS_KEPT  65536
/* How far a worker's frames may be ahead of another's, and how much time one burst may span then: together less than answers are kept. */
#define AHEAD_MAX (500 * NANOS_PER_MS)

/* What the workers share. */
struct bench_run {
	struct bench_set *set;
	struct live *live;
	unsigned int count;
	struct timespec began;
	double seconds;
	_Atomic uint64_t last_round; /* the one after which all stop */
	_Atomic uint64_t rounds;     /* that one worker or another has done */
	_Atomic unsigned int finished;
	_Atomic int64_t clocks[WORKERS_MAX]; /* of the frame that comes next in each share */
};

struct bench_source {
	struct source source;
	struct bench_run *run;
	struct bench_share *share;
	struct worker *worker;
	size_t at;
	nanos shift;
	uint64_t sequence;
	nanos clock;
	bool is_working; /* the loop has something from us */
	bool is_finished;
	uint64_t began;  /* when it got it */
	uint64_t cycles; /* in the loop and in filling bursts, since the first round */
	uint64_t waited;
	uint64_t packets; /* since the first round */
	uint64_t wire_bytes;
	uint64_t slice_cycles;
	uint64_t slice_messages; /* at its begin */
	unsigned int slice_bursts;
	float *slices;
	size_t slice_count;
	struct bench_round *rounds;
	size_t round_count;
	struct bench_round so_far;
};

uint64_t bench_messages(const struct walk *walk)
{
	return walk->account.messages[ACCOUNT_M3UA] + walk->account.messages[ACCOUNT_DIAMETER];
}

static double since(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - t->tv_sec) + (double)(now.tv_nsec - t->tv_nsec) / 1e9;
}

static void slice_begin(struct bench_source *b)
{
	b->slice_cycles = 0;
	b->slice_bursts = 0;
	b->slice_messages = bench_messages(&b->worker->walk);
}

static void slice_end(struct bench_source *b)
{
	uint64_t messages = bench_messages(&b->worker->walk) - b->slice_messages;

	if (messages > 0 && b->slice_count < SLICES_MAX && b->share->round > 0)
		b->slices[b->slice_count++] = (float)((double)b->slice_cycles / (double)messages);
	slice_begin(b);
}

static void cost_add(struct bench_source *b, uint64_t cycles)
{
	b->slice_cycles += cycles;
	if (b->share->round > 0)
		b->cycles += cycles;
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
	struct bench_round now = { .messages = bench_messages(&b->worker->walk), .opened = t->opened, .answered = t->answered };

	if (b->round_count < ROUNDS_KEPT)
		b->rounds[b->round_count++] = (struct bench_round){ .messages = now.messages - b->so_far.messages,
								    .opened = now.opened - b->so_far.opened,
								    .answered = now.answered - b->so_far.answered };
	b->so_far = now;
}

/* The end of a round: the next one, or the end of all. Whoever sees first that time is up decides for all. */
static void round_end(struct bench_source *b)
{
	struct bench_run *run = b->run;
	uint64_t round = b->share->round;

	slice_end(b);
	round_note(b);
	if (atomic_load(&run->rounds) < b->round_count)
		atomic_store(&run->rounds, b->round_count);
	if (atomic_load(&run->last_round) == UINT64_MAX && b->round_count + 1 >= ROUNDS_MIN &&
	    (since(&run->began) > run->seconds || b->round_count + 2 >= ROUNDS_KEPT))
		atomic_store(&run->last_round, run->count == 1 && b->round_count >= ROUNDS_MIN ? round : round + 1);
	b->is_finished = round >= atomic_load(&run->last_round);
	if (b->is_finished) {
		atomic_fetch_add(&run->finished, 1);
		return;
	}
	bench_share_turn(run->set, b->share, round + 1);
	b->shift += run->set->period;
	b->at = 0;
	slice_begin(b);
}

/* A worker without frames of its own has transactions all the same, and is there until the others have finished. */
static void rounds_follow(struct bench_source *b)
{
	while (b->round_count < atomic_load(&b->run->rounds))
		round_note(b);
	if (!b->is_finished)
		atomic_fetch_add(&b->run->finished, 1);
	b->is_finished = true;
}

/* The clock of what comes next from a share, as others wait for it. */
static nanos next_clock(const struct bench_source *b)
{
	return b->is_finished || b->share->count == 0 ? INT64_MAX : b->share->frames[b->at].clock + b->shift;
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

static bool is_my_turn(const struct bench_source *b, nanos clock)
{
	const struct bench_run *run = b->run;

	for (unsigned int i = 0; i < run->count; i++) {
		if (i != b->worker->index && atomic_load(&run->clocks[i]) < clock - AHEAD_MAX)
			return false;
	}
	return true;
}

/* Waits for the other workers: true when a burst may be taken, false when there are only indications to take, or all is over. */
static bool turn_await(struct bench_source *b)
{
	struct bench_run *run = b->run;
	nanos clock = next_clock(b);

	atomic_store(&run->clocks[b->worker->index], clock);
	if (run->count == 1)
		return !b->is_finished;
	for (;;) {
		bool has_frames = clock != INT64_MAX;

		if (has_frames && is_my_turn(b, clock))
			return true;
		if (has_indications(b->worker) || live_has_parcels(run->live, b->worker->index) ||
		    (!has_frames && atomic_load(&run->finished) >= run->count))
			return false;
		sched_yield();
	}
}

static size_t burst_fill(struct bench_source *b, struct frame *frames, size_t max)
{
	size_t left = b->share->count - b->at;
	size_t count = left < max ? left : max;

	for (size_t i = 0; i < count; i++) {
		const struct frame *frame = &b->share->frames[b->at + i];

		if (b->run->count > 1 && frame->clock - b->share->frames[b->at].clock > AHEAD_MAX) {
			count = i;
			break;
		}
		frames[i] = *frame;
		frames[i].time += b->shift;
		frames[i].clock += b->shift;
		/* The same for all workers: the place in the whole capture. */
		frames[i].sequence += b->sequence;
	}
	b->at += count;
	b->clock = frames[0].clock;
	return count;
}

static enum source_state bench_burst(struct source *source, struct frame *frames, size_t max, size_t *ret_count)
{
	struct bench_source *b = (struct bench_source *)source;
	uint64_t called = stages_now();
	uint64_t waiting;

	if (b->is_working)
		cost_add(b, called - b->began);
	control_play(b);
	if (b->is_working && ++b->slice_bursts >= SLICE_BURSTS)
		slice_end(b);
	while (!b->is_finished && b->at == b->share->count && b->share->count > 0)
		round_end(b);
	b->sequence = b->share->round * b->run->set->count;
	if (b->share->count == 0)
		rounds_follow(b);
	waiting = stages_now();
	*ret_count = 0;
	if (!turn_await(b)) {
		b->is_working = has_indications(b->worker) || live_has_parcels(b->run->live, b->worker->index);
		b->began = stages_now();
		return b->is_finished && atomic_load(&b->run->finished) >= b->run->count ? SOURCE_END : SOURCE_MORE;
	}
	b->began = stages_now();
	if (b->share->round > 0)
		b->waited += b->began - waiting;
	*ret_count = burst_fill(b, frames, max);
	b->is_working = true;
	for (size_t i = 0; i < *ret_count && b->share->round > 0; i++)
		b->wire_bytes += frames[i].wire_length;
	if (b->share->round > 0)
		b->packets += *ret_count;
	return SOURCE_MORE;
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

struct bench_job {
	struct live *live;
	unsigned int index;
};

static void *job_run(void *argument)
{
	struct bench_job *job = argument;

	live_work(job->live, job->index);
	return NULL;
}

/* All workers, the first in this thread. */
static bool jobs_run(struct bench_run *run)
{
	pthread_t threads[WORKERS_MAX];
	struct bench_job jobs[WORKERS_MAX];
	unsigned int started = 1;

	for (unsigned int i = 0; i < run->count; i++)
		jobs[i] = (struct bench_job){ .live = run->live, .index = i };
	while (started < run->count && pthread_create(&threads[started], NULL, job_run, &jobs[started]) == 0)
		started++;
	if (started < run->count)
		live_stop(run->live);
	else
		job_run(&jobs[0]);
	for (unsigned int i = 1; i < started; i++)
		pthread_join(threads[i], NULL);
	return started == run->count;
}

static int float_compare(const void *a, const void *b)
{
	float x = *(const float *)a;
	float y = *(const float *)b;

	return x < y ? -1 : x > y;
}

static void slices_sum(const struct bench_source *sources, unsigned int count, struct bench_costs *ret)
{
	size_t total = 0;
	float *all;

	for (unsigned int i = 0; i < count; i++)
		total += sources[i].slice_count;
	all = calloc(total + 1, sizeof(*all));
	if (all == NULL || total == 0) {
		free(all);
		return;
	}
	total = 0;
	for (unsigned int i = 0; i < count; i++) {
		memcpy(all + total, sources[i].slices, sources[i].slice_count * sizeof(*all));
		total += sources[i].slice_count;
	}
	qsort(all, total, sizeof(*all), float_compare);
	ret->best = (double)all[0];
	ret->p10 = (double)all[total / 10];
	ret->median = (double)all[total / 2];
	free(all);
}

static void rounds_sum(const struct bench_source *sources, unsigned int count, struct bench_costs *ret)
{
	size_t rounds = 0;

	for (unsigned int i = 0; i < count; i++)
		rounds = sources[i].round_count > rounds ? sources[i].round_count : rounds;
	for (size_t r = 0; r < rounds; r++) {
		struct bench_round sum = { 0 };

		for (unsigned int i = 0; i < count; i++) {
			if (r >= sources[i].round_count)
				continue;
			sum.messages += sources[i].rounds[r].messages;
			sum.opened += sources[i].rounds[r].opened;
			sum.answered += sources[i].rounds[r].answered;
		}
		if (r == 0) {
			ret->first = sum;
			continue;
		}
		ret->least_messages = r == 1 || sum.messages < ret->least_messages ? sum.messages : ret->least_messages;
		ret->most_messages = sum.messages > ret->most_messages ? sum.messages : ret->most_messages;
		ret->later.messages += sum.messages;
		ret->later.opened += sum.opened;
		ret->later.answered += sum.answered;
	}
	/* Indications that were on their way at the end of a round are in none of the above; the workers' own sums have them. */
	ret->later.opened = ret->report.transactions.opened - ret->first.opened;
	ret->later.answered = ret->report.transactions.answered - ret->first.answered;
	ret->rounds = rounds;
	ret->messages = ret->later.messages;
}

static void costs_sum(const struct bench_run *run, const struct bench_source *sources, double cycles_per_s, struct bench_costs *ret)
{
	*ret = (struct bench_costs){ .cycles_per_s = cycles_per_s };
	for (unsigned int i = 0; i < run->count; i++) {
		const struct bench_source *b = &sources[i];
		double seconds = (double)(b->cycles + b->waited) / cycles_per_s;

		ret->packets += b->packets;
		ret->wire_bytes += b->wire_bytes;
		ret->cycles += b->cycles;
		ret->seconds = seconds > ret->seconds ? seconds : ret->seconds;
		worker_report_add(&ret->report, b->worker);
	}
	rounds_sum(sources, run->count, ret);
	slices_sum(sources, run->count, ret);
}

static bool sources_open(struct bench_run *run, struct bench_source *sources, struct worker *workers)
{
	for (unsigned int i = 0; i < run->count; i++) {
		struct bench_source *b = &sources[i];

		*b = (struct bench_source){ .source = { .operations = &bench_operations },
					    .run = run,
					    .share = &run->set->shares[i],
					    .worker = &workers[i],
					    .clock = run->set->frames[0].clock };
		b->slices = calloc(SLICES_MAX, sizeof(*b->slices));
		b->rounds = calloc(ROUNDS_KEPT, sizeof(*b->rounds));
		if (b->slices == NULL || b->rounds == NULL)
			return false;
		atomic_store(&run->clocks[i], next_clock(b));
	}
	return true;
}

bool bench_live(struct bench_set *set, struct worker *workers, unsigned int count, const struct plan *plan, double seconds,
		struct bench_costs *ret)
{
	struct bench_run run = { .set = set, .count = count, .seconds = seconds, .last_round = UINT64_MAX };
	struct bench_source *own = calloc(count, sizeof(*own));
	struct source *sources[WORKERS_MAX];
	uint64_t began;
	clock_t cpu = clock();
	bool is_done = false;

	if (own == NULL)
		return false;
	for (unsigned int i = 0; i < count; i++)
		sources[i] = &own[i].source;
	run.live = live_new(workers, count, sources, plan);
	began = stages_now();
	clock_gettime(CLOCK_MONOTONIC, &run.began);
	if (run.live != NULL && sources_open(&run, own, workers) && jobs_run(&run)) {
		is_done = true;
		costs_sum(&run, own, (double)(stages_now() - began) / since(&run.began), ret);
		ret->cpu_share = (double)(clock() - cpu) / CLOCKS_PER_SEC / since(&run.began) / count;
	}
	live_free(run.live);
	for (unsigned int i = 0; i < count; i++) {
		free(own[i].slices);
		free(own[i].rounds);
	}
	free(own);
	return is_done;
}
