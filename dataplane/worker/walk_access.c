/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walk for the A interface and Iu: BSSAP and RANAP, the messages between phone and core inside (TS 24.008), and what they mean for
 * transactions.
 *
 * A request is known by its connection: point code and local reference of the side that asked for it stand in the connection request and in
 * all that the other side sends (Q.714 3.1). What the asking side sends in the connection names the other side's reference instead; the
 * connection confirm says that both are the same. Owners of transactions keep that, see transaction/connections.h. A connection holds one
 * request of a kind at a time, but for PDP contexts, which are told apart by their transaction identifiers.
 *
 * The phone's side is the client and the core the server, whoever of them asks. Not followed: handover, calls themselves, texts.
 */
#include "dataplane/worker/walk.h"

#include "dataplane/base/bits.h"
#include "dataplane/base/hash.h"
#include "dataplane/ran/layer3.h"
#include "dataplane/ran/per.h"

/* BSSMAP messages, TS 48.008 3.2.2.1. */
#define BSSMAP_CLEAR_COMMAND       32
#define BSSMAP_COMMON_ID           47
#define BSSMAP_RESET               48
#define BSSMAP_RESET_ACKNOWLEDGE   49
#define BSSMAP_CIPHER_MODE_COMMAND 83
/* Q.713 3.11: releases that the users asked for. */
#define RELEASE_BY_END_USER  0
#define RELEASE_BY_SCCP_USER 3
/* Of CAUSE_SCCP_CONNECTION. */
#define RELEASE_CAUSES 256
/* TS 24.008 annex G.1: what the phone has not passed, though Authentication Reject has no cause. */
#define CAUSE_ILLEGAL_MS 3
#define MM_CM_SERVICE    0x24
#define GMM_SERVICE      0x0c
/* No local reference has more than 24 bits (Q.713 3.3): a reset of one domain or the other. */
#define REFERENCE_OF_RESET UINT32_C(0x80000000)

enum side { SIDE_PHONE, SIDE_CORE };

/* Requests that the core makes (24.008 4.3.2, 4.3.3, 4.7.7); all others are the phone's. */
static const struct {
	uint8_t protocol;
	uint8_t type;
} asked_by_core[] = { { NAS_MM, 0x12 }, { NAS_MM, 0x18 }, { NAS_GMM, 0x12 } };

