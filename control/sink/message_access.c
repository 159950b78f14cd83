/* SPDX-License-Identifier: BSD-3-Clause */
/* The A interface and Iu in a line of `decode`, see message_parts.h. */
#include "control/sink/message_parts.h"

#include "dataplane/codes/codes.h"

static void cause_write(struct json *j, uint32_t shown, uint32_t code)
{
	const char *name = cause_name(CAUSE_RAN, code);

	json_number(j, "cause", shown);
	if (name != NULL)
		json_text(j, "cause_name", name);
}

static void bssap_write(const struct message_writer *w, struct json *j, const struct bssap *b)
{
	const char *name = message_name(MESSAGE_BSSMAP, 0, b->bssmap);

	json_open(j, "bssap", '{');
	json_number(j, "type", b->type);
	if (b->type == BSSAP_DTAP) {
		json_number(j, "dlci", b->dlci);
	} else {
		if (name != NULL)
			json_text(j, "name", name);
		json_number(j, "bssmap", b->bssmap);
	}
	if (b->has_cause)
		cause_write(j, b->cause, (uint32_t)MESSAGE_BSSMAP << 16 | b->cause);
	message_identity_field(w, j, "imsi", PSEUDONYM_IMSI, b->imsi);
	json_close(j, '}');
}

static void ranap_write(const struct message_writer *w, struct json *j, const struct ranap *r)
{
	const char *name = message_name(MESSAGE_RANAP, r->kind, r->procedure_code);

	json_open(j, "ranap", '{');
	json_number(j, "procedure", r->procedure_code);
	json_number(j, "pdu", r->kind);
	if (name != NULL)
		json_text(j, "name", name);
	if (r->domain != RANAP_DOMAIN_NONE)
		json_text(j, "domain", r->domain == RANAP_DOMAIN_CS ? "cs" : "ps");
	if (r->has_cause)
		cause_write(j, r->cause, (uint32_t)MESSAGE_RANAP << 16 | (uint32_t)r->cause_group << 8 | (r->cause & 0xffU));
	message_identity_field(w, j, "imsi", PSEUDONYM_IMSI, r->imsi);
	json_close(j, '}');
}

void message_access_write(const struct message_writer *w, struct json *j, const struct message *m)
{
	if ((m->layers & LAYER_BSSAP) != 0 && message_was_read(m, "bssap"))
		bssap_write(w, j, &m->bssap);
	if ((m->layers & LAYER_RANAP) != 0 && message_was_read(m, "ranap"))
		ranap_write(w, j, &m->ranap);
}
