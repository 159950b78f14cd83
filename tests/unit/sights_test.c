/* SPDX-License-Identifier: BSD-3-Clause */
/* dataplane/transaction/sights, dataplane/worker/traffic, dataplane/plmn: what taps show, and whose network it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "dataplane/plmn.h"
#include "dataplane/transaction/sights.h"
#include "dataplane/worker/traffic.h"

static uint32_t report(struct sights *s, int side, bool has_data, uint32_t acknowledged, nanos clock)
{
	const struct indication i = { .key = { 9, (uint64_t)(clock - NANOS_PER_S) },
				      .invoke = (int16_t)side,
				      .cause = has_data,
				      .amount = acknowledged,
				      .clock = clock };

	return sights_take(s, &i);
}

static void what_is_acknowledged_and_never_shown_is_unseen(void **state)
{
	struct sights s;
	uint32_t unseen = 0;

	(void)state;
	assert_true(sights_open(&s, 16));
	for (nanos t = 0; t < 10; t++)
		unseen += report(&s, 0, true, 20, t * NANOS_PER_S);
	/* The first seconds may be those in which the tap began. */
	assert_int_equal(unseen, 7 * 20);
	assert_int_equal(report(&s, 1, true, 5, 10 * NANOS_PER_S), 0);
	assert_int_equal(report(&s, 0, true, 20, 11 * NANOS_PER_S), 0);
	assert_int_equal(report(&s, 0, true, 20, 14 * NANOS_PER_S), 20);
	/* Looked at late: what was shown three seconds before may be what it acknowledges. */
	assert_int_equal(report(&s, 1, true, 0, 15 * NANOS_PER_S), 0);
	assert_int_equal(report(&s, 0, true, 20, 18 * NANOS_PER_S), 0);
	sights_close(&s);
}

static void a_direction_that_is_idle_is_not_unseen(void **state)
{
	struct sights s;

	(void)state;
	assert_true(sights_open(&s, 16));
	for (nanos t = 0; t < 100; t += 10) {
		assert_int_equal(report(&s, 1, true, 0, t * NANOS_PER_S), 0);
		assert_int_equal(report(&s, 0, false, 1, t * NANOS_PER_S + 200 * NANOS_PER_MS), 0);
	}
	sights_close(&s);
}

static struct traffic_place *acknowledge(struct traffic *t, uint32_t cumulative, nanos clock)
{
	const struct traffic_note n = { .key = 5, .clock = clock, .cumulative = cumulative, .step_most = 65536 };

	return traffic_take(t, &n);
}

static void steps_are_told_once_a_second(void **state)
{
	struct traffic t;
	struct traffic_place *p;

	(void)state;
	assert_true(traffic_open(&t, 16));
	assert_null(acknowledge(&t, UINT32_MAX - 1, 1));
	p = acknowledge(&t, 2, 2);
	assert_non_null(p);
	assert_int_equal(p->acknowledged, 4);
	traffic_told(p, 2);
	assert_null(acknowledge(&t, 7, 3));
	assert_null(acknowledge(&t, 4, 4)); /* overtaken */
	p = acknowledge(&t, 8, 2 + NANOS_PER_S);
	assert_non_null(p);
	assert_int_equal(p->acknowledged, 6);
	traffic_told(p, 2 + NANOS_PER_S);
	/* Another sequence. */
	assert_null(acknowledge(&t, 500000000, 3 * NANOS_PER_S));
	p = acknowledge(&t, 500000001, 5 * NANOS_PER_S);
	assert_non_null(p);
	assert_int_equal(p->acknowledged, 1);
	traffic_close(&t);
}

static digits number(const char *text)
{
	digits d = 0;

	assert_true(digits_read_text(text, strlen(text), &d));
	return d;
}

static uint32_t realm(const char *text)
{
	const struct cursor c = cursor_of((const uint8_t *)text, strlen(text));

	return plmn_of_realm(&c);
}

static void networks_are_read_from_numbers_and_realms(void **state)
{
	(void)state;
	assert_int_equal(plmn_of_imsi(number("234106012345671")), 23410);
	assert_int_equal(plmn_of_imsi(number("310410123456789")), 310410);
	assert_int_equal(plmn_of_imsi(number("23410")), 0);
	assert_int_equal(plmn_of_text("23410"), 23410);
	assert_int_equal(plmn_of_text("2341x"), 0);
	assert_int_equal(realm("epc.mnc010.mcc234.3gppnetwork.org"), 23410);
	assert_int_equal(realm("EPC.MNC410.MCC310.3gppnetwork.ORG"), 310410);
	assert_int_equal(realm("epc.mnc012.mcc310.3gppnetwork.org"), 310012);
	assert_int_equal(realm("mnc007.mcc214.3gppnetwork.org"), 21407);
	assert_int_equal(realm("epc.mncx10.mcc234.3gppnetwork.org"), 0);
	assert_int_equal(realm("example.org"), 0);
	assert_int_equal(country_of_number(number("447802000001")), 44);
	assert_int_equal(country_of_number(number("14085551212")), 1);
	assert_int_equal(country_of_number(number("353861234567")), 353);
	assert_int_equal(country_of_number(number("79161234567")), 7);
	assert_int_equal(country_of_number(number("0447802")), 0);
	assert_true(plmn_is_country(353));
	assert_false(plmn_is_country(23410));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_acknowledged_and_never_shown_is_unseen),
		cmocka_unit_test(a_direction_that_is_idle_is_not_unseen),
		cmocka_unit_test(steps_are_told_once_a_second),
		cmocka_unit_test(networks_are_read_from_numbers_and_realms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
