/* SPDX-License-Identifier: BSD-3-Clause */
/* RANAP, what SCCP carries on Iu between an RNC and an MSC or SGSN (TS 25.413). */
#ifndef SIGCANARY_RAN_RANAP_H
#define SIGCANARY_RAN_RANAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/base/digits.h"
#include "dataplane/verdict.h"

/* CN-DomainIndicator, 25.413 9.2.1.5. */
enum ranap_domain { RANAP_DOMAIN_CS, RANAP_DOMAIN_PS, RANAP_DOMAIN_NONE };

/* Procedure codes that mean something to others, 25.413 9.3.6. */
enum ranap_procedure {
	RANAP_IU_RELEASE = 1,
	RANAP_SECURITY_MODE = 6,
	RANAP_RESET = 9,
	RANAP_COMMON_ID = 15,
	RANAP_INITIAL_UE = 19,
	RANAP_DIRECT_TRANSFER = 20,
};

struct ranap {
	struct cursor nas;   /* the NAS-PDU; empty: none */
	digits imsi;         /* permanentNAS-UE-ID; 0: none */
	uint16_t cause;      /* the number of the cause, 1 to 512 (9.2.1.4) */
	uint8_t cause_group; /* which alternative of the cause: 0 radioNetwork, 1 transmissionNetwork, 2 nAS, 3 protocol, 4 misc, ... */
	uint8_t procedure_code;
	uint8_t kind;   /* enum elementary_kind of per.h */
	uint8_t domain; /* enum ranap_domain */
	bool has_cause;
};

/*
 * Reads one message. `ret` is untouched unless VERDICT_DECODED. Of a message that ends among its parts, what stood before counts, so that
 * it is known by its procedure.
 */
enum verdict ranap_read(struct cursor c, struct ranap *ret);

#endif
