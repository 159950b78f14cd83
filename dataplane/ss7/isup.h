/* SPDX-License-Identifier: BSD-3-Clause */
/* ISUP (Q.763) and BICC (Q.1902.3): which circuit or call, and what kind of message. */
#ifndef SIGCANARY_SS7_ISUP_H
#define SIGCANARY_SS7_ISUP_H

#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/ss7/mtp3.h"
#include "dataplane/verdict.h"

struct isup {
	uint32_t circuit; /* identification code; of BICC the call instance code */
	uint8_t type;
};

enum verdict isup_read(struct cursor *c, enum mtp3_variant variant, struct isup *ret);
enum verdict bicc_read(struct cursor *c, struct isup *ret);

#endif
