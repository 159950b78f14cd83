/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A decoded message as a JSON line, layer by layer in the order of CONTRACT.md. What could not be read stands as "malformed" with its layer
 * and reason in place of the rest. Called by the walk of `decode` for each message; formats and allocates at will.
 */
#include "control/sink/message.h"

#include <arpa/inet.h>
#include <string.h>

#include "control/sink/json.h"
#include "dataplane/codes/codes.h"

static void address_write(struct json *j, const char *key, const struct ip_address *a)
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	char text[INET6_ADDRSTRLEN];

	if (memcmp(a->bytes, mapped, sizeof(mapped)) == 0)
		inet_ntop(AF_INET, a->bytes + sizeof(mapped), text, sizeof(text));
	else
		inet_ntop(AF_INET6, a->bytes, text, sizeof(text));
	json_text(j, key, text);
}

static void digits_field(struct json *j, const char *key, digits d)
{
	char text[DIGITS_TEXT_MAX];

	if (d == 0)
		return;
	digits_write(d, text);
	json_text(j, key, text);
}

static void identity_field(const struct message_writer *w, struct json *j, const char *key, enum pseudonym_kind kind, digits d)
{
	char text[PSEUDONYM_TEXT_MAX];

	if (d == 0)
		return;
	pseudonym_write(w->pseudonym, kind, d, text);
	json_text(j, key, text);
}

/* Every layer recognised, in order, joined by slashes. */
static void stack_write(struct json *j, const struct message *m)
{
	static const struct {
		uint32_t layer;
		const char *name;
	} names[] = {
		{ LAYER_M3UA, "m3ua" },   { LAYER_SCCP, "sccp" },         { LAYER_SCMG, "scmg" }, { LAYER_TCAP, "tcap" },
		{ LAYER_MAP, "map" },     { LAYER_CAP, "cap" },           { LAYER_ISUP, "isup" }, { LAYER_BSSAP, "bssap" },
		{ LAYER_RANAP, "ranap" }, { LAYER_DIAMETER, "diameter" },
	};
	char text[96] = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if ((m->layers & names[i].layer) == 0)
			continue;
		if (text[0] != '\0')
			strcat(text, "/");
		strcat(text, names[i].name);
	}
	json_text(j, "stack", (m->layers & LAYER_SCTP_EVENT) != 0 ? "sctp" : text);
}

static void mtp3_write(struct json *j, const struct mtp3 *m)
{
	static const char *const variants[] = { [MTP3_ITU] = "itu", [MTP3_ANSI] = "ansi", [MTP3_CHINA] = "china", [MTP3_JAPAN] = "japan" };

	json_open(j, "mtp3", '{');
	json_number(j, "opc", m->opc);
	json_number(j, "dpc", m->dpc);
	json_number(j, "si", m->service_indicator);
	json_number(j, "ni", m->network_indicator);
	json_number(j, "sls", m->sls);
	json_text(j, "variant", variants[m->variant]);
	json_close(j, '}');
}

static void m3ua_write(struct json *j, const struct m3ua *m)
{
	const char *name = m3ua_message_name(m->message_class, m->message_type);

	if (m->is_data) {
		mtp3_write(j, &m->mtp3);
		return;
	}
	json_open(j, "m3ua", '{');
	json_number(j, "class", m->message_class);
	json_number(j, "type", m->message_type);
	if (name != NULL)
		json_text(j, "name", name);
	if (m->affected_count > 0) {
		json_open(j, "affected", '[');
		for (size_t i = 0; i < m->affected_count; i++)
			json_number(j, NULL, m->affected[i]);
		json_close(j, ']');
	}
	if (m->has_status) {
		json_number(j, "status_type", m->status_type);
		json_number(j, "status_info", m->status_info);
	}
	if (m->has_error_code)
		json_number(j, "error_code", m->error_code);
	if (m->has_routing_context)
		json_number(j, "routing_context", m->routing_context);
	json_close(j, '}');
}

