/* SPDX-License-Identifier: BSD-3-Clause */
/* S1AP (TS 36.413), between base station and MME: the procedure, whose it is, why it failed, and the NAS messages that it carries. */
#ifndef SIGCANARY_RAN_S1AP_H
#define SIGCANARY_RAN_S1AP_H

#include "dataplane/base/digits.h"
#include "dataplane/ran/per_part.h"
#include "dataplane/verdict.h"

#define S1AP_PORT 36412
/* NAS messages that are looked at; one for each bearer of a phone (at most 15) and one more. */
#define S1AP_NAS_MAX 16

/* 9.3.7: procedures and what is special about them here. */
enum s1ap_procedure {
	S1AP_E_RAB_SETUP = 5,
	S1AP_E_RAB_MODIFY = 6,
	S1AP_E_RAB_RELEASE = 7,
	S1AP_INITIAL_CONTEXT_SETUP = 9,
	S1AP_DOWNLINK_NAS_TRANSPORT = 11,
	S1AP_INITIAL_UE_MESSAGE = 12,
	S1AP_UPLINK_NAS_TRANSPORT = 13,
	S1AP_NAS_NON_DELIVERY = 16,
	S1AP_SETUP = 17,
	S1AP_UE_CONTEXT_RELEASE = 23,
	S1AP_REROUTE_NAS_REQUEST = 52,
};

struct s1ap {
	digits imsi; /* Paging by IMSI */
	uint32_t mme_ue;
	uint32_t enb_ue;
	uint8_t kind; /* enum elementary_kind */
	uint8_t procedure_code;
	bool has_mme_ue;
	bool has_enb_ue;
	bool has_cause;
	struct elementary_cause cause;
	bool is_reroute; /* `inner` is an S1AP message of its own (Reroute NAS Request) */
	struct cursor inner;
	uint8_t nas_count;
	struct cursor nas[S1AP_NAS_MAX];
};

/*
 * Reads one whole message. VERDICT_S1AP_HEADER: not even the procedure, outputs untouched. VERDICT_S1AP_FIELD: `ret` holds the kind, the
 * procedure and what stood before the field that does not fit.
 */
enum verdict s1ap_read(struct cursor c, struct s1ap *ret);

#endif
