/* SPDX-License-Identifier: BSD-3-Clause */
/* control/api/seats: how many connections one address may hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "control/api/seats.h"

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static union address address_of(const char *text)
{
	union address a;

	memset(&a, 0, sizeof(a));
	if (inet_pton(AF_INET, text, &a.v4.sin_addr) == 1) {
		a.v4.sin_family = AF_INET;
		return a;
	}
	memset(&a, 0, sizeof(a));
	assert_int_equal(inet_pton(AF_INET6, text, &a.v6.sin6_addr), 1);
	a.v6.sin6_family = AF_INET6;
	return a;
}

/* Takes as many as it may, at most `most`; returns how many. */
static size_t take_all(struct seats *s, const char *text, size_t most)
{
	union address a = address_of(text);
	size_t taken = 0;

	while (taken < most && seats_allow(s, &a.any)) {
		assert_int_not_equal(seats_take(s, &a.any), SEAT_NONE);
		taken++;
	}
	return taken;
}

static void one_address_has_a_quarter(void **state)
{
	struct seats *s = seats_new(512);

	(void)state;
	assert_int_equal(take_all(s, "192.0.2.1", 512), 128);
	assert_int_equal(take_all(s, "192.0.2.1", 512), 0);
	assert_int_equal(take_all(s, "192.0.2.2", 512), 128);
	seats_free(s);
	s = seats_new(7);
	assert_int_equal(take_all(s, "192.0.2.1", 7), 4);
	seats_free(s);
}

static void a_host_of_ipv6_is_one_address_whatever_it_calls_itself(void **state)
{
	struct seats *s = seats_new(40);

	(void)state;
	assert_int_equal(take_all(s, "2001:db8::1", 6), 6);
	assert_int_equal(take_all(s, "2001:db8::ffff:2", 40), 4);
	assert_int_equal(take_all(s, "2001:db8:0:1::1", 40), 10);
	assert_int_equal(take_all(s, "192.0.2.1", 40), 10);
	assert_int_equal(take_all(s, "::ffff:192.0.2.1", 40), 0);
	seats_free(s);
}

static void this_machine_may_have_all(void **state)
{
	struct seats *s = seats_new(16);

	(void)state;
	assert_int_equal(take_all(s, "127.0.0.1", 6), 6);
	assert_int_equal(take_all(s, "::1", 6), 6);
	assert_int_equal(take_all(s, "192.0.2.1", 4), 4);
	seats_free(s);
}

static void what_was_left_may_be_taken_again_and_refusals_are_counted(void **state)
{
	struct seats *s = seats_new(16);
	union address a = address_of("192.0.2.1");
	size_t seats[4];
	char *text = NULL;
	size_t length;
	FILE *out;

	(void)state;
	for (int i = 0; i < 4; i++)
		seats[i] = seats_take(s, &a.any);
	assert_false(seats_allow(s, &a.any));
	seats_leave(s, seats[2]);
	seats_leave(s, SEAT_NONE);
	assert_true(seats_allow(s, &a.any));
	assert_int_equal(seats_take(s, &a.any), seats[2]);
	assert_false(seats_allow(s, &a.any));
	for (int i = 0; i < 12; i++)
		assert_int_not_equal(seats_take(s, &a.any), SEAT_NONE);
	assert_int_equal(seats_take(s, &a.any), SEAT_NONE);
	out = open_memstream(&text, &length);
	assert_non_null(out);
	seats_write_metrics(s, out);
	fclose(out);
	assert_non_null(strstr(text, "\nsigcanary_http_refused_total 2\n"));
	free(text);
	seats_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_address_has_a_quarter),
		cmocka_unit_test(a_host_of_ipv6_is_one_address_whatever_it_calls_itself),
		cmocka_unit_test(this_machine_may_have_all),
		cmocka_unit_test(what_was_left_may_be_taken_again_and_refusals_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
