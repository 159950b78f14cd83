/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The peers of Diameter that one worker has seen, see peer.h: found by the hash of their host in a few places behind each other.
 *
 * Called by the walk of that worker for the base protocol's messages (RFC 6733 5.3 CER and CEA, 5.4 DPR, 5.5 DWR and DWA), which are few:
 * one in some ten seconds and peer. Refuses a new peer when all its places are taken.
 */
#include "dataplane/transaction/peer.h"

#include <stdlib.h>

/* Places in which a peer may be. */
#define PEER_PROBES 16

bool peers_open(struct peers *p)
{
	p->refused = 0;
	p->table = calloc(PEERS_MAX, sizeof(*p->table));
	return p->table != NULL;
}

void peers_close(struct peers *p)
{
	free(p->table);
	p->table = NULL;
}

/* The peer, a free place that is now its own, or NULL. */
static struct peer *peer_of(struct peers *p, uint64_t host)
{
	for (size_t i = 0; i < PEER_PROBES; i++) {
		struct peer *peer = &p->table[(host + i) % PEERS_MAX];

		if (peer->host == 0)
			peer->host = host;
		if (peer->host == host)
			return peer;
	}
	p->refused++;
	return NULL;
}

enum peer_event peers_see(struct peers *p, const struct peer_sight *sight)
{
	struct peer *peer = sight->host != 0 ? peer_of(p, sight->host) : NULL;
	bool has_restarted;

	if (peer == NULL)
		return PEER_NOTHING;
	/* The number only grows (RFC 6733 8.16); a smaller one is a message that was overtaken. */
	has_restarted = peer->state_id != 0 && sight->state_id > peer->state_id;
	if (sight->state_id > peer->state_id)
		peer->state_id = sight->state_id;
	if (has_restarted)
		return PEER_RESTARTED;
	if (sight->state == PEER_IS_CLOSING)
		return PEER_CLOSING;
	return sight->state == PEER_IS_CONNECTED ? PEER_CONNECTED : PEER_NOTHING;
}

const char *peer_event_name(enum peer_event event)
{
	static const char *const names[] = {
		[PEER_NOTHING] = NULL,
		[PEER_CONNECTED] = "connected",
		[PEER_CLOSING] = "closing",
		[PEER_RESTARTED] = "restarted",
	};

	return (size_t)event < sizeof(names) / sizeof(names[0]) ? names[event] : NULL;
}
