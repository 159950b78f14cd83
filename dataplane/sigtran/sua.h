/* SPDX-License-Identifier: BSD-3-Clause */
/* SUA (RFC 3868): the messages of SCCP over IP without MTP3, in the form that SCCP's own have (ss7/sccp.h), and their management. */
#ifndef SIGCANARY_SIGTRAN_SUA_H
#define SIGCANARY_SIGTRAN_SUA_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/sigtran/xua.h"
#include "dataplane/ss7/sccp.h"
#include "dataplane/verdict.h"

#define SUA_PPID 4
#define SUA_PORT 14001

struct sua {
	struct xua xua;
	bool has_form; /* it is a message of SCCP */
	bool has_data;
};

/* Whether the window is a message of SUA. For PPID 0 and odd ports. */
bool sua_is_plausible(const struct cursor *c);

/*
 * Reads one whole message; the window is one SCTP user message. `ret_sccp` is filled in when has_form, with the type of the corresponding
 * message of SCCP (RFC 3868 3.3, 3.4): UDT for CLDT, UDTS for CLDR, CR for CORE and so on; its windows are empty without data.
 */
enum verdict sua_read(struct cursor *c, struct sua *ret, struct sccp *ret_sccp);

#endif
