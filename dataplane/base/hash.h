/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Keyed hashing of what the wire can choose, so that nobody can aim at one bucket: SipHash-1-3 for names that are kept and shown, and a
 * folded multiplication (after W. Yi, "wyhash", 2019) for places in tables, five times as fast. The latter is no pseudorandom function:
 * whoever learns its values can find the key, so they never leave the process.
 */
#ifndef SIGCANARY_BASE_HASH_H
#define SIGCANARY_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct hash_key {
	uint64_t k[2];
};

/* SipHash-1-3 of `length` bytes. */
uint64_t hash_bytes(const struct hash_key *key, const void *bytes, size_t length);

/* The same over two words, for keys that are already packed. */
uint64_t hash_words(const struct hash_key *key, uint64_t a, uint64_t b);

/* The 128-bit product of two words, folded. */
static inline uint64_t hash_fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Two words for a place in a table. */
static inline uint64_t hash_pair(const struct hash_key *key, uint64_t a, uint64_t b)
{
	return hash_fold(hash_fold(a ^ key->k[0], b ^ key->k[1]) ^ key->k[1], UINT64_C(0x9e3779b97f4a7c15) ^ key->k[0]);
}

/* `length` bytes for a place in a table: two overlapping ends where they are no multiple of a word, so that nothing beside them is read. */
static inline uint64_t hash_text(const struct hash_key *key, const void *bytes, size_t length)
{
	const uint8_t *at = (const uint8_t *)bytes;
	uint64_t sum = key->k[1] ^ length;
	uint64_t a = 0;
	uint64_t b = 0;

	if (length >= 16) {
		for (size_t i = 0; i + 16 < length; i += 16) {
			memcpy(&a, at + i, 8);
			memcpy(&b, at + i + 8, 8);
			sum = hash_fold(a ^ key->k[0], b ^ sum);
		}
		memcpy(&a, at + length - 16, 8);
		memcpy(&b, at + length - 8, 8);
	} else if (length >= 8) {
		memcpy(&a, at, 8);
		memcpy(&b, at + length - 8, 8);
	} else if (length >= 4) {
		memcpy(&a, at, 4);
		memcpy(&b, at + length - 4, 4);
	} else if (length > 0) {
		a = (uint64_t)at[0] << 16 | (uint64_t)at[length / 2] << 8 | at[length - 1];
	}
	return hash_fold(hash_fold(a ^ key->k[0], b ^ sum) ^ key->k[1], UINT64_C(0x9e3779b97f4a7c15) ^ key->k[0]);
}

/* A fast unkeyed mix of one word (splitmix64's finaliser); only for values that are already keyed or not chosen by the wire. */
static inline uint64_t hash_mix(uint64_t x)
{
	x ^= x >> 30;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

#endif
