/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The walk for the users of TCAP: MAP and CAP, and what their components mean for transactions. INAP and the TCAP of ANSI are told, not
 * followed.
 *
 * A MAP request is known by who invoked it: the calling address and originating transaction id of the invoke are the called address and
 * destination transaction id of its answer (Q.773 3.1.1). Titles and point codes both go into the key, see transaction.c. SCCP brings an
 * undeliverable message back to its sender (UDTS): then the transaction id inside is our own.
 */
#include "dataplane/worker/walk.h"

#include <string.h>

#include "dataplane/ss7/tcap_ansi.h"

/* Application contexts from here on belong to CAMEL (0.4.0.0.1.0.50 and up, TS 29.078 annex). */
#define CONTEXT_FIRST_CAP 50

/* Whose a dialogue is by its subsystem number where no context says so (Q.713 3.4.2.2, TS 23.003 8.1, and what INAP is given). */
enum tcap_user { USER_MAP, USER_CAP, USER_INAP };

static const uint8_t user_of_subsystem[256] = { [106] = USER_INAP, [146] = USER_CAP, [241] = USER_INAP };

/* Subsystems whose messages have to be TCAP's. */
static const bool is_tcap_subsystem[256] = {
	[5] = true,  [6] = true,   [7] = true,   [8] = true,   [9] = true,   [10] = true,  [11] = true,  [12] = true,  [13] = true,
	[14] = true, [106] = true, [145] = true, [146] = true, [147] = true, [148] = true, [149] = true, [150] = true, [241] = true,
};

/* CAP has procedures of its own; an operation that has none is not followed. */
static inline procedure procedure_of(const struct message *m, int32_t operation)
{
	if (operation < 0 || operation > 255)
		return PROCEDURE_NONE;
	return (m->layers & LAYER_CAP) == 0 ? (procedure)operation : procedure_of_access(ACCESS_CAP, 0, (uint8_t)operation);
}

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

static inline void key_fill(const struct walk *w, struct indication *i, const struct party *p, const struct tcap_id *id)
{
	uint32_t title = p->address.global_title == 0 ? 0 : (uint32_t)hash_mix(p->address.global_title) | 1;

	i->key[0] = hash_pair(&w->plan->hash_key, id->value, UINT64_C(0x7c00) | id->length);
	i->key[1] = (uint64_t)title << 32 | (p->point_code + 1);
	if (w->plan->hops == PLAN_HOPS_EACH)
		key_fill_hop(w, i);
}

