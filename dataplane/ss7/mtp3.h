/* SPDX-License-Identifier: BSD-3-Clause */
/* The MTP3 routing information of a message, whichever adaptation layer brought it (Q.704 2.2, RFC 4666 3.3.1). */
#ifndef SIGCANARY_SS7_MTP3_H
#define SIGCANARY_SS7_MTP3_H

#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/verdict.h"

#define MTP3_SI_MANAGEMENT   0
#define MTP3_SI_TEST         1
#define MTP3_SI_TEST_SPECIAL 2
#define MTP3_SI_SCCP         3
#define MTP3_SI_TUP          4
#define MTP3_SI_ISUP         5
#define MTP3_SI_BICC         13

enum mtp3_variant { MTP3_ITU, MTP3_ANSI, MTP3_CHINA, MTP3_JAPAN, MTP3_VARIANTS };

struct mtp3 {
	uint32_t opc;
	uint32_t dpc;
	uint8_t service_indicator;
	uint8_t network_indicator;
	uint8_t message_priority;
	uint8_t sls;
	uint8_t variant; /* enum mtp3_variant; where the layer does not say ITU unless a point code does not fit 14 bits */
};

/* Octets of a point code that stands alone, as in messages of management, and the bits of it that count. */
static inline size_t mtp3_point_code_octets(enum mtp3_variant variant)
{
	return variant == MTP3_ANSI || variant == MTP3_CHINA ? 3 : 2;
}

/* Reads the point code at the cursor, low octet first; `ret_above` gets the bits above it, which 14-bit ones leave. */
bool mtp3_point_code_read(struct cursor *c, enum mtp3_variant variant, uint32_t *ret, uint8_t *ret_above);

/* Reads service information octet and routing label; the cursor stands at the user part's message then. */
enum verdict mtp3_read(struct cursor *c, enum mtp3_variant variant, struct mtp3 *ret);

#endif
