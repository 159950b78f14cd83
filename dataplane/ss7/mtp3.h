/* SPDX-License-Identifier: BSD-3-Clause */
/* The MTP3 routing information of a message, whichever adaptation layer brought it (Q.704 2.2, RFC 4666 3.3.1). */
#ifndef SIGCANARY_SS7_MTP3_H
#define SIGCANARY_SS7_MTP3_H

#include <stdint.h>

#define MTP3_SI_SCCP 3
#define MTP3_SI_ISUP 5

enum mtp3_variant { MTP3_ITU, MTP3_ANSI, MTP3_CHINA, MTP3_JAPAN };

struct mtp3 {
	uint32_t opc;
	uint32_t dpc;
	uint8_t service_indicator;
	uint8_t network_indicator;
	uint8_t message_priority;
	uint8_t sls;
	uint8_t variant; /* enum mtp3_variant; ITU unless a point code does not fit 14 bits */
};

#endif
