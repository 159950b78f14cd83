/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walk for the radio access of 4G and 5G and for SGs: S1AP, NGAP and SGsAP, the NAS messages inside, and what they mean for
 * transactions.
 *
 * What a phone asks for is known by the two ends of the association and the id that its base station gave it (36.413 9.2.3.4, 38.413
 * 9.3.3.2), which stands in its first message and in all that come after. Under that key a procedure of mobility management and an
 * authentication may run at once, told apart as invokes of TCAP are. An answer that is ciphered cannot be read; then the context that the
 * network sets up, or the regular release of it, says that the phone was served. SGs knows a subscriber by the IMSI.
 *
 * Nodes are the ends of the association by their addresses. The base station is the client and the core the server, whoever of them asks;
 * on SGs who asks is the client. A node with several addresses is as many nodes.
 */
#include "dataplane/worker/walk.h"

#include <string.h>

#include "dataplane/ran/nas_5gs.h"
#include "dataplane/ran/nas_eps.h"

#define COUNT(list)          (sizeof(list) / sizeof((list)[0]))
#define CAUSE_GROUP_NAS      2
#define NAS_RELEASE          0  /* normal-release */
#define NAS_DETACH           2  /* detach, deregister */
#define USER_INACTIVITY      20 /* of the radio network: nothing was going on any more */
#define TYPE_SERVICE_REQUEST 76 /* Extended Service Request of EPS, Service Request of 5GS */

/* What a key means, so that the numbers of one kind are not those of another. */
enum key_kind { KEY_MOBILITY = 1, KEY_SESSION, KEY_CONTEXT, KEY_SETUP, KEY_SUBSCRIBER };
/* Invokes under KEY_MOBILITY. */
enum slot { SLOT_MOBILITY, SLOT_AUTHENTICATION, SLOT_SESSION };

/* Which interface a message came over, and whose it is. */
struct ran {
	uint64_t ends; /* the same in both directions */
	uint64_t phone;
	node radio; /* the base station */
	node core;
	enum access access;
	enum cause_layer mobility_cause;
	enum cause_layer session_cause;
	bool has_phone;
	bool is_uplink;
	bool is_downlink;
};

/* What a NAS message does to a transaction. */
enum role {
	ROLE_BEGIN,
	ROLE_GOOD,
	ROLE_BAD,      /* with a cause */
	ROLE_REFUSED,  /* ends whatever runs, without a cause: the phone was not let in */
	ROLE_RETURNED, /* a request that came back undelivered, for the cause of the message around it (24.501 5.4.5.3) */
};

struct rule {
	uint8_t protocol; /* enum nas_protocol */
	uint8_t type;
	bool is_downlink;
	uint8_t role;    /* enum role */
	uint8_t slot;    /* enum slot */
	uint8_t request; /* type of the message that began it */
};

