/* SPDX-License-Identifier: BSD-3-Clause */
/* SCTP packets (RFC 9260 3; I-DATA of RFC 8260; FORWARD-TSN of RFC 3758): common header, chunk walk, the chunks that matter. */
#ifndef SIGCANARY_TRANSPORT_SCTP_H
#define SIGCANARY_TRANSPORT_SCTP_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/verdict.h"

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

/* Reads the common header; the cursor then stands at the first chunk. */
enum verdict sctp_read(struct cursor *c, struct sctp *ret);

/* CRC32c over the whole packet from its common header (RFC 9260 6.8). A tap behind an offloading sender sees wrong ones. */
bool sctp_checksum_is_right(const struct cursor *packet);

/*
 * Carves the next chunk and steps over it and its padding. VERDICT_SCTP_CHUNK_LENGTH when it does not fit, unless `is_cut`: then the
 * chunk is what is left of it (VERDICT_FRAME_CUT when not even its header is). Call only while bytes are left.
 */
enum verdict sctp_chunk_read(struct cursor *c, bool is_cut, struct sctp_chunk *ret);

/* DATA or I-DATA. VERDICT_SCTP_CHUNK_VALUE without its fixed part or without user data, VERDICT_FRAME_CUT when the capture cut it there. */
enum verdict sctp_data_read(const struct sctp_chunk *chunk, struct sctp_data *ret);

/* INIT or INIT ACK; verdicts alike. */
enum verdict sctp_init_read(const struct sctp_chunk *chunk, struct sctp_init *ret);

/* New cumulative TSN of FORWARD-TSN or I-FORWARD-TSN. */
enum verdict sctp_forward_tsn_read(const struct sctp_chunk *chunk, uint32_t *ret_tsn);

#endif
