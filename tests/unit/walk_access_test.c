/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/worker/walk_access and dataplane/transaction/linked: what messages in connections of SCCP mean for requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdint.h>

#include <stdlib.h>
#include <string.h>

#include "dataplane/transaction/transaction.h"
#include "tests/unit/walk_bench.h"

#define MS    NANOS_PER_MS
#define START (INT64_C(1342000000) * NANOS_PER_S)
#define BSC   187
#define MSC   185
/* Local references of the two sides. */
#define BSC_REFERENCE 0x000101
#define MSC_REFERENCE 0x000202
#define IMSI          "001010000000001"

struct bench {
	struct plan plan;
	struct segments *segments;
	struct walk walk;
	struct book *book;
	struct outbox outbox;
	struct transactions *transactions;
	struct packet packet;
	bool is_iu;
};

/* 48.008 3.2.1.32 with 24.008 9.2.15: a TMSI; the same with the IMSI; 9.2.9. */
static const uint8_t update_by_tmsi[] = { 0x00, 0x12, 0x57, 0x17, 0x0f, 0x05, 0x08, 0x70, 0x00, 0xf1,
					  0x10, 0x00, 0x01, 0x33, 0x05, 0xf4, 0x12, 0x34, 0x56, 0x78 };
static const uint8_t update_by_imsi[] = { 0x00, 0x15, 0x57, 0x17, 0x12, 0x05, 0x08, 0x70, 0x00, 0xf1, 0x10, 0x00,
					  0x01, 0x33, 0x08, 0x09, 0x10, 0x10, 0x00, 0x00, 0x00, 0x00, 0x10 };
static const uint8_t service_request[] = { 0x00, 0x10, 0x57, 0x17, 0x0d, 0x05, 0x24, 0x71, 0x03,
					   0x33, 0x19, 0xa2, 0x05, 0xf4, 0x12, 0x34, 0x56, 0x78 };
static const uint8_t accept[] = { 0x01, 0x00, 0x07, 0x05, 0x02, 0x00, 0xf1, 0x10, 0x00, 0x01 };
static const uint8_t reject[] = { 0x01, 0x00, 0x03, 0x05, 0x04, 0x16 }; /* cause 22 */
static const uint8_t identity_request[] = { 0x01, 0x00, 0x03, 0x05, 0x18, 0x01 };
static const uint8_t identity_response[] = { 0x01, 0x00, 0x0b, 0x05, 0x59, 0x08, 0x09, 0x10, 0x10, 0x00, 0x00, 0x00, 0x00, 0x10 };
static const uint8_t authentication_request[] = { 0x01, 0x00, 0x03, 0x05, 0x12, 0x00 };
static const uint8_t authentication_response[] = { 0x01, 0x00, 0x06, 0x05, 0x54, 0x01, 0x02, 0x03, 0x04 };
static const uint8_t authentication_failure[] = { 0x01, 0x00, 0x03, 0x05, 0x5c, 0x14 }; /* cause 20 */
static const uint8_t authentication_reject[] = { 0x01, 0x00, 0x02, 0x05, 0x11 };
static const uint8_t common_id[] = { 0x00, 0x0b, 0x2f, 0x08, 0x08, 0x09, 0x10, 0x10, 0x00, 0x00, 0x00, 0x00, 0x10 };
static const uint8_t cipher_command[] = { 0x00, 0x04, 0x53, 0x0a, 0x01, 0x01 };
static const uint8_t clear_normal[] = { 0x00, 0x04, 0x20, 0x04, 0x01, 0x09 };
static const uint8_t clear_failure[] = { 0x00, 0x04, 0x20, 0x04, 0x01, 0x20 };

static int set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->plan = (struct plan){ .unmatched_window = 2 * NANOS_PER_S, .late_window = 20 * NANOS_PER_S, .detection = { .tick = 200 * MS } };
	walk_bench_open(&b->plan, &b->segments, &b->walk);
	b->outbox.capacity = 4096;
	b->outbox.outcomes = calloc(b->outbox.capacity, sizeof(*b->outbox.outcomes));
	b->book = book_new(&b->plan);
	b->transactions = transactions_new(&b->plan, b->book, &b->outbox);
	assert_non_null(b->transactions);
	b->packet = (struct packet){ .time = START, .clock = START };
	b->walk.message.packet = &b->packet;
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	transactions_free(b->transactions);
	book_free(b->book);
	free(b->outbox.outcomes);
	walk_bench_close(b->segments, &b->walk);
	free(b);
	return 0;
}