/* Clauses 5 and 6 of TS 24.301 and TS 24.501. */
static const struct rule rules[] = {
	{ NAS_EMM, 65, false, ROLE_BEGIN, SLOT_MOBILITY, 65 },       /* Attach Request */
	{ NAS_EMM, 66, true, ROLE_GOOD, SLOT_MOBILITY, 65 },         /* Attach Accept */
	{ NAS_EMM, 68, true, ROLE_BAD, SLOT_MOBILITY, 65 },          /* Attach Reject */
	{ NAS_EMM, 69, false, ROLE_BEGIN, SLOT_MOBILITY, 69 },       /* Detach Request */
	{ NAS_EMM, 70, true, ROLE_GOOD, SLOT_MOBILITY, 69 },         /* Detach Accept */
	{ NAS_EMM, 72, false, ROLE_BEGIN, SLOT_MOBILITY, 72 },       /* Tracking Area Update Request */
	{ NAS_EMM, 73, true, ROLE_GOOD, SLOT_MOBILITY, 72 },         /* Tracking Area Update Accept */
	{ NAS_EMM, 75, true, ROLE_BAD, SLOT_MOBILITY, 72 },          /* Tracking Area Update Reject */
	{ NAS_EMM, 76, false, ROLE_BEGIN, SLOT_MOBILITY, 76 },       /* Extended Service Request */
	{ NAS_EMM, 77, false, ROLE_BEGIN, SLOT_MOBILITY, 76 },       /* Control Plane Service Request */
	{ NAS_EMM, 78, true, ROLE_BAD, SLOT_MOBILITY, 76 },          /* Service Reject */
	{ NAS_EMM, 79, true, ROLE_GOOD, SLOT_MOBILITY, 76 },         /* Service Accept */
	{ NAS_EMM, 82, true, ROLE_BEGIN, SLOT_AUTHENTICATION, 82 },  /* Authentication Request */
	{ NAS_EMM, 83, false, ROLE_GOOD, SLOT_AUTHENTICATION, 82 },  /* Authentication Response */
	{ NAS_EMM, 84, true, ROLE_REFUSED, SLOT_MOBILITY, 0 },       /* Authentication Reject */
	{ NAS_EMM, 92, false, ROLE_BAD, SLOT_AUTHENTICATION, 82 },   /* Authentication Failure */
	{ NAS_ESM, 193, true, ROLE_GOOD, SLOT_SESSION, 208 },        /* Activate Default EPS Bearer Context Request */
	{ NAS_ESM, 208, false, ROLE_BEGIN, SLOT_SESSION, 208 },      /* PDN Connectivity Request */
	{ NAS_ESM, 209, true, ROLE_BAD, SLOT_SESSION, 208 },         /* PDN Connectivity Reject */
	{ NAS_5GMM, 65, false, ROLE_BEGIN, SLOT_MOBILITY, 65 },      /* Registration Request */
	{ NAS_5GMM, 66, true, ROLE_GOOD, SLOT_MOBILITY, 65 },        /* Registration Accept */
	{ NAS_5GMM, 68, true, ROLE_BAD, SLOT_MOBILITY, 65 },         /* Registration Reject */
	{ NAS_5GMM, 69, false, ROLE_BEGIN, SLOT_MOBILITY, 69 },      /* Deregistration Request, UE originating */
	{ NAS_5GMM, 70, true, ROLE_GOOD, SLOT_MOBILITY, 69 },        /* Deregistration Accept */
	{ NAS_5GMM, 76, false, ROLE_BEGIN, SLOT_MOBILITY, 76 },      /* Service Request */
	{ NAS_5GMM, 77, true, ROLE_BAD, SLOT_MOBILITY, 76 },         /* Service Reject */
	{ NAS_5GMM, 78, true, ROLE_GOOD, SLOT_MOBILITY, 76 },        /* Service Accept */
	{ NAS_5GMM, 79, false, ROLE_BEGIN, SLOT_MOBILITY, 76 },      /* Control Plane Service Request */
	{ NAS_5GMM, 86, true, ROLE_BEGIN, SLOT_AUTHENTICATION, 86 }, /* Authentication Request */
	{ NAS_5GMM, 87, false, ROLE_GOOD, SLOT_AUTHENTICATION, 86 }, /* Authentication Response */
	{ NAS_5GMM, 88, true, ROLE_REFUSED, SLOT_MOBILITY, 0 },      /* Authentication Reject */
	{ NAS_5GMM, 89, false, ROLE_BAD, SLOT_AUTHENTICATION, 86 },  /* Authentication Failure */
	{ NAS_5GSM, 193, false, ROLE_BEGIN, SLOT_SESSION, 193 },     /* PDU Session Establishment Request */
	{ NAS_5GSM, 193, true, ROLE_RETURNED, SLOT_SESSION, 193 },   /* the same, sent back */
	{ NAS_5GSM, 194, true, ROLE_GOOD, SLOT_SESSION, 193 },       /* PDU Session Establishment Accept */
	{ NAS_5GSM, 195, true, ROLE_BAD, SLOT_SESSION, 193 },        /* PDU Session Establishment Reject */
};

static uint64_t end_hash(const struct walk *w, const struct ip_address *address, uint16_t port)
{
	return hash_mix(hash_text(&w->plan->hash_key, address->bytes, sizeof(address->bytes)) + port);
}

