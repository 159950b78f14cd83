/* SPDX-License-Identifier: BSD-3-Clause */
/* Messages of MTP3's own: network management (Q.704 15) and tests of links (Q.707 5). */
#ifndef SIGCANARY_SS7_MTP3_MANAGEMENT_H
#define SIGCANARY_SS7_MTP3_MANAGEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/ss7/mtp3.h"
#include "dataplane/verdict.h"

struct mtp3_management {
	uint32_t point_code; /* the destination that the message is about */
	uint8_t group;       /* H0 */
	uint8_t message;     /* H1 */
	uint8_t status;      /* of TFC */
	uint8_t user;        /* of UPU: service indicator of the user part, and why it is not available */
	uint8_t cause;
	bool is_test;
	bool has_point_code;
	bool has_status;
	bool has_user;
};

/* Reads the message behind the label; `mtp3` says which service (0 to 2) and how wide point codes are. */
enum verdict mtp3_management_read(struct cursor *c, const struct mtp3 *mtp3, struct mtp3_management *ret);

#endif
