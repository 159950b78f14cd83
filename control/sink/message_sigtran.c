/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The adaptation layers, MTP3 and its users in a line of `decode`, see message_parts.h. Class and type of a message stand there also where
 * the rest of it was refused; M3UA's DATA, which is nearly everything, has nothing of its own.
 */
#include "control/sink/message_parts.h"

#include "dataplane/codes/codes.h"

static void name_field(struct json *j, const char *key, enum message_family family, uint8_t message_class, uint32_t type)
{
	const char *name = type <= UINT8_MAX ? message_name(family, message_class, (uint8_t)type) : NULL;

	if (name != NULL)
		json_text(j, key, name);
}

static void kind_write(struct json *j, uint8_t message_class, uint8_t type, const char *name)
{
	json_number(j, "class", message_class);
	json_number(j, "type", type);
	if (name != NULL)
		json_text(j, "name", name);
}

static void words_write(struct json *j, const char *key, struct cursor words)
{
	uint32_t word = 0;

	json_open(j, key, '[');
	while (cursor_be32(&words, &word))
		json_number(j, NULL, word);
	json_close(j, ']');
}

/* Point codes, and how many of their last bits are wild-carded where any are. */
static void affected_write(struct json *j, struct cursor affected)
{
	struct cursor again = affected;
	struct xua_affected one;
	bool has_mask = false;

	json_open(j, "affected", '[');
	while (xua_affected_next(&affected, &one)) {
		json_number(j, NULL, one.point_code);
		has_mask = has_mask || one.mask != 0;
	}
	json_close(j, ']');
	if (!has_mask)
		return;
	json_open(j, "masks", '[');
	while (xua_affected_next(&again, &one))
		json_number(j, NULL, one.mask);
	json_close(j, ']');
}

/* SSNM: what of the network is meant. */
static void network_write(struct json *j, const struct xua *x)
{
	if ((x->facts & XUA_AFFECTED) != 0 && cursor_left(&x->affected) >= 4)
		affected_write(j, x->affected);
	if ((x->facts & XUA_SUBSYSTEM) != 0)
		json_number(j, "ssn", x->subsystem);
	if ((x->facts & XUA_CONGESTION) != 0)
		json_number(j, "congestion", x->congestion_level);
	if ((x->facts & XUA_CONCERNED) != 0)
		json_number(j, "concerned", x->concerned & 0xffffff);
	if ((x->facts & XUA_USER_CAUSE) != 0) {
		json_number(j, "user", x->user_cause & UINT16_MAX);
		json_number(j, "cause", x->user_cause >> 16);
		name_field(j, "cause_name", MESSAGE_UPU_CAUSE, 0, x->user_cause >> 16);
	}
}

/* Management, state and traffic of application server processes, registration. */
static void state_write(struct json *j, const struct xua *x)
{
	if ((x->facts & XUA_STATUS) != 0) {
		json_number(j, "status_type", x->status >> 16);
		json_number(j, "status_info", x->status & UINT16_MAX);
		if (x->status >> 16 <= UINT8_MAX)
			name_field(j, "status_name", MESSAGE_XUA_STATUS, (uint8_t)(x->status >> 16), x->status & UINT16_MAX);
	}
	if ((x->facts & XUA_ERROR_CODE) != 0) {
		json_number(j, "error_code", x->error_code);
		name_field(j, "error_name", MESSAGE_XUA_ERROR, 0, x->error_code);
	}
	if ((x->facts & XUA_ASP_IDENTIFIER) != 0)
		json_number(j, "asp_identifier", x->asp_identifier);
	if ((x->facts & XUA_TRAFFIC_MODE) != 0) {
		json_number(j, "traffic_mode", x->traffic_mode);
		name_field(j, "traffic_mode_name", MESSAGE_XUA_MODE, 0, x->traffic_mode);
	}
	if ((x->facts & XUA_LOCAL_KEY) != 0)
		json_number(j, "local_key", x->local_key);
	if ((x->facts & XUA_DESTINATION) != 0)
		json_number(j, "key_dpc", x->destination & 0xffffff);
	if ((x->facts & XUA_REGISTRATION) != 0) {
		json_number(j, "registration", x->registration);
		name_field(j, "registration_name", MESSAGE_XUA_REGISTRATION, 0, x->registration);
	}
	if ((x->facts & XUA_DEREGISTRATION) != 0) {
		json_number(j, "deregistration", x->deregistration);
		name_field(j, "deregistration_name", MESSAGE_XUA_REGISTRATION, 1, x->deregistration);
	}
}

