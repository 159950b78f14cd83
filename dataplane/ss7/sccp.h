/* SPDX-License-Identifier: BSD-3-Clause */
/* SCCP (Q.713): messages without a connection, with addresses and segmentation; messages of connections; SCCP management. */
#ifndef SIGCANARY_SS7_SCCP_H
#define SIGCANARY_SS7_SCCP_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/base/digits.h"
#include "dataplane/ss7/mtp3.h"
#include "dataplane/verdict.h"

enum sccp_type {
	SCCP_CR = 1,
	SCCP_CC = 2,
	SCCP_CREF = 3,
	SCCP_RLSD = 4,
	SCCP_RLC = 5,
	SCCP_DT1 = 6,
	SCCP_DT2 = 7,
	SCCP_AK = 8,
	SCCP_UDT = 9,
	SCCP_UDTS = 10,
	SCCP_ED = 11,
	SCCP_EA = 12,
	SCCP_RSR = 13,
	SCCP_RSC = 14,
	SCCP_ERR = 15,
	SCCP_IT = 16,
	SCCP_XUDT = 17,
	SCCP_XUDTS = 18,
	SCCP_LUDT = 19,
	SCCP_LUDTS = 20,
};

#define SCCP_SSN_MANAGEMENT 1
#define SCCP_SSN_HLR        6
#define SCCP_SSN_VLR        7
#define SCCP_SSN_MSC        8
#define SCCP_SSN_SGSN       149

#define SCCP_NUMBERING_E164 1
#define SCCP_NUMBERING_E212 6
#define SCCP_NUMBERING_E214 7

struct sccp_address {
	digits global_title; /* 0: none, or longer than 15 digits */
	uint32_t point_code;
	uint8_t subsystem;
	uint8_t gt_indicator; /* 0 to 4, above reserved; ANSI: 0 to 2 */
	uint8_t translation_type;
	uint8_t numbering_plan;
	uint8_t nature;
	bool has_point_code;
	bool has_subsystem;
	bool routes_on_subsystem; /* RI bit: route on DPC + SSN instead of the global title */
	bool has_ansi_form;       /* T1.112.3 2.3.4 */
};

struct sccp {
	struct sccp_address called;
	struct sccp_address calling;
	struct cursor user;         /* user data (of this segment) */
	uint32_t segment_reference; /* local reference of the segmentation parameter */
	uint8_t type;               /* enum sccp_type */
	uint8_t return_cause;       /* UDTS, XUDTS, LUDTS */
	uint8_t protocol_class;
	uint8_t segments_left; /* remaining segments */
	uint8_t hop_counter;   /* 3.18, 0 when absent */
	uint8_t importance;    /* 3.19, when has_importance */
	bool has_importance;
	uint8_t segment_count; /* of the whole message, filled in by who puts it together; 0 for one that came whole */
	bool is_return;        /* one of the S types: `user` is what could not be delivered */
	bool is_segmented;     /* the segmentation parameter is there and the message has more than one segment */
	bool is_first_segment;
	bool is_connectionless; /* what follows is filled in for the other messages only, what stands before for these only but `user` */
	bool has_source_reference;
	bool has_destination_reference;
	bool has_cause;
	bool has_more; /* DT1, DT2: the next message goes on with the user's data (Q.713 3.7, 3.8) */
	bool has_credit;
	uint8_t credit;                 /* 3.10: AK, IT; CR and CC where they have it */
	uint8_t cause;                  /* CREF refusal, RLSD release, RSR reset, ERR error cause */
	uint32_t source_reference;      /* local reference of who sends (Q.713 3.3) */
	uint32_t destination_reference; /* that of who is sent to (3.2) */
};

struct sccp_management {
	uint32_t affected_point_code;
	uint8_t format; /* 1 SSA, 2 SSP, 3 SST, 4 SOR, 5 SOG, 6 SSC; ANSI: 0xfd SBR, 0xfe SNR, 0xff SRT */
	uint8_t affected_subsystem;
	uint8_t multiplicity;
	uint8_t congestion_level; /* SSC, when has_congestion_level */
	bool has_congestion_level;
};

/* The address parameters of a message as they stand in it, without their length octets. */
struct sccp_addresses {
	struct cursor called;
	struct cursor calling;
};

/*
 * Reads one SCCP message (ITU). The window is the whole MTP3 user part message. A message that is refused leaves `c`, and in `ret` what
 * stood before the place that broke, so that it can be told with its name; type 0 when not even that.
 */
enum verdict sccp_read(struct cursor *c, struct sccp *ret);

/* The same under a label of any enum mtp3_variant, which decides about the form of addresses. */
enum verdict sccp_read_under(uint8_t variant, struct cursor *c, struct sccp *ret);

/* The same, by the general way alone that sccp_read() takes where a message has not its usual form. */
enum verdict sccp_read_any(struct cursor *c, struct sccp *ret);

/*
 * Reads a UDT, or an XUDT without optional part, between two usual addresses (sccp_address.h), but for the addresses: `ret` keeps those it
 * has, and who knows the octets already need not read them again. False when the message is another: sccp_read() has to read or refuse it.
 */
bool sccp_read_usual(const struct cursor *c, struct sccp *ret, struct sccp_addresses *ret_addresses);

/*
 * Reads an SCCP management message out of a connectionless message to subsystem 1. Refused as sccp_read() refuses; format 0 when the
 * message is empty.
 */
enum verdict sccp_management_read(uint8_t variant, struct cursor *c, struct sccp_management *ret);

#endif
