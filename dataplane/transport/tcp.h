/* SPDX-License-Identifier: BSD-3-Clause */
/* TCP segments (RFC 9293 3.1). */
#ifndef SIGCANARY_TRANSPORT_TCP_H
#define SIGCANARY_TRANSPORT_TCP_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/verdict.h"

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

struct tcp {
	struct cursor payload;
	uint32_t sequence;
	uint32_t acknowledgement;
	uint16_t source_port;
	uint16_t destination_port;
	uint8_t flags;
};

/* Reads a header with its options; VERDICT_TCP_TRUNCATED or VERDICT_TCP_OFFSET when it does not fit. */
enum verdict tcp_read(struct cursor *c, struct tcp *ret);

#endif
