/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Workers over live sources, see live.h. live_work() runs once per worker on its own thread; live_stop() may come from anywhere; the rest
 * is control's. Shared between threads: rings, pages, the published plan and a few counters, all atomic or guarded by a ring's order.
 *
 * A ring that is full loses what does not fit: counted as dropped (packets) or refused (indications, outcomes), never waited for. A message
 * that could be given away and finds the ring full is decoded where it is.
 */
#include "dataplane/worker/live.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define PAGES              4
#define PACKET_RING_BYTES  ((size_t)4 << 20)
#define OUTCOME_RING_BYTES ((size_t)16 << 20)

/* Loads are shares of LOAD_ALL, taken over windows of some milliseconds. */
#define LOAD_ALL      256
#define LOAD_FULL     235 /* hardly a poll that brought nothing */
#define LOAD_MARGIN   16  /* how much less the other one has to do */
#define SHARE_STEP    8
#define SHARE_MAX     208
#define WINDOW_CYCLES (UINT64_C(1) << 23)

/* How far behind the clock requests come of age between bursts: answers may still be on their way from another worker. */
#define PASS_BEHIND (5 * NANOS_PER_MS)

/* What is published together. */
struct live_plan {
	const struct plan *plan;
	const struct segments *segments;
};

/* A packet or a message on its way to another worker; its bytes follow. */
struct parcel {
	struct errand errand;
	uint32_t length;
	bool is_message;
};

/* How busy a worker is, and what it gives away. */
struct burden {
	uint64_t window;     /* when it began */
	uint64_t busy;       /* cycles of polls that brought something */
	unsigned int share;  /* of LOAD_ALL: messages given away */
	unsigned int credit; /* rises by `share` per message; at LOAD_ALL one goes */
	unsigned int helper; /* who gets them */
};

struct live_worker {
	struct worker *worker;
	struct source *source;
	struct ring *packets_in; /* [count] */
	struct ring outcomes;
	struct tape *tape; /* NULL: no frames are kept */
	struct worker_report reports[PAGES];
	unsigned int pages_returned; /* control's */
	struct live *live;
	struct burden burden;
	nanos tick_start;
	uint64_t dropped;
	_Atomic unsigned int load; /* of the last window */
	_Atomic uint64_t frames;
	_Atomic uint64_t polls; /* also those that brought nothing */
	_Atomic unsigned int plan_taken;
	_Atomic bool is_over;
};

struct live {
	struct worker *workers;
	unsigned int count;
	struct live_worker *members;
	nanos tick;
	struct live_plan plans[2];
	_Atomic unsigned int plan_published; /* number of the newest; its slot is the number modulo 2 */
	_Atomic bool is_stopping;
};

static bool message_delegate(void *who, const struct errand *errand)
{
	struct live_worker *m = who;
	struct burden *b = &m->burden;
	uint32_t length = (uint32_t)cursor_left(&errand->packet.bytes);
	struct parcel *parcel;

	b->credit += b->share;
	if (b->credit < LOAD_ALL)
		return false;
	b->credit -= LOAD_ALL;
	parcel = ring_reserve(&m->live->members[b->helper].packets_in[m->worker->index], sizeof(*parcel) + length);
	if (parcel == NULL)
		return false;
	parcel->errand = *errand;
	parcel->length = length;
	parcel->is_message = true;
	memcpy(parcel + 1, errand->packet.bytes.at, length);
	return true;
}

struct live *live_new(struct worker *workers, unsigned int count, struct source *const *sources, const struct plan *plan)
{
	struct live *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->workers = workers;
	l->count = count;
	l->tick = plan->detection.tick;
	l->members = calloc(count, sizeof(*l->members));
	for (unsigned int i = 0; l->members != NULL && i < count; i++) {
		struct live_worker *m = &l->members[i];
		bool is_whole = ring_open(&m->outcomes, OUTCOME_RING_BYTES);

		m->live = l;
		m->worker = &workers[i];
		if (count > 1) {
			m->worker->walk.delegate = message_delegate;
			m->worker->walk.delegate_of = m;
		}
		m->source = sources[i];
		m->packets_in = calloc(count, sizeof(*m->packets_in));
		for (unsigned int j = 0; m->packets_in != NULL && j < count; j++)
			is_whole = (j == i || ring_open(&m->packets_in[j], PACKET_RING_BYTES)) && is_whole;
		if (m->packets_in == NULL || !is_whole) {
			live_free(l);
			return NULL;
		}
	}
	if (l->members == NULL) {
		free(l);
		return NULL;
	}
	return l;
}

