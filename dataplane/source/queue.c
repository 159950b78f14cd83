/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * DPDK receive queues as a source, read by the worker that owns it.
 *
 * Frames point into the mbufs of the burst, which are freed when the next burst is asked for; frames in several segments are copied
 * together into an arena, and cut to their first segment when that is full. Time: net_pcap brings the capture's own (microseconds; without
 * infinite_rx), everything else gets the wall clock, read once per burst that has frames. Several queues are polled in turn, the next burst
 * beginning with the next queue, so that none starves.
 *
 * A port's losses (missed by the card, broken, without a buffer) are counted by the source that has its queue 0. A queue never ends and
 * never breaks: rx_pcap at the end of its file is an empty queue, which is what dpdk_idle_read() is for.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include "dataplane/source/clock.h"
#include "dataplane/source/dpdk.h"
#include "dataplane/source/port.h"

#define ARENA_BYTES (1024 * 1024)
#define QUEUES_MAX  1024

struct queue {
	uint16_t port; /* DPDK's */
	uint16_t number;
	uint16_t tap;
	bool has_capture_time;
};

struct queues {
	struct source source;
	size_t count;
	size_t next; /* to be polled first */
	struct queue list[QUEUES_MAX];
	struct rte_mbuf *held[SOURCE_BURST]; /* the burst at hand */
	uint16_t held_count;
	size_t time_offset; /* of the timestamp in an mbuf */
	uint64_t time_flag; /* set in an mbuf that has one; 0 when no driver registered it */
	nanos clock;
	uint64_t frames;
	uint64_t bytes;
	uint64_t empty_polls;
	uint64_t empty_since; /* time stamp counter, before the first poll of these */
	uint64_t asked;       /* the same before the last poll: what came since is not known yet */
	size_t used;          /* of the arena */
	uint8_t arena[ARENA_BYTES];
};

static nanos wall_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (nanos)now.tv_sec * NANOS_PER_S + now.tv_nsec;
}

/* Polls the queues in turn until one has something. */
static const struct queue *queues_poll(struct queues *s, uint16_t max)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct queue *q = &s->list[s->next];

		s->next = s->next + 1 == s->count ? 0 : s->next + 1;
		s->held_count = rte_eth_rx_burst(q->port, q->number, s->held, max);
		if (s->held_count > 0)
			return q;
	}
	return NULL;
}

static void frame_bytes(struct queues *s, const struct rte_mbuf *m, struct frame *ret)
{
	ret->wire_length = m->pkt_len;
	ret->bytes = rte_pktmbuf_mtod(m, const uint8_t *);
	ret->captured = m->data_len;
	if (m->nb_segs > 1 && m->pkt_len <= ARENA_BYTES - s->used) {
		ret->bytes = rte_pktmbuf_read(m, 0, m->pkt_len, s->arena + s->used);
		ret->captured = m->pkt_len;
		s->used += m->pkt_len;
	}
	ret->is_cut = ret->captured < ret->wire_length;
}

static void frame_take(struct queues *s, const struct queue *q, const struct rte_mbuf *m, struct frame *ret)
{
	nanos time = ret->time;

	if (q->has_capture_time && (m->ol_flags & s->time_flag) != 0)
		time = (nanos)*RTE_MBUF_DYNFIELD(m, s->time_offset, const rte_mbuf_timestamp_t *) * NANOS_PER_US;
	frame_bytes(s, m, ret);
	s->clock = clock_step(s->clock, time);
	s->frames++;
	s->bytes += ret->captured;
	ret->time = time;
	ret->clock = s->clock;
	ret->sequence = s->frames;
	ret->number = (uint32_t)s->frames;
	ret->tap = q->tap;
	ret->link_type = LINK_TYPE_ETHERNET;
}

static enum source_state queues_burst(struct source *source, struct frame *frames, size_t max, size_t *ret_count)
{
	struct queues *s = (struct queues *)source;
	const struct queue *q;
	nanos now;

	rte_pktmbuf_free_bulk(s->held, s->held_count);
	s->held_count = 0;
	s->used = 0;
	*ret_count = 0;
	s->asked = rte_get_tsc_cycles();
	q = queues_poll(s, (uint16_t)(max < SOURCE_BURST ? max : SOURCE_BURST));
	if (q == NULL) {
		if (s->empty_polls++ == 0)
			s->empty_since = s->asked;
		return SOURCE_MORE;
	}
	s->empty_polls = 0;
	now = wall_clock();
	for (uint16_t i = 0; i < s->held_count; i++) {
		frames[i].time = now;
		frame_take(s, q, s->held[i], &frames[i]);
	}
	*ret_count = s->held_count;
	return SOURCE_MORE;
}

