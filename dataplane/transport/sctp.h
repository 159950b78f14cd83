/* SPDX-License-Identifier: BSD-3-Clause */
/* SCTP packets (RFC 9260 3; I-DATA of RFC 8260; FORWARD-TSN of RFC 3758): common header, chunk walk, the chunks that matter. */
#ifndef SIGCANARY_TRANSPORT_SCTP_H
#define SIGCANARY_TRANSPORT_SCTP_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/bits.h"
#include "dataplane/base/cursor.h"
#include "dataplane/verdict.h"

/* Bytes of the common header, of a chunk's header and of what stands before user data (RFC 9260 3.1, 3.2, 3.3.1; RFC 8260 2.1). */
#define SCTP_HEADER       12
#define SCTP_CHECKSUM_AT  8
#define SCTP_CHUNK_HEADER 4
#define SCTP_DATA_FIXED   12
#define SCTP_I_DATA_FIXED 16

enum sctp_chunk_type {
	SCTP_DATA = 0,
	SCTP_INIT = 1,
	SCTP_INIT_ACK = 2,
	SCTP_SACK = 3,
	SCTP_HEARTBEAT = 4,
	SCTP_HEARTBEAT_ACK = 5,
	SCTP_ABORT = 6,
	SCTP_SHUTDOWN = 7,
	SCTP_SHUTDOWN_ACK = 8,
	SCTP_ERROR = 9,
	SCTP_COOKIE_ECHO = 10,
	SCTP_COOKIE_ACK = 11,
	SCTP_SHUTDOWN_COMPLETE = 14,
	SCTP_I_DATA = 64,
	SCTP_FORWARD_TSN = 192,
	SCTP_I_FORWARD_TSN = 194,
};

struct sctp {
	uint32_t verification_tag;
	uint32_t checksum; /* as sent; CRC32c, see sctp_checksum_is_right() */
	uint16_t source_port;
	uint16_t destination_port;
};

struct sctp_chunk {
	struct cursor value; /* behind the chunk header, without padding */
	uint8_t type;
	uint8_t flags;
	bool is_cut; /* the window ended first (only where is_cut was given) */
};

struct sctp_data {
	struct cursor user; /* user data of this chunk */
	uint32_t tsn;
	uint32_t ppid;              /* 0 in I-DATA fragments behind the first */
	uint32_t message;           /* stream sequence number, or the message id of I-DATA */
	uint32_t fragment_sequence; /* FSN of I-DATA; 0 for DATA */
	uint16_t stream;
	bool is_unordered;
	bool begins;
	bool ends;
	bool is_i_data;
	bool is_cut; /* the capture cut the chunk: `user` is only its beginning */
};

struct sctp_init {
	uint32_t initiate_tag;
	uint32_t initial_tsn;
	uint16_t outbound_streams;
	uint16_t inbound_streams;
};

/* Causes of one chunk that are looked at. */
#define SCTP_CAUSES_MAX 4

/* What a chunk says that begins, ends or complains about an association. */
struct sctp_event {
	struct sctp_init init;            /* has_init: INIT and INIT ACK */
	uint16_t causes[SCTP_CAUSES_MAX]; /* ABORT and ERROR (RFC 9260 3.3.10), in their order */
	uint8_t cause_count;
	uint8_t type; /* of the chunk */
	bool has_init;
	bool reflects_tag; /* ABORT and SHUTDOWN COMPLETE: the T bit (3.3.7, 3.3.13) */
};

/* Reads the common header; the cursor then stands at the first chunk. */
static inline enum verdict sctp_read(struct cursor *c, struct sctp *ret)
{
	if (cursor_left(c) < SCTP_HEADER)
		return VERDICT_SCTP_TRUNCATED;
	ret->source_port = cursor_fixed_be16(c, 0);
	ret->destination_port = cursor_fixed_be16(c, 2);
	ret->verification_tag = cursor_fixed_be32(c, 4);
	ret->checksum = cursor_fixed_be32(c, SCTP_CHECKSUM_AT);
	cursor_skip(c, SCTP_HEADER);
	return VERDICT_DECODED;
}

/* CRC32c over the whole packet from its common header (RFC 9260 6.8). A tap behind an offloading sender sees wrong ones. */
bool sctp_checksum_is_right(const struct cursor *packet);

