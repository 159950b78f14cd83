/* SPDX-License-Identifier: BSD-3-Clause */
/* The digit trie, by hand and against plain comparison of prefixes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/base/hash.h"
#include "dataplane/segment/trie.h"

static digits number_of(const char *text)
{
	digits number = 0;

	assert_true(digits_read_text(text, strlen(text), &number));
	return number;
}

static void a_number_belongs_to_all_prefixes_it_begins_with(void **state)
{
	struct trie *t = trie_new();

	(void)state;
	assert_non_null(t);
	assert_true(trie_add(t, number_of("2341060"), 2));
	assert_true(trie_add(t, number_of("23410"), 1));
	assert_true(trie_add(t, number_of("234106012"), 4));
	assert_true(trie_add(t, number_of("23410"), 8));
	trie_seal(t);
	assert_int_equal(trie_find(t, number_of("234106012345678")), 15);
	assert_int_equal(trie_find(t, number_of("234106099999999")), 11);
	assert_int_equal(trie_find(t, number_of("234100000000000")), 9);
	assert_int_equal(trie_find(t, number_of("23410")), 9);
	assert_int_equal(trie_find(t, number_of("2341")), 0);
	assert_int_equal(trie_find(t, number_of("23510")), 0);
	trie_free(t);
}

static void no_number_belongs_nowhere_even_with_an_empty_prefix(void **state)
{
	struct trie *t = trie_new();

	(void)state;
	assert_true(trie_add(t, 0, 16));
	assert_true(trie_add(t, number_of("7"), 1));
	trie_seal(t);
	assert_int_equal(trie_find(t, 0), 0);
	assert_int_equal(trie_find(t, number_of("1")), 16);
	assert_int_equal(trie_find(t, number_of("70")), 17);
	trie_free(t);
	trie_free(NULL);
}

static void a_sign_ends_the_prefix_and_is_refused_in_one(void **state)
{
	struct trie *t = trie_new();
	digits starred = number_of("44");

	(void)state;
	assert_true(digits_append(&starred, 10)); /* * */
	assert_false(trie_add(t, starred, 1));
	assert_true(trie_add(t, number_of("44"), 2));
	trie_seal(t);
	assert_true(digits_append(&starred, 7));
	assert_int_equal(trie_find(t, starred), 2);
	trie_free(t);
}

static void a_number_of_fifteen_digits_is_a_prefix_of_itself(void **state)
{
	struct trie *t = trie_new();

	(void)state;
	assert_true(trie_add(t, number_of("234100000000001"), 1));
	trie_seal(t);
	assert_int_equal(trie_find(t, number_of("234100000000001")), 1);
	assert_int_equal(trie_find(t, number_of("23410000000000")), 0);
	assert_int_equal(trie_find(t, number_of("234100000000002")), 0);
	trie_free(t);
}

/* Numbers of few different digits, so that prefixes nest. */
static digits number_random(uint64_t *seed, unsigned int longest)
{
	digits number = 0;
	uint64_t bits = hash_mix(++*seed);
	unsigned int count = 1 + (unsigned int)(bits % longest);

	for (unsigned int i = 0; i < count; i++)
		digits_append(&number, (unsigned int)(bits >> (8 + 3 * i)) & 7);
	return number;
}

static void it_agrees_with_comparing_every_prefix(void **state)
{
	digits prefixes[500];
	uint64_t seed = 1;
	struct trie *t = trie_new();

	(void)state;
	for (size_t i = 0; i < 500; i++) {
		prefixes[i] = number_random(&seed, 6);
		assert_true(trie_add(t, prefixes[i], UINT64_C(1) << i % 64));
	}
	trie_seal(t);
	for (size_t i = 0; i < 20000; i++) {
		digits number = number_random(&seed, 15);
		uint64_t expected = 0;

		for (size_t j = 0; j < 500; j++)
			expected |= digits_begin_with(number, prefixes[j]) ? UINT64_C(1) << j % 64 : 0;
		assert_int_equal(trie_find(t, number), expected);
	}
	trie_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_belongs_to_all_prefixes_it_begins_with),
		cmocka_unit_test(no_number_belongs_nowhere_even_with_an_empty_prefix),
		cmocka_unit_test(a_sign_ends_the_prefix_and_is_refused_in_one),
		cmocka_unit_test(a_number_of_fifteen_digits_is_a_prefix_of_itself),
		cmocka_unit_test(it_agrees_with_comparing_every_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