static uint64_t ends_of(const struct walk *w, const struct association_path *path)
{
	return end_hash(w, &path->source, path->source_port) ^ end_hash(w, &path->destination, path->destination_port);
}

/* Which end of the association is the base station's: what the core sends goes to it. */
static void ends_fill(struct walk *w, const struct association_path *path, bool is_from_core, struct ran *ran)
{
	node source = names_of_address(w->names, &path->source);
	node destination = names_of_address(w->names, &path->destination);

	ran->ends = ends_of(w, path);
	ran->radio = is_from_core ? destination : source;
	ran->core = is_from_core ? source : destination;
}

static struct indication *indicate(struct walk *w, enum indication_kind kind, uint64_t whose, enum key_kind key)
{
	struct indication *i = walk_indicate(w, kind);

	i->key[0] = hash_pair(&w->plan->hash_key, whose, key);
	i->key[1] = (whose & UINT32_MAX) | UINT64_C(1) << 32;
	return i;
}

static struct indication *phone_indicate(struct walk *w, enum indication_kind kind, const struct ran *ran, enum key_kind key)
{
	struct indication *i = indicate(w, kind, hash_pair(&w->plan->hash_key, ran->ends, ran->phone << 8 | (uint64_t)ran->access), key);

	i->client = ran->radio;
	i->server = ran->core;
	i->route = ran->core;
	return i;
}

static void cause_fill(struct walk *w, struct indication *i, enum cause_layer layer, uint32_t cause)
{
	i->cause_layer = (uint8_t)layer;
	i->cause = cause;
	i->outcome = (uint8_t)walk_class(w, layer, cause);
}

static void subscriber_fill(const struct walk *w, struct indication *i, digits imsi)
{
	i->imsi = imsi;
	if (i->kind == INDICATION_REQUEST)
		i->segments = segments_of_imsi(w->segments, imsi);
}

static const struct rule *rule_of(const struct ran *ran, const struct nas *nas)
{
	for (size_t i = 0; i < COUNT(rules); i++) {
		if (rules[i].type == nas->type && rules[i].protocol == nas->protocol && rules[i].is_downlink == ran->is_downlink)
			return &rules[i];
	}
	return NULL;
}

static struct indication *rule_indicate(struct walk *w, const struct ran *ran, const struct rule *rule, const struct nas *nas)
{
	enum indication_kind kind = rule->role == ROLE_BEGIN     ? INDICATION_REQUEST
				    : rule->role == ROLE_REFUSED ? INDICATION_END
								 : INDICATION_RESULT;
	struct indication *i = phone_indicate(w, kind, ran, rule->slot == SLOT_SESSION ? KEY_SESSION : KEY_MOBILITY);

	i->invoke = rule->slot == SLOT_SESSION ? (int16_t)(nas->transaction & UINT8_MAX) : (int16_t)rule->slot;
	i->procedure = procedure_of_access(ran->access, rule->protocol, rule->request);
	subscriber_fill(w, i, nas->imsi);
	return i;
}

/* What the message at `at` of m->nas means; `around` is the message around it, or NULL. */
static void nas_indicate(struct walk *w, const struct ran *ran, const struct nas *nas, const struct nas *around)
{
	bool is_session = nas->protocol == NAS_5GSM || nas->protocol == NAS_ESM;
	const struct rule *rule = nas->has_type ? rule_of(ran, nas) : NULL;
	struct indication *i;

	/* What stands inside a message of mobility management is settled with that; sessions of 5GS always stand inside one. */
	if (rule == NULL || nas->is_switch_off || (around != NULL && nas->protocol != NAS_5GSM))
		return;
	if (rule->role == ROLE_RETURNED && (around == NULL || around->cause == NAS_CAUSE_NONE))
		return;
	i = rule_indicate(w, ran, rule, nas);
	switch ((enum role)rule->role) {
	case ROLE_BAD:
		cause_fill(w, i, is_session ? ran->session_cause : ran->mobility_cause, nas->cause);
		break;
	case ROLE_RETURNED:
		cause_fill(w, i, ran->mobility_cause, around->cause);
		break;
	case ROLE_REFUSED:
		i->outcome = OUTCOME_USER;
		break;
	case ROLE_BEGIN:
	case ROLE_GOOD:
	default:
		break;
	}
}

