/* SPDX-License-Identifier: BSD-3-Clause */
/* M3UA (RFC 4666): the common header, the DATA message's protocol data, and management messages with what they name. */
#ifndef SIGCANARY_SIGTRAN_M3UA_H
#define SIGCANARY_SIGTRAN_M3UA_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/sigtran/xua.h"
#include "dataplane/ss7/mtp3.h"
#include "dataplane/verdict.h"

#define M3UA_PPID 3
#define M3UA_PORT 2905

struct m3ua {
	struct mtp3 mtp3;         /* DATA only: filled from the protocol data parameter */
	struct cursor user;       /* DATA only: the MTP3 user part's message */
	uint32_t routing_context; /* the first one */
	uint32_t network_appearance;
	bool has_routing_context;
	bool has_network_appearance;
	bool is_data;
	uint8_t message_class;
	uint8_t message_type;
	struct xua xua; /* filled in for the other messages only */
};

/* Whether the window begins like M3UA: version 1, reserved 0, known class, a length that fits. For PPID 0 and odd ports. */
bool m3ua_is_plausible(const struct cursor *c);

/* Reads one whole message; the window is one SCTP user message. A missing final padding is forgiven. */
enum verdict m3ua_read(struct cursor *c, struct m3ua *ret);

/* The same, by the general way alone that m3ua_read() takes where a message has not its usual form. */
enum verdict m3ua_read_any(struct cursor *c, struct m3ua *ret);

#endif
