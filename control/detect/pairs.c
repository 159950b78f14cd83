/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pairs of ends, see pairs.h. Called by conditions.c when a connection ends or begins and for watchdogs, all of which are rare; so the
 * tables are lists. Beyond their room the newest is refused and counted.
 */
#include "control/detect/pairs.h"

#include <stdlib.h>

/* Until then others may follow that show who it is. */
#define SETTLE (1 * NANOS_PER_S)

bool pairs_open(struct pairs *p)
{
	*p = (struct pairs){ .list = calloc(PAIRS_MAX, sizeof(*p->list)), .peers = calloc(PEERS_KNOWN_MAX, sizeof(*p->peers)) };
	return p->list != NULL && p->peers != NULL;
}

void pairs_close(struct pairs *p)
{
	free(p->list);
	free(p->peers);
	*p = (struct pairs){ 0 };
}

void pairs_forget(struct pairs *p)
{
	p->count = 0;
	p->peer_count = 0;
	p->news = 0;
}

/* Whoever of the two is called the server. */
static struct pair *pair_of(struct pairs *p, node client, node server)
{
	for (size_t i = 0; i < p->count; i++) {
		struct pair *pair = &p->list[i];

		if ((pair->client == client && pair->server == server) || (pair->client == server && pair->server == client))
			return pair;
	}
	if (p->count == PAIRS_MAX || client == 0 || server == 0) {
		p->refused++;
		return NULL;
	}
	p->list[p->count] = (struct pair){ .client = client, .server = server };
	return &p->list[p->count++];
}

static void pair_change(struct pairs *p, struct pair *pair, bool is_down, nanos clock)
{
	pair->is_down = is_down;
	pair->changed = clock;
	p->news += !pair->has_news;
	pair->has_news = true;
}

void pairs_end(struct pairs *p, node client, node server, bool is_announced, nanos clock)
{
	struct pair *pair = pair_of(p, client, server);

	if (pair == NULL || pair->is_down)
		return;
	pair->is_announced = is_announced;
	pair_change(p, pair, true, clock);
}

void pairs_begin(struct pairs *p, node client, node server, nanos clock)
{
	struct pair *pair = pair_of(p, client, server);

	if (pair != NULL && pair->is_down)
		pair_change(p, pair, false, clock);
}

static unsigned int pairs_down(const struct pairs *p, node n)
{
	unsigned int count = 0;

	for (size_t i = 0; i < p->count; i++)
		count += p->list[i].is_down && (p->list[i].client == n || p->list[i].server == n);
	return count;
}

bool pairs_news(struct pairs *p, nanos now, struct pair_news *ret)
{
	for (size_t i = 0; p->news > 0 && i < p->count; i++) {
		struct pair *pair = &p->list[i];

		if (!pair->has_news || now - pair->changed < SETTLE)
			continue;
		pair->has_news = false;
		p->news--;
		if (pair->is_down)
			pair->about = pairs_down(p, pair->client) > pairs_down(p, pair->server) ? pair->client : pair->server;
		if (pair->about == 0)
			continue;
		*ret = (struct pair_news){ .about = pair->about,
					   .other = pair->about == pair->server ? pair->client : pair->server,
					   .clock = pair->changed,
					   .is_down = pair->is_down,
					   .is_announced = pair->is_announced };
		return true;
	}
	return false;
}

static struct known_peer *peer_of(struct pairs *p, node address)
{
	for (size_t i = 0; i < p->peer_count; i++) {
		if (p->peers[i].address == address)
			return &p->peers[i];
	}
	if (p->peer_count == PEERS_KNOWN_MAX || !node_is_address(address)) {
		p->refused += node_is_address(address);
		return NULL;
	}
	p->peers[p->peer_count] = (struct known_peer){ .address = address };
	return &p->peers[p->peer_count++];
}

void pairs_name(struct pairs *p, node address, node host)
{
	struct known_peer *peer = peer_of(p, address);

	if (peer != NULL)
		peer->host = host;
}

node pairs_other_name(const struct pairs *p, node n)
{
	for (size_t i = 0; n != 0 && i < p->peer_count; i++) {
		if (p->peers[i].address == n)
			return p->peers[i].host;
		if (p->peers[i].host == n)
			return p->peers[i].address;
	}
	return 0;
}

void pairs_answered(struct pairs *p, node address, nanos clock)
{
	struct known_peer *peer = peer_of(p, address);

	if (peer == NULL)
		return;
	peer->answered = clock;
	peer->missed = 0;
}

unsigned int pairs_missed(struct pairs *p, node address)
{
	struct known_peer *peer = peer_of(p, address);

	if (peer == NULL || peer->answered == 0)
		return 0;
	return ++peer->missed;
}