/* That of the last frame, and what has passed since: ticks go on while nothing comes, in the time of the frames. */
static nanos queues_clock(struct source *source)
{
	const struct queues *s = (const struct queues *)source;
	double idle_s;

	if (s->clock == CLOCK_START)
		return s->time_flag == 0 ? wall_clock() : 0;
	if (s->empty_polls == 0)
		return s->clock;
	idle_s = (double)(s->asked - s->empty_since) / (double)rte_get_tsc_hz();
	return s->clock + (nanos)(idle_s * (double)NANOS_PER_S);
}

static void queues_statistics(struct source *source, struct source_statistics *ret)
{
	const struct queues *s = (const struct queues *)source;
	uint64_t dropped = 0;

	for (size_t i = 0; i < s->count; i++) {
		struct rte_eth_stats port;

		if (s->list[i].number == 0 && rte_eth_stats_get(s->list[i].port, &port) == 0)
			dropped += port.imissed + port.ierrors + port.rx_nombuf;
	}
	*ret = (struct source_statistics){ .frames = s->frames, .bytes = s->bytes, .dropped = dropped };
}

static const char *queues_error(struct source *source)
{
	(void)source;
	return "";
}

static void queues_close(struct source *source)
{
	struct queues *s = (struct queues *)source;

	rte_pktmbuf_free_bulk(s->held, s->held_count);
	free(s);
}

static const struct source_operations queues_operations = {
	.burst = queues_burst,
	.statistics = queues_statistics,
	.error = queues_error,
	.close = queues_close,
	.clock = queues_clock,
};

static struct queues *queues_new(char *error)
{
	struct queues *s = malloc(sizeof(*s));
	int offset;
	int bit;

	if (s == NULL) {
		snprintf(error, SOURCE_ERROR_MAX, "no memory to read DPDK queues");
		return NULL;
	}
	memset(s, 0, offsetof(struct queues, arena));
	s->source.operations = &queues_operations;
	s->clock = CLOCK_START;
	s->empty_since = rte_get_tsc_cycles();
	offset = rte_mbuf_dynfield_lookup(RTE_MBUF_DYNFIELD_TIMESTAMP_NAME, NULL);
	bit = rte_mbuf_dynflag_lookup(RTE_MBUF_DYNFLAG_RX_TIMESTAMP_NAME, NULL);
	if (offset >= 0 && bit >= 0) {
		s->time_offset = (size_t)offset;
		s->time_flag = UINT64_C(1) << bit;
	}
	return s;
}

static bool queue_add(struct queues *s, unsigned int port_index, uint16_t number)
{
	const struct dpdk_port *p = port_at(port_index);

	if (p == NULL || number >= p->queues || s->count == QUEUES_MAX)
		return false;
	s->list[s->count++] = (struct queue){
		.port = p->id,
		.number = number,
		.tap = (uint16_t)port_index,
		.has_capture_time = p->has_capture_time,
	};
	return true;
}

struct source *dpdk_open_worker(unsigned int worker, char error[SOURCE_ERROR_MAX])
{
	struct queues *s = queues_new(error);
	unsigned int index = 0;

	for (unsigned int i = 0; s != NULL && i < dpdk_port_count(); i++)
		for (uint16_t q = 0; q < port_at(i)->queues; q++)
			if (index++ % port_workers() == worker && !queue_add(s, i, q)) {
				snprintf(error, SOURCE_ERROR_MAX, "a worker reads at most %d DPDK queues; take more workers", QUEUES_MAX);
				queues_close(&s->source);
				return NULL;
			}
	return s != NULL ? &s->source : NULL;
}

struct source *source_open_dpdk(uint16_t port, uint16_t queue, char error[SOURCE_ERROR_MAX])
{
	struct queues *s = queues_new(error);

	if (s != NULL && !queue_add(s, port, queue)) {
		snprintf(error, SOURCE_ERROR_MAX, "there is no queue %u of DPDK port %u: %u ports are started", queue, port,
			 dpdk_port_count());
		queues_close(&s->source);
		return NULL;
	}
	return s != NULL ? &s->source : NULL;
}

void dpdk_idle_read(const struct source *source, struct dpdk_idle *ret)
{
	const struct queues *s = (const struct queues *)source;
	uint64_t cycles = s->empty_polls > 0 ? rte_get_tsc_cycles() - s->empty_since : 0;

	*ret = (struct dpdk_idle){
		.empty_polls = s->empty_polls,
		.since_ns = (nanos)((double)cycles / (double)rte_get_tsc_hz() * (double)NANOS_PER_S),
	};
}