/* Service Request of EPS has a form of its own and no type (24.301 8.2.25). */
static void service_indicate(struct walk *w, const struct ran *ran)
{
	struct indication *i = phone_indicate(w, INDICATION_REQUEST, ran, KEY_MOBILITY);

	i->invoke = SLOT_MOBILITY;
	i->procedure = procedure_of_access(ran->access, NAS_EMM, TYPE_SERVICE_REQUEST);
}

/* All NAS messages from `first` on. */
static void phone_messages_indicate(struct walk *w, const struct ran *ran)
{
	const struct message *m = &w->message;

	if (!ran->has_phone || !(ran->is_uplink || ran->is_downlink))
		return;
	for (size_t at = 0; at < m->nas_count; at++) {
		const struct nas *nas = &m->nas[at];
		const struct nas *around = NULL;

		for (size_t before = at; around == NULL && nas->depth > 0 && before > 0; before--) {
			if (m->nas[before - 1].depth < nas->depth)
				around = &m->nas[before - 1];
		}
		if (nas->protocol == NAS_EMM && nas->is_readable && nas->security >= 12 && nas->depth == 0 && ran->is_uplink)
			service_indicate(w, ran);
		else
			nas_indicate(w, ran, nas, around);
	}
}

/* An elementary procedure that has an answer: its begin, or that. */
static void elementary_indicate(struct walk *w, const struct ran *ran, uint8_t kind, uint8_t code, const uint32_t *cause)
{
	bool is_setup = code == S1AP_SETUP || code == NGAP_SETUP;
	enum indication_kind indication = kind == ELEMENTARY_INITIATING ? INDICATION_REQUEST : INDICATION_RESULT;
	struct ran whose = *ran;
	struct indication *i;

	if (is_setup)
		whose.phone = 0;
	else if (!ran->has_phone)
		return;
	i = phone_indicate(w, indication, &whose, is_setup ? KEY_SETUP : KEY_CONTEXT);
	i->invoke = 0;
	i->procedure = procedure_of_access(ran->access, 0, code);
	if (kind != ELEMENTARY_UNSUCCESSFUL)
		return;
	if (cause != NULL)
		cause_fill(w, i, CAUSE_RAN, *cause);
	else
		i->outcome = OUTCOME_NETWORK;
}

/* The network keeps a context for the phone: it has let it in, whatever its ciphered answer says. */
static void served_indicate(struct walk *w, const struct ran *ran)
{
	if (ran->has_phone)
		phone_indicate(w, INDICATION_END, ran, KEY_MOBILITY)->outcome = OUTCOME_SUCCESS;
}

/* The context goes, and what was still open goes with it. */
static void release_indicate(struct walk *w, const struct ran *ran, const struct elementary_cause *cause, const uint32_t *number)
{
	static const enum key_kind keys[] = { KEY_MOBILITY, KEY_SESSION, KEY_CONTEXT };
	bool is_regular = cause != NULL &&
			  ((cause->group == CAUSE_GROUP_NAS && (cause->value == NAS_RELEASE || cause->value == NAS_DETACH)) ||
			   (cause->group == 0 && cause->value == USER_INACTIVITY));

	if (!ran->has_phone)
		return;
	for (size_t k = 0; k < COUNT(keys); k++) {
		struct indication *i = phone_indicate(w, INDICATION_END, ran, keys[k]);

		if (is_regular)
			continue;
		if (number != NULL)
			cause_fill(w, i, CAUSE_RAN, *number);
		if (i->outcome == OUTCOME_SUCCESS)
			i->outcome = OUTCOME_ABORT;
	}
}

/* A NAS message that waits to be read. */
struct pending {
	struct nas_inner message;
	uint8_t depth;
};