void live_free(struct live *l)
{
	if (l == NULL)
		return;
	for (unsigned int i = 0; i < l->count; i++) {
		struct live_worker *m = &l->members[i];

		if (m->worker != NULL)
			m->worker->walk.delegate = NULL;
		for (unsigned int j = 0; m->packets_in != NULL && j < l->count; j++)
			ring_close(&m->packets_in[j]);
		free(m->packets_in);
		ring_close(&m->outcomes);
		if (m->tape != NULL)
			tape_close(m->tape);
		free(m->tape);
	}
	free(l->members);
	free(l);
}

bool live_keep_tapes(struct live *l, size_t bytes)
{
	for (unsigned int i = 0; i < l->count; i++) {
		struct tape *tape = aligned_alloc(RING_LINE, (sizeof(*tape) + RING_LINE - 1) / RING_LINE * RING_LINE);

		if (tape == NULL || !tape_open(tape, bytes)) {
			free(tape);
			return false;
		}
		l->members[i].tape = tape;
	}
	return true;
}

const struct tape *live_tape(const struct live *l, unsigned int worker)
{
	return l->members[worker].tape;
}

static void packet_send(struct live *l, unsigned int from, unsigned int to, const struct packet *packet, uint32_t wire_bytes)
{
	uint32_t length = (uint32_t)cursor_left(&packet->bytes);
	struct parcel *parcel = ring_reserve(&l->members[to].packets_in[from], sizeof(*parcel) + length);

	if (parcel == NULL) {
		account_packet(&l->workers[from].walk.account, VERDICT_RING, wire_bytes);
		return;
	}
	parcel->errand.packet = *packet;
	parcel->errand.wire_bytes = wire_bytes;
	parcel->length = length;
	parcel->is_message = false;
	memcpy(parcel + 1, packet->bytes.at, length);
}

/* Once per window: what this worker's load was, and whether it should give more or less away. */
static void burden_weigh(struct live *l, struct live_worker *m, uint64_t now)
{
	struct burden *b = &m->burden;
	unsigned int own = (unsigned int)(b->busy * LOAD_ALL / (now - b->window));
	unsigned int least = UINT_MAX;

	atomic_store_explicit(&m->load, own, memory_order_relaxed);
	b->window = now;
	b->busy = 0;
	for (unsigned int i = 0; i < l->count; i++) {
		unsigned int load = atomic_load_explicit(&l->members[i].load, memory_order_relaxed);

		if (i == m->worker->index || load >= least)
			continue;
		least = load;
		b->helper = i;
	}
	if (own >= LOAD_FULL && least + LOAD_MARGIN < own)
		b->share = b->share + SHARE_STEP < SHARE_MAX ? b->share + SHARE_STEP : SHARE_MAX;
	else if (b->share > 0 && (least > own || own < LOAD_FULL - LOAD_MARGIN))
		b->share -= b->share < SHARE_STEP ? b->share : SHARE_STEP;
}

static void indications_make_room(struct live *l, struct worker *self)
{
	if (self->walk.indication_count > WALK_INDICATIONS - WALK_INDICATIONS_PER_PACKET)
		worker_hand_over(l->workers, self);
}

/* What became of it, as far as this worker knows: of what belongs to another, whether it is worth a look. */
static enum verdict packet_walk(struct live *l, struct worker *self, const struct packet *packet, uint32_t wire_bytes)
{
	unsigned int owner = self->count == 1 ? 0 : (unsigned int)(walk_packet_owner(self->walk.plan, packet) % self->count);

	if (owner != self->index) {
		packet_send(l, self->index, owner, packet, wire_bytes);
		return walk_packet_is_expected(self->walk.plan, packet) ? VERDICT_DECODED : VERDICT_OTHER_PORT;
	}
	indications_make_room(l, self);
	return walk_packet(&self->walk, packet, wire_bytes);
}

/* Whether a frame may be signalling, by what became of it. */
static bool is_worth_keeping(enum verdict v)
{
	return v != VERDICT_NOT_IP && v != VERDICT_OTHER_LINK && v != VERDICT_OTHER_TRANSPORT && v != VERDICT_OTHER_PORT &&
	       v != VERDICT_USER_PLANE;
}

/* Link and IP of all frames, then what is above: `at` is when this stage begins. */
static void frames_walk(struct live *l, struct worker *self, const struct frame *frames, size_t count, uint64_t *at)
{
	struct packet packets[SOURCE_BURST];
	enum verdict verdicts[SOURCE_BURST];
	struct tape *tape = l->members[self->index].tape;

	for (size_t done = 0; done < count;) {
		size_t read = walk_frames(&self->walk, frames + done, count - done, packets, verdicts);

		stages_mark(&self->stages, STAGE_LINK_IP, at);
		for (size_t i = 0; i < read; i++) {
			enum verdict v = verdicts[i];

			if (v == VERDICT_DECODED)
				v = packet_walk(l, self, &packets[i], frames[done + i].wire_length);
			else
				account_packet(&self->walk.account, v, frames[done + i].wire_length);
			/* While its bytes are still in the cache. */
			if (tape != NULL && is_worth_keeping(v))
				tape_put(tape, &frames[done + i]);
		}
		stages_mark(&self->stages, STAGE_DECODE, at);
		done += read;
	}
	if (tape != NULL)
		tape_publish(tape);
	for (unsigned int i = 0; i < l->count; i++) {
		if (i != self->index)
			ring_publish(&l->members[i].packets_in[self->index]);
	}
}

