/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The live loop over preloaded frames, see bench_live.h: live_work() itself runs, on the sources of bench_rounds.c. Called by `bench` in
 * its main thread, which is the first worker; each of the others has a thread, and each a processor of its own where there are enough.
 *
 * What the stages cost is what the live loop counts itself at the edges of its bursts; only its stage of decoding is taken apart further,
 * in the proportions that readings inside the walk have shown in rounds of their own. A reading costs cycles itself, which are measured
 * and taken off there. On a busy machine most slices hold somebody else's time, so the stages are those of the fastest quarter of slices.
 */
#include "control/command/bench_live.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "control/command/bench_rounds.h"

/* How far a worker's frames may be ahead of another's, and how much time one burst may span then: together less than answers are kept. */
#define AHEAD_MAX (500 * NANOS_PER_MS)
/* With a lag, answers must not come near their requests. */
#define AHEAD_OF_LAG 8

enum slice_kind { SLICES_MEASURED, SLICES_SPLIT, SLICES_TICKS };

#define READINGS 4096

struct bench_job {
	struct live *live;
	unsigned int index;
	cpu_set_t processor;
	bool has_processor;
};

static void *job_run(void *argument)
{
	struct bench_job *job = argument;

	if (job->has_processor)
		pthread_setaffinity_np(pthread_self(), sizeof(job->processor), &job->processor);
	live_work(job->live, job->index);
	return NULL;
}

/* Gives each job a processor out of those that this thread may use; false when there are fewer. */
static bool jobs_place(struct bench_job *jobs, unsigned int count, const cpu_set_t *allowed)
{
	unsigned int placed = 0;

	if (CPU_COUNT(allowed) < (int)count)
		return false;
	for (size_t cpu = 0; cpu < CPU_SETSIZE && placed < count; cpu++) {
		if (!CPU_ISSET(cpu, allowed))
			continue;
		CPU_ZERO(&jobs[placed].processor);
		CPU_SET(cpu, &jobs[placed].processor);
		jobs[placed++].has_processor = true;
	}
	return true;
}

/* All workers, the first in this thread. */
static bool jobs_run(struct bench_run *run, bool *ret_is_pinned)
{
	pthread_t threads[WORKERS_MAX];
	struct bench_job jobs[WORKERS_MAX];
	unsigned int started = 1;
	cpu_set_t allowed;

	CPU_ZERO(&allowed);
	sched_getaffinity(0, sizeof(allowed), &allowed);
	for (unsigned int i = 0; i < run->count; i++)
		jobs[i] = (struct bench_job){ .live = run->live, .index = i };
	*ret_is_pinned = jobs_place(jobs, run->count, &allowed);
	while (started < run->count && pthread_create(&threads[started], NULL, job_run, &jobs[started]) == 0)
		started++;
	if (started < run->count)
		live_stop(run->live);
	else
		job_run(&jobs[0]);
	for (unsigned int i = 1; i < started; i++)
		pthread_join(threads[i], NULL);
	sched_setaffinity(0, sizeof(allowed), &allowed);
	return started == run->count;
}

static double ratio(double a, double b)
{
	return b > 0 ? a / b : 0;
}

static double slice_cost(const struct bench_slice *s)
{
	return (double)s->loop / (double)s->messages;
}

static int slice_compare(const void *a, const void *b)
{
	double x = slice_cost(a);
	double y = slice_cost(b);

	return x < y ? -1 : x > y;
}

/* What one reading adds to the time between two. */
static double reading_cost(void)
{
	uint64_t began = stages_now();
	uint64_t last = began;

	for (int i = 0; i < READINGS; i++)
		last = stages_now();
	return (double)(last - began) / READINGS;
}

static double at_least_zero(double x)
{
	return x > 0 ? x : 0;
}

/* Divides the stage of decoding, by what was seen inside it in slices of split rounds. */
static void decode_split(const struct bench_slice *slices, size_t count, struct bench_stages *s)
{
	double reading = reading_cost();
	double stage = 0;
	double decode = 0;
	double segment = 0;
	double whole = s->decode;

	for (size_t i = 0; i < count; i++) {
		const struct walk_stages *in = &slices[i].split;

		/* Of each pair of readings one lies inside what the pair measured, the other beside it. */
		stage += (double)slices[i].stages[STAGE_DECODE] - 2 * reading * (double)(in->decodes + in->segments);
		segment += (double)in->segment - reading * (double)in->segments;
		decode += (double)in->decode - (double)in->segment - reading * (double)(in->decodes + in->segments);
	}
	if (stage <= 0)
		return;
	s->segment = whole * at_least_zero(segment) / stage;
	s->decode = whole * at_least_zero(decode) / stage;
	s->sctp_tcp = at_least_zero(whole - s->segment - s->decode);
}

