/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What control knows of single outcomes and the workers' cells do not say: refusals that are the network's fault (known.h), and attempts
 * that are not the first (recent.h). Gathered over a tick, then worked into its cells. Owned by control.
 */
#ifndef SIGCANARY_TICK_CORRECTIONS_H
#define SIGCANARY_TICK_CORRECTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "config/plan.h"
#include "dataplane/outcome.h"
#include "dataplane/tally.h"

struct correction {
	struct stream_key key;
	uint32_t moved; /* from OUTCOME_USER to OUTCOME_NETWORK */
	uint32_t repeats;
};

struct corrections {
	struct correction *list;
	size_t count;
	size_t room;
	struct hash_key key;
};

void corrections_open(struct corrections *c, const struct plan *plan);
void corrections_close(struct corrections *c);

/* One outcome, for every stream that it was counted in. Without memory it is left out. */
void corrections_add(struct corrections *c, const struct outcome *o, bool is_moved, bool is_repeat);

/* Works all into the sorted cells of the tick and forgets them. What a cell has not got is not taken from it. */
void corrections_apply(struct corrections *c, struct tally_cell *cells, size_t count);

#endif
