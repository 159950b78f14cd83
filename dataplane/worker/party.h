/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who sends and who is sent to, by the bytes of their SCCP addresses.
 *
 * The addresses of nodes come again with every message: the octets of the parameter and the point code of the routing label are looked up,
 * and what they mean (title, node, segments) is there. A subscriber's address (E.212, E.214) does not come again soon and is read each
 * time. A set holds two: one that has been seen again, and the newest one, which is the one to go; so numbers of subscribers that look like
 * those of nodes push out each other, and no busy node. Looking up both parties takes 125 instructions; reading their addresses alone
 * took 145, and the segments of both titles 136 more per request. Owned by one worker.
 */
#ifndef SIGCANARY_WORKER_PARTY_H
#define SIGCANARY_WORKER_PARTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/hash.h"
#include "dataplane/node.h"
#include "dataplane/ss7/mtp3.h"
#include "dataplane/ss7/sccp.h"

/* 256 KiB: some thousand nodes, each behind one or two point codes, and less than a core's second cache. */
#define PARTY_SETS 2048
#define PARTY_WAYS 2

/* One cache line. What is found by `octets` and `length` alone never differs from what reading the address anew would give. */
struct party {
	uint64_t octets[2];  /* the address, up to 13 octets, and in the last three the label's point code */
	uint32_t point_code; /* of the party: the address's, or else the label's */
	uint8_t length;      /* of the address; 0: a free place, or not remembered */
	bool has_segments;   /* they have been asked for */
	uint16_t country;    /* of the title, see plmn.h; 0: not known */
	node node;           /* the title where it names a node, else the point code */
	uint64_t segments;   /* of point code and title, filled in by who asks first */
	struct sccp_address address;
};

_Static_assert(sizeof(struct party) == 64, "a party is a cache line");

enum party_side { PARTY_CALLED, PARTY_CALLING, PARTY_SIDES };

struct parties {
	struct hash_key key;
	struct party (*sets)[PARTY_WAYS];
	struct party *party[PARTY_SIDES]; /* of the message at hand: in a set, or one of the next two */
	struct party passing[PARTY_SIDES];
};

/* Takes the memory; false when there is none. parties_close() also after a failure. */
bool parties_open(struct parties *p, const struct hash_key *key);
void parties_close(struct parties *p);

/* Forgets everything: after a reload the segments are others. */
void parties_renew(struct parties *p);

/* The two parties of a message of the usual form, into p->party[]. They stay valid until the next call of this or the next function. */
void parties_find(struct parties *p, const struct sccp_addresses *addresses, const struct mtp3 *label);

/* The same for addresses of any form that have been read already; nothing is remembered. */
void parties_pass(struct parties *p, const struct sccp *sccp, const struct mtp3 *label);

#endif
