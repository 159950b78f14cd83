/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/transaction: request meets answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "dataplane/transaction/transaction.h"

#define MS      NANOS_PER_MS
#define S       NANOS_PER_S
#define START   (INT64_C(1342000000) * NANOS_PER_S)
#define UL      ((procedure)2)
#define SAI     ((procedure)56)
#define TITLE_A (UINT64_C(0xa1) << 32)
#define TITLE_B (UINT64_C(0xb1) << 32)

struct bench {
	struct plan plan;
	struct book *book;
	struct outbox outbox;
	struct transactions *transactions;
	uint64_t sequence;
};

static int set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->plan = (struct plan){ .unmatched_window = 2 * S,
				 .late_window = 20 * S,
				 .limits = { .transactions = 16, .cells = 1024 },
				 .detection = { .tick = 200 * MS } };
	b->outbox.capacity = 4096;
	b->outbox.outcomes = calloc(b->outbox.capacity, sizeof(*b->outbox.outcomes));
	b->book = book_new(&b->plan);
	b->transactions = transactions_new(&b->plan, b->book, &b->outbox);
	*state = b;
	return b->transactions != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	transactions_free(b->transactions);
	book_free(b->book);
	free(b->outbox.outcomes);
	free(b);
	return 0;
}

static struct indication at(struct bench *b, enum indication_kind kind, nanos when, uint64_t tid)
{
	return (struct indication){ .key = { tid, TITLE_A | 101 },
				    .sequence = ++b->sequence,
				    .time = START + when,
				    .clock = START + when,
				    .procedure = UL,
				    .invoke = 1,
				    .kind = (uint8_t)kind,
				    .imsi = 0x2341001000000010,
				    .client = 11,
				    .server = 22,
				    .frame = (uint32_t)b->sequence,
				    .diagnostic = 255 };
}

static void request(struct bench *b, nanos when, uint64_t tid)
{
	struct indication i = at(b, INDICATION_REQUEST, when, tid);

	transactions_take(b->transactions, &i);
}

static void result(struct bench *b, nanos when, uint64_t tid)
{
	struct indication i = at(b, INDICATION_RESULT, when, tid);

	transactions_take(b->transactions, &i);
}

static const struct outcome *only_outcome(struct bench *b)
{
	assert_int_equal(b->outbox.count, 1);
	b->outbox.count = 0;
	return &b->outbox.outcomes[0];
}

static void assert_sum(const struct bench *b)
{
	const struct transaction_counters *c = transactions_counters(b->transactions);

	assert_int_equal(c->opened, c->answered + c->timeout + c->evicted + c->open);
}

static void an_answer_closes_its_request_with_its_latency(void **state)
{
	struct bench *b = *state;
	const struct outcome *o;

	request(b, 0, 7);
	result(b, 60 * MS, 7);
	o = only_outcome(b);
	assert_int_equal(o->event, OUTCOME_EVENT_CLOSED);
	assert_int_equal(o->class, OUTCOME_SUCCESS);
	assert_int_equal(o->latency, 60 * MS);
	assert_int_equal(o->frames[0], 1);
	assert_int_equal(o->frames[1], 2);
	assert_sum(b);
}

static void an_answer_seen_before_its_request_closes_it_too(void **state)
{
	struct bench *b = *state;
	const struct outcome *o;

	result(b, 0, 7);
	assert_int_equal(b->outbox.count, 0);
	request(b, 1 * MS, 7);
	o = only_outcome(b);
	assert_int_equal(o->class, OUTCOME_SUCCESS);
	assert_int_equal(o->procedure, UL);
	assert_int_equal(o->latency, 0);
	assert_int_equal(transactions_counters(b->transactions)->answered, 1);
	assert_int_equal(transactions_counters(b->transactions)->unmatched, 0);
	assert_sum(b);
}