static size_t parcels_walk(struct live *l, struct live_worker *m)
{
	size_t walked = 0;

	for (unsigned int i = 0; i < l->count; i++) {
		struct parcel *parcel;
		size_t size;

		if (i == m->worker->index)
			continue;
		for (int n = 0; n < SOURCE_BURST && (parcel = ring_peek(&m->packets_in[i], &size)) != NULL; n++) {
			parcel->errand.packet.bytes = cursor_of((const uint8_t *)(parcel + 1), parcel->length);
			indications_make_room(l, m->worker);
			if (parcel->is_message)
				walk_errand(&m->worker->walk, &parcel->errand);
			else
				walk_packet(&m->worker->walk, &parcel->errand.packet, parcel->errand.wire_bytes);
			ring_pop(&m->packets_in[i]);
			walked++;
		}
	}
	return walked;
}

/* Moves outcomes to the ring that control reads. */
static void outcomes_send(struct live_worker *m)
{
	struct outbox *box = &m->worker->outbox;

	for (size_t i = 0; i < box->count; i++) {
		struct outcome *place = ring_reserve(&m->outcomes, sizeof(*place));

		if (place == NULL) {
			box->refused += box->count - i;
			break;
		}
		*place = box->outcomes[i];
	}
	box->count = 0;
	ring_publish(&m->outcomes);
}

/* A step of time, as a replay takes it: what is open belongs to the time before, which its timers would wait for. */
static void transactions_end(struct live_worker *m)
{
	while (!transactions_finish(m->worker->transactions))
		outcomes_send(m);
	outcomes_send(m);
}

/* Ends every tick that is over by `clock`; after a long silence or a step of time begins anew. */
static void ticks_end(struct live *l, struct live_worker *m, nanos clock)
{
	nanos current = clock - clock % l->tick;
	struct source_statistics statistics;

	/* An idle clock runs ahead a little: a tick that has ended is not begun again. */
	if (m->tick_start != 0 && current < m->tick_start && m->tick_start - current <= FRAME_CLOCK_JUMP)
		return;
	if (m->tick_start == 0 || current < m->tick_start || current - m->tick_start > FRAME_CLOCK_JUMP) {
		if (m->tick_start != 0 && llabs(current - m->tick_start) > FRAME_CLOCK_JUMP)
			transactions_end(m);
		m->tick_start = current;
		return;
	}
	if (m->tick_start < current) {
		source_statistics(m->source, &statistics);
		m->dropped = statistics.dropped;
	}
	for (; m->tick_start < current; m->tick_start += l->tick) {
		/* The slot of the page that is sealed next: control cannot be reading it, whether there is room for the page or not. */
		struct worker_report *report = &m->reports[book_pages(m->worker->book) % PAGES];

		memset(report, 0, sizeof(*report));
		worker_report_add(report, m->worker);
		report->account.packets += m->dropped;
		report->account.verdicts[VERDICT_NIC] += m->dropped;
		while (!worker_end_tick(m->worker, m->tick_start, l->tick, m->dropped))
			outcomes_send(m);
		outcomes_send(m);
	}
}

static void plan_take(struct live *l, struct live_worker *m)
{
	unsigned int published = atomic_load_explicit(&l->plan_published, memory_order_acquire);
	const struct live_plan *p = &l->plans[published % 2];

	if (published == atomic_load_explicit(&m->plan_taken, memory_order_relaxed))
		return;
	walk_renew(&m->worker->walk, p->plan, p->segments);
	transactions_plan(m->worker->transactions, p->plan);
	atomic_store_explicit(&m->plan_taken, published, memory_order_release);
}

