/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tally of one worker: counts per stream in the tick that runs, sealed at its end.
 *
 * Four slots: the worker counts into one, control reads those that are sealed and gives them back. When control is late and no slot
 * is free the running tick is stretched, which `book_seal` says. What a slot counts (leaves.h) are plain integers owned by the worker until
 * sealing publishes them (release), and by control until it gives them back. Control works the cells out of them.
 */
#ifndef SIGCANARY_TRANSACTION_BOOK_H
#define SIGCANARY_TRANSACTION_BOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "config/plan.h"
#include "dataplane/node.h"
#include "dataplane/tally.h"
#include "dataplane/transaction/wheres.h"

struct book;

/* Whose transaction it is: everything that names a stream. */
struct book_subject {
	digits imsi;
	node client;
	node server;
	uint64_t segments;
	procedure procedure;
	uint16_t where; /* a number of book_wheres() */
	uint8_t bucket; /* book_bucket() of `imsi`: for a keyed hash of every event there is no time */
};

struct book_page {
	nanos start;
	nanos length;                   /* several ticks when control was late */
	const struct tally_cell *cells; /* of DIRECTION by pairs of networks, see tally.h; in no order that means anything; valid until the
					   page is given back */
	size_t count;
	uint64_t packets;
	uint64_t dropped;
	uint64_t sctp_missing; /* modulo 2^64: what was passed over before may have come since, to be settled over all workers */
	uint64_t unseen;
	uint64_t refused_cells;
};

struct book *book_new(const struct plan *plan);
void book_free(struct book *b);

/* The bucket that an IMSI is counted in, below TALLY_BUCKETS; 0 for none. By the plan's key. */
unsigned int book_bucket(const struct hash_key *key, digits imsi);

/* Where requests go and whose they are, by the numbers that subjects bear. Worker's side. */
struct wheres *book_wheres(struct book *b);

/*
 * Worker's side. What an event of a subject will touch first is fetched in two steps, with other work between them: the places of its two
 * rarest leaves in the index, then the leaves.
 */
#define BOOK_FETCHED 2
void book_fetch(const struct book *b, const struct book_subject *s, uint32_t ret_places[BOOK_FETCHED]);
void book_fetch_leaves(const struct book *b, const uint32_t places[BOOK_FETCHED]);

void book_request(struct book *b, const struct book_subject *s);
void book_pending(struct book *b, const struct book_subject *s, unsigned int checkpoint);
/* The class is that of an ending, at most OUTCOME_LATE. `latency` below 0: not answered. */
void book_outcome(struct book *b, const struct book_subject *s, enum outcome_class class, nanos latency);
/* Ends the tick that began at `start`; the sums of the worker since the last seal go with it. False: no free slot, the tick goes on. */
bool book_seal(struct book *b, nanos start, nanos length, const struct book_page *sums);

/* Pages sealed so far. Worker's side. */
unsigned int book_pages(const struct book *b);

/* Counts that found no room for their stream, so far. Worker's side. */
uint64_t book_refused(const struct book *b);

/* Control's side: the oldest sealed page, false when there is none; book_return() gives it back. */
bool book_sealed(struct book *b, struct book_page *ret);
void book_return(struct book *b);

#endif
