/* SPDX-License-Identifier: BSD-3-Clause */
/* Called and calling party addresses (Q.713 3.4, 3.5): for the SCCP decoder, and for who remembers addresses. */
#ifndef SIGCANARY_SS7_SCCP_ADDRESS_H
#define SIGCANARY_SS7_SCCP_ADDRESS_H

#include <stdbool.h>

#include "dataplane/base/bits.h"
#include "dataplane/base/cursor.h"
#include "dataplane/ss7/sccp.h"

/*
 * Reads the contents of an address parameter, without its length octet. An empty one is legal and gives an empty address. False when it is
 * shorter than its indicator says; `ret` then has what stood before.
 */
bool sccp_address_read(struct cursor value, struct sccp_address *ret);

/*
 * The same under a label of any enum mtp3_variant. China and Japan have the ITU's form with point codes of 24 and 16 bits (low octet
 * first). Under an ANSI label the bit for national use says that the address has the form of T1.112.3 2.3.4, else it has the ITU's.
 */
bool sccp_address_read_under(uint8_t variant, struct cursor value, struct sccp_address *ret);

/* The usual address: a subsystem and a global title of form 4 (Q.713 3.4.2.3.4) in three to eight octets, no point code. */
#define SCCP_USUAL_MASK      0x3f /* of the indicator: all but routing and the bit for national use */
#define SCCP_USUAL_INDICATOR 0x12
#define SCCP_USUAL_FIXED     5 /* octets before the digits */
#define SCCP_ENCODING_ODD    1

static inline bool sccp_address_is_usual(const struct cursor *value)
{
	return cursor_left(value) >= 8 && cursor_left(value) <= SCCP_USUAL_FIXED + 8 &&
	       (cursor_fixed_u8(value, 0) & SCCP_USUAL_MASK) == SCCP_USUAL_INDICATOR;
}

/*
 * The same as sccp_address_read() for a usual address, in 45 instructions instead of 110 (250 before digits were read all at once). The
 * last eight octets of the address hold the whole title and something before it, which is shifted out.
 */
static inline void sccp_address_read_usual(const struct cursor *value, struct sccp_address *ret)
{
	size_t octets = cursor_left(value) - SCCP_USUAL_FIXED;
	uint32_t fixed = cursor_fixed_be32(value, 1); /* subsystem, translation type, plan and encoding, nature */
	size_t used = 8 * octets - (bits(fixed, 8, 4) == SCCP_ENCODING_ODD ? 4 : 0);
	uint64_t nibbles = nibbles_swapped(cursor_fixed_be64(value, cursor_left(value) - 8) << (64 - 8 * octets)) |
			   UINT64_MAX >> 1 >> (used - 1);
	unsigned int count = nibbles_count(nibbles);

	*ret = (struct sccp_address){
		.global_title = count <= DIGITS_MAX ? nibbles_number(nibbles, count) : 0,
		.subsystem = (uint8_t)bits(fixed, 24, 8),
		.gt_indicator = 4,
		.translation_type = (uint8_t)bits(fixed, 16, 8),
		.numbering_plan = (uint8_t)bits(fixed, 12, 4),
		.nature = (uint8_t)bits(fixed, 0, 7),
		.has_subsystem = true,
		.routes_on_subsystem = bits(cursor_fixed_u8(value, 0), 6, 1) != 0,
	};
}

#endif
