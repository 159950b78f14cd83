/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `sigcanary bench`: how much a worker takes, from memory.
 *
 * The captures are read into memory, the places that have to change are found (bench_find.c), and the frames go round and round through the
 * live loop (bench_live.c), each round looking like new traffic (bench_set.c): later, with TSNs and TCP sequence numbers that go on, and
 * other transaction ids. Then some rounds are taken apart into stages (bench_stages.c). Handshakes are in the first round only, which warms
 * up and is not measured; nor is the patching between rounds.
 *
 * Whether rounds were fresh is said with the result: every later round must give as many messages as the first, or duplicates were
 * thrown away and the figures mean nothing. Ticks end by the captures' clock, so a thin capture pays more for them per message.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "config/config.h"
#include "control/command/bench_find.h"
#include "control/command/bench_live.h"
#include "control/command/bench_set.h"
#include "control/command/bench_stages.h"
#include "control/command/command.h"
#include "control/sink/stats.h"
#include "dataplane/source/source.h"

#define SECONDS_DEFAULT 5
#define MAX_MIB_DEFAULT 1024
/* Of the time, for the stages. */
#define STAGES_SHARE 0.25
/* Below, somebody else's time is in the means. */
#define BUSY_SHARE 0.9

struct bench {
	struct options options;
	struct plan *plan;
	struct segments *segments;
	struct worker *workers;
	struct bench_set set;
	struct bench_costs costs;
	struct bench_stages stages;
	unsigned int worker_count;
};

static double rss_mib(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_SELF, &usage) == 0 ? (double)usage.ru_maxrss / 1024 : 0;
}

static double ratio(double a, double b)
{
	return b > 0 ? a / b : 0;
}

/* Messages of the worst later round, as a share of the first one's. */
static double fresh_share(const struct bench_costs *c)
{
	return ratio((double)c->least_messages, (double)c->first.messages);
}

static void json_write(const struct bench *b, FILE *out)
{
	const struct bench_costs *c = &b->costs;
	const struct bench_stages *s = &b->stages;
	double later = (double)(c->rounds - 1);

	fprintf(out, "{\"packets\":%" PRIu64 ",\"messages\":%" PRIu64 ",\"workers\":%u,\"seconds\":%.6f", c->packets, c->messages,
		b->worker_count, c->seconds);
	fprintf(out, ",\"mpps\":%.4f,\"mmsgs\":%.4f,\"gbps\":%.4f", ratio((double)c->packets, c->seconds) / 1e6,
		ratio((double)c->messages, c->seconds) / 1e6, ratio(8 * (double)c->wire_bytes, c->seconds) / 1e9);
	fprintf(out, ",\"cycles_per_packet\":%.1f,\"cycles_per_message\":%.1f", ratio((double)c->cycles, (double)c->packets),
		ratio((double)c->cycles, (double)c->messages));
	fprintf(out,
		",\"stages\":{\"rx\":%.1f,\"link_ip\":%.1f,\"sctp_tcp\":%.1f,\"decode\":%.1f,\"transaction\":%.1f,\"segment\":%.1f,"
		"\"tally\":%.1f}",
		s->rx, s->link_ip, s->sctp_tcp, s->decode, s->transaction, s->segment, s->tally);
	fprintf(out, ",\"rss_mib\":%.1f", rss_mib());
	fprintf(out, ",\"cycles_per_message_best\":%.1f,\"cycles_per_message_p10\":%.1f,\"cycles_per_message_median\":%.1f", c->best,
		c->p10, c->median);
	fprintf(out, ",\"rounds\":%" PRIu64, c->rounds);
	if (c->first.messages > 0)
		fprintf(out, ",\"fresh\":%.6f", fresh_share(c));
	fprintf(out, ",\"cpu_share\":%.3f", c->cpu_share);
	fprintf(out, ",\"messages_first_round\":%" PRIu64 ",\"messages_least\":%" PRIu64 ",\"messages_most\":%" PRIu64, c->first.messages,
		c->least_messages, c->most_messages);
	fprintf(out,
		",\"opened_first_round\":%" PRIu64 ",\"opened_per_round\":%.3f,\"answered_first_round\":%" PRIu64
		",\"answered_per_round\":%.3f}\n",
		c->first.opened, ratio((double)c->later.opened, later), c->first.answered, ratio((double)c->later.answered, later));
}

static void stages_write(const struct bench *b, const char *unit, FILE *out)
{
	const struct bench_stages *s = &b->stages;

	fprintf(out,
		"stages of the fastest quarter of slices, %s per message (%.2f packets each): reception %.0f, link and IP %.0f, SCTP and "
		"TCP %.0f, decoding %.0f, segments "
		"%.0f,\n"
		"  transactions with their counting into cells %.0f, ends of ticks %.0f; together %.0f\n",
		unit, s->packets_per_message, s->rx, s->link_ip, s->sctp_tcp, s->decode, s->segment, s->transaction, s->tally,
		s->rx + s->link_ip + s->sctp_tcp + s->decode + s->segment + s->transaction + s->tally);
}