static bool pending_read(const struct pending *p, enum nas_direction direction, struct nas *nas, struct nas_content *content)
{
	switch ((enum nas_form)p->message.form) {
	case NAS_FORM_EPS:
		return nas_eps_read(p->message.bytes, direction, nas, content);
	case NAS_FORM_ESM:
		return nas_esm_read(p->message.bytes, nas);
	case NAS_FORM_5GS:
	default:
		return nas_5gs_read(p->message.bytes, nas, content);
	}
}

/* A NAS message and those inside it, each before those that it holds. What no room is left for is not read. */
static void nas_walk(struct walk *w, struct cursor bytes, enum nas_form form, const struct ran *ran)
{
	struct message *m = &w->message;
	enum nas_direction direction = ran->is_uplink ? NAS_UPLINK : ran->is_downlink ? NAS_DOWNLINK : NAS_DIRECTION_UNKNOWN;
	struct pending stack[MESSAGE_NAS_MAX] = { { .message = { .bytes = bytes, .form = (uint8_t)form } } };
	size_t height = 1;

	while (height > 0 && m->nas_count < MESSAGE_NAS_MAX) {
		struct pending p = stack[--height];
		struct nas_content content = { .inner_count = 0 };
		struct nas *nas = &m->nas[m->nas_count];

		if (!pending_read(&p, direction, nas, &content))
			continue;
		nas->depth = p.depth;
		m->nas_count++;
		for (size_t i = content.inner_count; i > 0 && height < COUNT(stack); i--)
			stack[height++] = (struct pending){ .message = content.inner[i - 1], .depth = (uint8_t)(p.depth + 1) };
	}
}

static void nas_account(struct walk *w)
{
	struct message *m = &w->message;

	if (m->nas_count == 0)
		return;
	m->layers |= LAYER_NAS;
	w->account.messages[ACCOUNT_NAS] += m->nas_count;
}

static void s1ap_indicate(struct walk *w, const struct ran *ran)
{
	const struct s1ap *s = &w->message.s1ap;
	uint32_t number = (uint32_t)MESSAGE_S1AP << 16 | (uint32_t)s->cause.group << 8 | s->cause.value;
	const uint32_t *cause = s->has_cause ? &number : NULL;

	phone_messages_indicate(w, ran);
	if (s->procedure_code == S1AP_INITIAL_CONTEXT_SETUP && s->kind == ELEMENTARY_INITIATING)
		served_indicate(w, ran);
	if (s->procedure_code == S1AP_INITIAL_CONTEXT_SETUP || s->procedure_code == S1AP_SETUP)
		elementary_indicate(w, ran, s->kind, s->procedure_code, cause);
	else if (s->procedure_code == S1AP_UE_CONTEXT_RELEASE && s->kind == ELEMENTARY_INITIATING)
		release_indicate(w, ran, s->has_cause ? &s->cause : NULL, cause);
}

/* Which way the NAS messages of a procedure go; those that could not be delivered go neither way. */
static void s1ap_directions(const struct s1ap *s, struct ran *ran)
{
	bool is_begin = s->kind == ELEMENTARY_INITIATING;

	ran->is_uplink = is_begin && (s->procedure_code == S1AP_INITIAL_UE_MESSAGE || s->procedure_code == S1AP_UPLINK_NAS_TRANSPORT);
	ran->is_downlink = is_begin && (s->procedure_code == S1AP_DOWNLINK_NAS_TRANSPORT || s->procedure_code == S1AP_E_RAB_SETUP ||
					s->procedure_code == S1AP_E_RAB_MODIFY || s->procedure_code == S1AP_E_RAB_RELEASE ||
					s->procedure_code == S1AP_INITIAL_CONTEXT_SETUP);
}

enum verdict walk_s1ap(struct walk *w, const struct association_path *path)
{
	struct message *m = &w->message;
	struct ran ran = { .access = ACCESS_S1, .mobility_cause = CAUSE_EMM, .session_cause = CAUSE_ESM };
	struct s1ap inner;