/* Messages that end requests. */
static const struct ending {
	uint8_t protocol;
	uint8_t type;
	uint8_t kind;        /* enum indication_kind */
	uint8_t cause_layer; /* of the cause that it has; CAUSE_NONE: success */
	uint8_t of_protocol; /* the request that it ends; all when 0 */
	uint8_t of_type;
	uint8_t from; /* enum side */
} endings[] = {
	{ NAS_MM, 0x02, INDICATION_RESULT, CAUSE_NONE, NAS_MM, 0x08, SIDE_CORE },    /* Location Updating Accept, 4.4.4.6 */
	{ NAS_MM, 0x04, INDICATION_RESULT, CAUSE_MM, NAS_MM, 0x08, SIDE_CORE },      /* Location Updating Reject, 4.4.4.7 */
	{ NAS_MM, 0x21, INDICATION_RESULT, CAUSE_NONE, NAS_MM, 0x24, SIDE_CORE },    /* CM Service Accept, 4.5.1.1 */
	{ NAS_MM, 0x22, INDICATION_RESULT, CAUSE_MM, NAS_MM, 0x24, SIDE_CORE },      /* CM Service Reject */
	{ NAS_MM, 0x23, INDICATION_END, CAUSE_NONE, NAS_MM, 0x24, SIDE_PHONE },      /* CM Service Abort, 4.5.1.7 */
	{ NAS_MM, 0x14, INDICATION_RESULT, CAUSE_NONE, NAS_MM, 0x12, SIDE_PHONE },   /* Authentication Response, 4.3.2.2 */
	{ NAS_MM, 0x1c, INDICATION_RESULT, CAUSE_MM, NAS_MM, 0x12, SIDE_PHONE },     /* Authentication Failure, 4.3.2.6 */
	{ NAS_MM, 0x11, INDICATION_ABORT, CAUSE_MM, 0, 0, SIDE_CORE },               /* Authentication Reject, 4.3.2.5 */
	{ NAS_MM, 0x19, INDICATION_RESULT, CAUSE_NONE, NAS_MM, 0x18, SIDE_PHONE },   /* Identity Response, 4.3.3.2 */
	{ NAS_MM, 0x29, INDICATION_ABORT, CAUSE_MM, 0, 0, SIDE_CORE },               /* Abort, 4.3.5 */
	{ NAS_CC, 0x05, INDICATION_END, CAUSE_NONE, NAS_MM, 0x24, SIDE_PHONE },      /* Setup: there is a connection to call on, 4.5.1.1 */
	{ NAS_CC, 0x0e, INDICATION_END, CAUSE_NONE, NAS_MM, 0x24, SIDE_PHONE },      /* Emergency Setup */
	{ NAS_SMS, 0x01, INDICATION_END, CAUSE_NONE, NAS_MM, 0x24, SIDE_PHONE },     /* CP-DATA */
	{ NAS_SS, 0x3b, INDICATION_END, CAUSE_NONE, NAS_MM, 0x24, SIDE_PHONE },      /* Register */
	{ NAS_GMM, 0x02, INDICATION_RESULT, CAUSE_NONE, NAS_GMM, 0x01, SIDE_CORE },  /* Attach Accept, 4.7.3.1.3 */
	{ NAS_GMM, 0x04, INDICATION_RESULT, CAUSE_GMM, NAS_GMM, 0x01, SIDE_CORE },   /* Attach Reject */
	{ NAS_GMM, 0x09, INDICATION_RESULT, CAUSE_NONE, NAS_GMM, 0x08, SIDE_CORE },  /* Routing Area Update Accept, 4.7.5.1.3 */
	{ NAS_GMM, 0x0b, INDICATION_RESULT, CAUSE_GMM, NAS_GMM, 0x08, SIDE_CORE },   /* Routing Area Update Reject */
	{ NAS_GMM, 0x0d, INDICATION_RESULT, CAUSE_NONE, NAS_GMM, 0x0c, SIDE_CORE },  /* Service Accept, 4.7.13.3 */
	{ NAS_GMM, 0x0e, INDICATION_RESULT, CAUSE_GMM, NAS_GMM, 0x0c, SIDE_CORE },   /* Service Reject */
	{ NAS_GMM, 0x13, INDICATION_RESULT, CAUSE_NONE, NAS_GMM, 0x12, SIDE_PHONE }, /* Authentication and Ciphering Response, 4.7.7.2 */
	{ NAS_GMM, 0x1c, INDICATION_RESULT, CAUSE_GMM, NAS_GMM, 0x12, SIDE_PHONE },  /* Authentication and Ciphering Failure */
	{ NAS_GMM, 0x14, INDICATION_ABORT, CAUSE_GMM, 0, 0, SIDE_CORE },             /* Authentication and Ciphering Reject, 4.7.7.5 */
	{ NAS_SM, 0x42, INDICATION_RESULT, CAUSE_NONE, NAS_SM, 0x41, SIDE_CORE },    /* Activate PDP Context Accept, 6.1.3.1 */
	{ NAS_SM, 0x43, INDICATION_RESULT, CAUSE_SM, NAS_SM, 0x41, SIDE_CORE },      /* Activate PDP Context Reject */
};

static uint64_t side_key(const struct walk *w, uint32_t point_code, uint32_t reference)
{
	return hash_pair(&w->plan->hash_key, (uint64_t)point_code << 32 | reference, UINT64_C(0xacce55));
}

/* The same for both directions, and never 0. */
static uint32_t meeting_of(const struct mtp3 *label)
{
	uint32_t low = label->opc < label->dpc ? label->opc : label->dpc;
	uint32_t high = label->opc < label->dpc ? label->dpc : label->opc;

	return (uint32_t)hash_mix((uint64_t)low << 32 | high) | 1;
}

/*
 * What one side calls a connection between the two of a label. Both are in it because both decide who owns it: what comes under the label
 * of another pair is another's on some number of workers, and so has to be on all.
 */
