/* SPDX-License-Identifier: BSD-3-Clause */
/* control/tick/relay.c: whatever is sent reaches the engine's audience once, in order, before relay_settle() returns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "config/config.h"
#include "control/tick/relay.h"

#define TICK (200 * NANOS_PER_MS)

/* What the audience heard. */
struct ear {
	uint64_t outcomes;
	uint64_t ticks;
	uint64_t requests;
	nanos last;
	bool is_in_order;
};

static struct ear ear;

static void outcome_hear(void *self, const struct outcome *o)
{
	struct ear *e = self;

	e->is_in_order = e->is_in_order && o->clock >= e->last;
	e->last = o->clock;
	e->outcomes++;
}

static void tick_hear(void *self, const struct tally *tally, const struct detector *detector)
{
	struct ear *e = self;

	(void)detector;
	e->ticks++;
	for (size_t i = 0; i < tally->count; i++) {
		if (tally->cells[i].key.dimension == DIMENSION_ALL && tally->cells[i].key.procedure == 2)
			e->requests += tally->cells[i].requests;
	}
}

static const char *nobody(void *names, node host)
{
	(void)names;
	(void)host;
	return NULL;
}

/* A tick with `count` outcomes, latest first, and as many requests in the book of each of two workers. */
static void tick_send(struct relay *r, struct book *const books[2], nanos start, size_t count)
{
	const struct book_subject subject = { .procedure = 2 };
	const struct book_page sums = { .packets = count };

	for (size_t i = count; i > 0; i--) {
		struct outcome o = { .clock = start + (nanos)i, .time = start, .latency = 1, .procedure = 2, .sequence = i };

		relay_outcomes(r, &o, 1);
	}
	for (int b = 0; b < 2; b++) {
		for (size_t i = 0; i < count; i++)
			book_request(books[b], &subject);
		assert_true(book_seal(books[b], start, TICK, &sums));
	}
	relay_tick(r, start, TICK);
}

static void everything_sent_is_judged_once_and_in_order(void **state)
{
	struct plan *plan = plan_default();
	struct engine *engine = engine_new(plan, nobody, NULL);
	struct book *books[2] = { book_new(plan), book_new(plan) };
	struct relay *relay;
	uint64_t sent = 0;

	(void)state;
	ear = (struct ear){ .is_in_order = true };
	assert_non_null(engine);
	engine_listen(engine, &(struct audience){ .self = &ear, .outcome = outcome_hear, .tick = tick_hear });
	relay = relay_new(engine, books, 2);
	assert_non_null(relay);
	for (nanos t = 0; t < 30; t++) {
		size_t count = t % 7 == 0 ? 20000 : (size_t)t;

		tick_send(relay, books, t * TICK, count);
		sent += count;
	}
	relay_settle(relay);
	assert_int_equal(ear.ticks, 30);
	assert_int_equal(ear.outcomes, sent);
	assert_int_equal(ear.requests, 2 * sent);
	assert_true(ear.is_in_order);
	relay_free(relay);
	book_free(books[0]);
	book_free(books[1]);
	engine_free(engine);
	plan_free(plan);
}

static void what_came_after_the_last_tick_is_told_at_the_end(void **state)
{
	struct plan *plan = plan_default();
	struct engine *engine = engine_new(plan, nobody, NULL);
	struct relay *relay;
	struct outcome o = { .clock = 5 * TICK, .latency = 1, .procedure = 2 };

	(void)state;
	ear = (struct ear){ .is_in_order = true };
	engine_listen(engine, &(struct audience){ .self = &ear, .outcome = outcome_hear, .tick = tick_hear });
	relay = relay_new(engine, NULL, 0);
	relay_outcomes(relay, &o, 1);
	relay_tick(relay, 0, TICK);
	relay_settle(relay);
	assert_int_equal(ear.outcomes, 0);
	relay_finish(relay);
	relay_free(relay);
	assert_int_equal(ear.outcomes, 1);
	assert_int_equal(ear.ticks, 1);
	engine_free(engine);
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_sent_is_judged_once_and_in_order),
		cmocka_unit_test(what_came_after_the_last_tick_is_told_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