	m->layers = LAYER_S1AP;
	m->verdict = s1ap_read(m->bytes, &m->s1ap);
	if (m->verdict != VERDICT_S1AP_HEADER) {
		w->account.messages[ACCOUNT_S1AP]++;
		s1ap_directions(&m->s1ap, &ran);
		for (size_t i = 0; i < m->s1ap.nas_count; i++)
			nas_walk(w, m->s1ap.nas[i], NAS_FORM_EPS, &ran);
		if (m->s1ap.is_reroute && s1ap_read(m->s1ap.inner, &inner) != VERDICT_S1AP_HEADER) {
			for (size_t i = 0; i < inner.nas_count; i++)
				nas_walk(w, inner.nas[i], NAS_FORM_EPS, &ran);
		}
		nas_account(w);
	}
	walk_message_done(w);
	if (m->verdict == VERDICT_DECODED) {
		ends_fill(w, path, ran.is_downlink || (m->s1ap.procedure_code == S1AP_SETUP && m->s1ap.kind != ELEMENTARY_INITIATING),
			  &ran);
		ran.phone = m->s1ap.enb_ue;
		ran.has_phone = m->s1ap.has_enb_ue;
		s1ap_indicate(w, &ran);
	}
	return m->verdict;
}

static void ngap_indicate(struct walk *w, const struct ran *ran)
{
	const struct ngap *n = &w->message.ngap;
	uint32_t number = (uint32_t)MESSAGE_NGAP << 16 | (uint32_t)n->cause.group << 8 | n->cause.value;
	const uint32_t *cause = n->has_cause ? &number : NULL;

	phone_messages_indicate(w, ran);
	if (n->procedure_code == NGAP_INITIAL_CONTEXT_SETUP && n->kind == ELEMENTARY_INITIATING)
		served_indicate(w, ran);
	if (n->procedure_code == NGAP_INITIAL_CONTEXT_SETUP || n->procedure_code == NGAP_SETUP)
		elementary_indicate(w, ran, n->kind, n->procedure_code, cause);
	else if (n->procedure_code == NGAP_UE_CONTEXT_RELEASE && n->kind == ELEMENTARY_INITIATING)
		release_indicate(w, ran, n->has_cause ? &n->cause : NULL, cause);
}

static void ngap_directions(const struct ngap *n, struct ran *ran)
{
	bool is_begin = n->kind == ELEMENTARY_INITIATING;

	ran->is_uplink = is_begin && (n->procedure_code == NGAP_INITIAL_UE_MESSAGE || n->procedure_code == NGAP_UPLINK_NAS_TRANSPORT);
	ran->is_downlink = is_begin && (n->procedure_code == NGAP_DOWNLINK_NAS_TRANSPORT ||
					n->procedure_code == NGAP_INITIAL_CONTEXT_SETUP || n->procedure_code == NGAP_SESSION_SETUP ||
					n->procedure_code == NGAP_SESSION_MODIFY || n->procedure_code == NGAP_SESSION_RELEASE);
}

enum verdict walk_ngap(struct walk *w, const struct association_path *path)
{
	struct message *m = &w->message;
	struct ran ran = { .access = ACCESS_N1, .mobility_cause = CAUSE_5GMM, .session_cause = CAUSE_5GSM };
	struct ngap inner;

	m->layers = LAYER_NGAP;
	m->verdict = ngap_read(m->bytes, &m->ngap);
	if (m->verdict != VERDICT_NGAP_HEADER) {
		w->account.messages[ACCOUNT_NGAP]++;
		ngap_directions(&m->ngap, &ran);
		for (size_t i = 0; i < m->ngap.nas_count; i++)
			nas_walk(w, m->ngap.nas[i], NAS_FORM_5GS, &ran);
		if (m->ngap.is_reroute && ngap_read(m->ngap.inner, &inner) != VERDICT_NGAP_HEADER) {
			for (size_t i = 0; i < inner.nas_count; i++)
				nas_walk(w, inner.nas[i], NAS_FORM_5GS, &ran);
		}
		nas_account(w);
	}
	walk_message_done(w);
	if (m->verdict == VERDICT_DECODED) {
		ends_fill(w, path, ran.is_downlink || (m->ngap.procedure_code == NGAP_SETUP && m->ngap.kind != ELEMENTARY_INITIATING),
			  &ran);
		ran.phone = m->ngap.ran_ue;
		ran.has_phone = m->ngap.has_ran_ue;
		ngap_indicate(w, &ran);
	}
	return m->verdict;
}

