/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * User messages put together from DATA and I-DATA fragments (RFC 9260 6.9, RFC 8260 2.2), in whatever order these come.
 *
 * Fragments of one message follow each other without a gap in a number: the TSN for DATA, the fragment sequence number for I-DATA. What is
 * held is therefore a run: neighbours joined so far, their bytes in a chain of small blocks from a common pool. A run with a beginning and
 * an end is a message. Owned by one worker; memory is taken at start.
 */
#ifndef SIGCANARY_TRANSPORT_REASSEMBLY_H
#define SIGCANARY_TRANSPORT_REASSEMBLY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "dataplane/base/nanos.h"
#include "dataplane/transport/sctp.h"

struct reassembly;
struct reassembly_run;

/* The runs of one direction; lives in the direction and is emptied by reassembly_forget(). */
LIST_HEAD(reassembly_runs, reassembly_run);

struct reassembly_limits {
	size_t runs;          /* held at once, over all directions */
	size_t message_bytes; /* longest message */
	nanos age;            /* a run is given up after this */
};

/* `given_up` is where messages given up are counted. NULL when there is no memory. */
struct reassembly *reassembly_new(const struct reassembly_limits *limits, uint64_t *given_up);
void reassembly_free(struct reassembly *r);

/*
 * Takes a fragment whose TSN has not been seen. VERDICT_DECODED: `ret_bytes` is the whole message, valid until the next call, `ret_ppid`
 * that of its first fragment. VERDICT_FRAGMENT_HELD: waits for others. VERDICT_REASSEMBLY_FULL: no room, or longer than a message may be.
 */
enum verdict reassembly_take(struct reassembly *r, struct reassembly_runs *runs, const struct sctp_data *fragment, nanos clock,
			     struct cursor *ret_bytes, uint32_t *ret_ppid);

/* Gives up what has waited too long, in all directions. */
void reassembly_expire(struct reassembly *r, nanos clock);

/* Gives up all runs of a direction. */
void reassembly_forget(struct reassembly *r, struct reassembly_runs *runs);

#endif
