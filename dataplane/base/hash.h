/* SPDX-License-Identifier: BSD-3-Clause */
/* Keyed hashing of what the wire can choose: SipHash-1-3, so that nobody can aim at one bucket. */
#ifndef SIGCANARY_BASE_HASH_H
#define SIGCANARY_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_key {
	uint64_t k[2];
};

/* SipHash-1-3 of `length` bytes. */
uint64_t hash_bytes(const struct hash_key *key, const void *bytes, size_t length);

/* The same over two words, for keys that are already packed. */
uint64_t hash_words(const struct hash_key *key, uint64_t a, uint64_t b);

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
