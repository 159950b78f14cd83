/* SPDX-License-Identifier: BSD-3-Clause */
/* SCCP, TCAP and its users in a line of `decode`, see message_parts.h. */
#include "control/sink/message_parts.h"

#include <inttypes.h>
#include <stdio.h>

#include "dataplane/codes/codes.h"

/* E.212 and E.214 titles are made from an IMSI, and calls are routed by the called subscriber's own number: identities, not nodes. */
static bool is_title_of_subscriber(const struct message *m, const struct sccp_address *a)
{
	if (a->numbering_plan == SCCP_NUMBERING_E212 || a->numbering_plan == SCCP_NUMBERING_E214)
		return true;
	for (size_t i = 0; i < m->component_count; i++) {
		if (m->map[i].msisdn == a->global_title || m->map[i].imsi == a->global_title)
			return true;
		/* What was not read may be the number that the request goes to; a return comes from there. */
		if ((m->layers & LAYER_MAP) != 0 && m->components[i].type == TCAP_INVOKE && m->map[i].msisdn == 0 && m->map[i].imsi == 0 &&
		    (a == &m->sccp.called) != m->sccp.is_return && map_is_routed_by_number(m->components[i].operation))
			return true;
	}
	return false;
}

static void sccp_address_write(const struct message_writer *w, struct json *j, const struct message *m, bool is_called)
{
	const struct sccp_address *a = is_called ? &m->sccp.called : &m->sccp.calling;

	json_open(j, is_called ? "called" : "calling", '{');
	if (a->has_subsystem)
		json_number(j, "ssn", a->subsystem);
	if (a->has_point_code)
		json_number(j, "pc", a->point_code);
	if (is_title_of_subscriber(m, a))
		message_identity_field(w, j, "gt", PSEUDONYM_MSISDN, a->global_title);
	else
		message_digits_field(j, "gt", a->global_title);
	json_close(j, '}');
}

/* Local references, and why a connection was refused, released or reset, or a message was in error (Q.713 3.2, 3.3, 3.11 to 3.15). */
static void sccp_connection_write(struct json *j, const struct sccp *s)
{
	static const uint32_t cause_kinds[] = { [SCCP_CREF] = 0, [SCCP_RLSD] = 256, [SCCP_RSR] = 512, [SCCP_ERR] = 768 };

	if (s->has_source_reference)
		json_number(j, "slr", s->source_reference);
	if (s->has_destination_reference)
		json_number(j, "dlr", s->destination_reference);
	if (s->type == SCCP_CR || s->type == SCCP_CC)
		json_number(j, "class", s->protocol_class);
	if (s->has_cause && s->type < sizeof(cause_kinds) / sizeof(cause_kinds[0])) {
		const char *name = cause_name(CAUSE_SCCP_CONNECTION, cause_kinds[s->type] + s->cause);

		json_number(j, "cause", s->cause);
		if (name != NULL)
			json_text(j, "cause_name", name);
	}
	if (s->has_credit)
		json_number(j, "credit", s->credit);
	if (s->has_more)
		json_bool(j, "more", true);
}

static bool has_address(const struct sccp_address *a)
{
	return a->has_subsystem || a->has_point_code || a->global_title != 0;
}

static void sccp_write(const struct message_writer *w, struct json *j, const struct message *m)
{
	const char *name = sccp_message_name(m->sccp.type);

	if (m->sccp.type == 0)
		return;
	json_open(j, "sccp", '{');
	if ((m->layers & LAYER_SUA) != 0)
		name = message_name(MESSAGE_SUA, m->sua.xua.message_class, m->sua.xua.message_type);
	if (name != NULL)
		json_text(j, "type", name);
	else
		json_number(j, "type_code", m->sccp.type);
	if (!m->sccp.is_connectionless)
		sccp_connection_write(j, &m->sccp);
	if (m->sccp.is_connectionless || has_address(&m->sccp.called))
		sccp_address_write(w, j, m, true);
	if (m->sccp.is_connectionless || has_address(&m->sccp.calling))
		sccp_address_write(w, j, m, false);
	if (m->sccp.is_return)
		json_number(j, "return_cause", m->sccp.return_cause);
	if (m->sccp.segment_count > 1)
		json_number(j, "segments", m->sccp.segment_count);
	if (m->sccp.has_importance)
		json_number(j, "importance", m->sccp.importance);
	json_close(j, '}');
}

