/* SPDX-License-Identifier: BSD-3-Clause */
/* Nodes as words and as text, see node.h. Pure functions. */
#include "dataplane/node.h"

#include <inttypes.h>
#include <stdio.h>

node node_of_digits(digits d)
{
	unsigned int count = digits_count(d);
	node n = NODE_GLOBAL_TITLE;

	if (count == 0)
		return 0;
	for (unsigned int i = 0; i < DIGITS_MAX; i++)
		n = n << 4 | (i < count ? digits_at(d, i) : 15);
	return n;
}

digits node_digits(node n)
{
	digits d = 0;

	for (unsigned int i = 0; i < DIGITS_MAX; i++) {
		if (!digits_append(&d, (unsigned int)(n >> (56 - 4 * i)) & 15))
			break;
	}
	return d;
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
	case NODE_NONE:
		break;
	}
	text[0] = '\0';
	return 0;
}
