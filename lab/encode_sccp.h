/* SPDX-License-Identifier: BSD-3-Clause */
/* SCCP connectionless messages (Q.713) and M3UA (RFC 4666) as the lab writes them. */
#ifndef SIGCANARY_LAB_ENCODE_SCCP_H
#define SIGCANARY_LAB_ENCODE_SCCP_H

#include <stdbool.h>

#include "lab/pen.h"

/* UDT and XUDT carry at most 255 octets of user data. */
#define SCCP_USER_MAX          255
#define M3UA_NETWORK_INDICATOR 2

struct sccp_address {
	const char *title; /* E.164 */
	uint8_t ssn;
};

struct sccp_segment {
	bool is_segmented, is_first;
	uint8_t remaining;
	uint32_t reference;
};

struct sccp_unit {
	bool is_extended, is_return; /* XUDT; UDTS or XUDTS */
	uint8_t class_or_cause;      /* protocol class with the return option, or the return cause */
	struct sccp_address called, calling;
	struct sccp_segment segment;
	const uint8_t *user;
	size_t user_length;
};

struct m3ua_label {
	uint32_t opc, dpc, routing_context;
	uint8_t sls;
};

/* A DATA message around one SCCP message. */
void encode_m3ua_data(struct pen *p, const struct m3ua_label *label, const struct sccp_unit *unit);

/* ASP management: class and type as in RFC 4666 3.1.2; the parameters each needs are chosen here. */
void encode_m3ua_management(struct pen *p, uint8_t message_class, uint8_t message_type, uint32_t routing_context);

/* NTFY: the application server has changed its state (3.8.2). */
#define M3UA_AS_INACTIVE 2
#define M3UA_AS_ACTIVE   3
#define M3UA_AS_PENDING  4
void encode_m3ua_notify(struct pen *p, uint16_t state, uint32_t routing_context);

/* DUNA 1, DAVA 2, SCON 4 (3.4) about one point code. */
struct m3ua_route {
	uint32_t point_code, routing_context;
	uint8_t type;
	uint32_t level; /* of congestion, for SCON */
};

void encode_m3ua_route(struct pen *p, const struct m3ua_route *route);

/* SSP or SSA (Q.713 5) about a subsystem of a point code, from the management of one node to that of another. */
struct sccp_subsystem {
	bool is_prohibited;
	uint8_t ssn;
	uint32_t point_code;
};

void encode_m3ua_subsystem(struct pen *p, const struct m3ua_label *label, const struct sccp_subsystem *subsystem);

#endif
