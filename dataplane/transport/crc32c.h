/* SPDX-License-Identifier: BSD-3-Clause */
/* CRC32c, the Castagnoli polynomial in its reflected form (RFC 9260 appendix A). */
#ifndef SIGCANARY_TRANSPORT_CRC32C_H
#define SIGCANARY_TRANSPORT_CRC32C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRC32C_START UINT32_C(0xffffffff)

/* The sum after `length` more bytes; begin with CRC32C_START. Takes the processor's instruction where it has one. */
uint32_t crc32c_add(uint32_t sum, const uint8_t *bytes, size_t length);

/* What a sum is on the wire, as a number whose least significant byte is sent first. */
static inline uint32_t crc32c_end(uint32_t sum)
{
	return ~sum;
}

/* The same by table, on every processor; crc32c_add() chooses. */
uint32_t crc32c_add_portable(uint32_t sum, const uint8_t *bytes, size_t length);

/* In the order of their speed. */
enum crc32c_way {
	CRC32C_TABLE,        /* everywhere, one byte per step */
	CRC32C_SSE42,        /* x86-64, eight bytes per step */
	CRC32C_SSE42_PCLMUL, /* the same three times side by side */
	CRC32C_ARMV8,        /* aarch64, eight bytes per step */
	CRC32C_WAYS
};

/* The same in one way; false where the processor or the build has it not, then `*sum` is as it was. */
bool crc32c_add_by(enum crc32c_way way, uint32_t *sum, const uint8_t *bytes, size_t length);

/* The name of the way that crc32c_add() takes on this processor. */
const char *crc32c_variant(void);

#endif
