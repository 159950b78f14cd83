/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the frames of a bench carry, piece by piece: DATA chunks by their TSN, TCP payloads by their sequence number, each in its sequence.
 * Between bench_find.c, which collects them, and bench_message.c, which finds the transaction ids in them. Sequences are the streams of
 * struct bench_patch.
 */
#ifndef SIGCANARY_BENCH_PIECE_H
#define SIGCANARY_BENCH_PIECE_H

#include "control/command/bench_set.h"
#include "dataplane/ip/address.h"

struct piece {
	const uint8_t *bytes;
	uint8_t *const *where; /* place of each byte in the frames; NULL: `bytes` lies in one frame itself */
	uint32_t length;
	uint32_t sequence; /* index of the sequence it belongs to */
	uint32_t offset;   /* of its number from the sequence's lowest */
	uint32_t number;   /* TSN or TCP sequence number */
	uint32_t ppid;
	bool begins;
	bool ends;
};

struct sequence_key {
	struct ip_address source; /* zero where a random tag names the direction alone */
	struct ip_address destination;
	uint32_t tag; /* 0 for TCP */
	uint16_t source_port;
	uint16_t destination_port;
};

/* A run of numbers in one direction that hang together; after a restart there is another with the same key. */
struct sequence {
	struct sequence_key key;
	uint32_t low;   /* lowest number carried */
	uint32_t high;  /* TCP: behind the last byte; SCTP: highest TSN */
	uint32_t older; /* the sequence before in its bucket, index + 1 */
	size_t first;   /* its pieces, once sorted */
	size_t count;
	bool has_payload;
	bool is_tcp;
	bool is_whole;    /* begins and ends with a message: rounds follow each other without a gap */
	bool has_message; /* TCP: one was found */
};

#define SEQUENCE_BUCKETS 65536

struct pieces {
	struct bench_set *set;
	struct piece *all;
	size_t count;
	size_t room;
	struct sequence *sequences;
	size_t sequence_count;
	size_t sequence_room;
	uint32_t buckets[SEQUENCE_BUCKETS]; /* index + 1 */
	bool is_short_of_memory;
};

/* Where byte `offset` of a piece lies in the frames. */
static inline uint8_t *piece_place(const struct piece *p, size_t offset)
{
	return p->where != NULL ? p->where[offset] : (uint8_t *)(uintptr_t)(p->bytes + offset);
}

/* Finds the transaction ids of a sequence in its sorted pieces and whether it is whole. */
void messages_find_sctp(struct pieces *p, struct sequence *sequence);
void messages_find_tcp(struct pieces *p, struct sequence *sequence);

#endif