static void an_answer_without_request_is_unmatched_after_its_window(void **state)
{
	struct bench *b = *state;

	result(b, 0, 7);
	assert_true(transactions_advance(b->transactions, START + 4 * S));
	assert_int_equal(transactions_counters(b->transactions)->unmatched, 1);
	assert_int_equal(only_outcome(b)->class, OUTCOME_UNMATCHED);
	assert_int_equal(transactions_counters(b->transactions)->opened, 0);
}

static void silence_passes_checkpoints_then_times_out_once(void **state)
{
	struct bench *b = *state;
	struct book_page page;
	uint32_t pending[TALLY_CHECKPOINTS] = { 0 };
	uint32_t timeouts = 0;
	unsigned int overdue = 0;
	unsigned int closed = 0;

	request(b, 0, 7);
	for (nanos tick = 0; tick < 40 * S; tick += 200 * MS) {
		struct book_page sums = { 0 };

		assert_true(transactions_advance(b->transactions, START + tick + 200 * MS));
		assert_true(book_seal(b->book, START + tick, 200 * MS, &sums));
		assert_true(book_sealed(b->book, &page));
		for (size_t i = 0; i < page.count; i++) {
			if (page.cells[i].key.dimension != DIMENSION_ALL)
				continue;
			for (int c = 0; c < TALLY_CHECKPOINTS; c++) {
				pending[c] += page.cells[i].pending[c];
				if (page.cells[i].pending[c] > 0)
					assert_int_equal(tick, tally_checkpoint_age[c]);
			}
			timeouts += page.cells[i].outcomes[OUTCOME_TIMEOUT];
		}
		book_return(b->book);
	}
	for (int c = 0; c < TALLY_CHECKPOINTS; c++)
		assert_int_equal(pending[c], 1);
	assert_int_equal(timeouts, 1);
	for (size_t i = 0; i < b->outbox.count; i++) {
		overdue += b->outbox.outcomes[i].event == OUTCOME_EVENT_OVERDUE;
		closed += b->outbox.outcomes[i].event == OUTCOME_EVENT_CLOSED;
	}
	assert_int_equal(overdue, 1);
	assert_int_equal(closed, 1);
	assert_int_equal(b->outbox.outcomes[b->outbox.count - 1].event, OUTCOME_EVENT_WRITTEN);
	assert_sum(b);
}

static void an_answer_after_the_timeout_is_late_and_not_a_second_ending(void **state)
{
	struct bench *b = *state;
	const struct outcome *last;

	request(b, 0, 7);
	assert_true(transactions_advance(b->transactions, START + 16 * S));
	assert_int_equal(transactions_counters(b->transactions)->timeout, 1);
	result(b, 16 * S, 7);
	last = &b->outbox.outcomes[b->outbox.count - 1];
	assert_int_equal(last->event, OUTCOME_EVENT_LATE);
	assert_int_equal(last->class, OUTCOME_LATE);
	assert_int_equal(transactions_counters(b->transactions)->late, 1);
	assert_int_equal(transactions_counters(b->transactions)->answered, 0);
	assert_sum(b);
}

static void a_request_seen_on_another_hop_is_one_request(void **state)
{
	struct bench *b = *state;

	request(b, 0, 7);
	request(b, 3 * MS, 7);
	result(b, 60 * MS, 7);
	result(b, 63 * MS, 7);
	assert_int_equal(only_outcome(b)->tries, 2);
	assert_true(transactions_advance(b->transactions, START + 10 * S));
	assert_int_equal(transactions_counters(b->transactions)->opened, 1);
	assert_int_equal(transactions_counters(b->transactions)->unmatched, 0);
}

static void two_nodes_behind_one_point_code_are_told_apart_by_title(void **state)
{
	struct bench *b = *state;
	struct indication other = at(b, INDICATION_REQUEST, 1 * MS, 7);
	struct indication answer;

	request(b, 0, 7);
	other.key[1] = TITLE_B | 101;
	other.client = 33;
	transactions_take(b->transactions, &other);
	assert_int_equal(transactions_counters(b->transactions)->opened, 2);
	answer = at(b, INDICATION_RESULT, 9 * MS, 7);
	answer.key[1] = TITLE_B | 500;
	transactions_take(b->transactions, &answer);
	assert_int_equal(only_outcome(b)->client, 33);
}

