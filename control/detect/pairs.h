/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What conditions.c knows of connections: pairs of ends that are or were connected, the host behind an address, and watchdogs that were
 * answered. Private to conditions.c; owned by control.
 */
#ifndef SIGCANARY_DETECT_PAIRS_H
#define SIGCANARY_DETECT_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/nanos.h"
#include "dataplane/node.h"

#define PAIRS_MAX       4096
#define PEERS_KNOWN_MAX 1024

struct pair {
	node client;
	node server;
	nanos changed;
	node about; /* who is held to be down because of it; 0: nobody */
	bool is_down;
	bool is_announced;
	bool has_news;
};

struct known_peer {
	node address;
	node host; /* 0: not known */
	nanos answered;
	unsigned int missed; /* watchdogs since */
};

struct pairs {
	struct pair *list;
	size_t count;
	struct known_peer *peers;
	size_t peer_count;
	size_t news; /* pairs that have some */
	uint64_t refused;
};

struct pair_news {
	node about;
	node other;
	nanos clock;
	bool is_down;
	bool is_announced;
};

bool pairs_open(struct pairs *p);
void pairs_close(struct pairs *p);
void pairs_forget(struct pairs *p);

/* The connection of two ends has ended, or begun. */
void pairs_end(struct pairs *p, node client, node server, bool is_announced, nanos clock);
void pairs_begin(struct pairs *p, node client, node server, nanos clock);

/* The next pair that changed a second ago or earlier, with the end that is to be held down or up because of it; false when there is none.
 */
bool pairs_news(struct pairs *p, nanos now, struct pair_news *ret);

/* A host has this address. */
void pairs_name(struct pairs *p, node address, node host);
/* The host of an address, or the address of a host; 0 when it is not known. */
node pairs_other_name(const struct pairs *p, node n);

/* A watchdog to that address was answered; or was not: how many since the last answer, 0 when there never was one. */
void pairs_answered(struct pairs *p, node address, nanos clock);
unsigned int pairs_missed(struct pairs *p, node address);

#endif
