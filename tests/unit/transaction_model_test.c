/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * dataplane/transaction against a plain model of what it promises: a list of all that was ever opened, looked at from end to end for every
 * indication and every tick. Both count into a book of their own; outcomes, pages and counters must be the same, whatever groups the
 * indications came in and however often transactions_pass() was called in between.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "dataplane/transaction/ageing.h"
#include "dataplane/plmn.h"
#include "dataplane/transaction/transaction.h"

#define MS         NANOS_PER_MS
#define S          NANOS_PER_S
#define START      (INT64_C(1342000000) * NANOS_PER_S)
#define INVOKE_ANY INT16_MIN
#define REPEAT_AGE (50 * MS)
#define OUTCOMES   (1 << 16)
#define MODEL_MAX  (1 << 14)

static uint64_t random_state;

static unsigned int pick(unsigned int below)
{
	random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned int)(random_state >> 33) % below;
}

/* The model: the newest stands last. */
struct plain {
	struct entry e;
	bool is_gone;
};

struct model {
	const struct plan *plan;
	struct book *book;
	struct outbox outbox;
	struct transaction_counters counters;
	struct plain *list;
	size_t count;
};

static void tell(struct model *m, const struct entry *e, enum outcome_event event, nanos clock, nanos latency)
{
	assert_true(m->outbox.count < m->outbox.capacity);
	m->outbox.outcomes[m->outbox.count++] = (struct outcome){ .key = e->key,
								  .sequence = e->sequence,
								  .time = e->time,
								  .clock = clock,
								  .latency = latency,
								  .imsi = e->imsi,
								  .msisdn = e->msisdn,
								  .client = e->client,
								  .server = e->server != 0 ? e->server : e->asked,
								  .asked = e->asked,
								  .segments = e->segments,
								  .frames = { e->frame, e->answer_frame },
								  .cause = e->cause,
								  .procedure = e->procedure,
								  .tries = e->tries,
								  .event = (uint8_t)event,
								  .class = e->class,
								  .cause_layer = e->cause_layer,
								  .rat = e->rat,
								  .diagnostic = e->diagnostic,
								  .invoke = e->invoke };
}

static struct book_subject subject(const struct model *m, const struct entry *e, node server)
{
	const struct where where = { .networks = where_networks(0, plmn_packed(e->imsi)), .what = (uint64_t)e->procedure << 8 | e->rat };

	return (struct book_subject){ .imsi = e->imsi,
				      .client = e->client,
				      .server = server,
				      .segments = e->segments,
				      .procedure = e->procedure,
				      .where = wheres_number(book_wheres(m->book), &where),
				      .bucket = (uint8_t)book_bucket(&m->plan->hash_key, e->imsi) };
}

static void count(struct model *m, const struct entry *e, node server, enum outcome_class class, nanos latency)
{
	struct book_subject s = subject(m, e, server);

	book_outcome(m->book, &s, class, latency);
}

static nanos timeout(const struct model *m, procedure p)
{
	nanos own = p < 512 ? m->plan->timeouts[p] : 0;

	return own != 0 ? own : procedure_row(p)->timeout;
}

static nanos next_due(const struct model *m, const struct entry *e)
{
	if (e->step < TALLY_CHECKPOINTS && tally_checkpoint_age[e->step] < timeout(m, e->procedure))
		return e->opened + tally_checkpoint_age[e->step];
	return e->opened + timeout(m, e->procedure);
}

static void time_out(struct model *m, struct entry *e, nanos clock)
{
	e->state = ENTRY_TIMED_OUT;
	e->class = OUTCOME_TIMEOUT;
	e->cause_layer = CAUSE_TIMEOUT;
	m->counters.timeout++;
	m->counters.open--;
	count(m, e, e->asked, OUTCOME_TIMEOUT, -1);
	tell(m, e, OUTCOME_EVENT_CLOSED, clock, -1);
	e->due = clock + m->plan->late_window;
}