static uint64_t connection_key(const struct walk *w, uint32_t point_code, uint32_t reference)
{
	return hash_pair(&w->plan->hash_key, side_key(w, point_code, reference), meeting_of(&w->message.mtp3));
}

/* An indication under the name of the connection that stands in the message. False: it is in none. */
static bool connection_indicate(struct walk *w, enum indication_kind kind, struct indication **ret)
{
	const struct message *m = &w->message;
	const struct sccp *s = &m->sccp;
	struct indication *i;

	if (s->is_connectionless || (s->type == SCCP_CR ? !s->has_source_reference : !s->has_destination_reference))
		return false;
	i = walk_indicate(w, kind);
	i->key[0] = s->type == SCCP_CR ? connection_key(w, m->mtp3.opc, s->source_reference)
				       : connection_key(w, m->mtp3.dpc, s->destination_reference);
	i->link = s->type == SCCP_CR ? LINK_OPENING : LINK_WITHIN;
	i->meeting = meeting_of(&m->mtp3);
	*ret = i;
	return true;
}

static void nodes_fill(const struct message *m, enum side sender, struct indication *i)
{
	i->client = node_of_point_code(sender == SIDE_PHONE ? m->mtp3.opc : m->mtp3.dpc);
	i->server = node_of_point_code(sender == SIDE_PHONE ? m->mtp3.dpc : m->mtp3.opc);
	i->route = i->server;
}

static void cause_fill(struct walk *w, enum cause_layer layer, uint32_t cause, struct indication *i)
{
	i->cause_layer = (uint8_t)layer;
	i->cause = cause;
	i->outcome = (uint8_t)(layer == CAUSE_NONE ? OUTCOME_SUCCESS : walk_class(w, layer, cause));
}

/* The connection goes: what is open in it ends. With a cause that is a normal one nothing has failed. */
static void release_indicate(struct walk *w, enum cause_layer layer, uint32_t cause)
{
	struct indication *i;

	if (!connection_indicate(w, INDICATION_ABORT, &i))
		return;
	cause_fill(w, layer, cause, i);
	if (i->outcome != OUTCOME_SUCCESS)
		return;
	i->kind = INDICATION_END;
	cause_fill(w, CAUSE_NONE, 0, i);
}

static void released_indicate(struct walk *w, uint8_t cause)
{
	if (cause == RELEASE_BY_END_USER || cause == RELEASE_BY_SCCP_USER)
		release_indicate(w, CAUSE_NONE, 0);
	else
		release_indicate(w, CAUSE_SCCP_CONNECTION, RELEASE_CAUSES + cause);
}

/* What the sender calls the connection is another name for what the receiver calls it; `is_gone` forgets both. */
static void alias_indicate(struct walk *w, bool is_gone)
{
	const struct message *m = &w->message;
	struct indication *i;
	uint64_t receiver;

	if (!m->sccp.has_source_reference || !connection_indicate(w, INDICATION_ALIAS, &i))
		return;
	receiver = i->key[0];
	i->key[0] = connection_key(w, m->mtp3.opc, m->sccp.source_reference);
	i->key[1] = is_gone ? 0 : receiver;
}

void walk_connection(struct walk *w)
{
	const struct sccp *s = &w->message.sccp;

	switch (s->type) {
	case SCCP_CC:
		alias_indicate(w, false);
		return;
	case SCCP_CREF:
		release_indicate(w, CAUSE_SCCP_CONNECTION, s->cause);
		return;
	case SCCP_RLSD:
		released_indicate(w, s->cause);
		return;
	case SCCP_RLC:
		alias_indicate(w, true);
		return;
	default:
		return;
	}
}

static int16_t invoke_of(uint8_t protocol, uint8_t type, uint8_t transaction)
{
	return (int16_t)(transaction << 12 | protocol << 8 | type);
}

/* 24.007 11.2.3.1.3: of a session management message, without the flag that says who chose it. */
static uint8_t transaction_of(const struct nas *n, const struct cursor *bytes)
{
	uint8_t first = 0;

	return n->protocol == NAS_SM && cursor_peek_u8(bytes, 0, &first) ? (uint8_t)bits(first, 4, 3) : 0;
}

