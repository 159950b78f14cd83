/* SPDX-License-Identifier: BSD-3-Clause */
/* The words and the JSON of `bench`, see bench_print.h. Called by its main thread at the end. */
#include "control/command/bench_print.h"

#include <inttypes.h>

/* Below, somebody else's time is in the means. */
#define BUSY_SHARE 0.9
/* How far what was open may be from what was asked for. */
#define OPEN_BELOW 0.95
#define OPEN_ABOVE 1.10
#define MIB        1048576.0

static double ratio(double a, double b)
{
	return b > 0 ? a / b : 0;
}

/*
 * Messages of the worst later round, as a share of the first one's. With several workers some are on their way from one to the other at
 * the end of a round and counted in the next: then of a mean round.
 */
static double fresh_share(const struct bench_print *b)
{
	const struct bench_costs *c = &b->costs;
	double later = b->worker_count == 1 ? (double)c->least_messages : ratio((double)c->messages, (double)c->rounds);

	return ratio(later, (double)c->first.messages);
}

static bool is_open_as_wanted(const struct bench_print *b)
{
	return (double)b->costs.least_open >= OPEN_BELOW * (double)b->live.wanted &&
	       (double)b->costs.most_open <= OPEN_ABOVE * (double)b->live.wanted;
}

static void json_costs(const struct bench_print *b, FILE *out)
{
	const struct bench_costs *c = &b->costs;
	const struct bench_stages *s = &c->stages;

	fprintf(out, "{\"packets\":%" PRIu64 ",\"messages\":%" PRIu64 ",\"workers\":%u,\"seconds\":%.6f", c->packets, c->messages,
		b->worker_count, c->seconds);
	fprintf(out, ",\"mpps\":%.4f,\"mmsgs\":%.4f,\"gbps\":%.4f", ratio((double)c->packets, c->seconds) / 1e6,
		ratio((double)c->messages, c->seconds) / 1e6, ratio(8 * (double)c->wire_bytes, c->seconds) / 1e9);
	fprintf(out, ",\"cycles_per_packet\":%.1f,\"cycles_per_message\":%.1f", ratio((double)c->cycles, (double)c->packets),
		ratio((double)c->cycles, (double)c->messages));
	fprintf(out,
		",\"stages\":{\"rx\":%.1f,\"link_ip\":%.1f,\"sctp_tcp\":%.1f,\"decode\":%.1f,\"transaction\":%.1f,\"segment\":%.1f,"
		"\"tally\":%.1f,\"outcome\":%.1f,\"rest\":%.1f}",
		s->rx, s->link_ip, s->sctp_tcp, s->decode, s->transaction, s->segment, s->tally, s->outcome, s->rest);
	fprintf(out, ",\"rss_mib\":%.1f", b->rss_mib);
	fprintf(out,
		",\"cycles_per_message_best\":%.1f,\"cycles_per_message_p10\":%.1f,\"cycles_per_message_median\":%.1f,\"slices\":%zu,"
		"\"ticks\":%zu",
		c->best, c->p10, c->median, c->slices, c->ticks);
}

static void json_rounds(const struct bench_print *b, FILE *out)
{
	const struct bench_costs *c = &b->costs;
	double rounds = (double)c->rounds;

	fprintf(out, ",\"rounds\":%" PRIu64 ",\"warm_rounds\":%" PRIu64, c->rounds, c->warm_rounds);
	if (c->first.messages > 0)
		fprintf(out, ",\"fresh\":%.6f", fresh_share(b));
	fprintf(out, ",\"cpu_share\":%.3f,\"cycles_per_s\":%.0f,\"pinned\":%s,\"busiest_share\":%.3f", c->cpu_share, c->cycles_per_s,
		c->is_pinned ? "true" : "false", c->busiest);
	fprintf(out, ",\"messages_first_round\":%" PRIu64 ",\"messages_least\":%" PRIu64 ",\"messages_most\":%" PRIu64, c->first.messages,
		c->least_messages, c->most_messages);
	fprintf(out,
		",\"opened_first_round\":%" PRIu64 ",\"opened_per_round\":%.3f,\"answered_first_round\":%" PRIu64
		",\"answered_per_round\":%.3f",
		c->first.opened, ratio((double)c->later.opened, rounds), c->first.answered, ratio((double)c->later.answered, rounds));
	fprintf(out, ",\"timeout_per_round\":%.3f,\"unmatched_per_round\":%.3f,\"evicted\":%" PRIu64,
		ratio((double)c->later.timeout, rounds), ratio((double)c->later.unmatched, rounds), c->later.evicted);
}