/* One message ten milliseconds later, seen on as many hops. What it leaves goes to the transactions. */
static void see(struct bench *b, const struct sccp *sccp, uint32_t opc, const uint8_t *user, size_t length, int hops)
{
	struct walk *w = &b->walk;
	struct message *m = &w->message;

	for (int hop = 0; hop < hops; hop++) {
		b->packet.time += 10 * MS;
		b->packet.clock += 10 * MS;
		b->packet.sequence++;
		b->packet.number++;
		m->sccp = *sccp;
		m->mtp3 = (struct mtp3){ .opc = opc, .dpc = opc == BSC ? MSC : BSC };
		m->bytes = cursor_of(user, length);
		m->nas_count = 0;
		m->verdict = VERDICT_DECODED;
		w->indication_count = 0;
		if (!sccp->is_connectionless)
			walk_connection(w);
		if (length > 0 && b->is_iu)
			assert_int_equal(walk_ranap(w, m->bytes), VERDICT_DECODED);
		else if (length > 0)
			assert_int_equal(walk_bssap(w, m->bytes), VERDICT_DECODED);
		transactions_take_burst(b->transactions, w->indications, w->indication_count);
	}
}

static void request(struct bench *b, const uint8_t *user, size_t length, int hops)
{
	struct sccp sccp = { .type = SCCP_CR, .has_source_reference = true, .source_reference = BSC_REFERENCE };

	see(b, &sccp, BSC, user, length, hops);
}

static void confirm(struct bench *b, int hops)
{
	struct sccp sccp = { .type = SCCP_CC,
			     .has_source_reference = true,
			     .source_reference = MSC_REFERENCE,
			     .has_destination_reference = true,
			     .destination_reference = BSC_REFERENCE };

	see(b, &sccp, MSC, NULL, 0, hops);
}

static void phone(struct bench *b, const uint8_t *user, size_t length, int hops)
{
	struct sccp sccp = { .type = SCCP_DT1, .has_destination_reference = true, .destination_reference = MSC_REFERENCE };

	see(b, &sccp, BSC, user, length, hops);
}

static void core(struct bench *b, const uint8_t *user, size_t length, int hops)
{
	struct sccp sccp = { .type = SCCP_DT1, .has_destination_reference = true, .destination_reference = BSC_REFERENCE };

	see(b, &sccp, MSC, user, length, hops);
}

/* RLSD of the core, and RLC of the phone's side when it ends well. */
static void release(struct bench *b, enum sccp_type type, uint8_t cause)
{
	struct sccp sccp = { .type = (uint8_t)type,
			     .has_source_reference = type != SCCP_CREF,
			     .source_reference = type == SCCP_RLC ? BSC_REFERENCE : MSC_REFERENCE,
			     .has_destination_reference = true,
			     .destination_reference = type == SCCP_RLC ? MSC_REFERENCE : BSC_REFERENCE,
			     .has_cause = type != SCCP_RLC,
			     .cause = cause };

	see(b, &sccp, type == SCCP_RLC ? BSC : MSC, NULL, 0, 1);
}

#define REQUEST(b, user) request(b, user, sizeof(user), 1)
#define PHONE(b, user)   phone(b, user, sizeof(user), 1)
#define CORE(b, user)    core(b, user, sizeof(user), 1)

static digits imsi_of(void)
{
	digits imsi = 0;

	assert_true(digits_read_text(IMSI, strlen(IMSI), &imsi));
	return imsi;
}

/* The oldest outcome that was not looked at. */
static struct outcome next(struct bench *b)
{
	struct outcome first;

	assert_true(b->outbox.count > 0);
	first = b->outbox.outcomes[0];
	b->outbox.count--;
	memmove(b->outbox.outcomes, b->outbox.outcomes + 1, b->outbox.count * sizeof(first));
	assert_int_equal(first.client, node_of_point_code(BSC));
	assert_int_equal(first.server, node_of_point_code(MSC));
	return first;
}