static void stages_sum(const struct bench_slice *slices, size_t count, struct bench_stages *ret)
{
	double sums[STAGE_COUNT] = { 0 };
	double messages = 0;
	double fill = 0;
	double loop = 0;

	for (size_t i = 0; i < count; i++) {
		messages += (double)slices[i].messages;
		fill += (double)slices[i].fill;
		loop += (double)slices[i].loop;
		for (unsigned int k = 0; k < STAGE_COUNT; k++)
			sums[k] += (double)slices[i].stages[k];
	}
	if (messages <= 0)
		return;
	*ret = (struct bench_stages){
		/* The loop's own stage of reception holds also what is not a worker's work. */
		.rx = fill / messages,
		.link_ip = sums[STAGE_LINK_IP] / messages,
		.decode = sums[STAGE_DECODE] / messages,
		.transaction = sums[STAGE_TRANSACTION] / messages,
		.tally = sums[STAGE_TICK] / messages,
		.outcome = sums[STAGE_OUTCOME] / messages,
	};
	ret->rest = at_least_zero(loop / messages - ret->rx - ret->link_ip - ret->decode - ret->transaction - ret->tally - ret->outcome);
}

/*
 * The slices of a worker, without what they spent on ends of ticks: that is paid for by all messages of the tick, and would be in hardly
 * any slice. Returns how many there are.
 */
static size_t slices_take(const struct bench_source *b, enum slice_kind kind, struct bench_slice *ret)
{
	size_t count = 0;

	for (size_t k = 0; k < b->slice_count; k++) {
		if ((b->slices[k].split.decodes > 0) != (kind == SLICES_SPLIT))
			continue;
		ret[count] = b->slices[k];
		ret[count].loop -= ret[count].stages[STAGE_TICK];
		ret[count++].stages[STAGE_TICK] = 0;
	}
	return count;
}

/* The ticks of a worker, each with its messages and what its end took; what follows the last end is left out unless it is all there is. */
static size_t ticks_take(const struct bench_source *b, struct bench_slice *ret)
{
	struct bench_slice tick = { 0 };
	size_t count = 0;

	for (size_t k = 0; k < b->slice_count; k++) {
		if (b->slices[k].split.decodes > 0)
			continue;
		tick.messages += b->slices[k].messages;
		tick.loop += b->slices[k].stages[STAGE_TICK];
		if (b->slices[k].ticks == 0)
			continue;
		ret[count++] = tick;
		tick = (struct bench_slice){ 0 };
	}
	if (count == 0 && tick.messages > 0)
		ret[count++] = tick;
	return count;
}

/* Slices or ticks of all workers, the cheapest first; NULL when there is none or no memory. */
static struct bench_slice *slices_sort(const struct bench_run *run, const struct bench_source *sources, enum slice_kind kind,
				       size_t *ret_count)
{
	struct bench_slice *all;
	size_t count = 0;

	for (unsigned int i = 0; i < run->count; i++)
		count += sources[i].slice_count;
	all = calloc(count + 1, sizeof(*all));
	*ret_count = 0;
	for (unsigned int i = 0; i < run->count && all != NULL; i++)
		*ret_count += kind == SLICES_TICKS ? ticks_take(&sources[i], all + *ret_count)
						   : slices_take(&sources[i], kind, all + *ret_count);
	if (*ret_count == 0) {
		free(all);
		return NULL;
	}
	qsort(all, *ret_count, sizeof(*all), slice_compare);
	return all;
}

static void slices_sum(const struct bench_run *run, const struct bench_source *sources, struct bench_costs *ret)
{
	size_t count;
	struct bench_slice *all = slices_sort(run, sources, SLICES_MEASURED, &count);

	if (all == NULL)
		return;
	ret->slices = count;
	ret->best = slice_cost(&all[0]);
	ret->p10 = slice_cost(&all[count / 10]);
	ret->median = slice_cost(&all[count / 2]);
	stages_sum(all, (count + 3) / 4, &ret->stages);
	free(all);
	all = slices_sort(run, sources, SLICES_TICKS, &count);
	if (all != NULL) {
		ret->ticks = count;
		ret->best += slice_cost(&all[0]);
		ret->p10 += slice_cost(&all[count / 10]);
		ret->median += slice_cost(&all[count / 2]);
		ret->stages.tally = slice_cost(&all[count / 8]);
	}
	free(all);
	all = slices_sort(run, sources, SLICES_SPLIT, &count);
	if (all != NULL)
		decode_split(all, (count + 3) / 4, &ret->stages);
	free(all);
}