static void scmg_write(struct json *j, const struct sccp_management *s)
{
	const char *name = scmg_message_name(s->format);

	json_open(j, "scmg", '{');
	if (name != NULL)
		json_text(j, "name", name);
	else
		json_number(j, "format", s->format);
	json_number(j, "ssn", s->affected_subsystem);
	json_number(j, "pc", s->affected_point_code);
	json_number(j, "smi", s->multiplicity);
	if (s->has_congestion_level)
		json_number(j, "congestion", s->congestion_level);
	json_close(j, '}');
}

static void transaction_id_write(struct json *j, const char *key, const struct tcap_id *id)
{
	char text[16];

	if (id->length == 0)
		return;
	snprintf(text, sizeof(text), "%0*" PRIx32, 2 * id->length, id->value);
	json_text(j, key, text);
}

/* X.690 8.19: seven bits an octet, and the first two numbers in one. Empty when a number is too long. */
static void oid_text(const uint8_t *octets, size_t length, char text[96])
{
	size_t written = 0;
	uint32_t arc = 0;

	text[0] = '\0';
	for (size_t i = 0; i < length && arc < UINT32_C(1) << 24; i++) {
		arc = arc << 7 | (octets[i] & 0x7f);
		if ((octets[i] & 0x80) != 0)
			continue;
		if (written == 0) {
			uint32_t first = arc < 80 ? arc / 40 : 2;

			written += (size_t)snprintf(text, 96, "%" PRIu32 ".%" PRIu32, first, arc - 40 * first);
		} else if (written < 80) {
			written += (size_t)snprintf(text + written, 96 - written, ".%" PRIu32, arc);
		}
		arc = 0;
	}
}

static void context_write(struct json *j, const struct tcap *t)
{
	const char *name = context_name(t->context_oid, t->context_oid_length);
	char text[96];

	if (t->context_oid_length == 0)
		return;
	oid_text(t->context_oid, t->context_oid_length, text);
	json_text(j, "ac", text);
	if (name != NULL)
		json_text(j, "ac_name", name);
	else if (t->context != 0 && map_context_name(t->context, t->context_version, text, sizeof(text)))
		json_text(j, "ac_name", text);
}

static void tcap_write(struct json *j, const struct tcap *t)
{
	static const char *const types[TCAP_TYPES] = {
		[TCAP_UNIDIRECTIONAL] = "unidirectional",
		[TCAP_BEGIN] = "begin",
		[TCAP_END] = "end",
		[TCAP_CONTINUE] = "continue",
		[TCAP_ABORT] = "abort",
		[TCAP_ANSI_UNIDIRECTIONAL] = "ansi unidirectional",
		[TCAP_ANSI_QUERY_WITH_PERMISSION] = "query with permission",
		[TCAP_ANSI_QUERY_WITHOUT_PERMISSION] = "query without permission",
		[TCAP_ANSI_RESPONSE] = "response",
		[TCAP_ANSI_CONVERSATION_WITH_PERMISSION] = "conversation with permission",
		[TCAP_ANSI_CONVERSATION_WITHOUT_PERMISSION] = "conversation without permission",
		[TCAP_ANSI_ABORT] = "ansi abort",
		[TCAP_OTHER] = "other",
	};

	json_open(j, "tcap", '{');
	json_text(j, "type", types[t->type]);
	transaction_id_write(j, "otid", &t->otid);
	transaction_id_write(j, "dtid", &t->dtid);
	context_write(j, t);
	if (t->has_p_abort)
		json_number(j, "p_abort", t->p_abort);
	if (t->is_u_abort) {
		const char *reason = cause_name(CAUSE_TCAP_U_ABORT, t->u_abort);

		json_bool(j, "u_abort", true);
		if (reason != NULL && t->u_abort != TCAP_U_ABORT_UNSPECIFIED)
			json_text(j, "reason", reason);
	}
	if (t->has_dialogue_result)
		json_number(j, "dialogue_result", t->dialogue_result);
	json_close(j, '}');
}

/* Enumerated values of MAP, of which 255 is none. */
static void small_field(struct json *j, const char *key, uint8_t value)
{
	if (value != 255)
		json_number(j, key, value);
}