static void returned_close(struct model *m, struct entry *e)
{
	nanos latency = e->due - RETURN_AGE - e->opened;

	m->counters.answered++;
	m->counters.open--;
	count(m, e, e->server != 0 ? e->server : e->asked, (enum outcome_class)e->class, latency);
	tell(m, e, OUTCOME_EVENT_CLOSED, e->due, latency);
	e->state = ENTRY_DONE;
	e->due += DONE_AGE;
}

static void step(struct model *m, struct plain *p)
{
	struct entry *e = &p->e;
	struct book_subject s = subject(m, e, e->asked);

	if (e->state == ENTRY_OPEN && e->is_returned) {
		returned_close(m, e);
	} else if (e->state == ENTRY_OPEN && e->due >= e->opened + timeout(m, e->procedure)) {
		time_out(m, e, e->due);
	} else if (e->state == ENTRY_OPEN) {
		book_pending(m->book, &s, e->step);
		if (tally_checkpoint_age[e->step] == OUTCOME_OVERDUE_AGE)
			tell(m, e, OUTCOME_EVENT_OVERDUE, e->due, -1);
		e->step++;
		e->due = next_due(m, e);
	} else {
		p->is_gone = true;
		if (e->state == ENTRY_TIMED_OUT)
			tell(m, e, OUTCOME_EVENT_WRITTEN, e->due, -1);
		if (e->state == ENTRY_EARLY) {
			m->counters.unmatched++;
			if (e->procedure != PROCEDURE_NONE)
				tell(m, e, OUTCOME_EVENT_CLOSED, e->due, -1);
		}
	}
}

static void model_advance(struct model *m, nanos clock)
{
	size_t left = 0;

	for (size_t i = 0; i < m->count; i++) {
		while (!m->list[i].is_gone && m->list[i].e.due < clock)
			step(m, &m->list[i]);
		if (!m->list[i].is_gone)
			m->list[left++] = m->list[i];
	}
	m->count = left;
}

static bool is_same(const struct entry *e, const struct indication *i, int16_t invoke)
{
	uint32_t title = (uint32_t)(i->key[1] >> 32);
	uint32_t code = (uint32_t)i->key[1];

	if (e->key != i->key[0] || (e->invoke != invoke && e->invoke != INVOKE_ANY && invoke != INVOKE_ANY))
		return false;
	return e->party_title != 0 && title != 0 ? e->party_title == title : e->party_code != 0 && e->party_code == code;
}

/* The newest that is older than `before` and is meant; brought up to the clock. NULL for none. */
static struct plain *search(struct model *m, const struct plain *before, const struct indication *i, int16_t invoke)
{
	for (size_t at = before == NULL ? m->count : (size_t)(before - m->list); at-- > 0;) {
		struct plain *p = &m->list[at];

		if (p->is_gone || !is_same(&p->e, i, invoke))
			continue;
		while (!p->is_gone && p->e.due <= i->clock)
			step(m, p);
		if (!p->is_gone)
			return p;
	}
	return NULL;
}

static struct entry *model_new(struct model *m, const struct indication *i)
{
	assert_true(m->count < MODEL_MAX);
	m->list[m->count] = (struct plain){ .e = { .key = i->key[0],
						   .sequence = i->sequence,
						   .time = i->time,
						   .opened = i->clock,
						   .client = i->client,
						   .party_title = (uint32_t)(i->key[1] >> 32),
						   .party_code = (uint32_t)i->key[1],
						   .procedure = i->procedure,
						   .invoke = i->invoke,
						   .rat = i->rat } };
	return &m->list[m->count++].e;
}

static void fill(struct entry *e, const struct indication *i)
{
	bool is_own = node_kind(i->server) == NODE_GLOBAL_TITLE &&
		      (i->server == node_of_digits(e->msisdn) || i->server == node_of_digits(e->imsi));

	e->class = i->outcome;
	e->cause = i->cause;
	e->cause_layer = i->cause_layer;
	e->diagnostic = i->diagnostic;
	e->answer_frame = i->frame;
	if (i->server != 0 && !is_own)
		e->server = i->server;
	if (e->imsi == 0)
		e->imsi = i->imsi;
	if (e->msisdn == 0)
		e->msisdn = i->msisdn;
}