static void assert_next(struct bench *b, const char *name, enum outcome_class class, enum cause_layer layer, uint32_t cause)
{
	struct outcome o = next(b);

	assert_string_equal(procedure_row(o.procedure)->name, name);
	assert_int_equal(o.class, class);
	assert_int_equal(o.cause_layer, layer);
	assert_int_equal(o.cause, cause);
}

static void assert_settled(struct bench *b, uint64_t opened)
{
	const struct transaction_counters *c = transactions_counters(b->transactions);

	assert_int_equal(b->outbox.count, 0);
	assert_int_equal(c->opened, opened);
	assert_int_equal(c->opened, c->answered + c->timeout + c->evicted + c->open);
	assert_int_equal(c->open, 0);
	assert_int_equal(c->unmatched, 0);
}

static void an_update_that_is_accepted_is_a_success_of_its_subscriber(void **state)
{
	struct bench *b = *state;
	struct outcome o;

	REQUEST(b, update_by_imsi);
	confirm(b, 1);
	CORE(b, accept);
	o = next(b);
	assert_int_equal(o.class, OUTCOME_SUCCESS);
	assert_int_equal(o.latency, 20 * MS);
	assert_true(o.imsi == imsi_of());
	assert_int_equal(o.tries, 1);
	CORE(b, clear_normal);
	release(b, SCCP_RLSD, 0);
	release(b, SCCP_RLC, 0);
	assert_settled(b, 1);
}

static void a_rejection_counts_by_its_cause(void **state)
{
	struct bench *b = *state;

	REQUEST(b, update_by_tmsi);
	confirm(b, 1);
	CORE(b, reject);
	assert_next(b, "a.location-update", OUTCOME_CONGESTION, CAUSE_MM, 22);
	assert_settled(b, 1);
}

static void a_message_that_is_seen_on_two_hops_opens_and_ends_one_request(void **state)
{
	struct bench *b = *state;

	request(b, update_by_tmsi, sizeof(update_by_tmsi), 2);
	confirm(b, 2);
	core(b, identity_request, sizeof(identity_request), 2);
	phone(b, identity_response, sizeof(identity_response), 2);
	core(b, reject, sizeof(reject), 2);
	core(b, clear_normal, sizeof(clear_normal), 2);
	assert_next(b, "a.identity", OUTCOME_SUCCESS, CAUSE_NONE, 0);
	assert_next(b, "a.location-update", OUTCOME_CONGESTION, CAUSE_MM, 22);
	assert_settled(b, 2);
	assert_int_equal(transactions_counters(b->transactions)->repeated, 2);
}

static void who_becomes_known_in_a_connection_is_known_for_all_of_its_requests(void **state)
{
	struct bench *b = *state;

	REQUEST(b, update_by_tmsi);
	confirm(b, 1);
	CORE(b, identity_request);
	PHONE(b, identity_response);
	CORE(b, authentication_request);
	PHONE(b, authentication_response);
	CORE(b, accept);
	for (int i = 0; i < 3; i++)
		assert_true(next(b).imsi == imsi_of());
	assert_settled(b, 3);
}

static void common_id_makes_a_request_known_too(void **state)
{
	struct bench *b = *state;

	REQUEST(b, service_request);
	confirm(b, 1);
	CORE(b, common_id);
	CORE(b, cipher_command);
	assert_true(next(b).imsi == imsi_of());
	assert_settled(b, 1);
}

static void ciphering_accepts_a_service_request(void **state)
{
	struct bench *b = *state;

	REQUEST(b, service_request);
	confirm(b, 1);
	CORE(b, cipher_command);
	assert_next(b, "a.cm-service", OUTCOME_SUCCESS, CAUSE_NONE, 0);
	CORE(b, clear_failure);
	assert_settled(b, 1);
}

