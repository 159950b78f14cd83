/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SipHash-1-3 after Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012): one round per word, three at the end, the
 * variant hash tables use. Pure functions, called from every thread. Not for pseudonyms: those use base/pseudonym.
 */
#include "dataplane/base/hash.h"

#include <string.h>

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t x, unsigned int by)
{
	return x << by | x >> (64 - by);
}

static inline void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v0 = rotate(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v2 = rotate(s->v2, 32);
}

static inline void sip_start(struct sip *s, const struct hash_key *key)
{
	s->v0 = key->k[0] ^ UINT64_C(0x736f6d6570736575);
	s->v1 = key->k[1] ^ UINT64_C(0x646f72616e646f6d);
	s->v2 = key->k[0] ^ UINT64_C(0x6c7967656e657261);
	s->v3 = key->k[1] ^ UINT64_C(0x7465646279746573);
}

static inline void sip_word(struct sip *s, uint64_t m)
{
	s->v3 ^= m;
	sip_round(s);
	s->v0 ^= m;
}

static inline uint64_t sip_end(struct sip *s)
{
	s->v2 ^= 0xff;
	sip_round(s);
	sip_round(s);
	sip_round(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

uint64_t hash_bytes(const struct hash_key *key, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;
	uint64_t tail = (uint64_t)length << 56;
	size_t whole = length / 8;
	struct sip s;

	sip_start(&s, key);
	for (size_t i = 0; i < whole; i++) {
		uint64_t m;

		memcpy(&m, at + 8 * i, 8);
		sip_word(&s, m);
	}
	for (size_t i = 8 * whole; i < length; i++)
		tail |= (uint64_t)at[i] << (8 * (i & 7));
	sip_word(&s, tail);
	return sip_end(&s);
}

uint64_t hash_words(const struct hash_key *key, uint64_t a, uint64_t b)
{
	struct sip s;

	sip_start(&s, key);
	sip_word(&s, a);
	sip_word(&s, b);
	sip_word(&s, UINT64_C(16) << 56);
	return sip_end(&s);
}