/* TS 29.118 clause 5: what begins something, and what ends it. */
struct sgs_rule {
	uint8_t type;
	uint8_t request; /* type of the message that began it; its own where it begins something */
	bool is_bad;
};

static const struct sgs_rule sgs_rules[] = {
	{ SGSAP_PAGING_REQUEST, SGSAP_PAGING_REQUEST, false },
	{ SGSAP_SERVICE_REQUEST, SGSAP_PAGING_REQUEST, false },
	{ SGSAP_PAGING_REJECT, SGSAP_PAGING_REQUEST, true },
	{ SGSAP_UE_UNREACHABLE, SGSAP_PAGING_REQUEST, true },
	{ SGSAP_LOCATION_UPDATE_REQUEST, SGSAP_LOCATION_UPDATE_REQUEST, false },
	{ SGSAP_LOCATION_UPDATE_ACCEPT, SGSAP_LOCATION_UPDATE_REQUEST, false },
	{ SGSAP_LOCATION_UPDATE_REJECT, SGSAP_LOCATION_UPDATE_REQUEST, true },
	{ SGSAP_EPS_DETACH_INDICATION, SGSAP_EPS_DETACH_INDICATION, false },
	{ SGSAP_EPS_DETACH_ACK, SGSAP_EPS_DETACH_INDICATION, false },
	{ SGSAP_IMSI_DETACH_INDICATION, SGSAP_IMSI_DETACH_INDICATION, false },
	{ SGSAP_IMSI_DETACH_ACK, SGSAP_IMSI_DETACH_INDICATION, false },
};

static void sgsap_indicate(struct walk *w, const struct association_path *path)
{
	const struct sgsap *s = &w->message.sgsap;
	node ends[2] = { names_of_address(w->names, &path->source), names_of_address(w->names, &path->destination) };

	for (size_t r = 0; r < COUNT(sgs_rules) && s->imsi != 0; r++) {
		const struct sgs_rule *rule = &sgs_rules[r];
		bool is_begin = rule->type == rule->request;
		struct indication *i;

		if (rule->type != s->type)
			continue;
		i = indicate(w, is_begin ? INDICATION_REQUEST : INDICATION_RESULT, s->imsi, KEY_SUBSCRIBER);
		i->client = ends[!is_begin];
		i->server = ends[is_begin];
		i->route = ends[is_begin];
		i->invoke = rule->request;
		i->procedure = procedure_of_access(ACCESS_SGS, 0, rule->request);
		subscriber_fill(w, i, s->imsi);
		if (!rule->is_bad)
			return;
		if (s->has_reject_cause)
			cause_fill(w, i, CAUSE_MM, s->reject_cause);
		else if (s->has_sgs_cause)
			cause_fill(w, i, CAUSE_SGS, s->sgs_cause);
		else
			i->outcome = OUTCOME_NETWORK;
		return;
	}
}

/* A short message (24.011 8.1): protocol discriminator and type, nothing more is read here. */
static void sms_note(struct walk *w, struct cursor bytes)
{
	struct message *m = &w->message;
	uint8_t discriminator = 0;
	uint8_t type = 0;

	if (!cursor_u8(&bytes, &discriminator) || !cursor_u8(&bytes, &type) || (discriminator & 0x0f) != NAS_SMS)
		return;
	m->nas[m->nas_count++] = (struct nas){ .protocol = NAS_SMS, .type = type, .has_type = true, .is_readable = true };
	nas_account(w);
}

enum verdict walk_sgsap(struct walk *w, const struct association_path *path)
{
	struct message *m = &w->message;

	m->layers = LAYER_SGSAP;
	m->verdict = sgsap_read(m->bytes, &m->sgsap);
	if (m->verdict != VERDICT_SGSAP_HEADER) {
		w->account.messages[ACCOUNT_SGSAP]++;
		sms_note(w, m->sgsap.nas);
	}
	walk_message_done(w);
	if (m->verdict == VERDICT_DECODED)
		sgsap_indicate(w, path);
	return m->verdict;
}