static void a_failed_authentication_says_why_and_a_rejected_one_ends_the_update(void **state)
{
	struct bench *b = *state;

	REQUEST(b, update_by_imsi);
	confirm(b, 1);
	CORE(b, authentication_request);
	PHONE(b, authentication_failure);
	assert_next(b, "a.authentication", OUTCOME_USER, CAUSE_MM, 20);
	CORE(b, authentication_reject);
	assert_next(b, "a.location-update", OUTCOME_USER, CAUSE_MM, 3);
	assert_settled(b, 2);
}

static void what_is_open_in_a_connection_that_is_cleared_ends_with_its_cause(void **state)
{
	struct bench *b = *state;

	REQUEST(b, update_by_tmsi);
	confirm(b, 1);
	CORE(b, authentication_request);
	CORE(b, clear_failure);
	assert_next(b, "a.authentication", OUTCOME_NETWORK, CAUSE_RAN, (uint32_t)MESSAGE_BSSMAP << 16 | 32);
	assert_next(b, "a.location-update", OUTCOME_NETWORK, CAUSE_RAN, (uint32_t)MESSAGE_BSSMAP << 16 | 32);
	assert_settled(b, 2);
}

static void a_release_by_sccp_itself_is_a_failure_and_one_by_its_user_is_not(void **state)
{
	struct bench *b = *state;

	REQUEST(b, update_by_tmsi);
	confirm(b, 1);
	release(b, SCCP_RLSD, 8);
	assert_next(b, "a.location-update", OUTCOME_NETWORK, CAUSE_SCCP_CONNECTION, 256 + 8);
	release(b, SCCP_RLC, 0);
	b->packet.clock += 5 * NANOS_PER_S;
	REQUEST(b, service_request);
	confirm(b, 1);
	release(b, SCCP_RLSD, 3);
	assert_next(b, "a.cm-service", OUTCOME_SUCCESS, CAUSE_NONE, 0);
	assert_settled(b, 2);
}

static void a_refused_connection_ends_its_request(void **state)
{
	struct bench *b = *state;

	REQUEST(b, update_by_tmsi);
	release(b, SCCP_CREF, 11);
	assert_next(b, "a.location-update", OUTCOME_CONGESTION, CAUSE_SCCP_CONNECTION, 11);
	assert_settled(b, 1);
}

static void a_request_that_nobody_answers_times_out_and_a_release_does_not_make_it_late(void **state)
{
	struct bench *b = *state;
	const struct transaction_counters *c = transactions_counters(b->transactions);

	REQUEST(b, update_by_tmsi);
	b->packet.time += 21 * NANOS_PER_S;
	b->packet.clock += 21 * NANOS_PER_S;
	release(b, SCCP_RLSD, 0);
	assert_int_equal(next(b).event, OUTCOME_EVENT_OVERDUE);
	assert_next(b, "a.location-update", OUTCOME_TIMEOUT, CAUSE_TIMEOUT, 0);
	assert_int_equal(c->late, 0);
	assert_settled(b, 1);
}

static void in_a_connection_whose_confirmation_was_missed_requests_are_not_followed(void **state)
{
	struct bench *b = *state;

	CORE(b, authentication_request);
	assert_int_equal(transactions_counters(b->transactions)->opened, 0);
	PHONE(b, authentication_response);
	assert_int_equal(transactions_counters(b->transactions)->unmatched, 1);
	CORE(b, clear_failure);
	assert_int_equal(b->outbox.count, 0);
}

/* Which worker owns a connection is decided by both point codes, so that what comes under those of another pair is of another connection.
 */
static void an_answer_under_the_label_of_another_pair_answers_nothing(void **state)
{
	struct sccp sccp = { .type = SCCP_DT1, .has_destination_reference = true, .destination_reference = BSC_REFERENCE };
	struct bench *b = *state;

	REQUEST(b, update_by_imsi);
	confirm(b, 1);
	see(b, &sccp, MSC + 1, accept, sizeof(accept), 1);
	assert_int_equal(b->outbox.count, 0);
	assert_int_equal(transactions_counters(b->transactions)->open, 1);
	CORE(b, accept);
	assert_int_equal(next(b).class, OUTCOME_SUCCESS);
}