static void close_with(struct model *m, struct entry *e, const struct indication *i)
{
	nanos latency = i->time > e->time ? i->time - e->time : 0;
	bool is_late = e->state == ENTRY_TIMED_OUT;

	fill(e, i);
	if (is_late) {
		m->counters.late++;
		e->class = OUTCOME_LATE;
	} else {
		m->counters.answered++;
		m->counters.open--;
	}
	count(m, e, e->server != 0 ? e->server : e->asked, (enum outcome_class)e->class, latency);
	e->sequence = i->sequence;
	tell(m, e, is_late ? OUTCOME_EVENT_LATE : OUTCOME_EVENT_CLOSED, i->clock, latency);
	e->state = ENTRY_DONE;
	e->due = i->clock + DONE_AGE;
}

static void model_open(struct model *m, const struct indication *i)
{
	struct entry e = { .imsi = i->imsi, .client = i->client, .segments = i->segments, .procedure = i->procedure, .rat = i->rat };
	struct book_subject s = subject(m, &e, i->server);
	struct entry *new;

	book_request(m->book, &s);
	if (!procedure_row(i->procedure)->is_answered)
		return;
	m->counters.opened++;
	m->counters.open++;
	new = model_new(m, i);
	new->imsi = i->imsi;
	new->msisdn = i->msisdn;
	new->asked = i->server;
	new->segments = i->segments;
	new->frame = i->frame;
	new->tries = 1;
	new->diagnostic = 255;
	new->state = ENTRY_OPEN;
	new->due = next_due(m, new);
}

static void model_meet(struct model *m, struct entry *e, const struct indication *request)
{
	struct indication result = *request;
	struct book_subject s;

	result.time = e->time;
	result.server = e->server;
	result.imsi = e->imsi;
	result.msisdn = e->msisdn;
	result.frame = e->answer_frame;
	result.cause = e->cause;
	result.cause_layer = e->cause_layer;
	result.diagnostic = e->diagnostic;
	result.outcome = e->step;
	e->time = request->time;
	e->client = request->client;
	e->segments = request->segments;
	e->frame = request->frame;
	e->procedure = request->procedure;
	e->invoke = request->invoke;
	e->rat = request->rat;
	e->imsi = request->imsi;
	e->msisdn = request->msisdn;
	e->tries = 1;
	e->state = ENTRY_OPEN;
	m->counters.opened++;
	m->counters.open++;
	s = subject(m, e, request->server);
	book_request(m->book, &s);
	e->asked = request->server;
	close_with(m, e, &result);
}

static void model_request(struct model *m, const struct indication *i)
{
	struct plain *p = search(m, NULL, i, i->invoke);
	bool is_alike;

	if (p == NULL) {
		model_open(m, i);
		return;
	}
	is_alike = p->e.procedure == i->procedure && (p->e.imsi == i->imsi || p->e.imsi == 0 || i->imsi == 0);
	if (p->e.state == ENTRY_EARLY) {
		model_meet(m, &p->e, i);
		return;
	}
	if (p->e.state == ENTRY_DONE && is_alike && i->clock - (p->e.due - DONE_AGE) <= REPEAT_AGE) {
		m->counters.repeated++;
		return;
	}
	if (p->e.state != ENTRY_DONE) {
		if (is_alike) {
			p->e.tries++;
			m->counters.repeated++;
			return;
		}
		if (p->e.state == ENTRY_OPEN)
			time_out(m, &p->e, i->clock);
		tell(m, &p->e, OUTCOME_EVENT_WRITTEN, i->clock, -1);
	}
	p->is_gone = true;
	model_open(m, i);
}

