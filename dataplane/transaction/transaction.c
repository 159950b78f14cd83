/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Open transactions of one worker, see transaction.h. Called by that worker only.
 *
 * Entries (entries.h) are found by key and by what is due. An entry goes
 *   OPEN -> DONE (answered), OPEN -> TIMED_OUT -> free (answered late, or not at all), or EARLY -> DONE (answer seen before its request).
 * DONE entries stay for a moment so that the same answer on another hop finds them and is not taken for a stray one.
 *
 * A TCAP requester is known by its global title or its point code (struct party below): titles decide where both sides show one, since all
 * that comes through one STP bears the STP's point code. A transaction id that is used anew while its old request is open ends that
 * request as timed out: its client has given it up.
 */
#include "dataplane/transaction/transaction.h"

#include <stdlib.h>

#include "dataplane/transaction/ageing.h"
#include "dataplane/notice.h"
#include "dataplane/plmn.h"
#include "dataplane/transaction/linked.h"

/* A request on a transaction that was closed this recently is a copy from another hop with a slow clock, not a new one. */
#define REPEAT_AGE (50 * NANOS_PER_MS)
/* Of the wheel. */
#define SLOTS_PER_TICK 64

struct transactions *transactions_new(const struct plan *plan, struct book *book, struct outbox *outbox)
{
	struct transactions *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->plan = plan;
	t->book = book;
	t->wheres = book_wheres(book);
	t->outbox = outbox;
	if (!connections_open(&t->connections, plan->limits.transactions) || !peers_open(&t->peers) ||
	    !sights_open(&t->sights, plan->limits.associations) ||
	    !entries_open(&t->entries, plan->limits.transactions, plan->detection.tick / SLOTS_PER_TICK)) {
		transactions_free(t);
		return NULL;
	}
	return t;
}

void transactions_free(struct transactions *t)
{
	if (t == NULL)
		return;
	entries_close(&t->entries);
	connections_close(&t->connections);
	peers_close(&t->peers);
	sights_close(&t->sights);
	free(t);
}

void transactions_plan(struct transactions *t, const struct plan *plan)
{
	t->plan = plan;
}

const struct transaction_counters *transactions_counters(const struct transactions *t)
{
	return &t->counters;
}

uint64_t transactions_refused_connections(const struct transactions *t)
{
	return t->connections.refused;
}

void transaction_report(struct transactions *t, const struct entry *e, enum outcome_event event, nanos clock, nanos latency)
{
	const struct where *where = &t->wheres->list[e->where];
	struct outbox *box = t->outbox;

	if (box->count == box->capacity) {
		box->refused++;
		return;
	}
	box->outcomes[box->count++] = (struct outcome){
		.key = e->key,
		.sequence = e->sequence,
		.invoke = e->invoke,
		.time = e->time,
		.clock = clock,
		.latency = latency,
		.imsi = e->imsi,
		.msisdn = e->msisdn,
		.client = e->client,
		.server = e->server != 0 ? e->server : e->asked,
		.route = where->route,
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
		.plmn = where_visited(where),
	};
}

static inline uint16_t where_of(struct transactions *t, const struct indication *i)
{
	const struct where where = { .route = i->route,
				     .networks = where_networks(i->plmn, plmn_packed(i->imsi)),
				     .what = (uint64_t)i->procedure << 8 | i->rat };

	return wheres_number(t->wheres, &where);
}

void transaction_know(struct transactions *t, struct entry *e, digits imsi)
{
	struct where where = t->wheres->list[e->where];

	where.networks = where_networks(where_visited(&where), plmn_packed(imsi));
	e->imsi = imsi;
	e->bucket = (uint8_t)book_bucket(&t->plan->hash_key, imsi);
	e->where = wheres_number(t->wheres, &where);
}

