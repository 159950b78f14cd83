/* SPDX-License-Identifier: BSD-3-Clause */
/* The adaptation layers and MTP3 in a line of `decode`, see message_parts.h. */
#include "control/sink/message_parts.h"

#include "dataplane/codes/codes.h"

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

	if (m->is_data)
		return;
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

void message_sigtran_write(struct json *j, const struct message *m)
{
	if ((m->layers & LAYER_M3UA) != 0 && message_was_read(m, "m3ua"))
		m3ua_write(j, &m->m3ua);
	if (m->has_mtp3)
		mtp3_write(j, &m->mtp3);
}
