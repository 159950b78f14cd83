/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walk for the users of TCAP: MAP and CAP, and what their components mean for transactions.
 *
 * A MAP request is known by who invoked it: the calling address and originating transaction id of the invoke are the called address and
 * destination transaction id of its answer (Q.773 3.1.1). Titles and point codes both go into the key, see transaction.c. SCCP brings an
 * undeliverable message back to its sender (UDTS): then the transaction id inside is our own.
 */
#include "dataplane/worker/walk.h"

#include <string.h>

/* Application contexts from here on belong to CAMEL (0.4.0.0.1.0.50 and up, TS 29.078 annex). */
#define CONTEXT_FIRST_CAP 50
#define SSN_CAP           146

/* Where the message comes from or goes to, as a number: an address, which all associations of a node share, or a point code. */
static uint32_t end_of(const struct walk *w, bool is_source)
{
	const struct message *m = &w->message;
	const struct ip_address *address = is_source ? &m->packet->source : &m->packet->destination;

	if (m->is_bare)
		return is_source ? m->mtp3.opc : m->mtp3.dpc;
	return (uint32_t)hash_text(&w->plan->hash_key, address->bytes, sizeof(address->bytes));
}

/*
 * Where every hop counts by itself (PLAN_HOPS_EACH), the requester's name is part of the first word and the second one holds the two ends
 * of the hop, the requester's first. The answer may come through another relay than the request, so that one end has to agree
 * (transaction.c).
 */
__attribute__((noinline)) static void key_fill_hop(const struct walk *w, struct indication *i)
{
	uint64_t requester = i->key[1] >> 32 != 0 ? i->key[1] >> 32 : i->key[1];
	bool is_request = i->kind == INDICATION_REQUEST;

	i->key[0] = hash_pair(&w->plan->hash_key, i->key[0], requester);
	i->key[1] = (uint64_t)end_of(w, is_request) << 32 | end_of(w, !is_request);
}

static void key_fill(const struct walk *w, struct indication *i, const struct party *p, const struct tcap_id *id)
{
	uint32_t title = p->address.global_title == 0 ? 0 : (uint32_t)hash_mix(p->address.global_title) | 1;

	i->key[0] = hash_pair(&w->plan->hash_key, id->value, UINT64_C(0x7c00) | id->length);
	i->key[1] = (uint64_t)title << 32 | (p->point_code + 1);
	if (w->plan->hops == PLAN_HOPS_EACH)
		key_fill_hop(w, i);
}

/* The called subscriber's own number routes to a node but does not name it. */
static node party_node(const struct party *p, const struct map *map)
{
	bool is_number_of_subscriber = p->address.global_title == map->msisdn || p->address.global_title == map->imsi;

	return is_number_of_subscriber ? node_of_point_code(p->point_code) : p->node;
}

__attribute__((noinline)) static void segments_fill(const struct walk *w, struct party *p)
{
	p->segments = segments_of_point_code(w->segments, p->point_code);
	if (p->address.global_title != 0)
		p->segments |= names_of_global_title(w->names, p->address.global_title).segments;
	p->has_segments = true;
}

static inline uint64_t party_segments(const struct walk *w, struct party *p)
{
	if (!p->has_segments)
		segments_fill(w, p);
	return p->segments;
}

/* Packet or circuit switched, from the requesting node where the operation itself does not say. */
static enum rat rat_of(const struct message *m, const struct tcap_component *component, const struct map *map)
{
	bool is_sgsn = m->sccp.calling.subsystem == SCCP_SSN_SGSN || m->sccp.called.subsystem == SCCP_SSN_SGSN;
	const struct procedure_row *row = procedure_row((procedure)component->operation);

	if (row != NULL && row->rat == RAT_2G3G_PS)
		return RAT_2G3G_PS;
	if (map->requesting_node == 1 || is_sgsn)
		return RAT_2G3G_PS;
	if (map->requesting_node == 6)
		return RAT_4G;
	return RAT_NONE;
}

