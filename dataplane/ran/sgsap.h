/* SPDX-License-Identifier: BSD-3-Clause */
/* SGsAP (TS 29.118), between MME and MSC: the message, whose it is, why it failed, and the short message that it carries. */
#ifndef SIGCANARY_RAN_SGSAP_H
#define SIGCANARY_RAN_SGSAP_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/base/digits.h"
#include "dataplane/verdict.h"

#define SGSAP_PORT 29118

/* 9.2: messages that begin or end something. */
enum sgsap_type {
	SGSAP_PAGING_REQUEST = 1,
	SGSAP_PAGING_REJECT = 2,
	SGSAP_SERVICE_REQUEST = 6,
	SGSAP_LOCATION_UPDATE_REQUEST = 9,
	SGSAP_LOCATION_UPDATE_ACCEPT = 10,
	SGSAP_LOCATION_UPDATE_REJECT = 11,
	SGSAP_EPS_DETACH_INDICATION = 17,
	SGSAP_EPS_DETACH_ACK = 18,
	SGSAP_IMSI_DETACH_INDICATION = 19,
	SGSAP_IMSI_DETACH_ACK = 20,
	SGSAP_UE_UNREACHABLE = 31,
};

struct sgsap {
	digits imsi;
	struct cursor nas; /* NAS message container (9.4.15): SMS */
	uint8_t type;
	bool has_sgs_cause;
	bool has_reject_cause;
	uint8_t sgs_cause;    /* 9.4.18 */
	uint8_t reject_cause; /* 9.4.16: of mobility management, TS 24.008 */
};

/* Reads one whole message. VERDICT_SGSAP_ELEMENT: `ret` holds the type and what stood before the element that does not fit. */
enum verdict sgsap_read(struct cursor c, struct sgsap *ret);

#endif