static void identity_indicate(struct walk *w, digits imsi)
{
	struct indication *i;

	if (imsi == 0 || !connection_indicate(w, INDICATION_IDENTITY, &i))
		return;
	i->imsi = imsi;
	i->segments = segments_of_imsi(w->segments, imsi);
}

static void request_indicate(struct walk *w, procedure p, const struct nas *n, uint8_t transaction)
{
	const struct message *m = &w->message;
	enum side sender = SIDE_PHONE;
	struct indication *i;

	if (!connection_indicate(w, INDICATION_REQUEST, &i))
		return;
	for (size_t at = 0; at < sizeof(asked_by_core) / sizeof(asked_by_core[0]); at++) {
		if (asked_by_core[at].protocol == n->protocol && asked_by_core[at].type == n->type)
			sender = SIDE_CORE;
	}
	i->procedure = p;
	i->invoke = invoke_of(n->protocol, n->type, transaction);
	i->imsi = n->imsi;
	nodes_fill(m, sender, i);
	i->segments = segments_of_imsi(w->segments, n->imsi) | segments_of_point_code(w->segments, m->mtp3.opc) |
		      segments_of_point_code(w->segments, m->mtp3.dpc);
}

static void ending_indicate(struct walk *w, const struct ending *e, const struct nas *n, uint8_t transaction)
{
	uint32_t cause = e->kind == INDICATION_ABORT && n->cause == NAS_CAUSE_NONE ? CAUSE_ILLEGAL_MS : n->cause;
	struct indication *i;

	if (!connection_indicate(w, (enum indication_kind)e->kind, &i))
		return;
	cause_fill(w, (enum cause_layer)e->cause_layer, e->cause_layer == CAUSE_NONE ? 0 : cause, i);
	nodes_fill(&w->message, (enum side)e->from, i);
	if (e->of_protocol != 0)
		i->invoke = invoke_of(e->of_protocol, e->of_type, transaction);
}

static void nas_indicate(struct walk *w, enum access access, const struct nas *n, const struct cursor *bytes)
{
	uint8_t transaction = transaction_of(n, bytes);
	procedure p;

	if (access == ACCESS_IU_CS && (n->protocol == NAS_GMM || n->protocol == NAS_SM))
		access = ACCESS_IU_PS;
	p = procedure_of_access(access, n->protocol, n->type);
	if (p != PROCEDURE_NONE) {
		request_indicate(w, p, n, transaction);
		return;
	}
	identity_indicate(w, n->imsi);
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (endings[i].protocol == n->protocol && endings[i].type == n->type)
			ending_indicate(w, &endings[i], n, transaction);
	}
}

/* One message between phone and core. */
static void nas_walk(struct walk *w, enum access access, struct cursor bytes)
{
	struct message *m = &w->message;
	struct nas *n = &m->nas[m->nas_count];
	enum verdict v;

	if (cursor_left(&bytes) == 0 || m->nas_count == MESSAGE_NAS_MAX)
		return;
	v = layer3_read(bytes, n);
	if (v != VERDICT_DECODED) {
		m->verdict = verdict_worse(m->verdict, v);
		return;
	}
	m->layers |= LAYER_NAS;
	m->nas_count++;
	w->account.messages[ACCOUNT_NAS]++;
	nas_indicate(w, access, n, &bytes);
}

/* The connection may be used for what the phone asked for, though no message to the phone says so (24.008 4.5.1.1, 4.7.13.3). */
static void secured_indicate(struct walk *w, uint8_t protocol, uint8_t type)
{
	struct indication *i;

	if (!connection_indicate(w, INDICATION_END, &i))
		return;
	cause_fill(w, CAUSE_NONE, 0, i);
	nodes_fill(&w->message, SIDE_CORE, i);
	i->invoke = invoke_of(protocol, type, 0);
}