static void invoke_indicate(struct walk *w, size_t at)
{
	struct message *m = &w->message;
	const struct tcap_component *component = &m->components[at];
	const struct map *map = &m->map[at];
	struct party *caller = w->parties.party[PARTY_CALLING];
	struct party *called = w->parties.party[PARTY_CALLED];
	struct indication *i;
	uint64_t began;

	if (m->tcap.otid.length == 0 || component->operation < 0 || component->operation > 255)
		return;
	i = walk_indicate(w, INDICATION_REQUEST);
	key_fill(w, i, caller, &m->tcap.otid);
	i->procedure = (procedure)component->operation;
	i->invoke = component->invoke_id;
	i->imsi = map->imsi;
	i->msisdn = map->msisdn;
	i->client = party_node(caller, map);
	i->server = party_node(called, map);
	i->rat = (uint8_t)rat_of(m, component, map);
	began = stages_begin(w->stages);
	i->segments = segments_of_imsi(w->segments, map->imsi) | segments_of_msisdn(w->segments, map->msisdn) | party_segments(w, caller) |
		      party_segments(w, called);
	if (w->stages != NULL)
		stages_end(began, &w->stages->segment, &w->stages->segments);
}

/* An indication towards the requester: it is the called party of what comes back. */
static struct indication *answer_indicate(struct walk *w, enum indication_kind kind, enum cause_layer layer, uint32_t cause)
{
	struct message *m = &w->message;
	const struct party *requester = w->parties.party[PARTY_CALLED];
	const struct party *answering = w->parties.party[PARTY_CALLING];
	struct indication *i = walk_indicate(w, kind);

	key_fill(w, i, requester, &m->tcap.dtid);
	i->client = requester->node;
	i->server = answering->node;
	i->cause_layer = (uint8_t)layer;
	i->cause = cause;
	i->outcome = (uint8_t)(layer == CAUSE_NONE ? OUTCOME_SUCCESS : walk_class(w, layer, cause));
	return i;
}

/* False when the component ends nothing. */
static bool answer_component_indicate(struct walk *w, size_t at)
{
	const struct tcap_component *component = &w->message.components[at];
	const struct map *map = &w->message.map[at];
	struct indication *i;

	switch ((enum tcap_component_type)component->type) {
	case TCAP_RETURN_RESULT_LAST:
		i = answer_indicate(w, INDICATION_RESULT, CAUSE_NONE, 0);
		if (component->operation >= 0 && component->operation <= 255)
			i->procedure = (procedure)component->operation;
		break;
	case TCAP_RETURN_ERROR:
		i = answer_indicate(w, INDICATION_RESULT, CAUSE_MAP_ERROR, (uint32_t)component->error);
		i->diagnostic = map->diagnostic;
		break;
	case TCAP_REJECT:
		/* Of a result or an error: then the invoke is the sender's own (Q.773 3.1.2), and it has had its answer. */
		if (component->problem_kind >= TCAP_PROBLEM_RETURN_RESULT)
			return false;
		i = answer_indicate(w, component->invoke_id < 0 ? INDICATION_ABORT : INDICATION_RESULT, CAUSE_MAP_PROBLEM,
				    (uint32_t)component->problem_kind << 8 | component->problem);
		break;
	case TCAP_INVOKE:
	case TCAP_RETURN_RESULT_NOT_LAST:
	default:
		return false;
	}
	i->invoke = component->invoke_id;
	i->imsi = map->imsi;
	i->msisdn = map->msisdn;
	return true;
}

/* SCCP could not deliver: the message inside is the one that the called party of the return had sent. */
static void returned_indicate(struct walk *w)
{
	struct message *m = &w->message;
	const struct party *requester = w->parties.party[PARTY_CALLED];
	const struct party *unreached = w->parties.party[PARTY_CALLING];
	struct indication *i;

	if (m->tcap.otid.length == 0)
		return;
	i = walk_indicate(w, INDICATION_RETURNED);
	key_fill(w, i, requester, &m->tcap.otid);
	i->client = requester->node;
	i->server = unreached->node;
	i->cause_layer = CAUSE_SCCP_RETURN;
	i->cause = m->sccp.return_cause;
	i->outcome = (uint8_t)walk_class(w, CAUSE_SCCP_RETURN, m->sccp.return_cause);
}