static void model_answer(struct model *m, const struct indication *i)
{
	int16_t invoke = i->kind == INDICATION_RESULT ? i->invoke : INVOKE_ANY;
	struct plain *p = search(m, NULL, i, invoke);
	struct entry *new;

	if (p == NULL && i->kind != INDICATION_END) {
		new = model_new(m, i);
		new->invoke = invoke;
		new->state = ENTRY_EARLY;
		fill(new, i);
		new->class = OUTCOME_UNMATCHED;
		new->step = i->outcome;
		new->due = i->clock + m->plan->unmatched_window;
		return;
	}
	for (; p != NULL; p = search(m, p, i, invoke)) {
		if (i->kind != INDICATION_RETURNED) {
			if (p->e.state == ENTRY_OPEN || p->e.state == ENTRY_TIMED_OUT)
				close_with(m, &p->e, i);
		} else if (p->e.state == ENTRY_OPEN && !p->e.is_returned) {
			fill(&p->e, i);
			p->e.sequence = i->sequence;
			p->e.is_returned = true;
			p->e.due = i->clock + RETURN_AGE;
		}
	}
}

static void model_finish(struct model *m)
{
	for (size_t i = 0; i < m->count; i++) {
		struct plain *p = &m->list[i];

		if (p->is_gone || p->e.state == ENTRY_DONE)
			continue;
		if (p->e.state == ENTRY_OPEN && p->e.is_returned) {
			returned_close(m, &p->e);
		} else if (p->e.state == ENTRY_OPEN) {
			p->e.class = OUTCOME_OPEN;
			tell(m, &p->e, OUTCOME_EVENT_WRITTEN, p->e.opened, -1);
		} else {
			step(m, p);
		}
	}
	m->count = 0;
}

struct world {
	struct plan plan;
	struct model model;
	struct book *book;
	struct outbox outbox;
	struct transactions *t;
	nanos now;
	uint64_t sequence;
	unsigned int keys;
	unsigned int invokes;
};

static struct world *world_new(size_t capacity, nanos tick, unsigned int keys, unsigned int invokes)
{
	struct world *w = calloc(1, sizeof(*w));

	w->plan = (struct plan){ .unmatched_window = 2 * S,
				 .late_window = 5 * S,
				 .limits = { .transactions = capacity, .cells = 8192 },
				 .detection = { .tick = tick } };
	w->plan.timeouts[3] = 900 * MS;
	w->plan.timeouts[56] = 300 * MS;
	w->book = book_new(&w->plan);
	w->outbox = (struct outbox){ .capacity = OUTCOMES, .outcomes = calloc(OUTCOMES, sizeof(struct outcome)) };
	w->t = transactions_new(&w->plan, w->book, &w->outbox);
	assert_non_null(w->t);
	w->model = (struct model){ .plan = &w->plan,
				   .book = book_new(&w->plan),
				   .outbox = { .capacity = OUTCOMES, .outcomes = calloc(OUTCOMES, sizeof(struct outcome)) },
				   .list = calloc(MODEL_MAX, sizeof(struct plain)) };
	w->now = START + 17 * MS;
	w->keys = keys;
	w->invokes = invokes;
	return w;
}

static void world_free(struct world *w)
{
	transactions_free(w->t);
	book_free(w->book);
	free(w->outbox.outcomes);
	book_free(w->model.book);
	free(w->model.outbox.outcomes);
	free(w->model.list);
	free(w);
}

static struct indication any_indication(struct world *w)
{
	static const procedure procedures[] = { 2, 2, 2, 3, 56, 23, 37 /* reset: never answered */ };
	static const uint8_t kinds[] = {
		INDICATION_REQUEST, INDICATION_REQUEST, INDICATION_REQUEST, INDICATION_REQUEST, INDICATION_RESULT,
		INDICATION_RESULT,  INDICATION_RESULT,  INDICATION_ABORT,   INDICATION_END,     INDICATION_RETURNED
	};
	struct indication i = { .kind = kinds[pick(sizeof(kinds))], .sequence = ++w->sequence, .frame = (uint32_t)w->sequence };
	unsigned int which = pick(w->keys);

