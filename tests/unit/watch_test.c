/* SPDX-License-Identifier: BSD-3-Clause */
/* What pages and what does not, on one stream by hand: faults that last, failovers that do not, bursts before silence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/config.h"
#include "control/detect/detect.h"

#define SENT   40 /* requests in a tick of 200 ms */
#define SECOND (5 * SENT)

struct hand {
	struct plan *plan;
	struct detector *detector;
	nanos length; /* of a tick */
	int64_t tick;
	bool has_paged, is_suspicious;
};

/* `sent` requests, all answered in the tick, `failed` of them by the network. */
static void ticks(struct hand *h, int count, uint32_t sent, uint32_t failed)
{
	for (int i = 0; i < count; i++) {
		struct tally_cell cell = { .key = { .procedure = 2, .dimension = DIMENSION_ALL }, .requests = sent };
		struct tally tally = { .start = h->tick++ * h->length, .length = h->length, .cells = &cell, .count = sent > 0 };
		const struct suspicion *s;
		size_t found;

		cell.outcomes[OUTCOME_SUCCESS] = sent - failed;
		cell.outcomes[OUTCOME_NETWORK] = failed;
		s = detector_tick(h->detector, &tally, &found);
		h->is_suspicious = false;
		for (size_t k = 0; k < found; k++) {
			h->is_suspicious = h->is_suspicious || s[k].evidence == EVIDENCE_NETWORK;
			h->has_paged = h->has_paged || (s[k].evidence == EVIDENCE_NETWORK && s[k].is_page);
		}
	}
}

static int hand_begin(void **state, nanos length, int count, uint32_t sent)
{
	static struct hand h;

	h = (struct hand){ .plan = plan_default(), .length = length, .tick = 5000 };
	h.detector = h.plan == NULL ? NULL : detector_new(h.plan);
	if (h.detector == NULL)
		return 1;
	ticks(&h, count, sent, 0);
	*state = &h;
	return 0;
}

static int hand_make(void **state)
{
	return hand_begin(state, TALLY_TICK_DEFAULT, 1500, SENT);
}

static int hand_make_of_seconds(void **state)
{
	return hand_begin(state, NANOS_PER_S, 300, SECOND);
}

static int hand_drop(void **state)
{
	struct hand *h = *state;

	detector_free(h->detector);
	plan_free(h->plan);
	return 0;
}

static void a_hard_fault_pages_after_less_than_four_seconds(void **state)
{
	struct hand *h = *state;

	ticks(h, 4, SENT, SENT);
	assert_true(h->is_suspicious);
	ticks(h, 13, SENT, SENT);
	assert_false(h->has_paged);
	ticks(h, 3, SENT, SENT);
	assert_true(h->has_paged);
}

static void a_part_that_fails_for_five_seconds_does_not_page(void **state)
{
	struct hand *h = *state;

	ticks(h, 25, SENT, SENT / 5);
	assert_true(h->is_suspicious);
	ticks(h, 300, SENT, 0);
	assert_false(h->has_paged);
	assert_false(h->is_suspicious);
}

static void a_part_that_goes_on_failing_pages(void **state)
{
	struct hand *h = *state;

	ticks(h, 35, SENT, SENT / 5);
	assert_true(h->has_paged);
}

/* Answers to requests of its last moments come in the sixth tick. */
static void a_part_that_fails_in_six_ticks_of_a_second_may_have_failed_for_five(void **state)
{
	struct hand *h = *state;

	ticks(h, 6, SECOND, SECOND / 5);
	assert_true(h->is_suspicious);
	ticks(h, 60, SECOND, 0);
	assert_false(h->has_paged);
	ticks(h, 8, SECOND, SECOND / 5);
	assert_true(h->has_paged);
}

/* The second begins while the statistics still remember the first. */
static void two_failovers_of_three_seconds_do_not_page(void **state)
{
	struct hand *h = *state;

	ticks(h, 15, SENT, SENT);
	ticks(h, 5, SENT, 0);
	ticks(h, 15, SENT, SENT);
	ticks(h, 10, SENT, 0);
	assert_false(h->has_paged);
}

/* What is over by the next request was no fault, however certain the burst was. */
static void a_burst_before_silence_does_not_page(void **state)
{
	struct hand *h = *state;

	ticks(h, 5, SENT, SENT);
	ticks(h, 60, 0, 0);
	ticks(h, 3, 1, 0);
	assert_false(h->has_paged);
}

static void a_blip_is_forgotten_within_three_seconds(void **state)
{
	struct hand *h = *state;

	ticks(h, 10, SENT, SENT / 3);
	assert_true(h->is_suspicious);
	ticks(h, 15, SENT, 0);
	assert_false(h->is_suspicious);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_hard_fault_pages_after_less_than_four_seconds, hand_make, hand_drop),
		cmocka_unit_test_setup_teardown(a_part_that_fails_for_five_seconds_does_not_page, hand_make, hand_drop),
		cmocka_unit_test_setup_teardown(a_part_that_goes_on_failing_pages, hand_make, hand_drop),
		cmocka_unit_test_setup_teardown(a_part_that_fails_in_six_ticks_of_a_second_may_have_failed_for_five, hand_make_of_seconds,
						hand_drop),
		cmocka_unit_test_setup_teardown(two_failovers_of_three_seconds_do_not_page, hand_make, hand_drop),
		cmocka_unit_test_setup_teardown(a_burst_before_silence_does_not_page, hand_make, hand_drop),
		cmocka_unit_test_setup_teardown(a_blip_is_forgotten_within_three_seconds, hand_make, hand_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
