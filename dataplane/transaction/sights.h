/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pairs of ends that speak with each other, and which of the two the taps show: who acknowledges chunk after chunk of a peer that is never
 * seen sending is heard by a probe that is half blind. Owned by one worker.
 */
#ifndef SIGCANARY_TRANSACTION_SIGHTS_H
#define SIGCANARY_TRANSACTION_SIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/indication.h"

/* Nothing seen of a direction since so long before it is acknowledged: it is not shown. Reports of each direction come once a second. */
#define SIGHT_SILENCE (2500 * NANOS_PER_MS)

struct sight {
	uint64_t key; /* 0: free */
	nanos first;
	nanos last;
	nanos heard[2]; /* data of either side */
};

struct sights {
	struct sight *places;
	size_t mask;
};

/* Room for `pairs`; false without memory. Close also after a failure. */
bool sights_open(struct sights *s, size_t pairs);
void sights_close(struct sights *s);

/*
 * Takes a report (INDICATION_TRAFFIC): how many chunks of the other direction it acknowledges that nobody has seen. They were acknowledged
 * since key[1], so that data shown from a moment before then on may be what they are.
 */
uint32_t sights_take(struct sights *s, const struct indication *i);

#endif