	i.key[0] = hash_mix(which + 1);
	i.key[1] = pick(8) == 0 ? pick(3) + 1 : (uint64_t)(pick(8) == 0 ? pick(3) : which % 2 + 1) << 32 | (which % 3 + 1);
	i.clock = w->now;
	i.time = w->now - (nanos)pick(4) * MS;
	i.procedure = procedures[pick(sizeof(procedures) / sizeof(procedures[0]))];
	i.invoke = (int16_t)pick(w->invokes);
	i.imsi = pick(5) == 0 ? 0 : 0x2341001000000010 + (pick(20) != 0 ? which : pick(1000)) * 16;
	i.msisdn = pick(3) == 0 ? 0x4477000000000010 + which * 16 : 0;
	i.client = pick(10) + 100;
	i.server = pick(9) == 0 ? (i.msisdn != 0 ? node_of_digits(i.msisdn) : 0) : pick(5) + 200;
	i.segments = pick(4);
	i.diagnostic = 255;
	if (i.kind == INDICATION_REQUEST)
		return i;
	i.outcome = pick(3) == 0 ? OUTCOME_NETWORK : OUTCOME_SUCCESS;
	i.cause = pick(5);
	i.cause_layer = i.outcome == OUTCOME_SUCCESS ? CAUSE_NONE : CAUSE_MAP_ERROR;
	i.segments = 0;
	if (pick(2) == 0)
		i.procedure = PROCEDURE_NONE;
	return i;
}

static int outcome_order(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct outcome));
}

static void assert_same_outcomes(struct world *w)
{
	struct outbox *a = &w->outbox;
	struct outbox *b = &w->model.outbox;

	qsort(a->outcomes, a->count, sizeof(struct outcome), outcome_order);
	qsort(b->outcomes, b->count, sizeof(struct outcome), outcome_order);
	assert_int_equal(a->count, b->count);
	for (size_t i = 0; i < a->count; i++)
		assert_memory_equal(&a->outcomes[i], &b->outcomes[i], sizeof(struct outcome));
	a->count = 0;
	b->count = 0;
}

static void page_take(struct book *b, nanos start, nanos length, struct tally_cell **ret, size_t *ret_count)
{
	const struct book_page sums = { 0 };
	struct book_page page;

	assert_true(book_seal(b, start, length, &sums));
	assert_true(book_sealed(b, &page));
	assert_int_equal(page.refused_cells, 0);
	*ret = malloc((page.count + 1) * sizeof(**ret));
	memcpy(*ret, page.cells, page.count * sizeof(**ret));
	*ret_count = page.count;
	qsort(*ret, page.count, sizeof(**ret), stream_key_compare);
	book_return(b);
}

static void assert_same_pages(struct world *w, nanos start)
{
	struct tally_cell *a;
	struct tally_cell *b;
	size_t a_count;
	size_t b_count;

	page_take(w->book, start, w->plan.detection.tick, &a, &a_count);
	page_take(w->model.book, start, w->plan.detection.tick, &b, &b_count);
	assert_int_equal(a_count, b_count);
	assert_memory_equal(a, b, a_count * sizeof(*a));
	free(a);
	free(b);
}

static void assert_sums(const struct world *w)
{
	const struct transaction_counters *c = transactions_counters(w->t);

	assert_int_equal(c->opened, c->answered + c->timeout + c->evicted + c->open);
}

/* Everything in the table hangs together: who is in use is found by its key, once, and everybody else is free. */
static void assert_whole(const struct transactions *t)
{
	const struct entries *e = &t->entries;
	size_t in_use = 0;

	for (uint32_t at = 1; at <= e->used; at++) {
		unsigned int found = 0;
		uint32_t number;

		if (e->list[at].state == ENTRY_FREE) {
			assert_int_equal(e->slots[at], 0);
			continue;
		}
		in_use++;
		assert_int_not_equal(e->slots[at], 0);
		for (number = entries_first(e, e->list[at].key); number != 0 && !is_remnant(number); number = e->list[number].chain) {
			assert_true(number <= e->used);
			assert_int_equal(e->list[number].key, e->list[at].key);
			found += number == at;
		}
		assert_int_equal(found, 1);
	}
	assert_int_equal(in_use + e->free_count, e->used);
	assert_true(e->wheel.count <= e->wheel.room);
}

