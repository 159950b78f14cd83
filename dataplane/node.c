/* SPDX-License-Identifier: BSD-3-Clause */
/* Nodes as words and as text, see node.h. Pure functions. */
#include "dataplane/node.h"

#include <inttypes.h>
#include <stdio.h>

digits node_digits(node n)
{
	uint64_t nibbles = n << 4 | 15;

	return nibbles_number(nibbles, nibbles_count(nibbles));
}

size_t node_write(node n, char text[NODE_TEXT_MAX])
{
	switch (node_kind(n)) {
	case NODE_GLOBAL_TITLE:
		return digits_write(node_digits(n), text);
	case NODE_POINT_CODE:
		return (size_t)snprintf(text, NODE_TEXT_MAX, "pc:%" PRIu32, (uint32_t)n);
	case NODE_HOST:
		return (size_t)snprintf(text, NODE_TEXT_MAX, "host:%015" PRIx64, n & UINT64_C(0x0fffffffffffffff));
	case NODE_IPV4:
		return (size_t)snprintf(text, NODE_TEXT_MAX, "%u.%u.%u.%u", (unsigned int)(n >> 24 & 255), (unsigned int)(n >> 16 & 255),
					(unsigned int)(n >> 8 & 255), (unsigned int)(n & 255));
	case NODE_IPV6:
		return (size_t)snprintf(text, NODE_TEXT_MAX, "ipv6:%015" PRIx64, n & UINT64_C(0x0fffffffffffffff));
	case NODE_TAP:
		return (size_t)snprintf(text, NODE_TEXT_MAX, "tap");
	case NODE_NONE:
		break;
	}
	text[0] = '\0';
	return 0;
}
