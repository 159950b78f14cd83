/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A NAS message between the phone and the core, whichever interface carries it: GSM and UMTS (TS 24.008), EPS (TS 24.301), 5GS (TS 24.501).
 *
 * A message that carries others (an ESM message in Attach Request, a protected message in its envelope) is followed by them with a greater
 * `depth`, in the order in which they stand.
 */
#ifndef SIGCANARY_RAN_NAS_H
#define SIGCANARY_RAN_NAS_H

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/base/digits.h"

/* Whose message it is. The first values are the protocol discriminators of TS 24.007 11.2.3.1.1. */
enum nas_protocol {
	NAS_CC = 3,
	NAS_RR = 6,
	NAS_MM = 5,
	NAS_GMM = 8,
	NAS_SMS = 9,
	NAS_SM = 10,
	NAS_SS = 11,
	NAS_ESM = 2,
	NAS_EMM = 7,
	NAS_5GSM = 46,
	NAS_5GMM = 126,
};

#define NAS_CAUSE_NONE 0

struct nas {
	digits imsi; /* of the mobile identity, 0 when it is another or none */
	uint32_t tmsi;
	uint8_t protocol; /* enum nas_protocol */
	uint8_t type;     /* message type, without N(SD) */
	uint8_t cause;    /* NAS_CAUSE_NONE when it has none */
	uint8_t security; /* EPS and 5GS: security header type, 0 plain */
	uint8_t depth;    /* inside how many others */
	bool is_readable; /* false: ciphered, only protocol and security are known */
	bool has_tmsi;
	bool has_type;        /* Service Request of EPS has none (24.301 8.2.25) */
	bool is_switch_off;   /* Detach, Deregistration Request: no answer is waited for */
	uint16_t transaction; /* ESM: procedure transaction identity; 5GSM: session and that (24.007 11.2.3.1a, b) */
};

#endif
