/* SPDX-License-Identifier: BSD-3-Clause */
/* The ring of remnants, see remnants.h. Called by entries.c on the worker's thread; nothing allocates after the opening. */
#include "dataplane/transaction/remnants.h"

#include <string.h>

#include "dataplane/base/memory.h"

bool remnants_open(struct remnants *r, size_t capacity)
{
	size_t size = 1;

	memset(r, 0, sizeof(*r));
	while (size < capacity)
		size <<= 1;
	r->mask = (uint32_t)size - 1;
	r->ring = memory_take(size * sizeof(*r->ring));
	return r->ring != NULL;
}

void remnants_close(struct remnants *r)
{
	memory_give(r->ring, ((size_t)r->mask + 1) * sizeof(*r->ring));
}

void remnants_forget(struct remnants *r, nanos clock)
{
	while (r->tail != r->head && remnant_at(r, r->tail)->due <= clock)
		r->tail = (r->tail + 1) & ~REMNANT_FLAG;
}