/* Where every hop counts by itself these are the ends of the hop (walk_tcap.c), of which one may be another relay of the same node. */
static bool party_is_same(const struct transactions *t, uint32_t own_title, uint32_t own_code, const struct indication *i)
{
	uint32_t title = (uint32_t)(i->key[1] >> 32);
	uint32_t code = (uint32_t)i->key[1];

	if (t->plan->hops == PLAN_HOPS_EACH)
		return own_title == title || own_code == code;
	if (own_title != 0 && title != 0)
		return own_title == title;
	return own_code != 0 && own_code == code;
}

static bool invoke_is_same(int16_t own, int16_t invoke)
{
	return own == invoke || own == INVOKE_ANY || invoke == INVOKE_ANY;
}

/* Whether an answered request of which a remnant is left is the one that the indication means. */
static bool remnant_is_same(const struct transactions *t, uint32_t number, const struct indication *i)
{
	const struct remnant *r = entries_remnant(&t->entries, number, i->clock);

	return r != NULL && party_is_same(t, r->party_title, r->party_code, i) && invoke_is_same(r->invoke, i->invoke);
}

/*
 * The next entry of this transaction at or behind `at` in its chain, brought up to the indication's clock, or its remnant; 0 when there is
 * none.
 */
static uint32_t find(struct transactions *t, uint32_t at, const struct indication *i)
{
	while (at != 0 && !is_remnant(at)) {
		struct entry *e = &t->entries.list[at];
		uint32_t next = e->chain;

		if (party_is_same(t, e->party_title, e->party_code, i) && invoke_is_same(e->invoke, i->invoke) &&
		    ageing_catch_up(t, at, i->clock))
			return at;
		at = next;
	}
	return at != 0 && remnant_is_same(t, at, i) ? at : 0;
}

static uint32_t find_first(struct transactions *t, const struct indication *i)
{
	return find(t, entries_first(&t->entries, i->key[0]), i);
}

/* Who was called by the subscriber's own number may answer with it: that names no node, and must not be shown as one. */
static bool is_number_of_subscriber(const struct entry *e, node server)
{
	return node_kind(server) == NODE_GLOBAL_TITLE && (server == node_of_digits(e->msisdn) || server == node_of_digits(e->imsi));
}

/* An answer's contents over a request's: what the request did not say stays. */
static void answer_fill(struct transactions *t, struct entry *e, const struct indication *i)
{
	e->class = i->outcome;
	e->cause = i->cause;
	e->cause_layer = i->cause_layer;
	e->diagnostic = i->diagnostic;
	e->answer_frame = i->frame;
	if (i->server != 0 && !is_number_of_subscriber(e, i->server))
		e->server = i->server;
	if (e->imsi == 0 && i->imsi != 0)
		transaction_know(t, e, i->imsi);
	if (e->msisdn == 0)
		e->msisdn = i->msisdn;
}

/* SCCP brought a request back: it ends so unless an answer comes within a moment. */
static void keep_returned(struct transactions *t, uint32_t at, const struct indication *i)
{
	struct entry *e = &t->entries.list[at];

	if (e->state != ENTRY_OPEN || e->is_returned)
		return;
	answer_fill(t, e, i);
	e->sequence = i->sequence;
	e->is_returned = true;
	entries_put_off(&t->entries, at, i->clock + RETURN_AGE);
}

/* Ends an open or timed-out entry with an answer. */
static void answer(struct transactions *t, uint32_t at, const struct indication *i)
{
	struct entry *e = &t->entries.list[at];
	nanos latency = i->time > e->time ? i->time - e->time : 0;
	bool is_late = e->state == ENTRY_TIMED_OUT;
	struct book_subject subject;

	answer_fill(t, e, i);
	subject = transaction_subject(e, e->server != 0 ? e->server : e->asked);
	if (is_late) {
		t->counters.late++;
		e->class = OUTCOME_LATE;
		book_outcome(t->book, &subject, OUTCOME_LATE, latency);
	} else {
		t->counters.answered++;
		t->counters.open--;
		book_outcome(t->book, &subject, (enum outcome_class)e->class, latency);
	}
	e->sequence = i->sequence;
	transaction_report(t, e, is_late ? OUTCOME_EVENT_LATE : OUTCOME_EVENT_CLOSED, i->clock, latency);
	e->state = ENTRY_DONE;
	if (!entries_settle(&t->entries, at, i->clock + DONE_AGE))
		entries_put_off(&t->entries, at, i->clock + DONE_AGE);
}

