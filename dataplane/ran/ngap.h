/* SPDX-License-Identifier: BSD-3-Clause */
/* NGAP (TS 38.413), between base station and AMF: the procedure, whose it is, why it failed, and the NAS messages that it carries. */
#ifndef SIGCANARY_RAN_NGAP_H
#define SIGCANARY_RAN_NGAP_H

#include "dataplane/ran/per_part.h"
#include "dataplane/verdict.h"

#define NGAP_PORT 38412
/* NAS messages that are looked at; a phone has up to 15 PDU sessions. */
#define NGAP_NAS_MAX 16

/* 9.4.7: procedures and what is special about them here. */
enum ngap_procedure {
	NGAP_DOWNLINK_NAS_TRANSPORT = 4,
	NGAP_INITIAL_CONTEXT_SETUP = 14,
	NGAP_INITIAL_UE_MESSAGE = 15,
	NGAP_NAS_NON_DELIVERY = 19,
	NGAP_SETUP = 21,
	NGAP_SESSION_MODIFY = 26,
	NGAP_SESSION_RELEASE = 28,
	NGAP_SESSION_SETUP = 29,
	NGAP_REROUTE_NAS_REQUEST = 36,
	NGAP_UE_CONTEXT_RELEASE = 41,
	NGAP_UPLINK_NAS_TRANSPORT = 46,
};

struct ngap {
	uint64_t amf_ue;
	uint32_t ran_ue;
	uint8_t kind; /* enum elementary_kind */
	uint8_t procedure_code;
	bool has_amf_ue;
	bool has_ran_ue;
	bool has_cause;
	struct elementary_cause cause;
	bool is_reroute; /* `inner` is an NGAP message of its own (Reroute NAS Request) */
	struct cursor inner;
	uint8_t nas_count;
	struct cursor nas[NGAP_NAS_MAX];
};

/*
 * Reads one whole message. VERDICT_NGAP_HEADER: not even the procedure, outputs untouched. VERDICT_NGAP_FIELD: `ret` holds the kind, the
 * procedure and what stood before the field that does not fit.
 */
enum verdict ngap_read(struct cursor c, struct ngap *ret);

#endif
