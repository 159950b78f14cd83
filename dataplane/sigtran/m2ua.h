/* SPDX-License-Identifier: BSD-3-Clause */
/* M2UA (RFC 3331): signalling links that end at a gateway; the messages of MTP3 that they carry, and their management. */
#ifndef SIGCANARY_SIGTRAN_M2UA_H
#define SIGCANARY_SIGTRAN_M2UA_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/sigtran/xua.h"
#include "dataplane/verdict.h"

#define M2UA_PPID 2
#define M2UA_PORT 2904

struct m2ua {
	struct xua xua;
	struct cursor user; /* from the service information octet on */
	bool has_data;
};

/* Whether the window is a message of M2UA. For PPID 0 and odd ports. */
bool m2ua_is_plausible(const struct cursor *c);

/* Reads one whole message; the window is one SCTP user message. */
enum verdict m2ua_read(struct cursor *c, struct m2ua *ret);

#endif