/* Keeps an answer that has no request yet: merged taps and clocks put them in any order. */
static void keep_early(struct transactions *t, const struct indication *i)
{
	struct entry *e;
	uint32_t at;

	if (i->kind == INDICATION_END)
		return;
	at = entries_take(&t->entries, i->key[0]);
	if (at == 0) {
		t->counters.unmatched++;
		return;
	}
	e = &t->entries.list[at];
	e->sequence = i->sequence;
	e->time = i->time;
	e->opened = i->clock;
	e->client = i->client;
	e->party_title = (uint32_t)(i->key[1] >> 32);
	e->party_code = (uint32_t)i->key[1];
	e->procedure = i->procedure;
	e->invoke = i->kind == INDICATION_RESULT ? i->invoke : INVOKE_ANY;
	e->rat = i->rat;
	e->state = ENTRY_EARLY;
	answer_fill(t, e, i);
	e->class = OUTCOME_UNMATCHED;
	e->step = i->outcome;
	e->due = i->clock + t->plan->unmatched_window;
	entries_record(&t->entries, at);
}

/* The request of an answer that was kept: takes its place with the times and names of both. */
static void meet_early(struct transactions *t, uint32_t at, const struct indication *request)
{
	struct entry *e = &t->entries.list[at];
	struct indication result = { .time = e->time,
				     .clock = request->clock,
				     .sequence = request->sequence,
				     .server = e->server,
				     .imsi = e->imsi,
				     .msisdn = e->msisdn,
				     .frame = e->answer_frame,
				     .cause = e->cause,
				     .cause_layer = e->cause_layer,
				     .diagnostic = e->diagnostic,
				     .outcome = e->step };

	e->time = request->time;
	e->client = request->client;
	e->segments = request->segments;
	e->frame = request->frame;
	e->procedure = request->procedure;
	e->invoke = request->invoke;
	e->rat = request->rat;
	e->imsi = request->imsi;
	e->bucket = (uint8_t)book_bucket(&t->plan->hash_key, e->imsi);
	e->where = where_of(t, request);
	e->msisdn = request->msisdn;
	e->tries = 1;
	e->state = ENTRY_OPEN;
	t->counters.opened++;
	t->counters.open++;
	{
		struct book_subject subject = transaction_subject(e, request->server);

		book_request(t->book, &subject);
	}
	e->asked = request->server;
	answer(t, at, &result);
}

/* Opens a transaction. */
static void open_new(struct transactions *t, const struct indication *i)
{
	struct book_subject subject = {
		.imsi = i->imsi,
		.client = i->client,
		.server = i->server,
		.segments = i->segments,
		.procedure = i->procedure,
		.where = where_of(t, i),
		.bucket = (uint8_t)book_bucket(&t->plan->hash_key, i->imsi),
	};
	struct entry *e;
	uint32_t at;

	book_request(t->book, &subject);
	/* Operations of class 4 are never answered (reset): they are counted, and nothing is waited for. */
	if (!procedure_row(i->procedure)->is_answered)
		return;
	t->counters.opened++;
	at = entries_take(&t->entries, i->key[0]);
	e = &t->entries.list[at];
	if (at == 0) {
		t->counters.evicted++;
		return;
	}
	t->counters.open++;
	e->sequence = i->sequence;
	e->time = i->time;
	e->opened = i->clock;
	e->imsi = i->imsi;
	e->bucket = subject.bucket;
	e->where = subject.where;
	e->msisdn = i->msisdn;
	e->client = i->client;
	e->asked = i->server;
	e->segments = i->segments;
	e->party_title = (uint32_t)(i->key[1] >> 32);
	e->party_code = (uint32_t)i->key[1];
	e->frame = i->frame;
	e->procedure = i->procedure;
	e->invoke = i->invoke;
	e->tries = 1;
	e->rat = i->rat;
	e->diagnostic = 255;
	e->state = ENTRY_OPEN;
	e->due = ageing_due(t, e);
	entries_record(&t->entries, at);
}