/* The called subscriber's own number routes to a node but does not name it. `is_routed_by_number`: there is one, which was not read. */
static node party_node(const struct party *p, const struct map *map, bool is_routed_by_number)
{
	bool is_number_of_subscriber = p->address.global_title == map->msisdn || p->address.global_title == map->imsi ||
				       (is_routed_by_number && map->msisdn == 0 && map->imsi == 0);

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
static enum rat rat_of(const struct message *m, procedure p, const struct map *map)
{
	bool is_sgsn = m->sccp.calling.subsystem == SCCP_SSN_SGSN || m->sccp.called.subsystem == SCCP_SSN_SGSN;
	const struct procedure_row *row = procedure_row(p);

	if (row != NULL && row->rat == RAT_2G3G_PS)
		return RAT_2G3G_PS;
	if (map->requesting_node == 1 || is_sgsn)
		return RAT_2G3G_PS;
	if (map->requesting_node == 6)
		return RAT_4G;
	return RAT_NONE;
}

/* TS 29.002 8.10.3: a register has lost data, and tells every node that serves its subscribers. */
#define OPERATION_RESET 37

/* Subsystems of who serves phones (TS 23.003 8.1): VLR, MSC, SGSN. */
static const bool is_serving_subsystem[256] = { [7] = true, [8] = true, [149] = true };

/* A title tells the country of the network alone. Where it is the register's own country the network may be any there. */
static inline uint32_t visited_of(const struct message *m, const struct party *caller, const struct party *called)
{
	bool is_by_caller = is_serving_subsystem[m->sccp.calling.subsystem];
	const struct party *serving = is_by_caller ? caller : called;
	const struct party *other = is_by_caller ? called : caller;

	if (serving->country == other->country || other->country == 0 || !is_serving_subsystem[serving->address.subsystem])
		return 0;
	return serving->country;
}

static void invoke_indicate(struct walk *w, size_t at)
{
	struct message *m = &w->message;
	const struct tcap_component *component = &m->components[at];
	const struct map *map = &m->map[at];
	struct party *caller = w->parties.party[PARTY_CALLING];
	struct party *called = w->parties.party[PARTY_CALLED];
	procedure p = procedure_of(m, component->operation);
	struct indication *i;
	uint64_t began;

	if (m->tcap.otid.length == 0 || p == PROCEDURE_NONE)
		return;
	i = walk_indicate(w, INDICATION_REQUEST);
	key_fill(w, i, caller, &m->tcap.otid);
	i->procedure = p;
	i->invoke = component->invoke_id;
	i->imsi = map->imsi;
	i->msisdn = map->msisdn;
	i->client = party_node(caller, map, false);
	i->server = party_node(called, map, (m->layers & LAYER_CAP) == 0 && map_is_routed_by_number(component->operation));
	i->rat = (uint8_t)rat_of(m, p, map);
	i->route = m->has_mtp3 ? node_of_point_code(m->mtp3.dpc) : names_of_address(w->names, &m->packet->destination);
	i->plmn = visited_of(m, caller, called);
	began = stages_begin(w->stages);
	i->segments = segments_of_imsi(w->segments, map->imsi) | segments_of_msisdn(w->segments, map->msisdn) | party_segments(w, caller) |
		      party_segments(w, called);
	if (w->stages != NULL)
		stages_end(began, &w->stages->segment, &w->stages->segments);
	if (p == OPERATION_RESET)
		walk_notice(w, NOTICE_NODE_RESET, i->server, i->client, 0);
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
		i->procedure = procedure_of(&w->message, component->operation);
		break;
	case TCAP_RETURN_ERROR:
		i = answer_indicate(w, INDICATION_RESULT, (w->message.layers & LAYER_CAP) == 0 ? CAUSE_MAP_ERROR : CAUSE_CAP_ERROR,
				    (uint32_t)component->error);
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
	case TCAP_INVOKE_NOT_LAST:
	case TCAP_RETURN_RESULT_NOT_LAST:
	case TCAP_COMPONENT_OTHER:
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

/*
 * Whether what was asked without having a result is answered: at the end of a dialogue, and for CAP by the first message back, which
 * accepts the dialogue. That is how an initialDP is answered, by another invoke (TS 29.078 6.1), while the dialogue lasts as long as the
 * call.
 */
static bool is_end(const struct message *m)
{
	return m->tcap.type == TCAP_END || (m->tcap.type == TCAP_CONTINUE && (m->layers & LAYER_CAP) != 0 && m->tcap.has_dialogue_result &&
					    m->tcap.dialogue_result == 0);
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
		if (m->components[at].is_broken)
			continue;
		if (m->components[at].type == TCAP_INVOKE)
			invoke_indicate(w, at);
		else if (m->tcap.dtid.length > 0)
			has_answer = answer_component_indicate(w, at) || has_answer;
	}
	if (!is_end(m) || has_answer || m->tcap.dtid.length == 0)
		return;
	if (m->tcap.has_dialogue_result && m->tcap.dialogue_result != 0)
		answer_indicate(w, INDICATION_ABORT, CAUSE_TCAP_U_ABORT, TCAP_U_ABORT_REFUSED);
	else
		answer_indicate(w, INDICATION_END, CAUSE_NONE, 0);
}

/*
 * A dialogue is MAP's unless its context or subsystem says otherwise; only the first messages of a dialogue name the context. A context
 * that nobody knows leaves it to the subsystem.
 */
static enum tcap_user user_of(const struct message *m)
{
	enum context_user user = CONTEXT_USER_UNKNOWN;
	uint8_t by_subsystem;

	if (m->tcap.context != 0 && m->tcap.context < CONTEXT_FIRST_CAP)
		return USER_MAP;
	if (m->tcap.context_oid_length != 0)
		user = context_user(m->tcap.context_oid, m->tcap.context_oid_length);
	if (m->tcap.context != 0 || user == CONTEXT_USER_CAP)
		return USER_CAP;
	if (user == CONTEXT_USER_INAP)
		return USER_INAP;
	by_subsystem = user_of_subsystem[m->sccp.called.subsystem];
	return (enum tcap_user)(by_subsystem != USER_MAP ? by_subsystem : user_of_subsystem[m->sccp.calling.subsystem]);
}

static void components_read(struct walk *w)
{
	static const uint32_t layers[] = { [USER_MAP] = LAYER_MAP, [USER_CAP] = LAYER_CAP, [USER_INAP] = LAYER_INAP };
	struct message *m = &w->message;
	struct cursor left = m->tcap.components;
	enum tcap_user user = user_of(m);

	m->layers |= layers[user];
	while (cursor_left(&left) > 0 && m->component_count < MESSAGE_COMPONENTS_MAX) {
		struct tcap_component *component = &m->components[m->component_count];
		struct map *map = &m->map[m->component_count];
		enum verdict v = tcap_component_read(&left, component);

		if (v == VERDICT_DECODED && user != USER_INAP)
			w->account.messages[user == USER_MAP ? ACCOUNT_MAP : ACCOUNT_CAP]++;
		if (v == VERDICT_DECODED && user == USER_MAP)
			v = map_read(component, component->operation, m->tcap.context_version, map);
		if (v != VERDICT_DECODED || user != USER_MAP)
			map_clear(map);
		m->component_count++;
		if (v != VERDICT_DECODED)
			m->verdict = verdict_worse(m->verdict, v);
	}
}

/* The TCAP of ANSI; whose components they are, only IS-41 says of itself. */
static void ansi_walk(struct walk *w, struct cursor *user)
{
	struct message *m = &w->message;
	struct cursor left;

	m->layers |= LAYER_TCAP;
	m->verdict = tcap_ansi_read(user, &m->tcap);
	if (m->verdict == VERDICT_DECODED)
		w->account.messages[ACCOUNT_TCAP]++;
	left = m->tcap.components;
	while (cursor_left(&left) > 0 && m->component_count < MESSAGE_COMPONENTS_MAX) {
		struct tcap_component *component = &m->components[m->component_count];

		m->verdict = verdict_worse(m->verdict, tcap_ansi_component_read(&left, component));
		map_clear(&m->map[m->component_count++]);
		if (component->operation_space == 2 && (component->operation >> 8 & 0x7f) == TCAP_ANSI_FAMILY_IS41)
			m->layers |= LAYER_ANSI_MAP;
	}
}

/* What does not begin like a message of Q.773. */
static enum verdict other_walk(struct walk *w, struct cursor user)
{
	struct message *m = &w->message;

	if (tcap_ansi_is_package(&user)) {
		ansi_walk(w, &user);
		return m->verdict;
	}
	if (cursor_left(&user) > 0 && (is_tcap_subsystem[m->sccp.called.subsystem] || is_tcap_subsystem[m->sccp.calling.subsystem])) {
		m->layers |= LAYER_TCAP;
		m->verdict = tcap_read(&user, &m->tcap);
	} else {
		m->verdict = walk_access_content(w, user);
	}
	return m->verdict;
}

static bool begins_like_tcap(const struct cursor *c)
{
	uint8_t tag = 0;

	return cursor_peek_u8(c, 0, &tag) && (tag == 0x61 || tag == 0x62 || tag == 0x64 || tag == 0x65 || tag == 0x67);
}

enum verdict walk_tcap(struct walk *w, struct cursor user)
{
	struct message *m = &w->message;
	enum verdict v;

	if (!begins_like_tcap(&user))
		return other_walk(w, user);
	m->layers |= LAYER_TCAP;
	v = tcap_read(&user, &m->tcap);
	/* A message whose kind is known counts as one, though its transaction cannot be followed. */
	if (v == VERDICT_DECODED || v == VERDICT_TCAP_TRANSACTION)
		w->account.messages[ACCOUNT_TCAP]++;
	m->verdict = v;
	if (cursor_left(&m->tcap.components) > 0)
		components_read(w);
	if (v != VERDICT_DECODED)
		return m->verdict;
	if ((m->layers & LAYER_INAP) == 0)
		tcap_indicate(w);
	return m->verdict;
}