void live_work(struct live *l, unsigned int index)
{
	struct live_worker *m = &l->members[index];
	struct worker *self = m->worker;
	enum source_state state = SOURCE_MORE;
	struct frame frames[SOURCE_BURST];

	while (state == SOURCE_MORE && !atomic_load_explicit(&l->is_stopping, memory_order_relaxed)) {
		struct stage_cycles before = self->stages;
		uint64_t began = stages_now();
		uint64_t at = began;
		size_t count = 0;
		size_t parcels;
		size_t indications;
		nanos clock;

		atomic_store_explicit(&m->polls, atomic_load_explicit(&m->polls, memory_order_relaxed) + 1, memory_order_relaxed);
		plan_take(l, m);
		state = source_burst(m->source, frames, SOURCE_BURST, &count);
		stages_mark(&self->stages, STAGE_RECEIVE, &at);
		clock = source_clock(m->source);
		ticks_end(l, m, clock);
		stages_mark(&self->stages, STAGE_TICK, &at);
		frames_walk(l, self, frames, count, &at);
		parcels = parcels_walk(l, m);
		stages_mark(&self->stages, STAGE_DECODE, &at);
		worker_hand_over(l->workers, self);
		indications = worker_take_over(self);
		transactions_pass(self->transactions, clock - PASS_BEHIND);
		stages_mark(&self->stages, STAGE_TRANSACTION, &at);
		outcomes_send(m);
		stages_mark(&self->stages, STAGE_OUTCOME, &at);
		/* A poll that brought nothing costs nobody anything. */
		if (count + parcels + indications == 0)
			self->stages = before;
		else
			m->burden.busy += at - began;
		if (l->count > 1 && at - m->burden.window > WINDOW_CYCLES)
			burden_weigh(l, m, at);
		if (count > 0)
			atomic_store_explicit(&m->frames, atomic_load_explicit(&m->frames, memory_order_relaxed) + count,
					      memory_order_relaxed);
	}
	atomic_store_explicit(&m->is_over, true, memory_order_release);
}

void live_stop(struct live *l)
{
	atomic_store_explicit(&l->is_stopping, true, memory_order_relaxed);
}

bool live_has_parcels(struct live *l, unsigned int index)
{
	size_t size;

	for (unsigned int i = 0; i < l->count; i++) {
		if (i != index && ring_peek(&l->members[index].packets_in[i], &size) != NULL)
			return true;
	}
	return false;
}

bool live_is_over(const struct live *l)
{
	for (unsigned int i = 0; i < l->count; i++) {
		if (!atomic_load_explicit(&l->members[i].is_over, memory_order_acquire))
			return false;
	}
	return true;
}

uint64_t live_frames(const struct live *l)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < l->count; i++)
		sum += atomic_load_explicit(&l->members[i].frames, memory_order_relaxed);
	return sum;
}

uint64_t live_polls(const struct live *l, unsigned int worker)
{
	return atomic_load_explicit(&l->members[worker].polls, memory_order_relaxed);
}

bool live_outcome(struct live *l, unsigned int worker, struct outcome *ret)
{
	size_t size;
	const struct outcome *o = ring_peek(&l->members[worker].outcomes, &size);

	if (o == NULL)
		return false;
	*ret = *o;
	ring_pop(&l->members[worker].outcomes);
	return true;
}

void live_settle(struct live *l)
{
	for (unsigned int i = 0; i < l->count; i++) {
		l->workers[i].walk.delegate = NULL;
		for (unsigned int j = 0; j < l->count; j++) {
			if (i != j)
				ring_publish(&l->members[j].packets_in[i]);
		}
	}
	for (unsigned int i = 0; i < l->count; i++) {
		while (parcels_walk(l, &l->members[i]) > 0)
			worker_hand_over(l->workers, l->members[i].worker);
	}
	for (unsigned int i = 0; i < l->count; i++) {
		worker_take_over(l->members[i].worker);
		outcomes_send(&l->members[i]);
	}
}

void live_drain(struct live *l, unsigned int worker)
{
	outcomes_send(&l->members[worker]);
}

bool live_page(struct live *l, unsigned int worker, struct book_page *ret, struct worker_report *ret_report)
{
	struct live_worker *m = &l->members[worker];

	if (!book_sealed(m->worker->book, ret))
		return false;
	*ret_report = m->reports[m->pages_returned % PAGES];
	return true;
}

void live_return_page(struct live *l, unsigned int worker)
{
	l->members[worker].pages_returned++;
	book_return(l->members[worker].worker->book);
}

void live_publish(struct live *l, const struct plan *plan, const struct segments *segments)
{
	unsigned int next = atomic_load_explicit(&l->plan_published, memory_order_relaxed) + 1;

	l->plans[next % 2] = (struct live_plan){ .plan = plan, .segments = segments };
	atomic_store_explicit(&l->plan_published, next, memory_order_release);
}

bool live_has_taken(const struct live *l)
{
	unsigned int published = atomic_load_explicit(&l->plan_published, memory_order_relaxed);

	for (unsigned int i = 0; i < l->count; i++) {
		const struct live_worker *m = &l->members[i];

		if (!atomic_load_explicit(&m->is_over, memory_order_acquire) &&
		    atomic_load_explicit(&m->plan_taken, memory_order_acquire) != published)
			return false;
	}
	return true;
}
