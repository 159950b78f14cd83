/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/worker/lockstep: the same sums for any number of workers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "dataplane/worker/lockstep.h"

/* RFC 791 3.1: the first 8 bytes of an SCTP datagram, more to follow; and one that never has company under another identification. */
static const uint8_t fragments[2][28] = {
	{ 0x45, 0, 0, 28, 0, 1, 0x20, 0, 64, 132, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8 },
	{ 0x45, 0, 0, 28, 0, 2, 0x20, 0, 64, 132, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8 },
};

static const struct plan plan = { .late_window = NANOS_PER_S,
				  .limits = { .transactions = 4096,
					      .associations = 16,
					      .streams = 8,
					      .reassembly = 16,
					      .held_bytes = 262144,
					      .names = 64,
					      .cells = 64,
					      .message_bytes = 65535 },
				  .detection = { .tick = 200 * NANOS_PER_MS } };

static struct worker *workers_new(unsigned int count, const struct segments *segments)
{
	struct worker *workers = aligned_alloc(RING_LINE, (sizeof(*workers) * count + RING_LINE - 1) / RING_LINE * RING_LINE);

	assert_true(segments != NULL && workers != NULL && workers_open(workers, count, &plan, segments));
	return workers;
}

/* What `count` workers report of two fragments a minute apart: the first has been given up when the second comes. */
static struct worker_report report_of(unsigned int count)
{
	char error[SEGMENT_ERROR_MAX];
	struct segments *segments = segments_new(&plan, error);
	struct worker *workers = workers_new(count, segments);
	struct worker_report report = { 0 };
	struct lockstep *lockstep;

	lockstep = lockstep_new(workers, count);
	assert_non_null(lockstep);
	for (unsigned int i = 0; i < 2; i++) {
		struct frame frame = { .bytes = fragments[i],
				       .captured = 28,
				       .wire_length = 28,
				       .link_type = LINK_TYPE_RAW_IP,
				       .time = NANOS_PER_S * 60 * (i + 1),
				       .clock = NANOS_PER_S * 60 * (i + 1),
				       .sequence = i + 1,
				       .number = i + 1 };

		lockstep_burst(lockstep, &frame, 1);
	}
	for (unsigned int i = 0; i < count; i++)
		worker_report_add(&report, &workers[i]);
	lockstep_free(lockstep);
	workers_close(workers, count);
	free(workers);
	segments_free(segments);
	return report;
}

static void a_datagram_given_up_counts_once_for_any_number_of_workers(void **state)
{
	(void)state;
	for (unsigned int count = 1; count <= 3; count++) {
		struct worker_report report = report_of(count);

		assert_int_equal(report.expired_datagrams, 1);
		assert_int_equal(report.account.packets, 2);
		assert_int_equal(report.account.verdicts[VERDICT_FRAGMENT_HELD], 2);
	}
}

/* Outcomes of one worker find no room at once, and all are asked again: those that have ended the tick must not end it twice. */
static void a_tick_is_ended_once_by_everybody(void **state)
{
	char error[SEGMENT_ERROR_MAX];
	struct segments *segments = segments_new(&plan, error);
	struct worker *workers = workers_new(2, segments);
	struct lockstep *lockstep;
	unsigned int calls = 1;

	(void)state;
	workers[1].outbox.capacity = 1100;
	for (uint64_t key = 1; key <= 2000; key++) {
		struct indication i = { .key = { key, 5 }, .time = NANOS_PER_S, .clock = NANOS_PER_S, .procedure = 2 };

		transactions_take(workers[1].transactions, &i);
	}
	lockstep = lockstep_new(workers, 2);
	for (; !lockstep_tick(lockstep, 60 * NANOS_PER_S, 200 * NANOS_PER_MS, 0); calls++)
		workers[1].outbox.count = 0;
	assert_true(calls > 1);
	assert_int_equal(book_pages(workers[0].book), 1);
	assert_int_equal(book_pages(workers[1].book), 1);
	lockstep_free(lockstep);
	workers_close(workers, 2);
	free(workers);
	segments_free(segments);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_datagram_given_up_counts_once_for_any_number_of_workers),
		cmocka_unit_test(a_tick_is_ended_once_by_everybody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