static void tcap_indicate(struct walk *w)
{
	struct message *m = &w->message;
	bool has_answer = false;

	if (m->sccp.is_return) {
		returned_indicate(w);
		return;
	}
	if (m->tcap.type == TCAP_ABORT) {
		if (m->tcap.has_p_abort)
			answer_indicate(w, INDICATION_ABORT, CAUSE_TCAP_P_ABORT, m->tcap.p_abort);
		else
			answer_indicate(w, INDICATION_ABORT, CAUSE_TCAP_U_ABORT, m->tcap.u_abort);
		return;
	}
	for (size_t at = 0; at < m->component_count; at++) {
		if (m->components[at].type == TCAP_INVOKE)
			invoke_indicate(w, at);
		else if (m->tcap.dtid.length > 0)
			has_answer = answer_component_indicate(w, at) || has_answer;
	}
	if (m->tcap.type != TCAP_END || has_answer || m->tcap.dtid.length == 0)
		return;
	if (m->tcap.has_dialogue_result && m->tcap.dialogue_result != 0)
		answer_indicate(w, INDICATION_ABORT, CAUSE_TCAP_U_ABORT, TCAP_U_ABORT_REFUSED);
	else
		answer_indicate(w, INDICATION_END, CAUSE_NONE, 0);
}

/* A dialogue is MAP's unless its context or subsystem says otherwise; only the first messages of a dialogue name the context. */
static bool is_map(const struct message *m)
{
	if (m->tcap.context_oid_length != 0)
		return m->tcap.context != 0 && m->tcap.context < CONTEXT_FIRST_CAP;
	return m->sccp.called.subsystem != SSN_CAP && m->sccp.calling.subsystem != SSN_CAP;
}

static enum verdict components_read(struct walk *w)
{
	struct message *m = &w->message;
	struct cursor left = m->tcap.components;
	bool map = is_map(m);

	m->layers |= map ? LAYER_MAP : LAYER_CAP;
	while (cursor_left(&left) > 0 && m->component_count < MESSAGE_COMPONENTS_MAX) {
		struct tcap_component *component = &m->components[m->component_count];
		enum verdict parameter = VERDICT_DECODED;
		enum verdict v = tcap_component_read(&left, component);

		if (v != VERDICT_DECODED) {
			m->verdict = verdict_worse(m->verdict, v);
			continue;
		}
		if (map)
			parameter = map_read(component, component->operation, m->tcap.context_version, &m->map[m->component_count]);
		if (!map || parameter != VERDICT_DECODED)
			m->map[m->component_count] = (struct map){ .diagnostic = MAP_DIAGNOSTIC_NONE,
								   .cancellation_type = MAP_CANCELLATION_NONE,
								   .requesting_node = MAP_REQUESTING_NODE_NONE };
		w->account.messages[map ? ACCOUNT_MAP : ACCOUNT_CAP]++;
		m->component_count++;
		if (parameter != VERDICT_DECODED)
			m->verdict = verdict_worse(m->verdict, parameter);
	}
	return m->verdict;
}

static bool begins_like_tcap(const struct cursor *c)
{
	uint8_t tag = 0;

	return cursor_peek_u8(c, 0, &tag) && (tag == 0x61 || tag == 0x62 || tag == 0x64 || tag == 0x65 || tag == 0x67);
}

static bool is_ssn(const struct sccp *s, uint8_t ssn)
{
	return s->called.subsystem == ssn || s->calling.subsystem == ssn;
}

enum verdict walk_tcap(struct walk *w, struct cursor user)
{
	struct message *m = &w->message;
	enum verdict v;

	if (!begins_like_tcap(&user)) {
		m->verdict = is_ssn(&m->sccp, SCCP_SSN_HLR) || is_ssn(&m->sccp, SCCP_SSN_VLR) ? VERDICT_TCAP_TAG : VERDICT_SUBSYSTEM_OTHER;
		return m->verdict;
	}
	m->layers |= LAYER_TCAP;
	memset(&m->tcap, 0, sizeof(m->tcap));
	v = tcap_read(&user, &m->tcap);
	/* A message whose kind is known counts as one, though its transaction cannot be followed. */
	if (v == VERDICT_DECODED || v == VERDICT_TCAP_TRANSACTION)
		w->account.messages[ACCOUNT_TCAP]++;
	m->verdict = v;
	if (v != VERDICT_DECODED)
		return v;
	if (cursor_left(&m->tcap.components) > 0)
		components_read(w);
	tcap_indicate(w);
	return m->verdict;
}
