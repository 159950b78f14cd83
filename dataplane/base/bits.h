/* SPDX-License-Identifier: BSD-3-Clause */
/* Bit fields of wire values: bits(value, from, width), bit 0 being the least significant. */
#ifndef SIGCANARY_BASE_BITS_H
#define SIGCANARY_BASE_BITS_H

#include <stdint.h>

/* The `width` bits of `value` that start at bit `from`; width 1 to 31, from + width at most 32. */
static inline uint32_t bits(uint32_t value, unsigned int from, unsigned int width)
{
	return (value >> from) & ((UINT32_C(1) << width) - 1);
}

#endif
