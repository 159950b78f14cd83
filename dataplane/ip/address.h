/* SPDX-License-Identifier: BSD-3-Clause */
/* An IP address of either family in 16 bytes; IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2). */
#ifndef SIGCANARY_IP_ADDRESS_H
#define SIGCANARY_IP_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct ip_address {
	uint8_t bytes[16];
};

/* Two words, the first eight bytes first, for comparing and hashing; the numbers differ between machines of different byte order. */
static inline void ip_address_words(const struct ip_address *address, uint64_t ret[2])
{
	memcpy(ret, address->bytes, sizeof(address->bytes));
}

static inline bool ip_address_is_same(const struct ip_address *a, const struct ip_address *b)
{
	uint64_t ours[2];
	uint64_t theirs[2];

	ip_address_words(a, ours);
	ip_address_words(b, theirs);
	return ((ours[0] ^ theirs[0]) | (ours[1] ^ theirs[1])) == 0;
}

#endif
