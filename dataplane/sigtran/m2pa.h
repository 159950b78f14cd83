/* SPDX-License-Identifier: BSD-3-Clause */
/* M2PA (RFC 4165): a signalling link between peers, with the messages of MTP3 and the states of the link. */
#ifndef SIGCANARY_SIGTRAN_M2PA_H
#define SIGCANARY_SIGTRAN_M2PA_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/verdict.h"

#define M2PA_PPID 5
#define M2PA_PORT 3565

#define M2PA_USER_DATA   1
#define M2PA_LINK_STATUS 2

struct m2pa {
	struct cursor user; /* from the service information octet on; empty: an acknowledgement only */
	uint32_t bsn;       /* backward and forward sequence number, 24 bits each */
	uint32_t fsn;
	uint32_t state; /* Link Status */
	uint8_t message_class;
	uint8_t message_type;
	uint8_t priority; /* User Data that is not empty */
	bool has_data;
	bool has_state;
};

/* Whether the window is a message of M2PA. For PPID 0 and odd ports. */
bool m2pa_is_plausible(const struct cursor *c);

/* Reads one whole message; the window is one SCTP user message. Types that are not known are read as far as the sequence numbers. */
enum verdict m2pa_read(struct cursor *c, struct m2pa *ret);

#endif