/* A reset is a request of its sender, outside of all connections. */
static void reset_indicate(struct walk *w, enum access access, uint8_t type, bool is_answer)
{
	const struct mtp3 *label = &w->message.mtp3;
	uint32_t asking = is_answer ? label->dpc : label->opc;
	uint32_t asked = is_answer ? label->opc : label->dpc;
	struct indication *i = walk_indicate(w, is_answer ? INDICATION_RESULT : INDICATION_REQUEST);

	i->key[0] = side_key(w, asking, REFERENCE_OF_RESET | (uint32_t)access);
	i->key[1] = (uint64_t)asking + 1;
	i->procedure = procedure_of_access(access, 0, type);
	i->invoke = type;
	i->client = node_of_point_code(asking);
	i->server = node_of_point_code(asked);
	i->route = i->server;
	i->segments = segments_of_point_code(w->segments, asking) | segments_of_point_code(w->segments, asked);
	cause_fill(w, CAUSE_NONE, 0, i);
}

static void bssmap_indicate(struct walk *w, const struct bssap *b)
{
	switch (b->bssmap) {
	case BSSMAP_CLEAR_COMMAND:
		release_indicate(w, b->has_cause ? CAUSE_RAN : CAUSE_NONE, (uint32_t)MESSAGE_BSSMAP << 16 | b->cause);
		return;
	case BSSMAP_COMMON_ID:
		identity_indicate(w, b->imsi);
		return;
	case BSSMAP_CIPHER_MODE_COMMAND:
		secured_indicate(w, NAS_MM, MM_CM_SERVICE);
		return;
	case BSSMAP_RESET:
	case BSSMAP_RESET_ACKNOWLEDGE:
		if (w->message.sccp.is_connectionless)
			reset_indicate(w, ACCESS_A, BSSMAP_RESET, b->bssmap == BSSMAP_RESET_ACKNOWLEDGE);
		return;
	default:
		return;
	}
}

static void ranap_indicate(struct walk *w, const struct ranap *r)
{
	bool is_initiating = r->kind == ELEMENTARY_INITIATING;

	if (r->procedure_code == RANAP_RESET && w->message.sccp.is_connectionless && r->kind <= ELEMENTARY_SUCCESSFUL)
		reset_indicate(w, r->domain == RANAP_DOMAIN_PS ? ACCESS_IU_PS : ACCESS_IU_CS, RANAP_RESET, !is_initiating);
	if (!is_initiating)
		return;
	if (r->procedure_code == RANAP_IU_RELEASE)
		release_indicate(w, r->has_cause ? CAUSE_RAN : CAUSE_NONE,
				 (uint32_t)MESSAGE_RANAP << 16 | (uint32_t)r->cause_group << 8 | (r->cause & 0xffU));
	else if (r->procedure_code == RANAP_COMMON_ID)
		identity_indicate(w, r->imsi);
	if (r->procedure_code != RANAP_SECURITY_MODE)
		return;
	secured_indicate(w, NAS_MM, MM_CM_SERVICE);
	secured_indicate(w, NAS_GMM, GMM_SERVICE);
}

/* Where in the message that layer begins, in case it is refused: not in its bytes when it was put together of segments. */
static void refused_at(struct message *m, const struct cursor *user)
{
	m->refused_at = (size_t)(user->at >= m->bytes.at && user->at <= m->bytes.end ? user->at - m->bytes.at : 0);
}

enum verdict walk_bssap(struct walk *w, struct cursor user)
{
	struct message *m = &w->message;

	m->layers |= LAYER_BSSAP;
	refused_at(m, &user);
	m->verdict = bssap_read(user, &m->bssap);
	if (m->verdict != VERDICT_DECODED)
		return m->verdict;
	w->account.messages[ACCOUNT_BSSAP]++;
	nas_walk(w, ACCESS_A, m->bssap.layer3);
	nas_walk(w, ACCESS_A, m->bssap.contents);
	if (m->bssap.type == BSSAP_BSSMAP)
		bssmap_indicate(w, &m->bssap);
	return m->verdict;
}

enum verdict walk_ranap(struct walk *w, struct cursor user)
{
	struct message *m = &w->message;

	m->layers |= LAYER_RANAP;
	refused_at(m, &user);
	m->verdict = ranap_read(user, &m->ranap);
	if (m->verdict != VERDICT_DECODED)
		return m->verdict;
	w->account.messages[ACCOUNT_RANAP]++;
	nas_walk(w, ACCESS_IU_CS, m->ranap.nas);
	ranap_indicate(w, &m->ranap);
	return m->verdict;
}
