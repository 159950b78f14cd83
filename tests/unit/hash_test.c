/* SPDX-License-Identifier: BSD-3-Clause */
/* Hashes for places in tables: every bit of what goes in counts, the key counts, and nothing beside the bytes is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "dataplane/base/hash.h"

#define LENGTHS 200

static const struct hash_key key = { { UINT64_C(0x243f6a8885a308d3), UINT64_C(0x13198a2e03707344) } };
static const struct hash_key other_key = { { UINT64_C(0x243f6a8885a308d2), UINT64_C(0x13198a2e03707344) } };

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a;
	const uint64_t *y = b;

	return (*x > *y) - (*x < *y);
}

static void assert_all_differ(uint64_t *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	for (size_t i = 1; i < count; i++)
		assert_int_not_equal(values[i - 1], values[i]);
}

/* Memory of exactly this size, so that a sanitizer sees a read beyond it. */
static uint64_t text_hash(const struct hash_key *k, const uint8_t *bytes, size_t length)
{
	uint8_t *exact = malloc(length > 0 ? length : 1);
	uint64_t hash;

	assert_non_null(exact);
	memcpy(exact, bytes, length);
	hash = hash_text(k, exact, length);
	free(exact);
	return hash;
}

static void texts_of_every_length_differ_even_when_all_bytes_are_zero(void **state)
{
	static const uint8_t zeros[LENGTHS];
	static uint64_t hashes[LENGTHS];

	(void)state;
	for (size_t i = 0; i < LENGTHS; i++)
		hashes[i] = text_hash(&key, zeros, i);
	assert_all_differ(hashes, LENGTHS);
}

static void the_same_text_is_the_same_place_wherever_it_lies(void **state)
{
	uint8_t bytes[LENGTHS + 8];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37);
	for (size_t length = 0; length < LENGTHS; length++) {
		for (size_t at = 0; at < 8; at++)
			assert_int_equal(hash_text(&key, bytes + at, length), text_hash(&key, bytes + at, length));
	}
}

/* Differing bits of two hashes. */
static unsigned int distance(uint64_t a, uint64_t b)
{
	return (unsigned int)__builtin_popcountll(a ^ b);
}

static void every_bit_of_a_text_changes_half_of_the_hash(void **state)
{
	uint8_t bytes[LENGTHS];
	double total = 0;
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 29 + 3);
	for (size_t length = 1; length < LENGTHS; length += length < 40 ? 1 : 13) {
		uint64_t before = text_hash(&key, bytes, length);

		for (size_t bit = 0; bit < 8 * length; bit++) {
			unsigned int changed;

			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			changed = distance(before, text_hash(&key, bytes, length));
			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_in_range(changed, 8, 56);
			total += changed;
			count++;
		}
	}
	assert_true(total / (double)count > 31 && total / (double)count < 33);
}

static void every_bit_of_a_pair_changes_half_of_the_hash(void **state)
{
	double total = 0;

	(void)state;
	for (uint64_t i = 0; i < 100; i++) {
		uint64_t a = i * UINT64_C(0x123456789);
		uint64_t b = ~i;
		uint64_t before = hash_pair(&key, a, b);

		for (unsigned int bit = 0; bit < 64; bit++) {
			total += distance(before, hash_pair(&key, a ^ UINT64_C(1) << bit, b));
			total += distance(before, hash_pair(&key, a, b ^ UINT64_C(1) << bit));
		}
	}
	assert_true(total / 12800 > 31 && total / 12800 < 33);
}

static void small_numbers_in_a_row_do_not_meet(void **state)
{
	static uint64_t hashes[256 * 256];

	(void)state;
	for (uint64_t a = 0; a < 256; a++) {
		for (uint64_t b = 0; b < 256; b++)
			hashes[a * 256 + b] = hash_pair(&key, a, b);
	}
	assert_all_differ(hashes, sizeof(hashes) / sizeof(hashes[0]));
}

/* As many places as values: about 1 - 1/e of the places are taken when the values fall at random. */
static void low_bits_fall_evenly_over_a_table(void **state)
{
	static uint8_t taken[65536];
	size_t places = 0;

	(void)state;
	for (uint32_t i = 0; i < 65536; i++) {
		char session[] = "mme1.epc.mnc010.mcc234.3gppnetwork.org;1700000000;00000";
		size_t digit = sizeof(session) - 2;

		for (uint32_t rest = i; rest > 0; rest /= 10)
			session[digit--] = (char)('0' + rest % 10);
		taken[hash_text(&key, session, sizeof(session) - 1) % 65536] = 1;
	}
	for (size_t i = 0; i < sizeof(taken); i++)
		places += taken[i];
	assert_in_range(places, 40900, 41950);
}

static void another_key_gives_other_places(void **state)
{
	static const uint8_t bytes[LENGTHS] = { 1, 2, 3 };

	(void)state;
	for (size_t length = 0; length < LENGTHS; length++)
		assert_int_not_equal(text_hash(&key, bytes, length), text_hash(&other_key, bytes, length));
	for (uint64_t i = 0; i < 1000; i++)
		assert_int_not_equal(hash_pair(&key, i, i), hash_pair(&other_key, i, i));
}

static void the_order_of_a_pair_counts(void **state)
{
	(void)state;
	for (uint64_t i = 1; i < 1000; i++)
		assert_int_not_equal(hash_pair(&key, i, 0), hash_pair(&key, 0, i));
}

static void a_fold_is_the_product_of_two_words_in_one(void **state)
{
	(void)state;
	assert_int_equal(hash_fold(0, 5), 0);
	assert_int_equal(hash_fold(7, 6), 42);
	assert_int_equal(hash_fold(UINT64_C(1) << 63, 2), 1);
	assert_int_equal(hash_fold(UINT64_MAX, UINT64_MAX), UINT64_MAX); /* (2^64-1)^2 = 2^128 - 2^65 + 1: low 1, high 2^64 - 2 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_of_every_length_differ_even_when_all_bytes_are_zero),
		cmocka_unit_test(the_same_text_is_the_same_place_wherever_it_lies),
		cmocka_unit_test(every_bit_of_a_text_changes_half_of_the_hash),
		cmocka_unit_test(every_bit_of_a_pair_changes_half_of_the_hash),
		cmocka_unit_test(small_numbers_in_a_row_do_not_meet),
		cmocka_unit_test(low_bits_fall_evenly_over_a_table),
		cmocka_unit_test(another_key_gives_other_places),
		cmocka_unit_test(the_order_of_a_pair_counts),
		cmocka_unit_test(a_fold_is_the_product_of_two_words_in_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
