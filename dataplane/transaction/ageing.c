/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What happens to transactions because time goes on: checkpoints, timeouts, the end of waiting. Called by transaction.c and, for
 * transactions_pass(), transactions_advance() and transactions_finish(), by the worker.
 *
 * Age is judged by the clock of frames. What is due comes up a small part of a tick at a time, so that a live worker can take it between
 * bursts; by the end of a tick everything that was due in it has happened, whoever did it.
 */
#include "dataplane/transaction/ageing.h"

/* What one group can add to the outbox at most is below this. */
#define OUTBOX_RESERVE 1024
/* Of what is due, in one pass: more than a burst of indications can bring. */
#define PASS_MOST 256

static nanos timeout_of(const struct transactions *t, procedure p)
{
	nanos own = p < sizeof(t->plan->timeouts) / sizeof(t->plan->timeouts[0]) ? t->plan->timeouts[p] : 0;

	return own != 0 ? own : procedure_row(p)->timeout;
}

nanos ageing_due(const struct transactions *t, const struct entry *e)
{
	nanos timeout = timeout_of(t, e->procedure);

	if (e->step < TALLY_CHECKPOINTS && tally_checkpoint_age[e->step] < timeout)
		return e->opened + tally_checkpoint_age[e->step];
	return e->opened + timeout;
}

void ageing_time_out(struct transactions *t, struct entry *e, nanos clock)
{
	struct book_subject subject = transaction_subject(e, e->asked);

	e->state = ENTRY_TIMED_OUT;
	e->class = OUTCOME_TIMEOUT;
	e->cause_layer = CAUSE_TIMEOUT;
	t->counters.timeout++;
	t->counters.open--;
	book_outcome(t->book, &subject, OUTCOME_TIMEOUT, -1);
	transaction_report(t, e, OUTCOME_EVENT_CLOSED, clock, -1);
	e->due = clock + t->plan->late_window;
}

/* Nobody answered a request that was brought back: that is its outcome. */
static void close_returned(struct transactions *t, struct entry *e)
{
	struct book_subject subject = transaction_subject(e, e->server != 0 ? e->server : e->asked);
	nanos latency = e->due - RETURN_AGE - e->opened;

	t->counters.answered++;
	t->counters.open--;
	book_outcome(t->book, &subject, (enum outcome_class)e->class, latency);
	transaction_report(t, e, OUTCOME_EVENT_CLOSED, e->due, latency);
	e->state = ENTRY_DONE;
	e->due += DONE_AGE;
}

/* Lets the next due event of an entry happen, what is due then is later; false when the entry is gone. */
static bool entry_step(struct transactions *t, uint32_t at)
{
	struct entry *e = &t->entries.list[at];
	struct book_subject subject = transaction_subject(e, e->asked);
	nanos due = e->due;

	switch ((enum entry_state)e->state) {
	case ENTRY_OPEN:
		if (e->is_returned) {
			close_returned(t, e);
			return true;
		}
		if (due >= e->opened + timeout_of(t, e->procedure)) {
			ageing_time_out(t, e, due);
			return true;
		}
		/* A reload has put the timeout off that was next. */
		if (ageing_due(t, e) > due) {
			e->due = ageing_due(t, e);
			return true;
		}
		book_pending(t->book, &subject, e->step);
		if (tally_checkpoint_age[e->step] == OUTCOME_OVERDUE_AGE)
			transaction_report(t, e, OUTCOME_EVENT_OVERDUE, due, -1);
		e->step++;
		e->due = ageing_due(t, e);
		return true;
	case ENTRY_TIMED_OUT:
		transaction_report(t, e, OUTCOME_EVENT_WRITTEN, due, -1);
		break;
	case ENTRY_EARLY:
		t->counters.unmatched++;
		if (e->procedure != PROCEDURE_NONE)
			transaction_report(t, e, OUTCOME_EVENT_CLOSED, due, -1);
		break;
	case ENTRY_DONE:
	case ENTRY_FREE:
		break;
	}
	entries_release(&t->entries, at);
	return false;
}

bool ageing_catch_up(struct transactions *t, uint32_t at, nanos clock)
{
	while (t->entries.list[at].due <= clock) {
		if (!entry_step(t, at))
			return false;
	}
	return true;
}

/* What is due happens to a group at a time: nearly all are counted, in leaves that are in no near cache either. */
static void group_happen(struct transactions *t, const uint32_t *group, size_t count, nanos clock)
{
	uint32_t places[TRANSACTIONS_GROUP][BOOK_FETCHED];

	for (size_t i = 0; i < count; i++) {
		const struct book_subject subject = transaction_subject(&t->entries.list[group[i]], 0);

		book_fetch(t->book, &subject, places[i]);
	}
	for (size_t i = 0; i < count; i++)
		book_fetch_leaves(t->book, places[i]);
	for (size_t i = 0; i < count; i++) {
		bool is_left = true;

		while (is_left && t->entries.list[group[i]].due < clock)
			is_left = entry_step(t, group[i]);
		if (is_left)
			entries_record(&t->entries, group[i]);
	}
}

/* Lets what is due in the next slot happen, up to `most` of it; false when some is left, or the outbox is full. */
static bool slot_happen(struct transactions *t, nanos clock, size_t *most)
{
	uint32_t group[TRANSACTIONS_GROUP];

	while (*most > 0 && t->outbox->capacity - t->outbox->count >= OUTBOX_RESERVE) {
		size_t wanted = *most < TRANSACTIONS_GROUP ? *most : TRANSACTIONS_GROUP;
		size_t count = 0;

		while (count < wanted && (group[count] = entries_come_up(&t->entries)) != 0)
			count++;
		group_happen(t, group, count, clock);
		if (count < wanted)
			return true;
		*most -= count;
	}
	return false;
}

/* Up to `most` of what was due before `clock`; false when some is left. */
static bool due_happen(struct transactions *t, nanos clock, size_t most)
{
	struct wheel *w = &t->entries.wheel;
	int64_t end = clock / w->tick;

	if (!w->is_turning)
		return true;
	if (end - w->turned > WHEEL_SLOTS)
		end = w->turned + WHEEL_SLOTS;
	while (w->turned < end) {
		if (!slot_happen(t, clock, &most))
			return false;
		wheel_turn(w);
	}
	return true;
}

void transactions_pass(struct transactions *t, nanos clock)
{
	due_happen(t, clock, PASS_MOST);
	remnants_forget(&t->entries.remnants, clock);
}

bool transactions_advance(struct transactions *t, nanos clock)
{
	if (!due_happen(t, clock, SIZE_MAX))
		return false;
	remnants_forget(&t->entries.remnants, clock);
	return true;
}

bool transactions_finish(struct transactions *t)
{
	for (uint32_t at = 1; at <= t->entries.used; at++) {
		struct entry *e = &t->entries.list[at];

		if (e->state == ENTRY_FREE)
			continue;
		if (t->outbox->capacity - t->outbox->count < OUTBOX_RESERVE)
			return false;
		if (e->state == ENTRY_OPEN && e->is_returned) {
			close_returned(t, e);
		} else if (e->state == ENTRY_OPEN) {
			e->class = OUTCOME_OPEN;
			transaction_report(t, e, OUTCOME_EVENT_WRITTEN, e->opened, -1);
		} else if (e->state != ENTRY_DONE) {
			entry_step(t, at);
			continue;
		}
		entries_release(&t->entries, at);
	}
	entries_reset(&t->entries);
	connections_reset(&t->connections);
	return true;
}