/* One tick of indications in bursts; `is_modelled` when the model shall do the same. */
static void tick_run(struct world *w, nanos end, unsigned int density, bool is_modelled)
{
	struct indication burst[100];

	for (;;) {
		size_t count = 0;
		size_t wanted = pick(sizeof(burst) / sizeof(burst[0])) + 1;

		for (; count < wanted && w->now < end; count++) {
			burst[count] = any_indication(w);
			w->now += (nanos)pick(density) * (MS / 50);
		}
		transactions_take_burst(w->t, burst, count);
		for (size_t i = 0; is_modelled && i < count; i++) {
			if (burst[i].kind == INDICATION_REQUEST)
				model_request(&w->model, &burst[i]);
			else
				model_answer(&w->model, &burst[i]);
		}
		if (w->now >= end)
			return;
		if (pick(3) == 0)
			transactions_pass(w->t, w->now - (nanos)pick(3) * 10 * MS);
	}
}

static void outcomes_and_pages_are_those_of_a_plain_list(void **state)
{
	static const nanos ticks[] = { 50 * MS, 100 * MS, 200 * MS };

	(void)state;
	for (unsigned int seed = 1; seed <= 12; seed++) {
		struct world *w;
		nanos tick;

		random_state = seed;
		tick = ticks[seed % 3];
		w = world_new(8192, tick, seed % 4 == 0 ? 3 : seed % 4 == 1 ? 40 : 1500, seed % 2 == 0 ? 8 : 1);
		for (int i = 0; i < 250; i++) {
			nanos start = w->now - w->now % tick;

			/* Some ticks are empty, at times so many that the wheel is passed over. */
			if (pick(40) == 0)
				w->now += (nanos)pick(30 * 1000) * MS;
			tick_run(w, start + tick, pick(2) == 0 ? 40 : 200, true);
			if (w->now < start + tick)
				w->now = start + tick;
			while (!transactions_advance(w->t, start + tick))
				fail();
			model_advance(&w->model, start + tick);
			assert_same_outcomes(w);
			assert_same_pages(w, start);
			assert_memory_equal(transactions_counters(w->t), &w->model.counters, sizeof(w->model.counters));
			assert_sums(w);
			/* The end of a part: another time begins, earlier or later. */
			if (pick(60) == 0) {
				assert_whole(w->t);
				while (!transactions_finish(w->t))
					fail();
				model_finish(&w->model);
				assert_same_outcomes(w);
				w->model.counters.open = transactions_counters(w->t)->open;
				w->now = START + (nanos)pick(1000000) * MS;
			}
		}
		assert_whole(w->t);
		world_free(w);
	}
}

static void tiny_tables_stay_whole(void **state)
{
	(void)state;
	for (unsigned int seed = 1; seed <= 40; seed++) {
		static const size_t capacities[] = { 1, 2, 3, 5, 24, 25, 64, 192 };
		nanos tick = 200 * MS;
		struct world *w;

		random_state = seed * 77;
		w = world_new(capacities[seed % 8], tick, seed % 3 == 0 ? 4 : seed % 3 == 1 ? 300 : 100000, 5);
		for (int i = 0; i < 120; i++) {
			nanos start = w->now - w->now % tick;

			tick_run(w, start + tick, 100, false);
			assert_whole(w->t);
			while (!transactions_advance(w->t, start + tick))
				w->outbox.count = 0;
			assert_whole(w->t);
			assert_sums(w);
			w->outbox.count = 0;
			if (pick(50) == 0) {
				while (!transactions_finish(w->t))
					w->outbox.count = 0;
				assert_int_equal(w->t->entries.used, 0);
				w->now += (nanos)pick(100000) * MS;
			}
			if (i % 3 == 0) {
				struct tally_cell *cells;
				size_t count;

				page_take(w->book, start, tick, &cells, &count);
				free(cells);
			}
		}
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outcomes_and_pages_are_those_of_a_plain_list),
		cmocka_unit_test(tiny_tables_stay_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
