/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Diameter peers by their Origin-Host, as capabilities exchange, watchdog and disconnection tell of them (RFC 6733 5.3 to 5.5, 8.16).
 *
 * A table of fixed size, owned by one worker. A peer that finds no place is not followed and counted; none is ever pushed out. What a
 * worker does not see (the other direction of an SCTP association may be another's) it does not know: events depend on what passed here.
 */
#ifndef SIGCANARY_TRANSACTION_PEER_H
#define SIGCANARY_TRANSACTION_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PEERS_MAX 1024

enum peer_event {
	PEER_NOTHING,
	PEER_CONNECTED, /* its answer to the capabilities exchange was a success */
	PEER_CLOSING,   /* asked for disconnection */
	PEER_RESTARTED, /* its Origin-State-Id has grown: sessions it had are gone */
};

enum peer_state { PEER_UNKNOWN, PEER_IS_CONNECTED, PEER_IS_CLOSING };

/* What one message of a peer says of it. */
struct peer_sight {
	uint64_t host;         /* hash of its Origin-Host; 0: none */
	uint32_t state_id;     /* Origin-State-Id; 0 where it is absent or says nothing (RFC 6733 8.16) */
	enum peer_state state; /* what the message makes of the peer, PEER_UNKNOWN when it changes nothing */
};

struct peer {
	uint64_t host; /* 0: free */
	uint32_t state_id;
};

struct peers {
	struct peer *table;
	uint64_t refused;
};

/* False when there is no memory. */
bool peers_open(struct peers *p);
void peers_close(struct peers *p);

/* Takes what a message says. The worst that is new in it comes back: a restart, then a disconnection, then a connection. */
enum peer_event peers_see(struct peers *p, const struct peer_sight *sight);

/* "connected", "closing", "restarted"; NULL for PEER_NOTHING. */
const char *peer_event_name(enum peer_event event);

#endif
