/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The distinct subscribers that failed in one incident, and which of them were seen successful again.
 *
 * Exact up to SUBSCRIBERS_EXACT; beyond that an adaptive sample (Wegman; Flajolet 1990): only subscribers whose keyed hash begins with
 * `level` zero bits stay, each standing for 2^level. Unlike a HyperLogLog a sample can take a failure back, knows who recovered and can
 * be counted for any place; its standard error is 1/sqrt(entries), at most 0.8 %. Owned by control.
 */
#ifndef SIGCANARY_INCIDENT_SUBSCRIBERS_H
#define SIGCANARY_INCIDENT_SUBSCRIBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/hash.h"
#include "dataplane/outcome.h"

#define SUBSCRIBERS_EXACT 32768U
#define SUBSCRIBERS_SLOTS (2 * SUBSCRIBERS_EXACT)

struct subscriber {
	digits imsi; /* or the MSISDN, when requests carry no more */
	node server; /* of the last failure */
	node client;
	node route;
	uint64_t segments;
	uint32_t plmn;
	procedure procedure;
	uint8_t rat; /* as of the message, else of its procedure */
	uint8_t direction;
	nanos last_failed; /* time of that request */
	uint32_t failed;   /* requests that failed and were not taken back; 0: not a failing one after all */
	bool is_recovered; /* a later request succeeded */
	bool is_number;    /* known by the MSISDN only */
};

struct subscribers {
	struct hash_key key;
	struct subscriber *slots; /* SUBSCRIBERS_SLOTS, open addressing; imsi 0 is empty */
	size_t count;
	unsigned int level;
};

/* False when there is no memory. */
bool subscribers_make(struct subscribers *s, const struct hash_key *key);
void subscribers_free(struct subscribers *s);
void subscribers_clear(struct subscribers *s);

void subscribers_failed(struct subscribers *s, const struct outcome *o);
/* The failure of `o` did not happen: it was answered after all. */
void subscribers_take_back(struct subscribers *s, const struct outcome *o);
/* `o` succeeded; returns whether its subscriber had failed before. */
bool subscribers_succeeded(struct subscribers *s, const struct outcome *o);

/* The entry of that subscriber, NULL when it is not among them (or not in the sample). */
const struct subscriber *subscribers_find(const struct subscribers *s, digits imsi);

/* How many subscribers one entry stands for: 1 while exact. */
double subscribers_weight(const struct subscribers *s);

#endif
