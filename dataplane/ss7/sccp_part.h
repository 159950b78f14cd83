/* SPDX-License-Identifier: BSD-3-Clause */
/* What all messages of SCCP are made of (Q.713 2): pointers, variable parts and the optional part. Private to the SCCP decoder. */
#ifndef SIGCANARY_SS7_SCCP_PART_H
#define SIGCANARY_SS7_SCCP_PART_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/ss7/mtp3.h"
#include "dataplane/ss7/sccp.h"
#include "dataplane/verdict.h"

/* A point code as a parameter holds it, low octet first: 14 bits in two octets, 24 in three for ANSI and China, 16 for Japan. */
static inline bool sccp_point_code_read(struct cursor *c, uint8_t variant, uint32_t *ret)
{
	uint16_t low = 0;
	uint8_t high = 0;

	if (variant == MTP3_ANSI || variant == MTP3_CHINA) {
		if (cursor_left(c) < 3 || !cursor_le16(c, &low) || !cursor_u8(c, &high))
			return false;
		*ret = (uint32_t)high << 16 | low;
		return true;
	}
	if (!cursor_le16(c, &low))
		return false;
	*ret = variant == MTP3_JAPAN ? low : low & 0x3fffU;
	return true;
}

/* A pointer at `c`: counted from its own, or from its more significant, octet (2.3). `ret_begin` is empty for pointer 0. */
bool sccp_pointer_read(struct cursor *c, bool is_long, struct cursor *ret_begin);

/* The variable part that a mandatory pointer names: a length, of two octets where asked for, then so many octets. */
bool sccp_variable_read(struct cursor *c, bool is_long, bool has_long_length, struct cursor *ret_value);

/*
 * The optional part (2.4, 2.5): name, length, value, until the name 0. A message that ends without it is forgiven. VERDICT_DECODED,
 * VERDICT_SCCP_POINTER or VERDICT_SCCP_ADDRESS; what was read before it broke is in `s`. Addresses and data stand there only in the
 * messages of connections.
 */
enum verdict sccp_optional_read(struct cursor left, uint8_t variant, struct sccp *s);

/* The messages of connections (4.2 to 4.9, 4.12 to 4.17), behind their type: fills `s` as far as it can be read. */
bool sccp_is_of_connection(uint8_t type);
enum verdict sccp_connection_read(struct cursor *c, uint8_t variant, struct sccp *s);

#endif
