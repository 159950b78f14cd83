/* SPDX-License-Identifier: BSD-3-Clause */
/* IUA (RFC 4233): ISDN's layer 2 at a gateway, recognised by class and type; what its messages carry (Q.931) is not read. */
#ifndef SIGCANARY_SIGTRAN_IUA_H
#define SIGCANARY_SIGTRAN_IUA_H

#include <stdbool.h>

#include "dataplane/base/cursor.h"
#include "dataplane/sigtran/xua.h"
#include "dataplane/verdict.h"

#define IUA_PPID 1
#define IUA_PORT 9900

/* Whether the window is a message of IUA. For PPID 0 and odd ports. */
bool iua_is_plausible(const struct cursor *c);

/* Reads one whole message; the window is one SCTP user message. */
enum verdict iua_read(struct cursor *c, struct xua *ret);

#endif