/* E.212 and E.214 titles are made from an IMSI, and calls are routed by the called subscriber's own number: identities, not nodes. */
static bool is_title_of_subscriber(const struct message *m, const struct sccp_address *a)
{
	if (a->numbering_plan == SCCP_NUMBERING_E212 || a->numbering_plan == SCCP_NUMBERING_E214)
		return true;
	for (size_t i = 0; i < m->component_count; i++) {
		if (m->map[i].msisdn == a->global_title || m->map[i].imsi == a->global_title)
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
		identity_field(w, j, "gt", PSEUDONYM_MSISDN, a->global_title);
	else
		digits_field(j, "gt", a->global_title);
	json_close(j, '}');
}

static void sccp_write(const struct message_writer *w, struct json *j, const struct message *m)
{
	const char *name = sccp_message_name(m->sccp.type);

	json_open(j, "sccp", '{');
	if (name != NULL)
		json_text(j, "type", name);
	if (m->sccp.is_connectionless) {
		sccp_address_write(w, j, m, true);
		sccp_address_write(w, j, m, false);
	}
	if (m->sccp.is_return)
		json_number(j, "return_cause", m->sccp.return_cause);
	json_close(j, '}');
	if ((m->layers & LAYER_SCMG) == 0)
		return;
	name = scmg_message_name(m->scmg.format);
	json_open(j, "scmg", '{');
	if (name != NULL)
		json_text(j, "name", name);
	json_number(j, "ssn", m->scmg.affected_subsystem);
	json_number(j, "pc", m->scmg.affected_point_code);
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

static void context_write(struct json *j, const struct tcap *t)
{
	char text[96];

	if (t->context == 0)
		return;
	snprintf(text, sizeof(text), "0.4.0.0.1.0.%" PRIu32 ".%u", t->context, t->context_version);
	json_text(j, "ac", text);
	if (map_context_name(t->context, t->context_version, text, sizeof(text)))
		json_text(j, "ac_name", text);
}

static void tcap_write(struct json *j, const struct tcap *t)
{
	static const char *const types[] = { [TCAP_UNIDIRECTIONAL] = "unidirectional",
					     [TCAP_BEGIN] = "begin",
					     [TCAP_END] = "end",
					     [TCAP_CONTINUE] = "continue",
					     [TCAP_ABORT] = "abort" };

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

static void map_write(const struct message_writer *w, struct json *j, const struct tcap_component *c, const struct map *m)
{
	const char *diagnostic;

	identity_field(w, j, "imsi", PSEUDONYM_IMSI, m->imsi);
	identity_field(w, j, "msisdn", PSEUDONYM_MSISDN, m->msisdn);
	digits_field(j, "vlr", m->vlr);
	digits_field(j, "msc", m->msc);
	digits_field(j, "sgsn", m->sgsn);
	digits_field(j, "hlr", m->hlr);
	digits_field(j, "service_centre", m->service_centre);
	if (m->vectors > 0)
		json_number(j, "vectors", m->vectors);
	if (m->diagnostic == MAP_DIAGNOSTIC_NONE)
		return;
	diagnostic = map_diagnostic_name((uint32_t)c->error, m->diagnostic);
	json_number(j, "diagnostic", m->diagnostic);
	if (diagnostic != NULL)
		json_text(j, "diagnostic_name", diagnostic);
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
		      { TCAP_RETURN_RESULT_NOT_LAST, "returnResultNotLast" } };
	const struct tcap_component *c = &m->components[at];
	const char *name = NULL;

	json_open(j, NULL, '{');
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i].type == c->type)
			json_text(j, "type", types[i].name);
	}
	if (c->invoke_id >= 0 || c->type != TCAP_REJECT)
		json_number(j, "id", c->invoke_id);
	if (c->has_operation) {
		json_number(j, "op", c->operation);
		name = (m->layers & LAYER_MAP) != 0 ? map_operation_name((uint32_t)c->operation) : NULL;
		if (name != NULL)
			json_text(j, "op_name", name);
	}
	if (c->type == TCAP_RETURN_ERROR) {
		json_number(j, "error", c->error);
		name = (m->layers & LAYER_MAP) != 0 ? cause_name(CAUSE_MAP_ERROR, (uint32_t)c->error) : NULL;
		if (name != NULL)
			json_text(j, "error_name", name);
	}
	if (c->type == TCAP_REJECT) {
		json_number(j, "problem", c->problem);
		name = cause_name(CAUSE_MAP_PROBLEM, (uint32_t)c->problem_kind << 8 | c->problem);
		if (name != NULL)
			json_text(j, "problem_name", name);
	}
	if ((m->layers & LAYER_MAP) != 0)
		map_write(w, j, c, &m->map[at]);
	json_close(j, '}');
}

static void text_field(struct json *j, const char *key, const struct cursor *text)
{
	if (cursor_left(text) > 0)
		json_bytes(j, key, text);
}

static void user_name_write(const struct message_writer *w, struct json *j, const struct diameter_body *b)
{
	if (cursor_left(&b->user_name) == 0)
		return;
	if (b->imsi != 0)
		identity_field(w, j, "user_name", PSEUDONYM_IMSI, b->imsi);
	else if (w->pseudonym->is_clear)
		json_bytes(j, "user_name", &b->user_name);
	else
		json_text(j, "user_name", "~");
}

/*
 * Some clients build the session identifier from the IMSI: its digits of that length are hidden where identities are.
 */
static void session_write(const struct message_writer *w, struct json *j, const struct diameter_body *b)
{
	char text[256];
	char imsi[DIGITS_TEXT_MAX];
	char *found;
	size_t length = cursor_left(&b->session);

	if (length == 0)
		return;
	if (w->pseudonym->is_clear || b->imsi == 0 || length >= sizeof(text)) {
		json_bytes(j, "session", &b->session);
		return;
	}
	memcpy(text, b->session.at, length);
	text[length] = '\0';
	digits_write(b->imsi, imsi);
	while ((found = strstr(text, imsi)) != NULL)
		memset(found, '*', strlen(imsi));
	json_text(j, "session", text);
}

