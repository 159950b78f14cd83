/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `sigcanary bench`: how much a worker takes, from memory.
 *
 * The captures are read into memory, the places that have to change are found (bench_find.c), and the frames go round and round through the
 * live loop (bench_live.c), each round looking like new traffic (bench_set.c): later, with TSNs and TCP sequence numbers that go on, and
 * other transaction ids. Handshakes are in the first round only, which warms up and is not measured; nor is the patching between rounds.
 *
 * With --live answers bear the ids of some rounds before, so that as many transactions are open as were asked for. How many a round leaves
 * open is seen in a round of its own first. The packets' clock is then that of a line, not that of the captures: what is open grows old
 * as it would behind that line, and passes the same checkpoints. Where it would grow older than the shortest timeout allows the clock is
 * faster, which is said. The table gets room for what is open and for what it remembers for a while after its end.
 *
 * Whether rounds were fresh is said with the result: every later round must give as many messages as the first, or duplicates were
 * thrown away and the figures mean nothing. Ticks end by the packets' clock, so a thin capture pays more for them per message.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "config/config.h"
#include "control/command/bench_find.h"
#include "control/command/bench_print.h"
#include "control/command/command.h"
#include "control/sink/stats.h"
#include "dataplane/source/source.h"

#define SECONDS_DEFAULT 5
#define MAX_MIB_DEFAULT 1024
#define MIB             ((size_t)1 << 20)

#define LINE_RATE_DEFAULT 10
/* Below the shortest timeout of a procedure, 10 s. */
#define AGE_MAX (8 * NANOS_PER_S)
/* How long an answered transaction is remembered (transaction.c): as much lies in the table beside what is open. */
#define DONE_AGE (2 * NANOS_PER_S)

/* A set beyond any cache is at least this large, and as many times the largest cache that this machine says to have. */
#define DRAM_BYTES_MIN ((size_t)1 << 30)
#define DRAM_OF_CACHE  2
/* Of the largest cache, for packets; and what is taken for it where the machine does not say, or says what is its host's. */
#define CACHE_SHARE     4
#define CACHE_BYTES_MAX ((size_t)32 << 20)

struct bench {
	struct bench_print print; /* what is told */
	struct options options;
	struct plan *plan;
	struct segments *segments;
	struct worker *workers;
	struct bench_set set;
};

static size_t cache_bytes(void)
{
	long bytes = sysconf(_SC_LEVEL3_CACHE_SIZE);

	return bytes > 0 ? (size_t)bytes : CACHE_BYTES_MAX;
}

/* Packets and their descriptions, as one round touches them. */
static size_t set_bytes(const struct bench_set *s)
{
	return s->used + s->count * sizeof(*s->frames);
}

static bool working_set_make(struct bench *b)
{
	size_t cache = cache_bytes() < CACHE_BYTES_MAX ? cache_bytes() : CACHE_BYTES_MAX;
	size_t dram = DRAM_OF_CACHE * cache_bytes() > DRAM_BYTES_MIN ? DRAM_OF_CACHE * cache_bytes() : DRAM_BYTES_MIN;

	if (b->options.is_in_l3 && set_bytes(&b->set) > cache / CACHE_SHARE) {
		fprintf(stderr,
			"sigcanary bench: the packets take %.1f MiB and are to stay below %zu MiB, a quarter of the cache; name a shorter "
			"capture\n",
			(double)set_bytes(&b->set) / (double)MIB, cache / CACHE_SHARE / MIB);
		return false;
	}
	if (!b->options.is_in_dram || bench_set_copy(&b->set, dram))
		return true;
	fprintf(stderr, "sigcanary bench: no memory for %zu MiB of packets; leave out --working-set dram\n", dram / MIB);
	return false;
}

/* Reads and finds. */
static int bench_open(struct bench *b, bool *ret_is_damaged, char *error)
{
	size_t max_mib = b->options.max_mib > 0 ? b->options.max_mib : MAX_MIB_DEFAULT;

	b->plan = options_plan(&b->options);
	if (b->plan == NULL)
		return EXIT_CONFIG;
	b->segments = segments_new(b->plan, error);
	if (b->segments == NULL) {
		fprintf(stderr, "sigcanary bench: %s\n", error);
		return EXIT_CONFIG;
	}
	if (!bench_set_read(&b->set, b->options.inputs, b->options.input_count, max_mib, b->plan->detection.tick, error, ret_is_damaged)) {
		fprintf(stderr, "sigcanary bench: %s\n", error);
		return EXIT_INPUT;
	}
	b->print.worker_count = b->options.workers > 0 ? b->options.workers : 1;
	b->workers = aligned_alloc(RING_LINE,
				   WORKERS_MAX * sizeof(*b->workers) + RING_LINE - WORKERS_MAX * sizeof(*b->workers) % RING_LINE);
	if (b->workers == NULL || !bench_find(&b->set, b->plan, b->segments)) {
		fprintf(stderr, "sigcanary bench: no memory to prepare %zu packets; name fewer captures\n", b->set.count);
		return EXIT_FAILED;
	}
	return working_set_make(b) ? EXIT_DONE : EXIT_FAILED;
}

/* One run on fresh workers. */
static bool workers_run(struct bench *b, unsigned int count, const struct bench_wish *wish, struct bench_costs *ret)
{
	bool is_done = false;

	if (bench_set_deal(&b->set, count) && workers_open(b->workers, count, b->plan, b->segments)) {
		is_done = bench_live(&b->set, b->workers, count, b->plan, wish, ret);
		b->print.rss_mib = bench_rss_mib();
		b->print.huge_mib = bench_huge_mib();
		workers_close(b->workers, count);
	}
	if (!is_done)
		fprintf(stderr,
			"sigcanary bench: no memory or no threads for %u workers; ask for fewer, or lower limits in the configuration\n",
			count);
	return is_done;
}

