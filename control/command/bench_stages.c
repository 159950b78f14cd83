/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stages burst by burst, see bench_stages.h: the same functions as in the live loop, but each for a whole burst before the next begins, and
 * the time stamp counter read between them. Called by `bench` in its main thread after the throughput has been measured.
 *
 * Decoding and segments lie inside walk_packet(); the walk notes them itself (dataplane/worker/stages.h). A reading of the counter costs
 * cycles of its own, which are measured first and taken off. On a busy machine most slices hold somebody else's time, so the stages are
 * those of the fastest quarter of slices. Not separated: counting into cells happens inside transactions_take() and stays with it. Not
 * contained: the copying of outcomes to control's ring. A datagram put together from fragments is walked at once, because its bytes are
 * gone with the next frame.
 */
#include "control/command/bench_stages.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/command/bench_live.h"
#include "dataplane/source/source.h"

#define ROUNDS_MIN   2
#define READINGS     4096
#define SLICE_BURSTS 64
#define SLICES_MAX   16384

/* Sums in cycles. */
struct stage_sums {
	uint64_t rx;
	uint64_t link_ip;
	uint64_t packet; /* walk_packet(): transport, decoding and segments */
	uint64_t transaction;
	uint64_t tally;
	uint64_t messages; /* at the begin of a slice: those of the worker so far */
	uint64_t packets;
	struct walk_stages inner;
};

struct stage_run {
	struct worker *worker;
	struct bench_set *set;
	struct stage_sums sums;
	struct stage_sums *slices;
	size_t slice_count;
	nanos tick;
	nanos tick_start;
	nanos shift;
};

/* What one reading adds to the time between two. */
static double reading_cost(void)
{
	uint64_t began = stages_now();
	uint64_t last = began;

	for (int i = 0; i < READINGS; i++)
		last = stages_now();
	return (double)(last - began) / READINGS;
}

static void ticks_end(struct stage_run *r, nanos clock)
{
	nanos current = clock - clock % r->tick;
	struct worker_report report;
	struct book_page page;
	uint64_t began;

	if (r->tick_start == 0)
		r->tick_start = current;
	for (; r->tick_start < current; r->tick_start += r->tick) {
		bool is_done;

		do {
			began = stages_now();
			memset(&report, 0, sizeof(report));
			worker_report_add(&report, r->worker);
			is_done = worker_end_tick(r->worker, r->tick_start, r->tick, 0);
			r->sums.tally += stages_now() - began;
			r->worker->outbox.count = 0;
		} while (!is_done);
		while (book_sealed(r->worker->book, &page))
			book_return(r->worker->book);
	}
}

static bool is_inside(const struct packet *packet, const struct frame *frame)
{
	return packet->bytes.at >= frame->bytes && packet->bytes.end <= frame->bytes + frame->captured;
}

/* One burst through all stages. */
static void burst_run(struct stage_run *r, const struct frame *from, size_t count)
{
	struct walk *w = &r->worker->walk;
	struct frame frames[SOURCE_BURST];
	struct packet packets[SOURCE_BURST];
	uint32_t lengths[SOURCE_BURST];
	size_t packet_count = 0;
	uint64_t at = stages_now();
	uint64_t now;
	uint64_t moved = 0;

	for (size_t i = 0; i < count; i++) {
		frames[i] = from[i];
		frames[i].time += r->shift;
		frames[i].clock += r->shift;
	}
	now = stages_now();
	r->sums.rx += now - at;
	ticks_end(r, frames[0].clock);
	at = stages_now();
	for (size_t i = 0; i < count; i++) {
		enum verdict v = walk_frame(w, &frames[i], &packets[packet_count]);

		if (v != VERDICT_DECODED) {
			account_packet(&w->account, v, frames[i].wire_length);
		} else if (!is_inside(&packets[packet_count], &frames[i])) {
			uint64_t began = stages_now();

			walk_packet(w, &packets[packet_count], frames[i].wire_length);
			moved += stages_now() - began;
		} else {
			lengths[packet_count++] = frames[i].wire_length;
		}
	}
	now = stages_now();
	r->sums.link_ip += now - at - moved;
	at = now;
	for (size_t i = 0; i < packet_count; i++) {
		if (w->indication_count > WALK_INDICATIONS - WALK_INDICATIONS_PER_PACKET)
			worker_hand_over(r->worker, r->worker);
		walk_packet(w, &packets[i], lengths[i]);
	}
	now = stages_now();
	r->sums.packet += now - at + moved;
	at = now;
	worker_hand_over(r->worker, r->worker);
	r->sums.transaction += stages_now() - at;
	r->worker->outbox.count = 0;
}