static void json_memory(const struct bench_print *b, FILE *out)
{
	const struct bench_memory *m = &b->memory;

	fprintf(out, ",\"baseline\":{\"touch_256k\":%.2f,\"touch_8m\":%.2f,\"touch_256m\":%.2f,\"stream_line\":%.2f}", b->touch.near,
		b->touch.middle, b->touch.far, b->touch.streamed);
	fprintf(out, ",\"working_set\":{\"mib\":%.1f,\"copies\":%zu}", (double)b->set->stride * (double)b->set->copies / MIB,
		b->set->copies);
	fprintf(out, ",\"memory\":{\"rss_mib\":%.1f,\"huge_mib\":%.1f", b->rss_mib, b->huge_mib);
	if (b->has_memory)
		fprintf(out,
			",\"per_million_transactions\":%.0f,\"per_association\":%.1f,\"per_connection\":%.1f,\"per_name\":%.1f,"
			"\"per_stream\":%.1f",
			1e6 * m->transaction, m->association, m->stream, m->name, m->cell);
	fputs("}", out);
}

static void json_live(const struct bench_print *b, FILE *out)
{
	const struct bench_print_live *l = &b->live;
	const struct bench_costs *c = &b->costs;

	fprintf(out,
		",\"live\":{\"wanted\":%zu,\"open_least\":%" PRIu64 ",\"open_most\":%" PRIu64 ",\"holds\":%s,\"per_round\":%" PRIu64
		",\"lag_rounds\":%" PRIu64,
		l->wanted, c->least_open, c->most_open, is_open_as_wanted(b) ? "true" : "false", l->per_round, l->lag);
	fprintf(out, ",\"age_s\":%.6f,\"line_rate_gbps\":%.3f,\"room\":%zu}", nanos_to_s(l->age), l->line_rate, l->room);
}

void bench_print_json(const struct bench_print *b, FILE *out)
{
	json_costs(b, out);
	json_rounds(b, out);
	json_memory(b, out);
	if (b->live.wanted > 0)
		json_live(b, out);
	fputs("}\n", out);
}

static void text_stages(const struct bench_print *b, const char *unit, FILE *out)
{
	const struct bench_stages *s = &b->costs.stages;

	fprintf(out,
		"stages of the fastest quarter of slices, %s per message (%.2f packets each): reception %.0f, link and IP %.0f, SCTP and "
		"TCP %.0f, decoding %.0f, segments %.0f,\n"
		"  transactions with their counting into cells %.0f, ends of ticks %.0f, outcomes to control %.0f, between them %.0f; "
		"together %.0f\n",
		unit, ratio((double)b->costs.packets, (double)b->costs.messages), s->rx, s->link_ip, s->sctp_tcp, s->decode, s->segment,
		s->transaction, s->tally, s->outcome, s->rest,
		s->rx + s->link_ip + s->sctp_tcp + s->decode + s->segment + s->transaction + s->tally + s->outcome + s->rest);
}

static void text_live(const struct bench_print *b, FILE *out)
{
	const struct bench_print_live *l = &b->live;
	const struct bench_costs *c = &b->costs;

	fprintf(out,
		"%" PRIu64 " to %" PRIu64 " transactions open at the ends of rounds, %zu asked for: answers come %.3f s after their "
		"requests by the packets' clock, which goes "
		"as at %.2f Gbit/s;\n  %.1f timeouts and %.1f unmatched answers per round, room for %zu transactions on each worker\n",
		c->least_open, c->most_open, l->wanted, nanos_to_s(l->age), l->line_rate,
		ratio((double)c->later.timeout, (double)c->rounds), ratio((double)c->later.unmatched, (double)c->rounds), l->room);
	if (!is_open_as_wanted(b))
		fputs("  that is not what was asked for: requests of these captures that are never answered stay open until they time "
		      "out\n",
		      out);
	if (c->later.evicted > 0)
		fprintf(out, "  the table was full: %" PRIu64 " transactions were not followed, and the figures mean little\n",
			c->later.evicted);
}

