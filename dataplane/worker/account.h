/* SPDX-License-Identifier: BSD-3-Clause */
/* Every packet exactly once, by verdict; messages by layer. Plain sums of one worker, added up by control. */
#ifndef SIGCANARY_WORKER_ACCOUNT_H
#define SIGCANARY_WORKER_ACCOUNT_H

#include <stdint.h>

#include "dataplane/verdict.h"

enum account_message {
	ACCOUNT_SCTP, /* SCTP packets */
	ACCOUNT_M3UA,
	ACCOUNT_SCCP, /* segments count each */
	ACCOUNT_TCAP,
	ACCOUNT_MAP, /* components */
	ACCOUNT_CAP, /* components */
	ACCOUNT_DIAMETER,
	ACCOUNT_M2PA,
	ACCOUNT_M2UA,
	ACCOUNT_SUA,
	ACCOUNT_IUA,
	ACCOUNT_MTP3,
	ACCOUNT_ISUP,
	ACCOUNT_BSSAP,
	ACCOUNT_RANAP,
	ACCOUNT_SGSAP,
	ACCOUNT_S1AP,
	ACCOUNT_NGAP,
	ACCOUNT_NAS, /* those inside others included */
	ACCOUNT_MESSAGE_COUNT
};

struct account {
	uint64_t packets;
	uint64_t bytes;
	uint64_t verdicts[VERDICT_COUNT];
	uint64_t messages[ACCOUNT_MESSAGE_COUNT];
	uint64_t refused_messages; /* messages with a malformed verdict */
	uint64_t sightings;        /* entries of the watch list seen in messages */
	uint64_t refused_notices;  /* beyond what a tick may bring */
};

static inline void account_packet(struct account *a, enum verdict v, uint64_t bytes)
{
	a->packets++;
	a->bytes += bytes;
	a->verdicts[v]++;
}

/* "sctp", "m3ua", ... */
const char *account_message_name(enum account_message m);

void account_add(struct account *sum, const struct account *a);

#endif
