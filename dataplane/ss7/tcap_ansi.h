/* SPDX-License-Identifier: BSD-3-Clause */
/* TCAP of ANSI (T1.114): package types, transaction ids and components, in the same structs as the ITU's. */
#ifndef SIGCANARY_SS7_TCAP_ANSI_H
#define SIGCANARY_SS7_TCAP_ANSI_H

#include <stdbool.h>

#include "dataplane/base/cursor.h"
#include "dataplane/ss7/tcap.h"
#include "dataplane/verdict.h"

/* The family of operations that IS-41 has among the private ones (TIA-41.551 3). */
#define TCAP_ANSI_FAMILY_IS41 9

/* Whether the message begins with a package type of T1.114.3 3.1: no tag of the ITU's is among them. */
bool tcap_ansi_is_package(const struct cursor *c);

/* As tcap_read(): refused messages leave in `ret` their type and what could be read. */
enum verdict tcap_ansi_read(struct cursor *c, struct tcap *ret);

/*
 * As tcap_component_read(). The operation is its two octets as one number, family first (bit 8 of the family, which asks for a reply,
 * included); `operation_space` says whose.
 */
enum verdict tcap_ansi_component_read(struct cursor *components, struct tcap_component *ret);

#endif