static void text_memory(const struct bench_print *b, FILE *out)
{
	const struct bench_memory *m = &b->memory;

	fprintf(out, "%.0f MiB resident, %.0f of them in huge pages; the packets take %.1f MiB in %zu cop%s\n", b->rss_mib, b->huge_mib,
		(double)b->set->stride * (double)b->set->copies / MIB, b->set->copies, b->set->copies == 1 ? "y" : "ies");
	if (b->has_memory)
		fprintf(out,
			"a million transactions take %.1f MiB, an SCTP direction %.0f bytes, a TCP direction %.0f, a name %.0f, a stream "
			"of the "
			"tally %.0f\n",
			1e6 * m->transaction / MIB, m->association, m->stream, m->name, m->cell);
	fprintf(out, "a dependent load costs %.0f in 256 KiB, %.0f in 8 MiB, %.0f in 256 MiB; a line of a long sum %.1f\n", b->touch.near,
		b->touch.middle, b->touch.far, b->touch.streamed);
}

void bench_print_text(const struct bench_print *b, FILE *out)
{
	const struct bench_costs *c = &b->costs;
	const char *unit = stages_are_cycles() ? "cycles" : "nanoseconds";
	double rounds = (double)c->rounds;

	fprintf(out,
		"%zu packets, %.1f MB, %u worker%s, %" PRIu64
		" rounds in %.2f s: %.3f million packets/s, %.3f million messages/s, %.2f Gbit/s\n",
		b->set->count, (double)b->set->wire_bytes / 1e6, b->worker_count, b->worker_count == 1 ? "" : "s", c->rounds, c->seconds,
		ratio((double)c->packets, c->seconds) / 1e6, ratio((double)c->messages, c->seconds) / 1e6,
		ratio(8 * (double)c->wire_bytes, c->seconds) / 1e9);
	fprintf(out, "%.0f %s per packet, %.0f per message (best of %zu slices and %zu ticks %.0f, tenth %.0f, median %.0f) at %.2f GHz\n",
		ratio((double)c->cycles, (double)c->packets), unit, ratio((double)c->cycles, (double)c->messages), c->slices, c->ticks,
		c->best, c->p10, c->median, c->cycles_per_s / 1e9);
	if (c->cpu_share < BUSY_SHARE)
		fprintf(out,
			"busy machine: the workers had a processor for %.0f %% of the time; the best slices tell more than the means\n",
			100 * c->cpu_share);
	text_stages(b, unit, out);
	if (c->first.messages > 0)
		fprintf(out, "fresh: %.6g %% of the first round's %" PRIu64 " messages in later rounds (%" PRIu64 " to %" PRIu64 ")\n",
			100 * fresh_share(b), c->first.messages, c->least_messages, c->most_messages);
	else
		fprintf(out, "no message of M3UA or Diameter is in these captures: only packets were measured\n");
	fprintf(out, "requests per round: %" PRIu64 " first, %.1f later; answered: %" PRIu64 " first, %.1f later\n", c->first.opened,
		ratio((double)c->later.opened, rounds), c->first.answered, ratio((double)c->later.answered, rounds));
	if (b->live.wanted > 0)
		text_live(b, out);
	fprintf(out, "%zu frames with a handshake (INIT, INIT ACK, SYN) were in the first round only", b->set->opening_count);
	if (b->set->unpatched > 0)
		fprintf(out, "; %zu places could not be made new", b->set->unpatched);
	fputs("\nmessages are those of M3UA and Diameter\n", out);
	text_memory(b, out);
}
