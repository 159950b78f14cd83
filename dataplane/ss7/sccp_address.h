/* SPDX-License-Identifier: BSD-3-Clause */
/* Called and calling party addresses (Q.713 3.4, 3.5): private to the SCCP decoder. */
#ifndef SIGCANARY_SS7_SCCP_ADDRESS_H
#define SIGCANARY_SS7_SCCP_ADDRESS_H

#include <stdbool.h>

#include "dataplane/base/cursor.h"
#include "dataplane/ss7/sccp.h"

/*
 * Reads the contents of an address parameter, without its length octet. An empty one is legal and gives an empty address. False when it is
 * shorter than its indicator says; `ret` is untouched then.
 */
bool sccp_address_read(struct cursor value, struct sccp_address *ret);

#endif