static void an_answer_routed_by_point_code_finds_a_request_with_a_title(void **state)
{
	struct bench *b = *state;
	struct indication answer;

	request(b, 0, 7);
	answer = at(b, INDICATION_RESULT, 9 * MS, 7);
	answer.key[1] = 101;
	transactions_take(b->transactions, &answer);
	assert_int_equal(only_outcome(b)->class, OUTCOME_SUCCESS);
}

static void an_abort_ends_every_open_invoke_of_its_dialogue(void **state)
{
	struct bench *b = *state;
	struct indication i = at(b, INDICATION_REQUEST, 0, 7);

	transactions_take(b->transactions, &i);
	i.invoke = 2;
	i.procedure = SAI;
	transactions_take(b->transactions, &i);
	i = at(b, INDICATION_ABORT, 5 * MS, 7);
	i.cause_layer = CAUSE_TCAP_P_ABORT;
	i.cause = 4;
	i.outcome = OUTCOME_CONGESTION;
	transactions_take(b->transactions, &i);
	assert_int_equal(b->outbox.count, 2);
	assert_int_equal(b->outbox.outcomes[0].class, OUTCOME_CONGESTION);
	assert_int_equal(b->outbox.outcomes[1].class, OUTCOME_CONGESTION);
	assert_int_equal(transactions_counters(b->transactions)->open, 0);
}

static struct indication returned(struct bench *b, nanos when, uint64_t tid)
{
	struct indication i = at(b, INDICATION_RETURNED, when, tid);

	i.cause_layer = CAUSE_SCCP_RETURN;
	i.cause = 5;
	i.outcome = OUTCOME_NETWORK;
	return i;
}

static void a_request_brought_back_ends_so_after_a_moment(void **state)
{
	struct bench *b = *state;
	struct indication back;
	const struct outcome *o;

	request(b, 0, 7);
	back = returned(b, 4 * MS, 7);
	transactions_take(b->transactions, &back);
	assert_int_equal(b->outbox.count, 0);
	assert_true(transactions_advance(b->transactions, START + 2 * S));
	o = only_outcome(b);
	assert_int_equal(o->class, OUTCOME_NETWORK);
	assert_int_equal(o->cause, 5);
	assert_int_equal(o->latency, 4 * MS);
	assert_sum(b);
}

static void an_answer_after_the_return_counts(void **state)
{
	struct bench *b = *state;
	struct indication back;

	request(b, 0, 7);
	back = returned(b, 4 * MS, 7);
	transactions_take(b->transactions, &back);
	result(b, 80 * MS, 7);
	assert_int_equal(only_outcome(b)->class, OUTCOME_SUCCESS);
	assert_int_equal(transactions_counters(b->transactions)->answered, 1);
	assert_sum(b);
}

static void a_transaction_id_used_anew_ends_its_silent_predecessor(void **state)
{
	struct bench *b = *state;
	struct indication i = at(b, INDICATION_REQUEST, 3 * S, 7);

	request(b, 0, 7);
	i.imsi = 0x2341001000000020;
	transactions_take(b->transactions, &i);
	assert_int_equal(transactions_counters(b->transactions)->opened, 2);
	assert_int_equal(transactions_counters(b->transactions)->timeout, 1);
	result(b, 3 * S + 5 * MS, 7);
	assert_int_equal(transactions_counters(b->transactions)->answered, 1);
	assert_sum(b);
}

static void a_full_table_refuses_the_newest_and_counts_it(void **state)
{
	struct bench *b = *state;

	for (uint64_t tid = 0; tid < 20; tid++)
		request(b, (nanos)tid * MS, tid);
	assert_int_equal(transactions_counters(b->transactions)->evicted, 4);
	assert_int_equal(transactions_counters(b->transactions)->open, 16);
	result(b, 100 * MS, 0);
	assert_int_equal(transactions_counters(b->transactions)->answered, 1);
	assert_sum(b);
}