static void diameter_write(const struct message_writer *w, struct json *j, const struct message *m)
{
	const struct diameter *d = &m->diameter;
	const struct diameter_body *b = &m->body;
	const char *name = diameter_command_name(d->command);

	json_open(j, "diameter", '{');
	json_number(j, "code", d->command);
	if (name != NULL)
		json_text(j, "name", name);
	json_number(j, "app", d->application);
	json_bool(j, "request", (d->flags & DIAMETER_FLAG_REQUEST) != 0);
	json_bool(j, "error", (d->flags & DIAMETER_FLAG_ERROR) != 0);
	json_bool(j, "retransmit", (d->flags & DIAMETER_FLAG_RETRANSMIT) != 0);
	json_number(j, "hop", d->hop_by_hop);
	json_number(j, "end", d->end_to_end);
	session_write(w, j, b);
	text_field(j, "origin_host", &b->origin_host);
	text_field(j, "origin_realm", &b->origin_realm);
	text_field(j, "dest_host", &b->destination_host);
	text_field(j, "dest_realm", &b->destination_realm);
	if (b->has_result)
		json_number(j, "result", b->result);
	if (b->has_experimental) {
		json_number(j, "experimental", b->experimental);
		json_number(j, "experimental_vendor", b->experimental_vendor);
	}
	user_name_write(w, j, b);
	identity_field(w, j, "msisdn", PSEUDONYM_MSISDN, b->msisdn);
	if (b->has_rat_type)
		json_number(j, "rat_type", b->rat_type);
	if (b->visited_plmn[0] != '\0')
		json_text(j, "visited_plmn", b->visited_plmn);
	if (b->has_error_diagnostic)
		json_number(j, "error_diagnostic", b->error_diagnostic);
	if (b->has_disconnect_cause)
		json_number(j, "disconnect_cause", b->disconnect_cause);
	json_close(j, '}');
}

static void head_write(struct json *j, const struct message *m)
{
	const struct packet *p = m->packet;
	char time[48];

	json_number(j, "frame", p->number);
	snprintf(time, sizeof(time), "%" PRId64 ".%09" PRId64, p->time / NANOS_PER_S, p->time % NANOS_PER_S);
	json_text(j, "time", time);
	address_write(j, "src", &p->source);
	address_write(j, "dst", &p->destination);
	json_number(j, "sport", m->source_port);
	json_number(j, "dport", m->destination_port);
	json_text(j, "transport", m->is_sctp ? "sctp" : "tcp");
	if (m->is_sctp && (m->layers & LAYER_SCTP_EVENT) == 0)
		json_number(j, "ppid", m->ppid);
	stack_write(j, m);
}

static void event_write(struct json *j, const struct message *m)
{
	const char *name = sctp_chunk_name(m->chunk_type);

	json_open(j, "sctp", '{');
	json_number(j, "chunk", m->chunk_type);
	if (name != NULL)
		json_text(j, "name", name);
	json_close(j, '}');
}

static void malformed_write(struct json *j, const struct message *m)
{
	const struct verdict_row *row = verdict_row(m->verdict);

	if (row->kind != VERDICT_KIND_MALFORMED)
		return;
	json_open(j, "malformed", '{');
	json_text(j, "layer", row->layer);
	json_number(j, "offset", (int64_t)m->refused_at);
	json_text(j, "why", row->words);
	json_text(j, "clause", row->clause);
	json_close(j, '}');
}

/* Whether the layer that `refused` names is the one above `layer`: then `layer` itself was read. */
static bool was_read(const struct message *m, const char *layer)
{
	const struct verdict_row *row = verdict_row(m->verdict);

	return row->kind != VERDICT_KIND_MALFORMED || strcmp(row->layer, layer) != 0;
}

void message_write(void *writer, const struct message *m)
{
	const struct message_writer *w = writer;
	struct json j = { .out = w->out };

	json_open(&j, NULL, '{');
	head_write(&j, m);
	if ((m->layers & LAYER_SCTP_EVENT) != 0)
		event_write(&j, m);
	if ((m->layers & LAYER_M3UA) != 0 && was_read(m, "m3ua"))
		m3ua_write(&j, &m->m3ua);
	if ((m->layers & LAYER_SCCP) != 0 && was_read(m, "sccp"))
		sccp_write(w, &j, m);
	if ((m->layers & LAYER_TCAP) != 0 && (was_read(m, "tcap") || m->component_count > 0 || m->verdict == VERDICT_TCAP_TRANSACTION))
		tcap_write(&j, &m->tcap);
	if (m->component_count > 0 && (m->layers & (LAYER_MAP | LAYER_CAP)) != 0) {
		json_open(&j, "components", '[');
		for (size_t i = 0; i < m->component_count; i++)
			component_write(w, &j, m, i);
		json_close(&j, ']');
	}
	if ((m->layers & LAYER_DIAMETER) != 0 && m->diameter.length != 0)
		diameter_write(w, &j, m);
	malformed_write(&j, m);
	json_close(&j, '}');
	fputc('\n', w->out);
}