static void text_write(const struct bench *b, FILE *out)
{
	const struct bench_costs *c = &b->costs;
	const char *unit = stages_are_cycles() ? "cycles" : "nanoseconds";
	double later = (double)(c->rounds - 1);

	fprintf(out,
		"%zu packets, %.1f MB, %u worker%s, %" PRIu64
		" rounds in %.2f s: %.3f million packets/s, %.3f million messages/s, %.2f Gbit/s\n",
		b->set.count, (double)b->set.wire_bytes / 1e6, b->worker_count, b->worker_count == 1 ? "" : "s", c->rounds - 1, c->seconds,
		ratio((double)c->packets, c->seconds) / 1e6, ratio((double)c->messages, c->seconds) / 1e6,
		ratio(8 * (double)c->wire_bytes, c->seconds) / 1e9);
	fprintf(out, "%.0f %s per packet, %.0f per message (best slice %.0f, tenth %.0f, median %.0f) at %.2f GHz\n",
		ratio((double)c->cycles, (double)c->packets), unit, ratio((double)c->cycles, (double)c->messages), c->best, c->p10,
		c->median, c->cycles_per_s / 1e9);
	if (c->cpu_share < BUSY_SHARE)
		fprintf(out,
			"busy machine: the workers had a processor for %.0f %% of the time; the best slices tell more than the means\n",
			100 * c->cpu_share);
	stages_write(b, unit, out);
	if (c->first.messages > 0)
		fprintf(out, "fresh: %.6g %% of the first round's %" PRIu64 " messages in every later round (%" PRIu64 " to %" PRIu64 ")\n",
			100 * fresh_share(c), c->first.messages, c->least_messages, c->most_messages);
	else
		fprintf(out, "no message of M3UA or Diameter is in these captures: only packets were measured\n");
	fprintf(out, "requests per round: %" PRIu64 " first, %.1f later; answered: %" PRIu64 " first, %.1f later\n", c->first.opened,
		ratio((double)c->later.opened, later), c->first.answered, ratio((double)c->later.answered, later));
	fprintf(out, "%zu frames with a handshake (INIT, INIT ACK, SYN) were in the first round only", b->set.opening_count);
	if (b->set.unpatched > 0)
		fprintf(out, "; %zu places could not be made new", b->set.unpatched);
	fprintf(out, "\nmessages are those of M3UA and Diameter; %.0f MiB resident, the packets among them\n", rss_mib());
}

/* Reads, finds and deals. */
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
	b->worker_count = b->options.workers > 0 ? b->options.workers : 1;
	b->workers = aligned_alloc(RING_LINE,
				   WORKERS_MAX * sizeof(*b->workers) + RING_LINE - WORKERS_MAX * sizeof(*b->workers) % RING_LINE);
	if (b->workers == NULL || !bench_find(&b->set, b->plan, b->segments) || !bench_set_deal(&b->set, b->worker_count)) {
		fprintf(stderr, "sigcanary bench: no memory to prepare %zu packets; name fewer captures\n", b->set.count);
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

static int bench_run(struct bench *b)
{
	double seconds = b->options.seconds > 0 ? b->options.seconds : SECONDS_DEFAULT;
	bool is_done;

	if (!workers_open(b->workers, b->worker_count, b->plan, b->segments)) {
		fprintf(stderr, "sigcanary bench: no memory for %u workers; lower limits in the configuration\n", b->worker_count);
		return EXIT_FAILED;
	}
	is_done = bench_live(&b->set, b->workers, b->worker_count, b->plan, seconds * (1 - STAGES_SHARE), &b->costs);
	workers_close(b->workers, b->worker_count);
	if (!is_done || !bench_set_deal(&b->set, 1) || !workers_open(b->workers, 1, b->plan, b->segments)) {
		fprintf(stderr, "sigcanary bench: no memory or no threads for %u workers; ask for fewer\n", b->worker_count);
		return EXIT_FAILED;
	}
	is_done = bench_stages_measure(&b->set, b->workers, seconds * STAGES_SHARE, b->plan->detection.tick, &b->stages);
	workers_close(b->workers, 1);
	if (!is_done)
		fprintf(stderr, "sigcanary bench: no memory to take the stages apart; name fewer captures\n");
	return is_done ? EXIT_DONE : EXIT_FAILED;
}

static int bench_tell(const struct bench *b)
{
	FILE *stats = b->options.stats != NULL ? output_open(b->options.stats) : NULL;

	if (b->options.stats != NULL && stats == NULL)
		return EXIT_FAILED;
	if (b->options.is_json)
		json_write(b, stdout);
	else
		text_write(b, stdout);
	if (stats != NULL) {
		stats_write_json(&b->costs.report, nanos_to_s(b->set.period) * (double)b->costs.rounds, stats);
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
					TAKES_WATCH,
				&b.options, &rest);

	if (code != EXIT_DONE)
		return code < 0 ? EXIT_DONE : code;
	if (rest == argc) {
		fprintf(stderr, "sigcanary bench: no capture given; name one or more files, or '-' for standard input\n");
		return EXIT_USAGE;
	}
	b.options.inputs = (const char *const *)(argv + rest);
	b.options.input_count = (size_t)(argc - rest);
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