static void context_write(struct json *j, const struct xua *x)
{
	struct cursor contexts = x->routing_contexts;
	uint32_t first = 0;

	if ((x->facts & XUA_ROUTING_CONTEXTS) != 0 && cursor_be32(&contexts, &first)) {
		json_number(j, "routing_context", first);
		if (cursor_left(&contexts) >= 4)
			words_write(j, "routing_contexts", x->routing_contexts);
	}
	if ((x->facts & XUA_NETWORK_APPEARANCE) != 0)
		json_number(j, "network_appearance", x->network_appearance);
	if ((x->facts & XUA_INTERFACES) != 0)
		words_write(j, "interfaces", x->interfaces);
}

/* One of M2UA, SUA and IUA. */
static void xua_write(struct json *j, const char *layer, enum message_family family, const struct xua *x, bool was_read)
{
	json_open(j, layer, '{');
	kind_write(j, x->message_class, x->message_type, message_name(family, x->message_class, x->message_type));
	if (was_read) {
		network_write(j, x);
		state_write(j, x);
		context_write(j, x);
	}
	json_close(j, '}');
}

static void m3ua_write(struct json *j, const struct m3ua *m, bool was_read)
{
	if (m->message_class == XUA_CLASS_TRANSFER && m->message_type == 1)
		return;
	json_open(j, "m3ua", '{');
	kind_write(j, m->message_class, m->message_type, m3ua_message_name(m->message_class, m->message_type));
	if (was_read) {
		network_write(j, &m->xua);
		state_write(j, &m->xua);
		context_write(j, &m->xua);
	}
	json_close(j, '}');
}

static void m2pa_write(struct json *j, const struct m2pa *m, bool was_read)
{
	json_open(j, "m2pa", '{');
	kind_write(j, m->message_class, m->message_type, message_name(MESSAGE_M2PA, m->message_class, m->message_type));
	if (was_read) {
		json_number(j, "bsn", m->bsn);
		json_number(j, "fsn", m->fsn);
		if (m->has_data)
			json_number(j, "priority", m->priority);
		if (m->has_state) {
			json_number(j, "state", m->state);
			name_field(j, "state_name", MESSAGE_M2PA_STATE, 0, m->state);
		}
	}
	json_close(j, '}');
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

static void mtp3_management_write(struct json *j, const struct mtp3_management *m)
{
	json_open(j, "mtp3mg", '{');
	json_number(j, "h0", m->group);
	json_number(j, "h1", m->message);
	name_field(j, "name", m->is_test ? MESSAGE_SNTM : MESSAGE_SNM, m->group, m->message);
	if (m->has_point_code)
		json_number(j, "pc", m->point_code);
	if (m->has_status)
		json_number(j, "status", m->status);
	if (m->has_user) {
		json_number(j, "user", m->user);
		json_number(j, "cause", m->cause);
		name_field(j, "cause_name", MESSAGE_UPU_CAUSE, 0, m->cause);
	}
	json_close(j, '}');
}

static void isup_write(struct json *j, const struct message *m)
{
	json_open(j, "isup", '{');
	json_number(j, "cic", m->isup.circuit);
	json_number(j, "type", m->isup.type);
	name_field(j, "name", MESSAGE_ISUP, 0, m->isup.type);
	json_close(j, '}');
}

void message_sigtran_write(struct json *j, const struct message *m)
{
	if ((m->layers & LAYER_M3UA) != 0)
		m3ua_write(j, &m->m3ua, message_was_read(m, "m3ua"));
	if ((m->layers & LAYER_M2PA) != 0)
		m2pa_write(j, &m->m2pa, message_was_read(m, "m2pa"));
	if ((m->layers & LAYER_M2UA) != 0)
		xua_write(j, "m2ua", MESSAGE_M2UA, &m->m2ua.xua, message_was_read(m, "m2ua"));
	if ((m->layers & LAYER_SUA) != 0)
		xua_write(j, "sua", MESSAGE_SUA, &m->sua.xua, message_was_read(m, "sua"));
	if ((m->layers & LAYER_IUA) != 0)
		xua_write(j, "iua", MESSAGE_IUA, &m->iua, message_was_read(m, "iua"));
	if (m->has_mtp3)
		mtp3_write(j, &m->mtp3);
	if ((m->layers & LAYER_MTP3_MANAGEMENT) != 0 && message_was_read(m, "mtp3mg"))
		mtp3_management_write(j, &m->mtp3mg);
	if (((m->layers & LAYER_ISUP) != 0 && message_was_read(m, "isup")) ||
	    ((m->layers & LAYER_BICC) != 0 && message_was_read(m, "bicc")))
		isup_write(j, m);
}