static void a_reset_is_answered_by_its_acknowledgement(void **state)
{
	static const uint8_t reset[] = { 0x00, 0x04, 0x30, 0x04, 0x01, 0x20 };
	static const uint8_t acknowledgement[] = { 0x00, 0x01, 0x31 };
	struct sccp sccp = { .type = SCCP_UDT, .is_connectionless = true };
	struct bench *b = *state;

	see(b, &sccp, BSC, reset, sizeof(reset), 2);
	see(b, &sccp, MSC, acknowledgement, sizeof(acknowledgement), 2);
	assert_next(b, "a.reset", OUTCOME_SUCCESS, CAUSE_NONE, 0);
	assert_settled(b, 1);
}

/* TS 25.413 9.1.33 and 9.1.34 around a NAS-PDU. */
static size_t ranap_wrap(uint8_t *bytes, uint8_t code, const uint8_t *nas, size_t length)
{
	const uint8_t head[] = { 0x00, code, 0x40, (uint8_t)(length + 8), 0x00,           0x00, 0x01,
				 0x00, 0x10, 0x40, (uint8_t)(length + 1), (uint8_t)length };

	memcpy(bytes, head, sizeof(head));
	memcpy(bytes + sizeof(head), nas, length);
	return sizeof(head) + length;
}

static void packet_domain_requests_are_told_apart_by_their_transactions(void **state)
{
	static const uint8_t attach[] = { 0x08, 0x01, 0x02, 0xe5, 0xe0, 0x01, 0x0a, 0x00, 0x05, 0xf4, 0xc0, 0x00, 0x00, 0x2a };
	static const uint8_t attach_reject[] = { 0x08, 0x04, 0x07 };
	static const uint8_t activate[] = { 0x0a, 0x41 };
	static const uint8_t activate_second[] = { 0x1a, 0x41 };
	static const uint8_t second_rejected[] = { 0x9a, 0x43, 0x1a };
	static const uint8_t first_accepted[] = { 0x8a, 0x42 };
	struct bench *b = *state;
	uint8_t bytes[64];

	b->is_iu = true;
	request(b, bytes, ranap_wrap(bytes, 19, attach, sizeof(attach)), 1);
	confirm(b, 1);
	core(b, bytes, ranap_wrap(bytes, 20, attach_reject, sizeof(attach_reject)), 1);
	assert_next(b, "iups.attach", OUTCOME_USER, CAUSE_GMM, 7);
	phone(b, bytes, ranap_wrap(bytes, 20, activate, sizeof(activate)), 1);
	phone(b, bytes, ranap_wrap(bytes, 20, activate_second, sizeof(activate_second)), 1);
	core(b, bytes, ranap_wrap(bytes, 20, second_rejected, sizeof(second_rejected)), 1);
	assert_next(b, "iups.pdp-context", OUTCOME_CONGESTION, CAUSE_SM, 26);
	core(b, bytes, ranap_wrap(bytes, 20, first_accepted, sizeof(first_accepted)), 1);
	assert_next(b, "iups.pdp-context", OUTCOME_SUCCESS, CAUSE_NONE, 0);
	assert_settled(b, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_update_that_is_accepted_is_a_success_of_its_subscriber, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_rejection_counts_by_its_cause, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_message_that_is_seen_on_two_hops_opens_and_ends_one_request, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_becomes_known_in_a_connection_is_known_for_all_of_its_requests, set_up, tear_down),
		cmocka_unit_test_setup_teardown(common_id_makes_a_request_known_too, set_up, tear_down),
		cmocka_unit_test_setup_teardown(ciphering_accepts_a_service_request, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_failed_authentication_says_why_and_a_rejected_one_ends_the_update, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_open_in_a_connection_that_is_cleared_ends_with_its_cause, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_release_by_sccp_itself_is_a_failure_and_one_by_its_user_is_not, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_refused_connection_ends_its_request, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_request_that_nobody_answers_times_out_and_a_release_does_not_make_it_late, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(in_a_connection_whose_confirmation_was_missed_requests_are_not_followed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_answer_under_the_label_of_another_pair_answers_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_reset_is_answered_by_its_acknowledgement, set_up, tear_down),
		cmocka_unit_test_setup_teardown(packet_domain_requests_are_told_apart_by_their_transactions, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
