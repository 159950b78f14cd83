/* SPDX-License-Identifier: BSD-3-Clause */
/* The NAS messages that another layer carries in a line of `decode`, see message_parts.h: the first as "nas", the others in "nas_more". */
#include "control/sink/message_parts.h"

#include "dataplane/codes/codes.h"

/* What a protocol is called, and where its causes are from. */
static const struct {
	uint8_t protocol;
	uint8_t cause_layer;
	const char *name;
} protocols[] = {
	{ NAS_CC, CAUSE_NONE, "cc" },   { NAS_RR, CAUSE_NONE, "rr" }, { NAS_MM, CAUSE_MM, "mm" },   { NAS_GMM, CAUSE_GMM, "gmm" },
	{ NAS_SMS, CAUSE_NONE, "sms" }, { NAS_SM, CAUSE_SM, "sm" },   { NAS_SS, CAUSE_NONE, "ss" },
};

static void nas_write(const struct message_writer *w, struct json *j, const char *key, const struct nas *n)
{
	enum cause_layer layer = CAUSE_NONE;
	const char *name = message_name(MESSAGE_NAS, n->protocol, n->type);

	json_open(j, key, '{');
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (protocols[i].protocol != n->protocol)
			continue;
		json_text(j, "pd", protocols[i].name);
		layer = (enum cause_layer)protocols[i].cause_layer;
	}
	if (n->has_type)
		json_number(j, "type", n->type);
	if (n->has_type && name != NULL)
		json_text(j, "name", name);
	if (n->cause != NAS_CAUSE_NONE) {
		json_number(j, "cause", n->cause);
		name = cause_name(layer, n->cause);
		if (name != NULL)
			json_text(j, "cause_name", name);
	}
	message_identity_field(w, j, "imsi", PSEUDONYM_IMSI, n->imsi);
	json_close(j, '}');
}

void message_nas_write(const struct message_writer *w, struct json *j, const struct message *m)
{
	if (m->nas_count == 0)
		return;
	nas_write(w, j, "nas", &m->nas[0]);
	if (m->nas_count == 1)
		return;
	json_open(j, "nas_more", '[');
	for (size_t i = 1; i < m->nas_count; i++)
		nas_write(w, j, NULL, &m->nas[i]);
	json_close(j, ']');
}
