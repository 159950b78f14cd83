/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One signalling message with all its layers, as the walk fills it in: the scratch from which indications are made, and what `decode`
 * prints. Valid while the walk looks at the message; windows point into its bytes.
 */
#ifndef SIGCANARY_WORKER_MESSAGE_H
#define SIGCANARY_WORKER_MESSAGE_H

#include "dataplane/diameter/detail.h"
#include "dataplane/diameter/diameter.h"
#include "dataplane/ran/bssap.h"
#include "dataplane/ran/nas.h"
#include "dataplane/sigtran/m2pa.h"
#include "dataplane/sigtran/m2ua.h"
#include "dataplane/ran/ranap.h"
#include "dataplane/ran/ngap.h"
#include "dataplane/ran/s1ap.h"
#include "dataplane/ran/sgsap.h"
#include "dataplane/sigtran/m3ua.h"
#include "dataplane/sigtran/sua.h"
#include "dataplane/sigtran/xua.h"
#include "dataplane/ss7/isup.h"
#include "dataplane/ss7/map.h"
#include "dataplane/ss7/mtp3.h"
#include "dataplane/ss7/mtp3_management.h"
#include "dataplane/ss7/sccp.h"
#include "dataplane/ss7/tcap.h"
#include "dataplane/transport/sctp.h"
#include "dataplane/verdict.h"
#include "dataplane/worker/packet.h"
#include "dataplane/transaction/peer.h"

/* Components of one TCAP message that are looked at; a MAP dialogue sends a handful. */
#define MESSAGE_COMPONENTS_MAX 32
/* NAS messages of one message that are looked at, those inside others included. */
#define MESSAGE_NAS_MAX 16

enum message_layer {
	LAYER_SCTP_EVENT = 1 << 0,
	LAYER_M3UA = 1 << 1,
	LAYER_SCCP = 1 << 2,
	LAYER_SCMG = 1 << 3,
	LAYER_TCAP = 1 << 4,
	LAYER_MAP = 1 << 5,
	LAYER_CAP = 1 << 6,
	LAYER_DIAMETER = 1 << 7,
	LAYER_ISUP = 1 << 8,
	LAYER_BSSAP = 1 << 9,
	LAYER_RANAP = 1 << 10,
	LAYER_ENCRYPTED = 1 << 11,
	LAYER_M2PA = 1 << 12,
	LAYER_M2UA = 1 << 13,
	LAYER_SUA = 1 << 14,
	LAYER_IUA = 1 << 15,
	LAYER_MTP2 = 1 << 16,
	LAYER_MTP3 = 1 << 17, /* with a label of its own, as behind M2PA, M2UA and MTP2 */
	LAYER_MTP3_MANAGEMENT = 1 << 18,
	LAYER_SGSAP = 1 << 19,
	LAYER_S1AP = 1 << 20,
	LAYER_NGAP = 1 << 21,
	LAYER_NAS = 1 << 22,
	LAYER_TUP = 1 << 28,
	LAYER_BICC = 1 << 29,
	LAYER_INAP = 1 << 23,
	LAYER_ANSI_MAP = 1 << 24, /* IS-41 */
};

struct message {
	const struct packet *packet;
	struct cursor bytes; /* the whole message above the transport */
	uint32_t layers;     /* bits of enum message_layer */
	uint32_t ppid;
	uint16_t source_port;
	uint16_t destination_port;
	bool is_sctp;
	bool is_bare;         /* no transport: a link type of captures that begins with MTP2, MTP3 or SCCP */
	bool has_mtp3;        /* `mtp3` is filled in */
	enum verdict verdict; /* VERDICT_DECODED, or why the rest could not be read */
	size_t refused_at;    /* then: where in `bytes` that layer began */

	/* LAYER_SCTP_EVENT. */
	struct sctp_event event;
	struct m3ua m3ua;
	struct m2pa m2pa;
	struct m2ua m2ua;
	struct sua sua; /* what it brings stands in `sccp` */
	struct xua iua;
	struct mtp3 mtp3; /* the routing label, whichever layer brought it */
	struct mtp3_management mtp3mg;
	struct isup isup; /* LAYER_ISUP, LAYER_BICC */
	struct sccp sccp;
	struct sccp_management scmg;
	struct tcap tcap;
	size_t component_count;
	struct tcap_component components[MESSAGE_COMPONENTS_MAX];
	struct map map[MESSAGE_COMPONENTS_MAX];
	struct bssap bssap;
	struct ranap ranap;
	size_t nas_count;
	struct nas nas[MESSAGE_NAS_MAX];
	struct s1ap s1ap;
	struct ngap ngap;
	struct sgsap sgsap;
	struct diameter diameter;
	struct diameter_body body;
	/* Of Diameter, filled in only when somebody looks at messages (walk.h, `observer`). */
	struct diameter_detail detail;
	enum peer_event peer_event;
};

#endif