static void round_add(struct bench_round *sum, const struct bench_round *r)
{
	sum->messages += r->messages;
	sum->opened += r->opened;
	sum->answered += r->answered;
	sum->timeout += r->timeout;
	sum->evicted += r->evicted;
	sum->unmatched += r->unmatched;
	sum->open += r->open;
}

static void round_measure(struct bench_costs *c, const struct bench_round *r)
{
	bool is_first = c->rounds++ == 0;

	round_add(&c->later, r);
	c->least_messages = is_first || r->messages < c->least_messages ? r->messages : c->least_messages;
	c->most_messages = is_first || r->messages > c->most_messages ? r->messages : c->most_messages;
	c->least_open = is_first || r->open < c->least_open ? r->open : c->least_open;
	c->most_open = is_first || r->open > c->most_open ? r->open : c->most_open;
}

/* Indications that were on their way at the end of a round are counted in the next one. */
static void rounds_sum(const struct bench_run *run, const struct bench_source *sources, struct bench_costs *ret)
{
	uint64_t first = atomic_load(&run->first_round);
	uint64_t split = atomic_load(&run->split_round);
	uint64_t rounds = atomic_load(&run->rounds);

	for (uint64_t r = 0; r < rounds; r++) {
		struct bench_round sum = { 0 };

		for (unsigned int i = 0; i < run->count; i++) {
			if (r < sources[i].round_count)
				round_add(&sum, &sources[i].rounds[r]);
		}
		if (r == 0)
			ret->first = sum;
		if (r >= first && r < split)
			round_measure(ret, &sum);
	}
	ret->warm_rounds = first < rounds ? first : rounds;
	ret->messages = ret->later.messages;
}

static void costs_sum(const struct bench_run *run, const struct bench_source *sources, struct bench_costs *ret)
{
	for (unsigned int i = 0; i < run->count; i++) {
		const struct bench_source *b = &sources[i];
		double seconds = (double)(b->cycles + b->waited) / ret->cycles_per_s;

		ret->packets += b->packets;
		ret->wire_bytes += b->wire_bytes;
		ret->cycles += b->cycles;
		ret->seconds = seconds > ret->seconds ? seconds : ret->seconds;
		worker_report_add(&ret->report, b->worker);
	}
	for (unsigned int i = 0; i < run->count; i++) {
		double share = ratio((double)sources[i].packets, (double)ret->packets);

		ret->busiest = share > ret->busiest ? share : ret->busiest;
	}
	rounds_sum(run, sources, ret);
	slices_sum(run, sources, ret);
}

/* Workers may not be so far apart that answers overtake requests. */
static nanos ahead_of(const struct bench_set *set)
{
	nanos lag = (nanos)set->lag * set->period / AHEAD_OF_LAG;

	return set->lag > 0 && lag < AHEAD_MAX ? lag : AHEAD_MAX;
}

bool bench_live(struct bench_set *set, struct worker *workers, unsigned int count, const struct plan *plan, const struct bench_wish *wish,
		struct bench_costs *ret)
{
	struct bench_run run = { .set = set,
				 .wish = wish,
				 .count = count,
				 .ahead_max = ahead_of(set),
				 .first_round = UINT64_MAX,
				 .split_round = UINT64_MAX,
				 .last_round = wish->only_one ? 0 : UINT64_MAX };
	struct bench_source *own = calloc(count, sizeof(*own));
	struct source *sources[WORKERS_MAX];
	uint64_t began;
	clock_t cpu;
	bool is_done = own != NULL;

	for (unsigned int i = 0; i < count && own != NULL; i++) {
		sources[i] = &own[i].source;
		is_done = bench_source_open(&own[i], &run, i, workers) && is_done;
	}
	run.live = is_done ? live_new(workers, count, sources, plan) : NULL;
	is_done = run.live != NULL && (plan->evidence.directory == NULL || live_keep_tapes(run.live, plan->evidence.ring));
	*ret = (struct bench_costs){ 0 };
	cpu = clock();
	began = stages_now();
	clock_gettime(CLOCK_MONOTONIC, &run.began);
	is_done = is_done && jobs_run(&run, &ret->is_pinned);
	if (is_done) {
		ret->cycles_per_s = ratio((double)(stages_now() - began), bench_since(&run.began));
		ret->cpu_share = ratio((double)(clock() - cpu) / CLOCKS_PER_SEC, bench_since(&run.began) * count);
		costs_sum(&run, own, ret);
	}
	live_free(run.live);
	for (unsigned int i = 0; i < count && own != NULL; i++)
		bench_source_close(&own[i]);
	free(own);
	return is_done;
}