/* sctp_chunk_read() of a chunk that is not there as a whole, the last one without its padding, and what is no chunk. */
enum verdict sctp_odd_chunk_read(struct cursor *c, bool is_cut, struct sctp_chunk *ret);

/* The verdict of a chunk that ends inside its fixed part. */
static inline enum verdict sctp_chunk_is_short(const struct sctp_chunk *chunk)
{
	return chunk->is_cut ? VERDICT_FRAME_CUT : VERDICT_SCTP_CHUNK_VALUE;
}

/*
 * Carves the next chunk and steps over it and its padding. VERDICT_SCTP_CHUNK_LENGTH when it does not fit, unless `is_cut`: then the
 * chunk is what is left of it (VERDICT_FRAME_CUT when not even its header is). Call only while bytes are left.
 */
static inline enum verdict sctp_chunk_read(struct cursor *c, bool is_cut, struct sctp_chunk *ret)
{
	size_t left = cursor_left(c);
	size_t length;

	if (left < SCTP_CHUNK_HEADER)
		return sctp_odd_chunk_read(c, is_cut, ret);
	length = cursor_fixed_be16(c, 2);
	if (length < SCTP_CHUNK_HEADER || ((length + 3) & ~(size_t)3) > left)
		return sctp_odd_chunk_read(c, is_cut, ret);
	cursor_part(c, SCTP_CHUNK_HEADER, length - SCTP_CHUNK_HEADER, &ret->value);
	ret->type = cursor_fixed_u8(c, 0);
	ret->flags = cursor_fixed_u8(c, 1);
	ret->is_cut = false;
	cursor_skip(c, (length + 3) & ~(size_t)3);
	return VERDICT_DECODED;
}

/* RFC 8260 2.1: the message id takes the place of the stream sequence number; the last word is the PPID of a first fragment, else the FSN.
 */
static inline void sctp_i_data_read(const struct cursor *fixed, struct sctp_data *data)
{
	uint32_t last = cursor_fixed_be32(fixed, 12);

	data->message = cursor_fixed_be32(fixed, 8);
	data->ppid = data->begins ? last : 0;
	data->fragment_sequence = data->begins ? 0 : last;
}

/* DATA or I-DATA. VERDICT_SCTP_CHUNK_VALUE without its fixed part or without user data, VERDICT_FRAME_CUT when the capture cut it there. */
static inline enum verdict sctp_data_read(const struct sctp_chunk *chunk, struct sctp_data *ret)
{
	const struct cursor *value = &chunk->value;
	bool is_i_data = chunk->type == SCTP_I_DATA;
	size_t fixed = is_i_data ? SCTP_I_DATA_FIXED : SCTP_DATA_FIXED;

	if (cursor_left(value) <= fixed)
		return sctp_chunk_is_short(chunk);
	ret->user = *value;
	cursor_skip(&ret->user, fixed);
	ret->tsn = cursor_fixed_be32(value, 0);
	ret->stream = cursor_fixed_be16(value, 4);
	ret->is_unordered = bits(chunk->flags, 2, 1) != 0;
	ret->begins = bits(chunk->flags, 1, 1) != 0;
	ret->ends = bits(chunk->flags, 0, 1) != 0;
	ret->is_i_data = is_i_data;
	ret->is_cut = chunk->is_cut;
	if (is_i_data) {
		sctp_i_data_read(value, ret);
		return VERDICT_DECODED;
	}
	ret->message = cursor_fixed_be16(value, 6);
	ret->ppid = cursor_fixed_be32(value, 8);
	ret->fragment_sequence = 0;
	return VERDICT_DECODED;
}

/* INIT or INIT ACK; verdicts alike. */
enum verdict sctp_init_read(const struct sctp_chunk *chunk, struct sctp_init *ret);

/* Any chunk; what it does not say is zero. Verdicts of sctp_init_read(); causes that do not fit end the list. */
enum verdict sctp_event_read(const struct sctp_chunk *chunk, struct sctp_event *ret);

/* New cumulative TSN of FORWARD-TSN or I-FORWARD-TSN. */
enum verdict sctp_forward_tsn_read(const struct sctp_chunk *chunk, uint32_t *ret_tsn);

#endif
