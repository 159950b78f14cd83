/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What SCTP remembers between packets: per direction of an association which TSNs were seen, and the fragments of unfinished messages.
 *
 * A direction is named by the verification tag it carries and its ports (RFC 9260 6.10, 8.5), not by addresses: multi-homed peers
 * repeat a TSN on another path. Addresses tell two directions with the same tag and ports apart only where the tag is not random
 * (below 65,536) or the TSN is implausible. A direction may be picked up in the middle. Owned by one worker.
 */
#ifndef SIGCANARY_TRANSPORT_ASSOCIATION_H
#define SIGCANARY_TRANSPORT_ASSOCIATION_H

#include <stdbool.h>
#include <stddef.h>

#include "dataplane/base/hash.h"
#include "dataplane/base/nanos.h"
#include "dataplane/ip/address.h"
#include "dataplane/transport/sctp.h"

struct associations;

struct association_limits {
	size_t directions;    /* remembered at once; the longest silent one is forgotten only after `idle` */
	size_t messages;      /* unfinished messages held at once, over all directions */
	size_t message_bytes; /* longest user message */
	nanos idle;           /* a silent direction may be forgotten after this */
	nanos age;            /* an unfinished message is given up after this */
	struct hash_key key;
};

struct association_path {
	struct ip_address source;
	struct ip_address destination;
	uint32_t verification_tag;
	uint16_t source_port;
	uint16_t destination_port;
};

struct user_message {
	struct cursor bytes; /* valid until the next call */
	uint32_t ppid;
	uint16_t stream;
	bool is_reassembled;
	bool is_cut; /* the capture cut the packet: `bytes` is only its beginning */
};

struct association_counters {
	uint64_t directions; /* opened so far */
	uint64_t chunks;     /* DATA that had a direction, seen before or not */
	uint64_t duplicates; /* DATA seen before */
	uint64_t missing;    /* TSNs passed over and never seen, settled once they leave the window or the direction ends */
	uint64_t overdue;    /* TSNs passed over so far, less those that came after all: what is missing, known at once and never exactly.
			     Modulo 2^64: of one worker alone more may have come than were passed over */
	uint64_t restarts;   /* TSN jumped back or far ahead: picked up anew */
	uint64_t strays;     /* DATA just outside the window that nothing had confirmed; not used */
	uint64_t given_up;   /* unfinished messages whose rest never came */
};

struct associations *associations_new(const struct association_limits *limits);
void associations_free(struct associations *a);

/* Which worker owns this direction: the same for every path of it, and for packets of the other direction that reflect its tag. */
uint64_t association_owner(const struct hash_key *key, uint32_t tag, uint16_t source_port, uint16_t destination_port);

/*
 * Takes one DATA chunk. VERDICT_DECODED: `ret` is a whole user message (ordered or not: messages are handed over as they become
 * complete). VERDICT_FRAGMENT_HELD, VERDICT_DUPLICATE, VERDICT_REASSEMBLY_FULL, VERDICT_ASSOCIATIONS_FULL otherwise; VERDICT_FRAME_CUT
 * for a fragment that the capture cut. A TSN outside the window and not far from it (tsn.h) is VERDICT_DUPLICATE until others confirm it.
 * An unfragmented chunk is not copied: `ret` then points into the packet.
 */
enum verdict association_data(struct associations *a, const struct association_path *path, const struct sctp_data *data, nanos clock,
			      struct user_message *ret);

/*
 * Whether the direction that the last chunk of data belongs to has not been told of for a second: then it is now. True where the chunk had
 * no direction.
 */
bool association_is_due(struct associations *a, nanos clock);

/* An INIT ACK travels in the direction whose first TSN it names; an INIT (tag 0) names its sender's TSN but not yet the direction's tag.
 * A repeated one leaves a direction alone that has only begun; where one has gone on for a second, it begins anew (RFC 9260 5.2). */
void association_init_ack(struct associations *a, const struct association_path *path, const struct sctp_init *init, nanos clock);

/* A COOKIE ECHO names no TSN: a direction that has gone on for a second begins anew when its first TSN comes again. */
void association_cookie_echo(struct associations *a, const struct association_path *path);

/* FORWARD-TSN: everything up to it counts as seen. */
void association_forward(struct associations *a, const struct association_path *path, uint32_t tsn, nanos clock);

/*
 * ABORT, SHUTDOWN COMPLETE: the direction is over and its memory free. With the T bit the tag is the receiver's own (RFC 9260 8.5.1), so
 * where the path has no direction that of the swapped path ends. False when there was none, or it had ended before.
 */
bool association_end(struct associations *a, const struct association_path *path);

const struct association_counters *associations_counters(const struct associations *a);

#endif
