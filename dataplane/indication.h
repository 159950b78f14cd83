/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The second seam: one protocol meaning, between decoding and bookkeeping. No pointers, two cache lines, copied by value to the
 * worker that owns its transaction.
 *
 * `key` names the transaction on the side of its requester and is computed alike from request and answer: for TCAP from the
 * requester's address and transaction id, for Diameter from the session, the end-to-end identifier and the command (hop-by-hop and
 * connection where there is no session). One TCAP key may hold several invokes, told apart by `invoke`. For procedures inside a connection
 * of SCCP it is the point code and local reference of the side that asked for the connection, and `invoke` tells the procedures apart.
 */
#ifndef SIGCANARY_INDICATION_H
#define SIGCANARY_INDICATION_H

#include <stdint.h>

#include "dataplane/base/digits.h"
#include "dataplane/base/nanos.h"
#include "dataplane/codes/codes.h"
#include "dataplane/node.h"

enum indication_kind {
	INDICATION_REQUEST,  /* opens a transaction */
	INDICATION_RESULT,   /* its good end, or an answer with a result code: class and cause say which */
	INDICATION_ABORT,    /* ends every open request under `key` */
	INDICATION_END,      /* the dialogue ended: requests of `key` that had no component are answered without one */
	INDICATION_RETURNED, /* SCCP brought our own request back undelivered */
	INDICATION_SIGHTED,  /* belongs to no transaction: entry `cause` of the watch list stands in the message */
	INDICATION_NOTICE,   /* belongs to no transaction: what the network says of itself, see notice.h */
	INDICATION_TRAFFIC,  /* belongs to no transaction: what one direction of the pair `key[0]` showed lately (since `key[1]`), see
				transaction/sights.h */
	INDICATION_ALIAS,    /* `key[0]` is the other side's name of the connection `key[1]`; 0: the connection of `key[0]` is no more */
	INDICATION_IDENTITY, /* whose connection `key` is: `imsi` and its `segments` */
};

/* How an indication belongs to a connection of SCCP; then `key[0]` names one side of it, see INDICATION_ALIAS. */
enum indication_link {
	LINK_NONE,
	LINK_OPENING, /* in the request for the connection */
	LINK_WITHIN,
};

struct indication {
	uint64_t key[2];
	uint64_t sequence; /* of the frame in which the message became complete */
	nanos time;
	nanos clock;
	digits imsi;
	digits msisdn;
	node client;       /* who asks */
	node server;       /* who is asked, or who answers */
	node route;        /* far end of the link that a request was seen on, see DIMENSION_ROUTE; 0: not known */
	uint64_t segments; /* bit per configured segment that the request belongs to */
	uint32_t frame;
	uint32_t cause; /* number within cause_layer */
	procedure procedure;
	uint16_t order; /* among the indications of one frame */
	int16_t invoke; /* TCAP invoke id; -1 for Diameter; in connections the protocol and type of the message that asks */
	uint16_t tap;
	uint32_t meeting;    /* not 0: decides the owner in place of `key`, the same for everything between two nodes */
	uint32_t plmn;       /* visited network of a request, see plmn.h; 0: not known */
	uint32_t amount;     /* of a notice, see notice.h; of traffic the chunks it acknowledges; others leave it as it was */
	uint8_t kind;        /* enum indication_kind */
	uint8_t cause_layer; /* enum cause_layer */
	uint8_t outcome;     /* enum outcome_class of results, aborts and returns */
	uint8_t rat;         /* enum rat, RAT_NONE for the procedure's own */
	uint8_t diagnostic;  /* of the error, 255 when absent */
	uint8_t is_repeat;   /* the request says of itself that it is a retransmission (Diameter T bit) */
	uint8_t link;        /* enum indication_link; an end in a connection ends the request of `invoke`, or all for -1 */
	uint8_t pad[5];
};

_Static_assert(sizeof(struct indication) == 128, "an indication is two cache lines");

#endif
