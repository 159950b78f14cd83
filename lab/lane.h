/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A lane: one SCTP association (RFC 9260) or TCP connection (RFC 9293) between two nodes, with what both ends have to remember. Side 0
 * opened it.
 */
#ifndef SIGCANARY_LAB_LANE_H
#define SIGCANARY_LAB_LANE_H

#include "lab/agenda.h"
#include "lab/pen.h"
#include "lab/wire.h"

#define LANE_STREAMS      17
#define LANE_GATHER_MAX   1280
#define LANE_GATHER_COUNT 8

enum lane_kind { LANE_SCTP, LANE_TCP };

/* Silent: side 0 has stopped, side 1 has not noticed yet. */
enum lane_state { LANE_UP, LANE_SILENT, LANE_DOWN };

struct lane_side {
	struct wire_port *port;
	uint16_t port_number;
	uint32_t tag;            /* SCTP: what the other side must put into its packets */
	uint32_t next;           /* TSN or sequence number of the next byte or chunk sent */
	uint32_t received;       /* cumulative TSN, or the next sequence number expected */
	uint32_t unacknowledged; /* packets received since we last said so */
	bool acknowledgement_is_planned;
	uint16_t stream_next[LANE_STREAMS];
	/* messages that wait for company (--bundle) */
	uint8_t gathered[LANE_GATHER_MAX];
	size_t gathered_length;
	uint16_t message_length[LANE_GATHER_COUNT], message_stream[LANE_GATHER_COUNT];
	size_t message_count;
};

struct lane {
	enum lane_kind kind;
	enum lane_state state;
	bool is_blind[2]; /* the tap does not show what that side sends */
	uint32_t number;
	uint32_t protocol; /* payload protocol identifier of SCTP */
	struct lane_side side[2];
	struct wire *wire;
	struct agenda *agenda;
};

/* A message from `side`; at most LANE_GATHER_MAX bytes. */
void lane_send(struct lane *l, unsigned int side, uint16_t stream, const struct pen *message);

/* The events of a lane. */
void lane_flush(struct lane *l, unsigned int side);
void lane_acknowledge(struct lane *l, unsigned int side);

/* One whole packet's worth of messages; the two transports. `first` is the first of `count` messages that have gathered. */
void lane_sctp_send(struct lane *l, unsigned int side, uint16_t stream, const uint8_t *bytes, size_t length);
void lane_sctp_flush(struct lane *l, unsigned int side);
void lane_sctp_acknowledge(struct lane *l, unsigned int side);
void lane_sctp_open(struct lane *l);
void lane_sctp_abort(struct lane *l, unsigned int side);
void lane_sctp_close(struct lane *l, unsigned int side);
void lane_sctp_heartbeat(struct lane *l, unsigned int side);
void lane_sctp_heartbeat_answer(struct lane *l, unsigned int side, uint32_t cookie);
void lane_tcp_send(struct lane *l, unsigned int side, const uint8_t *bytes, size_t length);
void lane_tcp_acknowledge(struct lane *l, unsigned int side);
void lane_tcp_open(struct lane *l);
void lane_tcp_reset(struct lane *l, unsigned int side);
void lane_tcp_close(struct lane *l, unsigned int side);

/* Whether that side still sends. */
bool lane_speaks(const struct lane *l, unsigned int side);

/* Everything either end remembers is void; new numbers follow from the word. The lane is up and nothing is sent. */
void lane_renew(struct lane *l, uint64_t word);

/* One packet on the wire, as far as the tap shows that side. */
void lane_put(struct lane *l, unsigned int side, uint8_t protocol, uint8_t *packet, size_t length);

/* A packet has reached `side`: plans its acknowledgement. */
void lane_arrived(struct lane *l, unsigned int side);

#endif
