/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Connections of SCCP by the names that their two sides have for them: what the asking side sends bears the other side's name, and all
 * transactions are kept under its own. Each connection has two records, one under either name. Owned by one worker.
 *
 * A record is looked for in CONNECTIONS_REACH places behind the one of its key, so that no loop is long and nothing has to be moved when
 * one goes. Where all are taken, one goes that nothing was heard of for longer than SCCP itself allows.
 */
#ifndef SIGCANARY_TRANSACTION_CONNECTIONS_H
#define SIGCANARY_TRANSACTION_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/digits.h"
#include "dataplane/base/nanos.h"

#define CONNECTIONS_REACH 16
/* Q.714 annex C, T(iar): at most 21 minutes; then a side that has heard nothing releases the connection. */
#define CONNECTION_AGE (21 * 60 * NANOS_PER_S)
/* The second word of the key of all transactions in connections: nothing but the first tells them apart. */
#define CONNECTION_PARTY (UINT64_C(1) << 32)

struct connection {
	uint64_t key;
	uint64_t other; /* the name on the other side */
	nanos heard;    /* by the clock */
	digits imsi;    /* whose it is, 0 while that is not known; not of an alias */
	uint64_t segments;
	uint32_t life; /* that of the table in which it was made; another one: the place is free */
	bool is_alias; /* `other` is the name of the side that asked for the connection */
};

struct connections {
	struct connection *list;
	size_t capacity; /* a power of two */
	uint32_t life;
	uint64_t refused; /* connections that found no room */
};

/* Takes memory for at least `capacity` records, of which none is touched yet; false when there is none. Close also after a failure. */
bool connections_open(struct connections *c, size_t capacity);
void connections_close(struct connections *c);
/* Forgets all; the count of refused ones stays. */
void connections_reset(struct connections *c);

/* The record under that name, NULL when there is none. */
struct connection *connections_find(struct connections *c, uint64_t key, nanos clock);

/*
 * Both are names of one connection from now on, `key` that of the side which asked for it. Returns its record under that name, as it was if
 * they were known to be; NULL when there is no room.
 */
struct connection *connections_join(struct connections *c, uint64_t key, uint64_t alias, nanos clock);

/* The connection with this name is no more. */
void connections_part(struct connections *c, uint64_t key);

#endif