/* Room for as many transactions on each worker as the whole run may hold, with a quarter to spare. */
static void room_make(struct bench *b, double opened_per_round)
{
	double done = opened_per_round * (double)DONE_AGE / (double)b->set.period;
	double wanted = 1.25 * ((double)b->options.live + done) / b->print.worker_count;

	if (wanted > (double)b->plan->limits.transactions)
		b->plan->limits.transactions = (size_t)wanted;
	b->print.live.room = b->plan->limits.transactions;
}

/* Sees what a round leaves open when its answers are others', and how many rounds it takes until as many are open as were asked for. */
static int live_prepare(struct bench *b)
{
	struct bench_print_live *live = &b->print.live;
	struct bench_wish once = { .only_one = true };
	struct bench_costs seen;
	double rate = b->options.line_rate > 0 ? b->options.line_rate : LINE_RATE_DEFAULT;

	if (b->set.request_count == 0) {
		fprintf(stderr,
			"sigcanary bench: no request is in these captures, so none can be kept open; leave out --live, or name others\n");
		return EXIT_INPUT;
	}
	bench_set_pace(&b->set, rate * 1e9);
	b->set.lag = 1;
	if (b->plan->limits.transactions < 2 * b->set.request_count)
		b->plan->limits.transactions = 2 * b->set.request_count;
	if (!workers_run(b, 1, &once, &seen))
		return EXIT_FAILED;
	live->per_round = seen.first.open;
	if (seen.first.open == 0) {
		fprintf(stderr, "sigcanary bench: no request of these captures stays open without its answer; leave out --live\n");
		return EXIT_INPUT;
	}
	b->set.lag = (b->options.live + live->per_round / 2) / live->per_round;
	b->set.lag += b->set.lag == 0;
	if ((nanos)b->set.lag * b->set.period > AGE_MAX) {
		rate *= (double)b->set.lag * (double)b->set.period / (double)AGE_MAX;
		bench_set_pace(&b->set, rate * 1e9);
	}
	live->wanted = b->options.live;
	live->lag = b->set.lag;
	live->age = (nanos)b->set.lag * b->set.period;
	live->line_rate = rate;
	room_make(b, (double)seen.first.opened);
	return EXIT_DONE;
}

static int bench_run(struct bench *b)
{
	struct bench_wish wish = { .seconds = b->options.seconds > 0 ? b->options.seconds : SECONDS_DEFAULT };
	struct bench_print *p = &b->print;
	int code;

	if (!bench_touch_measure(&p->touch) || (b->options.live > 0 && !bench_memory_measure(b->plan, b->segments, &p->memory))) {
		fprintf(stderr, "sigcanary bench: no memory to measure what memory costs\n");
		return EXIT_FAILED;
	}
	p->has_memory = b->options.live > 0;
	if (b->options.live > 0) {
		code = live_prepare(b);
		if (code != EXIT_DONE)
			return code;
		wish.warm_up = DONE_AGE;
	} else if (b->options.line_rate > 0) {
		bench_set_pace(&b->set, b->options.line_rate * 1e9);
		wish.warm_up = DONE_AGE;
	}
	return workers_run(b, p->worker_count, &wish, &p->costs) ? EXIT_DONE : EXIT_FAILED;
}

static int bench_tell(struct bench *b)
{
	FILE *stats = b->options.stats != NULL ? output_open(b->options.stats) : NULL;
	struct bench_print *p = &b->print;

	if (b->options.stats != NULL && stats == NULL)
		return EXIT_FAILED;
	p->set = &b->set;
	if (b->options.is_json)
		bench_print_json(p, stdout);
	else
		bench_print_text(p, stdout);
	if (stats != NULL) {
		stats_write_json(&p->costs.report, nanos_to_s(b->set.period) * (double)(p->costs.rounds + p->costs.warm_rounds), stats);
		if (!output_close(stats, b->options.stats))
			return EXIT_FAILED;
	}
	return output_close(stdout, "standard output") ? EXIT_DONE : EXIT_FAILED;
}

int command_bench(int argc, char **argv)
{
	struct bench b = { 0 };
	char error[SOURCE_ERROR_MAX > SEGMENT_ERROR_MAX ? SOURCE_ERROR_MAX : SEGMENT_ERROR_MAX];
	bool is_damaged = false;
	int rest = 0;
	int code = options_read(argc, argv,
				TAKES_CONFIG | TAKES_JSON | TAKES_STATS | TAKES_WORKERS | TAKES_SECONDS | TAKES_MAX_MIB | TAKES_QUIET |
					TAKES_LOAD | TAKES_WATCH,
				&b.options, &rest);

	if (code != EXIT_DONE)
		return code < 0 ? EXIT_DONE : code;
	if (rest == argc) {
		fprintf(stderr, "sigcanary bench: no capture given; name one or more files, or '-' for standard input\n");
		return EXIT_USAGE;
	}
	b.options.inputs = (const char *const *)(argv + rest);
	b.options.input_count = (size_t)(argc - rest);
	if (b.options.no_huge)
		prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	code = bench_open(&b, &is_damaged, error);
	if (code == EXIT_DONE)
		code = bench_run(&b);
	if (code == EXIT_DONE)
		code = bench_tell(&b);
	if (is_damaged && code == EXIT_DONE) {
		fprintf(stderr, "sigcanary bench: %s\n", error);
		code = EXIT_INPUT;
	}
	bench_set_free(&b.set);
	free(b.workers);
	segments_free(b.segments);
	plan_free(b.plan);
	return code;
}