static bool request_is_same(procedure own, digits imsi, const struct indication *i)
{
	return own == i->procedure && (imsi == i->imsi || imsi == 0 || i->imsi == 0);
}

/* Whether a request on a transaction that is done until `due` is the same once more. */
static bool is_repeat(nanos due, procedure own, digits imsi, const struct indication *i)
{
	return request_is_same(own, imsi, i) && i->clock - (due - DONE_AGE) <= REPEAT_AGE;
}

/* A request where a remnant is of another, or of the same long ago. */
static void take_request_after(struct transactions *t, uint32_t number, const struct indication *i)
{
	const struct remnant *r = remnant_at(&t->entries.remnants, number);

	if (is_repeat(r->due, r->procedure, r->imsi, i)) {
		t->counters.repeated++;
		return;
	}
	entries_forget(&t->entries, number);
	open_new(t, i);
}

static void take_request(struct transactions *t, const struct indication *i)
{
	uint32_t at = find_first(t, i);
	struct entry *e;

	if (at == 0) {
		open_new(t, i);
		return;
	}
	if (is_remnant(at)) {
		take_request_after(t, at, i);
		return;
	}
	e = &t->entries.list[at];
	switch ((enum entry_state)e->state) {
	case ENTRY_EARLY:
		meet_early(t, at, i);
		return;
	case ENTRY_OPEN:
	case ENTRY_TIMED_OUT:
		if (request_is_same(e->procedure, e->imsi, i)) {
			e->tries++;
			t->counters.repeated++;
			return;
		}
		if (e->state == ENTRY_OPEN)
			ageing_time_out(t, e, i->clock);
		transaction_report(t, e, OUTCOME_EVENT_WRITTEN, i->clock, -1);
		break;
	case ENTRY_DONE:
		if (is_repeat(e->due, e->procedure, e->imsi, i)) {
			t->counters.repeated++;
			return;
		}
		break;
	case ENTRY_FREE:
		break;
	}
	entries_release(&t->entries, at);
	open_new(t, i);
}

static void take_answer(struct transactions *t, const struct indication *i)
{
	struct indication wanted = *i;
	bool is_known = false;
	uint32_t at;

	if (i->kind != INDICATION_RESULT)
		wanted.invoke = INVOKE_ANY;
	at = find_first(t, &wanted);
	while (at != 0) {
		uint32_t next = 0;

		is_known = true;
		if (is_remnant(at))
			break;
		next = t->entries.list[at].chain;
		if (i->kind == INDICATION_RETURNED)
			keep_returned(t, at, i);
		else if (t->entries.list[at].state == ENTRY_OPEN || t->entries.list[at].state == ENTRY_TIMED_OUT)
			answer(t, at, i);
		at = find(t, next, &wanted);
	}
	if (!is_known)
		keep_early(t, i);
}

/* Passed on to control, in the order of frames as everything else. */
static void take_sighting(struct transactions *t, const struct indication *i)
{
	const struct entry sighting = { .key = i->key[0],
					.sequence = i->sequence,
					.time = i->time,
					.frame = i->frame,
					.cause = i->cause,
					.procedure = PROCEDURE_NONE };

	transaction_report(t, &sighting, OUTCOME_EVENT_SIGHTED, i->clock, -1);
}

static uint16_t degree_of(const struct indication *i)
{
	if (i->cause == NOTICE_PEER_RESTARTED)
		return 0;
	return (uint16_t)(i->amount < UINT16_MAX ? i->amount : UINT16_MAX);
}

/* Passed on likewise. */
static void notice_report(struct transactions *t, const struct indication *i)
{
	const struct entry notice = { .key = i->key[0],
				      .sequence = i->sequence,
				      .time = i->time,
				      .frame = i->frame,
				      .client = i->client,
				      .server = i->server,
				      .cause = i->cause,
				      .tries = degree_of(i),
				      .procedure = PROCEDURE_NONE };

	transaction_report(t, &notice, OUTCOME_EVENT_NOTICE, i->clock, -1);
}

