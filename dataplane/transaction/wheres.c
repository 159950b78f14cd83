/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of places that a worker has seen requests go to, see wheres.h. Called by that worker, once per request. */
#include "dataplane/transaction/wheres.h"

#include <string.h>

#include "dataplane/base/memory.h"

bool wheres_open(struct wheres *w, const struct hash_key *key)
{
	memset(w, 0, sizeof(*w));
	w->key = (struct hash_key){ .k = { key->k[0] ^ UINT64_C(0xbf58476d1ce4e5b9), key->k[1] ^ UINT64_C(0x94d049bb133111eb) } };
	w->count = 1;
	w->list = memory_take(WHERES_MAX * sizeof(*w->list));
	w->index = memory_take(WHERES_INDEX * sizeof(*w->index));
	return w->list != NULL && w->index != NULL;
}

void wheres_close(struct wheres *w)
{
	memory_give(w->list, WHERES_MAX * sizeof(*w->list));
	memory_give(w->index, WHERES_INDEX * sizeof(*w->index));
}

uint16_t wheres_search(struct wheres *w, const struct where *where, size_t at)
{
	for (; w->index[at] != 0; at = (at + 1) % WHERES_INDEX) {
		const struct where *known = &w->list[w->index[at]];

		if (known->route == where->route && known->networks == where->networks && known->what == where->what)
			return w->index[at];
	}
	if (w->count == WHERES_MAX) {
		w->refused++;
		return 0;
	}
	w->list[w->count] = *where;
	w->index[at] = (uint16_t)w->count;
	return (uint16_t)w->count++;
}
