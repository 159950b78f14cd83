/* SPDX-License-Identifier: BSD-3-Clause */
/* BSSAP, what SCCP carries on the A interface (TS 48.006 9): BSSMAP (TS 48.008) between BSS and MSC, DTAP between phone and MSC. */
#ifndef SIGCANARY_RAN_BSSAP_H
#define SIGCANARY_RAN_BSSAP_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/cursor.h"
#include "dataplane/base/digits.h"
#include "dataplane/verdict.h"

/* The discriminator, 48.006 9.2 and 9.3. */
enum bssap_type { BSSAP_BSSMAP = 0, BSSAP_DTAP = 1 };

struct bssap {
	struct cursor layer3;   /* the message to or from the phone; empty: none */
	struct cursor contents; /* BSSMAP: one more such, as Cipher Mode Complete has it; empty: none */
	digits imsi;            /* BSSMAP; 0: none */
	uint8_t type;           /* enum bssap_type */
	uint8_t bssmap;         /* the message type of BSSMAP */
	uint8_t dlci;           /* of DTAP */
	uint8_t cause;          /* BSSMAP, without the bit of extension */
	bool has_cause;
};

/* Reads one message. `ret` is untouched unless VERDICT_DECODED; elements that do not fit end a message, and what stood before counts. */
enum verdict bssap_read(struct cursor c, struct bssap *ret);

#endif