static void map_write(const struct message_writer *w, struct json *j, const struct tcap_component *c, const struct map *m)
{
	const char *diagnostic;

	message_identity_field(w, j, "imsi", PSEUDONYM_IMSI, m->imsi);
	message_identity_field(w, j, "msisdn", PSEUDONYM_MSISDN, m->msisdn);
	message_digits_field(j, "vlr", m->vlr);
	message_digits_field(j, "msc", m->msc);
	message_digits_field(j, "sgsn", m->sgsn);
	message_digits_field(j, "hlr", m->hlr);
	message_digits_field(j, "service_centre", m->service_centre);
	message_digits_field(j, "gmsc", m->gmsc);
	message_digits_field(j, "roaming_number", m->roaming_number);
	if (m->vectors > 0)
		json_number(j, "vectors", m->vectors);
	small_field(j, "cancellation_type", m->cancellation_type);
	small_field(j, "equipment_status", m->equipment_status);
	small_field(j, "failure_cause", m->failure_cause);
	if (m->diagnostic == MAP_DIAGNOSTIC_NONE)
		return;
	diagnostic = map_diagnostic_name((uint32_t)c->error, m->diagnostic);
	json_number(j, "diagnostic", m->diagnostic);
	if (diagnostic != NULL)
		json_text(j, "diagnostic_name", diagnostic);
}

static const char *operation_name(const struct message *m, const struct tcap_component *c)
{
	if (c->operation < 0 || c->operation > 255)
		return NULL;
	if ((m->layers & LAYER_MAP) != 0)
		return map_operation_name((uint32_t)c->operation);
	return (m->layers & LAYER_CAP) != 0 ? message_name(MESSAGE_CAP, 0, (uint8_t)c->operation) : NULL;
}

static const char *error_name(const struct message *m, const struct tcap_component *c)
{
	if ((m->layers & (LAYER_MAP | LAYER_CAP)) == 0)
		return NULL;
	return cause_name((m->layers & LAYER_MAP) != 0 ? CAUSE_MAP_ERROR : CAUSE_CAP_ERROR, (uint32_t)c->error);
}

/* What a component says beside its type and id: operation, error or problem, with their names where they have some. */
static void component_code_write(struct json *j, const struct message *m, const struct tcap_component *c)
{
	const char *name = NULL;

	if (c->has_operation && !c->has_global_operation) {
		json_number(j, "op", c->operation);
		if ((name = operation_name(m, c)) != NULL)
			json_text(j, "op_name", name);
	}
	if (c->type == TCAP_RETURN_ERROR && c->error >= 0) {
		json_number(j, "error", c->error);
		if ((name = error_name(m, c)) != NULL)
			json_text(j, "error_name", name);
	}
	if (c->type == TCAP_REJECT && !c->is_broken) {
		json_number(j, "problem", c->problem);
		if ((name = cause_name(CAUSE_MAP_PROBLEM, (uint32_t)c->problem_kind << 8 | c->problem)) != NULL)
			json_text(j, "problem_name", name);
	}
}

static void component_write(const struct message_writer *w, struct json *j, const struct message *m, size_t at)
{
	static const struct {
		uint8_t type;
		const char *name;
	} types[] = { { TCAP_INVOKE, "invoke" },
		      { TCAP_RETURN_RESULT_LAST, "returnResultLast" },
		      { TCAP_RETURN_ERROR, "returnError" },
		      { TCAP_REJECT, "reject" },
		      { TCAP_RETURN_RESULT_NOT_LAST, "returnResultNotLast" },
		      { TCAP_INVOKE_NOT_LAST, "invokeNotLast" },
		      { TCAP_COMPONENT_OTHER, "other" } };
	const struct tcap_component *c = &m->components[at];

	json_open(j, NULL, '{');
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].type == c->type)
			json_text(j, "type", types[i].name);
	}
	if (c->invoke_id >= 0 || (c->type != TCAP_REJECT && !c->is_broken))
		json_number(j, "id", c->invoke_id);
	component_code_write(j, m, c);
	if ((m->layers & LAYER_MAP) != 0)
		map_write(w, j, c, &m->map[at]);
	json_close(j, '}');
}

static void components_write(const struct message_writer *w, struct json *j, const struct message *m)
{
	json_open(j, "components", '[');
	for (size_t i = 0; i < m->component_count; i++)
		component_write(w, j, m, i);
	json_close(j, ']');
}

void message_ss7_write(const struct message_writer *w, struct json *j, const struct message *m)
{
	if ((m->layers & LAYER_SCCP) != 0 || ((m->layers & LAYER_SUA) != 0 && m->sua.has_form))
		sccp_write(w, j, m);
	if ((m->layers & LAYER_SCMG) != 0)
		scmg_write(j, &m->scmg);
	if ((m->layers & LAYER_TCAP) != 0)
		tcap_write(j, &m->tcap);
	if (m->component_count > 0)
		components_write(w, j, m);
}