static double at_least_zero(double x)
{
	return x > 0 ? x : 0;
}

static void sums_divide(const struct stage_sums *s, double reading, struct bench_stages *ret)
{
	const struct walk_stages *in = &s->inner;
	double messages = s->messages > 0 ? (double)s->messages : 1;
	double decodes = (double)in->decodes * reading;
	double segments = (double)in->segments * reading;

	*ret = (struct bench_stages){
		.rx = (double)s->rx / messages,
		.link_ip = (double)s->link_ip / messages,
		/* Of each pair of readings one lies inside what the pair measured, the other beside it. */
		.sctp_tcp = at_least_zero((double)s->packet - (double)in->decode - decodes) / messages,
		.decode = at_least_zero((double)in->decode - decodes - (double)in->segment - segments) / messages,
		.segment = at_least_zero((double)in->segment - segments) / messages,
		.transaction = (double)s->transaction / messages,
		.tally = (double)s->tally / messages,
		.packets_per_message = (double)s->packets / messages,
	};
}

static double slice_cost(const struct stage_sums *s)
{
	return (double)(s->rx + s->link_ip + s->packet + s->transaction + s->tally) / (double)s->messages;
}

static int slice_compare(const void *a, const void *b)
{
	double x = slice_cost(a);
	double y = slice_cost(b);

	return x < y ? -1 : x > y;
}

static void sums_add(struct stage_sums *sum, const struct stage_sums *s)
{
	sum->rx += s->rx;
	sum->link_ip += s->link_ip;
	sum->packet += s->packet;
	sum->transaction += s->transaction;
	sum->tally += s->tally;
	sum->messages += s->messages;
	sum->packets += s->packets;
	sum->inner.decode += s->inner.decode;
	sum->inner.decodes += s->inner.decodes;
	sum->inner.segment += s->inner.segment;
	sum->inner.segments += s->inner.segments;
}

static void slice_begin(struct stage_run *r)
{
	r->sums = (struct stage_sums){ .messages = bench_messages(&r->worker->walk) };
	r->worker->walk.stages = &r->sums.inner;
}

static void slice_end(struct stage_run *r)
{
	r->sums.messages = bench_messages(&r->worker->walk) - r->sums.messages;
	if (r->sums.messages > 0 && r->slice_count < SLICES_MAX)
		r->slices[r->slice_count++] = r->sums;
	slice_begin(r);
}

static void round_run(struct stage_run *r, const struct bench_share *share)
{
	unsigned int bursts = 0;

	slice_begin(r);
	for (size_t at = 0; at < share->count; at += SOURCE_BURST) {
		size_t count = share->count - at < SOURCE_BURST ? share->count - at : SOURCE_BURST;

		burst_run(r, share->frames + at, count);
		r->sums.packets += count;
		if (++bursts % SLICE_BURSTS == 0)
			slice_end(r);
	}
	slice_end(r);
}

static double since(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - t->tv_sec) + (double)(now.tv_nsec - t->tv_nsec) / 1e9;
}

bool bench_stages_measure(struct bench_set *set, struct worker *worker, double seconds, nanos tick, struct bench_stages *ret)
{
	struct stage_run r = { .worker = worker, .set = set, .tick = tick };
	struct bench_share *share = &set->shares[0];
	struct stage_sums sum = { 0 };
	struct timespec began;

	r.slices = calloc(SLICES_MAX, sizeof(*r.slices));
	if (r.slices == NULL)
		return false;
	clock_gettime(CLOCK_MONOTONIC, &began);
	for (unsigned int round = 0; round < ROUNDS_MIN || (since(&began) < seconds && r.slice_count < SLICES_MAX); round++) {
		bench_share_turn(set, share, share->round + 1);
		round_run(&r, share);
		r.shift += set->period;
		/* The first round warms up. */
		if (round == 0)
			r.slice_count = 0;
	}
	worker->walk.stages = NULL;
	qsort(r.slices, r.slice_count, sizeof(*r.slices), slice_compare);
	for (size_t i = 0; i < (r.slice_count + 3) / 4; i++)
		sums_add(&sum, &r.slices[i]);
	sums_divide(&sum, reading_cost(), ret);
	free(r.slices);
	return true;
}