/* A peer tells the number of its state with every message to other peers: news is only that it has grown. */
static void take_notice(struct transactions *t, const struct indication *i)
{
	const struct peer_sight sight = { .host = i->server, .state_id = i->amount };

	if (i->cause != NOTICE_PEER_RESTARTED || peers_see(&t->peers, &sight) == PEER_RESTARTED)
		notice_report(t, i);
}

static void take_traffic(struct transactions *t, const struct indication *i)
{
	struct indication unseen = *i;

	unseen.amount = sights_take(&t->sights, i);
	unseen.cause = NOTICE_UNSEEN;
	t->unseen += unseen.amount;
	if (unseen.amount > 0)
		notice_report(t, &unseen);
}

uint64_t transactions_unseen(const struct transactions *t)
{
	return t->unseen;
}

uint32_t transaction_find(struct transactions *t, const struct indication *i)
{
	return find_first(t, i);
}

uint32_t transaction_find_next(struct transactions *t, uint32_t at, const struct indication *i)
{
	return find(t, at, i);
}

void transaction_request(struct transactions *t, const struct indication *i)
{
	take_request(t, i);
}

void transaction_answer(struct transactions *t, uint32_t at, const struct indication *i)
{
	answer(t, at, i);
}

void transactions_take(struct transactions *t, const struct indication *i)
{
	if (i->link != LINK_NONE)
		linked_take(t, i);
	else if (i->kind == INDICATION_SIGHTED)
		take_sighting(t, i);
	else if (i->kind == INDICATION_NOTICE)
		take_notice(t, i);
	else if (i->kind == INDICATION_TRAFFIC)
		take_traffic(t, i);
	else if (i->kind == INDICATION_REQUEST)
		take_request(t, i);
	else
		take_answer(t, i);
}

/* Whose transaction it will most likely be. */
static struct book_subject subject_expected(const struct transactions *t, const struct indication *i)
{
	uint32_t at = i->kind == INDICATION_REQUEST ? 0 : entries_first(&t->entries, i->key[0]);

	if (at != 0 && !is_remnant(at))
		return transaction_subject(&t->entries.list[at], 0);
	return (struct book_subject){ .imsi = i->imsi, .client = i->client, .segments = i->segments, .procedure = i->procedure };
}

/*
 * A table of a million entries is in no cache: an indication that waits for its line of the index waits again for its entry. What waits
 * for the lines of a whole group waits for them once. With lists through the entries and without this, a request and its answer cost 12,100
 * cycles at a million entries in use; with both 1,200.
 */
void transactions_take_group(struct transactions *t, const struct indication *const *group, size_t count)
{
	uint32_t places[TRANSACTIONS_GROUP][BOOK_FETCHED];
	size_t requests = 0;
	size_t answers = 0;

	for (size_t i = 0; i < count; i++) {
		entries_fetch_line(&t->entries, group[i]->key[0]);
		if (group[i]->kind != INDICATION_REQUEST)
			entries_fetch_remnant(&t->entries, answers++);
	}
	for (size_t i = 0; i < count; i++) {
		if (!entries_fetch(&t->entries, group[i]->key[0]))
			entries_fetch_free(&t->entries, requests++);
	}
	for (size_t i = 0; i < count; i++) {
		struct book_subject subject = subject_expected(t, group[i]);

		book_fetch(t->book, &subject, places[i]);
	}
	for (size_t i = 0; i < count; i++)
		book_fetch_leaves(t->book, places[i]);
	for (size_t i = 0; i < count; i++)
		transactions_take(t, group[i]);
}

void transactions_take_burst(struct transactions *t, const struct indication *indications, size_t count)
{
	const struct indication *group[TRANSACTIONS_GROUP];

	for (size_t at = 0; at < count;) {
		size_t size = 0;

		while (size < TRANSACTIONS_GROUP && at < count)
			group[size++] = &indications[at++];
		transactions_take_group(t, group, size);
	}
}
