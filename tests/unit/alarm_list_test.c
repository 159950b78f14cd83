/* SPDX-License-Identifier: BSD-3-Clause */
/* control/board/alarm_list.h: what users say waits for the store, and what came of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "config/plan.h"
#include "control/board/alarm_list.h"

static const struct plan plan;

/* The store and those who are told. */
struct desk {
	bool takes;
	unsigned int kept, refused, told;
};

static bool keep(void *self, const char *alarm_id, const struct remark *remark)
{
	struct desk *d = self;

	assert_string_equal(alarm_id, "a1");
	assert_string_equal(remark->user, "anna");
	d->kept += d->takes;
	d->refused += !d->takes;
	return d->takes;
}

static void tell(void *self, const struct remark_told *told)
{
	struct desk *d = self;

	assert_int_equal(d->kept, ++d->told);
	assert_non_null(strstr(told->line, "\"ackUserId\":\"anna\""));
}

static struct alarm_list *list_of_one(void)
{
	struct alarm_list *l = alarm_list_new(&(struct alarm_writer){ .plan = &plan });

	alarm_list_recall(l, "2026-0101-0001", "{\"time\":\"1.000000000\",\"severity\":\"major\",\"alarm\":{\"alarmId\":\"a1\"}}", true);
	return l;
}

static enum remark_outcome say(struct alarm_list *l, enum remark_kind kind, uint64_t *ret_number)
{
	const struct remark remark = { .time = 2 * NANOS_PER_S, .kind = kind, .user = "anna", .words = kind == REMARK_COMMENT ? "hm" : "" };

	return alarm_list_remark(l, "2026-0101-0001", &remark, ret_number);
}

static bool record_says(struct alarm_list *l, const char *words)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);
	bool is_there;

	assert_true(alarm_list_write_record(l, "a1", out));
	fclose(out);
	is_there = strstr(text, words) != NULL;
	free(text);
	return is_there;
}

static void what_is_said_is_in_the_list_once_the_store_has_it(void **state)
{
	struct alarm_list *l = list_of_one();
	struct desk desk = { .takes = true };
	const struct remark_taker taker = { keep, tell, &desk };
	uint64_t first, again;

	(void)state;
	assert_false(alarm_list_settle(l, &taker));
	assert_int_equal(say(l, REMARK_ACK, &first), REMARK_WAITS);
	assert_int_equal(say(l, REMARK_ACK, &again), REMARK_WAITS);
	assert_int_equal(alarm_list_outcome(l, first), REMARK_WAITS);
	assert_true(record_says(l, "\"UNACKNOWLEDGED\""));
	assert_true(alarm_list_settle(l, &taker));
	assert_int_equal(alarm_list_outcome(l, first), REMARK_TAKEN);
	assert_int_equal(alarm_list_outcome(l, again), REMARK_TAKEN);
	assert_int_equal(desk.told, 1); /* what is so already needs no telling */
	assert_true(record_says(l, "\"ACKNOWLEDGED\""));
	alarm_list_free(l);
}

static void a_store_that_takes_nothing_is_tried_once_for_all_that_wait(void **state)
{
	struct alarm_list *l = list_of_one();
	struct desk desk = { .takes = false };
	const struct remark_taker taker = { keep, tell, &desk };
	uint64_t numbers[3], later;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(say(l, REMARK_COMMENT, &numbers[i]), REMARK_WAITS);
	alarm_list_settle(l, &taker);
	for (int i = 0; i < 3; i++)
		assert_int_equal(alarm_list_outcome(l, numbers[i]), REMARK_NOT_KEPT);
	assert_int_equal(desk.refused, 1);
	assert_false(record_says(l, "commentText"));
	/* It is tried again for who comes later. */
	desk.takes = true;
	assert_int_equal(say(l, REMARK_ACK, &later), REMARK_WAITS);
	alarm_list_settle(l, &taker);
	assert_int_equal(alarm_list_outcome(l, later), REMARK_TAKEN);
	alarm_list_free(l);
}

static void more_than_can_wait_are_refused_and_nothing_that_waits_is_lost(void **state)
{
	struct alarm_list *l = list_of_one();
	struct desk desk = { .takes = true };
	const struct remark_taker taker = { keep, tell, &desk };
	uint64_t first, number;

	(void)state;
	assert_int_equal(say(l, REMARK_ACK, &first), REMARK_WAITS);
	for (int i = 1; i < ALARM_WAITING_MAX; i++)
		assert_int_equal(say(l, REMARK_COMMENT, &number), REMARK_WAITS);
	assert_int_equal(say(l, REMARK_COMMENT, &number), REMARK_BUSY);
	alarm_list_settle(l, &taker);
	assert_int_equal(desk.kept, ALARM_WAITING_MAX);
	assert_int_equal(alarm_list_outcome(l, first), REMARK_TAKEN);
	/* The place of the first one is taken: nothing is said of it that would be another's. */
	assert_int_equal(say(l, REMARK_COMMENT, &number), REMARK_WAITS);
	assert_int_equal(alarm_list_outcome(l, first), REMARK_BUSY);
	for (int i = ALARM_WAITING_MAX; i < ALARM_COMMENTS_MAX + 1; i++) {
		alarm_list_settle(l, &taker);
		assert_int_equal(alarm_list_outcome(l, number), REMARK_TAKEN);
		assert_int_equal(say(l, REMARK_COMMENT, &number), REMARK_WAITS);
	}
	alarm_list_settle(l, &taker);
	assert_int_equal(alarm_list_outcome(l, number), REMARK_NO_ROOM);
	alarm_list_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_is_in_the_list_once_the_store_has_it),
		cmocka_unit_test(a_store_that_takes_nothing_is_tried_once_for_all_that_wait),
		cmocka_unit_test(more_than_can_wait_are_refused_and_nothing_that_waits_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