static void requesters_that_share_one_transaction_id_are_followed_up_to_a_limit(void **state)
{
	struct bench *b = *state;
	const struct transaction_counters *c;

	transactions_free(b->transactions);
	b->plan.limits.transactions = 4096;
	b->transactions = transactions_new(&b->plan, b->book, &b->outbox);
	for (uint32_t code = 1; code <= 2000; code++) {
		struct indication i = at(b, INDICATION_REQUEST, MS, 7);

		i.key[1] = code;
		transactions_take(b->transactions, &i);
	}
	c = transactions_counters(b->transactions);
	assert_int_equal(c->open, 1024);
	assert_int_equal(c->evicted, 2000 - 1024);
	request(b, 2 * MS, 8);
	assert_int_equal(c->open, 1025);
	assert_sum(b);
}

static void an_answer_under_the_subscribers_own_number_names_no_node(void **state)
{
	struct bench *b = *state;
	struct indication asked = at(b, INDICATION_REQUEST, 0, 7);
	struct indication answer;

	asked.msisdn = 0x447700900123000c;
	transactions_take(b->transactions, &asked);
	answer = at(b, INDICATION_RESULT, 5 * MS, 7);
	answer.server = node_of_digits(asked.msisdn);
	transactions_take(b->transactions, &answer);
	assert_int_equal(only_outcome(b)->server, asked.server);
}

static void the_end_of_a_capture_leaves_requests_open_not_failed(void **state)
{
	struct bench *b = *state;

	request(b, 0, 7);
	assert_true(transactions_finish(b->transactions));
	assert_int_equal(only_outcome(b)->class, OUTCOME_OPEN);
	assert_int_equal(transactions_counters(b->transactions)->timeout, 0);
	assert_sum(b);
}

/* All checkpoints are passed when a reload puts the timeout off: there is no further one to be counted at. */
static void a_reload_may_lengthen_the_timeout_of_what_is_open(void **state)
{
	struct bench *b = *state;
	struct plan longer = b->plan;

	b->plan.timeouts[UL] = 10 * S;
	longer.timeouts[UL] = 20 * S;
	request(b, 0, 7);
	assert_true(transactions_advance(b->transactions, START + 9 * S));
	transactions_plan(b->transactions, &longer);
	assert_true(transactions_advance(b->transactions, START + 19 * S));
	assert_int_equal(transactions_counters(b->transactions)->timeout, 0);
	assert_true(transactions_advance(b->transactions, START + 21 * S));
	assert_int_equal(transactions_counters(b->transactions)->timeout, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(an_answer_closes_its_request_with_its_latency),
		TEST(an_answer_seen_before_its_request_closes_it_too),
		TEST(an_answer_without_request_is_unmatched_after_its_window),
		TEST(silence_passes_checkpoints_then_times_out_once),
		TEST(an_answer_after_the_timeout_is_late_and_not_a_second_ending),
		TEST(a_request_seen_on_another_hop_is_one_request),
		TEST(two_nodes_behind_one_point_code_are_told_apart_by_title),
		TEST(an_answer_routed_by_point_code_finds_a_request_with_a_title),
		TEST(an_abort_ends_every_open_invoke_of_its_dialogue),
		TEST(a_request_brought_back_ends_so_after_a_moment),
		TEST(an_answer_after_the_return_counts),
		TEST(a_transaction_id_used_anew_ends_its_silent_predecessor),
		TEST(a_full_table_refuses_the_newest_and_counts_it),
		TEST(requesters_that_share_one_transaction_id_are_followed_up_to_a_limit),
		TEST(an_answer_under_the_subscribers_own_number_names_no_node),
		TEST(a_reload_may_lengthen_the_timeout_of_what_is_open),
		TEST(the_end_of_a_capture_leaves_requests_open_not_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
